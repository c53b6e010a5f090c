//! What takes long, or takes two machines, on a local validator.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anchor_lang::hash::sha256;
use gpu_lease_agent::meter::{Cause, Record};
use gpu_lease_agent::plan::{Access, Refusal, life_of};
use gpu_lease_client::access::AccessKey;
use gpu_lease_client::account::{MintRef, ProviderRef};
use gpu_lease_localnet::Treatment;
use gpu_lease_tests::prelude::*;
use tokio::time::sleep;

use crate::fleet::Fleet;
use crate::place::{BOOT, Clock, Memory, Place, Running, SOON, lease, say, until};

const HOUR: i64 = 3_600;

fn is_open(doors: &Memory) -> bool {
    doors.doors().values().any(|pass| pass.door.access == Access::Open)
}

/// Seconds that a lease's record has for this cause.
fn seconds(running: &Running, cause: Option<Cause>) -> u64 {
    let book = running.1.notebook().book();
    let of =
        |record: &Record| cause.map_or(record.plain(), |it| record.by_cause().get(&it).copied().unwrap_or(0));
    book.records.values().map(of).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_hours_without_a_node_those_count_that_were_sampled() {
    let place = Place::new().await;
    let clock = Clock::default();
    let running = Running::by(&clock, place.machine(place.signer().await));
    let address = place
        .rent_as(&AccessKey::generate(), |request| {
            (request.duration, request.deposit) = (10_800, 50_000_000);
        })
        .await;
    until("the start", SOON, || async { is_open(&place.doors) }).await;
    let pass = place.doors.doors().values().next().cloned().unwrap();
    say(&pass, "echo $PPID > helper").await;
    let started_at = lease(&place, &address).await.unwrap().started_at;
    // Windows end at full minutes, and the next one is a while off.
    let stated = async |until_then: i64| {
        until("a statement", SOON, || async {
            lease(&place, &address).await.unwrap().meter.window_end > until_then - 60
        })
        .await;
        lease(&place, &address).await.unwrap().meter
    };

    // An hour in which the machine went on, and looked each second.
    place.proxy.script(|_| Treatment::Fail(503));
    sleep(Duration::from_secs(1)).await;
    for _ in 0..HOUR {
        clock.pass(1_000);
        running.1.sample(BOOT, clock.at()).await.unwrap();
    }
    assert!(is_open(&place.doors));
    place.net.validator.travel_to(place.net.now().await.unwrap() + HOUR).unwrap();
    place.proxy.script(|_| Treatment::Pass);
    let meter = stated(started_at + HOUR).await;
    let lost = meter.capacity(meter.window_end) - meter.latest.units;
    assert!(lost <= 2 * 20, "{lost} units were lost");

    // And one in which it slept.
    place.proxy.script(|_| Treatment::Fail(503));
    sleep(Duration::from_secs(1)).await;
    clock.pass(1_000 * HOUR.unsigned_abs());
    place.net.validator.travel_to(place.net.now().await.unwrap() + HOUR).unwrap();
    sleep(Duration::from_secs(2)).await;
    assert!(is_open(&place.doors));
    place.proxy.script(|_| Treatment::Pass);
    let meter = stated(started_at + 2 * HOUR).await;
    let lost = meter.capacity(meter.window_end) - meter.latest.units;
    assert!((2 * 3_560..=2 * 3_640).contains(&lost), "{lost} units were lost");
    assert!(seconds(&running, Some(Cause::Unobserved)) >= 3_560);

    // What is stated is what the record says, and nothing was torn down.
    let life = life_of(&lease(&place, &address).await.unwrap());
    let record = running.1.notebook().book().records[&life].clone();
    assert_eq!(meter.latest.units, record.units(meter.window_end));
    assert_eq!(meter.evidence, record.evidence(meter.window_end));
    assert_eq!(say(&pass, "cmp helper - <<< $PPID && echo same").await, "same\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_machines_with_one_signer_one_starts_the_lease_and_the_other_cleans_up() {
    let place = Place::new().await;
    let fleet = Fleet::serve(place.desk(&["first", "second"])).await;
    let clock = Clock::default();
    let machines = ["first", "second"].map(|name| {
        let (folder, doors) = (place.folder.path().join(name), Arc::<Memory>::default());
        fs::create_dir(&folder).unwrap();
        let machine = place.machine_in(&folder, doors.clone(), fleet.machine(name));
        (Running::by(&clock, machine), doors, folder)
    });
    let address = place.rent_as(&AccessKey::generate(), |request| request.duration = 600).await;
    until("the start", SOON, || async { machines.iter().any(|(_, doors, _)| is_open(doors)) }).await;
    let [first, second] = &machines;
    let (winner, loser) = if is_open(&first.1) { (first, second) } else { (second, first) };
    let (running, doors, folder) = loser;
    // All of it: no entry, no door, no process, no workspace.
    until("the cleaning", SOON, || async {
        let is_empty = |name: &str| fs::read_dir(folder.join("leases").join(name)).unwrap().next().is_none();
        running.1.notebook().book() == Default::default()
            && doors.doors().is_empty()
            && is_empty("run")
            && is_empty("workspaces")
    })
    .await;
    let published = lease(&place, &address).await.unwrap().access_blob_hash;
    let entries = winner.0.1.notebook().book().entries;
    let blob = &entries.values().next().unwrap().access_blob;
    assert_eq!(published, sha256(blob));
    // And it stays so.
    sleep(Duration::from_secs(3)).await;
    assert_eq!(running.1.notebook().book(), Default::default());
    let pass = winner.1.doors().values().next().cloned().unwrap();
    assert_eq!(say(&pass, "echo $((6 * 7))").await, "42\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_bond_account_starts_nothing_until_it_is_filled() {
    let place = Place::new().await;
    let running = Running::by(&Clock::default(), place.machine(place.signer().await));
    let wallet = &place.net.wallets.provider;
    let provider = ProviderRef::of(wallet.pubkey());
    let mint = MintRef { mint: place.net.mint.address, token_program: place.net.mint.token_program };
    let bonds = place.net.client.token_balance(&place.net.bond_account()).await.unwrap().unwrap().amount;
    let (own, now) = (place.net.token_account(&wallet.pubkey()), place.net.now().await.unwrap());
    let withdraw = instruction::withdraw_bond(provider, &mint, own, bonds, now + 60);
    place.net.client.send(&[withdraw], wallet, &[]).await.unwrap();
    let address = place.rent_as(&AccessKey::generate(), |_| {}).await;
    until("the refusal", SOON, || async {
        running.1.newest().1.refusals.iter().any(|(_, why)| *why == Refusal::NoBond)
    })
    .await;
    assert_eq!(running.1.notebook().book(), Default::default());
    let decimals = place.net.mint.decimals;
    let pay_in = instruction::pay_in_bond(provider.authority, &provider.address, &mint, decimals, bonds);
    place.net.client.send(&pay_in, wallet, &[]).await.unwrap();
    until("the start", SOON, || async { is_open(&place.doors) }).await;
    assert!(lease(&place, &address).await.unwrap().started_at > 0);
}
