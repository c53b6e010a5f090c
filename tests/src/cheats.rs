//! What nobody can do on a cluster, and a test sometimes has to.

use crate::{
    World,
    cluster::{Cluster, Svm},
};
use anchor_lang::AccountDeserialize;
use gpu_lease::state::{FeeParams, Protocol};
use gpu_lease_client::address;
use litesvm::LiteSVM;
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;

impl<C: Cluster + AsMut<Svm>> World<C> {
    /// The virtual machine.
    pub fn svm(&mut self) -> &mut LiteSVM {
        &mut self.cluster.as_mut().0
    }

    /// The slot that the next transaction is in.
    pub fn slot(&mut self) -> u64 {
        self.svm().get_sysvar::<Clock>().slot
    }

    /// Overwrites one of the program's accounts in place.
    pub fn write<T: AccountDeserialize + bytemuck::Pod>(
        &mut self,
        address: &Address,
        change: impl FnOnce(&mut T),
    ) {
        let mut value = self.read::<T>(address);
        change(&mut value);
        self.change_account(address, |account| {
            account.data[8..8 + size_of::<T>()].copy_from_slice(bytemuck::bytes_of(&value));
        });
    }

    /// Changes an account in place.
    pub fn change_account(&mut self, address: &Address, change: impl FnOnce(&mut Account)) {
        self.copy_account(address, *address, change);
    }

    /// Puts a copy of an account at `to`, changed.
    pub fn copy_account(
        &mut self,
        from: &Address,
        to: Address,
        change: impl FnOnce(&mut Account),
    ) -> Address {
        let mut account = self.svm().get_account(from).expect("exists");
        change(&mut account);
        self.svm().set_account(to, account).expect("fits");
        to
    }

    /// Names the program's upgrade authority.
    pub fn set_upgrade_authority(&mut self, authority: Option<Address>) {
        self.change_account(&address::program_data(&gpu_lease::ID), |account| {
            // A 4-byte tag and an 8-byte slot stand before the optional authority.
            let (option, key) = account.data[12..45].split_at_mut(1);
            option[0] = u8::from(authority.is_some());
            key.copy_from_slice(authority.unwrap_or_default().as_ref());
        });
    }

    /// The fee rate becomes `fee_bps`, as if voted.
    pub fn set_fee(&mut self, fee_bps: u16) {
        self.write(&address::fee_params(), |params: &mut FeeParams| params.fee_bps = fee_bps);
    }

    /// New leases are paused until `until`, as if by the guardian.
    pub fn pause_until(&mut self, until: i64) {
        self.write(&address::protocol(), |protocol: &mut Protocol| protocol.paused_until = until);
    }
}
