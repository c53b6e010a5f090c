//! Five keepers of one market, as the daemons that their owners run.

use std::path::Path;
use std::time::{Duration, Instant};

use gpu_lease_keeper::status::{self, Status};
use gpu_lease_service::monitoring;
use gpu_lease_tests::prelude::*;
use tokio::time::sleep;

use crate::daemon::{Daemon, Said, ended};
use crate::market::{Market, read, until};
use crate::programs::keeper;

const KEEPERS: usize = 5;
const LEASES: u64 = 12;

/// A jitter of many times what it takes until others see a deed, also on a machine that is busy.
const KEEPING: &str = r#"
    delay = "1s"
    jitter = "30s"
    lamports_a_day = 10000000
"#;

async fn status(config: &Path) -> Option<Status> {
    monitoring::ask(read(config).monitoring.listen, status::PATH).await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_keepers_do_everything_once_although_nobody_tells_them_apart() {
    let market = Market::new().await;
    let (mut pending, mut running) = (Vec::new(), Vec::new());
    for nonce in 0..LEASES {
        pending.push(market.rent(nonce).await);
        let lease = market.rent(LEASES + nonce).await;
        market.start(&lease).await;
        running.push(lease);
    }
    let (mut wallets, mut configs) = (Vec::new(), Vec::new());
    for number in 0..KEEPERS {
        let wallet = market.wallet().await;
        let name = format!("keeper-{number}");
        let rpc = market.net.validator.rpc_url().to_owned();
        configs.push(market.configuration(&name, &wallet, &rpc, KEEPING));
        wallets.push(wallet.pubkey());
    }
    for command in ["--check", "doctor"] {
        let said = ended(keeper(&configs[0]).arg(command));
        assert!(said.status.success(), "{said:?}");
    }
    let _said: Vec<_> = configs.iter().map(|config| Said(config.with_extension("log"))).collect();
    let landed = async || {
        let mut landed = 0;
        for wallet in &wallets {
            landed += market.landed(wallet).await;
        }
        landed
    };
    let before = landed().await;
    let mut daemons: Vec<_> = configs.iter().map(|config| Daemon::start(config)).collect();
    for config in &configs {
        let all = usize::try_from(2 * LEASES).unwrap();
        until("a look at all leases", async || {
            status(config).await.is_some_and(|status| status.accounts == all && status.now.is_some())
        })
        .await;
    }
    sleep(Duration::from_secs(2)).await;
    assert_eq!(landed().await, before, "nothing is due yet");

    // Half of them were not started in time, the others are over, and their grace hour too.
    let since = Instant::now();
    let now = market.net.now().await.unwrap();
    market.net.validator.travel_to(now + 60 + 3_700).unwrap();
    until("the first deeds", async || landed().await >= before + 4).await;
    daemons.remove(0).kill();
    daemons.push(Daemon::start(&configs[0]));
    until("the cancellations and closes", async || {
        let mut left = 0;
        for lease in pending.iter().chain(&running) {
            left += usize::from(market.lease(lease).await.is_some());
        }
        left == 0
    })
    .await;
    eprintln!("all was done after {:.1} s", since.elapsed().as_secs_f32());

    // What is on its way lands, too.
    sleep(Duration::from_secs(2)).await;
    drop(daemons);
    let deeds = usize::try_from(2 * LEASES).unwrap();
    let landed = landed().await - before;
    let mut spent = 0;
    for wallet in &wallets {
        spent += crate::market::LAMPORTS - market.lamports(wallet).await;
    }
    let (each, lamports) = (landed as f64 / deeds as f64, spent / deeds as u64);
    eprintln!("{landed} transactions landed for {deeds} deeds: {each:.2} and {lamports} lamports a deed");
    assert!(each <= 1.2, "{each:.2} transactions a deed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_due_now_is_done_once_and_said() {
    let market = Market::new().await;
    let (early, late) = (market.rent(1).await, market.rent(2).await);
    market.start(&late).await;
    let wallet = market.wallet().await;
    let config = market.configuration("once", &wallet, market.net.validator.rpc_url(), r#"delay = "60s""#);
    let once = || {
        let said = ended(keeper(&config).arg("once"));
        assert!(said.status.success(), "{said:?}");
        String::from_utf8(said.stdout).unwrap()
    };
    assert_eq!(once(), "nothing is due\n");
    // One is due for longer than the delay, the other is not.
    let deadline = market.lease(&early).await.unwrap().start_deadline;
    market.net.validator.travel_to(deadline + 30).unwrap();
    let said = once();
    assert!(said.starts_with("release_gpus") && said.trim_end().ends_with("done"), "{said}");
    assert!(said.contains(&late.to_string()) && said.lines().count() == 1, "{said}");
    market.net.validator.travel_to(deadline + 62).unwrap();
    let said = once();
    assert!(said.starts_with("cancel_lease") && said.trim_end().ends_with("done"), "{said}");
    assert!(market.lease(&early).await.is_none());
    assert_eq!(once(), "nothing is due\n");
}
