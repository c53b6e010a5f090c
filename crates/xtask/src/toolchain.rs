//! The upstream toolchain: what compiles the program where `cargo-build-sbf` is missing, and its rules for the page.
//!
//! Four parts, each unpacked or built once into a cache outside the checkout and then left alone:
//!
//! 1. *Rust with the source of its standard library*, both of one version, which nothing but a distribution
//!    ships without rustup: Debian 12's `cargo-web` and `rust-web-src`.
//! 2. *LLVM 23*, the first upstream LLVM that can return two registers, pass arguments on the stack and call
//!    128-bit arithmetic on BPF: Debian sid's `libllvm23`. It comes with sid's libc and is started through
//!    that libc's own loader, so the machine's libc may be older.
//! 3. *sbpf-linker*, built from the crate registry by the first against the second.
//! 4. *wasm-ld*, of the LLVM that the first is built with.
//!
//! No root: apt works on private lists and an invented package status, and packages are unpacked, never
//! installed. A part is made in a folder of another name and renamed when complete, so an interrupted set-up
//! leaves nothing that looks finished. To follow Debian's updates, delete the cache.

use std::env;
use std::env::consts::ARCH;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::{headline, is_on_path, run_on_stderr, run_quietly, starts_with_any};

/// Overrides where the toolchain is kept.
const CACHE_VARIABLE: &str = "GPU_LEASE_CACHE";

const LINKER_VERSION: &str = "0.2.6";

/// The part of Debian that Rust is taken from, whatever release the machine runs.
const RUST_SUITES: [(Mirror, &str); 2] =
    [(Mirror::Security, "bookworm-security"), (Mirror::Main, "bookworm")];
/// The part of Debian that LLVM is taken from.
const LLVM_SUITES: [(Mirror, &str); 1] = [(Mirror::Main, "sid")];

const RUST_PACKAGES: [&str; 2] = ["cargo-web", "rust-web-src"];
/// What Rust needs and every machine with a C compiler has: the machine's own is used.
const RUST_USES_FROM_SYSTEM: [&str; 7] =
    ["binutils", "gcc", "libc6", "libc6-dev", "libgcc-s1", "libstdc++6", "zlib1g"];
const LLVM_PACKAGE: &str = "libllvm23";
/// `llvm-config` and the headers, for building the linker only.
const LLVM_BUILD_PACKAGES: [&str; 2] = ["llvm-23", "llvm-23-dev"];

/// The linker for WebAssembly.
const WASM_LINKER_PACKAGE: &str = "lld-22";

/// A toolchain with what the program needs, or its rules for the page.
pub struct Toolchain {
    rust: PathBuf,
    llvm: PathBuf,
    linker: PathBuf,
    wasm_linker: PathBuf,
    platform: Platform,
}

impl Toolchain {
    /// Whether this machine can have one.
    pub fn is_available() -> bool {
        Platform::of_this_machine().is_some() && is_on_path("apt-get") && is_on_path("dpkg-deb")
    }

    /// Makes what the program needs and is not there yet.
    pub fn set_up() -> Result<Self> {
        let (toolchain, _lock) = Self::open()?;
        toolchain.set_up_rust("1/5")?;
        let llvm = Part {
            step: "2/5",
            title: "LLVM 23, from Debian sid",
            cost: "45 MB",
            folder: &toolchain.llvm,
            recipe: LLVM_PACKAGE,
        };
        llvm.make_once(make_llvm)?;
        let linker = Part {
            step: "3/5",
            title: "sbpf-linker, from the crate registry",
            cost: "70 MB of headers, two minutes",
            folder: &toolchain.linker,
            recipe: LINKER_VERSION,
        };
        linker.make_once(|folder| toolchain.make_linker(folder))?;
        Ok(toolchain)
    }

    /// Makes what the program's rules for the page need and is not there yet.
    pub fn set_up_for_wasm() -> Result<Self> {
        let (toolchain, _lock) = Self::open()?;
        toolchain.set_up_rust("1/4")?;
        let linker = Part {
            step: "2/4",
            title: "wasm-ld, from Debian 12",
            cost: "2 MB",
            folder: &toolchain.wasm_linker,
            recipe: WASM_LINKER_PACKAGE,
        };
        linker.make_once(|folder| toolchain.make_wasm_linker(folder))?;
        Ok(toolchain)
    }

    /// The toolchain of this machine's cache, whether it is complete or not. Two tasks at once: the second waits, then
    /// finds everything made. The lock is released when the file is closed.
    fn open() -> Result<(Self, File)> {
        let platform =
            Platform::of_this_machine().context("the upstream toolchain needs Linux on x86_64 or arm64")?;
        let cache = cache_folder()?;
        fs::create_dir_all(&cache).with_context(|| {
            format!("cannot create {}: set {CACHE_VARIABLE} to a folder you can write to", cache.display())
        })?;
        let lock = File::create(cache.join("lock"))?;
        lock.lock().with_context(|| format!("cannot lock {}", cache.display()))?;
        let part = |name: &str| cache.join(name);
        let toolchain = Self {
            rust: part("rust"),
            llvm: part("llvm"),
            linker: part("linker"),
            wasm_linker: part("wasm-linker"),
            platform,
        };
        Ok((toolchain, lock))
    }

    fn set_up_rust(&self, step: &str) -> Result<()> {
        let rust = Part {
            step,
            title: "Rust with its standard library's source, from Debian 12",
            cost: "170 MB",
            folder: &self.rust,
            recipe: &RUST_PACKAGES.join(" "),
        };
        rust.make_once(|folder| self.make_rust(folder))
    }

    /// The toolchain's Cargo, cut off from everything in the environment that could change what it makes.
    pub fn cargo(&self) -> Command {
        let mut cargo = Command::new(self.rust.join("bin/cargo"));
        for (name, _) in env::vars_os() {
            let decides_nothing =
                ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRIES_", "CARGO_TERM_"];
            if starts_with_any(&name, &["CARGO_", "RUST", "LD_"]) && !starts_with_any(&name, &decides_nothing)
            {
                cargo.env_remove(name);
            }
        }
        // Cargo cannot find out its own path: what runs is, strictly, the system's loader.
        cargo.env("CARGO", self.rust.join("bin/cargo")).env("RUSTC", self.rust.join("bin/rustc"));
        cargo
    }

    /// The linker, run by the loader of the libc that its LLVM was built against.
    pub fn linker(&self) -> Command {
        let libraries = self.llvm.join("usr/lib").join(self.platform.folder);
        let mut linker = Command::new(libraries.join(self.platform.loader));
        linker.arg("--library-path").arg(libraries).arg(self.linker.join("bin/sbpf-linker"));
        linker
    }

    /// The linker for WebAssembly.
    pub fn wasm_linker(&self) -> PathBuf {
        self.wasm_linker.join("bin/wasm-ld")
    }

    /// The source of the standard library, as the compiler names it.
    pub fn standard_library_source(&self) -> PathBuf {
        self.rust.join("usr/lib/rustlib/src/rust")
    }

    /// Everything about the compiler that can change the bytes of a program.
    pub fn compiler_version(&self) -> Result<String> {
        let report = run_quietly(Command::new(self.rust.join("bin/rustc")).arg("-vV"))?;
        let mut lines = report.lines();
        let name = lines.next().unwrap_or_default();
        let llvm = lines.find(|line| line.starts_with("LLVM version")).unwrap_or_default();
        Ok(format!("{name}, {llvm}"))
    }

    /// Everything about the linker that can change the bytes of a program.
    pub fn linker_version(&self) -> Result<String> {
        let packages = fs::read_to_string(self.llvm.join("packages"))?;
        let llvm = packages.lines().find(|package| package.starts_with(LLVM_PACKAGE));
        Ok(format!("sbpf-linker {LINKER_VERSION}, {}", llvm.unwrap_or(LLVM_PACKAGE)))
    }

    /// Everything about the linker for WebAssembly that can change the bytes of a module.
    pub fn wasm_linker_version(&self) -> Result<String> {
        Ok(fs::read_to_string(self.wasm_linker.join("packages"))?.trim().to_owned())
    }

    /// Rust, with scripts that start it with its own libraries next to the machine's libc.
    fn make_rust(&self, folder: &Path) -> Result<()> {
        let apt = Apt::open(&folder.join("apt"), &RUST_SUITES, &RUST_USES_FROM_SYSTEM)?;
        apt.download_with_dependencies(&RUST_PACKAGES)?;
        apt.unpack(folder)?;
        keep_standard_library_only(&folder.join("usr/src"))?;

        fs::create_dir(folder.join("bin"))?;
        for (program, arguments) in [("cargo", ""), ("rustc", r#"--sysroot "$prefix/usr" "#)] {
            self.write_script(folder, program, &format!("$prefix/usr/bin/{program}"), arguments)?;
        }
        Ok(())
    }

    /// The linker, started with Rust's libraries: both are of the same LLVM.
    fn make_wasm_linker(&self, folder: &Path) -> Result<()> {
        let apt = Apt::open(&folder.join("apt"), &RUST_SUITES, &[])?;
        apt.download(&[WASM_LINKER_PACKAGE])?;
        apt.unpack(folder)?;
        fs::create_dir(folder.join("bin"))?;
        self.write_script(folder, "wasm-ld", "$prefix/usr/lib/llvm-22/bin/wasm-ld", "")
    }

    /// A script `bin/NAME` in a part's folder that starts `program` with Rust's libraries next to the machine's libc.
    fn write_script(&self, folder: &Path, name: &str, program: &str, arguments: &str) -> Result<()> {
        let Platform { folder: libraries, loader } = self.platform;
        let script = format!(
            r#"#!/bin/sh
prefix=$(cd "${{0%/*}}/.." && pwd) || exit
libraries=$prefix/../rust/usr/lib/{libraries}
exec /usr/lib/{libraries}/{loader} --library-path "$libraries" "{program}" {arguments}"$@"
"#
        );
        let path = folder.join("bin").join(name);
        fs::write(&path, script)?;
        Ok(fs::set_permissions(path, Permissions::from_mode(0o755))?)
    }

    fn make_linker(&self, folder: &Path) -> Result<()> {
        let build = folder.join("build");
        let apt = Apt::open(&build.join("apt"), &LLVM_SUITES, &[])?;
        apt.download(&LLVM_BUILD_PACKAGES)?;
        apt.unpack(&build)?;

        let library = self.llvm.join("usr/lib").join(self.platform.folder).join("libLLVM-23.so");
        let library_folder = build.join("lib");
        fs::create_dir(&library_folder)?;
        symlink(library, library_folder.join("libLLVM.so"))?;
        let llvm = build.join("usr/lib/llvm-23");
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([llvm.join("bin")].into_iter().chain(env::split_paths(&path)))?;

        let mut cargo = self.cargo();
        cargo
            .args(["install", "sbpf-linker", "--version", LINKER_VERSION, "--locked"])
            .args(["--no-track", "--quiet"])
            .args(["--no-default-features", "--features", "bpf-linker/llvm-23", "--root"])
            .arg(folder)
            .env("CARGO_TARGET_DIR", build.join("target"))
            .env("LIBRARY_PATH", library_folder)
            .env("LLVM_SYS_231_PREFIX", &llvm)
            .env("PATH", path)
            // LLVM's own libraries are newer than the machine's: they are found when the linker is started.
            .env("RUSTFLAGS", "-C link-arg=-Wl,--allow-shlib-undefined");
        run_on_stderr(&mut cargo)?;
        Ok(fs::remove_dir_all(build)?)
    }
}

/// `rust-web-src` holds the compiler's source too, which is nine tenths of it.
fn keep_standard_library_only(sources: &Path) -> Result<()> {
    for release in fs::read_dir(sources)? {
        for entry in fs::read_dir(release?.path())? {
            let entry = entry?;
            if entry.file_type()?.is_dir() && entry.file_name() != "library" {
                fs::remove_dir_all(entry.path())?;
            }
        }
    }
    Ok(())
}

fn make_llvm(folder: &Path) -> Result<()> {
    let apt = Apt::open(&folder.join("apt"), &LLVM_SUITES, &[])?;
    apt.download_with_dependencies(&[LLVM_PACKAGE])?;
    apt.unpack(folder)
}

/// A part of the toolchain.
struct Part<'a> {
    step: &'a str,
    title: &'a str,
    /// What making it takes.
    cost: &'a str,
    folder: &'a Path,
    /// Another recipe makes another part.
    recipe: &'a str,
}

impl Part<'_> {
    /// Makes the part unless its stamp says that the same recipe has made it already.
    fn make_once(&self, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let Self { step, title, cost, folder, recipe } = self;
        let stamp = |folder: &Path| folder.join("stamp");
        if fs::read_to_string(stamp(folder)).is_ok_and(|stamp| stamp == *recipe) {
            headline(step, &format!("{title}: {}", folder.display()));
            return Ok(());
        }
        headline(step, &format!("{title} ({cost}, once)"));
        let partial = folder.with_extension("partial");
        remove_folder(&partial)?;
        fs::create_dir(&partial)?;
        make(&partial).with_context(|| {
            format!("could not set up {}; the same command starts this step afresh", folder.display())
        })?;
        fs::write(stamp(&partial), recipe)?;
        remove_folder(folder)?;
        Ok(fs::rename(partial, folder)?)
    }
}

fn remove_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

fn cache_folder() -> Result<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = variable(CACHE_VARIABLE)
        .or_else(|| variable("XDG_CACHE_HOME").map(|caches| caches.join("gpu-lease")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/gpu-lease")))
        .with_context(|| format!("no home folder: set {CACHE_VARIABLE} to a folder for the toolchain"))?;
    Ok(env::current_dir()?.join(folder))
}

/// What Debian calls this kind of machine.
struct Platform {
    /// The folder of libraries below `usr/lib`.
    folder: &'static str,
    /// The dynamic loader's file in it.
    loader: &'static str,
}

impl Platform {
    fn of_this_machine() -> Option<Self> {
        match ARCH {
            "x86_64" => Some(Self { folder: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" }),
            "aarch64" => Some(Self { folder: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" }),
            _ => None,
        }
    }
}

/// The two archives of Debian.
#[derive(Clone, Copy, PartialEq)]
enum Mirror {
    Main,
    Security,
}

/// An apt that sees the suites it is given and touches nothing of the system's.
struct Apt {
    folder: PathBuf,
}

impl Apt {
    /// Writes the configuration and fetches the lists of `suites`. Packages in `provided` count as installed.
    fn open(folder: &Path, suites: &[(Mirror, &str)], provided: &[&str]) -> Result<Self> {
        let apt = Self { folder: folder.to_owned() };
        fs::create_dir_all(folder.join("lists/partial"))?;
        fs::create_dir_all(apt.archives().join("partial"))?;
        fs::write(folder.join("sources.list"), sources(suites)?)?;
        fs::write(folder.join("status"), provided.iter().map(|name| status(name)).collect::<String>())?;
        fs::write(apt.configuration(), configuration(folder))?;
        run_quietly(apt.get().arg("update"))?;
        Ok(apt)
    }

    fn download_with_dependencies(&self, packages: &[&str]) -> Result<()> {
        run_quietly(self.get().args(["--yes", "--download-only", "install"]).args(packages)).map(drop)
    }

    fn download(&self, packages: &[&str]) -> Result<()> {
        run_quietly(self.get().arg("download").args(packages).current_dir(self.archives())).map(drop)
    }

    /// Unpacks what was downloaded into `prefix`, lists it in the file `packages` there and removes this apt.
    fn unpack(self, prefix: &Path) -> Result<()> {
        let mut packages = Vec::new();
        for entry in fs::read_dir(self.archives())? {
            let package = entry?.path();
            if package.extension().is_some_and(|extension| extension == "deb") {
                run_quietly(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(prefix))?;
                // `NAME_VERSION_ARCHITECTURE`, with the colon of the version escaped.
                let name = package.file_stem().unwrap_or_default().to_string_lossy();
                packages.push(format!("{}\n", name.replace("%3a", ":")));
            }
        }
        packages.sort();
        fs::write(prefix.join("packages"), packages.concat())?;
        Ok(fs::remove_dir_all(&self.folder)?)
    }

    fn get(&self) -> Command {
        let mut command = Command::new("apt-get");
        command.arg("--quiet").arg("--config-file").arg(self.configuration());
        command
    }

    fn archives(&self) -> PathBuf {
        self.folder.join("archives")
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("apt.conf")
    }
}

/// Read after the system's own configuration, so that a proxy set there still holds, but none of its hooks.
///
/// A mirror may lag behind or be a snapshot on purpose, hence no expiry date; signatures are checked all the
/// same.
fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "{folder}";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Debug::NoLocking "true";
#clear Acquire::IndexTargets::deb::DEP-11;
#clear APT::Update;
#clear DPkg;
"#
    )
}

/// The record of a package that is as good as installed, in whatever version is asked for.
fn status(package: &str) -> String {
    // The one virtual package among the dependencies.
    let provides = if package == "libc6-dev" { "Provides: libc-dev\n" } else { "" };
    format!(
        "Package: {package}\nStatus: install ok installed\nVersion: 9999:0\nArchitecture: all\n{provides}\
         Maintainer: none\nDescription: none\n\n"
    )
}

/// The lines of a `sources.list`, on the mirrors that the system's own apt uses.
fn sources(suites: &[(Mirror, &str)]) -> Result<String> {
    let configured = run_quietly(Command::new("apt-get").args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
    ]))?;
    let ending_in = |ending: &str| {
        configured
            .lines()
            .map(|uri| uri.trim_end_matches('/'))
            .find(|uri| uri.ends_with(ending))
            .map(str::to_owned)
    };
    let Some(main) = ending_in("/debian") else {
        bail!(
            "this machine's apt knows no mirror of Debian, which the compiler would be taken from: install Anza's \
             platform tools instead, so that `cargo-build-sbf` is on the PATH"
        );
    };
    let security = ending_in("/debian-security").unwrap_or_else(|| format!("{main}-security"));

    const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let options = if Path::new(KEYRING).exists() { format!("[signed-by={KEYRING}] ") } else { String::new() };
    let line = |(mirror, suite): &(Mirror, &str)| {
        let uri = if *mirror == Mirror::Main { &main } else { &security };
        format!("deb {options}{uri} {suite} main\n")
    };
    Ok(suites.iter().map(line).collect())
}
