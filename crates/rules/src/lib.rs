//! The program's rules for the page, as WebAssembly.
//!
//! One function, [`answer`], takes a request as JSON and gives the answer as JSON; [`memory`] hands both over.
//! Nothing is decided here: every answer is what the program's own rules, or the client's, say to plain values.
//!
//! | module | what is asked |
//! |---|---|
//! | [`lease`] | how a lease stands, and what a change of it would come to |
//! | [`dispute`] | what a dispute would come to |
//! | [`offer`] | what a lease on an offer would cost |
//! | [`bounds`] | the limits of forms |
//! | [`usage`] | attestations: making, reading, checking |
//! | [`access`] | keys and credentials |
//! | [`votes`] | proposals, weights, concentration |
//! | [`chain`] | errors in words, events in logs |

#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)
)]

pub mod access;
pub mod bounds;
pub mod chain;
pub mod dispute;
pub mod json;
pub mod lease;
pub mod memory;
pub mod offer;
#[cfg(test)]
mod types;
pub mod usage;
pub mod votes;

use gpu_lease_client::Error;
use json::{Answer, sentence, text};
use serde::Deserialize;

/// What can be asked, by name.
#[derive(Deserialize)]
#[serde(tag = "rule", content = "input", rename_all = "camelCase")]
enum Request {
    LeaseOutlook(lease::At),
    Worth(lease::Units),
    CapacityAt(lease::Time),
    LeaseEffect(lease::Change),
    DisputeOutcome(dispute::Figure),
    ResolveOutcome(dispute::Figure),
    Quote(offer::Wish),
    Bounds,
    AccountSizes,
    UsageMessage(usage::Statement),
    SignedUsage(usage::Signed),
    ReadUsage(usage::Text),
    CheckUsage(usage::Check),
    AccessPublicKey(access::Secret),
    EncryptAccess(access::Plain),
    DecryptAccess(access::Sealed),
    Explain(chain::Failure),
    Events(chain::Logs),
    IsTruncated(chain::Logs),
    ProposalOutlook(votes::At),
    WeightOfLock(votes::OfLock),
    WeightOfParticipant(votes::OfParticipant),
    WeightOfFees(votes::OfFees),
    Quorum(votes::OfLocked),
    Concentration(votes::Weights),
}

/// Answers a request: `{"ok": …}`, or `{"error": "a sentence"}`.
pub fn answer(request: &[u8]) -> String {
    serde_json::from_slice(request)
        .map_err(|error| Error::Input(format!("the page asked for something unknown: {error}")))
        .and_then(ask)
        .unwrap_or_else(|error| text(&Answer::<()>::Error(sentence(&error))))
}

fn ask(request: Request) -> Result<String, Error> {
    Ok(match request {
        Request::LeaseOutlook(at) => text(&Answer::Ok(lease::outlook(&at)?)),
        Request::Worth(units) => text(&Answer::Ok(lease::worth(&units)?)),
        Request::CapacityAt(time) => text(&Answer::Ok(lease::capacity(&time)?)),
        Request::LeaseEffect(change) => text(&Answer::Ok(lease::effect(&change)?)),
        Request::DisputeOutcome(figure) => text(&Answer::Ok(dispute::open(&figure)?)),
        Request::ResolveOutcome(figure) => text(&Answer::Ok(dispute::resolve(&figure)?)),
        Request::Quote(wish) => text(&Answer::Ok(offer::quote(&wish)?)),
        Request::Bounds => text(&Answer::Ok(bounds::Bounds::default())),
        Request::AccountSizes => text(&Answer::Ok(bounds::AccountSizes::default())),
        Request::UsageMessage(statement) => text(&Answer::Ok(usage::message(&statement)?)),
        Request::SignedUsage(signed) => text(&Answer::Ok(usage::sign(&signed)?)),
        Request::ReadUsage(usage) => text(&Answer::Ok(usage::read(&usage)?)),
        Request::CheckUsage(check) => text(&Answer::Ok(usage::check(&check)?)),
        Request::AccessPublicKey(secret) => text(&Answer::Ok(access::public_key(&secret)?)),
        Request::EncryptAccess(plain) => text(&Answer::Ok(access::encrypt(&plain)?)),
        Request::DecryptAccess(sealed) => text(&Answer::Ok(access::decrypt(&sealed)?)),
        Request::Explain(failure) => text(&Answer::Ok(chain::explain(&failure))),
        Request::Events(logs) => text(&Answer::Ok(chain::events(&logs))),
        Request::IsTruncated(logs) => text(&Answer::Ok(chain::is_truncated(&logs))),
        Request::ProposalOutlook(at) => text(&Answer::Ok(votes::outlook(&at)?)),
        Request::WeightOfLock(of) => text(&Answer::Ok(votes::weight_of_lock(&of)?)),
        Request::WeightOfParticipant(of) => text(&Answer::Ok(votes::weight_of_participant(&of)?)),
        Request::WeightOfFees(of) => text(&Answer::Ok(votes::weight_of_fees(&of)?)),
        Request::Quorum(of) => text(&Answer::Ok(votes::quorum(&of)?)),
        Request::Concentration(weights) => text(&Answer::Ok(votes::concentration(&weights))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_refused_in_a_sentence() {
        for request in ["", "{}", r#"{"rule":"nothing"}"#, r#"{"rule":"worth","input":{}}"#] {
            let answer = answer(request.as_bytes());
            assert!(answer.starts_with(r#"{"error":"The page asked for something unknown"#), "{answer}");
        }
        let answer = answer(br#"{"rule":"worth","input":{"lease":"AAAA","units":"1"}}"#);
        assert!(answer.starts_with(r#"{"error":"These bytes are not a lease"#), "{answer}");
    }
}
