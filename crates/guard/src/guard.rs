//! The guard: looks at the cluster and at machines, decides, acts, and looks again. One task has all of it; machines are
//! attended to, and transactions followed, by tasks that tell it what became of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::evidence::{Probe, ProbeOutcome};
use gpu_lease_client::state::{Lease, LeaseState, Moment};
use gpu_lease_service::health::{Check, Health};
use gpu_lease_service::services::Service;
use solana_address::Address;
use solana_signer::Signer;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::act::{Hands, Outcome};
use crate::attend::{Attendant, Heard, Wanted};
use crate::chain::{Chain, Watched};
use crate::config::Config;
use crate::figures::Counts;
use crate::journal::{Cost, Entry, Intent, Journal, deed_name};
use crate::keys::Keys;
use crate::life::Life;
use crate::news::{Kind, News};
use crate::orders;
use crate::outage::{self, Machines};
use crate::plan::acceptance::Verdict;
use crate::plan::{Act, Decision, Deed, Mode, Notes, Observed, Part, Settings, Spent, Tell, Wallet, plan};
use crate::probe::{Clock, Reading};
use crate::seat::{Promised, Seat};
use crate::status::Status;
use crate::way;

/// How often it is seen whether there is something to do.
const TURN: Duration = Duration::from_secs(1);

/// Seconds after a full minute of the cluster's clock from when on a draft is asked for, and among which leases are spread.
const DRAFT_AFTER: i64 = 4;
const DRAFT_SPREAD: u64 = 12;

/// Between two looks at what the wallet has.
const WALLET: Duration = Duration::from_secs(30);

/// Until something that failed is tried again for the first time, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// How long what is on its way may take when the guard is stopped.
pub const GRACE: Duration = Duration::from_secs(30);

/// All that the guard consists of.
pub struct Parts {
    pub config: Config,
    pub keys: Arc<Keys>,
    pub chain: Arc<Chain>,
    pub journal: Arc<Journal>,
    pub counts: Arc<Counts>,
    pub shown: Arc<Shown>,
}

/// What it tells whoever asks.
#[derive(Default)]
pub struct Shown(Mutex<Option<Status>>);

impl Shown {
    /// As it was last.
    pub fn get(&self) -> Option<Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, status: Status) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
    }
}

/// What a task tells.
enum Told {
    /// A machine was promised to be so, or nobody knows.
    Promised(Life, Option<Promised>),
    /// There is no way to a machine.
    NoWay(Life, String),
    /// It is known what became of a transaction.
    Acted(Life, Deed, Result<Outcome>),
}

/// What failed and is tried again.
struct Failure {
    count: u32,
    again: Instant,
}

/// The guard.
pub struct Guard {
    parts: Parts,
    settings: Settings,
    hands: Hands,
    watched: Watched,
    begun: Instant,
    seats: BTreeMap<Life, Seat>,
    promised: BTreeMap<Life, Promised>,
    /// What is wanted of each machine, and who attends to it.
    attended: BTreeMap<Life, (UnboundedSender<Wanted>, AbortHandle, [u8; 32])>,
    clock: Clock,
    /// When the node answered, on the guard's own clock.
    answers: VecDeque<Duration>,
    /// What it said last, if that is believed.
    now: Option<Moment>,
    looked: Option<Instant>,
    wants_clock: bool,
    /// Other nodes' views of those leases about which something may have to be decided.
    second: BTreeMap<Address, Lease>,
    finalized: BTreeMap<Address, Lease>,
    wallet: (Instant, u64, BTreeMap<Address, u64>),
    /// What is being signed, and what it costs: not yet in the journal.
    preparing: BTreeMap<(Life, Deed), (String, Cost)>,
    failures: BTreeMap<(Life, Deed), Failure>,
    heard: UnboundedReceiver<(Life, Heard)>,
    hear: UnboundedSender<(Life, Heard)>,
    told: UnboundedReceiver<Told>,
    tell: UnboundedSender<Told>,
    attendants: JoinSet<()>,
    deeds: JoinSet<()>,
}

impl Guard {
    /// Goes on from what is written down.
    pub fn new(parts: Parts) -> Result<Self> {
        let settings = parts.config.settings();
        let hands = Hands::new(
            parts.chain.clone(),
            parts.keys.clone(),
            parts.journal.clone(),
            parts.config.chain.most_priority_fee,
        );
        let watched = Watched {
            sessions: parts.keys.sessions.iter().map(Signer::pubkey).collect(),
            verifier: parts.keys.verifier.as_ref().map(Signer::pubkey),
        };
        let (hear, heard) = mpsc::unbounded_channel();
        let (tell, told) = mpsc::unbounded_channel();
        let begun = Instant::now();
        Ok(Self {
            settings,
            hands,
            watched,
            begun,
            seats: BTreeMap::new(),
            promised: BTreeMap::new(),
            attended: BTreeMap::new(),
            clock: Clock::default(),
            answers: VecDeque::new(),
            now: None,
            looked: None,
            wants_clock: false,
            second: BTreeMap::new(),
            finalized: BTreeMap::new(),
            wallet: (begun, 0, BTreeMap::new()),
            preparing: BTreeMap::new(),
            failures: BTreeMap::new(),
            heard,
            hear,
            told,
            tell,
            attendants: JoinSet::new(),
            deeds: JoinSet::new(),
            parts,
        })
    }

    /// Until it is told to stop. What is on its way is followed a little longer; at the next start the rest is.
    pub async fn run(mut self, health: Health, mut service: Service) -> Result<()> {
        let check = health.check("guard", Duration::from_secs(120));
        for ((life, deed), intent) in self.parts.journal.intents() {
            self.follow(life, deed, intent);
        }
        let mut turns = interval(TURN);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = service.stop.cancelled() => break,
                Some((life, heard)) = self.heard.recv() => self.hear(life, heard)?,
                Some(told) = self.told.recv() => self.take(told)?,
                _ = turns.tick() => {
                    self.turn(&check).await?;
                    service.ready();
                }
            }
        }
        self.attendants.shutdown().await;
        self.save()?;
        timeout(GRACE, async { while self.deeds.join_next().await.is_some() {} }).await.ok();
        Ok(())
    }

    async fn turn(&mut self, check: &Check) -> Result<()> {
        let every = self.parts.config.chain.every;
        let is_due = self.looked.is_none_or(|looked| looked.elapsed() >= every);
        if is_due || self.wants_clock {
            self.read_clock().await;
        }
        if is_due {
            self.look(check).await?;
            self.looked = Some(Instant::now());
        }
        self.place();
        self.ask_for_drafts();
        if is_due {
            for life in self.seats.keys().copied().collect::<Vec<_>>() {
                self.decide(life)?;
            }
            self.show();
        }
        // Nothing was sealed before it is on disk.
        self.save()
    }

    /// Reads the cluster's clock.
    async fn read_clock(&mut self) {
        self.wants_clock = false;
        self.now = None;
        let Ok(clock) = self.parts.chain.node().clock().await else { return };
        let at = self.begun.elapsed();
        self.answers.push_back(at);
        if self.answers.len() > 256 {
            self.answers.pop_front();
        }
        self.clock.read(Reading { at, cluster: clock.unix_timestamp });
        // What is not believed decides nothing.
        let is_believed = self.clock.newest().is_some_and(|newest| newest.cluster == clock.unix_timestamp);
        self.now = is_believed.then_some(Moment { time: clock.unix_timestamp, slot: clock.slot });
        self.parts.counts.tick(clock.unix_timestamp);
    }

    /// Whether the node answered before and after a moment, and not long.
    fn node_answers(&self, at: Duration) -> bool {
        let patience = 3 * self.parts.config.chain.every + Duration::from_secs(15);
        let is_near = |answer: &Duration| answer.abs_diff(at) <= patience;
        let before = self.answers.iter().any(|answer| *answer <= at && is_near(answer));
        before && self.answers.iter().any(|answer| *answer >= at && is_near(answer))
    }

    /// Looks at the leases.
    async fn look(&mut self, check: &Check) -> Result<()> {
        let known: BTreeSet<Life> = self.known()?;
        let view = self.parts.chain.look(&self.watched, &known).await;
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
        let open: Vec<Address> =
            self.seats.values().filter(|seat| self.is_open(&seat.lease)).map(|seat| seat.lease.address).collect();
        (self.second, self.finalized) = self.parts.chain.others(&open).await;
        if self.wallet.0.elapsed() >= WALLET || self.wallet.1 == 0 {
            self.look_at_wallet().await;
        }
        Ok(())
    }

    /// Leases that are not over, as far as is known.
    fn known(&self) -> Result<BTreeSet<Life>> {
        let mut known: BTreeSet<Life> = self.seats.keys().copied().collect();
        if self.looked.is_none() {
            let entries = self.parts.journal.entries()?;
            known.extend(entries.into_iter().filter(|(_, entry)| entry.over.is_none()).map(|(life, _)| life));
        }
        Ok(known)
    }

    /// Whether something may be to decide about it, for which more than one view of it is wanted.
    fn is_open(&self, lease: &Lease) -> bool {
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

    async fn look_at_wallet(&mut self) {
        let Some(wallet) = self.parts.keys.wallet.as_ref().map(Signer::pubkey) else { return };
        let accounts: BTreeMap<Address, Address> =
            self.seats.values().map(|seat| (seat.lease.terms.mint, seat.lease.token_of(&wallet))).collect();
        let node = self.parts.chain.node();
        let Ok(lamports) = node.lamports(&wallet).await else { return };
        let mut tokens = BTreeMap::new();
        for (mint, account) in accounts {
            match node.token_balance(&account).await {
                Ok(balance) => _ = tokens.insert(mint, balance.map_or(0, |balance| balance.amount)),
                Err(_) => return,
            }
        }
        self.wallet = (Instant::now(), lamports, tokens);
        self.parts.counts.holds(lamports);
    }

    /// Takes in a lease as it is on chain.
    fn see(&mut self, life: Life, lease: LeaseContext) -> Result<()> {
        let now = self.now.map_or(lease.opened_at, |now| now.time);
        if !self.seats.contains_key(&life) {
            let known = self.parts.journal.entries()?.remove(&life);
            let is_new = known.is_none();
            let entry = known.unwrap_or_else(|| Entry::new(now));
            self.seats.insert(life, Seat::new(lease, entry));
            if is_new {
                self.news(life, Kind::Watched, "watched", "The guard watches this lease from now on.".to_owned())?;
            }
        }
        let Some(seat) = self.seats.get_mut(&life) else { return Ok(()) };
        seat.see(lease);
        let published = lease.access_blob_hash;
        let is_running = seat.is_running(now);
        match self.attended.get(&life) {
            Some((_, task, of)) if !is_running || *of != published || task.is_finished() => {
                task.abort();
                self.attended.remove(&life);
            }
            _ => {}
        }
        if is_running && !self.attended.contains_key(&life) {
            self.attend(life, &lease);
        }
        Ok(())
    }

    /// Has its machine attended to.
    fn attend(&mut self, life: Life, lease: &LeaseContext) {
        let (want, wanted) = mpsc::unbounded_channel();
        let (keys, chain, tell) = (self.parts.keys.clone(), self.parts.chain.clone(), self.tell.clone());
        let (hear, begun) = (self.hear.clone(), self.begun);
        let (schedule, files) = (self.parts.config.probes.schedule(), self.parts.config.keys.access.clone());
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
                sleep(Duration::from_secs(10)).await;
            };
            let signer = keys.signer(&lease).map(solana_keypair::Keypair::insecure_clone);
            let lease = lease.keyed();
            Attendant { lease, way, schedule, begun, tell: hear, wanted }.run(signer).await;
        });
        self.attended.insert(life, (want, task, lease.access_blob_hash));
        // Those that have ended are not kept.
        while self.attendants.try_join_next().is_some() {}
    }

    fn want(&self, life: &Life, wanted: Wanted) {
        if let Some((want, ..)) = self.attended.get(life) {
            // Nobody attends to it any more if this fails, and the next look finds that out.
            want.send(wanted).ok();
        }
    }

    /// It is over.
    fn leave(&mut self, life: Life) -> Result<()> {
        let (now, mut entry) = (self.now.map(|now| now.time), self.parts.journal.entries()?.remove(&life));
        if let Some(seat) = self.seats.remove(&life) {
            entry = Some(seat.entry);
        }
        if let Some((_, task, _)) = self.attended.remove(&life) {
            task.abort();
        }
        if let Some(mut entry) = entry {
            entry.over = Some(now.unwrap_or(entry.since));
            self.parts.journal.save([(&life, &entry)])?;
        }
        self.news(life, Kind::Closed, "closed", "The lease is over, and its vault is divided.".to_owned())
    }

    /// Takes in what a machine answered.
    fn hear(&mut self, life: Life, heard: Heard) -> Result<()> {
        let promised = self.promised.get(&life);
        let Some(seat) = self.seats.get_mut(&life) else { return Ok(()) };
        let counts = &self.parts.counts;
        match heard {
            Heard::Probe(at, answer) => {
                counts.probed(answer.is_ok());
                let has_failed = answer.is_err();
                let cards = answer.as_ref().map(|it| it.cards.as_slice()).map_err(ToString::to_string);
                let verdict = seat.probed(at, cards, promised);
                self.wants_clock = true;
                if has_failed {
                    self.doubt(&life);
                }
                match verdict {
                    Some(Verdict::NotAccepted(fault)) => {
                        let text = format!(
                            "The machine is not what was offered: {fault}. Nothing that it claims counts until it is; end the \
                             lease, or let its provider put it right."
                        );
                        self.news(life, Kind::NotAccepted, &format!("not accepted {fault}"), text)?;
                    }
                    Some(Verdict::Accepted | Verdict::NotTold) => {
                        let text = "The machine has what was offered, as far as it tells.".to_owned();
                        self.news(life, Kind::Accepted, "accepted", text)?;
                    }
                    None => {}
                }
            }
            Heard::Login(at, result) => {
                counts.logged_in(result.is_ok());
                let has_failed = result.is_err();
                if !has_failed {
                    seat.logged_in_at = self.now.map(|now| now.time);
                }
                seat.logged_in(at, result.map_err(|why| why.to_string()));
                self.wants_clock = true;
                if has_failed {
                    self.doubt(&life);
                }
            }
            Heard::Draft(Ok(draft)) => {
                seat.draft = draft;
                self.decide(life)?;
            }
            Heard::Draft(Err(why)) => tracing::debug!(lease = %life, %why, "no draft"),
            Heard::CoSigned(usage, Ok(())) => {
                seat.handed = Some(usage.window_end);
                counts.co_signed();
                tracing::info!(lease = %life, units = usage.gpu_seconds, until = usage.window_end, "co-signed");
            }
            Heard::CoSigned(_, Err(why)) => tracing::warn!(lease = %life, %why, "the signature was not taken"),
        }
        Ok(())
    }

    /// Asks machines of other providers at once: then it is known whose outage it is.
    fn doubt(&self, life: &Life) {
        let Some(provider) = self.seats.get(life).map(|seat| seat.lease.provider) else { return };
        let mut asked = BTreeSet::from([provider]);
        for (other, seat) in &self.seats {
            if self.attended.contains_key(other) && !seat.newest.fails() && asked.insert(seat.lease.provider) {
                self.want(other, Wanted::Probe);
            }
        }
    }

    /// Takes in what a task tells.
    fn take(&mut self, told: Told) -> Result<()> {
        match told {
            Told::Promised(life, promised) => {
                self.promised.insert(life, promised.unwrap_or_default());
            }
            Told::NoWay(life, why) => {
                tracing::warn!(lease = %life, why, "the machine is not watched");
                if let Some(seat) = self.seats.get_mut(&life) {
                    seat.trouble = Some(why);
                }
            }
            Told::Acted(life, deed, result) => {
                self.preparing.remove(&(life, deed));
                // What was spent is known from the wallet.
                self.wallet.0 = self.begun;
                self.wallet.1 = 0;
                self.looked = None;
                let failed = match result {
                    Ok(Outcome::Done) => {
                        self.failures.remove(&(life, deed));
                        orders::done(&self.parts.config.state, &life.lease);
                        self.parts.counts.acted(deed_name(deed), true);
                        tracing::info!(lease = %life, deed = deed_name(deed), "done");
                        return Ok(());
                    }
                    Ok(Outcome::Failed(why)) => why,
                    Err(error) => format!("{error:#}"),
                };
                self.parts.counts.acted(deed_name(deed), false);
                tracing::warn!(lease = %life, deed = deed_name(deed), why = failed, "not done");
                let failure = self.failures.entry((life, deed)).or_insert(Failure { count: 0, again: Instant::now() });
                failure.again = Instant::now() + (PAUSES.0 * 2_u32.pow(failure.count.min(6))).min(PAUSES.1);
                failure.count += 1;
            }
        }
        Ok(())
    }

    fn machines(&self) -> Machines<Life> {
        self.seats.iter().map(|(life, seat)| (*life, (seat.lease.provider, seat.newest))).collect()
    }

    /// Takes probes into the records whose time is known by now.
    fn place(&mut self) {
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

    /// Asks each machine for a draft, some seconds after each full minute of the cluster's clock.
    fn ask_for_drafts(&mut self) {
        let Some(now) = self.now else { return };
        if self.settings.part == Part::Standby || self.settings.mode == Mode::Alert {
            return;
        }
        let (minute, second) = (now.time.div_euclid(60), now.time.rem_euclid(60));
        let mut due = Vec::new();
        for (life, seat) in &mut self.seats {
            let spread = i64::try_from(life.opened_slot % DRAFT_SPREAD).unwrap_or_default();
            if seat.drafted < minute && second >= DRAFT_AFTER + spread && seat.lease.state == LeaseState::Active {
                seat.drafted = minute;
                due.push(*life);
            }
        }
        due.iter().for_each(|life| self.want(life, Wanted::Draft));
    }

    /// Decides about a lease, and begins what follows.
    fn decide(&mut self, life: Life) -> Result<()> {
        let is_cut_off = self.now.is_none() || outage::is_cut_off(&self.machines());
        let spent = self.spent(&life);
        let Some(seat) = self.seats.get(&life) else { return Ok(()) };
        let mint = seat.lease.terms.mint;
        let in_flight = self.parts.journal.in_flight(&life).into_iter();
        let preparing = self.preparing.keys().filter(|(of, _)| *of == life).map(|(_, deed)| *deed);
        let all = [Deed::Dispute, Deed::TopUp, Deed::Cancel, Deed::Expire, Deed::ResolveByTimeout, Deed::Close];
        let is_ordered = orders::is_given(&self.parts.config.state, &life.lease);
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
                Decision::CoSign(usage) => self.want(&life, Wanted::CoSign(usage)),
                Decision::Probe => self.want(&life, Wanted::Probe),
                Decision::Act(act) => self.act(life, act),
                Decision::Tell(Tell { kind, once, text }) => self.news(life, kind, &once, text)?,
            }
        }
        Ok(())
    }

    /// What was spent of the budgets that a lease is about, what is being signed included.
    fn spent(&self, life: &Life) -> Spent {
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
    fn note(&mut self, life: Life, notes: &Notes) -> Result<bool> {
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
    fn act(&mut self, life: Life, act: Act) {
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
    fn follow(&mut self, life: Life, deed: Deed, intent: Intent) {
        let (hands, tell) = (self.hands.clone(), self.tell.clone());
        self.deeds.spawn(async move {
            let result = hands.deliver(deed, &intent).await;
            tell.send(Told::Acted(life, deed, result)).ok();
        });
    }

    /// Tells something, once.
    fn news(&self, life: Life, kind: Kind, once: &str, text: String) -> Result<()> {
        let at = self.now.map_or_else(unix_time, |now| now.time);
        let (lease, opened_slot) = (Some(life.lease.to_string()), Some(life.opened_slot));
        let news = News { at, kind, lease, opened_slot, text };
        if self.parts.journal.tell(&news, once)? {
            tracing::info!(lease = %life, kind = ?kind, "{}", news.text);
        }
        Ok(())
    }

    fn save(&mut self) -> Result<()> {
        let dirty: Vec<_> = self.seats.iter().filter(|(_, seat)| seat.is_dirty).collect();
        if !dirty.is_empty() {
            self.parts.journal.save(dirty.into_iter().map(|(life, seat)| (life, &seat.entry)))?;
        }
        self.seats.values_mut().for_each(|seat| seat.is_dirty = false);
        Ok(())
    }

    /// What is done about a lease, in a word for status.
    fn describe(&mut self, life: Life, decisions: &[Decision]) {
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

    fn show(&self) {
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
