use super::{Event, attestations, batches, events, is_row_applied};
use crate::json;
use serde::Serialize;
use solana_address::Address;
use solana_instruction::Instruction;

/// Usage of a lease that a transaction reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Statement {
    /// The lease that it is about.
    #[serde(serialize_with = "json::display")]
    #[cfg_attr(test, ts(type = "string"))]
    pub lease: Address,
    /// End of the attested window, unix seconds.
    pub window_end: i64,
    /// GPU-seconds delivered since the start.
    pub gpu_seconds: u64,
    /// Watt-hours used since the start.
    pub energy_wh: u64,
    /// Who signed it.
    #[serde(serialize_with = "json::displays")]
    #[cfg_attr(test, ts(type = "string[]"))]
    pub signers: Vec<Address>,
    /// Whether it counts: a lease that would refuse it alone is left out of a batch. `null` if the logs were cut off
    /// that say so.
    pub counts: Option<bool>,
}

/// Everything that a transaction that succeeded reported: of one lease, or of several in a batch. `inner` are the
/// instructions that each instruction called.
pub fn statements(
    instructions: &[Instruction],
    inner: &[Vec<Instruction>],
    logs: &[String],
) -> Vec<Statement> {
    let single = attestations(instructions, inner).into_iter().map(|signed| {
        let message = signed.message();
        Statement {
            lease: message.lease,
            window_end: message.window_end.get(),
            gpu_seconds: message.gpu_seconds.get(),
            energy_wh: message.energy_wh.get(),
            signers: signed.signers().copied().collect(),
            counts: Some(true),
        }
    });
    let mut applied: Vec<_> = events(logs)
        .into_iter()
        .filter_map(|event| match event {
            Event::BatchAttested(batch) => Some(batch),
            _ => None,
        })
        .collect();
    let batched = batches(instructions, inner).into_iter().flat_map(|(provider, signed)| {
        let batch = signed.message();
        let window_end = batch.header().window_end.get();
        let told = applied.iter().position(|told| told.provider == provider && told.window_end == window_end);
        let mask = told.map(|index| applied.remove(index).applied);
        let rows = batch.leases().iter().zip(batch.rows()).enumerate();
        rows.map(|(index, (lease, row))| Statement {
            lease: *lease,
            window_end,
            gpu_seconds: row.gpu_seconds.get(),
            energy_wh: row.energy_wh.get(),
            signers: signed.signers().copied().collect(),
            counts: mask.map(|mask| is_row_applied(mask, index)),
        })
        .collect::<Vec<_>>()
    });
    single.chain(batched).collect()
}
