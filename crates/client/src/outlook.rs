//! What would become of a lease or a proposal. The program's own rules are asked, on a copy of it.

use crate::{
    Error,
    constants::QUORUM_OF_SUPPLY_BPS,
    explain::rehearse,
    math::{bps_ceil, bps_floor, capped},
    state::{
        Action, ActionKind, Agreed, ArbiterFee, Closing, Dispute, Governance, Lease, LeaseState, Meter,
        Moment, Phase, Proposal, ProposalPhase, Provider, Resize, latest_end,
    },
};
use bytemuck::Zeroable;
use serde::Serialize;
use solana_address::Address;

/// Whether the program would let it happen.
macro_rules! can {
    ($lease:ident . $rule:ident ( $($argument:expr),* )) => {
        rehearse($lease, |lease| lease.$rule($($argument),*)).is_ok()
    };
}

/// A lease whose dispute is over, and how it closes.
pub struct Resolved {
    /// Units that count.
    pub units: u64,
    /// What the arbiter is paid.
    pub fee: ArbiterFee,
    /// How the vault is divided at the close.
    pub closing: Closing,
}

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

/// A phase's name.
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "pending",
        Phase::Running => "running",
        Phase::Exhausted => "exhausted",
        Phase::Disputed => "disputed",
        Phase::Ending => "ending",
        Phase::Closable => "closable",
    }
}

/// What the phase of `lease` at `now`, unix seconds, means, and who can do what next.
pub fn phase_words(lease: &Lease, now: i64) -> &'static str {
    match lease.phase(Moment::by_clock(now)) {
        Phase::Pending if now > lease.start_deadline => {
            "the provider did not start it in time; anyone can cancel it"
        }
        Phase::Pending => "the provider can start it, the renter can cancel it",
        Phase::Running => "the deposit pays for what is delivered",
        Phase::Exhausted => "the deposit is used up; a top-up pays for what is delivered meanwhile",
        Phase::Disputed if now > lease.dispute.deadline() => {
            "the arbiter did not decide in time; anyone can resolve it by timeout"
        }
        Phase::Disputed => "it is over; the arbiter has to decide between two figures",
        Phase::Ending => "it is over; usage can still be attested, claims can still be challenged",
        Phase::Closable => "it is over; anyone can close it",
    }
}

/// What `units` of a lease are worth, base units: their price, as far as the deposit covers it.
pub fn worth(lease: &Lease, units: u64) -> u64 {
    Lease { meter: Meter { accepted: units, ..lease.meter }, ..*lease }.payable()
}

/// The fee on `gross` base units at a rate in basis points, rounded down, as a close takes it.
pub fn fee(gross: u64, fee_bps: u16) -> u64 {
    capped(bps_floor(gross, fee_bps.into()), gross)
}

/// GPUs that a lease uses at `now`; a shrink frees them when its notice is over.
pub fn gpus_in_use(lease: &Lease, now: i64) -> u32 {
    match now < lease.meter.segment_start {
        true => lease.meter.previous_gpus,
        false => lease.meter.gpus,
    }
}

/// When the deposit is used up if usage goes on as it was on average, unix seconds, and never after the end; `None`
/// while there is none.
pub fn used_up_at(lease: &Lease) -> Option<i64> {
    let Meter { latest, window_end, .. } = lease.meter;
    let elapsed = u128::from(window_end.abs_diff(lease.started_at));
    let left = u128::from(lease.units_funded().saturating_sub(latest.units));
    let seconds = left.saturating_mul(elapsed).checked_div(latest.units.into())?;
    let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
    Some(window_end.saturating_add_unsigned(seconds).min(lease.ends_at))
}

/// From when on the renter's side can expire a lease if nothing more is attested, unix seconds; `None` if never. Anybody
/// else can [`EXPIRY_BY_OTHERS`] later.
pub fn expirable_from(lease: &Lease) -> Option<i64> {
    let since = lease.meter.heartbeat.time;
    let from = since.saturating_add(i64::from(lease.terms.heartbeat_timeout)).saturating_add(1);
    can_expire(lease, true, from).then_some(from)
}

/// Whether the renter's side, or anybody, can expire a lease at `now`.
fn can_expire(lease: &Lease, is_by_renter: bool, now: i64) -> bool {
    can!(lease.expire(lease.meter.window_end, is_by_renter, Moment::by_clock(now)))
}

/// Money between the two figures of a dispute, base units.
pub fn in_dispute(lease: &Lease) -> u64 {
    let worth = |units| worth(lease, units);
    worth(lease.dispute.provider_units).saturating_sub(worth(lease.dispute.renter_units))
}

/// The lease with what has matured by `now`: what a renter would dispute.
pub fn matured(lease: &Lease, now: i64) -> Lease {
    let mut matured = *lease;
    matured.meter.mature(lease.terms.challenge_window, Moment::by_clock(now));
    matured
}

/// A disputed lease for which the arbiter finds `units`.
pub fn resolved(lease: &Lease, units: u64, now: i64) -> Result<Resolved, Error> {
    let Dispute { renter_units, provider_units, .. } = lease.dispute;
    let figures = (renter_units, provider_units);
    let (after, fee) = rehearse(lease, |lease| lease.resolve(figures, units, Moment::by_clock(now)))?;
    closed(&after, fee, now)
}

/// A disputed lease that the arbiter does not decide.
pub fn timed_out(lease: &Lease) -> Result<Resolved, Error> {
    let later = lease.dispute.deadline().saturating_add(1);
    let (after, _) = rehearse(lease, |lease| lease.resolve_by_timeout(Moment::by_clock(later)))?;
    closed(&after, ArbiterFee::default(), later)
}

fn closed(lease: &Lease, fee: ArbiterFee, now: i64) -> Result<Resolved, Error> {
    let (_, closing) = rehearse(lease, |lease| lease.finish(lease.owed()?, None, Moment::by_clock(now)))?;
    Ok(Resolved { units: lease.meter.accepted, fee, closing })
}

/// How the vault of a lease would be divided if it ended at `now`: everything counts that is claimed, in a dispute what the
/// renter admits, and the SLA credits what is missing until then.
pub fn closed_now(lease: &Lease, now: i64) -> Result<Closing, Error> {
    let Meter { latest, window_end, .. } = matured(lease, now).meter;
    let until = now.min(lease.promised_until).max(window_end);
    let promised = lease.terms.promised_units_floor(lease.fundable(until));
    let credit = lease.terms.sla_credit_floor(promised.saturating_sub(latest.units), lease.ledger.bond);
    let agreed = Agreed { seen: lease.seen(now), units: latest.units, credit };
    let close = |lease: &mut Lease| lease.finish(lease.owed()?, Some(&agreed), Moment::by_clock(now));
    Ok(rehearse(lease, close)?.1)
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
        lease.claimable(moment) > 0 && phase != Phase::Closable,
        "anyone",
        "settle",
        "pays the provider what is due",
    );
    offer(freed && phase != Phase::Closable, "anyone", "lease release", "gives GPUs back to the offer");
    offer(phase == Phase::Closable, "anyone", "lease close", "divides what is in the vault");
    steps
}

/// A proposal's phase in a word.
pub fn proposal_phase_name(phase: ProposalPhase) -> &'static str {
    match phase {
        ProposalPhase::Voting => "voting",
        ProposalPhase::Ended => "ended",
        ProposalPhase::Timelocked => "timelocked",
        ProposalPhase::Executable => "executable",
        ProposalPhase::Expired => "expired",
        ProposalPhase::Failed => "failed",
        ProposalPhase::Executed => "executed",
    }
}

/// Whether the fee, now `fee_bps`, has moved since a proposal about it was made, so that it can never be executed.
pub fn is_void(proposal: &Proposal, fee_bps: u16, now: i64) -> bool {
    use ProposalPhase::{Executed, Expired, Failed};
    let is_fee = matches!(Action::from(&proposal.action), Action::SetFee { .. });
    let is_over = matches!(proposal.phase(now), Expired | Failed | Executed);
    is_fee && !is_over && fee_bps != proposal.fee_bps
}

/// Tokens that would be asked by a proposal that is made at `now`: those whose locks outlast its vote.
pub fn electorate(governance: &Governance, now: i64) -> u64 {
    let rules = &governance.rules;
    let first_end = now.saturating_add(i64::from(rules.voting_period));
    governance.locked.beyond(latest_end(first_end, rules.extension))
}

/// Votes for that a proposal would need that is made at `now`, where there are `supply` tokens.
pub fn quorum(governance: &Governance, supply: u64, now: i64) -> u64 {
    let (rules, locked) = (&governance.rules, electorate(governance, now));
    bps_ceil(locked, rules.quorum_bps).max(bps_ceil(supply, QUORUM_OF_SUPPLY_BPS)).max(1)
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
    let has_payers = proposal.payers.electorate > 0;
    let is_voting = phase == ProposalPhase::Voting;
    [
        (is_voting, "token holders", "gov vote", "with tokens that were locked before it was made"),
        (
            is_voting && has_payers,
            "fee payers",
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

fn can_dispute(lease: &Lease, now: i64) -> bool {
    let accepted = matured(lease, now).meter.accepted;
    can!(lease.dispute(accepted, u64::MAX, Moment::by_clock(now)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        constants::EXPIRY_BY_OTHERS,
        state::{Claim, Ledger, PodLeaseState},
    };

    const RENTER: Address = Address::new_from_array([1; 32]);

    /// The moment of `time` in a cluster that makes slots.
    fn at(time: i64) -> Moment {
        Moment::default().ahead_at(time)
    }

    /// Two GPUs for a day from second 1000 on at one base unit a second each, all of it paid.
    fn lease() -> Lease {
        let mut lease = Lease {
            renter: RENTER,
            provider: Address::new_from_array([2; 32]),
            offer: Address::new_from_array([3; 32]),
            duration: 86_400,
            gpus: 2,
            start_deadline: 1_000,
            ledger: Ledger { deposited: 200_000, ..Ledger::default() },
            ..Lease::zeroed()
        };
        lease.terms.price = 3_600;
        lease.terms.max_duration = 2 * 86_400;
        lease.terms.notice = 600;
        lease.terms.challenge_window = 600;
        lease.terms.heartbeat_timeout = 900;
        lease.terms.bond_hours = 1;
        lease.terms.sla_uptime_bps = 10_000;
        lease.terms.sla_penalty_bps = 10_000;
        lease.start([1; 32], false, at(1_000)).unwrap();
        lease
    }

    /// With 2000 units claimed at 2000, up to which the capacity is as much.
    fn claimed() -> Lease {
        let mut lease = lease();
        lease.meter.attest(2_000, 2_000, at(2_000));
        lease.meter.claim(Claim { units: 2_000, submitted: at(2_000) });
        lease
    }

    fn commands(lease: &Lease, now: i64) -> Vec<(&'static str, &'static str)> {
        steps(lease, now).iter().map(|step| (step.who, step.command)).collect()
    }

    #[test]
    fn a_deposit_lasts_longer_at_the_pace_of_the_usage_so_far() {
        assert_eq!(used_up_at(&lease()), None);
        // 2000 of 200 000 units in a thousand seconds: a hundred thousand seconds in all, but for the end.
        assert_eq!(used_up_at(&claimed()), Some(87_400));
        let dear = Lease { ledger: Ledger { deposited: 20_000, ..Ledger::default() }, ..claimed() };
        assert_eq!(used_up_at(&dear), Some(11_000));
        let mut slow = dear;
        slow.meter.latest.units = 1_000;
        assert_eq!(used_up_at(&slow), Some(21_000));
    }

    #[test]
    fn a_silent_lease_can_be_expired_from_the_second_on_that_is_named() {
        let lease = claimed();
        assert_eq!(expirable_from(&lease), Some(2_901));
        assert!(!can_expire(&lease, true, 2_900));
        let mut revived = lease;
        revived.meter.revive(0, 0, at(2_500));
        assert_eq!(expirable_from(&revived), Some(3_401));
        let ending = Lease { ends_at: 2_900, ..lease };
        assert_eq!(expirable_from(&ending), None);
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
        proposal.payers.electorate = 10;
        let commands = |proposal: &Proposal, fee_bps, now| {
            let steps = proposal_steps(proposal, fee_bps, now);
            steps.iter().map(|step| format!("{}: {}", step.who, step.command)).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            commands(&proposal, 100, 0),
            "token holders: gov vote, fee payers: gov vote, proposer: gov cancel"
        );
        let reclaim = "voters: gov reclaim";
        proposal.tokens.votes_for = 9;
        assert_eq!(commands(&proposal, 100, 0), "token holders: gov vote, fee payers: gov vote");
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

    #[test]
    fn outcomes_divide_all_that_the_vault_holds() {
        let mut lease = claimed();
        let stake = lease.dispute(1_000, u64::MAX, at(2_100)).unwrap();
        let vault = 200_000 + lease.ledger.bond + stake;
        let best = resolved(&lease, 1_000, 2_200).unwrap();
        let worst = resolved(&lease, 2_000, 2_200).unwrap();
        let undecided = timed_out(&lease).unwrap();
        for (outcome, units, from_renter) in
            [(&best, 1_000, 0), (&worst, 2_000, stake), (&undecided, 1_500, 0)]
        {
            let Closing { payout, fees, bond, credit, refund, .. } = outcome.closing;
            let ArbiterFee { from_provider, .. } = outcome.fee;
            assert_eq!((outcome.units, outcome.fee.from_renter), (units, from_renter));
            assert_eq!(payout + fees + bond + credit + refund + from_renter + from_provider, vault);
            assert_eq!(payout, worth(&lease, units));
        }
        assert!(resolved(&lease, 999, 2_200).is_err() && resolved(&lease, 2_001, 2_200).is_err());
    }

    #[test]
    fn units_are_worth_no_more_than_the_deposit() {
        assert_eq!(worth(&lease(), 199_999), 199_999);
        assert_eq!(worth(&lease(), 200_001), 200_000);
    }
}
