//! What docs/figures.md says of the way from payment to shell. To take it again:
//! `cargo t --test agent -- --ignored --nocapture figures::`

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use gpu_lease_agent::meter::Cause;
use gpu_lease_tests::prelude::*;
use tokio::task::block_in_place;
use tokio::time::sleep;

use crate::containers::{Site, lost};
use crate::daemons::{ended, open, say};
use crate::place::{SOON, lease, until};
use crate::world::{IMAGE, World, world_alone};

/// Leases that are rented one after the other before all of them end, and how often.
const ROW: usize = 6;
const ROWS: usize = 5;

/// How often the agent is killed.
const KILLS: usize = 10;

/// How long a command in a new container takes by the engine's own program.
fn bare(world: &World) -> Duration {
    let since = Instant::now();
    let mut docker = Command::new("docker");
    docker.arg("--host").arg(format!("unix://{}", world.folder.join("docker.sock").display()));
    let ran = ended(docker.args(["run", "--rm", IMAGE, "echo", "in"]));
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "in\n", "{ran:?}");
    since.elapsed()
}

/// Rents, and logs in as soon as it can: how long that took since the lease was seen as confirmed.
async fn rent(site: &Site<'_>) -> (Address, Duration) {
    let place = &site.place;
    let there = || async { place.net.client.leases_of_offer(&place.offer.address).await.unwrap().len() };
    let before = there().await;
    let (address, since) = tokio::join!(async { open(place, "60s") }, async {
        while there().await == before {
            sleep(Duration::from_millis(10)).await;
        }
        Instant::now()
    });
    while lease(place, &address).await.unwrap().started_at == 0 {
        sleep(Duration::from_millis(10)).await;
    }
    while say(place, &address, "echo in") != "in\n" {}
    (address, since.elapsed())
}

/// Half of them are at most the first, and of twenty 19 at most the second.
fn quantiles(times: &[Duration]) -> String {
    let mut times: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1];
    format!("p50 {:.2} s, p95 {:.2} s", at(50), at(95))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures, for minutes"]
async fn figures_from_payment_to_shell() {
    let world = world_alone().await.expect("an engine");
    let site = Site::new(&world, IMAGE, "1s").await;
    let _agent = site.agent();
    let place = &site.place;
    let (mut shells, mut bares) = (Vec::new(), Vec::new());
    for _ in 0..ROWS {
        let mut last = None;
        for _ in 0..ROW {
            bares.push(block_in_place(|| bare(&world)));
            let (address, took) = rent(&site).await;
            shells.push(took);
            last = Some(address);
        }
        let ends_at = lease(place, &last.unwrap()).await.unwrap().ends_at;
        place.net.validator.travel_to(ends_at + 3_700).unwrap();
        until("the end of them all", Duration::from_secs(120), || async { site.traces().is_empty() }).await;
    }
    println!(
        "| payment confirmed → a command's output by SSH from a new container, {} runs | {} |",
        shells.len(),
        quantiles(&shells)
    );
    println!("| the same command by `docker run`, in turn with them | {} |", quantiles(&bares));
    println!("{}", machine());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures, for minutes"]
async fn figures_of_what_a_kill_costs() {
    let world = world_alone().await.expect("an engine");
    let site = Site::new(&world, IMAGE, "1s").await;
    let mut agent = site.agent();
    let place = &site.place;
    let address = open(place, "10m");
    until("the start", SOON, || async { lease(place, &address).await.unwrap().started_at > 0 }).await;
    site.answers(&address).await;
    let mut killed = Vec::new();
    for kill in 0..KILLS {
        // At other moments of a second.
        sleep(Duration::from_millis(6_000 + 300 * u64::try_from(kill).unwrap())).await;
        killed.push(place.net.now().await.unwrap());
        agent.kill();
        sleep(Duration::from_secs(4)).await;
        agent = site.agent();
    }
    sleep(Duration::from_secs(6)).await;
    agent.kill();
    let record = site.record(&address).await;
    let lost = killed.iter().map(|at| {
        let is_then = |(cause, _, to): &&(Cause, i64, i64)| *cause == Cause::Unobserved && *to > *at;
        let (_, from, _) = *lost(&record).iter().find(is_then).expect("a gap");
        (at - from).max(0)
    });
    println!(
        "| recorded seconds lost to a SIGKILL of the agent, {KILLS} kills | at most {} |",
        lost.max().unwrap()
    );
    println!("{}", machine());
}

/// Where and when this is measured.
fn machine() -> String {
    let said = |program: &str, arguments: &[&str]| {
        String::from_utf8(Command::new(program).args(arguments).output().unwrap().stdout)
            .unwrap()
            .trim()
            .to_owned()
    };
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    format!(
        "{}, {} cores of {}, Linux {}, Docker {}",
        said("date", &["+%F"]),
        said("nproc", &[]),
        model.trim_start_matches(['\t', ':', ' ']),
        said("uname", &["-r"]),
        said("dockerd", &["--version"]).split([' ', ',']).nth(2).unwrap_or_default()
    )
}
