//! What Cargo says of this workspace.

use std::path::PathBuf;

use anyhow::Result;
use serde::Deserialize;

use crate::workspace::{Workspace, run_quietly};

/// What `cargo metadata` says.
#[derive(Deserialize)]
pub struct Metadata {
    pub packages: Vec<Package>,
}

#[derive(Deserialize)]
pub struct Package {
    pub name: String,
    pub manifest_path: PathBuf,
    pub targets: Vec<Target>,
    pub dependencies: Vec<Dependency>,
}

/// A library, a program, a test program or an example.
#[derive(Deserialize)]
pub struct Target {
    pub name: String,
    pub kind: Vec<String>,
    /// Its first file.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests read the sources"))]
    pub src_path: PathBuf,
}

#[derive(Deserialize)]
pub struct Dependency {
    pub name: String,
    pub rename: Option<String>,
}

impl Metadata {
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let mut command = workspace.cargo(["metadata", "--no-deps", "--format-version", "1"]);
        Ok(serde_json::from_str(&run_quietly(&mut command)?)?)
    }
}
