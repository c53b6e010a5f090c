use crate::{
    constants::MAX_FEE_BPS,
    creation::New,
    errors::LeaseError,
    events::{ProtocolInitialized, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Address of the upgradeable loader, which owns the program data account.
const LOADER: Address = anchor_lang::address!("BPFLoaderUpgradeab1e11111111111111111111111");

/// Address of this program's data account, which the loader derives.
fn own_program_data() -> Address {
    Address::find_program_address(&[crate::ID.as_ref()], &LOADER).0
}

/// How the protocol begins. After this, votes alone change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct ProtocolConfig {
    /// Hash of the cluster's genesis block.
    pub genesis_hash: [u8; 32],
    /// Mint of the tokens that vote.
    pub vote_mint: Address,
    /// Mint in which the participants' house counts fees.
    pub unit_mint: Address,
    /// May pause new leases.
    pub guardian: Address,
    /// Decides disputes.
    pub arbiter: Address,
    /// Wallet that withdrawn fees go to.
    pub treasury: Address,
    /// First fee rate, basis points of the gross.
    pub fee_bps: u16,
    /// First voting rules.
    pub rules: VotingRules,
}

/// Accounts of [`initialize`].
#[derive(Accounts)]
pub struct Initialize {
    /// The program's upgrade authority; pays for the accounts.
    #[account(mut)]
    pub authority: Signer,
    /// Created.
    #[account(init, payer = authority, seeds = [PROTOCOL_SEED], bump)]
    pub protocol: Account<New<Protocol>>,
    /// Created with the first voting rules.
    #[account(init, payer = authority, seeds = [GOVERNANCE_SEED], bump)]
    pub governance: Account<New<Governance>>,
    /// Created with the first fee rate.
    #[account(init, payer = authority, seeds = [FEE_PARAMS_SEED], bump)]
    pub fee_params: Account<New<FeeParams>>,
    /// Names the upgrade authority. Safe: its address is derived from this program's.
    #[account(address = own_program_data() @ LeaseError::WrongProgramData)]
    pub program_data: UncheckedAccount,
    /// Creates the accounts.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::initialize`].
pub fn initialize(ctx: &mut Context<Initialize>, config: ProtocolConfig) -> Result<()> {
    // Check
    let authority = upgrade_authority(&ctx.accounts.program_data)?;
    require!(authority == *ctx.accounts.authority.address(), LeaseError::NotUpgradeAuthority);
    require!(config.fee_bps <= MAX_FEE_BPS, LeaseError::FeeAboveMaximum);
    let ProtocolConfig { genesis_hash, vote_mint, unit_mint, guardian, arbiter, treasury, fee_bps, rules } =
        config;
    for address in [vote_mint, unit_mint, guardian, arbiter, treasury] {
        require!(address != Address::default(), LeaseError::AddressMissing);
    }
    rules.validate()?;

    // Effect
    let domain = Protocol::domain(&genesis_hash);
    *ctx.accounts.protocol = New(Protocol {
        domain,
        vote_mint,
        unit_mint,
        guardian,
        arbiter,
        paused_until: 0,
        pause_allowed_from: 0,
        version: ACCOUNT_VERSION,
        bump: ctx.bumps.protocol,
        spare: [0; 62],
    });
    *ctx.accounts.governance = New(Governance {
        rules,
        locked: LockEnds::default(),
        proposal_count: 0,
        executable: [0; 5],
        version: ACCOUNT_VERSION,
        bump: ctx.bumps.governance,
        spare: [0; 62],
    });
    *ctx.accounts.fee_params = New(FeeParams {
        treasury,
        effective_since: Clock::get()?.unix_timestamp,
        last_rise_at: 0,
        changes: 0,
        fee_bps,
        version: ACCOUNT_VERSION,
        bump: ctx.bumps.fee_params,
        spare: [0; 56],
    });
    ctx.accounts.fee_params.invariant()?;
    emit(ProtocolInitialized {
        domain,
        vote_mint,
        unit_mint,
        guardian,
        arbiter,
        treasury,
        fee_bps: u64::from(fee_bps),
    });
    Ok(())
}

/// The authority that a program data account names: a 4-byte tag, the slot of the deployment, then an
/// optional address.
fn upgrade_authority(program_data: &UncheckedAccount) -> Result<Address> {
    const PROGRAM_DATA_TAG: [u8; 4] = [3, 0, 0, 0];
    const SOME: [u8; 1] = [1];
    let data = program_data.account().try_borrow()?;
    data.strip_prefix(&PROGRAM_DATA_TAG)
        .and_then(|rest| rest.split_first_chunk::<8>())
        .and_then(|(_slot, rest)| rest.strip_prefix(&SOME))
        .and_then(|rest| rest.first_chunk::<32>())
        .map(|bytes| Address::new_from_array(*bytes))
        .ok_or_else(|| LeaseError::NotUpgradeAuthority.into())
}
