//! Leases, from opening to close.

use anchor_lang::hash::sha256;
use bytemuck::Zeroable;
use gpu_lease_client::account::{Keyed, LeaseContext};
use gpu_lease_client::address::{self, SPL_TOKEN};
use gpu_lease_client::events::{LeaseCancelled, LeaseClosed, LeaseOpened, LeaseStarted, ParticipantCreated};
use gpu_lease_client::instruction::{self, OpenLease};
use gpu_lease_client::state::{
    Agreed, Closing, FeeParams, Lease, LeaseParties, LeaseRequest, LeaseState, Offer, Protocol, Provider,
};
use gpu_lease_indexer::book::Draft;
use solana_address::Address;

use super::making::{Making, Purse};
use super::offers::Listed;
use super::{DAY, HOUR, Market, SPAN, Task};
use crate::market::listing::bytes;
use crate::people::Role;

/// A lease that goes on.
#[derive(Clone, Copy)]
pub struct Tended {
    /// Number of its renter.
    pub renter: u64,
    /// Number of its provider.
    pub provider: usize,
    /// Whether the renter's side signs what the provider states.
    pub co_signs: bool,
    /// Whether its renter changes its mind before it starts.
    regrets: bool,
    /// Whether its provider falls silent, from the first window on.
    pub is_silent: bool,
    /// Seconds from one statement to the next.
    pub every: i64,
}

impl Market {
    /// Leases that a history of this size has room for: a lease takes fourteen transactions or so.
    const fn room_for_leases(&self) -> u64 {
        self.size.transactions.saturating_sub(self.size.offers + self.size.offers / 12) / 14
    }

    pub(super) fn rent(&mut self, book: &Draft<'_>) -> Option<Making> {
        let wait = self.every(SPAN, self.room_for_leases());
        self.later(wait, Task::Rent);
        if self.offers.is_empty() {
            return None;
        }
        if self.renters > 0 && !self.chance.is(150) {
            let renter = self.chance.popular(self.renters);
            return self.open(book, renter);
        }
        let number = self.renters;
        self.renters += 1;
        self.later(20, Task::Open(number));
        let party = self.people.address(Role::Renter, number);
        let participant = address::participant(&party);
        let told = ParticipantCreated { participant, party };
        Some(Making::by(party).call(instruction::create_participant(party, party)).telling(told))
    }

    /// An offer with free GPUs.
    fn wanted(&mut self, book: &Draft<'_>) -> Option<(Listed, Offer)> {
        (0..16).find_map(|_| {
            let index = self.chance.popular(self.offers.len() as u64) as usize;
            let listed = self.offers[index];
            let offer: Offer = book.find(&listed.address)?;
            (offer.is_open == 1 && offer.gpus_free > 0).then_some((listed, offer))
        })
    }

    pub(super) fn open(&mut self, book: &Draft<'_>, number: u64) -> Option<Making> {
        let protocol: Protocol = book.find(&address::protocol())?;
        let fee_bps = book.find::<FeeParams>(&address::fee_params())?.fee_bps;
        if self.now.time < protocol.paused_until {
            return None;
        }
        let (listed, offer) = self.wanted(book)?;
        let renter = self.people.address(Role::Renter, number);
        // Some use the same address again and again.
        let usual = address::lease(&renter, 0);
        let nonce = if self.chance.is(200) && book.find::<Lease>(&usual).is_none() { 0 } else { self.made };
        let gpus = (*self.chance.one(&[1, 1, 1, 2, 2, 4, 8])).min(offer.gpus_free);
        let duration = *self.chance.one(&[HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, DAY, 3 * DAY, 10 * DAY]);
        let duration = (duration as u32).clamp(offer.terms.min_duration, offer.terms.max_duration);
        let whole = offer.terms.price_ceil(gpus, duration).ok()?;
        let least = offer.terms.min_deposit_ceil(gpus).ok()?;
        let deposit = if self.chance.is(300) { least.max(whole / 2) } else { whole };
        let has_guard = self.chance.is(500);
        let session_key =
            if has_guard { self.people.address(Role::Guard, number) } else { Address::default() };
        let request = LeaseRequest {
            nonce,
            deposit,
            start_deadline: self.now.time + DAY,
            duration,
            gpus,
            max_fee_bps: fee_bps,
            valid_until: self.valid_until(),
            expected_offer: offer.content_hash(),
            arbiter: protocol.arbiter,
            access_key: bytes(number),
            session_key,
        };
        let payer = if self.chance.is(80) { self.people.address(Role::Sponsor, number % 16) } else { renter };
        let keyed = Keyed { address: listed.address, account: offer };
        let open = OpenLease { payer, ..OpenLease::new(renter, &keyed, SPL_TOKEN, request) };
        let address = open.lease();
        let (vault, bump) = (address::vault(&address), Lease::address(&renter, nonce).1);
        let parties = LeaseParties { renter, payer, offer: listed.address, vault, bump };
        let mut lease = Lease::zeroed();
        lease.open(&request, &parties, &offer, &protocol, fee_bps, self.now).ok()?;
        let every = i64::from(duration) / self.chance.between(3, 8) as i64;
        let tended = Tended {
            renter: number,
            provider: listed.provider,
            co_signs: self.chance.is(650),
            regrets: self.chance.is(50),
            is_silent: self.chance.is(30),
            every: every.min(i64::from(offer.terms.heartbeat_timeout) / 2),
        };
        self.leases.insert(address, tended);
        let wait = self.chance.between(30, 3_600) as i64;
        self.later(wait, Task::Tend(address, lease.opened_slot));
        let mint = self.setting.mint(&offer.terms.mint);
        let vault = Purse { account: vault, owner: address, mint, holds: 0 };
        let told = LeaseOpened {
            lease: address,
            renter,
            payer,
            offer: listed.address,
            provider: lease.provider,
            arbiter: lease.arbiter,
            mint: mint.address,
            life: lease.life,
            offer_hash: lease.offer_hash,
            deposit,
            price: lease.terms.price,
            opened_slot: lease.opened_slot,
            start_deadline: lease.start_deadline,
            duration,
            gpus,
            fee_bps: fee_bps.into(),
        };
        Some(
            Making::by(payer)
                .call(instruction::open_lease(&open))
                .moving(&Purse::of(payer, mint), &vault, deposit)
                .telling(told),
        )
    }

    /// The next that happens to a lease. Whatever it is, it is looked at once more afterwards, and no more often than once.
    pub(super) fn tend(&mut self, book: &Draft<'_>, address: Address, opened_slot: u64) -> Option<Making> {
        let tended = *self.leases.get(&address)?;
        let account: Lease = book.find(&address)?;
        if account.opened_slot != opened_slot {
            return None;
        }
        let provider: Provider = book.find(&account.provider)?;
        let lease = LeaseContext::new(Keyed { address, account }, provider, SPL_TOKEN);
        match lease.state.into() {
            LeaseState::Pending if tended.regrets || self.now.time > lease.start_deadline => {
                Some(self.cancel(book, &lease))
            }
            LeaseState::Pending => {
                self.tend_later(HOUR, &lease);
                self.start(book, lease)
            }
            LeaseState::Active => self.go_on(book, &lease, tended),
            LeaseState::Disputed => self.decide(book, &lease),
            LeaseState::Resolved => {
                self.tend_later(HOUR, &lease);
                self.close(book, &lease, None)
            }
        }
    }

    fn cancel(&mut self, book: &Draft<'_>, lease: &LeaseContext) -> Making {
        let vault = self.vault(book, lease);
        let refund = vault.holds;
        let never_started = u64::from(self.now.time > lease.start_deadline);
        self.leases.remove(&lease.address);
        let told = LeaseCancelled { lease: lease.address, refund, never_started };
        Making::by(lease.renter)
            .call(instruction::cancel_lease(lease.renter, lease, self.valid_until()))
            .moving(&vault, &self.payer_purse(lease), refund)
            .telling(told)
    }

    /// Starts it, if its GPUs are free; another lease may have taken them.
    fn start(&mut self, book: &Draft<'_>, lease: LeaseContext) -> Option<Making> {
        let mut offer: Offer = book.find(&lease.offer)?;
        offer.start_lease(lease.gpus).ok()?;
        let mut after = lease.account;
        let blob = [bytes(self.made), bytes(self.made + 1)].concat();
        let access_blob_hash = sha256(&blob);
        let (lease, source) = self.source(book, lease, lease.terms.bond(lease.gpus).ok()?);
        let is_pooled = source.owner == lease.provider;
        let bond = after.start(access_blob_hash, is_pooled, self.now).ok()?;
        let told = LeaseStarted {
            lease: lease.address,
            access_blob_hash,
            bond,
            started_at: after.started_at,
            ends_at: after.ends_at,
            ledger: after.ledger,
        };
        Some(
            Making::by(lease.provider_key)
                .call(instruction::start_lease(&lease, &blob, self.valid_until()))
                .moving(&source, &self.vault(book, &lease), bond)
                .telling(told),
        )
    }

    /// Out of what a provider pays a bond: out of what it put aside, if that is enough.
    pub(super) fn source(&self, book: &Draft<'_>, lease: LeaseContext, bond: u64) -> (LeaseContext, Purse) {
        let mint = self.setting.mint(&lease.terms.mint);
        let bonds = self.bonds(book, lease.provider, mint);
        if bond > 0 && bonds.holds >= bond {
            let is_run = lease.provider_account.operator != Address::default();
            let lease = if is_run { lease.by_operator() } else { lease.with_pooled_bond() };
            (lease, bonds)
        } else {
            (lease, self.provider_purse(&lease))
        }
    }

    /// Closes it, if that can be done.
    pub(super) fn close(
        &mut self,
        book: &Draft<'_>,
        lease: &LeaseContext,
        agreed: Option<Agreed>,
    ) -> Option<Making> {
        let vault = self.vault(book, lease);
        let mut after = lease.account;
        let closing = after.close(vault.holds, agreed.as_ref(), self.now).ok()?;
        self.leases.remove(&lease.address);
        let Closing { payout, fees, bond, credit, refund, promised } = closing;
        let mint = vault.mint;
        let (provider, payer) = (self.provider_purse(lease), self.payer_purse(lease));
        let is_pooled = lease.bond_returns_to() == lease.bond_account;
        let bonds = if is_pooled { self.bonds(book, lease.provider, mint) } else { provider };
        let call = match agreed {
            Some(Agreed { units, credit, .. }) => {
                instruction::close_lease_together(lease, units, credit, self.valid_until())
            }
            None => instruction::close_lease(lease),
        };
        let told = LeaseClosed {
            lease: lease.address,
            accepted: after.meter.accepted,
            promised,
            payout,
            fees,
            bond,
            credit,
            refund,
            reason: u64::from(after.end_reason.0),
        };
        Some(
            Making::by(if agreed.is_some() { lease.renter } else { self.setting.stranger })
                .call(call)
                .moving(&vault, &provider, payout)
                .moving(&vault, &bonds, bond)
                .moving(&vault, &self.fee_vault(book, mint), fees)
                .moving(&vault, &payer, credit)
                .moving(&vault, &payer, refund)
                .telling(told),
        )
    }
}
