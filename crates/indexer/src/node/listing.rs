//! The transactions that name an account, as a node lists them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::Deserialize;
use serde_json::Value;
use solana_signature::Signature;

use super::answer::Unfit;

/// A transaction that a node lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its first signature.
    pub signature: Signature,
    /// Slot of its block.
    pub slot: u64,
    /// Whether it failed.
    pub is_failed: bool,
}

/// Some of the transactions that name an account, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Those that are settled.
    pub listed: Vec<Listed>,
    /// The last one, settled or not: the next page goes on behind it.
    pub last: Option<Listed>,
    /// Whether there is no next page.
    pub is_last: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    signature: String,
    slot: u64,
    #[serde(default)]
    err: Value,
    confirmation_status: Option<String>,
}

/// Reads a page of at most `limit`, the newest first, that goes on behind `before`. Nodes list what is not settled as `wanted`
/// yet, too: that is left out. Listed twice is listed once.
pub fn read(told: Value, limit: usize, before: Option<&Listed>, wanted: &[&str]) -> Result<Page, Unfit> {
    let malformed = |_| Unfit::Listing("it is not a list of transactions");
    let told: Vec<Told> = serde_json::from_value(told).map_err(malformed)?;
    if told.len() > limit {
        return Err(Unfit::Listing("it has more than was asked for"));
    }
    let mut lowest = before.map_or(u64::MAX, |before| before.slot);
    let mut seen: HashMap<Signature, u64> = HashMap::with_capacity(told.len());
    let mut page = Page { is_last: told.len() < limit, ..Page::default() };
    for Told { signature, slot, err, confirmation_status } in told {
        let signature = signature.parse().map_err(|_| Unfit::Listing("a signature is not one"))?;
        if before.is_some_and(|before| before.signature == signature) {
            return Err(Unfit::Listing("it does not go on where it was told to"));
        }
        if slot > lowest {
            return Err(Unfit::Listing("it is not in order"));
        }
        lowest = slot;
        match seen.entry(signature) {
            Entry::Occupied(known) if *known.get() == slot => continue,
            Entry::Occupied(_) => return Err(Unfit::Listing("a transaction is in two blocks")),
            Entry::Vacant(free) => free.insert(slot),
        };
        let one = Listed { signature, slot, is_failed: !err.is_null() };
        page.last = Some(one);
        if confirmation_status.is_none_or(|status| wanted.contains(&status.as_str())) {
            page.listed.push(one);
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const SETTLED: [&str; 1] = ["finalized"];

    fn one(number: u8, slot: u64) -> Value {
        let signature = Signature::from([number; 64]).to_string();
        json!({ "signature": signature, "slot": slot, "err": null, "confirmationStatus": "finalized" })
    }

    fn numbers(listed: &[Listed]) -> Vec<u8> {
        listed.iter().map(|it| it.signature.as_ref()[0]).collect()
    }

    #[test]
    fn a_page_is_taken_once_and_in_order() {
        let page = read(json!([one(3, 9), one(3, 9), one(2, 9), one(1, 4)]), 10, None, &SETTLED).unwrap();
        assert_eq!((numbers(&page.listed), page.is_last), (vec![3, 2, 1], true));
    }

    #[test]
    fn what_is_not_settled_waits() {
        let mut early = one(3, 9);
        early["confirmationStatus"] = json!("confirmed");
        let page = read(json!([one(4, 9), early.clone()]), 2, None, &SETTLED).unwrap();
        assert_eq!((numbers(&page.listed), page.is_last), (vec![4], false));
        let last = page.last.unwrap();
        assert_eq!(numbers(&[last]), [3]);
        assert_eq!(read(json!([early]), 2, None, &SETTLED).unwrap().last, Some(last));
    }

    #[test]
    fn what_does_not_hold_together_is_refused() {
        let before = Listed { signature: Signature::from([9; 64]), slot: 5, is_failed: false };
        let mut not_one = one(1, 1);
        not_one["signature"] = json!("abc");
        for (page, before) in [
            (json!([one(1, 4), one(2, 5)]), None),
            (json!([one(1, 5), one(1, 4)]), None),
            (json!([one(1, 1), one(2, 1), one(3, 1), one(4, 1)]), None),
            (json!([one(1, 6)]), Some(&before)),
            (json!([one(9, 5)]), Some(&before)),
            (json!([not_one]), None),
            (json!({}), None),
            (json!([{ "slot": 4 }]), None),
        ] {
            assert!(read(page.clone(), 3, before, &SETTLED).is_err(), "{page}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_listed_comes_newest_first_and_once(
            page in prop::collection::vec((0_u8..8, 0_u64..8), 0..8)
        ) {
            let page: Vec<_> = page.into_iter().map(|(number, slot)| one(number, slot)).collect();
            if let Ok(Page { listed, .. }) = read(json!(page), 8, None, &SETTLED) {
                prop_assert!(listed.is_sorted_by(|a, b| a.slot >= b.slot));
                let mut unique = numbers(&listed);
                unique.sort_unstable();
                unique.dedup();
                prop_assert_eq!(unique.len(), listed.len());
            }
        }
    }
}
