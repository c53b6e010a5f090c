//! The helper that leases run with: a static binary, since it runs in images that have no libraries.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Builds it, once.
pub fn helper() -> &'static Path {
    static HELPER: OnceLock<PathBuf> = OnceLock::new();
    HELPER.get_or_init(|| {
        let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("static");
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--ignore-rust-version",
                "--package",
                "gpu-lease-helper",
                "--target",
                &target,
            ])
            .arg("--target-dir")
            .arg(&folder)
            .arg("--config")
            .arg(format!("target.{target}.rustflags=[\"-C\", \"target-feature=+crt-static\", \"--cfg\", \"getrandom_backend=\\\"linux_getrandom\\\"\"]"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo runs, as it did to build this test");
        assert!(built.success(), "the helper does not build");
        folder.join(target).join("debug/gpu-lease-helper")
    })
}
