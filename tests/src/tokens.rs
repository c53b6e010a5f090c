//! Mints and token accounts of either token program.

use crate::{Outcome, World, cluster::Cluster};
use gpu_lease_client::{
    address::{self, SPL_TOKEN},
    instruction,
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_interface::{instruction as token, state::AccountState};

/// Base units that everybody has at the beginning: a million of a six-decimals mint.
pub const WEALTH: u64 = 1_000_000_000_000;

/// Decimals of every mint.
pub const DECIMALS: u8 = 6;

/// Bytes of a mint without extensions.
const MINT_SPACE: u64 = 82;

/// Lamports of new accounts: enough rent for a mint or a token account on any cluster.
const RENT: u64 = 5_000_000;

/// The same instruction of `token_program`: both programs take those of the SPL Token program.
fn of(token_program: Address, instruction: Result<Instruction, impl std::fmt::Debug>) -> Instruction {
    Instruction { program_id: token_program, ..instruction.expect("valid") }
}

impl<C: Cluster> World<C> {
    /// Creates a mint whose key has `seed`, and gives everybody [`WEALTH`] of it.
    pub fn create_mint(&mut self, seed: u8, token_program: Address) -> Address {
        self.create_mint_of(&Keypair::new_from_array([seed; 32]), token_program)
    }

    /// As [`World::create_mint`], at the address of `mint`.
    pub fn create_mint_of(&mut self, mint: &Keypair, token_program: Address) -> Address {
        let issuer = self.people.issuer.insecure_clone();
        let (by, at) = (issuer.pubkey(), mint.pubkey());
        let instructions = [
            solana_system_interface::instruction::create_account(&by, &at, RENT, MINT_SPACE, &token_program),
            of(token_program, token::initialize_mint2(&SPL_TOKEN, &at, &by, Some(&by), DECIMALS)),
        ];
        self.send(&instructions, &[&issuer, mint]).ok();
        let wealth = self.people.addresses().map(|owner| {
            let account = address::associated_token(&owner, &at, &token_program);
            [
                instruction::create_associated_token(&by, &owner, &at, &token_program),
                of(token_program, token::mint_to(&SPL_TOKEN, &at, &account, &by, &[], WEALTH)),
            ]
        });
        // As many as a transaction holds.
        for instructions in wealth.collect::<Vec<_>>().chunks(4) {
            self.play(instructions.concat()).ok();
        }
        at
    }

    /// Creates the associated token account of `owner`.
    pub fn create_token_account(&mut self, owner: Address, mint: Address) -> Address {
        let issuer = self.people.issuer.pubkey();
        let program = self.owner_of(&mint);
        self.play([instruction::create_associated_token(&issuer, &owner, &mint, &program)]).ok();
        address::associated_token(&owner, &mint, &program)
    }

    /// Creates a second token account of `owner`, whose key has `seed`.
    pub fn create_other_token_account(&mut self, owner: Address, mint: Address, seed: u8) -> Address {
        let issuer = self.people.issuer.insecure_clone();
        let account = Keypair::new_from_array([seed; 32]);
        let program = self.owner_of(&mint);
        let (by, at) = (issuer.pubkey(), account.pubkey());
        let instructions = [
            solana_system_interface::instruction::create_account(&by, &at, RENT, 165, &program),
            of(program, token::initialize_account3(&SPL_TOKEN, &at, &mint, &owner)),
        ];
        self.send(&instructions, &[&issuer, &account]).ok();
        at
    }

    /// Mints `amount` base units to a token account.
    pub fn mint_to(&mut self, mint: Address, account: Address, amount: u64) {
        let issuer = self.people.issuer.pubkey();
        let program = self.owner_of(&mint);
        self.play([of(program, token::mint_to(&SPL_TOKEN, &mint, &account, &issuer, &[], amount))]).ok();
    }

    /// Someone sends `amount` base units of the market's mint to a token account.
    pub fn transfer(&mut self, from: &Address, to: &Address, amount: u64) -> Outcome {
        let (account, mint) = (self.wallet(from), self.mint);
        let transfer = token::transfer_checked(&SPL_TOKEN, &account, &mint, to, from, &[], amount, DECIMALS);
        self.play([of(self.token_program, transfer)])
    }

    /// The issuer freezes a token account of the market's mint.
    pub fn freeze(&mut self, account: &Address) {
        let issuer = self.people.issuer.pubkey();
        let freeze = token::freeze_account(&SPL_TOKEN, account, &self.mint, &issuer, &[]);
        self.play([of(self.token_program, freeze)]).ok();
        let state = self.cluster.account(account).expect("exists").data[108];
        assert_eq!(state, AccountState::Frozen as u8);
    }

    /// The issuer thaws a token account of the market's mint.
    pub fn thaw(&mut self, account: &Address) {
        let issuer = self.people.issuer.pubkey();
        let thaw = token::thaw_account(&SPL_TOKEN, account, &self.mint, &issuer, &[]);
        self.play([of(self.token_program, thaw)]).ok();
    }

    /// `owner` empties its associated token account into the stranger's and closes it.
    pub fn close_token_account(&mut self, owner: &Address) {
        let (account, stranger) = (self.wallet(owner), self.wallet(&self.people.stranger.pubkey()));
        self.transfer(owner, &stranger, self.balance(&account)).ok();
        let close = token::close_account(&SPL_TOKEN, &account, owner, owner, &[]);
        self.play([of(self.token_program, close)]).ok();
    }

    /// `owner` gives its associated token account of the market's mint to `heir`.
    pub fn reassign_token_account(&mut self, owner: &Address, heir: &Address) {
        let kind = token::AuthorityType::AccountOwner;
        let account = self.wallet(owner);
        let reassign = token::set_authority(&SPL_TOKEN, &account, Some(heir), kind, owner, &[]);
        self.play([of(self.token_program, reassign)]).ok();
    }

    /// The associated token account of `owner` for the market's mint.
    pub fn wallet(&self, owner: &Address) -> Address {
        address::associated_token(owner, &self.mint, &self.token_program)
    }

    /// Base units in a token account; 0 if it does not exist.
    pub fn balance(&self, token_account: &Address) -> u64 {
        let account = self.cluster.account(token_account);
        account.map_or(0, |account| u64::from_le_bytes(account.data[64..72].try_into().expect("eight bytes")))
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
