//! The same lives of leases, to the base unit, on three runtimes: LiteSVM, with p-token and with the SPL Token program that
//! it has replaced, the Bank of Agave's validator, and over JSON-RPC. The last is the local validator in this process, or any cluster that `GPU_LEASE_RPC_URL`
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

        mod litesvm_before_p_token {
            use super::*;
            $(#[test]
            fn $name() {
                let people = People::default();
                let cluster = Svm::before_p_token(&people.deployer.pubkey());
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
    what_is_agreed_claimed_and_missed_is_paid_and_credited: clean in TOKEN,
    token_2022_makes_no_difference: clean in TOKEN_2022,
    a_day_becomes_two: extended in TOKEN,
    a_lease_grows_and_shrinks: resized in TOKEN,
    the_renter_gives_notice: notice in TOKEN,
    a_provider_leaves_when_nothing_is_paid: exhausted in TOKEN,
    a_sponsor_pays_for_what_was_delivered_unpaid: topped_up in TOKEN,
    a_silent_provider_loses_its_bond: abandoned in TOKEN,
    a_silent_provider_loses_its_bond_in_token_2022: abandoned in TOKEN_2022,
    an_agent_co_signs_and_both_parties_close: mutual in TOKEN,
    the_arbiter_decides_between_two_figures: resolved in TOKEN,
    the_arbiter_decides_in_token_2022: resolved in TOKEN_2022,
    the_midpoint_counts_when_the_arbiter_is_silent: timed_out in TOKEN,
    a_sponsor_gets_money_and_rent_back: sponsored in TOKEN,
    another_wallet_takes_the_provider_over: handed_over in TOKEN,
    nothing_counts_that_the_verifier_did_not_sign: verified in TOKEN,
    an_operator_runs_a_lease_with_bonds_out_of_the_bond_account: operated in TOKEN,
    an_operator_runs_a_lease_in_token_2022: operated in TOKEN_2022,
    a_guard_refuses_for_the_renter: guarded in TOKEN,
    one_signature_states_the_usage_of_five_leases: batched in TOKEN,
    a_fleet_states_its_usage_in_one_transaction_of_version_1: fleet in TOKEN,
    a_fee_vote_is_executed_and_open_leases_keep_their_fee: fee_voted in TOKEN,
    participants_refuse_a_rise: rise_refused in TOKEN,
    fees_go_to_the_treasury_by_vote: fees_withdrawn in TOKEN,
}

/// A market in a mint of `token_program` that nobody has seen before.
fn market<C: Cluster>(cluster: C, people: People, token_program: Address) -> World<C> {
    let mut market = World::empty(cluster, people, &Keypair::new(), token_program);
    market.open_market(|_| {});
    market
}
