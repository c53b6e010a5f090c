use crate::recorder::Transaction;
use anchor_lang::hash::sha256;
use bytemuck::Zeroable;
use gpu_lease::{
    attestation::{Attestation, BatchRow, Usage},
    events::BatchAttested,
    state::*,
};
use gpu_lease_client::{
    address::{self, SPL_TOKEN},
    attestation::{SignedAttestation, SignedBatch},
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
        let mut signed = Signed {
            statements: decode::attestations(&transaction.instructions, &transaction.inner).into_iter(),
            batches: decode::batches(&transaction.instructions, &transaction.inner).into_iter(),
        };
        let mut expected = Expected::default();
        for (instruction, inner) in transaction.instructions.iter().zip(&transaction.inner) {
            // A vault that is empty is closed when its lease is: its balance is asked for before.
            let due = match decode::instruction(instruction).expect("an instruction of the program") {
                Some(call) => self.replay(&call, transaction.moment, &mut signed, &mut expected),
                None => {
                    if instruction.program_id == SPL_TOKEN && self.token(instruction).is_some() {
                        let has_vault =
                            |lease: &Lease| instruction.accounts.iter().any(|it| it.pubkey == lease.vault);
                        let is_gift = self.leases.values().any(has_vault);
                        self.seen.insert(if is_gift { "gift to a vault" } else { "payment of a bond" });
                    }
                    continue;
                }
            };
            let paid: Vec<u64> = inner
                .iter()
                .filter(|call| call.program_id == SPL_TOKEN)
                .flat_map(calls)
                .filter_map(|call| self.token(&call))
                .collect();
            let due: Vec<u64> = due.into_iter().filter(|amount| *amount > 0).collect();
            assert_eq!(paid, due, "the transfers are those that the rules ask for");
        }
        self.balances.retain(|_, amount| *amount != 0);
        let events = decode::events(&transaction.logs);
        if decode::is_truncated(&transaction.logs) || transaction.logs.is_empty() {
            self.cut_off +=
                expected.ledgers.len().saturating_sub(events.iter().filter_map(ledger_of).count());
        } else {
            let ledgers = events.iter().filter_map(ledger_of).collect();
            let batches = events.iter().filter_map(batch_of).collect();
            assert_eq!(Expected { ledgers, batches }, expected, "a whole log says the same");
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
        signed: &mut Signed,
        expected: &mut Expected,
    ) -> Vec<u64> {
        self.seen.insert(call.name);
        let account = |name: &str| call.account(name).unwrap_or_else(|| panic!("{} has {name}", call.name));
        let lease_address = call.account("lease").unwrap_or_default();
        if let Args::OpenLease { request } = &call.args {
            let lease = self.open(call, request, now);
            self.leases.insert(lease_address, lease);
            return vec![request.deposit];
        }
        if call.args == (Args::AttestBatch {}) {
            let (provider, batch) = signed.batches.next().expect("a batch in front");
            assert_eq!(provider, account("provider"));
            expected.batches.push(self.apply(provider, &batch, now));
            return Vec::new();
        }
        let Some(lease) = self.leases.get_mut(&lease_address) else {
            return self.of_market(call);
        };
        let offer = self.offers.get_mut(&lease.offer).expect("an offer with a lease");
        let provider = self.providers.get_mut(&lease.provider).expect("a provider with a lease");
        let is_pooled = call.account("bond_token") == Some(bond_account(lease));
        let vault =
            u64::try_from(self.balances.get(&lease.vault).copied().unwrap_or(0)).expect("no vault owes");
        let due = match &call.args {
            Args::CancelLease { .. } => {
                self.leases.remove(&lease_address);
                return vec![vault];
            }
            Args::StartLease { access_blob, .. } => {
                let bond = lease.start(sha256(access_blob), is_pooled, now).expect("it was taken");
                if is_pooled && bond > 0 {
                    self.seen.insert("start with a bond out of the bond account");
                }
                offer.start_lease(lease.gpus).expect("it was taken");
                provider.record.lease_started();
                vec![bond]
            }
            Args::PublishAccess { replaced, access_blob, .. } => {
                lease.publish_access(replaced, sha256(access_blob), now).expect("it was taken");
                return Vec::new();
            }
            Args::TopUp { amount, min_ends_at, .. } => {
                lease.top_up(*amount, *min_ends_at, now).expect("it was taken");
                vec![*amount]
            }
            Args::ExtendLease { gpus, duration, .. } => {
                lease.extend(*gpus, *duration, now).expect("it was taken");
                return Vec::new();
            }
            Args::ResizeLease { change, .. } => {
                let was_pooled = lease.bond_is_pooled == 1;
                let (more, bond) = lease.resize(change, is_pooled, now.time).expect("it was taken");
                if bond > 0 && was_pooled != is_pooled {
                    self.seen.insert("growth with a bond of the other source");
                }
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
                lease.terminate(&account("party"), provider, *max_ends_at, now).expect("it was taken");
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
                let signed = signed.statements.next().expect("a statement in front");
                let message: &Attestation = signed.message();
                assert_eq!(message.lease, lease_address);
                let co_signed = signed.signers().any(|signer| co_signs(lease, signer));
                lease.attest(&message.usage(), co_signed, now).expect("it was taken");
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
                let closing = lease.close(vault, agreed.as_ref(), now).expect("it was taken");
                let Closing { payout, fees, bond, credit, refund, promised } = closing;
                self.seen.insert(if agreed.is_some() { "close by both" } else { "close" });
                self.seen.insert(if credit > 0 { "close with a credit" } else { "close without a credit" });
                if lease.bond_is_pooled == 1 && bond > 0 {
                    self.seen.insert("close with a bond into the bond account");
                }
                offer.close_lease(lease.gpus).expect("it was taken");
                // The only mint of the market is the one that counts.
                provider.record.lease_completed(lease.meter.accepted, promised, fees);
                self.leases.remove(&lease_address);
                return vec![payout, bond, fees, credit, refund];
            }
            other => panic!("{other:?} is about no lease"),
        };
        expected.ledgers.push(lease.ledger);
        due
    }

    /// Takes in the rows of a batch, each by the rules of its lease; the event that it has to emit.
    fn apply(&mut self, provider: Address, batch: &SignedBatch, now: Moment) -> Applied {
        let message = batch.message();
        let window_end = message.header().window_end.get();
        let mut applied = Applied { provider, window_end, rows: message.rows().len() as u64, mask: 0 };
        for (index, (address, row)) in message.leases().iter().zip(message.rows()).enumerate() {
            let Some(lease) = self.leases.get_mut(address).filter(|lease| lease.provider == provider) else {
                self.seen.insert("row of no lease");
                continue;
            };
            match attested(lease, batch, row, now) {
                Some(after) => {
                    *lease = after;
                    applied.mask |= 1 << index;
                    self.seen.insert("row");
                }
                None => {
                    self.seen.insert("row that is refused");
                }
            }
        }
        applied
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
        let mut lease = Lease::zeroed();
        lease
            .open(request, &parties, &self.offers[&account("offer")], protocol, *fee_bps, now)
            .expect("it was taken");
        lease
    }

    /// Plays what is about no lease; what it transfers.
    fn of_market(&mut self, call: &DecodedInstruction) -> Vec<u64> {
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
            Args::RegisterProvider { keys } => {
                let authority = account("authority");
                let (provider, bump) = Provider::address(&authority);
                let entry = Provider::register(authority, *keys, bump).expect("it was taken");
                self.providers.insert(provider, entry);
            }
            Args::UpdateProvider { replaced, keys, .. } => {
                self.provider(account("provider")).update(replaced, *keys).expect("it was taken");
            }
            Args::WithdrawBond { amount, .. } => return vec![*amount],
            Args::NominateAuthority { replaced, nominee, .. } => {
                self.provider(account("provider")).nominate(replaced, *nominee).expect("it was taken");
            }
            Args::AcceptAuthority { keys, .. } => {
                self.provider(account("provider")).accept(&account("nominee"), *keys).expect("it was taken");
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
        Vec::new()
    }

    fn provider(&mut self, address: Address) -> &mut Provider {
        self.providers.get_mut(&address).expect("a provider")
    }
}

/// The calls of the token program that an instruction stands for: of a batch all, of which each says how many accounts
/// and how many bytes it has, then its bytes.
fn calls(instruction: &Instruction) -> Vec<Instruction> {
    const BATCH: u8 = 255;
    let Some(mut data) = instruction.data.strip_prefix(&[BATCH]) else { return vec![instruction.clone()] };
    let mut accounts = instruction.accounts.as_slice();
    let mut calls = Vec::new();
    while let [accounts_len, data_len, rest @ ..] = data {
        let (its_accounts, its_data);
        (its_accounts, accounts) = accounts.split_at(usize::from(*accounts_len));
        (its_data, data) = rest.split_at(usize::from(*data_len));
        calls.push(Instruction {
            accounts: its_accounts.to_vec(),
            data: its_data.to_vec(),
            ..instruction.clone()
        });
    }
    calls
}

/// What was signed in a transaction, in the order in which it was taken in.
struct Signed {
    statements: std::vec::IntoIter<SignedAttestation>,
    batches: std::vec::IntoIter<(Address, SignedBatch)>,
}

/// What the events of a transaction have to say.
#[derive(Debug, Default, PartialEq)]
struct Expected {
    ledgers: Vec<Ledger>,
    batches: Vec<Applied>,
}

/// Which rows of a batch were applied.
#[derive(Debug, PartialEq)]
struct Applied {
    provider: Address,
    window_end: i64,
    rows: u64,
    mask: u64,
}

/// Where the bonds lie that the operator of a lease's provider takes.
fn bond_account(lease: &Lease) -> Address {
    address::bond_account(&lease.provider, &lease.terms.mint, &SPL_TOKEN)
}

/// Whether a signature makes usage of a lease final.
fn co_signs(lease: &Lease, signer: &Address) -> bool {
    [lease.renter, lease.session_key].contains(signer)
}

/// `lease` with what `batch` says of it, if that is about this life of it, and signed by all who must.
fn attested(lease: &Lease, batch: &SignedBatch, row: &BatchRow, now: Moment) -> Option<Lease> {
    let verifier = lease.terms.verifier;
    let is_verified = verifier == Address::default() || batch.is_signed_by(&verifier);
    if row.opened_slot.get() != lease.opened_slot || !is_verified {
        return None;
    }
    let header = batch.message().header();
    let usage = Usage {
        window_end: header.window_end.get(),
        gpu_seconds: row.gpu_seconds.get(),
        energy_wh: row.energy_wh.get(),
        evidence: header.evidence,
    };
    let mut after = *lease;
    after.attest(&usage, batch.signers().any(|signer| co_signs(lease, signer)), now).ok()?;
    Some(after)
}

/// What an event says of a batch.
fn batch_of(event: &Event) -> Option<Applied> {
    let Event::BatchAttested(event) = event else { return None };
    let &BatchAttested { provider, window_end, rows, applied: mask } = event;
    Some(Applied { provider, window_end, rows, mask })
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
