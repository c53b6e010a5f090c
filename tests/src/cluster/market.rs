use super::{Cluster, Receipt, Refusal};
use crate::{FEE_BPS, People, listing, terms};
use gpu_lease::{attestation::Usage, instructions::ProtocolConfig, state::*};
use gpu_lease_client::{
    address::{self, SPL_TOKEN},
    attestation::{self, Attestation},
    decode::{self, Keyed, ProgramAccount},
    instruction::{self, LeaseRef, OpenLease, ProviderRef},
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_system_interface::instruction as system;
use spl_token_interface::instruction as token;

/// Lamports that everybody has at the beginning.
const LAMPORTS: u64 = 10_000_000_000;

/// Base units that everybody has at the beginning: ten people's fit a mint's supply.
const MONEY: u64 = 1 << 60;

/// Bytes of a mint without extensions.
const MINT_SPACE: u64 = 82;

/// Lamports of the mint's account: enough rent for it on any cluster.
const MINT_LAMPORTS: u64 = 5_000_000;

/// Decimals of the mint.
const DECIMALS: u8 = 6;

/// The people of a market, their money, and one provider's offer, on any cluster.
pub struct Market<C> {
    /// Where it is.
    pub cluster: C,
    /// Everybody; they sign what needs their signature.
    pub people: People,
    /// Mint that leases are priced in.
    pub mint: Address,
    /// The provider.
    pub provider: ProviderRef,
    /// Its first offer.
    pub offer: Address,
}

impl<C: Cluster> Market<C> {
    /// A cluster with the program, on which everybody has lamports and tokens of `mint`, and nothing else.
    pub fn empty(cluster: C, people: People, mint: Keypair) -> Self {
        let provider = ProviderRef::of(people.provider.pubkey());
        let offer = address::offer(&provider.address, 0);
        let mut market = Self { cluster, people, mint: mint.pubkey(), provider, offer };
        market.people.addresses().for_each(|wallet| market.cluster.fund(&wallet, LAMPORTS));
        market.create_mint(&mint);
        market
    }

    /// As [`Market::empty`], with the protocol initialized, if it was not before, and one offer of eight GPUs
    /// on the usual [`terms`].
    pub fn open(cluster: C, people: People, mint: Keypair) -> Self {
        let mut market = Self::empty(cluster, people, mint);
        let [initialize, others @ ..] = market.foundation();
        if market.cluster.account(&address::protocol()).is_none() {
            market.play([initialize]).expect("the protocol");
        }
        for instruction in others {
            market.play([instruction]).expect("a foundation");
        }
        market
    }

    /// The instructions that come before any lease, one by one.
    pub fn foundation(&mut self) -> [Instruction; 4] {
        let config = self.config();
        let People { deployer, stranger, attestor, .. } = &self.people;
        [
            instruction::initialize(deployer.pubkey(), config),
            instruction::register_mint(stranger.pubkey(), self.mint, SPL_TOKEN),
            instruction::register_provider(self.provider.authority, attestor.pubkey()),
            instruction::create_offer(self.provider, 0, 8, terms(self.mint), listing()),
        ]
    }

    /// How the protocol begins.
    pub fn config(&mut self) -> ProtocolConfig {
        ProtocolConfig {
            genesis_hash: self.cluster.genesis_hash(),
            vote_mint: Address::new_from_array([30; 32]),
            unit_mint: self.mint,
            guardian: Address::new_from_array([31; 32]),
            arbiter: Address::new_from_array([32; 32]),
            treasury: Address::new_from_array([33; 32]),
            fee_bps: FEE_BPS,
        }
    }

    /// Sends a transaction that everybody signs whose signature it needs. The first of them pays for it; a
    /// stranger, if nobody has to sign.
    pub fn play(&mut self, instructions: impl AsRef<[Instruction]>) -> Result<Receipt, Refusal> {
        let signers = signers(&self.people, instructions.as_ref());
        self.cluster.send(instructions.as_ref(), &signers)
    }

    /// Lets `seconds` pass.
    pub fn pass(&mut self, seconds: i64) {
        let now = self.cluster.now();
        self.cluster.travel_to(now + seconds);
    }

    /// Reads one of the program's accounts.
    pub fn read<T: ProgramAccount>(&mut self, address: Address) -> Keyed<T> {
        let account = self.cluster.account(&address).unwrap_or_else(|| panic!("no account at {address}"));
        decode::account(address, &account).expect("an account of this type")
    }

    /// Reads a lease and its provider.
    pub fn lease(&mut self, address: Address) -> LeaseRef {
        let lease: Keyed<Lease> = self.read(address);
        let provider: Keyed<Provider> = self.read(lease.provider);
        LeaseRef::new(lease, provider.account, SPL_TOKEN)
    }

    /// Base units in the associated token account of `wallet`.
    pub fn money(&mut self, wallet: &Address) -> u64 {
        self.balance(&address::associated_token(wallet, &self.mint, &SPL_TOKEN))
    }

    /// Base units in a token account; 0 if it does not exist.
    pub fn balance(&mut self, token_account: &Address) -> u64 {
        let account = self.cluster.account(token_account);
        account.map_or(0, |account| u64::from_le_bytes(account.data[64..72].try_into().expect("eight bytes")))
    }

    /// The renter's request for four GPUs of the offer for a day, half of it paid.
    pub fn request(&mut self, nonce: u64) -> LeaseRequest {
        let offer: Keyed<Offer> = self.read(self.offer);
        LeaseRequest {
            nonce,
            deposit: 4 * 12 * offer.terms.price,
            start_deadline: self.cluster.now() + 600,
            duration: 24 * 3_600,
            gpus: 4,
            expected_terms: offer.terms.hash(),
            access_key: [11; 32],
            session_key: Address::default(),
        }
    }

    /// What the renter sends to open the lease of `request`, which it pays for itself.
    pub fn opening(&mut self, request: LeaseRequest) -> OpenLease {
        let offer: Keyed<Offer> = self.read(self.offer);
        OpenLease::new(self.people.renter.pubkey(), &offer, SPL_TOKEN, request)
    }

    /// `attest` of `gpu_seconds` up to now, or to the lease's end if that was earlier, signed by `signers`.
    pub fn attestation(&mut self, lease: Address, gpu_seconds: u64, signers: &[Address]) -> [Instruction; 2] {
        let lease = self.lease(lease);
        let window_end = self.cluster.now().min(lease.lease.ends_at);
        let usage = Usage { window_end, gpu_seconds, energy_wh: gpu_seconds / 5, evidence: [9; 32] };
        let message = Attestation::new(lease.address, &lease.lease, &usage);
        let mut signers = signers.iter().map(|signer| self.people.find(signer).expect("only people sign"));
        let mut signed = attestation::sign(message, signers.next().expect("a signer")).expect("a signature");
        signers.for_each(|signer| signed.sign(signer).expect("a signature"));
        instruction::attest(&lease, &signed).expect("one to three signatures")
    }

    /// Creates `mint` and gives everybody the same amount of it.
    fn create_mint(&mut self, mint: &Keypair) {
        let issuer = self.people.issuer.pubkey();
        let instructions = [
            system::create_account(&issuer, &self.mint, MINT_LAMPORTS, MINT_SPACE, &SPL_TOKEN),
            token::initialize_mint2(&SPL_TOKEN, &self.mint, &issuer, None, DECIMALS).expect("valid"),
        ];
        self.cluster.send(&instructions, &[&self.people.issuer, mint]).expect("a mint");
        for wallet in self.people.addresses().collect::<Vec<_>>() {
            let account = address::associated_token(&wallet, &self.mint, &SPL_TOKEN);
            self.play([
                instruction::create_associated_token(&issuer, &wallet, &self.mint, &SPL_TOKEN),
                token::mint_to(&SPL_TOKEN, &self.mint, &account, &issuer, &[], MONEY).expect("valid"),
            ])
            .expect("money for everybody");
        }
    }
}

/// Those of `people` who have to sign `instructions`; a stranger, if nobody has to.
pub fn signers<'a>(people: &'a People, instructions: &[Instruction]) -> Vec<&'a Keypair> {
    let mut signers: Vec<&Keypair> = Vec::new();
    for meta in instructions.iter().flat_map(|instruction| &instruction.accounts) {
        if meta.is_signer && signers.iter().all(|signer| signer.pubkey() != meta.pubkey) {
            signers.push(people.find(&meta.pubkey).expect("only people sign"));
        }
    }
    if signers.is_empty() {
        signers.push(&people.stranger);
    }
    signers
}
