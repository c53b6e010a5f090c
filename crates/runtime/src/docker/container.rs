//! What the engine is asked to make for a lease: a container, a network, a workspace.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::Path;

use bollard::models::{
    ContainerCreateBody, DeviceRequest, HealthConfig, HostConfig, HostConfigCgroupnsModeEnum,
    HostConfigLogConfig, Ipam, IpamConfig, Mount, MountType, NetworkCreateRequest, ResourcesUlimits,
    RestartPolicy, RestartPolicyNameEnum, VolumeCreateRequest,
};
use ipnet::Ipv4Net;

use crate::error::Result;
use crate::firewall::BRIDGE;
use crate::lease::{Life, Spec};

/// Labels of all that is ours.
const LEASE: &str = "gpu-lease.lease";
const SLOT: &str = "gpu-lease.opened-slot";
/// Label of a container: what it was made with.
const SPEC: &str = "gpu-lease.spec";

/// Where the helper is in a container, and where it listens.
const HELPER: &str = "/.gpu-lease/helper";
const RUN: &str = "/.gpu-lease/run";
/// Name of its socket.
pub const SOCKET: &str = "helper.sock";
/// Where the workspace is.
pub const WORKSPACE: &str = "/workspace";

/// Docker's own capabilities but for NET_RAW (forged packets), MKNOD (devices), SETFCAP and SETPCAP (more capabilities).
/// Package managers need the rest.
const CAPABILITIES: [&str; 10] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "NET_BIND_SERVICE",
    "SETGID",
    "SETUID",
    "SYS_CHROOT",
];

/// Labels that name a life.
pub fn labels(life: &Life) -> HashMap<String, String> {
    HashMap::from([(LEASE.into(), life.lease.clone()), (SLOT.into(), life.opened_slot.to_string())])
}

/// Whether the labels of something name this life. They are hints: only what has a record is ours.
pub fn is_labelled(labels: Option<&HashMap<String, String>>, life: &Life) -> bool {
    labels.is_some_and(|found| self::labels(life).iter().all(|(name, value)| found.get(name) == Some(value)))
}

/// Whether a container's labels say that it was made for this life with this spec.
pub fn is_made_with(labels: Option<&HashMap<String, String>>, life: &Life, spec: &Spec) -> Result<bool> {
    let digest = spec.digest()?;
    Ok(is_labelled(labels, life) && labels.and_then(|labels| labels.get(SPEC)) == Some(&digest))
}

/// What filters the engine's lists.
pub fn filter() -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![LEASE.to_owned()])])
}

/// Name of a life's network, and of its bridge.
pub fn network_name(life: &Life) -> String {
    format!("gpu-lease-{}", life.short())
}

fn bridge_name(life: &Life) -> String {
    format!("{BRIDGE}{}", &life.short()[..10])
}

/// What a container of a lease takes of this machine.
pub struct Place<'a> {
    /// The helper's binary.
    pub helper: &'a Path,
    /// The folder of the helper's socket.
    pub run: &'a Path,
    /// Name servers.
    pub resolvers: &'a [Ipv4Addr],
    /// Most open files of a process.
    pub open_files: u64,
}

/// The container.
pub fn container(life: &Life, spec: &Spec, place: &Place) -> Result<ContainerCreateBody> {
    let name = life.name()?;
    let mut labels = labels(life);
    labels.insert(SPEC.into(), spec.digest()?);
    let bind = |from: &Path, to: &str, read_only: bool| Mount {
        typ: Some(MountType::BIND),
        source: Some(from.display().to_string()),
        target: Some(to.into()),
        read_only: Some(read_only),
        ..Mount::default()
    };
    let workspace = Mount {
        typ: Some(MountType::VOLUME),
        source: Some(name),
        target: Some(WORKSPACE.into()),
        ..Mount::default()
    };
    let limit = |name: &str, most: i64| ResourcesUlimits {
        name: Some(name.into()),
        soft: Some(most),
        hard: Some(most),
    };
    let cards = spec.cards.iter().map(|card| format!("nvidia.com/gpu={card}")).collect::<Vec<_>>();
    let limits = &spec.limits;
    let memory = amount(limits.memory);
    let host = HostConfig {
        mounts: Some(vec![bind(place.helper, HELPER, true), bind(place.run, RUN, false), workspace]),
        network_mode: Some(network_name(life)),
        dns: Some(place.resolvers.iter().map(Ipv4Addr::to_string).collect()),
        memory: Some(memory),
        // As much as memory: no swap.
        memory_swap: Some(memory),
        nano_cpus: Some(amount(limits.millicores).saturating_mul(1_000_000)),
        shm_size: Some(amount(limits.shared_memory)),
        pids_limit: Some(limits.processes.into()),
        storage_opt: limits.disk.map(|disk| HashMap::from([("size".into(), layer(disk).to_string())])),
        ulimits: Some(vec![limit("nofile", amount(place.open_files)), limit("core", 0)]),
        device_requests: (!cards.is_empty()).then(|| {
            vec![DeviceRequest {
                driver: Some("cdi".into()),
                device_ids: Some(cards),
                ..DeviceRequest::default()
            }]
        }),
        cap_drop: Some(vec!["ALL".into()]),
        cap_add: Some(CAPABILITIES.map(String::from).into()),
        security_opt: Some(vec!["no-new-privileges".into()]),
        cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
        ipc_mode: Some("private".into()),
        // After a reboot the engine would start it before the firewall is there: the agent starts it.
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        log_config: Some(HostConfigLogConfig {
            typ: Some("local".into()),
            config: Some(HashMap::from([("max-size".into(), "1m".into()), ("max-file".into(), "2".into())])),
        }),
        ..HostConfig::default()
    };
    let socket = format!("{RUN}/{SOCKET}");
    // Who gets to it is decided by its folder.
    let arguments = ["--socket", &socket, "--mode", "666", "--workspace", WORKSPACE].map(String::from);
    Ok(ContainerCreateBody {
        image: Some(spec.image.clone()),
        hostname: Some(life.short()),
        // What follows is said although it is empty or usual, since the image may say otherwise.
        user: Some("0:0".into()),
        entrypoint: Some(vec![HELPER.into()]),
        cmd: Some(arguments.into()),
        working_dir: Some(WORKSPACE.into()),
        stop_signal: Some("SIGTERM".into()),
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".into()]), ..HealthConfig::default() }),
        env: Some(spec.env.iter().map(|(name, value)| format!("{name}={value}")).collect()),
        labels: Some(labels),
        host_config: Some(host),
        ..ContainerCreateBody::default()
    })
}

/// The workspace.
pub fn workspace(life: &Life, disk: Option<u64>) -> Result<VolumeCreateRequest> {
    Ok(VolumeCreateRequest {
        name: Some(life.name()?),
        driver: Some("local".into()),
        driver_opts: disk.map(|disk| HashMap::from([("size".into(), (disk - layer(disk)).to_string())])),
        labels: Some(labels(life)),
        ..VolumeCreateRequest::default()
    })
}

/// The network.
pub fn network(life: &Life, subnet: Ipv4Net) -> NetworkCreateRequest {
    let subnet = IpamConfig { subnet: Some(subnet.to_string()), ..IpamConfig::default() };
    let options = [("bridge.name", bridge_name(life)), ("bridge.enable_icc", "false".into())];
    NetworkCreateRequest {
        name: network_name(life),
        driver: Some("bridge".into()),
        enable_ipv6: Some(false),
        ipam: Some(Ipam { config: Some(vec![subnet]), ..Ipam::default() }),
        options: Some(options.map(|(name, value)| (format!("com.docker.network.{name}"), value)).into()),
        labels: Some(labels(life)),
        ..NetworkCreateRequest::default()
    }
}

/// Whether this is the network of a life, on the bridge that the firewall knows.
pub fn is_network(network: &bollard::models::NetworkInspect, life: &Life) -> bool {
    let options = network.options.as_ref();
    let bridge = options.and_then(|options| options.get("com.docker.network.bridge.name"));
    is_labelled(network.labels.as_ref(), life)
        && bridge == Some(&bridge_name(life))
        && network.enable_ipv6 != Some(true)
}

/// How much of its disk a lease has outside of its workspace: a quarter.
fn layer(disk: u64) -> u64 {
    disk / 4
}

fn amount(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
