//! The project's task runner: `cargo xtask --help`.
//!
//! - [`workspace`]: where things are, and how commands are run
//! - [`sbf`]: compiles the on-chain program
//! - [`toolchain`]: sets up the upstream compiler it may need for that
//! - [`artifact`]: keeps the committed program in step with its sources
//! - [`rules`]: compiles its rules for the page, and keeps them in step, too
//! - [`declared`]: finds dependencies that nobody uses
//! - [`digest`]: what they were built from
//! - [`idl`]: the same for the committed interface description
//! - [`accounts`]: says in it how addresses of accounts follow
//! - [`page`]: builds the page
//! - [`test`]: every check, in order

mod accounts;
mod artifact;
mod declared;
mod digest;
mod idl;
mod page;
mod rules;
mod sbf;
mod test;
mod toolchain;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Tasks of the gpu-lease repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the on-chain program (artifacts/), its IDL (idl/) and its rules for the page (app/src/rules/).
    Build {
        /// Change nothing; fail when the committed files do not follow from the sources.
        #[arg(long)]
        check: bool,
    },
    /// Build the program's rules for the page alone.
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
    /// Run every check: format, lints, artifact, tests, compute units, TypeScript, page, licences.
    Test,
    /// Measure compute units and write docs/COMPUTE_UNITS.md.
    Bench {
        /// Change nothing; fail when a figure moved and was not recorded.
        #[arg(long)]
        check: bool,
    },
}

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
        Task::Build { check: false } => {
            artifact::build(&workspace)?;
            rules::build(&workspace)?;
            idl::write(&workspace)?;
        }
        Task::Build { check: true } => {
            artifact::check(&workspace)?;
            rules::check(&workspace)?;
            idl::check(&workspace)?;
        }
        Task::Rules { check: false } => rules::build(&workspace)?,
        Task::Rules { check: true } => rules::check(&workspace)?,
        Task::Up { arguments } => {
            artifact::ensure(&workspace)?;
            let mut localnet = workspace.binary("gpu-lease");
            localnet.arg("localnet");
            if wants_page(&arguments)
                && let Some(page) = page::ensure(&workspace)?
            {
                localnet.arg("--page").arg(page);
            }
            localnet.args(arguments);
            return Err(workspace::replace_self_with(localnet));
        }
        Task::Test => return Ok(test::run_all(&workspace)),
        Task::Bench { check } => {
            artifact::ensure(&workspace)?;
            workspace::run(&mut test::bench(&workspace, check))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether `up` with these arguments stays, so that somebody can open the page.
fn wants_page(arguments: &[OsString]) -> bool {
    !arguments.iter().any(|argument| {
        ["--once", "--page", "--help", "-h"].iter().any(|other| argument == other)
            || argument.as_encoded_bytes().starts_with(b"--page=")
    })
}
