//! Opening a record: its schema, and what it is a record of.

use anyhow::{Context, Result, bail};
use futures_util::future::BoxFuture;
use gpu_lease_client::address::PROGRAM;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::desk::{Desk, find};
use super::row::{Row, key};
use super::schema::{ReachedRow, RecordRow};
use super::sql::Connection;

/// The only record of a database.
pub const ID: i64 = 1;

/// Name and definitions of a version of the schema.
type Version = (&'static str, &'static str);

/// The schema's versions, oldest first: none is ever changed.
const VERSIONS: &[Version] = &[
    ("record", include_str!("../../migrations/0001_record.sql")),
    ("reached", include_str!("../../migrations/0002_reached.sql")),
];

/// Brings the schema up to date. What is newer is an error.
pub async fn migrate(connection: &mut Connection) -> Result<()> {
    migrate_to(connection, VERSIONS).await
}

async fn migrate_to(connection: &mut Connection, versions: &[Version]) -> Result<()> {
    let is_postgres = matches!(connection, Connection::Postgres(_));
    let migration = |(version, (name, sql)): (i64, &Version)| {
        let sql = if is_postgres { in_postgres(sql) } else { (*sql).to_owned() };
        let sql = sqlx::AssertSqlSafe(sql).into_sql_str();
        Migration::new(version, (*name).into(), MigrationType::Simple, sql, false)
    };
    let migrator = Migrator::with_migrations((1..).zip(versions).map(migration).collect());
    // Boxed, it can be seen that it can be sent to another thread.
    let migrating: BoxFuture<'_, _> = match connection {
        Connection::Sqlite(connection) => Box::pin(migrator.run_direct(None, connection, false)),
        Connection::Postgres(connection) => Box::pin(migrator.run_direct(None, connection, false)),
    };
    migrating.await.context("the record's schema cannot be brought up to date")
}

/// The same definitions as PostgreSQL writes them.
fn in_postgres(sql: &str) -> String {
    let sql = sql.replace(" BLOB", " BYTEA").replace(" TEXT", " TEXT COLLATE \"C\"");
    sql.replace(" WITHOUT ROWID", "")
}

/// What the record is of and how far it goes; a new one is of this cluster from now on.
pub async fn identify(connection: &mut Connection, genesis_hash: &[u8; 32]) -> Result<RecordRow> {
    if let Some(record) = record(connection).await? {
        if record.genesis_hash != *genesis_hash {
            let [of, asked] = [record.genesis_hash, *genesis_hash].map(|it| bs58::encode(it).into_string());
            bail!(
                "this is the record of the cluster {of}, not of {asked}: give each cluster a record of its own"
            );
        }
        if record.program != PROGRAM {
            bail!("this is the record of the program {}, not of {PROGRAM}", record.program);
        }
        return Ok(record);
    }
    let record = RecordRow {
        id: ID,
        genesis_hash: *genesis_hash,
        program: PROGRAM,
        slot: None,
        number: None,
        signature: None,
        time: 0,
        transactions: 0,
        others: 0,
        is_complete: false,
    };
    let mut desk = Desk::default();
    desk.put(&record);
    desk.write(connection).await?;
    Ok(record)
}

/// What the record is of and how far it goes.
pub async fn record(connection: &mut Connection) -> Result<Option<RecordRow>> {
    only(connection).await
}

/// Up to which slot the chain was read, as far as that was written.
pub async fn reached(connection: &mut Connection) -> Result<u64> {
    Ok(only::<ReachedRow>(connection).await?.map_or(0, |row| row.slot))
}

/// The row of a table that has one at most.
async fn only<R: Row>(connection: &mut Connection) -> Result<Option<R>> {
    find(connection, &R::TABLE, &key!(ID)).await?.map(R::read).transpose()
}

#[cfg(test)]
mod tests {
    use crate::store::Store;
    use crate::store::sql::Place;

    use super::*;

    const GENESIS: [u8; 32] = [7; 32];

    #[tokio::test]
    async fn an_older_record_is_brought_up_to_date_and_a_newer_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("record.sqlite").display());
        let mut connection = Place::read(&url).unwrap().connect().await.unwrap();
        migrate_to(&mut connection, &VERSIONS[..1]).await.unwrap();
        let older = identify(&mut connection, &GENESIS).await.unwrap();

        let store = Store::open(&url, &GENESIS).await.unwrap();
        assert_eq!(store.reached().slot, 0);
        store.note_reached(9).await.unwrap();
        store.close().await;
        let store = Store::open(&url, &GENESIS).await.unwrap();
        assert_eq!(store.reached().slot, 9);
        store.close().await;
        assert_eq!(identify(&mut connection, &GENESIS).await.unwrap(), older);
        assert!(migrate_to(&mut connection, &VERSIONS[..1]).await.is_err());
    }
}
