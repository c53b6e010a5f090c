//! The protocol as a plain model: what a careful person would compute by hand with a ledger and a clock.
//!
//! Written from the protocol and not from the program, to check the program by: whole histories instead of
//! running totals, every segment of a lease instead of the last two, purses between which money moves, every
//! ballot instead of tallies. Naive on purpose; where model and program differ, one of them is wrong.
//!
//! How it stays independent of the program:
//!
//! - No code, no formula and no field is shared. The crate does not depend on the program's, and whoever changes
//!   a rule here reads the protocol's text and not the program.
//! - Nothing that follows from a lease's history is stored beside it. A [`Lease`] keeps every deposit, every
//!   segment and every statement, with the moment of each. What was paid for, when the money ran out, which
//!   top-ups revived it and what was promised until when is found by walking through them again, each time.
//! - So with votes. [`Votes`] keeps every fee that was counted and every decision that was carried out, a
//!   [`Proposal`] what was locked and counted when it was made, and each vote. Weights, quorums, results and the
//!   end of a vote are found from these.
//! - What a signature names a lease by is compared fact by fact ([`Life`]), never by a hash.
//!
//! A [`Market`] takes one [`Action`] after the other. Each happens as a whole or is refused as a whole, and a
//! [`Refusal`] names the rule.

mod action;
mod clock;
mod governance;
mod lease;
mod market;
mod refusal;
mod terms;

#[cfg(test)]
mod tests;

pub use {action::*, clock::*, governance::*, lease::*, market::*, refusal::*, terms::*};

/// One whole, in basis points.
pub const BPS: u64 = 10_000;

/// Seconds in the hour that prices are quoted for.
pub const HOUR: i64 = 3_600;

/// Seconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// Seconds in a week.
pub const WEEK: i64 = 7 * DAY;

/// Time after a lease's end in which its last attestation may still land, seconds.
pub const GRACE: i64 = HOUR;

/// How much later than the renter's side anybody else can end a lease for silence, seconds.
pub const RIVALS_DELAY: i64 = 3 * DAY;

/// Time that a top-up of an exhausted lease must fund at least, seconds.
pub const SHORTEST_REVIVAL: i64 = 60;

/// Share of the disputed money that the arbiter is paid, basis points.
pub const ARBITER_FEE_BPS: u64 = 1_000;

/// Least stake of a dispute, basis points of the bond.
pub const LEAST_STAKE_BPS: u64 = 100;

/// Most leases in a batch.
pub const MAX_ROWS: usize = 60;

/// Most GPUs of an offer or a lease.
pub const MAX_GPUS: u64 = 16_384;

/// `amount × part / whole`, rounded down.
///
/// # Panics
///
/// If the result does not fit 64 bits: no amount of a model that is fed with sane figures is that large.
pub(crate) fn share(amount: u64, part: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(amount) * u128::from(part) / u128::from(whole)).expect("fits 64 bits")
}

/// Seconds from `from` to `to`; none if `to` is not later.
pub(crate) fn seconds(from: i64, to: i64) -> u64 {
    u64::try_from(to - from).unwrap_or(0)
}
