//! A whole daemon, as systemd and its users see it: the process, its signals, its logs, its ports.

use gpu_lease_service::client::Client;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getuid};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{fs, thread};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with a configuration and what stands for systemd.
struct Place {
    folder: TempDir,
    systemd: UnixDatagram,
}

/// A daemon that runs, and is killed with the test.
struct Daemon(Child);

impl Place {
    fn new(extra: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let systemd = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        systemd.set_read_timeout(Some(PATIENCE)).unwrap();
        let place = Self { folder, systemd };
        let text = format!(
            "{extra}\ngrace = \"1s\"\nstate = {:?}\nsocket.path = {:?}\nmonitoring.listen = \"127.0.0.1:0\"\n",
            place.folder.path(),
            place.socket()
        );
        fs::write(place.config(), text).unwrap();
        place
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("api.sock")
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("sample.toml")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sample-daemon"));
        command.arg(self.config()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("NOTIFY_SOCKET", self.folder.path().join("notify")).env("WATCHDOG_USEC", "200000");
        command
    }

    fn start(&self) -> Daemon {
        Daemon(self.command().spawn().unwrap())
    }

    /// Waits until systemd is told `word`, and returns what it was told until then.
    fn told(&self, word: &str) -> String {
        let mut told = String::new();
        let mut message = [0; 1024];
        let start = Instant::now();
        while !told.contains(word) {
            assert!(start.elapsed() < PATIENCE, "no {word} after {told}");
            let length = self.systemd.recv(&mut message).unwrap_or_else(|_| panic!("no {word} after {told}"));
            told += std::str::from_utf8(&message[..length]).unwrap();
        }
        told
    }

    /// What systemd has been told and nobody has looked at.
    fn forget(&self) {
        self.systemd.set_nonblocking(true).unwrap();
        while self.systemd.recv(&mut [0; 1024]).is_ok() {}
        self.systemd.set_nonblocking(false).unwrap();
    }

    /// The answer of `/healthz` or `/metrics`: head and body.
    fn get(&self, path: &str) -> (String, String) {
        let address = fs::read_to_string(self.folder.path().join("monitoring")).unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }
}

impl Daemon {
    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().try_into().unwrap()), signal).unwrap();
    }

    /// How it ends, and its logs.
    fn end(mut self) -> (ExitStatus, Vec<Value>) {
        let mut stderr = self.0.stderr.take().unwrap();
        let logs = thread::spawn(move || {
            let mut logs = String::new();
            stderr.read_to_string(&mut logs).unwrap();
            logs
        });
        let start = Instant::now();
        let status = loop {
            match self.0.try_wait().unwrap() {
                Some(status) => break status,
                None if start.elapsed() > PATIENCE => panic!("the daemon does not end"),
                None => sleep(Duration::from_millis(10)),
            }
        };
        let logs = logs.join().unwrap();
        (status, logs.lines().map(|line| serde_json::from_str(line).expect(line)).collect())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn last_message(logs: &[Value]) -> &str {
    logs.last().unwrap()["message"].as_str().unwrap()
}

#[test]
fn systemd_is_told_of_start_life_and_end_and_sigterm_ends_with_zero() {
    let place = Place::new("");
    let daemon = place.start();
    let told = place.told("READY=1");
    assert!(!told.contains("WATCHDOG=1"), "{told}");
    place.told("WATCHDOG=1");
    daemon.signal(Signal::SIGTERM);
    place.told("STOPPING=1");
    let (status, logs) = daemon.end();
    assert_eq!(status.code(), Some(0), "{logs:?}");
    assert!(place.folder.path().join("last").exists(), "the loop did not come to its orderly end");
    assert!(
        logs.iter().any(|it| it["message"] == "stopping after SIGTERM" && it["level"] == "INFO"),
        "{logs:?}"
    );
}

#[test]
fn sigint_ends_it_too() {
    let place = Place::new("");
    let daemon = place.start();
    place.told("READY=1");
    daemon.signal(Signal::SIGINT);
    assert_eq!(daemon.end().0.code(), Some(0));
}

#[test]
fn a_second_signal_ends_at_once_and_not_with_zero() {
    let place = Place::new("then = \"hang\"");
    let daemon = Daemon(place.command().env("GPU_LEASE_SAMPLE_GRACE", "1h").spawn().unwrap());
    place.told("STATUS=hanging");
    daemon.signal(Signal::SIGTERM);
    place.told("STOPPING=1");
    // It may take its time to stop: the pings go on.
    place.told("WATCHDOG=1");
    daemon.signal(Signal::SIGTERM);
    let (status, logs) = daemon.end();
    assert_eq!(status.code(), Some(1));
    assert_eq!(last_message(&logs), "ended at once by a second signal (SIGTERM)");
}

#[test]
fn a_loop_that_does_not_stop_is_left_behind_after_the_grace() {
    let place = Place::new("then = \"hang\"");
    let daemon = place.start();
    place.told("STATUS=hanging");
    daemon.signal(Signal::SIGTERM);
    let (status, logs) = daemon.end();
    assert_eq!(status.code(), Some(1));
    assert_eq!(last_message(&logs), "counter did not stop within 1 s");
}

#[test]
fn a_panic_or_a_failure_of_a_loop_ends_the_process_with_an_error_in_json() {
    for (then, message) in [
        ("panic", "counter failed: panic: the impossible happened"),
        ("fail", "counter failed: the disk is full"),
    ] {
        let place = Place::new(&format!("then = {then:?}"));
        let (status, logs) = place.start().end();
        assert_eq!(status.code(), Some(1));
        assert_eq!(last_message(&logs), message);
        place.told("STOPPING=1");
    }
}

#[test]
fn a_loop_that_hangs_is_unhealthy_and_ends_the_pings() {
    let place = Place::new("then = \"hang\"");
    let _daemon = place.start();
    place.told("READY=1");
    let (head, body) = place.get("/healthz");
    assert!(head.starts_with("HTTP/1.1 200 ") && body.contains("{\"ok\":true,"), "{head}\n{body}");
    place.told("STATUS=hanging: counter");
    let (head, body) = place.get("/healthz");
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    let body: Value = serde_json::from_str(&body).unwrap();
    let check = &body["checks"][0];
    assert_eq!(
        (&body["ok"], &check["name"], &check["ok"]),
        (&false.into(), &"counter".into(), &false.into())
    );
    assert!(check["problem"].as_str().unwrap().starts_with("no report for 2 s"), "{check}");
    assert!(check["since"].as_str().unwrap().ends_with('Z'), "{check}");
    place.forget();
    assert!(!place.told("STATUS=hanging").contains("WATCHDOG=1"));
}

#[test]
fn metrics_are_served_as_openmetrics() {
    let place = Place::new("");
    let _daemon = place.start();
    place.told("READY=1");
    let (head, body) = place.get("/metrics");
    let media_type = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(head.contains(media_type), "{head}");
    assert!(body.contains("build_info{program=\"sample\"") && body.ends_with("# EOF\n"), "{body}");
    assert!(body.contains("health_check{check=\"counter\"} 1"), "{body}");
}

#[test]
fn a_folder_has_one_daemon_at_a_time_and_is_free_after_a_kill() {
    let place = Place::new("");
    let daemon = place.start();
    place.told("READY=1");
    let pid = daemon.0.id();
    let (status, logs) = place.start().end();
    assert_eq!(status.code(), Some(1));
    let expected = format!("in use by process {pid}; stop that process");
    assert!(last_message(&logs).contains(&expected), "{logs:?}");
    daemon.signal(Signal::SIGKILL);
    daemon.end();
    place.forget();
    // The socket that the killed one left is replaced.
    let _daemon = place.start();
    place.told("READY=1");
}

#[tokio::test]
async fn whoever_calls_on_the_socket_is_known_by_its_user() {
    let place = Place::new("");
    let _daemon = place.start();
    place.told("READY=1");
    let client = Client::unix(&place.socket(), PATIENCE).unwrap();
    let (user, count): (u32, u64) = client.post("/add", &7).await.unwrap();
    assert_eq!((user, count), (getuid().as_raw(), 7));
}

#[test]
fn check_names_every_fault_and_starts_nothing() {
    let place = Place::new("");
    let output = place.command().arg("--check").output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"The configuration is fine.\n");
    let nowhere = place.command().arg("--check").env("GPU_LEASE_SAMPLE_STATE", "/nowhere").output().unwrap();
    assert_eq!(nowhere.status.code(), Some(1));
    assert_eq!(nowhere.stderr, b"/nowhere is not a folder; make it\n");
    let wrong = place.command().arg("--check").env("GPU_LEASE_SAMPLE_STAET", "/nowhere").output().unwrap();
    let stderr = String::from_utf8(wrong.stderr).unwrap();
    assert!(stderr.ends_with("unknown key `staet`; did you mean `state`?\n"), "{stderr}");
    assert!(!place.socket().exists());
}

#[test]
fn outside_systemd_a_daemon_runs_all_the_same() {
    let place = Place::new("");
    let daemon =
        Daemon(place.command().env_remove("NOTIFY_SOCKET").env_remove("WATCHDOG_USEC").spawn().unwrap());
    let start = Instant::now();
    while !place.folder.path().join("monitoring").exists() {
        assert!(start.elapsed() < PATIENCE);
        sleep(Duration::from_millis(10));
    }
    while !place.get("/healthz").0.starts_with("HTTP/1.1 200 ") {
        assert!(start.elapsed() < PATIENCE);
        sleep(Duration::from_millis(10));
    }
    daemon.signal(Signal::SIGTERM);
    assert_eq!(daemon.end().0.code(), Some(0));
}
