//! The invariants of the protocol, seen from outside: checked around every transaction of every test.
//!
//! Written apart from the program, on the accounts as they lie there, so that a mistake in the program's
//! own `invariant()` does not hide itself.

mod governance;

use anchor_lang::Discriminator;
use gpu_lease::state::{
    FeeParams, Governance, Lease, LeaseState, MintPolicy, Offer, Participant, Proposal, Protocol, Provider,
    VoteLock, VoteRecord,
};
use litesvm::LiteSVM;
use solana_account::ReadableAccount;
use solana_address::Address;
use solana_clock::Clock;
use spl_token_interface::native_mint;
use std::collections::BTreeMap;

/// What the accounts of a cluster hold at one moment.
pub struct Snapshot {
    now: i64,
    lamports: BTreeMap<Address, u64>,
    tokens: BTreeMap<Address, Tokens>,
    supplies: BTreeMap<Address, u64>,
    leases: BTreeMap<Address, Lease>,
    offers: BTreeMap<Address, Offer>,
    providers: BTreeMap<Address, Provider>,
    policies: BTreeMap<Address, MintPolicy>,
    participants: BTreeMap<Address, Participant>,
    locks: BTreeMap<Address, VoteLock>,
    proposals: BTreeMap<Address, Proposal>,
    records: BTreeMap<Address, VoteRecord>,
    protocol: Option<Protocol>,
    governance: Option<Governance>,
    fee_params: Option<FeeParams>,
    /// Lamports without which no proposal can lie there.
    proposal_rent: u64,
}

/// A token account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tokens {
    mint: Address,
    owner: Address,
    amount: u64,
}

/// The content of one of the program's accounts, if it is of this type.
fn read<T: Discriminator + bytemuck::Pod>(data: &[u8]) -> Option<T> {
    data.strip_prefix(T::DISCRIMINATOR).map(bytemuck::pod_read_unaligned)
}

fn number(data: &[u8]) -> u64 {
    u64::from_le_bytes(data.try_into().expect("eight bytes"))
}

impl Snapshot {
    /// Everything that lies in `svm`'s accounts now.
    pub fn of(svm: &LiteSVM) -> Self {
        let mut snapshot = Self {
            now: svm.get_sysvar::<Clock>().unix_timestamp,
            lamports: BTreeMap::new(),
            tokens: BTreeMap::new(),
            supplies: BTreeMap::new(),
            leases: BTreeMap::new(),
            offers: BTreeMap::new(),
            providers: BTreeMap::new(),
            policies: BTreeMap::new(),
            participants: BTreeMap::new(),
            locks: BTreeMap::new(),
            proposals: BTreeMap::new(),
            records: BTreeMap::new(),
            protocol: None,
            governance: None,
            fee_params: None,
            proposal_rent: svm.minimum_balance_for_rent_exemption(8 + size_of::<Proposal>()),
        };
        for (address, account) in &svm.accounts_db().inner {
            let data = account.data();
            if account.lamports() > 0 {
                snapshot.lamports.insert(*address, account.lamports());
            }
            if *account.owner() == gpu_lease::ID {
                snapshot.leases.extend(read(data).map(|lease| (*address, lease)));
                snapshot.offers.extend(read(data).map(|offer| (*address, offer)));
                snapshot.providers.extend(read(data).map(|provider| (*address, provider)));
                snapshot.policies.extend(read(data).map(|policy| (*address, policy)));
                snapshot.participants.extend(read(data).map(|participant| (*address, participant)));
                snapshot.locks.extend(read(data).map(|lock| (*address, lock)));
                snapshot.proposals.extend(read(data).map(|proposal| (*address, proposal)));
                snapshot.records.extend(read(data).map(|record| (*address, record)));
                snapshot.protocol = snapshot.protocol.or(read(data));
                snapshot.governance = snapshot.governance.or(read(data));
                snapshot.fee_params = snapshot.fee_params.or(read(data));
            } else if [spl_token_interface::ID, gpu_lease_client::address::TOKEN_2022]
                .contains(account.owner())
            {
                let key = |data: &[u8]| Address::new_from_array(data[..32].try_into().expect("32 bytes"));
                match data.len() {
                    82 => drop(snapshot.supplies.insert(*address, number(&data[36..44]))),
                    165.. => {
                        let (mint, owner) = (key(data), key(&data[32..]));
                        let tokens = Tokens { mint, owner, amount: number(&data[64..72]) };
                        snapshot.tokens.insert(*address, tokens);
                    }
                    _ => {}
                }
            }
        }
        snapshot
    }

    /// Requires that nothing moved but lamports of `payer`, who paid the network.
    #[track_caller]
    pub fn require_unchanged_since(&self, before: &Self, payer: &Address) {
        let others = |lamports: &BTreeMap<Address, u64>| {
            let mut lamports = lamports.clone();
            lamports.remove(payer);
            lamports
        };
        assert_eq!(others(&self.lamports), others(&before.lamports), "a failed transaction moved lamports");
        assert_eq!(self.tokens, before.tokens, "a failed transaction moved tokens");
    }

    /// Requires that since `before` nothing has left a bond account but for bonds of its provider's leases, unless the
    /// provider's wallet is among `signers`.
    #[track_caller]
    pub fn require_bonds_kept_since(&self, before: &Self, signers: &[Address]) {
        for (address, provider) in &before.providers {
            if signers.contains(&provider.authority) {
                continue;
            }
            let of_leases = |snapshot: &Self, mint: &Address| -> u64 {
                let leases = snapshot.leases.values();
                let its = leases.filter(|lease| lease.provider == *address && lease.terms.mint == *mint);
                its.map(|lease| lease.ledger.bond).sum()
            };
            let in_accounts = |snapshot: &Self, mint: &Address| -> u64 {
                let tokens = snapshot.tokens.values();
                let its = tokens.filter(|tokens| tokens.owner == *address && tokens.mint == *mint);
                its.map(|tokens| tokens.amount).sum()
            };
            for mint in before.supplies.keys() {
                let left = in_accounts(before, mint).saturating_sub(in_accounts(self, mint));
                let taken = of_leases(self, mint).saturating_sub(of_leases(before, mint));
                assert!(left <= taken, "{left} base units left a bond account, {taken} of them for bonds");
            }
        }
    }

    /// Requires the invariants to hold, and that since `before` nothing changed that must not.
    #[track_caller]
    pub fn require_lawful_since(&self, before: &Self) {
        for (address, lease) in &self.leases {
            self.require_lease(address, lease);
            if let Some(earlier) = before.leases.get(address).filter(|l| l.opened_slot == lease.opened_slot) {
                assert_eq!(lease.terms, earlier.terms, "INV-6: the terms of {address} changed");
                assert_eq!(lease.fee_bps, earlier.fee_bps, "INV-6: the fee of {address} changed");
            }
        }
        for (address, lease) in &before.leases {
            if !self.leases.contains_key(address) {
                assert!(!self.tokens.contains_key(&lease.vault), "INV-4: {address} left its vault behind");
            }
        }
        for (address, offer) in &self.offers {
            let started = |lease: &&Lease| lease.offer == *address && lease.state != LeaseState::Pending;
            let leased: u32 = self.leases.values().filter(started).map(|lease| lease.gpus).sum();
            assert_eq!(offer.gpus_free + leased, offer.gpus, "INV-5: GPUs of {address} are miscounted");
            let leases = self.leases.values().filter(started).count();
            assert_eq!(offer.leases as usize, leases, "INV-5: leases on {address} are miscounted");
        }
        self.require_lawful_votes_since(before);
        // Wrapped SOL is made of lamports and has no supply of its own.
        for (mint, supply) in self.supplies.iter().filter(|(mint, _)| **mint != native_mint::ID) {
            let of_mint = |tokens: &&Tokens| tokens.mint == *mint;
            let sum: u64 = self.tokens.values().filter(of_mint).map(|tokens| tokens.amount).sum();
            assert_eq!(sum, *supply, "INV-4: tokens of {mint} were made or lost");
        }
    }

    #[track_caller]
    fn require_lease(&self, address: &Address, lease: &Lease) {
        let (ledger, meter) = (&lease.ledger, &lease.meter);
        let gross = u128::from(meter.accepted) * u128::from(lease.terms.price) / 3_600;
        assert!(u128::from(ledger.released) <= gross, "INV-1: {address} released more than was accepted");
        assert!(ledger.released <= ledger.deposited, "INV-1: {address} released more than was deposited");
        assert!(ledger.fees <= ledger.released, "INV-1: {address} took more fees than was released");

        assert!(meter.window_end <= lease.ends_at, "INV-2: {address} attested beyond its end");
        let units = [meter.accepted, meter.maturing.units, meter.latest.units];
        assert!(units.is_sorted(), "INV-2: {address} has claims out of order: {units:?}");
        // Two segments, the second of which may begin in the future.
        let before = (meter.window_end - meter.segment_start).min(0);
        let after = (meter.window_end - meter.segment_start).max(0);
        let capacity = i128::from(meter.segment_base)
            + i128::from(meter.previous_gpus) * i128::from(before)
            + i128::from(meter.gpus) * i128::from(after);
        assert!(
            i128::from(meter.latest.units) <= capacity,
            "INV-2: {address} attested more than its GPUs can have delivered"
        );

        let incoming = [ledger.deposited, ledger.bond, ledger.stake, ledger.fees].map(u128::from);
        let owed = incoming.iter().sum::<u128>() - u128::from(ledger.released);
        let held = self.tokens.get(&lease.vault).map_or(0, |vault| u128::from(vault.amount));
        assert!(held >= owed, "INV-3: the vault of {address} holds {held} and owes {owed}");
    }
}

#[cfg(test)]
mod tests {
    use crate::World;
    use gpu_lease::state::{Lease, Offer};

    /// Puts a lease wrong behind the program's back, and lets a transaction pass that has nothing to do with it.
    fn after(wrong: impl FnOnce(&mut Lease)) {
        let mut world = World::new();
        let lease = world.active_lease();
        world.write(&lease.address, wrong);
        let (renter, stranger) = (lease.renter, world.people.stranger.insecure_clone());
        let to = solana_signer::Signer::pubkey(&stranger);
        world.transfer(&renter, &world.wallet(&to), 1).ok();
    }

    #[test]
    fn a_lease_as_it_is_passes() {
        after(|_| {});
    }

    #[test]
    #[should_panic(expected = "INV-1")]
    fn a_release_without_units_is_noticed() {
        after(|lease| lease.ledger.released = 1);
    }

    #[test]
    #[should_panic(expected = "INV-1")]
    fn a_fee_without_a_release_is_noticed() {
        after(|lease| lease.ledger.fees = 1);
    }

    #[test]
    #[should_panic(expected = "INV-2")]
    fn units_without_time_are_noticed() {
        after(|lease| lease.meter.latest.units = 1);
    }

    #[test]
    #[should_panic(expected = "INV-2")]
    fn claims_out_of_order_are_noticed() {
        after(|lease| (lease.meter.accepted, lease.meter.window_end) = (1, lease.ends_at));
    }

    #[test]
    #[should_panic(expected = "INV-3")]
    fn a_vault_that_does_not_cover_its_debts_is_noticed() {
        after(|lease| lease.ledger.bond += 1);
    }

    #[test]
    #[should_panic(expected = "INV-5")]
    fn a_gpu_that_is_lost_is_noticed() {
        let mut world = World::new();
        world.write(&world.offer.clone(), |offer: &mut Offer| offer.gpus_free -= 1);
        world.pending_lease();
    }

    #[test]
    #[should_panic(expected = "INV-4")]
    fn tokens_out_of_nothing_are_noticed() {
        let mut world = World::new();
        let wallet = world.wallet(&solana_signer::Signer::pubkey(&world.people.renter));
        world.change_account(&wallet, |account| account.data[64] ^= 1);
        world.pending_lease();
    }
}
