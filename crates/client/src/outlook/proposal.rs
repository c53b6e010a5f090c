//! How a proposal stands, and what the next one would need.

use crate::{
    constants::QUORUM_OF_SUPPLY_BPS,
    math::bps_ceil,
    state::{Action, Governance, Proposal, ProposalPhase, latest_end},
};

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
