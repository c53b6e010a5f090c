//! What there is: on chain, at machines, in the wallet.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::evidence::{Probe, ProbeOutcome};
use gpu_lease_client::state::{Dispute, EndReason, Lease, LeaseState, Moment};
use gpu_lease_service::health::Check;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::{Guard, Told};
use crate::attend::Attendant;
use crate::chain::View;
use crate::journal;
use crate::life::Life;
use crate::news::{Fact, Kind, Money};
use crate::outage::{self, Machines};
use crate::probe::Reading;
use crate::seat::Seat;
use crate::way;

/// Between two looks at what the wallet has.
const WALLET: Duration = Duration::from_secs(30);

/// Transactions that a wallet should have lamports for.
const ENOUGH: u64 = 20;

/// Readings of the clock that are kept.
const ANSWERS: usize = 256;

/// How long a node may take to answer a question, however often it is asked.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two tries to find the way to a machine.
const PAUSE: Duration = Duration::from_secs(10);

impl Guard {
    /// Reads the cluster's clock.
    pub(super) async fn read_clock(&mut self) {
        self.wants_clock = false;
        self.now = None;
        let Ok(Ok(clock)) = timeout(PATIENCE, self.parts.chain.node().clock()).await else { return };
        let at = self.begun.elapsed();
        self.answers.push_back(at);
        if self.answers.len() > ANSWERS {
            self.answers.pop_front();
        }
        self.clock.read(Reading { at, cluster: clock.unix_timestamp });
        // What is not believed decides nothing.
        let is_believed = self.clock.newest().is_some_and(|newest| newest.cluster == clock.unix_timestamp);
        self.now = is_believed.then_some(Moment { time: clock.unix_timestamp, slot: clock.slot });
        self.parts.counts.tick(clock.unix_timestamp);
    }

    /// Whether the node answered before and after a moment, and not long.
    pub(super) fn node_answers(&self, at: Duration) -> bool {
        let patience = 3 * self.parts.config.chain.every + Duration::from_secs(15);
        let is_near = |answer: &Duration| answer.abs_diff(at) <= patience;
        let before = self.answers.iter().any(|answer| *answer <= at && is_near(answer));
        before && self.answers.iter().any(|answer| *answer >= at && is_near(answer))
    }

    /// Looks at the leases.
    pub(super) async fn look(&mut self, check: &Check) -> Result<()> {
        let known: BTreeSet<Life> = self.known()?;
        let late = View { silent: vec!["it takes too long".to_owned()], ..View::default() };
        let look = timeout(PATIENCE, self.parts.chain.look(&self.watched, &known));
        let view = look.await.unwrap_or(late);
        match view.silent.first() {
            None => check.fine(),
            Some(why) => check.failing(format!("the node does not tell: {why}")),
        }
        for (life, lease) in view.leases {
            self.see(life, lease)?;
        }
        for life in view.gone {
            self.leave(life)?;
        }
        let open: Vec<Address> = self
            .seats
            .values()
            .filter(|seat| self.is_open(&seat.lease))
            .map(|seat| seat.lease.address)
            .collect();
        let others = timeout(PATIENCE, self.parts.chain.others(&open)).await;
        (self.second, self.finalized) = others.unwrap_or_default();
        if self.wallet.0.elapsed() >= WALLET || self.wallet.1 == 0 {
            self.look_at_wallet().await?;
        }
        Ok(())
    }

    /// Leases that are not over, as far as is known.
    pub(super) fn known(&self) -> Result<BTreeSet<Life>> {
        let mut known: BTreeSet<Life> = self.seats.keys().copied().collect();
        if self.looked.is_none() {
            let entries = self.parts.journal.entries()?;
            known.extend(entries.into_iter().filter(|(_, entry)| entry.over.is_none()).map(|(life, _)| life));
        }
        Ok(known)
    }

    /// Whether something may be to decide about it, for which more than one view of it is wanted.
    pub(super) fn is_open(&self, lease: &Lease) -> bool {
        let Some(now) = self.now else { return false };
        match lease.state.into() {
            LeaseState::Pending => now.time > lease.start_deadline,
            LeaseState::Active => {
                let silence = now.since(lease.meter.heartbeat);
                lease.meter.has_open_claim()
                    || silence > u64::from(lease.terms.heartbeat_timeout)
                    || now.time >= lease.ends_at
            }
            LeaseState::Disputed | LeaseState::Resolved => true,
        }
    }

    pub(super) async fn look_at_wallet(&mut self) -> Result<()> {
        let Some(wallet) = self.parts.keys.wallet.as_ref().map(Signer::pubkey) else { return Ok(()) };
        let accounts: BTreeMap<Address, Address> =
            self.seats.values().map(|seat| (seat.lease.terms.mint, seat.lease.token_of(&wallet))).collect();
        let node = self.parts.chain.node();
        let Ok(lamports) = node.lamports(&wallet).await else { return Ok(()) };
        let mut tokens = BTreeMap::new();
        for (mint, account) in accounts {
            match node.token_balance(&account).await {
                Ok(balance) => _ = tokens.insert(mint, balance.map_or(0, |balance| balance.amount)),
                Err(_) => return Ok(()),
            }
            if let Entry::Vacant(unknown) = self.mints.entry(mint)
                && let Ok(mint) = node.mint(&mint).await
            {
                unknown.insert(mint.decimals);
            }
        }
        self.wallet = (Instant::now(), lamports, tokens);
        self.parts.counts.holds(lamports);
        let needs = self.hands.fee().saturating_mul(ENOUGH);
        if lamports < needs {
            let (wallet, has, needs) = (wallet.to_string(), Money::sol(lamports), Money::sol(needs));
            self.fact(None, "wallet", &Fact::WalletLow { wallet, has, needs })?;
        }
        Ok(())
    }

    /// Takes in a lease as it is on chain.
    pub(super) fn see(&mut self, life: Life, lease: LeaseContext) -> Result<()> {
        let now = self.now.map_or(lease.opened_at, |now| now.time);
        if !self.seats.contains_key(&life) {
            let known = self.parts.journal.entries()?.remove(&life);
            let is_new = known.is_none();
            let entry = known.unwrap_or_else(|| journal::Entry::new(now));
            self.seats.insert(life, Seat::new(lease, entry));
            if is_new {
                let watched = Fact::Watched {
                    session_key: lease.session_key.to_string(),
                    loss_limit: u64::from(self.settings.loss_limit).saturating_mul(lease.gpus.into()),
                    is_standby: self.parts.config.standby,
                };
                self.fact(Some(life), "watched", &watched)?;
            }
        }
        let Some(seat) = self.seats.get_mut(&life) else { return Ok(()) };
        let before = seat.lease;
        seat.see(lease);
        self.tell_changes(life, &before, &lease)?;
        let Some(seat) = self.seats.get(&life) else { return Ok(()) };
        let published = lease.access_blob_hash;
        let has_machine = seat.has_machine(now);
        match self.attended.get(&life) {
            Some((_, task, of)) if !has_machine || *of != published || task.is_finished() => {
                task.abort();
                self.attended.remove(&life);
            }
            _ => {}
        }
        if has_machine && !self.attended.contains_key(&life) {
            self.attend(life, &lease);
        }
        Ok(())
    }

    /// Tells what has happened to it, whoever did it.
    fn tell_changes(&self, life: Life, before: &Lease, lease: &Lease) -> Result<()> {
        let now = self.now.map_or(lease.meter.window_end, |now| now.time);
        let paid_in = lease.ledger.deposited.saturating_sub(before.ledger.deposited);
        if paid_in > 0 {
            let mint = lease.terms.mint;
            let decimals = self.mints.get(&mint).copied().unwrap_or_default();
            let amount = Money { base_units: paid_in, decimals, of: mint.to_string() };
            let runway = lease.funded_until().saturating_sub(now).max(0).unsigned_abs();
            let fact = Fact::ToppedUp { amount, runway };
            self.fact(Some(life), &format!("deposit of {}", lease.ledger.deposited), &fact)?;
        }
        if lease.state == LeaseState::Disputed {
            let Dispute { renter_units, provider_units, .. } = lease.dispute;
            let fact =
                Fact::Disputed { claimed: provider_units, own: renter_units, accepted: lease.meter.accepted };
            self.fact(Some(life), "disputed", &fact)?;
        }
        if lease.end_reason == EndReason::Abandoned {
            let fact = Fact::Expired { silent_since: lease.meter.window_end };
            self.fact(Some(life), "expired", &fact)?;
        }
        Ok(())
    }

    /// Has its machine attended to.
    pub(super) fn attend(&mut self, life: Life, lease: &LeaseContext) {
        let (want, wanted) = mpsc::unbounded_channel();
        let (keys, chain, tell) = (self.parts.keys.clone(), self.parts.chain.clone(), self.tell.clone());
        let (hear, begun) = (self.hear.clone(), self.begun);
        let (schedule, files) = (self.parts.config.probes.schedule(), self.parts.config.keys.clone());
        let (lease, judges) = (*lease, self.parts.config.acceptance.check);
        let task = self.attendants.spawn(async move {
            if judges {
                tell.send(Told::Promised(life, way::promised(chain.node(), &lease).await)).ok();
            }
            let way = loop {
                match way::find(chain.node(), &lease, &keys, &files).await {
                    Ok(way) => break way,
                    Err(why) => tell.send(Told::NoWay(life, format!("{why:#}"))).ok(),
                };
                sleep(PAUSE).await;
            };
            let signer = keys.signer(&lease).map(Keypair::insecure_clone);
            let lease = lease.keyed();
            Attendant { lease, way, schedule, begun, tell: hear, wanted }.run(signer).await;
        });
        self.attended.insert(life, (want, task, lease.access_blob_hash));
        // Those that have ended are not kept.
        while self.attendants.try_join_next().is_some() {}
    }

    /// It is over.
    pub(super) fn leave(&mut self, life: Life) -> Result<()> {
        let now = self.now.map(|now| now.time);
        // What is in the seat is newer than what is written down.
        let entry = match self.seats.remove(&life) {
            Some(seat) => Some(seat.entry),
            None => self.parts.journal.entry(&life)?,
        };
        if let Some((_, task, _)) = self.attended.remove(&life) {
            task.abort();
        }
        if let Some(mut entry) = entry {
            entry.over = Some(now.unwrap_or(entry.since));
            self.parts.journal.save([(&life, &entry)])?;
        }
        self.news(Some(life), Kind::Closed, "closed", "The lease is over, and its vault is divided.")
    }

    pub(super) fn machines(&self) -> Machines<Life> {
        self.seats.iter().map(|(life, seat)| (*life, (seat.lease.provider, seat.newest))).collect()
    }

    /// Takes probes into the records whose time is known by now.
    pub(super) fn place(&mut self) {
        if self.seats.values().all(|seat| seat.asked.is_empty()) {
            return;
        }
        let (machines, now) = (self.machines(), self.begun.elapsed());
        for life in self.seats.keys().copied().collect::<Vec<_>>() {
            while let Some((asked, provider)) =
                self.seats.get(&life).and_then(|seat| Some((*seat.asked.front()?, seat.lease.provider)))
            {
                let Some(at) = self.clock.time(asked.at) else {
                    self.wants_clock = true;
                    break;
                };
                let trusted = match asked.outcome {
                    ProbeOutcome::Failed => {
                        outage::is_trusted(&machines, &provider, asked.at, self.node_answers(asked.at), now)
                    }
                    _ => Some(true),
                };
                let Some(trusted) = trusted else { break };
                if let Some(seat) = self.seats.get_mut(&life) {
                    seat.asked.pop_front();
                    seat.place(&Probe { at, outcome: asked.outcome, trusted });
                }
            }
        }
    }
}
