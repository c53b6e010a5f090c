//! Leases that do not end as they began.

use super::{close, offer, opened, started, state};
use crate::{FOR_EVER, bench::Stage, cluster::Cluster};
use gpu_lease_client::instruction;
use solana_signer::Signer;

/// Every scenario.
pub fn all(stage: &mut Stage) {
    offer(stage, |_| {});
    resized_lease(stage);
    ended_leases(stage);
    agreed_close(stage);
}

/// A lease that is extended, grows, shrinks and gives back what it does not need.
fn resized_lease(stage: &mut Stage) {
    let agent = stage.people.agent.pubkey();
    let lease = started(stage);
    stage.measure("extend_lease · by a day", [instruction::extend_lease(&lease, 2 * 24 * 3_600, FOR_EVER)]);
    stage.measure("set_session_key · a key", [instruction::set_session_key(&lease, agent, FOR_EVER)]);
    stage.pass(3_600);
    let lease = stage.context(lease.address);
    stage.measure("resize_lease · grows, bond", [instruction::resize_lease(&lease, 6, FOR_EVER)]);
    let lease = stage.context(lease.address);
    stage.measure("release_gpus · nothing to give", [instruction::release_gpus(&lease)]);
    stage.pass(60);
    state(stage, &lease, 14_000, &[lease.provider_account.attestor]);
    stage.measure("resize_lease · shrinks", [instruction::resize_lease(&lease, 2, FOR_EVER)]);
    stage.pass(3_600);
    stage.measure("release_gpus · after a shrink", [instruction::release_gpus(&lease)]);
    close_after(stage, "release_gpus · after the end", "close_lease · GPUs given back before", &lease);
}

/// Leases that a party or nobody at all brings to an end.
fn ended_leases(stage: &mut Stage) {
    let lease = started(stage);
    let notice = instruction::terminate_lease(lease.renter, &lease, i64::MAX, FOR_EVER);
    stage.measure("terminate_lease · by the renter", [notice]);
    let notice = instruction::terminate_lease(lease.provider_account.authority, &lease, i64::MAX, FOR_EVER);
    stage.measure("terminate_lease · by the provider, later than the renter", [notice]);
    close(stage, "close_lease · ended by notice, nothing delivered", &lease);

    let lease = started(stage);
    stage.pass(13 * 3_600);
    let notice = instruction::terminate_lease(lease.provider_account.authority, &lease, i64::MAX, FOR_EVER);
    stage.measure("terminate_lease · by the provider, nothing paid for", [notice]);
    close(stage, "close_lease · exhausted", &lease);

    let lease = started(stage);
    stage.pass(1_000);
    state(stage, &lease, 4_000, &[lease.provider_account.attestor]);
    stage.pass(901);
    let lease = stage.context(lease.address);
    stage.measure("expire_lease · abandoned", [instruction::expire_lease(lease.renter, &lease, FOR_EVER)]);
    close(stage, "close_lease · abandoned, whole bond for missing units", &lease);
}

/// A lease that both parties end in its middle.
fn agreed_close(stage: &mut Stage) {
    let lease = started(stage);
    stage.pass(3_600);
    state(stage, &lease, 14_000, &[lease.provider_account.attestor]);
    stage.measure(
        "close_lease · by both parties, a claim open",
        [instruction::close_lease_together(&lease, 14_000, 1_000, FOR_EVER)],
    );
    let lease = opened(stage);
    stage.play([instruction::cancel_lease(lease.renter, &lease, FOR_EVER)]).ok();
}

/// `release_gpus` at the end, `close_lease` after the grace.
fn close_after(
    stage: &mut Stage,
    release: &'static str,
    close: &'static str,
    lease: &gpu_lease_client::account::LeaseContext,
) {
    let end = stage.context(lease.address).ends_at;
    stage.cluster.travel_to(end);
    stage.measure(release, [instruction::release_gpus(lease)]);
    super::close(stage, close, lease);
}
