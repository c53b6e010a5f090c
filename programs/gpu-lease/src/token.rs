//! The only place that knows token programs: the accounts they own and the calls they take.
//!
//! Serves the SPL Token program and Token-2022 alike, whose base layouts and calls are the same. Calls
//! are built on fixed arrays and accounts are checked in place: going through the general helpers costs
//! several times as much, and a hundred kilobytes of program.

use crate::{
    errors::LeaseError,
    state::{LEASE_SEED, LOCK_SEED, Lease, MINT_POLICY_SEED, MintPolicy, VoteLock},
};
use anchor_lang::{
    IdlAccountType,
    accounts::{SlabInit, SlabSchema},
    address_eq,
    cpi::{InstructionAccount, InstructionView, create_account_with_signers},
    pinocchio::cpi::invoke,
    prelude::*,
    unchecked_invoke_signed_fixed,
};
use bytemuck::{Pod, Zeroable};
use core::ops::Deref;

/// Length of a multisig account, which is never a mint or a token account.
const MULTISIG_LEN: usize = 355;

/// Offset at which an account with extensions says what it is: behind the largest base layout.
const ACCOUNT_TYPE_OFFSET: usize = size_of::<TokenAccount>();

/// Whether a token program owns the account and its length and type byte say that its base layout has
/// `base_len` bytes and it is of type `account_type`.
fn is_token_layout(view: &AccountView, data: &[u8], base_len: usize, account_type: u8) -> bool {
    (view.owned_by(&Token::id()) || view.owned_by(&Token2022::id()))
        && (data.len() == base_len
            || data.len() != MULTISIG_LEN && data.get(ACCOUNT_TYPE_OFFSET) == Some(&account_type))
}

/// An initialized token account of either token program.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(transparent)]
pub struct TokenAccount(anchor_spl::TokenAccount);

impl Deref for TokenAccount {
    type Target = anchor_spl::TokenAccount;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl IdlAccountType for TokenAccount {}

impl SlabSchema for TokenAccount {
    const DATA_OFFSET: usize = 0;
    const MIN_DATA_LEN: usize = size_of::<Self>();

    fn validate(view: &AccountView, data: &[u8]) -> Result<()> {
        const ACCOUNT_TYPE: u8 = 2;
        const STATE_OFFSET: usize = 108;
        const UNINITIALIZED: u8 = 0;
        require!(
            is_token_layout(view, data, size_of::<Self>(), ACCOUNT_TYPE)
                && data.get(STATE_OFFSET) != Some(&UNINITIALIZED),
            LeaseError::NotATokenAccount
        );
        Ok(())
    }
}

/// What a new token account needs besides its address.
#[derive(Default)]
pub struct TokenAccountParams<'a> {
    /// Its mint.
    pub mint: Option<&'a AccountView>,
    /// Its owner.
    pub authority: Option<&'a AccountView>,
    /// The token program.
    pub token_program: Option<&'a AccountView>,
}

impl SlabInit for TokenAccount {
    type Params<'a> = TokenAccountParams<'a>;

    fn create_and_initialize<'a>(
        payer: &AccountView,
        account: &AccountView,
        space: usize,
        params: &Self::Params<'a>,
        signer_seeds: Option<&[&[u8]]>,
        payer_signer_seeds: Option<&[&[u8]]>,
    ) -> Result<()> {
        const INITIALIZE_ACCOUNT_3: u8 = 18;
        let TokenAccountParams { mint: Some(mint), authority: Some(authority), token_program: Some(program) } =
            params
        else {
            return Err(ProgramError::InvalidArgument);
        };
        // Accounts are created before the constraints of any other are checked.
        require!(mint.owned_by(program.address()), LeaseError::WrongTokenProgram);
        require_safe_extensions(mint)?;
        create_account_with_signers(
            payer,
            account,
            space,
            program.address(),
            signer_seeds,
            payer_signer_seeds,
        )?;
        let mut data = [INITIALIZE_ACCOUNT_3; 33];
        let (_, owner) = data.split_at_mut(1);
        owner.copy_from_slice(authority.address().as_ref());
        let instruction = InstructionView {
            program_id: program.address(),
            accounts: &[
                InstructionAccount::writable(account.address()),
                InstructionAccount::readonly(mint.address()),
            ],
            data: &data,
        };
        invoke(&instruction, &[account, mint])
    }
}

/// An initialized mint of either token program.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(transparent)]
pub struct Mint(anchor_spl::Mint);

impl Deref for Mint {
    type Target = anchor_spl::Mint;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl IdlAccountType for Mint {}

impl SlabSchema for Mint {
    const DATA_OFFSET: usize = 0;
    const MIN_DATA_LEN: usize = size_of::<Self>();

    fn validate(view: &AccountView, data: &[u8]) -> Result<()> {
        const ACCOUNT_TYPE: u8 = 1;
        const INITIALIZED_OFFSET: usize = 45;
        require!(
            is_token_layout(view, data, size_of::<Self>(), ACCOUNT_TYPE)
                && data.get(INITIALIZED_OFFSET) == Some(&1),
            LeaseError::NotAMint
        );
        Ok(())
    }
}

/// Requires every extension of a mint to be one that cannot take, block or change amounts.
///
/// A mint's extensions are fixed when it is created, all but the texts of its metadata: what holds when a
/// vault is made holds as long as the vault. An extension is a type and a length, 16 bits each, and a value.
#[inline(never)]
fn require_safe_extensions(mint: &AccountView) -> Result<()> {
    let data = mint.try_borrow()?;
    let Some(mut rest) = data.get(ACCOUNT_TYPE_OFFSET.saturating_add(1)..) else { return Ok(()) };
    while let Some(([t0, t1, l0, l1], tail)) = rest.split_first_chunk() {
        match u16::from_le_bytes([*t0, *t1]) {
            // What was not used of the account.
            0 => break,
            // Pointers to metadata, groups and members, and these themselves: names, nothing that moves.
            18..=23 => {}
            1 => return Err(LeaseError::TransferFee.into()),
            3 => return Err(LeaseError::MintCloseAuthority.into()),
            4 | 16 | 24 => return Err(LeaseError::ConfidentialTransfer.into()),
            6 => return Err(LeaseError::DefaultAccountState.into()),
            9 => return Err(LeaseError::NonTransferable.into()),
            10 => return Err(LeaseError::InterestBearing.into()),
            12 => return Err(LeaseError::PermanentDelegate.into()),
            14 => return Err(LeaseError::TransferHook.into()),
            25 => return Err(LeaseError::ScaledUiAmount.into()),
            26 => return Err(LeaseError::Pausable.into()),
            _ => return Err(LeaseError::UnknownExtension.into()),
        }
        rest = tail.get(usize::from(u16::from_le_bytes([*l0, *l1]))..).ok_or(LeaseError::NotAMint)?;
    }
    Ok(())
}

/// `token::mint = …`: the account holds this mint.
pub struct MintConstraint;

impl AccountConstraint<Account<TokenAccount>> for MintConstraint {
    type Value = Address;

    fn check(account: &Account<TokenAccount>, expected: &Address) -> Result<()> {
        require!(address_eq(account.mint(), expected), LeaseError::WrongMint);
        Ok(())
    }
}

/// `token::authority = …`: this wallet or account owns it.
pub struct AuthorityConstraint;

impl AccountConstraint<Account<TokenAccount>> for AuthorityConstraint {
    type Value = Address;

    fn check(account: &Account<TokenAccount>, expected: &Address) -> Result<()> {
        require!(address_eq(account.owner(), expected), LeaseError::WrongTokenOwner);
        Ok(())
    }
}

/// `token::token_program = …`: this token program holds it.
pub struct TokenProgramConstraint;

impl AccountConstraint<Account<TokenAccount>> for TokenProgramConstraint {
    type Value = Address;

    fn check(account: &Account<TokenAccount>, expected: &Address) -> Result<()> {
        require!(account.account().owned_by(expected), LeaseError::WrongTokenProgram);
        Ok(())
    }
}

/// A checked transfer, of the SPL Token program and of Token-2022 alike.
pub struct Transfer<'a> {
    /// The token program.
    pub program: &'a Address,
    /// Token account that pays.
    pub from: CpiHandle<'a>,
    /// Their mint.
    pub mint: CpiHandle<'a>,
    /// Token account that is paid.
    pub to: CpiHandle<'a>,
    /// Owner of `from`.
    pub authority: CpiHandle<'a>,
    /// Base units.
    pub amount: u64,
    /// Decimals of the mint.
    pub decimals: u8,
}

impl<'a> Transfer<'a> {
    const DISCRIMINATOR: u8 = 12;

    /// Transfers with the authority's own signature. Nothing to move is no call.
    #[inline(never)]
    pub fn invoke(&self) {
        self.invoke_signed(&[]);
    }

    /// Transfers in the name of `custodian`, which must be the authority. Nothing to move is no call.
    #[inline(never)]
    pub fn invoke_as(&self, custodian: &impl Deref<Target = impl Custodian>) {
        custodian.sign(|seeds| self.invoke_signed(&[seeds]));
    }

    #[inline(always)]
    fn invoke_signed(&self, signer_seeds: &[&[&[u8]]]) {
        if self.amount == 0 {
            return;
        }
        let [a0, a1, a2, a3, a4, a5, a6, a7] = self.amount.to_le_bytes();
        let data = [Self::DISCRIMINATOR, a0, a1, a2, a3, a4, a5, a6, a7, self.decimals];
        let accounts = [
            InstructionAccount::writable(self.from.address()),
            InstructionAccount::readonly(self.mint.address()),
            InstructionAccount::writable(self.to.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let handles = [self.from, self.mint, self.to, self.authority];
        unchecked_invoke_signed_fixed(self.program, &data, &accounts, &handles, signer_seeds);
    }
}

/// Closes an empty vault.
pub struct CloseVault<'a> {
    /// The token program.
    pub program: &'a Address,
    /// The vault.
    pub vault: CpiHandle<'a>,
    /// Wallet that gets the vault's rent.
    pub destination: CpiHandle<'a>,
    /// The vault's owner.
    pub authority: CpiHandle<'a>,
}

impl<'a> CloseVault<'a> {
    const DISCRIMINATOR: u8 = 9;

    /// Closes in the name of `custodian`, which must be the authority.
    #[inline(always)]
    pub fn invoke_as(&self, custodian: &impl Deref<Target = impl Custodian>) {
        let accounts = [
            InstructionAccount::writable(self.vault.address()),
            InstructionAccount::writable(self.destination.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let handles = [self.vault, self.destination, self.authority];
        custodian.sign(|seeds| {
            let data = [Self::DISCRIMINATOR];
            unchecked_invoke_signed_fixed(self.program, &data, &accounts, &handles, &[seeds]);
        });
    }
}

/// An account of the program that owns a token account.
pub trait Custodian {
    /// Calls `invoke` with the seeds that the account signs with.
    fn sign(&self, invoke: impl FnOnce(&[&[u8]]));
}

impl Custodian for Lease {
    #[inline(always)]
    fn sign(&self, invoke: impl FnOnce(&[&[u8]])) {
        invoke(&[LEASE_SEED, self.renter.as_ref(), &self.nonce.to_le_bytes(), &[self.bump]]);
    }
}

impl Custodian for VoteLock {
    #[inline(always)]
    fn sign(&self, invoke: impl FnOnce(&[&[u8]])) {
        invoke(&[LOCK_SEED, self.owner.as_ref(), &[self.bump]]);
    }
}

impl Custodian for MintPolicy {
    #[inline(always)]
    fn sign(&self, invoke: impl FnOnce(&[&[u8]])) {
        invoke(&[MINT_POLICY_SEED, self.mint.as_ref(), &[self.bump]]);
    }
}
