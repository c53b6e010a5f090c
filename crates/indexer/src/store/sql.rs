//! A connection to either database: one SQL text with `$1` in it, values in, values out.
//!
//! `sqlx::Any` would be less to write, and cannot bound how long a query of SQLite runs.

use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Row as _};

/// Statements that a connection keeps prepared.
const PREPARED: usize = 400;

/// Instructions of SQLite's machine between two looks at the clock.
const LOOK: i32 = 1_000;

/// How long a writer waits for a lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a question waits for a connection.
const QUEUE: Duration = Duration::from_secs(5);

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Int,
    Text,
    Bytes,
}

/// A value of a column. They are ordered as both databases order them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Null(Kind),
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// Where a record is.
#[derive(Clone, Debug)]
pub enum Place {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

/// A connection that writes.
pub enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Connections that only read.
#[derive(Clone)]
pub enum Readers {
    Sqlite(SqlitePool, Duration),
    Postgres(PgPool),
}

macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for value in $values {
            query = match value {
                Value::Null(Kind::Int) => query.bind(None::<i64>),
                Value::Null(Kind::Text) => query.bind(None::<String>),
                Value::Null(Kind::Bytes) => query.bind(None::<Vec<u8>>),
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

macro_rules! taken_apart {
    ($name:ident, $row:ty) => {
        fn $name(row: &$row, kinds: &[Kind]) -> sqlx::Result<Vec<Value>> {
            let value = |(index, kind): (usize, &Kind)| {
                Ok(match kind {
                    Kind::Int => row.try_get_unchecked::<Option<i64>, _>(index)?.map(Value::Int),
                    Kind::Text => row.try_get_unchecked::<Option<String>, _>(index)?.map(Value::Text),
                    Kind::Bytes => row.try_get_unchecked::<Option<Vec<u8>>, _>(index)?.map(Value::Bytes),
                }
                .unwrap_or(Value::Null(*kind)))
            };
            kinds.iter().enumerate().map(value).collect()
        }
    };
}

taken_apart!(of_sqlite, SqliteRow);
taken_apart!(of_postgres, PgRow);

impl Place {
    /// `sqlite:PATH` or `postgres://…`.
    pub fn read(url: &str) -> sqlx::Result<Self> {
        if url.starts_with("sqlite:") {
            let options: SqliteConnectOptions = url.parse()?;
            let options = options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(PATIENCE)
                .statement_cache_capacity(PREPARED)
                .disable_statement_logging();
            return Ok(Self::Sqlite(options));
        }
        let options: PgConnectOptions = url.parse()?;
        Ok(Self::Postgres(options.statement_cache_capacity(PREPARED).disable_statement_logging()))
    }

    /// In memory, for one connection.
    pub fn memory() -> Self {
        let options = SqliteConnectOptions::new().in_memory(true).statement_cache_capacity(PREPARED);
        Self::Sqlite(options.disable_statement_logging())
    }

    /// A connection that writes.
    pub async fn connect(&self) -> sqlx::Result<Connection> {
        Ok(match self {
            Self::Sqlite(options) => Connection::Sqlite(options.connect().await?),
            Self::Postgres(options) => Connection::Postgres(options.connect().await?),
        })
    }

    /// `count` connections that only read, none of whose queries runs longer than `limit`.
    pub fn readers(&self, count: u32, limit: Duration) -> Readers {
        match self {
            Self::Sqlite(options) => {
                let options = options.clone().read_only(true).create_if_missing(false);
                let pool = SqlitePoolOptions::new().max_connections(count).acquire_timeout(QUEUE);
                Readers::Sqlite(pool.connect_lazy_with(options), limit)
            }
            Self::Postgres(options) => {
                let limit_ms = limit.as_millis().to_string();
                let settings =
                    [("statement_timeout", limit_ms.as_str()), ("default_transaction_read_only", "on")];
                let pool = PgPoolOptions::new().max_connections(count).acquire_timeout(QUEUE);
                Readers::Postgres(pool.connect_lazy_with(options.clone().options(settings)))
            }
        }
    }
}

impl Connection {
    /// Begins a transaction, alone.
    pub async fn begin(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(_) => self.execute("BEGIN IMMEDIATE", Vec::new()).await,
            Self::Postgres(_) => {
                self.execute("BEGIN", Vec::new()).await?;
                self.execute("LOCK TABLE record IN EXCLUSIVE MODE", Vec::new()).await
            }
        }
    }

    /// Ends it, so that all of it stands.
    pub async fn commit(&mut self) -> sqlx::Result<()> {
        self.execute("COMMIT", Vec::new()).await
    }

    /// Carries a statement out.
    pub async fn execute(&mut self, sql: impl Into<String>, values: Vec<Value>) -> sqlx::Result<()> {
        let sql = sql.into();
        match self {
            Self::Sqlite(connection) => bound!(sql, values).execute(connection).await.map(drop),
            Self::Postgres(connection) => bound!(sql, values).execute(connection).await.map(drop),
        }
    }

    /// The rows of a query, of columns of these kinds.
    pub async fn fetch(
        &mut self,
        sql: impl Into<String>,
        values: Vec<Value>,
        kinds: &[Kind],
    ) -> sqlx::Result<Vec<Vec<Value>>> {
        let sql = sql.into();
        match self {
            Self::Sqlite(connection) => {
                let rows = bound!(sql, values).fetch_all(connection).await?;
                rows.iter().map(|row| of_sqlite(row, kinds)).collect()
            }
            Self::Postgres(connection) => {
                let rows = bound!(sql, values).fetch_all(connection).await?;
                rows.iter().map(|row| of_postgres(row, kinds)).collect()
            }
        }
    }
}

#[cfg(test)]
thread_local! {
    /// What a test has asked.
    pub static ASKED: std::cell::RefCell<std::collections::BTreeSet<String>> = const { std::cell::RefCell::new(std::collections::BTreeSet::new()) };
}

impl Readers {
    /// The rows of a query, of columns of these kinds.
    pub async fn fetch(
        &self,
        sql: impl Into<String>,
        values: Vec<Value>,
        kinds: &[Kind],
    ) -> sqlx::Result<Vec<Vec<Value>>> {
        let sql = sql.into();
        #[cfg(test)]
        ASKED.with_borrow_mut(|asked| asked.insert(sql.clone()));
        match self {
            Self::Sqlite(pool, limit) => {
                let mut connection = pool.acquire().await?;
                let until = Instant::now() + *limit;
                connection.lock_handle().await?.set_progress_handler(LOOK, move || Instant::now() < until);
                let rows = bound!(sql, values).fetch_all(&mut *connection).await?;
                rows.iter().map(|row| of_sqlite(row, kinds)).collect()
            }
            Self::Postgres(pool) => {
                let rows = bound!(sql, values).fetch_all(pool).await?;
                rows.iter().map(|row| of_postgres(row, kinds)).collect()
            }
        }
    }

    /// Ends them.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(pool, _) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
