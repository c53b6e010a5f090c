//! Attestations: making the message, signing it elsewhere, reading and checking what was signed.

use crate::{
    chain::{self, Call},
    json::{Bytes, Exactly, Key},
};
use bytemuck::Zeroable;
use gpu_lease_client::{
    Error,
    account::LeaseContext,
    address,
    attestation::{self, SignedAttestation, Usage},
    decode::{self, Statement},
    outlook::UsageCheck,
    state::Provider,
};
use serde::Deserialize;

/// Usage that somebody would like to report.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    lease: Bytes,
    address: Key,
    window_end: Exactly<i64>,
    gpu_seconds: Exactly<u64>,
    energy_wh: Exactly<u64>,
    evidence: Option<Bytes>,
    /// The lease's, and those who are about to sign.
    attestor: Key,
    signers: Vec<Key>,
    now: Exactly<i64>,
}

/// See [`attestation::message_for`].
pub fn message(figures: &Figures) -> Result<Bytes, Error> {
    let usage = Usage {
        window_end: figures.window_end.0,
        gpu_seconds: figures.gpu_seconds.0,
        energy_wh: figures.energy_wh.0,
        evidence: match &figures.evidence {
            Some(evidence) => evidence.exactly("a sha256")?,
            None => [0; 32],
        },
    };
    let lease = figures.lease.account_at(figures.address.0)?;
    let signers: Vec<_> = figures.signers.iter().map(|signer| signer.0).collect();
    let attestor = Some(&figures.attestor.0);
    let message = attestation::message_for(&lease, &usage, &signers, attestor, figures.now.0)?;
    Ok(Bytes(message.as_bytes().to_vec()))
}

/// A key, and its signature of a message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signature {
    public_key: Key,
    signature: Bytes,
}

/// A message, and signatures that wallets made of it.
#[derive(Deserialize)]
pub struct Signed {
    message: Bytes,
    signatures: Vec<Signature>,
}

/// See [`SignedAttestation::assembled`].
pub fn sign(Signed { message, signatures }: &Signed) -> Result<SignedAttestation, Error> {
    let signature = |Signature { public_key, signature }: &Signature| {
        Ok((public_key.0, signature.exactly("a signature")?))
    };
    let signatures = signatures.iter().map(signature).collect::<Result<Vec<_>, Error>>()?;
    SignedAttestation::assembled(&message.0, &signatures)
}

/// A signed attestation, and the lease that it should be about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    text: String,
    lease: Bytes,
    address: Key,
    attestor: Key,
    /// Who is asked to sign it too.
    co_signer: Option<Key>,
    now: Exactly<i64>,
}

/// See [`UsageCheck`].
pub fn check(Check { text, lease, address, attestor, co_signer, now }: &Check) -> Result<UsageCheck, Error> {
    let provider = Provider { attestor: attestor.0, ..Provider::zeroed() };
    let context = LeaseContext::new(lease.account_at(address.0)?, provider, address::SPL_TOKEN);
    let co_signer = co_signer.as_ref().map(|co_signer| &co_signer.0);
    Ok(UsageCheck::of(&text.parse()?, &context, co_signer, now.0))
}

/// A transaction that went through.
#[derive(Deserialize)]
pub struct Landed {
    instructions: Vec<Call>,
    /// Those that each of them called.
    inner: Vec<Vec<Call>>,
    logs: Vec<String>,
}

/// See [`decode::statements`].
pub fn statements(Landed { instructions, inner, logs }: &Landed) -> Vec<Statement> {
    let inner: Vec<_> = inner.iter().map(|calls| chain::instructions(calls)).collect();
    decode::statements(&chain::instructions(instructions), &inner, logs)
}
