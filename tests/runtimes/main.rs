//! The same lives of leases, to the base unit, on three runtimes: LiteSVM, the Bank of Agave's validator, and
//! over JSON-RPC. The last is the local validator in this process, or any cluster that `GPU_LEASE_RPC_URL`
//! names: a market of `cargo xtask up`, for instance, `solana-test-validator`, or a public cluster for tests.

mod bank;
mod rpc;
mod stories;

use bank::AgaveBank;
use gpu_lease_tests::{cluster::Svm, prelude::*};
use rpc::Rpc;

/// Tells each story on each runtime.
macro_rules! on_each_runtime {
    ($($name:ident: $story:ident in $token_program:ident,)*) => {
        mod litesvm {
            use super::*;
            $(#[test]
            fn $name() {
                let people = People::default();
                let cluster = Svm::with_program(&people.deployer.pubkey());
                stories::$story(&mut market(cluster, people, $token_program));
            })*
        }

        mod agaves_bank {
            use super::*;
            $(#[test]
            fn $name() {
                let people = People::default();
                let cluster = AgaveBank::with_program(&people.deployer.pubkey());
                stories::$story(&mut market(cluster, people, $token_program));
            })*
        }

        mod over_rpc {
            use super::*;
            $(#[test]
            fn $name() {
                rpc::tell(stringify!($story), $token_program, stories::$story::<Rpc>);
            })*
        }
    };
}

on_each_runtime! {
    clean: clean in TOKEN,
    clean_in_token_2022: clean in TOKEN_2022,
    extended: extended in TOKEN,
    resized: resized in TOKEN,
    notice: notice in TOKEN,
    exhausted: exhausted in TOKEN,
    topped_up: topped_up in TOKEN,
    abandoned: abandoned in TOKEN,
    abandoned_in_token_2022: abandoned in TOKEN_2022,
    mutual: mutual in TOKEN,
    resolved: resolved in TOKEN,
    resolved_in_token_2022: resolved in TOKEN_2022,
    timed_out: timed_out in TOKEN,
    sponsored: sponsored in TOKEN,
    handed_over: handed_over in TOKEN,
    verified: verified in TOKEN,
}

/// A market in a mint of `token_program` that nobody has seen before.
fn market<C: Cluster>(cluster: C, people: People, token_program: Address) -> World<C> {
    let mut market = World::empty(cluster, people, &Keypair::new(), token_program);
    market.open_market(|_| {});
    market
}
