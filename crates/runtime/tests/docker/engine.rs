//! What becomes of leases when the engine, the machine or the firewall fails. These tests use the engine alone.

use std::time::Duration;

use gpu_lease_runtime::{Docker, DockerConfig, Error, Instance, Runtime};

use crate::lease::{Lease, life, spec};
use crate::network::{CLOSED, GREETING, MACHINE, PUBLIC};
use crate::world::world_alone;

fn is_silent<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Silent(_)))
}

#[tokio::test]
async fn a_killed_engine_is_silent_its_leases_go_on_and_are_adopted() {
    let Some(world) = world_alone().await else { return };
    let lease = world.running("Survivor", &spec()).await;
    world.kill_engine();
    let Lease { docker, life } = &lease;
    lease.probe().await.unwrap();
    assert_eq!(lease.prints("echo on").await, "on");
    assert!(is_silent(&docker.list().await));
    assert!(is_silent(&docker.workspaces().await));
    assert!(is_silent(&docker.create(life, &spec()).await));
    assert!(is_silent(&docker.start(life).await));
    assert!(is_silent(&docker.stop(life).await));
    assert!(is_silent(&docker.remove(life).await));
    assert!(is_silent(&docker.usage(life).await));
    assert!(is_silent(&world.docker().list().await), "an agent that starts without an engine");
    let uptime = lease.probe().await.unwrap().uptime;
    world.start_engine();
    let expected = Instance { life: life.clone(), spec: spec(), is_running: true };
    assert!(docker.list().await.unwrap().contains(&expected));
    docker.create(life, &spec()).await.unwrap();
    docker.start(life).await.unwrap();
    assert!(lease.probe().await.unwrap().uptime >= uptime, "the same helper");
    lease.end().await;
}

#[tokio::test]
async fn after_the_machines_end_a_lease_waits_for_its_start_and_that_for_the_firewall() {
    let Some(world) = world_alone().await else { return };
    let lease = world.running("Rebooted", &spec()).await;
    lease.prints("echo work > /workspace/file; sync").await;
    world.power_off();
    for program in ["iptables", "ip6tables"] {
        world.on_machine(program, &["-F"]);
        world.on_machine(program, &["-X"]);
    }
    world.start_engine();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let expected = Instance { life: lease.life.clone(), spec: spec(), is_running: false };
    assert!(lease.docker.list().await.unwrap().contains(&expected));
    assert!(lease.docker.workspaces().await.unwrap().contains(&lease.life));
    assert_eq!(lease.mounts(), 0);
    lease.docker.start(&lease.life).await.unwrap();
    lease.wait().await;
    assert_eq!(lease.mounts(), 1);
    assert_eq!(lease.prints("cat /workspace/file").await, "work");
    assert!(!lease.reaches(MACHINE, GREETING).await);
    lease.end().await;
}

#[tokio::test]
async fn without_a_firewall_nothing_starts() {
    let Some(world) = world_alone().await else { return };
    for iptables in ["/bin/false", "/not/there"] {
        for config in [
            DockerConfig { iptables: iptables.into(), ..world.config() },
            DockerConfig { ip6tables: iptables.into(), ..world.config() },
        ] {
            let lease = Lease { docker: Docker::new(config).unwrap(), life: life("Naked") };
            lease.docker.create(&lease.life, &spec()).await.unwrap();
            let started = lease.docker.start(&lease.life).await;
            let Err(Error::Refused(why)) = started else { panic!("{started:?}") };
            assert!(why.contains("nothing is started"), "{why}");
            let list = lease.docker.list().await.unwrap();
            assert!(list.iter().any(|instance| instance.life == lease.life && !instance.is_running));
            lease.end().await;
        }
    }
}

#[tokio::test]
async fn rules_that_were_removed_are_back_with_the_next_start_and_others_stay_as_they_are() {
    let Some(world) = world_alone().await else { return };
    let lease = world.running("Rules", &spec()).await;
    let others = ["INPUT", "-s", "192.0.2.77", "-j", "ACCEPT"];
    let insert = [&["-I"], &others[..]].concat();
    let delete = [&["-D"], &others[..]].concat();

    // Nothing in front of ours may let pass what ours stop.
    world.on_machine("iptables", &["-I", "INPUT", "-j", "ACCEPT"]);
    assert!(lease.reaches(MACHINE, GREETING).await);
    lease.docker.start(&lease.life).await.unwrap();
    assert!(!lease.reaches(MACHINE, GREETING).await);
    world.on_machine("iptables", &["-D", "INPUT", "-j", "ACCEPT"]);

    world.on_machine("iptables", &insert);
    lease.docker.firewall().clear().await.unwrap();
    for address in CLOSED {
        assert!(
            lease.reaches(address, GREETING).await,
            "{address} cannot be reached: an attack on it shows nothing"
        );
    }
    assert!(lease.reaches(MACHINE, GREETING).await);
    lease.docker.start(&lease.life).await.unwrap();
    for address in CLOSED.iter().chain(&[MACHINE]) {
        assert!(!lease.reaches(address, GREETING).await, "{address}");
    }
    assert!(lease.reaches(PUBLIC, GREETING).await);

    let rules = || world.on_machine("iptables-save", &["-t", "filter"]);
    let lines = |rules: String| {
        rules.lines().filter(|line| line.starts_with("-A")).map(str::to_owned).collect::<Vec<_>>()
    };
    let before = lines(rules());
    assert!(before.iter().any(|rule| rule.contains("192.0.2.77")), "a rule of others is gone");
    lease.docker.start(&lease.life).await.unwrap();
    assert_eq!(lines(rules()), before, "asserting twice is as asserting once");
    world.on_machine("iptables", &delete);
    lease.end().await;
}
