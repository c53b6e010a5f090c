use crate::{
    attestation::{ED25519_PROGRAM, read_precompile, require_signers},
    errors::LeaseError,
    state::*,
};
use anchor_lang::{address_eq, prelude::*};

/// Accounts of [`attest`]. Nobody has to sign the transaction for it: the message carries the signatures.
#[derive(Accounts)]
pub struct Attest {
    /// Its meter moves.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Names the attestor.
    #[account(address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
    /// Shows the Ed25519 instruction before this one.
    pub instructions: Sysvar<SysvarInstructions>,
}

/// See [`crate::gpu_lease::attest`].
pub fn attest(ctx: &mut Context<Attest>) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    let precompile =
        accounts.instructions.get_instruction_relative(-1).map_err(|_| LeaseError::PrecompileMissing)?;
    require!(address_eq(precompile.get_program_id(), &ED25519_PROGRAM), LeaseError::PrecompileMissing);
    let (signatures, message) = read_precompile(precompile.get_instruction_data())?;
    message.require_about(accounts.lease.address(), &accounts.lease)?;
    let co_signed = require_signers(signatures, &accounts.lease, &accounts.provider.attestor)?;

    // Effect
    accounts.lease.attest(message, co_signed, Moment::now()?)?;
    accounts.lease.invariant()
}
