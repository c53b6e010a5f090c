//! What would become of a lease or a proposal. The program's own rules are asked, on a copy of it.
//!
//! Answers are plain types. As [`Json`] they follow its rules; serde gives integers and bytes as they are, for writers that
//! know what to do with them.

/// Whether the program would let it happen.
macro_rules! can {
    ($lease:ident . $rule:ident ( $($argument:expr),* )) => {
        rehearse($lease, |lease| lease.$rule($($argument),*)).is_ok()
    };
}

mod closing;
mod deeds;
mod dispute;
mod effect;
mod figures;
mod lease;
mod proposal;
mod quote;
mod role;
#[cfg(test)]
mod testing;
mod upkeep;
mod usage;

pub use closing::*;
pub use deeds::*;
pub use dispute::*;
pub use effect::*;
pub use figures::*;
pub use lease::*;
pub use proposal::*;
pub use quote::*;
pub use role::*;
pub use upkeep::*;
pub use usage::*;

use crate::{
    Error, Result,
    json::{self, Json, Wide},
    refusal::program_error,
};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Asks the program's rules on a copy of `state`, for instance a lease, what `change` would come to: the state after
/// it and what it returns, or the explained refusal.
pub fn rehearse<S: Copy, T>(
    state: &S,
    change: impl FnOnce(&mut S) -> anchor_lang::Result<T>,
) -> Result<(S, T)> {
    let mut after = *state;
    match change(&mut after) {
        Ok(result) => Ok((after, result)),
        Err(error) => Err(Error::from(program_error(error))),
    }
}

macro_rules! in_json {
    ($($name:ident),* $(,)?) => {
        $(impl Json for $name {
            fn json_with(&self, wide: Wide) -> Value {
                json::of(self, wide)
            }
        })*
    };
}

in_json! {
    AgreedOutcome, AttestationFigures, Closing, DisputeConsequences, DisputeFigures, DisputeOutcome, FeeExample,
    LeaseEffect, LeaseOutlook, MoneyOutlook, Outcome, ProposalOutlook, Quorum, Quote, ResolveOutcome, Signature,
    Standing, UsageCheck, UsageOutlook, Weight,
}

/// How a refusal is serialized.
fn sentence<S: Serializer>(refusal: &Option<Error>, serializer: S) -> Result<S::Ok, S::Error> {
    refusal.as_ref().map(Error::sentence).serialize(serializer)
}
