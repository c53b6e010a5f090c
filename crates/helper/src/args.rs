//! What the helper is started with.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// How it is used.
pub const USAGE: &str = "\
Usage: gpu-lease-helper --socket PATH [--mode OCTAL] [--workspace DIR] [--shell PATH]
                        [--keep-env]

  --socket PATH    serve on this Unix socket          [env: GPU_LEASE_HELPER_SOCKET]
  --mode OCTAL     who may connect to it, 600 if unset [env: GPU_LEASE_HELPER_MODE]
  --workspace DIR  where shells and files start, /workspace if unset
                                                      [env: GPU_LEASE_HELPER_WORKSPACE]
  --shell PATH     the login shell; if unset $SHELL, the user's in /etc/passwd, /bin/bash or /bin/sh
                                                      [env: GPU_LEASE_HELPER_SHELL]
  --keep-env       pass on all variables, as in a container, where it is PID 1
  --version, --help";

/// How the names of this program's own variables begin.
pub const PREFIX: &str = "GPU_LEASE_HELPER_";

/// What it is started with.
pub struct Args {
    /// Where to listen.
    pub socket: PathBuf,
    /// Permissions of the socket.
    pub mode: u32,
    /// Where shells and files start.
    pub workspace: PathBuf,
    /// The login shell.
    pub shell: Option<PathBuf>,
    /// Whether its environment is meant for whoever logs in.
    pub keep_env: bool,
}

impl Args {
    /// From the command line, or else from the environment.
    pub fn parse() -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;

        let (mut socket, mut mode) = (variable("SOCKET"), variable("MODE"));
        let (mut workspace, mut shell) = (variable("WORKSPACE"), variable("SHELL"));
        let mut keep_env = false;
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            let option = match arg {
                Long("socket") => &mut socket,
                Long("mode") => &mut mode,
                Long("workspace") => &mut workspace,
                Long("shell") => &mut shell,
                Long("keep-env") => {
                    keep_env = true;
                    continue;
                }
                Long("version") => says(&format!("gpu-lease-helper {}", env!("CARGO_PKG_VERSION"))),
                Long("help") => says(USAGE),
                _ => return Err(arg.unexpected()),
            };
            *option = Some(parser.value()?);
        }
        let mode = mode.map(|it| it.parse_with(|text| u32::from_str_radix(text, 8))).transpose()?;
        Ok(Self {
            socket: socket.ok_or("say where to listen, with --socket PATH")?.into(),
            mode: mode.unwrap_or(0o600) & 0o777,
            workspace: workspace.map_or_else(|| "/workspace".into(), PathBuf::from),
            shell: shell.map(PathBuf::from),
            keep_env,
        })
    }
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(format!("{PREFIX}{name}")).filter(|it| !it.is_empty())
}

fn says(text: &str) -> ! {
    println!("{text}");
    std::process::exit(0)
}
