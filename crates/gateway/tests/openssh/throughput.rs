//! How fast one stream is beside OpenSSH's own server, in one run. What is measured is only fast in its own profile:
//! `cargo test --profile daemon --package gpu-lease-gateway --test openssh -- --ignored --nocapture throughput`

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::machine::{BOX, Machine, done, needs, until};

const SSHD: &str = "/usr/sbin/sshd";

/// One way. There and back it is 100 ms.
const DELAY: Duration = Duration::from_millis(50);

/// What a measurement is taken of, best of three.
const RUNS: usize = 3;

/// OpenSSH's server, for the same user key and with the gateway's host key.
async fn sshd(machine: &Machine, port: u16) -> Child {
    let user = machine.admission.keys[0].clone();
    fs::write(machine.path("authorized_keys"), user + "\n").unwrap();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {0}/host_key\nAuthorizedKeysFile {0}/authorized_keys\n\
         PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\n",
        machine.path("").display().to_string().trim_end_matches('/')
    );
    fs::write(machine.path("sshd_config"), config).unwrap();
    let mut sshd = Command::new(SSHD);
    sshd.args(["-D", "-e", "-f"]).arg(machine.path("sshd_config")).kill_on_drop(true).stderr(Stdio::null());
    let child = sshd.spawn().unwrap();
    until("sshd listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    child
}

/// A port that leads to another, later.
async fn delayed(to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
            near.set_nodelay(true).unwrap();
            far.set_nodelay(true).unwrap();
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            tokio::spawn(later(near_in, far_out));
            tokio::spawn(later(far_in, near_out));
        }
    });
    port
}

async fn later(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some((at, bytes)) = receiver.recv().await {
            sleep_until(at).await;
            let bytes: Vec<u8> = bytes;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 256 * 1024];
    while let Ok(1..) = from.read(&mut buffer).await.inspect(|&read| {
        let _ = sender.send((Instant::now() + DELAY, buffer[..read].to_vec()));
    }) {}
}

/// Megabytes a second.
async fn speed(machine: &Machine, user: &str, port: u16, megabytes: usize, up: bool) -> f64 {
    let bytes = megabytes * 1_000_000;
    let (login, port) = (format!("-oUser={user}"), format!("-oPort={port}"));
    let remote = if up { "cat > /dev/null".to_owned() } else { format!("head -c {bytes} /dev/zero") };
    let mut ssh = machine.ssh(&[&login, &port, BOX, &remote]);
    let mut source = None;
    if up {
        let mut zeros = Command::new("head");
        zeros.args(["-c", &bytes.to_string(), "/dev/zero"]).stdout(Stdio::piped());
        let mut zeros = zeros.spawn().unwrap();
        let input: Stdio = zeros.stdout.take().unwrap().try_into().unwrap();
        source = Some(zeros);
        ssh.stdin(input);
    }
    ssh.stdout(Stdio::null());
    // Kept until it has been read.
    let started = Instant::now();
    done(ssh).await.ok();
    drop(source);
    megabytes as f64 / started.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures, for minutes"]
async fn throughput_of_one_stream_is_at_least_half_of_that_of_openssh() {
    needs!("ssh");
    assert!(fs::exists(SSHD).unwrap(), "install the package openssh-server");
    let machine = Machine::start().await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let _sshd = sshd(&machine, free).await;
    let ours = [machine.port, delayed(machine.port).await];
    let theirs = [free, delayed(free).await];
    let lease = machine.lease.to_string();
    let mut slow = Vec::new();
    for (place, what, megabytes) in [(0, "loopback", 1000), (1, "100 ms", 150)] {
        for (up, way) in [(false, "down"), (true, "up")] {
            let (mut best_ours, mut best_theirs) = (0f64, 0f64);
            for _ in 0..RUNS {
                best_theirs = best_theirs.max(speed(&machine, "root", theirs[place], megabytes, up).await);
                best_ours = best_ours.max(speed(&machine, &lease, ours[place], megabytes, up).await);
            }
            let ratio = best_ours / best_theirs;
            let figures = format!(
                "{what}, {way}: gateway {best_ours:.0} MB/s, OpenSSH {best_theirs:.0} MB/s, ratio {ratio:.2}"
            );
            println!("{figures}");
            if ratio < 0.5 {
                slow.push(figures);
            }
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}
