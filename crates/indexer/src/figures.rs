//! What an indexer shows to Prometheus.

use std::time::SystemTime;

use gpu_lease_service::metrics::{Kind, Metric};

use crate::audit::Totals;
use crate::ingest::Progress;

/// As they are now. `lag` is how many seconds ago the newest block was finalized that is in the record; `None` if no block is.
pub fn figures(reading: &Progress, audits: &Totals) -> Vec<Metric> {
    let counter = |name, help, value| Metric::counter(name, help, value);
    let gauge = |name, help, value: u64| Metric::gauge(name, help, value);
    let Totals { audits: done, gifts, failures, accounts, balanced, surpluses, deficits, at } = *audits;
    vec![
        gauge("gpu_lease_indexer_recorded_slot", "Everything that is finalized is in the record up to this slot", reading.recorded_slot),
        gauge("gpu_lease_indexer_finalized_slot", "What is finalized on the node", reading.finalized_slot),
        gauge("gpu_lease_indexer_behind_slots", "Slots that are finalized and not in the record", reading.slots_behind()),
        gauge("gpu_lease_indexer_behind_seconds", "Since when the record lacks something that is finalized", seconds_behind(reading)),
        gauge("gpu_lease_indexer_waiting", "Transactions that are listed and wait to be read", reading.waiting),
        gauge("gpu_lease_indexer_confirmed", "Transactions that are confirmed and not finalized yet", reading.confirmed),
        gauge("gpu_lease_indexer_in_doubt", "Accounts that the record cannot explain", reading.in_doubt),
        gauge("gpu_lease_indexer_subscribed", "Whether the node tells of news by itself: 1 or 0", u64::from(reading.is_subscribed)),
        gauge("gpu_lease_indexer_stopped", "Whether something keeps it from going on: 1 or 0", u64::from(reading.problem.is_some())),
        counter("gpu_lease_indexer_looks", "Looks at the node", reading.looks),
        counter("gpu_lease_indexer_transactions", "Transactions that were taken into the record", reading.applied),
        counter("gpu_lease_indexer_refused", "Answers of nodes that were refused", reading.refused),
        counter("gpu_lease_indexer_calls", "Calls to nodes", reading.calls),
        counter("gpu_lease_indexer_retries", "Calls to nodes that failed and were made again", reading.retried),
        counter("gpu_lease_indexer_compared", "Accounts that were compared with the node", reading.compared),
        counter("gpu_lease_indexer_begun_again", "Times that the record was begun again from what was kept", reading.begun_again),
        counter("gpu_lease_indexer_audits", "Audits that came to an end", done),
        counter("gpu_lease_indexer_audit_failures", "Audits that did not, since a node did not answer", failures),
        counter("gpu_lease_indexer_gifts", "Transfers that no transaction of the program told of, and that an audit found", gifts),
        Metric::gauge("gpu_lease_indexer_audited_at", "When the last audit ended, unix seconds", at),
        Metric::by(
            Kind::Gauge,
            "gpu_lease_indexer_balances",
            "Token accounts by what the last audit found",
            "verdict",
            [
                ("balanced", balanced),
                ("surplus", surpluses),
                ("deficit", deficits),
                ("unaudited", accounts.saturating_sub(balanced).saturating_sub(surpluses).saturating_sub(deficits)),
            ],
        ),
    ]
}
