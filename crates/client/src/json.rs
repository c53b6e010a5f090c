//! How the program's types look in JSON: addresses base58, other bytes hex, texts as text, addresses that may be
//! missing `null`. Spare bytes are left out.
//!
//! Integers of 64 bits and more are decimal text, whatever their value: JavaScript and jq read numbers exactly up to 2^53
//! only. Smaller integers are numbers.

use gpu_lease::{instructions::ProtocolConfig, state::*};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, json, ser::Formatter};
use solana_address::Address;
use std::{fmt, io, str::FromStr};

/// How integers of 64 bits are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wide {
    /// As decimal text, which every reader keeps exactly.
    Text,
    /// As numbers, for a writer that knows what to do with them.
    Number,
}

/// Can be shown as JSON.
pub trait Json {
    /// The value, with integers of 64 bits written so.
    fn json_with(&self, wide: Wide) -> Value;

    /// The value.
    fn json(&self) -> Value {
        self.json_with(Wide::Text)
    }
}

/// A JSON object whose values are shown by [`Json`]: `object!({ "units": 7_u64 })`.
#[macro_export]
macro_rules! object {
    ({ $($key:literal: $value:expr),* $(,)? }) => {
        serde_json::Value::Object(
            [$(($key.to_owned(), $crate::json::Json::json(&$value))),*].into_iter().collect()
        )
    };
}

/// Serializes what serde would write with bare integers: a field's `serialize_with`.
pub fn serialized<T: Json, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.json().serialize(serializer)
}

/// What serde writes of `value`, by the rules above.
pub fn of(value: &impl Serialize, wide: Wide) -> Value {
    let mut text = Vec::new();
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, ByTheRules(wide)));
    // Fails only for maps whose keys are no text, and there are none.
    written.and_then(|()| serde_json::from_slice(&text)).unwrap_or_default()
}

struct ByTheRules(Wide);

impl ByTheRules {
    fn write<W: ?Sized + io::Write>(&self, writer: &mut W, value: impl fmt::Display) -> io::Result<()> {
        match self.0 {
            Wide::Text => write!(writer, "\"{value}\""),
            Wide::Number => write!(writer, "{value}"),
        }
    }
}

impl Formatter for ByTheRules {
    fn write_u64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.write(writer, value)
    }

    fn write_i64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        self.write(writer, value)
    }

    fn write_byte_array<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: &[u8]) -> io::Result<()> {
        write!(writer, "\"{}\"", hex::encode(value))
    }
}

/// Serializes as text: a field's `serialize_with`.
pub(crate) fn display<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads an integer that is written as text, or bare: a field's `deserialize_with`.
pub(crate) fn integer<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written<T> {
        Bare(T),
        Text(String),
    }
    match Written::deserialize(deserializer)? {
        Written::Bare(integer) => Ok(integer),
        Written::Text(text) => text.parse().map_err(de::Error::custom),
    }
}

/// Reads what is written as text: a field's `deserialize_with`.
pub(crate) fn parsed<'de, T: FromStr<Err: fmt::Display>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

/// Serializes each as text: a field's `serialize_with`.
pub(crate) fn displays<T: fmt::Display, S: Serializer>(
    values: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}

/// Serializes as bytes: a field's `serialize_with`.
pub(crate) fn bytes<S: Serializer>(value: &impl AsRef<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(value.as_ref())
}

macro_rules! small {
    ($($type:ty),*) => {
        $(impl Json for $type {
            fn json_with(&self, _: Wide) -> Value {
                json!(self)
            }
        })*
    };
}

small!(u8, u16, u32, bool, str, String, Value);

macro_rules! wide {
    ($($type:ty),*) => {
        $(impl Json for $type {
            fn json_with(&self, wide: Wide) -> Value {
                match wide {
                    Wide::Text => json!(self.to_string()),
                    Wide::Number => json!(self),
                }
            }
        })*
    };
}

wide!(u64, i64, i128, usize);

impl Json for Address {
    fn json_with(&self, _: Wide) -> Value {
        json!(self.to_string())
    }
}

impl<const N: usize> Json for [u8; N] {
    fn json_with(&self, _: Wide) -> Value {
        json!(hex::encode(self))
    }
}

impl Json for Vec<u8> {
    fn json_with(&self, _: Wide) -> Value {
        json!(hex::encode(self))
    }
}

impl<T: Json + ?Sized> Json for &T {
    fn json_with(&self, wide: Wide) -> Value {
        (**self).json_with(wide)
    }
}

impl<T: Json> Json for [T] {
    fn json_with(&self, wide: Wide) -> Value {
        self.iter().map(|item| item.json_with(wide)).collect()
    }
}

impl<T: Json> Json for Option<T> {
    fn json_with(&self, wide: Wide) -> Value {
        self.as_ref().map_or(Value::Null, |value| value.json_with(wide))
    }
}

impl Json for PodLeaseState {
    fn json_with(&self, _: Wide) -> Value {
        json!(format!("{self:?}").to_lowercase())
    }
}

impl Json for PodEndReason {
    fn json_with(&self, _: Wide) -> Value {
        end_reason(&u64::from(self.0))
    }
}

impl Json for Action {
    fn json_with(&self, wide: Wide) -> Value {
        match self {
            Self::SetFee { fee_bps } => json!({ "action": "set_fee", "fee_bps": fee_bps }),
            Self::SetTreasury { treasury } => {
                json!({ "action": "set_treasury", "treasury": treasury.json() })
            }
            Self::SetArbiter { arbiter } => json!({ "action": "set_arbiter", "arbiter": arbiter.json() }),
            Self::SetGuardian { guardian } => {
                json!({ "action": "set_guardian", "guardian": guardian.json() })
            }
            Self::SetVotingRules { rules } => {
                json!({ "action": "set_voting_rules", "rules": rules.json_with(wide) })
            }
            Self::WithdrawFees { mint, amount } => {
                json!({ "action": "withdraw_fees", "mint": mint.json(), "amount": amount.json_with(wide) })
            }
        }
    }
}

impl Json for ProposedAction {
    fn json_with(&self, wide: Wide) -> Value {
        Action::from(self).json_with(wide)
    }
}

impl Json for PodProposalState {
    fn json_with(&self, _: Wide) -> Value {
        proposal_state(&u64::from(self.0))
    }
}

impl Json for PodHouse {
    fn json_with(&self, _: Wide) -> Value {
        house(&u64::from(self.0))
    }
}

impl<const N: usize> Json for [u64; N] {
    fn json_with(&self, wide: Wide) -> Value {
        self.as_slice().json_with(wide)
    }
}

impl Json for LockEnds {
    fn json_with(&self, wide: Wide) -> Value {
        let known = self.ends.iter().filter(|kept| kept.amount > 0);
        Value::Array(known.map(|kept| kept.json_with(wide)).collect())
    }
}

impl Json for FeeEpochs {
    fn json_with(&self, wide: Wide) -> Value {
        let known = self.epochs.iter().filter(|kept| kept.epoch > 0);
        Value::Array(known.map(|kept| kept.json_with(wide)).collect())
    }
}

/// Implements [`Json`] for a struct of the program. All fields must be named, those after the semicolon are
/// not shown; `as optional` shows zero as `null`, `as text` bytes as UTF-8.
macro_rules! record {
    ($($name:ident { $($field:ident $(as $form:ident)?),* $(; $($hidden:ident),*)? })*) => {
        $(impl $crate::json::Json for $name {
            fn json_with(&self, wide: $crate::json::Wide) -> serde_json::Value {
                let $name { $($field,)* $($($hidden: _,)*)? } = self;
                let mut object = serde_json::Map::new();
                $(object.insert(
                    stringify!($field).to_owned(),
                    $crate::json::record!(@show wide $field $($form)?),
                );)*
                serde_json::Value::Object(object)
            }
        })*
    };
    (@show $wide:ident $field:ident) => { $crate::json::Json::json_with($field, $wide) };
    (@show $wide:ident $field:ident $form:ident) => { $crate::json::$form($field) };
}
pub(crate) use record;

/// `null` for the zero address.
pub(crate) fn optional(address: &Address) -> Value {
    if *address == Address::default() { Value::Null } else { address.json() }
}

/// A text that is filled up with zeroes.
pub(crate) fn text<const N: usize>(bytes: &[u8; N]) -> Value {
    json!(crate::text::read(bytes))
}

/// Why a lease ends, by the number that events give, in words with underscores.
pub(crate) fn end_reason(reason: &u64) -> Value {
    json!(crate::text::end_reason(*reason).replace(' ', "_"))
}

/// What became of a proposal, by the number that events give.
pub(crate) fn proposal_state(state: &u64) -> Value {
    json!(match state {
        0 => "voting",
        1 => "passed",
        2 => "failed",
        3 => "executed",
        _ => "unknown",
    })
}

/// Which house voted, by the number that events give.
pub(crate) fn house(house: &u64) -> Value {
    json!(match house {
        0 => "tokens",
        1 => "participants",
        _ => "unknown",
    })
}

/// 1 is yes.
pub(crate) fn flag<T: Copy + Into<u64>>(value: &T) -> Value {
    json!((*value).into() == 1)
}

record! {
    Protocol {
        domain, vote_mint, unit_mint, guardian, arbiter, paused_until, pause_allowed_from, version; bump, spare }
    FeeParams { treasury, effective_since, last_rise_at, changes, fee_bps, version; bump, spare }
    MintPolicy { mint, fee_vault, token_program, decimals, fees, version; bump, spare }
    Provider {
        authority, pending_authority as optional, attestor, operator as optional, registered_by, record, version;
        bump, spare }
    HotKeys { attestor, operator as optional }
    ProviderRecord {
        units_delivered, units_promised, fees_paid, leases_started, leases_completed, leases_abandoned, leases_disputed,
        disputes_lost; spare }
    Offer { provider, id, gpus, gpus_free, leases, revision, is_open as flag, terms, listing, version; bump, spare }
    Listing {
        gpu_model as text, region as text, memory_gib, carbon_intensity, description_hash,
        description_uri as text
    }
    Terms {
        price, mint, min_duration, max_duration, notice, challenge_window, heartbeat_timeout, sla_uptime_bps,
        sla_penalty_bps, bond_hours, verifier as optional; spare }
    Lease {
        state, end_reason, renter, payer, provider, offer, vault, nonce, gpus, duration, opened_slot,
        opened_at, opened_deposit, opened_duration, opened_gpus, start_deadline, started_at, ends_at, end_slot,
        promised_until, fee_bps, ledger, meter, dispute, terms, offer_hash, domain, arbiter, access_key,
        access_blob_hash, access_slot, session_key as optional, bond_is_pooled as flag, life, version;
        bump, spare, spare_after }
    Ledger { deposited, released, fees, bond, stake, counted }
    Meter {
        accepted, maturing, latest, window_end, heartbeat, energy_wh, segment_base, segment_start, gpus,
        previous_gpus, excused, attested_fundable, free_fundable, revived_at, evidence
    }
    Dispute { renter_units, provider_units, opened }
    Claim { units, submitted }
    Moment { time, slot }
    Seen { life, valid_until }
    Agreed { seen, units, credit }
    Resize { duration, from, to }
    LeaseRequest {
        nonce, deposit, start_deadline, duration, gpus, max_fee_bps, valid_until, expected_offer, arbiter,
        access_key, session_key as optional
    }
    ProtocolConfig { genesis_hash, vote_mint, unit_mint, guardian, arbiter, treasury, fee_bps, rules }
    Governance { rules, locked, proposal_count, executable, version; bump, spare }
    LockEnd { end, amount }
    VotingRules { deposit, voting_period, extension, timelock, execution_window, quorum_bps; spare }
    Participant { party, authority, fees, version; bump, spare }
    EpochFees { epoch, fees }
    VoteLock { owner, vault, delegate as optional, amount, unlock_at, deposit_slot, version; bump, spare }
    Proposal {
        id, state, action, proposer, tokens, participants, deposit, created_slot, created_at,
        first_end, ends_at, paid, extension, timelock, execution_window, fee_bps, version; bump, spare }
    Tally { votes_for, votes_against, electorate, quorum }
    VoteRecord {
        proposal, voter, house, is_for as flag, weight, by_delegate as flag, rent_payer, version; bump, spare }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        account::Keyed,
        decode::{EVENTS, Event},
        outlook::{LeaseOutlook, Signature},
    };
    use bytemuck::AnyBitPattern;

    /// Requires every number to be smaller than 2^32; an integer of 64 bits whose bytes are all 1 is larger than 2^53.
    pub fn require_exact(what: &str, value: &Value) {
        match value {
            Value::Number(number) => {
                assert!(number.as_u64().is_some_and(|number| number <= u32::MAX.into()), "{what}: {number}")
            }
            Value::Array(values) => values.iter().for_each(|value| require_exact(what, value)),
            Value::Object(fields) => {
                fields.iter().for_each(|(key, value)| require_exact(&format!("{what}.{key}"), value))
            }
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }

    fn account<T: Json + AnyBitPattern>(name: &str) {
        let account: T = bytemuck::pod_read_unaligned(&vec![1; size_of::<T>()]);
        let value = serde_json::to_value(Keyed { address: Address::default(), account }).unwrap();
        assert!(value.as_object().is_some_and(|fields| fields.len() > 2), "{name}: {value}");
        require_exact(name, &value);
    }

    #[test]
    fn integers_of_64_bits_are_text_in_every_account() {
        macro_rules! accounts {
            ($($type:ty),*) => { $(account::<$type>(stringify!($type));)* };
        }
        accounts!(
            Protocol,
            FeeParams,
            MintPolicy,
            Provider,
            Offer,
            Lease,
            Governance,
            Participant,
            VoteLock,
            Proposal,
            VoteRecord
        );
    }

    #[test]
    fn integers_of_64_bits_are_text_and_bytes_hex_in_what_is_foreseen() {
        let ones: Lease = bytemuck::pod_read_unaligned(&vec![1; size_of::<Lease>()]);
        let outlook = LeaseOutlook::of(&ones, i64::MAX).json();
        require_exact("outlook", &outlook);
        assert_eq!(outlook["money"]["stake"], (u64::MAX / 255).to_string());
        let signature = Signature { public_key: Address::default(), signature: [0xab; 64] };
        assert_eq!(signature.json()["signature"], "ab".repeat(64));
        assert_eq!(of(&u64::MAX, Wide::Number), json!(u64::MAX));
    }

    #[test]
    fn integers_of_64_bits_are_text_in_every_event() {
        for name in EVENTS {
            let discriminator = anchor_lang::hash::sha256(format!("event:{name}").as_bytes());
            let data = [&discriminator[..8], &[1; 1_024]].concat();
            let event = (8..data.len()).find_map(|end| Event::from_bytes(&data[..end]));
            require_exact(name, &serde_json::to_value(event.unwrap()).unwrap());
        }
    }

    #[test]
    fn integers_of_64_bits_are_text_in_every_action_and_numbers_where_the_writer_knows() {
        let rules = VotingRules { deposit: u64::MAX, ..bytemuck::Zeroable::zeroed() };
        let withdraw = Action::WithdrawFees { mint: Address::default(), amount: u64::MAX };
        for action in [Action::SetVotingRules { rules }, withdraw, Action::SetFee { fee_bps: u16::MAX }] {
            require_exact("action", &action.json());
        }
        assert_eq!(withdraw.json()["amount"], "18446744073709551615");
        assert_eq!(withdraw.json_with(Wide::Number)["amount"], u64::MAX);
        assert_eq!((-1_i64).json(), "-1");
        assert_eq!(
            (7_u32.json(), Some(7_u64).json(), None::<u64>.json()),
            (json!(7), json!("7"), Value::Null)
        );
    }
}
