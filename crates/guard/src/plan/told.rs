//! What a renter is told. What happened once is told once: each has words that stay the same as long as it goes on.

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::evidence::{Seen, Watch};
use gpu_lease_client::state::{Lease, Moment};

use super::decision::{Act, Tell};
use super::standing::Standing;
use crate::news::Kind;

/// Seconds of a day.
const DAY: i64 = 24 * 3_600;

fn tell(kind: Kind, once: impl Into<String>, text: impl Into<String>) -> Tell {
    Tell { kind, once: once.into(), text: text.into() }
}

/// How its machine was found last.
pub fn of_machine(watch: &Watch) -> Option<Tell> {
    let open = watch.open();
    let from = open.from;
    match open.seen {
        Seen::Unreachable => Some(tell(
            Kind::Unreachable,
            format!("unreachable since {from}"),
            format!("Its machine does not answer since {from}. Those seconds are not paid for."),
        )),
        Seen::OtherCards => Some(tell(
            Kind::OtherCards,
            format!("other cards since {from}"),
            format!(
                "Its machine has other cards than those that were accepted since {from}. Those seconds are not paid for."
            ),
        )),
        Seen::Reached if watch.sealed().last().is_some_and(|before| !before.seen.counts()) => Some(tell(
            Kind::Reached,
            format!("reached since {from}"),
            format!("Its machine answers again since {from}, with the cards that were accepted."),
        )),
        Seen::Reached | Seen::Unwatched => None,
    }
}

/// A draft is not co-signed. It is told once for each time that the machine was gone.
pub fn withheld(draft: &Usage, excess: u64, watch: &Watch) -> Tell {
    let Usage { window_end, gpu_seconds, .. } = draft;
    tell(
        Kind::Withheld,
        format!("withheld since {}", missed_from(watch, *window_end)),
        format!(
            "Its machine drafts {gpu_seconds} GPU-seconds until {window_end}: {excess} more than can have been delivered. That \
             is not co-signed."
        ),
    )
}

/// A claim is above the bound by no more than the loss limit.
pub fn let_mature(standing: &Standing, watch: &Watch) -> Tell {
    let Standing { window_end, claimed, limit, .. } = *standing;
    tell(
        Kind::Withheld,
        format!("let mature since {}", missed_from(watch, window_end)),
        format!(
            "{claimed} GPU-seconds are claimed until {window_end}: {} more than can have been delivered. That is not co-signed, \
             and not disputed either, since it is within the loss limit of {limit}.",
            standing.excess()
        ),
    )
}

/// A claim is above the bound by more than that.
pub fn suspected(standing: &Standing, since: Moment) -> Tell {
    let Standing { window_end, claimed, limit, .. } = *standing;
    tell(
        Kind::Withheld,
        format!("suspected since {}", since.time),
        format!(
            "{claimed} GPU-seconds are claimed until {window_end}: {} more than can have been delivered, and the loss limit is \
             {limit}. It is disputed unless that changes.",
            standing.excess()
        ),
    )
}

/// A claim ought to be disputed, and only one node shows it.
pub fn not_agreed(since: Moment) -> Tell {
    tell(
        Kind::Failed,
        format!("not agreed since {}", since.time),
        "A claim is to be disputed, and no second node shows it: nothing is done. Look at the nodes.",
    )
}

/// A claim ought to be disputed, and there is no money for the stake.
pub fn no_stake(stake: u64, now: Moment) -> Tell {
    tell(
        Kind::BudgetSpent,
        format!("no stake on {}", day(now)),
        format!(
            "A dispute takes a stake of {stake} base units, which budget and wallet do not hold. Raise them, or dispute by hand."
        ),
    )
}

/// It ought to be topped up, and there is no money for all of it.
pub fn no_top_up(lacks: u64, now: Moment) -> Tell {
    tell(
        Kind::BudgetSpent,
        format!("no top-up on {}", day(now)),
        format!(
            "{lacks} base units of a top-up are neither in the budget nor in the wallet. Raise them, or top up by hand."
        ),
    )
}

/// The day's lamports are spent.
pub fn no_lamports(now: Moment) -> Tell {
    tell(
        Kind::BudgetSpent,
        format!("no lamports on {}", day(now)),
        "What is to be sent costs more lamports than the wallet and the budget of the day have left.",
    )
}

/// The deposit will be used up.
pub fn runway_low(lease: &Lease, below: u32) -> Tell {
    let until = lease.funded_until();
    tell(
        Kind::RunwayLow,
        format!("below {below} with {}", lease.ledger.deposited),
        format!("Its deposit lasts until {until}, and the lease until {}.", lease.ends_at),
    )
}

/// Something waits for the renter's word.
pub fn asked(lease: &Lease, act: &Act, suspected: Option<Moment>) -> Tell {
    let (once, text) = match act {
        Act::Dispute { units, max_stake } => (
            format!("dispute of {}", suspected.map_or(0, |since| since.time)),
            format!(
                "Its claim is to be disputed at {units} GPU-seconds, with a stake of {max_stake} base units at most."
            ),
        ),
        Act::TopUp { amount, .. } => (
            format!("top-up of {}", lease.ledger.deposited),
            format!("It is to be topped up by {amount} base units."),
        ),
        Act::Expire { window_end } => (
            format!("expiry at {window_end}"),
            format!("Its provider is silent since {window_end}, and so is its machine: it is to be expired."),
        ),
        Act::Cancel => ("cancel".into(), "It was not started in time: it is to be cancelled.".into()),
        Act::ResolveByTimeout => {
            ("resolve".into(), "Its arbiter has not decided in time: its dispute is to be resolved.".into())
        }
        Act::Close => ("close".into(), "It is over: it is to be closed.".into()),
    };
    tell(Kind::Asked, format!("asked for {once}"), text)
}

/// Since when the machine was gone, the last time before `until`; 0 if it never was.
fn missed_from(watch: &Watch, until: i64) -> i64 {
    let missed = watch.stretches().rev().find(|it| it.from < until && !it.seen.counts());
    missed.map_or(0, |stretch| stretch.from)
}

fn day(now: Moment) -> i64 {
    now.time.div_euclid(DAY)
}
