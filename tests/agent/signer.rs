//! What a signer does for agents that it does not believe.

use std::collections::BTreeMap;
use std::path::Path;

use crate::town::Town;
use gpu_lease_agent::plan::life_of;
use gpu_lease_agent::signer::{Budget, CoSignature, Denied, Desk, NotDone, Rules, Signed, message};
use gpu_lease_agent::store::Store;
use gpu_lease_client::attestation::Message;
use gpu_lease_runtime::Life;
use gpu_lease_tests::prelude::*;
use tokio::runtime::Runtime;

/// A signer for the machines `first` and `second`, which serve the same offer.
fn desk(town: &Town, folder: &Path) -> Desk<Town> {
    desk_with(town, folder, Budget::default())
}

/// The same, that may spend so much.
fn desk_with(town: &Town, folder: &Path, budget: Budget) -> Desk<Town> {
    let machines: BTreeMap<_, _> = ["first", "second"].map(|name| (name.to_owned(), town.offers())).into();
    let rules = Rules { machines, budget, ..Rules::default() };
    Desk::new(town.clone(), town.keys(), Store::open(&folder.join("journal")).unwrap(), rules)
}

/// A lease that waits to be started.
fn waiting() -> (Town, tempfile::TempDir, Runtime, LeaseKey, Life) {
    let town = Town::new(|_| {});
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let lease = town.open(|_| {});
    let life = life_of(&town.world().context(&lease));
    (town, folder, runtime, lease, life)
}

/// A lease that `first` has started, and a minute of it.
fn started() -> (Town, tempfile::TempDir, Runtime, LeaseKey, Life) {
    let (town, folder, runtime, lease, life) = waiting();
    let desk = desk(&town, folder.path());
    runtime.block_on(desk.start("first", &life, b"blob")).unwrap();
    town.world().pass(60);
    (town, folder, runtime, lease, life)
}

fn usage(town: &Town, lease: &LeaseKey, seconds: i64, units: u64) -> Signed {
    let window_end = town.world().lease(lease).started_at + seconds;
    Signed { window_end, units, energy_wh: 0, evidence: [1; 32] }
}

#[test]
fn a_lease_is_of_the_machine_that_started_it_and_of_no_other() {
    let (town, folder, runtime, lease, life) = started();
    let desk = desk(&town, folder.path());
    let usage = usage(&town, &lease, 60, 240);
    let other = runtime.block_on(desk.state("second", &life, &usage, &[]));
    assert_eq!(other, Err(NotDone::OtherMachine { machine: "first".to_owned() }));
    let stranger = runtime.block_on(desk.state("third", &life, &usage, &[]));
    assert_eq!(stranger, Err(NotDone::NotServed { machine: "third".to_owned() }));
    assert!(runtime.block_on(desk.state("first", &life, &usage, &[])).is_ok());
    assert_eq!(town.units(&lease), 240);
}

#[test]
fn two_machines_that_start_one_lease_at_once_are_told_apart_before_anything_is_sent() {
    let (town, folder, runtime, _, life) = waiting();
    let desk = desk(&town, folder.path());
    // The node fails in the middle of the first one's start: nothing has landed, and the lease is the first one's.
    town.outside().is_node_down = true;
    assert!(runtime.block_on(desk.start("first", &life, b"blob")).is_err());
    town.outside().is_node_down = false;
    assert_eq!(runtime.block_on(desk.start("first", &life, b"blob")), Ok(()));
    let late = runtime.block_on(desk.start("second", &life, b"other"));
    assert_eq!(late, Err(NotDone::OtherMachine { machine: "first".to_owned() }));
}

#[test]
fn what_was_signed_is_remembered_although_it_never_landed() {
    let (town, folder, runtime, lease, life) = started();
    {
        // It dies between the journal and the transaction.
        let desk = desk(&town, folder.path());
        town.fuse.set(1);
        let signs = || runtime.block_on(desk.state("first", &life, &usage(&town, &lease, 50, 200), &[]));
        let death = std::panic::catch_unwind(std::panic::AssertUnwindSafe(signs)).unwrap_err();
        assert!(death.is::<crate::town::Killed>());
        town.fuse.set(i64::MAX / 2);
    }
    assert_eq!(town.units(&lease), 0);
    let desk = desk(&town, folder.path());
    for (seconds, units, why) in [
        (50, 199, Denied::OtherCount),
        (50, 201, Denied::AboveCapacity),
        (40, 160, Denied::Earlier),
        (60, 199, Denied::Lower),
        (60, 241, Denied::AboveCapacity),
        (61, 240, Denied::Future),
    ] {
        let asked = runtime.block_on(desk.state("first", &life, &usage(&town, &lease, seconds, units), &[]));
        assert_eq!(asked, Err(NotDone::Denied { why }), "{units} until {seconds}");
    }
    // The very same lands after all.
    let again = runtime.block_on(desk.state("first", &life, &usage(&town, &lease, 50, 200), &[]));
    assert!(again.is_ok());
    assert_eq!(town.units(&lease), 200);
}

#[test]
fn a_signer_whose_keys_are_not_the_providers_signs_nothing() {
    let (town, folder, runtime, lease, life) = started();
    let rotated = Keypair::new_from_array([99; 32]).pubkey();
    let change = town.world().update_keys_ix(|keys| keys.attestor = rotated);
    town.world().play([change]).ok();
    let desk = desk(&town, folder.path());
    let asked = runtime.block_on(desk.state("first", &life, &usage(&town, &lease, 60, 240), &[]));
    assert_eq!(asked, Err(NotDone::OtherKeys));
    assert_eq!(desk.signed(&life), Ok(None));
}

#[test]
fn a_bond_above_what_may_leave_the_bond_account_in_a_day_is_not_pledged() {
    let town = Town::new(|_| {});
    let leases = [0, 1].map(|nonce| town.open(|request| request.nonce = nonce));
    let lives = leases.map(|lease| life_of(&town.world().context(&lease)));
    let (mint, bond) = {
        let world = town.world();
        let lease = world.lease(&leases[0]);
        (world.mint.to_string(), lease.terms.bond(lease.gpus).unwrap())
    };
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let start = |budget, life: &Life| {
        let budget = Budget { bonds_a_day: [(mint.clone(), budget)].into(), ..Budget::default() };
        runtime.block_on(desk_with(&town, folder.path(), budget).start("first", life, b"blob"))
    };
    let refused = |pledged, budget| Err(NotDone::Bonds { mint: mint.clone(), bond, pledged, budget });
    assert_eq!(start(bond - 1, &lives[0]), refused(0, bond - 1));
    assert_eq!(start(bond, &lives[0]), Ok(()));
    // What was pledged outlasts the process, and counts for a day.
    assert_eq!(start(2 * bond - 1, &lives[1]), refused(bond, 2 * bond - 1));
    assert_eq!(town.outside().sent.len(), 1);
    assert_eq!(start(2 * bond + 1, &lives[1]), Ok(()));
}

#[test]
fn what_can_wait_does_when_the_lamports_of_a_day_are_spent_and_the_rest_goes_on() {
    let (town, folder, runtime, lease, life) = waiting();
    let at = |lamports| Budget { lamports_a_day: Some(lamports), ..Budget::default() };
    let settle = |budget| {
        let desk = desk_with(&town, folder.path(), at(budget));
        runtime.block_on(desk.settle("first", &life))
    };
    let state = |budget, seconds: i64| {
        let usage = usage(&town, &lease, seconds, 4 * seconds.unsigned_abs());
        let desk = desk_with(&town, folder.path(), at(budget));
        runtime.block_on(desk.state("first", &life, &usage, &[])).map(drop)
    };
    // A start costs a signature. It is not kept from anybody.
    runtime.block_on(desk_with(&town, folder.path(), at(0)).start("first", &life, b"blob")).unwrap();
    let spent = |spent, budget| Err(NotDone::Lamports { spent, budget });
    assert_eq!([4_999, 5_000].map(settle), [spent(5_000, 4_999), spent(5_000, 5_000)]);
    assert_eq!(settle(5_001), Ok(()));
    town.world().pass(400);
    // What is stated before a third of the heartbeat can wait, and what falls due cannot.
    assert_eq!(state(10_000, 200), spent(10_000, 10_000));
    assert_eq!(state(10_000, 300), Ok(()));
    // It was counted: its own signature and the attestor's.
    assert_eq!(settle(20_000), spent(20_000, 20_000));
    assert_eq!(settle(20_001), Ok(()));
    // Tomorrow it goes on.
    town.world().pass(24 * 3_600);
    assert_eq!(settle(1), Ok(()));
}

#[test]
fn a_co_signature_is_believed_when_it_verifies_and_lands_with_the_attestors() {
    let (town, folder, runtime, lease, life) = started();
    let key = Keypair::new_from_array([7; 32]);
    town.world().set_session_key(&lease, key.pubkey()).ok();
    let desk = desk(&town, folder.path());
    let usage = usage(&town, &lease, 50, 200);
    let context = town.world().context(&lease);
    let signed = |key: &Keypair, usage: &Signed| CoSignature {
        key: key.pubkey(),
        signature: key.sign_message(&message(&context.keyed(), usage).bytes()).into(),
    };
    let stranger = Keypair::new_from_array([98; 32]);
    let other = Signed { units: 199, ..usage.clone() };
    let stolen = CoSignature { key: key.pubkey(), ..signed(&stranger, &usage) };
    for by in [signed(&stranger, &usage), signed(&key, &other), stolen] {
        let asked = runtime.block_on(desk.state("first", &life, &usage, &[by]));
        assert_eq!(asked, Err(NotDone::CoSignature));
    }
    // Nothing was signed, so nothing was written down.
    assert_eq!(desk.signed(&life), Ok(None));
    runtime.block_on(desk.state("first", &life, &usage, &[signed(&key, &usage)])).unwrap();
    let meter = town.world().lease(&lease).meter;
    assert_eq!((meter.accepted, meter.latest.units), (200, 200));
}
