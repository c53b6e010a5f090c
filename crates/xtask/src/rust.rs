//! Compiling the workspace with its lints, so that whatever comes first compiles for what comes after it.

use std::process::Command;

use crate::workspace::{Workspace, run_quietly};

/// The Rust tests, compiled by Clippy's driver: the compiler and its lints in one. `cargo clippy` would check every
/// dependency once more before the tests compile them, which takes a sixth of all time from nothing.
pub fn tests(workspace: &Workspace) -> Command {
    linted(workspace, workspace.cargo(["test", "--workspace", "--ignore-rust-version"]))
}

/// A command of Cargo that compiles the workspace as [`tests`] does, so that nothing is compiled twice.
pub fn linted(workspace: &Workspace, mut command: Command) -> Command {
    if is_installed(workspace, "clippy", "rustup component add clippy") {
        command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", "--deny=warnings");
    }
    command
}

/// Measures compute units, or compares them with the recorded figures.
pub fn bench(workspace: &Workspace, check: bool) -> Command {
    let mut command = linted(workspace, workspace.binary("bench"));
    command.args(check.then_some("--check")).env("GPU_LEASE_SO", workspace.artifact());
    command
}

/// Whether Cargo has this subcommand; when it has not, says that the check is skipped.
pub fn is_installed(workspace: &Workspace, subcommand: &str, installation: &str) -> bool {
    let found = run_quietly(&mut workspace.cargo([subcommand, "--version"])).is_ok();
    if !found {
        println!("skipped: `cargo {subcommand}` is missing; `{installation}` brings it");
    }
    found
}
