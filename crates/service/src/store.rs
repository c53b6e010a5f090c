//! What has to outlast a crash, in one file a process: each change is on disk before it is acted on.

use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::marker::PhantomData;
use std::path::Path;

/// What values are found by: on disk a name and a number.
pub trait Key: Clone + Into<(String, u64)> + TryFrom<(String, u64), Error: Display> {}

impl<K: Clone + Into<(String, u64)> + TryFrom<(String, u64), Error: Display>> Key for K {}

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

fn disk(error: impl Display) -> StoreError {
    StoreError::Disk(error.to_string())
}

/// A table of values, as JSON.
#[derive(Clone, Copy)]
pub struct Table(TableDefinition<'static, (&'static str, u64), &'static [u8]>);

impl Table {
    /// The table of this name.
    pub const fn new(name: &'static str) -> Self {
        Self(TableDefinition::new(name))
    }
}

/// A table of lists of values, as JSON.
#[derive(Clone, Copy)]
pub struct Lists(TableDefinition<'static, (&'static str, u64, u32), &'static [u8]>);

impl Lists {
    /// The table of this name.
    pub const fn new(name: &'static str) -> Self {
        Self(TableDefinition::new(name))
    }
}

/// The highest number that each queue has given.
const GIVEN: TableDefinition<&str, u64> = TableDefinition::new("given");

/// A table of values in the order in which they came, as JSON. Each has a number, from 1 on, which no later one has again.
#[derive(Clone, Copy)]
pub struct Queue(&'static str, TableDefinition<'static, u64, &'static [u8]>);

impl Queue {
    /// The queue of this name.
    pub const fn new(name: &'static str) -> Self {
        Self(name, TableDefinition::new(name))
    }
}

/// A file of tables whose values are found by `K`.
pub struct Store<K>(Database, PhantomData<fn(K)>);

impl<K: Key> Store<K> {
    /// Opens the file at `path`, or makes it.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self(Database::create(path).map_err(disk)?, PhantomData))
    }

    /// All of a table.
    pub fn all<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<(K, T)>> {
        let reading = self.0.begin_read().map_err(disk)?;
        let rows = match reading.open_table(table.0) {
            Ok(rows) => rows,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(disk(error)),
        };
        read_all(&rows)
    }

    /// The value of a key, if there is one.
    pub fn get<T: DeserializeOwned>(&self, table: Table, of: &K) -> Result<Option<T>> {
        let reading = self.0.begin_read().map_err(disk)?;
        match reading.open_table(table.0) {
            Ok(rows) => {
                let value = rows.get(OnDisk::of(of).key()).map_err(disk)?;
                value.map(|value| read(value.value())).transpose()
            }
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(disk(error)),
        }
    }

    /// Those of a key, from a number on, in order and at most so many.
    pub fn list<T: DeserializeOwned>(&self, lists: Lists, of: &K, from: u32, limit: usize) -> Result<Vec<T>> {
        let of = OnDisk::of(of);
        let reading = self.0.begin_read().map_err(disk)?;
        let rows = match reading.open_table(lists.0) {
            Ok(rows) => rows,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(disk(error)),
        };
        let rows = rows.range(of.place(from)..=of.place(u32::MAX)).map_err(disk)?;
        rows.take(limit).map(|row| read(row.map_err(disk)?.1.value())).collect()
    }

    /// The first of a queue, with its number.
    pub fn first<T: DeserializeOwned>(&self, queue: Queue) -> Result<Option<(u64, T)>> {
        let reading = self.0.begin_read().map_err(disk)?;
        match reading.open_table(queue.1) {
            Ok(rows) => {
                let first = rows.first().map_err(disk)?;
                first.map(|(number, value)| Ok((number.value(), read(value.value())?))).transpose()
            }
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(disk(error)),
        }
    }

    /// All of a queue, in order.
    pub fn queued<T: DeserializeOwned>(&self, queue: Queue) -> Result<Vec<T>> {
        let reading = self.0.begin_read().map_err(disk)?;
        match reading.open_table(queue.1) {
            Ok(rows) => {
                let rows = rows.iter().map_err(disk)?;
                rows.map(|row| read(row.map_err(disk)?.1.value())).collect()
            }
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(Vec::new()),
            Err(error) => Err(disk(error)),
        }
    }

    /// How many a queue has.
    pub fn length(&self, queue: Queue) -> Result<u64> {
        let reading = self.0.begin_read().map_err(disk)?;
        match reading.open_table(queue.1) {
            Ok(rows) => rows.len().map_err(disk),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(0),
            Err(error) => Err(disk(error)),
        }
    }

    /// Changes several values at once, all of them or none. They are on disk when this returns.
    pub fn change(&self, change: impl FnOnce(&mut Changes<K>) -> Result<()>) -> Result<()> {
        self.change_if(|changes| change(changes).map(Ok::<(), std::convert::Infallible>)).map(|_| ())
    }

    /// The same, unless `change` refuses; then nothing is changed. Nobody else changes anything in between.
    pub fn change_if<E>(
        &self,
        change: impl FnOnce(&mut Changes<K>) -> Result<std::result::Result<(), E>>,
    ) -> Result<std::result::Result<(), E>> {
        let mut changes = Changes(self.0.begin_write().map_err(disk)?, PhantomData);
        let result = change(&mut changes)?;
        match result {
            Ok(()) => changes.0.commit().map_err(disk)?,
            Err(_) => changes.0.abort().map_err(disk)?,
        }
        Ok(result)
    }
}

impl<K> Store<K> {
    /// Bytes that all tables take.
    pub fn size(&self) -> Result<u64> {
        let stats = self.0.begin_write().map_err(disk)?.stats().map_err(disk)?;
        Ok(stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes())
    }
}

/// Changes that are made at once.
pub struct Changes<K>(redb::WriteTransaction, PhantomData<fn(K)>);

impl<K: Key> Changes<K> {
    /// All of a table, with what was changed of it.
    pub fn all<T: DeserializeOwned>(&mut self, table: Table) -> Result<Vec<(K, T)>> {
        read_all(&self.0.open_table(table.0).map_err(disk)?)
    }

    /// The value of a key, if there is one.
    pub fn get<T: DeserializeOwned>(&mut self, table: Table, of: &K) -> Result<Option<T>> {
        let rows = self.0.open_table(table.0).map_err(disk)?;
        let value = rows.get(OnDisk::of(of).key()).map_err(disk)?;
        value.map(|value| read(value.value())).transpose()
    }

    /// Sets it.
    pub fn set<T: Serialize>(&mut self, table: Table, of: &K, value: &T) -> Result<()> {
        let bytes = serde_json::to_vec(value).map_err(disk)?;
        let mut rows = self.0.open_table(table.0).map_err(disk)?;
        rows.insert(OnDisk::of(of).key(), bytes.as_slice()).map_err(disk)?;
        Ok(())
    }

    /// Sets the value of this number.
    pub fn put<T: Serialize>(&mut self, lists: Lists, of: &K, number: u32, value: &T) -> Result<()> {
        let bytes = serde_json::to_vec(value).map_err(disk)?;
        let mut rows = self.0.open_table(lists.0).map_err(disk)?;
        rows.insert(OnDisk::of(of).place(number), bytes.as_slice()).map_err(disk)?;
        Ok(())
    }

    /// The next number of a queue, which is given away by this.
    pub fn number(&mut self, queue: Queue) -> Result<u64> {
        let mut given = self.0.open_table(GIVEN).map_err(disk)?;
        let number = given.get(queue.0).map_err(disk)?.map_or(0, |last| last.value()) + 1;
        given.insert(queue.0, number).map_err(disk)?;
        Ok(number)
    }

    /// Adds the value of this number to a queue.
    pub fn append<T: Serialize>(&mut self, queue: Queue, number: u64, value: &T) -> Result<()> {
        let bytes = serde_json::to_vec(value).map_err(disk)?;
        let mut rows = self.0.open_table(queue.1).map_err(disk)?;
        rows.insert(number, bytes.as_slice()).map_err(disk)?;
        Ok(())
    }

    /// Removes from a queue what has this number, if it is still there.
    pub fn take(&mut self, queue: Queue, number: u64) -> Result<()> {
        let mut rows = self.0.open_table(queue.1).map_err(disk)?;
        rows.remove(number).map_err(disk)?;
        Ok(())
    }

    /// Removes the first of a queue until it has no more than `most`, and returns how many that were.
    pub fn shorten(&mut self, queue: Queue, most: u64) -> Result<u64> {
        let mut rows = self.0.open_table(queue.1).map_err(disk)?;
        let excess = rows.len().map_err(disk)?.saturating_sub(most);
        for _ in 0..excess {
            rows.pop_first().map_err(disk)?;
        }
        Ok(excess)
    }

    /// Removes all of a key.
    pub fn clear(&mut self, lists: Lists, of: &K) -> Result<()> {
        let of = OnDisk::of(of);
        let mut rows = self.0.open_table(lists.0).map_err(disk)?;
        rows.retain_in(of.place(0)..=of.place(u32::MAX), |_, _| false).map_err(disk)
    }

    /// Removes it.
    pub fn remove(&mut self, table: Table, of: &K) -> Result<()> {
        let mut rows = self.0.open_table(table.0).map_err(disk)?;
        rows.remove(OnDisk::of(of).key()).map_err(disk)?;
        Ok(())
    }
}

/// A key as it is on disk.
struct OnDisk {
    name: String,
    number: u64,
}

impl OnDisk {
    fn of<K: Key>(key: &K) -> Self {
        let (name, number) = key.clone().into();
        Self { name, number }
    }

    fn key(&self) -> (&str, u64) {
        (&self.name, self.number)
    }

    /// The place of this number in the key's list.
    fn place(&self, number: u32) -> (&str, u64, u32) {
        (&self.name, self.number, number)
    }
}

fn read_all<K: Key, T: DeserializeOwned>(
    rows: &impl ReadableTable<(&'static str, u64), &'static [u8]>,
) -> Result<Vec<(K, T)>> {
    let mut all = Vec::new();
    for row in rows.iter().map_err(disk)? {
        let (key, value) = row.map_err(disk)?;
        let (name, number) = key.value();
        let key = K::try_from((name.to_owned(), number));
        let key = key.map_err(|error| StoreError::Unreadable(error.to_string()))?;
        all.push((key, read(value.value())?));
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

    type Name = (String, u64);

    fn key(number: u64) -> Name {
        ("name".to_owned(), number)
    }

    #[test]
    fn what_was_changed_is_there_after_opening_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let store = Store::<Name>::open(&path).unwrap();
        assert_eq!(store.all::<u64>(NUMBERS).unwrap(), []);
        store.change(|changes| (1..=3).try_for_each(|n| changes.set(NUMBERS, &key(n), &n))).unwrap();
        store.change(|changes| changes.remove(NUMBERS, &key(2))).unwrap();
        drop(store);
        let store = Store::<Name>::open(&path).unwrap();
        assert_eq!(store.all::<u64>(NUMBERS).unwrap(), [(key(1), 1), (key(3), 3)]);
        assert_eq!(store.get::<u64>(NUMBERS, &key(2)).unwrap(), None);
    }

    #[test]
    fn a_change_that_is_refused_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::<Name>::open(&folder.path().join("store")).unwrap();
        let refused = store.change_if(|changes| {
            changes.set(NUMBERS, &key(1), &1)?;
            Ok(Err("no"))
        });
        assert_eq!(refused.unwrap(), Err("no"));
        assert_eq!(store.get::<u64>(NUMBERS, &key(1)).unwrap(), None);
    }

    #[test]
    fn a_list_is_of_one_key_and_is_read_in_parts() {
        const LISTS: Lists = Lists::new("lists");
        let folder = tempfile::tempdir().unwrap();
        let store = Store::<Name>::open(&folder.path().join("store")).unwrap();
        assert!(store.list::<u64>(LISTS, &key(1), 0, 9).unwrap().is_empty());
        let put = |number: u32| {
            let of = |slot: u64| 1_000 * slot + u64::from(number);
            store.change(|changes| (1..=3).try_for_each(|n| changes.put(LISTS, &key(n), number, &of(n))))
        };
        (0..300).for_each(|number| put(number).unwrap());
        assert_eq!(store.list::<u64>(LISTS, &key(2), 254, 3).unwrap(), [2_254, 2_255, 2_256]);
        assert_eq!(store.list::<u64>(LISTS, &key(2), 299, 3).unwrap(), [2_299]);
        store.change(|changes| changes.clear(LISTS, &key(2))).unwrap();
        let lengths = [1, 2, 3].map(|n| store.list::<u64>(LISTS, &key(n), 0, 999).unwrap().len());
        assert_eq!(lengths, [300, 0, 300]);
    }

    #[test]
    fn a_queue_keeps_its_order_and_gives_no_number_twice() {
        const QUEUE: Queue = Queue::new("queue");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let store = Store::<Name>::open(&path).unwrap();
        assert_eq!((store.first::<u64>(QUEUE).unwrap(), store.length(QUEUE).unwrap()), (None, 0));
        let push = |store: &Store<Name>| {
            let change = store.change(|changes| {
                let number = changes.number(QUEUE)?;
                changes.append(QUEUE, number, &(10 * number))
            });
            change.unwrap();
        };
        (0..3).for_each(|_| push(&store));
        assert_eq!(store.first(QUEUE).unwrap(), Some((1, 10)));
        assert_eq!(store.queued::<u64>(QUEUE).unwrap(), [10, 20, 30]);
        store.change(|changes| changes.shorten(QUEUE, 2).map(|removed| assert_eq!(removed, 1))).unwrap();
        store.change(|changes| (1..=3).try_for_each(|number| changes.take(QUEUE, number))).unwrap();
        assert_eq!(store.first::<u64>(QUEUE).unwrap(), None);
        drop(store);
        let store = Store::<Name>::open(&path).unwrap();
        push(&store);
        assert_eq!((store.first(QUEUE).unwrap(), store.length(QUEUE).unwrap()), (Some((4, 40)), 1));
    }

    #[test]
    fn two_processes_do_not_share_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let _store = Store::<Name>::open(&path).unwrap();
        let error = Store::<Name>::open(&path).err().unwrap();
        assert!(error.to_string().contains("another process"), "{error}");
    }
}
