//! Attestations: making the message, signing it elsewhere, reading and checking what was signed.

use crate::{
    chain::Call,
    json::{Bytes, Exactly, Key, sentence},
    lease::LeaseOutlook,
};
use bytemuck::Zeroable;
use gpu_lease_client::{
    Error,
    account::LeaseContext,
    address,
    attestation::{self, Attestation, SignedAttestation, Usage as Stated},
    decode::{self, Event},
    outlook,
    state::{Lease, Provider},
};
use serde::{Deserialize, Serialize};

/// Usage that somebody would like to state.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    lease: Bytes,
    address: Key,
    window_end: Exactly<i64>,
    gpu_seconds: Exactly<u64>,
    energy_wh: Exactly<u64>,
    evidence: Option<Bytes>,
}

/// The bytes to sign.
pub fn message(figures: &Figures) -> Result<Bytes, Error> {
    let usage = Stated {
        window_end: figures.window_end.0,
        gpu_seconds: figures.gpu_seconds.0,
        energy_wh: figures.energy_wh.0,
        evidence: match &figures.evidence {
            Some(evidence) => evidence.exactly("a sha256")?,
            None => [0; 32],
        },
    };
    let message = Attestation::new(figures.address.0, &figures.lease.account()?, &usage);
    Ok(Bytes(message.as_bytes().to_vec()))
}

/// A key, and its signature of a message.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Signature {
    /// The signer.
    #[cfg_attr(test, ts(type = "string"))]
    pub public_key: Key,
    /// 64 bytes.
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub signature: Bytes,
}

/// A message, and signatures that wallets made of it.
#[derive(Deserialize)]
pub struct Signed {
    message: Bytes,
    signatures: Vec<Signature>,
}

/// The signed message as text. The signatures are verified.
pub fn sign(Signed { message, signatures }: &Signed) -> Result<String, Error> {
    let message = bytemuck::try_pod_read_unaligned::<Attestation>(&message.0)
        .map_err(|_| Error::Input("these bytes are no statement of usage".to_owned()))?;
    let mut signed: Option<SignedAttestation> = None;
    for Signature { public_key, signature } in signatures {
        let one = SignedAttestation::with(message, public_key.0, signature.exactly("a signature")?)?;
        match &mut signed {
            Some(signed) => signed.merge(&one)?,
            None => signed = Some(one),
        }
    }
    let signed = signed.ok_or_else(|| Error::Input("nobody has signed this message yet".to_owned()))?;
    Ok(signed.to_string())
}

/// What a signed message says.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// The lease that it is about.
    #[cfg_attr(test, ts(type = "string"))]
    pub lease: Key,
    /// Slot in which that lease was opened.
    pub opened_slot: u64,
    /// End of the attested window, unix seconds.
    pub window_end: i64,
    /// GPU-seconds delivered since the start.
    pub gpu_seconds: u64,
    /// Watt-hours used since the start.
    pub energy_wh: u64,
    /// sha256 of the metering record.
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub evidence: Bytes,
    /// The bytes that are signed.
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub message: Bytes,
    /// Who signed them.
    pub signatures: Vec<Signature>,
}

impl From<&SignedAttestation> for Usage {
    fn from(signed: &SignedAttestation) -> Self {
        let message = signed.message();
        let signatures = signed.signatures().iter().map(|signature| Signature {
            public_key: Key(signature.public_key),
            signature: Bytes(signature.signature.to_vec()),
        });
        Self {
            lease: Key(message.lease),
            opened_slot: message.opened_slot.get(),
            window_end: message.window_end.get(),
            gpu_seconds: message.gpu_seconds.get(),
            energy_wh: message.energy_wh.get(),
            evidence: Bytes(message.evidence.to_vec()),
            message: Bytes(message.as_bytes().to_vec()),
            signatures: signatures.collect(),
        }
    }
}

/// With `--output json` the command line writes the message as a field of an object.
fn parse(text: &str) -> Result<SignedAttestation, Error> {
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    json.as_ref().and_then(|json| json.get("message")?.as_str()).unwrap_or(text).parse()
}

/// A signed message, and the lease that it should be about.
#[derive(Deserialize)]
pub struct Check {
    text: String,
    lease: Bytes,
    address: Key,
    attestor: Key,
    now: Exactly<i64>,
}

/// Somebody who signed.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Signer {
    /// Its key.
    #[cfg_attr(test, ts(type = "string"))]
    pub address: Key,
    /// `attestor`, `renter`, `renter's session key`, `verifier` or `stranger`.
    pub role: &'static str,
}

/// What `attest` would say to a signed message, and what it would come to.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct UsageCheck {
    /// What it says.
    pub usage: Usage,
    /// Who signed it.
    pub signers: Vec<Signer>,
    /// Whether the renter signed, so that it is accepted at once.
    pub is_co_signed: bool,
    /// GPU-seconds that the GPUs can have delivered until then.
    pub capacity: u64,
    /// What the stated units are worth, base units.
    pub worth: u64,
    /// What they are worth beyond those that are accepted.
    pub more: u64,
    /// Why the program would refuse it.
    pub refusal: Option<String>,
    /// The lease after it.
    pub after: Option<LeaseOutlook>,
    /// Data of the Ed25519 instruction that stands immediately before `attest`.
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub precompile: Bytes,
}

/// See [`UsageCheck`].
pub fn check(Check { text, lease, address, attestor, now }: &Check) -> Result<UsageCheck, Error> {
    let signed = parse(text)?;
    let keyed = lease.account_at::<Lease>(address.0)?;
    let lease = keyed.account;
    let provider = Provider { attestor: attestor.0, ..Provider::zeroed() };
    let after = signed.check(&LeaseContext::new(keyed, provider, address::SPL_TOKEN), now.0);
    let usage = Usage::from(&signed);
    let worth = outlook::worth(&lease, usage.gpu_seconds);
    Ok(UsageCheck {
        signers: signed
            .signers()
            .map(|signer| Signer {
                address: Key(*signer),
                role: attestation::role_of(signer, &lease, Some(&attestor.0)),
            })
            .collect(),
        is_co_signed: signed.is_signed_by(&lease.renter) || signed.is_signed_by(&lease.session_key),
        capacity: lease.meter.capacity(usage.window_end),
        worth,
        more: worth.saturating_sub(lease.earned()),
        refusal: after.as_ref().err().map(sentence),
        after: after.ok().map(|after| LeaseOutlook::of(&after, now.0)),
        precompile: Bytes(signed.precompile_instruction().data),
        usage,
    })
}

/// A transaction that went through.
#[derive(Deserialize)]
pub struct Landed {
    instructions: Vec<Call>,
    /// Those that each of them called.
    inner: Vec<Vec<Call>>,
    logs: Vec<String>,
}

/// Usage of a lease that a transaction stated.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// The lease that it is about.
    #[cfg_attr(test, ts(type = "string"))]
    pub lease: Key,
    /// End of the attested window, unix seconds.
    pub window_end: i64,
    /// GPU-seconds delivered since the start.
    pub gpu_seconds: u64,
    /// Watt-hours used since the start.
    pub energy_wh: u64,
    /// Who signed it.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub signers: Vec<Key>,
    /// Whether it counts: a lease that would refuse it alone is left out of a batch. `null` if the logs were cut off
    /// that say so.
    pub counts: Option<bool>,
}

/// Everything that a transaction stated: of one lease, or of several in a batch.
pub fn statements(Landed { instructions, inner, logs }: &Landed) -> Vec<Statement> {
    let read = |calls: &Vec<Call>| calls.iter().map(Call::instruction).collect::<Vec<_>>();
    let (instructions, inner) = (read(instructions), inner.iter().map(read).collect::<Vec<_>>());
    let single = decode::attestations(&instructions, &inner).into_iter().map(|signed| {
        let message = signed.message();
        Statement {
            lease: Key(message.lease),
            window_end: message.window_end.get(),
            gpu_seconds: message.gpu_seconds.get(),
            energy_wh: message.energy_wh.get(),
            signers: signed.signers().copied().map(Key).collect(),
            counts: Some(true),
        }
    });
    let events = decode::events(logs).into_iter();
    let mut applied: Vec<_> = events
        .filter_map(|event| match event {
            Event::BatchAttested(batch) => Some(batch),
            _ => None,
        })
        .collect();
    let batched = decode::batches(&instructions, &inner).into_iter().flat_map(|(provider, signed)| {
        let batch = signed.message();
        let window_end = batch.header().window_end.get();
        let told = applied.iter().position(|told| told.provider == provider && told.window_end == window_end);
        let mask = told.map(|index| applied.remove(index).applied);
        let rows = batch.leases().iter().zip(batch.rows()).enumerate();
        rows.map(|(index, (lease, row))| Statement {
            lease: Key(*lease),
            window_end,
            gpu_seconds: row.gpu_seconds.get(),
            energy_wh: row.energy_wh.get(),
            signers: signed.signers().copied().map(Key).collect(),
            counts: mask.map(|mask| decode::is_row_applied(mask, index)),
        })
        .collect::<Vec<_>>()
    });
    single.chain(batched).collect()
}
