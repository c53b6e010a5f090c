//! Errors in words.

use std::fmt;

/// Why something was refused, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What.
    pub what: String,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Explains what a rule of the program returned.
pub fn program_error(error: anchor_lang::Error) -> Explanation {
    Explanation { what: format!("{error:?}") }
}
