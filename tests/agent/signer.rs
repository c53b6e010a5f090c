//! What a signer does for agents that it does not believe.

use std::collections::BTreeMap;
use std::path::Path;

use crate::town::Town;
use gpu_lease_agent::plan::life_of;
use gpu_lease_agent::signer::{Denied, Desk, NotDone, Rules, Signed};
use gpu_lease_agent::store::Store;
use gpu_lease_runtime::Life;
use gpu_lease_tests::prelude::*;
use tokio::runtime::Runtime;

/// A signer for the machines `first` and `second`, which serve the same offer.
fn desk(town: &Town, folder: &Path) -> Desk<Town> {
    let machines: BTreeMap<_, _> = ["first", "second"].map(|name| (name.to_owned(), town.offers())).into();
    let rules = Rules { machines, ..Rules::default() };
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
    let other = runtime.block_on(desk.state("second", &life, &usage, None));
    assert_eq!(other, Err(NotDone::OtherMachine { machine: "first".to_owned() }));
    let stranger = runtime.block_on(desk.state("third", &life, &usage, None));
    assert_eq!(stranger, Err(NotDone::NotServed { machine: "third".to_owned() }));
    assert!(runtime.block_on(desk.state("first", &life, &usage, None)).is_ok());
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
        let signs = || runtime.block_on(desk.state("first", &life, &usage(&town, &lease, 50, 200), None));
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
        let asked = runtime.block_on(desk.state("first", &life, &usage(&town, &lease, seconds, units), None));
        assert_eq!(asked, Err(NotDone::Denied { why }), "{units} until {seconds}");
    }
    // The very same lands after all.
    let again = runtime.block_on(desk.state("first", &life, &usage(&town, &lease, 50, 200), None));
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
    let asked = runtime.block_on(desk.state("first", &life, &usage(&town, &lease, 60, 240), None));
    assert_eq!(asked, Err(NotDone::OtherKeys));
    assert_eq!(desk.signed(&life), Ok(None));
}
