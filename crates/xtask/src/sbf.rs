//! Compiles the on-chain program to a sBPF v3 shared object.
//!
//! With Anza's platform tools (`cargo-build-sbf` on the PATH), they do everything. Without them, the upstream
//! compiler does (see [`toolchain`](crate::toolchain) for where it comes from):
//!
//! 1. the program and `crates/sbf-runtime` are compiled, each together with the standard library, to archives
//!    of LLVM bitcode;
//! 2. sbpf-linker optimises both as one module and writes the machine code.
//!
//! v3 only: new deployments must be v3, and v0 has no room for a function's sixth argument.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::toolchain::Toolchain;
use crate::workspace::{LIBRARY, PROGRAM, Workspace, headline, is_on_path, run_on_stderr, run_quietly};

const RUNTIME: &str = "sbf-runtime";
/// The target, whose description is in the runtime's folder.
const TARGET: &str = "sbpfv3";

/// `std` too: the program's dependencies ask for it. The target names itself an operating system without any
/// facilities, for which `std` has a port.
const CARGO_FLAGS: &[&str] = &[
    "-Zjson-target-spec",
    "-Zbuild-std=core,alloc,std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
];

const RUST_FLAGS: &[&str] = &[
    // There is one thread.
    "-Cpasses=lower-atomic",
    // No text, no unwinding: a panic is one instruction.
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    // The SDK's crates choose Solana's syscalls by the first. The second stands in for a processor that the
    // standard library's allocator knows the alignment of; nothing else looks at it.
    "--cfg=target_os=\"solana\"",
    "--cfg=target_arch=\"csky\"",
    "-Aexplicit_builtin_cfgs_in_flags",
];

const LINK_FLAGS: &[&str] = &[
    "--arch=v3",
    "--cpu=v3",
    "--cpu-features=+allows-misaligned-mem-access",
    // Stack frames of 4 KiB; the virtual machine has no sign-extending moves and loads. What is inlined while linking is
    // a little more than for size alone: no other bound that was tried gave fewer compute units, or a smaller program.
    "--llvm-args=--bpf-stack-size=4096,--disable-movsx,--disable-ldsx,--inline-threshold=75",
    "-O3",
    "--export=entrypoint",
];

/// For the compiler: needed for `-Z` flags, and so that `std` accepts a target it does not know.
const ENVIRONMENT: &[(&str, &str)] = &[("RUSTC_BOOTSTRAP", "1"), ("RUSTC_BOOTSTRAP_SYNTHETIC_TARGET", "1")];

/// Every choice made in this file that decides the bytes of a program built from the same sources.
pub fn recipe() -> impl Iterator<Item = &'static str> {
    [CARGO_FLAGS, RUST_FLAGS, LINK_FLAGS].into_iter().flatten().copied()
}

/// What turns the program's source into an object that a validator loads.
pub enum Compiler {
    /// Anza's platform tools.
    PlatformTools,
    /// Upstream rustc, LLVM and sbpf-linker.
    Upstream(Toolchain),
}

impl Compiler {
    /// The compiler of this machine, set up if need be.
    pub fn find() -> Result<Self> {
        if is_on_path("cargo-build-sbf") {
            Ok(Self::PlatformTools)
        } else if Toolchain::is_available() {
            Ok(Self::Upstream(Toolchain::set_up()?))
        } else {
            bail!(
                "no compiler for on-chain programs: install Anza's platform tools (Solana's own installer brings \
                 them), so that `cargo-build-sbf` is on the PATH"
            )
        }
    }

    /// The name that the manifest gives it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PlatformTools => "cargo-build-sbf",
            Self::Upstream(_) => "upstream",
        }
    }

    /// Its own version and that of its linker: while both are the same, so are the bytes it makes.
    pub fn versions(&self) -> Result<(String, String)> {
        match self {
            Self::PlatformTools => {
                let report = run_quietly(Command::new("cargo-build-sbf").arg("--version"))?;
                Ok((report.lines().collect::<Vec<_>>().join(", "), "of the platform tools".to_owned()))
            }
            Self::Upstream(toolchain) => Ok((toolchain.compiler_version()?, toolchain.linker_version()?)),
        }
    }

    /// Builds the program and returns where it is.
    pub fn compile(&self, workspace: &Workspace) -> Result<PathBuf> {
        let folder = workspace.target.join("sbf");
        match self {
            Self::PlatformTools => compile_with_platform_tools(workspace, &folder),
            Self::Upstream(toolchain) => compile_upstream(workspace, toolchain, &folder),
        }
    }
}

/// Never run by the authors of this file, who had no platform tools at hand: written from their
/// documentation.
fn compile_with_platform_tools(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    let mut build = workspace.cargo(["build-sbf", "--arch", "v3", "--manifest-path"]);
    build.arg(workspace.program().join("Cargo.toml")).arg("--sbf-out-dir").arg(folder);
    // The tools' own rustc is older than the host crates ask for.
    build.args(["--", "--ignore-rust-version"]);
    run_on_stderr(&mut build)?;
    Ok(folder.join(LIBRARY).with_extension("so"))
}

fn compile_upstream(workspace: &Workspace, toolchain: &Toolchain, folder: &Path) -> Result<PathBuf> {
    headline("4/5", "Program and runtime, for sBPF v3");
    let flags = rust_flags(RUST_FLAGS, workspace, toolchain, folder)?;
    for package in [RUNTIME, PROGRAM] {
        let mut compile = toolchain.cargo();
        compile
            .current_dir(&workspace.root)
            .args(["rustc", "--locked", "--release", "--lib", "--crate-type=staticlib", "--package", package])
            .args(CARGO_FLAGS)
            .arg("--target")
            .arg(workspace.runtime().join(TARGET).with_extension("json"))
            .arg("--target-dir")
            .arg(folder)
            .env("CARGO_ENCODED_RUSTFLAGS", &flags)
            .envs(ENVIRONMENT.iter().copied());
        run_on_stderr(&mut compile)?;
    }

    headline("5/5", "Link");
    let objects = folder.join(TARGET).join("release");
    let program = objects.join(LIBRARY).with_extension("so");
    let mut link = toolchain.linker();
    link.args(LINK_FLAGS)
        // The name of the intermediate object; the program is written next to it.
        .arg("--output")
        .arg(program.with_extension("o"))
        .args(["libsbf_runtime.a", &format!("lib{LIBRARY}.a")].map(|archive| objects.join(archive)));
    run_quietly(&mut link)?;
    Ok(program)
}

/// `flags`, and a fixed name for every folder that a path in the program could begin with: the bytes
/// must not depend on whose machine this is.
pub fn rust_flags(
    flags: &[&str],
    workspace: &Workspace,
    toolchain: &Toolchain,
    folder: &Path,
) -> Result<String> {
    let cargo_home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().context("no home folder: set CARGO_HOME")?.join(".cargo"),
    };
    let renamed = [
        (workspace.root.clone(), "/gpu-lease"),
        (folder.to_owned(), "/target"),
        (cargo_home, "/cargo"),
        (toolchain.standard_library_source(), "/rust"),
    ];
    let mut flags: Vec<String> = flags.iter().copied().map(String::from).collect();
    for (folder, name) in renamed {
        let folder = folder.to_str().with_context(|| format!("{} is not UTF-8", folder.display()))?;
        flags.push(format!("--remap-path-prefix={folder}={name}"));
    }
    // The separator Cargo expects, which may not occur in any flag.
    Ok(flags.join("\x1f"))
}
