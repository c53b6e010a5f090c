use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::SinkExt;
use gpu_lease_helper::protocol::{FromHelper, MAX_FRAME, Request, ToHelper};
use gpu_lease_helper::{Error, connect, probe};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::harness::{BINARY, Helper, PATIENCE, ended, eventually, exec, next, send, until};

/// What the helper says to these bytes until it closes.
async fn answer(helper: &Helper, bytes: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(helper.socket()).await.unwrap();
    // It may have closed before it has read all.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it keeps the connection");
    answer
}

fn frame(content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32).to_be_bytes(), content].concat()
}

#[tokio::test]
async fn a_first_frame_that_is_no_request_closes_the_connection_with_a_reason() {
    let helper = Helper::start().await;
    let too_big = [&(MAX_FRAME as u32 + 1).to_be_bytes()[..], &[0; 64]].concat();
    let deep = [&b"\0"[..], &b"[".repeat(60_000)].concat();
    let firsts = [
        frame(b"\x01data"),
        frame(b"\0{\"kind\":\"unknown\"}"),
        frame(b"\0{\"kind\":\"dial\",\"host\":\"x\",\"port\":99999}"),
        frame(b"\0\xff\xff"),
        frame(b"\xff"),
        frame(b""),
        frame(&deep),
        too_big,
        vec![0xff; 4096],
        Vec::new(),
    ];
    for bytes in firsts {
        let answer = String::from_utf8(answer(&helper, &bytes).await).unwrap();
        assert!(answer.contains("the first frame has to be a request"), "{bytes:?}: {answer}");
    }
    assert!(probe(&helper.socket(), PATIENCE).await.is_ok());
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let helper = Helper::start().await;
    let mut stream = UnixStream::connect(helper.socket()).await.unwrap();
    // Half a frame, and then nothing.
    stream.write_all(&[0, 0, 0, 9, 0]).await.unwrap();
    let began = Instant::now();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.contains("at once"), "{answer}");
    assert!(began.elapsed() >= Duration::from_secs(9));
}

#[tokio::test]
async fn random_bytes_and_random_frames_never_end_it() {
    let helper = Helper::start().await;
    let socket = helper.socket();
    // On a thread of its own, since the property blocks it.
    let checked = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let request = prop_oneof![
            Just(&b"\0{\"kind\":\"sftp\"}"[..]),
            Just(&b"\0{\"kind\":\"exec\",\"command\":\"head -c 9 >/dev/null\",\"pty\":null,\"env\":{}}"[..]),
            Just(&b"\0{\"kind\":\"exec\",\"command\":\"head -c 9 >/dev/null\",\"pty\":{\"term\":\"\",\"size\":{\"columns\":0,\"rows\":0}},\"env\":{}}"[..]),
            Just(&b"\0nonsense"[..]),
        ];
        let noise = proptest::collection::vec(any::<u8>(), 0..200);
        let frames = proptest::collection::vec((0_u8..6, noise), 0..8);
        let mut runner =
            TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
        runner
            .run(&(request, frames), |(request, frames)| {
                let mut bytes = frame(request);
                for (kind, content) in frames {
                    bytes.extend(frame(&[&[kind], &content[..]].concat()));
                }
                runtime.block_on(async {
                    let mut stream = UnixStream::connect(&socket).await.unwrap();
                    let _ = stream.write_all(&bytes).await;
                    let _ = stream.shutdown().await;
                    let read = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
                    prop_assert!(read.is_ok(), "it keeps the connection");
                    prop_assert!(probe(&socket, PATIENCE).await.is_ok());
                    Ok(())
                })
            })
            .unwrap();
    });
    checked.await.unwrap();
    assert_eq!(helper.run("echo well").await.stdout, "well\n");
}

#[tokio::test]
async fn a_second_request_on_a_channel_ends_it() {
    let helper = Helper::start().await;
    let mut connection = helper.exec("sleep 1000").await;
    connection.send(ToHelper::Request(Request::Probe)).await.unwrap();
    assert_eq!(next(&mut connection).await, None);
}

#[tokio::test]
async fn channels_beyond_the_bound_are_refused_but_probes_are_answered() {
    // With as many descriptors as a process usually may have.
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 1024 && exec \"$0\" \"$@\"", BINARY]);
    let helper = Helper::start_by(limited).await;
    let before = helper.idle_descriptors().await;
    let mut open = Vec::new();
    let refused = loop {
        match connect(&helper.socket(), exec("exec cat"), PATIENCE).await {
            Ok(connection) => open.push(connection),
            Err(error) => break error,
        }
    };
    assert_eq!(open.len(), 128);
    assert!(
        matches!(&refused, Error::Refused(reason) if reason.contains("128 channels are open")),
        "{refused}"
    );
    assert!(probe(&helper.socket(), PATIENCE).await.is_ok());

    // All of them work, and each that ends makes room.
    for connection in &mut open {
        send(connection, "here").await;
        until(connection, "here").await;
    }
    let mut last = open.pop().unwrap();
    last.send(ToHelper::Eof).await.unwrap();
    ended(&mut last).await;
    drop(open);
    eventually("there is room", async || connect(&helper.socket(), exec("true"), PATIENCE).await.is_ok())
        .await;
    eventually("nothing of them is left", async || helper.descriptors() <= before).await;
}

#[tokio::test]
async fn many_that_say_nothing_keep_nobody_out_for_good() {
    let helper = Helper::start().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(UnixStream::connect(helper.socket()).await.unwrap());
    }
    eventually("a probe is answered", async || probe(&helper.socket(), PATIENCE).await.is_ok()).await;
    assert!(matches!(next(&mut helper.exec("echo x").await).await, Some(FromHelper::Data(_))));
}
