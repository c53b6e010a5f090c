//! A week of 32 leases on four machines, in which everything happens that happens to machines, tenants, nodes and
//! leases. What was truly delivered is the script's to know: it is counted here, from what the script did to whom, and from
//! nothing that an agent says.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, MutexGuard};

use gpu_lease_agent::meter::{CardReading, Cause, Record};
use gpu_lease_agent::plan::{Access, life_of};
use gpu_lease_agent::signer::Rules;
use gpu_lease_agent::store::Store;
use gpu_lease_runtime::Life;
use gpu_lease_tests::prelude::*;
use tempfile::TempDir;

use crate::guard::Guard;
use crate::town::{Process, Town};

/// Seconds of a day in which something happens. The rest of it passes at once.
const BUSY: u32 = 1_500;

/// Machines, each with an offer of its own.
const MACHINES: usize = 4;

/// What goes wrong, or is done by a tenant, for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The lease's first card has logged this Xid.
    Xid(u32),
    /// The lease's first card does not answer.
    Silent,
    /// The machine's engine does not answer.
    Engine,
    /// The machine has no network.
    Network,
    /// The machine's gateway lets nobody in.
    Gateway,
    /// The machine's node does not answer.
    Node,
    /// The machine's node leaves leases out.
    Lies,
    /// The agent does not run: it was killed.
    Agent,
    /// The machine is off, and boots afterwards.
    Host,
    /// The tenant ends its container every few seconds.
    Ends,
    /// The cluster makes no slots. Its clock jumps afterwards.
    Halt,
}

impl Fault {
    /// Whether the renter does not have what it pays for meanwhile.
    fn withholds(self) -> bool {
        match self {
            Self::Xid(xid) => ![13, 31, 43, 45].contains(&xid),
            Self::Silent | Self::Engine | Self::Network | Self::Gateway | Self::Host => true,
            Self::Node | Self::Lies | Self::Agent | Self::Ends | Self::Halt => false,
        }
    }

    /// Whether it is one lease's, and not all its machine's.
    fn is_of_lease(self) -> bool {
        matches!(self, Self::Xid(_) | Self::Silent | Self::Ends)
    }
}

/// What a party does on chain.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// The renter pays more in, base units.
    TopUp(u64),
    /// The renter wants so many GPUs, fewer than it has.
    Shrinks(u32),
    /// Both want so many, more than it has.
    Grows(u32),
    /// The renter gives notice.
    RenterLeaves,
    /// The provider gives notice.
    ProviderLeaves,
    /// The renter says that it got half of what is claimed.
    Disputes,
    /// The arbiter finds what was claimed.
    Resolves,
    /// The renter does not want it any more before it has started.
    Cancels,
    /// The renter ends the lease of a provider that is silent.
    Expires,
}

/// A lease, and what happens to it. Seconds count from its opening.
struct Story {
    name: &'static str,
    machine: usize,
    begins: u32,
    gpus: u32,
    duration: u32,
    /// What is paid in, base units; all of it where nothing else is said.
    deposit: Option<u64>,
    faults: Vec<(Range<u32>, Fault)>,
    acts: Vec<(u32, Act)>,
    /// Seconds after which the renter's guard answers a draft, if it has one.
    guard: Option<i64>,
    /// Whether all that was measured reaches the chain.
    is_all_stated: bool,
}

fn story(name: &'static str, machine: usize, begins: u32, gpus: u32, duration: u32) -> Story {
    Story {
        name,
        machine,
        begins,
        gpus,
        duration,
        deposit: None,
        faults: vec![],
        acts: vec![],
        guard: None,
        is_all_stated: true,
    }
}

impl Story {
    fn with(mut self, at: Range<u32>, fault: Fault) -> Self {
        self.faults.push((at, fault));
        self
    }

    fn then(mut self, at: u32, act: Act) -> Self {
        self.acts.push((at, act));
        self
    }

    /// Whether the tenant ends its container, or has it made again.
    fn ends_its_container(&self) -> bool {
        self.faults.iter().any(|(_, fault)| *fault == Fault::Ends)
            || self.acts.iter().any(|(_, act)| matches!(act, Act::Shrinks(_)))
    }

    fn guarded(mut self, answers_after: i64) -> Self {
        self.guard = Some(answers_after);
        self
    }

    fn paid(mut self, deposit: u64) -> Self {
        self.deposit = Some(deposit);
        self
    }

    /// Something on chain comes in front of what was measured.
    fn cut_short(mut self) -> Self {
        self.is_all_stated = false;
        self
    }
}

/// What each card uses all the time.
const WATTS: u64 = 700;

/// Base units for a GPU-second.
const PRICE: u64 = 1_000;

/// The days of the week. What happens to a machine happens to all of its leases.
fn week() -> [Vec<Story>; 7] {
    [
        vec![
            story("nothing, with a guard", 0, 0, 8, 900).guarded(2),
            story("a card falls off the bus", 1, 0, 4, 900).with(300..1_500, Fault::Xid(79)),
            story("a card does not answer for a while", 2, 10, 4, 900).with(300..340, Fault::Silent),
            story("programs crash on a card", 2, 20, 4, 900).with(200..600, Fault::Xid(13)),
            story("a tenant ends its container again and again", 3, 0, 2, 900).with(100..800, Fault::Ends),
        ],
        vec![
            story("the engine is silent, and the guard slow", 0, 0, 4, 900)
                .with(200..260, Fault::Engine)
                .guarded(40),
            story("the agent is killed", 1, 0, 8, 900).with(400..430, Fault::Agent),
            story("the machine is switched off and on", 2, 0, 8, 900).with(400..460, Fault::Host),
            story("the node is gone", 3, 0, 8, 1_200).with(100..700, Fault::Node),
        ],
        vec![
            story("the node leaves leases out", 0, 0, 8, 900).with(200..500, Fault::Lies),
            story("the network is gone, and the guard silent", 1, 0, 4, 900)
                .with(300..350, Fault::Network)
                .guarded(10_000),
            story("the gateway lets nobody in", 2, 0, 2, 900).with(300..330, Fault::Gateway),
            story("the deposit is used up", 3, 0, 4, 900).paid(4 * 300 * PRICE).cut_short(),
        ],
        vec![
            story("a top-up comes in time", 0, 0, 4, 900)
                .paid(4 * 450 * PRICE)
                .then(400, Act::TopUp(4 * 450 * PRICE)),
            story("the renter gives notice", 1, 0, 4, 1_200).then(300, Act::RenterLeaves),
            story("the provider gives notice", 2, 0, 4, 1_200).then(300, Act::ProviderLeaves),
            story("a renter disputes in bad faith", 3, 0, 4, 1_200)
                .then(700, Act::Disputes)
                .then(760, Act::Resolves)
                .cut_short(),
        ],
        vec![
            story("cancelled in front of its start", 0, 0, 4, 900).then(2, Act::Cancels),
            story("the agent dies over the end and comes back in the grace hour", 1, 0, 4, 600)
                .with(500..900, Fault::Agent),
            story("the agent dies and the lease expires", 2, 0, 4, 1_400)
                .with(400..1_480, Fault::Agent)
                .then(1_400, Act::Expires)
                .cut_short(),
            story("a card and the network, one after the other", 3, 0, 8, 900)
                .with(100..150, Fault::Silent)
                .with(400..450, Fault::Network)
                .guarded(2),
        ],
        vec![
            story("eight leases of one card: first", 0, 0, 1, 600),
            story("second, while the cluster halts", 0, 5, 1, 600).with(200..290, Fault::Halt),
            story("third", 0, 10, 1, 600).with(100..160, Fault::Silent),
            story("fourth", 0, 15, 1, 600).with(100..400, Fault::Ends),
            story("a contained fault of a card's memory", 1, 0, 2, 900).with(300..1_500, Fault::Xid(94)),
            story("a lease shrinks", 2, 0, 4, 900).then(200, Act::Shrinks(1)),
            story("a lease grows", 3, 0, 2, 900).then(200, Act::Grows(6)),
        ],
        vec![
            story("the agent is killed while its machine boots", 0, 0, 8, 900)
                .with(300..340, Fault::Host)
                .with(360..380, Fault::Agent),
            story("engine, node and agent at once", 1, 0, 8, 900)
                .with(300..400, Fault::Engine)
                .with(300..500, Fault::Node)
                .with(450..470, Fault::Agent),
            story("the last minute of a lease is the worst", 2, 0, 4, 600).with(540..700, Fault::Xid(95)),
            story("a lease of a minute", 3, 0, 8, 60),
        ],
    ]
}

/// A lease of the week, and what is known of it outside of the agents.
struct Told {
    story: Story,
    guard: Option<Guard>,
    lease: Option<(LeaseKey, Life)>,
    deposited: u64,
    /// GPU-seconds that the renter had, as the script knows.
    truth: u64,
    /// GPUs that the renter has from now on.
    has: u64,
    /// Whether its container is made again after a shrink.
    is_remade: bool,
    /// Watt-hours that were attested.
    energy_wh: u64,
    /// What its agent wrote down.
    record: Option<Record>,
    /// GPU-seconds that were attested.
    stated: u64,
    /// When it ended.
    ended_at: i64,
    /// What it came to.
    closed: Option<LeaseClosed>,
}

impl From<Story> for Told {
    fn from(story: Story) -> Self {
        let (lease, record, closed) = (None, None, None);
        let guard = story.guard.map(Guard::new);
        Self {
            story,
            guard,
            lease,
            deposited: 0,
            truth: 0,
            has: 0,
            is_remade: false,
            energy_wh: 0,
            record,
            stated: 0,
            ended_at: 0,
            closed,
        }
    }
}

impl Told {
    /// What is the matter at this second of the day.
    fn faults(&self, second: u32) -> Vec<Fault> {
        let since = second.checked_sub(self.story.begins);
        let is_now = |(range, _): &&(Range<u32>, Fault)| since.is_some_and(|at| range.contains(&at));
        self.story.faults.iter().filter(is_now).map(|(_, fault)| *fault).collect()
    }

    /// What the parties do then.
    fn acts(&self, second: u32) -> Vec<Act> {
        let is_now = |(at, _): &&(u32, Act)| second.checked_sub(self.story.begins) == Some(*at);
        self.story.acts.iter().filter(is_now).map(|(_, act)| *act).collect()
    }

    /// GPU-seconds that its agent measured while they were paid for.
    fn measured(&self) -> u64 {
        self.record.as_ref().map_or(0, |record| record.units(self.ended_at))
    }
}

/// Four machines with an offer each, and the one signer that they share.
struct Week {
    machines: Vec<Process>,
    /// Where the signer is.
    signer: Town,
    offers: Vec<Address>,
    leases: u64,
    boots: u32,
    /// Seconds for which the cluster has halted.
    halted: u32,
    _journal: TempDir,
}

impl Week {
    fn new() -> Self {
        let town = Town::new(|terms| (terms.price, terms.notice, terms.bond_hours) = (3_600 * PRICE, 300, 1));
        let offers: Vec<Address> = {
            let mut world = town.world();
            let (first, terms) = (world.offer, world.offer().terms);
            let mut other = |id| {
                let create = world.create_offer_ix(id, 8, terms, listing());
                world.play([create]).ok();
                address::offer(&world.provider, id)
            };
            [first, other(1), other(2), other(3)].into()
        };
        let names = ["first", "second", "third", "fourth"];
        let journal = tempfile::tempdir().expect("a folder");
        let signer = town.elsewhere();
        let desk = {
            let store = Store::open(&journal.path().join("journal")).expect("a journal");
            let serves = |(name, offer): (&&str, &Address)| ((*name).to_owned(), [offer.to_string()].into());
            let machines = names.iter().zip(&offers).map(serves).collect();
            Arc::new(signer.desk(store, Rules { machines, ..Rules::default() }))
        };
        let machine = |(name, offer): (&&'static str, &Address)| {
            let mut process = Process::serving(name, &town.elsewhere(), *offer);
            process.desk = Some(desk.clone());
            (process.policy.grace, process.policy.most_bond_percent) = (12 * 3_600, 100_000);
            process
        };
        let machines = names.iter().zip(&offers).map(machine).collect();
        Self { machines, signer, offers, leases: 0, boots: 0, halted: 0, _journal: journal }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.machines[0].town.world()
    }

    fn open(&mut self, told: &mut Told) {
        let Story { machine, gpus, duration, deposit, .. } = told.story;
        self.leases += 1;
        self.world().offer = self.offers[machine];
        told.deposited = deposit.unwrap_or(u64::from(gpus) * u64::from(duration) * PRICE);
        let agent = self.world().people.agent.pubkey();
        let session_key = told.guard.as_ref().map_or_else(Address::default, |_| agent);
        let lease = self.machines[machine].town.open(|request| {
            (request.nonce, request.gpus, request.duration) = (self.leases, gpus, duration);
            request.deposit = told.deposited;
            request.session_key = session_key;
        });
        let life = life_of(&self.world().context(&lease));
        told.lease = Some((lease, life));
    }

    fn act(&self, told: &mut Told, act: Act) {
        let (lease, _) = told.lease.as_ref().expect("it was opened");
        let mut world = self.world();
        let (provider, renter) = (world.people.provider.pubkey(), lease.renter);
        let on_chain = world.lease(lease);
        let outcome = match act {
            Act::TopUp(amount) => {
                told.deposited += amount;
                world.top_up(lease, amount)
            }
            Act::Shrinks(gpus) => world.resize(lease, gpus),
            Act::Grows(gpus) => world.grow_by_operator(lease, gpus),
            Act::RenterLeaves => world.terminate(lease, renter),
            Act::ProviderLeaves => world.terminate(lease, provider),
            Act::Disputes => world.dispute(lease, on_chain.meter.latest.units / 2),
            Act::Resolves => world.resolve(lease, on_chain.dispute.provider_units),
            Act::Cancels => world.cancel(lease, renter),
            Act::Expires => world.expire(lease),
        };
        outcome.ok();
    }

    /// A second passes on the machines: so many by the cluster's clock.
    fn pass(&mut self, is_halted: bool) -> u32 {
        if is_halted {
            self.halted += 1;
            return 0;
        }
        let halted = std::mem::take(&mut self.halted);
        if halted > 0 {
            self.world().halt(halted.into());
        }
        self.world().pass(1);
        halted + 1
    }

    /// A second of the day passes: what goes wrong goes wrong, and whoever runs looks, samples and acts.
    fn second(&mut self, day: &mut [Told], second: u32) {
        let passed = self.pass(day.iter().any(|told| told.faults(second).contains(&Fault::Halt)));
        for told in day.iter_mut() {
            // Until now it ran.
            let is_there =
                |(_, life): &(LeaseKey, Life)| self.machines[told.story.machine].town.is_running(life);
            let is_remade = told.has > 0 && told.is_remade;
            if is_remade || told.lease.as_ref().is_some_and(is_there) {
                told.truth += told.has * u64::from(passed);
            }
        }
        for number in 0..MACHINES {
            let faults: Vec<Fault> = day
                .iter()
                .filter(|told| told.story.machine == number)
                .flat_map(|told| told.faults(second))
                .filter(|fault| !fault.is_of_lease())
                .collect();
            let leases: Vec<_> = day
                .iter()
                .filter(|told| told.story.machine == number)
                .filter_map(|told| Some((told.lease.clone()?.1, told.faults(second))))
                .collect();
            self.machine(number, &faults, &leases, second);
            let is_up = !faults.iter().any(|fault| matches!(fault, Fault::Host | Fault::Agent));
            for told in day.iter_mut().filter(|told| told.story.machine == number) {
                if let (Some(guard), Some((_, life)), true) = (&mut told.guard, &told.lease, is_up) {
                    guard.second(&mut self.machines[number], life);
                }
                self.look(told, &faults, second);
            }
        }
    }

    fn machine(&mut self, number: usize, faults: &[Fault], leases: &[(Life, Vec<Fault>)], second: u32) {
        let process = &mut self.machines[number];
        process.at += 1_000;
        {
            let mut outside = process.town.outside();
            let mut used = outside.cards.values_mut().map(|card| &mut card.energy);
            used.by_ref().for_each(|energy| *energy = Some(energy.unwrap_or(0) + WATTS * 1_000));
            drop(used);
            outside.is_engine_down = faults.contains(&Fault::Engine);
            outside.is_node_down = faults.contains(&Fault::Node);
            outside.is_node_lying = faults.contains(&Fault::Lies);
            outside.is_offline = faults.contains(&Fault::Network);
            outside.is_gateway_down = faults.contains(&Fault::Gateway);
        }
        if faults.contains(&Fault::Host) {
            process.kill();
            let mut outside = process.town.outside();
            outside.instances.values_mut().for_each(|it| it.is_running = false);
            // Counters of cards begin again with the driver.
            outside.cards.values_mut().for_each(|card| card.energy = Some(0));
            drop(outside);
            self.boots += 1;
            (process.at, process.boot) = (0, format!("boot {}", self.boots));
            return;
        }
        if faults.contains(&Fault::Agent) {
            process.kill();
            return;
        }
        for (life, faults) in leases {
            let card = process.machine().known(life).and_then(|known| known.entry.cards.first().cloned());
            let mut outside = process.town.outside();
            if let Some(card) = card {
                let energy = outside.cards[&card].energy;
                outside.cards.insert(card, CardReading { energy, ..reading(faults) });
            }
            let is_open = outside.doors.get(life).is_some_and(|pass| pass.door.access == Access::Open);
            if faults.contains(&Fault::Ends) && is_open && second.is_multiple_of(7) {
                outside.instances.get_mut(life).expect("its door leads there").is_running = false;
            }
        }
        process.sample();
        process.round();
    }

    /// Whether the renter has its GPUs, as the script knows, and what is attested about it.
    fn look(&mut self, told: &mut Told, faults: &[Fault], second: u32) {
        let Some((lease, life)) = &told.lease else { return };
        let process = &mut self.machines[told.story.machine];
        let (gpus, is_remade) = {
            let world = process.town.world();
            if !world.exists(&lease.address) {
                return;
            }
            let on_chain = world.lease(lease);
            told.stated = told.stated.max(on_chain.meter.latest.units);
            told.ended_at = on_chain.ends_at;
            let (meter, now) = (on_chain.meter, world.now());
            told.energy_wh = meter.energy_wh;
            let is_on = (on_chain.started_at..on_chain.ends_at).contains(&now);
            let gpus = if is_on { meter.capacity(now + 1) - meter.capacity(now) } else { 0 };
            // The renter was told that its container is made again, and has shrunk all the same.
            let again = meter.segment_start..meter.segment_start + 60;
            (gpus, meter.previous_gpus > meter.gpus && again.contains(&now))
        };
        let withheld = [faults, &told.faults(second)].concat().into_iter().any(Fault::withholds);
        let is_there = process.town.is_running(life) || is_remade;
        told.has = if is_there && !withheld { gpus } else { 0 };
        told.is_remade = is_remade;
    }

    /// The day's end: all is over and closed, and nothing is left on any machine.
    fn end(&mut self, day: &mut [Told]) {
        for told in day.iter_mut() {
            let (_, life) = told.lease.as_ref().expect("it was opened");
            let known = self.machines[told.story.machine].machine().known(life);
            told.record = known.and_then(|known| known.record);
        }
        for pause in [3_700_u32, 12 * 3_600, 0] {
            self.world().pass(pause.into());
            for process in &mut self.machines {
                process.at += 1_000 * u64::from(pause);
            }
            for _ in 0..12 {
                self.second(&mut [], 0);
            }
        }
        for process in &mut self.machines {
            process.assert_clean();
            // What was broken is repaired over night.
            process.town.outside().cards.values_mut().for_each(|card| *card = CardReading::SOUND);
        }
        let closed = std::mem::take(&mut self.signer.outside().closed);
        for told in day {
            let (lease, _) = told.lease.as_ref().expect("it was opened");
            told.closed = closed.iter().find(|it| it.lease == lease.address).copied();
        }
        let tomorrow = 24 * 3_600 - self.world().now().rem_euclid(24 * 3_600);
        self.world().pass(tomorrow);
        self.machines.iter_mut().for_each(|process| process.at += 1_000 * tomorrow.unsigned_abs());
    }
}

/// What is read of a card with these faults.
fn reading(faults: &[Fault]) -> CardReading {
    faults.iter().fold(CardReading::SOUND, |reading, fault| match fault {
        Fault::Xid(xid) => CardReading { xids: vec![*xid], ..reading },
        Fault::Silent => CardReading { answers: false, ..reading },
        _ => reading,
    })
}

/// Base units of all parties, and of nobody else when no lease is open.
fn money(world: &World) -> u64 {
    let people: u64 = world.people.addresses().map(|wallet| world.money(&wallet)).sum();
    people + world.balance(&world.bond_account()) + world.balance(&world.fee_vault())
}

/// Seconds of a lease of which there is something to say, in words.
fn said(told: &Told) -> String {
    let mut seconds = BTreeMap::new();
    for row in told.record.iter().flat_map(|record| record.at_hand()) {
        if let Some(cause) = row.cause {
            *seconds.entry(cause).or_insert(0) += row.to.min(told.ended_at) - row.from.min(told.ended_at);
        }
    }
    seconds.retain(|_, seconds| *seconds > 0);
    let words: Vec<_> = seconds.iter().map(|(cause, seconds)| format!("{cause:?} {seconds} s")).collect();
    words.join(", ")
}

#[test]
fn in_a_week_of_faults_no_unit_is_signed_that_was_not_delivered_and_none_lost_that_was_measured() {
    let mut week = Week::new();
    let before = money(&week.world());
    println!("| what happened | what the meter said | true | measured | attested | price | credit |");
    println!("|---|---|--:|--:|--:|--:|--:|");
    for stories in self::week() {
        let mut day: Vec<Told> = stories.into_iter().map(Told::from).collect();
        for second in 0..BUSY {
            for told in &mut day {
                if told.story.begins == second {
                    week.open(told);
                }
                for act in told.acts(second) {
                    week.act(told, act);
                }
            }
            week.second(&mut day, second);
        }
        week.end(&mut day);
        for told in &day {
            let Told { story, truth, stated, deposited, .. } = told;
            let (name, measured) = (story.name, told.measured());
            let (accepted, price, credit) =
                told.closed.map_or((0, 0, 0), |it| (it.accepted, deposited - it.refund, it.credit));
            let meter = said(told);
            println!("| {name} | {meter} | {truth} | {measured} | {stated} | {price} | {credit} |");
            assert!(stated <= truth, "{name}: {stated} of {truth}");
            let is_tenants = told.record.as_ref().is_some_and(|it| it.by_cause().contains_key(&Cause::Ended));
            assert_eq!(is_tenants, story.ends_its_container(), "{name}");
            let most = 8 * u64::from(story.duration) * WATTS / 3_600;
            assert!(
                told.energy_wh <= most && (*stated < 600 || told.energy_wh > 0),
                "{name}: {} Wh",
                told.energy_wh
            );
            assert!(!story.is_all_stated || *stated == measured, "{name}: {stated} of {measured}");
            assert_eq!(price, *deposited.min(&(accepted * PRICE)), "{name}");
            assert!(accepted == *stated || !story.is_all_stated, "{name}: {accepted} of {stated}");
        }
        assert_eq!(money(&week.world()), before);
    }
    assert_eq!(week.leases, 32);
}
