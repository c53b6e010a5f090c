//! Leases in containers of a real engine: the processes that a provider runs, and a renter with the command line and OpenSSH.

use std::collections::HashMap;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
};
use gpu_lease_agent::machine::Notebook;
use gpu_lease_agent::meter::{Cause, Row};
use gpu_lease_agent::plan::life_of;
use gpu_lease_agent::store::Store;
use gpu_lease_tests::prelude::*;
use serde_json::Value;
use tokio::task::block_in_place;
use tokio::time::sleep;

use crate::daemons::{Daemon, Said, configuration, ended, open, renter, say};
use crate::helper::helper;
use crate::place::{Place, SOON, lease, until};
use crate::programs::program;
use crate::world::{BROKEN, IMAGE, World, world, world_alone};

/// The gateway's user and group: nobody else's.
const GATEWAY: u32 = 64_323;

/// A provider whose leases run in containers.
pub struct Site<'a> {
    /// First to go, since it reads what is in the place.
    _said: Said,
    pub world: &'a World,
    pub place: Place,
    config: PathBuf,
    /// The runtime's folder.
    state: PathBuf,
    _signer: Daemon,
    _gateway: Daemon,
}

impl<'a> Site<'a> {
    /// With all but the agent running.
    pub async fn new(world: &'a World, image: &str, grace: &str) -> Self {
        let place = Place::new().await;
        let folder = place.folder.path();
        fs::set_permissions(folder, Permissions::from_mode(0o711)).unwrap();
        let state = tempfile::Builder::new().prefix("leases-").tempdir_in(&world.folder).unwrap().keep();
        let runtime = format!(
            "kind = \"docker\"\nengine = \"{}/docker.sock\"\nstate = \"{}\"\nhelper = \"{}\"\ngroup = \"{GATEWAY}\"\n\
             open_files = 4096",
            world.folder.display(),
            state.display(),
            helper().display()
        );
        let config = configuration(&place, &runtime, image, grace);
        let gateway = folder.join("gateway");
        fs::create_dir(&gateway).unwrap();
        chown(&gateway, Some(GATEWAY), Some(GATEWAY)).unwrap();
        // By its descriptor, since it may be where that user does not get to by its path.
        let binary = File::open(program("gpu-lease-agent")).unwrap();
        let mut unprivileged = Command::new(format!("/proc/self/fd/{}", binary.as_raw_fd()));
        unprivileged.uid(GATEWAY).gid(GATEWAY).current_dir("/");
        let _gateway = Daemon::spawn(&mut unprivileged, &config, "gateway");
        until("the host key", SOON, || async { gateway.join("host_key").exists() }).await;
        let (_signer, _said) = (Daemon::start(&config, "signer"), Said(config.with_extension("log")));
        Self { _said, world, place, config, state, _signer, _gateway }
    }

    /// The agent, on the engine's network.
    pub fn agent(&self) -> Daemon {
        let path = format!("{}/bin:{}", self.world.folder.display(), std::env::var("PATH").unwrap());
        Daemon::spawn(Command::new(program("gpu-lease-agent")).env("PATH", path), &self.config, "run")
    }

    /// What was delivered of a lease. The agent must not run.
    pub async fn record(&self, address: &Address) -> Vec<Row> {
        let store = Store::open(&self.place.folder.path().join("agent/store")).unwrap();
        let life = life_of(&lease(&self.place, address).await.unwrap());
        Notebook::open(Arc::new(store)).unwrap().rows(&life, 0, usize::MAX).unwrap()
    }

    /// Waits until a renter's command is answered.
    pub async fn answers(&self, address: &Address) {
        until("a login", SOON, || async { say(&self.place, address, "echo in") == "in\n" }).await;
    }

    /// The container of a lease, if it is there: which one, since when it runs, and its variables.
    async fn container(&self, address: &Address) -> Option<(String, String, Vec<String>)> {
        let slot = lease(&self.place, address).await.unwrap().opened_slot;
        let name = format!("gpu-lease-{address}-{slot}");
        let found = self.world.engine().inspect_container(&name, None).await.ok()?;
        Some((found.id?, found.state?.started_at?, found.config?.env.unwrap_or_default()))
    }

    /// All that there is of a lease outside of the agent's book.
    pub async fn rest(&self, address: &Address) -> Vec<String> {
        let engine = self.world.engine();
        let ours = HashMap::from([("label", vec![format!("gpu-lease.lease={address}")])]);
        let containers = ListContainersOptionsBuilder::default().all(true).filters(&ours).build();
        let networks = ListNetworksOptionsBuilder::default().filters(&ours).build();
        let volumes = ListVolumesOptionsBuilder::default().filters(&ours).build();
        let mut rest = Vec::new();
        rest.extend(
            engine.list_containers(Some(containers)).await.unwrap().into_iter().filter_map(|it| it.id),
        );
        rest.extend(engine.list_networks(Some(networks)).await.unwrap().into_iter().filter_map(|it| it.name));
        let volumes = engine.list_volumes(Some(volumes)).await.unwrap().volumes;
        rest.extend(volumes.into_iter().flatten().map(|it| it.name));
        rest.extend(files(&self.state).filter(|name| name.contains(&address.to_string())));
        rest
    }

    /// Waits until nothing of a lease is left, and it was the last.
    async fn is_left_clean(&self, address: &Address) {
        let until = Instant::now() + Duration::from_secs(90);
        loop {
            let left = [self.rest(address).await, self.traces()].concat();
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < until, "{left:#?}");
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// All that there is of any lease on the machine.
    pub fn traces(&self) -> Vec<String> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let state = self.state.to_str().unwrap();
        let mounted = mounts.lines().filter(|mount| mount.contains(state)).map(str::to_owned);
        let links = self.world.on_machine("ip", &["-o", "link", "show", "type", "bridge"]);
        let bridges = links.lines().filter(|link| link.contains(": gpul-")).map(str::to_owned);
        mounted.chain(bridges).chain(files(&self.state.join("run"))).collect()
    }
}

fn files(folder: &Path) -> impl Iterator<Item = String> {
    fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
}

/// The rules of the machine that are the agent's, and those of others about leases' bridges.
fn rules(world: &World) -> (Vec<String>, Vec<String>) {
    let rules = world.on_machine("iptables", &["-S"]);
    let (ours, others): (Vec<_>, Vec<_>) =
        rules.lines().map(str::to_owned).partition(|rule| rule.contains("GPU-LEASE"));
    (ours, others.into_iter().filter(|rule| rule.contains("gpul-")).collect())
}

/// Seconds of a record that do not count, by their causes.
pub fn lost(record: &[Row]) -> Vec<(Cause, i64, i64)> {
    let mut lost: Vec<(Cause, i64, i64)> = Vec::new();
    for row in record {
        match (lost.last_mut(), row.cause) {
            // Rows end with their minutes.
            (Some((cause, _, to)), Some(same)) if *cause == same && *to == row.from => *to = row.to,
            (_, Some(cause)) => lost.push((cause, row.from, row.to)),
            (_, None) => {}
        }
    }
    lost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_outlasts_its_agent_its_engine_and_its_machine_and_leaves_nothing() {
    let Some(world) = world_alone().await else { return };
    let site = Site::new(&world, IMAGE, "10m").await;
    let place = &site.place;
    let agent = site.agent();
    let address = open(place, "100s");
    until("the start", SOON, || async { lease(place, &address).await.unwrap().started_at > 0 }).await;
    site.answers(&address).await;
    let say = |command: &str| say(place, &address, command);
    assert_eq!(say("echo $((6 * 7)) > answer; pwd; id -u"), "/workspace\n0\n");
    let before = site.container(&address).await.unwrap();
    let rules = rules(&world);

    // Agent and engine are killed under a session, which does not notice.
    let arguments = ["lease", "ssh", &address.to_string(), "--", "read a; echo $a; read b; echo $b"];
    let mut session = renter(place, &arguments);
    let session = session.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut session = session.spawn().unwrap();
    let mut input = session.stdin.take().unwrap();
    writeln!(input, "one").unwrap();
    sleep(Duration::from_secs(3)).await;
    let killed_at = place.net.now().await.unwrap();
    agent.kill();
    world.kill_engine();
    assert_eq!(say("cat answer"), "42\n");
    sleep(Duration::from_secs(3)).await;
    world.start_engine();
    let agent = site.agent();
    writeln!(input, "two").unwrap();
    drop(input);
    let said = block_in_place(|| session.wait_with_output()).unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "one\ntwo\n");
    sleep(Duration::from_secs(4)).await;
    assert_eq!(site.container(&address).await.unwrap(), before);

    // The machine goes down with all that runs on it, and comes back.
    let down_at = place.net.now().await.unwrap();
    block_in_place(|| world.power_off());
    assert_eq!(say("cat answer"), "");
    sleep(Duration::from_secs(3)).await;
    block_in_place(|| world.start_engine());
    site.answers(&address).await;
    assert_eq!(say("cat answer"), "42\n");
    let after = site.container(&address).await.unwrap();
    assert_eq!((&after.0, &after.2), (&before.0, &before.2));
    assert_ne!(after.1, before.1);
    sleep(Duration::from_secs(3)).await;
    agent.kill();
    let record = site.record(&address).await;
    let _agent = site.agent();
    let lost = lost(&record);
    let [first, second] = [killed_at, down_at].map(|at| {
        let is_then = |(_, _, to): &&(Cause, i64, i64)| *to > at;
        *lost.iter().find(is_then).unwrap_or_else(|| panic!("nothing was lost after {at}: {lost:?}"))
    });
    // A second or two, unless this machine is so busy that one sample comes late.
    assert!(first.0 == Cause::Unobserved && killed_at - first.1 <= 4, "killed at {killed_at}: {lost:?}");
    assert!(second.0 == Cause::Engine && down_at - second.1 <= 4, "down at {down_at}: {lost:?}");

    // To its end, stated as it was recorded.
    until("the last statement", Duration::from_secs(150), || async {
        let there = lease(place, &address).await.unwrap();
        there.meter.window_end == there.ends_at
    })
    .await;
    let there = lease(place, &address).await.unwrap();
    let units = i64::try_from(there.meter.latest.units).unwrap();
    let known: i64 = lost.iter().map(|(_, from, to)| to - from).sum();
    let length = there.ends_at - there.started_at;
    assert!(units <= length - known && units >= length - known - 10, "{units} of {length}: {lost:?}");

    // Its cards are given back, its files can be fetched, and nothing can be run.
    let holds_cards = |variables: &[String]| variables.iter().any(|it| it.contains("SIMULATED_CARDS"));
    assert!(holds_cards(&before.2));
    let print = ["lease", "ssh", "--print", "--output", "json", &address.to_string()];
    let printed = ended(&mut renter(place, &print));
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let words: Vec<&str> =
        printed["command"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let (fetched, from) = (place.folder.path().join("fetched"), format!("{}:answer", words.last().unwrap()));
    until("the files", SOON, || async {
        let mut scp = Command::new("scp");
        scp.args(["-q", "-s", words[1], words[2], &from]).arg(&fetched).stdin(Stdio::null());
        let found = site.container(&address).await;
        ended(&mut scp).status.success() && found.is_some_and(|(_, _, variables)| !holds_cards(&variables))
    })
    .await;
    assert_eq!(fs::read_to_string(&fetched).unwrap(), "42\n");
    assert_eq!(say("echo in"), "");

    // Once the time for that is over, there is nothing left of it.
    place.net.validator.travel_to(there.ends_at + 3_700).unwrap();
    until("the close", Duration::from_secs(90), || async { lease(place, &address).await.is_none() }).await;
    site.is_left_clean(&address).await;
    assert_eq!(self::rules(&world).0, rules.0);
    assert_eq!(self::rules(&world).1, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_cannot_be_run_is_tried_again_until_the_lease_is_gone_and_leaves_nothing() {
    let Some(world) = world().await else { return };
    let site = Site::new(&world, BROKEN, "10m").await;
    let _agent = site.agent();
    let address = open(&site.place, "60s");
    let log = site.config.with_extension("log");
    until("a second try", SOON, || async {
        fs::read_to_string(&log).unwrap().matches("the image cannot be run").count() > 1
    })
    .await;
    assert_ne!(site.rest(&address).await, Vec::<String>::new());
    let cancel = ["lease", "cancel", &address.to_string()];
    let cancelled = ended(&mut renter(&site.place, &cancel));
    assert!(cancelled.status.success(), "{cancelled:?}");
    site.is_left_clean(&address).await;
}
