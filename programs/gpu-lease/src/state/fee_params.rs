use crate::{
    constants::{MAX_FEE_BPS, MAX_FEE_STEP_BPS},
    errors::LeaseError,
};
use anchor_lang::prelude::*;

/// Seed of the one [`FeeParams`] account.
pub const FEE_PARAMS_SEED: &[u8] = b"fee_params";

/// The fee that new leases sign for. Written by `initialize` and by executed proposals, by nothing else.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct FeeParams {
    /// Wallet that withdrawn fees go to.
    pub treasury: Address,
    /// Since when this rate is in force, unix seconds.
    pub effective_since: i64,
    /// How often the rate changed.
    pub changes: u32,
    /// Fee rate in basis points of the gross.
    pub fee_bps: u16,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 64],
}

const _: () = assert!(core::mem::size_of::<FeeParams>() == 112);

impl FeeParams {
    /// Address of the account, and its bump.
    pub fn address() -> (Address, u8) {
        Address::find_program_address(&[FEE_PARAMS_SEED], &crate::ID)
    }

    /// New leases sign for `fee_bps` from `now` on.
    pub fn change(&mut self, fee_bps: u16, now: i64) -> Result<()> {
        // INV-7, the part that no account can see at rest.
        require!(self.fee_bps.abs_diff(fee_bps) <= MAX_FEE_STEP_BPS, LeaseError::InvariantFee);
        self.fee_bps = fee_bps;
        self.effective_since = now;
        self.changes = self.changes.saturating_add(1);
        Ok(())
    }

    /// INV-7, the part that holds at rest: the rate is within its bound.
    pub fn invariant(&self) -> Result<()> {
        require!(self.fee_bps <= MAX_FEE_BPS, LeaseError::InvariantFee);
        Ok(())
    }
}
