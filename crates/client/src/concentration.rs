//! How evenly voting weight is spread: whether a vote is one of many, or of few.
//!
//! Exact integer arithmetic in 128 bits; nothing is read from a cluster here.

use crate::json::record;
use gpu_lease::constants::BPS;
use serde::Serialize;

/// How many of the largest holders [`Concentration::top_ten_bps`] adds up.
const TOP: usize = 10;

/// How voting weight is spread over those who hold some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Concentration {
    /// Holders with any weight. The others do not count in any figure.
    pub holders: u64,
    /// Their weight together, at most `u64::MAX`.
    pub total: u64,
    /// Share of the ten largest in basis points, rounded down.
    pub top_ten_bps: u32,
    /// Smallest number of holders who decide together: those who hold strictly more than half of the weight
    /// (the Nakamoto coefficient). 0 where nobody holds any.
    pub deciders: u64,
    /// Gini coefficient in basis points, rounded down: 0 where all hold the same or nobody holds any, towards
    /// 10 000 the nearer one of many comes to holding everything.
    ///
    /// `Σ (2i − n − 1) xᵢ / (n Σ xᵢ)` over the `n` weights in ascending order, `i` from 1 to `n` (P. M. Dixon et
    /// al., "Bootstrapping the Gini coefficient of inequality", Ecology 68, 1987, 1548–1551). Without the
    /// correction for small samples: these are all holders. Exact for fewer than 33 million of them.
    pub gini_bps: u32,
}

record! {
    Concentration { holders, total, top_ten_bps, deciders, gini_bps }
}

impl Concentration {
    /// Of these weights, in any order; zeroes are left out.
    pub fn of(weights: impl IntoIterator<Item = u64>) -> Self {
        let mut weights: Vec<u64> = weights.into_iter().filter(|weight| *weight > 0).collect();
        weights.sort_unstable_by_key(|weight| std::cmp::Reverse(*weight));
        let total = sum(&weights);
        Self {
            holders: weights.len() as u64,
            total: u64::try_from(total).unwrap_or(u64::MAX),
            top_ten_bps: bps(sum(weights.get(..TOP).unwrap_or(&weights)), total),
            deciders: deciders(&weights, total),
            gini_bps: gini_bps(&weights, total),
        }
    }
}

fn sum(weights: &[u64]) -> u128 {
    weights.iter().map(|weight| u128::from(*weight)).sum()
}

/// `floor(part × 10 000 / whole)`; 0 of nothing.
fn bps(part: u128, whole: u128) -> u32 {
    let share = part.saturating_mul(u128::from(BPS)).checked_div(whole).unwrap_or_default();
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// How many of `descending` it takes to hold more than half of `total`.
fn deciders(descending: &[u64], total: u128) -> u64 {
    let mut left = total;
    let mut count = 0;
    for weight in descending {
        if left.saturating_mul(2) < total {
            break;
        }
        left = left.saturating_sub(u128::from(*weight));
        count += 1;
    }
    count
}

/// See [`Concentration::gini_bps`].
fn gini_bps(descending: &[u64], total: u128) -> u32 {
    let count = descending.len() as u128;
    // Σ 2i xᵢ, of which (n + 1) Σ xᵢ is never more: the larger weights have the larger ranks.
    let ranked = (1..).zip(descending.iter().rev()).fold(0_u128, |ranked, (rank, weight)| {
        ranked.saturating_add(2_u128.saturating_mul(rank).saturating_mul(u128::from(*weight)))
    });
    let excess = ranked.saturating_sub(count.saturating_add(1).saturating_mul(total));
    bps(excess, count.saturating_mul(total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    fn of(weights: &[u64]) -> Concentration {
        Concentration::of(weights.iter().copied())
    }

    #[test]
    fn nobody_is_not_concentrated() {
        assert_eq!(of(&[]), Concentration::default());
        assert_eq!(of(&[0, 0]), Concentration::default());
    }

    #[test]
    fn one_holder_decides_alone_and_is_equal_to_itself() {
        let one = Concentration { holders: 1, total: 7, top_ten_bps: 10_000, deciders: 1, gini_bps: 0 };
        assert_eq!(of(&[7]), one);
        assert_eq!(of(&[0, 7, 0]), one);
    }

    #[test]
    fn of_equal_holders_one_more_than_half_decide() {
        for (holders, deciders, top_ten_bps) in
            [(2, 2, 10_000), (3, 2, 10_000), (10, 6, 10_000), (11, 6, 9_090), (100, 51, 1_000)]
        {
            let expected = Concentration { holders, total: 5 * holders, top_ten_bps, deciders, gini_bps: 0 };
            assert_eq!(Concentration::of((0..holders).map(|_| 5)), expected, "{holders}");
        }
    }

    #[test]
    fn exactly_half_does_not_decide() {
        assert_eq!(of(&[50, 50]).deciders, 2);
        assert_eq!(of(&[50, 25, 25]).deciders, 2);
        assert_eq!(of(&[51, 49]).deciders, 1);
        assert_eq!(of(&[49, 51]).deciders, 1);
    }

    #[test]
    fn weights_from_one_to_n_have_the_gini_coefficient_that_is_known_for_them() {
        // (n − 1) / 3n: for 1, 2, 3, 4 it is 1/4, for 1 to 20 it is 19/60.
        assert_eq!(of(&[3, 1, 4, 2]).gini_bps, 2_500);
        let twenty = Concentration::of(1..=20);
        assert_eq!(twenty.gini_bps, 3_166);
        // 11 to 20 are 155 of 210; 20 + … + 15 are 105, exactly half.
        assert_eq!((twenty.top_ten_bps, twenty.deciders), (7_380, 7));
    }

    #[test]
    fn one_of_many_who_holds_nearly_everything_is_nearly_ten_thousand() {
        // Ranks 1 to 99 hold 1 each, rank 100 holds 901: (9 900 + 200 × 901 − 101 × 1 000) / 100 000.
        let weights = std::iter::repeat_n(1, 99).chain([901]);
        let Concentration { gini_bps, top_ten_bps, deciders, .. } = Concentration::of(weights);
        assert_eq!((gini_bps, top_ten_bps, deciders), (8_910, 9_100, 1));
    }

    #[test]
    fn the_largest_weights_are_exact_and_their_sum_is_capped() {
        let expected =
            Concentration { holders: 3, total: u64::MAX, top_ten_bps: 10_000, deciders: 2, gini_bps: 0 };
        assert_eq!(of(&[u64::MAX; 3]), expected);
        // Ranks 1 and 2: (4 × max + 2 − 3 × (max + 1)) / 2 (max + 1) is just below a half.
        assert_eq!(of(&[u64::MAX, 1]).gini_bps, 4_999);
    }

    #[test]
    fn the_figures_in_json_have_their_names() {
        let json = of(&[1, 1]).json();
        assert_eq!(json["holders"], "2");
        assert_eq!(json["deciders"], "2");
        assert_eq!(json["gini_bps"], 0);
    }
}
