use super::{ACCOUNT_VERSION, FeeEpochs};
use crate::errors::LeaseError;
use anchor_lang::{address_eq, prelude::*};

/// Seed of [`Participant`] accounts, followed by the party.
pub const PARTICIPANT_SEED: &[u8] = b"participant";

/// One member of the participants' house: the fees that a renter paid, or that a provider's earnings bore, in
/// leases of the unit mint.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Participant {
    /// Whose fees: a renter's wallet, or a provider's account.
    pub party: Address,
    /// Wallet that votes: the renter's own, or the provider's authority.
    pub authority: Address,
    /// The fees.
    pub fees: FeeEpochs,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 30],
}

const _: () = assert!(core::mem::size_of::<Participant>() == 176);

impl Participant {
    /// Address of `party`'s participant, and its bump.
    pub fn address(party: &Address) -> (Address, u8) {
        Address::find_program_address(&[PARTICIPANT_SEED, party.as_ref()], &crate::ID)
    }

    /// A party that has paid nothing yet and for which `authority` votes.
    pub fn new(party: Address, authority: Address, bump: u8) -> Self {
        let (fees, version, spare) = (FeeEpochs::default(), ACCOUNT_VERSION, [0; 30]);
        Self { party, authority, fees, version, bump, spare }
    }

    /// Requires `signer` to be the wallet that votes.
    pub fn authorize(&self, signer: &Address) -> Result<()> {
        require!(address_eq(signer, &self.authority), LeaseError::NotParticipant);
        Ok(())
    }
}
