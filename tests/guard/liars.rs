//! Liars, and what the guard of their renter does: with real machines, keys, clocks and money.

use std::time::Duration;

use gpu_lease_tests::prelude::*;
use tokio::time::sleep;

use crate::place::until;
use crate::street::{SOON, Street};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_tells_the_truth_is_co_signed() {
    let mut street = Street::new().await;
    let guard = street.guard("guard", "", "");
    let lease = street.rent(1, |_| {}).await;
    street.until("the start", &lease, |it| it.started_at > 0).await;
    until("a login", SOON, || async {
        guard.of(&lease).await.is_some_and(|watched| watched.logged_in_at.is_some())
    })
    .await;
    sleep(Duration::from_secs(70)).await;
    eprintln!("{:#?}", guard.of(&lease).await);
    eprintln!("{:#?}", guard.news(&lease).await);
    let there = street.until("a co-signed statement", &lease, |it| it.meter.accepted > 0).await;
    eprintln!("{:?}", there.meter);
    panic!("show");
}
