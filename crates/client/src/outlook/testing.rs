//! Leases that tests look at.

use crate::state::{Claim, Lease, Ledger, Moment};
use bytemuck::Zeroable;
use solana_address::Address;

pub(super) const RENTER: Address = Address::new_from_array([1; 32]);

/// The moment of `time` in a cluster that makes slots.
pub(super) fn at(time: i64) -> Moment {
    Moment::default().ahead_at(time)
}

/// Two GPUs for a day from second 1000 on at one base unit a second each, all of it paid.
pub(super) fn lease() -> Lease {
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
pub(super) fn claimed() -> Lease {
    let mut lease = lease();
    lease.meter.attest(2_000, 2_000, at(2_000));
    lease.meter.claim(Claim { units: 2_000, submitted: at(2_000) });
    lease
}
