use crate::{
    creation::New,
    events::{ParticipantCreated, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`create_participant`].
#[derive(Accounts)]
pub struct CreateParticipant {
    /// The renter whose fees it will count, and who alone votes with them. Signs, so that nobody takes the address
    /// of a provider's participant.
    pub party: Signer,
    /// Pays for the account; a sponsor or the renter, who then stands here twice. Safe: a wallet has no data to
    /// borrow twice.
    #[account(unsafe(dup))]
    pub rent_payer: Signer,
    /// Created.
    #[account(init, payer = rent_payer, seeds = [PARTICIPANT_SEED, party.address().as_ref()], bump)]
    pub participant: Account<New<Participant>>,
    /// Creates the account.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::create_participant`].
pub fn create_participant(ctx: &mut Context<CreateParticipant>) -> Result<()> {
    // Effect
    let party = *ctx.accounts.party.address();
    *ctx.accounts.participant = New(Participant::new(party, party, ctx.bumps.participant));
    emit(ParticipantCreated { participant: *ctx.accounts.participant.address(), party });
    Ok(())
}
