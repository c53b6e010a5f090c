//! What people may try next: the legal, the illegal and the boundary between, in the proportion that brings
//! leases into all their states.

use crate::vote;
use gpu_lease_model::*;
use gpu_lease_tests::{FEE_BPS, GENESIS_TIME, RULES, WEALTH};
use proptest::{prelude::*, sample::select, strategy::Union};
use proptest_state_machine::ReferenceStateMachine;

/// The two providers and their first offers.
pub const PROVIDERS: [ProviderId; 2] = [ProviderId(0), ProviderId(1)];

/// Numbers that renters give their leases: few, so that addresses are used again.
pub const NONCES: u64 = 3;

/// Most leases at a time: few, so that each lives a full life.
const LEASES: usize = 2;

/// Where a sequence begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Beginning {
    /// In a market in which nothing has happened.
    New,
    /// Where tokens are locked and fees of two epochs weigh; the second renter's are one base unit too few to
    /// refuse a rise, and the smallest lock is one too small for a quorum.
    Short,
    /// As [`Beginning::Short`], with just enough.
    Enough,
}

/// A market and what became of the last action in it.
#[derive(Clone, Debug)]
pub struct Game {
    /// The model.
    pub market: Market,
    /// Whether money is a mint of Token-2022.
    pub is_token_2022: bool,
    /// Where it began.
    pub beginning: Beginning,
    /// Of the last action.
    pub outcome: Result<(), Refusal>,
}

/// The first offer of a provider.
pub fn offer_of(provider: ProviderId) -> OfferId {
    OfferId { provider, number: 0 }
}

impl Game {
    /// Two providers with an offer each, after what happens in the `beginning`.
    pub fn new(terms: [Terms; 2], is_token_2022: bool, beginning: Beginning) -> Self {
        let mut game = Self::before(is_token_2022, beginning);
        for action in vote::prologue(beginning) {
            game.act(&action);
            assert_eq!(game.outcome, Ok(()), "{action:?}");
        }
        game.list(terms);
        game
    }

    /// The market before anything happens in it.
    pub fn before(is_token_2022: bool, beginning: Beginning) -> Self {
        let config = Config {
            fee_bps: u64::from(FEE_BPS),
            treasury: Person::Treasury,
            arbiter: Person::Arbiter,
            guardian: Person::Guardian,
            rules: Rules {
                deposit: RULES.deposit,
                voting_period: i64::from(RULES.voting_period),
                extension: i64::from(RULES.extension),
                timelock: i64::from(RULES.timelock),
                execution_window: i64::from(RULES.execution_window),
                quorum_bps: u64::from(RULES.quorum_bps),
            },
        };
        let mut market = Market::new(GENESIS_TIME, config, WEALTH);
        let operator = Some(Person::Operator);
        market.register(PROVIDERS[0], Person::Provider, HotKeys { attestor: Person::Attestor, operator });
        let keys = HotKeys { attestor: Person::SecondAttestor, operator: None };
        market.register(PROVIDERS[1], Person::SecondProvider, keys);
        market.votes.participants.insert(Person::Renter);
        let mut game = Self { market, is_token_2022, beginning, outcome: Ok(()) };
        game.list([vote::TERMS; 2]);
        game
    }

    /// Offers eight GPUs on each of the terms.
    fn list(&mut self, terms: [Terms; 2]) {
        for (provider, terms) in PROVIDERS.into_iter().zip(terms) {
            let id = offer_of(provider);
            let revision = self.market.offers.get(&id).map_or(0, |offer| offer.revision) + 1;
            let offer = Offer { gpus: 8, is_open: true, terms, listing: Listing(0), revision };
            self.market.offers.insert(id, offer);
        }
    }

    /// Tries an action.
    pub fn act(&mut self, action: &Action) {
        self.outcome = self.market.apply(action);
    }
}

/// The random play.
pub struct Play;

impl ReferenceStateMachine for Play {
    type State = Game;
    type Transition = Action;

    fn init_state() -> BoxedStrategy<Game> {
        let beginnings = prop_oneof![
            4 => Just(Beginning::New),
            3 => Just(Beginning::Short),
            3 => Just(Beginning::Enough)
        ];
        ([terms(), terms()], any::<bool>(), beginnings)
            .prop_map(|(terms, is_2022, beginning)| Game::new(terms, is_2022, beginning))
            .boxed()
    }

    fn transitions(game: &Game) -> BoxedStrategy<Action> {
        let market = &game.market;
        // Leases live for hours and votes for days: a sequence has time for one of them.
        let is_for_votes = game.beginning != Beginning::New;
        let open = match market.leases.len() {
            0 if is_for_votes => 6,
            0 => 40,
            1..LEASES if !is_for_votes => 6,
            _ => 1,
        };
        // Those who wait for a provider do not wait long.
        let is_waited_for = market.leases.values().any(|lease| lease.state == State::Pending);
        let mut choices = vec![
            (open, Union::new(PROVIDERS.map(|provider| self::open(market, provider))).boxed()),
            (4, edit(market)),
        ];
        if is_for_votes {
            choices.push((vote::wait_weight(market), vote::wait(market)));
            choices.push((70, vote::govern(market)));
        } else {
            choices.push((if is_waited_for { 8 } else { 22 }, wait(market)));
            choices.push((3, vote::govern(market)));
        }
        let lease = if is_for_votes { 10 } else { 26 };
        choices.extend(market.leases.iter().map(|(id, lease_)| (lease, go_on(market, *id, lease_))));
        for provider in PROVIDERS {
            choices.extend(batch_weight(market, provider).map(|weight| (weight, batch(market, provider))));
            let is_short = wanted_bond(market, provider) > market.money(Purse::Bonds(provider));
            choices.push((if is_short { 4 } else { 1 }, pay_bond(market, provider)));
        }
        Union::new_weighted(choices).boxed()
    }

    fn preconditions(game: &Game, action: &Action) -> bool {
        let market = &game.market;
        action.lease().is_none_or(|lease| market.leases.contains_key(&lease))
            && vote::preconditions(&market.votes, market.now, action)
    }

    fn apply(mut game: Game, action: &Action) -> Game {
        game.act(action);
        game
    }
}

/// `right` mostly, else anybody.
pub fn mostly(right: Person) -> BoxedStrategy<Person> {
    prop_oneof![12 => Just(right), 1 => select(&Person::ALL[..])].boxed()
}

/// `right` mostly, else one of `others`.
pub fn usually<T: Clone + std::fmt::Debug + 'static>(right: T, others: Vec<T>) -> BoxedStrategy<T> {
    prop_oneof![24 => Just(right), 1 => select(others)].boxed()
}

/// Until when a signature counts that lands now: not always long enough.
pub fn valid_until(now: i64) -> BoxedStrategy<i64> {
    prop_oneof![20 => now..=now + 300, 4 => Just(now), 1 => Just(now - 1)].boxed()
}

/// What a party signs about a lease: mostly about this one, and in time.
fn seen(market: &Market, lease: &Lease) -> BoxedStrategy<Seen> {
    let life = lease.life;
    let earlier = Moment { slot: life.opened.slot.saturating_sub(1), ..life.opened };
    let payer = if life.payer == Person::Sponsor { Person::Renter } else { Person::Sponsor };
    let others = vec![
        Life { opened: earlier, start_deadline: life.start_deadline + 1, ..life },
        Life { payer, ..life },
        Life { deposit: life.deposit + 1, ..life },
        Life { access_key: AccessKey(life.access_key.0 ^ 1), ..life },
    ];
    (prop_oneof![40 => Just(life), 1 => select(others)], valid_until(market.now))
        .prop_map(|(life, valid_until)| Seen { life, valid_until })
        .boxed()
}

/// Somewhere in between mostly, else one of `points` or beside it.
pub fn figure(low: u64, high: u64, points: Vec<u64>) -> BoxedStrategy<u64> {
    let beside = (select(points), 0..3_u64).prop_map(|(point, beside)| (point + beside).saturating_sub(1));
    prop_oneof![3 => low..=high.max(low), 2 => beside].boxed()
}

/// Valid terms, so short that a lease can end within a sequence.
pub fn terms() -> BoxedStrategy<Terms> {
    let money = (
        select(vec![3_600, 2_500_000, 1_234_567, 999, 1]),
        select(vec![10_000, 0, 5_000, 100_000]),
        select(vec![10_000, 9_900, 0]),
        0..=3_u64,
    );
    let time = (
        60..=3_600_i64,
        7_200..=20_000_i64,
        select(vec![0, 1, 600, 3_600]),
        600..=4_800_i64,
        300..=2_400_i64,
    );
    let verifier = prop_oneof![3 => Just(None), 1 => Just(Some(Person::Verifier))];
    (money, time, verifier)
        .prop_map(|((price, penalty_bps, uptime_bps, bond_hours), time, verifier)| {
            let (min_duration, max_duration, notice, challenge_window, heartbeat_timeout) = time;
            Terms {
                price,
                min_duration,
                max_duration,
                notice,
                challenge_window,
                heartbeat_timeout,
                penalty_bps,
                uptime_bps,
                bond_hours,
                verifier,
            }
        })
        .boxed()
}

/// Terms of which one is out of bounds, and terms at their bounds.
fn odd_terms() -> BoxedStrategy<Terms> {
    let changes: Vec<fn(&mut Terms)> = vec![
        |t| t.price = 0,
        |t| t.price = (1 << 50) + 1,
        |t| t.min_duration = 59,
        |t| t.max_duration = t.min_duration - 1,
        |t| t.notice = 30 * 24 * HOUR + 1,
        |t| t.challenge_window = 599,
        |t| t.challenge_window = WEEK + 1,
        |t| t.heartbeat_timeout = 299,
        |t| t.heartbeat_timeout = WEEK + 1,
        |t| t.uptime_bps = BPS + 1,
        |t| t.penalty_bps = 10 * BPS + 1,
        |t| t.bond_hours = 721,
        |t| t.challenge_window = WEEK,
        |t| t.heartbeat_timeout = WEEK,
        // So dear that nobody can pay for it, or that the bond does not even fit.
        |t| t.price = 1 << 50,
        |t| (t.price, t.min_duration, t.max_duration, t.bond_hours) = (1 << 50, 60, 366 * 24 * HOUR, 720),
        |t| (t.price, t.bond_hours) = (60_000_000, 720),
    ];
    (terms(), select(changes))
        .prop_map(|(mut terms, change)| {
            change(&mut terms);
            terms
        })
        .boxed()
}

/// `seconds` of a cluster that makes slots; or of one that halts, and whose clock jumps; or that is slow.
pub fn pass(seconds: impl Strategy<Value = i64> + 'static) -> BoxedStrategy<Action> {
    seconds
        .prop_flat_map(|seconds| {
            let all = seconds.unsigned_abs();
            prop_oneof![
                16 => Just(Wait::seconds(seconds)),
                2 => (1..=2_u64).prop_map(move |slots| Wait { seconds, slots }),
                2 => (1..=all + 1).prop_map(move |slots| Wait { seconds, slots }),
                1 => Just(Wait { seconds, slots: all.max(1) }),
            ]
        })
        .prop_map(Action::Wait)
        .boxed()
}

/// Some seconds, a moment of a lease or a second beside it, or days.
fn wait(market: &Market) -> BoxedStrategy<Action> {
    let has_claims = market.leases.values().any(|lease| !lease.claims.is_empty());
    let mut moments: Vec<_> = market
        .leases
        .values()
        .flat_map(Lease::moments)
        .flat_map(|moment| [moment - 1, moment, moment + 1])
        .map(|moment| moment - market.now)
        .filter(|seconds| *seconds > 0)
        .collect();
    moments.sort_unstable();
    moments.dedup();
    // What is far away comes after all that is near.
    moments.truncate(12);
    moments.insert(0, 1);
    let slots = market.leases.values().flat_map(|lease| slots_of(market, lease));
    let mut slots: Vec<_> = slots
        .flat_map(|slots| [slots.saturating_sub(1), slots, slots + 1])
        .filter(|slots| *slots > 0)
        .collect();
    slots.push(1);
    let seconds = prop_oneof![
        if has_claims { 24 } else { 8 } => 1..=100_i64,
        8 => 1..=900_i64,
        12 => select(moments),
        3 => 900..=5_000_i64,
        1 => select(vec![24 * HOUR, WEEK, WEEK + 1])
    ];
    // What waits for slots after a halt.
    let slots = (0..=1_i64, select(slots)).prop_map(|(seconds, slots)| Action::Wait(Wait { seconds, slots }));
    prop_oneof![16 => pass(seconds), 1 => slots].boxed()
}

/// Slots after which a wait of a lease is over.
fn slots_of(market: &Market, lease: &Lease) -> Vec<u64> {
    let terms = &lease.life.terms;
    let waits = match lease.state {
        State::Active => {
            let timeout = terms.heartbeat_timeout;
            let claims = lease.claims.iter().map(|claim| claim.submitted.after(terms.challenge_window));
            claims
                .chain([lease.ending().after(GRACE), lease.heartbeat().after(timeout)])
                .chain([lease.heartbeat().after(timeout + RIVALS_DELAY)])
                .collect()
        }
        State::Disputed(dispute) => vec![dispute.opened.after(WEEK)],
        State::Pending | State::Resolved(_) => Vec::new(),
    };
    let now = market.moment();
    waits
        .into_iter()
        .map(|wait| now.until(wait))
        .filter(|wait| wait.seconds == 0)
        .map(|wait| wait.slots)
        .collect()
}

fn open(market: &Market, provider: ProviderId) -> BoxedStrategy<Action> {
    let offer = offer_of(provider);
    let free = market.gpus_free(offer);
    let now = market.now;
    let offered = market.offers.get(&offer).map(|offer| (offer.terms, offer.listing));
    let seen = match offered {
        Some((terms, listing)) => prop_oneof![
            20 => Just((terms, listing)),
            1 => self::terms().prop_map(move |terms| (terms, listing)),
            1 => Just((terms, Listing(listing.0 ^ 1)))
        ]
        .boxed(),
        None => terms().prop_map(|terms| (terms, Listing(0))).boxed(),
    };
    let Config { fee_bps, arbiter, .. } = market.votes.config();
    let agreed = (
        valid_until(now),
        prop_oneof![12 => Just(fee_bps), 6 => Just(500), 1 => Just(fee_bps.saturating_sub(1))],
        mostly(arbiter),
        (0..2_u8).prop_map(AccessKey),
    );
    // Whose fees nobody counts cannot rent.
    let has_both = market.votes.participants.contains(&Person::SecondRenter);
    let renters = if has_both { 8 } else { 1 };
    let parties = (
        prop_oneof![8 => Just(Person::Renter), renters => Just(Person::SecondRenter)],
        0..NONCES,
        prop_oneof![Just(None), Just(Some(Person::Sponsor))],
        prop_oneof![1 => Just(None), 1 => Just(Some(Person::Agent))],
    );
    let gpus = prop_oneof![12 => 1..=free.clamp(1, 4), 1 => select(vec![0, free, free + 1])];
    let deadline = prop_oneof![
        12 => 300..=3_600_i64,
        1 => select(vec![0, 1, WEEK, WEEK + 1])
    ];
    (seen, parties, gpus, deadline, agreed)
        .prop_flat_map(move |(seen, parties, gpus, deadline, agreed)| {
            let ((seen, listing), (renter, nonce, sponsor, session_key)) = (seen, parties);
            let (valid_until, max_fee_bps, arbiter, access_key) = agreed;
            let (low, high) = (seen.min_duration, seen.max_duration.max(seen.min_duration));
            let duration = prop_oneof![
                8 => low..=high.min(low + 9_000),
                1 => select(vec![low - 1, low, high, high + 1])
            ];
            let price = |seconds: i64| {
                let units = gpus * seconds.unsigned_abs();
                u64::try_from(seen.gross(units)).unwrap_or(u64::MAX - 1).min(WEALTH)
            };
            let least = price(low) + 1;
            let deposit = prop_oneof![
                8 => least..=price(low + 6_000).max(least),
                1 => select(vec![least.saturating_sub(2), least - 1, least, WEALTH + 1, 0])
            ];
            (duration, deposit).prop_map(move |(duration, deposit)| Action::Open {
                lease: LeaseId { renter, nonce },
                payer: sponsor.unwrap_or(renter),
                offer,
                terms: seen,
                listing,
                deposit,
                start_deadline: now + deadline,
                valid_until,
                duration,
                gpus,
                max_fee_bps,
                arbiter,
                access_key,
                session_key,
            })
        })
        .boxed()
}

/// Offers and providers.
fn edit(market: &Market) -> BoxedStrategy<Action> {
    let of_provider = PROVIDERS.map(|provider| {
        let offer = offer_of(provider);
        let Provider { authority, nominee, keys, .. } = market.providers[&provider];
        let now = market.now;
        let (revision, listing) =
            market.offers.get(&offer).map_or((0, Listing(0)), |offer| (offer.revision, offer.listing));
        let revisions = usually(revision, vec![revision.saturating_sub(1), revision + 1]);
        let listings = || usually(listing, vec![Listing(0), Listing(1), Listing(2)]);
        let leased = market.gpus_leased(offer);
        let any_terms = prop_oneof![2 => terms(), 1 => odd_terms()];
        let gpus = prop_oneof![
            8 => leased.clamp(4, 16)..=16_u64,
            1 => select(vec![0, leased.saturating_sub(1), leased, 16_384, 16_385])
        ];
        let attestors = select(vec![
            Person::Attestor,
            Person::SecondAttestor,
            Person::Renter,
            Person::Verifier,
            Person::Agent,
        ]);
        let operators = prop_oneof![
            4 => Just(Some(Person::Operator)),
            1 => select(vec![None, Some(Person::SecondAttestor), Some(Person::Agent), Some(Person::Renter)])
        ];
        let next_keys =
            (attestors, operators).prop_map(|(attestor, operator)| HotKeys { attestor, operator }).boxed();
        // Those who rent and pay, too, but not the stranger, who signs every transaction.
        let wallets = select(vec![
            None,
            Some(Person::Provider),
            Some(Person::SecondProvider),
            Some(Person::Agent),
            Some(Person::Verifier),
            Some(Person::Sponsor),
            Some(Person::Renter),
        ]);
        let update = (
            (mostly(authority), valid_until(now), revisions),
            (gpus, any_terms, prop_oneof![6 => Just(true), 1 => Just(false)], listings()),
        )
            .prop_map(move |((by, valid_until, revision), (gpus, terms, is_open, listing))| {
                Action::UpdateOffer { offer, by, valid_until, revision, gpus, is_open, terms, listing }
            });
        let create = (mostly(authority), 0..=8_u64, terms(), listings()).prop_map(
            move |(by, gpus, terms, listing)| Action::CreateOffer { offer, by, gpus, terms, listing },
        );
        let close = mostly(authority).prop_map(move |by| Action::CloseOffer { offer, by });
        let others = [HotKeys { attestor: Person::Verifier, ..keys }, HotKeys { operator: None, ..keys }];
        let replaced = usually(keys, others.to_vec());
        let name_keys = (mostly(authority), valid_until(now), replaced, next_keys.clone()).prop_map(
            move |(by, valid_until, replaced, keys)| Action::UpdateProvider {
                provider,
                by,
                valid_until,
                replaced,
                keys,
            },
        );
        let replaced = usually(nominee, vec![None, Some(Person::Provider)]);
        let nominate = (mostly(authority), valid_until(now), replaced, wallets).prop_map(
            move |(by, valid_until, replaced, nominee)| Action::Nominate {
                provider,
                by,
                valid_until,
                replaced,
                nominee,
            },
        );
        let accept = (mostly(nominee.unwrap_or(Person::Agent)), valid_until(now), next_keys)
            .prop_map(move |(by, valid_until, keys)| Action::Accept { provider, by, valid_until, keys });
        let pooled = market.money(Purse::Bonds(provider));
        let amounts = prop_oneof![2 => 0..=pooled, 1 => Just(pooled), 1 => Just(pooled + 1)];
        let withdraw =
            (mostly(authority), valid_until(now), amounts).prop_map(move |(by, valid_until, amount)| {
                Action::WithdrawBond { provider, by, valid_until, amount }
            });
        let (create_weight, close_weight) = if market.offers.contains_key(&offer) { (1, 1) } else { (30, 1) };
        Union::new_weighted(vec![
            (6, update.boxed()),
            (create_weight, create.boxed()),
            (close_weight, close.boxed()),
            (2, name_keys.boxed()),
            (1, withdraw.boxed()),
            (2, nominate.boxed()),
            (if nominee.is_some() { 6 } else { 1 }, accept.boxed()),
        ])
    });
    Union::new(of_provider).boxed()
}

fn pay_bond(market: &Market, provider: ProviderId) -> BoxedStrategy<Action> {
    let wanted = wanted_bond(market, provider);
    let amounts = prop_oneof![4 => Just(wanted), 2 => 1..=30_000_000_u64, 1 => select(vec![0, WEALTH + 1])];
    (select(vec![Person::Provider, Person::SecondProvider, Person::Stranger]), amounts)
        .prop_map(move |(by, amount)| Action::PayBond { provider, by, amount })
        .boxed()
}

/// What those of a provider's leases that wait for their start ask for, base units.
fn wanted_bond(market: &Market, provider: ProviderId) -> u64 {
    let waiting = |lease: &&Lease| lease.life.offer.provider == provider && lease.state == State::Pending;
    let bonds = market.leases.values().filter(waiting).map(|lease| {
        let Terms { bond_hours, price, .. } = lease.life.terms;
        (lease.gpus * bond_hours).saturating_mul(price)
    });
    bonds.fold(0, u64::saturating_add).min(WEALTH)
}

/// Who may run a provider's leases, and out of what the bond is paid.
fn runner(market: &Market, provider: ProviderId) -> BoxedStrategy<(Person, BondSource)> {
    let Provider { authority, keys, .. } = market.providers[&provider];
    let sources = || select(vec![BondSource::Wallet, BondSource::BondAccount]);
    let mostly_wallet = usually(BondSource::Wallet, vec![BondSource::BondAccount]);
    let operator = match keys.operator {
        Some(operator) => (usually(BondSource::BondAccount, vec![BondSource::Wallet]))
            .prop_map(move |source| (operator, source))
            .boxed(),
        None => Just((authority, BondSource::Wallet)).boxed(),
    };
    prop_oneof![
        6 => mostly_wallet.prop_map(move |source| (authority, source)),
        2 => Just((authority, BondSource::BondAccount)),
        6 => operator,
        1 => (select(&Person::ALL[..]), sources())
    ]
    .boxed()
}

/// What can be tried with a lease. What its state allows is tried more often.
fn go_on(market: &Market, id: LeaseId, lease: &Lease) -> BoxedStrategy<Action> {
    let provider = lease.life.offer.provider;
    let Provider { authority, keys: HotKeys { operator, .. }, .. } = market.providers[&provider];
    let renter = id.renter;
    let terms = &lease.life.terms;
    let now = market.now;
    let seen = || seen(market, lease);
    let somebody = || select(vec![Person::Stranger, Person::Sponsor, renter]);
    let is = |state: State, weight: u32| if lease.state == state { weight } else { 1 };
    let active = |weight| is(State::Active, weight);
    let (disputed, dispute) = match lease.state {
        State::Disputed(dispute) => (if now > dispute.deadline() { 40 } else { 10 }, dispute),
        State::Resolved(dispute) => (1, dispute),
        _ => {
            let opened = market.moment();
            (1, Dispute { renter_units: lease.accepted, provider_units: lease.latest(), opened })
        }
    };
    let goes_on = lease.state == State::Active && market.now < lease.ends_at && lease.end == End::Completed;
    let has_news = now.min(lease.ends_at) > lease.window_end() && !lease.is_grace_over(market.moment());
    let is_late = lease.state == State::Pending && market.now > lease.life.start_deadline;
    let is_over = market.now >= lease.ends_at || matches!(lease.state, State::Resolved(_));
    let is_silent = lease.state == State::Active && lease.is_heartbeat_missed(market.moment());
    let has_claim = !lease.claims.is_empty();
    let is_shrinking = lease.segments.last().is_some_and(|segment| segment.gpus < lease.gpus);

    let price = u64::try_from(terms.gross(lease.gpus * 1_800)).unwrap_or(WEALTH).min(WEALTH);
    let amounts =
        prop_oneof![10 => 1..=price.max(1), 2 => Just(1), 1 => select(vec![0, WEALTH + 1, u64::MAX])];
    let durations = prop_oneof![
        4 => lease.duration + 1..=lease.duration + 4_000,
        1 => select(vec![lease.duration, lease.duration + 1, terms.max_duration, terms.max_duration + 1])
    ];
    let last = lease.segments.last().map_or(lease.gpus, |segment| segment.gpus);
    let counts = prop_oneof![
        3 => Just(last + 1), 4 => 1..=last.saturating_sub(1).max(1), 2 => 1..=6_u64,
        1 => select(vec![0, last, 9, 16_385])
    ];
    let keys = select(vec![Some(Person::Agent), None, Some(Person::Stranger)]);
    let figures = (dispute.renter_units, dispute.provider_units);
    let admitted = figure(
        lease.accepted,
        lease.latest().saturating_sub(1),
        vec![lease.accepted, lease.latest().saturating_sub(1), lease.latest()],
    );
    let found = figure(
        dispute.renter_units,
        dispute.provider_units,
        vec![
            dispute.renter_units,
            dispute.provider_units,
            (dispute.renter_units + dispute.provider_units) / 2,
        ],
    );

    let start = (runner(market, provider), seen())
        .prop_map(move |((by, bond), seen)| Action::Start { lease: id, by, seen, bond })
        .boxed();
    let access = lease.access().unwrap_or_default();
    let replaced = usually(access, vec![Access(access.0 ^ 1), Access(7)]);
    let publish = (runner(market, provider), seen(), replaced, (0..3_u8).prop_map(Access))
        .prop_map(move |((by, _), seen, replaced, access)| Action::PublishAccess {
            lease: id,
            by,
            seen,
            replaced,
            access,
        })
        .boxed();
    let cancel =
        (somebody(), seen()).prop_map(move |(by, seen)| Action::Cancel { lease: id, by, seen }).boxed();
    let ends_at = if lease.state == State::Pending { now + lease.duration } else { lease.ends_at };
    let top_up = (somebody(), seen(), amounts, usually(ends_at, vec![0, ends_at + 1]))
        .prop_map(move |(by, seen, amount, min_ends_at)| Action::TopUp {
            lease: id,
            by,
            seen,
            amount,
            min_ends_at,
        })
        .boxed();
    let extend = (mostly(renter), seen(), usually(last, vec![last + 1]), durations)
        .prop_map(move |(by, seen, gpus, duration)| Action::Extend { lease: id, by, seen, gpus, duration })
        .boxed();
    let agrees = (runner(market, provider), prop_oneof![8 => Just(true), 1 => Just(false)]);
    let signatures = (mostly(renter), seen(), agrees);
    let before = (usually(lease.duration, vec![lease.duration + 1]), usually(last, vec![last + 1]));
    let resize = (signatures, before, counts)
        .prop_map(move |((by, seen, ((key, bond), agrees)), (duration, from_gpus), gpus)| Action::Resize {
            lease: id,
            by,
            seen,
            duration,
            from_gpus,
            gpus,
            provider: agrees.then_some(key),
            bond,
        })
        .boxed();
    let noticed = (now + terms.notice).min(lease.ends_at);
    let latest_ends =
        prop_oneof![12 => Just(noticed), 6 => Just(i64::MAX), 1 => Just(noticed - 1), 1 => Just(now)];
    let key = lease.session_key.unwrap_or(renter);
    let owes_nothing =
        goes_on && (lease.is_exhausted(now) || lease.free_since().is_some()) && operator.is_some();
    let parties = prop_oneof![
        3 => Just(authority), 2 => Just(renter), 1 => Just(key),
        if owes_nothing { 12 } else { 1 } => Just(operator.unwrap_or(authority)),
        1 => select(&Person::ALL[..])
    ];
    let terminate = (parties, seen(), latest_ends)
        .prop_map(move |(by, seen, max_ends_at)| Action::Terminate { lease: id, by, seen, max_ends_at })
        .boxed();
    let callers = prop_oneof![3 => Just(renter), 2 => Just(key), 2 => select(&Person::ALL[..])];
    let window_end = lease.window_end();
    let expire = (callers, seen(), prop_oneof![8 => Just(window_end), 1 => Just(window_end - 1)])
        .prop_map(move |(by, seen, window_end)| Action::Expire { lease: id, by, seen, window_end })
        .boxed();
    let stakes = prop_oneof![12 => Just(lease.bond), 6 => Just(u64::MAX), 3 => Just(0)];
    let disputants = prop_oneof![9 => Just(renter), 3 => Just(key), 1 => select(&Person::ALL[..])];
    let dispute = (disputants, select(vec![renter, Person::Sponsor]), seen(), admitted, stakes)
        .prop_map(move |(by, funder, seen, units, max_stake)| Action::Dispute {
            lease: id,
            by,
            funder,
            seen,
            units,
            max_stake,
        })
        .boxed();
    let others = vec![(figures.0 + 1, figures.1), (figures.0, figures.1.saturating_sub(1))];
    let resolve = (mostly(lease.life.arbiter), seen(), usually(figures, others), found)
        .prop_map(move |(by, seen, (renter_units, provider_units), units)| Action::Resolve {
            lease: id,
            by,
            seen,
            renter_units,
            provider_units,
            units,
        })
        .boxed();
    let replaced = usually(lease.session_key, vec![None, Some(Person::Agent), Some(Person::Sponsor)]);
    let session_key = (mostly(renter), seen(), replaced, keys)
        .prop_map(move |(by, seen, replaced, key)| Action::SetSessionKey {
            lease: id,
            by,
            seen,
            replaced,
            key,
        })
        .boxed();
    let authority = Some(authority);
    let together = [(true, authority), (false, None), (true, None), (false, authority)];
    let close = |choices: &[(bool, Option<Person>)]| {
        let close =
            move |(renter_signs, provider)| Action::Close { lease: id, renter_signs, provider, agreed: None };
        select(choices.to_vec()).prop_map(close).boxed()
    };
    let claimed = lease.claimed();
    let units =
        prop_oneof![2 => figure(lease.accepted, claimed, vec![lease.accepted, claimed]), 1 => Just(claimed)];
    let credits = prop_oneof![2 => figure(0, lease.bond, vec![0, lease.bond]), 1 => Just(0)];
    let signed = prop_oneof![
        8 => Just((true, authority)), 8 => Just((true, operator)), 1 => Just((true, None)),
        1 => Just((false, authority)), 1 => select(&Person::ALL[..]).prop_map(|key| (true, Some(key)))
    ];
    let agree = (signed, seen(), units, credits)
        .prop_map(move |((renter_signs, provider), seen, units, credit)| Action::Close {
            lease: id,
            renter_signs,
            provider,
            agreed: Some(Agreed { seen, units, credit }),
        })
        .boxed();
    let donate = (somebody(), 1..=1_000_u64)
        .prop_map(move |(by, amount)| Action::Donate { lease: id, by, amount })
        .boxed();

    Union::new_weighted(vec![
        (if is_late { 3 } else { is(State::Pending, 60) }, start),
        (if is_late { 20 } else { is(State::Pending, 3) }, cancel),
        (active(2), publish),
        (active(5), top_up),
        (if has_news { active(45) } else { 4 }, attest(market, id, lease)),
        (4, Just(Action::Settle { lease: id }).boxed()),
        (if goes_on { 4 } else { 1 }, extend),
        (if goes_on { 12 } else { 1 }, resize),
        (if is_shrinking { 6 } else { 1 }, Just(Action::ReleaseGpus { lease: id }).boxed()),
        (if owes_nothing { 12 } else { active(3) }, terminate),
        (if is_silent { 6 } else { 1 }, expire),
        (if has_claim { 8 } else { 1 }, dispute),
        (disputed, resolve),
        (disputed.div_ceil(2), Just(Action::ResolveByTimeout { lease: id }).boxed()),
        (2, session_key),
        (if is_over && lease.state != State::Pending { 8 } else { 1 }, close(&together[1..])),
        (1, close(&together[..1])),
        (2, agree),
        (1, Just(Action::CountFees { lease: id }).boxed()),
        (1, donate),
    ])
    .boxed()
}

fn attest(market: &Market, id: LeaseId, lease: &Lease) -> BoxedStrategy<Action> {
    let HotKeys { attestor, .. } = market.providers[&lease.life.offer.provider].keys;
    let (renter, window_end) = (id.renter, lease.window_end());
    let until = market.now.min(lease.ends_at);
    let windows = prop_oneof![
        10 => Just(until),
        2 => window_end..=until.max(window_end),
        1 => select(vec![window_end, window_end - 1, market.now + 1, lease.ends_at, lease.ends_at + 1]),
        // What was signed in front of a top-up, and with it.
        if lease.free_since().is_some() { 4 } else { 1 } => select(vec![lease.revived_at() - 1, lease.revived_at()])
    ];
    let verifier = lease.life.terms.verifier;
    let co_signer = prop_oneof![
        // Who has claimed goes on with claims.
        if lease.claims.is_empty() { 4 } else { 16 } => Just(None),
        2 => Just(Some(renter)),
        2 => Just(lease.session_key.or(Some(renter))),
    ];
    let mistakes = prop_oneof![
        20 => Just((true, true, None)),
        1 => Just((false, true, None)),
        2 => Just((true, false, None)),
        1 => Just((true, true, Some(Person::SecondProvider))),
    ];
    let energies = prop_oneof![20 => 0..=500_u64, 1 => Just(u64::MAX)];
    let stale = prop_oneof![30 => Just(false), 1 => Just(true)];
    let lease = lease.clone();
    (windows, co_signer, mistakes, energies, stale)
        .prop_flat_map(move |(window_end, co_signer, (attested, verified, other), energy, is_stale)| {
            let (latest, capacity) = (lease.latest(), lease.capacity(window_end));
            let units = prop_oneof![
                4 => latest..=capacity.max(latest),
                2 => Just(capacity.max(latest)),
                2 => figure(latest, capacity, vec![lease.accepted, latest, capacity])
            ];
            let mut signers: Vec<Person> = Vec::new();
            let verifier = if verified { verifier } else { None };
            let both = [attested.then_some(attestor), verifier, co_signer, other];
            for signer in both.into_iter().flatten() {
                if !signers.contains(&signer) && signers.len() < 3 {
                    signers.push(signer);
                }
            }
            if signers.is_empty() {
                signers.push(renter);
            }
            let before = lease.energy_wh();
            let energy_wh = if energy == u64::MAX { before.saturating_sub(1) } else { before + energy };
            units.prop_map(move |units| Action::Attest {
                lease: id,
                signers: signers.clone(),
                units,
                window_end,
                energy_wh,
                is_stale,
            })
        })
        .boxed()
}

/// How likely a batch is: more, where a lease of the provider's can be attested.
fn batch_weight(market: &Market, provider: ProviderId) -> Option<u32> {
    let own = market.leases.values().filter(|lease| lease.life.offer.provider == provider);
    let is_open = |lease: &&Lease| {
        lease.state == State::Active
            && !lease.is_grace_over(market.moment())
            && market.now.min(lease.ends_at) > lease.window_end()
    };
    match (own.clone().count(), own.filter(is_open).count()) {
        (0, _) => None,
        (_, 0) => Some(1),
        (_, 1) => Some(6),
        _ => Some(24),
    }
}

/// A batch about leases of a provider, and now and then about what is none.
pub fn batch(market: &Market, provider: ProviderId) -> BoxedStrategy<Action> {
    let HotKeys { attestor, .. } = market.providers[&provider].keys;
    let now = market.now;
    let renters = [Person::Renter, Person::SecondRenter];
    let ids = renters.into_iter().flat_map(|renter| (0..NONCES).map(move |nonce| LeaseId { renter, nonce }));
    let ids: Vec<_> = ids.collect();
    let is_own = |lease: &&Lease| lease.life.offer.provider == provider && lease.state != State::Pending;
    let leases: Vec<_> = market.leases.values().filter(is_own).collect();
    let ends: Vec<_> = leases.iter().map(|lease| now.min(lease.ends_at)).chain([now]).collect();
    let beside = leases.iter().flat_map(|lease| {
        let window_end = lease.window_end();
        [window_end, window_end - 1, lease.revived_at() - 1, lease.revived_at(), lease.ends_at]
    });
    let beside: Vec<_> = beside.chain([now + 1]).collect();
    let windows = prop_oneof![6 => Just(now), 6 => select(ends), 2 => select(beside)];
    let verifier = leases.iter().find_map(|lease| lease.life.terms.verifier);
    let key = leases.iter().find_map(|lease| lease.session_key);
    let co_signers = prop_oneof![
        6 => Just(None),
        1 => select(renters.to_vec()).prop_map(Some),
        2 => Just(key.or(Some(Person::Renter))),
        1 => Just(Some(Person::Stranger))
    ];
    let must = prop_oneof![24 => Just((true, true)), 1 => Just((false, true)), 3 => Just((true, false))];
    let signers = (must, co_signers).prop_map(move |((attested, verified), co_signer)| {
        let all = [attested.then_some(attestor), verifier.filter(|_| verified), co_signer];
        let mut signers: Vec<Person> = Vec::new();
        for signer in all.into_iter().flatten() {
            if !signers.contains(&signer) {
                signers.push(signer);
            }
        }
        if signers.is_empty() {
            signers.push(Person::Renter);
        }
        signers
    });
    let passed = prop_oneof![32 => Just(0), 1 => select(vec![1, 2, 3, 4])];
    let all = market.leases.clone();
    (windows, signers, passed)
        .prop_flat_map(move |(window_end, signers, passed)| {
            let rows: Vec<_> = ids.iter().map(|id| row(*id, all.get(id), provider, window_end)).collect();
            let ids = ids.clone();
            rows.prop_map(|rows| rows.into_iter().flatten().collect()).prop_shuffle().prop_map(
                move |mut rows: Vec<Row>| {
                    let mut leases: Vec<_> = rows.iter().map(|row| row.lease).collect();
                    match (passed, rows.first().copied()) {
                        (1, _) => drop(leases.pop()),
                        (2, _) => leases.extend(ids.iter().find(|id| !leases.contains(id)).copied()),
                        (3, Some(first)) => {
                            rows.push(first);
                            leases.push(first.lease);
                        }
                        (4, _) => rows.clear(),
                        _ => {}
                    }
                    Action::AttestBatch { provider, signers: signers.clone(), window_end, rows, leases }
                },
            )
        })
        .boxed()
}

/// What a batch may state of a lease, or of the one that lay at its address.
fn row(
    id: LeaseId,
    lease: Option<&Lease>,
    provider: ProviderId,
    window_end: i64,
) -> BoxedStrategy<Option<Row>> {
    let (latest, accepted, energy_wh) =
        lease.map_or((0, 0, 0), |lease| (lease.latest(), lease.accepted, lease.energy_wh()));
    let capacity = lease.map_or(0, |lease| lease.capacity(window_end));
    let units = prop_oneof![
        4 => latest..=capacity.max(latest),
        2 => Just(capacity.max(latest)),
        1 => Just(capacity + 1),
        2 => figure(latest, capacity, vec![accepted, latest, capacity])
    ];
    let energies = prop_oneof![20 => 0..=500_u64, 1 => Just(u64::MAX)];
    let stale = prop_oneof![16 => Just(false), 1 => Just(true)];
    let is_own = lease.is_some_and(|lease| lease.life.offer.provider == provider);
    let (there, not) = if is_own { (8, 1) } else { (1, 4) };
    let row = (units, energies, stale).prop_map(move |(units, energy, is_stale)| {
        let energy_wh =
            if energy == u64::MAX { energy_wh.saturating_sub(1) } else { energy_wh.saturating_add(energy) };
        Some(Row { lease: id, units, energy_wh, is_stale })
    });
    prop_oneof![there => row, not => Just(None)].boxed()
}
