//! 128-bit multiplication and division made of 64-bit operations.
//!
//! Nothing here may use `*`, `/` or `%` on a 128-bit integer: the compiler would turn it into a call of the
//! very function being defined, which would never return. `u128` is only the envelope in which values
//! arrive and leave; between the two everything is a pair of 64-bit *limbs* or, one level below, a pair of
//! 32-bit *digits*.
//!
//! The division is Knuth's Algorithm D (The Art of Computer Programming, volume 2, 4.3.1) in the forms that
//! *Hacker's Delight* (2nd edition, 9-4 and 9-5) derives for a machine whose widest division is 64 by 64
//! bits.

const DIGIT_BITS: u32 = 32;
const DIGIT_MAX: u64 = 0xffff_ffff;

/// The low and the high limb.
const fn split(value: u128) -> (u64, u64) {
    (value as u64, (value >> 64) as u64)
}

const fn join(low: u64, high: u64) -> u128 {
    ((high as u128) << 64) | low as u128
}

/// The low 128 bits of the product, which are the same for signed and unsigned operands.
#[inline]
pub const fn mul(a: u128, b: u128) -> u128 {
    let ((a_low, a_high), (b_low, b_high)) = (split(a), split(b));
    let (low, carry) = mul_limbs(a_low, b_low);
    // Both products wrap: what they lose lies beyond bit 128.
    let high = carry.wrapping_add(a_high.wrapping_mul(b_low)).wrapping_add(a_low.wrapping_mul(b_high));
    join(low, high)
}

/// The full product of two limbs: its low and its high limb.
#[inline]
const fn mul_limbs(a: u64, b: u64) -> (u64, u64) {
    let (a0, a1) = (a & DIGIT_MAX, a >> DIGIT_BITS);
    let (b0, b1) = (b & DIGIT_MAX, b >> DIGIT_BITS);
    // No sum below can wrap: (2^32 - 1)^2 + 2 * (2^32 - 1) is 2^64 - 1.
    let p00 = a0.wrapping_mul(b0);
    let p10 = a1.wrapping_mul(b0).wrapping_add(p00 >> DIGIT_BITS);
    let p01 = a0.wrapping_mul(b1).wrapping_add(p10 & DIGIT_MAX);
    let high = a1.wrapping_mul(b1).wrapping_add(p10 >> DIGIT_BITS).wrapping_add(p01 >> DIGIT_BITS);
    ((p01 << DIGIT_BITS) | (p00 & DIGIT_MAX), high)
}

/// Quotient and remainder.
///
/// # Panics
///
/// When `divisor` is zero. The compiler checks that before it calls the runtime.
#[inline]
pub const fn div_rem(dividend: u128, divisor: u128) -> (u128, u128) {
    let ((low, high), (divisor_low, divisor_high)) = (split(dividend), split(divisor));
    if divisor_high != 0 {
        return div_rem_by_two_limbs(dividend, divisor);
    }
    if high == 0 {
        return (join(low / divisor_low, 0), join(low % divisor_low, 0));
    }
    // Long division, the high limb first.
    let (quotient_high, carry) = (high / divisor_low, high % divisor_low);
    let (quotient_low, remainder) = if divisor_low <= DIGIT_MAX {
        div_rem_by_digit(carry, low, divisor_low)
    } else {
        div_rem_by_limb(carry, low, divisor_low)
    };
    (join(quotient_low, quotient_high), join(remainder, 0))
}

/// `high:low` divided by `divisor`, which is one digit, where `high < divisor`: school division, exact at
/// every step.
#[inline]
const fn div_rem_by_digit(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let upper = (high << DIGIT_BITS) | (low >> DIGIT_BITS);
    let lower = ((upper % divisor) << DIGIT_BITS) | (low & DIGIT_MAX);
    (((upper / divisor) << DIGIT_BITS) | (lower / divisor), lower % divisor)
}

/// `high:low` divided by `divisor`, where `high < divisor`, so that the quotient is one limb.
#[inline]
const fn div_rem_by_limb(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    // With the divisor's top bit set, a digit estimated from its upper half is at most two too large.
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    // `>> 1 >> (63 - shift)` is `>> (64 - shift)` that also holds for a shift of zero.
    let high = (high << shift) | (low >> 1 >> (63 - shift));
    let low = low << shift;

    let (digit1, remainder) = quotient_digit(high, low >> DIGIT_BITS, divisor);
    let (digit0, remainder) = quotient_digit(remainder, low & DIGIT_MAX, divisor);
    ((digit1 << DIGIT_BITS) | digit0, remainder >> shift)
}

/// One step of Algorithm D: the digit `(high * 2^32 + next) / divisor` and what remains, for a divisor
/// whose top bit is set and `high < divisor`.
#[inline]
const fn quotient_digit(high: u64, next: u64, divisor: u64) -> (u64, u64) {
    let (divisor0, divisor1) = (divisor & DIGIT_MAX, divisor >> DIGIT_BITS);
    let mut digit = high / divisor1;
    let mut rest = high.wrapping_sub(digit.wrapping_mul(divisor1));
    while digit > DIGIT_MAX || digit.wrapping_mul(divisor0) > (rest << DIGIT_BITS) | next {
        digit = digit.wrapping_sub(1);
        rest = rest.wrapping_add(divisor1);
        if rest > DIGIT_MAX {
            break;
        }
    }
    // The true value fits a limb, so the wrapped one is the true one.
    let remainder = (high << DIGIT_BITS).wrapping_add(next).wrapping_sub(digit.wrapping_mul(divisor));
    (digit, remainder)
}

/// Divides by `2^64` or more, so that the quotient is one limb.
const fn div_rem_by_two_limbs(dividend: u128, divisor: u128) -> (u128, u128) {
    if dividend < divisor {
        return (0, dividend);
    }
    // Dividing half the dividend by the divisor's upper 64 significant bits gives a quotient that, scaled
    // back and lowered by one, is right or one too small.
    let shift = split(divisor).1.leading_zeros();
    let (_, divisor_top) = split(divisor << shift);
    let (low, high) = split(dividend >> 1);
    let (estimate, _) = div_rem_by_limb(high, low, divisor_top);
    let quotient = (estimate >> (63 - shift)).saturating_sub(1);

    let remainder = dividend.wrapping_sub(mul(divisor, join(quotient, 0)));
    if remainder < divisor {
        (join(quotient, 0), remainder)
    } else {
        (join(quotient.wrapping_add(1), 0), remainder.wrapping_sub(divisor))
    }
}
