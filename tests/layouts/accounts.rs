//! Where each field of each account lies.

use crate::fixture::require_recorded;
use anchor_lang::{Discriminator, hash::sha256};
use bytemuck::{Pod, bytes_of, bytes_of_mut};
use gpu_lease::state::*;
use serde::Serialize;
use std::mem::offset_of;

/// An account whose every byte is set.
#[derive(Serialize)]
struct Layout {
    account: &'static str,
    size: usize,
    discriminator: String,
    bytes: String,
    fields: Vec<Field>,
}

/// A field, where it lies in the account's data, and its value in the account above.
#[derive(Clone, Serialize)]
struct Field {
    name: String,
    offset: usize,
    size: usize,
    r#type: &'static str,
    value: String,
}

/// Bytes in front of an account's struct.
const DISCRIMINATOR_SIZE: usize = 8;

/// Describes every field of `$account`, in order.
macro_rules! layout {
    ($type:ident $account:ident { $($($field:ident).+: $kind:ident),* $(,)? }) => {
        Layout {
            account: stringify!($type),
            size: DISCRIMINATOR_SIZE + size_of::<$type>(),
            discriminator: hex::encode($type::DISCRIMINATOR),
            bytes: hex::encode([$type::DISCRIMINATOR, bytes_of(&$account)].concat()),
            fields: [$(layout!(@field $kind $type $account $($field).+)),*].concat(),
        }
    };
    (@field epochs $type:ident $account:ident $($field:ident).+) => {
        epochs(
            &[$(stringify!($field)),+].join("."),
            DISCRIMINATOR_SIZE + offset_of!($type, $($field).+),
            &$account.$($field).+,
        )
    };
    (@field $kind:ident $type:ident $account:ident $($field:ident).+) => {
        vec![Field {
            name: [$(stringify!($field)),+].join("."),
            offset: DISCRIMINATOR_SIZE + offset_of!($type, $($field).+),
            size: size_of_val(&$account.$($field).+),
            r#type: stringify!($kind),
            value: layout!(@$kind $account.$($field).+),
        }]
    };
    (@bytes $value:expr) => { hex::encode(bytes_of(&$value)) };
    (@state $value:expr) => { $value.0.to_string() };
    (@$number_or_address:ident $value:expr) => { $value.to_string() };
}

/// The fields of each epoch of a ring that lies at `start`.
fn epochs(name: &str, start: usize, ring: &FeeEpochs) -> Vec<Field> {
    let entries = ring.epochs.iter().zip((start..).step_by(size_of::<EpochFees>())).enumerate();
    let fields = entries.flat_map(|(index, (entry, start))| {
        [
            ("epoch", offset_of!(EpochFees, epoch), entry.epoch),
            ("fees", offset_of!(EpochFees, fees), entry.fees),
        ]
        .map(|(field, offset, value)| Field {
            name: format!("{name}.epochs.{index}.{field}"),
            offset: start + offset,
            size: size_of_val(&value),
            r#type: "u64",
            value: value.to_string(),
        })
    });
    fields.collect()
}

/// An account of bytes that repeat nowhere, so that no two fields can be taken for each other.
fn filled<T: Pod>(seed: &str) -> T {
    let mut account = T::zeroed();
    for (index, block) in bytes_of_mut(&mut account).chunks_mut(32).enumerate() {
        block.copy_from_slice(&sha256(format!("{seed} {index}").as_bytes())[..block.len()]);
    }
    account
}

#[rustfmt::skip]
fn layouts() -> Vec<Layout> {
    let protocol = Protocol { version: ACCOUNT_VERSION, ..filled("Protocol") };
    let fee_params = FeeParams { version: ACCOUNT_VERSION, ..filled("FeeParams") };
    let mint_policy = MintPolicy { version: ACCOUNT_VERSION, ..filled("MintPolicy") };
    let provider = Provider { version: ACCOUNT_VERSION, ..filled("Provider") };
    let offer = Offer { version: ACCOUNT_VERSION, ..filled("Offer") };
    let lease = Lease {
        version: ACCOUNT_VERSION,
        state: PodLeaseState::Active,
        end_reason: PodEndReason::RenterNotice,
        ..filled("Lease")
    };
    let governance = Governance { version: ACCOUNT_VERSION, ..filled("Governance") };
    let participant = Participant { version: ACCOUNT_VERSION, ..filled("Participant") };
    let vote_lock = VoteLock { version: ACCOUNT_VERSION, ..filled("VoteLock") };
    let mut proposal =
        Proposal { version: ACCOUNT_VERSION, state: PodProposalState::Passed, ..filled("Proposal") };
    proposal.action.kind = PodActionKind::SetArbiter;
    let vote_record =
        VoteRecord { version: ACCOUNT_VERSION, house: PodHouse::Participants, ..filled("VoteRecord") };
    vec![
        layout!(Protocol protocol {
            domain: bytes, vote_mint: address, unit_mint: address, guardian: address, arbiter: address,
            paused_until: i64, pause_allowed_from: i64,
            version: u8, bump: u8, spare: bytes,
        }),
        layout!(FeeParams fee_params {
            treasury: address, effective_since: i64, last_rise_at: i64, changes: u32, fee_bps: u16,
            version: u8, bump: u8, spare: bytes,
        }),
        layout!(MintPolicy mint_policy {
            mint: address, fee_vault: address, token_program: address, fees: epochs,
            version: u8, bump: u8, decimals: u8, spare: bytes,
        }),
        layout!(Provider provider {
            authority: address, pending_authority: address, attestor: address, operator: address, registered_by: address,
            record.units_delivered: u64, record.units_promised: u64, record.fees_paid: u64,
            record.leases_started: u32, record.leases_completed: u32, record.leases_abandoned: u32, record.leases_disputed: u32,
            record.disputes_lost: u32, record.spare: u32,
            version: u8, bump: u8, spare: bytes,
        }),
        layout!(Offer offer {
            provider: address, id: u64,
            terms.price: u64, terms.min_duration: u32, terms.max_duration: u32, terms.notice: u32,
            terms.challenge_window: u32, terms.heartbeat_timeout: u32, terms.sla_penalty_bps: u32,
            terms.sla_uptime_bps: u16, terms.bond_hours: u16, terms.spare: bytes, terms.verifier: address,
            terms.mint: address,
            listing.gpu_model: bytes, listing.region: bytes, listing.memory_gib: u32,
            listing.carbon_intensity: u32, listing.description_hash: bytes, listing.description_uri: bytes,
            gpus: u32, gpus_free: u32, leases: u32, revision: u32, is_open: u8,
            version: u8, bump: u8, spare: bytes,
        }),
        layout!(Lease lease {
            renter: address, payer: address, provider: address, offer: address, vault: address, domain: bytes,
            arbiter: address, access_key: bytes, offer_hash: bytes,
            terms.price: u64, terms.min_duration: u32, terms.max_duration: u32, terms.notice: u32,
            terms.challenge_window: u32, terms.heartbeat_timeout: u32, terms.sla_penalty_bps: u32,
            terms.sla_uptime_bps: u16, terms.bond_hours: u16, terms.spare: bytes, terms.verifier: address,
            terms.mint: address,
            nonce: u64, opened_slot: u64, opened_at: i64, start_deadline: i64, opened_deposit: u64,
            opened_duration: u32, opened_gpus: u32, fee_bps: u16, version: u8, bump: u8, spare: bytes,
            life: bytes, access_blob_hash: bytes, access_slot: u64, session_key: address,
            started_at: i64, ends_at: i64, end_slot: u64, promised_until: i64,
            ledger.deposited: u64, ledger.released: u64, ledger.fees: u64, ledger.bond: u64, ledger.stake: u64,
            ledger.counted: u64,
            meter.accepted: u64, meter.maturing.units: u64, meter.maturing.submitted.time: i64,
            meter.maturing.submitted.slot: u64, meter.latest.units: u64, meter.latest.submitted.time: i64,
            meter.latest.submitted.slot: u64, meter.window_end: i64, meter.heartbeat.time: i64,
            meter.heartbeat.slot: u64, meter.energy_wh: u64, meter.segment_base: u64, meter.segment_start: i64,
            meter.gpus: u32, meter.previous_gpus: u32, meter.excused: u64, meter.attested_fundable: u64,
            meter.free_fundable: u64, meter.revived_at: i64, meter.evidence: bytes,
            dispute.renter_units: u64, dispute.provider_units: u64, dispute.opened.time: i64,
            dispute.opened.slot: u64,
            duration: u32, gpus: u32, state: state, end_reason: state, bond_is_pooled: u8, spare_after: bytes,
        }),
        layout!(Governance governance {
            rules.deposit: u64, rules.voting_period: u32, rules.extension: u32, rules.timelock: u32,
            rules.execution_window: u32, rules.quorum_bps: u16, rules.spare: bytes,
            locked: bytes, proposal_count: u64, executable: bytes,
            version: u8, bump: u8, spare: bytes,
        }),
        layout!(Participant participant {
            party: address, authority: address, fees: epochs,
            version: u8, bump: u8, spare: bytes,
        }),
        layout!(VoteLock vote_lock {
            owner: address, vault: address, delegate: address, amount: u64, unlock_at: i64, deposit_slot: u64,
            version: u8, bump: u8, spare: bytes,
        }),
        layout!(Proposal proposal {
            proposer: address,
            action.address: address, action.amount: u64, action.rules.deposit: u64,
            action.rules.voting_period: u32, action.rules.extension: u32, action.rules.timelock: u32,
            action.rules.execution_window: u32, action.rules.quorum_bps: u16, action.rules.spare: bytes,
            action.fee_bps: u16, action.kind: state, action.spare: bytes,
            tokens.votes_for: u64, tokens.votes_against: u64, tokens.electorate: u64, tokens.quorum: u64,
            participants.votes_for: u64, participants.votes_against: u64, participants.electorate: u64, participants.quorum: u64,
            id: u64, deposit: u64, created_slot: u64, created_at: i64, first_end: i64, ends_at: i64,
            paid: u64, extension: u32, timelock: u32, execution_window: u32, fee_bps: u16, state: state,
            version: u8, bump: u8, spare: bytes,
        }),
        layout!(VoteRecord vote_record {
            proposal: address, voter: address, rent_payer: address, weight: u64, house: state, is_for: u8,
            by_delegate: u8,
            version: u8, bump: u8, spare: bytes,
        }),
    ]
}

#[test]
fn every_field_of_every_account_lies_where_it_was_recorded() {
    require_recorded("accounts.json", &layouts());
}

#[test]
fn fields_follow_one_another_and_fill_the_account() {
    for Layout { account, size, fields, .. } in layouts() {
        let mut end = DISCRIMINATOR_SIZE;
        for Field { name, offset, size, .. } in fields {
            assert_eq!(offset, end, "{account}.{name}");
            end += size;
        }
        assert_eq!(end, size, "{account}");
    }
}

#[test]
fn every_account_of_the_program_is_recorded() {
    let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../programs/gpu-lease/src/state"));
    let mut declared: Vec<_> = sources
        .expect("the program's sources")
        .map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a source"))
        .filter_map(|source| {
            let (_, after) = source.split_once("#[account]")?;
            Some(after.split_once("pub struct ")?.1.split([' ', '{']).next()?.to_owned())
        })
        .collect();
    let mut recorded: Vec<_> = layouts().iter().map(|layout| layout.account.to_owned()).collect();
    declared.sort();
    recorded.sort();
    assert_eq!(recorded, declared);
}
