//! Proposals, weights, concentration.

use crate::{
    json::{Bytes, Exactly, camel_case, sentence},
    lease::Step,
};
use gpu_lease_client::{
    Error, concentration,
    json::{Json, Wide},
    outlook::{self, rehearse},
    state::{self, Action, Governance, Participant, Proposal, VoteLock, epoch_of},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A proposal at a moment.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct At {
    proposal: Bytes,
    /// The rate in force.
    fee_bps: u16,
    now: Exactly<i64>,
    /// What a lease pays in the example, base units.
    gross: Exactly<u64>,
}

/// How a proposal stands. Times are unix seconds.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ProposalOutlook {
    /// Where it stands.
    #[cfg_attr(test, ts(type = "ProposalPhase"))]
    pub phase: &'static str,
    /// Whether the proposer took it back.
    pub is_taken_back: bool,
    /// What it says.
    #[cfg_attr(test, ts(type = "Action"))]
    pub action: Value,
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
    /// Whether participants can refuse it.
    pub asks_fee_payers: bool,
    /// Whether the fee has moved since, so that it can never be executed.
    pub is_void: bool,
    /// What it changes for a lease, if it is about the fee.
    pub example: Option<FeeExample>,
    /// Who can do what.
    pub steps: Vec<Step>,
}

/// How the votes stand.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
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

impl From<state::Standing> for Standing {
    fn from(standing: state::Standing) -> Self {
        let state::Standing { has_quorum, has_majority, is_refused } = standing;
        Self { has_quorum, has_majority, is_refused, passes: standing.passes() }
    }
}

/// A lease's fee and payout before and after, base units.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
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

impl FeeExample {
    fn of(gross: u64, before: u16, after: u16) -> Self {
        let (fee_before, fee_after) = (outlook::fee(gross, before), outlook::fee(gross, after));
        Self {
            gross,
            fee_before,
            fee_after,
            payout_before: gross.saturating_sub(fee_before),
            payout_after: gross.saturating_sub(fee_after),
        }
    }
}

/// See [`ProposalOutlook`].
pub fn outlook(at: &At) -> Result<ProposalOutlook, Error> {
    let (fee_bps, now) = (at.fee_bps, at.now.0);
    let proposal = at.proposal.account::<Proposal>()?;
    let action = Action::from(&proposal.action);
    let proposed = match action {
        Action::SetFee { fee_bps } => Some(fee_bps),
        _ => None,
    };
    let phase = proposal.phase(now);
    Ok(ProposalOutlook {
        phase: outlook::proposal_phase_name(phase),
        is_taken_back: proposal.is_taken_back(),
        action: camel_case(action.json_with(Wide::Number)),
        standing: proposal.standing().into(),
        ends_at: proposal.ends_at,
        latest_end: proposal.latest_end(),
        executable_from: proposal.executable_from(),
        expires_at: proposal.expires_at(),
        asks_fee_payers: action.is_rise(proposal.fee_bps),
        is_void: outlook::is_void(&proposal, fee_bps, now),
        example: proposed.map(|proposed| FeeExample::of(at.gross.0, proposal.fee_bps, proposed)),
        steps: outlook::proposal_steps(&proposal, fee_bps, now).into_iter().map(Step::from).collect(),
    })
}

/// What a vote weighs.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Weight {
    /// Base units.
    pub weight: u64,
    /// Why it cannot vote.
    pub refusal: Option<String>,
}

fn weight(
    proposal: &Bytes,
    weight: impl FnOnce(&Proposal) -> anchor_lang::Result<u64>,
) -> Result<Weight, Error> {
    Ok(match rehearse(&proposal.account::<Proposal>()?, |proposal| weight(proposal)) {
        Ok((_, weight)) => Weight { weight, refusal: None },
        Err(error) => Weight { weight: 0, refusal: Some(sentence(&error)) },
    })
}

/// A lock and a proposal.
#[derive(Deserialize)]
pub struct OfLock {
    proposal: Bytes,
    lock: Bytes,
}

/// Weight of a lock in a vote.
pub fn weight_of_lock(OfLock { proposal, lock }: &OfLock) -> Result<Weight, Error> {
    let lock = lock.account::<VoteLock>()?;
    weight(proposal, |proposal| proposal.weight_of_lock(&lock))
}

/// A fee payer and a proposal.
#[derive(Deserialize)]
pub struct OfParticipant {
    proposal: Bytes,
    participant: Bytes,
}

/// Weight of a fee payer in a vote.
pub fn weight_of_participant(
    OfParticipant { proposal, participant }: &OfParticipant,
) -> Result<Weight, Error> {
    let participant = participant.account::<Participant>()?;
    weight(proposal, |proposal| proposal.weight_of_participant(&participant))
}

/// A fee payer at a moment.
#[derive(Deserialize)]
pub struct OfFees {
    participant: Bytes,
    now: Exactly<i64>,
}

/// What its fees would weigh in a vote that began now, base units.
pub fn weight_of_fees(OfFees { participant, now }: &OfFees) -> Result<u64, Error> {
    Ok(participant.account::<Participant>()?.fees.weight_before(epoch_of(now.0)))
}

/// What is locked, how many tokens there are, and when.
#[derive(Deserialize)]
pub struct OfLocked {
    governance: Bytes,
    supply: Exactly<u64>,
    now: Exactly<i64>,
}

/// What a proposal would need that is made now, base units.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Quorum {
    /// Votes for.
    pub votes: u64,
    /// Tokens whose locks outlast its vote: more votes there cannot be.
    pub electorate: u64,
}

/// See [`Quorum`].
pub fn quorum(OfLocked { governance, supply, now }: &OfLocked) -> Result<Quorum, Error> {
    let governance = governance.account::<Governance>()?;
    Ok(Quorum {
        votes: outlook::quorum(&governance, supply.0, now.0),
        electorate: outlook::electorate(&governance, now.0),
    })
}

/// Weights, in any order.
#[derive(Deserialize)]
pub struct Weights {
    weights: Vec<Exactly<u64>>,
}

/// How weight is spread over those who hold some.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Concentration {
    /// Holders with any weight.
    pub holders: u64,
    /// Their weight together.
    pub total: u64,
    /// Share of the ten largest, basis points.
    pub top_ten_bps: u32,
    /// Smallest number of holders who decide together (the Nakamoto coefficient).
    pub deciders: u64,
    /// Gini coefficient, basis points.
    pub gini_bps: u32,
}

/// See [`Concentration`].
pub fn concentration(Weights { weights }: &Weights) -> Concentration {
    let concentration::Concentration { holders, total, top_ten_bps, deciders, gini_bps } =
        concentration::Concentration::of(weights.iter().map(|weight| weight.0));
    Concentration { holders, total, top_ten_bps, deciders, gini_bps }
}
