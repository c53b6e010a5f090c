//! Values between Rust and TypeScript.
//!
//! A JavaScript number is exact up to 2^53 only. So 64-bit integers leave as `{"$n": "123"}`, which the wrapper
//! turns into a `bigint`, and come in as decimal text. Smaller ones are plain numbers. Bytes come in as base64 and
//! leave as `{"$b": "…"}`. Names of fields are those of TypeScript.

use base64::{Engine, prelude::BASE64_STANDARD};
use gpu_lease_client::{
    Error,
    account::{self, Keyed, ProgramAccount},
    text::camel_case,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::ser::Formatter;
use solana_account::Account;
use solana_address::Address;
use std::{fmt::Display, io, str::FromStr};

/// What is answered.
#[derive(Serialize)]
pub enum Answer<T> {
    /// The answer.
    #[serde(rename = "ok")]
    Ok(T),
    /// Why there is none, in a sentence.
    #[serde(rename = "error")]
    Error(String),
}

#[derive(Default)]
struct ForTypeScript {
    is_name: bool,
}

impl Formatter for ForTypeScript {
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_name = true;
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_name = false;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        match self.is_name {
            true => writer.write_all(camel_case(text).as_bytes()),
            false => writer.write_all(text.as_bytes()),
        }
    }

    fn write_u64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        write!(writer, r#"{{"$n":"{value}"}}"#)
    }

    fn write_i64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        write!(writer, r#"{{"$n":"{value}"}}"#)
    }

    fn write_byte_array<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: &[u8]) -> io::Result<()> {
        write!(writer, r#"{{"$b":"{}"}}"#, BASE64_STANDARD.encode(value))
    }
}

/// A value as JSON in which every 64-bit integer is exact.
pub fn text(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let formatter = ForTypeScript::default();
    match value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter)) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => r#"{"error":"The answer could not be written."}"#.to_owned(),
    }
}

/// Reads what comes as text.
fn parsed<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

/// A 64-bit integer of TypeScript's: decimal text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exactly<T>(pub T);

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Exactly<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer).map(Self)
    }
}

/// Bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text.trim()).map(Self).map_err(de::Error::custom)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl Bytes {
    /// The account that these bytes hold, wherever it is.
    pub fn account<T: ProgramAccount>(&self) -> Result<T, Error> {
        self.account_at(Address::default()).map(|keyed| keyed.account)
    }

    /// The account at `address`.
    pub fn account_at<T: ProgramAccount>(&self, address: Address) -> Result<Keyed<T>, Error> {
        let owner = gpu_lease_client::address::PROGRAM;
        account::read(address, &Account { owner, data: self.0.clone(), ..Account::default() })
    }

    /// Exactly `N` of them, which are `what`.
    pub fn exactly<const N: usize>(&self, what: &str) -> Result<[u8; N], Error> {
        let input =
            || Error::input(format!("{what} has {N} bytes, these are {}", self.0.len()), "pass all of it");
        self.0.as_slice().try_into().map_err(|_| input())
    }
}

/// An address, base58.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub Address);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_are_exact_beyond_what_a_javascript_number_holds() {
        assert_eq!(text(&u64::MAX), r#"{"$n":"18446744073709551615"}"#);
        assert_eq!(text(&i64::MIN), r#"{"$n":"-9223372036854775808"}"#);
        assert_eq!(text(&u32::MAX), "4294967295");
        let read: Exactly<u64> = serde_json::from_str(r#""9223372036854775808""#).unwrap();
        assert_eq!(read.0, 1 << 63);
        assert!(serde_json::from_str::<Exactly<u64>>(r#""-1""#).is_err());
    }

    #[test]
    fn bytes_leave_marked_and_come_as_base64() {
        assert_eq!(text(&Bytes(vec![1, 2, 3])), r#"{"$b":"AQID"}"#);
        assert_eq!(serde_json::from_str::<Bytes>(r#""AQID""#).unwrap(), Bytes(vec![1, 2, 3]));
        assert!(Bytes(vec![1]).exactly::<32>("a key").is_err());
    }

    #[test]
    fn names_of_fields_are_those_of_typescript_and_values_stay() {
        assert_eq!(
            text(&json!({ "fee_bps": "set_fee", "terms": [{ "min_duration": true }] })),
            r#"{"feeBps":"set_fee","terms":[{"minDuration":true}]}"#
        );
    }
}
