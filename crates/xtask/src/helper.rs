//! The helper, which is PID 1 of a lease's container: a static binary, since it runs in images that have no libraries.

use std::env::consts::ARCH;
use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::{Workspace, run_on_stderr};

/// Compiles it, and says where it is. In a folder of its own: other flags would compile everything else again.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    const FLAGS: &str =
        r#"["-C", "target-feature=+crt-static", "--cfg", "getrandom_backend=\"linux_getrandom\""]"#;
    let target = format!("{ARCH}-unknown-linux-gnu");
    let folder = workspace.target.join("static");
    let mut build = workspace.cargo(["build", "--quiet", "--ignore-rust-version", "--profile", "helper"]);
    build.args(["--package", "gpu-lease-helper", "--target", &target, "--target-dir"]).arg(&folder);
    run_on_stderr(build.arg("--config").arg(format!("target.{target}.rustflags={FLAGS}")))?;
    Ok(folder.join(target).join("helper/gpu-lease-helper"))
}
