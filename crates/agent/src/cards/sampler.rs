//! The child that reads one card.

use std::convert::Infallible;
use std::io::{Write, stdout};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::nvml::{Facts, Library, Sample};

/// How often it is read.
const PERIOD: Duration = Duration::from_secs(1);

/// A line of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Line {
    /// What the card is: the first line.
    Facts(Facts),
    /// What was read: a line each second.
    Sample(Sample),
    /// Why there is no more to read: the last line.
    Lost(String),
}

/// Reads a card and writes it down, each second, until nobody listens any more or the card is lost.
pub fn sampler(library: &Path, card: &str) -> ! {
    let Err(error) = read(library, card);
    say(&Line::Lost(format!("{error:#}"))).ok();
    // What the library still has to do may hang.
    std::process::exit(1)
}

fn read(library: &Path, card: &str) -> Result<Infallible> {
    let library = Library::load(library)?;
    say(&Line::Facts(library.facts(card)?))?;
    let mut next = Instant::now();
    loop {
        say(&Line::Sample(library.sample(card)?))?;
        next = Instant::now().max(next + PERIOD);
        sleep(next.saturating_duration_since(Instant::now()));
    }
}

fn say(line: &Line) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{}", serde_json::to_string(line)?)?;
    Ok(out.flush()?)
}
