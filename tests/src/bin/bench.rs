//! Measures what the program costs and writes `docs/COMPUTE_UNITS.md`, or compares with it.

use anyhow::{Context, Result};
use clap::Parser;
use gpu_lease_tests::bench::{Figures, document::moved};
use std::{fs, path::Path, process::ExitCode};

/// The ledger of costs.
#[derive(Parser)]
struct Arguments {
    /// Change nothing; fail when a figure moved and was not recorded.
    #[arg(long)]
    check: bool,
}

fn main() -> Result<ExitCode> {
    let Arguments { check } = Arguments::parse();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/COMPUTE_UNITS.md");
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    let measured = Figures::measure().to_string();
    let moved = if recorded.is_empty() { Vec::new() } else { moved(&recorded, &measured) };
    moved.iter().for_each(|figure| println!("{figure}"));
    if recorded == measured {
        println!("every figure is as recorded in docs/COMPUTE_UNITS.md");
    } else if check {
        if moved.is_empty() {
            println!("docs/COMPUTE_UNITS.md is missing, or has another text around the same figures");
        }
        println!("run `cargo xtask generate costs` to record");
        return Ok(ExitCode::FAILURE);
    } else {
        fs::write(&path, &measured).with_context(|| path.display().to_string())?;
        println!("docs/COMPUTE_UNITS.md is written");
    }
    Ok(ExitCode::SUCCESS)
}
