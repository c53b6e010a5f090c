use crate::errors::LeaseError;
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// A lease's money, in base units. Every figure is a running total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct Ledger {
    /// Paid in by or for the renter.
    pub deposited: u64,
    /// Gross that was released: paid to the provider or kept as fee.
    pub released: u64,
    /// Part of `released` that is the protocol's; it waits in the vault until the close.
    pub fees: u64,
    /// The provider's bond.
    pub bond: u64,
    /// What the renter's side set aside for the arbiter; what is left of it goes to the payer.
    pub stake: u64,
    /// Part of `fees` that was counted as a weight in votes.
    pub counted: u64,
}

/// Money that a settlement moves, base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// To the provider.
    pub payout: u64,
    /// Kept for the protocol.
    pub fee: u64,
}

impl Ledger {
    /// Releases what is missing to `released` in all, of which `fees` are fees.
    pub(super) fn release(&mut self, released: u64, fees: u64) -> Result<Settlement> {
        let due = released.checked_sub(self.released).ok_or(LeaseError::InvariantReleased)?;
        let fee = fees.checked_sub(self.fees).ok_or(LeaseError::InvariantReleased)?;
        let payout = due.checked_sub(fee).ok_or(LeaseError::InvariantReleased)?;
        self.released = released;
        self.fees = fees;
        Ok(Settlement { payout, fee })
    }

    /// Fees that were released and not counted as a weight in votes yet. From now on they are.
    pub(super) fn count(&mut self) -> u64 {
        let fees = self.fees.saturating_sub(self.counted);
        self.counted = self.fees;
        fees
    }

    /// What the vault must hold at least: what was paid in less what was paid out.
    pub fn owed(&self) -> Result<u64> {
        let Self { deposited, released, fees, bond, stake, .. } = *self;
        deposited
            .checked_sub(released)
            .and_then(|sum| sum.checked_add(fees))
            .and_then(|sum| sum.checked_add(bond))
            .and_then(|sum| sum.checked_add(stake))
            .ok_or_else(|| LeaseError::InvariantVault.into())
    }
}
