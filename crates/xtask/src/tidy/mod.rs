//! What the sources keep to, beyond what the compiler asks: `cargo test --workspace --bin xtask` checks it.
//!
//! - [`rooms`]: which crate may use which, and what none of them may
//! - [`circles`]: no two files of a crate use each other
//! - [`modules`]: reads for it who uses what

mod circles;
mod modules;
mod rooms;

use std::path::PathBuf;

use serde::Deserialize;

use crate::workspace::{Workspace, run_quietly};

/// What `cargo metadata` says of this workspace.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

/// A library, a program or a test program.
#[derive(Deserialize)]
struct Target {
    /// Its first file.
    src_path: PathBuf,
}

impl Metadata {
    fn read(workspace: &Workspace) -> Self {
        let mut command = workspace.cargo(["metadata", "--no-deps", "--format-version", "1"]);
        serde_json::from_str(&run_quietly(&mut command).unwrap()).unwrap()
    }
}
