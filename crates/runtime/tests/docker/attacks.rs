//! What a renter, who is root in its container, may try against the machine, its network, and other leases.

use std::time::Instant;

use gpu_lease_helper::protocol::Exit;
use gpu_lease_runtime::Runtime;

use crate::lease::{BANDWIDTH, CONNECTIONS, spec};
use crate::network::{
    BULK, CLOSED, GREETING, MACHINE, MAIL, NAMES, OTHER_RESOLVER, PUBLIC, RESOLVER, SENDER,
};
use crate::world::world;

#[tokio::test]
async fn a_lease_reaches_the_world_and_none_of_the_providers_networks() {
    let Some(world) = world().await else { return };
    let lease = world.running("Network", &spec()).await;
    assert!(lease.reaches(PUBLIC, GREETING).await, "the world");
    for address in CLOSED {
        assert!(!lease.reaches(address, GREETING).await, "{address}");
    }
    let bridge = lease.prints("ip route | awk '/default/ { print $3 }'").await;
    for address in [MACHINE, &bridge, "10.199.0.1", "203.0.113.2"] {
        for port in [GREETING, NAMES] {
            assert!(!lease.reaches(address, port).await, "the machine at {address}:{port}");
        }
    }
    assert!(!lease.reaches(PUBLIC, MAIL).await, "mail");
    lease.end().await;
}

#[tokio::test]
async fn names_are_asked_of_the_resolvers_that_were_configured_and_of_nobody_else() {
    let Some(world) = world().await else { return };
    let lease = world.running("Names", &spec()).await;
    assert!(lease.prints("nslookup -type=a some.name.example").await.contains(PUBLIC));
    assert!(lease.reaches(RESOLVER, NAMES).await);
    for port in [NAMES, 853] {
        assert!(!lease.reaches(OTHER_RESOLVER, port).await, "{port}");
        assert!(!lease.reaches(PUBLIC, port).await, "{port}");
    }
    let (printed, exit) = lease.run(&format!("nslookup -type=a some.name.example {OTHER_RESOLVER}")).await;
    assert_ne!(exit, Exit::Code { code: 0 }, "{printed}");
    lease.end().await;
}

#[tokio::test]
async fn there_is_no_ipv6_to_go_around_the_rules() {
    let Some(world) = world().await else { return };
    let lease = world.running("Six", &spec()).await;
    assert_eq!(lease.prints("cat /proc/net/if_inet6 | grep -v ' lo$' || true").await, "");
    lease.fails("ip -6 address add fd00:1::2/64 dev eth0").await;
    lease.end().await;
}

#[tokio::test]
async fn one_lease_does_not_reach_another() {
    let Some(world) = world().await else { return };
    let (one, other) = (world.running("One", &spec()).await, world.running("Other", &spec()).await);
    other.prints("(while :; do echo hello | nc -l -p 9000; done) >/dev/null 2>&1 &").await;
    let address = other.prints("hostname -i").await;
    assert!(other.reaches(&address, 9000).await, "nobody listens: the attack shows nothing");
    assert!(!one.reaches(&address, 9000).await);
    one.fails(&format!("ping -c 1 -W 1 {address}")).await;
    // Nor its socket, nor that of the engine, nor anything of the machine's.
    assert_eq!(
        one.prints("ls -A /.gpu-lease /.gpu-lease/run").await,
        "/.gpu-lease:\nhelper\nrun\n\n/.gpu-lease/run:\nhelper.sock"
    );
    assert_eq!(
        one.prints("find / -xdev -name '*.sock' -o -xdev -name '*.json' -o -xdev -name 'id_*'").await,
        ""
    );
    let mounts = one.prints("cut -d' ' -f4,5 /proc/self/mountinfo").await;
    let of_the_machine = mounts.lines().filter(|mount| mount.contains(world.folder.to_str().unwrap()));
    let of_the_machine: Vec<_> = of_the_machine.filter_map(|mount| mount.split(' ').nth(1)).collect();
    let expected = ["/.gpu-lease/run", "/workspace", "/etc/resolv.conf", "/etc/hostname", "/etc/hosts"];
    assert!(of_the_machine.iter().all(|mount| expected.contains(mount)), "{mounts}");
    one.end().await;
    other.end().await;
}

/// What root tries, and what it is told.
const ESCAPES: [(&str, &str); 16] = [
    ("echo x > /.gpu-lease/helper", "Read-only"),
    ("rm -f /.gpu-lease/helper", "busy"),
    ("mount -o remount,rw /.gpu-lease/helper", "denied"),
    ("mount -t tmpfs none /mnt || mount -t tmpfs none /tmp", "denied"),
    ("umount /.gpu-lease/run", "not permitted"),
    ("mknod /tmp/disk b 8 0", "not permitted"),
    ("ping -c 1 203.0.113.1", "denied"),
    ("ip address add 10.0.0.2/24 dev eth0", "not permitted"),
    ("ip route add 1.2.3.4 via 10.0.0.1", "not permitted"),
    ("echo x > /proc/sys/kernel/core_pattern", "Read-only"),
    ("reboot -f", "not permitted"),
    ("echo 1000 > /sys/fs/cgroup/pids/pids.max", ""),
    ("date -s 2020-01-01; date +%Y | grep 2020", "not permitted"),
    ("unshare -m true", "not permitted"),
    ("cat /proc/kcore | head -c 1 | grep -q .", ""),
    ("chroot /proc/1/root mknod /tmp/disk b 8 0", "not permitted"),
];

#[tokio::test]
async fn root_in_a_container_is_not_root_of_the_machine() {
    let Some(world) = world().await else { return };
    let lease = world.running("Escapes", &spec()).await;
    for (attack, refusal) in ESCAPES {
        let printed = lease.fails(attack).await;
        assert!(printed.contains(refusal), "{attack}: {printed}");
        lease.probe().await.unwrap();
    }
    lease.end().await;
}

#[tokio::test]
async fn a_lease_has_the_capabilities_that_package_managers_need_and_no_more() {
    let Some(world) = world().await else { return };
    let lease = world.running("Capabilities", &spec()).await;
    let status = lease.prints("cat /proc/self/status").await;
    // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7, NET_BIND_SERVICE 10, SYS_CHROOT 18,
    // AUDIT_WRITE 29.
    let expected = [0, 1, 3, 4, 5, 6, 7, 10, 18, 29].iter().fold(0_u64, |set, bit| set | 1 << bit);
    for field in ["CapBnd", "CapPrm", "CapEff"] {
        assert!(status.contains(&format!("{field}:\t{expected:016x}")), "{status}");
    }
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    assert!(status.contains("Seccomp:\t2"), "{status}");
    lease.end().await;
}

#[tokio::test]
async fn nothing_of_the_machines_environment_and_processes_is_seen() {
    let Some(world) = world().await else { return };
    let lease = world.running("Seen", &spec()).await;
    let names = lease.prints("tr '\\0' '\\n' < /proc/1/environ | cut -d= -f1 | sort").await;
    assert_eq!(names, "GREETING\nHOME\nHOSTNAME\nPATH");
    assert!(lease.prints("ls -d /proc/[0-9]* | wc -l").await.parse::<u32>().unwrap() < 10);
    assert!(!lease.prints("cat /proc/self/cgroup").await.contains("docker"));
    lease.end().await;
}

#[tokio::test]
async fn connections_have_a_limit() {
    let Some(world) = world().await else { return };
    let lease = world.running("Connections", &spec()).await;
    let many = CONNECTIONS * 2;
    let command = format!(
        "cd /tmp; for i in $(seq {many}); do (sleep 4 | nc -w 3 {PUBLIC} {GREETING} > greeting.$i) 2>/dev/null & done; \
         wait; cat greeting.* | sed 's/hello/hello\\n/g' | grep -c hello"
    );
    let mut spec = spec();
    spec.limits.processes = 256;
    lease.docker.create(&lease.life, &spec).await.unwrap();
    lease.docker.start(&lease.life).await.unwrap();
    lease.wait().await;
    let greeted = lease.prints(&command).await.parse::<u32>().unwrap();
    assert!(greeted > 0 && greeted <= CONNECTIONS, "{greeted} connections");
    lease.end().await;
}

#[tokio::test]
async fn bandwidth_has_a_limit() {
    let Some(world) = world().await else { return };
    let lease = world.running("Bandwidth", &spec()).await;
    let started = Instant::now();
    let bytes = lease.prints(&format!("nc {PUBLIC} {SENDER} < /dev/null | wc -c")).await;
    assert_eq!(bytes, BULK.to_string());
    // Twice a second's bytes pass at once.
    let least = (BULK as u64 - 2 * BANDWIDTH) as f64 / BANDWIDTH as f64;
    assert!(started.elapsed().as_secs_f64() > least, "{:?}", started.elapsed());
    lease.end().await;
}
