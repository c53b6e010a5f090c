//! What a process takes of a processor and of memory.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Instant;

/// A program as it is deployed.
pub fn deployed(name: &str) -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--profile", "daemon", "--workspace", "--quiet", "--ignore-rust-version"]);
    build.args(["--bin", name]).current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(build.status().unwrap().success(), "it does not build");
    // This test is in `debug/deps` there.
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    target.join("daemon").join(name)
}

/// Processor time that a process has had, in hundredths of a second.
fn spent(process: &Child) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// Memory of a process at most, MiB.
fn memory(process: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
}

/// Prints a row about what a process takes meanwhile.
pub async fn measure(what: &str, process: &Child, meanwhile: impl Future<Output = ()>) {
    let (before, since) = (spent(process), Instant::now());
    meanwhile.await;
    let percent = (spent(process) - before) as f64 / since.elapsed().as_secs_f64();
    eprintln!("| {what} | {percent:.1} % | {} MiB |", memory(process));
}
