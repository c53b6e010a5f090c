//! Clients that go, or stay, while nobody reads what they sent.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Child;
use tokio::time::timeout;

use crate::machine::{BOX, Machine, done, needs, until};

/// Zeros without end.
fn zeros() -> Stdio {
    File::open("/dev/zero").unwrap().into()
}

/// A client that sends without end to a command that reads nothing, once its windows are full; and the command's folder in
/// `/proc`.
async fn stuck(machine: &Machine) -> (Child, String) {
    let mut ssh = machine.ssh(&[BOX, "echo $$ > pid; exec sleep 1000"]);
    let client = ssh.stdin(zeros()).spawn().unwrap();
    let pid = machine.workspace("pid");
    let read = || fs::read_to_string(&pid).ok().filter(|it| it.ends_with('\n'));
    until("the command has started", || read().is_some()).await;
    until("the windows are full", || machine.figure("bytes_in") > 8_000_000).await;
    let process = format!("/proc/{}", read().unwrap().trim());
    assert!(fs::exists(&process).unwrap());
    (client, process)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_reads_nothing_is_hung_up_when_its_client_goes() {
    needs!("ssh");
    let machine = Machine::start().await;
    let (mut client, process) = stuck(&machine).await;
    client.kill().await.unwrap();
    until("the command has ended", || !fs::exists(&process).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_commands_as_one_likes_may_read_nothing() {
    needs!("ssh");
    let machine = Machine::start().await;
    let socket = machine.path("master").display().to_string();
    let _master = machine.ssh(&["-N", "-M", "-S", &socket, BOX]).spawn().unwrap();
    until("the master listens", || fs::exists(&socket).unwrap()).await;
    let share = |line: &str| machine.ssh(&["-S", &socket, "-oControlMaster=no", BOX, line]);
    let mut held = Vec::new();
    for _ in 0..12 {
        held.push(share("exec sleep 1000").stdin(zeros()).spawn().unwrap());
    }
    until("their windows are full", || machine.figure("bytes_in") > 90_000_000).await;
    assert_eq!(done(share("echo here")).await.ok(), "here\n");
    assert_eq!(machine.figure("sessions"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_for_which_there_is_no_memory_ends() {
    needs!("ssh");
    let machine = Machine::start_with(|config| config.memory = 1_000_000).await;
    let mut session = machine.ssh(&[BOX, "exec sleep 1000"]).stdin(zeros()).spawn().unwrap();
    let ended = timeout(Duration::from_secs(30), session.wait()).await.expect("it ends");
    assert_eq!(ended.unwrap().code(), Some(255));
    machine.run("true").await.ok();
}
