//! Who gets in.

use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use gpu_lease_gateway::LeaseName;
use tokio::time::{Instant, sleep};

use crate::machine::{BOX, Key, Machine, done, needs};

/// What a client says to whom no key lets in.
const DENIED: &str = "Permission denied (publickey).";

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_and_an_unknown_user_are_told_the_same_after_the_same_time() {
    needs!("ssh");
    let machine = Machine::start().await;
    let stranger = machine.key("stranger");
    let refused = async |user: &str| {
        machine.configure(user, &stranger);
        let started = Instant::now();
        let ended = machine.run("true").await;
        assert_eq!(ended.code, Some(255), "{ended:?}");
        assert!(ended.err.contains(DENIED), "{ended:?}");
        (ended.err.replace(user, "USER"), started.elapsed())
    };
    let (wrong_key, first) = refused(machine.lease.as_str()).await;
    let (unknown_user, second) = refused(&"1".repeat(40)).await;
    assert_eq!(wrong_key, unknown_user);
    for time in [first, second] {
        assert!(time >= Duration::from_millis(300), "{time:?}");
    }
    assert_eq!(machine.figure("sessions"), 0);
    assert_eq!(machine.figure("rejected_keys"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_look_like_paths_lead_nowhere() {
    needs!("ssh");
    let machine = Machine::start().await;
    let key = machine.key("stranger");
    // Where a path would lead, there is an admission for this key.
    let mut admission = machine.admission.clone();
    admission.keys = vec![key.line.clone()];
    let text = serde_json::to_string(&admission).unwrap();
    std::fs::write(machine.path("outside.json"), &text).unwrap();
    std::fs::write(machine.path("admissions/root.json"), &text).unwrap();
    for name in ["../outside", "./../outside", "root", "/etc/passwd", "%2e%2e", "..", "*"] {
        machine.configure(BOX, &key);
        let ended = done(machine.ssh(&[&format!("-oUser={name}"), BOX, "true"])).await;
        assert_eq!(ended.code, Some(255), "{name}: {ended:?}");
        assert!(ended.err.contains(DENIED), "{name}: {ended:?}");
    }
    assert_eq!(machine.figure("sessions"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_key_no_longer_lets_in_and_its_successor_does() {
    needs!("ssh");
    let mut machine = Machine::start().await;
    machine.run("true").await.ok();
    let successor = machine.key("successor");
    machine.admission.keys = vec![successor.line.clone()];
    machine.admit();
    assert!(machine.run("true").await.err.contains(DENIED));
    machine.configure(machine.lease.as_str(), &successor);
    machine.run("true").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_one_lease_does_not_open_another() {
    needs!("ssh");
    let machine = Machine::start().await;
    let other: LeaseName = "7VVLrWKzr9p95tiyMxsWXzTuTYwkGqeyo2oJCtSfnQyU".parse().unwrap();
    let key = machine.key("other");
    let mut admission = machine.admission.clone();
    admission.keys = vec![key.line.clone()];
    machine.admissions.write(&other, &admission).unwrap();
    machine.configure(machine.lease.as_str(), &key);
    assert!(machine.run("true").await.err.contains(DENIED));
    machine.configure(other.as_str(), &key);
    machine.run("true").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_a_key_is_asked_for() {
    needs!("ssh");
    let machine = Machine::start().await;
    let without =
        ["-oPubkeyAuthentication=no", "-oPreferredAuthentications=password,keyboard-interactive,none"];
    let ended = done(machine.ssh(&[without[0], without[1], BOX, "true"])).await;
    assert_eq!(ended.code, Some(255));
    assert!(ended.err.contains(DENIED), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_key_is_the_last_that_is_tried() {
    needs!("ssh");
    let machine = Machine::start().await;
    let right = machine.path("user");
    let attempt = async |wrong: usize| {
        let mut arguments = Vec::new();
        for number in 0..wrong {
            let path = machine.key(&format!("wrong-{wrong}-{number}")).path;
            arguments.extend(["-i".to_owned(), path.display().to_string()]);
        }
        arguments.extend(["-i".to_owned(), right.display().to_string()]);
        // The file of before names the right key first.
        let config = std::fs::read_to_string(machine.path("config")).unwrap();
        let without = config.lines().filter(|it| !it.starts_with("IdentityFile"));
        std::fs::write(machine.path("many"), without.collect::<Vec<_>>().join("\n")).unwrap();
        let mut command = tokio::process::Command::new("ssh");
        command.arg("-F").arg(machine.path("many")).args(arguments).args([BOX, "true"]);
        done(command).await
    };
    attempt(5).await.ok();
    let ended = attempt(6).await;
    assert!(ended.err.contains("Too many authentication attempts"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_key_gets_in_while_others_hold_connections_open() {
    needs!("ssh");
    let machine = Machine::start_with(|config| {
        config.limits.waiting = 8;
        config.limits.waiting_per_address = 8;
    })
    .await;
    let address = (Ipv4Addr::LOCALHOST, machine.port);
    let flood = tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            // Those that were let go are kept, too, as an attacker may.
            held.extend(TcpStream::connect(address));
            sleep(Duration::from_millis(100)).await;
        }
    });
    sleep(Duration::from_millis(1500)).await;
    for _ in 0..3 {
        machine.run("true").await.ok();
    }
    assert!(machine.figure("displaced") > 0);
    flood.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_floods_is_refused_and_another_gets_in() {
    needs!("ssh");
    let machine = Machine::start_with(|config| {
        config.limits.per_second_and_address = 1.try_into().unwrap();
    })
    .await;
    let held: Vec<_> = (0..50).map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, machine.port))).collect();
    crate::machine::until("most are refused", || machine.figure("refused") >= 40).await;
    assert_ne!(machine.run("true").await.code, Some(0));
    done(machine.ssh(&["-b", "127.0.0.2", BOX, "true"])).await.ok();
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_floods_does_not_have_others_wait() {
    needs!("ssh");
    let machine = Machine::start_with(|config| {
        config.limits.per_second = 10.try_into().unwrap();
        config.limits.per_second_and_address = 1.try_into().unwrap();
    })
    .await;
    let held: Vec<_> = (0..300).map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, machine.port))).collect();
    let started = Instant::now();
    done(machine.ssh(&["-b", "127.0.0.2", BOX, "true"])).await.ok();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_is_cut_off_and_its_right_key_still_lets_in() {
    needs!("ssh");
    let machine = Machine::start_with(|config| {
        config.limits.rejections_per_minute_and_address = 2.try_into().unwrap();
    })
    .await;
    let right = Key { path: machine.path("user"), line: machine.admission.keys[0].clone() };
    machine.configure(machine.lease.as_str(), &machine.key("stranger"));
    for _ in 0..2 {
        assert!(machine.run("true").await.err.contains(DENIED));
    }
    let ended = machine.run("true").await;
    assert!(ended.code == Some(255) && !ended.err.contains(DENIED), "{ended:?}");
    machine.configure(machine.lease.as_str(), &right);
    machine.run("true").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_log_in_in_time_is_let_go() {
    let machine = Machine::start_with(|config| config.login_timeout = Duration::from_millis(500)).await;
    let silent = TcpStream::connect((Ipv4Addr::LOCALHOST, machine.port)).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // The gateway's greeting, and then the end.
    let said = std::io::read_to_string(silent).unwrap();
    assert_eq!(said, "SSH-2.0-gpu-lease\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_port_serves_both_versions_of_the_internet_protocol() {
    needs!("ssh");
    let machine = Machine::start_with(|config| config.listen = "[::]:0".parse().unwrap()).await;
    for address in ["127.0.0.1", "::1"] {
        done(machine.ssh(&[&format!("-oHostName={address}"), BOX, "true"])).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_kind_lets_in_too() {
    needs!("ssh", "ssh-keygen");
    let mut machine = Machine::start().await;
    let path = machine.path("ecdsa");
    let mut make = tokio::process::Command::new("ssh-keygen");
    make.args(["-q", "-t", "ecdsa", "-N", "", "-f"]).arg(&path);
    done(make).await.ok();
    let line = std::fs::read_to_string(machine.path("ecdsa.pub")).unwrap();
    machine.admission.keys = vec![line.clone()];
    machine.admit();
    machine.configure(machine.lease.as_str(), &Key { path, line });
    machine.run("true").await.ok();
}
