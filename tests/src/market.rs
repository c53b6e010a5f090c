//! The market on a [`World`]: the program's instructions as the client builds them, and who plays them.

use crate::{Outcome, World, cluster::Cluster};
use gpu_lease::{
    attestation::{Attestation, AttestationSignature, ED25519_PROGRAM, Usage, precompile_data},
    constants::ATTESTATION_GRACE,
    instructions::ProtocolConfig,
    state::*,
};
use gpu_lease_client::{
    account::{Keyed, LeaseContext, MintRef, ProviderRef},
    address,
    attestation::{self, AttestationBatch, Message, Signed},
    instruction::{self, OpenLease},
};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_sdk_ids::sysvar;
use solana_signer::Signer;

/// Hash of the cluster's genesis block, for the domain of attestations.
pub const GENESIS_HASH: [u8; 32] = [7; 32];

/// Fee rate at the beginning, basis points.
pub const FEE_BPS: u16 = 100;

/// How votes run at the beginning: five days and one more, two days of timelock, a week to execute, a tenth of
/// what is locked.
pub const RULES: VotingRules = VotingRules {
    deposit: 1_000_000_000,
    voting_period: 5 * 24 * 3_600,
    extension: 24 * 3_600,
    timelock: 2 * 24 * 3_600,
    execution_window: 7 * 24 * 3_600,
    quorum_bps: 1_000,
    spare: [0; 6],
};

/// Time after a lease's end in which its last attestation may still land, seconds.
pub const GRACE: i64 = 3_600;

/// How long signatures count in tests, seconds.
pub const VALID_FOR: i64 = 300;

/// What the provider publishes in tests.
pub const ACCESS_BLOB: &[u8] = b"encrypted credentials";

/// A lease as a test refers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseKey {
    pub address: Address,
    /// Its vault.
    pub vault: Address,
    /// Who uses the GPUs.
    pub renter: Address,
    /// Who paid.
    pub payer: Address,
}

impl From<&LeaseKey> for Address {
    fn from(lease: &LeaseKey) -> Self {
        lease.address
    }
}

/// The terms of the first offer: 2.50 per GPU-hour, ten minutes to challenge, 99 % uptime.
pub fn terms(mint: Address) -> Terms {
    Terms {
        price: 2_500_000,
        min_duration: 3_600,
        max_duration: 30 * 24 * 3_600,
        notice: 3_600,
        challenge_window: 600,
        heartbeat_timeout: 900,
        sla_penalty_bps: 10_000,
        sla_uptime_bps: 9_900,
        bond_hours: 2,
        spare: [0; 4],
        verifier: Address::default(),
        mint,
    }
}

/// The listing of the first offer.
pub fn listing() -> Listing {
    let mut listing = Listing {
        gpu_model: [0; 32],
        region: [0; 16],
        memory_gib: 80,
        carbon_intensity: 30,
        description_hash: [3; 32],
        description_uri: [0; 136],
    };
    listing.gpu_model[..15].copy_from_slice(b"NVIDIA H100 SXM");
    listing.region[..10].copy_from_slice(b"eu-north-1");
    listing.description_uri[..27].copy_from_slice(b"https://example.org/h100.md");
    listing
}

impl<C: Cluster> World<C> {
    // ----- the protocol -----

    /// `initialize` by the deployer.
    pub fn initialize_ix(&self, config: ProtocolConfig) -> Instruction {
        instruction::initialize(self.people.deployer.pubkey(), config)
    }

    /// The deployer initializes the protocol.
    #[track_caller]
    pub fn initialize(&mut self, config: ProtocolConfig) -> Outcome {
        self.play([self.initialize_ix(config)])
    }

    /// `register_mint` paid for by a stranger.
    pub fn register_mint_ix(&self, mint: Address) -> Instruction {
        let owner = self.cluster.account(&mint).map_or(self.token_program, |account| account.owner);
        instruction::register_mint(self.people.stranger.pubkey(), mint, owner)
    }

    /// A stranger registers a mint.
    #[track_caller]
    pub fn register_mint(&mut self, mint: Address) -> Outcome {
        self.play([self.register_mint_ix(mint)])
    }

    // ----- providers and offers -----

    /// `register_provider`.
    pub fn register_provider_ix(&self, authority: Address, attestor: Address) -> Instruction {
        instruction::register_provider(authority, HotKeys { attestor, ..HotKeys::default() })
    }

    /// The provider and its wallet.
    pub fn provider_ref(&self) -> ProviderRef {
        ProviderRef { address: self.provider, authority: self.people.provider.pubkey() }
    }

    /// Until when a signature counts that is made now.
    pub fn valid_until(&self) -> i64 {
        self.now().saturating_add(VALID_FOR)
    }

    /// `update_provider` by the provider, which keeps its operator.
    pub fn update_provider_ix(&self, attestor: Address) -> Instruction {
        self.update_keys_ix(|keys| keys.attestor = attestor)
    }

    /// `update_provider` by the provider, whose keys are those that it has, changed.
    pub fn update_keys_ix(&self, change: impl FnOnce(&mut HotKeys)) -> Instruction {
        let replaced = self.read::<Provider>(&self.provider).keys();
        let mut keys = replaced;
        change(&mut keys);
        instruction::update_provider(self.provider_ref(), replaced, keys, self.valid_until())
    }

    /// `nominate_authority` by the provider.
    pub fn nominate_authority_ix(&self, nominee: Address) -> Instruction {
        let replaced = self.read::<Provider>(&self.provider).pending_authority;
        instruction::nominate_authority(self.provider_ref(), replaced, nominee, self.valid_until())
    }

    /// `accept_authority` by `nominee`, for which `attestor` signs usage and nobody runs leases.
    pub fn accept_authority_ix(&self, nominee: Address, attestor: Address) -> Instruction {
        let keys = HotKeys { attestor, ..HotKeys::default() };
        instruction::accept_authority(nominee, self.provider, keys, self.valid_until())
    }

    // ----- bonds -----

    /// The provider's bond account for the market's mint.
    pub fn bond_account(&self) -> Address {
        self.wallet(&self.provider)
    }

    /// The provider pays `amount` base units into its bond account.
    #[track_caller]
    pub fn pay_bond_in(&mut self, amount: u64) {
        let account = self.create_token_account(self.provider, self.mint);
        self.transfer(&self.people.provider.pubkey(), &account, amount).ok();
    }

    /// `withdraw_bond` by the provider.
    pub fn withdraw_bond_ix(&self, destination: Address, amount: u64) -> Instruction {
        let mint = MintRef { mint: self.mint, token_program: self.token_program };
        instruction::withdraw_bond(self.provider_ref(), &mint, destination, amount, self.valid_until())
    }

    /// The provider takes `amount` base units out of its bond account, into its own token account.
    #[track_caller]
    pub fn withdraw_bond(&mut self, amount: u64) -> Outcome {
        let destination = self.wallet(&self.people.provider.pubkey());
        self.play([self.withdraw_bond_ix(destination, amount)])
    }

    // ----- offers -----

    /// `create_offer` by the provider.
    pub fn create_offer_ix(&self, id: u64, gpus: u32, terms: Terms, listing: Listing) -> Instruction {
        instruction::create_offer(self.provider_ref(), id, gpus, terms, listing)
    }

    /// `update_offer` of the first offer by the provider.
    pub fn update_offer_ix(&self, gpus: u32, is_open: bool, terms: Terms, listing: Listing) -> Instruction {
        let offer = Keyed { address: self.offer, account: self.offer() };
        instruction::update_offer(
            self.provider_ref(),
            &offer,
            gpus,
            is_open,
            terms,
            listing,
            self.valid_until(),
        )
    }

    /// `close_offer` of the first offer by the provider.
    pub fn close_offer_ix(&self) -> Instruction {
        instruction::close_offer(self.provider_ref(), self.offer)
    }

    /// The first offer.
    #[track_caller]
    pub fn offer(&self) -> Offer {
        self.read(&self.offer)
    }

    // ----- leases -----

    /// The fee rate in force, basis points.
    pub fn fee_bps(&self) -> u16 {
        self.read::<FeeParams>(&address::fee_params()).fee_bps
    }

    /// Four GPUs of the first offer for a day, half of it paid.
    pub fn request(&self, nonce: u64) -> LeaseRequest {
        let offer = self.offer();
        LeaseRequest {
            nonce,
            deposit: 4 * 12 * offer.terms.price,
            start_deadline: self.now() + 600,
            duration: 24 * 3_600,
            gpus: 4,
            max_fee_bps: self.fee_bps(),
            valid_until: self.valid_until(),
            expected_offer: offer.content_hash(),
            arbiter: self.read::<Protocol>(&address::protocol()).arbiter,
            access_key: [11; 32],
            session_key: Address::default(),
        }
    }

    /// The lease that the renter's request number `nonce`, paid by `payer`, leads to.
    pub fn lease_key(&self, nonce: u64, payer: Address) -> LeaseKey {
        let renter = self.people.renter.pubkey();
        let address = address::lease(&renter, nonce);
        LeaseKey { address, vault: address::vault(&address), renter, payer }
    }

    /// The lease's account.
    #[track_caller]
    pub fn lease(&self, lease: &LeaseKey) -> Lease {
        self.read(&lease.address)
    }

    /// Where a lease stands now.
    #[track_caller]
    pub fn phase(&self, lease: &LeaseKey) -> Phase {
        self.lease(lease).phase(self.moment())
    }

    /// A lease as the client knows it: with everything that its instructions need.
    #[track_caller]
    pub fn context(&self, lease: impl Into<Address>) -> LeaseContext {
        let address = lease.into();
        let keyed = Keyed { address, account: self.read::<Lease>(&address) };
        let provider = self.read(&keyed.provider);
        let token_program = self.owner_of(&keyed.terms.mint);
        LeaseContext::new(keyed, provider, token_program)
    }

    /// `open_lease` by the renter, who pays.
    pub fn open_lease_ix(&self, request: LeaseRequest) -> Instruction {
        let lease = self.lease_key(request.nonce, self.people.renter.pubkey());
        self.open_lease_for_ix(&lease, request)
    }

    /// `open_lease` by the renter, paid for by `lease.payer`.
    pub fn open_lease_for_ix(&self, lease: &LeaseKey, request: LeaseRequest) -> Instruction {
        instruction::open_lease(&OpenLease { payer: lease.payer, ..self.opening(request) })
    }

    /// What the renter sends to open the lease of `request`, which it pays for itself.
    pub fn opening(&self, request: LeaseRequest) -> OpenLease {
        let offer = Keyed { address: self.offer, account: self.offer() };
        let token_program = self.owner_of(&offer.terms.mint);
        OpenLease::new(self.people.renter.pubkey(), &offer, token_program, request)
    }

    /// The renter opens a lease.
    #[track_caller]
    pub fn open(&mut self, request: LeaseRequest) -> Outcome {
        self.play([self.open_lease_ix(request)])
    }

    /// `start_lease` by the provider.
    #[track_caller]
    pub fn start_lease_ix(&self, lease: &LeaseKey, access_blob: &[u8]) -> Instruction {
        instruction::start_lease(&self.context(lease), access_blob, self.valid_until())
    }

    /// The provider starts a lease.
    #[track_caller]
    pub fn start(&mut self, lease: &LeaseKey) -> Outcome {
        self.play([self.start_lease_ix(lease, ACCESS_BLOB)])
    }

    /// `start_lease` by the operator, with a bond out of the bond account.
    #[track_caller]
    pub fn start_by_operator_ix(&self, lease: &LeaseKey) -> Instruction {
        instruction::start_lease(&self.context(lease).by_operator(), ACCESS_BLOB, self.valid_until())
    }

    /// The operator starts a lease.
    #[track_caller]
    pub fn start_by_operator(&mut self, lease: &LeaseKey) -> Outcome {
        self.play([self.start_by_operator_ix(lease)])
    }

    /// As [`World::active_lease`], started by the operator with the bond that the provider has paid in for it.
    #[track_caller]
    pub fn pooled_lease(&mut self) -> LeaseKey {
        self.pooled_lease_as(|_| {})
    }

    /// As [`World::pooled_lease`], asked for differently.
    #[track_caller]
    pub fn pooled_lease_as(&mut self, change: impl FnOnce(&mut LeaseRequest)) -> LeaseKey {
        let lease = self.pending_lease_as(change);
        let Lease { terms, gpus, .. } = self.lease(&lease);
        self.pay_bond_in(terms.bond(gpus).expect("a bond that fits"));
        self.start_by_operator(&lease).ok();
        lease
    }

    /// `publish_access` by the provider.
    #[track_caller]
    pub fn publish_access_ix(&self, lease: &LeaseKey, access_blob: &[u8]) -> Instruction {
        instruction::publish_access(&self.context(lease), access_blob, self.valid_until())
    }

    /// The provider publishes other credentials.
    #[track_caller]
    pub fn publish_access(&mut self, lease: &LeaseKey, access_blob: &[u8]) -> Outcome {
        self.play([self.publish_access_ix(lease, access_blob)])
    }

    /// A lease that waits for its provider.
    #[track_caller]
    pub fn pending_lease(&mut self) -> LeaseKey {
        self.pending_lease_as(|_| {})
    }

    /// As [`World::pending_lease`], asked for differently.
    #[track_caller]
    pub fn pending_lease_as(&mut self, change: impl FnOnce(&mut LeaseRequest)) -> LeaseKey {
        let mut request = self.request(0);
        change(&mut request);
        self.open(request).ok();
        self.lease_key(request.nonce, self.people.renter.pubkey())
    }

    /// A lease that started just now: four GPUs for a day, half of it paid.
    #[track_caller]
    pub fn active_lease(&mut self) -> LeaseKey {
        self.active_lease_as(|_| {})
    }

    /// As [`World::active_lease`], asked for differently.
    #[track_caller]
    pub fn active_lease_as(&mut self, change: impl FnOnce(&mut LeaseRequest)) -> LeaseKey {
        let lease = self.pending_lease_as(change);
        self.start(&lease).ok();
        lease
    }

    /// A sponsor pays for the renter's lease number 0.
    #[track_caller]
    pub fn sponsored_lease(&mut self) -> LeaseKey {
        let lease = self.lease_key(0, self.people.sponsor.pubkey());
        self.play([self.open_lease_for_ix(&lease, self.request(0))]).ok();
        lease
    }

    /// `cancel_lease` by `canceller`.
    #[track_caller]
    pub fn cancel_lease_ix(&self, lease: &LeaseKey, canceller: Address) -> Instruction {
        instruction::cancel_lease(canceller, &self.context(lease), self.valid_until())
    }

    /// `canceller` takes a lease back.
    #[track_caller]
    pub fn cancel(&mut self, lease: &LeaseKey, canceller: Address) -> Outcome {
        self.play([self.cancel_lease_ix(lease, canceller)])
    }

    /// `top_up` by `funder`.
    #[track_caller]
    pub fn top_up_ix(&self, lease: &LeaseKey, funder: Address, amount: u64) -> Instruction {
        instruction::top_up(funder, &self.context(lease), amount, self.valid_until())
    }

    /// The renter adds `amount` to a lease's deposit.
    #[track_caller]
    pub fn top_up(&mut self, lease: &LeaseKey, amount: u64) -> Outcome {
        self.play([self.top_up_ix(lease, lease.renter, amount)])
    }

    /// `settle`.
    #[track_caller]
    pub fn settle_ix(&self, lease: &LeaseKey) -> Instruction {
        instruction::settle(&self.context(lease))
    }

    /// A stranger settles a lease.
    #[track_caller]
    pub fn settle(&mut self, lease: &LeaseKey) -> Outcome {
        self.play([self.settle_ix(lease)])
    }

    /// `close_lease`.
    #[track_caller]
    pub fn close_lease_ix(&self, lease: &LeaseKey) -> Instruction {
        instruction::close_lease(&self.context(lease))
    }

    /// A stranger closes a lease.
    #[track_caller]
    pub fn close(&mut self, lease: &LeaseKey) -> Outcome {
        self.play([self.close_lease_ix(lease)])
    }

    /// `close_lease` by both parties, who agree on what is paid for and on the credit.
    #[track_caller]
    pub fn close_together_ix(&self, lease: &LeaseKey, units: u64, credit: u64) -> Instruction {
        instruction::close_lease_together(&self.context(lease), units, credit, self.valid_until())
    }

    /// Renter and provider close a lease together.
    #[track_caller]
    pub fn close_together(&mut self, lease: &LeaseKey, units: u64, credit: u64) -> Outcome {
        self.play([self.close_together_ix(lease, units, credit)])
    }

    /// `close_lease` by renter and operator, who agree on what is paid for and on the credit.
    #[track_caller]
    pub fn close_with_operator_ix(&self, lease: &LeaseKey, units: u64, credit: u64) -> Instruction {
        let known = self.context(lease).by_operator();
        instruction::close_lease_together(&known, units, credit, self.valid_until())
    }

    /// Renter and provider close a lease together: all that is claimed is paid for, and the whole bond goes back.
    #[track_caller]
    pub fn close_as_claimed(&mut self, lease: &LeaseKey) -> Outcome {
        let Lease { meter, dispute, .. } = self.lease(lease);
        self.close_together(lease, meter.latest.units.max(dispute.provider_units), 0)
    }

    /// `count_fees`.
    #[track_caller]
    pub fn count_fees_ix(&self, lease: &LeaseKey) -> Instruction {
        instruction::count_fees(&self.context(lease))
    }

    /// A stranger counts the fees that a lease has released.
    #[track_caller]
    pub fn count_fees(&mut self, lease: &LeaseKey) -> Outcome {
        self.play([self.count_fees_ix(lease)])
    }

    /// `extend_lease` by the renter.
    #[track_caller]
    pub fn extend_lease_ix(&self, lease: &LeaseKey, duration: u32) -> Instruction {
        instruction::extend_lease(&self.context(lease), duration, self.valid_until())
    }

    /// The renter lets a lease run for `duration` seconds in all.
    #[track_caller]
    pub fn extend(&mut self, lease: &LeaseKey, duration: u32) -> Outcome {
        self.play([self.extend_lease_ix(lease, duration)])
    }

    /// `resize_lease` by the renter, and by the provider if the lease grows.
    #[track_caller]
    pub fn resize_lease_ix(&self, lease: &LeaseKey, gpus: u32) -> Instruction {
        instruction::resize_lease(&self.context(lease), gpus, self.valid_until())
    }

    /// The parties let a lease go on with `gpus`.
    #[track_caller]
    pub fn resize(&mut self, lease: &LeaseKey, gpus: u32) -> Outcome {
        self.play([self.resize_lease_ix(lease, gpus)])
    }

    /// `resize_lease` by the renter and the operator, with a bond out of the bond account.
    #[track_caller]
    pub fn grow_by_operator_ix(&self, lease: &LeaseKey, gpus: u32) -> Instruction {
        instruction::resize_lease(&self.context(lease).by_operator(), gpus, self.valid_until())
    }

    /// Renter and operator let a lease grow to `gpus`.
    #[track_caller]
    pub fn grow_by_operator(&mut self, lease: &LeaseKey, gpus: u32) -> Outcome {
        self.play([self.grow_by_operator_ix(lease, gpus)])
    }

    /// `release_gpus`.
    #[track_caller]
    pub fn release_gpus_ix(&self, lease: &LeaseKey) -> Instruction {
        instruction::release_gpus(&self.context(lease))
    }

    /// A stranger gives the GPUs back that a lease does not need.
    #[track_caller]
    pub fn release_gpus(&mut self, lease: &LeaseKey) -> Outcome {
        self.play([self.release_gpus_ix(lease)])
    }

    /// `terminate_lease` by `party`, whatever end that leads to.
    #[track_caller]
    pub fn terminate_lease_ix(&self, lease: &LeaseKey, party: Address) -> Instruction {
        self.terminate_lease_by_ix(lease, party, i64::MAX)
    }

    /// `terminate_lease` by `party`, if the lease ends by it no later than `max_ends_at`.
    #[track_caller]
    pub fn terminate_lease_by_ix(&self, lease: &LeaseKey, party: Address, max_ends_at: i64) -> Instruction {
        instruction::terminate_lease(party, &self.context(lease), max_ends_at, self.valid_until())
    }

    /// `party` gives notice.
    #[track_caller]
    pub fn terminate(&mut self, lease: &LeaseKey, party: Address) -> Outcome {
        self.play([self.terminate_lease_ix(lease, party)])
    }

    /// `expire_lease` by `caller`.
    #[track_caller]
    pub fn expire_lease_ix(&self, lease: &LeaseKey, caller: Address) -> Instruction {
        instruction::expire_lease(caller, &self.context(lease), self.valid_until())
    }

    /// The renter ends the lease of a silent provider.
    #[track_caller]
    pub fn expire(&mut self, lease: &LeaseKey) -> Outcome {
        self.play([self.expire_lease_ix(lease, lease.renter)])
    }

    /// `dispute_lease` by the renter, who pays the stake.
    #[track_caller]
    pub fn dispute_lease_ix(&self, lease: &LeaseKey, units: u64) -> Instruction {
        self.dispute_lease_by_ix(lease, lease.renter, lease.renter, units)
    }

    /// `dispute_lease` by `party`, whose stake `funder` pays.
    #[track_caller]
    pub fn dispute_lease_by_ix(
        &self,
        lease: &LeaseKey,
        party: Address,
        funder: Address,
        units: u64,
    ) -> Instruction {
        let client = self.context(lease);
        let most = client.ledger.bond;
        instruction::dispute_lease(party, funder, &client, units, most, self.valid_until())
    }

    /// The renter admits `units` of those that are claimed.
    #[track_caller]
    pub fn dispute(&mut self, lease: &LeaseKey, units: u64) -> Outcome {
        self.play([self.dispute_lease_ix(lease, units)])
    }

    /// `resolve_dispute` by the arbiter.
    #[track_caller]
    pub fn resolve_dispute_ix(&self, lease: &LeaseKey, units: u64) -> Instruction {
        instruction::resolve_dispute(&self.context(lease), units, self.valid_until())
    }

    /// The arbiter finds `units`.
    #[track_caller]
    pub fn resolve(&mut self, lease: &LeaseKey, units: u64) -> Outcome {
        self.play([self.resolve_dispute_ix(lease, units)])
    }

    /// A stranger ends a dispute that the arbiter did not decide.
    #[track_caller]
    pub fn resolve_by_timeout(&mut self, lease: &LeaseKey) -> Outcome {
        self.play([instruction::resolve_by_timeout(&self.context(lease))])
    }

    /// `set_session_key` by the renter.
    #[track_caller]
    pub fn set_session_key_ix(&self, lease: &LeaseKey, session_key: Address) -> Instruction {
        instruction::set_session_key(&self.context(lease), session_key, self.valid_until())
    }

    /// The renter lets `session_key` co-sign usage.
    #[track_caller]
    pub fn set_session_key(&mut self, lease: &LeaseKey, session_key: Address) -> Outcome {
        self.play([self.set_session_key_ix(lease, session_key)])
    }

    /// Waits until a lease has ended and the grace for its last attestation is over, by the clock and in slots.
    #[track_caller]
    pub fn pass_grace(&mut self, lease: &LeaseKey) {
        let Lease { ends_at, end_slot, .. } = self.lease(lease);
        self.set_time(self.now().max(ends_at + GRACE + 1));
        if self.moment().slot.saturating_sub(end_slot) <= ATTESTATION_GRACE {
            self.pass(GRACE);
        }
    }

    // ----- attestations -----

    /// The message that states `gpu_seconds` of a lease up to now.
    #[track_caller]
    pub fn message(&self, lease: impl Into<Address>, gpu_seconds: u64) -> Attestation {
        self.message_until(lease, gpu_seconds, self.now())
    }

    /// The message that states `gpu_seconds` of a lease up to `window_end`.
    #[track_caller]
    pub fn message_until(&self, lease: impl Into<Address>, gpu_seconds: u64, window_end: i64) -> Attestation {
        let address = lease.into();
        let usage = Usage { window_end, gpu_seconds, energy_wh: gpu_seconds / 5, evidence: [9; 32] };
        Attestation::new(address, &self.read::<Lease>(&address), &usage)
    }

    /// `attest` of `gpu_seconds` up to now, or to the lease's end if that was earlier, signed by `signers`.
    #[track_caller]
    pub fn attestation(
        &self,
        lease: impl Into<Address>,
        gpu_seconds: u64,
        signers: &[Address],
    ) -> [Instruction; 2] {
        let address = lease.into();
        let window_end = self.now().min(self.read::<Lease>(&address).ends_at);
        let message = self.message_until(address, gpu_seconds, window_end);
        let signers = signers.iter().map(|signer| self.people.find(signer).expect("only people sign"));
        [signed(&message, &signers.collect::<Vec<_>>()), self.attest_ix(address)]
    }

    /// The instruction `attest` alone, without the signatures it needs.
    #[track_caller]
    pub fn attest_ix(&self, lease: impl Into<Address>) -> Instruction {
        let lease = lease.into();
        let metas = gpu_lease::accounts::Attest {
            lease,
            provider: self.read::<Lease>(&lease).provider,
            instructions: sysvar::instructions::ID,
        };
        let data = anchor_lang::InstructionData::data(&gpu_lease::instruction::Attest {});
        let accounts = anchor_lang::ToAccountMetas::to_account_metas(&metas, None);
        Instruction { program_id: gpu_lease::ID, accounts, data }
    }

    /// A stranger submits `message`, signed by `signers`.
    #[track_caller]
    pub fn submit(&mut self, lease: &LeaseKey, message: &Attestation, signers: &[&Keypair]) -> Outcome {
        self.play([signed(message, signers), self.attest_ix(lease)])
    }

    /// The provider claims `gpu_seconds` up to now.
    #[track_caller]
    pub fn claim(&mut self, lease: &LeaseKey, gpu_seconds: u64) -> Outcome {
        self.claim_message(lease, &self.message(lease, gpu_seconds))
    }

    /// The provider claims what `message` says.
    #[track_caller]
    pub fn claim_message(&mut self, lease: &LeaseKey, message: &Attestation) -> Outcome {
        self.play([signed(message, &[&self.people.attestor]), self.attest_ix(lease)])
    }

    /// Provider and renter agree on `gpu_seconds` up to now.
    #[track_caller]
    pub fn agree(&mut self, lease: &LeaseKey, gpu_seconds: u64) -> Outcome {
        self.agree_message(lease, &self.message(lease, gpu_seconds))
    }

    /// Provider and renter agree on what `message` says.
    #[track_caller]
    pub fn agree_message(&mut self, lease: &LeaseKey, message: &Attestation) -> Outcome {
        let both = signed(message, &[&self.people.attestor, &self.people.renter]);
        self.play([both, self.attest_ix(lease)])
    }

    // ----- batches -----

    /// The batch that states GPU-seconds of leases up to now.
    #[track_caller]
    pub fn batch(&self, usage: &[(LeaseKey, u64)]) -> AttestationBatch {
        self.batch_until(usage, self.now())
    }

    /// The batch that states GPU-seconds of leases up to `window_end`.
    #[track_caller]
    pub fn batch_until(&self, usage: &[(LeaseKey, u64)], window_end: i64) -> AttestationBatch {
        let row = |(lease, units): &(LeaseKey, u64)| (lease.address, self.lease(lease), *units, units / 5);
        let rows: Vec<_> = usage.iter().map(row).collect();
        AttestationBatch::new(window_end, [9; 32], &rows).expect("a batch")
    }

    /// As many leases of one GPU for a day that started just now, half of it paid, in the order of their addresses.
    #[track_caller]
    pub fn many_leases(&mut self, count: u32) -> Vec<LeaseKey> {
        let Offer { gpus, terms, listing, .. } = self.offer();
        self.play([self.update_offer_ix(gpus + count, true, terms, listing)]).ok();
        let mut leases: Vec<_> = (1_000..)
            .take(count as usize)
            .map(|nonce| {
                self.active_lease_as(|request| {
                    (request.nonce, request.gpus, request.deposit) = (nonce, 1, 12 * terms.price);
                })
            })
            .collect();
        leases.sort_by_key(|lease| lease.address);
        leases
    }

    /// The instruction `attest_batch` alone, about the accounts `leases`, without the signatures that it needs.
    pub fn attest_batch_alone_ix(&self, leases: &[Address]) -> Instruction {
        let metas = gpu_lease::accounts::AttestBatch {
            provider: self.provider,
            instructions: sysvar::instructions::ID,
        };
        let data = anchor_lang::InstructionData::data(&gpu_lease::instruction::AttestBatch {});
        let mut accounts = anchor_lang::ToAccountMetas::to_account_metas(&metas, None);
        accounts.extend(leases.iter().map(|lease| AccountMeta::new(*lease, false)));
        Instruction { program_id: gpu_lease::ID, accounts, data }
    }

    /// `attest_batch` of `batch`, signed by `signers`, behind the instruction that carries it.
    pub fn attest_batch_ix(&self, batch: &AttestationBatch, signers: &[&Keypair]) -> [Instruction; 2] {
        instruction::attest_batch(self.provider, &signed_message(batch, signers))
    }

    /// A stranger submits `batch`, signed by `signers`.
    #[track_caller]
    pub fn submit_batch(&mut self, batch: &AttestationBatch, signers: &[&Keypair]) -> Outcome {
        self.play(self.attest_batch_ix(batch, signers))
    }

    /// The provider claims GPU-seconds of leases up to now.
    #[track_caller]
    pub fn claim_batch(&mut self, usage: &[(LeaseKey, u64)]) -> Outcome {
        self.play(self.attest_batch_ix(&self.batch(usage), &[&self.people.attestor]))
    }
}

/// `message`, signed by `signers`.
pub fn signed_message<M: Message>(message: &M, signers: &[&Keypair]) -> Signed<M> {
    let (first, others) = signers.split_first().expect("one to three signers");
    let mut signed = attestation::sign(message.clone(), first).expect("a keypair signs");
    for signer in others {
        signed.sign(signer).expect("a keypair signs");
    }
    signed
}

/// The Ed25519 instruction that carries any bytes and their signatures.
pub fn signed_bytes(message: &[u8], signers: &[&Keypair]) -> Instruction {
    let sign = |signer: &&Keypair| AttestationSignature {
        public_key: signer.pubkey(),
        signature: signer.sign_message(message).into(),
    };
    let signatures: Vec<_> = signers.iter().map(sign).collect();
    Instruction { program_id: ED25519_PROGRAM, accounts: vec![], data: precompile_data(&signatures, message) }
}

/// The Ed25519 instruction that carries `message` and its signatures.
pub fn signed<M: Message>(message: &M, signers: &[&Keypair]) -> Instruction {
    signed_message(message, signers).precompile_instruction()
}

/// A second market beside the first, in the same mint: what could be mistaken for the first one's accounts.
#[derive(Clone, Copy, Debug)]
pub struct Sibling {
    /// The rival's account.
    pub provider: Address,
    pub offer: Address,
    /// An active lease on it, of the same renter.
    pub active: LeaseKey,
    /// A pending lease on it, of the same renter.
    pub pending: LeaseKey,
    /// Another registered mint, of which everybody has as much.
    pub mint: Address,
    /// The provider's token account of the other mint.
    pub provider_token: Address,
    /// The renter's token account of the other mint.
    pub renter_token: Address,
}

impl<C: Cluster> World<C> {
    /// Opens a second market.
    pub fn sibling(&mut self) -> Sibling {
        let rival = ProviderRef::of(self.people.rival.pubkey());
        self.play([self.register_provider_ix(rival.authority, self.people.agent.pubkey())]).ok();
        let terms = self.offer().terms;
        self.play([instruction::create_offer(rival, 0, 8, terms, listing())]).ok();
        let offer = address::offer(&rival.address, 0);
        let first = std::mem::replace(&mut self.offer, offer);
        let [active, pending] = [101, 102].map(|nonce| {
            self.open(self.request(nonce)).ok();
            self.lease_key(nonce, self.people.renter.pubkey())
        });
        self.start(&active).ok();
        self.offer = first;
        let mint = self.create_mint(21, self.token_program);
        self.register_mint(mint).ok();
        let token_of =
            |wallet: &Keypair| address::associated_token(&wallet.pubkey(), &mint, &self.token_program);
        Sibling {
            provider: rival.address,
            offer,
            active,
            pending,
            mint,
            provider_token: token_of(&self.people.provider),
            renter_token: token_of(&self.people.renter),
        }
    }
}
