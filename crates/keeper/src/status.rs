//! What a keeper tells of itself.

use std::fmt::Write;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::keeper::Keeper;

/// Where it is asked for.
pub const PATH: &str = "/keeper";

/// Most of what waits that is told.
const MOST: usize = 100;

/// All that it tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The wallet that pays.
    pub wallet: String,
    /// The cluster's time, if it is known.
    pub now: Option<i64>,
    /// Lamports that were spent in the last 24 hours.
    pub spent: u64,
    /// Those that may be.
    pub budget: u64,
    /// Accounts that are looked after.
    pub accounts: usize,
    /// Those of which something becomes due.
    pub scheduled: usize,
    /// What is due, the most valuable first, of many the first hundred.
    pub due: Vec<Waiting>,
    /// What was done last, the newest first.
    pub done: Vec<Done>,
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// What.
    pub deed: String,
    /// With which account.
    pub account: String,
    /// What waits for it, lamports; the most of all for what was voted.
    pub worth: u64,
    /// From when on it is done, unix seconds.
    pub ready_at: i64,
    /// How often it failed.
    pub failures: u32,
    /// Why, the last time.
    pub problem: Option<String>,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// What.
    pub deed: String,
    /// With which account.
    pub account: String,
    /// The transaction.
    pub signature: String,
    /// What it cost, lamports.
    pub lamports: u64,
    /// When, unix seconds by this machine's clock.
    pub at: u64,
}

impl Status {
    /// Of a keeper, now.
    pub fn of(keeper: &Keeper) -> Self {
        let (spent, budget) = keeper.day();
        let done = keeper.counts().last.into_iter().map(|deed| Done {
            deed: deed.errand.what.name().to_owned(),
            account: deed.errand.account.to_string(),
            signature: deed.signature,
            lamports: deed.lamports,
            at: deed.at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        });
        let now = keeper.now();
        let book = keeper.book();
        let due = book.plan.waiting().map(|(errand, task)| Waiting {
            deed: errand.what.name().to_owned(),
            account: errand.account.to_string(),
            worth: task.worth,
            ready_at: task.ready_at,
            failures: task.failures,
            problem: task.problem.clone(),
        });
        let mut due: Vec<_> = due.collect();
        due.sort_by_key(|waiting| std::cmp::Reverse(waiting.worth));
        due.truncate(MOST);
        Self {
            wallet: keeper.wallet().to_string(),
            now,
            spent,
            budget,
            accounts: book.len(),
            scheduled: book.plan.scheduled(),
            due,
            done: done.collect(),
        }
    }

    /// For people.
    pub fn lines(&self) -> String {
        let Self { wallet, now, spent, budget, accounts, scheduled, due, done } = self;
        let mut text = format!(
            "{wallet} has spent {spent} of {budget} lamports in 24 hours\n{accounts} accounts, something becomes due of \
             {scheduled}\n"
        );
        if now.is_none() {
            text.push_str("the node does not tell the time: nothing is done\n");
        }
        for Waiting { deed, account, ready_at, problem, .. } in due {
            let wait = now.map_or(0, |now| (ready_at - now).max(0));
            let problem = problem.as_ref().map_or_else(String::new, |problem| format!(": {problem}"));
            // A text in memory takes all that is written.
            let _ = writeln!(text, "due   {deed:<18} {account:<44} in {wait} s{problem}");
        }
        for Done { deed, account, lamports, .. } in done {
            let _ = writeln!(text, "done  {deed:<18} {account:<44} {lamports} lamports");
        }
        text
    }
}
