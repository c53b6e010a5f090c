//! Who can do what next.

use super::{can_dispute, can_expire, rehearse};
use crate::state::{
    ActionKind, Dispute, Lease, LeaseState, Moment, Phase, Proposal, ProposalPhase, Provider, Resize,
};
use bytemuck::Zeroable;
use serde::Serialize;
use solana_address::Address;

/// Something that somebody can do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Who.
    pub who: &'static str,
    /// With which command.
    pub command: &'static str,
    /// What for.
    #[serde(skip)]
    pub why: &'static str,
}

/// What can be done with a lease at `now`, and by whom.
pub fn steps(lease: &Lease, now: i64) -> Vec<Step> {
    let moment = Moment::by_clock(now);
    let phase = lease.phase(moment);
    let (is_running, state) =
        (matches!(phase, Phase::Running | Phase::Exhausted), LeaseState::from(lease.state));
    let mut steps = Vec::new();
    let mut offer = |is_possible: bool, who, command, why| {
        if is_possible {
            steps.push(Step { who, command, why });
        }
    };
    match state {
        LeaseState::Pending => {
            let in_time = now <= lease.start_deadline;
            offer(in_time, "provider", "lease start", "begins it and puts up the bond");
            offer(in_time, "renter", "lease cancel", "takes the deposit back");
            offer(!in_time, "anyone", "lease cancel", "sends the deposit back");
            offer(true, "anyone", "lease top-up", "adds to the deposit");
        }
        LeaseState::Active => {
            let longest = lease.terms.max_duration;
            // Neither stands in the lease: two addresses that are nobody's in it stand for the provider's keys.
            let provider =
                Provider { authority: lease.provider, operator: lease.offer, ..Provider::zeroed() };
            let matters = |party| {
                let given = rehearse(lease, |lease| lease.terminate(&party, &provider, i64::MAX, moment));
                given.is_ok_and(|(after, ())| after != *lease)
            };
            let leaving = match matters(provider.operator) {
                true => "leaves at once, as its operator may too: no notice is owed",
                false => "gives notice",
            };
            let expires_alone = can_expire(lease, false, now);
            let is_open = phase != Phase::Closable;
            offer(is_open, "attestor", "attest sign", "reports what was delivered");
            offer(is_running, "anyone", "lease top-up", "pays for more");
            let (gpus, duration) = (lease.meter.gpus, lease.duration);
            let resize = Resize { duration, from: gpus, to: gpus.saturating_add(1) };
            offer(can!(lease.extend(gpus, longest, moment)), "renter", "lease extend", "runs longer");
            offer(
                can!(lease.resize(&resize, false, now)),
                "renter",
                "lease resize",
                "changes the number of GPUs",
            );
            // What the session key may instead of the renter's wallet.
            let has_session_key = lease.session_key != Address::default();
            for who in ["renter", "session key"].into_iter().take(1 + usize::from(has_session_key)) {
                let refuses = "refuses what is claimed; the arbiter decides";
                offer(can_dispute(lease, now), who, "dispute open", refuses);
                offer(matters(lease.renter), who, "lease terminate", "gives notice");
                let is_its = can_expire(lease, true, now) && !expires_alone;
                offer(is_its, who, "lease expire", "ends it where the provider fell silent");
            }
            offer(expires_alone, "anyone", "lease expire", "ends it where the provider fell silent");
            offer(matters(provider.authority), "provider", "lease terminate", leaving);
            offer(
                is_running,
                "provider",
                "lease publish-access",
                "replaces the credentials of a machine that moved",
            );
            offer(
                is_open,
                "both",
                "lease close --together",
                "ends it at once and divides the vault as agreed",
            );
        }
        LeaseState::Disputed => {
            let Dispute { renter_units, provider_units, .. } = lease.dispute;
            let in_time = can!(lease.resolve((renter_units, provider_units), renter_units, moment));
            let too_late = can!(lease.resolve_by_timeout(moment));
            offer(in_time, "arbiter", "arbiter resolve", "decides between the two figures");
            offer(too_late, "anyone", "dispute timeout", "lets the midpoint count");
            offer(true, "both", "lease close --together", "ends the dispute as agreed");
        }
        LeaseState::Resolved => {}
    }
    let freed = rehearse(lease, |lease| lease.release_gpus(now)).is_ok_and(|(_, gpus)| gpus > 0);
    offer(
        lease.due(moment) > 0 && phase != Phase::Closable,
        "anyone",
        "settle",
        "pays the provider what is due",
    );
    offer(freed && phase != Phase::Closable, "anyone", "lease release", "gives GPUs back to the offer");
    offer(phase == Phase::Closable, "anyone", "lease close", "divides what is in the vault");
    steps
}

/// What can be done with a proposal at `now`, and by whom. `fee_bps` is the rate in force.
pub fn proposal_steps(proposal: &Proposal, fee_bps: u16, now: i64) -> Vec<Step> {
    let mut decided = *proposal;
    let can_finalize = decided.finalize(now).is_ok();
    let is_withdrawal = proposal.action.kind == ActionKind::WithdrawFees;
    let can_execute = match is_withdrawal {
        true => decided.withdraw(u64::MAX, now).is_ok(),
        false => decided.execute(fee_bps, now).is_ok(),
    };
    let phase = proposal.phase(now);
    let is_void = matches!(phase, ProposalPhase::Failed | ProposalPhase::Expired)
        || phase == ProposalPhase::Executable && !can_execute;
    let has_payers = proposal.participants.electorate > 0;
    let is_voting = phase == ProposalPhase::Voting;
    [
        (is_voting, "token holders", "gov vote", "with tokens that were locked before it was made"),
        (
            is_voting && has_payers,
            "participants",
            "gov vote",
            "with fees of each of the three epochs before it",
        ),
        (
            can!(proposal.cancel(&proposal.proposer)),
            "proposer",
            "gov cancel",
            "takes it back, as long as nobody has voted",
        ),
        (can_finalize && !can_execute, "anyone", "gov finalize", "decides it and returns the deposit"),
        (can_finalize && can_execute, "anyone", "gov execute", "decides it and makes it so"),
        (!can_finalize && can_execute, "anyone", "gov execute", "makes it so"),
        (is_void, "anyone", "gov propose", "puts it to the vote again"),
        (
            proposal.require_decided().is_ok(),
            "voters",
            "gov reclaim",
            "brings back the rent of the votes' records",
        ),
    ]
    .into_iter()
    .filter_map(|(is_possible, who, command, why)| is_possible.then_some(Step { who, command, why }))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        constants::EXPIRY_BY_OTHERS,
        outlook::{
            gpus_in_use,
            testing::{RENTER, at, claimed, lease},
        },
        state::{Action, Ledger, PodLeaseState},
    };

    fn commands(lease: &Lease, now: i64) -> Vec<(&'static str, &'static str)> {
        steps(lease, now).iter().map(|step| (step.who, step.command)).collect()
    }

    #[test]
    fn a_pending_lease_can_be_started_until_its_deadline_and_cancelled_by_anyone_after_it() {
        let pending = Lease { state: PodLeaseState::Pending, ..lease() };
        assert!(commands(&pending, 1_000).contains(&("provider", "lease start")));
        assert!(!commands(&pending, 1_000).contains(&("anyone", "lease cancel")));
        assert!(!commands(&pending, 1_001).contains(&("provider", "lease start")));
        assert!(commands(&pending, 1_001).contains(&("anyone", "lease cancel")));
    }

    #[test]
    fn a_claim_can_be_disputed_until_it_matures_and_is_due_then() {
        let lease = claimed();
        assert!(commands(&lease, 2_599).contains(&("renter", "dispute open")));
        assert!(!commands(&lease, 2_599).contains(&("anyone", "settle")));
        assert!(!commands(&lease, 2_600).contains(&("renter", "dispute open")));
        assert!(commands(&lease, 2_600).contains(&("anyone", "settle")));
    }

    #[test]
    fn a_silent_lease_can_be_expired_by_the_renter_and_three_days_later_by_anyone() {
        let lease = Lease { ends_at: 1_000_000, ..claimed() };
        let later = 2_901 + i64::try_from(EXPIRY_BY_OTHERS).unwrap();
        assert!(!commands(&lease, 2_900).contains(&("renter", "lease expire")));
        assert!(commands(&lease, 2_901).contains(&("renter", "lease expire")));
        assert!(commands(&lease, later - 1).contains(&("renter", "lease expire")));
        assert!(commands(&lease, later).contains(&("anyone", "lease expire")));
    }

    #[test]
    fn notice_is_offered_to_those_who_have_not_given_it() {
        let mut lease = lease();
        assert!(commands(&lease, 2_000).contains(&("provider", "lease terminate")));
        lease.terminate(&RENTER, &Provider::zeroed(), i64::MAX, at(2_000)).unwrap();
        for (who, command) in commands(&lease, 2_000) {
            assert!(
                !["lease terminate", "lease extend", "lease resize"].contains(&command),
                "{who} {command}"
            );
        }
    }

    #[test]
    fn a_session_key_disputes_gives_notice_and_expires_like_the_renter_and_does_nothing_else() {
        let lease = Lease { ends_at: 1_000_000, ..claimed() };
        let of = |lease: &Lease, who: &str, now| -> Vec<_> {
            commands(lease, now).into_iter().filter(|step| step.0 == who).map(|step| step.1).collect()
        };
        assert!(of(&lease, "session key", 2_500).is_empty(), "there is none");
        let lease = Lease { session_key: Address::new_from_array([4; 32]), ..lease };
        assert_eq!(of(&lease, "session key", 2_500), ["dispute open", "lease terminate"]);
        assert_eq!(of(&lease, "session key", 2_901), ["lease terminate", "lease expire"]);
        for command in of(&lease, "session key", 2_901) {
            assert!(of(&lease, "renter", 2_901).contains(&command));
        }
        // Once anyone may, nobody is named besides.
        let later = 2_901 + i64::try_from(EXPIRY_BY_OTHERS).unwrap();
        assert_eq!(of(&lease, "session key", later), ["lease terminate"]);
    }

    #[test]
    fn an_operator_leaves_only_where_no_notice_is_owed() {
        let why = |lease: &Lease, now| {
            let steps = steps(lease, now);
            let mut notice =
                steps.iter().filter(|step| (step.who, step.command) == ("provider", "lease terminate"));
            notice.next().unwrap().why
        };
        let dear = Lease { ledger: Ledger { deposited: 2_000, ..Ledger::default() }, ..lease() };
        assert_eq!(why(&dear, 2_000), "gives notice");
        assert!(why(&dear, 2_001).contains("its operator may too"));
    }

    #[test]
    fn credentials_are_replaced_while_the_lease_runs() {
        let step = ("provider", "lease publish-access");
        let pending = Lease { state: PodLeaseState::Pending, ..lease() };
        assert!(!commands(&pending, 1_000).contains(&step));
        assert!(commands(&lease(), 2_000).contains(&step));
        assert!(!commands(&lease(), 1_000 + 86_400).contains(&step));
        let mut disputed = claimed();
        disputed.dispute(1_000, u64::MAX, at(2_100)).unwrap();
        assert!(!commands(&disputed, 2_100).contains(&step));
    }

    #[test]
    fn a_shrinking_lease_uses_its_gpus_until_the_notice_is_over_and_gives_them_back_then() {
        let mut lease = lease();
        lease.resize(&Resize { duration: 86_400, from: 2, to: 1 }, false, 2_000).unwrap();
        assert_eq!((gpus_in_use(&lease, 2_599), gpus_in_use(&lease, 2_600)), (2, 1));
        assert!(!commands(&lease, 2_599).contains(&("anyone", "lease release")));
        assert!(commands(&lease, 2_600).contains(&("anyone", "lease release")));
    }

    #[test]
    fn a_dispute_is_the_arbiter_s_until_its_deadline_and_anyone_s_after_it() {
        let mut lease = claimed();
        lease.dispute(1_000, u64::MAX, at(2_100)).unwrap();
        let deadline = lease.dispute.deadline();
        assert!(commands(&lease, deadline).contains(&("arbiter", "arbiter resolve")));
        assert!(!commands(&lease, deadline).contains(&("anyone", "dispute timeout")));
        assert!(!commands(&lease, deadline + 1).contains(&("arbiter", "arbiter resolve")));
        assert!(commands(&lease, deadline + 1).contains(&("anyone", "dispute timeout")));
    }

    #[test]
    fn a_proposal_is_voted_on_then_decided_and_executed_by_anyone() {
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
        let commands = |proposal: &Proposal, fee_bps, now| {
            let steps = proposal_steps(proposal, fee_bps, now);
            steps.iter().map(|step| format!("{}: {}", step.who, step.command)).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            commands(&proposal, 100, 0),
            "token holders: gov vote, participants: gov vote, proposer: gov cancel"
        );
        let reclaim = "voters: gov reclaim";
        proposal.tokens.votes_for = 9;
        assert_eq!(commands(&proposal, 100, 0), "token holders: gov vote, participants: gov vote");
        assert_eq!(commands(&proposal, 100, 7 * DAY), "anyone: gov finalize");
        proposal.tokens.votes_for = 10;
        assert_eq!(commands(&proposal, 100, 5 * DAY), "anyone: gov finalize");
        assert_eq!(commands(&proposal, 100, 7 * DAY), "anyone: gov execute");
        proposal.finalize(5 * DAY).unwrap();
        assert_eq!(commands(&proposal, 100, 7 * DAY - 1), reclaim);
        assert_eq!(commands(&proposal, 100, 7 * DAY), format!("anyone: gov execute, {reclaim}"));
        // The fee has moved, or time is up.
        assert_eq!(commands(&proposal, 110, 7 * DAY), format!("anyone: gov propose, {reclaim}"));
        assert_eq!(commands(&proposal, 100, 10 * DAY), format!("anyone: gov propose, {reclaim}"));
    }
}
