use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::SinkExt;
use gpu_lease_helper::probe;
use gpu_lease_helper::protocol::{FromHelper, Request, ToHelper};
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::harness::{BINARY, Helper, PATIENCE, eventually, next, send, until};

fn dial(host: &str, port: u16) -> Request {
    Request::Dial { host: host.to_owned(), port }
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[tokio::test]
async fn bytes_go_both_ways_and_each_half_ends_by_itself() {
    let helper = Helper::start().await;
    let (listener, port) = listener().await;
    for host in ["localhost", "LOCALHOST", "127.0.0.1"] {
        let mut connection = helper.open(dial(host, port)).await;
        let (mut peer, _) = listener.accept().await.unwrap();
        send(&mut connection, "ping").await;
        connection.send(ToHelper::Eof).await.unwrap();
        let mut received = String::new();
        peer.read_to_string(&mut received).await.unwrap();
        assert_eq!(received, "ping");
        peer.write_all(b"pong").await.unwrap();
        until(&mut connection, "pong").await;
        drop(peer);
        assert_eq!(next(&mut connection).await, Some(FromHelper::Eof));
        assert_eq!(next(&mut connection).await, None);
    }
}

#[tokio::test]
async fn the_other_half_goes_on_when_the_peer_has_ended_its_own() {
    let helper = Helper::start().await;
    let (listener, port) = listener().await;
    let mut connection = helper.open(dial("localhost", port)).await;
    let (mut peer, _) = listener.accept().await.unwrap();
    peer.shutdown().await.unwrap();
    assert_eq!(next(&mut connection).await, Some(FromHelper::Eof));
    send(&mut connection, "still").await;
    connection.send(ToHelper::Eof).await.unwrap();
    let mut received = String::new();
    peer.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "still");
    assert_eq!(next(&mut connection).await, None);
}

#[tokio::test]
async fn closing_the_channel_closes_the_connection() {
    let helper = Helper::start().await;
    let (listener, port) = listener().await;
    let before = helper.idle_descriptors().await;
    for is_half_closed in [false, true] {
        let mut connection = helper.open(dial("localhost", port)).await;
        let (mut peer, _) = listener.accept().await.unwrap();
        if is_half_closed {
            connection.send(ToHelper::Eof).await.unwrap();
            assert_eq!(peer.read(&mut [0; 8]).await.unwrap(), 0);
        }
        drop(connection);
        // The peer says nothing that could tell the helper.
        eventually("the helper has closed both", async || helper.descriptors() <= before).await;
        assert_eq!(peer.read(&mut [0; 8]).await.unwrap(), 0);
    }
}

/// A helper with other files in the place of those that say where names are.
async fn start_with(files: &Path) -> Helper {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    let bind =
        "mount --bind $0/hosts /etc/hosts && mount --bind $0/resolv.conf /etc/resolv.conf && exec \"$@\"";
    command.arg(bind).arg(files).arg(BINARY);
    Helper::start_by(command).await
}

#[tokio::test]
async fn a_name_is_looked_up_in_the_containers_own_files() {
    let files = TempDir::new().unwrap();
    fs::write(files.path().join("hosts"), "127.0.0.1 neighbour.example\n").unwrap();
    fs::write(files.path().join("resolv.conf"), "").unwrap();
    let helper = start_with(files.path()).await;
    let (listener, port) = listener().await;
    let mut connection = helper.open(dial("neighbour.example", port)).await;
    listener.accept().await.unwrap().0.write_all(b"hello").await.unwrap();
    until(&mut connection, "hello").await;
    assert!(helper.refusal(dial("stranger.example", port)).await.contains("no address is known"));
}

#[tokio::test]
async fn a_file_that_hangs_holds_up_who_needs_it_for_ten_seconds_and_nobody_else() {
    let files = TempDir::new().unwrap();
    fs::write(files.path().join("hosts"), "").unwrap();
    nix::unistd::mkfifo(&files.path().join("resolv.conf"), Mode::S_IRWXU).unwrap();
    let mut helper = start_with(files.path()).await;
    let began = Instant::now();
    let refusal = helper.refusal(dial("stranger.example", 80));
    let others = async {
        assert_eq!(helper.run("echo x").await.stdout, "x\n");
        assert!(probe(&helper.socket(), PATIENCE).await.is_ok());
        began.elapsed()
    };
    let (refusal, others) = tokio::join!(refusal, others);
    assert!(refusal.contains("timed out"), "{refusal}");
    assert!(others < Duration::from_secs(9) && began.elapsed() >= Duration::from_secs(10));
    helper.signal(Signal::SIGTERM);
    assert_eq!(helper.ended().await, Some(0));
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_name_that_is_none_are_refused() {
    let helper = Helper::start().await;
    let (listener, port) = listener().await;
    drop(listener);
    assert!(helper.refusal(dial("localhost", port)).await.contains("refused"));
    assert!(helper.refusal(dial("", 80)).await.contains("not the name of a host"));
    assert!(helper.refusal(dial(&"x".repeat(300), 80)).await.contains("not the name of a host"));
    let told = helper.refusal(dial("no\u{7}such..name", 80)).await;
    assert!(told.contains("no connection to nosuch..name") && told.contains("no address is known"), "{told}");
}
