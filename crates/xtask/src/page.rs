//! Builds the page, and checks it.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::digest::files_below;
use crate::npm;
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
    npm::packages(workspace)?;
    let page = workspace.app().join("dist");
    npm::once(workspace, "page", &sources(workspace)?, &page, || {
        eprintln!("Building the page");
        run_on_stderr(&mut npm::command(&workspace.app(), ["run", "build"]))
    })?;
    Ok(Some(page))
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

/// The files that the page is built from, those of the SDK among them.
fn sources(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let app = workspace.app();
    let of_page = files_below(&app, |folder| NO_SOURCES.iter().any(|name| folder == app.join(name)))?;
    Ok([of_page, files_below(&workspace.sdk().join("src"), |_| false)?].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_page_is_built_from_its_own_files_and_the_sdk_s() {
        let root = env::temp_dir().join(format!("gpu-lease-page-{}", std::process::id()));
        for name in [
            "app/src/main.tsx",
            "app/node_modules/react/index.js",
            "app/index.html",
            "sdk/src/index.ts",
            "sdk/dist/index.js",
        ] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let workspace = Workspace { target: root.join("target"), root: root.clone() };
        let expected = ["app/index.html", "app/src/main.tsx", "sdk/src/index.ts"].map(|name| root.join(name));
        assert_eq!(sources(&workspace).unwrap(), expected);
        fs::remove_dir_all(root).unwrap();
    }
}
