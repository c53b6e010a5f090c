//! How a deposit is kept from being used up.

use gpu_lease_client::constants::SECONDS_PER_HOUR;
use gpu_lease_client::math::gross_ceil;
use gpu_lease_client::outlook::rehearse;
use gpu_lease_client::state::{Lease, LeaseState, Moment};

use super::decision::Act;
use super::settings::Funding;

/// What is paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopUp {
    /// Nothing is needed.
    Enough,
    /// This, as far as there is money for it: `lacks` base units are missing to what it was to be.
    Pay { act: Act, lacks: u64 },
    /// So many base units are needed, and there is no money for them.
    Lacks(u64),
}

/// Seconds until the deposit of a lease is used up, if it runs and will not last until its end.
pub fn runway(lease: &Lease, now: i64) -> Option<u64> {
    let is_running = lease.state == LeaseState::Active && now < lease.ends_at;
    let until = lease.funded_until();
    (is_running && until < lease.ends_at).then(|| until.saturating_sub(now).max(0).unsigned_abs())
}

/// What is paid in for `lease` at `now`, of `purse` at most. It never pays for more than can be used until the end.
pub fn top_up(lease: &Lease, funding: &Funding, purse: u64, now: Moment) -> TopUp {
    let Some(_) = runway(lease, now.time).filter(|runway| *runway < funding.below.into()) else {
        return TopUp::Enough;
    };
    let needed = amount_until(lease, now, now.time.saturating_add(funding.up_to.into()));
    let amount = needed.min(purse);
    // Less than an hour would be needed again at once, and pays for the network more than for GPUs.
    let hour = i64::try_from(SECONDS_PER_HOUR).unwrap_or(i64::MAX);
    let least = amount_until(lease, now, lease.funded_until().max(now.time).saturating_add(hour));
    let min_ends_at = lease.ends_at;
    let is_possible = rehearse(lease, |lease| lease.top_up(amount, min_ends_at, now)).is_ok();
    if amount >= least.min(needed) && is_possible {
        TopUp::Pay { act: Act::TopUp { amount, min_ends_at }, lacks: needed.saturating_sub(amount) }
    } else {
        TopUp::Lacks(needed)
    }
}

/// Base units that are missing to what pays for every second from `now` until `until`, and for none after the end.
fn amount_until(lease: &Lease, now: Moment, until: i64) -> u64 {
    let meter = &lease.meter;
    // What passed unpaid is excused by the top-up, and not paid for.
    let unpaid = meter.capacity(now.time).saturating_sub(lease.units_funded());
    let to_pay = meter.capacity(until.min(lease.ends_at)).saturating_sub(unpaid.max(meter.excused));
    let price = u64::try_from(gross_ceil(to_pay, lease.terms.price)).unwrap_or(u64::MAX);
    price.saturating_sub(lease.ledger.deposited)
}
