use crate::{
    errors::LeaseError,
    events::{LeaseClosed, emit},
    state::*,
    token::{self, CloseVault, Mint, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`close_lease`]. Anyone may call it.
#[derive(Accounts)]
pub struct CloseLease {
    /// The lease's renter; signs how both parties divide the vault. Safe: only its signature is looked at.
    #[account(unsafe(dup), address = lease.renter @ LeaseError::NotRenter)]
    pub renter: UncheckedAccount,
    /// The provider's wallet; signs how both parties divide the vault. Safe: only its signature is looked at.
    #[account(unsafe(dup), address = provider.authority @ LeaseError::NotProviderAuthority)]
    pub authority: UncheckedAccount,
    /// Closed.
    #[account(
        mut,
        close = payer
    )]
    pub lease: Account<Lease>,
    /// Gets the GPUs back.
    #[account(mut, address = lease.offer @ LeaseError::WrongAccount)]
    pub offer: Account<Offer>,
    /// Counts what was delivered; names the wallet that is paid.
    #[account(mut, address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
    /// Says in which mint fees are a weight in votes.
    pub protocol: Account<Protocol>,
    /// Counts the fees of the renter.
    #[account(mut, constraint = renter_participant.party == lease.renter @ LeaseError::WrongAccount)]
    pub renter_participant: Account<Participant>,
    /// Counts the fees of the provider.
    #[account(mut, constraint = provider_participant.party == lease.provider @ LeaseError::WrongAccount)]
    pub provider_participant: Account<Participant>,
    /// Names the fee vault and counts what it collects.
    #[account(mut, constraint = mint_policy.mint == lease.terms.mint @ LeaseError::WrongMint)]
    pub mint_policy: Account<MintPolicy>,
    /// Emptied and closed.
    #[account(mut, address = lease.vault @ LeaseError::WrongAccount, token::token_program = token_program)]
    pub vault: Account<TokenAccount>,
    /// Collects the fees. Safe: it must be the one that the mint's policy names.
    #[account(mut, address = mint_policy.fee_vault @ LeaseError::WrongAccount)]
    pub fee_vault: UncheckedAccount,
    /// Gets payout and bond; any token account of the provider's wallet.
    #[account(
        mut,
        token::mint = lease.terms.mint,
        token::authority = provider.authority
    )]
    pub payout_token: Account<TokenAccount>,
    /// Gets refund and credit; any token account of the payer's.
    #[account(
        mut,
        token::mint = lease.terms.mint,
        token::authority = lease.payer
    )]
    pub refund_token: Account<TokenAccount>,
    /// Mint of the lease.
    #[account(address = lease.terms.mint @ LeaseError::WrongMint)]
    pub mint: Account<Mint>,
    /// Gets the rent; often a party too. Safe: it must be the lease's payer, whose data is not touched.
    #[account(unsafe(dup), address = lease.payer @ LeaseError::WrongAccount)]
    pub payer: UncheckedAccount,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::close_lease`].
pub fn close_lease(ctx: &mut Context<CloseLease>, agreed: Option<Agreed>) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    let now = Moment::now()?;
    if let Some(Agreed { seen, .. }) = &agreed {
        let (renter, authority) = (accounts.renter.account(), accounts.authority.account());
        require!(renter.is_signer() && authority.is_signer(), LeaseError::NotAgreed);
        accounts.lease.require_seen(seen, now.time)?;
    }

    // Effect
    let closing = accounts.lease.finish(accounts.vault.amount(), agreed.as_ref(), now)?;
    let Closing { payout, fees, bond, credit, refund, promised } = closing;
    let counted = accounts.lease.count_fees()?;
    accounts.lease.invariant()?;
    accounts.offer.close_lease(accounts.lease.gpus)?;
    let mut count = FeeCount {
        protocol: &accounts.protocol,
        mint_policy: &mut accounts.mint_policy,
        renter: &mut accounts.renter_participant,
        provider: &mut accounts.provider_participant,
    };
    count.add(counted, now.time);
    let record_fees = if count.is_a_weight() { fees } else { 0 };
    accounts.provider.record.lease_completed(accounts.lease.meter.accepted, promised, record_fees);

    // Interaction: a transfer for each figure that is not zero, in this order, so that transfers tell them apart
    let decimals = accounts.mint.decimals();
    let program = accounts.token_program.address();
    for (to, amounts) in [
        (accounts.payout_token.cpi_handle_mut(), [payout, bond]),
        (accounts.fee_vault.cpi_handle_mut(), [fees, 0]),
        (accounts.refund_token.cpi_handle_mut(), [credit, refund]),
    ] {
        let to = to.into();
        for amount in amounts {
            Transfer {
                program,
                from: accounts.vault.cpi_handle_mut().into(),
                mint: accounts.mint.cpi_handle(),
                to,
                authority: accounts.lease.cpi_handle(),
                amount,
                decimals,
            }
            .invoke_as(&accounts.lease);
        }
    }
    CloseVault {
        program,
        vault: accounts.vault.cpi_handle_mut().into(),
        destination: accounts.payer.cpi_handle_mut().into(),
        authority: accounts.lease.cpi_handle(),
    }
    .invoke_as(&accounts.lease);

    emit(LeaseClosed {
        lease: *accounts.lease.address(),
        accepted: accounts.lease.meter.accepted,
        promised,
        payout,
        fees,
        bond,
        credit,
        refund,
        reason: u64::from(accounts.lease.end_reason.0),
    });
    Ok(())
}
