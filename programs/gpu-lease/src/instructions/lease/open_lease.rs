// The derive binds the argument in places that do not use it.
#![allow(unused_variables)]

use crate::{
    creation::New,
    errors::LeaseError,
    events::{LeaseOpened, emit},
    state::*,
    token::{self, Calls, Mint, NewTokenAccount},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`open_lease`].
#[derive(Accounts)]
#[instruction(request: LeaseRequest)]
pub struct OpenLease {
    /// Wallet that will use the GPUs.
    pub renter: Signer,
    /// Wallet that funds the lease and its rent; a sponsor or the renter, who is then here twice. Safe:
    /// a wallet has no data to borrow twice.
    #[account(unsafe(dup))]
    pub payer: Signer,
    /// Created.
    #[account(
        init,
        payer = payer,
        seeds = [LEASE_SEED, renter.address().as_ref(), &request.nonce.to_le_bytes()],
        bump
    )]
    pub lease: Account<New<Lease>>,
    /// Whose terms are copied. Not changed: opening reserves nothing.
    pub offer: Account<Offer>,
    /// Whose fee rate is copied.
    pub fee_params: Account<FeeParams>,
    /// Says whether leases are paused, who decides disputes, and to what attestations are bound.
    pub protocol: Account<Protocol>,
    /// Will count the renter's fees. Not changed: that it exists lets the lease be closed.
    #[account(constraint = participant.party == *renter.address() @ LeaseError::WrongAccount)]
    pub participant: Account<Participant>,
    /// Created; holds the deposit and later the bond. Owned by the lease.
    #[account(
        init,
        payer = payer,
        seeds = [VAULT_SEED, lease.address().as_ref()],
        bump,
        token::mint = mint,
        token::authority = lease,
        token::token_program = token_program
    )]
    pub vault: Account<NewTokenAccount>,
    /// Pays the deposit. Safe: the token program requires the payer to own it and its mint to match.
    #[account(mut)]
    pub payer_token: UncheckedAccount,
    /// Mint of the terms.
    #[account(address = offer.terms.mint @ LeaseError::WrongMint)]
    pub mint: Account<Mint>,
    /// Owns the mint.
    pub token_program: Interface<'static, TokenInterface>,
    /// Creates the accounts.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::open_lease`].
pub fn open_lease(ctx: &mut Context<OpenLease>, request: LeaseRequest) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    let now = Moment::now()?;
    require!(!accounts.protocol.is_paused(now.time), LeaseError::Paused);

    // Effect
    let parties = LeaseParties {
        renter: *accounts.renter.address(),
        payer: *accounts.payer.address(),
        offer: *accounts.offer.address(),
        vault: *accounts.vault.address(),
        bump: ctx.bumps.lease,
    };
    let fee_bps = accounts.fee_params.fee_bps;
    accounts.lease.open(&request, &parties, &accounts.offer, &accounts.protocol, fee_bps, now)?;

    // Interaction
    let [vault, mint, payer_token, payer] = [
        accounts.vault.account(),
        accounts.mint.account(),
        accounts.payer_token.account(),
        accounts.payer.account(),
    ];
    let mut calls = Calls::empty();
    calls.initialize(vault, mint, accounts.lease.address());
    calls.transfer(payer_token, vault, payer, request.deposit);
    calls.invoke(accounts.token_program.account(), [vault, mint, payer_token, payer]);

    let lease = &accounts.lease;
    lease.invariant()?;
    lease.vault_invariant(accounts.vault.amount())?;
    emit(LeaseOpened {
        lease: *lease.address(),
        renter: lease.renter,
        payer: lease.payer,
        offer: lease.offer,
        provider: lease.provider,
        arbiter: lease.arbiter,
        mint: lease.terms.mint,
        life: lease.life,
        offer_hash: lease.offer_hash,
        deposit: request.deposit,
        price: lease.terms.price,
        opened_slot: lease.opened_slot,
        start_deadline: lease.start_deadline,
        duration: lease.duration,
        gpus: lease.gpus,
        fee_bps: u64::from(fee_bps),
    });
    Ok(())
}
