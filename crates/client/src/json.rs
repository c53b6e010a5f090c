//! How the program's types look in JSON: addresses base58, other bytes hex, texts as text, numbers as
//! numbers, addresses that may be missing `null`. Spare bytes are left out.

use gpu_lease::{instructions::ProtocolConfig, state::*};
use serde_json::{Value, json};
use solana_address::Address;

/// Can be shown as JSON.
pub trait Json {
    /// The value.
    fn json(&self) -> Value;
}

macro_rules! number {
    ($($type:ty),*) => {
        $(impl Json for $type {
            fn json(&self) -> Value {
                json!(self)
            }
        })*
    };
}

number!(u8, u16, u32, u64, i64, bool);

impl Json for Address {
    fn json(&self) -> Value {
        json!(self.to_string())
    }
}

impl<const N: usize> Json for [u8; N] {
    fn json(&self) -> Value {
        json!(hex::encode(self))
    }
}

impl Json for Vec<u8> {
    fn json(&self) -> Value {
        json!(hex::encode(self))
    }
}

impl<T: Json> Json for Option<T> {
    fn json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Json::json)
    }
}

impl Json for PodLeaseState {
    fn json(&self) -> Value {
        json!(format!("{self:?}").to_lowercase())
    }
}

impl Json for PodEndReason {
    fn json(&self) -> Value {
        end_reason(&u64::from(self.0))
    }
}

impl Json for Action {
    fn json(&self) -> Value {
        match self {
            Self::SetFee { fee_bps } => json!({ "action": "set_fee", "fee_bps": fee_bps }),
            Self::SetTreasury { treasury } => {
                json!({ "action": "set_treasury", "treasury": treasury.json() })
            }
            Self::SetArbiter { arbiter } => json!({ "action": "set_arbiter", "arbiter": arbiter.json() }),
            Self::SetGuardian { guardian } => {
                json!({ "action": "set_guardian", "guardian": guardian.json() })
            }
            Self::SetVotingRules { rules } => json!({ "action": "set_voting_rules", "rules": rules.json() }),
            Self::WithdrawFees { mint, amount } => {
                json!({ "action": "withdraw_fees", "mint": mint.json(), "amount": amount })
            }
        }
    }
}

impl Json for ProposedAction {
    fn json(&self) -> Value {
        Action::from(self).json()
    }
}

impl Json for PodProposalState {
    fn json(&self) -> Value {
        proposal_state(&u64::from(self.0))
    }
}

impl Json for PodHouse {
    fn json(&self) -> Value {
        house(&u64::from(self.0))
    }
}

impl<const N: usize> Json for [u64; N] {
    fn json(&self) -> Value {
        json!(self.as_slice())
    }
}

impl Json for LockEnds {
    fn json(&self) -> Value {
        let known = self.ends.iter().filter(|kept| kept.amount > 0);
        Value::Array(known.map(Json::json).collect())
    }
}

impl Json for FeeEpochs {
    fn json(&self) -> Value {
        let known = self.epochs.iter().filter(|kept| kept.epoch > 0);
        Value::Array(known.map(Json::json).collect())
    }
}

/// Implements [`Json`] for a struct of the program. All fields must be named, those behind the semicolon are
/// not shown; `as optional` shows zero as `null`, `as text` bytes as UTF-8.
macro_rules! record {
    ($($name:ident { $($field:ident $(as $form:ident)?),* $(; $($hidden:ident),*)? })*) => {
        $(impl $crate::json::Json for $name {
            fn json(&self) -> serde_json::Value {
                let $name { $($field,)* $($($hidden: _,)*)? } = self;
                let mut object = serde_json::Map::new();
                $(object.insert(
                    stringify!($field).to_owned(),
                    $crate::json::record!(@show $field $($form)?),
                );)*
                serde_json::Value::Object(object)
            }
        })*
    };
    (@show $field:ident) => { $crate::json::Json::json($field) };
    (@show $field:ident $form:ident) => { $crate::json::$form($field) };
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
        1 => "payers",
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
        id, state, action, proposer, tokens, payers, deposit, created_slot, created_at,
        first_end, ends_at, paid, extension, timelock, execution_window, fee_bps, version; bump, spare }
    Tally { votes_for, votes_against, electorate, quorum }
    VoteRecord {
        proposal, voter, house, is_for as flag, weight, by_delegate as flag, rent_payer, version; bump, spare }
}
