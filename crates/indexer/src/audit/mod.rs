//! Holds every token account of the program, as a node shows it, against the ledger.
//!
//! [`verdict`] says what follows from figures, and nothing else. Balances are read at a finalized slot and compared once the
//! record stands there too, where nothing moved meanwhile. A stranger's transfer never names the program, so that no list of its
//! transactions has it: a surplus is looked up among the token account's own, and booked with their signatures. What is still
//! missing, or too much, is told, and the figures of that lease are withheld until it is explained.

mod chain;
mod report;
pub mod verdict;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use solana_address::Address;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{sleep, timeout};

pub use report::{Deviation, Gift, Report, Totals};

use crate::ingest::{Arrival, Arrivals};
use crate::node::Node;
use crate::store::{Audited, Store};
use verdict::{Booked, Comparison, Held, Span, compare, unexplained};

/// How long the record may take until it stands where the node was read.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often it is looked whether it does.
const LOOK: Duration = Duration::from_millis(100);

/// Audits what is in the record.
pub struct Auditor {
    node: Arc<Node>,
    store: Store,
    arrivals: Arrivals,
    state: Mutex<(Totals, Option<Report>)>,
    asked: Notify,
}

/// A token account, and what came of comparing it.
struct Found {
    booked: Booked,
    held: Held,
    comparison: Comparison,
}

impl Auditor {
    /// Reads `node`, compares with `store`, and hands what strangers sent to whoever writes there.
    pub fn new(node: Arc<Node>, store: Store, arrivals: Arrivals) -> Self {
        Self { node, store, arrivals, state: Mutex::default(), asked: Notify::new() }
    }

    /// All audits so far.
    pub fn totals(&self) -> Totals {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// The last one.
    pub fn last(&self) -> Option<Report> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Asks for one now. The number of the last one that does not count.
    pub fn ask(&self) -> u64 {
        self.asked.notify_one();
        self.totals().audits.saturating_add(self.totals().failures)
    }

    /// Waits until somebody asks for one.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Audits, and keeps what came of it.
    pub async fn audit(&self) -> Result<()> {
        let audited = self.look().await;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (totals, last) = &mut *state;
        match audited {
            Ok(report) => {
                let number = totals.audits.saturating_add(totals.failures).saturating_add(1);
                let report = Report { number: number.into(), ..report };
                *totals = totals.after(&report);
                *last = Some(report);
                Ok(())
            }
            Err(error) => {
                totals.failures = totals.failures.saturating_add(1);
                Err(error)
            }
        }
    }

    async fn look(&self) -> Result<Report> {
        let found = self.compared().await?;
        let mut report = Report { accounts: (found.len() as u64).into(), ..Report::default() };
        let mut audited = Vec::new();
        let at = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
        for it in found {
            report.slot = report.slot.max(it.held.slot.into());
            if it.comparison == Comparison::Apart {
                report.moving.0 += 1;
                continue;
            }
            let (booked, gifts) = match it.comparison {
                Comparison::Surplus(_) => self.explained(&it).await?,
                _ => (it.booked.vault.balance, Vec::new()),
            };
            report.gifts.extend(gifts);
            if booked == it.held.amount {
                report.balanced.0 += 1;
            } else {
                report.deviations.push(deviation(&it, booked));
            }
            audited.push(Audited { booked, held: it.held.amount, account: it.booked.account, lease: it.booked.lease });
        }
        self.store.audited(&audited, at).await?;
        for deviation in &report.deviations {
            let Deviation { account, of, booked, held, .. } = deviation;
            tracing::error!(account, of, booked = booked.0, held = held.0, "a token account deviates from the ledger");
        }
        report.at = at.into();
        Ok(report)
    }

    /// All token accounts, compared.
    async fn compared(&self) -> Result<Vec<Found>> {
        let from = self.store.reached().slot;
        let booked = self.store.vaults().await?;
        let mut held = Vec::new();
        for some in booked.chunks(chain::AT_ONCE) {
            held.extend(chain::held(&self.node, some, from).await?);
        }
        let newest = held.iter().map(|held| held.slot).max().unwrap_or(from);
        let stands = async {
            while self.store.reached().slot < newest {
                sleep(LOOK).await;
            }
        };
        timeout(PATIENCE, stands)
            .await
            .with_context(|| format!("the record does not reach slot {newest}, where the node was read"))?;
        let record = Span { from, to: self.store.reached().slot };
        let touched: HashSet<Address> = self.store.touched_since(from).await?;
        let found = |(booked, held): (Booked, Held)| {
            let booked = Booked { is_touched: touched.contains(&booked.account), ..booked };
            Found { comparison: compare(&booked, held, record), booked, held }
        };
        Ok(booked.into_iter().zip(held).map(found).collect())
    }

    /// What is booked of an account once all that strangers sent is: they are looked up, and handed on.
    async fn explained(&self, found: &Found) -> Result<(u64, Vec<Gift>)> {
        let Found { booked, held, .. } = found;
        let mut arrivals: Vec<Arrival> = Vec::new();
        let mut rest = held.amount;
        for named in chain::named(&self.node, &booked.account).await? {
            if rest == booked.vault.balance {
                break;
            }
            if named.slot > held.slot {
                continue;
            }
            let Some(arrival) = self.node.arrival(&named.signature()?).await? else { continue };
            match arrival.transaction.token(&booked.account) {
                Some(token) if token.before == token.after => {}
                Some(token) => {
                    rest = token.before;
                    arrivals.push(arrival);
                }
                None => {}
            }
        }
        arrivals.reverse();
        let transactions: Vec<_> = arrivals.iter().map(|it| it.transaction.clone()).collect();
        let left = unexplained(booked, *held, &transactions);
        if left > 0 {
            return Ok((held.amount.saturating_sub(left), Vec::new()));
        }
        let gift = |arrival: &Arrival| {
            let token = arrival.transaction.token(&booked.account)?;
            let amount = token.after.saturating_sub(token.before).into();
            let signature = arrival.transaction.signature.to_string();
            Some(Gift { account: booked.account.to_string(), amount, signature })
        };
        let gifts = arrivals.iter().filter_map(gift).collect();
        self.arrivals.send(arrivals).await?;
        Ok((held.amount, gifts))
    }
}
