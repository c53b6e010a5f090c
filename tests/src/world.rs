//! A cluster in memory.

use crate::{Outcome, People, audit::Snapshot};
use anchor_lang::AccountDeserialize;
use gpu_lease::state::*;
use gpu_lease_client::address;
use litesvm::LiteSVM;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use spl_token_interface::{ID as TOKEN, instruction as token, state::AccountState};
use std::sync::{LazyLock, Mutex};

/// When every world begins, unix seconds.
pub const GENESIS_TIME: i64 = 1_800_000_000;

/// Base units that everybody has at the beginning: a million of a six-decimals mint.
pub const WEALTH: u64 = 1_000_000_000_000;

/// The program under test.
pub fn program_bytes() -> Vec<u8> {
    let path = std::env::var("GPU_LEASE_SO")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../artifacts/gpu_lease.so").into());
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}; run `cargo xtask build` first"))
}

/// A cluster in memory, with the protocol initialized and one provider with one offer.
///
/// Every transaction is audited, see [`World::send`].
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

impl Clone for World {
    fn clone(&self) -> Self {
        let Self { svm, mint, provider, offer, .. } = self;
        let people = People { provider: self.people.provider.insecure_clone(), ..People::default() };
        Self { svm: svm.clone(), people, mint: *mint, provider: *provider, offer: *offer }
    }
}

impl World {
    /// A cluster with the program and rich people, and nothing else.
    pub fn with_program() -> Self {
        static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| Mutex::new(World::made()));
        WORLD.lock().expect("it was made").clone()
    }

    fn made() -> Self {
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

    // ----- time -----

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    /// Sets the cluster's clock, unix seconds, and goes to the next slot.
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
    ///
    /// If it fails, no balance may have changed but for the payer's network fee. If it succeeds, the
    /// invariants of the protocol must hold, and no terms or fee of a running lease may have changed.
    #[track_caller]
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Outcome {
        self.svm.expire_blockhash();
        let payer = signers[0].pubkey();
        let message = Message::new_with_blockhash(instructions, Some(&payer), &self.svm.latest_blockhash());
        let transaction = VersionedTransaction::try_new(VersionedMessage::Legacy(message), signers)
            .expect("every signer is there");
        let before = Snapshot::of(&self.svm);
        let result = self.svm.send_transaction(transaction);
        let after = Snapshot::of(&self.svm);
        match result {
            Ok(_) => after.require_lawful_since(&before),
            Err(_) => after.require_unchanged_since(&before, &payer),
        }
        Outcome(result)
    }

    /// Sends a transaction that a stranger pays for and that everybody signs whose signature it needs.
    #[track_caller]
    pub fn play(&mut self, instructions: impl AsRef<[Instruction]>) -> Outcome {
        let instructions = instructions.as_ref();
        let mut signers = vec![self.people.stranger.insecure_clone()];
        for meta in instructions.iter().flat_map(|instruction| &instruction.accounts) {
            if meta.is_signer && signers.iter().all(|signer| signer.pubkey() != meta.pubkey) {
                let person = self.people.find(&meta.pubkey).expect("a person signs");
                signers.push(person.insecure_clone());
            }
        }
        self.send(instructions, &signers.iter().collect::<Vec<_>>())
    }

    /// Sends a transaction in which only a stranger's signature is needed.
    #[track_caller]
    pub fn crank(&mut self, instructions: &[Instruction]) -> Outcome {
        self.play(instructions)
    }

    // ----- accounts -----

    /// Reads one of the program's accounts.
    #[track_caller]
    pub fn read<T: AccountDeserialize>(&self, address: &Address) -> T {
        let account = self.svm.get_account(address).unwrap_or_else(|| panic!("{address} does not exist"));
        T::try_deserialize(&mut account.data.as_slice()).expect("an account of this type")
    }

    /// Overwrites one of the program's accounts in place.
    pub fn write<T: AccountDeserialize + bytemuck::Pod>(
        &mut self,
        address: &Address,
        change: impl FnOnce(&mut T),
    ) {
        let mut value = self.read::<T>(address);
        change(&mut value);
        let mut account = self.svm.get_account(address).expect("exists");
        account.data[8..8 + size_of::<T>()].copy_from_slice(bytemuck::bytes_of(&value));
        self.svm.set_account(*address, account).expect("fits");
    }

    /// Whether an account holds lamports.
    pub fn exists(&self, address: &Address) -> bool {
        self.lamports(address) > 0
    }

    /// Lamports of an account; 0 if it does not exist.
    pub fn lamports(&self, address: &Address) -> u64 {
        self.svm.get_balance(address).unwrap_or(0)
    }

    /// Puts a copy of an account at `to`, changed.
    pub fn copy_account(
        &mut self,
        from: &Address,
        to: Address,
        change: impl FnOnce(&mut solana_account::Account),
    ) -> Address {
        let mut account = self.svm.get_account(from).expect("exists");
        change(&mut account);
        self.svm.set_account(to, account).expect("fits");
        to
    }

    /// Names the program's upgrade authority.
    pub fn set_upgrade_authority(&mut self, authority: Option<Address>) {
        let address = address::program_data(&gpu_lease::ID);
        let mut account = self.svm.get_account(&address).expect("the program is upgradeable");
        // A 4-byte tag and an 8-byte slot stand before the optional authority.
        let (option, key) = account.data[12..45].split_at_mut(1);
        option[0] = u8::from(authority.is_some());
        key.copy_from_slice(authority.unwrap_or_default().as_ref());
        self.svm.set_account(address, account).expect("fits");
    }

    // ----- tokens -----

    /// Creates a six-decimals mint whose key has `seed`, and gives everybody [`WEALTH`] of it.
    pub fn create_mint(&mut self, seed: u8, token_program: Address) -> Address {
        let issuer = self.people.issuer.insecure_clone();
        let mint = Keypair::new_from_array([seed; 32]);
        let mut initialize =
            token::initialize_mint2(&TOKEN, &mint.pubkey(), &issuer.pubkey(), Some(&issuer.pubkey()), 6)
                .expect("valid");
        initialize.program_id = token_program;
        let space = 82;
        let create = solana_system_interface::instruction::create_account(
            &issuer.pubkey(),
            &mint.pubkey(),
            self.svm.minimum_balance_for_rent_exemption(space),
            space as u64,
            &token_program,
        );
        self.send(&[create, initialize], &[&issuer, &mint]).ok();
        for owner in self.people.addresses().collect::<Vec<_>>() {
            let account = self.create_token_account(owner, mint.pubkey());
            self.mint_to(mint.pubkey(), account, WEALTH);
        }
        mint.pubkey()
    }

    /// Creates the associated token account of `owner`.
    pub fn create_token_account(&mut self, owner: Address, mint: Address) -> Address {
        let issuer = self.people.issuer.pubkey();
        let program = self.owner_of(&mint);
        let create = gpu_lease_client::instruction::create_associated_token(&issuer, &owner, &mint, &program);
        self.play([create]).ok();
        get_associated_token_address_with_program_id(&owner, &mint, &program)
    }

    /// Creates a second token account of `owner`, whose key has `seed`.
    pub fn create_other_token_account(&mut self, owner: Address, mint: Address, seed: u8) -> Address {
        let issuer = self.people.issuer.insecure_clone();
        let account = Keypair::new_from_array([seed; 32]);
        let program = self.owner_of(&mint);
        let create = solana_system_interface::instruction::create_account(
            &issuer.pubkey(),
            &account.pubkey(),
            self.svm.minimum_balance_for_rent_exemption(165),
            165,
            &program,
        );
        let mut initialize =
            token::initialize_account3(&TOKEN, &account.pubkey(), &mint, &owner).expect("valid");
        initialize.program_id = program;
        self.send(&[create, initialize], &[&issuer, &account]).ok();
        account.pubkey()
    }

    /// Program that owns an account.
    pub fn owner_of(&self, address: &Address) -> Address {
        self.svm.get_account(address).unwrap_or_else(|| panic!("{address} does not exist")).owner
    }

    /// Mints `amount` base units to a token account.
    pub fn mint_to(&mut self, mint: Address, account: Address, amount: u64) {
        let issuer = self.people.issuer.pubkey();
        let mut mint_to = token::mint_to(&TOKEN, &mint, &account, &issuer, &[], amount).expect("valid");
        mint_to.program_id = self.owner_of(&mint);
        self.play([mint_to]).ok();
    }

    /// Someone sends `amount` base units of the market's mint to a token account.
    pub fn transfer(&mut self, from: &Address, to: &Address, amount: u64) -> Outcome {
        let transfer =
            token::transfer_checked(&TOKEN, &self.wallet(from), &self.mint, to, from, &[], amount, 6);
        self.play([transfer.expect("valid")])
    }

    /// The issuer freezes a token account of the market's mint.
    pub fn freeze(&mut self, account: &Address) {
        let issuer = self.people.issuer.pubkey();
        self.play([token::freeze_account(&TOKEN, account, &self.mint, &issuer, &[]).expect("valid")]).ok();
        assert_eq!(self.svm.get_account(account).expect("exists").data[108], AccountState::Frozen as u8);
    }

    /// The issuer thaws a token account of the market's mint.
    pub fn thaw(&mut self, account: &Address) {
        let issuer = self.people.issuer.pubkey();
        self.play([token::thaw_account(&TOKEN, account, &self.mint, &issuer, &[]).expect("valid")]).ok();
    }

    /// `owner` empties its associated token account into the stranger's and closes it.
    pub fn close_token_account(&mut self, owner: &Address) {
        let (account, stranger) = (self.wallet(owner), self.wallet(&self.people.stranger.pubkey()));
        self.transfer(owner, &stranger, self.balance(&account)).ok();
        self.play([token::close_account(&TOKEN, &account, owner, owner, &[]).expect("valid")]).ok();
    }

    /// `owner` gives its associated token account of the market's mint to `heir`.
    pub fn reassign_token_account(&mut self, owner: &Address, heir: &Address) {
        let kind = token::AuthorityType::AccountOwner;
        let account = self.wallet(owner);
        self.play([token::set_authority(&TOKEN, &account, Some(heir), kind, owner, &[]).expect("valid")])
            .ok();
    }

    /// The associated token account of `owner` for the market's mint.
    pub fn wallet(&self, owner: &Address) -> Address {
        address::associated_token(owner, &self.mint, &TOKEN)
    }

    /// Base units in a token account; 0 if it does not exist.
    pub fn balance(&self, token_account: &Address) -> u64 {
        self.svm
            .get_account(token_account)
            .and_then(|account| {
                account.data.get(64..72).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
            })
            .unwrap_or(0)
    }

    /// Base units in the associated token account of `owner`.
    pub fn money(&self, owner: &Address) -> u64 {
        self.balance(&self.wallet(owner))
    }

    /// The fee vault of the market's mint.
    pub fn fee_vault(&self) -> Address {
        address::fee_vault(&self.mint)
    }
}
