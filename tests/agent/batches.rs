//! Statements of several machines that one signer lands together.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use gpu_lease_agent::plan::life_of;
use gpu_lease_agent::signer::{Denied, Desk, Landed, NotDone, Rules, Signed, Signer as _};
use gpu_lease_agent::store::Store;
use gpu_lease_client::access::AccessKey;
use gpu_lease_client::attestation::SignedBatch;
use gpu_lease_client::evidence::SignedStatement;
use gpu_lease_runtime::Life;
use gpu_lease_tests::prelude::*;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::fleet::Fleet;
use crate::place::{Clock, Place, Running, SOON, lease, until};
use crate::town::{Killed, Town};

const MACHINES: [&str; 3] = ["first", "second", "third"];

/// How long statements wait for each other.
const GATHER: Duration = Duration::from_millis(400);

fn desk(town: &Town, folder: &TempDir) -> Desk<Town> {
    let machines = MACHINES.map(|name| (name.to_owned(), town.offers())).into();
    let rules = Rules { machines, gather: GATHER, ..Rules::default() };
    Desk::new(town.clone(), town.keys(), Store::open(&folder.path().join("journal")).unwrap(), rules)
}

/// A market with a lease of two GPUs for each machine.
fn three_leases() -> (Town, TempDir, [LeaseKey; 3], [Life; 3]) {
    let town = Town::new(|_| {});
    let leases = [0, 1, 2].map(|nonce| {
        town.open(|request| (request.nonce, request.gpus, request.deposit) = (nonce, 2, 60_000_000))
    });
    let lives = leases.map(|lease| life_of(&town.world().context(&lease)));
    (town, tempfile::tempdir().unwrap(), leases, lives)
}

/// What each of them delivered up to one moment, a minute after the last has started.
fn usage(town: &Town, leases: &[LeaseKey; 3]) -> [Signed; 3] {
    town.world().pass(60);
    let window_end = town.world().now();
    let of = |number: u8| {
        let started_at = town.world().lease(&leases[usize::from(number)]).started_at;
        let units = 2 * window_end.abs_diff(started_at);
        Signed { window_end, units, energy_wh: 0, evidence: [number; 32] }
    };
    [of(0), of(1), of(2)]
}

/// Batches that have landed, and how many leases each has.
fn batches(town: &Town) -> Vec<usize> {
    let sent = town.outside().sent.clone();
    let attest = sent.windows(2).filter_map(|pair| {
        let leases = pair[1].accounts.get(2..)?.iter().map(|it| it.pubkey.to_bytes()).collect();
        SignedBatch::from_instruction(leases, &pair[0].data).ok()
    });
    attest.map(|batch| batch.message().leases().len()).collect()
}

#[tokio::test]
async fn three_machines_one_signer_one_batch_and_each_gets_its_proof() {
    let (town, folder, leases, lives) = three_leases();
    let fleet = Fleet::serve(desk(&town, &folder)).await;
    let machines = MACHINES.map(|name| fleet.machine(name));
    for (machine, life) in machines.iter().zip(&lives) {
        machine.start(life, b"blob").await.unwrap();
    }
    let usage = usage(&town, &leases);
    let operator = town.world().people.operator.pubkey();
    let before = town.world().lamports(&operator);
    let stated = tokio::join!(
        machines[0].state(&lives[0], &usage[0], &[]),
        machines[1].state(&lives[1], &usage[1], &[]),
        machines[2].state(&lives[2], &usage[2], &[]),
    );
    assert_eq!(batches(&town), [3]);
    // The operator's signature and the attestor's, for all three.
    assert_eq!(before - town.world().lamports(&operator), 10_000);
    let stated = [stated.0, stated.1, stated.2].map(Result::unwrap);
    for ((statement, lease), usage) in stated.iter().zip(&leases).zip(&usage) {
        assert_eq!(town.units(lease), usage.units);
        let proven = statement.usage(&lease.address).unwrap();
        assert_eq!((proven.gpu_seconds, proven.evidence), (usage.units, usage.evidence));
        let SignedStatement::InBatch { batch, .. } = statement else { panic!("{statement:?}") };
        assert_eq!(town.world().lease(lease).meter.evidence, batch.message().header().evidence);
        // Nobody else's.
        assert!(leases.iter().filter(|other| statement.usage(&other.address).is_some()).count() == 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_whose_lease_changes_in_front_of_the_batch_voids_itself_alone() {
    let (town, folder, leases, lives) = three_leases();
    let desk = desk(&town, &folder);
    for (machine, life) in MACHINES.iter().zip(&lives) {
        desk.start(machine, life, b"blob").await.unwrap();
    }
    let usage = usage(&town, &leases);
    let in_front = async {
        sleep(GATHER / 2).await;
        town.world().close_together(&leases[0], 0, 0).ok();
        town.world().claim(&leases[1], 1).ok();
        town.world().dispute(&leases[1], 0).ok();
    };
    let (closed, disputed, stated, ()) = tokio::join!(
        desk.state("first", &lives[0], &usage[0], &[]),
        desk.state("second", &lives[1], &usage[1], &[]),
        desk.state("third", &lives[2], &usage[2], &[]),
        in_front,
    );
    assert_eq!(closed, Err(NotDone::Gone));
    // By itself it is told why.
    assert!(matches!(&disputed, Err(NotDone::Cluster { what }) if what.contains("0x18a2")), "{disputed:?}");
    assert!(matches!(stated, Ok(SignedStatement::InBatch { .. })), "{stated:?}");
    assert_eq!(town.units(&leases[2]), usage[2].units);
    assert_eq!(batches(&town), [3]);
    assert_eq!(desk.counts().landings(), [(Landed::InBatch, 1)].into());
}

#[tokio::test(start_paused = true)]
async fn what_was_skipped_and_can_land_does_so_by_itself() {
    let (town, folder, leases, lives) = three_leases();
    let desk = desk(&town, &folder);
    for (machine, life) in MACHINES.iter().zip(&lives) {
        desk.start(machine, life, b"blob").await.unwrap();
    }
    let mut usage = usage(&town, &leases);
    // One is about another moment, another says more than can be: they are nobody else's trouble.
    usage[0].window_end -= 1;
    usage[0].units -= 2;
    usage[1].units += 1;
    let (alone, denied, last) = tokio::join!(
        desk.state("first", &lives[0], &usage[0], &[]),
        desk.state("second", &lives[1], &usage[1], &[]),
        desk.state("third", &lives[2], &usage[2], &[]),
    );
    assert!(matches!(alone, Ok(SignedStatement::Alone(_))), "{alone:?}");
    assert_eq!(denied, Err(NotDone::Denied { why: Denied::AboveCapacity }));
    assert!(matches!(last, Ok(SignedStatement::Alone(_))), "{last:?}");
    assert_eq!(desk.signed(&lives[1]).unwrap(), None);
}

#[test]
fn a_signer_that_is_killed_around_a_batch_signs_nothing_else_about_its_moment() {
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    for touch in 1..=2 {
        let (town, folder, leases, lives) = three_leases();
        let (usage, others) = {
            let desk = desk(&town, &folder);
            for (machine, life) in MACHINES.iter().zip(&lives) {
                runtime().block_on(desk.start(machine, life, b"blob")).unwrap();
            }
            let usage = usage(&town, &leases);
            let others = usage.clone().map(|usage| Signed { units: usage.units - 1, ..usage });
            town.fuse.set(touch);
            let asks = || {
                runtime().block_on(async {
                    tokio::join!(
                        desk.state("first", &lives[0], &usage[0], &[]),
                        desk.state("second", &lives[1], &usage[1], &[]),
                        desk.state("third", &lives[2], &usage[2], &[]),
                    )
                })
            };
            let death = catch_unwind(AssertUnwindSafe(asks)).unwrap_err();
            assert!(death.is::<Killed>());
            town.fuse.set(i64::MAX / 2);
            (usage, others)
        };
        let has_landed = touch == 2;
        let desk = desk(&town, &folder);
        for ((machine, life), (usage, other)) in MACHINES.iter().zip(&lives).zip(usage.iter().zip(&others)) {
            assert_eq!(desk.signed(life).unwrap().as_ref(), Some(usage));
            let denied = runtime().block_on(desk.state(machine, life, other, &[]));
            let why = if has_landed { Denied::Lower } else { Denied::OtherCount };
            assert_eq!(denied, Err(NotDone::Denied { why }), "{touch}");
            // The very same lands after all, or has.
            let again = runtime().block_on(desk.state(machine, life, usage, &[]));
            assert_eq!(again.is_ok(), !has_landed, "{touch}: {again:?}");
        }
        assert_eq!(leases.map(|lease| town.units(&lease)), usage.map(|usage| usage.units));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_with_a_lease_each_state_them_in_one_transaction() {
    let place = Place::new().await.with_cards(2);
    let fleet = Fleet::serve(place.desk(&MACHINES)).await;
    let clock = Clock::default();
    let agents = MACHINES.map(|name| {
        let folder = place.folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        Running::by(&clock, place.machine_in(&folder, Arc::default(), fleet.machine(name)))
    });
    let key = AccessKey::generate();
    let mut leases = Vec::new();
    for nonce in 0..3 {
        leases.push(place.rent_as(&key, |request| (request.nonce, request.duration) = (nonce, 1_200)).await);
    }
    let look = async || {
        let mut all = Vec::new();
        for address in &leases {
            all.push(lease(&place, address).await.unwrap());
        }
        all
    };
    let soon = Duration::from_secs(120);
    until("all starts", soon, || async { look().await.iter().all(|lease| lease.started_at > 0) }).await;
    // They fall due at the same minute, whenever they started.
    let mut stated = Vec::new();
    until("one batch", soon, || async {
        let all = look().await;
        let first = all[0].meter.evidence;
        first != [0; 32] && all.iter().all(|lease| lease.meter.evidence == first)
    })
    .await;
    let there = look().await;
    for agent in &agents {
        let notebook = agent.1.notebook();
        let book = notebook.book();
        let [life] = book.entries.keys().collect::<Vec<_>>().try_into().unwrap();
        until("its proof", SOON, || async { notebook.of(life).is_some_and(|it| it.2.is_some()) }).await;
        let statement = notebook.of(life).unwrap().2.unwrap();
        let lease = there.iter().find(|lease| lease.address.to_string() == life.lease).unwrap();
        let usage = statement.usage(&lease.address).unwrap();
        assert!(usage.gpu_seconds > 0 && usage.window_end.rem_euclid(60) == 0);
        let SignedStatement::InBatch { batch, .. } = statement else { panic!("{statement:?}") };
        stated.push(batch.message().header().evidence);
    }
    assert!(stated.iter().all(|root| *root == stated[0]), "{stated:?}");
}
