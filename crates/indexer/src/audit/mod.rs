//! Holds every token account of the program, as a node shows it, against the ledger.
//!
//! [`verdict`] says what follows from figures, and nothing else. Balances are read at a finalized slot and compared once the
//! record stands there too, where nothing moved meanwhile. A stranger's transfer never names the program, so that no list of its
//! transactions has it: a surplus is looked up among the token account's own, and booked with their signatures. What is still
//! missing, or too much, is told, and the figures of that lease are withheld until it is explained.

mod chain;
mod report;
pub mod verdict;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use solana_address::Address;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

pub use report::{Deviation, Gift, Report, Totals};

use crate::ingest::{Arrival, Arrivals};
use crate::node::{MOST_ACCOUNTS, Node};
use crate::store::{Audited, Booked, Store};
use verdict::{Comparison, Held, Span, compare, unexplained};

/// How long the record may take until it stands where the node was read.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often it is looked whether it does.
const LOOK: Duration = Duration::from_millis(100);

/// Audits what is in the record.
pub struct Auditor {
    node: Arc<Node>,
    store: Store,
    arrivals: Arrivals,
    state: Mutex<State>,
    asked: Notify,
}

/// What came of audits so far.
#[derive(Default)]
struct State {
    totals: Totals,
    last: Option<Report>,
    problem: Option<String>,
    is_running: bool,
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All audits so far.
    pub fn totals(&self) -> Totals {
        self.state().totals
    }

    /// The last one that came to an end.
    pub fn last(&self) -> Option<Report> {
        self.state().last.clone()
    }

    /// Why the last one did not, if it did not.
    pub fn problem(&self) -> Option<String> {
        self.state().problem.clone()
    }

    /// Asks for one now. The number of the last one that began before.
    pub fn ask(&self) -> u64 {
        self.asked.notify_one();
        let state = self.state();
        state.totals.begun().saturating_add(u64::from(state.is_running))
    }

    /// Waits until somebody asks for one.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Audits, and keeps what came of it.
    pub async fn audit(&self) -> Result<Report> {
        self.state().is_running = true;
        let looked = self.look().await;
        let mut state = self.state();
        state.is_running = false;
        state.problem = looked.as_ref().err().map(|error| format!("{error:#}"));
        match looked {
            Ok(report) => {
                let number = state.totals.begun().saturating_add(1).into();
                let report = Report { number, ..report };
                state.totals = state.totals.after(&report);
                state.last = Some(report.clone());
                Ok(report)
            }
            Err(error) => {
                state.totals.failures = state.totals.failures.saturating_add(1);
                Err(error)
            }
        }
    }

    async fn look(&self) -> Result<Report> {
        let found = self.compared().await?;
        let at = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
        let slot = found.iter().map(|it| it.held.slot).max().unwrap_or_default();
        let accounts = (found.len() as u64).into();
        let mut report = Report { accounts, slot: slot.into(), at: at.into(), ..Report::default() };
        let (mut balanced, mut moving, mut audited) = (0_u64, 0_u64, Vec::new());
        for it in found {
            let (booked, gifts) = match it.comparison {
                Comparison::Apart => {
                    moving = moving.saturating_add(1);
                    continue;
                }
                Comparison::Surplus(_) => self.explained(&it).await?,
                Comparison::Balanced | Comparison::Deficit(_) => (it.booked.vault.balance, Vec::new()),
            };
            report.gifts.extend(gifts);
            if booked == it.held.amount {
                balanced = balanced.saturating_add(1);
            } else {
                report.deviations.push(deviation(&it, booked));
            }
            let Booked { account, lease, .. } = it.booked;
            audited.push(Audited { account, lease, booked, held: it.held.amount });
        }
        (report.balanced, report.moving) = (balanced.into(), moving.into());
        self.store.audited(&audited, at).await?;
        for Deviation { account, of, booked, held, .. } in &report.deviations {
            let (booked, held) = (booked.0, held.0);
            tracing::error!(account, of, booked, held, "a token account holds something else than is booked");
        }
        Ok(report)
    }

    /// All token accounts, compared.
    async fn compared(&self) -> Result<Vec<Found>> {
        let from = self.store.reached().slot;
        let booked = self.store.vaults().await?;
        let mut held = Vec::with_capacity(booked.len());
        for some in booked.chunks(MOST_ACCOUNTS) {
            held.extend(chain::held(&self.node, some).await?);
        }
        let newest = held.iter().map(|held| held.slot).max().unwrap_or(from);
        let stands = async {
            while self.store.reached().slot < newest {
                sleep(LOOK).await;
            }
        };
        let stood = timeout(PATIENCE, stands).await;
        stood.with_context(|| format!("the record does not reach slot {newest}, where the node was read"))?;
        let record = Span { from, to: self.store.reached().slot };
        let touched: HashSet<Address> = self.store.touched_since(from).await?;
        let found = |(booked, held): (Booked, Held)| {
            let booked = Booked { is_touched: touched.contains(&booked.account), ..booked };
            Found { comparison: compare(&booked, held, record), booked, held }
        };
        Ok(booked.into_iter().zip(held).map(found).collect())
    }

    /// What is booked of an account once all is that strangers sent: they are looked up, and handed on.
    async fn explained(&self, found: &Found) -> Result<(u64, Vec<Gift>)> {
        let Found { booked, held, .. } = found;
        let arrivals = chain::arrivals(&self.node, booked, *held).await?;
        let transactions: Vec<_> = arrivals.iter().map(|it| it.transaction.clone()).collect();
        if unexplained(booked, *held, &transactions) > 0 {
            return Ok((booked.vault.balance, Vec::new()));
        }
        let gift = |arrival: &Arrival| {
            let token = arrival.transaction.token(&booked.account)?;
            let amount = token.after.saturating_sub(token.before).into();
            let signature = arrival.transaction.signature.to_string();
            Some(Gift { account: booked.account.to_string(), amount, signature })
        };
        let gifts = arrivals.iter().filter_map(gift).collect();
        // What the record has come to know otherwise meanwhile is booked already.
        let is_booked = self.arrivals.book(arrivals).await?;
        Ok((held.amount, if is_booked { gifts } else { Vec::new() }))
    }
}

fn deviation(found: &Found, booked: u64) -> Deviation {
    let Found { booked: Booked { account, vault, .. }, held, .. } = found;
    Deviation {
        account: account.to_string(),
        kind: vault.kind.to_string(),
        of: vault.of.to_string(),
        mint: vault.mint.to_string(),
        booked: booked.into(),
        held: held.amount.into(),
    }
}
