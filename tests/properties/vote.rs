//! What people may try with locks and proposals, and what has happened before.

use crate::moves::{Beginning, Game, PROVIDERS, mostly, offer_of, pass, usually, valid_until};
use gpu_lease_model::*;
use gpu_lease_tests::{GENESIS_TIME, WEALTH};
use proptest::{prelude::*, sample::select, strategy::Union};

/// Who locks tokens: a delegate, too, since a delegation goes no further.
pub const OWNERS: [Person; 4] = [Person::Holder, Person::SecondHolder, Person::Renter, Person::Delegate];

/// Whose fees are counted, or may be.
pub const PARTIES: [Party; 5] = [
    Party::Renter(Person::Renter),
    Party::Renter(Person::SecondRenter),
    Party::Renter(Person::Holder),
    Party::Provider(PROVIDERS[0]),
    Party::Provider(PROVIDERS[1]),
];

/// Most proposals that wait at a time: few, so that each is brought to its end.
const PROPOSALS: usize = 3;

/// A hundredth of all tokens: the smallest quorum.
const HUNDREDTH: u64 = WEALTH / 100 * Person::ALL.len() as u64;

/// How long a lease runs that pays a fee in the beginning, seconds.
const RUN: i64 = 9_000;

/// A hundred base units a GPU-second, of which a fee of one, and nothing promised.
pub const TERMS: Terms = Terms {
    price: 360_000,
    min_duration: 60,
    max_duration: 10_000,
    notice: 0,
    challenge_window: 600,
    heartbeat_timeout: 900,
    penalty_bps: 0,
    uptime_bps: 0,
    bond_hours: 0,
    verifier: None,
};

/// When a sequence begins, unix seconds.
pub fn begin(beginning: Beginning) -> i64 {
    match beginning {
        Beginning::New => GENESIS_TIME,
        Beginning::Short | Beginning::Enough => (epoch(GENESIS_TIME) + 3) * EPOCH,
    }
}

/// What has happened before a sequence begins.
pub fn prologue(beginning: Beginning) -> Vec<Action> {
    let missing = match beginning {
        Beginning::New => return Vec::new(),
        Beginning::Short => 1,
        Beginning::Enough => 0,
    };
    let begin = begin(beginning);
    let locks = [
        // A tie of two, and one that decides or does not.
        (Person::Holder, 2 * WEALTH / 5, 12),
        (Person::SecondHolder, 2 * WEALTH / 5, 4),
        (Person::Renter, HUNDREDTH - missing, 7),
    ];
    let owner = Person::SecondHolder;
    let [first, second, last] = [(Person::Renter, 0), (Person::SecondRenter, 0), (Person::Renter, 1)]
        .map(|(renter, nonce)| LeaseId { renter, nonce });
    let mut story = Story { market: Game::before(false, beginning).market, actions: Vec::new() };
    story.act(Action::CreateParticipant { renter: Person::SecondRenter, payer: Person::Sponsor });
    for ago in [3, 2, 1] {
        story.deliver(first, PROVIDERS[0], 63_000);
        story.close(first);
        story.deliver(second, PROVIDERS[1], 7_000 - if ago == 1 { missing } else { 0 });
        story.close(second);
        if ago > 1 {
            story.act(Action::Wait(Wait::seconds(EPOCH - 2 * RUN)));
        }
    }
    // Its fee is yet to be counted.
    story.deliver(last, PROVIDERS[1], 10_000);
    for (owner, amount, epochs) in locks {
        story.act(Action::LockTokens { owner, amount, unlock_at: begin + epochs * EPOCH });
    }
    let delegate = Some(Person::Delegate);
    story.act(Action::SetDelegate { owner, by: owner, valid_until: begin, replaced: None, delegate });
    story.act(Action::Wait(Wait::seconds(begin - story.market.now)));
    story.actions
}

/// What happens, and where it leads.
struct Story {
    market: Market,
    actions: Vec<Action>,
}

impl Story {
    fn act(&mut self, action: Action) {
        assert_eq!(self.market.apply(&action), Ok(()), "{action:?}");
        self.actions.push(action);
    }

    /// From now on, eight GPUs are leased, which deliver for a fee of `fee` base units.
    fn deliver(&mut self, lease: LeaseId, provider: ProviderId, fee: u64) {
        let Provider { authority: by, keys: HotKeys { attestor, .. }, .. } = self.market.providers[&provider];
        let now = self.market.now;
        let Config { fee_bps, arbiter, .. } = self.market.votes.config();
        self.act(Action::Open {
            lease,
            payer: lease.renter,
            offer: offer_of(provider),
            terms: TERMS,
            listing: Listing(0),
            deposit: 10_000_000,
            start_deadline: now + 1,
            valid_until: now,
            duration: RUN,
            gpus: 8,
            max_fee_bps: fee_bps,
            arbiter,
            access_key: AccessKey(0),
            session_key: None,
        });
        let (seen, bond) = (self.market.leases[&lease].seen(now), BondSource::Wallet);
        self.act(Action::Start { lease, by, seen, bond });
        self.act(Action::Wait(Wait::seconds(RUN)));
        self.act(Action::Attest {
            lease,
            signers: vec![attestor, lease.renter],
            units: fee,
            window_end: now + RUN,
            energy_wh: 0,
            is_stale: false,
        });
    }

    /// The parties close a lease without any credit.
    fn close(&mut self, lease: LeaseId) {
        let Lease { accepted, ref life, .. } = self.market.leases[&lease];
        let seen = self.market.leases[&lease].seen(self.market.now);
        let agreed = Some(Agreed { seen, units: accepted, credit: 0 });
        let provider = Some(self.market.providers[&life.offer.provider].authority);
        self.act(Action::Close { lease, renter_signs: true, provider, agreed });
    }
}

/// What an action is about has to exist.
///
/// Nobody votes with fees in the second epoch after a proposal's, when the vote has long been over: accounts
/// have forgotten fees that old, and whether such a vote is refused for its weight or its time is left open.
pub fn preconditions(votes: &Votes, now: i64, action: &Action) -> bool {
    let proposal = action.proposal().map(|id| votes.proposals.get(id));
    let proposal = match proposal {
        None => None,
        Some(Some(proposal)) => Some(proposal),
        Some(None) => return false,
    };
    action.lock().is_none_or(|owner| votes.locks.contains_key(&owner))
        && match *action {
            Action::CloseVoteRecord { voter, .. } => {
                proposal.is_some_and(|proposal| proposal.record_of(voter).is_some())
            }
            Action::CastParticipantVote { party, .. } => {
                let is_there = match party {
                    Party::Renter(renter) => votes.participants.contains(&renter),
                    Party::Provider(_) => true,
                };
                is_there && proposal.is_some_and(|proposal| epoch(now) <= epoch(proposal.made_at) + 1)
            }
            _ => true,
        }
}

/// How much more likely than other things: not while there is something to be done now.
pub fn wait_weight(market: &Market) -> u32 {
    let is_due = |proposal: &&Proposal| {
        proposal.is_pending(market.now)
            && match proposal.is_counted {
                false => proposal.ballots.len() < 2 || proposal.is_over(market.now),
                true => proposal.executable_from() <= market.now,
            }
    };
    match market.votes.proposals.iter().filter(is_due).count() {
        0 => 45,
        1 => 12,
        _ => 6,
    }
}

/// To where the next thing can be done with a proposal, to another moment, or a second beside; or some days.
pub fn wait(market: &Market) -> BoxedStrategy<Action> {
    let now = market.now;
    let votes = &market.votes;
    let mut moments: Vec<_> = votes.moments(now);
    moments.extend(market.leases.values().flat_map(Lease::moments));
    moments.retain(|moment| *moment > now);
    moments.sort_unstable();
    moments.dedup();
    // What is far away comes after all that is near.
    moments.truncate(5);
    let pending = votes.proposals.iter().filter(|proposal| proposal.is_pending(now));
    let next: Vec<_> = pending
        .flat_map(|proposal| match proposal.is_counted {
            false => vec![proposal.late_from(), proposal.ends_at(), proposal.ends_at()],
            true => vec![proposal.executable_from(); 3],
        })
        .filter(|moment| *moment > now)
        .collect();
    let beside = move |moments: Vec<i64>| {
        (select(moments), select(vec![-1, 0, 0, 0, 1_i64]))
            .prop_map(move |(moment, beside)| (moment + beside - now).max(1))
    };
    let mut choices = vec![
        (8, beside(moments).boxed()),
        (2, (1..=3_600_i64).boxed()),
        (2, (1..=2 * DAY).boxed()),
        (2, beside(vec![(epoch(now) + 1) * EPOCH]).boxed()),
        (1, select(vec![0, 1]).boxed()),
    ];
    if !next.is_empty() {
        choices.push((16, beside(next).boxed()));
    }
    pass(Union::new_weighted(choices)).boxed()
}

/// All that concerns votes and the guardian.
pub fn govern(market: &Market) -> BoxedStrategy<Action> {
    let votes = &market.votes;
    let now = market.now;
    let pending = votes.proposals.iter().filter(|proposal| proposal.is_pending(now)).count();
    let propose_weight = match pending {
        // Where too little is locked, nothing can be proposed.
        0 if votes.locked() < u128::from(HUNDREDTH) => 4,
        0 => 40,
        1 => 8,
        2..PROPOSALS => 3,
        _ => 1,
    };
    let guardian = votes.config().guardian;
    let seconds = prop_oneof![
        3 => 1..=PAUSE,
        1 => select(vec![0, 1, PAUSE, PAUSE + 1])
    ];
    let pause = (mostly(guardian), valid_until(now), seconds)
        .prop_map(|(by, valid_until, seconds)| Action::Pause { by, valid_until, seconds });
    let until = votes.paused_until().unwrap_or(now);
    let unpause = (mostly(guardian), prop_oneof![9 => Just(until), 1 => Just(until - 1)])
        .prop_map(|(by, until)| Action::Unpause { by, until });
    let seats = prop_oneof![
        2 => Just(Person::SecondRenter),
        1 => select(vec![Person::Renter, Person::Holder])
    ];
    let seat = (seats, select(vec![Person::Sponsor, Person::SecondRenter, Person::Stranger]))
        .prop_map(|(renter, payer)| Action::CreateParticipant { renter, payer });
    let mut choices = vec![
        (propose_weight, propose(market)),
        (if votes.locks.is_empty() { 12 } else { 3 }, lock(market)),
        (3, pause.boxed()),
        (if votes.is_paused(now) { 3 } else { 1 }, unpause.boxed()),
        (if votes.participants.contains(&Person::SecondRenter) { 1 } else { 8 }, seat.boxed()),
    ];
    for (owner, lock) in &votes.locks {
        let unlock = Just(Action::UnlockTokens { owner: *owner }).boxed();
        choices.push((if lock.unlock_at() <= now { 4 } else { 1 }, unlock));
        choices.push((2, change_lock(market, *owner)));
    }
    for (id, proposal) in votes.proposals.iter().enumerate() {
        let weight = if proposal.is_pending(now) { 30 } else { 2 };
        choices.push((weight, go_on(market, id, proposal)));
    }
    Union::new_weighted(choices).boxed()
}

/// Times until which tokens are locked: beside those that matter, or anything.
fn unlock_times(market: &Market, before: i64) -> BoxedStrategy<i64> {
    let now = market.now;
    let votes = &market.votes;
    let mut moments: Vec<_> = votes.proposals.iter().rev().take(2).map(Proposal::latest_end).collect();
    moments.extend([now, before, now + LONGEST_LOCK]);
    let beside = (select(moments), -1..=1_i64).prop_map(|(moment, beside)| moment + beside);
    // The end of this epoch may be too near.
    let soonest = epoch(before.max(now + 1) - 1) + 1;
    let boundaries = prop_oneof![6 => soonest..=soonest + 3, 1 => soonest - 1..=soonest + 25];
    prop_oneof![
        6 => boundaries.prop_map(|epoch| epoch * EPOCH),
        1 => before.max(now + 1)..=before.max(now + 1) + 60 * DAY,
        1 => beside
    ]
    .boxed()
}

fn lock(market: &Market) -> BoxedStrategy<Action> {
    let market = market.clone();
    select(&OWNERS[..])
        .prop_flat_map(move |owner| {
            let before = market.votes.locks.get(&owner).map_or(0, Lock::unlock_at);
            let purse = market.votes.unlocked(owner);
            let amounts = prop_oneof![
                4 => 1..=purse.max(1),
                2 => select(vec![1, HUNDREDTH - 1, HUNDREDTH]),
                2 => select(vec![0, purse, purse + 1, u64::MAX])
            ];
            (amounts, unlock_times(&market, before)).prop_map(move |(amount, unlock_at)| Action::LockTokens {
                owner,
                amount,
                unlock_at,
            })
        })
        .boxed()
}

fn change_lock(market: &Market, owner: Person) -> BoxedStrategy<Action> {
    let delegates =
        select(vec![None, Some(Person::Delegate), Some(Person::SecondHolder), Some(Person::Agent)]);
    let before = market.votes.locks[&owner].unlock_at();
    let extend = (mostly(owner), unlock_times(market, before))
        .prop_map(move |(by, unlock_at)| Action::ExtendLock { owner, by, unlock_at });
    let before = market.votes.locks[&owner].delegate;
    let replaced = usually(before, vec![None, Some(Person::Agent), Some(Person::Sponsor)]);
    let delegate = (mostly(owner), valid_until(market.now), replaced, delegates).prop_map(
        move |(by, valid_until, replaced, delegate)| Action::SetDelegate {
            owner,
            by,
            valid_until,
            replaced,
            delegate,
        },
    );
    prop_oneof![extend, delegate].boxed()
}

fn propose(market: &Market) -> BoxedStrategy<Action> {
    let config = market.votes.config();
    let fee = config.fee_bps;
    let fees = prop_oneof![
        3 => fee + 1..=fee + 50,
        2 => fee.saturating_sub(50)..=fee.saturating_sub(1),
        1 => select(vec![fee, fee + 50, fee + 51, fee.saturating_sub(50), fee.saturating_sub(51), 500, 501])
    ];
    let persons = |right: Person, other: Person| select(vec![Some(other), Some(other), Some(right), None]);
    let amounts = prop_oneof![
        3 => 1..=1_000_u64,
        1 => select(vec![0, 1, u64::MAX])
    ];
    let mints = prop_oneof![6 => Just(Some(Mint::Money)), 1 => Just(Some(Mint::Votes)), 1 => Just(None)];
    let proposed = prop_oneof![
        10 => fees.prop_map(Proposed::Fee),
        2 => persons(Person::Treasury, Person::Sponsor).prop_map(Proposed::Treasury),
        2 => persons(Person::Arbiter, Person::Agent).prop_map(Proposed::Arbiter),
        2 => persons(Person::Guardian, Person::SecondHolder).prop_map(Proposed::Guardian),
        2 => rules().prop_map(Proposed::Rules),
        4 => (mints, amounts).prop_map(|(mint, amount)| Proposed::Withdrawal { mint, amount })
    ];
    let deposit = config.rules.deposit;
    let deposits = prop_oneof![8 => Just(deposit), 4 => Just(u64::MAX), 1 => Just(deposit - 1)];
    let proposers = select(vec![Person::Holder, Person::SecondHolder, Person::Agent]);
    (proposers, valid_until(market.now), deposits, proposed)
        .prop_map(|(by, valid_until, max_deposit, proposed)| Action::Propose {
            by,
            valid_until,
            max_deposit,
            proposed,
        })
        .boxed()
}

/// Rules at their bounds and between, of which one may be a unit beyond.
fn rules() -> BoxedStrategy<Rules> {
    let some = |low: i64, high: i64| prop_oneof![2 => Just(low), 1 => Just(high), 2 => low..=high];
    let changes: Vec<fn(&mut Rules)> = vec![
        |r| r.deposit = 49_999_999,
        |r| r.deposit = 10_000_000_001,
        |r| r.voting_period = 3 * DAY - 1,
        |r| r.voting_period = 14 * DAY + 1,
        |r| r.extension = 12 * HOUR - 1,
        |r| r.extension = 3 * DAY + 1,
        |r| r.timelock = 2 * DAY - 1,
        |r| r.timelock = 30 * DAY + 1,
        |r| r.execution_window = 3 * DAY - 1,
        |r| r.execution_window = 30 * DAY + 1,
        |r| r.quorum_bps = 99,
        |r| r.quorum_bps = 4_001,
    ];
    let time =
        (some(3 * DAY, 14 * DAY), some(12 * HOUR, 3 * DAY), some(2 * DAY, 30 * DAY), some(3 * DAY, 30 * DAY));
    // A sixth of what is locked in the beginning is what the smallest lock holds.
    let quorums = select(vec![100, 1_000, 1_666, 1_667, 4_000]);
    let change = prop_oneof![4 => Just(None), 1 => select(changes).prop_map(Some)];
    (select(vec![50_000_000, 1_000_000_000, 10_000_000_000]), time, quorums, change)
        .prop_map(|(deposit, time, quorum_bps, change)| {
            let (voting_period, extension, timelock, execution_window) = time;
            let mut rules =
                Rules { deposit, voting_period, extension, timelock, execution_window, quorum_bps };
            if let Some(change) = change {
                change(&mut rules);
            }
            rules
        })
        .boxed()
}

fn vote(market: &Market, proposal: usize, owner: Person) -> BoxedStrategy<Action> {
    let delegate = market.votes.locks[&owner].delegate;
    let seen = shown(market, proposal);
    let by = prop_oneof![
        12 => Just(owner),
        if delegate.is_some() { 8 } else { 1 } => Just(delegate.unwrap_or(Person::Delegate)),
        1 => select(&Person::ALL[..])
    ];
    (by, valid_until(market.now), seen, prop_oneof![3 => Just(true), 1 => Just(false)])
        .prop_map(move |(by, valid_until, seen, is_for)| Action::CastVote {
            proposal,
            owner,
            by,
            valid_until,
            seen,
            is_for,
        })
        .boxed()
}

/// What a voter was shown of a proposal.
fn shown(market: &Market, proposal: usize) -> BoxedStrategy<Proposed> {
    let other = Proposed::Withdrawal { mint: Some(Mint::Money), amount: 1_001 };
    usually(market.votes.proposals[proposal].proposed, vec![Proposed::Fee(0), other])
}

/// What can be tried with a proposal. What its phase allows is tried more often.
fn go_on(market: &Market, id: usize, proposal: &Proposal) -> BoxedStrategy<Action> {
    let votes = &market.votes;
    let now = market.now;
    let is_open = !proposal.is_over(now);
    let is_due = !proposal.is_counted && !is_open;
    let is_executable = proposal.is_counted && proposal.passes() && now >= proposal.executable_from();
    let is_withdrawal = matches!(proposal.proposed, Proposed::Withdrawal { .. });
    // Those who have voted mostly rest.
    let has_voted = |owner: &Person| proposal.record_of(Voter::Tokens(*owner)).is_some();
    let owners: Vec<_> = votes.locks.keys().copied().collect();
    let rest = owners.iter().filter(|owner| !has_voted(owner)).count();
    let zeal = if rest > 1 { 40 } else { 8 };
    let treasury = votes.config().treasury;

    let mut choices: Vec<(u32, BoxedStrategy<Action>)> = vec![
        (if is_due { 30 } else { 1 }, Just(Action::Finalize { proposal: id }).boxed()),
        (
            1,
            mostly(proposal.proposer).prop_map(move |by| Action::CancelProposal { proposal: id, by }).boxed(),
        ),
        (
            match (is_executable, is_withdrawal) {
                (true, false) => 30,
                (true, true) => 16,
                _ => 1,
            },
            Just(Action::Execute { proposal: id }).boxed(),
        ),
        (
            match (is_executable, is_withdrawal) {
                (true, true) => 30,
                (false, true) => 4,
                _ => 1,
            },
            prop_oneof![3 => Just(treasury), 1 => select(vec![Person::Treasury, Person::Stranger])]
                .prop_map(move |to| Action::WithdrawFees { proposal: id, to })
                .boxed(),
        ),
    ];
    for owner in owners {
        let lock = &votes.locks[&owner];
        let weighs = lock.last_slot() < proposal.made_slot && lock.unlock_at() > proposal.latest_end();
        let weight = match (is_open && weighs, has_voted(&owner)) {
            (true, false) => zeal / 2,
            (true, true) => 3,
            _ => 1,
        };
        choices.push((weight, vote(market, id, owner)));
    }
    for party in PARTIES {
        let voice = match party {
            Party::Renter(renter) => renter,
            Party::Provider(provider) => market.providers[&provider].authority,
        };
        let vote = (mostly(voice), valid_until(now), shown(market, id), any::<bool>()).prop_map(
            move |(by, valid_until, seen, is_for)| Action::CastParticipantVote {
                proposal: id,
                party,
                by,
                valid_until,
                seen,
                is_for,
            },
        );
        let weighs = is_open && proposal.is_rise() && proposal.weight(Voter::Fees(party)) > 0;
        let weight = match (weighs, now >= proposal.late_from()) {
            (false, _) => 1,
            (true, false) => 10,
            (true, true) => 25,
        };
        choices.push((weight, vote.boxed()));
    }
    let voters: Vec<_> = proposal.voters().into_iter().collect();
    if !voters.is_empty() {
        let close = select(voters).prop_map(move |voter| Action::CloseVoteRecord { proposal: id, voter });
        choices.push((if is_open { 1 } else { 3 }, close.boxed()));
    }
    Union::new_weighted(choices).boxed()
}
