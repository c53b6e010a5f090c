//! The project's task runner: `cargo xtask --help`.
//!
//! - [`workspace`]: where things are, and how commands are run
//! - [`sbf`]: compiles the on-chain program
//! - [`toolchain`]: sets up the upstream compiler it may need for that
//! - [`mod@generate`]: everything that is generated and committed
//! - [`artifact`]: keeps the committed program in step with its sources
//! - [`rules`]: compiles its rules for the page, and keeps them in step, too
//! - [`metadata`]: what Cargo says of this workspace
//! - [`declared`]: finds dependencies that nobody uses
//! - [`digest`]: what they were built from
//! - [`idl`]: the same for the committed interface description
//! - [`accounts`]: says in it how addresses of accounts follow
//! - [`client`]: lists for the Rust client, from the IDL
//! - [`helper`]: compiles what is PID 1 of a lease's container
//! - [`load`]: what the indexer makes of a large market
//! - [`npm`]: what SDK and page are installed and built with
//! - [`page`]: builds the page
//! - [`rust`]: compiles the workspace with its lints
//! - [`mod@test`]: every check, in order
//! - `tidy`: what the sources keep to

mod accounts;
mod artifact;
mod client;
mod declared;
mod digest;
mod generate;
mod helper;
mod idl;
mod load;
mod metadata;
mod npm;
mod page;
mod rules;
mod rust;
mod sbf;
mod test;
#[cfg(test)]
mod tidy;
mod toolchain;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand, builder::PossibleValuesParser};

use crate::workspace::{Workspace, run_on_stderr};

/// Tasks of the gpu-lease repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write everything that is generated and committed, or what is named.
    #[command(after_help = generate::table())]
    Generate {
        /// Change nothing; fail when something committed does not follow from what it is made of.
        #[arg(long)]
        check: bool,
        /// What to generate.
        #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(generate::names()), hide_possible_values = true)]
        names: Vec<String>,
    },
    /// Short for `generate program idl client rules`.
    Build {
        /// Change nothing; fail when the committed files do not follow from the sources.
        #[arg(long)]
        check: bool,
    },
    /// Short for `generate rules`.
    Rules {
        /// Change nothing; fail when the committed module does not follow from the sources.
        #[arg(long)]
        check: bool,
    },
    /// Start a local cluster with a market and its page, and play leases and votes on it; see `cargo xtask up
    /// --help`.
    #[command(disable_help_flag = true)]
    Up {
        /// Passed on to `gpu-lease localnet`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Compile the static helper that runs in every lease's container, and print where it is.
    Helper,
    /// Run every check: format, lints, artifact, tests, compute units, TypeScript, page, licences.
    Test,
    /// Measure, and record what came of it: compute units, short for `generate costs`, of the program as it is; and what the
    /// indexer makes of a million transactions.
    Bench {
        /// Change nothing; fail when a cost moved and was not recorded, or the indexer is beyond its limits.
        #[arg(long)]
        check: bool,
        /// What to measure; everything if it is not said.
        #[arg(value_name = "NAME", value_parser = [COSTS, INDEXER])]
        name: Option<String>,
    },
}

/// What is measured.
const COSTS: &str = "costs";
const INDEXER: &str = "indexer";

fn main() -> ExitCode {
    match perform(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    match task {
        Task::Generate { check, names } => generate(&workspace, check, &names)?,
        Task::Build { check } => generate(&workspace, check, &["program", "idl", "client", "rules"])?,
        Task::Rules { check } => generate(&workspace, check, &["rules"])?,
        Task::Up { arguments } => {
            artifact::ensure(&workspace)?;
            let mut localnet = workspace.binary("gpu-lease");
            localnet.arg("localnet");
            if stays(&arguments, "--page")
                && let Some(page) = page::ensure(&workspace)?
            {
                localnet.arg("--page").arg(page);
            }
            // They ask for what Linux alone has.
            if cfg!(target_os = "linux") && lacks(&arguments, "--agent") {
                match daemons(&workspace) {
                    Ok(daemons) => {
                        for (option, program) in daemons.into_iter().filter(|(it, _)| lacks(&arguments, it)) {
                            localnet.arg(option).arg(program);
                        }
                    }
                    Err(error) => eprintln!("nothing runs by itself, since it does not compile: {error:#}"),
                }
            }
            localnet.args(arguments);
            return Err(workspace::replace_self_with(localnet));
        }
        Task::Helper => println!("{}", helper::build(&workspace)?.display()),
        Task::Test => return test::run_all(&workspace),
        Task::Bench { check, name } => {
            let is_asked = |other: &str| name.as_ref().is_none_or(|name| name == other);
            if is_asked(COSTS) {
                artifact::ensure(&workspace)?;
                generate(&workspace, check, &[COSTS])?;
            }
            if is_asked(INDEXER) {
                load::measure(&workspace, check)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn generate(workspace: &Workspace, is_check: bool, names: &[impl AsRef<str>]) -> Result<()> {
    if is_check { generate::check(workspace, names) } else { generate::write(workspace, names) }
}

/// What runs by itself, and the helper in each lease, by the option that names it.
fn daemons(workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>> {
    const DAEMONS: [(&str, &str); 4] = [
        ("--agent", "gpu-lease-agent"),
        ("--guard", "gpu-lease-guard"),
        ("--keeper", "gpu-lease-keeper"),
        ("--indexer", "gpu-lease-indexer"),
    ];
    // With the command line, which would choose other features for itself alone.
    let mut build = workspace.cargo(["build", "--quiet", "--workspace", "--ignore-rust-version"]);
    build.args(["--bin", "gpu-lease"]).args(DAEMONS.iter().flat_map(|(_, name)| ["--bin", *name]));
    run_on_stderr(&mut build)?;
    let built = DAEMONS.map(|(option, name)| (option, workspace.target.join("debug").join(name)));
    let helper = ("--helper", helper::build(workspace)?);
    Ok(built.into_iter().chain([helper]).collect())
}

/// Whether `up` with these arguments stays, so that somebody can rent, and `option` is not among them already.
fn stays(arguments: &[OsString], option: &str) -> bool {
    lacks(arguments, "--once") && lacks(arguments, option)
}

/// Whether `up` runs with these arguments, and `option` is not among them already.
fn lacks(arguments: &[OsString], option: &str) -> bool {
    !arguments.iter().any(|argument| {
        [option, "--help", "-h"].iter().any(|other| argument == other)
            || argument.as_encoded_bytes().starts_with(format!("{option}=").as_bytes())
    })
}
