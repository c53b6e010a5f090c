//! Samples for unit tests.

use gpu_lease_client::{
    rpc::MintInfo,
    state::{Claim, Lease, Ledger, Moment},
};
use solana_address::Address;

/// Two GPUs for a day from second 1000 on at one base unit a second each, all of it paid, and 2000 units
/// claimed at 2000, up to which the capacity is as much.
pub fn claimed() -> Lease {
    let mut lease = Lease {
        duration: 86_400,
        gpus: 2,
        start_deadline: 1_000,
        ledger: Ledger { deposited: 200_000, ..Ledger::default() },
        ..bytemuck::Zeroable::zeroed()
    };
    lease.terms.price = 3_600;
    lease.terms.challenge_window = 600;
    lease.terms.heartbeat_timeout = 900;
    lease.terms.bond_hours = 1;
    lease.terms.sla_uptime_bps = 10_000;
    lease.terms.sla_penalty_bps = 10_000;
    lease.start([1; 32], false, at(1_000)).unwrap();
    lease.meter.window_end = 2_000;
    lease.meter.heartbeat = at(2_000);
    lease.meter.claim(Claim { units: 2_000, submitted: at(2_000) });
    lease
}

/// A moment in a cluster whose slots take a second.
pub fn at(time: i64) -> Moment {
    Moment { time, slot: time.unsigned_abs() }
}

/// Money of a mint with so many decimals.
pub fn money_of(decimals: u8) -> MintInfo {
    MintInfo { address: Address::default(), token_program: Address::default(), decimals }
}
