//! The limits of what forms ask for, and sizes of accounts.

use bytemuck::Zeroable;
use gpu_lease_client::{
    access::MAX_CREDENTIALS,
    account::ProgramAccount,
    constants::*,
    state::{self, Listing},
};
use serde::Serialize;

/// Limits of what forms ask for, by the names of the program's constants. Durations are seconds, prices base units per
/// GPU-hour, deposits of proposals lamports, texts bytes of UTF-8.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "documented at the constants")]
pub struct Bounds {
    pub max_price: u64,
    pub max_gpus: u32,
    pub min_duration: u32,
    pub max_duration: u32,
    pub max_notice: u32,
    pub min_challenge_window: u32,
    pub max_challenge_window: u32,
    pub min_heartbeat_timeout: u32,
    pub max_heartbeat_timeout: u32,
    pub max_sla_uptime_bps: u32,
    pub max_sla_penalty_bps: u32,
    pub max_bond_hours: u16,
    pub max_start_window: u32,
    pub attestation_grace: u32,
    pub arbitration_time: u32,
    pub arbiter_fee_bps: u32,
    pub max_credentials: u32,
    pub gpu_model_bytes: u32,
    pub region_bytes: u32,
    pub description_uri_bytes: u32,
    pub max_fee_bps: u16,
    pub max_fee_step_bps: u16,
    pub max_pause: u32,
    pub pause_cooldown: u32,
    pub min_lock: u32,
    pub max_lock: u32,
    pub lock_step: u32,
    pub min_voting_period: u32,
    pub max_voting_period: u32,
    pub min_extension: u32,
    pub max_extension: u32,
    pub min_timelock: u32,
    pub max_timelock: u32,
    pub min_execution_window: u32,
    pub max_execution_window: u32,
    pub min_quorum_bps: u16,
    pub max_quorum_bps: u16,
    pub quorum_of_supply_bps: u16,
    pub refusal_quorum_bps: u16,
    pub min_proposal_deposit: u64,
    pub max_proposal_deposit: u64,
    pub fee_epoch: u32,
    pub weight_epochs: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        let listing = Listing::zeroed();
        Self {
            max_price: MAX_PRICE,
            max_gpus: MAX_GPUS,
            min_duration: MIN_DURATION,
            max_duration: MAX_DURATION,
            max_notice: MAX_NOTICE,
            min_challenge_window: MIN_CHALLENGE_WINDOW,
            max_challenge_window: MAX_CHALLENGE_WINDOW,
            min_heartbeat_timeout: MIN_HEARTBEAT_TIMEOUT,
            max_heartbeat_timeout: MAX_HEARTBEAT_TIMEOUT,
            max_sla_uptime_bps: small(BPS),
            max_sla_penalty_bps: MAX_SLA_PENALTY_BPS,
            max_bond_hours: MAX_BOND_HOURS,
            max_start_window: MAX_START_WINDOW,
            attestation_grace: small(ATTESTATION_GRACE),
            arbitration_time: ARBITRATION_TIME,
            arbiter_fee_bps: ARBITER_FEE_BPS,
            max_credentials: length(MAX_CREDENTIALS),
            gpu_model_bytes: length(size_of_val(&listing.gpu_model)),
            region_bytes: length(size_of_val(&listing.region)),
            description_uri_bytes: length(size_of_val(&listing.description_uri)),
            max_fee_bps: MAX_FEE_BPS,
            max_fee_step_bps: MAX_FEE_STEP_BPS,
            max_pause: MAX_PAUSE,
            pause_cooldown: PAUSE_COOLDOWN,
            min_lock: MIN_LOCK,
            max_lock: MAX_LOCK,
            lock_step: LOCK_STEP,
            min_voting_period: MIN_VOTING_PERIOD,
            max_voting_period: MAX_VOTING_PERIOD,
            min_extension: MIN_EXTENSION,
            max_extension: MAX_EXTENSION,
            min_timelock: MIN_TIMELOCK,
            max_timelock: MAX_TIMELOCK,
            min_execution_window: MIN_EXECUTION_WINDOW,
            max_execution_window: MAX_EXECUTION_WINDOW,
            min_quorum_bps: MIN_QUORUM_BPS,
            max_quorum_bps: MAX_QUORUM_BPS,
            quorum_of_supply_bps: QUORUM_OF_SUPPLY_BPS,
            refusal_quorum_bps: REFUSAL_QUORUM_BPS,
            min_proposal_deposit: MIN_PROPOSAL_DEPOSIT,
            max_proposal_deposit: MAX_PROPOSAL_DEPOSIT,
            fee_epoch: FEE_EPOCH,
            weight_epochs: small(WEIGHT_EPOCHS),
        }
    }
}

/// Bytes of accounts, which their rent is paid for.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "named as the accounts")]
pub struct AccountSizes {
    pub provider: u32,
    pub offer: u32,
    pub lease: u32,
    pub participant: u32,
    pub vote_lock: u32,
    pub proposal: u32,
    pub vote_record: u32,
}

impl Default for AccountSizes {
    fn default() -> Self {
        Self {
            provider: size::<state::Provider>(),
            offer: size::<state::Offer>(),
            lease: size::<state::Lease>(),
            participant: size::<state::Participant>(),
            vote_lock: size::<state::VoteLock>(),
            proposal: size::<state::Proposal>(),
            vote_record: size::<state::VoteRecord>(),
        }
    }
}

fn size<T: ProgramAccount>() -> u32 {
    length(T::SIZE)
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// A limit that the program keeps in 64 bits for its arithmetic.
fn small(limit: u64) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}
