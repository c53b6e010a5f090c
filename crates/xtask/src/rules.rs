//! Compiles the program's rules for the page (`crates/wasm`), and keeps the committed module in step with its
//! sources, as [`artifact`] does for the program.
//!
//! The upstream compiler makes a module with 64-bit memory, in which everything lies as it does on chain. Browsers run
//! 32 bits: `sdk/scripts/lower.mjs` makes it one of those. See docs/decisions/0028-the-rules-in-the-page.md.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::artifact;
use crate::digest::{self, Ingredients, REBUILD, Record, sha256};
use crate::sbf::rust_flags;
use crate::toolchain::Toolchain;
use crate::workspace::{RULES, Workspace, headline, run_on_stderr};

const PACKAGE: &str = "gpu-lease-wasm";
const PROFILE: &str = "rules";
const TARGET: &str = "wasm64-unknown-unknown";

const CARGO_FLAGS: &[&str] = &["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];

const RUST_FLAGS: &[&str] = &[
    // No text, no unwinding: a panic is one instruction.
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    // There is no randomness inside a module; what needs some gets it passed.
    "--cfg=getrandom_backend=\"unsupported\"",
];

/// What `rules.json` next to the module holds.
#[derive(Serialize, Deserialize)]
struct Manifest {
    /// See [`digest::of_sources`].
    source_sha256: String,
    /// Of the module.
    module_sha256: String,
    /// In bytes.
    size: usize,
    compiler: String,
    linker: String,
}

fn module(workspace: &Workspace) -> PathBuf {
    workspace.root.join(RULES).join("rules.wasm")
}

fn manifest(workspace: &Workspace) -> PathBuf {
    workspace.root.join(RULES).join("rules.json")
}

/// Compiles the rules and records them.
pub fn build(workspace: &Workspace) -> Result<()> {
    let toolchain = Toolchain::set_up_for_wasm()?;
    let bytes = compile(workspace, &toolchain)?;
    let record = Manifest {
        source_sha256: source_digest(workspace)?,
        module_sha256: sha256(&bytes),
        size: bytes.len(),
        compiler: toolchain.compiler_version()?,
        linker: toolchain.wasm_linker_version()?,
    };
    artifact::write(&module(workspace), &bytes)?;
    let text = format!("{}\n", serde_json::to_string_pretty(&record)?);
    artifact::write(&manifest(workspace), text.as_bytes())?;
    eprintln!("{RULES}/rules.wasm: {} bytes, sha256 {}", record.size, record.module_sha256);
    Ok(())
}

/// Fails unless compiling the sources gives the committed module. Compiles only where the same compiler is at hand.
pub fn check(workspace: &Workspace) -> Result<()> {
    let text = fs::read(manifest(workspace)).with_context(|| format!("rules.json is missing; {REBUILD}"))?;
    let record: Manifest =
        serde_json::from_slice(&text).with_context(|| format!("rules.json is malformed; {REBUILD}"))?;
    let bytes = fs::read(module(workspace)).with_context(|| format!("rules.wasm is missing; {REBUILD}"))?;
    let claim = Record {
        file: &format!("{RULES}/rules.wasm"),
        manifest: "rules.json",
        sha256: &record.module_sha256,
        source_sha256: &record.source_sha256,
    };
    claim.verify(&bytes, &source_digest(workspace)?)?;
    if !Toolchain::is_available() {
        eprintln!("{RULES}/rules.wasm: built from these sources; not compiled again, for want of a compiler");
        return Ok(());
    }
    let toolchain = Toolchain::set_up_for_wasm()?;
    let (compiler, linker) = (toolchain.compiler_version()?, toolchain.wasm_linker_version()?);
    if (&compiler, &linker) != (&record.compiler, &record.linker) {
        eprintln!(
            "{RULES}/rules.wasm: built from these sources, but by another toolchain ({}, {}) than this \
             machine's ({compiler}, {linker}), so the bytes were not compared",
            record.compiler, record.linker
        );
        return Ok(());
    }
    if compile(workspace, &toolchain)? != bytes {
        bail!("{RULES}/rules.wasm differs from what the same compiler makes of the same sources; {REBUILD}");
    }
    eprintln!("{RULES}/rules.wasm: rebuilt from source, byte for byte the same");
    Ok(())
}

fn compile(workspace: &Workspace, toolchain: &Toolchain) -> Result<Vec<u8>> {
    ensure!(
        workspace.root.join("node_modules/binaryen").exists(),
        "binaryen is missing: run `npm ci`, then this again"
    );
    headline("3/4", "The program's rules, for WebAssembly with 64-bit memory");
    let folder = workspace.target.join("rules");
    let mut compile = toolchain.cargo();
    compile
        .current_dir(&workspace.root)
        .args(["rustc", "--locked", "--lib", "--crate-type=cdylib", "--package", PACKAGE])
        .args(["--profile", PROFILE, "--target", TARGET])
        .args(CARGO_FLAGS)
        .arg("--target-dir")
        .arg(&folder)
        .env("CARGO_ENCODED_RUSTFLAGS", rust_flags(RUST_FLAGS, workspace, toolchain, &folder)?)
        .env("CARGO_TARGET_WASM64_UNKNOWN_UNKNOWN_LINKER", toolchain.wasm_linker())
        // For `-Z` flags.
        .env("RUSTC_BOOTSTRAP", "1");
    run_on_stderr(&mut compile)?;

    headline("4/4", "The same with 32-bit memory");
    let compiled = folder.join(TARGET).join(PROFILE).join("gpu_lease_wasm.wasm");
    let lowered = folder.join("rules.wasm");
    let mut lower = Command::new("node");
    lower.arg("scripts/lower.mjs").arg(compiled).arg(&lowered).current_dir(workspace.sdk());
    run_on_stderr(&mut lower)?;
    fs::read(&lowered).with_context(|| format!("the build left no {}", lowered.display()))
}

fn source_digest(workspace: &Workspace) -> Result<String> {
    let crates = workspace.root.join("crates");
    let lower = fs::read_to_string(workspace.sdk().join("scripts/lower.mjs"))?;
    let recipe = [CARGO_FLAGS, RUST_FLAGS].concat().into_iter().map(str::to_owned);
    digest::of_sources(
        workspace,
        &Ingredients {
            packages: &[workspace.program(), crates.join("client"), crates.join("wasm")],
            recipe: recipe.chain([lower, binaryen(workspace)?]).collect(),
            profiles: &["release", PROFILE],
        },
    )
}

/// The binaryen that lowers, by its checksum.
fn binaryen(workspace: &Workspace) -> Result<String> {
    let lock: serde_json::Value =
        serde_json::from_slice(&fs::read(workspace.root.join("package-lock.json"))?)?;
    let checksum = lock["packages"]["node_modules/binaryen"]["integrity"].as_str();
    Ok(checksum.context("package-lock.json names no binaryen")?.to_owned())
}
