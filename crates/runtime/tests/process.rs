//! Leases as processes of the same user, with the real helper.

#[path = "docker/helper.rs"]
mod helper;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use gpu_lease_helper::protocol::{FromHelper, Request};
use gpu_lease_runtime::{
    Error, Instance, Life, Limits, Loopback, ProcessConfig, Processes, Runtime, Spec, Usage,
};
use rstest::rstest;

use helper::helper;

const PATIENCE: Duration = Duration::from_secs(10);

/// An agent's runtime over this folder.
fn processes(state: &Path) -> Processes {
    let config =
        ProcessConfig { state: state.to_owned(), helper: helper().to_owned(), grace: Duration::from_secs(2) };
    Processes::new(config, Loopback::of(&["127.0.0.1:8899".parse().unwrap()]).unwrap()).unwrap()
}

fn life() -> Life {
    Life { lease: "Lease".into(), opened_slot: 7 }
}

fn spec() -> Spec {
    let limits = Limits { millicores: 1, memory: 1, shared_memory: 1, processes: 1, disk: None };
    Spec {
        image: "any".into(),
        cards: vec!["GPU-1".into(), "GPU-2".into()],
        env: BTreeMap::from([("GREETING".into(), "hi".into())]),
        limits,
    }
}

async fn started(processes: &Processes) {
    processes.create(&life(), &spec()).await.unwrap();
    processes.start(&life()).await.unwrap();
    let until = Instant::now() + PATIENCE;
    while let Err(error) = gpu_lease_helper::probe(&processes.socket(&life()), PATIENCE).await {
        assert!(Instant::now() < until, "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What a command prints.
async fn prints(processes: &Processes, command: &str) -> String {
    let request = Request::Exec { command: command.into(), pty: None, env: BTreeMap::new() };
    let mut channel = gpu_lease_helper::connect(&processes.socket(&life()), request, PATIENCE).await.unwrap();
    let mut printed = Vec::new();
    loop {
        match channel.next().await.expect("a frame").unwrap() {
            FromHelper::Data(bytes) => printed.extend(bytes),
            FromHelper::Exit(_) => return String::from_utf8(printed).unwrap().trim().to_owned(),
            _ => (),
        }
    }
}

fn exists(pid: &str) -> bool {
    // One that nobody waited for has ended.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn every_step_of_a_life_can_be_repeated_and_nothing_is_left_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let processes = processes(folder.path());
    let instance = |is_running| vec![Instance { life: life(), spec: spec(), is_running }];
    for _ in 0..2 {
        processes.pull("any").await.unwrap();
        processes.create(&life(), &spec()).await.unwrap();
        assert_eq!(processes.list().await.unwrap(), instance(false));
    }
    for _ in 0..2 {
        started(&processes).await;
        assert_eq!(processes.list().await.unwrap(), instance(true));
    }
    assert_eq!(prints(&processes, "echo $GREETING $NVIDIA_VISIBLE_DEVICES").await, "hi GPU-1,GPU-2");
    let used = processes.usage(&life()).await.unwrap();
    assert!(used.memory > 0 && used.processes > 0, "{used:?}");
    for _ in 0..2 {
        processes.stop(&life()).await.unwrap();
        assert_eq!(processes.list().await.unwrap(), instance(false));
        assert_eq!(processes.usage(&life()).await.unwrap(), Usage::default());
    }
    assert!(matches!(processes.wipe(&life()).await, Err(Error::Refused(_))));
    for _ in 0..2 {
        processes.remove(&life()).await.unwrap();
        assert_eq!(processes.list().await.unwrap(), []);
        assert_eq!(processes.workspaces().await.unwrap(), [life()]);
    }
    for _ in 0..2 {
        processes.wipe(&life()).await.unwrap();
        assert_eq!(processes.workspaces().await.unwrap(), []);
    }
    let left = |name: &str| fs::read_dir(folder.path().join(name)).unwrap().count();
    assert_eq!((left("run"), left("workspaces"), left("")), (0, 0, 2));
}

#[tokio::test]
async fn one_that_runs_is_adopted_by_the_next_agent() {
    let folder = tempfile::tempdir().unwrap();
    let before = processes(folder.path());
    started(&before).await;
    let pid = prints(&before, "echo $PPID").await;
    drop(before);
    let next = processes(folder.path());
    started(&next).await;
    assert_eq!(prints(&next, "echo $PPID").await, pid);
    next.stop(&life()).await.unwrap();
    assert!(!exists(&pid));
}

#[tokio::test]
async fn it_has_a_session_of_its_own_and_nothing_of_the_agents_environment() {
    let folder = tempfile::tempdir().unwrap();
    let processes = processes(folder.path());
    started(&processes).await;
    let helper = prints(&processes, "echo $PPID").await;
    let session =
        |pid: &str| nix::unistd::getsid(Some(nix::unistd::Pid::from_raw(pid.parse().unwrap()))).unwrap();
    assert_eq!(session(&helper).to_string(), helper);
    let environment = fs::read(format!("/proc/{helper}/environ")).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains("CARGO"), "cargo gave this test such variables");
    processes.stop(&life()).await.unwrap();
}

#[tokio::test]
async fn a_process_that_left_the_helper_ends_with_the_lease_too() {
    let folder = tempfile::tempdir().unwrap();
    let processes = processes(folder.path());
    started(&processes).await;
    let pid = prints(&processes, "setsid sleep 1000 >/dev/null 2>&1 & echo $!").await;
    assert!(exists(&pid));
    let helper = prints(&processes, "echo $PPID").await;
    // A helper that crashes ends nothing.
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(helper.parse().unwrap()),
        nix::sys::signal::Signal::SIGKILL,
    )
    .unwrap();
    while exists(&helper) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!processes.list().await.unwrap()[0].is_running);
    processes.stop(&life()).await.unwrap();
    assert!(!exists(&pid));
    started(&processes).await;
    processes.stop(&life()).await.unwrap();
}

#[tokio::test]
async fn another_spec_ends_what_runs_and_keeps_the_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let processes = processes(folder.path());
    started(&processes).await;
    assert_eq!(prints(&processes, "echo work > file; cat file").await, "work");
    let other = Spec { cards: vec![], ..spec() };
    processes.create(&life(), &other).await.unwrap();
    assert_eq!(processes.list().await.unwrap(), [Instance { life: life(), spec: other, is_running: false }]);
    started(&processes).await;
    assert_eq!(prints(&processes, "cat file").await, "work");
    processes.stop(&life()).await.unwrap();
}

#[rstest]
#[case::a_process_that_has_the_number_now("{\"pid\": PID, \"started\": 1}")]
#[case::half_a_file("{\"pid\": P")]
#[case::nothing("")]
#[tokio::test]
async fn a_number_that_is_not_the_helpers_is_never_signalled(#[case] file: &str) {
    let folder = tempfile::tempdir().unwrap();
    let processes = processes(folder.path());
    processes.create(&life(), &spec()).await.unwrap();
    let mut stranger = tokio::process::Command::new("sleep").arg("1000").kill_on_drop(true).spawn().unwrap();
    let path = processes.socket(&life()).with_file_name("pid.json");
    fs::write(path, file.replace("PID", &stranger.id().unwrap().to_string())).unwrap();
    assert!(!processes.list().await.unwrap()[0].is_running);
    processes.stop(&life()).await.unwrap();
    assert_eq!(stranger.try_wait().unwrap(), None, "it was killed");
}

#[rstest]
#[case::this_machine(&["127.0.0.1:8899", "[::1]:8899"], true)]
#[case::another(&["192.0.2.1:8899"], false)]
#[case::this_machine_and_another(&["127.0.0.1:8899", "10.0.0.1:8899"], false)]
#[case::every_address(&["0.0.0.0:8899"], false)]
#[case::none(&[], false)]
fn it_takes_a_cluster_on_this_machine(#[case] node: &[&str], #[case] is_taken: bool) {
    let node: Vec<_> = node.iter().map(|address| address.parse().unwrap()).collect();
    assert_eq!(Loopback::of(&node).is_ok(), is_taken);
}

#[tokio::test]
async fn it_says_that_it_limits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let capabilities = processes(folder.path()).capabilities();
    for missing in [capabilities.cards, capabilities.limits, capabilities.disk, capabilities.firewall] {
        assert!(missing.unwrap_err().contains("install Docker"));
    }
}
