//! The same life of a lease, to the base unit, on three runtimes: LiteSVM, the Bank of Agave's validator, and
//! over JSON-RPC. The last is the local validator in this process, or any cluster that `GPU_LEASE_RPC_URL`
//! names: a market of `cargo xtask up`, for instance.

mod bank;
mod rpc;
mod story;

use gpu_lease_tests::{People, cluster::Svm};
use solana_signer::Signer;
use story::live;

#[test]
fn a_lease_lives_on_litesvm() {
    let people = People::default();
    let svm = Svm::with_program(&people.deployer.pubkey());
    live(svm, people);
}

#[test]
fn a_lease_lives_on_agaves_bank() {
    let people = People::default();
    let bank = bank::AgaveBank::with_program(&people.deployer.pubkey());
    live(bank, people);
}

#[test]
fn a_lease_lives_over_rpc() {
    let people = People::unheard_of();
    let rpc = rpc::Rpc::connect(&people.deployer.pubkey());
    live(rpc, people);
}
