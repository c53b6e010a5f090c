//! A cluster with a market on it.

use crate::{
    FEE_BPS, Outcome, People, RULES,
    cluster::{Audited, Cluster, Svm},
    listing, terms,
};
use anchor_lang::{AccountDeserialize, hash::sha256};
use gpu_lease::{instructions::ProtocolConfig, state::*};
use gpu_lease_client::{
    address::{self, SPL_TOKEN},
    instruction,
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_sdk_ids::sysvar;
use solana_signer::Signer;
use std::sync::{LazyLock, Mutex};

/// When clusters begin whose clock can be set, unix seconds.
pub const GENESIS_TIME: i64 = 1_800_000_000;

/// Lamports that everybody has at the beginning.
const LAMPORTS: u64 = 10_000_000_000;

/// The program under test.
pub fn program_bytes() -> Vec<u8> {
    let path = std::env::var("GPU_LEASE_SO")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../artifacts/gpu_lease.so").into());
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}; run `cargo xtask build` first"))
}

/// The people of a market, their money, and one provider's offer, on some cluster: [`Audited`] unless a test
/// asks for another.
pub struct World<C = Audited> {
    /// Where it is.
    pub cluster: C,
    /// Everybody; they sign what needs their signature.
    pub people: People,
    /// Mint that leases are priced in, six decimals.
    pub mint: Address,
    /// Token program that owns it.
    pub token_program: Address,
    /// Mint of the tokens that vote, of the same token program.
    pub vote_mint: Address,
    /// The provider's account.
    pub provider: Address,
    /// Its first offer.
    pub offer: Address,
}

impl<C: Clone> Clone for World<C> {
    fn clone(&self) -> Self {
        let Self { cluster, people, mint, token_program, vote_mint, provider, offer } = self;
        Self {
            cluster: cluster.clone(),
            people: people.insecure_clone(),
            mint: *mint,
            token_program: *token_program,
            vote_mint: *vote_mint,
            provider: *provider,
            offer: *offer,
        }
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A market with one provider, whose offer number 0 has eight GPUs on [`terms`], in a mint of the SPL
    /// Token program.
    pub fn new() -> Self {
        Self::on(SPL_TOKEN)
    }

    /// As [`World::new`], in a mint of `token_program`.
    pub fn on(token_program: Address) -> Self {
        static WORLDS: LazyLock<Mutex<Vec<World>>> = LazyLock::new(Mutex::default);
        let mut worlds = WORLDS.lock().expect("worlds are made without a panic");
        if let Some(world) = worlds.iter().find(|world| world.token_program == token_program) {
            return world.clone();
        }
        let world = World::on_with_terms(token_program, |_| {});
        worlds.push(world.clone());
        world
    }

    /// As [`World::new`], on other terms.
    pub fn with_terms(change: impl FnOnce(&mut Terms)) -> Self {
        Self::on_with_terms(SPL_TOKEN, change)
    }

    /// As [`World::on`], on other terms.
    pub fn on_with_terms(token_program: Address, change: impl FnOnce(&mut Terms)) -> Self {
        let mut world = Self::with_program_and_mint_of(token_program);
        world.open_market(change);
        world
    }

    /// A cluster with the program and rich people, and nothing else.
    pub fn with_program() -> Self {
        Self::with_program_and_mint_of(SPL_TOKEN)
    }

    fn with_program_and_mint_of(token_program: Address) -> Self {
        let people = People::default();
        let cluster = Audited(Svm::with_program(&people.deployer.pubkey()));
        Self::empty(cluster, people, &Keypair::new_from_array([20; 32]), token_program)
    }
}

impl<C: Cluster> World<C> {
    /// A cluster with the program, on which everybody has lamports and tokens of `mint`, and nothing else.
    pub fn empty(cluster: C, people: People, mint: &Keypair, token_program: Address) -> Self {
        let provider = address::provider(&people.provider.pubkey());
        let offer = address::offer(&provider, 0);
        // Another for each mint, so that a market that is opened twice on one cluster finds its own.
        let vote_mint = Keypair::new_from_array(sha256(mint.pubkey().as_ref()));
        let mut world = Self {
            cluster,
            people,
            mint: mint.pubkey(),
            token_program,
            vote_mint: vote_mint.pubkey(),
            provider,
            offer,
        };
        for wallet in world.people.addresses().collect::<Vec<_>>() {
            world.cluster.fund(&wallet, LAMPORTS);
        }
        world.create_mint_of(mint, token_program);
        world.create_mint_of(&vote_mint, token_program);
        world
    }

    /// The instructions that come before any lease, one by one.
    pub fn foundation(&self) -> [Instruction; 5] {
        let People { deployer, stranger, attestor, operator, renter, .. } = &self.people;
        let keys = HotKeys { attestor: attestor.pubkey(), operator: operator.pubkey() };
        [
            instruction::initialize(deployer.pubkey(), self.config()),
            instruction::register_mint(stranger.pubkey(), self.mint, self.token_program),
            instruction::register_provider(self.people.provider.pubkey(), keys),
            instruction::create_offer(self.provider_ref(), 0, 8, terms(self.mint), listing()),
            instruction::create_participant(stranger.pubkey(), renter.pubkey()),
        ]
    }

    /// Initializes the protocol, if nobody did before, and lists eight GPUs on the usual [`terms`], changed.
    pub fn open_market(&mut self, change: impl FnOnce(&mut Terms)) {
        let [initialize, register_mint, register_provider, _, create_participant] = self.foundation();
        if self.cluster.account(&address::protocol()).is_none() {
            self.play([initialize]).ok();
        }
        self.play([register_mint]).ok();
        self.play([register_provider]).ok();
        self.play([create_participant]).ok();
        let mut terms = terms(self.mint);
        change(&mut terms);
        self.play([self.create_offer_ix(0, 8, terms, listing())]).ok();
    }

    /// How the protocol begins.
    pub fn config(&self) -> ProtocolConfig {
        ProtocolConfig {
            genesis_hash: self.cluster.genesis_hash(),
            vote_mint: self.vote_mint,
            unit_mint: self.mint,
            guardian: self.people.guardian.pubkey(),
            arbiter: self.people.arbiter.pubkey(),
            treasury: self.people.treasury.pubkey(),
            fee_bps: FEE_BPS,
            rules: RULES,
        }
    }

    // ----- time -----

    /// The cluster's clock, unix seconds.
    pub fn now(&self) -> i64 {
        self.cluster.now()
    }

    /// The moment by the cluster's clock.
    pub fn moment(&self) -> Moment {
        let clock = self.cluster.account(&sysvar::clock::ID).expect("every cluster has a clock").data;
        let slot = u64::from_le_bytes(clock[..8].try_into().expect("eight bytes"));
        Moment { time: self.now(), slot }
    }

    /// Lets time pass until `time`, unix seconds, and goes to the next slot.
    pub fn set_time(&mut self, time: i64) {
        self.cluster.travel_to(time);
    }

    /// Lets `seconds` pass.
    pub fn pass(&mut self, seconds: i64) {
        self.set_time(self.now() + seconds);
    }

    // ----- transactions -----

    /// Sends a transaction that the first signer pays for.
    #[track_caller]
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Outcome {
        Outcome(self.cluster.send(instructions, signers))
    }

    /// Sends a transaction that a stranger pays for and that everybody signs whose signature it needs.
    #[track_caller]
    pub fn play(&mut self, instructions: impl AsRef<[Instruction]>) -> Outcome {
        let instructions = instructions.as_ref();
        let stranger = &self.people.stranger;
        let mut signers = self.people.signers_of(instructions);
        signers.retain(|signer| signer.pubkey() != stranger.pubkey());
        signers.insert(0, stranger);
        Outcome(self.cluster.send(instructions, &signers))
    }

    // ----- accounts -----

    /// Reads one of the program's accounts.
    #[track_caller]
    pub fn read<T: AccountDeserialize>(&self, address: &Address) -> T {
        let account = self.cluster.account(address).unwrap_or_else(|| panic!("{address} does not exist"));
        T::try_deserialize(&mut account.data.as_slice()).expect("an account of this type")
    }

    /// Whether an account holds lamports.
    pub fn exists(&self, address: &Address) -> bool {
        self.lamports(address) > 0
    }

    /// Lamports of an account; 0 if it does not exist.
    pub fn lamports(&self, address: &Address) -> u64 {
        self.cluster.account(address).map_or(0, |account| account.lamports)
    }

    /// Program that owns an account.
    #[track_caller]
    pub fn owner_of(&self, address: &Address) -> Address {
        self.cluster.account(address).unwrap_or_else(|| panic!("{address} does not exist")).owner
    }
}
