//! The keeper's program, as the sources are now.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::build::build;
use crate::daemon::Daemon;

fn program() -> &'static Path {
    const NAME: &str = "gpu-lease-keeper";
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build(&["--bin", NAME]).join(NAME))
}

/// What the program does with a configuration.
pub fn keeper(config: &Path) -> Command {
    let mut command = Command::new(program());
    command.arg("--config").arg(config).stdin(Stdio::null());
    command
}

impl Daemon {
    /// A keeper that runs.
    pub fn start(config: &Path) -> Self {
        Self::spawn(&mut Command::new(program()), config, "run")
    }
}
