//! What an indexer tells of itself.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use gpu_lease_service::monitoring;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::audit::Report;
use crate::ingest::Progress;

/// Where it is asked for.
pub const PATH: &str = "/indexer";

/// Where an audit is asked for.
pub const AUDIT: &str = "/audit";

/// How often it is looked whether an audit has ended.
const LOOK: Duration = Duration::from_millis(200);

/// All that it tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Where it answers.
    pub api: String,
    /// How far reading has come.
    pub reading: Progress,
    /// The last audit; `null` before the first.
    pub audit: Option<Report>,
    /// Audits that are over, however they ended.
    pub audits: u64,
    /// Why the last one did not come to an end.
    pub audit_problem: Option<String>,
}

impl Status {
    /// For people.
    pub fn lines(&self) -> String {
        let Self { api, reading, audit, audit_problem, .. } = self;
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
        if let Some(problem) = audit_problem {
            let _ = writeln!(text, "the last audit did not come to an end: {problem}");
        }
        text
    }
}

/// Has the indexer that is watched there audit now, and waits for what it finds.
pub async fn audit_now(listen: SocketAddr) -> Result<Report> {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let asked = client.post(format!("http://{listen}{AUDIT}")).send().await;
    let asked = asked.with_context(|| format!("nobody answers at {listen}; does the indexer run?"))?;
    let before: u64 = serde_json::from_slice(&asked.error_for_status()?.bytes().await?)?;
    loop {
        let Status { audit, audits, audit_problem, .. } = monitoring::ask(listen, PATH).await?;
        if let Some(report) = audit.filter(|report| report.number.0 > before) {
            return Ok(report);
        }
        let problem = audit_problem.unwrap_or_default();
        ensure!(audits <= before, "the audit does not come to an end: {problem}");
        sleep(LOOK).await;
    }
}
