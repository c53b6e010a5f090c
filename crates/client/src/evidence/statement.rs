//! What a provider has signed about a lease, alone or in a batch, and how the lease's record follows from it.

use serde::{Deserialize, Serialize};
use solana_address::Address;

use super::tree::{Hash, Proof, leaf, one_from_hex};
use crate::attestation::{SignedAttestation, SignedBatch, Usage};
use crate::json;

/// A statement about a lease that the attestor has signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SignedStatement {
    /// About it alone.
    Alone(SignedAttestation),
    /// Among others.
    InBatch {
        /// All of them.
        batch: SignedBatch,
        /// Head of this lease's record, which the root in the batch is over.
        #[serde(serialize_with = "json::serialized", deserialize_with = "one_from_hex")]
        evidence: Hash,
        /// That it is.
        proof: Proof,
    },
}

impl SignedStatement {
    /// What it says of `lease`, with the head of the lease's own record as evidence; nothing if it says nothing of it, or does
    /// not prove the head.
    pub fn usage(&self, lease: &Address) -> Option<Usage> {
        match self {
            Self::Alone(signed) => {
                let message = signed.message();
                (message.lease == *lease).then(|| message.usage())
            }
            Self::InBatch { batch, evidence, proof } => {
                let (header, leases) = (batch.message().header(), batch.message().leases());
                let place = leases.binary_search(lease).ok()?;
                let row = batch.message().rows().get(place)?;
                let leaf = leaf(lease, row.opened_slot.get(), evidence);
                (proof.root(&leaf)? == header.evidence).then(|| Usage {
                    window_end: header.window_end.get(),
                    gpu_seconds: row.gpu_seconds.get(),
                    energy_wh: row.energy_wh.get(),
                    evidence: *evidence,
                })
            }
        }
    }

    /// Whether `key` signed it.
    pub fn is_signed_by(&self, key: &Address) -> bool {
        match self {
            Self::Alone(signed) => signed.is_signed_by(key),
            Self::InBatch { batch, .. } => batch.is_signed_by(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::{Attestation, AttestationBatch, sign};
    use crate::evidence::tree::root;
    use crate::testing;

    #[test]
    fn it_says_of_a_lease_what_was_signed_and_nothing_of_another() {
        let lease = testing::lease_context();
        let usage = Usage { window_end: 1_600, gpu_seconds: 800, energy_wh: 9, evidence: [5; 32] };
        let alone = sign(Attestation::new(lease.address, &lease, &usage), &testing::keypair(2)).unwrap();
        let other = Address::new_from_array([4; 32]);
        let mut leaves = [(lease.address, [5; 32]), (other, [6; 32])];
        leaves.sort_unstable();
        let hashes: Vec<_> =
            leaves.iter().map(|(address, head)| leaf(address, lease.opened_slot, head)).collect();
        let rows = [(lease.address, lease.account, 800, 9), (other, lease.account, 7, 0)];
        let batch = AttestationBatch::new(1_600, root(&hashes), &rows).unwrap();
        let batch = sign(batch, &testing::keypair(2)).unwrap();
        let place = leaves.iter().position(|it| it.0 == lease.address).unwrap();
        let in_batch =
            SignedStatement::InBatch { batch, evidence: [5; 32], proof: Proof::of(&hashes, place).unwrap() };
        for statement in [SignedStatement::Alone(alone), in_batch.clone()] {
            assert_eq!(statement.usage(&lease.address), Some(usage));
            assert_eq!(statement.usage(&Address::new_from_array([77; 32])), None);
            let json = serde_json::to_string(&statement).unwrap();
            assert_eq!(serde_json::from_str::<SignedStatement>(&json).unwrap(), statement);
        }
        // The other lease's row is there, but this proof is not about it; and a head that was not hashed is not shown.
        assert_eq!(in_batch.usage(&other), None);
        let SignedStatement::InBatch { batch, proof, .. } = in_batch else { panic!() };
        let forged = SignedStatement::InBatch { batch, evidence: [6; 32], proof };
        assert_eq!(forged.usage(&lease.address), None);
    }
}
