//! Providers and their offers.

use gpu_lease_client::account::{Keyed, MintRef, ProviderRef};
use gpu_lease_client::address::{self, SPL_TOKEN};
use gpu_lease_client::events::{
    AuthorityAccepted, AuthorityNominated, BondWithdrawn, OfferClosed, OfferCreated, OfferUpdated,
    ProviderRegistered, ProviderUpdated,
};
use gpu_lease_client::instruction;
use gpu_lease_client::state::{HotKeys, Offer, Provider, Terms};
use gpu_lease_indexer::book::Draft;
use solana_address::Address;

use super::making::{Making, Purse};
use super::{LISTING, Market, SPAN, Task};
use crate::market::listing::Sample;
use crate::people::Role;

/// A provider of this market.
pub struct Registered {
    pub address: Address,
    /// Which key signs its usage.
    pub attestor: u64,
    /// Offers that it is going to list.
    plans: u64,
    listed: u64,
}

/// An offer of this market.
#[derive(Clone, Copy)]
pub struct Listed {
    pub address: Address,
    /// Number of its provider.
    pub provider: usize,
}

impl Market {
    fn keys(&mut self, attestor: u64) -> HotKeys {
        let operator = match self.chance.below(3) {
            0 => Address::default(),
            _ => self.people.address(Role::Operator, attestor),
        };
        HotKeys { attestor: self.people.address(Role::Attestor, attestor), operator }
    }

    pub(super) fn list(&mut self, book: &Draft<'_>) -> Option<Making> {
        if self.offers.len() as u64 >= self.size.offers {
            return None;
        }
        let wait = self.every(LISTING, self.size.offers + self.size.offers / 12);
        self.later(wait, Task::List);
        let number = self.providers.len().wrapping_sub(1);
        match self.providers.last_mut() {
            Some(provider) if provider.listed < provider.plans => {
                let id = provider.listed;
                provider.listed += 1;
                let address = provider.address;
                self.list_one(book, number, address, id)
            }
            _ => Some(self.register()),
        }
    }

    fn register(&mut self) -> Making {
        let number = self.providers.len() as u64;
        let authority = self.people.address(Role::Provider, number);
        let attestor = number << 16;
        let keys = self.keys(attestor);
        let provider = address::provider(&authority);
        // Many are small, and few are large.
        let plans = 1 + self.chance.popular(48);
        self.providers.push(Registered { address: provider, attestor, plans, listed: 0 });
        let HotKeys { attestor, operator } = keys;
        Making::by(authority)
            .call(instruction::register_provider(authority, keys))
            .telling(ProviderRegistered { provider, authority, attestor, operator })
    }

    fn list_one(&mut self, book: &Draft<'_>, number: usize, provider: Address, id: u64) -> Option<Making> {
        let authority = book.find::<Provider>(&provider)?.authority;
        let mint = self.setting.mints[self.chance.popular(3) as usize];
        let Sample { gpus, terms, listing } = Sample::new(&mut self.chance, mint);
        let by = ProviderRef { address: provider, authority };
        let offer = address::offer(&provider, id);
        self.offers.push(Listed { address: offer, provider: number });
        let told = OfferCreated { offer, provider, id, gpus: gpus.into(), terms };
        Some(
            Making::by(authority).call(instruction::create_offer(by, id, gpus, terms, listing)).telling(told),
        )
    }

    /// One of the things that providers do now and then, if it can be done.
    pub(super) fn trade(&mut self, book: &Draft<'_>) -> Option<Making> {
        let wait = self.every(SPAN, self.size.transactions / 16);
        self.later(wait, Task::Trade);
        let number = self.chance.below(self.providers.len().max(1) as u64) as usize;
        let address = self.providers.get(number)?.address;
        let provider: Provider = book.find(&address)?;
        match self.chance.below(100) {
            0..=2 => Some(self.change_keys(number, &provider)),
            3 => Some(self.nominate(number, &provider)),
            4 => self.accept(number, &provider),
            5..=9 => self.pay_in_bond(number),
            10..=11 => self.withdraw_bond(book, number, &provider),
            _ => self.revise(book),
        }
    }

    fn revise(&mut self, book: &Draft<'_>) -> Option<Making> {
        let index = self.chance.popular(self.offers.len() as u64) as usize;
        let Listed { address, provider } = *self.offers.get(index)?;
        let mut offer: Offer = book.find(&address)?;
        let authority = book.find::<Provider>(&self.providers[provider].address)?.authority;
        let by = ProviderRef { address: offer.provider, authority };
        if offer.leases == 0 && self.chance.is(15) {
            let call = instruction::close_offer(by, address);
            let told = OfferClosed { offer: address };
            return Some(Making::by(authority).call(call).telling(told));
        }
        let before = Keyed { address, account: offer };
        let price = offer.terms.price * self.chance.between(900, 1_100) / 1_000;
        let terms = Terms { price: price.max(1), ..offer.terms };
        let more = if self.chance.is(100) { self.chance.below(8) as u32 } else { 0 };
        let is_open = if offer.is_open == 1 { !self.chance.is(60) } else { self.chance.is(700) };
        let gpus = offer.gpus + more;
        offer.update(offer.revision, gpus, is_open, terms, offer.listing).ok()?;
        let until = self.valid_until();
        let call = instruction::update_offer(by, &before, gpus, is_open, terms, offer.listing, until);
        let told = OfferUpdated { offer: address, gpus: gpus.into(), is_open: is_open.into(), terms };
        Some(Making::by(authority).call(call).telling(told))
    }

    fn change_keys(&mut self, number: usize, provider: &Provider) -> Making {
        let next = self.providers[number].attestor + 1;
        self.providers[number].attestor = next;
        let keys = self.keys(next);
        let by = ProviderRef { address: self.providers[number].address, authority: provider.authority };
        let HotKeys { attestor, operator } = keys;
        Making::by(by.authority)
            .call(instruction::update_provider(by, provider.keys(), keys, self.valid_until()))
            .telling(ProviderUpdated { provider: by.address, attestor, operator })
    }

    fn nominate(&mut self, number: usize, provider: &Provider) -> Making {
        let by = ProviderRef { address: self.providers[number].address, authority: provider.authority };
        let nominee = self.people.address(Role::Provider, self.chance.any() | 1 << 63);
        let call =
            instruction::nominate_authority(by, provider.pending_authority, nominee, self.valid_until());
        let told = AuthorityNominated { provider: by.address, nominee };
        Making::by(by.authority).call(call).telling(told)
    }

    fn accept(&mut self, number: usize, provider: &Provider) -> Option<Making> {
        let authority = provider.pending_authority;
        if authority == Address::default() {
            return None;
        }
        let next = self.providers[number].attestor + 1;
        self.providers[number].attestor = next;
        let (address, keys) = (self.providers[number].address, self.keys(next));
        let HotKeys { attestor, operator } = keys;
        let told = AuthorityAccepted { provider: address, authority, attestor, operator };
        Some(
            Making::by(authority)
                .call(instruction::accept_authority(authority, address, keys, self.valid_until()))
                .telling(told),
        )
    }

    /// A provider puts money aside for bonds. No such transaction names the program: it is seen when one does that names the
    /// account.
    fn pay_in_bond(&mut self, number: usize) -> Option<Making> {
        let mint = *self.chance.one(&self.setting.mints);
        let account = address::bond_account(&self.providers[number].address, &mint.address, &SPL_TOKEN);
        *self.unseen.entry(account).or_default() += self.chance.between(1, 5_000) * 1_000_000;
        None
    }

    fn withdraw_bond(&mut self, book: &Draft<'_>, number: usize, provider: &Provider) -> Option<Making> {
        let mint = *self.chance.one(&self.setting.mints);
        let by = ProviderRef { address: self.providers[number].address, authority: provider.authority };
        let bonds = self.bonds(book, by.address, mint);
        if bonds.holds == 0 {
            return None;
        }
        let amount = self.chance.between(1, bonds.holds);
        let wallet = Purse::of(by.authority, mint);
        let mint_ref = MintRef { mint: mint.address, token_program: SPL_TOKEN };
        let told = BondWithdrawn { provider: by.address, mint: mint.address, amount };
        Some(
            Making::by(by.authority)
                .call(instruction::withdraw_bond(by, &mint_ref, wallet.account, amount, self.valid_until()))
                .moving(&bonds, &wallet, amount)
                .telling(told),
        )
    }
}
