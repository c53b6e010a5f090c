use crate::{
    errors::LeaseError,
    events::{LeaseClosed, emit},
    state::*,
    token::{self, Calls, TokenAccount},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`close_lease`]. Anyone may call it.
#[derive(Accounts)]
pub struct CloseLease {
    /// The lease's renter; signs how both parties divide the vault. Safe: only its signature is looked at.
    #[account(unsafe(dup), address = lease.renter @ LeaseError::NotRenter)]
    pub renter: UncheckedAccount,
    /// The provider's wallet, or its operator; signs how both parties divide the vault. Safe: only its address and
    /// signature are looked at.
    #[account(unsafe(dup))]
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
    /// Gets the payout; any token account of the provider's wallet. Safe: looked at before it is paid.
    #[account(mut, unsafe(dup))]
    pub payout_token: UncheckedAccount,
    /// Gets the bond: the provider's bond account, if any of it came from there; else any token account of its wallet,
    /// often the one above. Safe: looked at before it is paid.
    #[account(mut, unsafe(dup))]
    pub bond_token: UncheckedAccount,
    /// Gets refund and credit; any token account of the payer's. Safe: looked at before it is paid.
    #[account(mut, unsafe(dup))]
    pub refund_token: UncheckedAccount,
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
    if let Some(agreed) = &agreed {
        let (renter, authority) = (accounts.renter.account(), accounts.authority.account());
        require!(renter.is_signer() && authority.is_signer(), LeaseError::NotAgreed);
        accounts.lease.require_seen(&agreed.seen, now.time)?;
        if accounts.provider.role_of(authority.address())? == ProviderRole::Operator {
            require!(accounts.lease.gives_nothing_up(agreed), LeaseError::OperatorMayNot);
        }
    }
    let CloseLease { lease, provider, .. } = accounts;
    let bond_owner = if lease.bond_is_pooled == 1 { provider.address() } else { &provider.authority };
    for (account, owner) in [
        (&accounts.payout_token, &provider.authority),
        (&accounts.bond_token, bond_owner),
        (&accounts.refund_token, &lease.payer),
    ] {
        token::require_held(account.account(), &lease.terms.mint, owner)?;
    }

    // Effect
    let closing = Lease::close(&mut accounts.lease, accounts.vault.amount(), agreed.as_ref(), now)?;
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
    let [vault, lease, payer] =
        [accounts.vault.account(), accounts.lease.account(), accounts.payer.account()];
    let [payout_token, bond_token, refund_token, fee_vault] =
        [&accounts.payout_token, &accounts.bond_token, &accounts.refund_token, &accounts.fee_vault]
            .map(UncheckedAccount::account);
    let mut calls = Calls::empty();
    calls.transfer(vault, payout_token, lease, payout);
    calls.transfer(vault, bond_token, lease, bond);
    calls.transfer(vault, fee_vault, lease, fees);
    calls.transfer(vault, refund_token, lease, credit);
    calls.transfer(vault, refund_token, lease, refund);
    calls.close(vault, payer, lease);
    calls.invoke_as(
        accounts.token_program.account(),
        [vault, payout_token, bond_token, fee_vault, refund_token, payer, lease],
        &accounts.lease,
    );

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
