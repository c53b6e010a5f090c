//! What is ours, and what only says so.

use std::collections::HashMap;

use bollard::models::{ContainerCreateBody, VolumeCreateRequest};
use bollard::query_parameters::CreateContainerOptionsBuilder;
use gpu_lease_runtime::{Error, Life, Runtime, Spec};

use crate::lease::{Lease, life, spec};
use crate::world::{CLAIMED, FORGED, IMAGE, World, world};

/// Makes a container by hand.
async fn by_hand(world: &World, name: &str, image: &str, labels: HashMap<String, String>) {
    let body = ContainerCreateBody {
        image: Some(image.into()),
        cmd: Some(vec!["sleep".into(), "1000".into()]),
        labels: Some(labels),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::default().name(name).build();
    world.engine().create_container(Some(options), body).await.unwrap();
}

async fn remove_by_hand(world: &World, name: &str) {
    world.engine().remove_container(name, None).await.unwrap();
}

fn labels(life: &Life) -> HashMap<String, String> {
    HashMap::from([
        ("gpu-lease.lease".into(), life.lease.clone()),
        ("gpu-lease.opened-slot".into(), life.opened_slot.to_string()),
        ("gpu-lease.spec".into(), "0".repeat(64)),
    ])
}

#[tokio::test]
async fn an_image_with_our_labels_makes_nothing_ours() {
    let Some(world) = world().await else { return };
    let claimed = Life { lease: CLAIMED.into(), opened_slot: 1 };
    by_hand(&world, &format!("gpu-lease-{CLAIMED}-1"), FORGED, HashMap::new()).await;
    let docker = world.docker();
    assert!(docker.list().await.unwrap().iter().all(|instance| instance.life != claimed));
    docker.stop(&claimed).await.unwrap();
    docker.remove(&claimed).await.unwrap();
    // It was not ours to remove.
    remove_by_hand(&world, &format!("gpu-lease-{CLAIMED}-1")).await;
}

#[tokio::test]
async fn a_lease_on_an_image_with_forged_labels_is_still_only_itself() {
    let Some(world) = world().await else { return };
    let lease = world.running("Forger", &Spec { image: FORGED.into(), ..spec() }).await;
    let list = lease.docker.list().await.unwrap();
    assert!(list.iter().any(|instance| instance.life == lease.life));
    assert!(list.iter().all(|instance| instance.life.lease != CLAIMED));
    lease.end().await;
}

#[tokio::test]
async fn a_container_made_by_hand_with_our_name_and_labels_is_neither_listed_nor_used() {
    let Some(world) = world().await else { return };
    let lease = Lease { docker: world.docker(), life: life("ByHand") };
    by_hand(&world, &lease.name(), IMAGE, labels(&lease.life)).await;
    assert!(lease.docker.list().await.unwrap().iter().all(|instance| instance.life != lease.life));
    let Err(Error::Refused(why)) = lease.docker.create(&lease.life, &spec()).await else {
        panic!("it is not ours")
    };
    assert!(why.contains("not made by this agent"), "{why}");
    assert!(lease.docker.start(&lease.life).await.is_err());
    remove_by_hand(&world, &lease.name()).await;
}

#[tokio::test]
async fn a_container_that_took_the_place_of_ours_is_neither_listed_nor_started() {
    let Some(world) = world().await else { return };
    let lease = Lease { docker: world.docker(), life: life("Swapped") };
    lease.docker.create(&lease.life, &spec()).await.unwrap();
    remove_by_hand(&world, &lease.name()).await;
    by_hand(&world, &lease.name(), IMAGE, labels(&lease.life)).await;
    assert!(lease.docker.list().await.unwrap().iter().all(|instance| instance.life != lease.life));
    assert!(matches!(lease.docker.start(&lease.life).await, Err(Error::Refused(_))));
    lease.end().await;
}

#[tokio::test]
async fn a_volume_made_by_hand_is_not_a_workspace() {
    let Some(world) = world().await else { return };
    let lease = Lease { docker: world.docker(), life: life("Volume") };
    let volume = VolumeCreateRequest {
        name: Some(lease.name()),
        labels: Some(labels(&lease.life)),
        ..VolumeCreateRequest::default()
    };
    world.engine().create_volume(volume).await.unwrap();
    assert!(!lease.docker.workspaces().await.unwrap().contains(&lease.life));
    let Err(Error::Refused(why)) = lease.docker.create(&lease.life, &spec()).await else {
        panic!("it is not ours")
    };
    assert!(why.contains("not made by this agent"), "{why}");
    lease.docker.wipe(&lease.life).await.unwrap();
    world
        .engine()
        .remove_volume(&lease.name(), None::<bollard::query_parameters::RemoveVolumeOptions>)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_record_of_another_machine_shows_nothing() {
    let Some(world) = world().await else { return };
    let lease = world.running("Elsewhere", &spec()).await;
    let config = gpu_lease_runtime::DockerConfig { state: world.folder.join("other"), ..world.config() };
    let stranger = gpu_lease_runtime::Docker::new(config).unwrap();
    assert_eq!(stranger.list().await.unwrap(), []);
    stranger.remove(&lease.life).await.unwrap();
    lease.probe().await.unwrap();
    lease.end().await;
}
