//! What becomes of a lease on the machine, from the first call to the last.

use gpu_lease_runtime::{Error, Instance, Runtime, Spec};
use rstest::rstest;

use crate::lease::{Lease, life, spec};
use crate::world::{BROKEN, World, world};

async fn container_id(world: &World, name: &str) -> String {
    world.engine().inspect_container(name, None).await.unwrap().id.unwrap()
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("{other:?} is not a refusal"),
    }
}

async fn instance(lease: &Lease) -> Option<Instance> {
    lease.docker.list().await.unwrap().into_iter().find(|instance| instance.life == lease.life)
}

#[tokio::test]
async fn every_step_of_a_life_can_be_repeated_and_nothing_is_left_of_it() {
    let Some(world) = world().await else { return };
    let lease = Lease { docker: world.docker(), life: life("Whole") };
    let Lease { docker, life } = &lease;
    for _ in 0..2 {
        docker.create(life, &spec()).await.unwrap();
        assert!(!instance(&lease).await.unwrap().is_running);
    }
    for _ in 0..2 {
        docker.start(life).await.unwrap();
        assert!(instance(&lease).await.unwrap().is_running);
    }
    lease.wait().await;
    assert_eq!(instance(&lease).await.unwrap().spec, spec());
    assert_eq!(lease.prints("echo $GREETING; pwd").await, "hi\n/workspace");
    for _ in 0..2 {
        docker.stop(life).await.unwrap();
        assert!(!instance(&lease).await.unwrap().is_running);
    }
    for _ in 0..2 {
        docker.remove(life).await.unwrap();
        assert_eq!(instance(&lease).await, None);
        assert!(docker.workspaces().await.unwrap().contains(life));
    }
    for _ in 0..2 {
        docker.wipe(life).await.unwrap();
        assert!(!docker.workspaces().await.unwrap().contains(life));
    }
    let (engine, name) = (world.engine(), lease.name());
    assert!(engine.inspect_container(&name, None).await.is_err());
    assert!(engine.inspect_volume(&name).await.is_err());
    let networks = engine.list_networks(None).await.unwrap();
    assert!(
        networks
            .iter()
            .all(|network| network.labels.as_ref().unwrap().get("gpu-lease.lease") != Some(&life.lease))
    );
    assert!(!docker.socket(life).parent().unwrap().exists());
    assert!(!world.folder.join("state").join(format!("{name}.json")).exists());
}

#[tokio::test]
async fn one_that_was_made_with_the_same_spec_is_adopted_by_the_next_agent() {
    let Some(world) = world().await else { return };
    let lease = world.running("Adopted", &spec()).await;
    let before = container_id(&world, &lease.name()).await;
    let next = world.docker();
    next.create(&lease.life, &spec()).await.unwrap();
    assert_eq!(container_id(&world, &lease.name()).await, before);
    assert!(next.list().await.unwrap().contains(&Instance {
        life: lease.life.clone(),
        spec: spec(),
        is_running: true
    }));
    lease.probe().await.unwrap();
    lease.end().await;
}

#[tokio::test]
async fn one_that_was_made_with_another_spec_is_made_again_and_keeps_its_workspace() {
    let Some(world) = world().await else { return };
    let lease = world.running("Resized", &spec()).await;
    lease.prints("echo work > /workspace/file; echo gone > /root/file").await;
    let mut larger = spec();
    larger.limits.processes += 1;
    lease.docker.create(&lease.life, &larger).await.unwrap();
    assert_eq!(
        instance(&lease).await.unwrap(),
        Instance { life: lease.life.clone(), spec: larger, is_running: false }
    );
    lease.docker.start(&lease.life).await.unwrap();
    lease.wait().await;
    assert_eq!(lease.prints("cat /workspace/file").await, "work");
    lease.fails("cat /root/file").await;
    lease.end().await;
}

#[tokio::test]
async fn a_crash_between_record_and_container_is_made_good_by_creating_again() {
    let Some(world) = world().await else { return };
    let lease = world.running("Crashed", &spec()).await;
    lease.prints("echo work > /workspace/file").await;
    world.engine().stop_container(&lease.name(), None).await.unwrap();
    world.engine().remove_container(&lease.name(), None).await.unwrap();
    assert_eq!(instance(&lease).await, None);
    assert!(refusal(lease.docker.start(&lease.life).await).contains("create it again"));
    lease.docker.create(&lease.life, &spec()).await.unwrap();
    lease.docker.start(&lease.life).await.unwrap();
    lease.wait().await;
    assert_eq!(lease.prints("cat /workspace/file").await, "work");
    lease.end().await;
}

#[tokio::test]
async fn a_workspace_is_destroyed_and_only_after_its_container() {
    let Some(world) = world().await else { return };
    let lease = world.running("Wiped", &spec()).await;
    lease.prints("echo secret > /workspace/file").await;
    assert!(refusal(lease.docker.wipe(&lease.life).await).contains("remove it first"));
    lease.docker.remove(&lease.life).await.unwrap();
    lease.docker.wipe(&lease.life).await.unwrap();
    let lease = world.running("Wiped", &spec()).await;
    assert_eq!(lease.prints("ls -A /workspace").await, "");
    lease.end().await;
}

#[tokio::test]
async fn two_lives_of_one_lease_do_not_share_a_workspace() {
    let Some(world) = world().await else { return };
    let first = world.running("Twice", &spec()).await;
    first.prints("echo secret > /workspace/file").await;
    first.docker.stop(&first.life).await.unwrap();
    let mut life = first.life.clone();
    life.opened_slot += 1;
    let second = Lease { docker: world.docker(), life };
    second.docker.create(&second.life, &spec()).await.unwrap();
    second.docker.start(&second.life).await.unwrap();
    second.wait().await;
    assert_eq!(second.prints("ls -A /workspace").await, "");
    first.end().await;
    second.end().await;
}

#[tokio::test]
async fn what_was_never_created_is_refused_or_done_already() {
    let Some(world) = world().await else { return };
    let (docker, life) = (world.docker(), life("Never"));
    assert!(refusal(docker.start(&life).await).contains("create it first"));
    assert!(refusal(docker.usage(&life).await).contains("create it first"));
    docker.stop(&life).await.unwrap();
    docker.remove(&life).await.unwrap();
    docker.wipe(&life).await.unwrap();
}

#[rstest]
#[case::an_image_that_is_not_here(Spec { image: "nothing:here".into(), ..spec() }, "pull it first")]
#[case::cards(Spec { cards: vec!["GPU-1".into()], ..spec() }, "Docker has from 28.2")]
#[case::disk({ let mut spec = spec(); spec.limits.disk = Some(1 << 30); spec }, "project quota")]
#[case::more_cores_than_there_are({ let mut spec = spec(); spec.limits.millicores = 1_000_000; spec }, "CPUs")]
#[tokio::test]
async fn what_this_machine_cannot_give_is_refused_with_a_sentence(
    #[case] spec: Spec,
    #[case] sentence: &str,
) {
    let Some(world) = world().await else { return };
    let (docker, life) = (world.docker(), life("Refused"));
    let why = refusal(docker.create(&life, &spec).await);
    assert!(why.contains(sentence), "{why}");
    assert!(docker.list().await.unwrap().iter().all(|instance| instance.life != life));
    docker.remove(&life).await.unwrap();
    docker.wipe(&life).await.unwrap();
}

#[tokio::test]
async fn an_image_that_cannot_be_fetched_is_refused_and_does_not_look_like_a_silent_engine() {
    let Some(world) = world().await else { return };
    let docker = world.docker();
    docker.pull(crate::world::IMAGE).await.unwrap();
    let why = refusal(docker.pull("203.0.113.1:9/nothing").await);
    assert!(why.contains("could not be fetched"), "{why}");
}

#[tokio::test]
async fn an_image_that_cannot_be_run_is_refused_and_does_not_look_like_a_silent_engine() {
    let Some(world) = world().await else { return };
    let lease = Lease { docker: world.docker(), life: life("Broken") };
    let broken = Spec { image: BROKEN.into(), ..spec() };
    let why = refusal(lease.docker.create(&lease.life, &broken).await);
    assert!(why.contains("cannot be run"), "{why}");
    // What was made before that is in nobody's way.
    lease.docker.create(&lease.life, &spec()).await.unwrap();
    lease.docker.start(&lease.life).await.unwrap();
    lease.wait().await;
    lease.end().await;
}

#[tokio::test]
async fn what_the_engine_can_do_is_told() {
    let Some(world) = world().await else { return };
    let capabilities = world.docker().capabilities().await.unwrap();
    assert!(capabilities.engine.starts_with("Docker "), "{capabilities:?}");
    assert_eq!(capabilities.limits, Ok(()));
    assert_eq!(capabilities.firewall, Ok(()));
    assert!(capabilities.disk.is_err());
}
