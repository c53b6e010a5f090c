use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::SinkExt;
use gpu_lease_helper::protocol::{Exit, Request, Size, ToHelper};

use crate::harness::{Helper, ended, eventually, is_alive, pty, send, until};

/// After it a program that was said to start has started.
const BEGUN: Duration = Duration::from_millis(500);

fn exec(line: &str) -> Request {
    Request::Exec { command: line.to_owned(), pty: pty(100, 30), env: BTreeMap::new() }
}

#[tokio::test]
async fn a_shell_knows_its_terminal_and_each_new_size() {
    let helper = Helper::start().await;
    let mut shell = helper.open(Request::Shell { pty: pty(100, 30), env: BTreeMap::new() }).await;
    send(&mut shell, "stty size; echo $TERM; tty\n").await;
    let seen = until(&mut shell, "/dev/pts/").await;
    assert!(seen.contains("30 100") && seen.contains("xterm-256color"), "{seen}");
    send(&mut shell, "trap 'echo resized to $(stty size)' WINCH; echo $((40+2)) set\n").await;
    until(&mut shell, "42 set").await;
    shell.send(ToHelper::Resize(Size { columns: 77, rows: 11 })).await.unwrap();
    send(&mut shell, "\n").await;
    until(&mut shell, "resized to 11 77").await;
    send(&mut shell, "exit 5\n").await;
    assert_eq!(ended(&mut shell).await.exit, Exit::Code { code: 5 });
}

#[tokio::test]
async fn keys_make_signals_and_jobs_can_be_stopped() {
    let helper = Helper::start().await;
    let mut shell = helper.open(Request::Shell { pty: pty(80, 24), env: BTreeMap::new() }).await;
    // What is awaited is not in what is typed, which the terminal repeats.
    send(&mut shell, "PS1='rea''dy> '\n").await;
    until(&mut shell, "ready> ").await;
    send(&mut shell, "echo $((40+2)) sleeps; sleep 1000\n").await;
    until(&mut shell, "42 sleeps").await;
    tokio::time::sleep(BEGUN).await;
    send(&mut shell, "\x1a").await;
    assert!(until(&mut shell, "ready> ").await.contains("Stopped"));
    send(&mut shell, "kill %1; echo x$?x; echo $((40+3)) reads; cat\n").await;
    assert!(until(&mut shell, "43 reads").await.contains("x0x"));
    tokio::time::sleep(BEGUN).await;
    send(&mut shell, "\x03").await;
    until(&mut shell, "ready> ").await;
    send(&mut shell, "echo y$?y; exit\n").await;
    until(&mut shell, "y130y").await;
    assert_eq!(ended(&mut shell).await.exit, Exit::Code { code: 0 });
}

#[tokio::test]
async fn all_output_of_a_terminal_arrives_before_the_exit() {
    let helper = Helper::start().await;
    for _ in 0..10 {
        let done =
            ended(&mut helper.open(exec("stty -opost; head -c 300000 /dev/zero | tr '\\0' x; exit 9")).await)
                .await;
        assert_eq!((done.stdout.len(), done.exit), (300_000, Exit::Code { code: 9 }));
    }
}

#[tokio::test]
async fn exit_ends_a_terminal_that_one_in_the_background_still_holds() {
    let helper = Helper::start().await;
    let began = Instant::now();
    let done = ended(&mut helper.open(exec("trap '' HUP; sleep 1000 & echo bye")).await).await;
    assert_eq!((done.stdout.as_str(), done.exit), ("bye\r\n", Exit::Code { code: 0 }));
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn closing_hangs_up_the_shell_and_its_jobs() {
    let helper = Helper::start().await;
    let mut shell = helper.open(Request::Shell { pty: pty(80, 24), env: BTreeMap::new() }).await;
    send(&mut shell, "sleep 1000 & echo $((40+2)) $$ $!.\n").await;
    let mut seen = until(&mut shell, "42 ").await;
    while !seen.rsplit("42 ").next().unwrap().contains('.') {
        seen += &until(&mut shell, ".").await;
    }
    let pids = seen.rsplit("42 ").next().unwrap().split('.').next().unwrap();
    drop(shell);
    for pid in pids.split(' ') {
        assert!(pid.parse::<u32>().is_ok(), "{seen:?}");
        eventually("it has ended", async || !is_alive(pid)).await;
    }
}
