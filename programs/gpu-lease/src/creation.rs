//! Creates accounts at addresses of the program, in one call to the system program. Whoever sends lamports to such an
//! address beforehand makes nothing fail and nothing cost more.

use anchor_lang::{
    Discriminator, IdlAccountType, Owner,
    accounts::{SlabInit, SlabSchema},
    pinocchio::cpi::{Seed, Signer},
    prelude::*,
};
use bytemuck::{Pod, Zeroable};
use core::{
    array::from_fn,
    ops::{Deref, DerefMut},
};
use pinocchio_system::instructions::CreateAccountAllowPrefund;

/// Most seeds of an address, its bump included.
const MAX_SEEDS: usize = 4;

/// An account that its instruction creates, as `Account<New<Lease>>`.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(transparent)]
pub struct New<T>(pub T);

impl<T> Deref for New<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for New<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: IdlAccountType> IdlAccountType for New<T> {
    const __IDL_ACCOUNT_ENTRY: Option<&'static str> = T::__IDL_ACCOUNT_ENTRY;
    const __IDL_TYPE_DEF: Option<&'static str> = T::__IDL_TYPE_DEF;

    fn __register_idl_deps(accounts: &mut Vec<&'static str>, types: &mut Vec<&'static str>) {
        T::__register_idl_deps(accounts, types);
    }
}

impl<T: SlabSchema> SlabSchema for New<T> {
    const DATA_OFFSET: usize = T::DATA_OFFSET;
    const MIN_DATA_LEN: usize = T::MIN_DATA_LEN;

    #[inline(always)]
    fn validate(view: &AccountView, data: &[u8]) -> Result<()> {
        T::validate(view, data)
    }
}

impl<T: Owner + Discriminator> SlabInit for New<T> {
    type Params<'a> = ();

    #[inline(always)]
    fn create_and_initialize<'a>(
        payer: &AccountView,
        account: &AccountView,
        space: usize,
        (): &(),
        seeds: Option<&[&[u8]]>,
        _: Option<&[&[u8]]>,
    ) -> Result<()> {
        create(payer, account, space, &T::OWNER, seeds)?;
        let mut account = *account;
        let mut data = account.try_borrow_mut()?;
        let place = data.get_mut(..T::DISCRIMINATOR.len()).ok_or(ProgramError::AccountDataTooSmall)?;
        place.copy_from_slice(T::DISCRIMINATOR);
        Ok(())
    }
}

/// Creates `account` at the address of these seeds, for `owner`.
#[inline(never)]
pub fn create(
    payer: &AccountView,
    account: &AccountView,
    space: usize,
    owner: &Address,
    seeds: Option<&[&[u8]]>,
) -> Result<()> {
    let seeds = seeds.unwrap_or_default();
    let places: [Seed; MAX_SEEDS] =
        from_fn(|index| Seed::from(seeds.get(index).copied().unwrap_or_default()));
    let signer = places.get(..seeds.len()).ok_or(ProgramError::MaxSeedLengthExceeded)?;
    CreateAccountAllowPrefund::with_minimum_balance(payer, account, space as u64, owner, None)?
        .invoke_signed(&[Signer::from(signer)])
}
