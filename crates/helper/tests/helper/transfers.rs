use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use bytes::{BufMut, BytesMut};
use futures_util::{SinkExt, StreamExt};
use gpu_lease_helper::protocol::{Exit, FromHelper, Request, ToHelper};
use nix::sys::stat::Mode;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::task::spawn_blocking;

use crate::harness::{Helper, ended, next, send, until};

/// Runs one of OpenSSH's programs, which believes to have started its SFTP server: a script that carries bytes to and from
/// this process, which carries them to and from the helper.
async fn by_openssh(helper: &Helper, program: &str, args: &[&str], batch: &str) -> Output {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["requests", "answers"] {
        nix::unistd::mkfifo(&path(name), Mode::S_IRWXU).unwrap();
    }
    let at = folder.path().display();
    fs::write(path("server"), format!("#!/bin/sh\ncat {at}/answers &\nexec cat > {at}/requests\n")).unwrap();
    fs::set_permissions(path("server"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(path("batch"), batch).unwrap();

    let mut command = Command::new(program);
    command.arg("-D").arg(path("server")).args(args).current_dir(folder.path());
    command.stdin(fs::File::open(path("batch")).unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = command.spawn().unwrap();

    let (requests, answers) = (path("requests"), path("answers"));
    let requests = spawn_blocking(|| fs::File::open(requests).unwrap()).await.unwrap();
    let answers = spawn_blocking(|| fs::OpenOptions::new().write(true).open(answers).unwrap()).await.unwrap();
    let mut requests = pipe::Receiver::from_file(requests).unwrap();
    let mut answers = pipe::Sender::from_file(answers).unwrap();
    let (mut to, mut from) = helper.open(Request::Sftp).await.split();
    let asking = async {
        let mut buffer = BytesMut::with_capacity(1 << 16);
        while requests.read_buf(&mut buffer).await.unwrap() > 0 {
            to.send(ToHelper::Data(buffer.split().freeze())).await.unwrap();
            buffer.reserve(1 << 16);
        }
        to.send(ToHelper::Eof).await.unwrap();
    };
    let answering = async {
        loop {
            match from.next().await.unwrap().unwrap() {
                FromHelper::Data(bytes) => answers.write_all(&bytes).await.unwrap(),
                FromHelper::Eof => {}
                FromHelper::Exit(exit) => break exit,
                other => panic!("{other:?}"),
            }
        }
    };
    let ((), exit) = tokio::join!(asking, answering);
    drop(answers);
    assert_eq!(exit, Exit::Code { code: 0 });
    spawn_blocking(|| running.wait_with_output().unwrap()).await.unwrap()
}

async fn sftp(helper: &Helper, batch: &str) -> Output {
    by_openssh(helper, "sftp", &["-b", "-"], batch).await
}

/// What it printed, if all of the batch went well.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn write_noise(path: &Path, len: usize) -> Vec<u8> {
    let noise: Vec<u8> =
        (0..len as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u8).collect();
    fs::write(path, &noise).unwrap();
    noise
}

#[tokio::test]
async fn the_real_sftp_carries_a_big_file_there_and_back_in_little_memory() {
    let helper = Helper::start().await;
    let local = TempDir::new().unwrap();
    let (there, back) = (local.path().join("there"), local.path().join("back"));
    let noise = write_noise(&there, (64 << 20) + 12_345);
    let before = helper.peak_memory();
    let batch = format!("put {} big\nget big {}\n", there.display(), back.display());
    printed(&sftp(&helper, &batch).await);
    assert!(fs::read(helper.workspace().join("big")).unwrap() == noise);
    assert!(fs::read(back).unwrap() == noise);
    assert!(helper.peak_memory() < before + (16 << 20), "{} after {before}", helper.peak_memory());
}

#[tokio::test]
async fn the_real_sftp_finds_what_its_commands_need() {
    let helper = Helper::start().await;
    let local = TempDir::new().unwrap();
    fs::write(local.path().join("text"), "0123456789").unwrap();
    let at = local.path().display();
    let batch = format!(
        "pwd\nmkdir folder\ncd folder\nput -p {at}/text a\nchmod 640 a\nrename a b\nln b hard\nln -s b soft\nls -l\n\
         df\nput -f {at}/text synced\n-rename -l b hard\nrm synced\nmkdir empty\nrmdir empty\nget b {at}/copy\n",
    );
    let output = sftp(&helper, &batch).await;
    let told = printed(&output);
    let workspace = helper.workspace();
    assert!(told.contains(&format!("Remote working directory: {}", workspace.display())), "{told}");
    assert!(told.contains("-rw-r-----") && told.contains("soft") && told.contains("Avail"), "{told}");
    let folder = workspace.join("folder");
    assert_eq!(fs::read_to_string(folder.join("hard")).unwrap(), "0123456789");
    assert_eq!(fs::read_link(folder.join("soft")).unwrap().to_str(), Some("b"));
    assert!(!folder.join("synced").exists() && !folder.join("empty").exists() && !folder.join("a").exists());
    assert_eq!(fs::read_to_string(local.path().join("copy")).unwrap(), "0123456789");
    let time = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let age = time(&local.path().join("text")).duration_since(time(&folder.join("hard")));
    assert!(age.is_ok_and(|it| it.as_secs() <= 1));
}

#[tokio::test]
async fn the_real_sftp_is_told_why_something_fails() {
    let helper = Helper::start().await;
    fs::create_dir_all(helper.workspace().join("full/inside")).unwrap();
    for (batch, told) in [
        ("get nothing\n", "not found"),
        ("rmdir full\n", "failure"),
        ("cd full\nget inside\n", "not a regular file"),
        ("cd nothing\n", "no such file"),
    ] {
        let output = sftp(&helper, batch).await;
        let stderr = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(!output.status.success() && stderr.contains(told), "{batch:?}: {stderr}");
    }
    // OpenSSH's shows no more than the code; others show the reason.
    let mut session = helper.open(Request::Sftp).await;
    send(&mut session, packet(15, 1, &["full"], &[])).await;
    until(&mut session, "Directory not empty").await;
}

#[tokio::test]
async fn the_real_scp_copies_a_tree_and_a_folder_of_a_thousand_files() {
    let helper = Helper::start().await;
    let local = TempDir::new().unwrap();
    let tree = local.path().join("tree");
    fs::create_dir_all(tree.join("deep")).unwrap();
    for file in 0..1000 {
        fs::write(tree.join(format!("deep/{file}")), file.to_string()).unwrap();
    }
    let output = by_openssh(&helper, "scp", &["-pr", tree.to_str().unwrap(), "host:"], "").await;
    printed(&output);
    let back = local.path().join("back");
    let output = by_openssh(&helper, "scp", &["-r", "host:tree/deep", back.to_str().unwrap()], "").await;
    printed(&output);
    assert_eq!(fs::read_dir(&back).unwrap().count(), 1000);
    assert_eq!(fs::read_to_string(back.join("999")).unwrap(), "999");
}

/// A packet of version 3: its kind, its number, strings, and the rest.
fn packet(kind: u8, id: u32, strings: &[&str], rest: &[u8]) -> Vec<u8> {
    let mut body = BytesMut::new();
    body.put_u8(kind);
    body.put_u32(id);
    for string in strings {
        body.put_u32(string.len() as u32);
        body.put_slice(string.as_bytes());
    }
    body.put_slice(rest);
    [&(body.len() as u32).to_be_bytes(), &body[..]].concat()
}

#[tokio::test]
async fn a_path_from_home_is_expanded_and_no_other_users() {
    let helper = Helper::start().await;
    let mut session = helper.open(Request::Sftp).await;
    send(&mut session, packet(200, 1, &["expand-path@openssh.com", "~/not-yet"], &[])).await;
    until(&mut session, &format!("{}/not-yet", helper.folder.path().display())).await;
    send(&mut session, packet(200, 2, &["expand-path@openssh.com", "~root"], &[])).await;
    until(&mut session, "only the home of the user itself").await;
}

#[tokio::test]
async fn a_pipe_that_nobody_serves_holds_up_no_session_and_no_end() {
    let mut helper = Helper::start().await;
    nix::unistd::mkfifo(&helper.workspace().join("pipe"), Mode::S_IRWXU).unwrap();
    let mut session = helper.open(Request::Sftp).await;
    let flags_and_attributes = [0, 0, 0, 1, 0, 0, 0, 0];
    send(&mut session, packet(3, 7, &["pipe"], &flags_and_attributes)).await;
    send(&mut session, packet(16, 8, &["."], &[])).await;
    let mut answers = Vec::new();
    while !answers.windows(9).any(|it| it == b"workspace") {
        match next(&mut session).await {
            Some(FromHelper::Data(bytes)) => answers.extend_from_slice(&bytes),
            other => panic!("{other:?}"),
        }
    }
    helper.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(helper.ended().await, Some(0));
}

#[tokio::test]
async fn open_files_are_bounded_in_a_session_and_in_all() {
    let helper = Helper::start().await;
    fs::write(helper.workspace().join("file"), "x").unwrap();
    let mut sessions = Vec::new();
    let mut opened = 0;
    for _ in 0..6 {
        let mut session = helper.open(Request::Sftp).await;
        for id in 0..70 {
            send(&mut session, packet(3, id, &["file"], &[0, 0, 0, 1, 0, 0, 0, 0])).await;
        }
        let mut answers = Vec::new();
        while count(&answers) < 70 {
            match next(&mut session).await {
                Some(FromHelper::Data(bytes)) => answers.extend_from_slice(&bytes),
                other => panic!("{other:?}"),
            }
        }
        let handles = kinds(&answers).filter(|kind| *kind == 102).count();
        assert!(handles <= 64);
        opened += handles;
        sessions.push(session);
    }
    assert_eq!(opened, 256);
    // What a session had open is closed with it.
    let mut first = sessions.swap_remove(0);
    first.send(ToHelper::Eof).await.unwrap();
    ended(&mut first).await;
    drop(sessions);
    let output = sftp(&helper, "get file again\n").await;
    printed(&output);
}

fn kinds(mut packets: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let len = u32::from_be_bytes(packets.get(..4)?.try_into().unwrap()) as usize;
        let packet = packets.get(4..4 + len)?;
        packets = &packets[4 + len..];
        Some(packet[0])
    })
}

fn count(packets: &[u8]) -> usize {
    kinds(packets).count()
}
