use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gpu_lease_helper::{Error, probe};
use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::harness::{BINARY, Helper, PATIENCE, ended, eventually, exec, is_alive, until};

/// A helper that is PID 1 of a namespace of its own, as in a container.
async fn first_process() -> Helper {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc", BINARY]);
    Helper::start_by(command).await
}

#[tokio::test]
async fn a_probe_tells_version_and_uptime() {
    let helper = Helper::start().await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let alive = probe(&helper.socket(), PATIENCE).await.unwrap();
    assert_eq!(alive.version, env!("CARGO_PKG_VERSION"));
    assert!(alive.uptime >= Duration::from_secs(1) && alive.uptime < PATIENCE);
}

#[tokio::test]
async fn only_its_user_may_connect_unless_others_are_let_in() {
    let mode = |helper: &Helper| fs::metadata(helper.socket()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&Helper::start().await), 0o600);
    let mut command = Command::new(BINARY);
    command.env("GPU_LEASE_HELPER_MODE", "660");
    assert_eq!(mode(&Helper::start_by(command).await), 0o660);
}

#[tokio::test]
async fn a_stale_socket_is_replaced_and_one_in_use_or_a_file_is_not() {
    let folder = TempDir::new().unwrap();
    let socket = folder.path().join("socket");
    let start = || {
        let mut command = Command::new(BINARY);
        command.arg("--socket").arg(&socket).arg("--workspace").arg(folder.path());
        command.stderr(Stdio::piped()).spawn().unwrap()
    };
    let refusal = || {
        let output = start().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };

    fs::write(&socket, "a file").unwrap();
    assert!(refusal().contains("something else in its place"));
    assert_eq!(fs::read_to_string(&socket).unwrap(), "a file");
    fs::remove_file(&socket).unwrap();

    drop(UnixListener::bind(&socket).unwrap());
    assert!(matches!(probe(&socket, PATIENCE).await, Err(Error::Unreachable { .. })));
    let mut first = start();
    eventually("it answers", async || probe(&socket, PATIENCE).await.is_ok()).await;
    assert!(refusal().contains("another helper listens there"));
    assert!(probe(&socket, PATIENCE).await.is_ok());

    // Killed, it leaves the socket behind.
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(socket.exists());
    let mut second = start();
    eventually("it answers", async || probe(&socket, PATIENCE).await.is_ok()).await;
    second.kill().unwrap();
    second.wait().unwrap();
}

#[tokio::test]
async fn orphans_are_reaped_and_nobodys_exit_is_lost() {
    for helper in [Helper::start().await, first_process().await] {
        let orphan = "for i in $(seq 50); do setsid sh -c 'sleep 0.2' & done; exit 6";
        for _ in 0..5 {
            let exit = helper.run(orphan).await.exit;
            assert_eq!(exit, gpu_lease_helper::protocol::Exit::Code { code: 6 });
        }
        // By state and parent in /proc.
        let zombies = "cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' | grep -c \"^Z $PPID \"; true";
        let began = Instant::now();
        while began.elapsed() < PATIENCE && helper.run(zombies).await.stdout.trim() != "0" {}
        assert_eq!(helper.run(zombies).await.stdout.trim(), "0");
    }
}

#[tokio::test]
async fn a_signal_ends_it_and_everything_below_it() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut helper = Helper::start().await;
        let mut polite =
            helper.exec("trap 'echo bye; exit 0' TERM INT; echo ready; while :; do sleep 0.05; done").await;
        until(&mut polite, "ready").await;
        // Out of its session, without a parent, and deaf.
        let deaf = helper.run("(trap '' HUP TERM INT; setsid sleep 1000 & echo $!)").await.stdout;
        assert!(is_alive(deaf.trim()));
        let began = Instant::now();
        helper.signal(signal);
        assert!(ended(&mut polite).await.stdout.contains("bye"));
        assert_eq!(helper.ended().await, Some(0));
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
        assert!(!is_alive(deaf.trim()) && !helper.socket().exists());
    }
}

#[tokio::test]
async fn a_signal_ends_the_first_process_of_a_container() {
    let mut helper = first_process().await;
    assert_eq!(helper.run("cat /proc/1/comm").await.stdout.trim(), "gpu-lease-helpe");
    let mut deaf = helper.exec("trap '' HUP TERM; echo ready; while :; do sleep 0.05; done").await;
    until(&mut deaf, "ready").await;
    // `unshare` is its parent, and passes nothing on.
    let children = format!("/proc/{0}/task/{0}/children", helper.process.id());
    let first = fs::read_to_string(children).unwrap();
    let first: i32 = first.trim().parse().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(first), Signal::SIGTERM).unwrap();
    assert_eq!(helper.ended().await, Some(0));
    assert!(!is_alive(&first.to_string()));
}

#[tokio::test]
async fn the_first_process_of_a_container_serves_nobody_beside_it() {
    let helper = first_process().await;
    let socket = helper.socket();
    let ask = format!(
        "exec 2>&1; command -v python3 >/dev/null || exit 9; python3 -c \"\n\
         import socket\n\
         s = socket.socket(socket.AF_UNIX)\n\
         s.connect('{}')\n\
         try:\n    s.sendall(b'\\0\\0\\0\\x11\\0{{\\\"kind\\\":\\\"probe\\\"}}')\n    print(s.recv(9))\n\
         except OSError as error:\n    print(type(error).__name__)\n\"",
        socket.display()
    );
    let inside = helper.run(&ask).await;
    assert!(
        ["b''\n", "ConnectionResetError\n", "BrokenPipeError\n"].contains(&inside.stdout.as_str()),
        "{inside:?}"
    );
    assert!(probe(&socket, PATIENCE).await.is_ok());
    // The same words from outside, beside a helper that is not the first process, are a probe.
    let beside = Helper::start().await;
    let ask = ask.replace(socket.to_str().unwrap(), beside.socket().to_str().unwrap());
    assert!(beside.run(&ask).await.stdout.starts_with("b'\\x00\\x00\\x00"));
}

#[tokio::test]
async fn a_request_to_what_is_no_helper_fails_in_time_and_follows_no_link() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let short = Duration::from_millis(300);
    assert!(matches!(probe(&path("nothing"), short).await, Err(Error::Unreachable { .. })));
    fs::write(path("file"), "").unwrap();
    assert!(matches!(probe(&path("file"), short).await, Err(Error::Unreachable { .. })));

    let _silent = UnixListener::bind(path("silent")).unwrap();
    assert!(matches!(probe(&path("silent"), short).await, Err(Error::Silent(_))));
    assert!(matches!(
        gpu_lease_helper::connect(&path("silent"), exec("true"), short).await,
        Err(Error::Silent(_))
    ));

    let helper = Helper::start().await;
    std::os::unix::fs::symlink(helper.socket(), path("link")).unwrap();
    assert!(matches!(probe(&path("link"), PATIENCE).await, Err(Error::Unreachable { .. })));
    fs::hard_link(helper.socket(), path("same")).unwrap();
    assert!(probe(&path("same"), PATIENCE).await.is_ok());

    // Longer than a socket's address can be.
    let deep = path(&"d".repeat(120));
    fs::create_dir(&deep).unwrap();
    fs::hard_link(helper.socket(), deep.join("socket")).unwrap();
    assert!(probe(&deep.join("socket"), PATIENCE).await.is_ok());
}

#[test]
fn a_wrong_command_line_is_told_with_how_it_is_used() {
    for (args, told) in [
        (&["--workspace", "/tmp"][..], "say where to listen"),
        (&["--socket"], "missing argument"),
        (&["--socket", "s", "--mode", "9"], "9"),
        (&["--socket", "s", "--what"], "--what"),
    ] {
        let output = Command::new(BINARY).args(args).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr.contains(told) && stderr.contains("Usage: gpu-lease-helper"), "{stderr}");
    }
    let output = Command::new(BINARY).arg("--version").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains(env!("CARGO_PKG_VERSION")));
}
