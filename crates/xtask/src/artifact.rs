//! Keeps the committed program in step with its sources.
//!
//! The program is committed so that starting a local cluster, running the tests and verifying a deployment
//! need no on-chain compiler. `artifacts/manifest.json` says what it was made from: everything that decides
//! its bytes goes into one digest, so a change of any of it is noticed without compiling.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::digest::{self, Ingredients, REBUILD, Record, sha256};
use crate::sbf::{self, Compiler};
use crate::workspace::{PROGRAM, Workspace};

/// What `artifacts/manifest.json` holds.
#[derive(Serialize, Deserialize)]
struct Manifest {
    program: String,
    /// The version of the virtual machine's instruction set.
    sbpf: String,
    /// Of the program, see [`digest::of_sources`].
    source_sha256: String,
    /// Of the shared object.
    artifact_sha256: String,
    /// In bytes.
    size: usize,
    /// Which of the two ways was taken.
    build_path: String,
    compiler: String,
    linker: String,
}

impl Manifest {
    fn read(workspace: &Workspace) -> Result<Self> {
        let path = workspace.manifest();
        let text = fs::read(&path).with_context(|| format!("{} is missing; {REBUILD}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is malformed; {REBUILD}", path.display()))
    }

    /// Compares the committed files with the sources, without a compiler.
    fn verify(&self, workspace: &Workspace) -> Result<()> {
        let path = workspace.artifact();
        let shown = path.strip_prefix(&workspace.root).unwrap_or(&path).display();
        let program = fs::read(&path).with_context(|| format!("{shown} is missing; {REBUILD}"))?;
        let record = Record {
            file: &shown.to_string(),
            manifest: "artifacts/manifest.json",
            sha256: &self.artifact_sha256,
            source_sha256: &self.source_sha256,
        };
        record.verify(&program, &source_digest(workspace)?)
    }
}

/// Compiles the program and records it.
pub fn build(workspace: &Workspace) -> Result<()> {
    let compiler = Compiler::find()?;
    let program = compile(&compiler, workspace)?;
    let (compiler_version, linker_version) = compiler.versions()?;
    let manifest = Manifest {
        program: PROGRAM.to_owned(),
        sbpf: "v3".to_owned(),
        source_sha256: source_digest(workspace)?,
        artifact_sha256: sha256(&program),
        size: program.len(),
        build_path: compiler.name().to_owned(),
        compiler: compiler_version,
        linker: linker_version,
    };
    write(&workspace.artifact(), &program)?;
    write(&workspace.manifest(), format!("{}\n", serde_json::to_string_pretty(&manifest)?).as_bytes())?;
    eprintln!("artifacts/gpu_lease.so: {} bytes, sha256 {}", manifest.size, manifest.artifact_sha256);
    Ok(())
}

/// Fails unless compiling the sources gives the committed program.
pub fn check(workspace: &Workspace) -> Result<()> {
    let manifest = Manifest::read(workspace)?;
    manifest.verify(workspace)?;

    let compiler = Compiler::find()?;
    let program = compile(&compiler, workspace)?;
    let (compiler_version, linker_version) = compiler.versions()?;
    let same_tools = (compiler.name(), &compiler_version, &linker_version)
        == (manifest.build_path.as_str(), &manifest.compiler, &manifest.linker);
    let same_bytes = sha256(&program) == manifest.artifact_sha256;
    match (same_bytes, same_tools) {
        (true, _) => eprintln!("artifacts/gpu_lease.so: rebuilt from source, byte for byte the same"),
        (false, true) => bail!(
            "artifacts/gpu_lease.so differs from what the same compiler makes of the same sources; {REBUILD}"
        ),
        (false, false) => eprintln!(
            "artifacts/gpu_lease.so: built from these sources, but by another toolchain ({}, {}) than this \
             machine's ({compiler_version}, {linker_version}), so the bytes were not compared",
            manifest.compiler, manifest.linker
        ),
    }
    Ok(())
}

/// Makes sure that the committed program is that of the sources; compiles it only when it is not.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    match Manifest::read(workspace).and_then(|manifest| manifest.verify(workspace)) {
        Ok(()) => Ok(()),
        Err(reason) => {
            eprintln!("Building the program: {reason}");
            build(workspace)
        }
    }
}

fn compile(compiler: &Compiler, workspace: &Workspace) -> Result<Vec<u8>> {
    let path = compiler.compile(workspace)?;
    fs::read(&path).with_context(|| format!("the build left no {}", path.display()))
}

/// Writes a file so that nobody ever reads half of it.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    let partial = path.with_extension("partial");
    let folder = path.parent().context("a file in no folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&partial, content))
        .and_then(|()| fs::rename(&partial, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn source_digest(workspace: &Workspace) -> Result<String> {
    digest::of_sources(
        workspace,
        &Ingredients {
            packages: &[workspace.program(), workspace.runtime()],
            recipe: sbf::recipe().map(str::to_owned).collect(),
            profiles: &["release"],
        },
    )
}
