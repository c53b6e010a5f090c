//! The runtime's arithmetic against the processor's own.

use sbf_runtime::wide;

/// Values around every place where a limb, a digit or a sign ends, and the program's own divisors.
fn edges() -> Vec<u128> {
    let powers = (0..128).map(|bit| 1u128 << bit);
    let program = [3_600, 10_000, 86_400, 1_000_000_007];
    let mut values: Vec<u128> = powers
        .chain(program)
        .chain([0, u128::MAX, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff_0000_0000_0000_0000])
        .flat_map(|value| [value.wrapping_sub(1), value, value.wrapping_add(1), !value])
        .collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// SplitMix64: repeatable, and good enough to hit every branch.
struct Random(u64);

impl Random {
    fn limb(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in its length in bits: uniform values would nearly all have 128.
    fn value(&mut self) -> u128 {
        let value = (u128::from(self.limb()) << 64) | u128::from(self.limb());
        value >> (self.limb() % 128)
    }
}

fn assert_same_as_native(a: u128, b: u128) {
    assert_eq!(wide::mul(a, b), a.wrapping_mul(b), "{a:#x} * {b:#x}");
    assert_eq!(
        wide::mul(a, b).cast_signed(),
        a.cast_signed().wrapping_mul(b.cast_signed()),
        "signed {a:#x} * {b:#x}"
    );
    if b != 0 {
        assert_eq!(wide::div_rem(a, b), (a / b, a % b), "{a:#x} / {b:#x}");
    }
}

#[test]
fn every_pair_of_edges_is_multiplied_and_divided_as_natively() {
    let edges = edges();
    for &a in &edges {
        for &b in &edges {
            assert_same_as_native(a, b);
        }
    }
}

#[test]
fn random_operands_of_every_length_are_multiplied_and_divided_as_natively() {
    let mut random = Random(1);
    for _ in 0..2_000_000 {
        let (a, b) = (random.value(), random.value());
        assert_same_as_native(a, b);
    }
}

#[test]
fn dividends_one_off_a_multiple_round_to_the_right_side() {
    let mut random = Random(2);
    for _ in 0..500_000 {
        let divisor = random.value().max(1);
        let multiple = divisor * (random.value() % (u128::MAX / divisor).max(1));
        for dividend in [multiple.wrapping_sub(1), multiple, multiple.wrapping_add(1)] {
            assert_same_as_native(dividend, divisor);
        }
    }
}

#[test]
fn products_of_two_limbs_are_divided_as_natively_by_the_divisors_of_the_program() {
    let mut random = Random(3);
    for _ in 0..500_000 {
        let product = u128::from(random.limb()) * u128::from(random.limb());
        for divisor in [3_600, 10_000] {
            assert_same_as_native(product, divisor);
        }
    }
}
