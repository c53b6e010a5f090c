//! Usage of any number of leases in as few transactions as it takes.

use crate::{
    attestation::{AttestationBatch, AttestationSignature, MAX_BATCH, SignedBatch},
    error::{Error, Result},
    instruction,
    transaction::{Draft, Format},
};
use gpu_lease::state::Lease;
use solana_address::Address;

/// In what batches travel.
#[derive(Clone, Copy, Debug)]
pub struct Carrier<'a> {
    /// Format of the transactions, each of which carries one batch.
    pub format: Format<'a>,
    /// Who pays for them.
    pub payer: Address,
    /// The provider's account.
    pub provider: Address,
    /// How many sign each batch: the attestor, and with it a verifier or a session key.
    pub signatures: usize,
}

impl Carrier<'_> {
    /// Whether a transaction can carry the batch.
    pub fn takes(&self, batch: &AttestationBatch) -> bool {
        let nobody = AttestationSignature { public_key: Address::default(), signature: [0; 64] };
        let signed = SignedBatch::unverified(batch.clone(), vec![nobody; self.signatures]);
        let instructions = instruction::attest_batch(self.provider, &signed);
        Draft::new(self.format, &instructions, 1, 1).fits(&self.payer)
    }

    /// As few batches as it takes to attest usage up to `window_end` of all these leases (GPU-seconds and watt-hours since
    /// the start of each), each for a transaction of its own. `evidence` is the root over all their metering records.
    ///
    /// A lease that ends before `window_end` needs a statement of its own: it would be skipped.
    pub fn batches(
        &self,
        window_end: i64,
        evidence: [u8; 32],
        usage: &[(Address, Lease, u64, u64)],
    ) -> Result<Vec<AttestationBatch>> {
        let mut rest = usage.to_vec();
        // What is in a lookup table is short: it goes first, and so together.
        rest.sort_by_key(|(address, ..)| (!self.is_short(address), *address));
        rest.dedup_by_key(|(address, ..)| *address);
        let mut batches = Vec::new();
        while !rest.is_empty() {
            let of = |count| {
                AttestationBatch::new(window_end, evidence, rest.get(..count).unwrap_or_default()).ok()
            };
            let counts = 1..=rest.len().min(MAX_BATCH);
            let longest = counts.map_while(|count| of(count).filter(|batch| self.takes(batch))).last();
            let batch = longest.ok_or_else(|| {
                Error::input(
                    "not even one lease fits into a transaction with so many signatures",
                    "let fewer keys sign it",
                )
            })?;
            rest.drain(..batch.leases().len());
            batches.push(batch);
        }
        Ok(batches)
    }

    fn is_short(&self, lease: &Address) -> bool {
        match self.format {
            Format::V0(tables) => tables.iter().any(|table| table.addresses.contains(lease)),
            Format::Legacy | Format::V1 => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use solana_message::AddressLookupTableAccount;

    /// Usage of so many leases.
    fn usage(leases: u16) -> Vec<(Address, Lease, u64, u64)> {
        let lease = testing::lease();
        let row = |number: u16| {
            let mut address = [3; 32];
            address[..2].copy_from_slice(&number.to_be_bytes());
            (Address::new_from_array(address), lease, 800, 9)
        };
        (0..leases).map(row).collect()
    }

    fn carrier(format: Format, signatures: usize) -> Carrier {
        let [payer, provider] = [7, 8].map(|byte| Address::new_from_array([byte; 32]));
        Carrier { format, payer, provider, signatures }
    }

    /// How many leases each batch has, where there are so many.
    fn sizes(carrier: &Carrier, leases: u16) -> Vec<usize> {
        let usage = usage(leases);
        let batches = carrier.batches(1_600, [1; 32], &usage).unwrap();
        let mut stated: Vec<_> = batches.iter().flat_map(AttestationBatch::leases).copied().collect();
        stated.sort_unstable();
        assert_eq!(stated, usage.iter().map(|row| row.0).collect::<Vec<_>>());
        batches.iter().map(|batch| batch.leases().len()).collect()
    }

    #[test]
    fn a_transaction_carries_as_many_leases_as_its_bytes_and_accounts_allow() {
        let table = AddressLookupTableAccount {
            key: Address::new_from_array([9; 32]),
            addresses: usage(200).iter().map(|row| row.0).collect(),
        };
        let tables = std::slice::from_ref(&table);
        for (format, signatures, most) in [
            (Format::Legacy, 1, 11),
            (Format::Legacy, 3, 7),
            (Format::V0(tables), 1, 24),
            (Format::V1, 1, 59),
            (Format::V1, 3, 58),
        ] {
            let carrier = carrier(format, signatures);
            assert_eq!(sizes(&carrier, 200)[0], most);
        }
    }

    #[test]
    fn the_last_batch_has_what_is_left_and_no_lease_is_lost() {
        let carrier = carrier(Format::Legacy, 1);
        assert!(sizes(&carrier, 0).is_empty());
        assert_eq!(sizes(&carrier, 1), [1]);
        let all = sizes(&carrier, 100);
        assert_eq!(all.iter().sum::<usize>(), 100);
        assert!(all[..all.len() - 1].iter().all(|size| *size == all[0]));
    }

    #[test]
    fn what_stands_in_a_table_travels_together() {
        let table = AddressLookupTableAccount {
            key: Address::new_from_array([9; 32]),
            // Every other lease.
            addresses: usage(40).iter().step_by(2).map(|row| row.0).collect(),
        };
        let carrier = carrier(Format::V0(std::slice::from_ref(&table)), 1);
        assert!(sizes(&carrier, 40).len() <= 3);
    }
}
