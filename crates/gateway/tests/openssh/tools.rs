//! Commands, shells and files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use tokio::process::Command;

use crate::machine::{BOX, Machine, done, fed, needs};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_has_its_output_and_its_exit() {
    needs!("ssh");
    let machine = Machine::start().await;
    let ended = machine.run("echo out; echo err >&2; exit 42").await;
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (Some(42), "out\n", "err\n"));
    assert_eq!(machine.run("kill -9 $$").await.code, Some(255));
    assert_eq!(fed(machine.ssh(&[BOX, "wc -c"]), &[b'x'; 100_000]).await.ok().trim(), "100000");
    assert_eq!(
        machine.run("pwd").await.ok().trim(),
        machine.workspace("").to_str().unwrap().trim_end_matches('/')
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_variables_that_do_no_harm_reach_a_command() {
    needs!("ssh");
    let machine = Machine::start().await;
    let sent = ["-oSetEnv=LC_TEST=a LANG=b COLORTERM=c GIT_PROTOCOL=d LD_LIBRARY_PATH=e BASH_ENV=f"];
    let print = "echo $LC_TEST-$LANG-$COLORTERM-$GIT_PROTOCOL-$LD_LIBRARY_PATH-$BASH_ENV";
    assert_eq!(done(machine.ssh(&[sent[0], BOX, print])).await.ok(), "a-b-c-d--\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_has_a_terminal_of_the_size_it_is_shown_in() {
    needs!("ssh", "script");
    let machine = Machine::start().await;
    let config = machine.path("config");
    let ssh = format!("stty rows 33 cols 99; ssh -tt -F {} {BOX}", config.display());
    let mut script = Command::new("script");
    script.args(["-qec", &ssh, "/dev/null"]).env("TERM", "xterm-256color");
    script.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let ended = fed(script, b"stty size; echo term=$TERM; tty\nexit 7\n").await;
    assert_eq!(ended.code, Some(7), "{ended:?}");
    for part in ["33 99", "term=xterm-256color", "/dev/pts/"] {
        assert!(ended.out.contains(part), "{part} is missing in {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_is_resized_is_resized_there_too() {
    needs!("ssh", "script");
    let machine = Machine::start().await;
    let config = machine.path("config");
    // The command waits for the signal that a terminal sends when its size has changed.
    let remote = "trap \"stty size; exit\" WINCH; echo ready; while :; do sleep 0.1; done";
    let resize = "sleep 2; stty rows 44 cols 55 < /dev/tty";
    let ssh = format!("stty rows 33 cols 99; ({resize}) & ssh -tt -F {} {BOX} '{remote}'", config.display());
    let mut script = Command::new("script");
    script.args(["-qec", &ssh, "/dev/null"]).stdin(Stdio::null()).kill_on_drop(true);
    let ended = done(script).await;
    assert!(ended.out.contains("44 55"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_hung_up_when_its_client_goes() {
    needs!("ssh");
    let machine = Machine::start().await;
    let mut client = machine.ssh(&[BOX, "echo $$ > pid; exec sleep 1000"]).spawn().unwrap();
    let pid = machine.workspace("pid");
    let read = || fs::read_to_string(&pid).ok().filter(|it| it.ends_with('\n'));
    crate::machine::until("the command has started", || read().is_some()).await;
    let process = format!("/proc/{}", read().unwrap().trim());
    assert!(fs::exists(&process).unwrap());
    client.kill().await.unwrap();
    crate::machine::until("the command has ended", || !fs::exists(&process).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scp_copies_both_ways_by_both_protocols() {
    needs!("scp");
    let machine = Machine::start().await;
    let content: Vec<u8> = (0..3_000_000u32).map(|it| (it * 7) as u8).collect();
    fs::write(machine.path("here"), &content).unwrap();
    for protocol in ["-s", "-O"] {
        let here = machine.path("here").display().to_string();
        let there = format!("{BOX}:there{protocol}");
        done(machine.tool("scp", [protocol, &here, &there])).await.ok();
        assert!(fs::read(machine.workspace(&format!("there{protocol}"))).unwrap() == content);
        let back = machine.path("back");
        done(machine.tool("scp", [protocol, &there, back.to_str().unwrap()])).await.ok();
        assert!(fs::read(&back).unwrap() == content);
        fs::remove_file(back).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sftp_lists_writes_renames_and_removes() {
    needs!("sftp");
    let machine = Machine::start().await;
    fs::write(machine.path("here"), "content").unwrap();
    let batch = format!(
        "put {0}/here first\nchmod 640 first\nrename first second\nmkdir folder\nls -l\ndf\nget second {0}/back\nrmdir folder\n",
        machine.path("").display()
    );
    let listed = fed(machine.tool("sftp", ["-b", "-", BOX]), batch.as_bytes()).await.ok();
    assert!(
        listed.contains("second") && listed.contains("folder") && listed.contains("%Capacity"),
        "{listed}"
    );
    assert_eq!(fs::read_to_string(machine.path("back")).unwrap(), "content");
    let mode = fs::metadata(machine.workspace("second")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(!machine.workspace("folder").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn rsync_makes_a_folder_the_same() {
    needs!("ssh", "rsync");
    let machine = Machine::start().await;
    let from = machine.path("from");
    fs::create_dir_all(from.join("deep/er")).unwrap();
    fs::write(from.join("deep/er/file"), vec![b'x'; 200_000]).unwrap();
    fs::write(from.join("top"), "top").unwrap();
    fs::write(machine.workspace("stray"), "").unwrap();
    let mut rsync = Command::new("rsync");
    rsync.arg("-a").arg("--delete").arg("-e").arg(format!("ssh -F {}", machine.path("config").display()));
    rsync.arg(format!("{}/", from.display())).arg(format!("{BOX}:./")).kill_on_drop(true);
    done(rsync).await.ok();
    assert_eq!(fs::read(machine.workspace("deep/er/file")).unwrap().len(), 200_000);
    assert!(machine.workspace("top").exists() && !machine.workspace("stray").exists());
}
