use super::*;
use crate::{
    outlook::{
        LeaseAct,
        deeds::tests::{history, proposal_history},
        lease_deeds,
        testing::{at, claimed, lease},
    },
    state::{Ledger, PodLeaseState, PodProposalState, Resize},
};
use bytemuck::Zeroable;
use proptest::prelude::*;

const MINT: Address = Address::new_from_array([9; 32]);
const OTHER: Address = Address::new_from_array([10; 32]);
const GRACE: i64 = ATTESTATION_GRACE as i64;
const LATER: i64 = EXPIRY_BY_OTHERS as i64;

fn of(lease: &Lease, who: Role, now: i64) -> Vec<(Upkeep, Option<i64>)> {
    let agenda = lease_upkeep(lease, who, &OTHER, now);
    agenda.due.iter().map(|due| (due.what, due.since)).collect()
}

fn next(lease: &Lease, who: Role, now: i64) -> Option<i64> {
    lease_upkeep(lease, who, &OTHER, now).next
}

fn in_vault(lease: &Lease, now: i64) -> AtStake {
    lease_upkeep(lease, Role::Anyone, &OTHER, now).due[0].at_stake
}

#[test]
fn a_lease_that_was_not_started_is_due_from_the_second_after_its_deadline() {
    let pending = Lease { state: PodLeaseState::Pending, ..lease() };
    for who in [Role::Anyone, Role::Renter] {
        assert_eq!((of(&pending, who, 1_000), next(&pending, who, 1_000)), (vec![], Some(1_001)));
        assert_eq!(of(&pending, who, 1_001), [(Upkeep::CancelLease, Some(1_001))]);
        assert_eq!(of(&pending, who, 9_000), [(Upkeep::CancelLease, Some(1_001))]);
        assert_eq!(next(&pending, who, 1_001), None);
    }
    let deposit_and_bond =
        AtStake::Tokens { mint: Address::default(), amount: 200_000 + pending.ledger.bond };
    assert_eq!(in_vault(&pending, 1_001), deposit_and_bond);
}

#[test]
fn a_silent_lease_is_due_for_its_renter_at_once_and_for_others_three_days_later() {
    let lease = Lease { ends_at: 1_000_000, ..claimed() };
    assert_eq!(next(&lease, Role::SessionKey, 2_500), Some(2_901));
    assert_eq!(next(&lease, Role::Anyone, 2_500), Some(2_901 + LATER));
    assert_eq!(of(&lease, Role::SessionKey, 2_900), []);
    assert_eq!(of(&lease, Role::SessionKey, 2_901), [(Upkeep::ExpireLease, Some(2_901))]);
    assert_eq!(of(&lease, Role::Anyone, 2_900 + LATER), []);
    assert_eq!(of(&lease, Role::Anyone, 2_901 + LATER), [(Upkeep::ExpireLease, Some(2_901 + LATER))]);
}

#[test]
fn a_lease_that_is_over_gives_its_gpus_back_and_is_closed_after_the_grace() {
    let lease = lease();
    let (end, over) = (lease.ends_at, lease.ends_at + GRACE + 1);
    assert_eq!(next(&lease, Role::Anyone, 1_000), Some(end));
    assert_eq!(of(&lease, Role::Anyone, end), [(Upkeep::ReleaseGpus, Some(end))]);
    // Two GPUs for an hour.
    assert_eq!(in_vault(&lease, end), AtStake::Tokens { mint: Address::default(), amount: 7_200 });
    assert_eq!(next(&lease, Role::Anyone, end), Some(over));
    assert_eq!(of(&lease, Role::Anyone, over), [(Upkeep::CloseLease, Some(over))]);
    assert_eq!(next(&lease, Role::Anyone, over), None);
    // A claim that came last is waited for.
    let mut late = claimed();
    late.meter.latest.submitted = at(end + GRACE);
    late.meter.maturing = late.meter.latest;
    assert_eq!(next(&late, Role::Anyone, end), Some(end + GRACE + 600));
    // Of a lease that was decided nobody can say since when.
    let resolved = Lease { state: PodLeaseState::Resolved, ..claimed() };
    assert_eq!(of(&resolved, Role::Anyone, 2_000), [(Upkeep::CloseLease, None)]);
}

#[test]
fn gpus_are_due_from_the_end_of_a_shrink_s_notice_on() {
    let mut lease = lease();
    lease.resize(&Resize { duration: 86_400, from: 2, to: 1 }, false, 2_000).unwrap();
    assert_eq!((of(&lease, Role::Anyone, 2_599), next(&lease, Role::Anyone, 2_599)), (vec![], Some(2_600)));
    assert_eq!(of(&lease, Role::Anyone, 2_700), [(Upkeep::ReleaseGpus, Some(2_600))]);
}

#[test]
fn a_dispute_is_due_when_the_arbiter_s_time_is_over() {
    let mut lease = claimed();
    lease.dispute(1_000, u64::MAX, at(2_100)).unwrap();
    let due = lease.dispute.deadline() + 1;
    let released = (Upkeep::ReleaseGpus, Some(2_000));
    assert_eq!(of(&lease, Role::Anyone, due - 1), [released]);
    assert_eq!(next(&lease, Role::Anyone, 2_100), Some(due));
    assert_eq!(of(&lease, Role::Anyone, due), [(Upkeep::ResolveByTimeout, Some(due)), released]);
}

#[test]
fn fees_of_the_mint_that_votes_are_counted_on_the_last_day_of_an_epoch() {
    const EPOCH: i64 = FEE_EPOCH as i64;
    let ledger = Ledger { released: 500, fees: 5, counted: 2, ..lease().ledger };
    let mut lease = Lease { ledger, ends_at: 10 * EPOCH, ..lease() };
    lease.meter.heartbeat = at(10 * EPOCH);
    lease.terms.mint = MINT;
    let counted = |lease: &Lease, mint, now| lease_upkeep(lease, Role::Anyone, mint, now);
    let (from, end) = (EPOCH - COUNTING, EPOCH);
    assert_eq!(counted(&lease, &MINT, from - 1), Agenda { due: vec![], next: Some(from) });
    let at_stake = AtStake::Tokens { mint: MINT, amount: 3 };
    let due = Due { what: Upkeep::CountFees, since: Some(from), at_stake };
    for now in [from, end - 1] {
        assert_eq!(counted(&lease, &MINT, now).due, [due], "{now}");
    }
    assert_eq!(counted(&lease, &MINT, end), Agenda { due: vec![], next: Some(2 * EPOCH - COUNTING) });
    assert_eq!(counted(&lease, &OTHER, from).due, []);
    lease.ledger.counted = 5;
    assert_eq!(counted(&lease, &MINT, from).due, []);
}

#[test]
fn a_lock_is_due_when_it_is_over_and_a_record_when_its_proposal_is_decided() {
    let lock = VoteLock { amount: 7, unlock_at: 1_000, ..VoteLock::zeroed() };
    assert_eq!(lock_upkeep(&lock, &MINT, 999), Agenda { due: vec![], next: Some(1_000) });
    let at_stake = AtStake::Tokens { mint: MINT, amount: 7 };
    let due = Due { what: Upkeep::UnlockTokens, since: Some(1_000), at_stake };
    assert_eq!(lock_upkeep(&lock, &MINT, 1_000), Agenda { due: vec![due], next: None });

    let mut proposal = Proposal::zeroed();
    assert_eq!(record_upkeep(&proposal, 9), Agenda::default());
    proposal.state = PodProposalState::Failed;
    let due = Due { what: Upkeep::CloseVoteRecord, since: None, at_stake: AtStake::Lamports(9) };
    assert_eq!(record_upkeep(&proposal, 9).due, [due]);
}

/// What decisions change, with the fee at `fee_bps`.
fn in_force(fee_bps: u16) -> (Protocol, Governance, FeeParams) {
    let last_rise_at = -i64::from(RISE_INTERVAL);
    (Protocol::zeroed(), Governance::zeroed(), FeeParams { fee_bps, last_rise_at, ..FeeParams::zeroed() })
}

fn agenda(
    (protocol, governance, fee_params): &(Protocol, Governance, FeeParams),
    of: &Proposal,
    now: i64,
) -> Agenda {
    proposal_upkeep(of, &InForce { protocol, governance, fee_params }, 50, now)
}

fn passed(action: Action) -> Proposal {
    let mut proposal = Proposal {
        action: action.into(),
        deposit: 6,
        id: 3,
        ends_at: 1_000,
        timelock: 200,
        execution_window: 300,
        fee_bps: 100,
        ..Proposal::zeroed()
    };
    proposal.tokens.votes_for = 1;
    proposal
}

#[test]
fn a_proposal_is_finalized_then_executed_unless_that_is_refused() {
    let proposal = passed(Action::SetFee { fee_bps: 150 });
    let mut rules = in_force(100);
    assert_eq!(agenda(&rules, &proposal, 999), Agenda { due: vec![], next: Some(1_000) });
    let finalize = Due { what: Upkeep::FinalizeProposal, since: Some(1_000), at_stake: AtStake::Lamports(6) };
    assert_eq!(agenda(&rules, &proposal, 1_100), Agenda { due: vec![finalize], next: Some(1_200) });
    let execute = Due { what: Upkeep::ExecuteProposal, since: Some(1_200), at_stake: AtStake::Decision };
    assert_eq!(agenda(&rules, &proposal, 1_499).due, [execute]);
    assert_eq!(agenda(&rules, &proposal, 1_500).due, [Due { since: Some(1_500), ..finalize }]);
    // The last rise was not long ago.
    rules.2.last_rise_at = 1_300 - i64::from(RISE_INTERVAL);
    assert_eq!(agenda(&rules, &proposal, 1_299), Agenda { due: vec![finalize], next: Some(1_300) });
    assert_eq!(agenda(&rules, &proposal, 1_300).due, [Due { since: Some(1_300), ..execute }]);
    // A newer decision stands.
    rules.1.supersede(proposal.action.kind.into(), 4).unwrap();
    assert_eq!(agenda(&rules, &proposal, 1_300), Agenda { due: vec![finalize], next: None });
}

#[test]
fn fees_are_due_as_far_as_there_are_any() {
    let proposal = passed(Action::WithdrawFees { mint: MINT, amount: 80 });
    let rules = in_force(100);
    let (protocol, governance, fee_params) = &rules;
    let due = |in_vault| {
        let in_force = InForce { protocol, governance, fee_params };
        proposal_upkeep(&proposal, &in_force, in_vault, 1_200).due[0]
    };
    let fees = |amount| AtStake::Tokens { mint: MINT, amount };
    assert_eq!((due(50).what, due(50).at_stake), (Upkeep::WithdrawFees, fees(50)));
    assert_eq!(due(90).at_stake, fees(80));
    assert_eq!(due(0).what, Upkeep::FinalizeProposal);
}

/// What anyone, and besides it the renter, may do about a lease by its deeds.
fn by_deeds(lease: &Lease, is_of_renter: bool, now: i64) -> Vec<Upkeep> {
    let deeds = lease_deeds(lease, now).into_iter();
    let mut due: Vec<Upkeep> = deeds
        .filter_map(|deed| match (deed.act, deed.who) {
            (LeaseAct::Expire { .. }, Role::Renter) if is_of_renter => Some(Upkeep::ExpireLease),
            (_, who) if who != Role::Anyone => None,
            (LeaseAct::Expire { .. }, _) => Some(Upkeep::ExpireLease),
            (LeaseAct::Cancel { .. }, _) => Some(Upkeep::CancelLease),
            (LeaseAct::ResolveByTimeout { .. }, _) => Some(Upkeep::ResolveByTimeout),
            (LeaseAct::ReleaseGpus { .. }, _) => Some(Upkeep::ReleaseGpus),
            (LeaseAct::Close { .. }, _) => Some(Upkeep::CloseLease),
            _ => None,
        })
        .collect();
    if due.contains(&Upkeep::CloseLease) {
        due = vec![Upkeep::CloseLease];
    }
    due.sort_unstable();
    due
}

/// With slots as a cluster has them, far before those that clients reckon with.
fn on_chain(mut lease: Lease) -> Lease {
    let Lease { end_slot, meter, dispute, .. } = &mut lease;
    *end_slot = 0;
    for moment in [
        &mut meter.heartbeat,
        &mut meter.maturing.submitted,
        &mut meter.latest.submitted,
        &mut dispute.opened,
    ] {
        moment.slot = 0;
    }
    lease
}

fn sorted(agenda: &Agenda) -> Vec<Upkeep> {
    let mut due: Vec<Upkeep> = agenda.due.iter().map(|due| due.what).collect();
    due.sort_unstable();
    due
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn what_is_due_is_what_the_deeds_say_and_nothing_comes_before_the_next(
        (lease, now) in history(),
        is_of_renter: bool,
        share in 0_i64..1_000,
    ) {
        let lease = on_chain(lease);
        let who = if is_of_renter { Role::Renter } else { Role::Anyone };
        let agenda = lease_upkeep(&lease, who, &OTHER, now);
        prop_assert_eq!(sorted(&agenda), by_deeds(&lease, is_of_renter, now));
        for due in &agenda.due {
            if let Some(since) = due.since {
                prop_assert!(by_deeds(&lease, is_of_renter, since).contains(&due.what));
                prop_assert!(!by_deeds(&lease, is_of_renter, since - 1).contains(&due.what));
            }
        }
        let until = agenda.next.unwrap_or(now + 2_000_000);
        let between = [now + 1, now + (until - now) * share / 1_000, until - 1];
        for time in between.into_iter().filter(|time| (now..until).contains(time)) {
            let due = by_deeds(&lease, is_of_renter, time);
            prop_assert!(due.iter().all(|what| sorted(&agenda).contains(what)), "{due:?} at {time}");
        }
        if let Some(next) = agenda.next {
            prop_assert!(by_deeds(&lease, is_of_renter, next).iter().any(|what| !sorted(&agenda).contains(what)));
        }
    }

    #[test]
    fn whatever_is_due_of_a_proposal_the_program_does(
        (proposal, fee_bps, now) in proposal_history(),
        share in 0_i64..1_000,
    ) {
        let rules = in_force(fee_bps);
        let present = agenda(&rules, &proposal, now);
        for due in &present.due {
            let mut after = proposal;
            if after.deposit > 0 {
                prop_assert!(after.finalize(now).is_ok());
            }
            match due.what {
                Upkeep::FinalizeProposal => {}
                Upkeep::ExecuteProposal => prop_assert!(after.execute(fee_bps, now).is_ok()),
                _ => prop_assert!(after.withdraw(50, now).is_ok()),
            }
        }
        let until = present.next.unwrap_or(now + 10_000);
        let time = now + (until - now) * share / 1_000;
        for what in sorted(&agenda(&rules, &proposal, time)) {
            prop_assert!(time == until || sorted(&present).contains(&what), "{what:?} at {time}");
        }
    }
}
