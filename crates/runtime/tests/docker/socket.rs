//! The folder of the helper's socket, which tenant and machine share.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use gpu_lease_runtime::Runtime;

use crate::lease::{GROUP, spec};
use crate::world::world;

/// A user that owns nothing.
const USER: u32 = 64_322;

#[tokio::test]
async fn a_tenant_fills_it_and_neither_the_disk_nor_the_way_of_the_next_helper() {
    let Some(world) = world().await else { return };
    let lease = world.running("Filled", &spec()).await;
    let printed = lease.fails("dd if=/dev/zero of=/.gpu-lease/run/file bs=1k count=1024").await;
    assert!(printed.contains("No space left"), "{printed}");
    assert_eq!(lease.prints("stat -c %s /.gpu-lease/run/file").await, (64 << 10).to_string());
    let printed = lease.fails("cd /.gpu-lease/run && for i in $(seq 100); do mkdir $i || exit 1; done").await;
    assert!(printed.contains("No space left"), "{printed}");
    assert!(lease.prints("ls /.gpu-lease/run | wc -l").await.parse::<u32>().unwrap() <= 16);
    lease.probe().await.unwrap();

    // It takes the socket's place, and is stopped.
    lease.prints("cd /.gpu-lease/run && rm -r * && mkdir helper.sock").await;
    lease.docker.stop(&lease.life).await.unwrap();
    lease.docker.start(&lease.life).await.unwrap();
    lease.wait().await;
    assert_eq!(lease.prints("ls -A /.gpu-lease/run").await, "helper.sock");
    lease.end().await;
}

#[tokio::test]
async fn nothing_in_it_is_run_or_is_a_device() {
    let Some(world) = world().await else { return };
    let lease = world.running("Flags", &spec()).await;
    lease.prints("cd /.gpu-lease/run && echo '#!/bin/sh' > run && chmod +x run").await;
    let printed = lease.fails("/.gpu-lease/run/run").await;
    assert!(printed.contains("denied"), "{printed}");
    let mounts = lease.prints("grep ' /.gpu-lease/run ' /proc/mounts").await;
    for option in ["nodev", "nosuid", "noexec"] {
        assert!(mounts.contains(option), "{mounts}");
    }
    lease.end().await;
}

/// Whether a user may connect, as the kernel decides it.
fn may_connect(socket: &Path, group: u32) -> bool {
    let mut asks = Command::new("busybox");
    asks.args(["test", "-w"]).arg(socket).uid(USER).gid(group).status().unwrap().success()
}

#[tokio::test]
async fn the_gateways_group_gets_to_it_and_others_do_not() {
    let Some(world) = world().await else { return };
    let lease = world.running("Group", &spec()).await;
    let socket = lease.docker.socket(&lease.life);
    assert!(may_connect(&socket, GROUP));
    assert!(!may_connect(&socket, GROUP + 1));
    // Also if the tenant wants them to.
    lease.prints("chmod 777 /.gpu-lease/run").await;
    assert!(!may_connect(&socket, GROUP + 1));
    let mut list = Command::new("busybox");
    let listed = list.arg("ls").arg(world.folder.join("state")).uid(USER).gid(GROUP).output().unwrap();
    assert!(!listed.status.success(), "the group sees which leases there are");
    lease.end().await;
}

#[tokio::test]
async fn it_is_mounted_once_whichever_agent_looks_and_not_at_all_after_the_end() {
    let Some(world) = world().await else { return };
    let lease = world.running("Mounted", &spec()).await;
    assert_eq!(lease.mounts(), 1);
    let next = world.docker();
    next.create(&lease.life, &spec()).await.unwrap();
    next.start(&lease.life).await.unwrap();
    assert_eq!(lease.mounts(), 1);
    lease.probe().await.unwrap();
    next.stop(&lease.life).await.unwrap();
    next.start(&lease.life).await.unwrap();
    lease.wait().await;
    assert_eq!(lease.mounts(), 1);
    // Somebody still holds it.
    let socket = lease.docker.socket(&lease.life);
    let folder = socket.parent().unwrap();
    let _held = File::open(folder).unwrap();
    lease.docker.remove(&lease.life).await.unwrap();
    assert_eq!(lease.mounts(), 0);
    assert!(!folder.exists());
    lease.end().await;
}
