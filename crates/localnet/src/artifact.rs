use anyhow::{Context, Result};
use std::{env, fs, path::PathBuf};

/// Variable that names another artifact.
const VARIABLE: &str = "GPU_LEASE_SO";

/// Where `cargo xtask build` leaves the program.
const ARTIFACT: &str = "artifacts/gpu_lease.so";

/// Reads the on-chain program: what `GPU_LEASE_SO` names, else the artifact of this repository.
pub fn read() -> Result<Vec<u8>> {
    let path = match env::var_os(VARIABLE) {
        Some(path) => PathBuf::from(path),
        None => find().with_context(|| {
            format!("there is no {ARTIFACT} here or above; run `cargo xtask build`, or set {VARIABLE}")
        })?,
    };
    fs::read(&path).with_context(|| {
        format!("the program {} cannot be read; run `cargo xtask build`, or set {VARIABLE}", path.display())
    })
}

/// Looks in the working directory and above it, then where this crate was compiled.
fn find() -> Option<PathBuf> {
    let working_directory = env::current_dir().ok()?;
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    working_directory
        .ancestors()
        .chain([repository.as_path()])
        .map(|folder| folder.join(ARTIFACT))
        .find(|path| path.is_file())
}
