//! Opening a record: its schema, and what it is a record of.

use anyhow::{Context, Result, bail};
use futures_util::future::BoxFuture;
use gpu_lease_client::address::PROGRAM;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::desk::{Desk, find, need};
use super::row::{Row, key};
use super::schema::RecordRow;
use super::sql::Connection;

/// The only record of a database.
pub const ID: i64 = 1;

/// The schema's versions, oldest first: none is ever changed.
const VERSIONS: &[(&str, &str)] = &[("record", include_str!("../../migrations/0001_record.sql"))];

/// Brings the schema up to date.
pub async fn migrate(connection: &mut Connection) -> Result<()> {
    let is_postgres = matches!(connection, Connection::Postgres(_));
    let migration = |(version, (name, sql)): (i64, &(&'static str, &'static str))| {
        let sql = if is_postgres { in_postgres(sql) } else { (*sql).to_owned() };
        let sql = sqlx::AssertSqlSafe(sql).into_sql_str();
        Migration::new(version, (*name).into(), MigrationType::Simple, sql, false)
    };
    let migrator = Migrator::with_migrations((1..).zip(VERSIONS).map(migration).collect());
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
    let (table, key) = need::<RecordRow>(key!(ID));
    find(connection, table, &key).await?.map(RecordRow::read).transpose()
}
