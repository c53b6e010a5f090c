//! What the program's token accounts hold: by the record, and as a node showed it.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result};
use solana_address::Address;

use super::desk::{Desk, find, need};
use super::doubt::{clear, doubts, life_of};
use super::facade::Store;
use super::open;
use super::reading::AUDIT;
use super::row::{Column, Row, key};
use super::schema::{AuditRow, DoubtRow, LeaseRow, MovementRow, TransactionRow, VaultRow};
use super::sql::{Connection, Kind};
use super::taking::pos_of;
use super::write::{Source, take_in};
use super::{Applied, Value};
use crate::book::{LeaseLife, Vault};
use crate::observed::Place;

/// A token account of the program, by the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The token account.
    pub account: Address,
    /// What it is for, and what it holds.
    pub vault: Vault,
    /// Whether something moved there while the node was asked.
    pub is_touched: bool,
    /// The lease whose money it holds.
    pub lease: Option<LeaseLife>,
}

/// What an audit found in a token account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audited {
    /// The token account.
    pub account: Address,
    /// The lease whose money it holds.
    pub lease: Option<LeaseLife>,
    /// By the record, gifts included.
    pub booked: u64,
    /// By the node.
    pub held: u64,
}

impl Audited {
    const fn verdict(&self) -> &'static str {
        if self.held == self.booked {
            "balanced"
        } else if self.held < self.booked {
            "deficit"
        } else {
            "surplus"
        }
    }
}

impl Store {
    /// All token accounts of the program, as the record has them.
    pub async fn vaults(&self) -> Result<Vec<Booked>> {
        let mut connection = self.connect().await?;
        let sql = "SELECT lease, opened_slot FROM leases WHERE closed_at IS NULL".to_owned();
        let mut lives = BTreeMap::new();
        for row in connection.fetch(sql, Vec::new(), &[Kind::Bytes, Kind::Int]).await? {
            let mut row = row.into_iter();
            let mut next = || row.next().context("a row ends too early");
            let lease = Address::read(next()?)?;
            let opened_slot = u64::read(next()?)?;
            lives.insert(lease, LeaseLife { lease, opened_slot });
        }
        let rows = connection.fetch(VaultRow::TABLE.select(), Vec::new(), VaultRow::TABLE.kinds).await?;
        let read = |row: Vec<Value>| {
            let VaultRow { account, kind, belongs_to, mint, balance } = VaultRow::read(row)?;
            let kind = kind.parse().context("the kind of a token account")?;
            let vault = Vault { kind, of: belongs_to, mint, balance };
            Ok(Booked { account, vault, is_touched: false, lease: lives.get(&belongs_to).copied() })
        };
        rows.into_iter().map(read).collect()
    }

    /// Token accounts that something moved into or out of after a slot.
    pub async fn touched_since(&self, slot: u64) -> Result<HashSet<Address>> {
        let from = pos_of(Place { slot: slot.saturating_add(1), index: 0 })?;
        let rows: Vec<MovementRow> = self.all_finalized("WHERE pos >= $1", key!(from)).await?;
        Ok(rows.into_iter().flat_map(|row| [row.from_account, row.to_account]).flatten().collect())
    }

    /// Keeps what an audit found at a moment. Money of a lease whose account deviates is withheld from now on, and told again
    /// once it does not.
    pub async fn audited(&self, audited: &[Audited], at: i64) -> Result<()> {
        let mut writing = self.begin().await?;
        let connection = &mut writing.connection;
        let mut desk = Desk::default();
        for it in audited {
            let verdict = it.verdict().to_owned();
            desk.put(&AuditRow { account: it.account, held: it.held, audited_at: at, verdict });
        }
        let open = doubts(connection, "is_open = 1 AND number = $1", key!(AUDIT)).await?;
        for it in audited {
            let doubted = open.iter().find(|row| row.account == it.account);
            match (it.held == it.booked, doubted) {
                (true, Some(row)) => {
                    desk.put(&DoubtRow { is_open: false, ..row.clone() });
                    if let Some(life) = life_of(row) {
                        clear(&mut desk, connection, it.account, life).await?;
                    }
                }
                (false, None) => doubt(&mut desk, connection, it).await?,
                (true, None) | (false, Some(_)) => {}
            }
        }
        desk.write(connection).await?;
        writing.commit().await.map(drop)
    }

    /// Takes transactions in that do not call the program, and brought tokens to accounts of its own: they are before the end of
    /// the record, which stays where it is. Those that it has already are left as they are.
    pub async fn apply_unlisted(&self, applied: &[Applied<'_>]) -> Result<()> {
        let mut writing = self.begin().await?;
        let connection = &mut writing.connection;
        let mut desk = Desk::default();
        for it in applied {
            let pos = pos_of(it.transaction.place)?;
            if find(connection, &TransactionRow::TABLE, &key!(pos)).await?.is_none() {
                take_in(&mut desk, &mut Source::Record(connection), it, true).await?;
            }
        }
        desk.write(connection).await?;
        writing.commit().await.map(drop)
    }
}

/// An account that holds something else than is booked, and the lease's money with it.
async fn doubt(desk: &mut Desk, connection: &mut Connection, it: &Audited) -> Result<()> {
    let record = open::record(connection).await?.context("the record says not what it is of")?;
    let place = Place { slot: record.slot.unwrap_or_default(), index: record.number.unwrap_or_default() };
    desk.put(&DoubtRow {
        pos: pos_of(place)?,
        number: AUDIT,
        account: it.account,
        lease: it.lease.map(|life| life.lease),
        opened_slot: it.lease.map(|life| life.opened_slot),
        reason: format!("it holds {}, {} are booked", it.held, it.booked),
        is_open: true,
    });
    let Some(life) = it.lease else { return Ok(()) };
    let key = key!(life.lease, life.opened_slot);
    let (table, key) = need::<LeaseRow>(key);
    if desk.lacks(&(table, key.clone())) {
        let row = find(connection, table, &key).await?;
        desk.lay((table, key.clone()), row);
    }
    if let Some(row) = desk.get::<LeaseRow>(&key)? {
        desk.put(&LeaseRow { is_in_doubt: true, ..row });
    }
    Ok(())
}
