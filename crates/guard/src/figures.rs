//! What Prometheus reads of a guard.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use gpu_lease_service::metrics::{Figure, Kind, Metric};

use crate::status::Status;

/// The names of all of its own.
pub const NAMES: [&str; 9] = [
    "gpu_lease_guard_leases",
    "gpu_lease_guard_unreached_leases",
    "gpu_lease_guard_missed_seconds",
    "gpu_lease_guard_probes",
    "gpu_lease_guard_logins",
    "gpu_lease_guard_co_signed",
    "gpu_lease_guard_deeds",
    "gpu_lease_guard_cluster_clock_timestamp_seconds",
    "gpu_lease_guard_wallet_lamports",
];

/// What was counted since the guard began.
#[derive(Default)]
pub struct Counts {
    probes: [AtomicU64; 2],
    logins: [AtomicU64; 2],
    co_signed: AtomicU64,
    deeds: Mutex<BTreeMap<(&'static str, bool), u64>>,
    clock: AtomicI64,
    wallet: Mutex<Option<u64>>,
}

impl Counts {
    /// A probe was answered, or not.
    pub fn probed(&self, is_answered: bool) {
        let [failed, answered] = &self.probes;
        if is_answered { answered } else { failed }.fetch_add(1, Relaxed);
    }

    /// Somebody was let in, or not.
    pub fn logged_in(&self, is_in: bool) {
        let [failed, answered] = &self.logins;
        if is_in { answered } else { failed }.fetch_add(1, Relaxed);
    }

    /// A machine has taken a signature.
    pub fn co_signed(&self) {
        self.co_signed.fetch_add(1, Relaxed);
    }

    /// A transaction did what it should, or not.
    pub fn acted(&self, deed: &'static str, is_done: bool) {
        let mut deeds = self.deeds.lock().unwrap_or_else(PoisonError::into_inner);
        *deeds.entry((deed, is_done)).or_default() += 1;
    }

    /// The cluster told its time.
    pub fn tick(&self, time: i64) {
        self.clock.store(time, Relaxed);
    }

    /// The wallet has so many lamports.
    pub fn holds(&self, lamports: u64) {
        *self.wallet.lock().unwrap_or_else(PoisonError::into_inner) = Some(lamports);
    }
}

/// All figures: what was counted, and what is told.
pub fn guard(counts: &Counts, status: Option<&Status>) -> Vec<Metric> {
    let [leases, unreached, missed, probes, logins, co_signed, deeds, clock, wallet] = NAMES;
    let count = |count: &AtomicU64| count.load(Relaxed);
    let of_two = |counts: &[AtomicU64; 2]| [("failed", count(&counts[0])), ("answered", count(&counts[1]))];
    let watched = status.map(|status| status.leases.as_slice()).unwrap_or_default();
    let doing =
        |what: &'static str| (what, watched.iter().filter(|lease| lease.doing == what).count() as u64);
    let done = |((deed, is_done), value): (&(&'static str, bool), &u64)| Figure {
        labels: vec![
            ("deed", (*deed).to_owned()),
            ("outcome", if *is_done { "done" } else { "failed" }.to_owned()),
        ],
        value: *value,
    };
    let time = u64::try_from(counts.clock.load(Relaxed)).ok().filter(|time| *time > 0);
    vec![
        Metric::by(
            Kind::Gauge,
            leases,
            "Leases that are watched, by what is done about the newest that their machines say",
            "doing",
            ["watching", "coSigned", "withheld", "disputed"].map(doing),
        ),
        Metric::gauge(
            unreached,
            "Running leases whose machines were not reached for three minutes",
            status.map(|status| status.leases.iter().filter(|lease| lease.is_unreached()).count() as u64),
        ),
        Metric::gauge(
            missed,
            "Seconds of all watched leases in which their machines were away, or had other cards",
            status.map(|status| status.leases.iter().map(|lease| lease.missed).sum::<u64>()),
        ),
        Metric::by(
            Kind::Counter,
            probes,
            "Signs of life that were asked for",
            "outcome",
            of_two(&counts.probes),
        ),
        Metric::by(Kind::Counter, logins, "Logins as the renter's", "outcome", of_two(&counts.logins)),
        Metric::counter(co_signed, "Signatures of usage that machines have taken", count(&counts.co_signed)),
        Metric {
            name: deeds,
            help: "Transactions, by what they were to do",
            kind: Kind::Counter,
            figures: counts.deeds.lock().unwrap_or_else(PoisonError::into_inner).iter().map(done).collect(),
        },
        Metric::gauge(clock, "What the cluster's clock said last", time),
        Metric::gauge(
            wallet,
            "What the wallet has for transactions",
            *counts.wallet.lock().unwrap_or_else(PoisonError::into_inner),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_figure_of_each_name() {
        let counts = Counts::default();
        counts.probed(true);
        counts.acted("dispute", true);
        let metrics = guard(&counts, None);
        let names: Vec<&str> = metrics.iter().map(|metric| metric.name).collect();
        assert_eq!(names, NAMES);
        let probes = metrics.iter().find(|metric| metric.name.ends_with("probes")).unwrap();
        assert_eq!(probes.figures.iter().map(|figure| figure.value).collect::<Vec<_>>(), [0, 1]);
    }
}
