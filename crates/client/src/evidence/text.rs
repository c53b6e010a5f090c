//! Records as text: what strangers may have written is bounded, and of a version that is known.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::json::{self, Wide};

/// Bytes of the longest file that is read: a year of a lease in which nothing happens has 50 MB.
pub const LONGEST_FILE: usize = 64 << 20;

/// Reads a `kind` of record.
pub fn read<T: DeserializeOwned>(text: &str, kind: &'static str) -> Result<T> {
    let malformed = |reason| Error::Malformed { kind, reason };
    if text.len() > LONGEST_FILE {
        return Err(malformed(format!("it is longer than {} MiB", LONGEST_FILE >> 20)));
    }
    serde_json::from_str(text).map_err(|error| malformed(error.to_string()))
}

/// Requires the version that this client knows.
pub fn require_version(kind: &str, version: u32, known: u32) -> Result<()> {
    match version == known {
        true => Ok(()),
        false => Err(Error::input(
            format!("the {kind} is of version {version}"),
            format!("use a client that knows it; this one reads version {known}"),
        )),
    }
}

/// A record as it is written.
pub fn written(record: &impl Serialize) -> String {
    let mut text = json::of(record, Wide::Text).to_string();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_a_record_can_be_is_not_even_looked_at() {
        let longest = " ".repeat(LONGEST_FILE - 1) + "7";
        assert_eq!(read::<u8>(&longest, "record").unwrap(), 7);
        let refusal = read::<u8>(&format!(" {longest}"), "record").unwrap_err().to_string();
        assert!(refusal.contains("longer than 64 MiB"), "{refusal}");
    }
}
