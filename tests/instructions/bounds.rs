//! Numbers of GPUs and terms, changed from a valid offer, at their bounds and one beyond.

use gpu_lease_tests::prelude::*;

/// GPUs, and a change of the terms.
type Change = (u32, fn(&mut Terms));

/// What `create_offer` and `update_offer` take: each bound, and one inside it.
pub const WITHIN: [Change; 30] = [
    (1, |_| {}),
    (2, |_| {}),
    (MAX_GPUS - 1, |_| {}),
    (MAX_GPUS, |_| {}),
    (8, |t| t.price = 1),
    (8, |t| t.price = 2),
    (8, |t| t.price = MAX_PRICE - 1),
    (8, |t| t.price = MAX_PRICE),
    (8, |t| t.min_duration = MIN_DURATION),
    (8, |t| t.min_duration = MIN_DURATION + 1),
    (8, |t| t.min_duration = t.max_duration),
    (8, |t| t.min_duration = t.max_duration - 1),
    (8, |t| t.max_duration = MAX_DURATION),
    (8, |t| t.max_duration = MAX_DURATION - 1),
    (8, |t| t.notice = 0),
    (8, |t| t.notice = MAX_NOTICE),
    (8, |t| t.notice = MAX_NOTICE - 1),
    (8, |t| t.challenge_window = MIN_CHALLENGE_WINDOW),
    (8, |t| t.challenge_window = MIN_CHALLENGE_WINDOW + 1),
    (8, |t| t.challenge_window = MAX_CHALLENGE_WINDOW - 1),
    (8, |t| t.challenge_window = MAX_CHALLENGE_WINDOW),
    (8, |t| t.heartbeat_timeout = MIN_HEARTBEAT_TIMEOUT),
    (8, |t| t.heartbeat_timeout = MIN_HEARTBEAT_TIMEOUT + 1),
    (8, |t| t.heartbeat_timeout = MAX_HEARTBEAT_TIMEOUT - 1),
    (8, |t| t.heartbeat_timeout = MAX_HEARTBEAT_TIMEOUT),
    (8, |t| t.sla_uptime_bps = 9_999),
    (8, |t| t.sla_uptime_bps = 10_000),
    (8, |t| t.sla_penalty_bps = MAX_SLA_PENALTY_BPS),
    (8, |t| t.bond_hours = MAX_BOND_HOURS),
    (8, |t| (t.sla_uptime_bps, t.sla_penalty_bps, t.bond_hours) = (0, 0, 0)),
];

/// What they refuse: one beyond each bound, and the extremes of each type.
pub const BEYOND: [(Change, LeaseError); 26] = [
    ((0, |_| {}), LeaseError::GpuCountOutOfBounds),
    ((MAX_GPUS + 1, |_| {}), LeaseError::GpuCountOutOfBounds),
    ((u32::MAX, |_| {}), LeaseError::GpuCountOutOfBounds),
    ((8, |t| t.price = 0), LeaseError::PriceOutOfBounds),
    ((8, |t| t.price = MAX_PRICE + 1), LeaseError::PriceOutOfBounds),
    ((8, |t| t.price = u64::MAX), LeaseError::PriceOutOfBounds),
    ((8, |t| t.min_duration = MIN_DURATION - 1), LeaseError::DurationBoundsInvalid),
    ((8, |t| t.min_duration = t.max_duration + 1), LeaseError::DurationBoundsInvalid),
    ((8, |t| t.max_duration = MAX_DURATION + 1), LeaseError::DurationBoundsInvalid),
    ((8, |t| t.max_duration = u32::MAX), LeaseError::DurationBoundsInvalid),
    ((8, |t| t.notice = MAX_NOTICE + 1), LeaseError::NoticeOutOfBounds),
    ((8, |t| t.notice = u32::MAX), LeaseError::NoticeOutOfBounds),
    ((8, |t| t.challenge_window = 0), LeaseError::ChallengeWindowOutOfBounds),
    ((8, |t| t.challenge_window = MIN_CHALLENGE_WINDOW - 1), LeaseError::ChallengeWindowOutOfBounds),
    ((8, |t| t.challenge_window = MAX_CHALLENGE_WINDOW + 1), LeaseError::ChallengeWindowOutOfBounds),
    ((8, |t| t.heartbeat_timeout = 0), LeaseError::HeartbeatOutOfBounds),
    ((8, |t| t.heartbeat_timeout = MIN_HEARTBEAT_TIMEOUT - 1), LeaseError::HeartbeatOutOfBounds),
    ((8, |t| t.heartbeat_timeout = MAX_HEARTBEAT_TIMEOUT + 1), LeaseError::HeartbeatOutOfBounds),
    ((8, |t| t.sla_uptime_bps = 10_001), LeaseError::SlaOutOfBounds),
    ((8, |t| t.sla_uptime_bps = u16::MAX), LeaseError::SlaOutOfBounds),
    ((8, |t| t.sla_penalty_bps = MAX_SLA_PENALTY_BPS + 1), LeaseError::SlaOutOfBounds),
    ((8, |t| t.sla_penalty_bps = u32::MAX), LeaseError::SlaOutOfBounds),
    ((8, |t| t.bond_hours = MAX_BOND_HOURS + 1), LeaseError::SlaOutOfBounds),
    ((8, |t| t.bond_hours = u16::MAX), LeaseError::SlaOutOfBounds),
    ((8, |t| t.spare[0] = 1), LeaseError::UnknownTerms),
    ((8, |t| t.spare[3] = 1), LeaseError::UnknownTerms),
];

/// Terms of the first offer, changed.
pub fn changed(world: &World, change: fn(&mut Terms)) -> Terms {
    let mut terms = terms(world.mint);
    change(&mut terms);
    terms
}

/// A change of the voting rules, and why it is refused, if it is.
type RuleChange = (fn(&mut VotingRules), Option<LeaseError>);

/// Each bound of the voting rules, and one to either side of it.
pub const VOTING_RULES: [RuleChange; 38] = [
    (|r| r.deposit = MIN_PROPOSAL_DEPOSIT - 1, OUT_OF_BOUNDS),
    (|r| r.deposit = MIN_PROPOSAL_DEPOSIT, None),
    (|r| r.deposit = MIN_PROPOSAL_DEPOSIT + 1, None),
    (|r| r.deposit = MAX_PROPOSAL_DEPOSIT - 1, None),
    (|r| r.deposit = MAX_PROPOSAL_DEPOSIT, None),
    (|r| r.deposit = MAX_PROPOSAL_DEPOSIT + 1, OUT_OF_BOUNDS),
    (|r| r.voting_period = MIN_VOTING_PERIOD - 1, OUT_OF_BOUNDS),
    (|r| r.voting_period = MIN_VOTING_PERIOD, None),
    (|r| r.voting_period = MIN_VOTING_PERIOD + 1, None),
    (|r| r.voting_period = MAX_VOTING_PERIOD - 1, None),
    (|r| r.voting_period = MAX_VOTING_PERIOD, None),
    (|r| r.voting_period = MAX_VOTING_PERIOD + 1, OUT_OF_BOUNDS),
    (|r| r.extension = MIN_EXTENSION - 1, OUT_OF_BOUNDS),
    (|r| r.extension = MIN_EXTENSION, None),
    (|r| r.extension = MIN_EXTENSION + 1, None),
    (|r| r.extension = MAX_EXTENSION - 1, None),
    (|r| r.extension = MAX_EXTENSION, None),
    (|r| r.extension = MAX_EXTENSION + 1, OUT_OF_BOUNDS),
    (|r| r.timelock = MIN_TIMELOCK - 1, OUT_OF_BOUNDS),
    (|r| r.timelock = MIN_TIMELOCK, None),
    (|r| r.timelock = MIN_TIMELOCK + 1, None),
    (|r| r.timelock = MAX_TIMELOCK - 1, None),
    (|r| r.timelock = MAX_TIMELOCK, None),
    (|r| r.timelock = MAX_TIMELOCK + 1, OUT_OF_BOUNDS),
    (|r| r.execution_window = MIN_EXECUTION_WINDOW - 1, OUT_OF_BOUNDS),
    (|r| r.execution_window = MIN_EXECUTION_WINDOW, None),
    (|r| r.execution_window = MIN_EXECUTION_WINDOW + 1, None),
    (|r| r.execution_window = MAX_EXECUTION_WINDOW - 1, None),
    (|r| r.execution_window = MAX_EXECUTION_WINDOW, None),
    (|r| r.execution_window = MAX_EXECUTION_WINDOW + 1, OUT_OF_BOUNDS),
    (|r| r.quorum_bps = MIN_QUORUM_BPS - 1, OUT_OF_BOUNDS),
    (|r| r.quorum_bps = MIN_QUORUM_BPS, None),
    (|r| r.quorum_bps = MIN_QUORUM_BPS + 1, None),
    (|r| r.quorum_bps = MAX_QUORUM_BPS - 1, None),
    (|r| r.quorum_bps = MAX_QUORUM_BPS, None),
    (|r| r.quorum_bps = MAX_QUORUM_BPS + 1, OUT_OF_BOUNDS),
    (|r| r.spare[0] = 1, OUT_OF_BOUNDS),
    (|r| r.spare[5] = 1, OUT_OF_BOUNDS),
];

const OUT_OF_BOUNDS: Option<LeaseError> = Some(LeaseError::VotingRulesOutOfBounds);
