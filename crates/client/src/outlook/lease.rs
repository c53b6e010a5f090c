//! How a lease stands: what it delivers and costs, and how it would close.

use super::{
    Closing, Deed, DisputeFigures, LeaseAct, expirable_from, gpus_in_use, lease_deeds, matured, phase_name,
    phase_words, promised, rehearse, used_up_at, worth,
};
use crate::{
    constants::ATTESTATION_GRACE,
    state::{Lease, LeaseState, Ledger, Meter, Moment, Phase},
    text,
};
use serde::{Serialize, Serializer};

/// How a lease stands. Times are unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LeaseOutlook {
    /// Where it stands.
    #[serde(serialize_with = "by_name")]
    #[cfg_attr(test, ts(type = "LeasePhase"))]
    pub phase: Phase,
    /// What the phase means, and who can do what next.
    pub words: &'static str,
    /// GPUs that it uses now.
    pub gpus_in_use: u32,
    /// A shrink whose notice runs.
    pub resize: Option<Resize>,
    /// When the deposit is used up if every GPU delivers every second, never after the end; 0 before the start.
    pub funded_until: i64,
    /// When the deposit is used up if usage goes on as it was on average, never after the end; `null` if there was
    /// none yet, or it is over.
    pub used_up_at: Option<i64>,
    /// When it ends; 0 before the start.
    pub ends_at: i64,
    /// Why it ends, in words: `completed`, `renter notice`, …
    pub end_reason: &'static str,
    /// Until when attestations may still land; 0 before the start.
    pub grace_ends_at: i64,
    /// When the claim matures whose challenge window runs.
    pub claim_matures_at: Option<i64>,
    /// From when on the renter's side may expire it if nothing more is attested; anybody may three days later.
    pub expirable_from: Option<i64>,
    /// What it delivers.
    pub usage: UsageOutlook,
    /// What it costs.
    pub money: MoneyOutlook,
    /// How the vault would be divided if it was closed now, with everything accepted that is claimed; in a dispute,
    /// that the renter admits.
    pub if_closed: Closing,
    /// What is or was disputed.
    pub dispute: Option<DisputeFigures>,
    /// Who can do what.
    pub deeds: Vec<Deed<LeaseAct>>,
}

/// A number of GPUs, and from when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Resize {
    /// GPUs.
    pub gpus: u32,
    /// Unix seconds.
    pub from: i64,
}

/// GPU-seconds since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UsageOutlook {
    /// What the GPUs can have delivered so far.
    pub capacity: u64,
    /// What the SLA promises of it.
    pub promised: u64,
    /// Final.
    pub accepted: u64,
    /// Attested, `accepted` included.
    pub claimed: u64,
    /// Capacity that no deposit funded when it passed.
    pub excused: u64,
}

/// Base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MoneyOutlook {
    /// Paid in for the renter.
    pub deposited: u64,
    /// Released so far, fees included.
    pub paid: u64,
    /// Part of `paid` that the provider got.
    pub payout: u64,
    /// Part of `paid` that is the protocol's.
    pub fees: u64,
    /// What a settlement would release now, fees included.
    pub due: u64,
    /// Part of `due` that the provider would get.
    pub due_payout: u64,
    /// What is claimed or disputed and not final.
    pub in_challenge: u64,
    /// What the deposit gives back if nothing more is delivered than is claimed.
    pub refundable: u64,
    /// The provider's bond.
    pub bond: u64,
    /// Set aside for the arbiter by the renter's side.
    pub stake: u64,
}

impl LeaseOutlook {
    /// How `lease` stands at `now`, unix seconds.
    pub fn of(lease: &Lease, now: i64) -> Self {
        let phase = lease.phase(Moment::by_clock(now));
        let is_running = matches!(phase, Phase::Running | Phase::Exhausted);
        let is_active = lease.state == LeaseState::Active;
        let is_started = phase != Phase::Pending;
        let matured = matured(lease, now);
        let meter = &matured.meter;
        let claim_matures_at =
            meter.maturing.submitted.time.saturating_add(lease.terms.challenge_window.into());
        Self {
            phase,
            words: phase_words(lease, now),
            gpus_in_use: if is_running { gpus_in_use(lease, now) } else { 0 },
            resize: (is_running && now < meter.segment_start)
                .then_some(Resize { gpus: meter.gpus, from: meter.segment_start }),
            funded_until: if is_started { lease.funded_until() } else { 0 },
            used_up_at: if is_running { used_up_at(lease) } else { None },
            ends_at: lease.ends_at,
            end_reason: text::end_reason(lease.end_reason.0.into()),
            grace_ends_at: match is_started {
                true => lease.ends_at.saturating_add_unsigned(ATTESTATION_GRACE),
                false => 0,
            },
            claim_matures_at: (is_active && meter.has_open_claim()).then_some(claim_matures_at),
            expirable_from: expirable_from(lease),
            usage: UsageOutlook::of(&matured, now),
            money: MoneyOutlook::of(&matured, now),
            if_closed: Closing::if_closed(lease, now),
            dispute: DisputeFigures::of(lease),
            deeds: lease_deeds(lease, now),
        }
    }
}

impl UsageOutlook {
    fn of(lease: &Lease, now: i64) -> Self {
        let Meter { accepted, excused, .. } = lease.meter;
        Self {
            capacity: lease.meter.capacity(now.min(lease.ends_at).max(lease.started_at)),
            promised: promised(lease, now),
            accepted,
            claimed: claimed(lease),
            excused,
        }
    }
}

impl MoneyOutlook {
    fn of(lease: &Lease, now: i64) -> Self {
        let Ledger { deposited, released, fees, bond, stake, .. } = lease.ledger;
        let moment = Moment::by_clock(now);
        let claimed = worth(lease, claimed(lease));
        let settlement = rehearse(lease, |lease| lease.settle(moment)).map(|(_, settlement)| settlement);
        Self {
            deposited,
            paid: released,
            payout: released.saturating_sub(fees),
            fees,
            due: lease.due(moment),
            due_payout: settlement.map_or(0, |settlement| settlement.payout),
            in_challenge: claimed.saturating_sub(lease.earned()),
            refundable: deposited.saturating_sub(claimed),
            bond,
            stake,
        }
    }
}

fn by_name<S: Serializer>(phase: &Phase, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(phase_name(*phase))
}

/// Units that are attested, accepted or not; after a dispute those that were decided.
fn claimed(lease: &Lease) -> u64 {
    match lease.state == LeaseState::Resolved {
        true => lease.meter.accepted,
        false => lease.claimed(),
    }
}
