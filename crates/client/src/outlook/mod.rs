//! What would become of a lease or a proposal. The program's own rules are asked, on a copy of it.

/// Whether the program would let it happen.
macro_rules! can {
    ($lease:ident . $rule:ident ( $($argument:expr),* )) => {
        rehearse($lease, |lease| lease.$rule($($argument),*)).is_ok()
    };
}

mod deeds;
mod dispute;
mod lease;
mod proposal;
#[cfg(test)]
mod testing;

pub use deeds::*;
pub use dispute::*;
pub use lease::*;
pub use proposal::*;

use crate::{Error, Result, refusal::program_error};

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
