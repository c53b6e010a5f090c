//! What has to outlast a crash, in one file a process: each change is on disk before it is acted on.

use std::path::Path;

use gpu_lease_runtime::Life;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why something could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk, or who else has the file open.
    #[error(
        "the store cannot be used: {0}; see whether its disk is full and whether another process has it open"
    )]
    Disk(String),
    /// It holds what this version does not know.
    #[error("the store holds what this version cannot read: {0}; go on with the version that wrote it")]
    Unreadable(String),
}

/// A result of this module.
pub type Result<T> = std::result::Result<T, StoreError>;

fn disk(error: impl std::fmt::Display) -> StoreError {
    StoreError::Disk(error.to_string())
}

/// A table of values by the lives of leases, as JSON.
#[derive(Clone, Copy)]
pub struct Table(TableDefinition<'static, (&'static str, u64), &'static [u8]>);

impl Table {
    /// The table of this name.
    pub const fn new(name: &'static str) -> Self {
        Self(TableDefinition::new(name))
    }
}

/// A table of values by the lives of leases and numbers, as JSON.
#[derive(Clone, Copy)]
pub struct Lists(TableDefinition<'static, (&'static str, u64, u32), &'static [u8]>);

impl Lists {
    /// The table of this name.
    pub const fn new(name: &'static str) -> Self {
        Self(TableDefinition::new(name))
    }
}

/// A file of tables.
pub struct Store(Database);

impl Store {
    /// Opens the file at `path`, or makes it.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self(Database::create(path).map_err(disk)?))
    }

    /// All of a table.
    pub fn all<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<(Life, T)>> {
        let reading = self.0.begin_read().map_err(disk)?;
        let rows = match reading.open_table(table.0) {
            Ok(rows) => rows,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(disk(error)),
        };
        read_all(&rows)
    }

    /// The value of a life, if there is one.
    pub fn get<T: DeserializeOwned>(&self, table: Table, life: &Life) -> Result<Option<T>> {
        let reading = self.0.begin_read().map_err(disk)?;
        match reading.open_table(table.0) {
            Ok(rows) => {
                let value = rows.get(key(life)).map_err(disk)?;
                value.map(|value| read(value.value())).transpose()
            }
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(disk(error)),
        }
    }

    /// Those of a life, from a number on, in order and at most so many.
    pub fn list<T: DeserializeOwned>(
        &self,
        lists: Lists,
        life: &Life,
        from: u32,
        limit: usize,
    ) -> Result<Vec<T>> {
        let reading = self.0.begin_read().map_err(disk)?;
        let rows = match reading.open_table(lists.0) {
            Ok(rows) => rows,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(disk(error)),
        };
        let rows = rows.range(place(life, from)..=place(life, u32::MAX)).map_err(disk)?;
        rows.take(limit).map(|row| read(row.map_err(disk)?.1.value())).collect()
    }

    /// Changes several values at once, all of them or none. They are on disk when this returns.
    pub fn change(&self, change: impl FnOnce(&mut Changes) -> Result<()>) -> Result<()> {
        self.change_if(|changes| change(changes).map(Ok::<(), std::convert::Infallible>)).map(|_| ())
    }

    /// The same, unless `change` refuses; then nothing is changed. Nobody else changes anything in between.
    pub fn change_if<E>(
        &self,
        change: impl FnOnce(&mut Changes) -> Result<std::result::Result<(), E>>,
    ) -> Result<std::result::Result<(), E>> {
        let mut changes = Changes(self.0.begin_write().map_err(disk)?);
        let result = change(&mut changes)?;
        match result {
            Ok(()) => changes.0.commit().map_err(disk)?,
            Err(_) => changes.0.abort().map_err(disk)?,
        }
        Ok(result)
    }
}

#[cfg(test)]
impl Store {
    /// Bytes that all tables take.
    pub fn size(&self) -> Result<u64> {
        let stats = self.0.begin_write().map_err(disk)?.stats().map_err(disk)?;
        Ok(stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes())
    }
}

/// Changes that are made at once.
pub struct Changes(redb::WriteTransaction);

impl Changes {
    /// All of a table, with what was changed of it.
    pub fn all<T: DeserializeOwned>(&mut self, table: Table) -> Result<Vec<(Life, T)>> {
        read_all(&self.0.open_table(table.0).map_err(disk)?)
    }

    /// The value of a life, if there is one.
    pub fn get<T: DeserializeOwned>(&mut self, table: Table, life: &Life) -> Result<Option<T>> {
        let rows = self.0.open_table(table.0).map_err(disk)?;
        let value = rows.get(key(life)).map_err(disk)?;
        value.map(|value| read(value.value())).transpose()
    }

    /// Sets it.
    pub fn set<T: Serialize>(&mut self, table: Table, life: &Life, value: &T) -> Result<()> {
        let bytes = serde_json::to_vec(value).map_err(disk)?;
        let mut rows = self.0.open_table(table.0).map_err(disk)?;
        rows.insert(key(life), bytes.as_slice()).map_err(disk)?;
        Ok(())
    }

    /// Sets the value of this number.
    pub fn put<T: Serialize>(&mut self, lists: Lists, life: &Life, number: u32, value: &T) -> Result<()> {
        let bytes = serde_json::to_vec(value).map_err(disk)?;
        let mut rows = self.0.open_table(lists.0).map_err(disk)?;
        rows.insert(place(life, number), bytes.as_slice()).map_err(disk)?;
        Ok(())
    }

    /// Removes all of a life.
    pub fn clear(&mut self, lists: Lists, life: &Life) -> Result<()> {
        let mut rows = self.0.open_table(lists.0).map_err(disk)?;
        rows.retain_in(place(life, 0)..=place(life, u32::MAX), |_, _| false).map_err(disk)
    }

    /// Removes it.
    pub fn remove(&mut self, table: Table, life: &Life) -> Result<()> {
        let mut rows = self.0.open_table(table.0).map_err(disk)?;
        rows.remove(key(life)).map_err(disk)?;
        Ok(())
    }
}

fn key(life: &Life) -> (&str, u64) {
    (&life.lease, life.opened_slot)
}

fn place(life: &Life, number: u32) -> (&str, u64, u32) {
    (&life.lease, life.opened_slot, number)
}

/// What rows are found by.
type Key = (&'static str, u64);

fn read_all<T: DeserializeOwned>(rows: &impl ReadableTable<Key, &'static [u8]>) -> Result<Vec<(Life, T)>> {
    let mut all = Vec::new();
    for row in rows.iter().map_err(disk)? {
        let (key, value) = row.map_err(disk)?;
        let (lease, opened_slot) = key.value();
        all.push((Life { lease: lease.to_owned(), opened_slot }, read(value.value())?));
    }
    Ok(all)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: Table = Table::new("numbers");

    fn life(opened_slot: u64) -> Life {
        Life { lease: "lease".to_owned(), opened_slot }
    }

    #[test]
    fn what_was_changed_is_there_after_opening_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let store = Store::open(&path).unwrap();
        assert_eq!(store.all::<u64>(NUMBERS).unwrap(), []);
        store.change(|changes| (1..=3).try_for_each(|n| changes.set(NUMBERS, &life(n), &n))).unwrap();
        store.change(|changes| changes.remove(NUMBERS, &life(2))).unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.all::<u64>(NUMBERS).unwrap(), [(life(1), 1), (life(3), 3)]);
        assert_eq!(store.get::<u64>(NUMBERS, &life(2)).unwrap(), None);
    }

    #[test]
    fn a_change_that_is_refused_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let refused = store.change_if(|changes| {
            changes.set(NUMBERS, &life(1), &1)?;
            Ok(Err("no"))
        });
        assert_eq!(refused.unwrap(), Err("no"));
        assert_eq!(store.get::<u64>(NUMBERS, &life(1)).unwrap(), None);
    }

    #[test]
    fn a_list_is_of_one_life_and_is_read_in_parts() {
        const LISTS: Lists = Lists::new("lists");
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        assert!(store.list::<u64>(LISTS, &life(1), 0, 9).unwrap().is_empty());
        let put = |number: u32| {
            let of = |slot: u64| 1_000 * slot + u64::from(number);
            store.change(|changes| (1..=3).try_for_each(|n| changes.put(LISTS, &life(n), number, &of(n))))
        };
        (0..300).for_each(|number| put(number).unwrap());
        assert_eq!(store.list::<u64>(LISTS, &life(2), 254, 3).unwrap(), [2_254, 2_255, 2_256]);
        assert_eq!(store.list::<u64>(LISTS, &life(2), 299, 3).unwrap(), [2_299]);
        store.change(|changes| changes.clear(LISTS, &life(2))).unwrap();
        let lengths = [1, 2, 3].map(|n| store.list::<u64>(LISTS, &life(n), 0, 999).unwrap().len());
        assert_eq!(lengths, [300, 0, 300]);
    }

    #[test]
    fn two_processes_do_not_share_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let _store = Store::open(&path).unwrap();
        let error = Store::open(&path).err().unwrap();
        assert!(error.to_string().contains("another process"), "{error}");
    }
}
