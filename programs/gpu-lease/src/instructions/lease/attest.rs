use crate::{
    attestation::{Attestation, ED25519_PROGRAM, Signers, read_precompile},
    errors::LeaseError,
    state::*,
};
use anchor_lang::{address_eq, pinocchio::sysvars::instructions::IntrospectedInstruction, prelude::*};

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
    let Attest { lease, provider, instructions } = &mut ctx.accounts;

    // Check
    let precompile = precompile_before(instructions)?;
    let (signatures, message) = read_precompile(precompile.get_instruction_data())?;
    let attestation = Attestation::read(message)?;
    attestation.require_about(lease.address(), lease)?;
    let roles = Signers { signatures, attestor: &provider.attestor }.roles(lease);
    roles.require_expected()?;
    let co_signed = roles.co_signed(&lease.terms)?;

    // Effect
    lease.attest(&attestation.usage(), co_signed, Moment::now()?)?;
    lease.invariant()
}

/// The Ed25519 instruction immediately before this one, which the cluster has verified.
pub(super) fn precompile_before(instructions: &SysvarInstructions) -> Result<IntrospectedInstruction<'_>> {
    let before = instructions.get_instruction_relative(-1).map_err(|_| LeaseError::PrecompileMissing)?;
    require!(address_eq(before.get_program_id(), &ED25519_PROGRAM), LeaseError::PrecompileMissing);
    Ok(before)
}
