//! How a lease stands: its phase, what it delivers and costs, how long it lasts, how it would close.

use super::{Closing, Deed, DisputeFigures, LeaseAct, lease_deeds, rehearse};
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

fn by_name<S: Serializer>(phase: &Phase, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(phase_name(*phase))
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
    Lease { meter: Meter { accepted: units, ..lease.meter }, ..*lease }.earned()
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
pub(super) fn can_expire(lease: &Lease, is_by_renter: bool, now: i64) -> bool {
    can!(lease.expire(lease.meter.window_end, is_by_renter, Moment::by_clock(now)))
}

/// GPU-seconds that the SLA promises of what can have been delivered by `now`.
pub(super) fn promised(lease: &Lease, now: i64) -> u64 {
    let until = now.min(lease.promised_until).max(lease.meter.window_end);
    lease.promised_units(until)
}

/// Units that are attested, accepted or not; after a dispute those that were decided.
fn claimed(lease: &Lease) -> u64 {
    match lease.state == LeaseState::Resolved {
        true => lease.meter.accepted,
        false => lease.claimed(),
    }
}

/// The lease with what has matured by `now`: what a renter would dispute.
pub fn matured(lease: &Lease, now: i64) -> Lease {
    let mut matured = *lease;
    matured.meter.mature(lease.terms.challenge_window, Moment::by_clock(now));
    matured
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outlook::testing::{at, claimed, lease};

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
    fn units_are_worth_no_more_than_the_deposit() {
        assert_eq!(worth(&lease(), 199_999), 199_999);
        assert_eq!(worth(&lease(), 200_001), 200_000);
    }
}
