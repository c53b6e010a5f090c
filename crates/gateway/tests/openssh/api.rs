//! The agent's API as a subsystem.

use gpu_lease_gateway::{Access, Caller, Role};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixListener;

use crate::machine::{BOX, Key, Machine, done, fed, needs};

/// A machine whose agent answers who called, and what was said until the end.
async fn with_agent() -> (Machine, Key) {
    let mut machine = Machine::start().await;
    let socket = machine.path("api.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut said = String::new();
                stream.read_line(&mut said).await.unwrap();
                let _: Caller = serde_json::from_str(&said).unwrap();
                stream.read_to_string(&mut said).await.unwrap();
                stream.write_all(said.as_bytes()).await.unwrap();
            });
        }
    });
    let guard = machine.key("guard");
    machine.admission.api = Some(socket);
    machine.admission.api_keys = vec![guard.line.clone()];
    machine.admit();
    (machine, guard)
}

async fn call(machine: &Machine, said: &[u8]) -> (Caller, String) {
    let answer = fed(machine.ssh(&["-s", BOX, "gpu-lease"]), said).await.ok();
    let (caller, rest) = answer.split_once('\n').unwrap();
    (serde_json::from_str(caller).unwrap(), rest.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_is_told_who_calls_and_then_hears_every_byte() {
    needs!("ssh");
    let (machine, guard) = with_agent().await;
    let (caller, heard) = call(&machine, b"{\"lease\":\"pretended\"}\nquestion").await;
    assert_eq!(caller.lease, machine.lease.as_str());
    assert_eq!((caller.opened_slot, caller.role), (7, Role::User));
    assert!(caller.fingerprint.starts_with("SHA256:"));
    assert_eq!(heard, "{\"lease\":\"pretended\"}\nquestion");
    machine.configure(machine.lease.as_str(), &guard);
    let (other, _) = call(&machine, b"").await;
    assert_eq!(other.role, Role::Guard);
    assert_ne!(other.fingerprint, caller.fingerprint);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_behind_a_shut_door() {
    needs!("ssh");
    let (mut machine, _) = with_agent().await;
    machine.admission.access = Access::Shut;
    machine.admit();
    assert_eq!(call(&machine, b"launch").await.1, "launch");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_and_a_verifier_have_the_api_and_nothing_else() {
    needs!("ssh");
    let (mut machine, guard) = with_agent().await;
    let verifier = machine.key("verifier");
    machine.admission.verifier_keys = vec![verifier.line.clone()];
    machine.admit();
    machine.configure(machine.lease.as_str(), &verifier);
    assert_eq!(call(&machine, b"").await.0.role, Role::Verifier);
    for key in [&guard, &verifier] {
        machine.configure(machine.lease.as_str(), key);
        is_kept_out(&machine).await;
    }
}

/// Whoever logs in has the agent's API alone.
async fn is_kept_out(machine: &Machine) {
    for arguments in [&[BOX, "touch touched"][..], &[BOX], &["-s", BOX, "sftp"], &["-W", "localhost:22", BOX]]
    {
        let ended = done(machine.ssh(arguments)).await;
        assert_ne!(ended.code, Some(0), "{ended:?}");
        assert!(ended.err.contains("may only use the agent's API"), "{ended:?}");
    }
    assert!(!machine.workspace("touched").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_agent_the_subsystem_is_refused_or_says_so() {
    needs!("ssh");
    let mut machine = Machine::start().await;
    let ended = done(machine.ssh(&["-s", BOX, "gpu-lease"])).await;
    assert!(ended.err.contains("subsystem request failed"), "{ended:?}");
    machine.admission.api = Some(machine.path("gone.sock"));
    machine.admit();
    let ended = done(machine.ssh(&["-s", BOX, "gpu-lease"])).await;
    assert_eq!(ended.code, Some(75), "{ended:?}");
    assert!(ended.err.contains("The machine's agent does not answer."), "{ended:?}");
}
