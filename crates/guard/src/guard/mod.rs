//! The guard: looks at the cluster and at machines, decides, acts, and looks again. One task has all of it; machines are
//! attended to, and transactions followed, by tasks that tell it what became of them.

mod decide;
mod look;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use gpu_lease_client::state::{Lease, Moment};
use gpu_lease_service::health::{Check, Health};
use gpu_lease_service::services::Service;
use solana_address::Address;
use solana_signer::Signer;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::act::{Hands, Outcome};
use crate::attend::{Heard, Wanted};
use crate::chain::{Chain, Watched};
use crate::config::Config;
use crate::figures::Counts;
use crate::journal::{Cost, Journal, deed_name};
use crate::keys::Keys;
use crate::life::Life;
use crate::news::Fact;
use crate::orders;
use crate::plan::acceptance::{Card, Verdict};
use crate::plan::{Deed, Settings};
use crate::probe::Clock;
use crate::seat::{Promised, Seat};
use crate::status::Shown;

/// How often it is seen whether there is something to do.
const TURN: Duration = Duration::from_secs(1);

/// Until something that failed is tried again for the first time, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// How often something fails until that is told.
const TRIES: u32 = 3;

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
    /// Decimals of mints.
    mints: BTreeMap<Address, u8>,
    /// What is being signed, and what it costs: not yet in the journal.
    preparing: BTreeMap<(Life, Deed), (String, Cost)>,
    failures: BTreeMap<(Life, Deed), Failure>,
    /// Leases about which something has landed, when, and as they were before: nodes may show them so for a while.
    landed: BTreeMap<Life, (Instant, Lease)>,
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
            mints: BTreeMap::new(),
            preparing: BTreeMap::new(),
            failures: BTreeMap::new(),
            landed: BTreeMap::new(),
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

    fn want(&self, life: &Life, wanted: Wanted) {
        if let Some((want, ..)) = self.attended.get(life) {
            // Nobody attends to it any more if this fails, and the next look finds that out.
            want.send(wanted).ok();
        }
    }

    /// Takes in what a machine answered.
    fn hear(&mut self, life: Life, heard: Heard) -> Result<()> {
        let promised = self.promised.get(&life);
        let Some(seat) = self.seats.get_mut(&life) else { return Ok(()) };
        let counts = &self.parts.counts;
        match heard {
            Heard::Probe(at, answer) => {
                counts.probed(answer.is_ok());
                seat.waits.probed();
                let (has_failed, had_others) = (answer.is_err(), seat.has_other_cards);
                let cards = answer.as_ref().map(|it| it.cards.as_slice()).map_err(ToString::to_string);
                let verdict = seat.probed(at, cards, promised);
                let others =
                    (seat.has_other_cards && !had_others).then(|| seat.entry.cards.clone()).flatten();
                self.wants_clock = true;
                if has_failed {
                    self.doubt(&life);
                }
                if let (Some(accepted), Ok(answer)) = (others, &answer) {
                    let found: Vec<String> = answer.cards.iter().map(|card| card.uuid.clone()).collect();
                    let (once, accepted) = (format!("other cards {found:?}"), accepted.into_iter().collect());
                    self.fact(Some(life), &once, &Fact::OtherCards { accepted, found })?;
                }
                match verdict {
                    Some(Verdict::NotAccepted(fault)) => {
                        let differences = vec![fault.to_string()];
                        self.fact(Some(life), &format!("{fault}"), &Fact::NotAccepted { differences })?;
                    }
                    Some(Verdict::Accepted | Verdict::NotTold) => {
                        let cards = answer.map(|it| cards_in_words(&it.cards)).unwrap_or_default();
                        self.fact(Some(life), &format!("accepted {cards}"), &Fact::Accepted { cards })?;
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
                seat.waits.signed();
                seat.handed = Some(usage.window_end);
                counts.co_signed();
                tracing::info!(lease = %life, units = usage.gpu_seconds, until = usage.window_end, "co-signed");
            }
            Heard::CoSigned(_, Err(why)) => {
                tracing::warn!(lease = %life, %why, "the signature was not taken")
            }
        }
        Ok(())
    }

    /// Asks machines of other providers at once: then it is known whose outage it is.
    fn doubt(&self, life: &Life) {
        let Some(provider) = self.seats.get(life).map(|seat| seat.lease.provider) else { return };
        let mut asked = BTreeSet::from([provider]);
        for (other, seat) in &self.seats {
            if self.attended.contains_key(other) && !seat.newest.fails() && asked.insert(seat.lease.provider)
            {
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
                        if let Some(seat) = self.seats.get(&life) {
                            self.landed.insert(life, (Instant::now(), seat.lease.account));
                        }
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
                let failure =
                    self.failures.entry((life, deed)).or_insert(Failure { count: 0, again: Instant::now() });
                failure.again = Instant::now() + (PAUSES.0 * 2_u32.pow(failure.count.min(6))).min(PAUSES.1);
                failure.count += 1;
                // What another one did first has failed once, and is seen on chain by then.
                if failure.count == TRIES {
                    let (what, cause) = (deed_name(deed).to_owned(), failed);
                    self.fact(Some(life), &format!("failed {what}"), &Fact::Failed { what, cause })?;
                }
            }
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
}

/// Such as `8 × NVIDIA H100`.
fn cards_in_words(cards: &[Card]) -> String {
    let mut models: BTreeMap<&str, usize> = BTreeMap::new();
    for card in cards {
        *models.entry(card.model.as_deref().unwrap_or("a card that it does not name")).or_default() += 1;
    }
    models.into_iter().map(|(model, count)| format!("{count} × {model}")).collect::<Vec<_>>().join(", ")
}
