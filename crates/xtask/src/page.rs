//! Builds the page, and checks it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::digest::{Entries, files_below};
use crate::workspace::{Workspace, is_on_path, run_on_stderr};

/// Folders of `app/` that the page is not built from.
const NO_SOURCES: [&str; 3] = ["node_modules", "dist", "e2e"];

/// Names that browsers made of Chromium have.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The built page, built again if its sources have changed; none where Node.js is missing.
///
/// What was installed and built, and from what, is remembered next to Cargo's own output.
pub fn ensure(workspace: &Workspace) -> Result<Option<PathBuf>> {
    if !is_on_path("npm") {
        eprintln!(
            "The page needs Node.js 20 or newer, which is not installed; the market starts without it."
        );
        return Ok(None);
    }
    let app = workspace.app();
    packages(workspace)?;
    let page = app.join("dist");
    once(workspace, "sources", &sources(&app)?, &page, || {
        eprintln!("Building the page");
        run_on_stderr(&mut npm(workspace, ["run", "build"]))
    })?;
    Ok(Some(page))
}

/// Installs what the page is built with, unless it is installed.
pub fn packages(workspace: &Workspace) -> Result<()> {
    ensure!(is_on_path("npm"), "npm is missing: install Node.js 20 or newer");
    let app = workspace.app();
    once(workspace, "packages", &[app.join("package-lock.json")], &app.join("node_modules"), || {
        eprintln!("Installing what the page is built with");
        // Its warnings are about tools that the page does not call.
        run_on_stderr(&mut npm(workspace, ["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
    })
}

/// Where the system's Chromium is.
pub fn chromium() -> Result<OsString> {
    let named = env::var_os("CHROMIUM");
    let found = CHROMIUM.into_iter().find(|name| is_on_path(name)).map(OsString::from);
    named.or(found).context(
        "Chromium is missing: install it, on Debian with `sudo apt-get install chromium`, or name one in the \
         variable CHROMIUM",
    )
}

/// npm in the folder of the page.
pub fn npm<'a>(workspace: &Workspace, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(workspace.app());
    command
}

/// Makes `result` of these files, unless it is there and was made of the same.
fn once(
    workspace: &Workspace,
    name: &str,
    files: &[PathBuf],
    result: &Path,
    make: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let memory = workspace.target.join("page").join(name).with_extension("sha256");
    let digest = digest(files)?;
    if result.exists() && fs::read_to_string(&memory).is_ok_and(|made_of| made_of == digest) {
        return Ok(());
    }
    make()?;
    let folder = memory.parent().context("a file in no folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&memory, digest))
        .with_context(|| format!("cannot write {}", memory.display()))
}

fn digest(files: &[PathBuf]) -> Result<String> {
    let mut entries = Entries::default();
    for file in files {
        entries.add_file(file, file)?;
    }
    Ok(entries.digest())
}

/// The files that the page is built from, sorted.
fn sources(app: &Path) -> Result<Vec<PathBuf>> {
    files_below(app, |folder| NO_SOURCES.iter().any(|name| folder == app.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_is_made_of_is_more_than_its_names() {
        let folder = env::temp_dir().join(format!("gpu-lease-page-{}", std::process::id()));
        for (name, content) in
            [("src/main.tsx", "1"), ("node_modules/react/index.js", "2"), ("index.html", "3")]
        {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let files = sources(&folder).unwrap();
        assert_eq!(files, [folder.join("index.html"), folder.join("src/main.tsx")]);
        let before = digest(&files).unwrap();
        fs::write(folder.join("src/main.tsx"), "4").unwrap();
        assert_ne!(digest(&files).unwrap(), before);
        fs::remove_dir_all(folder).unwrap();
    }
}
