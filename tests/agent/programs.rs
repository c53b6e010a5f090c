//! The programs of this workspace that tests start.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// All of them.
const NAMES: [&str; 3] = ["gpu-lease", "gpu-lease-agent", "gpu-lease-helper"];

/// The program of this name, as the sources are now.
pub fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--workspace", "--quiet", "--ignore-rust-version"]);
        build.args(NAMES.iter().flat_map(|name| ["--bin", name]));
        // What Cargo told this test: build scripts would see it, run again, and half of all crates with them.
        for (name, _) in std::env::vars_os() {
            let is_told = |start: &&str| name.as_encoded_bytes().starts_with(start.as_bytes());
            if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(is_told) {
                build.env_remove(name);
            }
        }
        assert!(
            build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success(),
            "they do not build"
        );
        // This test is in the folder `deps` there.
        std::env::current_exe().unwrap().ancestors().nth(2).map(Path::to_owned).unwrap()
    });
    folder.join(name)
}
