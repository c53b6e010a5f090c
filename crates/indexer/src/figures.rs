//! What an indexer shows to Prometheus.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use gpu_lease_service::metrics::{Figure, Kind, Metric};

use crate::audit::Totals;
use crate::ingest::Progress;

/// Upper bounds of how long answers take, milliseconds; what took longer is in the last.
const BOUNDS: [(u64, &str); 9] = [
    (2, "0.002"),
    (5, "0.005"),
    (10, "0.01"),
    (20, "0.02"),
    (50, "0.05"),
    (100, "0.1"),
    (250, "0.25"),
    (1_000, "1"),
    (u64::MAX, "+Inf"),
];

/// What was asked, and how long answers took.
#[derive(Default)]
pub struct Requests(Mutex<Counted>);

#[derive(Clone, Default)]
struct Counted {
    by_status: BTreeMap<u16, u64>,
    /// Those that took at most as long as each bound.
    within: [u64; BOUNDS.len()],
}

impl Requests {
    /// Counts a request: until its answer begins.
    pub async fn count(State(requests): State<Arc<Self>>, request: Request, next: Next) -> Response {
        let since = Instant::now();
        let response = next.run(request).await;
        requests.add(response.status().as_u16(), since.elapsed());
        response
    }

    fn add(&self, status: u16, took: Duration) {
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_status = counted.by_status.entry(status).or_default();
        *of_status = of_status.saturating_add(1);
        for (count, (bound, _)) in counted.within.iter_mut().zip(BOUNDS) {
            *count = count.saturating_add(u64::from(took <= bound));
        }
    }

    fn metrics(&self) -> [Metric; 2] {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let status =
            |(status, value): (u16, u64)| Figure { labels: vec![("status", status.to_string())], value };
        let within = BOUNDS.iter().map(|(_, bound)| *bound).zip(counted.within);
        [
            Metric {
                name: "gpu_lease_indexer_requests",
                help: "Requests to the API",
                kind: Kind::Counter,
                figures: counted.by_status.into_iter().map(status).collect(),
            },
            Metric::by(
                Kind::Counter,
                "gpu_lease_indexer_request_seconds",
                "Requests to the API that were answered within so many seconds",
                "le",
                within,
            ),
        ]
    }
}

/// As they are now. For so many seconds the record has lacked something that is finalized.
pub fn figures(reading: &Progress, behind: u64, audits: &Totals, requests: &Requests) -> Vec<Metric> {
    let counter = |name, help, value| Metric::counter(name, help, value);
    let gauge = |name, help, value: u64| Metric::gauge(name, help, value);
    let Totals { audits: done, gifts, failures, accounts, balanced, surpluses, deficits, at } = *audits;
    let metrics = vec![
        gauge(
            "gpu_lease_indexer_recorded_slot",
            "Everything that is finalized is in the record up to this slot",
            reading.recorded_slot,
        ),
        gauge("gpu_lease_indexer_finalized_slot", "What is finalized on the node", reading.finalized_slot),
        gauge(
            "gpu_lease_indexer_behind_slots",
            "Slots that are finalized and not in the record",
            reading.slots_behind(),
        ),
        gauge(
            "gpu_lease_indexer_behind_seconds",
            "Since when the record lacks something that is finalized",
            behind,
        ),
        gauge(
            "gpu_lease_indexer_waiting",
            "Transactions that are listed and wait to be read",
            reading.waiting,
        ),
        gauge(
            "gpu_lease_indexer_confirmed",
            "Transactions that are confirmed and not finalized yet",
            reading.confirmed,
        ),
        gauge("gpu_lease_indexer_in_doubt", "Accounts that the record cannot explain", reading.in_doubt),
        gauge(
            "gpu_lease_indexer_subscribed",
            "Whether the node tells of news by itself: 1 or 0",
            u64::from(reading.is_subscribed),
        ),
        gauge(
            "gpu_lease_indexer_stopped",
            "Whether something keeps it from going on: 1 or 0",
            u64::from(reading.problem.is_some()),
        ),
        counter("gpu_lease_indexer_looks", "Looks at the node", reading.looks),
        counter(
            "gpu_lease_indexer_transactions",
            "Transactions that were taken into the record",
            reading.applied,
        ),
        counter("gpu_lease_indexer_refused", "Answers of nodes that were refused", reading.refused),
        counter("gpu_lease_indexer_calls", "Calls to nodes", reading.calls),
        counter(
            "gpu_lease_indexer_retries",
            "Calls to nodes that failed and were made again",
            reading.retried,
        ),
        counter("gpu_lease_indexer_compared", "Accounts that were compared with the node", reading.compared),
        counter(
            "gpu_lease_indexer_begun_again",
            "Times that the record was begun again from what was kept",
            reading.begun_again,
        ),
        counter("gpu_lease_indexer_audits", "Audits that came to an end", done),
        counter(
            "gpu_lease_indexer_audit_failures",
            "Audits that did not, since a node did not answer",
            failures,
        ),
        counter(
            "gpu_lease_indexer_gifts",
            "Transfers that no transaction of the program told of, and that an audit found",
            gifts,
        ),
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
                (
                    "unaudited",
                    accounts.saturating_sub(balanced).saturating_sub(surpluses).saturating_sub(deficits),
                ),
            ],
        ),
    ];
    metrics.into_iter().chain(requests.metrics()).collect()
}
