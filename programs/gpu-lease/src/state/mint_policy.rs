use super::FeeEpochs;
use anchor_lang::prelude::*;

/// Seed of [`MintPolicy`] accounts, followed by the mint.
pub const MINT_POLICY_SEED: &[u8] = b"mint";

/// Seed of a mint's fee vault, followed by the mint.
pub const FEE_VAULT_SEED: &[u8] = b"fee_vault";

/// A mint that leases may be priced in, and the account that collects its fees.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct MintPolicy {
    /// The mint.
    pub mint: Address,
    /// Token account that collects this mint's fees. Its authority is this policy.
    pub fee_vault: Address,
    /// Token program that owns the mint.
    pub token_program: Address,
    /// Fees of all leases in this mint.
    pub fees: FeeEpochs,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Zero; for later versions.
    pub spare: [u8; 37],
}

const _: () = assert!(core::mem::size_of::<MintPolicy>() == 216);

impl MintPolicy {
    /// Address of `mint`'s policy, and its bump.
    pub fn address(mint: &Address) -> (Address, u8) {
        Address::find_program_address(&[MINT_POLICY_SEED, mint.as_ref()], &crate::ID)
    }

    /// Address of `mint`'s fee vault, and its bump.
    pub fn fee_vault_address(mint: &Address) -> (Address, u8) {
        Address::find_program_address(&[FEE_VAULT_SEED, mint.as_ref()], &crate::ID)
    }
}
