use crate::refusal::Explanation;
use solana_address::Address;
#[cfg(feature = "rpc")]
use solana_rpc_client_api::client_error::ErrorKind;

/// What can go wrong in this crate. Every text says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The cluster refused, or would refuse, a transaction; nothing was sent if it was a simulation.
    #[error("{0}")]
    Refused(Box<Explanation>),
    /// An account does not exist.
    #[error("there is no {kind} at {address}; check the address and the cluster")]
    NotFound {
        /// What was looked for.
        kind: &'static str,
        /// Where.
        address: Address,
    },
    /// An account, a log line or an instruction is not what it was read as.
    #[error(
        "these bytes are not {} {kind}: {reason}; check the address, and that client and program match",
        article(kind)
    )]
    Malformed {
        /// What was expected.
        kind: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// A signature does not match the message and the key.
    #[error("the signature by {0} does not match the message; ask the signer to sign again")]
    SignatureInvalid(Address),
    /// Two messages that differ cannot be merged.
    #[error("the signatures are over different messages; all parties must sign the same one")]
    MessagesDiffer,
    /// More signatures than an attestation can carry.
    #[error("an attestation carries at most three signatures: attestor, verifier and renter")]
    TooManySignatures,
    /// A signer could not sign.
    #[error("signing failed: {0}; check the key, or the connection to the wallet")]
    Signer(#[from] solana_signer::SignerError),
    /// No signer was passed for a required key.
    #[error("the transaction needs a signature by {0}; pass its keypair")]
    SignerMissing(Address),
    /// The protocol of this cluster is bound to another cluster.
    #[error(
        "the protocol's domain is {found}, this cluster's is {expected}; sign nothing here, the endpoint \
         shows another cluster's accounts"
    )]
    WrongDomain {
        /// What the protocol account says, hex.
        found: String,
        /// What program id and genesis hash give, hex.
        expected: String,
    },
    /// An encrypted blob, a key or a text is not of the expected form.
    #[error("{0}")]
    Input(String),
    /// The access blob was not encrypted to this key.
    #[error("this key does not open the access blob; use the key that was made for this lease")]
    Undecryptable,
    /// The transaction has landed and failed; nothing of it counts but its fee.
    #[cfg(feature = "rpc")]
    #[error("{explanation} (transaction {signature} landed and failed)")]
    Failed {
        /// The transaction.
        signature: solana_signature::Signature,
        /// Why.
        explanation: Box<Explanation>,
    },
    /// The blockhash has expired, and a look at the settled chain after that found no such transaction.
    #[error(
        "transaction {0} did not land before its blockhash expired, and never will; send it again, with a \
         higher priority fee if the cluster is busy"
    )]
    Expired(solana_signature::Signature),
    /// The nonce of a transaction that was sent was used otherwise, and a look at the settled chain after that found no such
    /// transaction.
    #[error(
        "transaction {signature} did not land before the nonce account {nonce_account} moved on, and never will: it was \
         withdrawn, or another one used the nonce first; if it is still wanted, let it be prepared again"
    )]
    Withdrawn {
        /// The transaction.
        signature: solana_signature::Signature,
        /// The nonce account.
        nonce_account: Address,
    },
    /// The nonce of a transaction was used before it was sent.
    #[error(
        "the nonce account {0} has moved on, so that the transaction can no longer land: it has landed before, or was \
         withdrawn, or another one used the nonce first; if it is still wanted, let it be prepared again"
    )]
    NonceUsed(Address),
    /// A transaction was sent, and nobody said what became of it.
    #[cfg(feature = "rpc")]
    #[error("it is not known whether transaction {signature} has landed: {reason}")]
    NotKnown {
        /// The transaction.
        signature: solana_signature::Signature,
        /// Why it is not known.
        reason: String,
    },
    /// A transaction that waited too long for its signatures.
    #[error(
        "the transaction is older than its blockhash, which counts for about a minute; let the other party \
         prepare it again with a nonce account, see `gpu-lease nonce`, or sign it sooner"
    )]
    Stale,
    /// The RPC node failed or cannot be reached.
    #[cfg(feature = "rpc")]
    #[error("the RPC node failed: {}; check the URL, or try again", with_cause(.0))]
    Rpc(Box<solana_rpc_client_api::client_error::Error>),
}

#[cfg(feature = "rpc")]
impl From<solana_rpc_client_api::client_error::Error> for Error {
    fn from(error: solana_rpc_client_api::client_error::Error) -> Self {
        let solana_rpc_client_api::client_error::Error { request, kind } = error;
        // The HTTP library's errors carry the URL, with whatever key is in it.
        let kind = match *kind {
            ErrorKind::Reqwest(error) => ErrorKind::Reqwest(error.without_url()),
            kind => kind,
        };
        Self::Rpc(Box::new(solana_rpc_client_api::client_error::Error { request, kind: Box::new(kind) }))
    }
}

impl From<Explanation> for Error {
    fn from(explanation: Explanation) -> Self {
        Self::Refused(Box::new(explanation))
    }
}

/// An error's text with that of its innermost cause, which the RPC client does not show; addresses of nodes
/// without their secrets.
#[cfg(feature = "rpc")]
fn with_cause(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let text = match causes.last().map(ToString::to_string) {
        Some(cause) if !text.contains(&cause) => format!("{text}: {cause}"),
        _ => text,
    };
    crate::url::without_secrets(&text)
}

/// Result with this crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The article of a noun: `a lease`, `an offer`.
fn article(noun: &str) -> &'static str {
    match noun.starts_with(['a', 'e', 'i', 'o', 'u']) && !noun.starts_with("uni") {
        true => "an",
        false => "a",
    }
}
