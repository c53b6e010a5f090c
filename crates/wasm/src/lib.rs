//! The program's rules for the page, as WebAssembly.
//!
//! One function, [`answer`], takes a request as text and gives the answer as JSON; [`memory`] hands both over.
//! Nothing is decided here: a request is read, one function of the client is called, and its answer is written.
//!
//! | module | what is asked |
//! |---|---|
//! | [`lease`] | how a lease stands, and what a change of it would come to |
//! | [`dispute`] | what a dispute would come to |
//! | [`offer`] | what a lease on an offer would cost |
//! | [`usage`] | attestations: making, reading, checking |
//! | [`evidence`] | records of what was delivered, beside what was signed and is on chain |
//! | [`access`] | keys and credentials |
//! | [`governance`] | proposals, weights, concentration |
//! | [`chain`] | errors in words, events in logs, what another party prepared |

#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)
)]

pub mod access;
pub mod chain;
pub mod dispute;
pub mod evidence;
pub mod governance;
pub mod json;
pub mod lease;
pub mod memory;
pub mod offer;
pub mod usage;

use gpu_lease_client::{
    Error,
    bounds::{AccountSizes, Bounds},
};
use json::{Answer, text};
use serde::{Serialize, de::DeserializeOwned};

macro_rules! rules {
    ($($name:literal => $rule:expr,)*) => {
        fn ask(name: &str, input: &[u8]) -> Result<String, Error> {
            match name {
                $($name => apply(input, $rule),)*
                _ => Err(unknown(name)),
            }
        }
    };
}

rules! {
    "leaseOutlook" => lease::outlook,
    "worth" => lease::worth,
    "capacityAt" => lease::capacity,
    "leaseEffect" => lease::effect,
    "roles" => lease::roles,
    "agreedOutcome" => lease::agree,
    "disputeOutcome" => dispute::open,
    "resolveOutcome" => dispute::resolve,
    "quote" => offer::quote,
    "bounds" => |(): &()| Ok(Bounds::default()),
    "accountSizes" => |(): &()| Ok(AccountSizes::default()),
    "attestationMessage" => usage::message,
    "signedAttestation" => usage::sign,
    "checkUsage" => usage::check,
    "checkEvidence" => evidence::check,
    "statements" => |landed| Ok(usage::statements(landed)),
    "accessPublicKey" => access::public_key,
    "encryptAccess" => access::encrypt,
    "decryptAccess" => access::decrypt,
    "explain" => |failure| Ok(chain::explain(failure)),
    "checkTogether" => chain::check_together,
    "events" => |logs| Ok(chain::events(logs)),
    "isTruncated" => |logs| Ok(chain::is_truncated(logs)),
    "proposalOutlook" => governance::outlook,
    "weightOfLock" => governance::weight_of_lock,
    "weightOfParticipant" => governance::weight_of_participant,
    "weightOfFees" => governance::weight_of_fees,
    "quorum" => governance::quorum,
    "concentration" => |weights| Ok(governance::concentration(weights)),
}

/// Answers a request, which is the name of a rule, a line break, and the rule's input as JSON: `{"ok": …}`, or
/// `{"error": "a sentence"}`.
pub fn answer(request: &[u8]) -> String {
    let mut parts = request.splitn(2, |byte| *byte == b'\n');
    let (name, input) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    ask(&String::from_utf8_lossy(name), input)
        .unwrap_or_else(|error| text(&Answer::<()>::Error(error.sentence())))
}

fn apply<I: DeserializeOwned, O: Serialize>(
    input: &[u8],
    rule: impl FnOnce(&I) -> Result<O, Error>,
) -> Result<String, Error> {
    let input = serde_json::from_slice(input).map_err(unknown)?;
    Ok(text(&Answer::Ok(rule(&input)?)))
}

fn unknown(what: impl std::fmt::Display) -> Error {
    Error::input(format!("the page asked for something unknown: {what}"), "load it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_refused_in_a_sentence() {
        for request in ["", "nothing\nnull", "worth", "worth\n{}"] {
            let answer = answer(request.as_bytes());
            assert!(answer.starts_with(r#"{"error":"The page asked for something unknown"#), "{answer}");
        }
        let answer = answer(b"worth\n{\"lease\":\"AAAA\",\"units\":\"1\"}");
        assert!(answer.starts_with(r#"{"error":"These bytes are not a lease"#), "{answer}");
    }

    #[test]
    fn a_rule_without_input_is_asked_with_null() {
        assert!(answer(b"bounds\nnull").starts_with(r#"{"ok":{"maxPrice":{"$n":"1125899906842624"}"#));
    }
}
