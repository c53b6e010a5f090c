//! The one door for everything that is generated and committed: `cargo xtask generate`.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::{RULES, TYPESCRIPT, Workspace, run};
use crate::{artifact, client, idl, npm, page, rules, rust};

/// Something that is generated and committed.
struct Product {
    /// What `cargo xtask generate` calls it.
    name: &'static str,
    /// What is written.
    files: &'static str,
    /// What it follows from.
    from: &'static str,
    write: fn(&Workspace) -> Result<()>,
    check: fn(&Workspace) -> Result<()>,
}

/// In the order in which they follow from one another.
const PRODUCTS: &[Product] = &[
    Product {
        name: "program",
        files: "artifacts/",
        from: "the program, its dependencies, the profile",
        write: artifact::build,
        check: artifact::check,
    },
    Product {
        name: "idl",
        files: "idl/gpu_lease.json",
        from: "the program's interface",
        write: idl::write,
        check: idl::check,
    },
    Product {
        name: "client",
        files: "crates/client/src/generated.rs",
        from: "the IDL",
        write: client::write,
        check: client::check,
    },
    Product {
        name: "typescript",
        files: TYPESCRIPT,
        from: "the IDL, by Codama",
        write: |workspace| in_sdk(workspace, "generate", false),
        check: |workspace| in_sdk(workspace, "generate", true),
    },
    Product {
        name: "openapi",
        files: "openapi/gpu-lease-indexer.json",
        from: "the routes of crates/indexer",
        write: |workspace| run(openapi(workspace).env("WRITE_OPENAPI", "1")),
        check: |workspace| run(&mut openapi(workspace)),
    },
    Product {
        name: "indexer",
        files: "sdk/src/indexer/generated/",
        from: "openapi/, by openapi-typescript",
        write: |workspace| in_sdk(workspace, "generate:indexer", false),
        check: |workspace| in_sdk(workspace, "generate:indexer", true),
    },
    Product {
        name: "rules",
        files: RULES,
        from: "the program, crates/client and crates/wasm",
        write: |workspace| npm::packages(workspace).and_then(|()| rules::build(workspace)),
        check: |workspace| npm::packages(workspace).and_then(|()| rules::check(workspace)),
    },
    Product {
        name: "types",
        files: "sdk/src/rules/types.ts",
        from: "the answers of crates/client",
        write: |workspace| run(types(workspace).env("WRITE_TYPES", "1")),
        check: |workspace| run(&mut types(workspace)),
    },
    Product {
        name: "fixtures",
        files: "tests/fixtures/",
        from: "layouts, seeds and messages",
        write: |workspace| run(fixtures(workspace).env("GPU_LEASE_RECORD", "1")),
        check: |workspace| run(&mut fixtures(workspace)),
    },
    Product {
        name: "costs",
        files: "docs/COMPUTE_UNITS.md",
        from: "the built program",
        write: |workspace| run(&mut rust::bench(workspace, false)),
        check: |workspace| run(&mut rust::bench(workspace, true)),
    },
    Product {
        name: "size",
        files: "docs/PAGE_SIZE.md",
        from: "the built page",
        write: |workspace| size(workspace, false),
        check: |workspace| size(workspace, true),
    },
];

/// What the products are called.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRODUCTS.iter().map(|product| product.name)
}

/// The products, for the help.
pub fn table() -> String {
    let row = |Product { name, files, from, .. }: &Product| format!("  {name:<10}  {files:<30}  {from}\n");
    let head = format!("  {:<10}  {:<30}  {}\n", "NAME", "WRITES", "FROM");
    let rows = PRODUCTS.iter().map(row).collect::<String>();
    format!("Without names, everything, in this order:\n\n{head}{rows}")
}

/// Writes the named products; all if none is named.
pub fn write(workspace: &Workspace, chosen: &[impl AsRef<str>]) -> Result<()> {
    for product in products(chosen) {
        headline(product);
        (product.write)(workspace).with_context(|| format!("{} could not be generated", product.name))?;
    }
    Ok(())
}

/// Changes nothing. Fails if one of the named products does not follow from what it is made of, once it has looked at all.
pub fn check(workspace: &Workspace, chosen: &[impl AsRef<str>]) -> Result<()> {
    let mut stale = Vec::new();
    for product in products(chosen) {
        headline(product);
        if let Err(error) = (product.check)(workspace) {
            eprintln!("{} is stale: {error:#}", product.files);
            stale.push(product.name);
        }
    }
    if !stale.is_empty() {
        bail!("run `cargo xtask generate {}` and commit the result", stale.join(" "));
    }
    Ok(())
}

fn products(chosen: &[impl AsRef<str>]) -> impl Iterator<Item = &'static Product> {
    let is_chosen =
        |product: &&Product| chosen.is_empty() || chosen.iter().any(|name| name.as_ref() == product.name);
    PRODUCTS.iter().filter(is_chosen)
}

fn headline(Product { name, files, from, .. }: &Product) {
    eprintln!("--- {name}: {files}, from {from}");
}

/// A script of the SDK that writes what is generated there.
fn in_sdk(workspace: &Workspace, script: &str, is_check: bool) -> Result<()> {
    npm::packages(workspace)?;
    run(&mut with_check(npm::command(&workspace.sdk(), ["run", script, "--"]), is_check))
}

fn size(workspace: &Workspace, is_check: bool) -> Result<()> {
    ensure!(page::ensure(workspace)?.is_some(), "the page needs Node.js 20 or newer");
    run(&mut with_check(npm::command(&workspace.app(), ["run", "size", "--"]), is_check))
}

fn with_check(mut command: Command, is_check: bool) -> Command {
    command.args(is_check.then_some("--check"));
    command
}

/// The test of the types, which writes them if it is told to.
fn types(workspace: &Workspace) -> Command {
    let mut command = rust::tests(workspace);
    command.args(["--lib", "the_types_of_the_sdk"]);
    command
}

/// The test of the API's description, which writes it if it is told to.
fn openapi(workspace: &Workspace) -> Command {
    let mut command = rust::tests(workspace);
    command.args(["--test", "indexer", "the_committed_description"]);
    command
}

/// The tests of the fixtures, which write them if they are told to.
fn fixtures(workspace: &Workspace) -> Command {
    let mut command = rust::tests(workspace);
    command.args(["--test", "layouts"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_chosen_by_name_and_come_in_their_order() {
        let chosen = |names: &[&str]| products(names).map(|product| product.name).collect::<Vec<_>>();
        assert_eq!(chosen(&["costs", "idl"]), ["idl", "costs"]);
        assert_eq!(chosen(&[]), names().collect::<Vec<_>>());
    }
}
