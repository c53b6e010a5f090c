//! Sessions: shared, kept, taken away.

use std::process::Stdio;
use std::time::Duration;

use gpu_lease_gateway::{Access, Admission};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use russh::keys::{HashAlg, PublicKey};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use crate::machine::{BOX, Machine, done, fed, log, needs, until};

/// A session in which a command runs that would not end.
async fn running(machine: &Machine) -> Child {
    let mut child = machine.ssh(&[BOX, "echo there; exec sleep 1000"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
    assert_eq!(line, "there\n");
    child
}

/// What a session says at its end.
async fn farewell(mut child: Child) -> String {
    let mut said = String::new();
    let mut err = child.stderr.take().unwrap();
    timeout(Duration::from_secs(20), err.read_to_string(&mut said)).await.expect("it ends").unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(255));
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn many_commands_share_one_session() {
    needs!("ssh");
    let machine = Machine::start().await;
    let socket = machine.path("master").display().to_string();
    let mut master = machine.ssh(&["-N", "-M", "-S", &socket, BOX]).spawn().unwrap();
    until("the master listens", || std::fs::exists(&socket).unwrap()).await;
    for number in 0..5 {
        let line = format!("exit {number}");
        let ended = done(machine.ssh(&["-S", &socket, "-oControlMaster=no", BOX, &line])).await;
        assert_eq!(ended.code, Some(number), "{ended:?}");
    }
    assert_eq!((machine.figure("sessions"), machine.figure("channels")), (1, 5));
    done(machine.ssh(&["-S", &socket, "-O", "exit", BOX])).await.ok();
    master.wait().await.unwrap();
    until("the session is closed", || machine.figure("open_sessions") == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_session_lives_and_one_that_does_not_answer_is_given_up() {
    needs!("ssh");
    let machine = Machine::start_with(|config| config.keepalive = Duration::from_millis(500)).await;
    let asking = ["-oServerAliveInterval=1", "-oServerAliveCountMax=2", BOX, "sleep 5; echo awake"];
    assert_eq!(done(machine.ssh(&asking)).await.ok(), "awake\n");
    let child = running(&machine).await;
    let stopped = Pid::from_raw(child.id().unwrap() as i32);
    kill(stopped, Signal::SIGSTOP).unwrap();
    until("the session is given up", || machine.figure("open_sessions") == 0).await;
    kill(stopped, Signal::SIGCONT).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_its_admission_no_longer_lets_it_in() {
    needs!("ssh");
    let mut machine = Machine::start().await;
    let before = machine.admission.clone();
    let other = machine.key("other").line;
    for (what, now) in [
        ("removed", None),
        ("closed", Some(Admission { access: Access::Shut, ..before.clone() })),
        ("open for files only", Some(Admission { access: Access::Files, ..before.clone() })),
        ("with other keys", Some(Admission { keys: vec![other], ..before.clone() })),
        ("of another life", Some(Admission { opened_slot: 8, ..before.clone() })),
    ] {
        machine.admission = before.clone();
        machine.admit();
        let session = running(&machine).await;
        match now {
            None => machine.admissions.remove(&machine.lease).unwrap(),
            Some(now) => machine.admissions.write(&machine.lease, &now).unwrap(),
        }
        let said = farewell(session).await;
        assert!(said.contains("The lease no longer lets you in"), "{what}: {said}");
    }
    assert_eq!(machine.figure("withdrawn"), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_when_only_others_are_concerned_or_the_folder_cannot_be_seen() {
    needs!("ssh");
    let mut machine = Machine::start().await;
    let mut session = running(&machine).await;
    machine.admission.keys.push(machine.key("another").line);
    machine.admission.note = "Another note.".to_owned();
    machine.admit();
    sleep(Duration::from_millis(1500)).await;
    std::fs::rename(machine.path("admissions"), machine.path("away")).unwrap();
    sleep(Duration::from_millis(2500)).await;
    assert_eq!(session.try_wait().unwrap(), None);
    assert_eq!(machine.figure("open_sessions"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_has_no_more_sessions_than_it_may_and_is_told_so() {
    needs!("ssh");
    let machine = Machine::start_with(|config| config.sessions_per_lease = 2).await;
    let (first, _second) = (running(&machine).await, running(&machine).await);
    let ended = machine.run("true").await;
    assert_eq!(ended.code, Some(255));
    assert!(ended.err.contains("has as many sessions as it may"), "{ended:?}");
    drop(first);
    until("a place is free", || machine.figure("open_sessions") == 1).await;
    machine.run("true").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_no_more_channels_than_it_may_and_gets_back_those_that_ended() {
    needs!("ssh");
    let machine = Machine::start_with(|config| config.channels_per_session = 2).await;
    let socket = machine.path("master").display().to_string();
    let mut master = machine.ssh(&["-N", "-M", "-S", &socket, BOX]);
    let _master = master.stderr(Stdio::null()).spawn().unwrap();
    until("the master listens", || std::fs::exists(&socket).unwrap()).await;
    let share = |line: &str| machine.ssh(&["-S", &socket, "-oControlMaster=no", BOX, line]);
    for _ in 0..4 {
        done(share("true")).await.ok();
    }
    let held: Vec<Child> = (0..2).map(|_| share("sleep 1000").spawn().unwrap()).collect();
    until("both are open", || machine.figure("channels") == 6).await;
    let ended = done(share("true")).await;
    // The client then makes a session of its own.
    assert!(ended.err.contains("Session open refused by peer"), "{ended:?}");
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_session_leaves_one_line_that_says_who_came_and_what_went_through() {
    needs!("ssh");
    let machine = Machine::start().await;
    let key = PublicKey::from_openssh(&machine.admission.keys[0]).unwrap().fingerprint(HashAlg::Sha256);
    fed(machine.ssh(&[BOX, "cat; echo"]), b"hello").await.ok();
    let lines =
        || log().lines().filter(|it| it.contains(&key.to_string())).map(str::to_owned).collect::<Vec<_>>();
    until("there is a line", || !lines().is_empty()).await;
    let lines = lines();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    for part in [
        "session ended",
        &format!("lease={}", machine.lease),
        "peer=127.0.0.1:",
        "role=\"user\"",
        "channels=1",
        "bytes_in=5",
        "bytes_out=6",
        "seconds=",
        "ended=\"by the client\"",
    ] {
        assert!(line.contains(part), "{part} is missing in {line}");
    }
}
