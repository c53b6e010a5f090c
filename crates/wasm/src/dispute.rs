//! What a dispute would come to.

use crate::{
    json::{Bytes, Exactly, sentence},
    lease::Division,
};
use gpu_lease_client::{
    Error, outlook,
    outlook::rehearse,
    state::{Lease, Moment},
};
use serde::{Deserialize, Serialize};

/// A figure that a renter would admit, or an arbiter would find, GPU-seconds.
#[derive(Deserialize)]
pub struct Figure {
    lease: Bytes,
    units: Exactly<u64>,
    now: Exactly<i64>,
}

/// How a dispute ends.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// GPU-seconds that count.
    pub units: u64,
    /// To the arbiter out of the stake, base units.
    pub fee_from_renter: u64,
    /// To the arbiter out of the bond, base units.
    pub fee_from_provider: u64,
    /// How the vault is divided at the close.
    pub division: Division,
}

impl From<outlook::Resolved> for Outcome {
    fn from(outlook::Resolved { units, fee, closing }: outlook::Resolved) -> Self {
        Self {
            units,
            fee_from_renter: fee.from_renter,
            fee_from_provider: fee.from_provider,
            division: closing.into(),
        }
    }
}

/// What a renter brings about who disputes.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DisputeOutcome {
    /// Why the figure would be refused.
    pub refusal: Option<String>,
    /// GPU-seconds that are accepted already: the lowest figure.
    pub accepted: u64,
    /// GPU-seconds that are claimed: the figure has to be below.
    pub claimed: u64,
    /// What follows, unless it is refused.
    pub consequences: Option<DisputeConsequences>,
}

/// What follows from a dispute. Money is base units, times are unix seconds.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DisputeConsequences {
    /// Money between the two figures.
    pub in_dispute: u64,
    /// What the renter's side sets aside for the arbiter.
    pub stake: u64,
    /// Until when the arbiter may decide.
    pub deadline: i64,
    /// When the lease ends by it.
    pub ends_at: i64,
    /// Until when the SLA counts.
    pub promised_until: i64,
    /// The renter's figure counts.
    pub best: Outcome,
    /// The provider's figure counts.
    pub worst: Outcome,
    /// The arbiter does not decide: the midpoint counts.
    pub undecided: Outcome,
}

/// See [`DisputeOutcome`].
pub fn open(Figure { lease, units, now }: &Figure) -> Result<DisputeOutcome, Error> {
    let before = outlook::matured(&lease.account()?, now.0);
    let consequences = consequences(&before, units.0, now.0);
    Ok(DisputeOutcome {
        refusal: consequences.as_ref().err().map(sentence),
        accepted: before.meter.accepted,
        claimed: before.meter.latest.units,
        consequences: consequences.ok(),
    })
}

fn consequences(before: &Lease, units: u64, now: i64) -> Result<DisputeConsequences, Error> {
    let (disputed, stake) = rehearse(before, |lease| lease.dispute(units, u64::MAX, Moment::by_clock(now)))?;
    let figures = disputed.dispute;
    Ok(DisputeConsequences {
        in_dispute: outlook::in_dispute(&disputed),
        stake,
        deadline: figures.deadline(),
        ends_at: disputed.ends_at,
        promised_until: disputed.promised_until,
        best: outlook::resolved(&disputed, figures.renter_units, now)?.into(),
        worst: outlook::resolved(&disputed, figures.provider_units, now)?.into(),
        undecided: outlook::timed_out(&disputed)?.into(),
    })
}

/// What an arbiter brings about who decides.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ResolveOutcome {
    /// Why the figure would be refused.
    pub refusal: Option<String>,
    /// How it ends, unless it is refused.
    pub outcome: Option<Outcome>,
}

/// See [`ResolveOutcome`].
pub fn resolve(Figure { lease, units, now }: &Figure) -> Result<ResolveOutcome, Error> {
    let resolved = outlook::resolved(&lease.account()?, units.0, now.0);
    Ok(ResolveOutcome {
        refusal: resolved.as_ref().err().map(sentence),
        outcome: resolved.ok().map(Outcome::from),
    })
}
