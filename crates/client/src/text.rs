//! Texts of fixed length, as a [`Listing`](gpu_lease::state::Listing) holds them: UTF-8, filled up with
//! zeroes. And words for what the program numbers.

use crate::error::{Error, Result};
use gpu_lease::state::EndReason;

/// Words for why a lease ends, given the number that events carry.
pub fn end_reason(reason: u64) -> &'static str {
    const WORDS: [(EndReason, &str); 7] = [
        (EndReason::Completed, "completed"),
        (EndReason::RenterNotice, "renter notice"),
        (EndReason::ProviderNotice, "provider notice"),
        (EndReason::Exhausted, "exhausted"),
        (EndReason::Abandoned, "abandoned"),
        (EndReason::Disputed, "disputed"),
        (EndReason::Mutual, "mutual"),
    ];
    WORDS.iter().find(|(known, _)| *known as u64 == reason).map_or("unknown", |(_, words)| words)
}

/// Writes `text` into `N` bytes.
pub fn write<const N: usize>(text: &str) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    match bytes.get_mut(..text.len()) {
        Some(start) if !text.contains('\0') => {
            start.copy_from_slice(text.as_bytes());
            Ok(bytes)
        }
        _ => Err(Error::Input(format!(
            "\"{text}\" does not fit: at most {N} bytes of UTF-8 without zeroes, this has {}; shorten it",
            text.len()
        ))),
    }
}

/// Reads a text up to its first zero. What is not UTF-8 is replaced.
pub fn read(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_and_fit_exactly_or_not_at_all() {
        assert_eq!(read(&write::<16>("eu-north-1").unwrap()), "eu-north-1");
        assert_eq!(read(&write::<4>("four").unwrap()), "four");
        assert_eq!(read(&write::<4>("").unwrap()), "");
        assert!(write::<4>("fiver").is_err());
        assert!(write::<4>("a\0b").is_err());
    }
}
