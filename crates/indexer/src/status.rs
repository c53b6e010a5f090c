//! What an indexer tells of itself.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::audit::Report;
use crate::ingest::Progress;

/// Where it is asked for.
pub const PATH: &str = "/indexer";

/// All that it tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Where it answers.
    pub api: String,
    /// How far reading has come.
    pub reading: Progress,
    /// The last audit; `null` before the first.
    pub audit: Option<Report>,
}

impl Status {
    /// For people.
    pub fn lines(&self) -> String {
        let Self { api, reading, audit } = self;
        let Progress { recorded_slot, finalized_slot, confirmed, waiting, in_doubt, .. } = reading;
        let behind = reading.slots_behind();
        let mut text = format!(
            "answers at http://{api}\nthe record goes up to slot {recorded_slot}, {behind} behind the node's {finalized_slot}\n\
             {waiting} transactions wait to be read, {confirmed} are confirmed and not finalized\n"
        );
        if !reading.is_subscribed {
            text.push_str("the node does not tell of news: it is looked from time to time\n");
        }
        if *in_doubt > 0 {
            // A text in memory takes all that is written.
            let _ = writeln!(text, "{in_doubt} accounts are in doubt: their figures are withheld");
        }
        if let Some(problem) = &reading.problem {
            let _ = writeln!(text, "it does not go on: {problem}");
        }
        match audit {
            Some(report) => text.push_str(&report.summary()),
            None => text.push_str("no audit yet\n"),
        }
        text
    }
}
