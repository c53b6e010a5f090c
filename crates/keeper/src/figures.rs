//! What a keeper shows to Prometheus.

use gpu_lease_service::metrics::{Figure, Kind, Metric};

use crate::keeper::Keeper;

/// As they are now. The wallet holds so many lamports, if that is known; whether the node tells of changes by itself.
pub fn figures(keeper: &Keeper, wallet: Option<u64>, is_subscribed: bool) -> Vec<Metric> {
    let counts = keeper.counts();
    let errand = |((deed, outcome), value): ((&str, &str), u64)| Figure {
        labels: vec![("deed", deed.to_owned()), ("outcome", outcome.to_owned())],
        value,
    };
    let (spent, budget) = keeper.day();
    let book = keeper.book();
    let failing = book.plan.waiting().filter(|(_, task)| task.failures > 0).count();
    let worth = book.plan.waiting().map(|(_, task)| task.worth).filter(|worth| *worth < u64::MAX);
    vec![
        Metric {
            name: "gpu_lease_keeper_errands",
            help: "What was tried: done, done by somebody else, too dear for the budget, too early, or failed",
            kind: Kind::Counter,
            figures: counts.errands.into_iter().map(errand).collect(),
        },
        Metric::counter("gpu_lease_keeper_looks", "Looks at all accounts", counts.looks),
        Metric::counter(
            "gpu_lease_keeper_spent_lamports",
            "What deeds that were done have cost",
            counts.fees,
        ),
        Metric::gauge("gpu_lease_keeper_day_lamports", "What was spent in the last 24 hours", spent),
        Metric::gauge("gpu_lease_keeper_budget_lamports", "What may be spent in 24 hours", budget),
        Metric::gauge("gpu_lease_keeper_wallet_lamports", "What the wallet holds", wallet),
        Metric::gauge("gpu_lease_keeper_accounts", "Accounts that are looked after", book.len() as u64),
        Metric::gauge(
            "gpu_lease_keeper_due",
            "Deeds that are due and not done yet",
            book.plan.waiting().count() as u64,
        ),
        Metric::gauge("gpu_lease_keeper_failing", "Those of them that have failed", failing as u64),
        Metric::gauge(
            "gpu_lease_keeper_due_worth_lamports",
            "What waits for them, as far as it is a sum",
            worth.fold(0, u64::saturating_add),
        ),
        Metric::gauge(
            "gpu_lease_keeper_subscribed",
            "Whether the node tells of changes by itself: 1 or 0",
            u64::from(is_subscribed),
        ),
    ]
}
