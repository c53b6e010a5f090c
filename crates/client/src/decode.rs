//! Reading what is on chain.

use solana_address::Address;
use std::ops::Deref;

/// An account's content and where it lies. Dereferences to the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyed<T> {
    /// Where it lies.
    pub address: Address,
    /// What it holds.
    pub account: T,
}

impl<T> Deref for Keyed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.account
    }
}
