//! How much is taken in at once.

use crate::node::Listed;

/// Transactions that are taken in at once, or as many more as their last block has.
pub const CHUNK: usize = 128;

/// How many of `listed`, which are in order, are taken in at once: blocks whole, and none behind `boundary` together with one
/// before it.
pub fn chunk(listed: &[Listed], boundary: Option<u64>) -> usize {
    let Some(first) = listed.first() else { return 0 };
    let last = listed.get(CHUNK.saturating_sub(1)).or(listed.last()).map_or(first.slot, |it| it.slot);
    let last = match boundary {
        Some(boundary) if first.slot <= boundary => last.min(boundary),
        _ => last,
    };
    listed.partition_point(|it| it.slot <= last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn listed(mut slots: Vec<u64>) -> Vec<Listed> {
        slots.sort_unstable();
        let one = |slot| Listed { signature: Default::default(), slot, is_failed: false };
        slots.into_iter().map(one).collect()
    }

    proptest! {
        #[test]
        fn blocks_stay_whole_and_no_chunk_crosses_a_boundary(
            slots in prop::collection::vec(0_u64..60, 1..400),
            boundary in prop::option::of(0_u64..60),
        ) {
            let listed = listed(slots);
            let mut rest = listed.as_slice();
            while !rest.is_empty() {
                let (one, after) = rest.split_at(chunk(rest, boundary));
                prop_assert!(!one.is_empty());
                let last = one.last().unwrap().slot;
                prop_assert!(after.first().is_none_or(|it| it.slot > last));
                let before_last = one.iter().filter(|it| it.slot < last).count();
                prop_assert!(before_last < CHUNK);
                if let Some(boundary) = boundary {
                    prop_assert!(one[0].slot > boundary || last <= boundary);
                }
                rest = after;
            }
        }
    }
}
