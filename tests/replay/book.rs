use crate::recorder::Transaction;
use anchor_lang::hash::sha256;
use bytemuck::Zeroable;
use gpu_lease::{attestation::Attestation, state::*};
use gpu_lease_client::{
    address::SPL_TOKEN,
    attestation::SignedMessage,
    decode::{self, Args, DecodedInstruction, Event},
};
use solana_address::Address;
use solana_instruction::Instruction;
use spl_token_interface::instruction::TokenInstruction;
use std::collections::{BTreeMap, BTreeSet};

/// What transactions say, and nothing else: their instructions, what those called, and when.
///
/// Balances are the sums of the token program's transfers. Which transfer is what follows from a replay of the lease's
/// own rules over its instructions; each instruction's transfers must be those that the rules ask for, in their
/// order. Logs add nothing: where a log is whole, its events say the same.
#[derive(Default)]
pub struct Book {
    /// Leases that exist.
    pub leases: BTreeMap<Address, Lease>,
    /// Base units in each token account that was touched.
    pub balances: BTreeMap<Address, i128>,
    /// Offers that exist.
    pub offers: BTreeMap<Address, Offer>,
    /// Providers.
    pub providers: BTreeMap<Address, Provider>,
    /// Kinds of what happened.
    pub seen: BTreeSet<&'static str>,
    /// Instructions about money whose events were cut off.
    pub cut_off: usize,
    /// How the protocol began.
    protocol: Option<(Protocol, u16)>,
}

impl Book {
    /// Takes a transaction in.
    pub fn read(&mut self, transaction: &Transaction) {
        let mut statements = decode::attestations(&transaction.instructions, &transaction.inner).into_iter();
        let mut ledgers = Vec::new();
        for (instruction, inner) in transaction.instructions.iter().zip(&transaction.inner) {
            // A vault that is empty is closed when its lease is: its balance is asked for before.
            let due = match decode::instruction(instruction).expect("an instruction of the program") {
                Some(call) => self.replay(&call, transaction.moment, &mut statements, &mut ledgers),
                None => {
                    if instruction.program_id == SPL_TOKEN && self.token(instruction).is_some() {
                        self.seen.insert("gift to a vault");
                    }
                    continue;
                }
            };
            let paid: Vec<u64> = inner
                .iter()
                .filter(|call| call.program_id == SPL_TOKEN)
                .filter_map(|call| self.token(call))
                .collect();
            let due: Vec<u64> = due.into_iter().filter(|amount| *amount > 0).collect();
            assert_eq!(paid, due, "the transfers are those that the rules ask for");
        }
        self.balances.retain(|_, amount| *amount != 0);
        let events = decode::events(&transaction.logs);
        if decode::is_truncated(&transaction.logs) || transaction.logs.is_empty() {
            self.cut_off += ledgers.len().saturating_sub(events.iter().filter_map(ledger_of).count());
        } else {
            assert_eq!(
                events.iter().filter_map(ledger_of).collect::<Vec<_>>(),
                ledgers,
                "a whole log says the same"
            );
        }
    }

    /// Takes a token instruction in; what it transfers.
    fn token(&mut self, instruction: &Instruction) -> Option<u64> {
        let account = |index: usize| instruction.accounts[index].pubkey;
        let (from, to, amount) = match TokenInstruction::unpack(&instruction.data).ok()? {
            TokenInstruction::MintTo { amount } => {
                *self.balances.entry(account(1)).or_default() += i128::from(amount);
                return None;
            }
            TokenInstruction::Transfer { amount } => (account(0), account(1), amount),
            TokenInstruction::TransferChecked { amount, .. } => (account(0), account(2), amount),
            _ => return None,
        };
        *self.balances.entry(from).or_default() -= i128::from(amount);
        *self.balances.entry(to).or_default() += i128::from(amount);
        Some(amount)
    }

    /// Plays an instruction by the rules; the transfers that it has to make, in their order.
    fn replay(
        &mut self,
        call: &DecodedInstruction,
        now: Moment,
        statements: &mut impl Iterator<Item = SignedMessage>,
        ledgers: &mut Vec<Ledger>,
    ) -> Vec<u64> {
        self.seen.insert(call.name);
        let account = |name: &str| call.account(name).unwrap_or_else(|| panic!("{} has {name}", call.name));
        let lease_address = call.account("lease").unwrap_or_default();
        if let Args::OpenLease { request } = &call.args {
            let lease = self.open(call, request, now);
            self.leases.insert(lease_address, lease);
            return vec![request.deposit];
        }
        let Some(lease) = self.leases.get_mut(&lease_address) else {
            self.of_market(call);
            return Vec::new();
        };
        let offer = self.offers.get_mut(&lease.offer).expect("an offer with a lease");
        let provider = self.providers.get_mut(&lease.provider).expect("a provider with a lease");
        let vault =
            u64::try_from(self.balances.get(&lease.vault).copied().unwrap_or(0)).expect("no vault owes");
        let due = match &call.args {
            Args::CancelLease { .. } => {
                self.leases.remove(&lease_address);
                return vec![vault];
            }
            Args::StartLease { access_blob, .. } => {
                let bond = lease.start(sha256(access_blob), now).expect("it was taken");
                offer.start_lease(lease.gpus).expect("it was taken");
                provider.record.lease_started();
                vec![bond]
            }
            Args::TopUp { amount, min_ends_at, .. } => {
                lease.deposit(*amount, *min_ends_at, now).expect("it was taken");
                vec![*amount]
            }
            Args::ExtendLease { gpus, duration, .. } => {
                lease.extend(*gpus, *duration, now).expect("it was taken");
                return Vec::new();
            }
            Args::ResizeLease { change, .. } => {
                let (more, bond) = lease.resize(change, now.time).expect("it was taken");
                if more > 0 {
                    offer.reserve(more).expect("it was taken");
                }
                vec![bond]
            }
            Args::ReleaseGpus {} => {
                offer.release(lease.release_gpus(now.time).expect("it was taken")).expect("it was taken");
                return Vec::new();
            }
            Args::TerminateLease { max_ends_at, .. } => {
                lease
                    .terminate(&account("party"), &provider.authority, *max_ends_at, now)
                    .expect("it was taken");
                return Vec::new();
            }
            Args::ExpireLease { window_end, .. } => {
                let is_by_renter = lease.is_of_renter(&account("caller"));
                let reason = lease.expire(*window_end, is_by_renter, now).expect("it was taken");
                if reason == EndReason::Abandoned {
                    provider.record.lease_abandoned();
                    self.seen.insert("abandoned");
                } else {
                    self.seen.insert("exhausted");
                }
                return Vec::new();
            }
            Args::SetSessionKey { session_key, .. } => {
                lease.session_key = *session_key;
                return Vec::new();
            }
            Args::Attest {} => {
                let signed = statements.next().expect("a statement in front");
                let message: &Attestation = signed.message();
                assert_eq!(message.lease, lease_address);
                let co_signed = signed.signers().any(|signer| lease.is_of_renter(signer));
                lease.attest(message, co_signed, now).expect("it was taken");
                self.seen.insert(if co_signed { "agreement" } else { "claim" });
                return Vec::new();
            }
            Args::DisputeLease { units, max_stake, .. } => {
                let stake = lease.dispute(*units, *max_stake, now).expect("it was taken");
                provider.record.lease_disputed();
                vec![stake]
            }
            Args::ResolveDispute { renter_units, provider_units, units, .. } => {
                let ArbiterFee { from_renter, from_provider } =
                    lease.resolve((*renter_units, *provider_units), *units, now).expect("it was taken");
                if lease.dispute.favours_renter(*units) {
                    provider.record.dispute_lost();
                    self.seen.insert("decision against the provider");
                }
                vec![from_renter + from_provider]
            }
            Args::ResolveByTimeout {} => {
                lease.resolve_by_timeout(now).expect("it was taken");
                Vec::new()
            }
            Args::Settle {} => vec![lease.settle(now).expect("it was taken").payout],
            Args::CountFees {} => {
                lease.count_fees().expect("it was taken");
                Vec::new()
            }
            Args::CloseLease { agreed } => {
                let closing = lease.finish(vault, agreed.as_ref(), now).expect("it was taken");
                let Closing { payout, fees, bond, credit, refund, promised } = closing;
                self.seen.insert(if agreed.is_some() { "close by both" } else { "close" });
                self.seen.insert(if credit > 0 { "close with a credit" } else { "close without a credit" });
                offer.close_lease(lease.gpus).expect("it was taken");
                // The only mint of the market is the one that counts.
                provider.record.lease_completed(lease.meter.accepted, promised, fees);
                self.leases.remove(&lease_address);
                return vec![payout, bond, fees, credit, refund];
            }
            other => panic!("{other:?} is about no lease"),
        };
        ledgers.push(lease.ledger);
        due
    }

    fn open(&self, call: &DecodedInstruction, request: &LeaseRequest, now: Moment) -> Lease {
        let account = |name: &str| call.account(name).expect("an account of open_lease");
        let (protocol, fee_bps) = self.protocol.as_ref().expect("a protocol");
        let parties = LeaseParties {
            renter: account("renter"),
            payer: account("payer"),
            offer: account("offer"),
            vault: account("vault"),
            bump: Lease::address(&account("renter"), request.nonce).1,
        };
        Lease::open(request, parties, &self.offers[&account("offer")], protocol, *fee_bps, now)
            .expect("it was taken")
    }

    /// Plays what is about no lease and moves no money.
    fn of_market(&mut self, call: &DecodedInstruction) {
        let account = |name: &str| call.account(name).unwrap_or_else(|| panic!("{} has {name}", call.name));
        match &call.args {
            Args::Initialize { config } => {
                let protocol = Protocol {
                    domain: Protocol::domain(&config.genesis_hash),
                    arbiter: config.arbiter,
                    unit_mint: config.unit_mint,
                    ..Protocol::zeroed()
                };
                self.protocol = Some((protocol, config.fee_bps));
            }
            Args::RegisterProvider { attestor } => {
                let (authority, attestor) = (account("authority"), *attestor);
                let entry = Provider { authority, attestor, ..Provider::zeroed() };
                self.providers.insert(account("provider"), entry);
            }
            Args::UpdateProvider { replaced, attestor, .. } => {
                self.provider(account("provider")).update(replaced, *attestor).expect("it was taken");
            }
            Args::NominateAuthority { replaced, nominee, .. } => {
                self.provider(account("provider")).nominate(replaced, *nominee).expect("it was taken");
            }
            Args::AcceptAuthority { attestor, .. } => {
                self.provider(account("provider"))
                    .accept(&account("nominee"), *attestor)
                    .expect("it was taken");
            }
            Args::CreateOffer { id, gpus, terms, listing } => {
                let entry = Offer {
                    provider: account("provider"),
                    id: *id,
                    terms: *terms,
                    listing: *listing,
                    gpus: *gpus,
                    gpus_free: *gpus,
                    is_open: 1,
                    ..Offer::zeroed()
                };
                self.offers.insert(account("offer"), entry);
            }
            Args::UpdateOffer { revision, gpus, is_open, terms, listing, .. } => {
                let offer = self.offers.get_mut(&account("offer")).expect("an offer");
                offer.update(*revision, *gpus, *is_open, *terms, *listing).expect("it was taken");
            }
            Args::CloseOffer {} => {
                self.offers.remove(&account("offer"));
            }
            Args::RegisterMint {} | Args::CreateParticipant {} => {}
            other => panic!("{other:?} is not in the replayed market"),
        }
    }

    fn provider(&mut self, address: Address) -> &mut Provider {
        self.providers.get_mut(&address).expect("a provider")
    }
}

/// The ledger that an event about money carries.
fn ledger_of(event: &Event) -> Option<Ledger> {
    match event {
        Event::LeaseStarted(event) => Some(event.ledger),
        Event::LeaseToppedUp(event) => Some(event.ledger),
        Event::LeaseResized(event) => Some(event.ledger),
        Event::LeaseDisputed(event) => Some(event.ledger),
        Event::DisputeResolved(event) => Some(event.ledger),
        Event::LeaseSettled(event) => Some(event.ledger),
        Event::FeesCounted(event) => Some(event.ledger),
        _ => None,
    }
}
