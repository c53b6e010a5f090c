use super::attest::precompile_before;
use crate::{
    attestation::{Batch, BatchRow, Signers, read_precompile},
    errors::LeaseError,
    events::{BatchAttested, emit},
    state::*,
};
use anchor_lang::{pinocchio::account::AccountView, prelude::*};

/// Accounts of [`attest_batch`]. After them come the leases, writable, in the order of their addresses.
#[derive(Accounts)]
pub struct AttestBatch {
    /// Names the attestor.
    pub provider: Account<Provider>,
    /// Shows the Ed25519 instruction before this one.
    pub instructions: Sysvar<SysvarInstructions>,
}

/// See [`crate::gpu_lease::attest_batch`].
pub fn attest_batch(ctx: &mut Context<AttestBatch>) -> Result<()> {
    let leases = ctx.remaining_accounts()?;
    let AttestBatch { provider, instructions } = &ctx.accounts;

    // Check
    let precompile = precompile_before(instructions)?;
    let (signatures, message) = read_precompile(precompile.get_instruction_data())?;
    let batch = Batch::read(message)?;
    batch.require_about(&leases)?;
    let signers = Signers { signatures, attestor: &provider.attestor };
    signers.require_attestor()?;

    // Effect
    let now = Moment::now()?;
    let mut applied: u64 = 0;
    for (view, row) in leases.into_iter().zip(batch.rows).rev() {
        let is_applied = apply(view, row, &batch, provider.address(), &signers, now)?;
        applied = applied << 1 | u64::from(is_applied);
    }
    require!(applied != 0, LeaseError::BatchEmpty);
    emit(BatchAttested {
        provider: *provider.address(),
        window_end: batch.header.window_end.get(),
        rows: u64::from(batch.header.count),
        applied,
    });
    Ok(())
}

/// Takes in a row, and returns whether it did: what depends on the lease skips its row.
fn apply(
    view: AccountView,
    row: &BatchRow,
    batch: &Batch,
    provider: &Address,
    signers: &Signers,
    now: Moment,
) -> Result<bool> {
    // SAFETY: the addresses increase strictly, so no other of these accounts has the same data; none that is declared is
    // a lease.
    let Ok(mut lease) = (unsafe { Account::<Lease>::load_mut(view) }) else { return Ok(false) };
    let is_applied = batch.apply(row, &mut lease, provider, signers, now).is_ok();
    if is_applied {
        lease.invariant()?;
    }
    Ok(is_applied)
}
