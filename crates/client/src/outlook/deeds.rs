//! Who can do what now, with the figures that doing it takes. What it is called and what it is for is said where it is
//! shown.
//!
//! Two instructions about a lease are not here, since nothing of the lease waits for them: the renter may name a session key
//! at any time, and fees are counted by the close at the latest. That some weigh more in votes if they are counted before is
//! said in the [upkeep](super::lease_upkeep).

use super::{Role, can_expire, matured, rehearse};
use crate::{
    attestation::Usage,
    constants::ATTESTATION_GRACE,
    state::{
        ActionKind, Agreed, Claim, Closing, Dispute, Lease, LeaseState, Moment, Phase, Proposal,
        ProposalPhase, Provider, Resize, Seen,
    },
};
use bytemuck::Zeroable;
use serde::Serialize;
use solana_address::Address;

/// Something that somebody can do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Deed<A> {
    /// Who.
    pub who: Role,
    /// What.
    pub act: A,
}

/// What can be done with a lease. Times are unix seconds and the last at which it is accepted, units are GPU-seconds
/// since the start, money is base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::EnumIter)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum LeaseAct {
    /// Begins it.
    Start {
        /// Until when.
        until: i64,
        /// Bond to put up.
        bond: u64,
    },
    /// Takes it back before it has started.
    Cancel {
        /// The deposit, which the payer gets.
        refund: u64,
    },
    /// Adds to the deposit.
    TopUp {
        /// Until when; `None` as long as it has not started.
        until: Option<i64>,
    },
    /// Reports usage, which is then a claim.
    Attest {
        /// Until when.
        until: i64,
        /// The latest moment that a report can be about.
        window_end: i64,
        /// The most units that can have been delivered by then.
        capacity: u64,
    },
    /// Accepts usage that was reported, or is, at once.
    CoSign {
        /// Until when.
        until: i64,
        /// The latest moment that a report can be about.
        window_end: i64,
        /// The most units that can have been delivered by then.
        capacity: u64,
    },
    /// Lets it run longer.
    Extend {
        /// GPUs that it runs with.
        gpus: u32,
        /// The longest that it can run in all, seconds.
        longest: u32,
    },
    /// Goes on with another number of GPUs.
    Resize {
        /// GPUs that it runs with.
        gpus: u32,
        /// How long it runs in all, seconds.
        duration: u32,
    },
    /// Refuses what is claimed and not accepted.
    Dispute {
        /// Until when all of that can be refused; a later claim, if there is one, for longer.
        until: i64,
        /// The lowest figure to admit: what is accepted.
        accepted: u64,
        /// What is claimed: the figure to admit is below.
        claimed: u64,
        /// What is set aside for the arbiter at most: for the lowest figure.
        stake: u64,
    },
    /// Gives notice.
    Terminate {
        /// When it then ends.
        ends_at: i64,
    },
    /// Ends it at its last attested moment, since the provider fell silent.
    Expire {
        /// That moment.
        window_end: i64,
    },
    /// Replaces the credentials.
    PublishAccess,
    /// Ends it at once, and divides the vault as agreed.
    CloseTogether {
        /// The fewest units that can be paid for in all.
        least: u64,
        /// The most.
        most: u64,
        /// The bond, of which the payer can be credited any part.
        bond: u64,
    },
    /// Decides its dispute.
    Resolve {
        /// Until when.
        until: i64,
        /// What the renter admits.
        renter_units: u64,
        /// What the provider claims.
        provider_units: u64,
    },
    /// Ends a dispute that nobody decided in time.
    ResolveByTimeout {
        /// Units that then count.
        units: u64,
    },
    /// Pays the provider what is due.
    Settle {
        /// That, fees included.
        due: u64,
    },
    /// Gives GPUs that it no longer needs back to its offer.
    ReleaseGpus {
        /// How many.
        gpus: u32,
    },
    /// Divides what is in the vault of a lease that is over.
    Close {
        /// To the provider, the bond included.
        to_provider: u64,
        /// To the payer, the SLA credit included.
        to_payer: u64,
    },
}

/// What can be done with a proposal. Times are unix seconds and the last at which it is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::EnumIter)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum ProposalAct {
    /// Votes on it.
    Vote {
        /// Until when, unless a late change of the result extends the vote.
        until: i64,
    },
    /// Takes it back.
    Cancel,
    /// Decides it by its votes, or ends one that was taken back.
    Finalize {
        /// The deposit, which the proposer gets back, lamports.
        deposit: u64,
    },
    /// Makes it so.
    Execute {
        /// Until when.
        until: i64,
        /// Whether it is decided already; otherwise it is finalized in the same transaction.
        is_decided: bool,
    },
    /// Pays the fees that were voted, or what there is of them.
    WithdrawFees {
        /// Until when.
        until: i64,
        /// Whether it is decided already; otherwise it is finalized in the same transaction.
        is_decided: bool,
        /// What is left to pay, base units.
        rest: u64,
    },
    /// Puts it to the vote again, since it can no longer come about.
    ProposeAgain,
    /// Closes the records of votes on it and brings back their rent.
    ReclaimRent,
}

/// What can be done with `lease` at `now`, and by whom.
///
/// The operator's deeds are named whether its provider has one or not: that is not in the lease. What is of no use is left
/// out though the program lets it happen: notice that changes nothing, other credentials for a lease that is over,
/// an agreement about one that anyone can close.
pub fn lease_deeds(lease: &Lease, now: i64) -> Vec<Deed<LeaseAct>> {
    use Role::{Anyone, Arbiter, Attestor, Both, Operator, Provider, Renter};
    let of_renter: &[Role] = match lease.session_key == Address::default() {
        true => &[Renter],
        false => &[Renter, Role::SessionKey],
    };
    let keys = keys(lease);
    // A renter may name any address its session key, one of those among them that stand for the provider's keys.
    let without_session_key = Lease { session_key: Address::default(), ..*lease };
    let is_left_alone = can_expire(lease, false, now);
    deeds(&[
        (&[Provider, Operator], start(lease, now)),
        (if now > lease.start_deadline { &[Anyone] } else { &[Renter] }, cancel(lease, now)),
        (&[Attestor], attest(lease, now)),
        (of_renter, co_sign(lease, now)),
        (&[Anyone], top_up(lease, now)),
        (&[Renter], extend(lease, now)),
        (&[Renter], resize(lease, now)),
        (of_renter, dispute(lease, now)),
        (of_renter, terminate(lease, &lease.renter, now)),
        (if is_left_alone { &[Anyone] } else { of_renter }, expire(lease, now)),
        (&[Provider], terminate(&without_session_key, &keys.authority, now)),
        (&[Operator], terminate(&without_session_key, &keys.operator, now)),
        (&[Provider, Operator], publish_access(lease, now)),
        (&[Arbiter], resolve(lease, now)),
        (&[Anyone], resolve_by_timeout(lease, now)),
        (&[Both], close_together(lease, now)),
        (&[Anyone], settle(lease, now)),
        (&[Anyone], release_gpus(lease, now)),
        (&[Anyone], close(lease, now)),
    ])
}

/// What can be done with `proposal` at `now`, and by whom. `fee_bps` is the rate in force.
pub fn proposal_deeds(proposal: &Proposal, fee_bps: u16, now: i64) -> Vec<Deed<ProposalAct>> {
    use ProposalAct::{Cancel, Execute, Finalize, ProposeAgain, ReclaimRent, Vote, WithdrawFees};
    let is_decided = proposal.require_decided().is_ok();
    let finalized = rehearse(proposal, |proposal| proposal.finalize(now)).ok();
    let decided = finalized.map_or(*proposal, |(decided, _)| decided);
    let (until, deposit) = (proposal.expires_at().saturating_sub(1), proposal.deposit);
    let execution = match decided.action.kind == ActionKind::WithdrawFees {
        true => rehearse(&decided, |proposal| proposal.withdraw(u64::MAX, now))
            .map(|(_, rest)| WithdrawFees { until, is_decided, rest }),
        false => rehearse(&decided, |proposal| proposal.execute(fee_bps, now))
            .map(|_| Execute { until, is_decided }),
    };
    let execution = execution.ok();
    let phase = proposal.phase(now);
    let is_void = matches!(phase, ProposalPhase::Failed | ProposalPhase::Expired)
        || phase == ProposalPhase::Executable && execution.is_none();
    let vote = (phase == ProposalPhase::Voting).then_some(Vote { until: proposal.ends_at.saturating_sub(1) });
    let has_participants = proposal.participants.electorate > 0;
    deeds(&[
        (&[Role::TokenHolder], vote),
        (&[Role::Participant], vote.filter(|_| has_participants)),
        (&[Role::Proposer], can!(proposal.cancel(&proposal.proposer)).then_some(Cancel)),
        (&[Role::Anyone], (finalized.is_some() && execution.is_none()).then_some(Finalize { deposit })),
        (&[Role::Anyone], execution),
        (&[Role::Anyone], is_void.then_some(ProposeAgain)),
        (&[Role::Voter], is_decided.then_some(ReclaimRent)),
    ])
}

/// A deed for each of those who can do what can be done.
fn deeds<A: Copy>(acts: &[(&[Role], Option<A>)]) -> Vec<Deed<A>> {
    let deeds = acts.iter().filter_map(|(roles, act)| Some((roles, (*act)?)));
    deeds.flat_map(|(roles, act)| roles.iter().map(move |&who| Deed { who, act })).collect()
}

/// The keys of a provider that are nobody else's in `lease`: neither stands in it, so two of its addresses that sign
/// nothing stand for them.
fn keys(lease: &Lease) -> Provider {
    Provider { authority: lease.provider, operator: lease.offer, ..Provider::zeroed() }
}

fn start(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let (_, bond) = rehearse(lease, |lease| lease.start([0; 32], false, Moment::by_clock(now))).ok()?;
    Some(LeaseAct::Start { until: lease.start_deadline, bond })
}

pub(super) fn cancel(lease: &Lease, now: i64) -> Option<LeaseAct> {
    lease.require_cancellable(&lease.renter, now).ok()?;
    Some(LeaseAct::Cancel { refund: lease.ledger.deposited })
}

fn top_up(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let most = u64::MAX.saturating_sub(lease.ledger.deposited);
    rehearse(lease, |lease| lease.top_up(most, i64::MIN, Moment::by_clock(now))).ok()?;
    let is_started = lease.state != LeaseState::Pending;
    Some(LeaseAct::TopUp { until: is_started.then_some(lease.ends_at.saturating_sub(1)) })
}

/// What can be reported at most at `now`: up to when, and how many units.
fn report(lease: &Lease, is_co_signed: bool, now: i64) -> Option<(i64, u64)> {
    let window_end = now.min(lease.ends_at);
    let capacity = lease.meter.capacity(window_end);
    let usage =
        Usage { window_end, gpu_seconds: capacity, energy_wh: lease.meter.energy_wh, evidence: [0; 32] };
    rehearse(lease, |lease| lease.attest(&usage, is_co_signed, Moment::by_clock(now))).ok()?;
    Some((window_end, capacity))
}

/// Until when reports are taken.
fn grace_ends_at(lease: &Lease) -> i64 {
    lease.ends_at.saturating_add_unsigned(ATTESTATION_GRACE)
}

fn attest(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let (window_end, capacity) = report(lease, false, now)?;
    Some(LeaseAct::Attest { until: grace_ends_at(lease), window_end, capacity })
}

fn co_sign(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let (window_end, capacity) = report(lease, true, now)?;
    let until = match report(lease, false, now) {
        Some(_) => grace_ends_at(lease),
        // All of it is claimed: it matures.
        None => grace_ends_at(lease).min(matures_at(lease, &lease.meter.latest).saturating_sub(1)),
    };
    Some(LeaseAct::CoSign { until, window_end, capacity })
}

/// When a claim is final unless it is disputed.
fn matures_at(lease: &Lease, claim: &Claim) -> i64 {
    claim.submitted.time.saturating_add(lease.terms.challenge_window.into())
}

fn extend(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let (gpus, longest) = (lease.meter.gpus, lease.terms.max_duration);
    rehearse(lease, |lease| lease.extend(gpus, longest, Moment::by_clock(now))).ok()?;
    Some(LeaseAct::Extend { gpus, longest })
}

fn resize(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let (gpus, duration) = (lease.meter.gpus, lease.duration);
    let can_go_on_with = |to| {
        let change = Resize { duration, from: gpus, to };
        can!(lease.resize(&change, false, now))
    };
    let is_possible = can_go_on_with(gpus.saturating_add(1)) || can_go_on_with(gpus.saturating_sub(1));
    is_possible.then_some(LeaseAct::Resize { gpus, duration })
}

fn dispute(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let meter = matured(lease, now).meter;
    let accepted = meter.accepted;
    let disputed = rehearse(lease, |lease| lease.dispute(accepted, u64::MAX, Moment::by_clock(now)));
    let (_, stake) = disputed.ok()?;
    let until = matures_at(lease, &meter.maturing).saturating_sub(1);
    Some(LeaseAct::Dispute { until, accepted, claimed: meter.latest.units, stake })
}

fn terminate(lease: &Lease, party: &Address, now: i64) -> Option<LeaseAct> {
    let give = |lease: &mut Lease| lease.terminate(party, &keys(lease), i64::MAX, Moment::by_clock(now));
    let (after, ()) = rehearse(lease, give).ok()?;
    (after != *lease).then_some(LeaseAct::Terminate { ends_at: after.ends_at })
}

fn expire(lease: &Lease, now: i64) -> Option<LeaseAct> {
    can_expire(lease, true, now).then_some(LeaseAct::Expire { window_end: lease.meter.window_end })
}

fn publish_access(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let is_running = matches!(lease.phase(Moment::by_clock(now)), Phase::Running | Phase::Exhausted);
    is_running.then_some(LeaseAct::PublishAccess)
}

fn resolve(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let Dispute { renter_units, provider_units, .. } = lease.dispute;
    let figures = (renter_units, provider_units);
    rehearse(lease, |lease| lease.resolve(figures, renter_units, Moment::by_clock(now))).ok()?;
    Some(LeaseAct::Resolve { until: lease.dispute.deadline(), renter_units, provider_units })
}

pub(super) fn resolve_by_timeout(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let (_, units) = rehearse(lease, |lease| lease.resolve_by_timeout(Moment::by_clock(now))).ok()?;
    Some(LeaseAct::ResolveByTimeout { units })
}

fn close_together(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let most = lease.claimed();
    let agreed = Agreed { seen: Seen::default(), units: most, credit: 0 };
    let closed = |lease: &mut Lease| lease.close(lease.ledger.owed()?, Some(&agreed), Moment::by_clock(now));
    let is_possible = !is_closable(lease, now) && rehearse(lease, closed).is_ok();
    is_possible.then_some(LeaseAct::CloseTogether {
        least: matured(lease, now).meter.accepted,
        most,
        bond: lease.ledger.bond,
    })
}

fn settle(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let due = lease.due(Moment::by_clock(now));
    (due > 0 && !is_closable(lease, now)).then_some(LeaseAct::Settle { due })
}

pub(super) fn release_gpus(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let (_, gpus) = rehearse(lease, |lease| lease.release_gpus(now)).ok()?;
    (gpus > 0 && !is_closable(lease, now)).then_some(LeaseAct::ReleaseGpus { gpus })
}

pub(super) fn close(lease: &Lease, now: i64) -> Option<LeaseAct> {
    let closed = |lease: &mut Lease| lease.close(lease.ledger.owed()?, None, Moment::by_clock(now));
    let (_, Closing { payout, bond, credit, refund, .. }) = rehearse(lease, closed).ok()?;
    Some(LeaseAct::Close {
        to_provider: payout.saturating_add(bond),
        to_payer: refund.saturating_add(credit),
    })
}

/// Whether anyone can close it, so that nothing less needs doing.
fn is_closable(lease: &Lease, now: i64) -> bool {
    lease.phase(Moment::by_clock(now)) == Phase::Closable
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        constants::EXPIRY_BY_OTHERS,
        outlook::{
            gpus_in_use,
            testing::{RENTER, at, claimed, lease},
        },
        state::{Action, FeeEpochs, House, Ledger, Participant, PodLeaseState, VoteRecord, epoch_of},
    };
    use proptest::prelude::*;

    /// Those who can do what `is_it` with a lease at `now`.
    fn who(lease: &Lease, now: i64, is_it: fn(&LeaseAct) -> bool) -> Vec<Role> {
        let deeds = lease_deeds(lease, now).into_iter();
        deeds.filter(|deed| is_it(&deed.act)).map(|deed| deed.who).collect()
    }

    /// What `role` can do with a lease at `now`.
    fn of(lease: &Lease, role: Role, now: i64) -> Vec<LeaseAct> {
        let deeds = lease_deeds(lease, now).into_iter();
        deeds.filter(|deed| deed.who == role).map(|deed| deed.act).collect()
    }

    /// `matches!` as a function.
    macro_rules! is {
        ($act:ident) => {
            |act: &LeaseAct| matches!(act, LeaseAct::$act { .. })
        };
    }

    #[test]
    fn a_pending_lease_can_be_started_until_its_deadline_and_cancelled_by_anyone_after_it() {
        let pending = Lease { state: PodLeaseState::Pending, ..lease() };
        assert_eq!(who(&pending, 1_000, is!(Start)), [Role::Provider, Role::Operator]);
        assert!(of(&pending, Role::Operator, 1_000).contains(&LeaseAct::Start { until: 1_000, bond: 7_200 }));
        assert_eq!(who(&pending, 1_000, is!(Cancel)), [Role::Renter]);
        assert_eq!(who(&pending, 1_001, is!(Start)), []);
        assert_eq!(who(&pending, 1_001, is!(Cancel)), [Role::Anyone]);
        assert!(of(&pending, Role::Anyone, 1_001).contains(&LeaseAct::Cancel { refund: 200_000 }));
    }

    #[test]
    fn usage_is_reported_until_the_grace_is_over_as_far_as_the_gpus_can_have_delivered() {
        let lease = lease();
        let (ends_at, until) = (lease.ends_at, lease.ends_at + i64::try_from(ATTESTATION_GRACE).unwrap());
        for (now, window_end, capacity) in [(1_001, 1_001, 2), (until, ends_at, 172_800)] {
            assert_eq!(of(&lease, Role::Attestor, now), [LeaseAct::Attest { until, window_end, capacity }]);
            assert!(of(&lease, Role::Renter, now).contains(&LeaseAct::CoSign {
                until,
                window_end,
                capacity
            }));
        }
        for now in [1_000, until + 1] {
            assert_eq!(who(&lease, now, is!(Attest)), [], "{now}");
        }
        // What is claimed in full is not reported again, and can be accepted until it matures.
        let claimed = claimed();
        assert_eq!(who(&claimed, 2_000, is!(Attest)), []);
        let co_sign = LeaseAct::CoSign { until: 2_599, window_end: 2_000, capacity: 2_000 };
        assert!(of(&claimed, Role::Renter, 2_000).contains(&co_sign));
    }

    #[test]
    fn a_claim_can_be_disputed_until_it_matures_and_is_due_then() {
        let lease = claimed();
        let dispute = LeaseAct::Dispute { until: 2_599, accepted: 0, claimed: 2_000, stake: 200 };
        assert!(of(&lease, Role::Renter, 2_599).contains(&dispute));
        assert_eq!(who(&lease, 2_599, is!(Settle)), []);
        assert_eq!(who(&lease, 2_600, is!(Dispute)), []);
        assert!(of(&lease, Role::Anyone, 2_600).contains(&LeaseAct::Settle { due: 2_000 }));
    }

    #[test]
    fn of_two_claims_the_first_can_be_refused_until_it_matures_and_the_second_for_longer() {
        let mut lease = claimed();
        lease.meter.attest(2_300, 2_600, at(2_300));
        lease.meter.claim(Claim { units: 2_600, submitted: at(2_300) });
        let refusable = |now| match of(&lease, Role::Renter, now).into_iter().find(is!(Dispute)) {
            Some(LeaseAct::Dispute { until, accepted, claimed, .. }) => (until, accepted, claimed),
            other => panic!("{other:?}"),
        };
        assert_eq!(refusable(2_599), (2_599, 0, 2_600));
        assert_eq!(refusable(2_600), (2_899, 2_000, 2_600));
        assert_eq!(who(&lease, 2_900, is!(Dispute)), []);
    }

    #[test]
    fn a_silent_lease_can_be_expired_by_the_renter_and_three_days_later_by_anyone() {
        let lease = Lease { ends_at: 1_000_000, ..claimed() };
        let later = 2_901 + i64::try_from(EXPIRY_BY_OTHERS).unwrap();
        let expire = LeaseAct::Expire { window_end: 2_000 };
        assert_eq!(who(&lease, 2_900, is!(Expire)), []);
        assert!(of(&lease, Role::Renter, 2_901).contains(&expire));
        assert_eq!(who(&lease, later - 1, is!(Expire)), [Role::Renter]);
        assert_eq!(who(&lease, later, is!(Expire)), [Role::Anyone]);
        assert!(of(&lease, Role::Anyone, later).contains(&expire));
    }

    #[test]
    fn notice_is_offered_to_those_who_have_not_given_it() {
        let mut lease = lease();
        assert_eq!(who(&lease, 2_000, is!(Terminate)), [Role::Renter, Role::Provider]);
        assert!(of(&lease, Role::Provider, 2_000).contains(&LeaseAct::Terminate { ends_at: 2_600 }));
        lease.terminate(&RENTER, &Provider::zeroed(), i64::MAX, at(2_000)).unwrap();
        for is_it in [is!(Terminate), is!(Extend), is!(Resize)] {
            assert_eq!(who(&lease, 2_000, is_it), []);
        }
    }

    #[test]
    fn a_session_key_co_signs_disputes_gives_notice_and_expires_like_the_renter_and_does_nothing_else() {
        let lease = Lease { ends_at: 1_000_000, ..claimed() };
        assert_eq!(of(&lease, Role::SessionKey, 2_500), [], "there is none");
        let lease = Lease { session_key: Address::new_from_array([4; 32]), ..lease };
        let later = 2_901 + i64::try_from(EXPIRY_BY_OTHERS).unwrap();
        for (now, acts) in [
            (2_500, [is!(CoSign), is!(Dispute), is!(Terminate)].as_slice()),
            (2_901, &[is!(CoSign), is!(Terminate), is!(Expire)]),
            // Once anyone may, nobody is named besides.
            (later, &[is!(CoSign), is!(Terminate)]),
        ] as [(i64, &[fn(&LeaseAct) -> bool]); 3]
        {
            let (own, renter_s) = (of(&lease, Role::SessionKey, now), of(&lease, Role::Renter, now));
            assert_eq!(own.len(), acts.len(), "{own:?}");
            assert!(own.iter().zip(acts).all(|(act, is_it)| is_it(act)), "{own:?}");
            assert!(own.iter().all(|act| renter_s.contains(act)));
        }
    }

    #[test]
    fn an_operator_leaves_only_where_no_notice_is_owed() {
        let dear = Lease { ledger: Ledger { deposited: 2_000, ..Ledger::default() }, ..lease() };
        assert_eq!(who(&dear, 2_000, is!(Terminate)), [Role::Renter, Role::Provider]);
        assert_eq!(who(&dear, 2_001, is!(Terminate)), [Role::Renter, Role::Provider, Role::Operator]);
        assert!(of(&dear, Role::Operator, 2_001).contains(&LeaseAct::Terminate { ends_at: 2_001 }));
    }

    #[test]
    fn credentials_are_replaced_while_the_lease_runs() {
        let pending = Lease { state: PodLeaseState::Pending, ..lease() };
        assert_eq!(who(&pending, 1_000, is!(PublishAccess)), []);
        assert_eq!(who(&lease(), 2_000, is!(PublishAccess)), [Role::Provider, Role::Operator]);
        assert_eq!(who(&lease(), 1_000 + 86_400, is!(PublishAccess)), []);
        let mut disputed = claimed();
        disputed.dispute(1_000, u64::MAX, at(2_100)).unwrap();
        assert_eq!(who(&disputed, 2_100, is!(PublishAccess)), []);
    }

    #[test]
    fn a_shrinking_lease_uses_its_gpus_until_the_notice_is_over_and_gives_them_back_then() {
        let mut lease = lease();
        lease.resize(&Resize { duration: 86_400, from: 2, to: 1 }, false, 2_000).unwrap();
        assert_eq!((gpus_in_use(&lease, 2_599), gpus_in_use(&lease, 2_600)), (2, 1));
        assert_eq!(who(&lease, 2_599, is!(ReleaseGpus)), []);
        assert!(of(&lease, Role::Anyone, 2_600).contains(&LeaseAct::ReleaseGpus { gpus: 1 }));
    }

    #[test]
    fn a_dispute_is_the_arbiter_s_until_its_deadline_and_anyone_s_after_it() {
        let mut lease = claimed();
        lease.dispute(1_000, u64::MAX, at(2_100)).unwrap();
        let until = lease.dispute.deadline();
        let resolve = LeaseAct::Resolve { until, renter_units: 1_000, provider_units: 2_000 };
        assert_eq!(of(&lease, Role::Arbiter, until), [resolve]);
        assert_eq!(who(&lease, until, is!(ResolveByTimeout)), []);
        assert_eq!(of(&lease, Role::Arbiter, until + 1), []);
        let timeout = LeaseAct::ResolveByTimeout { units: 1_500 };
        assert!(of(&lease, Role::Anyone, until + 1).contains(&timeout));
        let both = LeaseAct::CloseTogether { least: 1_000, most: 2_000, bond: lease.ledger.bond };
        assert_eq!(of(&lease, Role::Both, until), [both]);
    }

    #[test]
    fn a_session_key_that_is_the_offer_s_address_lets_no_operator_leave() {
        let lease = Lease { session_key: lease().offer, ..lease() };
        assert_eq!(of(&lease, Role::Operator, 1_100), [LeaseAct::PublishAccess]);
    }

    #[test]
    fn a_lease_that_is_over_is_closed_by_anyone_and_nothing_less_is_offered_but_to_say_why_it_ended() {
        let lease = claimed();
        let over = lease.ends_at + i64::try_from(ATTESTATION_GRACE).unwrap() + 1;
        // 172 800 units were promised and 2 000 came: all of the bond is credited.
        let close = LeaseAct::Close { to_provider: 2_000, to_payer: 198_000 + 7_200 };
        // The provider fell silent before the end: by expiring it the renter has that on record.
        let expire = LeaseAct::Expire { window_end: 2_000 };
        let deeds = [Deed { who: Role::Renter, act: expire }, Deed { who: Role::Anyone, act: close }];
        assert_eq!(lease_deeds(&lease, over), deeds);
    }

    #[test]
    fn a_proposal_is_voted_on_then_decided_and_executed_by_anyone() {
        use ProposalAct::{Cancel, Execute, Finalize, ProposeAgain, ReclaimRent, Vote};
        const DAY: i64 = 86_400;
        let mut proposal = Proposal {
            action: Action::SetFee { fee_bps: 150 }.into(),
            deposit: 1,
            ends_at: 5 * DAY,
            timelock: 2 * 86_400,
            execution_window: 3 * 86_400,
            fee_bps: 100,
            ..Proposal::zeroed()
        };
        proposal.tokens.quorum = 10;
        proposal.participants.electorate = 10;
        let deeds = |proposal: &Proposal, fee_bps, now| -> Vec<_> {
            proposal_deeds(proposal, fee_bps, now).iter().map(|deed| (deed.who, deed.act)).collect()
        };
        let vote = Vote { until: 5 * DAY - 1 };
        let execute = |is_decided| Execute { until: 10 * DAY - 1, is_decided };
        let votes = [(Role::TokenHolder, vote), (Role::Participant, vote)];
        assert_eq!(deeds(&proposal, 100, 0)[..2], votes);
        assert_eq!(deeds(&proposal, 100, 0)[2..], [(Role::Proposer, Cancel)]);
        let finalize = (Role::Anyone, Finalize { deposit: 1 });
        let reclaim = (Role::Voter, ReclaimRent);
        proposal.tokens.votes_for = 9;
        assert_eq!(deeds(&proposal, 100, 0), votes);
        assert_eq!(deeds(&proposal, 100, 7 * DAY), [finalize]);
        proposal.tokens.votes_for = 10;
        assert_eq!(deeds(&proposal, 100, 5 * DAY), [finalize]);
        assert_eq!(deeds(&proposal, 100, 7 * DAY), [(Role::Anyone, execute(false))]);
        proposal.finalize(5 * DAY).unwrap();
        assert_eq!(deeds(&proposal, 100, 7 * DAY - 1), [reclaim]);
        assert_eq!(deeds(&proposal, 100, 7 * DAY), [(Role::Anyone, execute(true)), reclaim]);
        // The fee has moved, or time is up.
        assert_eq!(deeds(&proposal, 110, 7 * DAY), [(Role::Anyone, ProposeAgain), reclaim]);
        assert_eq!(deeds(&proposal, 100, 10 * DAY), [(Role::Anyone, ProposeAgain), reclaim]);
    }

    #[test]
    fn fees_are_withdrawn_as_far_as_they_are_not_paid_yet() {
        let mint = Address::new_from_array([5; 32]);
        let mut proposal = Proposal {
            action: Action::WithdrawFees { mint, amount: 100 }.into(),
            deposit: 1,
            execution_window: 10,
            ..Proposal::zeroed()
        };
        proposal.tokens.votes_for = 1;
        let of = |proposal: &Proposal, now| proposal_deeds(proposal, 100, now)[0].act;
        let withdraw = |is_decided, rest| ProposalAct::WithdrawFees { until: 9, is_decided, rest };
        assert_eq!(of(&proposal, 0), withdraw(false, 100));
        proposal.finalize(0).unwrap();
        proposal.withdraw(30, 0).unwrap();
        assert_eq!(of(&proposal, 9), withdraw(true, 70));
        assert_eq!(of(&proposal, 10), ProposalAct::ProposeAgain);
    }

    /// Does `act` with `lease` as `who`, with the figures of the deed.
    fn done(lease: &Lease, who: Role, act: LeaseAct, now: i64) -> Result<Lease, crate::Error> {
        let moment = Moment::by_clock(now);
        let provider = keys(lease);
        let party = match who {
            Role::Renter => lease.renter,
            Role::SessionKey => lease.session_key,
            Role::Provider => provider.authority,
            Role::Operator => provider.operator,
            _ => Address::new_from_array([99; 32]),
        };
        let usage = |window_end, gpu_seconds| Usage {
            window_end,
            gpu_seconds,
            energy_wh: lease.meter.energy_wh,
            evidence: [0; 32],
        };
        let agreed = |units, credit| Agreed { seen: Seen::default(), units, credit };
        let (after, ()) = rehearse(lease, |lease| {
            match act {
                LeaseAct::Start { bond, .. } => assert_eq!(lease.start([1; 32], false, moment)?, bond),
                LeaseAct::Cancel { .. } => lease.require_cancellable(&party, now)?,
                LeaseAct::TopUp { .. } => lease.top_up(1 << 50, i64::MIN, moment)?,
                LeaseAct::Attest { window_end, capacity, .. } => {
                    lease.attest(&usage(window_end, capacity), false, moment)?;
                }
                LeaseAct::CoSign { window_end, capacity, .. } => {
                    lease.attest(&usage(window_end, capacity), true, moment)?;
                }
                LeaseAct::Extend { gpus, longest } => lease.extend(gpus, longest, moment)?,
                LeaseAct::Resize { gpus, duration } => {
                    let to = |to| Resize { duration, from: gpus, to };
                    lease
                        .resize(&to(gpus + 1), false, now)
                        .or_else(|_| lease.resize(&to(gpus - 1), false, now))?;
                }
                LeaseAct::Dispute { accepted, claimed, stake, .. } => {
                    let mut mildest = *lease;
                    assert!(mildest.dispute(claimed - 1, stake, moment)? <= stake);
                    assert_eq!(lease.dispute(accepted, stake, moment)?, stake);
                }
                LeaseAct::Terminate { ends_at } => lease.terminate(&party, &provider, ends_at, moment)?,
                LeaseAct::Expire { window_end } => {
                    lease.expire(window_end, matches!(who, Role::Renter | Role::SessionKey), moment)?;
                }
                LeaseAct::PublishAccess => {
                    let replaced = lease.access_blob_hash;
                    lease.publish_access(&replaced, [2; 32], moment)?;
                }
                LeaseAct::CloseTogether { least, most, bond } => {
                    let mut dearest = *lease;
                    let owed = lease.ledger.owed()?;
                    dearest.close(owed, Some(&agreed(most, 0)), moment)?;
                    lease.close(owed, Some(&agreed(least, bond)), moment)?;
                }
                LeaseAct::Resolve { renter_units, provider_units, .. } => {
                    lease.resolve((renter_units, provider_units), provider_units, moment)?;
                }
                LeaseAct::ResolveByTimeout { units } => assert_eq!(lease.resolve_by_timeout(moment)?, units),
                LeaseAct::Settle { due } => {
                    let settlement = lease.settle(moment)?;
                    assert_eq!(settlement.payout + settlement.fee, due);
                }
                LeaseAct::ReleaseGpus { gpus } => assert_eq!(lease.release_gpus(now)?, gpus),
                LeaseAct::Close { to_provider, to_payer } => {
                    let Closing { payout, bond, credit, refund, .. } =
                        lease.close(lease.ledger.owed()?, None, moment)?;
                    assert_eq!((payout + bond, credit + refund), (to_provider, to_payer));
                }
            }
            Ok(())
        })?;
        Ok(after)
    }

    /// The last second at which the program accepts `act`, if it says so.
    fn until(act: &LeaseAct) -> Option<i64> {
        match *act {
            LeaseAct::Start { until, .. }
            | LeaseAct::Attest { until, .. }
            | LeaseAct::CoSign { until, .. }
            | LeaseAct::Dispute { until, .. }
            | LeaseAct::Resolve { until, .. } => Some(until),
            LeaseAct::TopUp { until } => until,
            LeaseAct::Cancel { .. }
            | LeaseAct::Extend { .. }
            | LeaseAct::Resize { .. }
            | LeaseAct::Terminate { .. }
            | LeaseAct::Expire { .. }
            | LeaseAct::PublishAccess
            | LeaseAct::CloseTogether { .. }
            | LeaseAct::ResolveByTimeout { .. }
            | LeaseAct::Settle { .. }
            | LeaseAct::ReleaseGpus { .. }
            | LeaseAct::Close { .. } => None,
        }
    }

    /// Everything that somebody could try with a lease, with figures of whatever it is and those around them, but for what
    /// is of no use.
    fn attempts(lease: &Lease, roll: u64, now: i64) -> Vec<Deed<LeaseAct>> {
        let meter = matured(lease, now).meter;
        let window_end = now.min(lease.ends_at);
        let within = |low: u64, high: u64| low + roll % (high.saturating_sub(low) + 1);
        let is_closable = is_closable(lease, now);
        let report = (window_end, within(meter.latest.units, meter.capacity(window_end)));
        let Dispute { renter_units, provider_units, .. } = lease.dispute;
        let mut attempts = Vec::new();
        let mut attempt = |who, act| attempts.push(Deed { who, act });
        for who in [Role::Provider, Role::Operator] {
            let bond = lease.terms.bond(lease.gpus).unwrap_or_default();
            attempt(who, LeaseAct::Start { until: 0, bond });
            attempt(who, LeaseAct::Terminate { ends_at: i64::MAX });
        }
        for who in [Role::Renter, Role::Anyone] {
            attempt(who, LeaseAct::Cancel { refund: 0 });
            attempt(who, LeaseAct::Expire { window_end: lease.meter.window_end });
        }
        let (window_end, capacity) = report;
        attempt(Role::Attestor, LeaseAct::Attest { until: 0, window_end, capacity });
        attempt(Role::Renter, LeaseAct::CoSign { until: 0, window_end, capacity });
        attempt(Role::Anyone, LeaseAct::TopUp { until: None });
        let longest = lease.duration.saturating_add(u32::try_from(roll % 100_000).unwrap());
        attempt(Role::Renter, LeaseAct::Extend { gpus: lease.meter.gpus, longest });
        attempt(Role::Renter, LeaseAct::Resize { gpus: lease.meter.gpus, duration: lease.duration });
        attempt(Role::Renter, LeaseAct::Terminate { ends_at: i64::MAX });
        let figures = (within(0, renter_units), within(renter_units, provider_units));
        attempt(Role::Arbiter, LeaseAct::Resolve { until: 0, renter_units, provider_units });
        attempt(
            Role::Arbiter,
            LeaseAct::Resolve { until: 0, renter_units: figures.0, provider_units: figures.1 },
        );
        attempt(Role::Anyone, LeaseAct::Close { to_provider: 0, to_payer: 0 });
        attempt(Role::Anyone, LeaseAct::ResolveByTimeout { units: 0 });
        if !is_closable {
            attempt(Role::Anyone, LeaseAct::ReleaseGpus { gpus: 0 });
            let units = within(meter.accepted, lease.claimed());
            attempt(Role::Both, LeaseAct::CloseTogether { least: units, most: units, bond: 0 });
        }
        attempts
    }

    /// What a lease goes through, each at some seconds after the one before.
    pub(in crate::outlook) fn history() -> impl Strategy<Value = (Lease, i64)> {
        let event = (0_u8..9, prop_oneof![0_i64..5, 0_i64..2_000, 0_i64..400_000], any::<u64>());
        let terms =
            (1_u32..4, 0_u64..400_000, prop_oneof![Just(0_u32), Just(600)], any::<bool>(), any::<bool>());
        (terms, prop::collection::vec(event, 0..12), prop_oneof![0_i64..5, 0_i64..1_000, 0_i64..1_000_000])
            .prop_map(|((gpus, deposited, notice, is_started, has_session_key), events, wait)| {
                let mut lease = Lease { state: PodLeaseState::Pending, ..lease() };
                lease.payer = Address::new_from_array([8; 32]);
                (lease.gpus, lease.ledger) = (gpus, Ledger { deposited, ..Ledger::default() });
                lease.terms.notice = notice;
                if has_session_key {
                    lease.session_key = Address::new_from_array([4; 32]);
                }
                let mut now = 1_000;
                if is_started {
                    lease.start([1; 32], false, at(now)).unwrap();
                }
                for (what, later, roll) in events {
                    now += later;
                    lease = after(lease, what, roll, now);
                }
                (lease, now + wait)
            })
    }

    /// The lease after something that may be refused.
    fn after(lease: Lease, what: u8, roll: u64, now: i64) -> Lease {
        let (moment, mut after) = (Moment::by_clock(now), lease);
        let window_end = now.min(lease.ends_at);
        let capacity = lease.meter.capacity(window_end);
        let parties = [lease.renter, keys(&lease).authority, keys(&lease).operator];
        let party = parties[usize::try_from(roll % 3).unwrap()];
        let done = match what {
            0..=2 => {
                let gpu_seconds = capacity - (roll % 7).min(capacity);
                let usage = Usage { window_end, gpu_seconds, energy_wh: 0, evidence: [0; 32] };
                after.attest(&usage, what == 0, moment)
            }
            3 => after.top_up(roll % 100_000, i64::MIN, moment),
            4 => {
                let (gpus, duration) = (lease.meter.gpus, lease.duration);
                let to = if roll.is_multiple_of(2) { gpus + 1 } else { gpus.saturating_sub(1) };
                after.resize(&Resize { duration, from: gpus, to }, false, now).map(|_| ())
            }
            5 => after.terminate(&party, &keys(&lease), i64::MAX, moment),
            6 => {
                let accepted = matured(&lease, now).meter.accepted;
                after.dispute(accepted + roll % 100, u64::MAX, moment).map(|_| ())
            }
            7 => after.settle(moment).and_then(|_| after.release_gpus(now)).map(|_| ()),
            _ => after.expire(lease.meter.window_end, roll.is_multiple_of(2), moment).map(|_| ()),
        };
        if done.is_ok() { after } else { lease }
    }

    /// Whether two acts are the same, whatever their figures.
    fn same<A>(one: &A, other: &A) -> bool {
        std::mem::discriminant(one) == std::mem::discriminant(other)
    }

    /// The rate that the proposals are made against, basis points.
    const FEE_BPS: u16 = 100;

    /// Does `act` with `proposal` as `who`, with the figures of the deed.
    fn proposal_done(
        proposal: &Proposal,
        who: Role,
        act: ProposalAct,
        fee_bps: u16,
        now: i64,
    ) -> Result<Proposal, crate::Error> {
        let finalize_first = |proposal: &mut Proposal, is_decided: bool| match is_decided {
            true => Ok(()),
            false => proposal.finalize(now).map(|_| ()),
        };
        let (after, ()) = rehearse(proposal, |proposal| {
            match act {
                ProposalAct::Vote { .. } => {
                    let nobody = Address::default();
                    let house = match who {
                        Role::Participant => {
                            let mut fees = FeeEpochs::default();
                            let epoch = epoch_of(proposal.created_at);
                            (1..=3).for_each(|before| fees.add(1, epoch - before));
                            proposal.weight_of_participant(&Participant { fees, ..Participant::zeroed() })?;
                            House::Participants
                        }
                        _ => House::Tokens,
                    };
                    let mut record = VoteRecord::new(house, nobody, nobody, nobody, 1, 0);
                    record.choose(true, false);
                    proposal.cast(None, &record, now)?;
                }
                ProposalAct::Cancel => {
                    let nobody = Address::default();
                    let signer = if who == Role::Proposer { proposal.proposer } else { nobody };
                    proposal.cancel(&signer)?;
                }
                ProposalAct::Finalize { deposit } => assert_eq!(proposal.finalize(now)?, deposit),
                ProposalAct::Execute { is_decided, .. } => {
                    finalize_first(proposal, is_decided)?;
                    proposal.execute(fee_bps, now)?;
                }
                ProposalAct::WithdrawFees { is_decided, rest, .. } => {
                    finalize_first(proposal, is_decided)?;
                    assert_eq!(proposal.withdraw(u64::MAX, now)?, rest);
                }
                ProposalAct::ProposeAgain => {
                    assert!(!can!(proposal.execute(fee_bps, now)), "it can come about still");
                }
                ProposalAct::ReclaimRent => proposal.require_decided()?,
            }
            Ok(())
        })?;
        Ok(after)
    }

    /// Everything that somebody could try with a proposal, but for what is of no use.
    fn proposal_attempts(proposal: &Proposal, offered: &[Deed<ProposalAct>]) -> Vec<Deed<ProposalAct>> {
        let is_decided = proposal.require_decided().is_ok();
        let is_withdrawal = proposal.action.kind == ActionKind::WithdrawFees;
        let mut attempts = Vec::new();
        let mut attempt = |who, act| attempts.push(Deed { who, act });
        attempt(Role::TokenHolder, ProposalAct::Vote { until: 0 });
        attempt(Role::Participant, ProposalAct::Vote { until: 0 });
        attempt(Role::Proposer, ProposalAct::Cancel);
        attempt(Role::Anyone, ProposalAct::Cancel);
        attempt(Role::Voter, ProposalAct::ReclaimRent);
        match is_withdrawal {
            true => {
                let rest = proposal.action.amount.saturating_sub(proposal.paid);
                attempt(Role::Anyone, ProposalAct::WithdrawFees { until: 0, is_decided, rest });
            }
            false => attempt(Role::Anyone, ProposalAct::Execute { until: 0, is_decided }),
        }
        // Whoever can execute it finalizes it at once.
        let is_executable = |deed: &Deed<ProposalAct>| {
            matches!(deed.act, ProposalAct::Execute { .. } | ProposalAct::WithdrawFees { .. })
        };
        if !offered.iter().any(is_executable) {
            attempt(Role::Anyone, ProposalAct::Finalize { deposit: proposal.deposit });
        }
        attempts
    }

    /// What a proposal goes through, each at some seconds after the one before; then the rate in force and the time.
    pub(in crate::outlook) fn proposal_history() -> impl Strategy<Value = (Proposal, u16, i64)> {
        const END: i64 = 400 * 86_400;
        let votes = (0_u64..4, 0_u64..4, 0_u64..4, 0_u64..4);
        let times = (prop_oneof![Just(0_u32), Just(500)], prop_oneof![Just(0_u32), Just(700)], 1_u32..2_000);
        let events = prop::collection::vec((0_u8..5, 0_i64..1_500, any::<u64>()), 0..6);
        let late = prop_oneof![Just(FEE_BPS), Just(FEE_BPS + 10)];
        (0_u8..4, votes, times, events, late, -3_000_i64..0, 0_i64..2_000).prop_map(
            |(what, votes, (extension, timelock, execution_window), events, fee_bps, begin, wait)| {
                let address = Address::new_from_array([5; 32]);
                let action = match what {
                    0 => Action::SetFee { fee_bps: FEE_BPS + 50 },
                    1 => Action::SetFee { fee_bps: FEE_BPS - 50 },
                    2 => Action::SetTreasury { treasury: address },
                    _ => Action::WithdrawFees { mint: address, amount: 100 },
                };
                let mut proposal = Proposal {
                    proposer: Address::new_from_array([7; 32]),
                    action: action.into(),
                    deposit: 1,
                    created_at: END - 10_000,
                    first_end: END,
                    ends_at: END,
                    extension,
                    timelock,
                    execution_window,
                    fee_bps: FEE_BPS,
                    ..Proposal::zeroed()
                };
                (proposal.tokens.electorate, proposal.tokens.quorum) = (20, 2);
                (proposal.tokens.votes_for, proposal.tokens.votes_against) = (votes.0, votes.1);
                if action.is_rise(FEE_BPS) {
                    (proposal.participants.electorate, proposal.participants.quorum) = (20, 2);
                    (proposal.participants.votes_for, proposal.participants.votes_against) =
                        (votes.2, votes.3);
                }
                let mut now = END + begin;
                for (what, later, roll) in events {
                    now += later;
                    let proposer = proposal.proposer;
                    let happens = |proposal: &mut Proposal| match what {
                        0 => proposal.cancel(&proposer),
                        1 | 2 => proposal.finalize(now).map(|_| ()),
                        3 => proposal.withdraw(roll % 150, now).map(|_| ()),
                        _ => proposal.execute(FEE_BPS, now).map(|_| ()),
                    };
                    // A withdrawal is not executed, see the instruction.
                    if what == 4 && proposal.action.kind == ActionKind::WithdrawFees {
                        continue;
                    }
                    proposal = rehearse(&proposal, happens).map_or(proposal, |(after, ())| after);
                }
                (proposal, fee_bps, now + wait)
            },
        )
    }

    /// The last second at which the program accepts `act`, if it says so.
    fn proposal_until(act: &ProposalAct) -> Option<i64> {
        match *act {
            ProposalAct::Vote { until }
            | ProposalAct::Execute { until, .. }
            | ProposalAct::WithdrawFees { until, .. } => Some(until),
            ProposalAct::Cancel
            | ProposalAct::Finalize { .. }
            | ProposalAct::ProposeAgain
            | ProposalAct::ReclaimRent => None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        #[test]
        fn the_program_accepts_every_deed_that_is_offered_until_it_is_over((lease, now) in history()) {
            for Deed { who, act } in lease_deeds(&lease, now) {
                let after = done(&lease, who, act, now);
                prop_assert!(after.is_ok(), "{who:?} {act:?}: {after:?}");
                if let Some(until) = until(&act) {
                    prop_assert!(now <= until, "{act:?} at {now}");
                    let in_time = done(&lease, who, act, until);
                    prop_assert!(in_time.is_ok(), "{act:?} at {until}: {in_time:?}");
                    prop_assert!(done(&lease, who, act, until + 1).is_err(), "{act:?} after {until}");
                }
            }
        }

        #[test]
        fn what_is_not_offered_is_refused_or_changes_nothing((lease, now) in history(), roll: u64) {
            let offered = lease_deeds(&lease, now);
            for Deed { who, act } in attempts(&lease, roll, now) {
                let is_offered = |deed: &Deed<LeaseAct>| {
                    same(&deed.act, &act) && (deed.who == who || deed.who == Role::Anyone)
                };
                if !offered.iter().any(is_offered) {
                    let after = done(&lease, who, act, now);
                    prop_assert!(after.is_err() || after.unwrap() == lease, "{who:?} {act:?} at {now}");
                }
            }
        }

        #[test]
        fn the_program_accepts_every_deed_with_a_proposal_until_it_is_over(
            (proposal, fee_bps, now) in proposal_history()
        ) {
            for Deed { who, act } in proposal_deeds(&proposal, fee_bps, now) {
                let after = proposal_done(&proposal, who, act, fee_bps, now);
                prop_assert!(after.is_ok(), "{who:?} {act:?}: {after:?}");
                if let Some(until) = proposal_until(&act) {
                    prop_assert!(now <= until, "{act:?} at {now}");
                    let in_time = proposal_done(&proposal, who, act, fee_bps, until);
                    prop_assert!(in_time.is_ok(), "{act:?} at {until}: {in_time:?}");
                    let late = proposal_done(&proposal, who, act, fee_bps, until + 1);
                    prop_assert!(late.is_err(), "{act:?} after {until}");
                }
            }
        }

        #[test]
        fn what_is_not_offered_with_a_proposal_is_refused((proposal, fee_bps, now) in proposal_history()) {
            let offered = proposal_deeds(&proposal, fee_bps, now);
            for Deed { who, act } in proposal_attempts(&proposal, &offered) {
                let is_offered = |deed: &Deed<ProposalAct>| {
                    same(&deed.act, &act) && (deed.who == who || deed.who == Role::Anyone)
                };
                if !offered.iter().any(is_offered) {
                    let after = proposal_done(&proposal, who, act, fee_bps, now);
                    prop_assert!(after.is_err(), "{who:?} {act:?} at {now}");
                }
            }
        }
    }
}
