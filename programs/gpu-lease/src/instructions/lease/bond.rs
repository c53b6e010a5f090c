//! Where bonds come from: a provider's wallet pays them out of a token account of its own, or wallet and operator out of
//! the bond account. Any token account is one that the provider's account owns.

use crate::{
    errors::LeaseError,
    state::*,
    token::{TokenAccount, Transfer},
};
use anchor_lang::{address_eq, prelude::*};

/// Whether bonds out of `source` come out of the `provider`'s bond account.
pub fn is_pooled(source: &TokenAccount, provider: &Account<Provider>) -> bool {
    address_eq(source.owner(), provider.address())
}

/// Requires `signer` to act for the `provider` with such a bond. Returns as whom.
pub fn require_allowed(signer: &Address, provider: &Provider, is_pooled: bool) -> Result<ProviderRole> {
    let role = provider.role_of(signer)?;
    require!(is_pooled || role == ProviderRole::Authority, LeaseError::NotTheBondAccount);
    Ok(role)
}

/// Makes the transfer of a bond: by the authority that it names, or in the name of the `provider`.
pub fn pay(transfer: Transfer, provider: &Account<Provider>, is_pooled: bool) {
    if is_pooled {
        Transfer { authority: provider.account(), ..transfer }.invoke_as(provider);
    } else {
        transfer.invoke();
    }
}
