//! What the book could not explain, and what heals it.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use solana_address::Address;
use solana_signature::Signature;

use super::desk::{Desk, find};
use super::facade::Store;
use super::open;
use super::reading::AUDIT;
use super::row::{Row, key};
use super::schema::{DoubtRow, LeaseAboutRow, LeaseRow, RecordRow};
use super::sql::Connection;
use super::take;
use super::taking::{Applied, Taking, pos_of, slot_of};
use super::write::{Source, lay};
use crate::book::{Entry, LeaseAfter, LeaseLife, Page as Done};
use crate::observed::{Place, Transaction};
use crate::views::LeaseState;

/// An account that is in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubtful {
    /// The account.
    pub account: Address,
    /// The lease that it was about.
    pub lease: Option<LeaseLife>,
    /// The slot in which it happened.
    pub slot: u64,
    /// What does not fit.
    pub reason: String,
}

impl Store {
    /// Accounts that are in doubt, the oldest doubts first, `limit` at most. Those that an audit doubts are not among them: what
    /// the record says of them is not taken back.
    pub async fn doubtful(&self, limit: u32) -> Result<Vec<Doubtful>> {
        let rest =
            format!("WHERE is_open = 1 AND number <> {AUDIT} ORDER BY pos, number, account LIMIT {limit}");
        let rows: Vec<DoubtRow> = self.all_finalized(&rest, Vec::new()).await?;
        let doubtful = |row: DoubtRow| Doubtful {
            account: row.account,
            lease: life_of(&row),
            slot: slot_of(row.pos),
            reason: row.reason,
        };
        Ok(rows.into_iter().map(doubtful).collect())
    }

    /// Takes an account as a node shows it, finalized, or that there is none. What was doubted of it is over; the doubt stays
    /// in the history, and so does that of a lease whose money nobody can explain any more, as it is gone.
    pub async fn heal(&self, address: &Address, entry: Option<Entry>) -> Result<()> {
        let mut writing = self.begin().await?;
        let desk = healed(&mut writing.connection, *address, entry).await?;
        desk.write(&mut writing.connection).await?;
        let _alone = writing.commit().await?;
        self.change_shelf(|shelf| shelf.take(&desk))
    }
}

pub fn life_of(row: &DoubtRow) -> Option<LeaseLife> {
    Some(LeaseLife { lease: row.lease?, opened_slot: row.opened_slot? })
}

async fn healed(connection: &mut Connection, address: Address, entry: Option<Entry>) -> Result<Desk> {
    let record = open::record(connection).await?.context("the record says not what it is of")?;
    let transaction = at(&record);
    let mut desk = Desk::default();
    let mut done = Done::default();
    done.accounts.insert(address, entry.clone());
    take_again(&mut desk, connection, &transaction, &done, take::take_accounts).await?;
    let mut done = Done::default();
    if let Some(Entry::Lease(lease)) = &entry {
        let life = LeaseLife { lease: address, opened_slot: lease.opened_slot };
        done.leases.insert(life, LeaseAfter { lease: **lease, end: None });
    }
    let living = living(connection, &address).await?;
    take_again(&mut desk, connection, &transaction, &done, take::take_leases).await?;
    for row in living.into_iter().filter(|row| {
        !done.leases.contains_key(&LeaseLife { lease: row.lease, opened_slot: row.opened_slot })
    }) {
        // It is over, and how its money was divided is not in the record.
        end(&mut desk, connection, LeaseRow { is_in_doubt: true, ..row }, record.time).await?;
    }
    let open = doubts(connection, "is_open = 1 AND account = $1", key!(address)).await?;
    for row in &open {
        desk.put(&DoubtRow { is_open: false, ..row.clone() });
    }
    let lives: BTreeSet<LeaseLife> = open.iter().filter_map(life_of).collect();
    for life in lives {
        clear(&mut desk, connection, address, life).await?;
    }
    Ok(desk)
}

/// What stands for a transaction where there is none: the end of the record.
fn at(record: &RecordRow) -> Transaction {
    let place = Place { slot: record.slot.unwrap_or_default(), index: record.number.unwrap_or_default() };
    let moment = gpu_lease_client::state::Moment { time: record.time, slot: place.slot };
    let (calls, tokens) = (Vec::new(), Vec::new());
    let (signature, payer) = (Signature::default(), Address::default());
    Transaction { signature, place, moment, payer, calls, events: None, tokens }
}

async fn take_again(
    desk: &mut Desk,
    connection: &mut Connection,
    transaction: &Transaction,
    done: &Done,
    take: fn(&mut Taking<'_>) -> Result<()>,
) -> Result<()> {
    let applied = Applied { transaction, raw: &[], done };
    let mut source = Source::Record(connection);
    lay(desk, &mut source, take::needs(&applied)).await?;
    let needs = take::needs_of_figures(desk, &applied)?;
    lay(desk, &mut source, needs).await?;
    let (pos, time) = (pos_of(transaction.place)?, transaction.moment.time);
    take(&mut Taking { desk, applied, pos, time, keeps_figures: true })
}

/// The leases at an address that are not over.
async fn living(connection: &mut Connection, address: &Address) -> Result<Vec<LeaseRow>> {
    let sql = format!("{} WHERE lease = $1 AND closed_at IS NULL", LeaseRow::TABLE.select());
    let rows = connection.fetch(sql, key!(*address), LeaseRow::TABLE.kinds).await?;
    rows.into_iter().map(LeaseRow::read).collect()
}

async fn end(desk: &mut Desk, connection: &mut Connection, row: LeaseRow, time: i64) -> Result<()> {
    let state = LeaseState::Closed.to_string();
    let sql = format!("{} WHERE lease = $1 AND opened_slot = $2", LeaseAboutRow::TABLE.select());
    let abouts = connection.fetch(sql, key!(row.lease, row.opened_slot), LeaseAboutRow::TABLE.kinds).await?;
    for about in abouts {
        desk.put(&LeaseAboutRow { state: state.clone(), ..LeaseAboutRow::read(about)? });
    }
    desk.put(&LeaseRow { state, closed_at: Some(time), ..row });
    Ok(())
}

pub async fn doubts(
    connection: &mut Connection,
    condition: &str,
    values: Vec<super::sql::Value>,
) -> Result<Vec<DoubtRow>> {
    let sql = format!("{} WHERE {condition}", DoubtRow::TABLE.select());
    let rows = connection.fetch(sql, values, DoubtRow::TABLE.kinds).await?;
    rows.into_iter().map(DoubtRow::read).collect()
}

/// A lease is clear when nothing of it is doubted any more and it is not over.
pub async fn clear(
    desk: &mut Desk,
    connection: &mut Connection,
    healed: Address,
    life: LeaseLife,
) -> Result<()> {
    let key = key!(life.lease, life.opened_slot);
    let condition = "is_open = 1 AND lease = $1 AND opened_slot = $2";
    let others = doubts(connection, condition, key.clone()).await?;
    if others.iter().any(|row| row.account != healed) {
        return Ok(());
    }
    let need = super::desk::need::<LeaseRow>(key.clone());
    if desk.lacks(&need) {
        let row = find(connection, need.0, &need.1).await?;
        desk.lay(need, row);
    }
    if let Some(row) = desk.get::<LeaseRow>(&key)?.filter(|row| row.closed_at.is_none()) {
        desk.put(&LeaseRow { is_in_doubt: false, ..row });
    }
    Ok(())
}
