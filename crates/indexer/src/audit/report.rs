//! What an audit found, for programs and for people.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::views::{Signed64, Unsigned64};

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which one since the start, from 1 on.
    pub number: Unsigned64,
    /// When it ended, unix seconds by this machine's clock.
    pub at: Signed64,
    /// The record stood there.
    pub slot: Unsigned64,
    /// Token accounts of the program.
    pub accounts: Unsigned64,
    /// Those that hold what is booked, gifts included.
    pub balanced: Unsigned64,
    /// Those in which something moved meanwhile: the next audit looks again.
    pub moving: Unsigned64,
    /// What strangers had sent, and is booked now.
    pub gifts: Vec<Gift>,
    /// Those that hold something else than is booked.
    pub deviations: Vec<Deviation>,
}

/// Tokens that a transaction brought in which does not call the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// The token account.
    pub account: String,
    /// Base units.
    pub amount: Unsigned64,
    /// The transaction.
    pub signature: String,
}

/// A token account that holds something else than is booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// The token account.
    pub account: String,
    /// What it is for: `lease`, `fees`, `bonds` or `lock`.
    pub kind: String,
    /// The lease, mint policy, provider or lock that it belongs to.
    pub of: String,
    /// The mint.
    pub mint: String,
    /// By the record, gifts included.
    pub booked: Unsigned64,
    /// By the node.
    pub held: Unsigned64,
}

/// All audits since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Audits that came to an end.
    pub audits: u64,
    /// Audits that did not.
    pub failures: u64,
    /// Gifts that were found.
    pub gifts: u64,
    /// Token accounts, by the last audit.
    pub accounts: u64,
    /// Those that hold what is booked.
    pub balanced: u64,
    /// Those that hold more.
    pub surpluses: u64,
    /// Those that hold less.
    pub deficits: u64,
    /// When it ended.
    pub at: Option<u64>,
}

impl Deviation {
    /// Whether something is missing.
    pub fn is_deficit(&self) -> bool {
        self.held < self.booked
    }
}

impl Report {
    /// Whether every token account holds what is booked, as far as it could be compared.
    pub const fn is_fine(&self) -> bool {
        self.deviations.is_empty()
    }

    /// In a line.
    pub fn summary(&self) -> String {
        let Self { number, slot, accounts, balanced, moving, gifts, deviations, .. } = self;
        format!(
            "audit {} at slot {}: {} of {} token accounts hold what is booked, {} moved meanwhile, {} deviate; {} gifts booked\n",
            number.0,
            slot.0,
            balanced.0,
            accounts.0,
            moving.0,
            deviations.len(),
            gifts.len()
        )
    }

    /// For people: what deviates, and what was given.
    pub fn lines(&self) -> String {
        let mut text = self.summary();
        // A text in memory takes all that is written.
        if !self.deviations.is_empty() {
            let _ = writeln!(
                text,
                "\n{:<44} {:<6} {:>20} {:>20} {:<8} OF",
                "TOKEN ACCOUNT", "KIND", "BOOKED", "HELD", ""
            );
        }
        for it in &self.deviations {
            let verdict = if it.is_deficit() { "deficit" } else { "surplus" };
            let Deviation { account, kind, of, booked, held, .. } = it;
            let _ =
                writeln!(text, "{account:<44} {kind:<6} {:>20} {:>20} {verdict:<8} {of}", booked.0, held.0);
        }
        if !self.gifts.is_empty() {
            let _ = writeln!(text, "\n{:<44} {:>20} TRANSACTION", "GIFT TO", "AMOUNT");
        }
        for Gift { account, amount, signature } in &self.gifts {
            let _ = writeln!(text, "{account:<44} {:>20} {signature}", amount.0);
        }
        text
    }
}

impl Totals {
    /// Those that have begun and are over, however they ended.
    pub const fn begun(&self) -> u64 {
        self.audits.saturating_add(self.failures)
    }

    /// After one more.
    pub fn after(self, report: &Report) -> Self {
        let deficits = report.deviations.iter().filter(|it| it.is_deficit()).count() as u64;
        let deviations = report.deviations.len() as u64;
        Self {
            audits: self.audits.saturating_add(1),
            failures: self.failures,
            gifts: self.gifts.saturating_add(report.gifts.len() as u64),
            accounts: report.accounts.0,
            balanced: report.balanced.0,
            surpluses: deviations.saturating_sub(deficits),
            deficits,
            at: u64::try_from(report.at.0).ok(),
        }
    }
}
