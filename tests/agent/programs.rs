//! The programs of this workspace that tests start.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::helper::helper;

/// Builds, as this test was built: the folder of what is built.
fn build(what: &[&str]) -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--workspace", "--quiet", "--ignore-rust-version"]).args(what);
    // What Cargo told this test: the build scripts of others would see it, and compile much of it all again.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|it| name.to_string_lossy().starts_with(it)) {
            build.env_remove(name);
        }
    }
    assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success(), "they do not build");
    // This test is in the folder `deps` there.
    std::env::current_exe().unwrap().ancestors().nth(2).map(Path::to_owned).unwrap()
}

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
    let programs = ["gpu-lease", "gpu-lease-agent", "gpu-lease-guard", "gpu-lease-keeper"];
    let options: Vec<&str> = programs.iter().flat_map(|name| ["--bin", *name]).collect();
    let folder = FOLDER.get_or_init(|| build(&options));
    folder.join(name)
}
