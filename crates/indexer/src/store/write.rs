//! Taking transactions in.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use solana_address::Address;
use solana_signature::Signature;
use tokio::sync::MutexGuard;

use super::desk::{Desk, Need, each, find};
use super::facade::Store;
use super::open;
use super::row::{Row, key};
use super::schema::{AccountRow, RecordRow, TransactionRow, VaultRow};
use super::shown::Shown;
use super::sql::{Connection, Place as Where, Readers};
use super::take;
use super::taking::{Applied, Taking, pos_of};
use crate::book::{Entry, Vault};
use crate::observed::Place;

/// How far the record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last transaction in it.
    pub place: Place,
    /// Its signature.
    pub signature: Signature,
}

/// Where rows are found that transactions change.
pub enum Source<'a> {
    /// In the record that is being written.
    Record(&'a mut Connection),
    /// In the record, that is not.
    Below(&'a Readers),
}

/// A SQL transaction on the connection that writes. Where it is not committed the connection is not put back: with it goes what
/// was written.
pub struct Writing<'a> {
    kept: MutexGuard<'a, Option<Connection>>,
    pub connection: Connection,
}

impl<'a> Writing<'a> {
    /// Has all of it stand. Nobody else writes until what is returned is dropped.
    pub async fn commit(self) -> Result<MutexGuard<'a, Option<Connection>>> {
        let Self { mut kept, mut connection } = self;
        connection.commit().await?;
        *kept = Some(connection);
        Ok(kept)
    }
}

impl Store {
    /// How far it goes; `None` if nothing is in it.
    pub async fn cursor(&self) -> Result<Option<Cursor>> {
        let record: Option<RecordRow> = self.find_finalized(&key!(open::ID)).await?;
        Ok(record.as_ref().and_then(cursor_of))
    }

    /// All accounts that exist, with which the book goes on.
    pub async fn entries(&self) -> Result<HashMap<Address, Entry>> {
        let mut connection = self.connect().await?;
        let mut entries = HashMap::new();
        each(&mut connection, |AccountRow { address, data }| {
            entries.insert(address, Entry::read(address, data)?);
            Ok(())
        })
        .await?;
        each(&mut connection, |VaultRow { account, kind, belongs_to, mint, balance }| {
            let kind = kind.parse().context("the kind of a token account")?;
            entries.insert(account, Entry::Vault(Vault { kind, of: belongs_to, mint, balance }));
            Ok(())
        })
        .await?;
        Ok(entries)
    }

    /// Takes transactions in, in their order, all or none of them, and moves the cursor behind them. `others` are
    /// transactions that failed or only named the program. What is in the record already changes nothing; what is neither in
    /// it nor behind it is refused.
    pub async fn apply(&self, applied: &[Applied<'_>], others: u64, upto: Cursor) -> Result<()> {
        let mut writing = self.begin().await?;
        let desk = applied_to(&mut writing.connection, applied, others, upto).await?;
        let _alone = writing.commit().await?;
        if let Some(desk) = desk {
            self.change_shelf(|shelf| shelf.take(&desk))?;
        }
        let time = applied.last().map_or(i64::MIN, |it| it.transaction.moment.time);
        self.reach(upto.place.slot, time);
        Ok(())
    }

    /// Begins to write, alone.
    pub(super) async fn begin(&self) -> Result<Writing<'_>> {
        let mut kept = self.writer().lock().await;
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection.begin().await?;
        Ok(Writing { kept, connection })
    }

    /// Writes rows, all or none of them.
    pub(super) async fn write(&self, desk: &Desk) -> Result<()> {
        let mut writing = self.begin().await?;
        desk.write(&mut writing.connection).await?;
        writing.commit().await.map(drop)
    }

    /// Shows transactions that are confirmed up to `slot`, in their order, in place of those that were shown before.
    pub async fn show(&self, confirmed: &[Applied<'_>], slot: u64) -> Result<()> {
        if confirmed.is_empty() {
            self.replace_shown(Arc::new(Shown::nothing(slot)));
            return Ok(());
        }
        let mut connection = Where::memory().connect().await?;
        open::migrate(&mut connection).await?;
        let mut desk = Desk::default();
        for it in confirmed {
            take_in(&mut desk, &mut Source::Below(self.readers()), it, false).await?;
        }
        connection.begin().await?;
        desk.write(&mut connection).await?;
        connection.commit().await?;
        self.replace_shown(Arc::new(Shown::new(connection, &desk, slot)?));
        Ok(())
    }
}

fn cursor_of(record: &RecordRow) -> Option<Cursor> {
    let place = Place { slot: record.slot?, index: record.number? };
    Some(Cursor { place, signature: record.signature? })
}

/// Writes the rows of transactions, and returns those that changed, if they were not there before.
async fn applied_to(
    connection: &mut Connection,
    applied: &[Applied<'_>],
    others: u64,
    upto: Cursor,
) -> Result<Option<Desk>> {
    let record = open::record(connection).await?.context("the record says not what it is of")?;
    let places: Vec<Place> = applied.iter().map(|it| it.transaction.place).collect();
    ensure!(places.is_sorted_by(|one, next| one < next), "transactions are out of order");
    ensure!(places.last().is_none_or(|last| *last <= upto.place), "a transaction is behind the cursor");
    if let Some(cursor) = cursor_of(&record) {
        if upto.place <= cursor.place {
            for it in applied {
                require_known(connection, it).await?;
            }
            return Ok(None);
        }
        if let Some(first) = places.first().filter(|first| **first <= cursor.place) {
            bail!(
                "a transaction of slot {} is older than the record, which goes to slot {}",
                first.slot,
                cursor.place.slot
            );
        }
    }
    let mut desk = Desk::default();
    for it in applied {
        take_in(&mut desk, &mut Source::Record(connection), it, true).await?;
    }
    let count = u64::try_from(applied.len()).unwrap_or(u64::MAX);
    let begins = record.transactions == 0
        && applied.first().is_some_and(|it| it.done.deeds.iter().any(|deed| deed.name == "initialize"));
    desk.put(&RecordRow {
        slot: Some(upto.place.slot),
        number: Some(upto.place.index),
        signature: Some(upto.signature),
        time: applied.last().map_or(record.time, |it| it.transaction.moment.time),
        transactions: record.transactions.saturating_add(count),
        others: record.others.saturating_add(others),
        is_complete: record.is_complete || begins,
        ..record
    });
    desk.write(connection).await?;
    Ok(Some(desk))
}

/// A transaction that is said to be in the record must be.
async fn require_known(connection: &mut Connection, it: &Applied<'_>) -> Result<()> {
    let pos = pos_of(it.transaction.place)?;
    let found = find(connection, &TransactionRow::TABLE, &key!(pos)).await?;
    let known = found.map(TransactionRow::read).transpose()?;
    let signature = it.transaction.signature;
    ensure!(
        known.is_some_and(|known| known.signature == signature),
        "the transaction {signature} is older than the record and not in it"
    );
    Ok(())
}

/// Makes the rows of a transaction.
pub async fn take_in(
    desk: &mut Desk,
    source: &mut Source<'_>,
    applied: &Applied<'_>,
    keeps_figures: bool,
) -> Result<()> {
    lay(desk, source, take::needs(applied)).await?;
    if keeps_figures {
        let needs = take::needs_of_figures(desk, applied)?;
        lay(desk, source, needs).await?;
    }
    let pos = pos_of(applied.transaction.place)?;
    let time = applied.transaction.moment.time;
    take::take(&mut Taking { desk, applied: *applied, pos, time, keeps_figures })
}

/// Lays the rows that are needed there.
pub async fn lay(desk: &mut Desk, source: &mut Source<'_>, needs: Vec<Need>) -> Result<()> {
    for need in needs {
        if desk.lacks(&need) {
            let (table, key) = &need;
            let row = match source {
                Source::Record(connection) => find(connection, table, key).await?,
                Source::Below(readers) => {
                    let sql = super::desk::by_key(table);
                    readers.fetch(sql, key.clone(), table.kinds).await?.into_iter().next()
                }
            };
            desk.lay(need, row);
        }
    }
    Ok(())
}
