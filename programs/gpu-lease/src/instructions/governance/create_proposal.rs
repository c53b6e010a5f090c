use crate::{
    creation::New,
    errors::LeaseError,
    events::{ProposalCreated, emit},
    state::*,
    token::Mint,
};
use anchor_lang::{prelude::*, system_program};

/// Accounts of [`create_proposal`].
#[derive(Accounts)]
pub struct CreateProposal {
    /// Pays for the account and leaves the deposit in it; anyone.
    #[account(mut)]
    pub proposer: Signer,
    /// Gives the number and the rules.
    #[account(mut)]
    pub governance: Account<Governance>,
    /// Created.
    #[account(
        init,
        payer = proposer,
        seeds = [PROPOSAL_SEED, &governance.proposal_count.to_le_bytes()],
        bump
    )]
    pub proposal: Account<New<Proposal>>,
    /// Names the two houses' mints, and arbiter and guardian in force.
    pub protocol: Account<Protocol>,
    /// The fee and the treasury in force.
    pub fee_params: Account<FeeParams>,
    /// The unit mint's: what weighs of all that participants paid.
    #[account(constraint = mint_policy.mint == protocol.unit_mint @ LeaseError::WrongMint)]
    pub mint_policy: Account<MintPolicy>,
    /// The vote mint: how many tokens there are.
    #[account(address = protocol.vote_mint @ LeaseError::WrongMint)]
    pub vote_mint: Account<Mint>,
    /// Creates the account and moves the deposit.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::create_proposal`].
pub fn create_proposal(
    ctx: &mut Context<CreateProposal>,
    valid_until: i64,
    max_deposit: u64,
    action: Action,
) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check, effect
    let clock = Clock::get()?;
    require_valid_until(valid_until, clock.unix_timestamp)?;
    require!(accounts.governance.rules.deposit <= max_deposit, LeaseError::DepositAboveAgreed);
    let id = accounts.governance.next_proposal()?;
    let new = NewProposal {
        proposer: *accounts.proposer.address(),
        action,
        id,
        rules: &accounts.governance.rules,
        fee_bps: accounts.fee_params.fee_bps,
        locked: &accounts.governance.locked,
        supply: accounts.vote_mint.supply(),
        fees: accounts.mint_policy.fees.weight_before(epoch_of(clock.unix_timestamp)),
        bump: ctx.bumps.proposal,
    };
    *accounts.proposal = New(Proposal::new(&new, &clock)?);
    action.require_change(&accounts.protocol, &accounts.governance, &accounts.fee_params)?;

    // Interaction
    let deposit = accounts.proposal.deposit;
    let transfer = system_program::Transfer {
        from: accounts.proposer.cpi_handle_mut(),
        to: accounts.proposal.cpi_handle_mut(),
    };
    system_program::transfer(CpiContext::new(accounts.system_program.address(), transfer), deposit)?;

    let proposal = &accounts.proposal;
    emit(ProposalCreated {
        proposal: *proposal.address(),
        proposer: proposal.proposer,
        action: proposal.action,
        id,
        ends_at: proposal.ends_at,
        latest_end: proposal.latest_end(),
        quorum: proposal.tokens.quorum,
        refusal_quorum: proposal.participants.quorum,
    });
    Ok(())
}
