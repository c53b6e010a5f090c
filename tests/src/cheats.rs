//! What nobody can do on a cluster, and a test sometimes has to.

use crate::{
    World,
    cluster::{Cluster, Svm},
};
use anchor_lang::AccountDeserialize;
use gpu_lease::{
    constants::{RISE_INTERVAL, WEIGHT_EPOCHS},
    state::{Action, FeeParams, MintPolicy, Participant, Protocol, epoch_of},
};
use gpu_lease_client::address;
use litesvm::LiteSVM;
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_signer::Signer;

impl<C: Cluster + AsMut<Svm>> World<C> {
    /// The virtual machine.
    pub fn svm(&mut self) -> &mut LiteSVM {
        &mut self.cluster.as_mut().0
    }

    /// The slot that the next transaction is in.
    pub fn slot(&mut self) -> u64 {
        self.svm().get_sysvar::<Clock>().slot
    }

    /// The cluster stands still until `seconds` have passed on its clock, and goes on with the next slot.
    pub fn halt(&mut self, seconds: i64) {
        let mut clock = self.svm().get_sysvar::<Clock>();
        clock.unix_timestamp += seconds;
        clock.slot += 1;
        self.svm().set_sysvar(&clock);
    }

    /// `slots` pass on a clock that stands still.
    pub fn pass_slots(&mut self, slots: u64) {
        let mut clock = self.svm().get_sysvar::<Clock>();
        clock.slot += slots;
        self.svm().set_sysvar(&clock);
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

    /// The parties of a lease of the market's mint paid `fees` in `epoch`, as if they had been counted then.
    pub fn count_fees_of(&mut self, parties: &[Address], fees: u64, epoch: u64) {
        for party in parties {
            let participant = address::participant(party);
            self.write(&participant, |participant: &mut Participant| participant.fees.add(fees, epoch));
        }
        let policy = address::mint_policy(&self.mint);
        self.write(&policy, |policy: &mut MintPolicy| policy.fees.add(fees, epoch));
    }

    /// Renter and provider paid `fees` in each of the three epochs before this one.
    pub fn weigh_fees(&mut self, fees: u64) {
        self.weigh_fees_of(&[self.people.renter.pubkey(), self.provider], fees);
    }

    /// As [`World::weigh_fees`], by others.
    pub fn weigh_fees_of(&mut self, parties: &[Address], fees: u64) {
        let now = epoch_of(self.now());
        (now - WEIGHT_EPOCHS..now).for_each(|epoch| self.count_fees_of(parties, fees, epoch));
    }

    /// The holder, with half of its wealth locked, proposes a fee rate: where the proposal lies. Where nobody could
    /// refuse it, somebody else has paid one base unit in each epoch.
    #[track_caller]
    pub fn propose_fee(&mut self, fee_bps: u16) -> Address {
        let holder = self.people.holder.pubkey();
        if !self.exists(&address::lock(&holder)) {
            self.lock(holder, crate::WEALTH / 2);
        }
        let params: FeeParams = self.read(&address::fee_params());
        let policy: MintPolicy = self.read(&address::mint_policy(&self.mint));
        if fee_bps > params.fee_bps && policy.fees.weight_before(epoch_of(self.now())) == 0 {
            self.weigh_fees_of(&[], 1);
        }
        self.propose(Action::SetFee { fee_bps })
    }

    /// The fee rate becomes `fee_bps` by a vote of the holder's, a month after the last rise at the earliest.
    #[track_caller]
    pub fn change_fee(&mut self, fee_bps: u16) {
        let params: FeeParams = self.read(&address::fee_params());
        if fee_bps > params.fee_bps {
            self.set_time(self.now().max(params.last_rise_at + i64::from(RISE_INTERVAL)));
        }
        let proposal = self.propose_fee(fee_bps);
        self.pass_proposal(proposal);
        self.execute(proposal).ok();
    }
}
