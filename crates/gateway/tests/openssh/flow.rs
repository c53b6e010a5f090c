//! Much data, and nobody who takes it.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::machine::{BOX, Machine, done, fed, needs, until};

/// As much as fills every window and pipe on the way, several times.
const MUCH: usize = 40_000_000;

fn much() -> Vec<u8> {
    (0..MUCH).map(|it| (it * 31 / 7) as u8).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_takes_late_and_gives_back_arrives_whole() {
    needs!("ssh");
    let machine = Machine::start().await;
    let sent = much();
    let mut ssh = machine.ssh(&[BOX, "sleep 2; cat"]);
    ssh.stdout(Stdio::piped());
    let mut child = ssh.stdin(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let expected = sent.clone();
    let writing = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        stdin.write_all(&sent).await.unwrap();
    });
    // The client reads late, too.
    sleep(Duration::from_secs(4)).await;
    let mut heard = Vec::new();
    timeout(Duration::from_secs(60), stdout.read_to_end(&mut heard)).await.expect("it ends").unwrap();
    writing.await.unwrap();
    assert!(heard == expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_reads_nothing_stops_its_client_and_no_other_channel() {
    needs!("ssh");
    let machine = Machine::start().await;
    let socket = machine.path("master").display().to_string();
    let _master = machine.ssh(&["-N", "-M", "-S", &socket, BOX]).spawn().unwrap();
    until("the master listens", || std::fs::exists(&socket).unwrap()).await;
    let share = |line: &str| machine.ssh(&["-S", &socket, "-oControlMaster=no", BOX, line]);
    let mut zeros = Command::new("cat");
    let mut zeros = zeros.arg("/dev/zero").stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let input: Stdio = zeros.stdout.take().unwrap().try_into().unwrap();
    let _stuck = share("exec sleep 1000").stdin(input).spawn().unwrap();
    // No more than the windows arrives.
    let mut before = u64::MAX;
    timeout(Duration::from_secs(30), async {
        while machine.figure("bytes_in") != before && machine.figure("bytes_in") < 100_000_000 {
            before = machine.figure("bytes_in");
            sleep(Duration::from_secs(1)).await;
            // A trickle of two bytes at a time is no flood.
            if machine.figure("bytes_in") - before < 1_000_000 && before > 1_000_000 {
                break;
            }
        }
    })
    .await
    .expect("it stops");
    let arrived = machine.figure("bytes_in");
    assert!((4_000_000..40_000_000).contains(&arrived), "{arrived}");
    sleep(Duration::from_secs(2)).await;
    let before = machine.figure("bytes_in");
    sleep(Duration::from_secs(2)).await;
    let trickled = machine.figure("bytes_in") - before;
    assert!(trickled <= 50, "{trickled}");
    // Both ways, and for more than one small window.
    let said = vec![b'x'; 3_000_000];
    assert_eq!(fed(share("wc -c"), &said).await.ok().trim(), "3000000");
    assert_eq!(done(share("head -c 5000000 /dev/zero")).await.ok().len(), 5_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_exchanged_again_in_the_middle_of_a_transfer() {
    needs!("ssh");
    let machine = Machine::start().await;
    let ended =
        fed(machine.ssh(&["-v", "-oRekeyLimit=1M", BOX, "cat | wc -c; head -c 8000000 /dev/zero"]), &much())
            .await;
    assert!(ended.err.matches("SSH2_MSG_NEWKEYS received").count() > 3, "{}", ended.err);
    let out = ended.ok();
    assert!(out.starts_with(&format!("{MUCH}\n")), "{}", &out[..20]);
    assert_eq!(out.trim_start_matches(|it: char| it.is_ascii_digit()).len(), 8_000_001);
}
