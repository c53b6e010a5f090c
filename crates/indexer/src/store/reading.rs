//! What reading the chain needs of the record: which transactions are in it, and beginning again.

use std::collections::HashMap;

use anyhow::Result;
use solana_address::Address;
use solana_signature::Signature;

use super::desk::Desk;
use super::facade::Store;
use super::open;
use super::row::{Column, Row, Table, key};
use super::schema::{DoubtRow, KeptRow, ReachedRow, RecordRow, TABLES, TransactionRow};
use super::shelf::Shelf;
use super::sql::{Connection, Kind, Value};
use super::taking::{pos_of, slot_of, unpacked};
use crate::observed::Place;

/// The number of what was found between transactions, among the doubts of one.
const BETWEEN: u32 = 1_000;

/// The number of what an audit found.
pub const AUDIT: u32 = 2_000;

impl Store {
    /// The transactions of the record from a slot on that call the program, and their slots.
    pub async fn landed_from(&self, slot: u64) -> Result<Vec<(Signature, u64)>> {
        let from = pos_of(Place { slot, index: 0 })?;
        let sql = "SELECT signature, pos FROM transactions WHERE pos >= $1 AND is_listed = 1";
        let rows = self.fetch(sql.to_owned(), key!(from), &[Kind::Bytes, Kind::Int]).await?;
        let read = |row: Vec<Value>| {
            let mut row = row.into_iter();
            let mut next = || row.next().unwrap_or(Value::Null(Kind::Int));
            Ok((Signature::read(next())?, slot_of(i64::read(next())?)))
        };
        rows.into_iter().map(read).collect()
    }

    /// The slot of a transaction, if it is in the record.
    pub async fn landed(&self, signature: &Signature) -> Result<Option<u64>> {
        let sql = "SELECT pos FROM transactions WHERE signature = $1";
        let rows = self.fetch(sql.to_owned(), key!(*signature), &[Kind::Int]).await?;
        let pos = rows.into_iter().flatten().next().map(i64::read).transpose()?;
        Ok(pos.map(slot_of))
    }

    /// The cluster's time of the last transaction, if there is one.
    pub async fn last_time(&self) -> Result<Option<i64>> {
        let record: Option<RecordRow> = self.find_finalized(&key!(open::ID)).await?;
        Ok(record.filter(|record| record.slot.is_some()).map(|record| record.time))
    }

    /// The oldest transaction of the record that calls the program.
    pub async fn first(&self) -> Result<Option<Signature>> {
        let sql = "SELECT signature FROM transactions WHERE is_listed = 1 ORDER BY pos LIMIT 1";
        let rows = self.fetch(sql.to_owned(), Vec::new(), &[Kind::Bytes]).await?;
        rows.into_iter().flatten().next().map(Signature::read).transpose()
    }

    /// Writes down up to where the chain was read, for the next who opens the record.
    pub async fn note_reached(&self, slot: u64) -> Result<()> {
        let mut desk = Desk::default();
        desk.put(&ReachedRow { id: open::ID, slot });
        self.write(&desk).await
    }

    /// What a node said of a transaction of the record.
    pub async fn raw(&self, signature: &Signature) -> Result<Option<Vec<u8>>> {
        let rows: Vec<TransactionRow> = self.all_finalized("WHERE signature = $1", key!(*signature)).await?;
        rows.first().map(|row| unpacked(&row.raw)).transpose()
    }

    /// What was said of these transactions, as far as it was kept when the record was begun again.
    pub async fn kept(&self, signatures: &[Signature]) -> Result<HashMap<Signature, Vec<u8>>> {
        let mut kept = HashMap::new();
        for signature in signatures {
            if let Some(row) = self.find_finalized::<KeptRow>(&key!(*signature)).await? {
                kept.insert(row.signature, unpacked(&row.raw)?);
            }
        }
        Ok(kept)
    }

    /// Whether anything was kept.
    pub async fn has_kept(&self) -> Result<bool> {
        Ok(!self.all_finalized::<KeptRow>("LIMIT 1", Vec::new()).await?.is_empty())
    }

    /// Forgets what was kept, of one transaction or of all.
    pub async fn forget(&self, signature: Option<&Signature>) -> Result<()> {
        let mut writing = self.begin().await?;
        forget(&mut writing.connection, signature).await?;
        writing.commit().await.map(drop)
    }

    /// Empties the record, but for what was said of transactions if `keeps`: so that they need not be asked for again.
    pub async fn begin_again(&self, keeps: bool) -> Result<()> {
        let mut writing = self.begin().await?;
        let connection = &mut writing.connection;
        if keeps {
            let keep = "INSERT INTO kept (signature, raw) SELECT signature, raw FROM transactions WHERE TRUE \
                        ON CONFLICT (signature) DO NOTHING";
            connection.execute(keep, Vec::new()).await?;
        } else {
            forget(connection, None).await?;
        }
        let is_of_chain = |table: &&&Table| ![KeptRow::TABLE.name, "audits"].contains(&table.name);
        for table in TABLES.iter().filter(is_of_chain) {
            connection.execute(format!("DELETE FROM {}", table.name), Vec::new()).await?;
        }
        open::identify(connection, &self.genesis_hash()).await?;
        drop(writing.commit().await?);
        self.change_shelf(|shelf| *shelf = Shelf::default());
        self.reach_nothing();
        self.show(&[], 0).await
    }

    /// The record does not explain an account that a node shows: that is kept, as if the last transaction had been in doubt.
    pub async fn doubt(&self, account: &Address, reason: &str) -> Result<()> {
        let place = self.cursor().await?.map(|cursor| cursor.place);
        let mut desk = Desk::default();
        desk.put(&DoubtRow {
            pos: pos_of(place.unwrap_or_default())?,
            number: BETWEEN,
            account: *account,
            lease: None,
            opened_slot: None,
            reason: reason.to_owned(),
            is_open: true,
        });
        self.write(&desk).await
    }
}

async fn forget(connection: &mut Connection, signature: Option<&Signature>) -> Result<()> {
    match signature {
        Some(signature) => {
            connection.execute("DELETE FROM kept WHERE signature = $1", key!(*signature)).await?;
        }
        None => connection.execute("DELETE FROM kept", Vec::new()).await?,
    }
    Ok(())
}
