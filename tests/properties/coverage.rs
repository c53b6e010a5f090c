//! What the random play has reached, so that it cannot rot into nothing but refusals.

use crate::{moves::Game, vote};
use gpu_lease_model::{
    Action, BondSource, End, Fee, LeaseId, Person, Proposal, Proposed, Provider, Refusal, Row, Voter, epoch,
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{LazyLock, Mutex},
};
use strum::{IntoEnumIterator, VariantNames};

/// Of all sequences of this process.
pub static COVERAGE: LazyLock<Mutex<Coverage>> = LazyLock::new(Mutex::default);

#[derive(Default)]
pub struct Coverage {
    /// Of all actions.
    pub steps: u64,
    /// Of those that succeeded and of those that were refused, by kind.
    pub actions: BTreeMap<String, [u64; 2]>,
    /// By rule.
    pub refusals: BTreeMap<Refusal, u64>,
    /// Of the rows of batches that landed, those that were skipped, by rule.
    pub skips: BTreeMap<Refusal, u64>,
    /// Of closed leases, by how they had ended.
    pub endings: BTreeMap<End, u64>,
}

impl Coverage {
    /// Counts an action and what came of it.
    pub fn count(&mut self, action: &Action, game: &Game) {
        self.steps += 1;
        let which = usize::from(game.outcome.is_err());
        for kind in kinds(action, game) {
            self.actions.entry(kind).or_default()[which] += 1;
        }
        match (game.outcome, action) {
            (Err(refusal), _) => *self.refusals.entry(refusal).or_default() += 1,
            (Ok(()), Action::Close { .. }) => {
                let (end, _) = game.market.endings.last().expect("one was closed");
                *self.endings.entry(*end).or_default() += 1;
            }
            (Ok(()), Action::AttestBatch { .. }) => {
                for skip in
                    game.market.batches.last().expect("it has landed").iter().flat_map(|row| row.err())
                {
                    *self.skips.entry(skip).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    /// Requires every kind of action to have succeeded, and every rule and every ending to have been reached.
    pub fn require_everything(&self) {
        let kinds = Action::VARIANTS.iter().chain(&MORE_KINDS);
        let never: Vec<_> = kinds.filter(|kind| self.actions.get(**kind).is_none_or(|n| n[0] == 0)).collect();
        assert!(never.is_empty(), "never succeeded: {never:?}");
        let is_missing =
            |refusal: &Refusal| !self.refusals.contains_key(refusal) && !BY_HAND.contains(refusal);
        let never: Vec<_> = Refusal::iter().filter(is_missing).collect();
        assert!(never.is_empty(), "never refused for: {never:?}");
        let never: Vec<_> = SKIPS.iter().filter(|refusal| !self.skips.contains_key(refusal)).collect();
        assert!(never.is_empty(), "no row was skipped for: {never:?}");
        let never: Vec<_> = End::iter().filter(|end| !self.endings.contains_key(end)).collect();
        assert!(never.is_empty(), "no lease ended so: {never:?}");
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (kind, [done, refused]) in &self.actions {
            writeln!(f, "{kind:60} {done:8} done {refused:8} refused")?;
        }
        for (refusal, count) in &self.refusals {
            writeln!(f, "refused for {refusal:?}: {count}")?;
        }
        for (refusal, count) in &self.skips {
            writeln!(f, "rows skipped for {refusal:?}: {count}")?;
        }
        for (end, count) in &self.endings {
            writeln!(f, "ended by {end:?}: {count}")?;
        }
        Ok(())
    }
}

/// The kinds of an action: what hot keys sign by which, attestations by who signed, votes by what they change, and
/// executions by what is so from then on, too.
fn kinds(action: &Action, game: &Game) -> Vec<String> {
    let kind = action.kind();
    let mut kinds = vec![kind.to_owned()];
    let mut add = |name: &str, is_so: bool| {
        if is_so {
            kinds.push(format!("{kind}, {name}"));
        }
    };
    let votes = &game.market.votes;
    let provider_of = |lease: LeaseId| {
        game.market.leases.get(&lease).map(|lease| &game.market.providers[&lease.life.offer.provider])
    };
    let is_operator = |provider: Option<&Provider>, by: Person| {
        provider.is_some_and(|provider| provider.authority != by && provider.keys.operator == Some(by))
    };
    let is_key = |lease: LeaseId, by: Person| {
        let key = game.market.leases.get(&lease).and_then(|lease| lease.session_key);
        lease.renter != by && key == Some(by)
    };
    match *action {
        Action::Start { lease, by, bond, .. } => {
            let is_pooled = bond == BondSource::BondAccount;
            let is_operator = is_operator(provider_of(lease), by);
            add("by the operator", is_operator);
            add("by the wallet, out of the bond account", is_pooled && !is_operator);
        }
        Action::PublishAccess { lease, by, .. } => {
            add("by the operator", is_operator(provider_of(lease), by))
        }
        Action::Resize { lease, provider: Some(by), gpus, from_gpus, .. } if gpus > from_gpus => {
            add("larger, by the operator", is_operator(provider_of(lease), by));
            let bonds = game.market.leases[&lease].bonds.iter().filter(|bond| bond.amount > 0);
            let pooled = bonds.clone().filter(|bond| bond.source == BondSource::BondAccount).count();
            add("larger, with bonds of both sources", pooled > 0 && pooled < bonds.count());
        }
        Action::Terminate { lease, by, .. } => {
            add("by the operator", is_operator(provider_of(lease), by));
            add("by the session key", is_key(lease, by));
        }
        Action::Expire { lease, by, .. } | Action::Dispute { lease, by, .. } => {
            add("by the session key", is_key(lease, by));
        }
        Action::Close { agreed: Some(_), provider: Some(by), .. } => {
            let providers = &game.market.providers;
            add("by an operator", providers.values().any(|provider| is_operator(Some(provider), by)));
        }
        Action::AttestBatch { provider, ref signers, ref rows, .. } => {
            let leases = &game.market.leases;
            let signed = |by: Option<Person>| by.is_some_and(|by| signers.contains(&by));
            let has = |is: &dyn Fn(&Row) -> bool| rows.iter().any(is);
            let of_many =
                |row: &Row| leases.get(&row.lease).filter(|lease| lease.life.offer.provider == provider);
            add("of several leases", rows.iter().filter_map(of_many).count() > 1);
            add("with a lease that is gone", has(&|row| !leases.contains_key(&row.lease)));
            add(
                "with another provider's lease",
                has(&|row| leases.get(&row.lease).is_some_and(|lease| lease.life.offer.provider != provider)),
            );
            add("with an earlier lease", has(&|row| row.is_stale && leases.contains_key(&row.lease)));
            add("signed by the renter", has(&|row| signed(Some(row.lease.renter))));
            add(
                "signed by the session key",
                has(&|row| leases.get(&row.lease).is_some_and(|lease| signed(lease.session_key))),
            );
            add(
                "signed by the verifier",
                has(&|row| leases.get(&row.lease).is_some_and(|lease| signed(lease.life.terms.verifier))),
            );
            let done = game.market.batches.last().filter(|_| game.outcome.is_ok());
            add("skipping a row", done.is_some_and(|done| done.iter().any(Result::is_err)));
            add(
                "skipping none of several",
                done.is_some_and(|done| done.len() > 1 && done.iter().all(Result::is_ok)),
            );
        }
        Action::Attest { lease, ref signers, .. } => {
            let lease = &game.market.leases[&lease];
            let by_renter = signers.contains(&lease.life.lease.renter);
            let by_key = lease.session_key.is_some_and(|key| signers.contains(&key));
            let by_verifier = lease.life.terms.verifier.is_some_and(|verifier| signers.contains(&verifier));
            add("signed by the renter", by_renter);
            add("signed by the session key", by_key && !by_renter);
            add("signed by the verifier", by_verifier);
            add("claimed", !by_renter && !by_key);
            add("claimed behind another claim", !by_renter && !by_key && lease.claims.len() == 2);
        }
        Action::Settle { lease } => {
            let lease = &game.market.leases[&lease];
            add("at a fee that has changed since", lease.life.fee_bps != votes.config().fee_bps);
        }
        Action::Propose { .. } => {
            let begin = vote::begin(game.beginning);
            let proposal = votes.proposals.last().filter(|_| game.outcome.is_ok());
            let weighs = |fee: &Fee| {
                fee.amount > 0
                    && fee.at >= begin
                    && (1..=3).contains(&(epoch(game.market.now) - epoch(fee.at)))
            };
            let is_weighed = proposal.is_some_and(Proposal::is_rise) && votes.fees.iter().any(weighs);
            add("a rise on which fees of this sequence weigh", is_weighed);
        }
        Action::CastVote { proposal, owner, by, .. } => {
            let proposal = &votes.proposals[proposal];
            add("by a delegate", by != owner);
            add("overruling a delegate", by == owner && is_overruled(proposal, Voter::Tokens(owner)));
            add("extending the vote", turns(proposal));
        }
        Action::CastParticipantVote { proposal, .. } => {
            add("extending the vote", turns(&votes.proposals[proposal]));
        }
        Action::Finalize { proposal } => {
            let proposal = &votes.proposals[proposal];
            let [votes_for, votes_against] = proposal.tally(false);
            add("passed", proposal.passes());
            add("without quorum", votes_for < proposal.quorum());
            add("tied", votes_for >= proposal.quorum() && votes_for == votes_against);
            add("refused by participants", votes_for > votes_against && proposal.is_refused());
        }
        Action::Execute { proposal } => {
            let proposal = &votes.proposals[proposal];
            let what = match proposal.proposed {
                Proposed::Fee(_) if proposal.is_rise() => "a higher fee",
                Proposed::Fee(_) => "a lower fee",
                Proposed::Treasury(_) => "another treasury",
                Proposed::Arbiter(_) => "another arbiter",
                Proposed::Guardian(_) => "another guardian",
                Proposed::Rules(_) => "other rules",
                Proposed::Withdrawal { .. } => "a withdrawal",
            };
            add(what, true);
        }
        _ => {}
    }
    kinds
}

/// Whether the last vote is an owner's, on whose behalf a delegate had voted.
fn is_overruled(proposal: &Proposal, voter: Voter) -> bool {
    let record = proposal.record_of(voter);
    record.is_some_and(|(first, last)| first.by != last.by)
}

/// Whether the last vote extended the vote.
fn turns(proposal: &Proposal) -> bool {
    let mut before = proposal.clone();
    before.ballots.pop();
    proposal.is_extended() && !before.is_extended()
}

/// What takes two whole votes, which a sequence seldom has time for: see the cases.
const BY_HAND: [Refusal; 10] = [
    Refusal::EndsTooEarly,
    Refusal::FeeMoved,
    Refusal::FiguresChanged,
    Refusal::NoWeight,
    Refusal::NothingToWithdraw,
    Refusal::RiseTooSoon,
    Refusal::StakeAboveAgreed,
    Refusal::Superseded,
    Refusal::TopUpTooSmall,
    Refusal::WindowBeforeRevival,
];

/// What skips a row. For all else, there have to be more leases than two: see [`crate::batches`].
const SKIPS: [Refusal; 5] = [
    Refusal::NotActive,
    Refusal::MessageMismatch,
    Refusal::AttestationRegressed,
    Refusal::WindowOutOfBounds,
    Refusal::UnitsAboveCapacity,
];

/// Kinds of actions beyond their names.
const MORE_KINDS: [&str; 41] = [
    "start_lease, by the operator",
    "start_lease, by the wallet, out of the bond account",
    "publish_access, by the operator",
    "attest, signed by the renter",
    "attest, signed by the session key",
    "attest, signed by the verifier",
    "attest, claimed",
    "attest, claimed behind another claim",
    "attest_batch, of several leases",
    "attest_batch, with a lease that is gone",
    "attest_batch, with another provider's lease",
    "attest_batch, with an earlier lease",
    "attest_batch, signed by the renter",
    "attest_batch, signed by the session key",
    "attest_batch, signed by the verifier",
    "attest_batch, skipping a row",
    "attest_batch, skipping none of several",
    "settle, at a fee that has changed since",
    "resize_lease, larger, by the operator",
    "resize_lease, larger, with bonds of both sources",
    "terminate_lease, by the operator",
    "terminate_lease, by the session key",
    "expire_lease, by the session key",
    "dispute_lease, by the session key",
    "close_lease as agreed",
    "close_lease as agreed, by an operator",
    "create_proposal, a rise on which fees of this sequence weigh",
    "cast_vote, by a delegate",
    "cast_vote, overruling a delegate",
    "cast_vote, extending the vote",
    "cast_participant_vote, extending the vote",
    "finalize_proposal, passed",
    "finalize_proposal, without quorum",
    "finalize_proposal, tied",
    "finalize_proposal, refused by participants",
    "execute_proposal, a higher fee",
    "execute_proposal, a lower fee",
    "execute_proposal, another treasury",
    "execute_proposal, another arbiter",
    "execute_proposal, another guardian",
    "execute_proposal, other rules",
];
