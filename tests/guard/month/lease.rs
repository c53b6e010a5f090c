//! One lease of the month, with all who have to do with it.

use std::cell::OnceCell;

use gpu_lease_client::attestation::{Attestation, Usage};
use gpu_lease_client::evidence::ProbeOutcome;
use gpu_lease_client::math::{capped, gross_floor};
use gpu_lease_guard::plan::{Act, Part, Settings};
use gpu_lease_tests::prelude::*;

use super::guard::{Guard, Till, View, bound};
use super::story::{self, DAY, HOUR, Lie, Story, TICK, WEATHER};
use super::{LOSS_LIMIT, WINDOW};

/// Seconds between two statements that land: a third of the heartbeat timeout.
const LANDS: i64 = WINDOW as i64 / 3;

pub struct Played {
    pub story: Story,
    pub key: LeaseKey,
    /// The main one, and its standby if there is one.
    pub guards: Vec<Guard>,
    /// As the chain has it.
    pub on_chain: Option<Lease>,
    /// How many GPUs there were from when on, seconds after the start.
    gpus: Vec<(i64, u64)>,
    start: i64,
    /// GPU-seconds that were delivered until each look.
    delivered: Vec<u64>,
    deposited: u64,
    /// What the guard has set aside for the arbiter.
    stake: u64,
    /// What the guard has co-signed and has not landed.
    co_signed: Option<Usage>,
    has_vanished: bool,
    is_forgiven: bool,
    /// When that was claimed which is too much, and when it was disputed, seconds after the start.
    lied_at: Option<i64>,
    disputed_at: Option<i64>,
    window_end: i64,
    /// What was decided about something that has changed since.
    pub refused: usize,
    bound: OnceCell<u64>,
    pub closed: Option<LeaseClosed>,
}

impl Played {
    pub fn open(world: &mut World, number: u64, story: Story, settings: &Settings) -> Self {
        let (session_key, price) = (world.people.agent.pubkey(), super::PRICE);
        let deposited = u64::from(story.gpus) * story.paid.unsigned_abs() * 24 * price;
        let key = world.pending_lease_as(|request| {
            (request.nonce, request.gpus, request.duration) = (1 + number, story.gpus, 30 * DAY as u32);
            (request.deposit, request.session_key) = (deposited, session_key);
        });
        // All of them begin in the same second, which is a full minute.
        if !story.is_never_started {
            world.start(&key).ok();
        }
        let start = world.now();
        let main = Guard::new(settings.clone(), number, start);
        let standby = Settings { part: Part::Standby, ..settings.clone() };
        let standby = story.guard_dies.map(|_| Guard::new(standby, number + 1_000_000, start));
        Self {
            guards: [main].into_iter().chain(standby).collect(),
            on_chain: Some(world.lease(&key)),
            gpus: vec![(0, story.gpus.into())],
            story,
            key,
            start,
            delivered: vec![0],
            deposited,
            stake: 0,
            co_signed: None,
            has_vanished: false,
            is_forgiven: false,
            lied_at: None,
            disputed_at: None,
            window_end: start,
            refused: 0,
            bound: OnceCell::new(),
            closed: None,
        }
    }

    fn lease(&self) -> Lease {
        self.on_chain.expect("it is open")
    }

    fn refresh(&mut self, world: &World) {
        let lease = world.lease(&self.key);
        self.window_end = lease.meter.window_end;
        if lease.state == LeaseState::Disputed && self.disputed_at.is_none() {
            self.disputed_at = Some(lease.dispute.opened.time - self.start);
            self.stake = lease.ledger.stake;
        }
        self.on_chain = Some(lease);
    }

    /// Whether this guard is gone for good, `after` seconds.
    pub fn is_gone(&self, guard: usize, after: i64) -> bool {
        guard == 0 && self.story.guard_dies.is_some_and(|dies| after >= dies)
    }

    fn is_delivered(&self, after: i64) -> bool {
        self.story.is_delivered(after) && !self.has_vanished
    }

    fn gpus_at(&self, after: i64) -> u64 {
        self.gpus.iter().rev().find(|(from, _)| *from <= after).map_or(0, |(_, gpus)| *gpus)
    }

    /// GPU-seconds that were delivered until then, which is the moment of a look.
    fn truth(&self, until: i64) -> u64 {
        let looks = usize::try_from((until - self.start) / TICK).expect("it has begun");
        self.delivered[looks.min(self.delivered.len() - 1)]
    }

    /// Counts what was delivered until now.
    pub fn pass(&mut self, after: i64) {
        let before = *self.delivered.last().expect("there is one");
        let seconds = after - TICK..after;
        let units = seconds.filter(|second| self.is_delivered(*second)).map(|second| self.gpus_at(second));
        self.delivered.push(before + units.sum::<u64>());
    }

    pub fn probe(&mut self, guard: usize, now: i64) {
        let lease = self.lease();
        let is_running = lease.state == LeaseState::Active && now <= lease.ends_at;
        let (start, story, has_vanished) = (self.start, self.story.clone(), self.has_vanished);
        if !is_running {
            return;
        }
        self.guards[guard].probe(now, &self.key, &lease, |at| {
            let after = at - start;
            let is_cut_off = WEATHER.cut_off.contains(&after);
            // Without a node nobody knows whose fault it is.
            let is_trusted = !is_cut_off && !WEATHER.silent.contains(&after);
            let outcome =
                if is_cut_off || has_vanished || story.is_gone(after) || story.line_cut.contains(&after) {
                    ProbeOutcome::Failed
                } else if story.swapped.contains(&after) {
                    ProbeOutcome::OtherCards
                } else {
                    ProbeOutcome::Reached
                };
            (outcome, is_trusted)
        });
    }

    /// What the parties do then of their own accord.
    pub fn parties_act(&mut self, world: &mut World, after: i64) {
        let acts = self.story.acts.clone();
        for (_, act) in acts.iter().filter(|(at, _)| *at == after) {
            match act {
                story::Act::Resizes(gpus) => {
                    world.resize(&self.key, *gpus).ok();
                    self.refresh(world);
                    let from = self.lease().meter.segment_start - self.start;
                    self.gpus.push((from, (*gpus).into()));
                    let price = u64::from(*gpus) * 30 * 24 * super::PRICE;
                    let more = price.saturating_sub(self.deposited);
                    if more > 0 {
                        world.top_up(&self.key, more).ok();
                        self.deposited += more;
                    }
                }
                story::Act::RenterLeaves => drop(world.terminate(&self.key, self.key.renter).ok()),
                story::Act::ProviderLeaves => {
                    let provider = world.people.provider.pubkey();
                    world.terminate(&self.key, provider).ok();
                }
                story::Act::Vanishes => self.has_vanished = true,
                story::Act::Forgives => self.is_forgiven = true,
            }
            self.refresh(world);
        }
    }

    /// A guard looks, and does what it does.
    pub fn turn(&mut self, world: &World, guard: usize, second: Option<Lease>, after: i64, till: &mut Till) {
        let is_silent = WEATHER.silent.contains(&after);
        let now = world.moment();
        let draft = self.draft(now.time).filter(|_| !self.has_vanished && self.story.is_delivered(after));
        let view = View {
            now: (!is_silent).then_some(now),
            lease: self.on_chain.filter(|_| !is_silent),
            second: second.filter(|_| !is_silent),
            draft,
            is_cut_off: WEATHER.cut_off.contains(&after),
            tokens: world.money(&world.people.agent.pubkey()),
            till,
        };
        if let Some(signed) = self.guards[guard].turn(view) {
            self.co_signed = Some(signed);
        }
    }

    /// What its machine drafts, or its provider claims: so much until now, or until the end.
    fn draft(&self, now: i64) -> Option<Usage> {
        let lease = self.on_chain?;
        if lease.state != LeaseState::Active {
            return None;
        }
        let window_end = now.min(lease.ends_at);
        let units = self.figure(&lease, window_end, now).max(lease.meter.latest.units);
        Some(Usage {
            window_end,
            gpu_seconds: units.min(lease.meter.capacity(window_end)),
            energy_wh: units / 5,
            evidence: [9; 32],
        })
    }

    fn figure(&self, lease: &Lease, window_end: i64, now: i64) -> u64 {
        let truth = self.truth(window_end);
        let Some(lie) = self.story.lie else { return truth };
        let after = now - self.start;
        let has_begun = after >= 3 * DAY + 8 * HOUR;
        let everything = lease.meter.capacity(window_end);
        let limit = |less: i64| {
            // It claims when the guard's record cannot change any more.
            let watch = self.guards[0].watch.as_ref().filter(|watch| has_begun && watch.is_reached());
            watch.map_or(truth, |watch| {
                (watch.bound(&lease.meter, window_end) + self.limit()).saturating_add_signed(less)
            })
        };
        match lie {
            Lie::BelowLimit(less) => limit(-less.cast_signed()),
            Lie::AboveLimit(more) => limit(more.cast_signed()),
            Lie::NeverGone => everything,
            Lie::LastMoment if now >= lease.ends_at + HOUR - TICK => everything,
            Lie::WhileDead if after >= WEATHER.dead.start + HOUR => everything,
            Lie::WhileSilent if after >= WEATHER.silent.start + HOUR => everything,
            Lie::Flood if has_begun => everything,
            Lie::LastMoment | Lie::WhileDead | Lie::WhileSilent | Lie::Flood => truth,
        }
    }

    /// GPU-seconds above the bound that its guard lets mature.
    pub fn limit(&self) -> u64 {
        let most = self.gpus.iter().map(|(_, gpus)| *gpus).max().unwrap_or(0);
        most * u64::from(LOSS_LIMIT)
    }

    /// Its provider states what is due, with what was co-signed if that goes so far.
    pub fn provider_acts(&mut self, world: &mut World, after: i64) {
        let now = world.now();
        let Some(draft) = self.draft(now).filter(|_| !self.has_vanished) else { return };
        let lease = self.lease();
        let is_last = now >= lease.ends_at;
        let is_flooding = self.story.lie == Some(Lie::Flood) && after >= 3 * DAY + 8 * HOUR;
        let is_lying_now = match self.story.lie {
            Some(Lie::LastMoment) => now == lease.ends_at + HOUR - TICK,
            Some(Lie::WhileDead) => after == WEATHER.dead.start - 100 + HOUR + TICK,
            Some(Lie::WhileSilent) => after == WEATHER.silent.start + HOUR,
            _ => false,
        };
        let is_due = draft.window_end - lease.meter.window_end >= LANDS;
        let is_end = is_last && lease.meter.window_end < lease.ends_at;
        if !(is_due || is_end || is_flooding || is_lying_now) || lease.state == LeaseState::Pending {
            return;
        }
        let co_signed = self.co_signed.take().filter(|usage| usage.window_end + TICK >= draft.window_end);
        let usage = match co_signed {
            Some(usage) if !is_lying_now && usage.gpu_seconds >= lease.meter.latest.units => usage,
            _ => draft,
        };
        let message = Attestation::new(self.key.address, &lease, &usage);
        let people = world.people.insecure_clone();
        let mut signers = vec![&people.attestor];
        if self.is_forgiven {
            (self.is_forgiven, signers) = (false, vec![&people.attestor, &people.renter]);
        } else if co_signed == Some(usage) {
            signers.push(&people.agent);
        }
        let is_too_much =
            signers.len() == 1 && usage.gpu_seconds > self.truth(usage.window_end) + self.limit();
        world.submit(&self.key, &message, &signers).ok();
        if is_too_much && self.lied_at.is_none() {
            self.lied_at = Some(after);
        }
        self.refresh(world);
    }

    /// Two days after a dispute the arbiter finds what was delivered, as far as it is between the figures. Where no guard
    /// tidies up, somebody closes what is over.
    pub fn others_act(&mut self, world: &mut World, after: i64) {
        let lease = self.lease();
        if self.is_gone(0, after) && lease.phase(world.moment()) == Phase::Closable {
            self.close(world);
            return;
        }
        if lease.state == LeaseState::Disputed && world.now() >= lease.dispute.opened.time + 2 * DAY {
            let truth = self.truth(lease.meter.window_end);
            let units = truth.clamp(lease.dispute.renter_units, lease.dispute.provider_units);
            world.resolve(&self.key, units).ok();
            self.refresh(world);
        }
    }

    fn close(&mut self, world: &mut World) {
        self.closed = Some(world.close(&self.key).closed());
        self.on_chain = None;
    }

    /// GPU-seconds that are paid for, beyond what can have been delivered by the script's own reading of the probes.
    pub fn excess(&self) -> i128 {
        let accepted = self.closed.map_or(0, |closed| closed.accepted);
        i128::from(accepted) - i128::from(self.bound())
    }

    fn bound(&self) -> u64 {
        let guard = self.guards.last().expect("there is one");
        let of_probes = || bound(&guard.probes, self.start, self.window_end, |after| self.gpus_at(after));
        *self.bound.get_or_init(of_probes)
    }

    /// The renter's and the provider's due, each to the base unit.
    pub fn require_fair(&self) {
        let name = self.story.name;
        let closed = self.closed.expect("it is closed");
        if self.story.is_never_started {
            assert_eq!((closed.accepted, closed.refund), (0, self.deposited), "{name}");
            return;
        }
        let price = |units| capped(gross_floor(units, super::PRICE), self.deposited);
        let (truth, accepted) = (self.truth(self.window_end), closed.accepted);
        assert_eq!(self.disputed_at.is_some(), self.story.is_disputed(), "{name}: disputed");
        match self.story.lie {
            None => {
                assert_eq!(accepted, truth, "{name}: all that was delivered is paid for, and no more");
                assert_eq!(self.deposited - closed.refund, price(accepted), "{name}: nor does it cost more");
                assert_eq!(
                    closed.bond + closed.credit,
                    u64::from(self.most_gpus()) * 24 * super::PRICE,
                    "{name}"
                );
            }
            Some(Lie::BelowLimit(less)) => {
                let most = i128::from(self.limit() - less);
                assert!(self.excess() <= most, "{name}: {} above the bound", self.excess());
            }
            Some(_) => {
                // The arbiter knows what was delivered; a probe that was lost can have hidden some of it from the guard.
                assert!(accepted <= truth.max(self.bound()), "{name}: {} above the bound", self.excess());
                assert!(
                    self.waited() <= i64::from(WINDOW) / 2 + 2 * TICK || self.is_excused(),
                    "{name}: {}",
                    self.waited()
                );
            }
        }
        assert!(
            price(accepted) <= price(self.bound() + self.limit()) || self.story.line_cut.end > 0,
            "{name}"
        );
    }

    fn most_gpus(&self) -> u32 {
        self.gpus.iter().map(|(_, gpus)| u32::try_from(*gpus).expect("few")).max().unwrap_or(0)
    }

    /// Seconds from the false claim to the dispute.
    fn waited(&self) -> i64 {
        self.disputed_at.zip(self.lied_at).map_or(0, |(disputed, lied)| disputed - lied)
    }

    /// Whether its main guard does not run any more: then there is three quarters of the window.
    fn is_excused(&self) -> bool {
        self.story.guard_dies.is_some() && self.waited() <= i64::from(WINDOW) * 3 / 4 + 2 * TICK
    }

    /// What it came to, as a row of a table.
    pub fn row(&self) -> String {
        let LeaseClosed { accepted, credit, refund, .. } = self.closed.expect("it is closed");
        let disputed = self.disputed_at.map_or(String::new(), |_| format!("{} min", self.waited() / 60));
        let (name, truth, bound) = (self.story.name, self.truth(self.window_end), self.bound());
        let paid = self.deposited + self.stake - refund;
        format!(
            "| {name} | {truth} | {bound} | {accepted} | {} | {disputed} | {paid} | {credit} |",
            self.excess()
        )
    }
}

/// What a guard has sent arrives. What is refused was decided about something that has changed since.
pub fn play_act(world: &mut World, played: &mut Played, guard: usize, act: &Act) {
    let (key, agent) = (played.key, world.people.agent.pubkey());
    let context = world.context(&key);
    let valid_until = world.valid_until();
    let outcome = match *act {
        Act::Dispute { units, max_stake } => {
            assert!(guard == 0 || played.story.guard_dies.is_some(), "{}: by the standby", played.story.name);
            let dispute = instruction::dispute_lease(agent, agent, &context, units, max_stake, valid_until);
            world.play([dispute])
        }
        Act::TopUp { amount, .. } => world.play([instruction::top_up(agent, &context, amount, valid_until)]),
        Act::Cancel => world.cancel(&key, world.people.stranger.pubkey()),
        Act::Expire { .. } => world.play([world.expire_lease_ix(&key, agent)]),
        Act::ResolveByTimeout => world.resolve_by_timeout(&key),
        Act::Close => return played.close(world),
    };
    match (outcome.0, act) {
        (Err(_), _) => played.refused += 1,
        (Ok(_), Act::Cancel) => {
            played.closed = Some(LeaseClosed { refund: played.deposited, ..bytemuck::Zeroable::zeroed() });
            played.on_chain = None;
            return;
        }
        (Ok(_), Act::TopUp { amount, .. }) => played.deposited += amount,
        (Ok(_), _) => {}
    }
    played.refresh(world);
}
