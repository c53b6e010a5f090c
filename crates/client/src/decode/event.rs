use crate::{
    address, generated,
    json::{self, Json, Wide},
};
use anchor_lang::Discriminator;
use base64::{Engine, prelude::BASE64_STANDARD};
use gpu_lease::events::*;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use solana_address::Address;
use std::fmt;

macro_rules! decode {
    ($($name:ident { $($field:ident),* })*) => {
        /// Something that happened, see [`gpu_lease::events`].
        ///
        /// In JSON an object with the event's name under `event` and its fields next to it.
        #[derive(Clone, Copy)]
        #[allow(clippy::large_enum_variant, reason = "read one at a time, never stored in bulk")]
        pub enum Event {
            $(#[doc = concat!("[`", stringify!($name), "`]")] $name($name),)*
        }

        /// The names of all events.
        pub const EVENTS: &[&str] = &[$(stringify!($name)),*];

        $(impl Json for $name {
            fn json_with(&self, wide: Wide) -> Value {
                let $name { $($field),* } = self;
                let mut object = Map::new();
                $(object.insert(stringify!($field).to_owned(), show!($field wide $field));)*
                Value::Object(object)
            }
        })*

        impl Event {
            /// Reads the data of a `Program data:` log line; `None` if it is not an event of the program's.
            pub fn from_bytes(data: &[u8]) -> Option<Self> {
                $(if let Some(content) = data.strip_prefix($name::DISCRIMINATOR) {
                    return bytemuck::try_pod_read_unaligned(content).ok().map(Self::$name);
                })*
                None
            }

            /// The event's name.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                }
            }
        }

        impl Json for Event {
            fn json_with(&self, wide: Wide) -> Value {
                let mut value = match self {
                    $(Self::$name(event) => event.json_with(wide),)*
                };
                if let Value::Object(fields) = &mut value {
                    fields.insert("event".to_owned(), self.name().json());
                }
                value
            }
        }
    };
}

/// How a field is shown whose type does not say what it means: choices and flags are integers of 64 bits in events.
macro_rules! show {
    (delegate $wide:ident $value:ident) => {
        json::optional($value)
    };
    (nominee $wide:ident $value:ident) => {
        json::optional($value)
    };
    (operator $wide:ident $value:ident) => {
        json::optional($value)
    };
    (session_key $wide:ident $value:ident) => {
        json::optional($value)
    };
    (by_arbiter $wide:ident $value:ident) => {
        json::flag($value)
    };
    (by_delegate $wide:ident $value:ident) => {
        json::flag($value)
    };
    (is_for $wide:ident $value:ident) => {
        json::flag($value)
    };
    (is_open $wide:ident $value:ident) => {
        json::flag($value)
    };
    (never_started $wide:ident $value:ident) => {
        json::flag($value)
    };
    (house $wide:ident $value:ident) => {
        json::house($value)
    };
    (reason $wide:ident $value:ident) => {
        json::end_reason($value)
    };
    (state $wide:ident $value:ident) => {
        json::proposal_state($value)
    };
    ($other:ident $wide:ident $value:ident) => {
        $value.json_with($wide)
    };
}

generated::events!(decode);

impl Event {
    /// The lease that it is about.
    pub fn lease(&self) -> Option<Address> {
        self.json().get("lease")?.as_str()?.parse().ok()
    }
}

/// Whether a row of a batch was applied, by the mask `applied` of its [`BatchAttested`].
pub fn is_row_applied(applied: u64, row: usize) -> bool {
    u32::try_from(row).ok().and_then(|row| applied.checked_shr(row)).is_some_and(|rest| rest & 1 == 1)
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.json())
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

/// The program's events in a transaction's logs, in their order.
///
/// Only lines that the program itself wrote count: anyone can log the bytes of an event. An attestation
/// has no event of its own, see [`super::attestations`].
pub fn events<'a>(logs: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>) -> Vec<Event> {
    let program = address::PROGRAM.to_string();
    let mut callers: Vec<&str> = Vec::new();
    let mut events = Vec::new();
    for line in logs {
        let Some(line) = line.as_ref().strip_prefix("Program ") else { continue };
        if let Some(data) = line.strip_prefix("data: ") {
            if callers.last() == Some(&program.as_str())
                && let Ok(data) = BASE64_STANDARD.decode(data)
            {
                events.extend(Event::from_bytes(&data));
            }
            continue;
        }
        // A program's own messages start with "Program log: " and "Program return: ".
        let Some((who, what)) = line.split_once(' ') else { continue };
        if who.ends_with(':') {
            continue;
        }
        if what.starts_with("invoke [") {
            callers.push(who);
        } else if what == "success" || what.starts_with("failed") {
            callers.pop();
        }
    }
    events
}

/// Whether the cluster cut the logs off, so that [`events`] may miss some.
pub fn is_truncated<'a>(logs: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>) -> bool {
    logs.into_iter().any(|line| line.as_ref() == "Log truncated")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::bytes_of;
    use gpu_lease::state::Ledger;
    use serde_json::json;

    fn line() -> String {
        let event = LeaseSettled {
            lease: address::PROGRAM,
            accepted: 7,
            payout: 5,
            fee: 1,
            ledger: Ledger::default(),
        };
        let data = [LeaseSettled::DISCRIMINATOR, bytes_of(&event)].concat();
        format!("Program data: {}", BASE64_STANDARD.encode(data))
    }

    fn logs(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| line.replace("US", &address::PROGRAM.to_string())).collect()
    }

    #[test]
    fn a_row_has_its_bit_in_the_mask_of_a_batch() {
        let applied = |mask| (0..66).filter(|row| is_row_applied(mask, *row)).collect::<Vec<_>>();
        assert_eq!(applied(0b101), [0, 2]);
        assert_eq!(applied(1 << 63), [63]);
        assert!(!is_row_applied(u64::MAX, 64) && !is_row_applied(u64::MAX, usize::MAX));
    }

    #[test]
    fn events_of_the_program_are_read_in_order() {
        let line = line();
        let logs = logs(&[
            "Program ComputeBudget111111111111111111111111111111 invoke [1]",
            "Program ComputeBudget111111111111111111111111111111 success",
            "Program US invoke [1]",
            "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA invoke [2]",
            "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA consumed 105 of 2000 compute units",
            "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA success",
            &line,
            "Program US consumed 3000 of 20000 compute units",
            "Program US success",
        ]);
        let events = events(&logs);
        assert!(matches!(events[..], [Event::LeaseSettled(LeaseSettled { payout: 5, fee: 1, .. })]));
    }

    #[test]
    fn lines_that_another_program_wrote_are_no_events() {
        let line = line();
        let forged = logs(&[
            "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA invoke [1]",
            "Program log: Program US invoke [1]",
            &line,
            "Program US invoke [2]",
            "Program US success",
            &line,
            "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA success",
            &line,
        ]);
        assert!(events(&forged).is_empty());
    }

    #[test]
    fn an_event_in_json_has_its_name_and_base58_addresses() {
        let event = Event::OfferClosed(OfferClosed { offer: Address::default() });
        let expected = json!({ "event": "OfferClosed", "offer": "11111111111111111111111111111111" });
        assert_eq!(serde_json::to_value(event).unwrap(), expected);
    }

    #[test]
    fn every_event_of_the_program_is_decoded() {
        for name in EVENTS.iter().copied() {
            let discriminator = anchor_lang::hash::sha256(format!("event:{name}").as_bytes());
            let data = [&discriminator[..8], &[0; 1024]].concat();
            let found = (8..data.len()).find_map(|end| Event::from_bytes(&data[..end]));
            assert_eq!(found.map(|event| event.name()), Some(name));
        }
    }

    #[test]
    fn an_event_knows_its_lease() {
        let settled = LeaseSettled {
            lease: address::PROGRAM,
            accepted: 7,
            payout: 5,
            fee: 1,
            ledger: Ledger::default(),
        };
        assert_eq!(Event::LeaseSettled(settled).lease(), Some(address::PROGRAM));
        assert_eq!(Event::LeasesPaused(LeasesPaused { until: 1 }).lease(), None);
    }

    #[test]
    fn cut_off_logs_are_noticed() {
        assert!(is_truncated(["Program log: a", "Log truncated"]));
        assert!(!is_truncated(["Program log: Log truncated"]));
    }
}
