//! What follows from what there is.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use gpu_lease_client::state::{Lease, LeaseState};
use solana_address::Address;
use solana_signer::Signer;
use tokio::time::Instant;

use super::{Guard, Told};
use crate::attend::Wanted;
use crate::journal::{Entry, Intent};
use crate::life::Life;
use crate::news::{Fact, Kind, News};
use crate::orders;
use crate::outage;
use crate::plan::{Act, Decision, Deed, Mode, Notes, Observed, Part, Spent, Tell, Wallet, plan};
use crate::status::Status;

/// Seconds after a full minute of the cluster's clock from when on a draft is asked for, and among which leases are spread.
const DRAFT_AFTER: i64 = 4;
const DRAFT_SPREAD: u64 = 12;

/// How long a node may take to show what has landed.
const SHOWN: Duration = Duration::from_secs(60);

impl Guard {
    /// Asks each machine for a draft, some seconds after each full minute of the cluster's clock.
    pub(super) fn ask_for_drafts(&mut self) {
        let Some(now) = self.now else { return };
        if self.settings.part == Part::Standby || self.settings.mode == Mode::Alert {
            return;
        }
        let (minute, second) = (now.time.div_euclid(60), now.time.rem_euclid(60));
        let mut due = Vec::new();
        for (life, seat) in &mut self.seats {
            let spread = i64::try_from(life.opened_slot % DRAFT_SPREAD).unwrap_or_default();
            if seat.drafted < minute
                && second >= DRAFT_AFTER + spread
                && seat.lease.state == LeaseState::Active
            {
                seat.drafted = minute;
                due.push(*life);
            }
        }
        due.iter().for_each(|life| self.want(life, Wanted::Draft));
    }

    /// Decides about a lease, and begins what follows.
    pub(super) fn decide(&mut self, life: Life) -> Result<()> {
        let is_cut_off = self.now.is_none() || outage::is_cut_off(&self.machines());
        let spent = self.spent(&life);
        let Some(seat) = self.seats.get(&life) else { return Ok(()) };
        match self.landed.get(&life) {
            Some((at, before)) if *before == seat.lease.account && at.elapsed() < SHOWN => return Ok(()),
            Some(_) => _ = self.landed.remove(&life),
            None => {}
        }
        let mint = seat.lease.terms.mint;
        let in_flight = self.parts.journal.in_flight(&life).into_iter();
        let preparing = self.preparing.keys().filter(|(of, _)| *of == life).map(|(_, deed)| *deed);
        let all =
            [Deed::Dispute, Deed::TopUp, Deed::Cancel, Deed::Expire, Deed::ResolveByTimeout, Deed::Close];
        let is_ordered =
            self.settings.mode == Mode::Ask && orders::is_given(&self.parts.config.state, &life.lease);
        let (second, finalized) = (self.second.get(&life.lease), self.finalized.get(&life.lease));
        let of_life = |lease: &&Lease| lease.opened_slot == life.opened_slot;
        let observed = Observed {
            now: self.now,
            lease: Some(seat.lease.account),
            second: second.filter(of_life).copied(),
            finalized: finalized.filter(of_life).copied(),
            watch: seat.entry.watch.as_ref(),
            draft: seat.open_draft(),
            is_cut_off,
            notes: seat.entry.notes.into(),
            in_flight: in_flight.chain(preparing).collect(),
            approved: if is_ordered { all.into() } else { BTreeSet::new() },
            spent,
            wallet: Wallet {
                lamports: self.wallet.1,
                tokens: self.wallet.2.get(&mint).copied().unwrap_or_default(),
                fee: self.hands.fee(),
            },
        };
        let decisions = plan(&observed, &self.settings);
        self.describe(life, &decisions);
        for decision in decisions {
            match decision {
                Decision::Note(notes) => {
                    if !self.note(life, &notes)? {
                        break;
                    }
                }
                Decision::CoSign(usage) => {
                    if self.seats.get_mut(&life).is_some_and(|seat| seat.waits.signature(usage.window_end)) {
                        self.want(&life, Wanted::CoSign(usage));
                    }
                }
                Decision::Probe => {
                    if self.seats.get_mut(&life).is_some_and(|seat| seat.waits.probe()) {
                        self.want(&life, Wanted::Probe);
                    }
                }
                Decision::Act(act) => self.act(life, act),
                Decision::Tell(Tell { kind, once, text }) => self.news(Some(life), kind, &once, &text)?,
            }
        }
        Ok(())
    }

    /// What was spent of the budgets that a lease is about, what is being signed included.
    pub(super) fn spent(&self, life: &Life) -> Spent {
        let Some(seat) = self.seats.get(life) else { return Spent::default() };
        let mint = seat.lease.terms.mint.to_string();
        let now = self.now.map_or(0, |now| now.time);
        let mut spent = self.parts.journal.spent(&mint, now);
        for (of, cost) in self.preparing.values() {
            spent.lamports = spent.lamports.saturating_add(cost.lamports);
            if *of == mint {
                let more = |(day, all): (u64, u64), by: u64| (day.saturating_add(by), all.saturating_add(by));
                spent.stakes = more(spent.stakes, cost.stake);
                spent.top_ups = more(spent.top_ups, cost.top_up);
            }
        }
        spent
    }

    /// Writes notes down: whether they may be followed.
    pub(super) fn note(&mut self, life: Life, notes: &Notes) -> Result<bool> {
        let Some(seat) = self.seats.get_mut(&life) else { return Ok(false) };
        let entry = Entry { notes: notes.into(), ..seat.entry.clone() };
        match self.parts.journal.note(&life, &entry)? {
            Ok(()) => {
                seat.entry = entry;
                Ok(true)
            }
            Err(refusal) => {
                tracing::error!(lease = %life, %refusal, "not co-signed");
                Ok(false)
            }
        }
    }

    /// Begins something, unless it failed not long ago.
    pub(super) fn act(&mut self, life: Life, act: Act) {
        let deed = act.deed();
        let is_early = self.failures.get(&(life, deed)).is_some_and(|failed| Instant::now() < failed.again);
        let (Some(seat), Some(now)) = (self.seats.get(&life), self.now) else { return };
        if is_early || self.watched.verifier.is_some() {
            return;
        }
        let lease = seat.lease;
        let cost = self.hands.cost(&act);
        self.preparing.insert((life, deed), (lease.terms.mint.to_string(), cost));
        let (hands, tell) = (self.hands.clone(), self.tell.clone());
        tracing::info!(lease = %life, what = ?act, "begun");
        self.deeds.spawn(async move {
            let result = match hands.prepare(&act, &life, &lease, now.time).await {
                Ok(intent) => hands.deliver(deed, &intent).await,
                Err(error) => Err(error),
            };
            tell.send(Told::Acted(life, deed, result)).ok();
        });
        while self.deeds.try_join_next().is_some() {}
    }

    /// Follows a transaction that was written down before the guard was started.
    pub(super) fn follow(&mut self, life: Life, deed: Deed, intent: Intent) {
        let (hands, tell) = (self.hands.clone(), self.tell.clone());
        self.deeds.spawn(async move {
            let result = hands.deliver(deed, &intent).await;
            tell.send(Told::Acted(life, deed, result)).ok();
        });
    }

    /// Tells something, once: about a lease, or the guard itself.
    pub(super) fn news(&self, life: Option<Life>, kind: Kind, once: &str, text: &str) -> Result<()> {
        let at = self.now.map_or_else(unix_time, |now| now.time);
        let news = News::new(at, kind, life.map(Into::into), text);
        if self.parts.journal.tell(&news, once)? {
            tracing::info!(lease = life.map(|life| life.to_string()), ?kind, "{}", news.text);
        }
        Ok(())
    }

    /// The same, with its figures.
    pub(super) fn fact(&self, life: Option<Life>, once: &str, fact: &Fact) -> Result<()> {
        self.news(life, fact.kind(), once, &fact.text())
    }

    /// What is done about a lease, in a word for status.
    pub(super) fn describe(&mut self, life: Life, decisions: &[Decision]) {
        let Some(seat) = self.seats.get_mut(&life) else { return };
        let is_withheld = seat.open_draft().is_some()
            && !decisions.iter().any(|it| matches!(it, Decision::CoSign(_) | Decision::Probe));
        let notes: Notes = seat.entry.notes.into();
        let disputes = decisions.iter().any(|it| matches!(it, Decision::Act(Act::Dispute { .. })));
        seat.doing = if disputes || seat.lease.dispute.opened.time > 0 {
            "disputed"
        } else if is_withheld || notes.suspected.is_some() {
            "withheld"
        } else if notes.signed.is_some() {
            "coSigned"
        } else {
            "watching"
        };
    }

    pub(super) fn show(&self) {
        let now = self.now.map(|now| now.time);
        let leases = self.seats.values().map(|seat| seat.status(now, &self.settings)).collect();
        let key = |key: &Address| key.to_string();
        let status = Status {
            keys: self.watched.sessions.iter().chain(&self.watched.verifier).map(key).collect(),
            mode: self.parts.config.mode.name().to_owned(),
            is_standby: self.parts.config.standby,
            wallet: self.parts.keys.wallet.as_ref().map(|it| it.pubkey().to_string()).unwrap_or_default(),
            leases,
            news: self.parts.journal.news(),
        };
        self.parts.shown.set(status);
    }
}

/// Where the cluster tells no time.
fn unix_time() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
