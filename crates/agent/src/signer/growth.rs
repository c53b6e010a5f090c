//! What a renter has signed to let its lease grow, for the operator to sign.

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::decode::Args;
use gpu_lease_client::rpc::PartlySigned;
use gpu_lease_client::{nonce, together};
use solana_sdk_ids::compute_budget;

/// A transaction that lets a lease grow and does nothing else.
#[derive(Clone, Debug)]
pub struct Growth {
    /// All have signed but the operator.
    pub transaction: PartlySigned,
    /// GPUs from then on.
    pub gpus: u32,
}

/// Why a transaction is not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGrowth {
    /// Not a transaction, one with false signatures, or one that parties do not sign together.
    #[error("{0}")]
    Refused(String),
    /// It does something else.
    #[error(
        "the transaction has to be one resize_lease of this lease to more GPUs, with nothing but its fee and a nonce beside it"
    )]
    NotAlone,
    /// Another bond.
    #[error(
        "the bond has to come out of the provider's bond account: make the transaction with `lease resize --by-operator`"
    )]
    OtherBond,
    /// Somebody else, or nobody, has yet to sign.
    #[error(
        "the transaction has to be paid for by somebody else, and to lack the signature of the operator {0} alone"
    )]
    OtherSigners(String),
}

impl Growth {
    /// Reads a transaction about `lease`, for which its operator acts.
    pub fn read(text: &str, lease: &LeaseContext) -> Result<Self, NotGrowth> {
        let refused = |error: gpu_lease_client::Error| NotGrowth::Refused(error.to_string());
        let transaction: PartlySigned = text.parse().map_err(refused)?;
        transaction.require_genuine().map_err(refused)?;
        let instructions = transaction.instructions().map_err(refused)?;
        let known = together::check(&instructions).map_err(refused)?;
        let operator = lease.provider_key;
        let nonce = nonce::of(&instructions);
        let others = instructions.iter().skip(usize::from(nonce.is_some()));
        let is_alone = others.filter(|it| it.program_id != compute_budget::ID).count() == 1;
        let [resize] = known.as_slice() else { return Err(NotGrowth::NotAlone) };
        let Args::ResizeLease { change, .. } = &resize.args else { return Err(NotGrowth::NotAlone) };
        let is_this = resize.account("lease") == Some(lease.address) && change.to > change.from;
        if !is_alone || !is_this || nonce.is_some_and(|nonce| nonce.authority == operator) {
            return Err(NotGrowth::NotAlone);
        }
        if resize.account("bond_token") != Some(lease.bond_token) {
            return Err(NotGrowth::OtherBond);
        }
        let is_operators = resize.account("authority") == Some(operator)
            && transaction.missing() == [operator]
            && transaction.payer() != operator;
        match is_operators {
            true => Ok(Self { gpus: change.to, transaction }),
            false => Err(NotGrowth::OtherSigners(operator.to_string())),
        }
    }
}
