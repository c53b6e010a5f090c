//! What a guard tells of its leases: nothing that is secret.

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::{Deserialize, Serialize};

use crate::news::News;

/// Seconds without an answer after which a machine is not reached: three times those between two probes.
const AWAY: i64 = 180;

/// Where it is asked for.
pub const PATH: &str = "/guard";

/// All that it tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Its session keys.
    pub keys: Vec<String>,
    /// `act`, `ask` or `alert`.
    pub mode: String,
    /// Whether it only probes and disputes.
    pub is_standby: bool,
    /// The wallet that pays for transactions, stakes and top-ups.
    pub wallet: String,
    pub leases: Vec<Watched>,
    /// The newest, the latest first.
    pub news: Vec<News>,
}

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watched {
    pub lease: String,
    pub opened_slot: u64,
    /// As the node shows it.
    pub phase: String,
    /// Since when it was probed, unix seconds.
    pub since: i64,
    /// The newest probe that was answered.
    pub reached_at: Option<i64>,
    /// The newest full login.
    pub logged_in_at: Option<i64>,
    /// GPU-seconds that can have been delivered at most until `bound_until`.
    pub bound: u64,
    pub bound_until: i64,
    /// Seconds in which the machine was unreachable or had other cards.
    pub missed: u64,
    /// GPU-seconds that are accepted, and claimed.
    pub accepted: u64,
    pub claimed: u64,
    /// GPU-seconds above the bound that may mature.
    pub loss_limit: u64,
    /// What it does about the newest draft or claim: `coSigned`, `withheld`, `disputed`, `watching`.
    pub doing: String,
    /// Seconds until the deposit is used up.
    pub runway: u64,
}

impl Watched {
    /// Whether it runs, and its machine has not answered for long.
    pub fn is_unreached(&self) -> bool {
        let reached_at = self.reached_at.unwrap_or(self.since);
        self.phase == "running" && self.bound_until.saturating_sub(reached_at) > AWAY
    }
}

impl Status {
    /// As a table, with the newest news under it.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header([
            "LEASE",
            "PHASE",
            "DOING",
            "REACHED",
            "LOGGED IN",
            "MISSED",
            "BOUND",
            "CLAIMED",
            "RUNWAY",
        ]);
        for lease in &self.leases {
            let ago = |time: Option<i64>| match time {
                Some(time) => format!("{} s ago", lease.bound_until.saturating_sub(time).max(0)),
                None => "·".to_owned(),
            };
            table.add_row([
                lease.lease.clone(),
                lease.phase.clone(),
                lease.doing.clone(),
                ago(lease.reached_at),
                ago(lease.logged_in_at),
                format!("{} s", lease.missed),
                lease.bound.to_string(),
                lease.claimed.to_string(),
                format!("{} h", lease.runway / 3_600),
            ]);
        }
        for number in 5..9 {
            if let Some(column) = table.column_mut(number) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.column_iter_mut().for_each(|column| _ = column.set_padding((0, 2)));
        let mut text = String::new();
        // Writing to a text cannot fail.
        match self.leases.is_empty() {
            true => writeln!(text, "no lease is watched").ok(),
            false => table.lines().try_for_each(|line| writeln!(text, "{}", line.trim_end())).ok(),
        };
        for news in self.news.iter().take(5) {
            writeln!(text, "{}  {}", news.lease.as_deref().unwrap_or("·"), news.text).ok();
        }
        text
    }
}

/// What it tells whoever asks.
#[derive(Default)]
pub struct Shown(Mutex<Option<Status>>);

impl Shown {
    /// As it was last.
    pub fn get(&self) -> Option<Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on.
    pub fn set(&self, status: Status) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::news::Kind;

    #[test]
    fn the_table_shows_each_lease_and_what_is_new() {
        let lease = Watched {
            lease: "lease".to_owned(),
            opened_slot: 1,
            phase: "running".to_owned(),
            since: 100,
            reached_at: Some(290),
            logged_in_at: None,
            bound: 400,
            bound_until: 300,
            missed: 7,
            accepted: 300,
            claimed: 320,
            loss_limit: 1_200,
            doing: "coSigned".to_owned(),
            runway: 7_200,
        };
        assert!(!lease.is_unreached());
        assert!(Watched { reached_at: None, ..lease.clone() }.is_unreached());
        let news = News {
            at: 1,
            kind: Kind::Reached,
            lease: Some("lease".to_owned()),
            opened_slot: Some(1),
            text: "It answers again.".to_owned(),
        };
        let status = Status {
            keys: Vec::new(),
            mode: "act".to_owned(),
            is_standby: false,
            wallet: String::new(),
            leases: vec![lease],
            news: vec![news],
        };
        let lines: Vec<String> = status
            .table()
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(lines[1], "lease running coSigned 10 s ago · 7 s 400 320 2 h");
        assert_eq!(lines[2], "lease It answers again.");
        let nothing = Status { leases: Vec::new(), news: Vec::new(), ..status };
        assert_eq!(nothing.table(), "no lease is watched\n");
    }
}
