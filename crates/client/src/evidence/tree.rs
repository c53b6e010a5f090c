//! One hash over the records of many leases, as a batch has it, and the proof that one of them is in it: the Merkle tree of
//! RFC 9162, section 2.1.

use anchor_lang::hash::sha256;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use solana_address::Address;

/// A hash.
pub type Hash = [u8; 32];

/// In front of what a leaf hashes, and in front of what a node does: neither can pass for the other.
const LEAF: &[u8] = &[0];
const NODE: &[u8] = &[1];

/// The leaf of a life of a lease, whose record has this head.
pub fn leaf(lease: &Address, opened_slot: u64, head: &Hash) -> Hash {
    sha256(&[LEAF, lease.as_ref(), &opened_slot.to_le_bytes(), head].concat())
}

fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[NODE, left, right].concat())
}

/// Leaves on the left of a node above so many, at least two: the largest power of two that is less.
const fn left_of(count: usize) -> usize {
    1 << (usize::BITS - 1 - count.saturating_sub(1).leading_zeros())
}

/// The root over leaves, in their order; of none the hash of nothing.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(left_of(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// Proves that a leaf is under a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proof {
    /// Its place among the leaves, from 0.
    pub index: u32,
    /// How many leaves there are.
    pub count: u32,
    /// What it is hashed with on the way to the root, from the leaf on.
    #[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
    pub siblings: Vec<Hash>,
}

impl Proof {
    /// That of the leaf at `index`, if there is one.
    pub fn of(leaves: &[Hash], index: usize) -> Option<Self> {
        let (mut siblings, mut under, mut at) = (Vec::new(), leaves, index);
        leaves.get(index)?;
        // From the root down: the sibling is the root of the half in which the leaf is not.
        while under.len() > 1 {
            let (left, right) = under.split_at(left_of(under.len()));
            let is_right = at >= left.len();
            siblings.push(root(if is_right { left } else { right }));
            (under, at) = if is_right { (right, at.saturating_sub(left.len())) } else { (left, at) };
        }
        siblings.reverse();
        Some(Self { index: index.try_into().ok()?, count: leaves.len().try_into().ok()?, siblings })
    }

    /// The root above `leaf`, if the proof has the form of one: section 2.1.3.2.
    pub fn root(&self, leaf: &Hash) -> Option<Hash> {
        if self.index >= self.count {
            return None;
        }
        let (mut at, mut last) = (self.index, self.count.saturating_sub(1));
        let mut hash = *leaf;
        for sibling in &self.siblings {
            if last == 0 {
                return None;
            }
            if at & 1 == 1 || at == last {
                hash = node(sibling, &hash);
                // Where it has no sibling it goes up as it is.
                while at & 1 == 0 && at != 0 {
                    (at, last) = (at >> 1, last >> 1);
                }
            } else {
                hash = node(&hash, sibling);
            }
            (at, last) = (at >> 1, last >> 1);
        }
        (last == 0).then_some(hash)
    }
}

fn to_hex<S: Serializer>(hashes: &[Hash], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(hashes.iter().map(hex::encode))
}

fn from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Hash>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.into_iter().map(hash).collect()
}

/// Reads one hash, as hexadecimal text.
pub(super) fn one_from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
    hash(String::deserialize(deserializer)?)
}

fn hash<E: de::Error>(text: String) -> Result<Hash, E> {
    let mut hash = Hash::default();
    hex::decode_to_slice(text, &mut hash).map(|()| hash).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaves(count: u8) -> Vec<Hash> {
        let address = |number| Address::new_from_array([number; 32]);
        (0..count).map(|number| leaf(&address(number), 7, &[number; 32])).collect()
    }

    #[test]
    fn every_leaf_of_every_tree_is_proven_at_its_place_and_no_other_leaf_is() {
        for count in 1..=60 {
            let all = leaves(count);
            let root = root(&all);
            for index in 0..all.len() {
                let proof = Proof::of(&all, index).unwrap();
                let proven: Vec<_> =
                    (0..all.len()).filter(|other| proof.root(&all[*other]) == Some(root)).collect();
                assert_eq!(proven, [index], "of {count}");
            }
            assert_eq!(Proof::of(&all, all.len()), None);
        }
    }

    #[test]
    fn a_node_is_not_taken_for_a_leaf() {
        let all = leaves(4);
        // Two leaves that are the nodes of four: the same tree, were it not for the first byte.
        let nodes = [node(&all[0], &all[1]), node(&all[2], &all[3])];
        let forged = Proof { index: 0, count: 2, siblings: vec![nodes[1]] };
        assert_eq!(forged.root(&nodes[0]), Some(root(&all)));
        // But who names a life and a head gets a leaf, and that is never a node.
        let (left, right) = nodes.split_at(1);
        let as_leaf = sha256(&[LEAF, left[0].as_slice(), right[0].as_slice()].concat());
        assert_ne!(as_leaf, root(&all));
        assert!(nodes.iter().all(|it| !all.contains(it)));
    }

    #[test]
    fn it_is_written_as_documented() {
        let proof = Proof::of(&leaves(3), 2).unwrap();
        let json = serde_json::to_value(&proof).unwrap();
        let sibling = hex::encode(root(&leaves(2)));
        assert_eq!(json, serde_json::json!({ "index": 2, "count": 3, "siblings": [sibling] }));
        assert_eq!(serde_json::from_value::<Proof>(json).unwrap(), proof);
        let short = serde_json::json!({ "index": 0, "count": 2, "siblings": ["00"] });
        assert!(serde_json::from_value::<Proof>(short).is_err());
    }

    proptest! {
        /// Whatever is changed of a proof: it proves nothing any more.
        #[test]
        fn a_changed_proof_proves_nothing(
            count in 1u8..40, at in 0usize..40, change in 0usize..5, place in 0usize..8, bit in 0usize..256,
        ) {
            let all = leaves(count);
            let index = at % all.len();
            let proof = Proof::of(&all, index).unwrap();
            let mut changed = proof.clone();
            match change {
                0 if !changed.siblings.is_empty() => {
                    let place = place % changed.siblings.len();
                    changed.siblings[place][bit / 8] ^= 1 << (bit % 8);
                }
                1 => _ = changed.siblings.pop(),
                2 => changed.siblings.push([0; 32]),
                3 => changed.index = changed.count,
                _ => changed.siblings.insert(0, all[index]),
            }
            if changed != proof {
                prop_assert_ne!(changed.root(&all[index]), Some(root(&all)));
            }
        }
    }
}
