//! Usage reports. What they say is in the Ed25519 precompile instruction in front.

use gpu_lease_client::attestation::{Attestation, SignedAttestation, SignedBatch};
use gpu_lease_client::decode::Event;
use gpu_lease_client::events::BatchAttested;
use gpu_lease_client::program::attestation::{Batch, ED25519_PROGRAM, Signers};
use gpu_lease_client::state::{Lease, Provider};
use solana_address::Address;

use super::{Fault, Play, Played, Statement};

impl Play<'_> {
    /// The data of the precompile instruction in front. The cluster has verified its signatures.
    fn precompile(&self) -> Result<&[u8], Fault> {
        let before = self.transaction.in_front_of(self.call);
        let precompile = before.filter(|it| it.program_id == ED25519_PROGRAM);
        precompile.map(|it| it.data.as_slice()).ok_or(Fault::Message { instruction: self.decoded.name })
    }

    pub(super) fn attest(&mut self) -> Result<Played, Fault> {
        let no_message = Fault::Message { instruction: self.decoded.name };
        let mut lease = self.its_lease()?;
        let (address, provider): (_, Provider) = (self.account("lease")?, self.get("provider")?);
        let signed: SignedAttestation =
            SignedAttestation::from_bytes(self.precompile()?).map_err(|_| no_message)?;
        let message: &Attestation = signed.message();
        self.rules(message.require_about(&address, &lease))?;
        let signers = Signers { signatures: signed.signatures(), attestor: &provider.attestor };
        let is_co_signed = self.rules(signers.roles(&lease).co_signed(&lease.terms))?;
        self.rules(lease.attest(&message.usage(), is_co_signed, self.transaction.moment))?;
        self.statements.push(Statement {
            lease: address,
            opened_slot: lease.opened_slot,
            window_end: message.window_end.get(),
            gpu_seconds: message.gpu_seconds.get(),
            energy_wh: message.energy_wh.get(),
            evidence: message.evidence,
            signers: signed.signers().copied().collect(),
            is_co_signed,
            counts: true,
        });
        self.put_lease(address, lease);
        Ok(Played::default())
    }

    pub(super) fn attest_batch(&mut self) -> Result<Played, Fault> {
        let no_message = Fault::Message { instruction: self.decoded.name };
        let (address, provider): (_, Provider) = (self.account("provider")?, self.get("provider")?);
        let leases = self.decoded.remaining.iter().map(Address::to_bytes).collect();
        let signed = SignedBatch::from_instruction(leases, self.precompile()?).map_err(|_| no_message)?;
        let message = signed.message();
        let batch = Batch { header: message.header(), rows: message.rows() };
        let signers = Signers { signatures: signed.signatures(), attestor: &provider.attestor };
        let window_end = batch.header.window_end.get();
        let (mut applied, now) = (0_u64, self.transaction.moment);
        for (number, (lease_address, row)) in message.leases().iter().zip(batch.rows).enumerate() {
            let mut statement = Statement {
                lease: *lease_address,
                opened_slot: row.opened_slot.get(),
                window_end,
                gpu_seconds: row.gpu_seconds.get(),
                energy_wh: row.energy_wh.get(),
                evidence: batch.header.evidence,
                signers: signed.signers().copied().collect(),
                is_co_signed: false,
                counts: false,
            };
            if let Some(mut lease) = self.draft.find::<Lease>(lease_address) {
                statement.is_co_signed = signers.roles(&lease).co_signed(&lease.terms).unwrap_or_default();
                if batch.apply(row, &mut lease, &address, &signers, now).is_ok() {
                    statement.counts = true;
                    applied |= u32::try_from(number).ok().and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or(0);
                    self.put_lease(*lease_address, lease);
                }
            }
            self.statements.push(statement);
        }
        let rows = u64::from(batch.header.count);
        let event = BatchAttested { provider: address, window_end, rows, applied };
        Ok(Played::told(Event::BatchAttested(event)))
    }
}
