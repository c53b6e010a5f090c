//! Co-signatures: what the renter's side and a verifier are asked to sign, and what they signed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::attestation::Message;
use gpu_lease_client::json;
use gpu_lease_client::state::{Lease, LeaseState};
use serde::{Deserialize, Deserializer, Serialize, de};
use solana_address::Address;

use super::protocol::Problem;
use crate::machine::{Known, Machine};
use crate::meter::Record;
use crate::plan::{self, OnChain};
use crate::signer::{CoSignature, CoSigned, Signed, message};

/// What the machine would state now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Until when it counts, unix seconds.
    window_end: i64,
    /// GPU-seconds since the start.
    units: u64,
    /// Watt-hours since the start.
    energy_wh: u64,
    /// Head of the record up to `window_end`.
    #[serde(serialize_with = "json::serialized")]
    evidence: [u8; 32],
    /// The bytes to sign, base64.
    message: String,
}

/// What is co-signed: numbers of 64 bits come as they go, as text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CoSign {
    #[serde(deserialize_with = "from_text")]
    window_end: i64,
    #[serde(deserialize_with = "from_text")]
    units: u64,
    #[serde(deserialize_with = "from_text")]
    energy_wh: u64,
    #[serde(deserialize_with = "from_hex")]
    evidence: [u8; 32],
    /// The signature, base64.
    signature: String,
    #[serde(deserialize_with = "from_text")]
    key: Address,
}

/// The newest draft, if there is one yet. What it says stays as it is.
pub fn draft(machine: &Machine, known: &Known) -> Result<Option<Draft>, Problem> {
    let (lease, record, now) = running(known)?;
    let Some(Signed { window_end, .. }) = plan::draft(lease, record, now) else { return Ok(None) };
    let record = machine.notebook().seal(&known.entry.life, window_end).map_err(|_| Problem::NotKept)?;
    Ok(plan::draft(lease, &record, now).map(|usage| {
        let message = message(&lease.keyed(), &usage);
        let Signed { window_end, units, energy_wh, evidence } = usage;
        Draft { window_end, units, energy_wh, evidence, message: BASE64_STANDARD.encode(message.bytes()) }
    }))
}

/// Takes a co-signature in, and keeps it. The same may be sent again.
pub fn co_sign(machine: &Machine, known: &Known, sent: CoSign) -> Result<(), Problem> {
    let (lease, record, now) = running(known)?;
    let CoSign { window_end, units, energy_wh, evidence, signature, key } = sent;
    let usage = Signed { window_end, units, energy_wh, evidence };
    if plan::draft_of(lease, record, window_end, now).as_ref() != Some(&usage) {
        return Err(Problem::NotDrafted);
    }
    let signature = BASE64_STANDARD.decode(signature).ok().and_then(|bytes| bytes.try_into().ok());
    let by = CoSignature { key, signature: signature.ok_or(Problem::OtherSignature)? };
    let (is_renters, is_verifiers) = (by.counts_for(lease), by.is_verifiers(lease));
    if !is_renters && !is_verifiers {
        return Err(Problem::OtherKey);
    }
    by.over(&lease.keyed(), &usage).ok_or(Problem::OtherSignature)?;
    if window_end < lease.meter.window_end || units < lease.meter.latest.units {
        return Err(Problem::Older);
    }
    // What a key signed that has none any more is in nobody's way.
    let is_newer = |before: Option<&CoSigned>| {
        before.is_none_or(|before| before.usage.window_end <= window_end || !before.by.counts_for(lease))
    };
    // One key may be both.
    let (life, co_signed) = (&known.entry.life, CoSigned { usage, by });
    let (verified, notebook) = (co_signed.clone(), machine.notebook());
    let are_kept = match (is_renters, is_verifiers) {
        (true, false) => notebook.co_sign(life, co_signed, is_newer),
        (false, _) => notebook.verify(life, verified),
        (true, true) => {
            let kept = notebook.co_sign(life, co_signed, is_newer);
            kept.and_then(|is_kept| Ok(is_kept && notebook.verify(life, verified)?))
        }
    };
    match are_kept {
        Ok(true) => Ok(()),
        Ok(false) => Err(Problem::Older),
        Err(_) => Err(Problem::NotKept),
    }
}

/// The lease, what was delivered of it, and the time, if anything can be stated of it.
fn running(known: &Known) -> Result<(&LeaseContext, &Record, i64), Problem> {
    let lease = known.chain.as_ref().and_then(OnChain::lease).ok_or(Problem::NotStated)?;
    let record = known.record.as_ref().ok_or(Problem::NotStarted)?;
    let Lease { state, started_at, .. } = lease.account;
    match known.now {
        Some(now) if state == LeaseState::Active && record.start() == started_at => Ok((lease, record, now)),
        _ => Err(Problem::NotStated),
    }
}

fn from_text<'de, T: std::str::FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(|_| de::Error::custom("it is not written so"))
}

fn from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let mut bytes = [0; 32];
    let text = String::deserialize(deserializer)?;
    hex::decode_to_slice(text, &mut bytes).map(|()| bytes).map_err(de::Error::custom)
}
