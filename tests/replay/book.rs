use crate::recorder::Transaction;
use gpu_lease::{
    events::*,
    math::gross_floor,
    state::{Claim, EndReason, Ledger, ProviderRecord, Terms},
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
    /// Decides disputes.
    arbiter: Address,
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
    /// When it ends; 0 before the start.
    pub ends_at: i64,
    /// End of the last attested window.
    pub window_end: i64,
    /// May co-sign for the renter, besides itself.
    pub session_key: Address,
    /// The figures of a dispute: the renter's and the provider's.
    pub disputed: (u64, u64),
    opened: LeaseOpened,
    /// When the GPUs that it has now began to count.
    segment_start: i64,
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
    /// Its wallet.
    pub authority: Address,
    /// May take it over; zero if nobody may.
    pub nominee: Address,
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
        for message in decode::attestations(&transaction.instructions, &[]) {
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
        entry.window_end = message.window_end.get();
        let units = message.gpu_seconds.get();
        let (_, _, latest) = entry.units();
        let by_renter = signed.is_signed_by(&entry.opened.renter);
        if by_renter || signed.is_signed_by(&entry.session_key) {
            self.seen.insert(if by_renter { "agreement" } else { "agreement by session key" });
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
            Event::ProtocolInitialized(ProtocolInitialized { arbiter, .. }) => self.arbiter = arbiter,
            // What they change is not kept here.
            Event::MintRegistered(_) | Event::ParticipantCreated(_) => {}
            // Played elsewhere.
            Event::TokensLocked(_)
            | Event::LockExtended(_)
            | Event::DelegateSet(_)
            | Event::TokensUnlocked(_)
            | Event::ProposalCreated(_)
            | Event::VoteCast(_)
            | Event::ProposalFinalized(_)
            | Event::ProposalCancelled(_)
            | Event::ProposalExecuted(_)
            | Event::FeeChanged(_)
            | Event::FeesWithdrawn(_)
            | Event::LeasesPaused(_)
            | Event::LeasesUnpaused(_) => unreachable!("no vote is in the replayed market"),
            Event::ProviderRegistered(ProviderRegistered { provider, authority, attestor }) => {
                let record = ProviderRecord::default();
                self.providers.insert(
                    provider,
                    ProviderEntry { attestor, record, authority, nominee: Address::default() },
                );
            }
            Event::ProviderUpdated(ProviderUpdated { provider, attestor }) => {
                self.provider(&provider).attestor = attestor;
            }
            Event::AuthorityAccepted(AuthorityAccepted { provider, authority }) => {
                let entry = self.provider(&provider);
                (entry.authority, entry.nominee) = (authority, Address::default());
            }
            Event::AuthorityNominated(AuthorityNominated { provider, nominee }) => {
                self.provider(&provider).nominee = nominee;
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
            Event::LeaseCancelled(LeaseCancelled { lease, refund, .. }) => {
                let LeaseEntry { opened, vault, .. } = self.leases.remove(&lease).expect("a lease");
                self.transfer(vault, token_account(&opened.payer, &opened.mint), refund);
                assert_eq!(self.balances.remove(&vault), Some(0), "an empty vault");
            }
            Event::LeaseStarted(LeaseStarted { lease, bond, started_at, ends_at, .. }) => {
                let entry = self.leases.get_mut(&lease).expect("a lease");
                (entry.window_end, entry.segment_start, entry.ends_at) = (started_at, started_at, ends_at);
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
            Event::LeaseExtended(LeaseExtended { lease, ends_at })
            | Event::LeaseTerminated(LeaseTerminated { lease, ends_at, .. }) => {
                self.leases.get_mut(&lease).expect("a lease").ends_at = ends_at;
            }
            Event::LeaseResized(LeaseResized { lease, gpus, effective_at, bond }) => {
                let gpus = u32::try_from(gpus).expect("a count of GPUs");
                let entry = self.leases.get_mut(&lease).expect("a lease");
                let more = gpus.saturating_sub(entry.gpus);
                entry.gpus += more;
                // No window may end before the segment that is remembered.
                entry.window_end = entry.window_end.max(entry.segment_start);
                entry.segment_start = effective_at;
                entry.ledger.bond += bond;
                let (opened, vault) = (entry.opened, entry.vault);
                self.offers.get_mut(&opened.offer).expect("an offer").free -= more;
                self.transfer(self.wallet_of(&opened), vault, bond);
            }
            Event::GpusReleased(GpusReleased { lease, gpus, bond }) => {
                let gpus = u32::try_from(gpus).expect("a count of GPUs");
                let entry = self.leases.get_mut(&lease).expect("a lease");
                entry.gpus -= gpus;
                entry.ledger.bond -= bond;
                let (opened, vault) = (entry.opened, entry.vault);
                self.offers.get_mut(&opened.offer).expect("an offer").free += gpus;
                self.transfer(vault, self.wallet_of(&opened), bond);
            }
            Event::SessionKeySet(SessionKeySet { lease, session_key }) => {
                self.leases.get_mut(&lease).expect("a lease").session_key = session_key;
            }
            Event::LeaseExpired(LeaseExpired { lease, ends_at, reason }) => {
                let entry = self.leases.get_mut(&lease).expect("a lease");
                entry.ends_at = ends_at;
                let opened = entry.opened;
                let abandoned = reason == EndReason::Abandoned as u64;
                self.provider(&opened.provider).record.leases_abandoned += u32::from(abandoned);
                self.seen.insert(if abandoned { "abandoned" } else { "exhausted" });
            }
            Event::LeaseDisputed(LeaseDisputed {
                lease,
                funder,
                renter_units,
                provider_units,
                stake,
                ..
            }) => {
                let entry = self.leases.get_mut(&lease).expect("a lease");
                entry.accepted = renter_units;
                entry.disputed = (renter_units, provider_units);
                entry.claims.clear();
                entry.ledger.stake = stake;
                entry.ends_at = entry.ends_at.min(entry.window_end);
                let (opened, vault) = (entry.opened, entry.vault);
                self.provider(&opened.provider).record.leases_disputed += 1;
                self.transfer(token_account(&funder, &opened.mint), vault, stake);
            }
            Event::DisputeResolved(resolved) => self.resolved(resolved),
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
            ends_at: 0,
            window_end: 0,
            segment_start: 0,
            session_key: Address::default(),
            disputed: (0, 0),
            accepted: 0,
            claims: VecDeque::new(),
        };
        assert_eq!(entry.terms.price, opened.price);
        self.leases.insert(opened.lease, entry);
        self.transfer(token_account(&opened.payer, &opened.mint), vault, opened.deposit);
    }

    fn resolved(&mut self, resolved: DisputeResolved) {
        let DisputeResolved { lease, units, from_renter, from_provider, by_arbiter } = resolved;
        let entry = self.leases.get_mut(&lease).expect("a lease");
        entry.accepted = units;
        entry.ledger.stake -= from_renter;
        entry.ledger.bond -= from_provider;
        let (opened, vault, (renters, providers)) = (entry.opened, entry.vault, entry.disputed);
        let is_lost = by_arbiter == 1 && units - renters < providers - units;
        self.provider(&opened.provider).record.disputes_lost += u32::from(is_lost);
        let arbiter = token_account(&self.arbiter, &opened.mint);
        self.transfer(vault, arbiter, from_renter + from_provider);
        self.seen.insert(match (by_arbiter, is_lost) {
            (1, true) => "decision against the provider",
            (1, false) => "decision",
            _ => "timeout",
        });
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
        self.transfer(vault, self.wallet_of(&opened), payout);
    }

    fn closed(&mut self, closed: LeaseClosed, now: i64) {
        let LeaseClosed { lease, accepted, promised, payout, fees, bond, credit, refund, reason } = closed;
        let mut entry = self.leases.remove(&lease).expect("a lease");
        entry.mature(now);
        // Both can also sign after an end that was agreed or announced before: then it keeps its reason.
        if reason == EndReason::Mutual as u64 || accepted != entry.accepted {
            self.seen.insert("close by both");
            (_, _, entry.accepted) = entry.units();
        }
        let LeaseEntry { ledger, opened, vault, .. } = entry;
        assert_eq!(entry.accepted, accepted);
        // Everything that was accepted is released now, as far as the deposit goes.
        let released = ledger.released + payout + (fees - ledger.fees);
        let due = gross_floor(accepted, opened.price).min(u128::from(ledger.deposited));
        assert_eq!(u128::from(released), due);
        assert_eq!(bond + credit, ledger.bond);
        self.seen.insert(if credit > 0 { "close with a credit" } else { "close without a credit" });

        self.offers.get_mut(&opened.offer).expect("an offer").free += entry.gpus;
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

    /// The token account of a lease's provider.
    fn wallet_of(&self, opened: &LeaseOpened) -> Address {
        token_account(&self.providers[&opened.provider].authority, &opened.mint)
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
