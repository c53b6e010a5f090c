use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use gpu_lease_helper::protocol::{Exit, FromHelper, Request, ToHelper};
use nix::sys::signal::Signal;

use crate::harness::{BINARY, Helper, ended, eventually, exec, is_alive, next, send, until};

/// Too many for all buffers between a command and whoever asked.
const MANY: usize = 100 << 20;

/// More than the helper may need for them.
const MEMORY: u64 = 16 << 20;

#[tokio::test]
async fn a_command_ends_with_its_code_after_all_its_output() {
    let helper = Helper::start().await;
    let done = helper.run("pwd; echo oops >&2; exit 7").await;
    assert_eq!(done.stdout.trim(), helper.workspace().to_str().unwrap());
    assert_eq!(done.stderr, "oops\n");
    assert_eq!(done.exit, Exit::Code { code: 7 });
}

#[tokio::test]
async fn a_command_that_a_signal_ended_says_which_also_one_without_a_name() {
    let helper = Helper::start().await;
    assert_eq!(helper.run("kill -KILL $$").await.exit, Exit::Signal { name: "KILL".into() });
    assert_eq!(helper.run("kill -34 $$").await.exit, Exit::Signal { name: "34".into() });
}

#[tokio::test]
async fn a_signal_reaches_the_command_and_what_it_started() {
    let helper = Helper::start().await;
    let mut connection =
        helper.exec("trap 'echo got it; exit 3' USR1; echo ready; while :; do sleep 0.05; done").await;
    until(&mut connection, "ready").await;
    connection.send(ToHelper::Signal("USR1".into())).await.unwrap();
    let done = ended(&mut connection).await;
    assert!(done.stdout.contains("got it"));
    assert_eq!(done.exit, Exit::Code { code: 3 });

    let mut connection = helper.exec("sleep 1000 & echo $!; wait").await;
    let child = until(&mut connection, "\n").await;
    connection.send(ToHelper::Signal("nonsense".into())).await.unwrap();
    connection.send(ToHelper::Signal("TERM".into())).await.unwrap();
    assert_eq!(ended(&mut connection).await.exit, Exit::Signal { name: "TERM".into() });
    eventually("the child has ended too", async || !is_alive(child.trim())).await;
}

#[tokio::test]
async fn input_ends_where_it_is_said_to_end() {
    let helper = Helper::start().await;
    let mut connection = helper.exec("cat; echo end").await;
    send(&mut connection, "one ").await;
    send(&mut connection, "two ").await;
    connection.send(ToHelper::Eof).await.unwrap();
    assert_eq!(ended(&mut connection).await.stdout, "one two end\n");
}

#[tokio::test]
async fn environment_is_what_was_asked_for_and_not_the_helpers() {
    let mut command = std::process::Command::new(crate::harness::BINARY);
    command.env("SECRET_OF_WHOEVER_STARTED_IT", "x").env("LANG", "C.UTF-8");
    let helper = Helper::start_by(command).await;
    let env = BTreeMap::from([("LC_ALL".to_owned(), "C".to_owned())]);
    let request = Request::Exec { command: "env".to_owned(), pty: None, env };
    let env = ended(&mut helper.open(request).await).await.stdout;
    let has = |line: &str| env.lines().any(|it| it == line);
    assert!(has("LANG=C.UTF-8") && has("LC_ALL=C") && has("SHELL=/bin/bash"), "{env}");
    assert!(env.lines().any(|it| it.starts_with("PATH=/")) && !env.contains("SECRET"), "{env}");

    let bad = BTreeMap::from([("A=B".to_owned(), "x".to_owned())]);
    let refused = helper.refusal(Request::Exec { command: "env".to_owned(), pty: None, env: bad });
    assert!(refused.await.contains("cannot be set"));
}

#[tokio::test]
async fn a_login_shell_reads_commands_from_its_input() {
    let helper = Helper::start().await;
    let mut connection = helper.open(Request::Shell { pty: None, env: BTreeMap::new() }).await;
    send(&mut connection, "shopt -q login_shell && echo a login shell\nexit 4\n").await;
    let done = ended(&mut connection).await;
    assert_eq!((done.stdout.as_str(), done.exit), ("a login shell\n", Exit::Code { code: 4 }));
}

#[tokio::test]
async fn one_in_the_background_keeps_no_channel_open_but_its_last_words_arrive() {
    let helper = Helper::start().await;
    let began = Instant::now();
    let done = helper.run("sleep 1000 & (sleep 0.1; echo late) & echo early").await;
    assert_eq!((done.stdout.as_str(), done.exit), ("early\nlate\n", Exit::Code { code: 0 }));
    assert!(began.elapsed() < Duration::from_secs(10));

    let done = helper.run("yes & exit 2").await;
    assert_eq!(done.exit, Exit::Code { code: 2 });
}

#[tokio::test]
async fn all_output_arrives_although_nobody_reads_until_the_command_has_ended() {
    let helper = Helper::start().await;
    // At some of these lengths the socket is full and the command has ended, its last bytes still in its pipe.
    let open = async |length: usize| {
        let line = format!("head -c {length} /dev/zero | tr '\\0' x; echo oops >&2; exit 8");
        (length, helper.exec(&line).await)
    };
    let mut waiting = Vec::new();
    for length in (50_000..400_000).step_by(10_000) {
        waiting.push(open(length).await);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    for (length, mut connection) in waiting {
        let done = ended(&mut connection).await;
        assert_eq!((done.stdout.len(), done.stderr.as_str()), (length, "oops\n"));
        assert_eq!(done.exit, Exit::Code { code: 8 });
    }
}

#[tokio::test]
async fn a_hundred_megabytes_go_both_ways_at_once_in_little_memory() {
    let helper = Helper::start().await;
    let before = helper.peak_memory();
    let (mut to, mut from) = helper.exec("cat").await.split();
    let writer = tokio::spawn(async move {
        let mut sent = 0;
        while sent < MANY {
            let chunk: Vec<u8> = (sent..(sent + 50_000).min(MANY)).map(|at| (at % 251) as u8).collect();
            sent += chunk.len();
            to.send(ToHelper::Data(chunk.into())).await.unwrap();
        }
        to.send(ToHelper::Eof).await.unwrap();
    });
    // Nobody reads at first: what was sent has to wait on the other side.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut received = 0;
    let exit = loop {
        match from.next().await.unwrap().unwrap() {
            FromHelper::Data(bytes) => {
                assert!(bytes.iter().enumerate().all(|(at, it)| *it == ((received + at) % 251) as u8));
                received += bytes.len();
            }
            FromHelper::Exit(exit) => break exit,
            FromHelper::Eof => {}
            other => panic!("{other:?}"),
        }
    };
    writer.await.unwrap();
    assert_eq!((received, exit), (MANY, Exit::Code { code: 0 }));
    assert!(helper.peak_memory() < before + MEMORY, "{} after {before}", helper.peak_memory());
}

#[tokio::test]
async fn output_that_nobody_takes_waits_and_probes_are_answered_meanwhile() {
    let helper = Helper::start().await;
    let before = helper.peak_memory();
    let mut flood = helper.exec("yes").await;
    assert!(matches!(next(&mut flood).await, Some(FromHelper::Data(_))));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(helper.peak_memory() < before + MEMORY);
    assert_eq!(helper.run("echo still here").await.stdout, "still here\n");
}

#[tokio::test]
async fn closing_hangs_up_a_command_even_one_that_reads_nothing() {
    let helper = Helper::start().await;
    let mut connection = helper.exec("echo $$; exec sleep 1000").await;
    let idle = until(&mut connection, "\n").await;
    drop(connection);

    let mut connection = helper.exec("echo $$; exec sleep 1000").await;
    let stuffed = until(&mut connection, "\n").await;
    let stuffing = async { while connection.send(ToHelper::Data(vec![0; 60_000].into())).await.is_ok() {} };
    let _ = tokio::time::timeout(Duration::from_millis(500), stuffing).await;
    drop(connection);

    for pid in [idle, stuffed] {
        eventually("it has ended", async || !is_alive(pid.trim())).await;
    }
}

#[tokio::test]
async fn a_command_that_ignores_the_hangup_goes_on() {
    let helper = Helper::start().await;
    let mut connection = helper.exec("trap '' HUP; echo $$; sleep 1; touch survived").await;
    until(&mut connection, "\n").await;
    drop(connection);
    eventually("it went on", async || helper.workspace().join("survived").exists()).await;
}

#[tokio::test]
async fn what_whoever_started_the_helper_ignores_no_command_does() {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP INT QUIT TERM; exec \"$0\" \"$@\"", BINARY]);
    let helper = Helper::start_by(command).await;
    let ignored = helper.run("grep SigIgn /proc/self/status").await.stdout;
    let ignored = u64::from_str_radix(ignored.split_whitespace().last().unwrap(), 16).unwrap();
    let named = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM];
    assert!(named.iter().all(|it| ignored >> (*it as u64 - 1) & 1 == 0), "{ignored:b}");
}

#[tokio::test]
async fn a_command_line_that_cannot_be_one_is_refused() {
    let helper = Helper::start().await;
    assert!(helper.refusal(exec("echo \0")).await.contains("the shell did not start"));
}
