//! The agent's.

use gpu_lease_service::metrics::{Figure, Kind, Metric};

use super::timestamp;
use crate::machine::Machine;
use crate::meter::Cause;
use crate::plan::Entry;

/// As they are now.
pub fn agent(machine: &Machine) -> Vec<Metric> {
    let book = machine.notebook().book();
    let (observed, plan) = machine.newest();
    let (heard, written) = (machine.heard(), machine.notebook().written());
    let is = |state: &str| book.entries.values().filter(|entry| self::state(entry) == state).count() as u64;
    let held = book.entries.values().flat_map(|entry| &entry.cards).count();
    let free = observed
        .sound_cards
        .iter()
        .filter(|card| !book.entries.values().any(|entry| entry.cards.contains(card)));
    let by_cause = |cause| written.get(&cause).copied().unwrap_or_default();
    let delivered =
        Cause::ALL.iter().filter(|(cause, ..)| cause.is_tenants()).map(|(cause, ..)| Some(*cause));
    let lost = Cause::ALL.iter().filter(|(cause, ..)| !cause.is_tenants());
    let (attempts, wiped) = (machine.attempts(), machine.wiped());
    let attempts = attempts.iter().flat_map(|(step, attempts)| {
        let of = |outcome: &str, value| Figure {
            labels: vec![("step", (*step).to_owned()), ("outcome", outcome.to_owned())],
            value,
        };
        [of("done", attempts.done), of("failed", attempts.failed)]
    });
    vec![
        Metric::by(
            Kind::Gauge,
            "gpu_lease_agent_leases",
            "Leases that this machine has taken on: not started yet, running, and over but with files that can be fetched",
            "state",
            STATES.map(|state| (state, is(state))),
        ),
        Metric::gauge(
            "gpu_lease_agent_refused_leases",
            "Leases that wait for a start and are not taken on; the log says why",
            plan.refusals.len() as u64,
        ),
        Metric::by(
            Kind::Gauge,
            "gpu_lease_agent_cards",
            "Cards that leases hold, and sound ones that none does",
            "state",
            [("held", held as u64), ("free", free.count() as u64)],
        ),
        Metric::counter(
            "gpu_lease_agent_delivered_gpu_seconds",
            "GPU-seconds that were delivered",
            delivered.chain([None]).map(by_cause).sum(),
        ),
        Metric::by(
            Kind::Counter,
            "gpu_lease_agent_lost_gpu_seconds",
            "GPU-seconds of leases that do not count as delivered, by cause",
            "cause",
            lost.map(|(cause, _, name)| (*name, by_cause(Some(*cause)))),
        ),
        Metric::by(
            Kind::Counter,
            "gpu_lease_agent_wiped_cards",
            "Cards that were wiped after a lease and found well, and those that are out of use instead; the log says why",
            "outcome",
            [("done", wiped.done), ("withheld", wiped.withheld)],
        ),
        Metric::by(
            Kind::Counter,
            "gpu_lease_agent_wiped_bytes",
            "Bytes of cards that were overwritten after leases, and those that these cards have",
            "of",
            [("covered", wiped.bytes), ("all", wiped.of)],
        ),
        Metric {
            name: "gpu_lease_agent_steps",
            help: "What was done for leases, and what failed and is tried again",
            kind: Kind::Counter,
            figures: attempts.collect(),
        },
        Metric::by(
            Kind::Gauge,
            "gpu_lease_agent_answers",
            "Whether somebody answered when last asked: 1 or 0",
            "from",
            [
                ("cluster", u64::from(observed.now.is_some())),
                ("engine", u64::from(observed.instances.is_some())),
            ],
        ),
        Metric::gauge(
            "gpu_lease_agent_observation_timestamp_seconds",
            "When all was last looked at",
            timestamp(heard.observed),
        ),
        Metric::gauge(
            "gpu_lease_agent_cluster_clock_timestamp_seconds",
            "When the cluster last told its time, by this machine's clock",
            timestamp(heard.clock),
        ),
    ]
}

const STATES: [&str; 3] = ["starting", "running", "over"];

fn state(entry: &Entry) -> &'static str {
    let [starting, running, over] = STATES;
    match entry {
        Entry { has_started: false, keep_until: None, .. } => starting,
        Entry { cards, .. } if cards.is_empty() => over,
        Entry { .. } => running,
    }
}
