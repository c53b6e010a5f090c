//! Doors that are shut, or open for files only.

use std::fs;
use std::time::Duration;

use gpu_lease_gateway::Access;

use crate::machine::{BOX, Done, Machine, done, fed, needs};

/// A machine whose lease has ended.
async fn ended() -> Machine {
    let mut machine = Machine::start().await;
    machine.admission.access = Access::Files;
    machine.admission.note = "The lease has ended.".to_owned();
    machine.admit();
    machine
}

async fn sftp(machine: &Machine, batch: &str) -> Done {
    fed(machine.tool("sftp", ["-b", "-", BOX]), batch.as_bytes()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shut_door_says_why_and_ends_with_75() {
    needs!("ssh", "sftp");
    let mut machine = Machine::start().await;
    machine.admission.access = Access::Shut;
    machine.admit();
    for arguments in [&[BOX, "true"][..], &["-tt", BOX], &["-T", BOX]] {
        let ended = done(machine.ssh(arguments)).await;
        assert_eq!(ended.code, Some(75), "{ended:?}");
        assert!(
            format!("{}{}", ended.out, ended.err).contains("The lease has not started yet."),
            "{ended:?}"
        );
    }
    let ended = sftp(&machine, "ls\n").await;
    assert!(ended.code != Some(0) && ended.err.contains("The lease has not started yet."), "{ended:?}");
    let ended = done(machine.ssh(&["-W", "localhost:22", BOX])).await;
    assert!(ended.code != Some(0) && ended.err.contains("The lease has not started yet."), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_a_moment_early_is_let_in_when_the_door_opens() {
    needs!("ssh");
    let mut machine = Machine::start().await;
    machine.admission.access = Access::Shut;
    machine.admit();
    let early = tokio::spawn(done(machine.ssh(&[BOX, "echo in"])));
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!early.is_finished(), "nobody is sent away at once");
    machine.admission.access = Access::Open;
    machine.admit();
    assert_eq!(early.await.unwrap().ok(), "in\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_lease_that_has_ended_can_be_read() {
    needs!("sftp", "scp");
    let machine = ended().await;
    let content: Vec<u8> = (0..2_000_000u32).map(|it| (it * 11) as u8).collect();
    fs::write(machine.workspace("file"), &content).unwrap();
    let back = machine.path("back");
    let listed = sftp(&machine, &format!("ls -l\nget file {}\n", back.display())).await.ok();
    assert!(listed.contains("2000000"), "{listed}");
    assert!(fs::read(&back).unwrap() == content);
    fs::remove_file(&back).unwrap();
    done(machine.tool("scp", ["-s", &format!("{BOX}:file"), back.to_str().unwrap()])).await.ok();
    assert!(fs::read(&back).unwrap() == content);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_lease_that_has_ended_cannot_be_changed() {
    needs!("sftp");
    let machine = ended().await;
    fs::write(machine.workspace("file"), "content").unwrap();
    fs::create_dir(machine.workspace("folder")).unwrap();
    fs::write(machine.path("new"), vec![b'x'; 1_000_000]).unwrap();
    let new = machine.path("new").display().to_string();
    for change in [
        &format!("put {new} new"),
        &format!("put {new} file"),
        "rm file",
        "rename file other",
        "mkdir other",
        "rmdir folder",
        "chmod 777 file",
        "ln -s file link",
        "ln file link",
    ] {
        let ended = sftp(&machine, &format!("{change}\n")).await;
        assert_ne!(ended.code, Some(0), "{change}: {ended:?}");
        let text = ended.err.to_lowercase();
        assert!(
            text.contains("permission denied") || text.contains("can only be read"),
            "{change}: {ended:?}"
        );
    }
    // One refusal does not end the session.
    sftp(&machine, "-rm file\n-mkdir other\nls\n").await.ok();
    let left: Vec<_> =
        fs::read_dir(machine.workspace("")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(fs::read_to_string(machine.workspace("file")).unwrap(), "content");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_has_ended_runs_nothing_and_forwards_nothing() {
    needs!("ssh");
    let machine = ended().await;
    let ended = machine.run("touch touched").await;
    assert_eq!(ended.code, Some(75));
    assert_eq!(ended.err, "The lease has ended. Its files can still be fetched, with sftp.\r\n");
    assert!(!machine.workspace("touched").exists());
    let ended = done(machine.ssh(&["-W", "localhost:22", BOX])).await;
    assert!(ended.code != Some(0) && ended.err.contains("The lease has ended."), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_does_not_run_is_said_and_not_where_it_would_be() {
    needs!("ssh");
    let mut machine = Machine::start().await;
    machine.admission.socket = machine.path("gone.sock");
    machine.admit();
    let ended = machine.run("true").await;
    assert_eq!(ended.code, Some(75), "{ended:?}");
    assert!(ended.err.contains("does not answer") && !ended.err.contains("gone.sock"), "{ended:?}");
    assert_eq!(machine.figure("unreachable"), 1);
}
