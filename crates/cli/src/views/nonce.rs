//! Nonce accounts.

use crate::{output::Record, units::sol};
use gpu_lease_client::rpc::Nonce;

/// A nonce account.
pub fn details(nonce: &Nonce) -> Record {
    Record::of(nonce)
        .line("nonce account", nonce.address)
        .line("belongs to", nonce.authority)
        .line("value", nonce.value)
        .line("holds", sol(nonce.lamports))
}

/// What a transaction's nonce account means to whoever is asked to sign it.
pub fn for_signer(nonce: &Nonce) -> Record {
    Record::new()
        .object("nonce", nonce)
        .line("nonce account", format!("{}, unused so far", nonce.address))
        .line("can withdraw it", nonce.authority)
}
