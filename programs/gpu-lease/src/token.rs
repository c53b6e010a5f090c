//! The only place that knows token programs: the accounts they own and the calls they take.
//!
//! Serves the SPL Token program and Token-2022 alike, whose base layouts and calls are the same. Calls
//! are built on fixed arrays and accounts are checked in place: going through the general helpers costs
//! several times as much, and a hundred kilobytes of program.

use crate::{
    creation::create,
    errors::LeaseError,
    state::{LEASE_SEED, LOCK_SEED, Lease, MINT_POLICY_SEED, MintPolicy, PROVIDER_SEED, Provider, VoteLock},
};
use anchor_lang::{
    IdlAccountType,
    accounts::{SlabInit, SlabSchema},
    address_eq,
    cpi::{InstructionAccount, InstructionView},
    pinocchio::cpi::{CpiAccount, Seed, Signer, invoke_signed_unchecked},
    prelude::*,
};
use bytemuck::{Pod, Zeroable, bytes_of};
use core::{mem::MaybeUninit, ops::Deref, ptr, slice::from_ref};
use solana_program::bpf_loader;

/// Length of a multisig account, which is never a mint or a token account.
const MULTISIG_LEN: usize = 355;

/// Offset at which an account with extensions says what it is: after the largest base layout.
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

impl TokenAccountParams<'_> {
    /// Creates `account`, not initialized yet, if its mint is one that keeps its word. Accounts are created before the
    /// constraints of any other are checked.
    fn create(
        &self,
        payer: &AccountView,
        account: &AccountView,
        space: usize,
        seeds: Option<&[&[u8]]>,
    ) -> Result<()> {
        let (Some(mint), Some(program)) = (self.mint, self.token_program) else {
            return Err(ProgramError::InvalidArgument);
        };
        require!(mint.owned_by(program.address()), LeaseError::WrongTokenProgram);
        require_safe_extensions(mint)?;
        create(payer, account, space, program.address(), seeds)
    }
}

/// A token account that its instruction creates and then initializes, together with its first transfer, by
/// [`Calls::initialize`].
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(transparent)]
pub struct NewTokenAccount(TokenAccount);

impl Deref for NewTokenAccount {
    type Target = anchor_spl::TokenAccount;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl IdlAccountType for NewTokenAccount {}

impl SlabSchema for NewTokenAccount {
    const DATA_OFFSET: usize = TokenAccount::DATA_OFFSET;
    const MIN_DATA_LEN: usize = TokenAccount::MIN_DATA_LEN;

    fn validate(view: &AccountView, data: &[u8]) -> Result<()> {
        TokenAccount::validate(view, data)
    }
}

impl SlabInit for NewTokenAccount {
    type Params<'a> = TokenAccountParams<'a>;

    fn create_and_initialize<'a>(
        payer: &AccountView,
        account: &AccountView,
        space: usize,
        params: &Self::Params<'a>,
        seeds: Option<&[&[u8]]>,
        _: Option<&[&[u8]]>,
    ) -> Result<()> {
        params.create(payer, account, space, seeds)
    }
}

impl SlabInit for TokenAccount {
    type Params<'a> = TokenAccountParams<'a>;

    fn create_and_initialize<'a>(
        payer: &AccountView,
        account: &AccountView,
        space: usize,
        params: &Self::Params<'a>,
        seeds: Option<&[&[u8]]>,
        _: Option<&[&[u8]]>,
    ) -> Result<()> {
        let TokenAccountParams { mint: Some(mint), authority: Some(authority), token_program: Some(program) } =
            params
        else {
            return Err(ProgramError::InvalidArgument);
        };
        params.create(payer, account, space, seeds)?;
        let mut calls = Calls::empty();
        calls.initialize(account, mint, authority.address());
        calls.invoke(program, [account, mint]);
        Ok(())
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

/// Both kinds of token accounts.
pub trait IsTokenAccount: Pod + SlabSchema + Deref<Target = anchor_spl::TokenAccount> {}

impl<T: Pod + SlabSchema + Deref<Target = anchor_spl::TokenAccount>> IsTokenAccount for T {}

/// `token::mint = …`: the account holds this mint.
pub struct MintConstraint;

impl<T: IsTokenAccount> AccountConstraint<Account<T>> for MintConstraint {
    type Value = Address;

    fn check(account: &Account<T>, expected: &Address) -> Result<()> {
        require!(address_eq(account.mint(), expected), LeaseError::WrongMint);
        Ok(())
    }
}

/// `token::authority = …`: this wallet or account owns it.
pub struct AuthorityConstraint;

impl<T: IsTokenAccount> AccountConstraint<Account<T>> for AuthorityConstraint {
    type Value = Address;

    fn check(account: &Account<T>, expected: &Address) -> Result<()> {
        require!(address_eq(account.owner(), expected), LeaseError::WrongTokenOwner);
        Ok(())
    }
}

/// Requires `view` to be a token account for `mint` that belongs to `owner`.
#[inline(never)]
pub fn require_held(view: &AccountView, mint: &Address, owner: &Address) -> Result<()> {
    let account = Account::<TokenAccount>::load(*view)?;
    require!(address_eq(account.mint(), mint), LeaseError::WrongMint);
    require!(address_eq(account.owner(), owner), LeaseError::WrongTokenOwner);
    Ok(())
}

/// `token::token_program = …`: this token program holds it.
pub struct TokenProgramConstraint;

impl<T: IsTokenAccount> AccountConstraint<Account<T>> for TokenProgramConstraint {
    type Value = Address;

    fn check(account: &Account<T>, expected: &Address) -> Result<()> {
        require!(account.account().owned_by(expected), LeaseError::WrongTokenProgram);
        Ok(())
    }
}

/// A transfer, of the SPL Token program and of Token-2022 alike. Its mint is not named: the token program requires both
/// accounts to hold the same, and one of them is the program's own.
pub struct Transfer<'a> {
    /// The token program.
    pub program: &'a Address,
    /// Token account that pays.
    pub from: &'a AccountView,
    /// Token account that is paid.
    pub to: &'a AccountView,
    /// Owner of `from`.
    pub authority: &'a AccountView,
    /// Base units.
    pub amount: u64,
}

impl Transfer<'_> {
    /// Transfers with the authority's own signature. With nothing to move it makes no call.
    #[inline(never)]
    pub fn invoke(&self) {
        self.invoke_signed(&[]);
    }

    /// Transfers in the name of `custodian`, which must be the authority. With nothing to move it makes no call.
    #[inline(never)]
    pub fn invoke_as(&self, custodian: &impl Deref<Target = impl Custodian>) {
        custodian.sign(|signer| self.invoke_signed(&[signer]));
    }

    #[inline(always)]
    fn invoke_signed(&self, signers: &[Signer]) {
        let Self { program, from, to, authority, amount } = *self;
        if amount > 0 {
            let views = [from, to, authority].map(CpiAccount::from);
            let accounts = transfer_accounts(from, to, authority);
            invoke(program, &accounts, &transfer_data(amount), &views, signers);
        }
    }
}

#[inline(always)]
fn transfer_accounts<'a>(
    from: &'a AccountView,
    to: &'a AccountView,
    authority: &'a AccountView,
) -> [InstructionAccount<'a>; 3] {
    [
        InstructionAccount::writable(from.address()),
        InstructionAccount::writable(to.address()),
        InstructionAccount::readonly_signer(authority.address()),
    ]
}

#[inline(always)]
const fn transfer_data(amount: u64) -> [u8; 9] {
    const TRANSFER: u8 = 3;
    let [a0, a1, a2, a3, a4, a5, a6, a7] = amount.to_le_bytes();
    [TRANSFER, a0, a1, a2, a3, a4, a5, a6, a7]
}

/// Most accounts of calls that are made together: those of five transfers and of what closes the account that they empty.
const MAX_CALL_ACCOUNTS: usize = 18;

/// Most bytes of the same calls.
const MAX_CALL_DATA: usize = 64;

/// Calls of a token program that are made together.
///
/// They are recorded as the SPL Token program's `batch` takes them, after its number: of each call how many accounts
/// and how many bytes it has, then its bytes. A token program without a batch gets the same calls one by one.
pub struct Calls<'a> {
    accounts: [MaybeUninit<InstructionAccount<'a>>; MAX_CALL_ACCOUNTS],
    accounts_len: usize,
    data: [u8; MAX_CALL_DATA],
    data_len: usize,
}

impl<'a> Calls<'a> {
    const BATCH: u8 = 255;
    const INITIALIZE_ACCOUNT_3: u8 = 18;
    const CLOSE_ACCOUNT: u8 = 9;

    /// No calls yet.
    #[inline(always)]
    pub const fn empty() -> Self {
        let accounts = [const { MaybeUninit::uninit() }; MAX_CALL_ACCOUNTS];
        Self { accounts, accounts_len: 0, data: [Self::BATCH; MAX_CALL_DATA], data_len: 1 }
    }

    /// Makes the new account `vault` hold tokens of `mint` for `owner`.
    #[inline(always)]
    pub fn initialize(&mut self, vault: &'a AccountView, mint: &'a AccountView, owner: &Address) {
        let mut data = [Self::INITIALIZE_ACCOUNT_3; 33];
        let (_, place) = data.split_at_mut(1);
        place.copy_from_slice(owner.as_ref());
        let accounts =
            [InstructionAccount::writable(vault.address()), InstructionAccount::readonly(mint.address())];
        self.add(accounts, data);
    }

    /// Transfers `amount` base units out of `from`, which `authority` owns. With nothing to move it makes no call.
    #[inline(never)]
    pub fn transfer(
        &mut self,
        from: &'a AccountView,
        to: &'a AccountView,
        authority: &'a AccountView,
        amount: u64,
    ) {
        if amount > 0 {
            self.add(transfer_accounts(from, to, authority), transfer_data(amount));
        }
    }

    /// Closes `vault`, which is empty by then and which `authority` owns. `destination` gets its rent.
    #[inline(always)]
    pub fn close(
        &mut self,
        vault: &'a AccountView,
        destination: &'a AccountView,
        authority: &'a AccountView,
    ) {
        let accounts = [
            InstructionAccount::writable(vault.address()),
            InstructionAccount::writable(destination.address()),
            InstructionAccount::readonly_signer(authority.address()),
        ];
        self.add(accounts, [Self::CLOSE_ACCOUNT]);
    }

    /// Records a call. More than there is room for would end the transaction; no instruction makes as many.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::indexing_slicing, reason = "see above; few and short")]
    fn add<const A: usize, const D: usize>(&mut self, accounts: [InstructionAccount<'a>; A], data: [u8; D]) {
        for (place, account) in self.accounts[self.accounts_len..].iter_mut().zip(accounts) {
            place.write(account);
        }
        self.accounts_len = self.accounts_len.wrapping_add(A);
        let [accounts_len, data_len, bytes @ ..] = &mut self.data[self.data_len..] else { return };
        (*accounts_len, *data_len) = (A as u8, D as u8);
        bytes[..D].copy_from_slice(&data);
        self.data_len = self.data_len.wrapping_add(D).wrapping_add(2);
    }

    /// The accounts of all calls, and the data of a batch of them.
    #[inline(always)]
    fn recorded(&self) -> (&[InstructionAccount<'a>], &[u8]) {
        let accounts = self.accounts.get(..self.accounts_len).unwrap_or_default();
        // SAFETY: `add` has written as many, and a slice of what may be uninitialized has the layout of one of what is not.
        let accounts = unsafe { &*(ptr::from_ref(accounts) as *const [InstructionAccount<'a>]) };
        (accounts, self.data.get(..self.data_len).unwrap_or_default())
    }

    /// Makes the calls, which are about `views`, with the authority's own signature.
    #[inline(never)]
    pub fn invoke<const N: usize>(&self, program: &AccountView, views: [&AccountView; N]) {
        self.invoke_signed(program, views, &[]);
    }

    /// Makes the calls, which are about `views`, in the name of `custodian`.
    #[inline(never)]
    pub fn invoke_as<const N: usize>(
        &self,
        program: &AccountView,
        views: [&AccountView; N],
        custodian: &impl Deref<Target = impl Custodian>,
    ) {
        custodian.sign(|signer| self.invoke_signed(program, views, &[signer]));
    }

    #[inline(always)]
    fn invoke_signed<const N: usize>(
        &self,
        program: &AccountView,
        views: [&AccountView; N],
        signers: &[Signer],
    ) {
        let views = views.map(CpiAccount::from);
        let (accounts, data) = self.recorded();
        if takes_batch(program) {
            invoke(program.address(), accounts, data, &views, signers);
            return;
        }
        let (mut accounts, mut data) = (accounts, data.get(1..).unwrap_or_default());
        while let Some(([accounts_len, data_len], rest)) = data.split_first_chunk() {
            let (Some((its_accounts, other_accounts)), Some((its_data, others))) = (
                accounts.split_at_checked(usize::from(*accounts_len)),
                rest.split_at_checked(usize::from(*data_len)),
            ) else {
                return;
            };
            invoke(program.address(), its_accounts, its_data, &views, signers);
            (accounts, data) = (other_accounts, others);
        }
    }
}

/// Whether a token program takes calls in a batch: p-token does, which has replaced the SPL Token program. Where it has
/// not, that has another loader.
fn takes_batch(program: &AccountView) -> bool {
    address_eq(program.address(), &Token::id()) && !program.owned_by(&bpf_loader::ID)
}

/// Calls a token program. What it refuses ends the transaction.
#[inline(always)]
fn invoke(
    program_id: &Address,
    accounts: &[InstructionAccount],
    data: &[u8],
    views: &[CpiAccount],
    signers: &[Signer],
) {
    let call = InstructionView { program_id, data, accounts };
    // SAFETY: no reference into the data of an account is alive here. What the handlers hold of accounts are pointers,
    // followed again whenever a field is read; and the accounts whose data the call writes, the vault among them, belong
    // to the token program, so that the handlers never write them.
    unsafe { invoke_signed_unchecked(&call, views, signers) }
}

/// An account of the program that owns a token account.
pub trait Custodian {
    /// Calls `invoke` with what the account signs with.
    fn sign(&self, invoke: impl FnOnce(Signer));
}

impl Custodian for Lease {
    #[inline(always)]
    fn sign(&self, invoke: impl FnOnce(Signer)) {
        let seeds = [LEASE_SEED, self.renter.as_ref(), bytes_of(&self.nonce), from_ref(&self.bump)];
        invoke(Signer::from(&seeds.map(Seed::from)));
    }
}

impl Custodian for Provider {
    #[inline(always)]
    fn sign(&self, invoke: impl FnOnce(Signer)) {
        let seeds = [PROVIDER_SEED, self.registered_by.as_ref(), from_ref(&self.bump)];
        invoke(Signer::from(&seeds.map(Seed::from)));
    }
}

impl Custodian for VoteLock {
    #[inline(always)]
    fn sign(&self, invoke: impl FnOnce(Signer)) {
        let seeds = [LOCK_SEED, self.owner.as_ref(), from_ref(&self.bump)];
        invoke(Signer::from(&seeds.map(Seed::from)));
    }
}

impl Custodian for MintPolicy {
    #[inline(always)]
    fn sign(&self, invoke: impl FnOnce(Signer)) {
        let seeds = [MINT_POLICY_SEED, self.mint.as_ref(), from_ref(&self.bump)];
        invoke(Signer::from(&seeds.map(Seed::from)));
    }
}
