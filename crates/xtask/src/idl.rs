//! Keeps the committed IDL in step with the program.
//!
//! The builder of Anchor's own command line makes it, by running the tests that `#[program]` generates under
//! the feature `idl-build`; the command line itself is not needed.

use std::env;
use std::fs;
use std::path::Path;

use anchor_lang_idl::build::IdlBuilder;
use anchor_lang_idl::types::{Idl, IdlTypeDef, IdlTypeDefTy};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::accounts;
use crate::workspace::Workspace;

/// The version of the IDL's format that clients are generated from.
const SPECIFICATION: &str = "0.1.0";

/// Writes `idl/gpu_lease.json`.
pub fn write(workspace: &Workspace) -> Result<()> {
    let path = workspace.idl();
    let folder = path.parent().context("a file in no folder")?;
    let idl = generate(workspace)?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, idl))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Fails unless `idl/gpu_lease.json` is what the program gives.
pub fn check(workspace: &Workspace) -> Result<()> {
    let committed = fs::read_to_string(workspace.idl()).unwrap_or_default();
    if generate(workspace)? != committed {
        bail!("idl/gpu_lease.json does not describe the program");
    }
    eprintln!("idl/gpu_lease.json: describes the program");
    Ok(())
}

fn generate(workspace: &Workspace) -> Result<String> {
    eprintln!("IDL, from the program compiled for this machine");
    let target = workspace.target.join("idl");
    let target = target.to_str().context("the path of the target folder is not UTF-8")?;
    choose_the_same_cargo()?;
    let mut idl = IdlBuilder::new()
        .program_path(workspace.program())
        .skip_lint(true)
        // A target folder of its own: the builder's compiler flags would throw away what is in the usual
        // one.
        .cargo_args(
            ["--lib", "--locked", "--ignore-rust-version", "--target-dir", target].map(String::from).into(),
        )
        .build()
        .context("the program does not compile with the feature `idl-build`")?;

    ensure!(!idl.address.is_empty(), "the program declares no address");
    ensure!(
        idl.metadata.spec == SPECIFICATION,
        "Anchor now writes IDLs of specification {}, but clients expect {SPECIFICATION}",
        idl.metadata.spec
    );
    // Anchor lists aliases of integers such as `PodU64`, which Codama refuses: what they mean takes
    // their place.
    let (aliases, types) = idl.types.into_iter().partition(|it| matches!(it.ty, IdlTypeDefTy::Type { .. }));
    idl.types = types;
    let mut json = serde_json::to_value(&idl)?;
    for IdlTypeDef { name, ty, .. } in aliases {
        if let IdlTypeDefTy::Type { alias } = ty {
            replace(&mut json, &json!({ "defined": { "name": name } }), &serde_json::to_value(alias)?);
        }
    }
    let mut idl: Idl = serde_json::from_value(json)?;
    accounts::complete(&mut idl, &workspace.program().join("src"))?;
    Ok(format!("{}\n", serde_json::to_string_pretty(&idl)?))
}

/// Puts `new` wherever `old` is in `json`.
fn replace(json: &mut Value, old: &Value, new: &Value) {
    if json == old {
        json.clone_from(new);
        return;
    }
    match json {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, old, new)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, old, new)),
        _ => {}
    }
}

/// Makes the `cargo` that the IDL builder starts the one that started this task.
///
/// The builder takes the first on the PATH, and, when rustup's variable names a toolchain, tries to install
/// it.
fn choose_the_same_cargo() -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_default();
    let toolchain = Path::new(&cargo).parent().unwrap_or(Path::new("")).to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([toolchain].into_iter().chain(env::split_paths(&path)))?;
    // SAFETY: this program has one thread.
    unsafe {
        env::remove_var("RUSTUP_TOOLCHAIN");
        env::set_var("PATH", path);
    }
    Ok(())
}
