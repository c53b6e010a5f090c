//! Agent and gateway as two users of a machine.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use gpu_lease_agent::config::{Config, PREFIX};
use gpu_lease_agent::doors::{GatewayDoors, public_host_key};
use gpu_lease_agent::machine::{Doors, Pass};
use gpu_lease_agent::plan::{Access, Door};
use gpu_lease_runtime::Life;

use crate::daemons::{Daemon, free_port};
use crate::programs::program;

/// Nobody: a user who owns nothing.
const OTHER: u32 = 65_534;

const USER_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA0iiVf4yE66gcRA6qG6Z5UR2oWiRF4CnwVyEezkXLQO";

/// The program, as the other user starts it.
fn as_other(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.uid(OTHER).gid(OTHER).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn is_let(mut command: Command) -> bool {
    command.output().unwrap().status.success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_of_another_user_makes_the_host_key_and_reads_who_may_log_in_and_neither_does_the_other_s()
{
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("SKIPPED: only root can start a gateway as another user; run this test with sudo");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    for (name, owner) in [("gateway", OTHER), ("admissions", 0)] {
        fs::create_dir(at(name)).unwrap();
        // As a unit with a strict umask makes it.
        fs::set_permissions(at(name), Permissions::from_mode(0o700)).unwrap();
        chown(at(name), Some(owner), Some(owner)).unwrap();
    }
    // Wherever it was built, others may not get there.
    fs::copy(program("gpu-lease-agent"), at("gpu-lease-agent")).unwrap();
    let example = include_str!("../../crates/agent/gpu-lease-agent.toml");
    let text = example
        .replace("/var/lib/gpu-lease-agent", &folder.path().to_string_lossy())
        .replace("[::]:2222", &format!("127.0.0.1:{}", free_port()))
        .replace("127.0.0.1:9473", &format!("127.0.0.1:{}", free_port()));
    fs::write(at("agent.toml"), text).unwrap();
    let config: Config = gpu_lease_service::config::load(Some(&at("agent.toml")), PREFIX).unwrap();

    // The agent comes first, and says what it waits for.
    let doors = GatewayDoors::open(&config.gateway, config.machine.api().path).unwrap();
    let waited = public_host_key(&config.gateway, Duration::from_millis(200)).await.unwrap_err().to_string();
    assert!(waited.ends_with("start `gpu-lease-agent gateway`"), "{waited}");
    assert!(!at("gateway/host_key").exists());

    let mut command = as_other(at("gpu-lease-agent"));
    command.arg("--config").arg(at("agent.toml")).arg("gateway").stdout(Stdio::null());
    let _gateway = Daemon(command.stderr(Stdio::inherit()).spawn().unwrap());
    public_host_key(&config.gateway, Duration::from_secs(30)).await.unwrap();
    let key = fs::metadata(at("gateway/host_key")).unwrap();
    assert_eq!((key.uid(), key.mode() & 0o777), (OTHER, 0o600));

    // What the agent writes, the gateway reads, and cannot write.
    let life = Life { lease: "4oEyWbjTi7DYP3JGcQKkf9mrXCPfXRaFkCEHbPbKoEgc".to_owned(), opened_slot: 1 };
    let pass = Pass {
        door: Door::to_closed(Access::Open, ""),
        user_key: USER_KEY.to_owned(),
        socket: at("leases/run/one/s"),
    };
    doors.set(&life, &pass).unwrap();
    let admission = at("admissions").join(format!("{}.json", life.lease));
    let with = |program: &str, arguments: &[&Path]| {
        let mut command = as_other(program);
        command.args(arguments);
        is_let(command)
    };
    assert!(with("cat", &[&admission]));
    assert!(!with("rm", &["-f".as_ref(), &admission]));
    assert!(!with("touch", &[&at("admissions/another.json")]));
    doors.remove(&life).unwrap();
    assert!(!admission.exists());
}
