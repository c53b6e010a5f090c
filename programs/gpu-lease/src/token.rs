//! The only place that talks to a token program.
//!
//! Built on fixed arrays: a transfer through heap-allocated instructions costs several times as much.

use crate::state::{LEASE_SEED, Lease};
use anchor_lang::{cpi::InstructionAccount, prelude::*, unchecked_invoke_signed_fixed};

/// A checked transfer, of the SPL Token program and of Token-2022 alike.
pub struct Transfer<'a> {
    /// The token program.
    pub program: &'a Address,
    /// Token account that pays.
    pub from: CpiHandle<'a>,
    /// Their mint.
    pub mint: CpiHandle<'a>,
    /// Token account that is paid.
    pub to: CpiHandle<'a>,
    /// Owner of `from`.
    pub authority: CpiHandle<'a>,
    /// Base units.
    pub amount: u64,
    /// Decimals of the mint.
    pub decimals: u8,
}

impl<'a> Transfer<'a> {
    const DISCRIMINATOR: u8 = 12;

    /// Transfers with the authority's own signature. Nothing to move is no call.
    pub fn invoke(&self) {
        self.invoke_signed(&[]);
    }

    /// Transfers in the name of `lease`, which must be the authority. Nothing to move is no call.
    pub fn invoke_as(&self, lease: &Lease) {
        let nonce = lease.nonce.to_le_bytes();
        let seeds = lease_seeds(lease, &nonce);
        self.invoke_signed(&[&seeds]);
    }

    fn invoke_signed(&self, signer_seeds: &[&[&[u8]]]) {
        if self.amount == 0 {
            return;
        }
        let [a0, a1, a2, a3, a4, a5, a6, a7] = self.amount.to_le_bytes();
        let data = [Self::DISCRIMINATOR, a0, a1, a2, a3, a4, a5, a6, a7, self.decimals];
        let accounts = [
            InstructionAccount::writable(self.from.address()),
            InstructionAccount::readonly(self.mint.address()),
            InstructionAccount::writable(self.to.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let handles = [self.from, self.mint, self.to, self.authority];
        unchecked_invoke_signed_fixed(self.program, &data, &accounts, &handles, signer_seeds);
    }
}

/// Closes a lease's empty vault.
pub struct CloseVault<'a> {
    /// The token program.
    pub program: &'a Address,
    /// The vault.
    pub vault: CpiHandle<'a>,
    /// Wallet that gets the vault's rent.
    pub destination: CpiHandle<'a>,
    /// The lease, as the vault's owner.
    pub authority: CpiHandle<'a>,
}

impl<'a> CloseVault<'a> {
    const DISCRIMINATOR: u8 = 9;

    /// Closes in the name of `lease`, which must be the authority.
    pub fn invoke_as(&self, lease: &Lease) {
        let nonce = lease.nonce.to_le_bytes();
        let seeds = lease_seeds(lease, &nonce);
        let accounts = [
            InstructionAccount::writable(self.vault.address()),
            InstructionAccount::writable(self.destination.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let handles = [self.vault, self.destination, self.authority];
        unchecked_invoke_signed_fixed(self.program, &[Self::DISCRIMINATOR], &accounts, &handles, &[&seeds]);
    }
}

/// Seeds with which `lease` signs, `nonce` being its nonce in little-endian.
fn lease_seeds<'a>(lease: &'a Lease, nonce: &'a [u8; 8]) -> [&'a [u8]; 4] {
    [LEASE_SEED, lease.renter.as_ref(), nonce, core::slice::from_ref(&lease.bump)]
}
