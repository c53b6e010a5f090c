//! How a gateway stops.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::{Instant, timeout};

use crate::machine::{BOX, Machine, needs};

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_stops_lets_work_end_and_nobody_in() {
    needs!("ssh");
    let machine = Machine::start_with(|config| config.grace = Duration::from_secs(30)).await;
    let started = Instant::now();
    let mut child = machine.ssh(&[BOX, "echo there; sleep 2; echo done"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("there"));
    machine.shutdown.cancel();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(machine.run("true").await.err.contains("Connection refused"));
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("done"));
    assert!(child.wait().await.unwrap().success());
    timeout(Duration::from_secs(5), machine.served).await.expect("it ends with the last session").unwrap();
    assert!(started.elapsed() < Duration::from_secs(25));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_does_not_end_is_told_and_ended() {
    needs!("ssh");
    let machine = Machine::start_with(|config| config.grace = Duration::from_millis(500)).await;
    let mut child = machine.ssh(&[BOX, "echo there; sleep 1000"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("there"));
    machine.shutdown.cancel();
    timeout(Duration::from_secs(10), machine.served).await.expect("it ends").unwrap();
    let ended = child.wait_with_output().await.unwrap();
    assert_eq!(ended.status.code(), Some(255));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("The machine's SSH port restarts. Log in again in a moment."), "{said}");
}
