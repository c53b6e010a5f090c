//! Proposals, weights, concentration.

use crate::json::{Bytes, Exactly};
use gpu_lease_client::{
    Error,
    concentration::Concentration,
    outlook::{self, ProposalOutlook, Quorum, Weight},
};
use serde::Deserialize;

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

/// See [`ProposalOutlook`].
pub fn outlook(At { proposal, fee_bps, now, gross }: &At) -> Result<ProposalOutlook, Error> {
    Ok(ProposalOutlook::of(&proposal.account()?, *fee_bps, gross.0, now.0))
}

/// A lock and a proposal.
#[derive(Deserialize)]
pub struct OfLock {
    proposal: Bytes,
    lock: Bytes,
}

/// Weight of a lock in a vote.
pub fn weight_of_lock(OfLock { proposal, lock }: &OfLock) -> Result<Weight, Error> {
    Ok(Weight::of_lock(&proposal.account()?, &lock.account()?))
}

/// A participant and a proposal.
#[derive(Deserialize)]
pub struct OfParticipant {
    proposal: Bytes,
    participant: Bytes,
}

/// Weight of a participant in a vote.
pub fn weight_of_participant(
    OfParticipant { proposal, participant }: &OfParticipant,
) -> Result<Weight, Error> {
    Ok(Weight::of_participant(&proposal.account()?, &participant.account()?))
}

/// A participant at a moment.
#[derive(Deserialize)]
pub struct OfFees {
    participant: Bytes,
    now: Exactly<i64>,
}

/// See [`outlook::weight_of_fees`].
pub fn weight_of_fees(OfFees { participant, now }: &OfFees) -> Result<u64, Error> {
    Ok(outlook::weight_of_fees(&participant.account()?, now.0))
}

/// What is locked, how many tokens there are, and when.
#[derive(Deserialize)]
pub struct OfLocked {
    governance: Bytes,
    supply: Exactly<u64>,
    now: Exactly<i64>,
}

/// See [`Quorum`].
pub fn quorum(OfLocked { governance, supply, now }: &OfLocked) -> Result<Quorum, Error> {
    Ok(Quorum::of(&governance.account()?, supply.0, now.0))
}

/// Weights, in any order.
#[derive(Deserialize)]
pub struct Weights {
    weights: Vec<Exactly<u64>>,
}

/// See [`Concentration`].
pub fn concentration(Weights { weights }: &Weights) -> Concentration {
    Concentration::of(weights.iter().map(|weight| weight.0))
}
