//! Rows that are being changed, in memory: what is needed is laid there first, what came of it is written at the end.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::row::{Row, Table};
use super::sql::{Connection, Value};

/// How many rows a statement writes: few numbers, so that there are few statements to prepare, and none large: SQLite goes through
/// the names of all values to find that of one.
const CHUNKS: [usize; 3] = [32, 8, 1];

/// What tells a row apart.
pub type Key = Vec<Value>;

/// A row that is needed.
pub type Need = (&'static Table, Key);

/// Rows by their tables and keys.
#[derive(Default)]
pub struct Desk {
    tables: BTreeMap<&'static str, (Option<&'static Table>, BTreeMap<Key, Slot>)>,
}

/// A row, if there is one.
struct Slot {
    row: Option<Vec<Value>>,
    is_changed: bool,
}

/// A row of this table that is needed.
pub fn need<R: Row + 'static>(key: Key) -> Need {
    (&R::TABLE, key)
}

/// Finds a row.
pub async fn find(
    connection: &mut Connection,
    table: &Table,
    key: &[Value],
) -> sqlx::Result<Option<Vec<Value>>> {
    Ok(connection.fetch(by_key(table), key.to_vec(), table.kinds).await?.into_iter().next())
}

/// Shows each row of a table, in the order of their keys, some read at a time: all at once would take several times the memory of
/// what is kept of them.
pub async fn each<R: Row>(connection: &mut Connection, mut see: impl FnMut(R) -> Result<()>) -> Result<()> {
    const AT_ONCE: usize = 1_000;
    let table = R::TABLE;
    let keys = table.columns.get(..table.keys).unwrap_or_default().join(", ");
    let places: Vec<_> = (1..=table.keys).map(|place| format!("${place}")).collect();
    let mut after: Option<Key> = None;
    loop {
        let condition = after.as_ref().map(|_| format!("WHERE ({keys}) > ({}) ", places.join(", ")));
        let (select, condition) = (table.select(), condition.unwrap_or_default());
        let sql = format!("{select} {condition}ORDER BY {keys} LIMIT {AT_ONCE}");
        let rows = connection.fetch(sql, after.unwrap_or_default(), table.kinds).await?;
        let is_last = rows.len() < AT_ONCE;
        after = rows.last().map(|row| table.key(row).to_vec());
        for row in rows {
            see(R::read(row)?)?;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// The text that finds a row.
pub fn by_key(table: &Table) -> String {
    format!("SELECT {} FROM {} WHERE {}", table.columns.join(", "), table.name, is_key(table))
}

fn is_key(table: &Table) -> String {
    let keys = table.columns.iter().take(table.keys).enumerate();
    keys.map(|(index, key)| format!("{key} = ${}", index + 1)).collect::<Vec<_>>().join(" AND ")
}

impl Desk {
    /// Whether that row has not been laid there yet.
    pub fn lacks(&self, (table, key): &Need) -> bool {
        !self.tables.get(table.name).is_some_and(|(_, rows)| rows.contains_key(key))
    }

    /// Lays a row there as it is, or that there is none.
    pub fn lay(&mut self, (table, key): Need, row: Option<Vec<Value>>) {
        self.slots(table).insert(key, Slot { row, is_changed: false });
    }

    /// The row of that key, which was needed.
    pub fn get<R: Row>(&self, key: &Key) -> Result<Option<R>> {
        let slot = self.tables.get(R::TABLE.name).and_then(|(_, rows)| rows.get(key));
        let slot = slot.with_context(|| format!("nobody asked for a row of {}", R::TABLE.name))?;
        slot.row.clone().map(R::read).transpose()
    }

    /// Keeps a row.
    pub fn put<R: Row + 'static>(&mut self, row: &R) {
        let values = row.values();
        let key = R::TABLE.key(&values).to_vec();
        self.slots(&R::TABLE).insert(key, Slot { row: Some(values), is_changed: true });
    }

    /// Forgets a row.
    pub fn remove<R: Row + 'static>(&mut self, key: Key) {
        self.slots(&R::TABLE).insert(key, Slot { row: None, is_changed: true });
    }

    fn slots(&mut self, table: &'static Table) -> &mut BTreeMap<Key, Slot> {
        let (known, rows) = self.tables.entry(table.name).or_default();
        *known = Some(table);
        rows
    }

    /// The rows of a table that were changed; `None` are gone.
    pub fn changed<R: Row>(&self) -> impl Iterator<Item = (&Key, Option<&Vec<Value>>)> {
        let rows = self.tables.get(R::TABLE.name).into_iter().flat_map(|(_, rows)| rows);
        rows.filter(|(_, slot)| slot.is_changed).map(|(key, slot)| (key, slot.row.as_ref()))
    }

    /// The keys of all rows that were changed.
    pub fn changes(&self) -> impl Iterator<Item = (&'static str, &Key)> {
        let rows = self.tables.iter().flat_map(|(name, (_, rows))| rows.iter().map(|row| (*name, row)));
        rows.filter(|(_, (_, slot))| slot.is_changed).map(|(name, (key, _))| (name, key))
    }

    /// Writes what was changed.
    pub async fn write(&self, connection: &mut Connection) -> sqlx::Result<()> {
        for (table, rows) in self.tables.values() {
            let Some(table) = table else { continue };
            let changed = rows.iter().filter(|(_, slot)| slot.is_changed);
            let mut kept = Vec::new();
            for (key, slot) in changed {
                match &slot.row {
                    Some(row) => kept.push(row),
                    None => {
                        let sql = format!("DELETE FROM {} WHERE {}", table.name, is_key(table));
                        connection.execute(sql, key.clone()).await?;
                    }
                }
            }
            put(connection, table, &kept).await?;
        }
        Ok(())
    }
}

async fn put(connection: &mut Connection, table: &Table, rows: &[&Vec<Value>]) -> sqlx::Result<()> {
    let mut rest = rows;
    for size in CHUNKS {
        while let Some((chunk, after)) = rest.split_at_checked(size) {
            let values = chunk.iter().flat_map(|row| row.iter().cloned()).collect();
            connection.execute(put_text(table, size), values).await?;
            rest = after;
        }
    }
    Ok(())
}

/// The text that writes `count` rows over those of the same keys.
fn put_text(table: &Table, count: usize) -> String {
    let width = table.columns.len();
    let row = |number: usize| {
        let values: Vec<_> = (1..=width).map(|column| format!("${}", number * width + column)).collect();
        format!("({})", values.join(", "))
    };
    let rows: Vec<_> = (0..count).map(row).collect();
    let keys = table.columns.get(..table.keys).unwrap_or_default().join(", ");
    let others = table.columns.iter().skip(table.keys);
    let set: Vec<_> = others.map(|column| format!("{column} = excluded.{column}")).collect();
    let then = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
    format!(
        "INSERT INTO {} ({}) VALUES {} ON CONFLICT ({keys}) DO {then}",
        table.name,
        table.columns.join(", "),
        rows.join(", ")
    )
}
