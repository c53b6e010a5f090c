//! INV-10: a signature binds what its signer saw. And its twin: no exit is voided for next to nothing.
//!
//! From a state that random play reaches, a party signs what it sees; the bytes of its instruction stay as they are.
//! Up to three others come first, at times with what the same party signed since, time passes, by the clock and by
//! slots apart, and it lands. Either every figure that it names is exact or within its limit, on the accounts as they
//! were and are, or it is refused and nothing has changed.
//!
//! A sequence is found again by its number. `GPU_LEASE_SEQUENCES` says how many there are.
//!
//! Each bound has a mutant: a copy of the program without the `require!` that holds it, built with
//! `cargo xtask build`. With `GPU_LEASE_SO` naming that build, this test has to fail. To try all with one build, put
//! `mutant(n) ||` in front of each condition, where `mutant` compares `n` with the last byte of a `static` behind
//! `core::hint::black_box`, and change that byte in the file.

use crate::{
    machine::Machine,
    moves::{self, Game, PROVIDERS, Play, offer_of, pass},
    vote::{OWNERS, PARTIES},
};
use gpu_lease_model::*;
use gpu_lease_tests::prelude::Instruction;
use proptest::{
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{Config as RunnerConfig, RngAlgorithm, TestRng, TestRunner},
};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use std::{collections::BTreeMap, io::Write, time::Instant};

/// Sequences, unless the environment says otherwise.
const SEQUENCES: u64 = 1_000;

/// Signatures that are made in a state.
const SIGNATURES: usize = 4;

/// Everything that a party signs, and that a hot key signs.
const SIGNED: [&str; 32] = [
    "open_lease",
    "start_lease",
    "start_lease, by the operator",
    "publish_access",
    "publish_access, by the operator",
    "cancel_lease",
    "top_up",
    "close_lease as agreed",
    "close_lease as agreed, by the operator",
    "dispute_lease",
    "dispute_lease, by the session key",
    "terminate_lease",
    "terminate_lease, by the operator",
    "terminate_lease, by the session key",
    "extend_lease",
    "resize_lease",
    "resize_lease, by the operator",
    "expire_lease",
    "expire_lease, by the session key",
    "set_session_key",
    "withdraw_bond",
    "resolve_dispute",
    "update_provider",
    "nominate_authority",
    "accept_authority",
    "update_offer",
    "cast_vote",
    "cast_participant_vote",
    "set_delegate",
    "create_proposal",
    "pause",
    "unpause",
];

/// How often what was signed landed and was refused.
type Counts = BTreeMap<String, [u64; 2]>;

#[test]
fn inv_10_what_is_signed_lands_as_it_was_meant_or_not_at_all() {
    let sequences = match std::env::var("GPU_LEASE_SEQUENCES") {
        Ok(number) => number.parse().expect("GPU_LEASE_SEQUENCES is a number"),
        Err(_) => SEQUENCES,
    };
    let begin = Instant::now();
    let (mut counts, mut steps) = (Counts::new(), 0);
    for number in 0..sequences.div_ceil(SIGNATURES as u64) {
        steps += sign_and_land(number, &mut counts);
    }
    let seconds = begin.elapsed().as_secs_f64();
    let mut stderr = std::io::stderr();
    for (kind, [landed, refused]) in &counts {
        writeln!(stderr, "{kind:30} {landed:6} landed {refused:6} refused").expect("writes");
    }
    let rate = steps as f64 / seconds;
    writeln!(stderr, "{sequences} signatures, {steps} steps in {seconds:.0} s: {rate:.0} steps per second")
        .expect("writes");
    if sequences >= SEQUENCES {
        let is_missing = |kind: &&&str| counts.get(**kind).is_none_or(|counts| counts.contains(&0));
        let missing: Vec<_> = SIGNED.iter().filter(is_missing).collect();
        assert!(missing.is_empty(), "not both landed and refused: {missing:?}");
    }
}

/// Plays to a state, and lands some of what can be signed there. Returns the steps.
fn sign_and_land(number: u64, counts: &mut Counts) -> u64 {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(RunnerConfig::default(), rng);
    let game = draw(&mut runner, Play::init_state());
    let machine = Machine::init_test(&game);
    let mut play =
        Sequence { number, game, machine, runner, story: Vec::new(), slept: Wait { seconds: 0, slots: 0 } };
    let steps = play.draw(6..=36_usize);
    for _ in 0..steps {
        let action = play.draw(Play::transitions(&play.game));
        play.act(action);
    }
    if play.draw(0..4_u8) > 0 {
        play.fill_bond_accounts();
    }
    match play.draw(0..8_u8) {
        0..=3 => play.bring_about_a_dispute(),
        4 | 5 => play.bring_about_an_exhaustion(),
        6 => play.open_another(),
        _ => {}
    }
    let mut steps = play.story.len() as u64;
    for _ in 0..SIGNATURES {
        let mut choices = play.what_can_be_signed();
        // What has landed or was refused least comes first.
        let kind = |action: &Action| kind_of(&play.game.market, action);
        choices.sort_by_key(|action| counts.get(&kind(action)).map_or(0, |counts| counts[0].min(counts[1])));
        choices.truncate(3);
        let Some(action) = (!choices.is_empty()).then(|| play.draw(select(choices))) else { continue };
        let kind = kind_of(&play.game.market, &action);
        let mut branch = play.branch();
        let action = branch.as_shown(action);
        let landed = branch.land(&action);
        counts.entry(kind).or_default()[usize::from(!landed)] += 1;
        steps += (branch.story.len() - play.story.len()) as u64;
        play.runner = branch.runner.clone();
    }
    steps
}

fn draw<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).expect("a value").current()
}

/// What has happened, in the model and on the cluster.
struct Sequence {
    number: u64,
    game: Game,
    machine: Machine,
    runner: TestRunner,
    story: Vec<String>,
    /// Time that passed since the signature.
    slept: Wait,
}

impl Drop for Sequence {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.story.is_empty() {
            let mut stderr = std::io::stderr();
            let _ = writeln!(stderr, "sequence {}:\n{}", self.number, self.story.join("\n"));
            self.story.clear();
        }
    }
}

impl Sequence {
    fn draw<T: std::fmt::Debug>(&mut self, strategy: impl Strategy<Value = T>) -> T {
        draw(&mut self.runner, strategy)
    }

    /// There is enough for any bond.
    fn fill_bond_accounts(&mut self) {
        for provider in PROVIDERS {
            self.act(Action::PayBond { provider, by: Person::Sponsor, amount: 1_000_000_000 });
        }
    }

    /// Leases start, their usage is claimed, and some claims are disputed: random play seldom comes so far.
    fn bring_about_a_dispute(&mut self) {
        let market = self.game.market.clone();
        let leases = market.leases.iter();
        for (id, by) in
            leases.map(|(id, lease)| (*id, market.providers[&lease.life.offer.provider].authority))
        {
            let seen = market.leases[&id].seen(i64::MAX);
            let bond = self.draw(select(vec![BondSource::Wallet, BondSource::BondAccount]));
            self.act(Action::Start { lease: id, by, seen, bond });
            self.act(Action::Wait(Wait::seconds(60)));
            let claim = claim_of_all(&self.game.market, id);
            let (units, renter) = (self.game.market.leases[&id].accepted, id.renter);
            self.act(claim);
            if self.draw(any::<bool>()) {
                let max_stake = u64::MAX;
                self.act(Action::Dispute { lease: id, by: renter, funder: renter, seen, units, max_stake });
            }
        }
    }

    /// A lease waits for its provider.
    fn open_another(&mut self) {
        let market = self.game.market.clone();
        let provider = self.draw(select(&PROVIDERS[..]));
        if let Some(Offer { terms, listing, .. }) = market.offers.get(&offer_of(provider)).copied()
            && let Some(open) = self.opening(&market, provider, terms, listing, market.now)
        {
            self.act(open);
        }
    }

    /// Leases start, and time passes until nothing pays for one of them any more, if that comes. Somebody may pay
    /// again.
    fn bring_about_an_exhaustion(&mut self) {
        let market = self.game.market.clone();
        for (id, lease) in &market.leases {
            let by = market.providers[&lease.life.offer.provider].authority;
            let seen = lease.seen(i64::MAX);
            self.act(Action::Start { lease: *id, by, seen, bond: BondSource::Wallet });
        }
        let market = &self.game.market;
        // The last of a lease's moments is when its money runs out.
        let ends = market.leases.values().filter(|lease| lease.state == State::Active);
        let runs_out =
            ends.filter_map(|lease| lease.moments().last().copied()).filter(|time| *time > market.now);
        let Some(time) = runs_out.min() else { return };
        self.act(Action::Wait(Wait::seconds(time - self.game.market.now)));
        if self.draw(any::<bool>()) {
            for (id, lease) in self.game.market.leases.clone() {
                let price = u64::try_from(lease.life.terms.gross(lease.gpus * 600)).unwrap_or(1);
                let (by, seen) = (Person::Sponsor, lease.seen(i64::MAX));
                self.act(Action::TopUp { lease: id, by, seen, min_ends_at: 0, amount: price + 1 });
            }
        }
    }

    /// Goes on beside this.
    fn branch(&self) -> Self {
        Self {
            number: self.number,
            game: self.game.clone(),
            machine: self.machine.clone(),
            runner: self.runner.clone(),
            story: self.story.clone(),
            slept: Wait { seconds: 0, slots: 0 },
        }
    }

    /// Somebody does something, if it is about something that exists. Returns whether it was done.
    fn act(&mut self, action: Action) -> bool {
        if !Play::preconditions(&self.game, &action) {
            return false;
        }
        self.story.push(format!("{action:?}"));
        if let Action::Wait(Wait { seconds, slots }) = action {
            self.slept.seconds += seconds;
            self.slept.slots += slots;
        }
        self.game.act(&action);
        self.machine.follow(&self.game, &action);
        self.game.outcome.is_ok()
    }

    /// Signs `action` now and lands it after up to three others. Returns whether it was taken.
    fn land(&mut self, action: &Action) -> bool {
        let instructions = self.machine.instructions(action);
        let signed = self.game.clone();
        self.story.push(format!("SIGNED {action:?}"));
        let signers = signers(action);
        let signer = self.draw(select(signers));
        // Whoever signed may sign more, and land it first: then nothing excuses the others, and the bounds hold.
        let signs_more = self.draw(0..3_u8) == 0;
        let own = if signs_more { Vec::new() } else { own_side(&self.game.market, action, signer) };
        let others = self.draw(0..=3_usize);
        for _ in 0..others {
            self.interfere(action, &own);
        }
        self.sleep();
        self.story.push(format!("LANDS with {signer:?}'s signature"));
        let landed = self.try_to_land(action, &instructions);
        if !landed && !signs_more {
            self.require_excuse(action, &signed);
        }
        landed
    }

    /// `action` as somebody signs it who may have asked a node that lies. A dispute's figures never change while the
    /// lease is the same, so nothing else makes them other than what the arbiter saw.
    fn as_shown(&mut self, action: Action) -> Action {
        match action {
            Action::Resolve { lease, by, seen, renter_units, provider_units, units }
                if self.draw(any::<bool>()) =>
            {
                let (renter_units, provider_units) = self.draw(select(vec![
                    (renter_units, provider_units + 1),
                    (renter_units.saturating_sub(1), provider_units + 1),
                ]));
                Action::Resolve { lease, by, seen, renter_units, provider_units, units }
            }
            action => action,
        }
    }

    fn sleep(&mut self) {
        let seconds = select(vec![0, 0, 0, 1, 60, 60, 300, 3_600, DAY, 30 * DAY]);
        let wait = self.draw(pass(seconds));
        self.act(wait);
    }

    fn try_to_land(&mut self, action: &Action, instructions: &[Instruction]) -> bool {
        let before = self.machine.facts(&self.game, action);
        let refusal = self.machine.land(instructions);
        let moment = format!("after {action:?} was signed, and {refusal:?}");
        let landed = refusal.is_none();
        if landed {
            self.game.act(action);
            assert_eq!(self.game.outcome, Ok(()), "the model refuses what landed: {action:?}");
            let after = self.machine.facts(&self.game, action);
            self.machine.require_bound(action, &before, &after);
        }
        self.machine.require_same(&self.game, &moment);
        landed
    }

    /// Nothing that a counterparty did for next to nothing has voided an exit.
    fn require_excuse(&self, action: &Action, signed: &Game) {
        let (id, life) = match action {
            Action::Terminate { lease, seen, .. } | Action::Dispute { lease, seen, .. } => {
                (*lease, seen.life)
            }
            Action::Close { lease, agreed: Some(agreed), .. } => (*lease, agreed.seen.life),
            _ => return,
        };
        // Time alone may have done it.
        let mut alone = signed.clone();
        alone.act(&Action::Wait(self.slept));
        alone.act(action);
        if alone.outcome.is_err() {
            return;
        }
        let market = &self.game.market;
        // Over already, by a close, by a dispute or because it has ended.
        let Some(lease) = market.leases.get(&id).filter(|lease| lease.life == life) else { return };
        let has_ended = lease.state != State::Active || market.now >= lease.ends_at;
        let authority = |market: &Market| market.providers[&life.offer.provider].authority;
        let is_sold = authority(market) != authority(&signed.market);
        let is_excused = match *action {
            Action::Terminate { by, .. } => has_ended || is_sold && !lease.is_renters(by),
            Action::Dispute { units, max_stake, .. } => {
                lease.state != State::Active || max_stake < lease.bond || units < lease.accepted
            }
            Action::Close { agreed: Some(Agreed { units, credit, .. }), provider, .. } => {
                let is_decided = matches!(lease.state, State::Resolved(_)) && credit > lease.bond;
                // An operator gives nothing up, and so not what was claimed since.
                let is_outdone = provider != Some(authority(market)) && lease.claimed() > units;
                lease.accepted > units || is_sold || is_decided || is_outdone
            }
            _ => unreachable!("one of three"),
        };
        assert!(is_excused, "{action:?} was voided: {lease:?}");
    }

    // ----- what can be signed -----

    /// Of each kind what somebody signs who sees this.
    fn what_can_be_signed(&mut self) -> Vec<Action> {
        let mut actions = Vec::new();
        let market = self.game.market.clone();
        let now = market.now;
        let good_for = select(vec![0, 60, 300, 300, DAY, 40 * DAY]);
        let valid_until = now + self.draw(good_for);
        for provider in PROVIDERS {
            let offer = offer_of(provider);
            let Provider { authority: by, nominee, keys: replaced, .. } = market.providers[&provider];
            let attestor = self.draw(select(vec![Person::Agent, Person::Verifier]));
            let operator = self.draw(select(vec![Some(Person::Operator), Some(Person::Agent), None]));
            let keys = HotKeys { attestor, operator };
            actions.push(Action::UpdateProvider { provider, by, valid_until, replaced, keys });
            let pooled = market.money(Purse::Bonds(provider));
            let amount = self.draw(1..=pooled.max(1));
            actions.push(Action::WithdrawBond { provider, by, valid_until, amount });
            let wallet = self.draw(select(vec![None, Some(Person::Agent), Some(Person::Verifier)]));
            actions.push(Action::Nominate { provider, by, valid_until, replaced: nominee, nominee: wallet });
            if let Some(by) = nominee {
                actions.push(Action::Accept { provider, by, valid_until, keys });
            }
            let Some(Offer { terms, listing, revision, gpus, .. }) = market.offers.get(&offer).copied()
            else {
                continue;
            };
            let other = self.draw(moves::terms());
            actions.push(Action::UpdateOffer {
                offer,
                by,
                valid_until,
                revision,
                gpus: gpus + 1,
                is_open: true,
                terms: other,
                listing: Listing(listing.0 ^ 1),
            });
            actions.extend(self.opening(&market, provider, terms, listing, valid_until));
        }
        for (id, lease) in &market.leases {
            actions.extend(self.about(&market, *id, lease, valid_until));
        }
        self.votes(&market, valid_until, &mut actions);
        // Nobody signs what would be refused now.
        actions.retain(|action| market.clone().apply(action).is_ok());
        actions
    }

    fn opening(
        &mut self,
        market: &Market,
        provider: ProviderId,
        terms: Terms,
        listing: Listing,
        valid_until: i64,
    ) -> Option<Action> {
        let offer = offer_of(provider);
        let renter = Person::Renter;
        let nonce = (0..moves::NONCES)
            .find(|nonce| !market.leases.contains_key(&LeaseId { renter, nonce: *nonce }))?;
        let gpus = market.gpus_free(offer).min(2);
        let deposit = u64::try_from(terms.gross(gpus * terms.max_duration.unsigned_abs())).ok()?.max(1) + 1;
        let Config { fee_bps, arbiter, .. } = market.votes.config();
        let deadline = self.draw(select(vec![300, HOUR, WEEK]));
        let payer = self.draw(select(vec![renter, Person::Sponsor]));
        Some(Action::Open {
            lease: LeaseId { renter, nonce },
            payer,
            offer,
            terms,
            listing,
            deposit,
            start_deadline: market.now + deadline,
            valid_until,
            duration: terms.min_duration,
            gpus,
            max_fee_bps: fee_bps,
            arbiter,
            access_key: AccessKey(0),
            session_key: None,
        })
    }

    fn about(&mut self, market: &Market, id: LeaseId, lease: &Lease, valid_until: i64) -> Vec<Action> {
        let (now, renter, seen) = (market.now, id.renter, lease.seen(valid_until));
        let terms = &lease.life.terms;
        let Provider { authority, keys: HotKeys { operator, .. }, .. } =
            market.providers[&lease.life.offer.provider];
        let key = lease.session_key.unwrap_or(renter);
        // Whoever runs the provider's leases, and out of what a bond is paid.
        let mut runners = vec![(authority, BondSource::Wallet), (authority, BondSource::BondAccount)];
        runners.extend(operator.map(|operator| (operator, BondSource::BondAccount)));
        let mut actions = Vec::new();
        let funder = self.draw(select(vec![renter, Person::Sponsor]));
        let top_up = |min_ends_at, amount| Action::TopUp { lease: id, by: funder, seen, min_ends_at, amount };
        let price = u64::try_from(terms.gross(lease.gpus * 600)).unwrap_or(1).max(1);
        let agree = |by, units, credit| Action::Close {
            lease: id,
            renter_signs: true,
            provider: Some(by),
            agreed: Some(Agreed { seen, units, credit }),
        };
        if lease.state != State::Pending {
            actions.extend(operator.map(|operator| agree(operator, lease.claimed(), 0)));
        }
        match lease.state {
            State::Pending => {
                let start = |(by, bond)| Action::Start { lease: id, by, seen, bond };
                actions.extend(runners.into_iter().map(start));
                actions.push(Action::Cancel { lease: id, by: renter, seen });
                actions.push(top_up(now + lease.duration, price));
            }
            State::Active => {
                let gpus = lease.segments.last().map_or(lease.gpus, |segment| segment.gpus);
                actions.push(top_up(lease.ends_at, price));
                let duration = lease.duration + 600;
                actions.push(Action::Extend { lease: id, by: renter, seen, gpus, duration });
                let wanted = self.draw(select(vec![gpus + 1, gpus.saturating_sub(1).max(1)]));
                let replaced = lease.access().unwrap_or_default();
                for (by, bond) in runners {
                    let wanted = if Some(by) == operator { gpus + 1 } else { wanted };
                    actions.push(Action::Resize {
                        lease: id,
                        by: renter,
                        seen,
                        duration: lease.duration,
                        from_gpus: gpus,
                        gpus: wanted,
                        provider: Some(by),
                        bond,
                    });
                    let access = Access(replaced.0 ^ 1);
                    actions.push(Action::PublishAccess { lease: id, by, seen, replaced, access });
                }
                let owes_notice = !lease.is_exhausted(now) && lease.free_since().is_none();
                let mut leaving = vec![renter, key, authority];
                leaving.extend(operator);
                for by in leaving {
                    let notice = if by == renter || by == key || owes_notice { terms.notice } else { 0 };
                    let slack = self.draw(select(vec![0, 300, DAY]));
                    let max_ends_at = now + notice + slack;
                    actions.push(Action::Terminate { lease: id, by, seen, max_ends_at });
                }
                let next = self.draw(select(vec![Some(Person::Agent), None]));
                let replaced = lease.session_key;
                actions.push(Action::SetSessionKey { lease: id, by: renter, seen, replaced, key: next });
                let window_end = lease.window_end();
                let expire = |by| Action::Expire { lease: id, by, seen, window_end };
                actions.extend([renter, key, Person::Holder].map(expire));
                if !lease.claims.is_empty() {
                    let units = self.draw(lease.accepted..lease.latest());
                    // As it is now, or the bond, above which none is.
                    let dispute =
                        |by, max_stake| Action::Dispute { lease: id, by, funder, seen, units, max_stake };
                    let mut disputed = market.clone();
                    let _ = disputed.apply(&dispute(renter, u64::MAX));
                    let max_stake = self.draw(select(vec![disputed.leases[&id].stake, lease.bond]));
                    actions.extend([renter, key].map(|by| dispute(by, max_stake)));
                }
                let (units, credit) = self.draw((lease.accepted..=lease.latest(), 0..=lease.bond));
                actions.push(agree(authority, units, credit));
            }
            State::Disputed(Dispute { renter_units, provider_units, .. }) => {
                let (units, credit) = self.draw((renter_units..=provider_units, 0..=lease.bond));
                let by = lease.life.arbiter;
                actions.push(Action::Resolve { lease: id, by, seen, renter_units, provider_units, units });
                actions.push(agree(authority, units, credit));
            }
            State::Resolved(_) => actions.push(agree(authority, lease.accepted, 0)),
        }
        actions
    }

    fn votes(&mut self, market: &Market, valid_until: i64, actions: &mut Vec<Action>) {
        let votes = &market.votes;
        let Config { fee_bps, guardian, rules, .. } = votes.config();
        for owner in OWNERS {
            let Some(lock) = votes.locks.get(&owner) else { continue };
            let delegate = self.draw(select(vec![None, Some(Person::Delegate), Some(Person::Agent)]));
            let replaced = lock.delegate;
            actions.push(Action::SetDelegate { owner, by: owner, valid_until, replaced, delegate });
            for (id, proposal) in votes.proposals.iter().enumerate().filter(|(_, p)| !p.is_over(market.now)) {
                let (seen, is_for) = (proposal.proposed, self.draw(any::<bool>()));
                actions.push(Action::CastVote { proposal: id, owner, by: owner, valid_until, seen, is_for });
            }
        }
        for (id, proposal) in votes.proposals.iter().enumerate().filter(|(_, p)| !p.is_over(market.now)) {
            for party in PARTIES.into_iter().filter(|party| proposal.weight(Voter::Fees(*party)) > 0) {
                let by = match party {
                    Party::Renter(renter) => renter,
                    Party::Provider(provider) => market.providers[&provider].authority,
                };
                let seen = proposal.proposed;
                let vote =
                    Action::CastParticipantVote { proposal: id, party, by, valid_until, seen, is_for: false };
                // Not in the second epoch after it, in which accounts have forgotten.
                if proposal.is_rise() && epoch(valid_until) <= epoch(proposal.made_at) + 1 {
                    actions.push(vote);
                }
            }
        }
        let proposed = self.draw(select(vec![
            Proposed::Fee(fee_bps + 10),
            Proposed::Treasury(Some(Person::Sponsor)),
            Proposed::Withdrawal { mint: Some(Mint::Money), amount: 5 },
        ]));
        let by = Person::Agent;
        actions.push(Action::Propose { by, valid_until, max_deposit: rules.deposit, proposed });
        let seconds = self.draw(1..=PAUSE);
        actions.push(Action::Pause { by: guardian, valid_until, seconds });
        if let Some(until) = votes.paused_until() {
            actions.push(Action::Unpause { by: guardian, until });
        }
    }

    // ----- what others do first -----

    /// Somebody who is not on the signer's side does something.
    fn interfere(&mut self, action: &Action, own: &[Person]) {
        match self.draw(0..10_u8) {
            _ if own.is_empty() && self.draw(any::<bool>()) => self.sign_again(action),
            3 | 4 if matches!(action, Action::Dispute { .. }) => self.claim_more(action, own),
            5 | 6 if kind_of(&self.game.market, action).ends_with("session key") => {
                self.take_key_over(action, own)
            }
            0 | 1 => self.reopen(action),
            2 => self.decide(own),
            3 => self.sleep(),
            4..=6 => self.touch(action, own),
            _ => {
                let next = self.draw(Play::transitions(&self.game));
                self.act_as_other(next, own);
            }
        }
    }

    fn act_as_other(&mut self, action: Action, own: &[Person]) -> bool {
        let is_others = signers(&action).iter().all(|signer| !own.contains(signer));
        is_others && self.act(action)
    }

    /// What was signed is signed again, for what is there now, and that lands first.
    fn sign_again(&mut self, action: &Action) {
        let mut choices = self.what_can_be_signed();
        choices.retain(|other| other.kind() == action.kind() && other.lease() == action.lease());
        if !choices.is_empty() {
            let again = self.draw(select(choices));
            self.act(again);
        }
    }

    /// The provider delivers for another minute, and claims it.
    fn claim_more(&mut self, action: &Action, own: &[Person]) {
        let Some(id) = action.lease().filter(|id| self.game.market.leases.contains_key(id)) else { return };
        self.act(Action::Wait(Wait::seconds(60)));
        self.act_as_other(claim_of_all(&self.game.market, id), own);
    }

    /// The provider names the lease's session key one of its own.
    fn take_key_over(&mut self, action: &Action, own: &[Person]) {
        let market = &self.game.market;
        let Some(lease) = action.lease().and_then(|id| market.leases.get(&id)) else { return };
        let (provider, valid_until) = (lease.life.offer.provider, market.now);
        let Provider { authority: by, keys: replaced, .. } = market.providers[&provider];
        let Some(key) = lease.session_key else { return };
        let keys = self.draw(select(vec![
            HotKeys { attestor: key, ..replaced },
            HotKeys { operator: Some(key), ..replaced },
        ]));
        self.act_as_other(Action::UpdateProvider { provider, by, valid_until, replaced, keys }, own);
    }

    /// The same renter leases anew at the same address, in the same slot, in another way.
    fn reopen(&mut self, action: &Action) {
        let market = self.game.market.clone();
        let Some((id, lease)) = action.lease().and_then(|id| Some((id, market.leases.get(&id)?))) else {
            return;
        };
        let (now, seen) = (market.now, lease.seen(market.now));
        let by = market.providers[&lease.life.offer.provider].authority;
        let ended = match lease.state {
            State::Pending => Action::Cancel { lease: id, by: id.renter, seen },
            _ => Action::Close {
                lease: id,
                renter_signs: true,
                provider: Some(by),
                agreed: Some(Agreed { seen, units: lease.accepted, credit: 0 }),
            },
        };
        let Some(Offer { terms, listing, .. }) = market.offers.get(&lease.life.offer).copied() else {
            return;
        };
        if !self.act(ended) {
            return;
        }
        let Config { fee_bps, arbiter, .. } = market.votes.config();
        let Life { offer, payer, gpus, deposit, duration, access_key, .. } = lease.life;
        let (payer, deposit, access_key, gpus) = self.draw(select(vec![
            (payer, deposit, access_key, gpus),
            (if payer == Person::Sponsor { id.renter } else { Person::Sponsor }, deposit, access_key, gpus),
            (payer, deposit + 1, access_key, gpus),
            (payer, deposit, AccessKey(access_key.0 ^ 1), gpus),
            (payer, deposit, access_key, gpus + 1),
        ]));
        self.act(Action::Open {
            lease: id,
            payer,
            offer,
            terms,
            listing,
            deposit,
            start_deadline: now + HOUR,
            valid_until: now,
            duration,
            gpus,
            max_fee_bps: fee_bps,
            arbiter,
            access_key,
            session_key: None,
        });
        let Some(lease) = self.game.market.leases.get(&id) else { return };
        let start = Action::Start { lease: id, by, seen: lease.seen(now), bond: BondSource::Wallet };
        if !matches!(action, Action::Start { .. } | Action::Cancel { .. }) && self.draw(any::<bool>()) {
            self.act(start);
        }
    }

    /// A vote changes what is in force.
    fn decide(&mut self, own: &[Person]) {
        let Config { fee_bps, rules, .. } = self.game.market.votes.config();
        let dearer = Rules { deposit: rules.deposit * 2, ..rules };
        let proposed = self.draw(select(vec![
            Proposed::Fee(fee_bps + 10),
            Proposed::Arbiter(Some(Person::Agent)),
            Proposed::Rules(dearer),
            Proposed::Guardian(Some(Person::SecondHolder)),
        ]));
        let id = self.game.market.votes.proposals.len();
        let by = if own.contains(&Person::Holder) { Person::SecondHolder } else { Person::Holder };
        let valid_until = i64::MAX;
        if !self.act(Action::Propose { by, valid_until, max_deposit: u64::MAX, proposed }) {
            return;
        }
        for owner in [Person::Holder, Person::SecondHolder] {
            let vote = Action::CastVote {
                proposal: id,
                owner,
                by: owner,
                valid_until,
                seen: proposed,
                is_for: true,
            };
            self.act_as_other(vote, own);
        }
        let until = |market: &Market, time: i64| Action::Wait(Wait::seconds((time - market.now).max(0)));
        let end = self.game.market.votes.proposals[id].ends_at();
        let wait = until(&self.game.market, end);
        self.act(wait);
        self.act(Action::Finalize { proposal: id });
        let executable = self.game.market.votes.proposals[id].executable_from();
        let wait = until(&self.game.market, executable);
        self.act(wait);
        self.act(Action::Execute { proposal: id });
    }

    /// A counterparty or a stranger touches what the signature is about.
    fn touch(&mut self, action: &Action, own: &[Person]) {
        let market = self.game.market.clone();
        let now = market.now;
        let offer = match *action {
            Action::Open { offer, .. } | Action::UpdateOffer { offer, .. } => Some(offer),
            _ => None,
        };
        if let Some((offer, seen)) = offer.and_then(|offer| Some((offer, *market.offers.get(&offer)?))) {
            let by = market.providers[&offer.provider].authority;
            let Offer { gpus, is_open, terms, listing, revision } = seen;
            let dearer = Terms { price: terms.price + 1, ..terms };
            let (terms, listing) =
                self.draw(select(vec![(dearer, listing), (terms, Listing(listing.0 ^ 1))]));
            let valid_until = now;
            let update =
                Action::UpdateOffer { offer, by, valid_until, revision, gpus, is_open, terms, listing };
            self.act_as_other(update, own);
            return;
        }
        let Some((id, lease)) = action.lease().and_then(|id| Some((id, market.leases.get(&id)?))) else {
            return;
        };
        let seen = lease.seen(now);
        let (renter, provider) = (id.renter, lease.life.offer.provider);
        let Provider { authority, keys, .. } = market.providers[&provider];
        let attestor = keys.attestor;
        let window_end = now.min(lease.ends_at);
        let gpus = lease.segments.last().map_or(lease.gpus, |segment| segment.gpus);
        let mut signers = vec![attestor];
        signers.extend(lease.life.terms.verifier.filter(|verifier| *verifier != attestor));
        let price = u64::try_from(lease.life.terms.gross(gpus * 60)).unwrap_or(1).max(1);
        let claim = claim_of_all(&market, id);
        let rename = |keys: HotKeys| Action::UpdateProvider {
            provider,
            by: authority,
            valid_until: now,
            replaced: market.providers[&provider].keys,
            keys,
        };
        let replaced = lease.access().unwrap_or_default();
        let choices = vec![
            batch_of(&market, &claim),
            rename(HotKeys { operator: Some(Person::SecondHolder), ..keys }),
            rename(HotKeys { attestor: Person::SecondHolder, ..keys }),
            Action::PublishAccess {
                lease: id,
                by: keys.operator.unwrap_or(authority),
                seen,
                replaced,
                access: Access(replaced.0 ^ 2),
            },
            Action::PayBond { provider, by: Person::Stranger, amount: 1 },
            Action::Donate { lease: id, by: Person::Stranger, amount: 1 },
            Action::TopUp { lease: id, by: Person::Stranger, seen, min_ends_at: 0, amount: 1 },
            Action::TopUp { lease: id, by: Person::Stranger, seen, min_ends_at: 0, amount: price + 1 },
            claim,
            Action::Attest {
                lease: id,
                signers,
                units: lease.latest(),
                window_end,
                energy_wh: lease.energy_wh(),
                is_stale: false,
            },
            Action::Extend { lease: id, by: renter, seen, gpus, duration: lease.duration + 1 },
            Action::Resize {
                lease: id,
                by: renter,
                seen,
                duration: lease.duration,
                from_gpus: gpus,
                gpus: gpus.saturating_sub(1).max(1),
                provider: None,
                bond: BondSource::Wallet,
            },
            Action::ReleaseGpus { lease: id },
            Action::Settle { lease: id },
            Action::CountFees { lease: id },
            Action::Terminate { lease: id, by: renter, seen, max_ends_at: i64::MAX },
            Action::Terminate { lease: id, by: authority, seen, max_ends_at: i64::MAX },
            Action::Dispute {
                lease: id,
                by: renter,
                funder: renter,
                seen,
                units: lease.accepted,
                max_stake: u64::MAX,
            },
            Action::SetSessionKey {
                lease: id,
                by: renter,
                seen,
                replaced: lease.session_key,
                key: Some(Person::SecondRenter),
            },
        ];
        let choice = self.draw(select(choices));
        self.act_as_other(choice, own);
    }
}

/// The attestor of a lease's provider states that all was delivered.
fn claim_of_all(market: &Market, id: LeaseId) -> Action {
    let lease = &market.leases[&id];
    let HotKeys { attestor, .. } = market.providers[&lease.life.offer.provider].keys;
    let window_end = market.now.min(lease.ends_at);
    let mut signers = vec![attestor];
    signers.extend(lease.life.terms.verifier.filter(|verifier| *verifier != attestor));
    Action::Attest {
        lease: id,
        signers,
        units: lease.capacity(window_end).max(lease.latest()),
        window_end,
        energy_wh: lease.energy_wh(),
        is_stale: false,
    }
}

/// The same statement, as a batch.
fn batch_of(market: &Market, statement: &Action) -> Action {
    let &Action::Attest { lease, ref signers, units, window_end, energy_wh, is_stale } = statement else {
        unreachable!("it is a statement: {statement:?}")
    };
    Action::AttestBatch {
        provider: market.leases[&lease].life.offer.provider,
        signers: signers.clone(),
        window_end,
        rows: vec![Row { lease, units, energy_wh, is_stale }],
        leases: vec![lease],
    }
}

/// What is signed, and by which hot key.
fn kind_of(market: &Market, action: &Action) -> String {
    let by = match *action {
        Action::Start { by, .. }
        | Action::PublishAccess { by, .. }
        | Action::Terminate { by, .. }
        | Action::Expire { by, .. }
        | Action::Dispute { by, .. } => Some(by),
        Action::Resize { provider, gpus, from_gpus, .. } if gpus > from_gpus => provider,
        Action::Close { provider, .. } => provider,
        _ => None,
    };
    let lease = action.lease().and_then(|id| market.leases.get(&id));
    let is_renters =
        matches!(action, Action::Terminate { .. } | Action::Expire { .. } | Action::Dispute { .. });
    let hot = lease.zip(by).map_or("", |(lease, by)| {
        let Provider { authority, keys, .. } = market.providers[&lease.life.offer.provider];
        if is_renters && by != lease.life.lease.renter && Some(by) == lease.session_key {
            ", by the session key"
        } else if by != authority && Some(by) == keys.operator {
            ", by the operator"
        } else {
            ""
        }
    });
    format!("{}{hot}", action.kind())
}

/// Whose signatures an action carries.
fn signers(action: &Action) -> Vec<Person> {
    match action {
        Action::Open { lease, payer, .. } if lease.renter == *payer => vec![*payer],
        Action::Open { lease, payer, .. } => vec![lease.renter, *payer],
        Action::Attest { signers, .. } | Action::AttestBatch { signers, .. } => signers.clone(),
        Action::Resize { by, provider, .. } => [Some(*by), *provider].into_iter().flatten().collect(),
        Action::Close { lease, renter_signs, provider, .. } => {
            [renter_signs.then_some(lease.renter), *provider].into_iter().flatten().collect()
        }
        Action::Dispute { by, funder, .. } if by == funder => vec![*by],
        Action::Dispute { by, funder, .. } => vec![*by, *funder],
        Action::LockTokens { owner, .. } => vec![*owner],
        Action::CreateParticipant { payer, .. } => vec![*payer],
        Action::Start { by, .. }
        | Action::PublishAccess { by, .. }
        | Action::PayBond { by, .. }
        | Action::WithdrawBond { by, .. }
        | Action::Cancel { by, .. }
        | Action::TopUp { by, .. }
        | Action::Extend { by, .. }
        | Action::Terminate { by, .. }
        | Action::Expire { by, .. }
        | Action::Resolve { by, .. }
        | Action::SetSessionKey { by, .. }
        | Action::CreateOffer { by, .. }
        | Action::UpdateOffer { by, .. }
        | Action::CloseOffer { by, .. }
        | Action::UpdateProvider { by, .. }
        | Action::Nominate { by, .. }
        | Action::Accept { by, .. }
        | Action::Donate { by, .. }
        | Action::ExtendLock { by, .. }
        | Action::SetDelegate { by, .. }
        | Action::Propose { by, .. }
        | Action::CastVote { by, .. }
        | Action::CastParticipantVote { by, .. }
        | Action::CancelProposal { by, .. }
        | Action::Pause { by, .. }
        | Action::Unpause { by, .. } => vec![*by],
        _ => Vec::new(),
    }
}

/// `signer` and those who act for the same party of the lease that `action` is about.
fn own_side(market: &Market, action: &Action, signer: Person) -> Vec<Person> {
    let mut own = vec![signer];
    if let Some((id, lease)) = action.lease().and_then(|id| Some((id, market.leases.get(&id)?))) {
        let Provider { authority, keys: HotKeys { attestor, operator }, .. } =
            market.providers[&lease.life.offer.provider];
        let renters = [Some(id.renter), lease.session_key];
        let providers = [Some(authority), Some(attestor), operator];
        for side in [&renters[..], &providers[..]] {
            if side.contains(&Some(signer)) {
                own.extend(side.iter().copied().flatten());
            }
        }
    }
    own
}
