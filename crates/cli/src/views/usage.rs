//! Usage reports.

use super::deeds;
use crate::{
    output::Record,
    units::{self, *},
};
use gpu_lease_client::{
    account::LeaseContext,
    attestation::SignedAttestation,
    outlook::{UsageCheck, signer_role},
    rpc::MintInfo,
    state::Lease,
};
use solana_address::Address;

/// What a signed attestation says, for `signer`, who is asked to co-sign it.
pub fn for_signer(
    signed: &SignedAttestation,
    check: &UsageCheck,
    lease: &LeaseContext,
    mint: &MintInfo,
    signer: &Address,
) -> String {
    let UsageCheck { attestation, capacity, worth, more, .. } = check;
    let record = Record::new()
        .heading("You are asked to sign this usage report:")
        .line("lease", lease.address)
        .line("until", format_time(attestation.window_end))
        .line("delivered", format!("{} since the start", format_units(attestation.gpu_seconds)))
        .line("possible", format!("{}, what its GPUs can deliver until then", format_units(*capacity)))
        .line("energy", format!("{} Wh since the start", attestation.energy_wh))
        .line("signed by", signers(signed, lease, Some(&lease.provider_account.attestor)));
    let effect = match *signer == lease.terms.verifier {
        true => "As the verifier you confirm that this was delivered.".to_owned(),
        false => format!(
            "With your signature these units are final: {} in all is earned, {} more than so far, and you can \
             challenge it no longer.",
            units::money(*worth, mint),
            units::money(*more, mint),
        ),
    };
    format!("{record}\n{effect}")
}

/// Who signed, by role where the lease tells it.
pub fn signers(signed: &SignedAttestation, lease: &Lease, attestor: Option<&Address>) -> String {
    // Offline nobody knows the attestor.
    let unknown = if attestor.is_none() { "key" } else { "STRANGER" };
    let role = |signer: &Address| signer_role(signer, lease, attestor).map_or(unknown, deeds::role);
    signed
        .signers()
        .map(|signer| format!("{} {}", role(signer), short(signer)))
        .collect::<Vec<_>>()
        .join(", ")
}
