//! What an indexer rebuilds from what is never cut off (instructions, those that they called, the token program's
//! transfers) is what the accounts hold: every lease and every provider to the byte, every balance, every offer's
//! free GPUs. Logs are cut off at 10,000 bytes, and anybody can fill them first: in some games somebody does, in others
//! there are none. Where a log is whole, its events say the same.

mod record;
mod recorder;
mod replayer;
mod voters;

use gpu_lease::state::{Action, Lease, VotingRules};
use gpu_lease_client::account::MintRef;
use gpu_lease_client::{address, address::SPL_TOKEN, instruction};
use gpu_lease_indexer::book::{Fault, Kept};
use gpu_lease_tests::{People, World, cluster::Svm};
use record::{Record, is_explained};
use recorder::Recorder;
use replayer::Replayer;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::BTreeSet;

/// Games, each from a seed of its own.
const GAMES: u64 = 16;

/// Attempted actions of a game. Not all succeed: players try what is not allowed, too.
const ACTIONS: usize = 500;

/// What is left of the logs in a game.
#[derive(Clone, Copy, PartialEq)]
enum Logs {
    Whole,
    Filled,
    None,
}

/// A market with one provider, and a record that has read how it came to be.
fn market() -> (World<Recorder>, Record) {
    let people = People::default();
    let recorder = Recorder::new(Svm::with_program(&people.deployer.pubkey()));
    let mut market = World::empty(recorder, people, &Keypair::new_from_array([20; 32]), SPL_TOKEN);
    market.open_market(|_| {});
    market.pay_bond_in(10_000_000);
    (market, Record::default())
}

/// Lets `record` read what has happened since the last time.
fn read(record: &mut Record, market: &mut World<Recorder>, logs: Logs, moment: &str) {
    for mut transaction in market.cluster.take() {
        if logs == Logs::None {
            transaction.events = None;
        }
        let page = record.read(&transaction);
        assert!(is_explained(&page), "{moment}: {:?}", page.doubts);
    }
    record.require_same(market, moment);
}

#[test]
fn the_accounts_are_what_the_instructions_and_transfers_say_whatever_is_left_of_the_logs() {
    let mut seen = BTreeSet::new();
    for seed in 0..GAMES {
        let logs = [Logs::Whole, Logs::Filled, Logs::None][seed as usize % 3];
        let (mut market, mut record) = market();
        let mut player = Replayer::new(seed);
        player.fills_logs = logs == Logs::Filled;
        for action in 0..ACTIONS {
            player.act(&mut market);
            read(&mut record, &mut market, logs, &format!("game {seed}, action {action}"));
        }
        assert_eq!(record.cut_off > 0, logs != Logs::Whole, "logs that are cut off in game {seed}");
        seen.extend(record.seen);
    }
    // The games have shown everything that can happen to leases.
    let everything = BTreeSet::from(
        [
            "initialize",
            "register_mint",
            "create_participant",
            "register_provider",
            "update_provider",
            "withdraw_bond",
            "nominate_authority",
            "accept_authority",
            "create_offer",
            "update_offer",
            "close_offer",
            "open_lease",
            "cancel_lease",
            "start_lease",
            "publish_access",
            "top_up",
            "extend_lease",
            "resize_lease",
            "release_gpus",
            "set_session_key",
            "terminate_lease",
            "expire_lease",
            "dispute_lease",
            "resolve_dispute",
            "resolve_by_timeout",
            "attest",
            "attest_batch",
            "settle",
            "count_fees",
            "close_lease",
            "stated: claim",
            "stated: agreement",
            "stated: not taken",
            "ended: cancelled",
            "ended: closed",
            "moved: deposit",
            "moved: top_up",
            "moved: bond",
            "moved: stake",
            "moved: arbiter_fee",
            "moved: payout",
            "moved: fee",
            "moved: bond_return",
            "moved: credit",
            "moved: refund",
            "moved: bond_payment",
            "moved: bond_withdrawal",
            "moved: gift",
        ]
        .map(str::to_owned),
    );
    assert_eq!(seen.symmetric_difference(&everything).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn votes_and_what_they_decide_follow_from_the_instructions_too() {
    let (mut market, mut record) = market();
    voters::play(&mut market);
    for transaction in market.cluster.take() {
        let page = record.read(&transaction);
        assert!(is_explained(&page), "{:?}: {:?}", page.deeds, page.doubts);
    }
    record.require_same(&market, "after the votes");
    for name in gpu_lease_client::decode::INSTRUCTIONS {
        let of_votes = ["lock", "vote", "proposal", "delegate", "pause", "withdraw_fees"]
            .iter()
            .any(|it| name.contains(it));
        assert!(!of_votes || record.seen.contains(*name), "{name} was not played");
    }
}

#[test]
fn a_settlement_behind_a_log_that_others_filled_is_found_all_the_same() {
    let (mut market, mut record) = market();
    let mut request = market.request(0);
    request.duration = 3_600;
    market.play([market.open_lease_ix(request)]).ok();
    let lease = market.lease_key(0, market.people.renter.pubkey());
    market.play([market.start_lease_ix(&lease, b"encrypted credentials")]).ok();
    market.pass(3_600);
    let signers = [market.people.attestor.pubkey(), market.people.renter.pubkey()];
    let statement = market.attestation(lease.address, 14_400, &signers);
    market.play(statement).ok();
    read(&mut record, &mut market, Logs::Whole, "before it");
    let settle = [instruction::settle(&market.context(lease.address))];
    let filled = replayer::fill(&market, lease.address, &settle).expect("a lease");
    market.play(filled).ok();
    let transaction = market.cluster.take().pop().expect("it was taken");
    assert!(transaction.events.is_none());
    let page = record.read(&transaction);
    assert!(is_explained(&page));
    record.require_same(&market, "after the settlement");
    let booked = record.entries.get(&lease.address).and_then(Lease::of).expect("a lease");
    assert_eq!(booked.ledger.released, 10_000_000);
}

#[test]
fn tokens_of_a_mint_that_anybody_made_are_no_money_that_could_be_missed() {
    let (mut market, mut record) = market();
    let mint = market.create_mint(99, SPL_TOKEN);
    let bonds = market.create_token_account(market.provider, mint);
    let own = market.create_token_account(market.people.provider.pubkey(), mint);
    market.mint_to(mint, bonds, 1_000);
    let made_up = MintRef { mint, token_program: SPL_TOKEN };
    let valid_until = market.valid_until();
    let withdrawal = instruction::withdraw_bond(market.provider_ref(), &made_up, own, 100, valid_until);
    market.play([withdrawal]).ok();
    read(&mut record, &mut market, Logs::Whole, "after the withdrawal");
    // Whoever made a mint can have made it so that its tokens leave any account.
    assert!(!record.entries.contains_key(&bonds));
    assert!(record.entries.contains_key(&market.bond_account()));
}

#[test]
fn how_many_votes_a_proposal_needs_is_in_doubt_where_its_log_is_cut_off() {
    let (mut market, mut record) = market();
    let holder = market.people.holder.pubkey();
    market.lock(holder, gpu_lease_tests::WEALTH / 2);
    let rules: VotingRules = market.config().rules;
    let proposal =
        market.propose(Action::SetVotingRules { rules: VotingRules { deposit: rules.deposit + 1, ..rules } });
    let mut doubts = Vec::new();
    for transaction in market.cluster.take() {
        doubts.extend(record.read(&transaction_without_log(transaction)).doubts);
    }
    let [doubt] = doubts.as_slice() else { panic!("{doubts:?}") };
    assert!(matches!(doubt.fault, Fault::Missing { address, .. } if address == proposal));
    assert!(doubt.accounts.contains(&address::governance()));
}

fn transaction_without_log(
    transaction: gpu_lease_indexer::observed::Transaction,
) -> gpu_lease_indexer::observed::Transaction {
    gpu_lease_indexer::observed::Transaction { events: None, ..transaction }
}
