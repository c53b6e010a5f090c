//! What the indexer makes of a large market, as it is deployed.

use std::fs;

use anyhow::{Result, ensure};

use crate::workspace::{Workspace, is_on_path, run};

/// Measures it, and writes the page of figures, unless it is only to be checked. What was compiled is kept, and so is the market's
/// record, for as long as both are of the same sources.
pub fn measure(workspace: &Workspace, is_check: bool) -> Result<()> {
    find_postgresql()?;
    const BUILD: [&str; 6] =
        ["build", "--ignore-rust-version", "--profile", "daemon", "--package", "gpu-lease-load"];
    run(&mut workspace.cargo(BUILD))?;
    let mut load = std::process::Command::new(workspace.target.join("daemon/gpu-lease-load"));
    load.arg("measure").arg("--folder").arg(workspace.target.join("load"));
    load.arg("--document")
        .arg(workspace.root.join("docs/INDEXER_LOAD.md"))
        .args(is_check.then_some("--check"));
    run(&mut load)
}

/// Fails unless the server is installed that the indexer is tested and measured with. Debian's is not on the path, nor is one that was built from source.
pub fn find_postgresql() -> Result<()> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders = debian.map(|version| version.path().join("bin")).chain(["/usr/local/pgsql/bin".into()]);
    ensure!(
        is_on_path("initdb") || folders.any(|folder| folder.join("initdb").is_file()),
        "PostgreSQL is missing: install it, on Debian with `sudo apt-get install postgresql`"
    );
    Ok(())
}
