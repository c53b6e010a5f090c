//! Leases whose usage is disputed.

use super::{offer, started, state};
use crate::{FOR_EVER, bench::Stage, cluster::Cluster};
use gpu_lease::constants::MAX_PRICE;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::instruction;

/// Every scenario.
pub fn all(stage: &mut Stage) {
    offer(stage, |_| {});
    let lease = claimed(stage);
    stage.measure("dispute_lease · two claims, stake", [dispute(&lease, 1_000)]);
    let lease = stage.context(lease.address);
    stage.measure(
        "resolve_dispute · fee from both sides",
        [instruction::resolve_dispute(&lease, 2_000, FOR_EVER)],
    );
    let close = "close_lease · resolved: payout, fee, rest of bond and stake, SLA credit, refund";
    stage.measure(close, [instruction::close_lease(&lease)]);

    let lease = claimed(stage);
    stage.play([dispute(&lease, 1_000)]).ok();
    let deadline = stage.context(lease.address).dispute.deadline();
    stage.cluster.travel_to(deadline + 1);
    stage.measure("resolve_by_timeout · midpoint", [instruction::resolve_by_timeout(&lease)]);
    stage.measure("settle · resolved", [instruction::settle(&lease)]);
    stage.play([instruction::close_lease(&lease)]).ok();

    offer(stage, |terms| terms.bond_hours = 0);
    let lease = claimed(stage);
    stage.measure("dispute_lease · no bond, no stake", [dispute(&lease, 1_000)]);
    let lease = stage.context(lease.address);
    stage.measure("resolve_dispute · no fee", [instruction::resolve_dispute(&lease, 1_000, FOR_EVER)]);
    stage.play([instruction::close_lease(&lease)]).ok();

    offer(stage, |terms| (terms.price, terms.bond_hours) = (MAX_PRICE, 100));
    let mut open = super::opening(stage);
    open.request.deposit = 1 << 58;
    stage.play([instruction::open_lease(&open)]).ok();
    let lease = stage.context(open.lease());
    stage.play([instruction::start_lease(&lease, &[7; 80], FOR_EVER)]).ok();
    claim_twice(stage, &lease);
    stage.measure("dispute_lease · highest price", [dispute(&lease, 1)]);
    let lease = stage.context(lease.address);
    stage.measure("resolve_dispute · highest price", [instruction::resolve_dispute(&lease, 2_000, FOR_EVER)]);
    stage.play([instruction::close_lease(&lease)]).ok();
}

fn dispute(lease: &LeaseContext, units: u64) -> solana_instruction::Instruction {
    instruction::dispute_lease(lease.renter, lease.renter, lease, units, u64::MAX, FOR_EVER)
}

/// A lease with two open claims.
fn claimed(stage: &mut Stage) -> LeaseContext {
    let lease = started(stage);
    claim_twice(stage, &lease);
    lease
}

fn claim_twice(stage: &mut Stage, lease: &LeaseContext) {
    for units in [1_900, 3_900] {
        stage.pass(500);
        state(stage, lease, units, &[lease.provider_account.attestor]);
    }
}
