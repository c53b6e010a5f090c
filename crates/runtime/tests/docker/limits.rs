//! What a lease may use of the machine, tried from inside.

use std::time::{Duration, Instant};

use gpu_lease_helper::protocol::{Exit, Request};
use gpu_lease_runtime::{Limits, Runtime, Spec, Usage};

use crate::lease::spec;
use crate::world::world;

#[tokio::test]
async fn a_fork_bomb_fills_its_own_limit_and_the_helper_lives_on() {
    let Some(world) = world().await else { return };
    let lease = world.running("Bomb", &spec()).await;
    let bomb = Request::Exec {
        // Each leaves something that stays.
        command: "bomb() { sleep 30 & bomb & bomb; }; bomb".into(),
        pty: None,
        env: std::collections::BTreeMap::new(),
    };
    let _channel = gpu_lease_helper::connect(&lease.docker.socket(&lease.life), bomb, Duration::from_secs(5))
        .await
        .unwrap();
    let mut most = 0;
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        most = most.max(lease.docker.usage(&lease.life).await.unwrap().processes);
    }
    assert!((33..=64).contains(&most), "{most} processes");
    lease.probe().await.unwrap();
    let started = Instant::now();
    assert!(std::process::Command::new("true").status().unwrap().success());
    assert!(started.elapsed() < Duration::from_secs(2));
    lease.docker.stop(&lease.life).await.unwrap();
    assert_eq!(lease.docker.usage(&lease.life).await.unwrap().processes, 0);
    lease.end().await;
}

#[tokio::test]
async fn a_process_that_takes_too_much_memory_is_killed_and_the_lease_lives_on() {
    let Some(world) = world().await else { return };
    let lease = world.running("Memory", &spec()).await;
    let (printed, exit) = lease.run("exec dd if=/dev/zero of=/dev/null bs=512M count=1").await;
    assert_eq!(exit, Exit::Signal { name: "KILL".into() }, "{printed}");
    lease.probe().await.unwrap();
    assert_eq!(lease.prints("echo on").await, "on");
    let memory = lease.docker.usage(&lease.life).await.unwrap().memory;
    assert!(memory > 0 && memory < 128 << 20, "{memory} bytes");
    lease.end().await;
}

#[tokio::test]
async fn processor_time_is_that_of_its_share() {
    let Some(world) = world().await else { return };
    let lease = world.running("Processor", &spec()).await;
    lease.prints("for i in 1 2; do (while :; do :; done) >/dev/null 2>&1 & done").await;
    let used = || async { lease.docker.usage(&lease.life).await.unwrap().processor };
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (from, started) = (used().await, Instant::now());
    tokio::time::sleep(Duration::from_secs(3)).await;
    let share = (used().await - from) as f64 / started.elapsed().as_nanos() as f64;
    assert!(share > 0.05 && share < 0.6, "{share} of a core, where half of one is allowed");
    lease.end().await;
}

#[tokio::test]
async fn shared_memory_ends_where_it_was_said() {
    let Some(world) = world().await else { return };
    let lease = world.running("Shared", &spec()).await;
    let printed = lease.fails("dd if=/dev/zero of=/dev/shm/file bs=1M count=32").await;
    assert!(printed.contains("No space left"), "{printed}");
    assert_eq!(lease.prints("stat -c %s /dev/shm/file").await, (16 << 20).to_string());
    lease.end().await;
}

#[tokio::test]
async fn output_of_the_helper_itself_does_not_fill_the_disk() {
    let Some(world) = world().await else { return };
    let lease = world.running("Output", &spec()).await;
    lease.prints("dd if=/dev/urandom of=/proc/1/fd/1 bs=1M count=20").await;
    let log = world.engine().inspect_container(&lease.name(), None).await.unwrap().id.unwrap();
    let folder = world.folder.join("data/containers").join(log).join("local-logs");
    let size: u64 =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(size < 3_000_000, "{size} bytes");
    lease.end().await;
}

#[tokio::test]
async fn a_lease_that_does_not_run_uses_nothing() {
    let Some(world) = world().await else { return };
    let limits = Limits { processes: 32, ..spec().limits };
    let lease = world.running("Nothing", &Spec { limits, ..spec() }).await;
    assert!(lease.docker.usage(&lease.life).await.unwrap().processes > 0);
    lease.docker.stop(&lease.life).await.unwrap();
    assert_eq!(lease.docker.usage(&lease.life).await.unwrap(), Usage::default());
    lease.end().await;
}
