//! What could be tried against the program, each attempt by name. `README.md` says which test answers which.
//!
//! Around every transaction the [audit](gpu_lease_tests::cluster::Audited) requires that one that fails moved
//! nothing, and one that succeeds broke no invariant.

mod attestation;
mod batches;
mod bought_votes;
mod coverage;
mod disputes;
mod endings;
mod everywhere;
mod guardian;
mod halts;
mod keys;
mod late_votes;
mod mints;
mod money;
mod participants;
mod precompile;
mod promise;
mod proposals;
mod resizing;
mod signatures;
mod stolen;
mod treasury;
mod twice;
mod vote_accounts;
mod votes;

use gpu_lease_tests::prelude::*;

/// What a wallet has more than everybody had in the beginning, base units.
fn gain(world: &World, wallet: &Address) -> i64 {
    world.money(wallet).cast_signed() - WEALTH.cast_signed()
}

/// The gains of payer, provider, arbiter and fee vault, base units.
fn gains(world: &World, lease: &LeaseKey) -> [i64; 4] {
    let [provider, arbiter] = [&world.people.provider, &world.people.arbiter].map(Signer::pubkey);
    let [payer, provider, arbiter] = [lease.payer, provider, arbiter].map(|wallet| gain(world, &wallet));
    [payer, provider, arbiter, world.balance(&world.fee_vault()).cast_signed()]
}
