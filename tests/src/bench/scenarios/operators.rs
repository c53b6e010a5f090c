//! What a provider's machines do: leases out of the bond account, credentials that move, usage of a fleet.

use super::{close, offer, opened};
use crate::{FOR_EVER, bench::Stage};
use gpu_lease_client::{account::MintRef, address, instruction};
use solana_signer::Signer;

/// Every scenario.
pub fn all(stage: &mut Stage) {
    offer(stage, |_| {});
    operated_lease(stage);
    guarded_leases(stage);
    fleet(stage);
}

/// A lease that the operator runs with a bond out of the bond account.
fn operated_lease(stage: &mut Stage) {
    let mint = MintRef { mint: stage.mint, token_program: stage.token_program };
    let provider = stage.provider_ref();
    let wallet = address::associated_token(&provider.authority, &mint.mint, &mint.token_program);
    let pay_in = instruction::pay_in_bond(provider.authority, &provider.address, &mint, 6, 1 << 40);
    stage.play(pay_in).ok();
    let lease = opened(stage).by_operator();
    let start = instruction::start_lease(&lease, &[7; 80], FOR_EVER);
    stage.measure("start_lease · by the operator, bond account", [start]);
    let lease = stage.context(lease.address).by_operator();
    let publish = instruction::publish_access(&lease, &[8; 80], FOR_EVER);
    stage.measure("publish_access · by the operator, blob of 80 bytes", [publish]);
    stage.pass(60);
    let grow = instruction::resize_lease(&lease, 5, FOR_EVER);
    stage.measure("resize_lease · grows by the operator, bond account", [grow]);
    close(stage, "close_lease · nothing delivered, bond back to the bond account", &lease);
    let withdraw = instruction::withdraw_bond(provider, &mint, wallet, 1 << 30, FOR_EVER);
    stage.measure("withdraw_bond · a part", [withdraw]);
}

/// What a renter's guard does with a session key.
fn guarded_leases(stage: &mut Stage) {
    let agent = stage.people.agent.pubkey();
    let guarded = |stage: &mut Stage| {
        let lease = opened(stage);
        let start = instruction::start_lease(&lease, &[7; 80], FOR_EVER);
        let hand_over = instruction::set_session_key(&lease, agent, FOR_EVER);
        stage.play([start, hand_over]).ok();
        stage.context(lease.address)
    };
    let lease = guarded(stage);
    let notice = instruction::terminate_lease(agent, &lease, i64::MAX, FOR_EVER);
    stage.measure("terminate_lease · by the session key", [notice]);
    let lease = guarded(stage);
    stage.pass(3_600);
    let attestor = lease.provider_account.attestor;
    super::state(stage, &lease, 14_000, &[attestor]);
    let sponsor = stage.people.sponsor.pubkey();
    let dispute = instruction::dispute_lease(agent, sponsor, &lease, 100, u64::MAX, FOR_EVER);
    stage.measure("dispute_lease · by the session key, a sponsor's stake", [dispute]);
}

/// Usage of many leases in one transaction.
fn fleet(stage: &mut Stage) {
    let leases = stage.many_leases(59);
    stage.pass(3_600);
    for (count, scenario) in [
        (1, "attest_batch · 1 lease"),
        (11, "attest_batch · 11 leases, legacy"),
        (59, "attest_batch · 59 leases, version 1"),
    ] {
        let usage: Vec<_> = leases[..count].iter().map(|lease| (*lease, 1_000 + count as u64)).collect();
        let batch = stage.batch(&usage);
        let attest = stage.attest_batch_ix(&batch, &[&stage.people.attestor]);
        stage.measure(scenario, attest);
    }
    let usage: Vec<_> = leases[..9].iter().map(|lease| (*lease, 2_000)).collect();
    let batch = stage.batch(&usage);
    let verified = [&stage.people.attestor, &stage.people.verifier];
    let attest = stage.attest_batch_ix(&batch, &verified);
    stage.measure("attest_batch · 9 leases, two signers", attest);
}
