//! The same lives of a lease, to the base unit, on three runtimes: LiteSVM, the Bank of Agave's validator, and
//! over JSON-RPC. The last is the local validator in this process, or any cluster that `GPU_LEASE_RPC_URL`
//! names and that gives lamports: a market of `cargo xtask up`, `solana-test-validator`, a public test
//! cluster. Where time cannot be skipped, stories that take hours are.

mod bank;
mod rpc;
mod stories;

use gpu_lease_tests::{
    People, World,
    cluster::{Cluster, Svm},
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_interface::ID as TOKEN;

/// A market on a cluster.
fn market<C: Cluster>(people: People, cluster: impl FnOnce(&People) -> C) -> World<C> {
    let cluster = cluster(&people);
    let mut world = World::empty(cluster, people, &Keypair::new(), TOKEN);
    world.open_market(|_| {});
    world
}

/// One test a story and runtime.
macro_rules! on_all_runtimes {
    ($($story:ident takes $time:ident,)*) => {
        mod on_litesvm {
            use super::*;

            $(#[test]
            fn $story() {
                let svm = |people: &People| Svm::with_program(&people.deployer.pubkey());
                stories::$story(&mut market(People::default(), svm));
            })*
        }

        mod on_agaves_bank {
            use super::*;

            $(#[test]
            fn $story() {
                let bank = |people: &People| bank::AgaveBank::with_program(&people.deployer.pubkey());
                stories::$story(&mut market(People::default(), bank));
            })*
        }

        mod over_rpc {
            use super::*;

            $(#[test]
            fn $story() {
                rpc::tell(stories::$story, rpc::Time::$time);
            })*
        }
    };
}

on_all_runtimes! {
    every_hour_is_paid takes Hours,
    missing_units_are_credited takes Hours,
    an_exhausted_lease_is_topped_up_and_stopped takes Hours,
    either_side_gives_notice takes Hours,
    a_lease_grows_and_shrinks takes Hours,
    a_silent_provider_loses_its_bond takes Hours,
    the_arbiter_decides_between_two_figures takes Hours,
    the_middle_counts_when_the_arbiter_is_silent takes Hours,
    a_session_key_co_signs_and_both_close takes Seconds,
    a_sponsor_gets_refund_and_rent takes Seconds,
    token_2022_makes_no_difference takes Hours,
    another_wallet_takes_the_provider_over takes Seconds,
    what_is_not_allowed_is_refused_by_number takes Seconds,
}
