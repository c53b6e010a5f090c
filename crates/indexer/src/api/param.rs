//! What a parameter may be. Everything that is asked is one of these, so that nothing else gets any further.

use std::borrow::Cow;
use std::str::FromStr;

use serde::Deserialize;
use serde_with::DeserializeFromStr;
use solana_address::Address;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::ask::{ITEMS, MOST_ITEMS};
use crate::views::LeaseState;

/// Most rows of a CSV file.
pub const MOST_ROWS: u32 = 5_000;

macro_rules! text {
    ($(#[doc = $doc:literal])* $name:ident($type:ty), $pattern:literal, $most:literal, $example:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, DeserializeFromStr)]
        pub struct $name(pub $type);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let doc = [$($doc),*].concat();
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(doc.trim()))
                    .pattern(Some($pattern))
                    .max_length(Some($most))
                    .examples([$example])
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    };
}

text!(
    /// An address, base58.
    Key(Address),
    "^[1-9A-HJ-NP-Za-km-z]{32,44}$",
    44,
    "So11111111111111111111111111111111111111112"
);
text!(
    /// Some words.
    Words(String),
    r"^[^\x00-\x1f\x7f]{1,64}$",
    64,
    "H100 SXM"
);
text!(
    /// The name of an instruction.
    InstructionName(String),
    "^[a-z_]{1,64}$",
    64,
    "open_lease"
);
text!(
    /// What a page named as `next`.
    After(String),
    "^[!-~]{1,256}$",
    256,
    "1127Xv"
);
text!(
    /// The id of an event.
    EventId(EventPlace),
    "^[0-9]{1,12}-[0-9]{1,6}-[0-9]{1,9}$",
    29,
    "417-3-0"
);

/// Where an event is among all that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    /// Slot of its block.
    pub slot: u64,
    /// Number of its transaction in the block.
    pub index: u32,
    /// Its number in the transaction.
    pub number: u32,
}

impl FromStr for Key {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "an address is 32 bytes in base58")
    }
}

impl FromStr for Words {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits =
            (1..=64).contains(&text.chars().count()) && !text.contains(|it: char| it.is_ascii_control());
        fits.then(|| Self(text.to_owned()))
            .ok_or("words are 1 to 64 characters, none of them a control character")
    }
}

impl FromStr for InstructionName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(|it| matches!(it, b'a'..=b'z' | b'_'));
        fits.then(|| Self(text.to_owned())).ok_or("an instruction is named as `open_lease`")
    }
}

impl FromStr for After {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = (1..=256).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
        fits.then(|| Self(text.to_owned())).ok_or("`after` is what a page named as `next`")
    }
}

impl FromStr for EventId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl FromStr for EventPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = || {
            let (slot, rest) = text.split_once('-')?;
            let (index, number) = rest.split_once('-')?;
            let is_plain = [(slot, 12), (index, 6), (number, 9)]
                .iter()
                .all(|(digits, most)| digits.len() <= *most && digits.bytes().all(|it| it.is_ascii_digit()));
            let (slot, index, number) = (slot.parse().ok()?, index.parse().ok()?, number.parse().ok()?);
            is_plain.then_some(Self { slot, index, number })
        };
        place().ok_or("an event's id is its slot, transaction and number, as `417-3-0`")
    }
}

/// Most items of a page: up to 200, or 5,000 rows of CSV. 50 if it is not said, or as many rows as are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct Items(pub u32);

impl TryFrom<u32> for Items {
    type Error = String;

    fn try_from(items: u32) -> Result<Self, Self::Error> {
        let fits = (1..=MOST_ROWS).contains(&items);
        fits.then_some(Self(items)).ok_or_else(|| {
            format!("`limit` is 1 to {MOST_ITEMS}, or to {MOST_ROWS} rows of CSV; {ITEMS} if it is not said")
        })
    }
}

/// States of leases, with commas between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeserializeFromStr)]
pub struct States(pub Vec<LeaseState>);

impl FromStr for States {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let states: Result<Vec<_>, _> = text.split(',').take(7).map(str::parse).collect();
        let known = states.ok().filter(|states| states.len() <= 6);
        known.map(Self).ok_or(
            "states are `pending`, `active`, `disputed`, `resolved`, `cancelled`, `closed`, with commas",
        )
    }
}

/// In which form a list is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JSON.
    #[default]
    Json,
    /// A table for spreadsheets.
    Csv,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_further_that_is_not_what_it_should_be() {
        let place = EventPlace { slot: 417, index: 3, number: 0 };
        assert_eq!("417-3-0".parse(), Ok(place));
        for wrong in ["", "417", "417-3", "417-3-0-1", "417-+3-0", "417--3-0", "1000000000000-0-0", "--"] {
            assert!(wrong.parse::<EventPlace>().is_err(), "{wrong}");
        }
        for wrong in ["", "0", "So1111111111111111111111111111111111111111", &"1".repeat(45)] {
            assert!(wrong.parse::<Key>().is_err(), "{wrong}");
        }
        assert!("a\0b".parse::<Words>().is_err() && "x".repeat(65).parse::<Words>().is_err());
        assert!("ü".repeat(64).parse::<Words>().is_ok());
        assert_eq!("active,closed".parse(), Ok(States(vec![LeaseState::Active, LeaseState::Closed])));
        assert!("active,".parse::<States>().is_err());
        assert!(Items::try_from(0).is_err() && Items::try_from(MOST_ROWS + 1).is_err());
    }
}
