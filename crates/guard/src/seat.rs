//! A lease that is watched, and what is known of it.

use std::collections::{BTreeSet, VecDeque};
use std::mem::take;
use std::time::Duration;

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::attestation::Usage;
use gpu_lease_client::constants::ATTESTATION_GRACE;
use gpu_lease_client::evidence::{Probe, ProbeOutcome, Watch};
use gpu_lease_client::outlook::{LeaseOutlook, phase_name};
use gpu_lease_client::state::{Lease, LeaseState, Meter};
use tokio::time::Instant;

use crate::journal::Entry;
use crate::life::Life;
use crate::outage::Newest;
use crate::plan::Settings;
use crate::plan::acceptance::{Card, Found, Promise, Verdict, compare, judge};
use crate::status::Watched;

/// What an offer promises of a GPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promised {
    pub model: String,
    pub memory_gib: u32,
}

/// A sign of life that was asked for, until it is known when that was on the cluster's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// On the guard's own clock.
    pub at: Duration,
    pub outcome: ProbeOutcome,
}

/// How long an answer is waited for before the same is asked for again.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a machine was asked for and has not answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waits {
    probe: Option<Instant>,
    signature: Option<(i64, Instant)>,
}

impl Waits {
    /// Whether to ask for a probe now.
    pub fn probe(&mut self) -> bool {
        let is_new = self.probe.is_none_or(|since| since.elapsed() > PATIENCE);
        if is_new {
            self.probe = Some(Instant::now());
        }
        is_new
    }

    /// Whether to hand over a signature up to `window_end` now.
    pub fn signature(&mut self, window_end: i64) -> bool {
        let is_same = |(of, since): (i64, Instant)| of == window_end && since.elapsed() <= PATIENCE;
        let is_new = !self.signature.is_some_and(is_same);
        if is_new {
            self.signature = Some((window_end, Instant::now()));
        }
        is_new
    }

    /// A probe was answered, or failed.
    pub const fn probed(&mut self) {
        self.probe = None;
    }

    /// The signature was taken, or not.
    pub const fn signed(&mut self) {
        self.signature = None;
    }
}

/// A lease that is watched.
pub struct Seat {
    /// As it was last seen on chain.
    pub lease: LeaseContext,
    /// What is written down of it.
    pub entry: Entry,
    /// Whether that has changed since.
    pub is_dirty: bool,
    /// Signs of life that wait for the cluster's time, in their order.
    pub asked: VecDeque<Asked>,
    pub newest: Newest,
    /// Whether the last login failed: until one works, others' answers do not count.
    pub is_locked_out: bool,
    /// Whether the last answer had other cards.
    pub has_other_cards: bool,
    /// Whether nobody has looked since the newest probe in the record: the guard did not run.
    pub was_away: bool,
    /// Newest probe and newest login that were answered, unix seconds of the cluster.
    pub reached_at: Option<i64>,
    pub logged_in_at: Option<i64>,
    /// What the machine would state, unless it has a signature for it.
    pub draft: Option<Usage>,
    /// The window of the newest signature that the machine has taken.
    pub handed: Option<i64>,
    /// What the machine was asked for and has not answered: not asked for again meanwhile.
    pub waits: Waits,
    /// The minute of the cluster's clock in which a draft was last asked for.
    pub drafted: i64,
    /// What is done about it, for status.
    pub doing: &'static str,
    /// Why the last probe failed.
    pub trouble: Option<String>,
}

impl Seat {
    /// Of a lease as it is on chain, and what is written down of it.
    pub fn new(lease: LeaseContext, entry: Entry) -> Self {
        Self {
            lease,
            was_away: entry.watch.is_some(),
            entry,
            is_dirty: true,
            asked: VecDeque::new(),
            newest: Newest::default(),
            is_locked_out: false,
            has_other_cards: false,
            reached_at: None,
            logged_in_at: None,
            draft: None,
            handed: None,
            waits: Waits::default(),
            drafted: 0,
            doing: "watching",
            trouble: None,
        }
    }

    /// Its life.
    pub fn life(&self) -> Life {
        Life::of(self.lease.address, &self.lease.account)
    }

    /// Whether there is a machine to look at: it runs, or has yet to state what it delivered until its end.
    pub fn has_machine(&self, now: i64) -> bool {
        let Lease { ends_at, meter, .. } = &self.lease.account;
        let is_stated = meter.window_end >= *ends_at && !meter.has_open_claim();
        let is_late = now > ends_at.saturating_add_unsigned(ATTESTATION_GRACE);
        self.lease.state == LeaseState::Active && !is_late && (now < *ends_at || !is_stated)
    }

    /// Takes in the lease as it is now on chain.
    pub fn see(&mut self, lease: LeaseContext) {
        if lease.started_at > 0 {
            let before = self.entry.watch.clone();
            let watch = self
                .entry
                .watch
                .get_or_insert_with(|| Watch::begin(lease.address, lease.opened_slot, lease.started_at));
            watch.observe(&lease.meter);
            self.is_dirty |= before.as_ref() != Some(watch);
        }
        self.lease = lease;
    }

    /// A probe was answered, or not: what to say about its cards, if that is new.
    pub fn probed(
        &mut self,
        at: Duration,
        cards: Result<&[Card], String>,
        promised: Option<&Promised>,
    ) -> Option<Verdict> {
        match cards {
            Ok(cards) => {
                let (outcome, verdict) = self.look_at(cards, promised);
                self.trouble = None;
                match outcome {
                    ProbeOutcome::Failed => {
                        self.trouble = Some("a card does not answer".to_owned());
                        self.failed(at);
                    }
                    outcome => {
                        self.has_other_cards = outcome == ProbeOutcome::OtherCards;
                        self.newest.reached = Some(at);
                        if !self.is_locked_out {
                            self.asked.push_back(Asked { at, outcome });
                        }
                    }
                }
                verdict
            }
            Err(why) => {
                self.trouble = Some(why);
                self.failed(at);
                None
            }
        }
    }

    /// Somebody has logged in as the renter does, or was not let in.
    pub fn logged_in(&mut self, at: Duration, result: Result<(), String>) {
        self.is_locked_out = result.is_err();
        match result {
            Ok(()) => {
                self.newest.reached = Some(at);
                let outcome = match self.has_other_cards {
                    true => ProbeOutcome::OtherCards,
                    false => ProbeOutcome::Reached,
                };
                self.asked.push_back(Asked { at, outcome });
            }
            Err(why) => {
                self.trouble = Some(format!("the renter is not let in: {why}"));
                self.failed(at);
            }
        }
    }

    fn failed(&mut self, at: Duration) {
        self.newest.failed = Some(at);
        self.asked.push_back(Asked { at, outcome: ProbeOutcome::Failed });
    }

    /// What cards are worth. Those of the first answer are compared with what was promised, and later ones with them.
    fn look_at(&mut self, cards: &[Card], promised: Option<&Promised>) -> (ProbeOutcome, Option<Verdict>) {
        let Meter { gpus, segment_start, .. } = self.lease.meter;
        let is_resized = (gpus, segment_start) != (self.entry.gpus, self.entry.segment);
        let found = match &self.entry.cards {
            Some(accepted) => compare(accepted, is_resized.then_some(gpus), cards),
            None => Found::Resized,
        };
        match found {
            // It grew, and the machine has not given it the cards.
            Found::Same if gpus > self.entry.gpus && cards.len() < gpus as usize => {
                (ProbeOutcome::OtherCards, None)
            }
            Found::Same => (ProbeOutcome::Reached, None),
            Found::Silent => (ProbeOutcome::Failed, None),
            Found::Other => (ProbeOutcome::OtherCards, None),
            Found::Resized => {
                let Some(Promised { model, memory_gib }) = promised else {
                    self.accept(cards, gpus);
                    return (ProbeOutcome::Reached, None);
                };
                match judge(Promise { gpus, model, memory_gib: *memory_gib }, cards) {
                    verdict @ Verdict::NotAccepted(_) => (ProbeOutcome::OtherCards, Some(verdict)),
                    verdict => {
                        self.accept(cards, gpus);
                        (ProbeOutcome::Reached, Some(verdict))
                    }
                }
            }
        }
    }

    fn accept(&mut self, cards: &[Card], gpus: u32) {
        let uuids: BTreeSet<String> = cards.iter().map(|card| card.uuid.clone()).collect();
        (self.entry.cards, self.entry.gpus) = (Some(uuids), gpus);
        self.entry.segment = self.lease.meter.segment_start;
        self.is_dirty = true;
    }

    /// Takes a probe into the record, now that it is known when it was.
    pub fn place(&mut self, probe: &Probe) {
        let Some(watch) = &mut self.entry.watch else { return };
        if take(&mut self.was_away) {
            watch.unwatched(probe.at);
        }
        watch.probe(probe);
        self.is_dirty = true;
        if probe.outcome != ProbeOutcome::Failed {
            self.reached_at = Some(probe.at);
        }
    }

    /// What the machine asks to have signed now.
    pub fn open_draft(&self) -> Option<Usage> {
        self.draft.filter(|draft| self.handed.is_none_or(|handed| draft.window_end > handed))
    }

    /// As it is told.
    pub fn status(&self, now: Option<i64>, settings: &Settings) -> Watched {
        let Lease { meter, .. } = &self.lease.account;
        let now = now.unwrap_or(meter.window_end);
        let until = now.min(self.lease.ends_at).max(self.lease.started_at);
        let watch = self.entry.watch.as_ref();
        let outlook = LeaseOutlook::of(&self.lease.account, now);
        Watched {
            lease: self.lease.address.to_string(),
            opened_slot: self.lease.opened_slot,
            phase: phase_name(outlook.phase).to_owned(),
            since: self.entry.since,
            reached_at: self.reached_at,
            logged_in_at: self.logged_in_at,
            bound: watch.map_or(0, |watch| watch.bound(meter, until)),
            bound_until: until,
            missed: watch.map_or(0, |watch| watch.missed(until)),
            accepted: outlook.usage.accepted,
            claimed: outlook.usage.claimed,
            loss_limit: u64::from(settings.loss_limit).saturating_mul(meter.gpus.into()),
            doing: self.doing.to_owned(),
            runway: outlook.funded_until.saturating_sub(now).max(0).unsigned_abs(),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;
    use gpu_lease_client::account::Keyed;
    use gpu_lease_client::state::{PodLeaseState, Provider};
    use solana_address::Address;

    use super::*;

    #[test]
    fn the_time_for_which_the_guard_did_not_run_is_held_against_nobody() {
        let mut account = Lease { state: PodLeaseState::Active, started_at: 1_000, ..Lease::zeroed() };
        (account.meter.gpus, account.meter.segment_start, account.ends_at) = (1, 1_000, 9_000);
        let lease = Keyed { address: Address::default(), account };
        let lease = LeaseContext::new(lease, Provider::zeroed(), Address::default());
        let failed = |at| Probe { at, outcome: ProbeOutcome::Failed, trusted: true };
        let missed = |seat: &Seat| seat.entry.watch.as_ref().unwrap().missed(9_000);

        let mut seat = Seat::new(lease, Entry::new(1_000));
        seat.see(lease);
        [1_010, 1_020].into_iter().for_each(|at| seat.place(&failed(at)));
        assert_eq!(missed(&seat), 10);
        // Killed here, and started again.
        let mut seat = Seat::new(lease, seat.entry);
        [1_100, 1_105].into_iter().for_each(|at| seat.place(&failed(at)));
        assert_eq!(missed(&seat), 15);
    }
}
