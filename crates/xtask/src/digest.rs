//! Digests of everything that decides the bytes of what is built and committed, so that a change of any of it is
//! noticed without compiling.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use crate::workspace::Workspace;

/// What to do where a committed file does not follow from its sources.
pub const REBUILD: &str = "run `cargo xtask generate` and commit the result";

/// What a manifest says of a committed file.
pub struct Record<'a> {
    /// The file, as people are told.
    pub file: &'a str,
    pub manifest: &'a str,
    /// Of the file.
    pub sha256: &'a str,
    /// See [`of_sources`].
    pub source_sha256: &'a str,
}

impl Record<'_> {
    /// Compares a file and its sources of now with the record, without a compiler.
    pub fn verify(&self, content: &[u8], source_sha256: &str) -> Result<()> {
        let Self { file, manifest, .. } = self;
        if sha256(content) != self.sha256 {
            bail!("{file} is not the file that {manifest} describes; {REBUILD}");
        }
        if source_sha256 != self.source_sha256 {
            bail!("{file} is stale: its sources have changed since it was built; {REBUILD}");
        }
        Ok(())
    }
}

/// A digest of entries. With its length before it, none can pass for the end of another.
#[derive(Default)]
pub struct Entries(Sha256);

impl Entries {
    /// Adds an entry.
    pub fn add(&mut self, entry: &[u8]) {
        self.0.update((entry.len() as u64).to_le_bytes());
        self.0.update(entry);
    }

    /// Adds what a file is called and what is in it.
    pub fn add_file(&mut self, name: &Path, file: &Path) -> Result<()> {
        self.add(name.as_os_str().as_encoded_bytes());
        self.add(&fs::read(file).with_context(|| format!("cannot read {}", file.display()))?);
        Ok(())
    }

    /// The digest of all of them.
    pub fn digest(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// The files below a folder, but for those in folders that are left out; sorted.
pub fn files_below(folder: &Path, is_left_out: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            match path.is_dir() {
                true if is_left_out(&path) => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What something is built from.
pub struct Ingredients<'a> {
    /// The folders of the packages of this workspace.
    pub packages: &'a [PathBuf],
    /// Flags, and whatever else is not in a file.
    pub recipe: Vec<String>,
    /// Cargo's profiles.
    pub profiles: &'a [&'a str],
}

/// The digest of a file.
pub fn sha256(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// The digest of everything that decides the bytes of what is built, the compiler's own version aside:
///
/// - the sources and manifests of the packages;
/// - the recipe;
/// - the profiles and whatever else the manifests inherit from the root's;
/// - name, version, origin and checksum of every crate they depend on.
pub fn of_sources(workspace: &Workspace, ingredients: &Ingredients) -> Result<String> {
    let Ingredients { packages, recipe, profiles } = ingredients;
    let mut entries = Entries::default();
    for file in packages.iter().map(|folder| sources(folder)).collect::<Result<Vec<_>>>()?.concat() {
        entries.add_file(file.strip_prefix(&workspace.root)?, &file)?;
    }
    recipe.iter().for_each(|flag| entries.add(flag.as_bytes()));

    let root = read_toml(&workspace.root.join("Cargo.toml"))?;
    let manifests =
        packages.iter().map(|folder| read_toml(&folder.join("Cargo.toml"))).collect::<Result<Vec<_>>>()?;
    for setting in inherited(&root, profiles, &manifests) {
        entries.add(serde_json::to_string(&setting)?.as_bytes());
    }
    for line in locked_dependencies(&read_toml(&workspace.root.join("Cargo.lock"))?, &manifests)? {
        entries.add(line.as_bytes());
    }
    Ok(entries.digest())
}

/// The files of a package that its library is built from, sorted.
fn sources(package: &Path) -> Result<Vec<PathBuf>> {
    let beside = ["Cargo.toml", "build.rs", "sbpfv3.json"].map(|name| package.join(name));
    let mut files: Vec<_> = beside.into_iter().filter(|path| path.exists()).collect();
    files.extend(files_below(&package.join("src"), |_| false)?);
    files.sort();
    Ok(files)
}

fn read_toml(path: &Path) -> Result<Table> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.parse().with_context(|| format!("cannot parse {}", path.display()))
}

/// What the root's manifest contributes to the build of packages with these manifests.
fn inherited(root: &Table, profiles: &[&str], manifests: &[Table]) -> Vec<Option<Value>> {
    let get = |path: &[&str]| {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(root.get(*first)?, |value, key| value.get(*key)).cloned()
    };
    let dependencies: BTreeSet<&str> = manifests.iter().flat_map(dependencies).collect();
    let dependencies = dependencies.into_iter().map(|name| get(&["workspace", "dependencies", name]));
    let profiles = profiles.iter().map(|name| get(&["profile", name]));
    profiles.chain([get(&["workspace", "package"])]).chain(dependencies).collect()
}

/// The names that a manifest gives the libraries it is built with. Nothing here is built with optional ones.
fn dependencies(manifest: &Table) -> Vec<&str> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let scopes = [manifest].into_iter().chain(targets.filter_map(Value::as_table));
    let tables = scopes.flat_map(|scope| ["dependencies", "build-dependencies"].map(|kind| scope.get(kind)));
    let is_optional = |dependency: &Value| dependency.get("optional").and_then(Value::as_bool) == Some(true);
    let entries = tables.flatten().filter_map(Value::as_table).flatten();
    entries.filter(|(_, dependency)| !is_optional(dependency)).map(|(name, _)| name.as_str()).collect()
}

/// A line for each crate of the lock file, other than themselves, that the packages with these manifests are built from.
fn locked_dependencies(lock: &Table, manifests: &[Table]) -> Result<BTreeSet<String>> {
    let packages = lock.get("package").and_then(Value::as_array).context("Cargo.lock lists no packages")?;
    let text = |package: &Value, key| package.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    // A reference is `NAME`, or `NAME VERSION` where the lock file holds several.
    let name = |reference: &str| reference.split(' ').next().unwrap_or_default().to_owned();
    let find = |reference: &str| {
        let version = reference.split(' ').nth(1);
        packages
            .iter()
            .find(|package| {
                text(package, "name") == name(reference)
                    && version.is_none_or(|version| text(package, "version") == version)
            })
            .with_context(|| format!("Cargo.lock has no `{reference}`: run `cargo check` to update it"))
    };
    let references = |package: &Value| {
        let references = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
        references.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };

    let own = |manifest: &'_ Table| Some(manifest.get("package")?.get("name")?.as_str()?.to_owned());
    let packages_here: BTreeSet<String> = manifests.iter().filter_map(own).collect();
    // The lock file does not tell what is only for tests; the manifests do.
    let mut waiting = Vec::new();
    for manifest in manifests {
        let package = own(manifest);
        let needed = dependencies(manifest);
        let all = references(find(&package.context("a manifest without a package")?)?);
        waiting.extend(all.into_iter().filter(|reference| needed.contains(&name(reference).as_str())));
    }

    let mut lines = BTreeSet::new();
    while let Some(reference) = waiting.pop() {
        if packages_here.contains(&name(&reference)) {
            continue;
        }
        let package = find(&reference)?;
        if text(package, "source").is_empty() {
            bail!(
                "what is built depends on {reference}, a crate of this workspace, which its digest leaves out"
            );
        }
        if lines.insert(["name", "version", "source", "checksum"].map(|key| text(package, key)).join(" ")) {
            waiting.extend(references(package));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::{dependencies, inherited, locked_dependencies};

    const MANIFEST: &str = r#"
        package = { name = "program" }
        dependencies = { used = "1" }
        dev-dependencies = { tester = "1" }
        target.'cfg(target_arch = "bpf")'.dependencies = { memory = "1" }
    "#;

    const LOCK: &str = r#"
        package = [
            { name = "program", version = "0.1.0", dependencies = ["memory", "tester", "used 1.2.0"] },
            { name = "memory", version = "3.0.0", source = "registry", checksum = "c0" },
            { name = "used", version = "1.2.0", source = "registry", checksum = "c1", dependencies = ["below"] },
            { name = "used", version = "2.0.0", source = "registry", checksum = "c2" },
            { name = "below", version = "0.3.0", source = "registry", checksum = "c3", dependencies = ["used 1.2.0"] },
            { name = "tester", version = "9.0.0", source = "registry", checksum = "c4" },
        ]
    "#;

    #[test]
    fn locked_dependencies_are_those_the_program_is_built_from() {
        let lines = locked_dependencies(&LOCK.parse().unwrap(), &[MANIFEST.parse().unwrap()]).unwrap();
        let expected = ["below 0.3.0 registry c3", "memory 3.0.0 registry c0", "used 1.2.0 registry c1"];
        assert_eq!(lines.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_dependency_whose_source_the_digest_leaves_out_is_refused() {
        let lock = LOCK.replace(r#""0.3.0", source = "registry""#, r#""0.3.0""#);
        let error = locked_dependencies(&lock.parse().unwrap(), &[MANIFEST.parse().unwrap()]).unwrap_err();
        assert!(error.to_string().contains("below"), "{error}");
    }

    #[test]
    fn dependencies_for_tests_are_none_of_the_program() {
        let manifest = MANIFEST.parse().unwrap();
        let mut names = dependencies(&manifest);
        names.sort_unstable();
        assert_eq!(names, ["memory", "used"]);
    }

    #[test]
    fn only_what_the_program_inherits_from_the_root_counts() {
        let manifest = [MANIFEST.parse().unwrap()];
        let root = |text: &str| inherited(&text.parse().unwrap(), &["release"], &manifest);
        let before = root("profile.release.lto = true\nworkspace.dependencies.used = '1'");
        assert_eq!(
            before,
            root(
                "profile.release.lto = true\nprofile.dev.debug = 0\nworkspace.dependencies = { used = '1', cli = '1' }"
            )
        );
        assert_ne!(before, root("profile.release.lto = false\nworkspace.dependencies.used = '1'"));
        assert_ne!(before, root("profile.release.lto = true\nworkspace.dependencies.used = '2'"));
    }
}
