//! The arithmetic of money: pure integers, no clock, no accounts.
//!
//! Prices are quoted per GPU-hour and usage is counted in GPU-seconds (units), so every product is taken
//! in 128 bits first and divided once. Rounding is down, in the payer's favour, and always on the
//! cumulative count: what one release loses the next one pays, and nothing accumulates.

use crate::constants::{BPS, SECONDS_PER_HOUR};

/// Price of `units` GPU-seconds at `price` base units per GPU-hour, rounded down.
///
/// `floor(units × price / 3600)`. Exact for every pair of arguments: two 64-bit factors cannot overflow
/// 128 bits. The result may exceed 64 bits; callers cap it by the deposit.
pub const fn gross_floor(units: u64, price: u64) -> u128 {
    quotient(product(units, price), SECONDS_PER_HOUR)
}

/// Price of `units` GPU-seconds at `price` base units per GPU-hour, rounded up: the deposit that funds them.
pub const fn gross_ceil(units: u64, price: u64) -> u128 {
    quotient_ceil(product(units, price), SECONDS_PER_HOUR)
}

/// Most GPU-seconds that `amount` base units pay for at `price` base units per GPU-hour, rounded down.
///
/// `price` is at least 1 in any lease; a price of 0 funds everything.
pub const fn units_funded_floor(amount: u64, price: u64) -> u128 {
    match price {
        0 => u128::MAX,
        _ => quotient(product(amount, SECONDS_PER_HOUR), price),
    }
}

/// `amount × bps / 10 000`, rounded down. Never exceeds `amount` while `bps` ≤ 10 000.
pub const fn bps_floor(amount: u64, bps: u32) -> u128 {
    quotient(product(amount, bps as u64), BPS)
}

/// The fee on `gross` at a rate of `fee_bps`, rounded down, and never above it.
pub const fn fee_floor(gross: u64, fee_bps: u16) -> u64 {
    capped(bps_floor(gross, fee_bps as u32), gross)
}

/// `amount × bps / 10 000`, rounded up. Never exceeds `amount` while `bps` ≤ 10 000.
pub const fn bps_ceil(amount: u64, bps: u16) -> u64 {
    capped(quotient_ceil(product(amount, bps as u64), BPS), u64::MAX)
}

/// `amount × part / whole`, rounded down. Never exceeds `amount` while `part` ≤ `whole`; 0 of nothing.
pub const fn share_floor(amount: u64, part: u64, whole: u64) -> u128 {
    match whole {
        0 => 0,
        _ => quotient(product(amount, part), whole),
    }
}

/// Whether `amount` ≤ [`gross_floor`]`(units, price)`, without the division.
pub const fn is_covered_by(amount: u64, units: u64, price: u64) -> bool {
    product(amount, SECONDS_PER_HOUR) <= product(units, price)
}

/// Whether `deposited` pays for `units` at `price`: `units` ≤ [`units_funded_floor`]`(deposited, price)`, without the
/// division.
pub const fn is_covered_by_deposit(units: u64, price: u64, deposited: u64) -> bool {
    product(units, price) <= product(deposited, SECONDS_PER_HOUR)
}

/// Seconds from one moment to a later one, both unix seconds; 0 if it is not later.
pub const fn seconds_between(from: i64, to: i64) -> u64 {
    if from < to { to.abs_diff(from) } else { 0 }
}

/// GPU-seconds of `gpus` GPUs in `seconds`: exact up to 136 years, and no more after that.
pub const fn units_in(gpus: u32, seconds: u64) -> u64 {
    let seconds = if seconds < u32::MAX as u64 { seconds } else { u32::MAX as u64 };
    // Two 32-bit factors: wrapping never happens.
    seconds.wrapping_mul(gpus as u64)
}

/// `value` if it is below `cap`, else `cap`: brings a 128-bit price back to 64 bits.
pub const fn capped(value: u128, cap: u64) -> u64 {
    if value < cap as u128 {
        // Below a 64-bit number, so nothing is cut off.
        #[allow(clippy::cast_possible_truncation)]
        let value = value as u64;
        value
    } else {
        cap
    }
}

/// The exact product of two 64-bit numbers. What is multiplied in 128 bits is multiplied in software: two 32-bit factors,
/// the usual ones, are not.
#[inline(always)]
const fn product(a: u64, b: u64) -> u128 {
    match (a | b) <= u32::MAX as u64 {
        true => a.wrapping_mul(b) as u128,
        false => wide_product(a, b),
    }
}

#[cold]
#[inline(never)]
const fn wide_product(a: u64, b: u64) -> u128 {
    // (2^64 − 1)² < 2^128: wrapping never happens.
    (a as u128).wrapping_mul(b as u128)
}

/// `dividend / divisor`, rounded down; the divisor is not zero.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "see above; it fits")]
const fn quotient(dividend: u128, divisor: u64) -> u128 {
    match dividend <= u64::MAX as u128 {
        true => (dividend as u64 / divisor) as u128,
        false => wide_quotient(dividend, divisor),
    }
}

/// `dividend / divisor`, rounded up; the divisor is not zero.
#[inline(always)]
const fn quotient_ceil(dividend: u128, divisor: u64) -> u128 {
    quotient(dividend.saturating_add(divisor.saturating_sub(1) as u128), divisor)
}

#[cold]
#[inline(never)]
#[allow(clippy::arithmetic_side_effects, reason = "the divisor is not zero")]
const fn wide_quotient(dividend: u128, divisor: u64) -> u128 {
    dividend / divisor as u128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_one_gpu_costs_its_price() {
        assert_eq!(gross_floor(3_600, 2_500_000), 2_500_000);
    }

    #[test]
    fn gross_rounds_down_and_the_deposit_for_it_rounds_up() {
        assert_eq!(gross_floor(1, 3_599), 0);
        assert_eq!(gross_ceil(1, 3_599), 1);
        assert_eq!(gross_floor(1, 3_600), 1);
        assert_eq!(gross_ceil(1, 3_600), 1);
        assert_eq!(gross_floor(1, 3_601), 1);
        assert_eq!(gross_ceil(1, 3_601), 2);
    }

    #[test]
    fn gross_is_exact_at_the_limits_of_its_arguments() {
        let max = u128::from(u64::MAX);
        assert_eq!(gross_floor(u64::MAX, u64::MAX), max * max / 3_600);
    }

    #[test]
    fn rounding_on_the_cumulative_count_never_accumulates() {
        let price = 1_000_003;
        let mut released = 0;
        for units in 0..10_000 {
            released += gross_floor(units, price) - released;
        }
        assert_eq!(released, gross_floor(9_999, price));
    }

    #[test]
    fn funded_units_are_the_most_that_the_amount_pays_for() {
        for (amount, price) in [(1, 1), (7, 3_601), (2_499_999, 2_500_000), (1 << 40, 12_345_678)] {
            let units = u64::try_from(units_funded_floor(amount, price)).unwrap_or(u64::MAX);
            assert!(gross_floor(units, price) <= u128::from(amount));
            assert!(gross_ceil(units + 1, price) > u128::from(amount));
        }
    }

    #[test]
    fn a_share_rounds_down() {
        assert_eq!(share_floor(10, 1, 3), 3);
        assert_eq!(share_floor(10, 3, 3), 10);
        assert_eq!(share_floor(10, 0, 0), 0);
        assert_eq!(share_floor(u64::MAX, u64::MAX, u64::MAX), u128::from(u64::MAX));
    }

    #[test]
    fn a_quorum_rounds_up() {
        assert_eq!([0, 1, 10_000, 10_001].map(|amount| bps_ceil(amount, 100)), [0, 1, 100, 101]);
        assert_eq!(bps_ceil(u64::MAX, 10_000), u64::MAX);
    }

    #[test]
    fn a_fee_rounds_down() {
        assert_eq!(bps_floor(9_999, 1), 0);
        assert_eq!(bps_floor(10_000, 1), 1);
        assert_eq!(bps_floor(u64::MAX, 10_000), u128::from(u64::MAX));
    }

    #[test]
    fn covered_means_not_above_the_gross() {
        for (units, price) in [(0, 5), (1, 3_599), (1, 3_600), (86_400, 2_500_000), (u64::MAX, u64::MAX)] {
            let gross = capped(gross_floor(units, price), u64::MAX - 1);
            assert!(is_covered_by(gross, units, price));
            assert_eq!(is_covered_by(gross + 1, units, price), u128::from(gross) < gross_floor(units, price));
        }
    }

    #[test]
    fn a_deposit_covers_the_units_that_it_funds_and_none_more() {
        for (amount, price) in [(1, 1), (7, 3_601), (2_499_999, 2_500_000), (1 << 40, 12_345_678), (0, 9)] {
            let units = u64::try_from(units_funded_floor(amount, price)).unwrap();
            assert!(is_covered_by_deposit(units, price, amount));
            assert!(!is_covered_by_deposit(units + 1, price, amount));
        }
    }

    #[test]
    fn time_runs_forwards_only() {
        assert_eq!(seconds_between(5, 7), 2);
        assert_eq!(seconds_between(7, 7), 0);
        assert_eq!(seconds_between(7, 5), 0);
        assert_eq!(seconds_between(i64::MIN, i64::MAX), u64::MAX);
    }

    #[test]
    fn units_are_gpus_times_seconds_up_to_a_bound() {
        assert_eq!(units_in(4, 3_600), 14_400);
        assert_eq!(units_in(u32::MAX, u64::MAX), u64::from(u32::MAX) * u64::from(u32::MAX));
    }

    #[test]
    fn capping_keeps_small_values_and_cuts_large_ones() {
        assert_eq!(capped(4, 5), 4);
        assert_eq!(capped(5, 5), 5);
        assert_eq!(capped(6, 5), 5);
        assert_eq!(capped(u128::MAX, u64::MAX), u64::MAX);
    }
}
