//! Connections from inside the container.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::time::timeout;

use crate::machine::{BOX, Machine, done, needs, until};

/// A server that sends back what it gets, until the end.
async fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
                let _ = to.shutdown().await;
            });
        }
    });
    port
}

/// A port on which nobody listens just now.
async fn free() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// `ssh` that only forwards, once it listens.
async fn forward(machine: &Machine, option: &str, port: u16, target: &str) -> Child {
    let mut ssh = machine.ssh(&["-N", "-oExitOnForwardFailure=yes", option, target, BOX]);
    let child = ssh.stderr(Stdio::inherit()).spawn().unwrap();
    until("it listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    child
}

/// What comes back for what was said.
async fn exchange(mut stream: TcpStream, said: &[u8]) -> Vec<u8> {
    let (mut from, mut to) = stream.split();
    let mut heard = Vec::new();
    let say = async {
        to.write_all(said).await.unwrap();
        to.shutdown().await.unwrap();
    };
    let talk = async { tokio::join!(say, async { from.read_to_end(&mut heard).await.unwrap() }) };
    timeout(Duration::from_secs(30), talk).await.expect("both sides end");
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_port_leads_to_one_in_the_container_until_each_side_has_said_all() {
    needs!("ssh");
    let machine = Machine::start().await;
    let (here, there) = (free().await, echo().await);
    let _ssh = forward(&machine, "-L", here, &format!("{here}:localhost:{there}")).await;
    let said: Vec<u8> = (0..3_000_000u32).map(|it| (it * 13) as u8).collect();
    let stream = TcpStream::connect(("127.0.0.1", here)).await.unwrap();
    assert!(exchange(stream, &said).await == said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_proxy_leads_wherever_it_is_told() {
    needs!("ssh");
    let machine = Machine::start().await;
    let (here, there) = (free().await, echo().await);
    let _ssh = forward(&machine, "-D", here, &here.to_string()).await;
    let mut stream = TcpStream::connect(("127.0.0.1", here)).await.unwrap();
    stream.write_all(&[5, 1, 0]).await.unwrap();
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, [5, 0]);
    let connect = [&[5, 1, 0, 3, 9][..], b"localhost", &there.to_be_bytes()].concat();
    stream.write_all(&connect).await.unwrap();
    let mut answer = [0; 10];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer[..2], [5, 0]);
    assert_eq!(exchange(stream, b"hello").await, b"hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_on_which_nobody_listens_is_refused_with_the_reason() {
    needs!("ssh");
    let machine = Machine::start().await;
    let target = format!("localhost:{}", free().await);
    let ended = done(machine.ssh(&["-W", &target, BOX])).await;
    assert_ne!(ended.code, Some(0));
    assert!(ended.err.contains("connect failed") && ended.err.contains("refused"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leads_back_to_the_client_and_no_socket_is_reached() {
    needs!("ssh");
    let machine = Machine::start().await;
    let back = format!("{}:localhost:22", free().await);
    let ended = done(machine.ssh(&["-oExitOnForwardFailure=yes", "-R", &back, BOX, "true"])).await;
    assert_eq!(ended.code, Some(255), "{ended:?}");
    assert!(ended.err.contains("remote port forwarding failed"), "{ended:?}");
    let socket = machine.path("helper.sock");
    let back = format!("/tmp/x.sock:{}", socket.display());
    let ended = done(machine.ssh(&["-oExitOnForwardFailure=yes", "-R", &back, BOX, "true"])).await;
    assert!(ended.err.contains("remote port forwarding failed"), "{ended:?}");
    let here = free().await;
    let forward = format!("{here}:{}", socket.display());
    let mut ssh = machine.ssh(&["-N", "-L", &forward, BOX]).spawn().unwrap();
    until("it listens", || std::net::TcpStream::connect(("127.0.0.1", here)).is_ok()).await;
    let stream = TcpStream::connect(("127.0.0.1", here)).await.unwrap();
    assert_eq!(exchange(stream, b"").await, b"");
    ssh.start_kill().unwrap();
    let ended = ssh.wait_with_output().await.unwrap();
    let err = String::from_utf8_lossy(&ended.stderr);
    assert!(err.contains("administratively prohibited"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn agent_and_display_of_the_client_stay_with_the_client() {
    needs!("ssh");
    let machine = Machine::start().await;
    let mut ssh = machine.ssh(&[
        "-A",
        "-X",
        "-oIdentityAgent=SSH_AUTH_SOCK",
        BOX,
        "echo ${SSH_AUTH_SOCK-none} ${DISPLAY-none}",
    ]);
    ssh.env("DISPLAY", ":0").env("SSH_AUTH_SOCK", machine.path("no-agent"));
    assert_eq!(done(ssh).await.ok(), "none none\n");
}

/// Visual Studio Code runs `bash` without a terminal, gives it a script that starts a server and prints where that listens,
/// and then has the same connection lead there.
#[tokio::test(flavor = "multi_thread")]
async fn the_sequence_of_visual_studio_code_works() {
    needs!("ssh");
    let machine = Machine::start().await;
    let here = free().await;
    let mut ssh = machine.ssh(&["-T", "-D", &here.to_string(), "-oConnectTimeout=15", BOX, "bash"]);
    let mut child = ssh.stdin(Stdio::piped()).spawn().unwrap();
    let mut script = child.stdin.take().unwrap();
    let there = echo().await;
    let server = format!("echo running\nuname -s\necho listeningOn=={there}==\nsleep 1000 &\nwait\n");
    script.write_all(server.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    while said.len() < 3 {
        said.push(lines.next_line().await.unwrap().expect("the script goes on"));
    }
    assert_eq!(said, ["running", "Linux", &format!("listeningOn=={there}==")]);
    for message in [b"first".as_slice(), b"second"] {
        let mut stream = TcpStream::connect(("127.0.0.1", here)).await.unwrap();
        let request = [&[5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1][..], &there.to_be_bytes()].concat();
        stream.write_all(&request).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer[..4], [5, 0, 5, 0]);
        assert_eq!(exchange(stream, message).await, message);
    }
    assert_eq!(machine.figure("sessions"), 1);
}
