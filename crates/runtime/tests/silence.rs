//! An engine that is restarting, or lies by leaving out: what is recorded and not in its list is gone only if it says so when
//! it is asked for that one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use gpu_lease_runtime::{Docker, DockerConfig, Error, Life, Limits, Runtime, Spec};
use rstest::rstest;

const NOTHING: Answer = Some((404, r#"{"message":"no such thing"}"#));
const SOMETHING: Answer = Some((200, r#"{"Name":"","Driver":"","Mountpoint":"","Labels":{},"Options":{}}"#));
const WELL: Answer = Some((200, "OK"));
const FAILED: Answer = Some((500, r#"{"message":"loading"}"#));
const GONE: Answer = Some((0, ""));
const MUTE: Answer = None;

/// Status and body; a connection that is closed instead; or nothing, for ever.
type Answer = Option<(u16, &'static str)>;

/// An engine whose lists are empty. It answers so when it is asked for one thing, and so to a ping.
fn engine(socket: &Path, one: Answer, ping: Answer) {
    let listener = UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let Some(path) = asked(&mut stream) else { return };
                let path = path.split('?').next().unwrap();
                let answer = match path.trim_start_matches("/v1.41") {
                    "/version" => Some((200, r#"{"ApiVersion":"1.41"}"#)),
                    "/containers/json" => Some((200, "[]")),
                    "/volumes" => Some((200, r#"{"Volumes":[]}"#)),
                    "/_ping" => ping,
                    _ => one,
                };
                match answer {
                    GONE => (),
                    Some((status, body)) => {
                        let length = body.len();
                        let head = format!("HTTP/1.1 {status} -\r\nContent-Length: {length}\r\n\r\n{body}");
                        let _ = stream.write_all(head.as_bytes());
                    }
                    None => thread::sleep(Duration::from_secs(60)),
                }
            });
        }
    });
}

/// The path of a request.
fn asked(stream: &mut UnixStream) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    String::from_utf8(request).ok()?.split(' ').nth(1).map(str::to_owned)
}

/// An agent's runtime that has a record of one life.
fn docker(folder: &Path) -> Docker {
    let config = DockerConfig {
        engine: folder.join("docker.sock"),
        patience: Duration::from_secs(1),
        ..DockerConfig::new(folder.join("state"), "/bin/sh".into())
    };
    let docker = Docker::new(config).unwrap();
    let life = Life { lease: "Lease".into(), opened_slot: 7 };
    let limits = Limits { millicores: 1, memory: 1, shared_memory: 1, processes: 1, disk: None };
    let spec = Spec { image: "any".into(), cards: vec![], env: BTreeMap::new(), limits };
    let record = format!(
        r#"{{"life": {}, "spec": {}}}"#,
        serde_json::to_string(&life).unwrap(),
        serde_json::to_string(&spec).unwrap()
    );
    fs::write(folder.join("state/gpu-lease-Lease-7.json"), record).unwrap();
    docker
}

#[rstest]
#[case::it_says_that_there_is_nothing(NOTHING, WELL, true)]
#[case::there_is_something(SOMETHING, WELL, false)]
#[case::it_fails(FAILED, WELL, false)]
#[case::it_hangs_up(GONE, WELL, false)]
#[case::it_says_nothing(MUTE, WELL, false)]
#[case::it_is_not_well(NOTHING, FAILED, false)]
#[case::it_is_gone_after_that(NOTHING, GONE, false)]
#[tokio::test]
async fn an_empty_list_is_believed_if_the_engine_is_well_and_says_so_twice(
    #[case] one: Answer,
    #[case] ping: Answer,
    #[case] is_believed: bool,
) {
    let folder = tempfile::tempdir().unwrap();
    engine(&folder.path().join("docker.sock"), one, ping);
    let docker = docker(folder.path());
    match docker.list().await {
        Ok(list) => assert!(is_believed && list.is_empty()),
        Err(error) => assert!(!is_believed && matches!(error, Error::Silent(_)), "{error}"),
    }
    match docker.workspaces().await {
        Ok(lives) => assert!(is_believed && lives.is_empty()),
        Err(error) => assert!(!is_believed && matches!(error, Error::Silent(_)), "{error}"),
    }
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_silent() {
    let folder = tempfile::tempdir().unwrap();
    let docker = docker(folder.path());
    assert!(matches!(docker.list().await, Err(Error::Silent(_))));
    UnixListener::bind(folder.path().join("docker.sock")).unwrap();
    assert!(matches!(docker.list().await, Err(Error::Silent(_))), "somebody died here");
}
