//! How a proposal stands, what votes on it weigh, and what the next one would need.

use super::{Deed, ProposalAct, proposal_deeds, rehearse, sentence};
use crate::{
    Error,
    constants::QUORUM_OF_SUPPLY_BPS,
    json::{Json, Wide},
    math::{bps_ceil, fee_floor},
    state::{self, Action, Governance, Participant, Proposal, ProposalPhase, VoteLock, epoch_of, latest_end},
};
use serde::{Serialize, Serializer};

/// How a proposal stands. Times are unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProposalOutlook {
    /// Where it stands.
    #[serde(serialize_with = "by_name")]
    #[cfg_attr(test, ts(type = "ProposalPhase"))]
    pub phase: ProposalPhase,
    /// Whether the proposer took it back.
    pub is_taken_back: bool,
    /// What it says.
    #[serde(serialize_with = "in_numbers")]
    #[cfg_attr(test, ts(type = "Action"))]
    pub action: Action,
    /// How the votes stand.
    pub standing: Standing,
    /// When the vote ends.
    pub ends_at: i64,
    /// When it ends at the latest.
    pub latest_end: i64,
    /// From when on it may be executed, if it passes.
    pub executable_from: i64,
    /// From when on it may not be executed any more.
    pub expires_at: i64,
    /// Whether the participants can refuse it.
    pub asks_participants: bool,
    /// Whether the fee has moved since, so that it can never be executed.
    pub is_void: bool,
    /// What it changes for a lease, if it is about the fee.
    pub example: Option<FeeExample>,
    /// Who can do what.
    pub deeds: Vec<Deed<ProposalAct>>,
}

/// How the votes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Standing {
    /// The token house's votes for reach its quorum.
    pub has_quorum: bool,
    /// The token house has more votes for than against.
    pub has_majority: bool,
    /// The participants refuse it.
    pub is_refused: bool,
    /// All in all.
    pub passes: bool,
}

/// A lease's fee and payout before and after, base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FeeExample {
    /// What the renter pays, now as then.
    pub gross: u64,
    /// The protocol's before.
    pub fee_before: u64,
    /// The protocol's after.
    pub fee_after: u64,
    /// The provider's before.
    pub payout_before: u64,
    /// The provider's after.
    pub payout_after: u64,
}

/// What a vote weighs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Weight {
    /// Base units.
    pub weight: u64,
    /// Why it cannot vote.
    #[serde(serialize_with = "sentence")]
    #[cfg_attr(test, ts(type = "string | null"))]
    pub refusal: Option<Error>,
}

/// What a proposal would need that is made now, base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Quorum {
    /// Votes for.
    pub votes: u64,
    /// Tokens whose locks outlast its vote: more votes there cannot be.
    pub electorate: u64,
}

impl ProposalOutlook {
    /// How `proposal` stands at `now`, where `fee_bps` is the rate in force and a lease pays `gross` in the example.
    pub fn of(proposal: &Proposal, fee_bps: u16, gross: u64, now: i64) -> Self {
        let action = Action::from(&proposal.action);
        let proposed = match action {
            Action::SetFee { fee_bps } => Some(fee_bps),
            _ => None,
        };
        Self {
            phase: proposal.phase(now),
            is_taken_back: proposal.is_taken_back(),
            action,
            standing: proposal.standing().into(),
            ends_at: proposal.ends_at,
            latest_end: proposal.latest_end(),
            executable_from: proposal.executable_from(),
            expires_at: proposal.expires_at(),
            asks_participants: action.is_rise(proposal.fee_bps),
            is_void: is_void(proposal, fee_bps, now),
            example: proposed.map(|proposed| FeeExample::of(gross, proposal.fee_bps, proposed)),
            deeds: proposal_deeds(proposal, fee_bps, now),
        }
    }
}

impl From<state::Standing> for Standing {
    fn from(standing: state::Standing) -> Self {
        let state::Standing { has_quorum, has_majority, is_refused } = standing;
        Self { has_quorum, has_majority, is_refused, passes: standing.passes() }
    }
}

impl FeeExample {
    /// Of a lease that pays `gross`, at two rates in basis points.
    pub fn of(gross: u64, before: u16, after: u16) -> Self {
        let (fee_before, fee_after) = (fee_floor(gross, before), fee_floor(gross, after));
        Self {
            gross,
            fee_before,
            fee_after,
            payout_before: gross.saturating_sub(fee_before),
            payout_after: gross.saturating_sub(fee_after),
        }
    }
}

impl Weight {
    /// Of a lock in the vote on `proposal`.
    pub fn of_lock(proposal: &Proposal, lock: &VoteLock) -> Self {
        Self::of(proposal, |proposal| proposal.weight_of_lock(lock))
    }

    /// Of a participant in the vote on `proposal`.
    pub fn of_participant(proposal: &Proposal, participant: &Participant) -> Self {
        Self::of(proposal, |proposal| proposal.weight_of_participant(participant))
    }

    fn of(proposal: &Proposal, weight: impl FnOnce(&Proposal) -> anchor_lang::Result<u64>) -> Self {
        match rehearse(proposal, |proposal| weight(proposal)) {
            Ok((_, weight)) => Self { weight, refusal: None },
            Err(refusal) => Self { weight: 0, refusal: Some(refusal) },
        }
    }
}

impl Quorum {
    /// Of a proposal that is made at `now`, where there are `supply` tokens.
    pub fn of(governance: &Governance, supply: u64, now: i64) -> Self {
        let rules = &governance.rules;
        let first_end = now.saturating_add(i64::from(rules.voting_period));
        let electorate = governance.locked.beyond(latest_end(first_end, rules.extension));
        let of_locked = bps_ceil(electorate, rules.quorum_bps);
        let of_all = bps_ceil(supply, QUORUM_OF_SUPPLY_BPS);
        Self { votes: of_locked.max(of_all).max(1), electorate }
    }
}

/// What the fees of a participant would weigh in a vote that began at `now`, base units.
pub fn weight_of_fees(participant: &Participant, now: i64) -> u64 {
    participant.fees.weight_before(epoch_of(now))
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

fn by_name<S: Serializer>(phase: &ProposalPhase, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(proposal_phase_name(*phase))
}

fn in_numbers<S: Serializer>(action: &Action, serializer: S) -> Result<S::Ok, S::Error> {
    action.json_with(Wide::Number).serialize(serializer)
}

/// Whether the fee, now `fee_bps`, has moved since a proposal about it was made, so that it can never be executed.
pub fn is_void(proposal: &Proposal, fee_bps: u16, now: i64) -> bool {
    use ProposalPhase::{Executed, Expired, Failed};
    let is_fee = matches!(Action::from(&proposal.action), Action::SetFee { .. });
    let is_over = matches!(proposal.phase(now), Expired | Failed | Executed);
    is_fee && !is_over && fee_bps != proposal.fee_bps
}
