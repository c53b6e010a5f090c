//! Transactions with the signatures of some who have to sign them.

use crate::{
    decode,
    error::{Error, Result},
    together::{MAX_PRIORITY_FEE, too_dear},
    transaction::{Draft, wire},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_message::VersionedMessage;
use solana_program::hash::Hash;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_status_client_types::{EncodedTransaction, TransactionBinaryEncoding};
use std::{fmt, str::FromStr};

/// A transaction with the signatures of some who have to sign it, on its way to the others.
///
/// Its text form, through [`fmt::Display`] and [`FromStr`], is the base64 of the transaction as it lands,
/// zeroes in place of what is missing. It is good for as long as its blockhash, about a minute, or until its
/// [nonce](crate::nonce) is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartlySigned(VersionedTransaction);

impl PartlySigned {
    /// A transaction, signed by those of the signers who have to.
    pub(super) fn new(
        draft: &Draft,
        payer: &dyn Signer,
        signers: &[&dyn Signer],
        blockhash: Hash,
    ) -> Result<Self> {
        let message = draft.message(&payer.try_pubkey()?, blockhash)?;
        Ok(Self(sign(message, payer, signers)?))
    }

    /// The wallet that pays the network fee.
    pub fn payer(&self) -> Address {
        self.0.message.static_account_keys().first().copied().unwrap_or_default()
    }

    /// What it does.
    pub fn instructions(&self) -> Result<Vec<Instruction>> {
        decode::instructions_of(&self.0, &[])
    }

    /// Who has yet to sign.
    pub fn missing(&self) -> Vec<Address> {
        let unsigned = |signature: &Signature| *signature == Signature::default();
        let keys = self.0.message.static_account_keys().iter().zip(&self.0.signatures);
        keys.filter(|(_, signature)| unsigned(signature)).map(|(key, _)| *key).collect()
    }

    /// Everyone who has to sign.
    pub fn signers(&self) -> &[Address] {
        let count = usize::from(self.0.message.header().num_required_signatures);
        self.0.message.static_account_keys().get(..count).unwrap_or_default()
    }

    /// Requires the signatures that are there to be good.
    pub fn require_genuine(&self) -> Result<()> {
        let message = self.0.message.serialize();
        let keys = self.signers().iter().zip(&self.0.signatures);
        let mut signed = keys.filter(|(_, signature)| **signature != Signature::default());
        match signed.find(|(key, signature)| !signature.verify(key.as_ref(), &message)) {
            Some((key, _)) => Err(Error::SignatureInvalid(*key)),
            None => Ok(()),
        }
    }

    /// Requires everyone to have signed who has to.
    pub fn require_complete(&self) -> Result<()> {
        self.missing().first().map_or(Ok(()), |missing| Err(Error::SignerMissing(*missing)))
    }

    /// Adds a signature, if the signer has to sign.
    pub fn sign(&mut self, signer: &dyn Signer) -> Result<()> {
        let address = signer.try_pubkey()?;
        let signature = signer.try_sign_message(&self.0.message.serialize())?;
        let keys = self.0.message.static_account_keys().iter().zip(&mut self.0.signatures);
        for (_, place) in keys.filter(|(key, _)| **key == address) {
            *place = signature;
        }
        Ok(())
    }

    pub(super) fn transaction(&self) -> &VersionedTransaction {
        &self.0
    }

    pub(super) fn blockhash(&self) -> &Hash {
        self.0.message.recent_blockhash()
    }
}

impl fmt::Display for PartlySigned {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(wire(&self.0).map_err(|_| fmt::Error)?))
    }
}

impl FromStr for PartlySigned {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim().to_owned();
        let transaction = EncodedTransaction::Binary(text, TransactionBinaryEncoding::Base64).decode();
        let transaction = transaction
            // Lookup tables could hide what is signed.
            .filter(|transaction| !matches!(transaction.message, VersionedMessage::V0(_)))
            .ok_or_else(|| Error::Malformed {
                kind: "transaction",
                reason: "not the base64 of a legacy transaction, or of one of version 1".to_owned(),
            })?;
        // One of version 1 offers its fee in no instruction, where `together::check` would find it.
        match &transaction.message {
            VersionedMessage::V1(message) if message.config.priority_fee.unwrap_or(0) > MAX_PRIORITY_FEE => {
                Err(too_dear())
            }
            _ => Ok(Self(transaction)),
        }
    }
}

/// Signs a message with those of the signers who have to. Who is missing has signed with zeroes.
pub(super) fn sign(
    message: VersionedMessage,
    payer: &dyn Signer,
    signers: &[&dyn Signer],
) -> Result<VersionedTransaction> {
    let bytes = message.serialize();
    let signature_of = |address: &Address| {
        let mut all = std::iter::once(&payer).chain(signers);
        match all.find(|signer| signer.try_pubkey().is_ok_and(|key| key == *address)) {
            Some(signer) => signer.try_sign_message(&bytes),
            None => Ok(Signature::default()),
        }
    };
    let count = usize::from(message.header().num_required_signatures);
    let required = message.static_account_keys().iter().take(count);
    let signatures = required.map(signature_of).collect::<Result<Vec<_>, _>>()?;
    Ok(VersionedTransaction { signatures, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{instruction, testing, transaction::Format};

    fn half_signed() -> PartlySigned {
        let close = [instruction::close_lease_together(&testing::lease_context(), 1, 0, 9)];
        let draft = Draft::new(Format::Legacy, &close, 1, 1);
        PartlySigned::new(&draft, &testing::keypair(1), &[], Hash::default()).unwrap()
    }

    #[test]
    fn a_fee_that_no_instruction_shows_is_refused() {
        let close = [instruction::close_lease_together(&testing::lease_context(), 1, 0, 9)];
        for (price, is_read) in [(MAX_PRIORITY_FEE, true), (MAX_PRIORITY_FEE + 1, false)] {
            // A million units at so many millionths of a lamport.
            let draft = Draft::new(Format::V1, &close, 1_000_000, price);
            let half = PartlySigned::new(&draft, &testing::keypair(1), &[], Hash::default()).unwrap();
            assert_eq!(half.to_string().parse::<PartlySigned>().is_ok(), is_read, "{price}");
        }
    }

    #[test]
    fn a_transaction_travels_as_text_and_is_completed_elsewhere() {
        let (renter, provider) = (testing::keypair(1), testing::keypair(4));
        let half = half_signed();
        assert_eq!((half.payer(), half.missing()), (renter.pubkey(), vec![provider.pubkey()]));
        let refused = half.require_complete();
        assert!(matches!(refused, Err(Error::SignerMissing(address)) if address == provider.pubkey()));

        let mut read: PartlySigned = format!("{half}\n").parse().unwrap();
        assert_eq!(read, half);
        let close = instruction::close_lease_together(&testing::lease_context(), 1, 0, 9);
        assert_eq!(read.instructions().unwrap()[2].data, close.data);
        read.sign(&provider).unwrap();
        read.require_complete().unwrap();
        let (message, keys) = (read.0.message.serialize(), read.0.message.static_account_keys());
        for (signature, key) in read.0.signatures.iter().zip(keys) {
            assert!(signature.verify(key.as_ref(), &message));
        }
    }

    #[test]
    fn a_signature_that_nobody_needs_changes_nothing() {
        let mut transaction = half_signed();
        transaction.sign(&testing::keypair(9)).unwrap();
        assert_eq!(transaction, half_signed());
    }

    #[test]
    fn what_is_no_transaction_is_refused() {
        for text in ["", "nothing", "AAAA"] {
            assert!(matches!(text.parse::<PartlySigned>(), Err(Error::Malformed { .. })), "{text}");
        }
    }
}
