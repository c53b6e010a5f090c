//! The helper that leases run with.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Builds it, once.
pub fn helper() -> &'static Path {
    static HELPER: OnceLock<PathBuf> = OnceLock::new();
    HELPER.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["xtask", "helper"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo runs, as it did to build this test");
        assert!(built.status.success(), "the helper does not build: {built:?}");
        String::from_utf8(built.stdout).unwrap().trim_end().into()
    })
}
