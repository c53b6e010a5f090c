//! The programs of this workspace that tests start.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::build::build;
use crate::helper::helper;

/// The library that stands in for those of NVIDIA's driver.
pub fn stand_in() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| build(&["--example", "stand_in"])).join("examples/libstand_in.so")
}

/// The program of this name, as the sources are now.
pub fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    if name == "gpu-lease-helper" {
        return helper().to_owned();
    }
    let programs =
        ["gpu-lease", "gpu-lease-agent", "gpu-lease-guard", "gpu-lease-indexer", "gpu-lease-keeper"];
    let options: Vec<&str> = programs.iter().flat_map(|name| ["--bin", *name]).collect();
    let folder = FOLDER.get_or_init(|| build(&options));
    folder.join(name)
}
