//! Lists as tables for spreadsheets.
//!
//! Amounts are there twice, in base units and as decimal numbers, with their mint; times are, too, as unix seconds and in UTC.
//! What strangers wrote cannot become a formula.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::views::{Commitment, Landed, Signed64, Unsigned64};

/// Digits behind the point of each mint.
pub type Decimals = BTreeMap<String, u8>;

/// An item of a list.
pub trait Row: Sized + 'static {
    /// Its columns.
    fn columns() -> Columns<Self>;

    /// What has a row for each of its parts, as often as it has parts, with one of them each.
    fn split(self) -> Vec<Self> {
        vec![self]
    }

    /// Whether it stands, as far as that can be said of it.
    fn is_final(&self) -> bool {
        true
    }
}

type Cell<T> = Box<dyn Fn(&T, &Decimals) -> String + Send>;

/// The columns of a table.
pub struct Columns<T>(Vec<(String, Cell<T>)>);

impl<T: 'static> Columns<T> {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    fn with(
        mut self,
        name: impl Into<String>,
        cell: impl Fn(&T, &Decimals) -> String + Send + 'static,
    ) -> Self {
        self.0.push((name.into(), Box::new(cell)));
        self
    }

    /// What somebody wrote.
    pub fn text<S: AsRef<str> + 'static>(self, name: &str, text: fn(&T) -> Option<S>) -> Self {
        self.with(name, move |row, _| text(row).map_or_else(String::new, |text| harmless(text.as_ref())))
    }

    /// A number, or a word of this program's own.
    pub fn plain<S: Display + 'static>(self, name: &str, value: fn(&T) -> Option<S>) -> Self {
        self.with(name, move |row, _| value(row).map_or_else(String::new, |value| value.to_string()))
    }

    /// A moment.
    pub fn time(self, name: &str, time: fn(&T) -> Option<Signed64>) -> Self {
        let unix = move |row: &T, _: &Decimals| time(row).map_or_else(String::new, |it| it.0.to_string());
        let date = move |row: &T, _: &Decimals| time(row).and_then(utc).unwrap_or_default();
        self.with(name, unix).with(format!("{name}_utc"), date)
    }

    /// An amount.
    pub fn amount(self, name: &str, amount: fn(&T) -> Option<Unsigned64>, mint: fn(&T) -> &str) -> Self {
        self.money(name, move |row| amount(row).map(|it| i128::from(it.0)), mint)
    }

    /// What was paid, negative, or got.
    pub fn change(self, name: &str, change: fn(&T) -> Option<Signed64>, mint: fn(&T) -> &str) -> Self {
        self.money(name, move |row| change(row).map(|it| i128::from(it.0)), mint)
    }

    fn money(
        self,
        name: &str,
        amount: impl Fn(&T) -> Option<i128> + Copy + Send + 'static,
        mint: fn(&T) -> &str,
    ) -> Self {
        let base = move |row: &T, _: &Decimals| amount(row).map_or_else(String::new, |it| it.to_string());
        let decimal = move |row: &T, decimals: &Decimals| {
            let digits = decimals.get(mint(row)).copied();
            amount(row).zip(digits).map_or_else(String::new, |(amount, digits)| decimal(amount, digits))
        };
        self.with(name, base).with(format!("{name}_decimal"), decimal)
    }

    /// Where it is.
    pub fn landed(self, landed: fn(&T) -> Option<&Landed>) -> Self {
        self.with("signature", move |row, _| landed(row).map_or_else(String::new, |it| it.signature.clone()))
            .with("slot", move |row, _| landed(row).map_or_else(String::new, |it| it.slot.0.to_string()))
            .with("time", move |row, _| landed(row).map_or_else(String::new, |it| it.time.0.to_string()))
            .with("time_utc", move |row, _| landed(row).and_then(|it| utc(it.time)).unwrap_or_default())
            .with("commitment", move |row, _| landed(row).map_or("", |it| word(it.commitment)).to_owned())
    }

    /// How settled it is.
    pub fn commitment(self, commitment: fn(&T) -> Commitment) -> Self {
        self.with("commitment", move |row, _| word(commitment(row)).to_owned())
    }
}

/// The table of `rows`.
pub fn csv<T: Row>(rows: Vec<T>, decimals: &Decimals) -> Result<Vec<u8>> {
    let Columns(columns) = T::columns();
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(columns.iter().map(|(name, _)| name))?;
    for row in rows.into_iter().flat_map(Row::split) {
        table.write_record(columns.iter().map(|(_, cell)| cell(&row, decimals)))?;
    }
    table.into_inner().context("the table cannot be written")
}

/// What strangers wrote, as a text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    match text.as_bytes().first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

/// An amount as a decimal number.
fn decimal(amount: i128, digits: u8) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let digits = usize::from(digits);
    let text = format!("{:0>width$}", amount.unsigned_abs(), width = digits.saturating_add(1));
    let (whole, part) = text.split_at(text.len().saturating_sub(digits));
    let point = if digits == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{part}")
}

/// A moment in UTC, between 1970 and 9999.
fn utc(Signed64(seconds): Signed64) -> Option<String> {
    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds < 253_402_300_800)?;
    let moment = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    Some(humantime::format_rfc3339_seconds(moment).to_string())
}

const fn word(commitment: Commitment) -> &'static str {
    match commitment {
        Commitment::Finalized => "finalized",
        Commitment::Confirmed => "confirmed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_digits_of_their_mint() {
        for (amount, digits, text) in [
            (0, 6, "0.000000"),
            (1, 6, "0.000001"),
            (-1_500_000, 6, "-1.500000"),
            (i128::from(u64::MAX), 9, "18446744073.709551615"),
            (7, 0, "7"),
        ] {
            assert_eq!(decimal(amount, digits), text);
        }
    }

    #[test]
    fn what_strangers_wrote_is_no_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("H100 = fast"), "H100 = fast");
    }

    #[test]
    fn moments_that_have_no_date_have_none() {
        assert_eq!(utc(Signed64(0)).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(utc(Signed64(253_402_300_799)).as_deref(), Some("9999-12-31T23:59:59Z"));
        for outside in [i64::MIN, -1, 253_402_300_800, i64::MAX] {
            assert_eq!(utc(Signed64(outside)), None);
        }
    }
}
