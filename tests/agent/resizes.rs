//! Leases that shrink and grow.

use crate::lives::afterwards;
use crate::town::{Process, Town, answer};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_agent::meter::{CardReading, Cause, Record};
use gpu_lease_agent::plan::Access;
use gpu_lease_agent::plan::{Refusal, life_of};
use gpu_lease_client::transaction::wire;
use gpu_lease_tests::prelude::*;
use serde_json::{Value, json};
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_message::{Message, VersionedMessage};
use solana_transaction::versioned::VersionedTransaction;

const NOTICE: u32 = 60;

fn town() -> Town {
    Town::new(|terms| (terms.heartbeat_timeout, terms.notice) = (300, NOTICE))
}

/// A lease of four GPUs that has run for a minute.
fn running(town: &Town, process: &mut Process, duration: u32) -> LeaseKey {
    let lease = town.open(|request| request.duration = duration);
    process.seconds(70);
    assert_eq!(town.world().lease(&lease).state, LeaseState::Active);
    lease
}

fn record(process: &mut Process) -> Record {
    process.machine().notebook().book().records.into_values().next().unwrap()
}

/// Cards of the containers, and how far the doors are open.
fn there(town: &Town) -> (Vec<usize>, Vec<Access>) {
    let outside = town.outside();
    let cards = outside.instances.values().filter(|it| it.is_running).map(|it| it.spec.cards.len()).collect();
    (cards, outside.doors.values().map(|pass| pass.door.access).collect())
}

/// Cards that were wiped, and workspaces.
fn left(town: &Town) -> (usize, usize) {
    let outside = town.outside();
    (outside.wiped.len(), outside.workspaces.len())
}

/// Each row is about as many GPUs as the chain says.
#[track_caller]
fn assert_rows_are_the_chains(town: &Town, lease: &LeaseKey, record: &Record) {
    let meter = town.world().lease(lease).meter;
    for row in record.at_hand() {
        let capacity = meter.capacity(row.to) - meter.capacity(row.from);
        assert_eq!(row.gpu_seconds(), capacity, "{row:?}");
    }
}

#[test]
fn a_lease_that_shrinks_gives_cards_back_keeps_its_workspace_and_loses_no_unit() {
    let town = town();
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 600);
    town.world().resize(&lease, 1).ok();
    let meter = town.world().lease(&lease).meter;

    // Until the notice is over nothing changes.
    while town.world().now() < meter.segment_start - 1 {
        process.second();
    }
    assert_eq!(there(&town), (vec![4], vec![Access::Open]));
    process.seconds(10);
    assert_eq!(there(&town), (vec![1], vec![Access::Open]));
    assert_eq!(left(&town), (3, 1));
    let book = process.machine().notebook().book();
    assert_eq!(
        book.entries.values().map(|entry| (entry.cards.len(), entry.keep_until)).collect::<Vec<_>>(),
        [(1, None)]
    );

    process.seconds(560);
    let there = town.world().lease(&lease);
    let record = record(&mut process);
    let since = there.started_at.abs_diff(meter.segment_start);
    assert_eq!(town.units(&lease), 4 * since + (600 - since));
    assert_eq!(there.meter.evidence, record.evidence(there.ends_at));
    let ended: u64 =
        record.at_hand().filter(|row| row.cause == Some(Cause::Ended)).map(|row| row.gpu_seconds()).sum();
    assert!((1..=10).contains(&ended), "{ended}");
    assert!(record.at_hand().all(|row| row.cause.is_none_or(Cause::is_tenants) || row.from >= there.ends_at));
    afterwards(&mut process);
    process.assert_clean();
    assert_eq!(town.outside().wiped.len(), 4);
}

#[test]
fn a_lease_that_has_shrunk_lets_its_offer_lease_the_gpus_again() {
    let town = town();
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 600);
    let free = |town: &Town| {
        let world = town.world();
        world.read::<Offer>(&world.offer).gpus_free
    };
    let before = free(&town);
    town.world().resize(&lease, 1).ok();
    process.seconds(NOTICE - 5);
    assert_eq!(free(&town), before);
    process.seconds(20);
    assert_eq!((free(&town), town.world().lease(&lease).gpus), (before + 3, 1));
}

#[test]
fn a_shrink_is_in_the_record_from_its_second_on_however_late_it_is_seen() {
    // Without a notice it is in effect before anybody can have seen it.
    for late in 0..4 {
        let town = Town::new(|terms| (terms.heartbeat_timeout, terms.notice) = (300, 0));
        let mut process = Process::new(&town);
        let lease = running(&town, &mut process, 300);
        town.world().pass(1);
        process.at += 1_000;
        process.sample();
        town.world().resize(&lease, 2).ok();
        for _ in 0..late {
            // Time goes on, and the leases are not looked at.
            town.world().pass(1);
            process.at += 1_000;
            process.sample();
        }
        process.seconds(320);
        let there = town.world().lease(&lease);
        let record = record(&mut process);
        assert_rows_are_the_chains(&town, &lease, &record);
        assert_eq!(town.units(&lease), there.meter.capacity(there.ends_at), "{late}");
    }
}

#[test]
fn a_lease_that_grows_counts_as_a_whole_once_its_container_has_all_cards() {
    let town = town();
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 600);
    town.world().grow_by_operator(&lease, 8).ok();
    let meter = town.world().lease(&lease).meter;
    process.seconds(12);
    assert_eq!(there(&town), (vec![8], vec![Access::Open]));
    assert_eq!(left(&town), (0, 1));

    process.seconds(560);
    let there = town.world().lease(&lease);
    let record = record(&mut process);
    assert_rows_are_the_chains(&town, &lease, &record);
    let absent: Vec<_> =
        record.at_hand().filter(|row| row.cause.is_some() && row.from < there.ends_at).collect();
    assert_eq!(
        absent.iter().map(|row| (row.from, row.cause)).collect::<Vec<_>>(),
        [(meter.segment_start, Some(Cause::Container))]
    );
    let lost = absent[0].gpu_seconds();
    assert!((8..=8 * 8).contains(&lost), "{lost}");
    assert_eq!(town.units(&lease), there.meter.capacity(there.ends_at) - lost);
    afterwards(&mut process);
    process.assert_clean();
    assert_eq!(town.outside().wiped.len(), 8);
}

#[test]
fn a_lease_that_grew_beyond_the_sound_cards_goes_on_uncounted_until_there_are_some() {
    let town = town();
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 600);
    let silent = CardReading { answers: false, ..CardReading::SOUND };
    town.outside().cards.insert("GPU-7".to_owned(), silent);
    town.world().grow_by_operator(&lease, 8).ok();
    let meter = town.world().lease(&lease).meter;
    process.seconds(150);
    assert_eq!(there(&town), (vec![4], vec![Access::Open]));
    assert_eq!(record(&mut process).units(i64::MAX), meter.capacity(meter.segment_start));
    town.outside().cards.insert("GPU-7".to_owned(), CardReading::SOUND);
    process.seconds(10);
    assert_eq!(there(&town), (vec![8], vec![Access::Open]));
    assert_rows_are_the_chains(&town, &lease, &record(&mut process));
    let counted = record(&mut process).units(i64::MAX) - meter.capacity(meter.segment_start);
    assert!((8..=8 * 8).contains(&counted), "{counted}");
}

#[test]
fn a_process_that_is_killed_anywhere_in_a_resize_goes_on_with_it() {
    for to in [1, 7] {
        let touches = {
            let (town, mut process, _) = resized(to);
            let before = town.fuse.burned();
            process.seconds(12);
            assert_eq!(there(&town).0, [to as usize]);
            town.fuse.burned() - before
        };
        assert!(touches >= 8, "{touches}");
        for touch in 1..=touches {
            let (town, mut process, key) = resized(to);
            town.fuse.set(touch);
            process.seconds(12);
            assert!(process.has_died, "{touch}");
            process.seconds(8);
            assert_eq!(there(&town), (vec![to as usize], vec![Access::Open]), "{touch}");
            let lease = town.world().lease(&key);
            assert!(lease.meter.latest.units <= lease.meter.capacity(lease.meter.window_end));
            let entries = process.machine().notebook().book().entries;
            assert_eq!(entries.values().map(|entry| entry.cards.len()).collect::<Vec<_>>(), [to as usize]);
            assert_rows_are_the_chains(&town, &key, &record(&mut process));
        }
    }
}

/// A lease whose resize takes effect this second.
fn resized(to: u32) -> (Town, Process, LeaseKey) {
    let town = Town::new(|terms| (terms.heartbeat_timeout, terms.notice) = (300, 0));
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = 600);
    process.seconds(10);
    match to > 4 {
        true => town.world().grow_by_operator(&lease, to).ok(),
        false => town.world().resize(&lease, to).ok(),
    };
    (town, process, lease)
}

/// What a renter hands over, having signed it.
fn signed_by_renter(town: &Town, instructions: &[Instruction]) -> String {
    let renter = town.world().people.renter.insecure_clone();
    let message = VersionedMessage::Legacy(Message::new(instructions, Some(&renter.pubkey())));
    let bytes = message.serialize();
    let keys = message.static_account_keys().iter();
    let signers = keys.take(message.header().num_required_signatures.into());
    let sign = |key: &Address| {
        if *key == renter.pubkey() { renter.sign_message(&bytes) } else { Default::default() }
    };
    let signatures = signers.map(sign).collect();
    BASE64_STANDARD.encode(wire(&VersionedTransaction { signatures, message }).unwrap())
}

fn grow(process: &mut Process, town: &Town, lease: &LeaseKey, transaction: &str) -> Value {
    let life = life_of(&town.world().context(lease));
    let params = json!({ "transaction": transaction });
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "grow", "params": params }).to_string();
    answer(process.machine(), &life, asked.as_bytes())
}

#[test]
fn a_renter_asks_for_more_gpus_and_the_machine_signs_sets_cards_aside_and_serves_them() {
    let town = town();
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 600);
    let resize = town.world().grow_by_operator_ix(&lease, 7);
    let fee = ComputeBudgetInstruction::set_compute_unit_limit(100_000);
    let transaction = signed_by_renter(&town, &[fee, resize]);
    assert_eq!(grow(&mut process, &town, &lease, &transaction)["result"], json!({ "gpus": 7 }));
    // Before it has landed, somebody else wants the cards.
    town.open(|request| (request.nonce, request.gpus, request.deposit) = (1, 4, 4 * 12 * 2_500_000));
    process.seconds(10);
    assert_eq!(town.world().lease(&lease).gpus, 7);
    assert_eq!(there(&town), (vec![7], vec![Access::Open]));
    let (_, plan) = process.machine().newest();
    assert_eq!(plan.refusals.iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Refusal::NoCards]);
    // It was asked for once, and is not sent again.
    let sent = town.outside().sent.len();
    process.seconds(5);
    assert_eq!(town.outside().sent.len(), sent);
    let again = grow(&mut process, &town, &lease, &transaction);
    assert_eq!(again["error"]["code"], 22);
    process.seconds(5);
    assert_eq!(there(&town).0, [7]);
}

#[test]
fn a_growth_above_the_bonds_of_a_day_waits_until_the_provider_allows_more() {
    let town = town();
    let mut process = Process::new(&town);
    let (mint, bond) = {
        let terms = town.world().offer().terms;
        (terms.mint.to_string(), terms.bond(8).unwrap())
    };
    process.budget.bonds_a_day = [(mint.clone(), bond - 1)].into();
    let lease = running(&town, &mut process, 600);
    let resize = town.world().grow_by_operator_ix(&lease, 8);
    let transaction = signed_by_renter(&town, &[resize]);
    assert_eq!(grow(&mut process, &town, &lease, &transaction)["result"], json!({ "gpus": 8 }));
    process.seconds(10);
    assert_eq!(town.world().lease(&lease).gpus, 4);

    process.budget.bonds_a_day = [(mint, bond)].into();
    process.kill();
    process.seconds(10);
    assert_eq!(town.world().lease(&lease).gpus, 8);
}

#[test]
fn a_growth_that_cannot_be_served_is_not_signed() {
    let town = town();
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 600);
    town.outside().cards.insert("GPU-7".to_owned(), CardReading { answers: false, ..CardReading::SOUND });
    process.round();
    let growth = town.world().grow_by_operator_ix(&lease, 8);
    let all = signed_by_renter(&town, &[growth]);
    let refused = grow(&mut process, &town, &lease, &all);
    assert_eq!(refused["error"]["code"], 22);
    assert!(refused["error"]["message"].as_str().unwrap().contains("cards"), "{refused}");
    process.seconds(5);
    assert_eq!(town.world().lease(&lease).gpus, 4);
    // What never lands sets cards aside for a while only.
    let growth = town.world().grow_by_operator_ix(&lease, 7);
    let some = signed_by_renter(&town, &[growth]);
    let bonds = {
        let world = town.world();
        world.balance(&world.bond_account())
    };
    town.world().withdraw_bond(bonds).ok();
    assert_eq!(grow(&mut process, &town, &lease, &some)["result"], json!({ "gpus": 7 }));
    process.seconds(100);
    town.open(|request| (request.nonce, request.gpus, request.deposit) = (1, 3, 3 * 12 * 2_500_000));
    let refusals = |process: &mut Process| {
        let (_, plan) = process.machine().newest();
        plan.refusals.into_iter().map(|(_, why)| why).collect::<Vec<_>>()
    };
    process.seconds(5);
    assert_eq!(refusals(&mut process), [Refusal::NoCards]);
    process.seconds(40);
    assert_eq!(refusals(&mut process), [Refusal::NoBond]);
    assert_eq!((town.world().lease(&lease).gpus, there(&town).0), (4, vec![4]));
}

#[test]
fn nothing_but_a_growth_of_this_lease_with_a_pooled_bond_is_signed() {
    let town = town();
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 600);
    let (growth, by_wallet, shrink, top_up, other) = {
        let world = town.world();
        let renter = world.people.renter.pubkey();
        let other = instruction::resize_lease(&world.context(&lease).by_operator(), 5, world.valid_until());
        (
            world.grow_by_operator_ix(&lease, 7),
            world.resize_lease_ix(&lease, 7),
            instruction::resize_lease(&world.context(&lease).by_operator(), 3, world.valid_until()),
            world.top_up_ix(&lease, renter, 1_000),
            other,
        )
    };
    let moved = {
        let operator = town.world().people.operator.pubkey();
        solana_system_interface::instruction::transfer(&operator, &lease.renter, 1)
    };
    let mut of_another = growth.clone();
    of_another.accounts[2].pubkey = Address::new_from_array([9; 32]);
    for instructions in [
        vec![growth.clone(), moved],
        vec![growth.clone(), top_up],
        vec![growth.clone(), other],
        vec![shrink],
        vec![by_wallet],
        vec![of_another],
        vec![],
    ] {
        let answer = grow(&mut process, &town, &lease, &signed_by_renter(&town, &instructions));
        assert_eq!(answer["error"]["code"], 22, "{answer}");
    }
    for text in ["", "AAAA"] {
        assert_eq!(grow(&mut process, &town, &lease, text)["error"]["code"], 22);
    }
    // Nor one whose renter has not signed, or with a false signature.
    let good = BASE64_STANDARD.decode(signed_by_renter(&town, &[growth])).unwrap();
    for fill in [0, 7] {
        let mut bad = good.clone();
        bad[1..65].fill(fill);
        let answer = grow(&mut process, &town, &lease, &BASE64_STANDARD.encode(bad));
        assert_eq!(answer["error"]["code"], 22, "{answer}");
    }
    process.seconds(10);
    assert_eq!(town.world().lease(&lease).gpus, 4);
}
