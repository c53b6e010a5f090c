//! Builds what tests start.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds, as this test was built: the folder of what is built.
pub fn build(what: &[&str]) -> PathBuf {
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
