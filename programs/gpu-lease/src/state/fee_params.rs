use crate::{
    constants::{MAX_FEE_BPS, MAX_FEE_STEP_BPS, RISE_INTERVAL},
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
    /// When it rose last, unix seconds; 0 if it never did.
    pub last_rise_at: i64,
    /// How often the rate changed.
    pub changes: u32,
    /// Fee rate in basis points of the gross.
    pub fee_bps: u16,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 56],
}

const _: () = assert!(core::mem::size_of::<FeeParams>() == 112);

impl FeeParams {
    /// Address of the account, and its bump.
    pub fn address() -> (Address, u8) {
        Address::find_program_address(&[FEE_PARAMS_SEED], &crate::ID)
    }

    /// New leases sign for `fee_bps` from `now` on. There is a month between two rises.
    pub fn change(&mut self, fee_bps: u16, now: i64) -> Result<()> {
        // INV-7, the part that no account can see at rest.
        require!(self.fee_bps.abs_diff(fee_bps) <= MAX_FEE_STEP_BPS, LeaseError::InvariantFee);
        if fee_bps > self.fee_bps {
            let next_rise_at = self.last_rise_at.saturating_add(i64::from(RISE_INTERVAL));
            require!(now >= next_rise_at, LeaseError::RiseTooSoon);
            self.last_rise_at = now;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    const NOW: i64 = 1_800_000_000;
    const MONTH: i64 = RISE_INTERVAL as i64;

    fn risen() -> FeeParams {
        let mut params = FeeParams { fee_bps: 100, ..FeeParams::zeroed() };
        params.change(150, NOW).unwrap();
        params
    }

    #[test]
    fn the_fee_rises_again_a_month_later() {
        for (time, result) in [
            (NOW, Err(LeaseError::RiseTooSoon.into())),
            (NOW + MONTH - 1, Err(LeaseError::RiseTooSoon.into())),
            (NOW + MONTH, Ok(())),
            (NOW + MONTH + 1, Ok(())),
        ] {
            assert_eq!(risen().change(151, time), result, "{}", time - NOW);
        }
    }

    #[test]
    fn a_fall_waits_for_nothing_and_hastens_no_rise() {
        let mut params = risen();
        params.change(120, NOW + 1).unwrap();
        assert_eq!(params.change(121, NOW + MONTH - 1), Err(LeaseError::RiseTooSoon.into()));
        assert_eq!((params.fee_bps, params.effective_since, params.changes), (120, NOW + 1, 2));
        params.change(110, NOW + MONTH - 1).unwrap();
        params.change(160, NOW + MONTH).unwrap();
        assert_eq!((params.fee_bps, params.last_rise_at, params.changes), (160, NOW + MONTH, 4));
    }
}
