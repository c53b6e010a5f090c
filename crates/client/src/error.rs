use crate::refusal::Explanation;
use solana_address::Address;
#[cfg(feature = "rpc")]
use solana_rpc_client_api::{client_error::ErrorKind, request::RpcError};
use std::{borrow::Cow, fmt};

/// What can go wrong in this crate. Each says [what](Error::what) happened and what to do about it, its
/// [advice](Error::advice); its text says both.
#[derive(Debug, thiserror::Error)]
#[cfg_attr(test, derive(strum::EnumCount))]
#[non_exhaustive]
pub enum Error {
    /// The cluster refused, or would refuse, a transaction; nothing was sent if it was a simulation.
    Refused(Box<Explanation>),
    /// An account does not exist.
    NotFound {
        /// What was looked for.
        kind: &'static str,
        /// Where.
        address: Address,
    },
    /// An account, a log line or an instruction is not what it was read as.
    Malformed {
        /// What was expected.
        kind: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// Somebody wants to sign what is not for it to sign.
    NotParty {
        /// Who.
        signer: Address,
        /// Those who may.
        parties: Vec<Address>,
    },
    /// A signature does not match the message and the key.
    SignatureInvalid(Address),
    /// Two messages that differ cannot be merged.
    MessagesDiffer,
    /// More signatures than an attestation can carry.
    TooManySignatures,
    /// A signer could not sign.
    Signer(#[from] solana_signer::SignerError),
    /// No signer was passed for a required key.
    SignerMissing(Address),
    /// The protocol of this cluster is bound to another cluster.
    WrongDomain {
        /// What the protocol account says, hex.
        found: String,
        /// What program id and genesis hash give, hex.
        expected: String,
    },
    /// What was passed, or what a node sent, cannot be used.
    Input {
        /// Why.
        what: String,
        /// What to do.
        advice: String,
    },
    /// The access blob was not encrypted to this key.
    Undecryptable,
    /// The transaction has landed and failed; nothing of it counts but its fee.
    #[cfg(feature = "rpc")]
    Failed {
        /// The transaction.
        signature: solana_signature::Signature,
        /// Why.
        explanation: Box<Explanation>,
    },
    /// The blockhash has expired, and a look at the settled chain after that found no such transaction.
    Expired(solana_signature::Signature),
    /// The nonce of a transaction that was sent was used otherwise, and a look at the settled chain after that found no such
    /// transaction.
    Withdrawn {
        /// The transaction.
        signature: solana_signature::Signature,
        /// The nonce account.
        nonce_account: Address,
    },
    /// The nonce of a transaction was used before it was sent.
    NonceUsed(Address),
    /// A transaction was sent, and nobody said what became of it.
    #[cfg(feature = "rpc")]
    NotKnown {
        /// The transaction.
        signature: solana_signature::Signature,
        /// Why it is not known.
        reason: String,
    },
    /// A transaction that waited too long for its signatures.
    Stale,
    /// The RPC node failed or cannot be reached.
    #[cfg(feature = "rpc")]
    Rpc(Box<solana_rpc_client_api::client_error::Error>),
}

/// Addresses, of which one is enough.
fn names(addresses: &[Address]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

impl Error {
    /// Something that cannot be used, and what to do about it.
    pub fn input(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Input { what: what.into(), advice: advice.into() }
    }

    /// What happened.
    pub fn what(&self) -> String {
        match self {
            Self::Refused(explanation) => explanation.what.clone(),
            Self::NotFound { kind, address } => format!("there is no {kind} at {address}"),
            Self::Malformed { kind, reason } => {
                format!("these bytes are not {} {kind}: {reason}", article(kind))
            }
            Self::NotParty { signer, .. } => format!("{signer} is not a party to this lease"),
            Self::SignatureInvalid(signer) => format!("the signature by {signer} does not match the message"),
            Self::MessagesDiffer => "the signatures are over different messages".to_owned(),
            Self::TooManySignatures => "an attestation carries at most three signatures".to_owned(),
            Self::Signer(error) => format!("signing failed: {error}"),
            Self::SignerMissing(signer) => format!("the transaction needs a signature by {signer}"),
            Self::WrongDomain { found, expected } => {
                format!("the protocol's domain is {found}, this cluster's is {expected}")
            }
            Self::Input { what, .. } => what.clone(),
            Self::Undecryptable => "this key does not open the access blob".to_owned(),
            #[cfg(feature = "rpc")]
            Self::Failed { signature, explanation } => {
                format!("{}: transaction {signature} landed and failed", explanation.what)
            }
            Self::Expired(signature) => {
                format!("transaction {signature} did not land before its blockhash expired, and never will")
            }
            Self::Withdrawn { signature, nonce_account } => format!(
                "transaction {signature} did not land before the nonce account {nonce_account} moved on, and never will: it \
                 was withdrawn, or another one used the nonce first"
            ),
            Self::NonceUsed(nonce_account) => format!(
                "the nonce account {nonce_account} has moved on, so that the transaction can no longer land: it has landed \
                 before, or was withdrawn, or another one used the nonce first"
            ),
            #[cfg(feature = "rpc")]
            Self::NotKnown { signature, reason } => {
                format!("it is not known whether transaction {signature} has landed: {reason}")
            }
            Self::Stale => {
                "the transaction is older than its blockhash, which counts for about a minute".to_owned()
            }
            #[cfg(feature = "rpc")]
            Self::Rpc(error) => format!("the RPC node failed: {}", with_cause(error)),
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> Cow<'_, str> {
        match self {
            Self::Refused(explanation) => explanation.advice.as_str(),
            Self::NotFound { .. } => "check the address and the cluster",
            Self::Malformed { .. } => "check the address, and that client and program match",
            Self::NotParty { parties, .. } => {
                return format!("sign with the key of {}", names(parties)).into();
            }
            Self::SignatureInvalid(_) => "ask the signer to sign again",
            Self::MessagesDiffer => "all parties must sign the same one",
            Self::TooManySignatures => "let only attestor, verifier and renter sign",
            Self::Signer(_) => "check the key, or the connection to the wallet",
            Self::SignerMissing(_) => "pass its keypair",
            Self::WrongDomain { .. } => "sign nothing here, the endpoint shows another cluster's accounts",
            Self::Input { advice, .. } => advice.as_str(),
            Self::Undecryptable => "use the key that was made for this lease",
            #[cfg(feature = "rpc")]
            Self::Failed { explanation, .. } => explanation.advice.as_str(),
            Self::Expired(_) => "send it again, with a higher priority fee if the cluster is busy",
            Self::Withdrawn { .. } | Self::NonceUsed(_) => {
                "if it is still wanted, let it be prepared again"
            }
            #[cfg(feature = "rpc")]
            Self::NotKnown { .. } => "deliver this same transaction again, and never a second one",
            Self::Stale => {
                "let the other party prepare it again with a nonce account, see `gpu-lease nonce`, or sign it sooner"
            }
            #[cfg(feature = "rpc")]
            Self::Rpc(_) => "check the URL, or try again",
        }
        .into()
    }

    /// Whether doing the same again, after a while, is safe and may succeed: a node could not be reached, was behind or
    /// had too many requests, or a transaction never landed for lack of time. Everything else stays as it is until
    /// somebody acts, or must not be done twice: [`Error::NotKnown`] is a transaction that may still land, and only
    /// delivering that same one again is safe.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Expired(_) => true,
            #[cfg(feature = "rpc")]
            Self::Rpc(error) => is_transient(error),
            #[cfg(feature = "rpc")]
            Self::Failed { .. } | Self::NotKnown { .. } => false,
            Self::Refused(_)
            | Self::NotFound { .. }
            | Self::Malformed { .. }
            | Self::NotParty { .. }
            | Self::SignatureInvalid(_)
            | Self::MessagesDiffer
            | Self::TooManySignatures
            | Self::Signer(_)
            | Self::SignerMissing(_)
            | Self::WrongDomain { .. }
            | Self::Input { .. }
            | Self::Undecryptable
            | Self::Withdrawn { .. }
            | Self::NonceUsed(_)
            | Self::Stale => false,
        }
    }

    /// It as a sentence: of a refusal what happened and what to do, without numbers and names.
    pub fn sentence(&self) -> String {
        let text = match self {
            Self::Refused(explanation) => format!("{}. {}", explanation.what, explanation.advice),
            error => error.to_string(),
        };
        let mut letters = text.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        let end = if text.ends_with('.') { "" } else { "." };
        format!("{first}{}{end}", letters.as_str())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Refused(explanation) => explanation.fmt(f),
            #[cfg(feature = "rpc")]
            Self::Failed { signature, explanation } => {
                write!(f, "{explanation} (transaction {signature} landed and failed)")
            }
            error => write!(f, "{}; {}", error.what(), error.advice()),
        }
    }
}

/// Whether a node may answer the same request after a while.
#[cfg(feature = "rpc")]
pub(crate) fn is_transient(error: &solana_rpc_client_api::client_error::Error) -> bool {
    match error.kind() {
        ErrorKind::Io(_) | ErrorKind::Middleware(_) => true,
        ErrorKind::Reqwest(error) => {
            error.status().is_none_or(|status| status.is_server_error() || status.as_u16() == 429)
        }
        // The node is behind, or has not got the slot or the answer yet.
        ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => {
            matches!(code, -32004 | -32005 | -32014 | -32016)
        }
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::program_number;
    use solana_signature::Signature;
    use solana_signer::SignerError;
    use std::mem::discriminant;
    use strum::EnumCount;

    /// Each error, and whether it may be tried again.
    fn errors() -> Vec<(Error, bool)> {
        let (address, signature) = (Address::default(), Signature::default());
        #[allow(unused_mut, reason = "some take the feature")]
        let mut errors = vec![
            (program_number(6400).into(), false),
            (Error::NotFound { kind: "lease", address }, false),
            (Error::Malformed { kind: "offer", reason: "short".to_owned() }, false),
            (Error::NotParty { signer: address, parties: vec![address; 2] }, false),
            (Error::SignatureInvalid(address), false),
            (Error::MessagesDiffer, false),
            (Error::TooManySignatures, false),
            (SignerError::KeypairPubkeyMismatch.into(), false),
            (Error::SignerMissing(address), false),
            (Error::WrongDomain { found: "00".to_owned(), expected: "01".to_owned() }, false),
            (Error::input("it is too long", "shorten it"), false),
            (Error::Undecryptable, false),
            (Error::Expired(signature), true),
            (Error::Withdrawn { signature, nonce_account: address }, false),
            (Error::NonceUsed(address), false),
            (Error::Stale, false),
        ];
        #[cfg(feature = "rpc")]
        errors.extend([
            (Error::Failed { signature, explanation: Box::new(program_number(6400)) }, false),
            (Error::NotKnown { signature, reason: "the node is silent".to_owned() }, false),
            (unreachable().into(), true),
        ]);
        errors
    }

    #[cfg(feature = "rpc")]
    fn unreachable() -> solana_rpc_client_api::client_error::Error {
        ErrorKind::Io(std::io::ErrorKind::ConnectionRefused.into()).into()
    }

    #[test]
    fn every_error_says_what_to_do_and_whether_to_try_again() {
        let errors = errors();
        for (number, (error, is_retryable)) in errors.iter().enumerate() {
            assert_eq!(error.is_retryable(), *is_retryable, "{error}");
            let text = error.to_string();
            assert!(text.contains(&*error.advice()) && !error.advice().is_empty(), "{text}");
            assert!(!error.what().is_empty() && !error.what().contains("; "), "{text}");
            let is_same = |(other, _): &(Error, bool)| discriminant(other) == discriminant(error);
            assert_eq!(errors.iter().position(is_same), Some(number), "{text} is there twice");
        }
        assert_eq!(errors.len(), Error::COUNT);
    }

    #[cfg(feature = "rpc")]
    #[test]
    fn a_node_that_is_behind_is_asked_again_and_one_that_refuses_is_not() {
        use solana_rpc_client_api::request::RpcResponseErrorData;
        let answered = |code| {
            let message = String::new();
            let error = RpcError::RpcResponseError { code, message, data: RpcResponseErrorData::Empty };
            Error::from(solana_rpc_client_api::client_error::Error::from(ErrorKind::RpcError(error)))
        };
        assert!([-32004, -32005, -32014, -32016].iter().all(|code| answered(*code).is_retryable()));
        assert!([-32002, -32600, -32601].iter().all(|code| !answered(*code).is_retryable()));
        let unreadable = ErrorKind::Custom("nonsense".to_owned());
        assert!(!Error::from(solana_rpc_client_api::client_error::Error::from(unreadable)).is_retryable());
    }

    #[test]
    fn errors_are_sentences() {
        assert_eq!(Error::input("it is too long", "shorten it").sentence(), "It is too long; shorten it.");
        let refused = program_number(6400);
        let text = Error::from(refused.clone()).sentence();
        assert_eq!(text, format!("{}. {}", refused.what, refused.advice));
    }
}
