//! What a machine's agent answers. It is its provider's word, and was written by a stranger: whatever is not of the
//! documented form is refused, and texts are made harmless.

use std::collections::BTreeSet;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_client::account::Keyed;
use gpu_lease_client::attestation::{Attestation, Usage};
use gpu_lease_client::evidence::{Row, SignedStatement};
use gpu_lease_client::state::Lease;
use gpu_lease_client::text::harmless;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::failure::Failure;
use crate::plan::acceptance::Card;

/// Most cards of one machine.
const MOST_CARDS: usize = 64;

/// Most characters of a UUID and of other short texts.
const SHORT: usize = 128;

/// What a probe was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// Version of the helper.
    pub version: String,
    /// Seconds since it was started.
    pub uptime: u64,
    /// The lease's cards.
    pub cards: Vec<Card>,
}

/// What the machine knows of the lease, as far as a guard makes use of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// The lease.
    #[serde(deserialize_with = "text")]
    pub opened_slot: u64,
    /// As its node shows it.
    pub phase: Option<String>,
    /// How far the user is let in.
    pub access: Option<String>,
    /// Until when it is decided what was delivered, unix seconds.
    #[serde(deserialize_with = "optional_text")]
    pub measured_until: Option<i64>,
    /// GPU-seconds delivered until then.
    #[serde(deserialize_with = "text")]
    pub units: u64,
}

/// A part of the record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Page {
    /// When the lease was started, unix seconds.
    #[serde(deserialize_with = "text")]
    pub start: i64,
    /// Rows from the one that was asked for on.
    pub rows: Vec<Row>,
    /// The number of the row to ask for next.
    pub next: Option<u32>,
}

/// The newest statement that has landed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Statement {
    /// The signed bytes, if the machine still has them.
    pub signed: Option<SignedStatement>,
}

#[derive(Deserialize)]
struct Probed {
    helper: Helper,
    cards: Vec<ProbedCard>,
}

#[derive(Deserialize)]
struct Helper {
    version: String,
    #[serde(deserialize_with = "text")]
    uptime: u64,
}

#[derive(Deserialize)]
struct ProbedCard {
    uuid: String,
    model: Option<String>,
    #[serde(deserialize_with = "optional_text")]
    memory: Option<u64>,
    answers: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Drafted {
    #[serde(deserialize_with = "text")]
    window_end: i64,
    #[serde(deserialize_with = "text")]
    units: u64,
    #[serde(deserialize_with = "text")]
    energy_wh: u64,
    #[serde(deserialize_with = "hash")]
    evidence: [u8; 32],
    message: String,
}

/// Reads an answer of this form.
pub fn read<T: DeserializeOwned>(result: Value) -> Result<T, Failure> {
    serde_json::from_value(result).map_err(|error| Failure::NotUnderstood(harmless(&error.to_string())))
}

impl Inventory {
    /// Reads what a probe was answered.
    pub fn read(result: Value) -> Result<Self, Failure> {
        let Probed { helper, cards } = read(result)?;
        let is_short = |text: &str| (1..=SHORT).contains(&text.chars().count());
        let uuids: BTreeSet<&str> = cards.iter().map(|card| card.uuid.as_str()).collect();
        let is_card = |card: &ProbedCard| is_short(&card.uuid) && card.model.as_deref().is_none_or(is_short);
        if uuids.len() != cards.len() || cards.len() > MOST_CARDS || !cards.iter().all(is_card) {
            return Err(Failure::NotUnderstood("these are not cards of one machine".to_owned()));
        }
        if !is_short(&helper.version) {
            return Err(Failure::NotUnderstood("this is not a helper's version".to_owned()));
        }
        let card = |ProbedCard { uuid, model, memory, answers }| Card {
            uuid: harmless(&uuid),
            model: model.as_deref().map(harmless),
            memory,
            answers,
        };
        let cards = cards.into_iter().map(card).collect();
        Ok(Self { version: harmless(&helper.version), uptime: helper.uptime, cards })
    }
}

/// Reads a draft: its figures, if the message that came with them is the one that says so of `lease`.
pub fn draft(result: Value, lease: &Keyed<Lease>) -> Result<Option<Usage>, Failure> {
    let Some(drafted) = read::<Option<Drafted>>(result)? else { return Ok(None) };
    let Drafted { window_end, units: gpu_seconds, energy_wh, evidence, message } = drafted;
    let usage = Usage { window_end, gpu_seconds, energy_wh, evidence };
    let ours = Attestation::new(lease.address, lease, &usage);
    match BASE64_STANDARD.decode(message) {
        Ok(theirs) if theirs == ours.as_bytes() => Ok(Some(usage)),
        _ => {
            Err(Failure::NotUnderstood("the draft's message says something else than its figures".to_owned()))
        }
    }
}

fn text<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| de::Error::custom("a number is not written so"))
}

fn optional_text<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let number = text.map(|text| text.parse().map_err(|_| de::Error::custom("a number is not written so")));
    number.transpose()
}

fn hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let mut bytes = [0; 32];
    let text = String::deserialize(deserializer)?;
    hex::decode_to_slice(text, &mut bytes).map(|()| bytes).map_err(de::Error::custom)
}
