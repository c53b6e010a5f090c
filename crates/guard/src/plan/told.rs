//! What a renter is told. What happened once is told once: each has words that stay the same as long as it goes on.

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::evidence::{Seen, Watch};
use gpu_lease_client::state::{Lease, Moment};
use solana_address::Address;

use super::decision::{Act, Tell};
use super::standing::Standing;
use crate::news::{Fact, Money, Spending};

/// Seconds of a day.
const DAY: i64 = 24 * 3_600;

fn tell(once: impl Into<String>, fact: &Fact) -> Tell {
    Tell { kind: fact.kind(), once: once.into(), text: fact.text() }
}

/// How its machine was found last.
pub fn of_machine(watch: &Watch) -> Option<Tell> {
    let open = watch.open();
    let since = open.from;
    match open.seen {
        Seen::Unreachable => {
            let cause = "two probes in a row have failed".to_owned();
            Some(tell(format!("unreachable since {since}"), &Fact::Unreachable { since, cause }))
        }
        Seen::Reached => {
            let before = watch.sealed().last().filter(|before| !before.seen.counts())?;
            Some(tell(format!("reached since {since}"), &Fact::Reached { missed: before.seconds() }))
        }
        Seen::OtherCards | Seen::Unwatched => None,
    }
}

/// A draft is not co-signed. It is told once for each time that the machine was gone.
pub fn withheld(draft: &Usage, standing: &Standing, excess: u64, watch: &Watch) -> Tell {
    let Usage { window_end: until, gpu_seconds: units, .. } = *draft;
    let (bound, loss_limit) = (units.saturating_sub(excess), standing.limit);
    let fact = Fact::Withheld { units, bound, until, is_claim: false, loss_limit };
    tell(format!("draft withheld since {}", missed_from(watch, until)), &fact)
}

/// A claim is above the bound: by no more than the loss limit, so that it matures, or by more.
pub fn claim(standing: &Standing, watch: &Watch, suspected: Option<Moment>) -> Tell {
    let Standing { window_end: until, claimed: units, bound, limit: loss_limit, .. } = *standing;
    let once = match suspected {
        Some(since) => format!("claim suspected since {}", since.time),
        None => format!("claim withheld since {}", missed_from(watch, until)),
    };
    tell(once, &Fact::Withheld { units, bound, until, is_claim: true, loss_limit })
}

/// A claim ought to be disputed, and only one node shows it.
pub fn not_agreed(since: Moment) -> Tell {
    let what = "to dispute a claim".to_owned();
    let cause = "no second node shows it".to_owned();
    tell(format!("not agreed since {}", since.time), &Fact::Failed { what, cause })
}

/// What is needed of a budget, and what it has left. Told once a day.
pub fn budget_spent(what: Spending, needed: Money, left: Money, now: Moment) -> Tell {
    let once = format!("no {what} on day {}", now.time.div_euclid(DAY));
    tell(once, &Fact::BudgetSpent { what, needed, left })
}

/// The deposit lasts for less than this.
pub fn runway_low(lease: &Lease, below: u32, runway: u64, is_topped_up: bool) -> Tell {
    let once = format!("runway below {below} with {}", lease.ledger.deposited);
    tell(once, &Fact::RunwayLow { runway, is_topped_up })
}

/// Something waits for the renter's word.
pub fn asked(lease: &Lease, address: &str, act: &Act, suspected: Option<Moment>) -> Tell {
    let (once, what) = match act {
        Act::Dispute { units, max_stake } => (
            format!("dispute of {}", suspected.map_or(0, |since| since.time)),
            format!(
                "dispute the claim and admit {units} GPU-seconds, with a stake of {max_stake} base units at most"
            ),
        ),
        Act::TopUp { amount, .. } => {
            (format!("top-up of {}", lease.ledger.deposited), format!("top it up by {amount} base units"))
        }
        Act::Expire { window_end } => (
            format!("expiry at {window_end}"),
            "end it, since its provider is silent and its machine does not answer".to_owned(),
        ),
        Act::Cancel => ("cancellation".into(), "cancel it, since it was not started in time".into()),
        Act::ResolveByTimeout => {
            ("resolution".into(), "end its dispute, since its arbiter has not decided in time".into())
        }
        Act::Close => ("close".into(), "close it, since it is over".into()),
    };
    let window = i64::from(lease.terms.challenge_window);
    let until = suspected.map(|since| since.time.saturating_add(window));
    let command = format!("gpu-lease-guard do {address}");
    tell(format!("asked for {once}"), &Fact::Asked { what, until, command })
}

/// Base units of a mint.
pub fn money(base_units: u64, mint: &Address) -> Money {
    Money { base_units, decimals: 0, of: format!("base units of {mint}") }
}

/// Since when the machine was gone, the last time before `until`; 0 if it never was.
fn missed_from(watch: &Watch, until: i64) -> i64 {
    let missed = watch.stretches().rev().find(|it| it.from < until && !it.seen.counts());
    missed.map_or(0, |stretch| stretch.from)
}
