//! Where things are, and how commands are run.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Error, Result, bail};

/// The package of the on-chain program.
pub const PROGRAM: &str = "gpu-lease";
/// The package of its client.
pub const CLIENT: &str = "gpu-lease-client";
/// The program's library, which names the artifact and the IDL.
pub const LIBRARY: &str = "gpu_lease";

/// The folder of the TypeScript client that Codama makes.
pub const TYPESCRIPT: &str = "sdk/src/generated";
/// The folder of the program's rules as WebAssembly.
pub const RULES: &str = "sdk/src/rules";

/// The checkout.
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where Cargo puts what it builds.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the checkout that this task was started in.
    pub fn locate() -> Result<Self> {
        let package =
            env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask`, not by its path")?;
        let root = Path::new(&package)
            .ancestors()
            .nth(2)
            .context("crates/xtask is not two levels below the root of the checkout")?
            .to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => env::current_dir()?.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The committed program.
    pub fn artifact(&self) -> PathBuf {
        self.root.join("artifacts").join(LIBRARY).with_extension("so")
    }

    /// What the committed program was built from and with.
    pub fn manifest(&self) -> PathBuf {
        self.root.join("artifacts/manifest.json")
    }

    /// The committed IDL.
    pub fn idl(&self) -> PathBuf {
        self.root.join("idl").join(LIBRARY).with_extension("json")
    }

    /// The folder of the on-chain program.
    pub fn program(&self) -> PathBuf {
        self.root.join("programs").join(PROGRAM)
    }

    /// The folder of the page.
    pub fn app(&self) -> PathBuf {
        self.root.join("app")
    }

    /// The folder of the SDK for TypeScript.
    pub fn sdk(&self) -> PathBuf {
        self.root.join("sdk")
    }

    /// The folder of the runtime it is linked with.
    pub fn runtime(&self) -> PathBuf {
        self.root.join("crates/sbf-runtime")
    }

    /// The Cargo that started this task, at the root of the checkout.
    ///
    /// What `cargo run` told *this* package is taken out: build scripts would see it and run again.
    pub fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).current_dir(&self.root);
        for (name, _) in env::vars_os() {
            if starts_with_any(&name, &["CARGO_PKG_", "CARGO_MANIFEST_"]) {
                command.env_remove(name);
            }
        }
        command
    }

    /// Compiles and runs a program of this workspace.
    ///
    /// Not by its package: that would choose the features of crates for this package alone, and compile some
    /// of them again that the tests have compiled with the features of all.
    pub fn binary(&self, name: &str) -> Command {
        self.cargo(["run", "--ignore-rust-version", "--bin", name, "--"])
    }
}

/// Whether the name of a variable begins with one of `prefixes`.
pub fn starts_with_any(name: &OsStr, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
}

/// One line about one of the steps of a build, for instance `1/5`.
pub fn headline(step: &str, text: &str) {
    eprintln!("[{step}] {text}");
}

/// Runs a command to its end, its output shown as it comes.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a command to its end with its output on stderr: stdout belongs to the task's own result.
pub fn run_on_stderr(command: &mut Command) -> Result<()> {
    run(command.stdout(Stdio::from(io::stderr())))
}

/// Runs a command to its end and returns what it wrote to stdout; what it said is shown only when it fails.
pub fn run_quietly(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("could not start `{}`", shown(command)))?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed ({}):\n{stdout}{stderr}", shown(command), output.status);
    }
    Ok(stdout.into_owned())
}

/// Ends this process by becoming another, so that signals and the exit code reach their addressee; returns
/// only when that fails.
pub fn replace_self_with(mut command: Command) -> Error {
    let error = command.exec();
    Error::new(error).context(format!("could not start `{}`", shown(&command)))
}

/// Whether a program of this name is on the PATH.
pub fn is_on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// The command as one would type it.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = [program].into_iter().chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
