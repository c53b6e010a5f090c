//! A transaction whose rows are being made.

use std::collections::BTreeSet;
use std::io::{Read, Write};

use anyhow::{Context, Result, bail};
use bytemuck::AnyBitPattern;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use solana_address::Address;

use super::desk::Desk;
use crate::book::{Kept, Page as Done};
use crate::observed::{Place, Transaction};

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// Bits of a place that number a transaction in its block.
const NUMBER_BITS: u32 = 20;

/// A transaction with what it did and what the node said of it.
#[derive(Clone, Copy)]
pub struct Applied<'a> {
    /// The transaction.
    pub transaction: &'a Transaction,
    /// What the node said, to be kept.
    pub raw: &'a [u8],
    /// What it did.
    pub done: &'a Done,
}

/// A transaction whose rows are being made.
pub struct Taking<'a> {
    pub desk: &'a mut Desk,
    pub applied: Applied<'a>,
    /// Where it is.
    pub pos: i64,
    /// When it ran.
    pub time: i64,
    /// Whether figures of days, models and providers are kept: of what is finalized alone.
    pub keeps_figures: bool,
}

/// Where a transaction is, as one number of the same order.
pub fn pos_of(place: Place) -> Result<i64> {
    let slot = i64::try_from(place.slot).ok().filter(|slot| *slot < 1 << (63 - NUMBER_BITS));
    match slot {
        Some(slot) if place.index < 1 << NUMBER_BITS => Ok(slot << NUMBER_BITS | i64::from(place.index)),
        _ => bail!("no cluster has a transaction {} in slot {}", place.index, place.slot),
    }
}

/// The slot of such a number.
pub const fn slot_of(pos: i64) -> u64 {
    (pos >> NUMBER_BITS).cast_unsigned()
}

/// The number in the block of such a number.
pub fn index_of(pos: i64) -> u32 {
    u32::try_from(pos & ((1 << NUMBER_BITS) - 1)).unwrap_or_default()
}

/// The first second of the day in which `time` is.
pub const fn day_of(time: i64) -> i64 {
    time - time.rem_euclid(DAY)
}

/// Reads the bytes of an account of the program.
pub fn account<T: AnyBitPattern>(bytes: &[u8]) -> Result<T> {
    let content = bytes.get(8..).context("an account is shorter than its kind")?;
    bytemuck::try_pod_read_unaligned(content).map_err(|error| anyhow::anyhow!("an account's bytes: {error}"))
}

/// The bytes of an account of the program.
pub fn bytes_of(account: impl Kept) -> Vec<u8> {
    account.entry().bytes().unwrap_or_default()
}

/// The addresses that are kept in a column.
pub fn addresses(bytes: &[u8]) -> BTreeSet<Address> {
    let (addresses, _) = bytes.as_chunks();
    addresses.iter().map(|bytes| Address::new_from_array(*bytes)).collect()
}

/// Addresses as they are kept in a column.
pub fn bytes_of_all<'a>(addresses: impl IntoIterator<Item = &'a Address>) -> Vec<u8> {
    addresses.into_iter().flat_map(Address::to_bytes).collect()
}

/// Makes bytes few.
pub fn packed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// What [`packed`] made few.
pub fn unpacked(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    DeflateDecoder::new(bytes).read_to_end(&mut all)?;
    Ok(all)
}

impl Taking<'_> {
    /// An account as it is after the transaction, if that changed it.
    pub fn after<T: Kept>(&self, address: &Address) -> Option<T> {
        self.applied.done.accounts.get(address)?.as_ref().and_then(T::of).copied()
    }

    /// The day.
    pub const fn day(&self) -> i64 {
        day_of(self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_numbers_of_the_same_order(one: (u32, u16), other: (u32, u16)) {
            let [one, other] = [one, other].map(|(slot, index)| Place { slot: slot.into(), index: index.into() });
            let numbers = [one, other].map(|place| pos_of(place).unwrap());
            prop_assert_eq!(one.cmp(&other), numbers[0].cmp(&numbers[1]));
            prop_assert_eq!((slot_of(numbers[0]), index_of(numbers[0])), (one.slot, one.index));
        }

        #[test]
        fn what_was_made_few_is_read_whole(bytes: Vec<u8>) {
            prop_assert_eq!(unpacked(&packed(&bytes).unwrap()).unwrap(), bytes);
        }
    }

    #[test]
    fn a_place_that_no_cluster_has_is_refused() {
        let most = Place { slot: (1 << 43) - 1, index: (1 << 20) - 1 };
        assert_eq!(pos_of(most).unwrap(), i64::MAX);
        assert!(pos_of(Place { slot: 1 << 43, ..most }).is_err());
        assert!(pos_of(Place { index: 1 << 20, ..most }).is_err());
    }

    #[test]
    fn a_day_begins_at_midnight_before_1970_too() {
        assert_eq!(
            [-86_401, -86_400, -1, 0, 86_399, 86_400].map(day_of),
            [-172_800, -86_400, -86_400, 0, 0, 86_400]
        );
    }
}
