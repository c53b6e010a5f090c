use crate::recorder::Transaction;
use gpu_lease::{
    events::*,
    math::gross_floor,
    state::{Claim, Ledger, ProviderRecord, Terms},
};
use gpu_lease_client::{
    address::{self, SPL_TOKEN},
    attestation::SignedMessage,
    decode::{self, Event},
};
use solana_address::Address;
use solana_instruction::Instruction;
use spl_token_interface::instruction::TokenInstruction;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What transactions say, and nothing else.
#[derive(Default)]
pub struct Book {
    /// Leases that exist.
    pub leases: BTreeMap<Address, LeaseEntry>,
    /// Base units in each token account that was touched.
    pub balances: BTreeMap<Address, i128>,
    /// Offers that exist.
    pub offers: BTreeMap<Address, OfferEntry>,
    /// Providers.
    pub providers: BTreeMap<Address, ProviderEntry>,
    /// Kinds of what happened.
    pub seen: BTreeSet<&'static str>,
}

/// A lease.
pub struct LeaseEntry {
    /// Its money.
    pub ledger: Ledger,
    /// Its terms.
    pub terms: Terms,
    /// Its GPUs.
    pub gpus: u32,
    /// Its vault.
    pub vault: Address,
    opened: LeaseOpened,
    accepted: u64,
    /// Claims in their challenge windows: the one that matures, and the newest.
    claims: VecDeque<Claim>,
}

/// An offer.
pub struct OfferEntry {
    /// GPUs offered.
    pub gpus: u32,
    /// Those that no started lease holds.
    pub free: u32,
    terms: Terms,
}

/// A provider.
pub struct ProviderEntry {
    /// Signs its usage.
    pub attestor: Address,
    /// Its record.
    pub record: ProviderRecord,
    authority: Address,
}

impl LeaseEntry {
    /// Accepted units, those of the claim that matures and those of the newest.
    pub fn units(&self) -> (u64, u64, u64) {
        let units = |claim: Option<&Claim>| claim.map_or(self.accepted, |claim| claim.units);
        (self.accepted, units(self.claims.front()), units(self.claims.back()))
    }

    fn mature(&mut self, now: i64) {
        let window = i64::from(self.terms.challenge_window);
        while let Some(claim) = self.claims.front().filter(|claim| now >= claim.submitted_at + window) {
            self.accepted = claim.units;
            self.claims.pop_front();
        }
    }
}

impl Book {
    /// Takes a transaction in.
    pub fn read(&mut self, transaction: &Transaction) {
        for message in decode::attestations(&transaction.instructions) {
            self.attested(&message, transaction.time);
        }
        for instruction in transaction.instructions.iter().filter(|i| i.program_id == SPL_TOKEN) {
            self.token(instruction);
        }
        for event in decode::events(&transaction.logs) {
            self.seen.insert(event.name());
            self.happened(event, transaction.time);
        }
    }

    /// Money that came from outside, or that somebody sent to a vault.
    fn token(&mut self, instruction: &Instruction) {
        let account = |index: usize| instruction.accounts[index].pubkey;
        match TokenInstruction::unpack(&instruction.data).expect("a token instruction") {
            TokenInstruction::MintTo { amount } => self.add(account(1), amount),
            TokenInstruction::Transfer { amount } => {
                self.seen.insert("gift to a vault");
                self.transfer(account(0), account(1), amount);
            }
            _ => {}
        }
    }

    fn attested(&mut self, signed: &SignedMessage, now: i64) {
        let message = signed.message();
        let entry = self.leases.get_mut(&message.lease).expect("a lease");
        entry.mature(now);
        let units = message.gpu_seconds.get();
        let (_, _, latest) = entry.units();
        if signed.is_signed_by(&entry.opened.renter) {
            self.seen.insert("agreement");
            entry.accepted = units;
            entry.claims.clear();
        } else if units > latest {
            let behind = !entry.claims.is_empty();
            self.seen.insert(if behind { "claim behind another" } else { "claim" });
            entry.claims.truncate(1);
            entry.claims.push_back(Claim { units, submitted_at: now });
        }
    }

    fn happened(&mut self, event: Event, now: i64) {
        match event {
            Event::ProtocolInitialized(_) | Event::MintRegistered(_) => {}
            Event::ProviderRegistered(ProviderRegistered { provider, authority, attestor }) => {
                let record = ProviderRecord::default();
                self.providers.insert(provider, ProviderEntry { attestor, record, authority });
            }
            Event::ProviderUpdated(ProviderUpdated { provider, attestor }) => {
                self.provider(&provider).attestor = attestor;
            }
            Event::OfferCreated(OfferCreated { offer, gpus, terms, .. }) => {
                let gpus = u32::try_from(gpus).expect("a count of GPUs");
                self.offers.insert(offer, OfferEntry { gpus, free: gpus, terms });
            }
            Event::OfferUpdated(OfferUpdated { offer, gpus, terms, .. }) => {
                let entry = self.offers.get_mut(&offer).expect("an offer");
                let gpus = u32::try_from(gpus).expect("a count of GPUs");
                *entry = OfferEntry { gpus, free: gpus - (entry.gpus - entry.free), terms };
            }
            Event::OfferClosed(OfferClosed { offer }) => {
                self.offers.remove(&offer);
            }
            Event::LeaseOpened(opened) => self.opened(opened),
            Event::LeaseCancelled(LeaseCancelled { lease, refund }) => {
                let LeaseEntry { opened, vault, .. } = self.leases.remove(&lease).expect("a lease");
                self.transfer(vault, token_account(&opened.payer, &opened.mint), refund);
                assert_eq!(self.balances.remove(&vault), Some(0), "an empty vault");
            }
            Event::LeaseStarted(LeaseStarted { lease, bond, .. }) => {
                let entry = self.leases.get_mut(&lease).expect("a lease");
                entry.ledger.bond = bond;
                let (opened, vault) = (entry.opened, entry.vault);
                self.offers.get_mut(&opened.offer).expect("an offer").free -= opened.gpus;
                let provider = self.provider(&opened.provider);
                provider.record.leases_started += 1;
                let payer = token_account(&provider.authority, &opened.mint);
                self.transfer(payer, vault, bond);
            }
            Event::LeaseToppedUp(LeaseToppedUp { lease, funder, amount, deposited }) => {
                let entry = self.leases.get_mut(&lease).expect("a lease");
                entry.ledger.deposited += amount;
                assert_eq!(entry.ledger.deposited, deposited);
                let (vault, mint) = (entry.vault, entry.opened.mint);
                self.transfer(token_account(&funder, &mint), vault, amount);
            }
            Event::LeaseSettled(settled) => self.settled(settled, now),
            Event::LeaseClosed(closed) => self.closed(closed, now),
        }
    }

    fn opened(&mut self, opened: LeaseOpened) {
        let vault = address::vault(&opened.lease);
        let entry = LeaseEntry {
            ledger: Ledger { deposited: opened.deposit, ..Ledger::default() },
            terms: self.offers[&opened.offer].terms,
            gpus: opened.gpus,
            vault,
            opened,
            accepted: 0,
            claims: VecDeque::new(),
        };
        assert_eq!(entry.terms.price, opened.price);
        self.leases.insert(opened.lease, entry);
        self.transfer(token_account(&opened.payer, &opened.mint), vault, opened.deposit);
    }

    fn settled(&mut self, settled: LeaseSettled, now: i64) {
        let LeaseSettled { lease, accepted, released, payout, fee } = settled;
        let entry = self.leases.get_mut(&lease).expect("a lease");
        entry.mature(now);
        assert_eq!(entry.accepted, accepted);
        assert_eq!(entry.ledger.released + payout + fee, released);
        entry.ledger.released = released;
        entry.ledger.fees += fee;
        let (opened, vault) = (entry.opened, entry.vault);
        let payee = token_account(&self.provider(&opened.provider).authority, &opened.mint);
        self.transfer(vault, payee, payout);
    }

    fn closed(&mut self, closed: LeaseClosed, now: i64) {
        let LeaseClosed { lease, accepted, promised, payout, fees, bond, credit, refund } = closed;
        let mut entry = self.leases.remove(&lease).expect("a lease");
        entry.mature(now);
        let LeaseEntry { ledger, opened, vault, .. } = entry;
        assert_eq!(entry.accepted, accepted);
        // Everything that was accepted is released now, as far as the deposit goes.
        let released = ledger.released + payout + (fees - ledger.fees);
        let due = gross_floor(accepted, opened.price).min(u128::from(ledger.deposited));
        assert_eq!(u128::from(released), due);
        assert_eq!(bond + credit, ledger.bond);
        self.seen.insert(if credit > 0 { "close with a credit" } else { "close without a credit" });

        self.offers.get_mut(&opened.offer).expect("an offer").free += opened.gpus;
        let provider = self.provider(&opened.provider);
        provider.record.leases_completed += 1;
        provider.record.units_delivered += accepted;
        provider.record.units_promised += promised;
        let payee = token_account(&provider.authority, &opened.mint);
        self.transfer(vault, payee, payout + bond);
        self.transfer(vault, address::fee_vault(&opened.mint), fees);
        self.transfer(vault, token_account(&opened.payer, &opened.mint), refund);
        assert_eq!(self.balances.remove(&vault), Some(0), "an empty vault");
    }

    fn provider(&mut self, address: &Address) -> &mut ProviderEntry {
        self.providers.get_mut(address).expect("a provider")
    }

    fn transfer(&mut self, from: Address, to: Address, amount: u64) {
        *self.balances.entry(from).or_default() -= i128::from(amount);
        self.add(to, amount);
    }

    fn add(&mut self, to: Address, amount: u64) {
        *self.balances.entry(to).or_default() += i128::from(amount);
    }
}

fn token_account(wallet: &Address, mint: &Address) -> Address {
    address::associated_token(wallet, mint, &SPL_TOKEN)
}
