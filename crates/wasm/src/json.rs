//! Values between Rust and TypeScript.
//!
//! A JavaScript number is exact up to 2^53 only. So 64-bit integers leave as `{"$n": "123"}`, which the wrapper
//! turns into a `bigint`, and come in as decimal text. Smaller ones are plain numbers. Bytes come in as base64 and
//! leave as `{"$b": "…"}`.

use base64::{Engine, prelude::BASE64_STANDARD};
use gpu_lease_client::{
    Error,
    account::{self, Keyed, ProgramAccount},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::{Value, ser::Formatter};
use solana_account::Account;
use solana_address::Address;
use std::{fmt::Display, io, str::FromStr};

/// What is answered.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer<T> {
    /// The answer.
    Ok(T),
    /// Why there is none, in a sentence.
    #[serde(rename = "error")]
    Error(String),
}

struct Exact;

impl Formatter for Exact {
    fn write_u64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        write!(writer, r#"{{"$n":"{value}"}}"#)
    }

    fn write_i64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        write!(writer, r#"{{"$n":"{value}"}}"#)
    }
}

/// A value as JSON in which every 64-bit integer is exact.
pub fn text(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    match value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Exact)) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => r#"{"error":"The answer could not be written."}"#.to_owned(),
    }
}

/// An error as a sentence.
pub fn sentence(error: &Error) -> String {
    let text = match error {
        Error::Refused(explanation) => format!("{}. {}", explanation.what, explanation.advice),
        error => error.to_string(),
    };
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// The client's JSON with the names of TypeScript's fields.
pub fn camel_case(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (camel_case_name(&name), camel_case(value))).collect()
        }
        Value::Array(values) => values.into_iter().map(camel_case).collect(),
        value => value,
    }
}

fn camel_case_name(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (first, rest) = word.split_at(word.len().min(1));
        name + &first.to_uppercase() + rest
    })
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
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("$b", &BASE64_STANDARD.encode(&self.0))?;
        map.end()
    }
}

impl Bytes {
    /// The account that these bytes hold, wherever it lies.
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
        let input = || Error::Input(format!("{what} has {N} bytes, these are {}", self.0.len()));
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

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
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
    fn names_of_fields_are_those_of_typescript() {
        assert_eq!(
            camel_case(json!({ "fee_bps": 1, "terms": [{ "min_duration": 2 }] })),
            json!({ "feeBps": 1, "terms": [{ "minDuration": 2 }] })
        );
    }

    #[test]
    fn errors_are_sentences() {
        assert_eq!(sentence(&Error::Input("try again".to_owned())), "Try again.");
        let refused = gpu_lease_client::refusal::program_number(6400);
        let text = sentence(&refused.clone().into());
        assert_eq!(text, format!("{}. {}", refused.what, refused.advice));
    }
}
