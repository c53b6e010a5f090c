//! Each instruction, played by the program's own rules.

mod governance;
mod lease;
mod market;
mod usage;

use std::collections::BTreeMap;

use gpu_lease_client::decode::{Args, DecodedInstruction, Event};
use gpu_lease_client::refusal::program_error;
use gpu_lease_client::state::{Lease, Provider, ProviderRecord};
use solana_address::Address;

use super::draft::{Changes, Draft};
use super::entry::Kept;
use super::fault::Fault;
use super::tokens::Transfer;
use super::{LeaseAfter, LeaseEnd, LeaseLife, Purpose, Statement};
use crate::observed::{Call, Transaction};

/// Tokens that the rules move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub purpose: Purpose,
    /// Base units; no transfer is made of 0.
    pub amount: u64,
}

impl Due {
    const fn new(purpose: Purpose, amount: u64) -> Self {
        Self { purpose, amount }
    }
}

/// What an instruction came to.
#[derive(Default)]
pub struct Played {
    /// The transfers that it has to make, in their order.
    pub due: Vec<Due>,
    /// The events that it emitted.
    pub events: Vec<Event>,
}

impl Played {
    fn told(event: Event) -> Self {
        Self { due: Vec::new(), events: vec![event] }
    }

    fn paid(due: impl Into<Vec<Due>>, event: Event) -> Self {
        Self { due: due.into(), events: vec![event] }
    }
}

/// An instruction that is being played.
pub struct Play<'a> {
    transaction: &'a Transaction,
    call: &'a Call,
    decoded: &'a DecodedInstruction,
    /// What it moved.
    moved: &'a [Transfer],
    draft: Draft<'a>,
    /// The lease that it is about, as soon as that is known.
    pub lease: Option<LeaseLife>,
    /// Leases that it changed.
    pub leases: BTreeMap<LeaseLife, LeaseAfter>,
    /// Usage that it stated.
    pub statements: Vec<Statement>,
}

impl<'a> Play<'a> {
    pub fn new(
        transaction: &'a Transaction,
        call: &'a Call,
        decoded: &'a DecodedInstruction,
        moved: &'a [Transfer],
        draft: &'a Draft<'_>,
    ) -> Self {
        let draft = Draft::over(draft);
        let (leases, statements) = (BTreeMap::new(), Vec::new());
        Self { transaction, call, decoded, moved, draft, lease: None, leases, statements }
    }

    /// Plays it.
    pub fn run(&mut self) -> Result<Played, Fault> {
        let decoded = self.decoded;
        match &decoded.args {
            Args::Initialize { config } => self.initialize(config),
            Args::RegisterMint {} => self.register_mint(),
            Args::RegisterProvider { keys } => self.register_provider(*keys),
            Args::UpdateProvider { replaced, keys, .. } => self.update_provider(replaced, *keys),
            Args::WithdrawBond { amount, .. } => self.withdraw_bond(*amount),
            Args::NominateAuthority { replaced, nominee, .. } => self.nominate_authority(replaced, *nominee),
            Args::AcceptAuthority { keys, .. } => self.accept_authority(*keys),
            Args::CreateOffer { id, gpus, terms, listing } => self.create_offer(*id, *gpus, *terms, *listing),
            Args::UpdateOffer { revision, gpus, is_open, terms, listing, .. } => {
                self.update_offer(*revision, *gpus, *is_open, *terms, *listing)
            }
            Args::CloseOffer {} => self.close_offer(),
            Args::OpenLease { request } => self.open_lease(request),
            Args::CancelLease { .. } => self.cancel_lease(),
            Args::StartLease { access_blob, .. } => self.start_lease(access_blob),
            Args::PublishAccess { replaced, access_blob, .. } => self.publish_access(replaced, access_blob),
            Args::TopUp { amount, min_ends_at, .. } => self.top_up(*amount, *min_ends_at),
            Args::ExtendLease { gpus, duration, .. } => self.extend_lease(*gpus, *duration),
            Args::ResizeLease { change, .. } => self.resize_lease(change),
            Args::ReleaseGpus {} => self.release_gpus(),
            Args::TerminateLease { max_ends_at, .. } => self.terminate_lease(*max_ends_at),
            Args::ExpireLease { window_end, .. } => self.expire_lease(*window_end),
            Args::SetSessionKey { session_key, .. } => self.set_session_key(*session_key),
            Args::Attest {} => self.attest(),
            Args::AttestBatch {} => self.attest_batch(),
            Args::DisputeLease { units, max_stake, .. } => self.dispute_lease(*units, *max_stake),
            Args::ResolveDispute { renter_units, provider_units, units, .. } => {
                self.resolve_dispute((*renter_units, *provider_units), *units)
            }
            Args::ResolveByTimeout {} => self.resolve_by_timeout(),
            Args::Settle {} => self.settle(),
            Args::CountFees {} => self.count_fees(),
            Args::CloseLease { agreed } => self.close_lease(agreed.as_ref()),
            Args::CreateParticipant {} => self.create_participant(),
            Args::LockTokens { amount, unlock_at } => self.lock_tokens(*amount, *unlock_at),
            Args::ExtendLock { unlock_at } => self.extend_lock(*unlock_at),
            Args::UnlockTokens {} => self.unlock_tokens(),
            Args::SetDelegate { delegate, .. } => self.set_delegate(*delegate),
            Args::CreateProposal { action, .. } => self.create_proposal(*action),
            Args::CastVote { is_for, .. } => self.cast_vote(*is_for),
            Args::CastParticipantVote { is_for, .. } => self.cast_participant_vote(*is_for),
            Args::FinalizeProposal {} => self.finalize_proposal(),
            Args::CancelProposal {} => self.cancel_proposal(),
            Args::ExecuteProposal {} => self.execute_proposal(),
            Args::WithdrawFees {} => self.withdraw_fees(),
            Args::CloseVoteRecord {} => self.close_vote_record(),
            Args::Pause { duration, .. } => self.pause(*duration),
            Args::Unpause { replaced } => self.unpause(*replaced),
        }
    }

    /// What it changed.
    pub fn into_changes(self) -> Changes {
        self.draft.into_changes()
    }

    /// The account of that name.
    fn account(&self, account: &'static str) -> Result<Address, Fault> {
        self.decoded.account(account).ok_or(Fault::Account { instruction: self.decoded.name, account })
    }

    /// What the account of that name holds.
    fn get<T: Kept>(&self, account: &'static str) -> Result<T, Fault> {
        self.draft.get(&self.account(account)?)
    }

    /// Keeps the account of that name as it is now.
    fn put(&mut self, account: &'static str, it: impl Kept) -> Result<(), Fault> {
        let address = self.account(account)?;
        self.draft.put(address, it);
        Ok(())
    }

    /// What the rules say.
    fn rules<T>(&self, said: anchor_lang::Result<T>) -> Result<T, Fault> {
        said.map_err(|error| {
            let explanation = program_error(error);
            Fault::Refused { instruction: self.decoded.name, reason: explanation.to_string() }
        })
    }

    /// The lease that it is about.
    fn its_lease(&mut self) -> Result<Lease, Fault> {
        let address = self.account("lease")?;
        let lease: Lease = self.draft.get(&address)?;
        self.lease = Some(LeaseLife { lease: address, opened_slot: lease.opened_slot });
        Ok(lease)
    }

    /// Keeps a lease as it is now.
    fn put_lease(&mut self, address: Address, lease: Lease) {
        let life = LeaseLife { lease: address, opened_slot: lease.opened_slot };
        self.leases.insert(life, LeaseAfter { lease, end: None });
        self.draft.put(address, lease);
    }

    /// The lease that it is about is over; `lease` is how it was at last.
    fn end_lease(&mut self, address: Address, lease: Lease, end: LeaseEnd) {
        let life = LeaseLife { lease: address, opened_slot: lease.opened_slot };
        self.leases.insert(life, LeaseAfter { lease, end: Some(end) });
        self.draft.remove(address);
        self.draft.remove(lease.vault);
    }

    /// Counts something in the record of its provider.
    fn count(&mut self, count: impl FnOnce(&mut ProviderRecord)) -> Result<(), Fault> {
        let mut provider: Provider = self.get("provider")?;
        count(&mut provider.record);
        self.put("provider", provider)
    }

    /// Whether the bond comes out of an account of the provider's, and not of its wallet.
    fn is_pooled(&self) -> Result<bool, Fault> {
        let (source, provider) = (self.account("bond_token")?, self.account("provider")?);
        // Where no node says whose the account is, a transfer says who allowed it.
        let said = self.transaction.token(&source).map(|token| token.owner);
        let allowed = self.moved.iter().find(|it| it.from == Some(source)).map(|it| it.authority);
        Ok(said.or(allowed) == Some(provider))
    }
}
