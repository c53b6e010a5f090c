//! A machine's processes with leases as processes.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gpu_lease_tests::prelude::*;
use tokio::task::block_in_place;

use crate::daemons::{Daemon, Said, ended, of_processes, open, renter, say};
use crate::place::{Place, SOON, lease, until};
use crate::programs::program;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renter_works_by_ssh_while_the_agent_is_killed_and_comes_back() {
    let place = Place::new().await;
    let config = of_processes(&place);
    let check = ended(
        Command::new(program("gpu-lease-agent")).arg("--check").arg("--config").arg(&config).arg("run"),
    );
    assert!(check.status.success(), "{check:?}");
    let _said = Said(config.with_extension("log"));
    let (_signer, _gateway) = (Daemon::start(&config, "signer"), Daemon::start(&config, "gateway"));
    let agent = Daemon::start(&config, "run");

    // Rented on the command line, and seconds later somebody is in.
    let address = open(&place, "60s");
    let since = Instant::now();
    until("the start", SOON, || async { lease(&place, &address).await.unwrap().started_at > 0 }).await;
    let name = address.to_string();
    let say = |command: &'static str| say(&place, &address, command);
    until("the login", SOON, || async { say("echo $((6 * 7))") == "42\n" }).await;
    eprintln!("a shell {:.1} s after the payment was confirmed", since.elapsed().as_secs_f32());

    // A session goes on while the agent is dead, and what it says then is the same machine's.
    let mut session =
        renter(&place, &["lease", "ssh", &name, "--", "read a; echo before $a; read b; echo after $b"]);
    let mut session =
        session.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = session.stdin.take().unwrap();
    writeln!(input, "one").unwrap();
    agent.kill();
    assert_eq!(say("echo still here"), "still here\n");
    let _agent = Daemon::start(&config, "run");
    writeln!(input, "two").unwrap();
    drop(input);
    let said = block_in_place(|| session.wait_with_output()).unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "before one\nafter two\n");
    say("echo kept > file");

    // To its end, stated; and after it nobody runs anything, but what is left can be fetched.
    until("the last statement", Duration::from_secs(120), || async {
        let there = lease(&place, &address).await.unwrap();
        there.meter.window_end == there.ends_at
    })
    .await;
    let units = lease(&place, &address).await.unwrap().meter.latest.units;
    assert!(units + 10 >= u64::from(MIN_DURATION), "{units}");
    until("the end", SOON, || async { say("echo in") != "in\n" }).await;

    // Closed, when nobody can dispute it any more.
    let there = lease(&place, &address).await.unwrap();
    place.net.validator.travel_to(there.ends_at + 3_700).unwrap();
    until("the close", Duration::from_secs(90), || async { lease(&place, &address).await.is_none() }).await;
}
