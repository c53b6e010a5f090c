//! A cluster in memory with one market on it.

use crate::{Outcome, People};
use anchor_lang::{AccountDeserialize, InstructionData, ToAccountMetas};
use gpu_lease::{
    accounts as account_metas,
    attestation::{Attestation, AttestationSignature, SignedAttestation, Usage},
    instruction as args,
    instructions::ProtocolConfig,
    state::*,
};
use litesvm::LiteSVM;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_sdk_ids::{bpf_loader_upgradeable, ed25519_program, system_program, sysvar};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use spl_token_interface::{instruction as token, ID as TOKEN};

/// Hash of the cluster's genesis block, for the domain of attestations.
pub const GENESIS_HASH: [u8; 32] = [7; 32];

/// When every world begins, unix seconds.
pub const GENESIS_TIME: i64 = 1_800_000_000;

/// Base units that everybody has at the beginning: a million of a six-decimals mint.
pub const WEALTH: u64 = 1_000_000_000_000;

/// Fee rate at the beginning, basis points.
pub const FEE_BPS: u16 = 100;

/// The program under test.
pub fn program_bytes() -> Vec<u8> {
    let path = std::env::var("GPU_LEASE_SO")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../artifacts/gpu_lease.so").into());
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}; run `cargo xtask build` first"))
}

/// A cluster in memory, with the protocol initialized and one provider with one offer.
pub struct World {
    /// The virtual machine.
    pub svm: LiteSVM,
    /// Everybody.
    pub people: People,
    /// Mint that leases are priced in, six decimals.
    pub mint: Address,
    /// The provider's account.
    pub provider: Address,
    /// Its first offer.
    pub offer: Address,
}

/// A lease as a test refers to it.
#[derive(Clone, Copy, Debug)]
pub struct LeaseRef {
    /// Its address.
    pub address: Address,
    /// Its vault.
    pub vault: Address,
    /// Who uses the GPUs.
    pub renter: Address,
    /// Who paid.
    pub payer: Address,
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

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A market with one provider, whose offer number 0 has eight GPUs on [`terms`].
    pub fn new() -> Self {
        let mut world = Self::with_program();
        let authority = world.people.deployer.pubkey();
        world.initialize(world.config()).ok();
        world.register_mint(world.mint).ok();
        let provider = world.people.provider.insecure_clone();
        let register = world.register_provider_ix(provider.pubkey(), world.people.attestor.pubkey());
        world.send(&[register], &[&provider]).ok();
        let create = world.create_offer_ix(0, 8, terms(world.mint), listing());
        world.send(&[create], &[&provider]).ok();
        assert_ne!(authority, provider.pubkey());
        world
    }

    /// A cluster with the program and rich people, and nothing else.
    pub fn with_program() -> Self {
        let people = People::default();
        let mut svm = LiteSVM::new().with_log_bytes_limit(None);
        for address in people.addresses() {
            svm.airdrop(&address, 1_000_000_000_000).expect("airdrop");
        }
        svm.add_program(gpu_lease::ID, &program_bytes()).expect("the program loads");
        let mut world = Self {
            svm,
            people,
            mint: Keypair::new_from_array([20; 32]).pubkey(),
            provider: Address::default(),
            offer: Address::default(),
        };
        world.provider = Provider::address(&world.people.provider.pubkey()).0;
        world.offer = Offer::address(&world.provider, 0).0;
        world.set_time(GENESIS_TIME);
        world.set_upgrade_authority(Some(world.people.deployer.pubkey()));
        world.create_mint(20, TOKEN);
        world
    }

    /// Default configuration of the protocol.
    pub fn config(&self) -> ProtocolConfig {
        ProtocolConfig {
            genesis_hash: GENESIS_HASH,
            vote_mint: Address::new_from_array([30; 32]),
            unit_mint: self.mint,
            guardian: Address::new_from_array([31; 32]),
            arbiter: Address::new_from_array([32; 32]),
            treasury: Address::new_from_array([33; 32]),
            fee_bps: FEE_BPS,
        }
    }

    // ----- time -----

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    /// Sets the cluster's clock, unix seconds.
    pub fn set_time(&mut self, unix_timestamp: i64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.unix_timestamp = unix_timestamp;
        clock.slot += 1;
        self.svm.set_sysvar(&clock);
    }

    /// Lets `seconds` pass.
    pub fn pass(&mut self, seconds: i64) {
        self.set_time(self.now() + seconds);
    }

    // ----- transactions -----

    /// Sends a transaction that the first signer pays for.
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Outcome {
        self.svm.expire_blockhash();
        let message = Message::new_with_blockhash(
            instructions,
            Some(&signers[0].pubkey()),
            &self.svm.latest_blockhash(),
        );
        let transaction = VersionedTransaction::try_new(VersionedMessage::Legacy(message), signers)
            .expect("every signer is there");
        Outcome(self.svm.send_transaction(transaction))
    }

    /// Sends a transaction in which only a stranger's signature is needed.
    pub fn crank(&mut self, instructions: &[Instruction]) -> Outcome {
        let stranger = self.people.stranger.insecure_clone();
        self.send(instructions, &[&stranger])
    }

    // ----- accounts -----

    /// Reads one of the program's accounts.
    pub fn read<T: AccountDeserialize>(&self, address: &Address) -> T {
        let account = self.svm.get_account(address).unwrap_or_else(|| panic!("{address} does not exist"));
        T::try_deserialize(&mut account.data.as_slice()).expect("an account of this type")
    }

    /// Overwrites one of the program's accounts in place.
    pub fn write<T: AccountDeserialize + bytemuck::Pod>(&mut self, address: &Address, change: impl FnOnce(&mut T)) {
        let mut value = self.read::<T>(address);
        change(&mut value);
        let mut account = self.svm.get_account(address).expect("exists");
        account.data[8..8 + size_of::<T>()].copy_from_slice(bytemuck::bytes_of(&value));
        self.svm.set_account(*address, account).expect("fits");
    }

    /// Whether an account holds lamports.
    pub fn exists(&self, address: &Address) -> bool {
        self.svm.get_account(address).is_some_and(|account| account.lamports > 0)
    }

    /// The lease's account.
    pub fn lease(&self, lease: &LeaseRef) -> Lease {
        self.read(&lease.address)
    }

    // ----- tokens -----

    /// Creates a six-decimals mint whose key has `seed`, and gives everybody [`WEALTH`] of it.
    pub fn create_mint(&mut self, seed: u8, token_program: Address) -> Address {
        let issuer = self.people.issuer.insecure_clone();
        let mint = Keypair::new_from_array([seed; 32]);
        let space = 82;
        let create = [
            solana_system_interface::instruction::create_account(
                &issuer.pubkey(),
                &mint.pubkey(),
                self.svm.minimum_balance_for_rent_exemption(space),
                space as u64,
                &token_program,
            ),
            initialize_mint(&token_program, &mint.pubkey(), &issuer.pubkey(), 6),
        ];
        self.send(&create, &[&issuer, &mint]).ok();
        for owner in self.people.addresses().collect::<Vec<_>>() {
            let account = self.create_token_account(owner, mint.pubkey());
            self.mint_to(mint.pubkey(), account, WEALTH);
        }
        mint.pubkey()
    }

    /// Creates the associated token account of `owner`.
    pub fn create_token_account(&mut self, owner: Address, mint: Address) -> Address {
        let issuer = self.people.issuer.insecure_clone();
        let program = self.svm.get_account(&mint).expect("the mint exists").owner;
        let create =
            spl_associated_token_account_interface::instruction::create_associated_token_account_idempotent(
                &issuer.pubkey(),
                &owner,
                &mint,
                &program,
            );
        self.send(&[create], &[&issuer]).ok();
        get_associated_token_address_with_program_id(&owner, &mint, &program)
    }

    /// Mints `amount` base units to a token account.
    pub fn mint_to(&mut self, mint: Address, account: Address, amount: u64) {
        let issuer = self.people.issuer.insecure_clone();
        let program = self.svm.get_account(&mint).expect("the mint exists").owner;
        let mut mint_to = token::mint_to(&TOKEN, &mint, &account, &issuer.pubkey(), &[], amount).expect("valid");
        mint_to.program_id = program;
        self.send(&[mint_to], &[&issuer]).ok();
    }

    /// The associated token account of `owner` for the market's mint.
    pub fn wallet(&self, owner: &Address) -> Address {
        get_associated_token_address_with_program_id(owner, &self.mint, &TOKEN)
    }

    /// Base units in a token account; 0 if it does not exist.
    pub fn balance(&self, token_account: &Address) -> u64 {
        self.svm
            .get_account(token_account)
            .and_then(|account| account.data.get(64..72).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap())))
            .unwrap_or(0)
    }

    /// Base units in the associated token account of `owner`.
    pub fn money(&self, owner: &Address) -> u64 {
        self.balance(&self.wallet(owner))
    }

    /// The fee vault of the market's mint.
    pub fn fee_vault(&self) -> Address {
        MintPolicy::fee_vault_address(&self.mint).0
    }

    // ----- the protocol -----

    /// Names the program's upgrade authority.
    pub fn set_upgrade_authority(&mut self, authority: Option<Address>) {
        let address = program_data_address();
        let mut account = self.svm.get_account(&address).expect("the program is upgradeable");
        // A 4-byte tag and an 8-byte slot stand before the optional authority.
        let (option, key) = account.data[12..45].split_at_mut(1);
        option[0] = u8::from(authority.is_some());
        key.copy_from_slice(authority.unwrap_or_default().as_ref());
        self.svm.set_account(address, account).expect("fits");
    }

    /// The deployer initializes the protocol.
    pub fn initialize(&mut self, config: ProtocolConfig) -> Outcome {
        let deployer = self.people.deployer.insecure_clone();
        let initialize = self.initialize_ix(config);
        self.send(&[initialize], &[&deployer])
    }

    /// `initialize` by the deployer.
    pub fn initialize_ix(&self, config: ProtocolConfig) -> Instruction {
        instruction(
            account_metas::Initialize {
                authority: self.people.deployer.pubkey(),
                protocol: Protocol::address().0,
                fee_params: FeeParams::address().0,
                program_data: program_data_address(),
                system_program: system_program::ID,
            },
            args::Initialize { config },
        )
    }

    /// A stranger registers a mint.
    pub fn register_mint(&mut self, mint: Address) -> Outcome {
        let register = self.register_mint_ix(mint);
        self.crank(&[register])
    }

    /// `register_mint` paid for by a stranger.
    pub fn register_mint_ix(&self, mint: Address) -> Instruction {
        instruction(
            account_metas::RegisterMint {
                payer: self.people.stranger.pubkey(),
                mint_policy: MintPolicy::address(&mint).0,
                fee_vault: MintPolicy::fee_vault_address(&mint).0,
                mint,
                token_program: self.svm.get_account(&mint).map_or(TOKEN, |account| account.owner),
                system_program: system_program::ID,
            },
            args::RegisterMint {},
        )
    }

    // ----- providers and offers -----

    /// `register_provider`.
    pub fn register_provider_ix(&self, authority: Address, attestor: Address) -> Instruction {
        instruction(
            account_metas::RegisterProvider {
                authority,
                provider: Provider::address(&authority).0,
                system_program: system_program::ID,
            },
            args::RegisterProvider { attestor },
        )
    }

    /// `update_provider` by the provider.
    pub fn update_provider_ix(&self, attestor: Address) -> Instruction {
        instruction(
            account_metas::UpdateProvider { authority: self.people.provider.pubkey(), provider: self.provider },
            args::UpdateProvider { attestor },
        )
    }

    /// `create_offer` by the provider.
    pub fn create_offer_ix(&self, id: u64, gpus: u32, terms: Terms, listing: Listing) -> Instruction {
        instruction(
            account_metas::CreateOffer {
                authority: self.people.provider.pubkey(),
                provider: self.provider,
                offer: Offer::address(&self.provider, id).0,
                mint_policy: MintPolicy::address(&self.mint).0,
                system_program: system_program::ID,
            },
            args::CreateOffer { id, gpus, terms, listing },
        )
    }

    /// `update_offer` of the first offer by the provider.
    pub fn update_offer_ix(&self, gpus: u32, is_open: bool, terms: Terms, listing: Listing) -> Instruction {
        instruction(
            account_metas::UpdateOffer {
                authority: self.people.provider.pubkey(),
                provider: self.provider,
                offer: self.offer,
                mint_policy: MintPolicy::address(&self.mint).0,
            },
            args::UpdateOffer { gpus, is_open, terms, listing },
        )
    }

    /// `close_offer` of the first offer by the provider.
    pub fn close_offer_ix(&self) -> Instruction {
        instruction(
            account_metas::CloseOffer {
                authority: self.people.provider.pubkey(),
                provider: self.provider,
                offer: self.offer,
            },
            args::CloseOffer {},
        )
    }

    // ----- leases -----

    /// Four GPUs of the first offer for a day, half of it paid.
    pub fn request(&self, nonce: u64) -> LeaseRequest {
        let offer: Offer = self.read(&self.offer);
        LeaseRequest {
            nonce,
            deposit: 4 * 12 * offer.terms.price,
            start_deadline: self.now() + 600,
            duration: 24 * 3_600,
            gpus: 4,
            expected_terms: offer.terms.hash(),
            access_key: [11; 32],
            session_key: Address::default(),
        }
    }

    /// The lease that `request` by the renter, paid by `payer`, leads to.
    pub fn lease_ref(&self, nonce: u64, payer: Address) -> LeaseRef {
        let renter = self.people.renter.pubkey();
        let address = Lease::address(&renter, nonce).0;
        LeaseRef { address, vault: Lease::vault_address(&address).0, renter, payer }
    }

    /// `open_lease` by the renter, who pays.
    pub fn open_lease_ix(&self, request: LeaseRequest) -> Instruction {
        let lease = self.lease_ref(request.nonce, self.people.renter.pubkey());
        self.open_lease_for_ix(&lease, request)
    }

    /// `open_lease` by the renter, paid for by `lease.payer`.
    pub fn open_lease_for_ix(&self, lease: &LeaseRef, request: LeaseRequest) -> Instruction {
        instruction(
            account_metas::OpenLease {
                renter: lease.renter,
                payer: lease.payer,
                lease: lease.address,
                offer: self.offer,
                fee_params: FeeParams::address().0,
                protocol: Protocol::address().0,
                vault: lease.vault,
                payer_token: self.wallet(&lease.payer),
                mint: self.mint,
                token_program: TOKEN,
                system_program: system_program::ID,
            },
            args::OpenLease { request },
        )
    }

    /// The renter opens a lease.
    pub fn open(&mut self, request: LeaseRequest) -> Outcome {
        let renter = self.people.renter.insecure_clone();
        let open = self.open_lease_ix(request);
        self.send(&[open], &[&renter])
    }

    /// `start_lease` by the provider.
    pub fn start_lease_ix(&self, lease: &LeaseRef, access_blob: &[u8]) -> Instruction {
        let authority = self.people.provider.pubkey();
        instruction(
            account_metas::StartLease {
                authority,
                lease: lease.address,
                offer: self.offer,
                provider: self.provider,
                vault: lease.vault,
                bond_token: self.wallet(&authority),
                mint: self.mint,
                token_program: TOKEN,
            },
            args::StartLease { access_blob },
        )
    }

    /// The provider starts a lease.
    pub fn start(&mut self, lease: &LeaseRef) -> Outcome {
        let provider = self.people.provider.insecure_clone();
        let start = self.start_lease_ix(lease, b"encrypted credentials");
        self.send(&[start], &[&provider])
    }

    /// A lease that waits for its provider.
    pub fn pending_lease(&mut self) -> LeaseRef {
        let request = self.request(0);
        self.open(request).ok();
        self.lease_ref(0, self.people.renter.pubkey())
    }

    /// A lease that started just now: four GPUs for a day, half of it paid.
    pub fn active_lease(&mut self) -> LeaseRef {
        let lease = self.pending_lease();
        self.start(&lease).ok();
        lease
    }

    /// `cancel_lease` by `canceller`.
    pub fn cancel_lease_ix(&self, lease: &LeaseRef, canceller: Address) -> Instruction {
        instruction(
            account_metas::CancelLease {
                canceller,
                lease: lease.address,
                vault: lease.vault,
                refund_token: self.wallet(&lease.payer),
                mint: self.mint,
                payer: lease.payer,
                token_program: TOKEN,
            },
            args::CancelLease {},
        )
    }

    /// `top_up` by `funder`.
    pub fn top_up_ix(&self, lease: &LeaseRef, funder: Address, amount: u64) -> Instruction {
        instruction(
            account_metas::TopUp {
                funder,
                lease: lease.address,
                vault: lease.vault,
                funder_token: self.wallet(&funder),
                mint: self.mint,
                token_program: TOKEN,
            },
            args::TopUp { amount },
        )
    }

    /// `settle`.
    pub fn settle_ix(&self, lease: &LeaseRef) -> Instruction {
        instruction(
            account_metas::Settle {
                lease: lease.address,
                provider: self.provider,
                vault: lease.vault,
                payout_token: self.wallet(&self.people.provider.pubkey()),
                mint: self.mint,
                token_program: TOKEN,
            },
            args::Settle {},
        )
    }

    /// A stranger settles a lease.
    pub fn settle(&mut self, lease: &LeaseRef) -> Outcome {
        let settle = self.settle_ix(lease);
        self.crank(&[settle])
    }

    /// `close_lease`.
    pub fn close_lease_ix(&self, lease: &LeaseRef) -> Instruction {
        instruction(
            account_metas::CloseLease {
                lease: lease.address,
                offer: self.offer,
                provider: self.provider,
                mint_policy: MintPolicy::address(&self.mint).0,
                vault: lease.vault,
                fee_vault: self.fee_vault(),
                payout_token: self.wallet(&self.people.provider.pubkey()),
                refund_token: self.wallet(&lease.payer),
                mint: self.mint,
                payer: lease.payer,
                token_program: TOKEN,
            },
            args::CloseLease {},
        )
    }

    /// A stranger closes a lease.
    pub fn close(&mut self, lease: &LeaseRef) -> Outcome {
        let close = self.close_lease_ix(lease);
        self.crank(&[close])
    }

    // ----- attestations -----

    /// The message that states `gpu_seconds` of a lease up to now.
    pub fn message(&self, lease: &LeaseRef, gpu_seconds: u64) -> Attestation {
        self.message_until(lease, gpu_seconds, self.now())
    }

    /// The message that states `gpu_seconds` of a lease up to `window_end`.
    pub fn message_until(&self, lease: &LeaseRef, gpu_seconds: u64, window_end: i64) -> Attestation {
        let usage = Usage { window_end, gpu_seconds, energy_wh: gpu_seconds / 5, evidence: [9; 32] };
        Attestation::new(lease.address, &self.lease(lease), &usage)
    }

    /// The instruction `attest` alone, without the signatures it needs.
    pub fn attest_ix(&self, lease: &LeaseRef) -> Instruction {
        instruction(
            account_metas::Attest {
                lease: lease.address,
                provider: self.provider,
                instructions: sysvar::instructions::ID,
            },
            args::Attest {},
        )
    }

    /// A stranger submits `message`, signed by `signers`.
    pub fn submit(&mut self, lease: &LeaseRef, message: &Attestation, signers: &[&Keypair]) -> Outcome {
        let attest = self.attest_ix(lease);
        self.crank(&[signed(message, signers), attest])
    }

    /// The provider claims `gpu_seconds` up to now.
    pub fn claim(&mut self, lease: &LeaseRef, gpu_seconds: u64) -> Outcome {
        let message = self.message(lease, gpu_seconds);
        let attestor = self.people.attestor.insecure_clone();
        self.submit(lease, &message, &[&attestor])
    }

    /// Provider and renter agree on `gpu_seconds` up to now.
    pub fn agree(&mut self, lease: &LeaseRef, gpu_seconds: u64) -> Outcome {
        let message = self.message(lease, gpu_seconds);
        let (attestor, renter) = (self.people.attestor.insecure_clone(), self.people.renter.insecure_clone());
        self.submit(lease, &message, &[&attestor, &renter])
    }
}

/// The Ed25519 instruction that carries `message` and its signatures.
pub fn signed(message: &Attestation, signers: &[&Keypair]) -> Instruction {
    let sign = |signer: &Keypair| AttestationSignature {
        public_key: signer.pubkey(),
        signature: signer.sign_message(message.as_bytes()).into(),
    };
    let data = match signers {
        [a] => SignedAttestation::new(*message, [sign(a)]).as_bytes().to_vec(),
        [a, b] => SignedAttestation::new(*message, [sign(a), sign(b)]).as_bytes().to_vec(),
        [a, b, c] => SignedAttestation::new(*message, [sign(a), sign(b), sign(c)]).as_bytes().to_vec(),
        _ => panic!("one to three signers"),
    };
    Instruction { program_id: ed25519_program::ID, accounts: vec![], data }
}

/// The account that names the program's upgrade authority.
pub fn program_data_address() -> Address {
    Address::find_program_address(&[gpu_lease::ID.as_ref()], &bpf_loader_upgradeable::ID).0
}

fn instruction(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction { program_id: gpu_lease::ID, accounts: accounts.to_account_metas(None), data: data.data() }
}

fn initialize_mint(program: &Address, mint: &Address, authority: &Address, decimals: u8) -> Instruction {
    let mut instruction =
        token::initialize_mint2(&TOKEN, mint, authority, Some(authority), decimals).expect("valid");
    instruction.program_id = *program;
    instruction
}
