//! The same on a local validator: JSON-RPC, a signer behind its socket, real helpers as processes.

use std::time::Duration;

use gpu_lease_agent::machine::Pass;
use gpu_lease_agent::plan::{Access, life_of};
use gpu_lease_agent::signer::Remote;
use gpu_lease_client::access::{AccessKey, Credentials};
use gpu_lease_localnet::Treatment;
use gpu_lease_service::client::Client as Caller;
use gpu_lease_tests::prelude::*;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::place::{Place, Running, SOON, lease, say, until};

/// A lease from the opening to the close, with a node that does what it is told to meanwhile.
async fn live(place: &Place, meanwhile: impl AsyncFnOnce(&Place, &mut Option<Running>)) -> u64 {
    let before = place.money(&place.net.wallets.renter.pubkey()).await;
    let mut running = Some(Running::new(place.machine(place.signer().await)));
    let key = AccessKey::generate();
    let address = place.rent(&key, 0).await;
    let client = &place.net.client;

    // Started, and somebody could be let in.
    let is_open = |pass: &Pass| pass.door.access == Access::Open;
    until("the start", SOON, || async { place.doors.doors().values().any(is_open) }).await;
    let there = lease(place, &address).await.unwrap();
    let published = client.published_access(&address).await.unwrap();
    let opened = Credentials::from_bytes(&key.decrypt(&published.access_blob).unwrap()).unwrap();
    let Credentials::Ssh(access) = opened else { panic!("{opened:?}") };
    let pass = place.doors.doors()[&life_of(&there)].clone();
    assert_eq!(access.user_public_line().unwrap().unwrap(), pass.user_key);
    assert_eq!(say(&pass, "echo $((6 * 7)) > answer; cat answer").await, "42\n");

    meanwhile(place, &mut running).await;

    // To the end, and stated.
    until("the last statement", Duration::from_secs(150), || async {
        let there = lease(place, &address).await.unwrap();
        there.meter.window_end == there.ends_at
    })
    .await;
    let units = lease(place, &address).await.unwrap().meter.latest.units;
    // What it left behind can be read, and no card is held.
    until("the release", SOON, || async {
        place.doors.doors().values().any(|pass| pass.door.access == Access::Files)
    })
    .await;
    let pass = place.doors.doors().values().next().cloned().unwrap();
    until("the workspace", SOON, || async { gpu_lease_helper::probe(&pass.socket, SOON).await.is_ok() })
        .await;
    assert_eq!(say(&pass, "cat answer").await, "42\n");

    // When nobody can dispute it any more, it is closed.
    let there = lease(place, &address).await.unwrap();
    place.net.validator.travel_to(there.ends_at + 3_700).unwrap();
    until("the close", Duration::from_secs(90), || async { lease(place, &address).await.is_none() }).await;
    let price = (u128::from(units) * u128::from(place.offer.terms.price)).div_ceil(3_600);
    let paid = i128::from(before) - i128::from(place.money(&place.net.wallets.renter.pubkey()).await);
    // Less than that, or nothing, if the provider owes a credit for what was not delivered.
    let price = i128::try_from(price).unwrap();
    assert!(paid <= price, "{paid} paid for {units} units, which cost {price}");
    assert!(units < 2 * u64::from(MIN_DURATION) || paid + 1 >= price, "{paid} paid instead of {price}");
    drop(running);
    units
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_runs_on_a_local_validator_by_nobodys_hand() {
    let place = Place::new().await;
    let units = live(&place, async |_, _| {}).await;
    // To the second, unless this machine is so busy that more than two seconds pass between two samples.
    let lost = 2 * u64::from(MIN_DURATION) - units;
    assert!(lost <= 2 * 5, "{lost} units were lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_exchanged_under_a_lease_and_a_node_that_fails_lies_and_is_late_end_nothing() {
    let place = Place::new().await;
    let units = live(&place, async |place, running| {
        let helper = place.doors.doors().values().next().cloned().unwrap();
        // The agent is killed and another one takes over; what runs in the lease goes on.
        say(&helper, "echo $PPID > helper").await;
        let machine = running.take().unwrap().1.clone();
        machine.rest().await;
        drop(machine);
        sleep(Duration::from_millis(500)).await;
        assert_eq!(say(&helper, "cmp helper - <<< $PPID && echo same").await, "same\n");
        let signer = Remote(Caller::unix(&place.folder.path().join("signer.sock"), SOON).unwrap());
        *running = Some(Running::new(place.machine(signer)));
        sleep(Duration::from_secs(3)).await;

        // The node answers nothing at all.
        place.proxy.script(|_| Treatment::Fail(503));
        sleep(Duration::from_secs(5)).await;
        // It leaves every lease out.
        place.proxy.script(|request| match request.method.as_str() {
            "getProgramAccounts" => Treatment::Answer(json!([])),
            "getMultipleAccounts" => Treatment::PassAndChange(Box::new(|answer: &mut Value| {
                for account in answer["value"].as_array_mut().into_iter().flatten() {
                    if account["owner"] != "Sysvar1111111111111111111111111111111111111" {
                        *account = Value::Null;
                    }
                }
            })),
            "getSignaturesForAddress" => Treatment::Answer(json!([])),
            _ => Treatment::Pass,
        });
        sleep(Duration::from_secs(6)).await;
        assert_eq!(place.doors.doors().len(), 1);
        assert_eq!(say(&helper, "cmp helper - <<< $PPID && echo same").await, "same\n");
        place.proxy.script(|_| Treatment::Pass);
    })
    .await;
    let lost = 2 * u64::from(MIN_DURATION) - units;
    assert!(lost <= 2 * 8, "{lost} units were lost");
}
