//! Every check, in order: what is cheap and fails often comes first.

use std::env;
use std::fmt::Write;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};

use crate::metadata::Metadata;
use crate::rust::{is_installed, linted, tests};
use crate::workspace::{CLIENT, PROGRAM, Workspace, run, shown};
use crate::{declared, generate, load, npm, page};

/// A check: its headline and what it does.
type Step = (&'static str, fn(&mut Run) -> Result<()>);

const STEPS: &[Step] = &[
    ("What the checks need", |_| needs()),
    ("Format", |run| format(run.workspace)),
    ("Declared dependencies", |run| declared::check(run.workspace)),
    ("Packages of the client and the program", |run| packages(run.workspace)),
    ("Lints", |run| lints(run.workspace)),
    ("Program, IDL, clients and rules are as generated", |run| run.generated.finish()),
    ("Tests", rust_tests),
    ("Compute units", |run| generate::check(run.workspace, &["costs"])),
    ("SDK for TypeScript", sdk),
    ("Page", page),
    ("SDK and page in Chromium", in_chromium),
    ("Licences and sources of dependencies", |run| dependencies(run.workspace)),
];

/// Runs every check up to the first that fails. The last line is `N passed, N failed`, of the Rust tests and those of SDK and page.
pub fn run_all(workspace: &Workspace) -> Result<ExitCode> {
    let mut run = Run { workspace, tally: Tally::default(), generated: Generated::start(workspace)? };
    let mut took = String::new();
    let outcome = STEPS.iter().enumerate().try_for_each(|(index, (title, check))| {
        println!("\n=== {}/{} {title}", index + 1, STEPS.len());
        let begun = Instant::now();
        let result = check(&mut run).with_context(|| format!("stopped at \"{title}\""));
        writeln!(took, "{:>6} s  {title}", begun.elapsed().as_secs())?;
        result
    });
    println!("\n{took}");
    match &outcome {
        Ok(()) => println!("=== Every check passed"),
        Err(error) => println!("=== Failed: {error:#}"),
    }
    println!("{} passed, {} failed", run.tally.passed, run.tally.failed);
    Ok(if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One run of all checks.
struct Run<'a> {
    workspace: &'a Workspace,
    tally: Tally,
    generated: Generated,
}

/// The check of what takes long to generate. Optimizing a whole program keeps one core busy: it runs while the others compile.
struct Generated {
    check: Child,
    /// What it says is kept here and shown at its end: lines of two programs would mix.
    said: PathBuf,
}

impl Generated {
    const NAMES: [&str; 5] = ["program", "rules", "idl", "client", "typescript"];

    fn start(workspace: &Workspace) -> Result<Self> {
        let said = workspace.target.join("generated.log");
        let log = File::create(&said).with_context(|| format!("cannot write {}", said.display()))?;
        let mut check = Command::new(env::current_exe()?);
        check.args(["generate", "--check"]).args(Self::NAMES).stdout(log.try_clone()?).stderr(log);
        Ok(Self { check: check.spawn().context("could not start the check of what is generated")?, said })
    }

    fn finish(&mut self) -> Result<()> {
        let status = self.check.wait()?;
        eprint!("{}", fs::read_to_string(&self.said)?);
        ensure!(status.success(), "something is not as generated");
        Ok(())
    }
}

impl Drop for Generated {
    fn drop(&mut self) {
        // Where another check has failed, nobody waits for this one.
        let _ = self.check.kill();
    }
}

/// How many tests ran.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Takes note of a line such as `test result: ok. 4 passed; 0 failed; …` of Rust, or
    /// `     Tests  1 failed | 4 passed (5)` of Vitest.
    fn count(&mut self, line: &str) {
        let rust = line.strip_prefix("test result: ");
        let vitest = line.trim_start().strip_prefix("Tests  ");
        let Some(result) = rust.or(vitest) else { return };
        let words: Vec<&str> = result.split([' ', ';']).collect();
        let number_before = |label| {
            let position = words.iter().position(|word| *word == label)?;
            words.get(position.checked_sub(1)?)?.parse::<usize>().ok()
        };
        self.passed += number_before("passed").unwrap_or(0);
        self.failed += number_before("failed").unwrap_or(0);
    }
}

/// Says at once what would stop a later check.
fn needs() -> Result<()> {
    npm::find()?;
    page::chromium()?;
    load::find_postgresql()
}

fn format(workspace: &Workspace) -> Result<()> {
    if is_installed(workspace, "fmt", "rustup component add rustfmt") {
        run(&mut workspace.cargo(["fmt", "--all", "--check"])).context("run `cargo fmt --all`")?;
    }
    Ok(())
}

/// The client and the program become packages. They are not compiled from there: that would take minutes, and a test sees
/// to it that they include nothing from outside.
fn packages(workspace: &Workspace) -> Result<()> {
    let mut package = workspace.cargo(["package", "--quiet", "--locked", "--no-verify", "--allow-dirty"]);
    package.args(["--package", PROGRAM, "--package", CLIENT]);
    package.arg("--target-dir").arg(workspace.target.join("packages"));
    run(&mut package)
}

/// Compiles everything, and refuses what Clippy's lints refuse.
fn lints(workspace: &Workspace) -> Result<()> {
    run(tests(workspace).arg("--no-run"))
}

/// Test programs that mostly wait, for local validators. They run while the others compute.
const WAITING: [&str; 2] = ["cluster", "runtimes"];

fn rust_tests(Run { workspace, tally, .. }: &mut Run) -> Result<()> {
    let (waiting, others): (Vec<_>, Vec<_>) =
        test_programs(workspace)?.into_iter().partition(|name| WAITING.contains(&name.as_str()));
    let only = |programs: &[String]| {
        let mut command = tests(workspace);
        command.arg("--no-fail-fast").args(programs.iter().flat_map(|name| ["--test", name]));
        command
    };
    let (mut waiting, mut others) = (only(&waiting), only(&others));
    others.args(["--lib", "--bins"]);
    thread::scope(|scope| {
        // What they say is shown when they are through: lines of two programs would mix.
        let waiting = scope.spawn(move || waiting.output());
        let mut documentation = tests(workspace);
        documentation.args(["--no-fail-fast", "--doc"]);
        let computing = [&mut others, &mut documentation].map(|command| run_counting(command, tally));
        let output = waiting.join().map_err(|_| anyhow!("a thread panicked"))??;
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            println!("{line}");
            tally.count(line);
        }
        ensure!(output.status.success(), "tests of {} failed", WAITING.join(" or "));
        computing.into_iter().collect()
    })
}

/// The names of all test programs, those with tests of a library or a program aside.
fn test_programs(workspace: &Workspace) -> Result<Vec<String>> {
    let metadata = Metadata::read(workspace)?;
    let targets = metadata.packages.into_iter().flat_map(|package| package.targets);
    Ok(targets.filter(|target| target.kind.iter().any(|kind| kind == "test")).map(|it| it.name).collect())
}

/// Runs tests to their end, shows what they say, and counts them.
fn run_counting(command: &mut Command, tally: &mut Tally) -> Result<()> {
    let before = tally.passed;
    let tests = shown(command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start `{tests}`"))?;
    let stdout = child.stdout.take().with_context(|| format!("`{tests}` has no output"))?;
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line.with_context(|| format!("could not read the output of `{tests}`"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.count(&line);
    }
    let status = child.wait().with_context(|| format!("could not wait for `{tests}`"))?;
    ensure!(status.success(), "`{tests}` failed ({status})");
    ensure!(tally.passed > before, "no test ran");
    Ok(())
}

/// The SDK for TypeScript, against the addresses, messages and layouts that the Rust tests wrote.
fn sdk(Run { workspace, tally, .. }: &mut Run) -> Result<()> {
    let sdk = workspace.sdk();
    run(&mut npm::command(&workspace.root, ["run", "lint"])).context("run `npm run format`")?;
    run(&mut npm::command(&sdk, ["run", "lint"]))?;
    run_counting(npm::command(&sdk, ["test"]).env("NO_COLOR", "1"), tally)?;
    run(&mut npm::command(&sdk, ["run", "build"]))?;
    run(&mut npm::command(&workspace.root.join("tests/ts"), ["test"]))
}

/// Everything about the page that needs no browser.
fn page(Run { workspace, tally, .. }: &mut Run) -> Result<()> {
    let app = workspace.app();
    run(&mut npm::command(&app, ["run", "lint"]))?;
    run_counting(npm::command(&app, ["test"]).env("NO_COLOR", "1"), tally)?;
    run(&mut npm::command(&app, ["run", "build"]))?;
    run(&mut npm::command(&app, ["run", "size", "--", "--check"]))
}

/// The SDK as a stranger installs it, and the page as its users see it, on local validators.
fn in_chromium(Run { workspace, tally, .. }: &mut Run) -> Result<()> {
    let chromium = page::chromium()?;
    let mut build = workspace.cargo(["build", "--workspace", "--ignore-rust-version"]);
    // The page's tests find what runs by itself next to the command line.
    let programs = ["", "-agent", "-guard", "-helper", "-indexer", "-keeper"];
    build.args(programs.iter().flat_map(|name| ["--bin".to_owned(), format!("gpu-lease{name}")]));
    build = linted(workspace, build);
    run(&mut build)?;
    let binary = workspace.target.join("debug/gpu-lease");
    [workspace.sdk(), workspace.app()].into_iter().try_for_each(|folder| {
        let mut tests = npm::command(&folder, ["run", "e2e"]);
        tests.env("CHROMIUM", &chromium).env("GPU_LEASE_BIN", &binary).env("NO_COLOR", "1");
        run_counting(&mut tests, tally)
    })
}

fn dependencies(workspace: &Workspace) -> Result<()> {
    if is_installed(workspace, "deny", "cargo install cargo-deny") {
        run(&mut workspace.cargo(["deny", "check"]))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn results_of_several_test_programs_are_added_up() {
        let mut tally = Tally::default();
        for line in [
            "running 5 tests",
            "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.25s",
            "test result: FAILED. 30 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s",
            " Test Files  1 failed | 2 passed (3)",
            "      Tests  1 failed | 11 passed | 3 skipped (15)",
        ] {
            tally.count(line);
        }
        assert_eq!((tally.passed, tally.failed), (45, 3));
    }
}
