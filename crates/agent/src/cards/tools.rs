//! The children, and what they are told.

use std::path::PathBuf;
use std::time::Duration;

use tokio::process::Command;

use crate::config::Cards;

/// This very program, also where its file has been replaced since it was started.
const SELF: &str = "/proc/self/exe";

/// Usually it is done in a second, and the driver needs some to begin.
const WIPING: Duration = Duration::from_secs(120);

/// What cards are looked after with.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The program that has the children in it.
    pub program: PathBuf,
    /// Where the driver's libraries are.
    pub config: Cards,
    /// How long overwriting a card may take.
    pub wiping: Duration,
}

impl Tools {
    /// Children of this program.
    pub fn new(config: &Cards) -> Self {
        Self { program: SELF.into(), config: config.clone(), wiping: WIPING }
    }

    /// Reads a card.
    pub fn sampler(&self, card: &str) -> Command {
        let mut command = self.child();
        command.args(["sampler", "--card", card, "--library"]).arg(&self.config.nvml);
        command
    }

    /// Says what a card is, or which there are.
    pub fn survey(&self, card: Option<&str>) -> Command {
        let mut command = self.child();
        command.arg("survey").arg("--library").arg(&self.config.nvml);
        command.args(card.map(|card| format!("--card={card}")));
        command
    }

    /// Overwrites the memory of a card.
    pub fn wiper(&self, card: &str) -> Command {
        let mut command = self.child();
        command.args(["wiper", "--card", card, "--library"]).arg(&self.config.cuda);
        // The library wakes all cards that it may see, and one of the others may hang.
        command.env("CUDA_VISIBLE_DEVICES", card);
        command
    }

    /// One that is killed, if it can be, when nobody waits for it any more.
    fn child(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.kill_on_drop(true);
        command
    }
}
