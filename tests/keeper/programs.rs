//! The keeper's program, as the sources are now.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use tokio::task::block_in_place;

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--workspace", "--quiet", "--ignore-rust-version", "--bin", "gpu-lease-keeper"]);
        // What Cargo told this test: the build scripts of others would see it, and compile much of it all again.
        for (name, _) in std::env::vars_os() {
            if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|it| name.to_string_lossy().starts_with(it)) {
                build.env_remove(name);
            }
        }
        assert!(
            build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success(),
            "it does not build"
        );
        // This test is in the folder `deps` there.
        let folder = std::env::current_exe().unwrap().ancestors().nth(2).map(Path::to_owned).unwrap();
        folder.join("gpu-lease-keeper")
    })
}

/// What the program does with a configuration.
pub fn keeper(config: &Path) -> Command {
    let mut command = Command::new(program());
    command.arg("--config").arg(config).stdin(Stdio::null());
    command
}

/// What it says until it ends.
pub fn ended(command: &mut Command) -> Output {
    block_in_place(|| command.output()).unwrap()
}

/// A keeper that runs. It ends with this.
pub struct Daemon(Child);

impl Daemon {
    pub fn start(config: &Path) -> Self {
        let log = fs::File::options().create(true).append(true).open(config.with_extension("log")).unwrap();
        Self(keeper(config).arg("run").stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// As a crash does.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Shows what a keeper said, if a test fails.
pub struct Said(pub PathBuf);

impl Drop for Said {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(&self.0).unwrap_or_default());
        }
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
