use crate::{
    address,
    attestation::{SignedAttestation, SignedBatch},
    error::{Error, Result},
    json::{Json, Wide},
};
use anchor_lang::{BorshConfig, Discriminator, wincode};
use gpu_lease::{
    attestation::ED25519_PROGRAM,
    instruction as data,
    instructions::ProtocolConfig,
    state::{Action, Agreed, HotKeys, LeaseRequest, Listing, Resize, Seen, Terms},
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_message::{VersionedMessage, compiled_instruction::CompiledInstruction};
use solana_transaction::versioned::VersionedTransaction;
use std::collections::BTreeSet;

/// An instruction of the program, read.
///
/// In JSON an object with `instruction`, `accounts` and `args`.
#[derive(Clone, Debug)]
pub struct DecodedInstruction {
    /// Its name, for instance `open_lease`.
    pub name: &'static str,
    /// Its accounts by name, in their order.
    pub accounts: Vec<(&'static str, Address)>,
    /// Those behind them: the leases of a batch.
    pub remaining: Vec<Address>,
    /// Its arguments.
    pub args: Args,
}

impl DecodedInstruction {
    /// The account of that name.
    pub fn account(&self, name: &str) -> Option<Address> {
        self.accounts.iter().find(|(known, _)| *known == name).map(|(_, address)| *address)
    }
}

impl Serialize for DecodedInstruction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let accounts: Map<_, _> =
            self.accounts.iter().map(|(name, address)| ((*name).to_owned(), address.json())).collect();
        json!({ "instruction": self.name, "accounts": accounts, "args": self.args.json() })
            .serialize(serializer)
    }
}

macro_rules! instructions {
    ($($name:ident $text:literal ($($arg:ident: $type:ty),*) [$($account:ident),*])*) => {
        /// Arguments of an instruction, by the instruction's name.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "documented in the program, under the same names")]
        #[allow(clippy::large_enum_variant, reason = "read one at a time, never stored in bulk")]
        pub enum Args {
            $($name { $($arg: $type),* },)*
        }

        impl Json for Args {
            fn json_with(&self, wide: Wide) -> Value {
                match self {
                    $(Self::$name { $($arg),* } => {
                        #[allow(unused_mut, reason = "some have no arguments")]
                        let mut args = Map::new();
                        $(args.insert(stringify!($arg).to_owned(), $arg.json_with(wide));)*
                        Value::Object(args)
                    })*
                }
            }
        }

        impl Args {
            /// An instruction's data with these arguments.
            pub fn data(&self) -> Vec<u8> {
                match self {
                    $(Self::$name { $($arg),* } => {
                        #[allow(unused_mut, reason = "some have no arguments")]
                        let mut data = data::$name::DISCRIMINATOR.to_vec();
                        $(data.extend(encoded($arg));)*
                        data
                    })*
                }
            }
        }

        /// Name, account names and arguments that belong to an instruction's data.
        fn read(data: &[u8]) -> Result<(&'static str, &'static [&'static str], Args)> {
            $(if let Some(args) = data.strip_prefix(data::$name::DISCRIMINATOR) {
                #[allow(unused_variables, unused_mut, reason = "some have no arguments")]
                let mut args = args;
                $(let $arg: $type = <$type as wincode::SchemaRead<BorshConfig>>::get(&mut args)
                    .map_err(|error| malformed(format!("{}: {error}", $text)))?;)*
                return Ok(($text, &[$(stringify!($account)),*], Args::$name { $($arg),* }));
            })*
            Err(malformed("unknown discriminator".to_owned()))
        }

        #[cfg(test)]
        mod tests {
            use super::*;
            use anchor_lang::ToAccountMetas;

            #[test]
            fn account_names_stand_in_the_order_of_the_program() {
                $({
                    let names = [$(stringify!($account)),*];
                    let mut addresses = (1_u8..).map(|byte| Address::new_from_array([byte; 32]));
                    // Fields are set in the order of the names; metas come in the order of the program.
                    let accounts = gpu_lease::accounts::$name { $($account: addresses.next().unwrap()),* };
                    let order: Vec<u8> =
                        accounts.to_account_metas(None).iter().map(|meta| meta.pubkey.to_bytes()[0]).collect();
                    let expected: Vec<u8> = (1..=names.len() as u8).collect();
                    assert_eq!(order, expected, "{}", $text);
                })*
            }

            /// Arguments whose bytes are all 1, but for the length of a list, wherever it is.
            #[test]
            fn integers_of_64_bits_are_text_in_the_arguments_of_every_instruction() {
                let ones = |length_at: usize| {
                    let mut bytes = [1; 1_024];
                    bytes[length_at..length_at + 4].copy_from_slice(&[1, 0, 0, 0]);
                    bytes
                };
                $({
                    let read = |bytes: &[u8]| read(&[data::$name::DISCRIMINATOR, bytes].concat());
                    let args = read(&[1; 1_024]).or_else(|_| (0..256).find_map(|at| read(&ones(at)).ok()).ok_or($text));
                    crate::json::tests::require_exact($text, &args.unwrap().2.json());
                })*
            }

            #[test]
            fn every_instruction_of_the_program_is_decoded() {
                let known = [$($text),*];
                let source = include_str!("../../../../programs/gpu-lease/src/lib.rs");
                let names: Vec<_> = source
                    .lines()
                    .filter_map(|line| line.strip_prefix("    pub fn ")?.split('(').next())
                    .collect();
                assert!(names.len() >= known.len());
                for name in names {
                    assert!(known.contains(&name), "add {name} to the list of instructions");
                }
            }
        }
    };
}

instructions! {
    Initialize "initialize" (config: ProtocolConfig)
        [authority, protocol, governance, fee_params, program_data, system_program]
    RegisterMint "register_mint" ()
        [rent_payer, mint_policy, fee_vault, mint, token_program, system_program]
    RegisterProvider "register_provider" (keys: HotKeys)
        [authority, provider, participant, system_program]
    UpdateProvider "update_provider" (valid_until: i64, replaced: HotKeys, keys: HotKeys)
        [authority, provider]
    NominateAuthority "nominate_authority" (valid_until: i64, replaced: Address, nominee: Address)
        [authority, provider]
    AcceptAuthority "accept_authority" (valid_until: i64, keys: HotKeys)
        [nominee, provider, participant]
    WithdrawBond "withdraw_bond" (valid_until: i64, amount: u64)
        [authority, provider, bond_account, destination, token_program]
    CreateOffer "create_offer" (id: u64, gpus: u32, terms: Terms, listing: Listing)
        [authority, provider, offer, mint_policy, system_program]
    UpdateOffer "update_offer"
        (valid_until: i64, revision: u32, gpus: u32, is_open: bool, terms: Terms, listing: Listing)
        [authority, provider, offer, mint_policy]
    CloseOffer "close_offer" ()
        [authority, provider, offer]
    OpenLease "open_lease" (request: LeaseRequest)
        [
            renter, payer, lease, offer, fee_params, protocol, participant, vault, payer_token, mint,
            token_program, system_program
        ]
    StartLease "start_lease" (seen: Seen, access_blob: Vec<u8>)
        [authority, lease, offer, provider, vault, bond_token, token_program]
    PublishAccess "publish_access" (seen: Seen, replaced: [u8; 32], access_blob: Vec<u8>)
        [authority, lease, provider]
    CancelLease "cancel_lease" (seen: Seen)
        [canceller, lease, vault, refund_token, payer, token_program]
    TopUp "top_up" (seen: Seen, amount: u64, min_ends_at: i64)
        [funder, lease, vault, funder_token, token_program]
    Attest "attest" ()
        [lease, provider, instructions]
    AttestBatch "attest_batch" ()
        [provider, instructions]
    Settle "settle" ()
        [lease, provider, vault, payout_token, token_program]
    CloseLease "close_lease" (agreed: Option<Agreed>)
        [
            renter, authority, lease, offer, provider, protocol, renter_participant, provider_participant,
            mint_policy, vault, fee_vault, payout_token, bond_token, refund_token, payer, token_program
        ]
    CountFees "count_fees" ()
        [lease, protocol, renter_participant, provider_participant, mint_policy]
    ExtendLease "extend_lease" (seen: Seen, gpus: u32, duration: u32)
        [renter, lease]
    ResizeLease "resize_lease" (seen: Seen, change: Resize)
        [renter, authority, lease, offer, provider, vault, bond_token, token_program]
    ReleaseGpus "release_gpus" ()
        [lease, offer]
    TerminateLease "terminate_lease" (seen: Seen, max_ends_at: i64)
        [party, lease, provider]
    ExpireLease "expire_lease" (seen: Seen, window_end: i64)
        [caller, lease, provider]
    DisputeLease "dispute_lease" (seen: Seen, units: u64, max_stake: u64)
        [renter, funder, lease, provider, vault, funder_token, token_program]
    ResolveDispute "resolve_dispute" (seen: Seen, renter_units: u64, provider_units: u64, units: u64)
        [arbiter, lease, provider, vault, arbiter_token, token_program]
    ResolveByTimeout "resolve_by_timeout" ()
        [lease]
    SetSessionKey "set_session_key" (seen: Seen, replaced: Address, session_key: Address)
        [renter, lease]
    CreateParticipant "create_participant" ()
        [party, rent_payer, participant, system_program]
    LockTokens "lock_tokens" (amount: u64, unlock_at: i64)
        [owner, lock, governance, protocol, vault, owner_token, vote_mint, token_program, system_program]
    ExtendLock "extend_lock" (unlock_at: i64)
        [owner, lock, governance]
    SetDelegate "set_delegate" (valid_until: i64, replaced: Address, delegate: Address)
        [owner, lock]
    UnlockTokens "unlock_tokens" ()
        [owner, lock, vault, owner_token, token_program]
    CreateProposal "create_proposal" (valid_until: i64, max_deposit: u64, action: Action)
        [
            proposer, governance, proposal, protocol, fee_params, mint_policy, vote_mint, system_program
        ]
    CastVote "cast_vote" (valid_until: i64, action_hash: [u8; 32], is_for: bool)
        [voter, proposal, lock, record, system_program]
    CastParticipantVote "cast_participant_vote" (valid_until: i64, action_hash: [u8; 32], is_for: bool)
        [voter, proposal, participant, record, system_program]
    CloseVoteRecord "close_vote_record" ()
        [record, proposal, rent_payer]
    FinalizeProposal "finalize_proposal" ()
        [proposal, proposer]
    CancelProposal "cancel_proposal" ()
        [proposer, proposal]
    ExecuteProposal "execute_proposal" ()
        [proposal, protocol, governance, fee_params]
    WithdrawFees "withdraw_fees" ()
        [proposal, fee_params, mint_policy, fee_vault, treasury_token, token_program]
    Pause "pause" (valid_until: i64, duration: u32)
        [guardian, protocol]
    Unpause "unpause" (replaced: i64)
        [guardian, protocol]
}

/// A value as the program reads it.
fn encoded<T: wincode::SchemaWrite<BorshConfig, Src = T>>(value: &T) -> Vec<u8> {
    wincode::config::serialize(value, anchor_lang::BORSH_CONFIG).unwrap_or_default()
}

fn malformed(reason: String) -> Error {
    Error::Malformed { kind: "instruction", reason }
}

/// Reads an instruction of the program; `None` if it is another program's.
pub fn instruction(instruction: &Instruction) -> Result<Option<DecodedInstruction>> {
    if instruction.program_id != address::PROGRAM {
        return Ok(None);
    }
    let (name, accounts, args) = read(&instruction.data)?;
    if instruction.accounts.len() < accounts.len() {
        return Err(malformed(format!("{name} has only {} accounts", instruction.accounts.len())));
    }
    let mut addresses = instruction.accounts.iter().map(|meta| meta.pubkey);
    let accounts = accounts.iter().copied().zip(addresses.by_ref()).collect();
    Ok(Some(DecodedInstruction { name, accounts, remaining: addresses.collect(), args }))
}

/// The instructions of a transaction. `loaded` are the addresses that it took from lookup tables, writable
/// ones first, as the cluster reports them.
pub fn instructions_of(transaction: &VersionedTransaction, loaded: &[Address]) -> Result<Vec<Instruction>> {
    let message = &transaction.message;
    message.instructions().iter().map(|instruction| resolve(message, loaded, instruction)).collect()
}

/// An instruction with addresses in place of their numbers in a message.
pub(crate) fn resolve(
    message: &VersionedMessage,
    loaded: &[Address],
    instruction: &CompiledInstruction,
) -> Result<Instruction> {
    let key = |index: u8| {
        let mut keys = message.static_account_keys().iter().chain(loaded);
        keys.nth(index.into()).copied().ok_or_else(|| malformed(format!("no account number {index}")))
    };
    let meta = |index: &u8| {
        Ok(AccountMeta {
            pubkey: key(*index)?,
            is_signer: message.is_signer(usize::from(*index)),
            is_writable: message
                .is_maybe_writable_with_reserved_addresses(usize::from(*index), None::<&BTreeSet<_>>),
        })
    };
    Ok(Instruction {
        program_id: key(instruction.program_id_index)?,
        accounts: instruction.accounts.iter().map(meta).collect::<Result<_>>()?,
        data: instruction.data.clone(),
    })
}

/// The attestations of a transaction that succeeded: each message that stands in a precompile instruction which
/// `attest` of this program about the same lease follows immediately, called directly or by the program that stands
/// there. `inner` are the instructions that each instruction called, as far as they are known.
///
/// The runtime has verified the signatures then, and `attest` that they are the lease's attestor's and, beside it,
/// none but its verifier's and the renter's side's. A precompile instruction by itself is worth nothing: anyone can
/// sign anything there.
pub fn attestations(instructions: &[Instruction], inner: &[Vec<Instruction>]) -> Vec<SignedAttestation> {
    stated(instructions, inner, |precompile, call| {
        let lease = (call.args == Args::Attest {}).then(|| call.account("lease"))??;
        SignedAttestation::from_bytes(precompile)
            .ok()
            .filter(|signed: &SignedAttestation| signed.message().lease == lease)
    })
}

/// The batches of a transaction that succeeded, each with the provider's account: read as
/// [`attestations`] are. Which rows were applied says the event [`crate::events::BatchAttested`], or where the log
/// is cut the lease's own rules.
pub fn batches(instructions: &[Instruction], inner: &[Vec<Instruction>]) -> Vec<(Address, SignedBatch)> {
    stated(instructions, inner, |precompile, call| {
        let provider = (call.args == Args::AttestBatch {}).then(|| call.account("provider"))??;
        Some((
            provider,
            SignedBatch::from_instruction(call.remaining.iter().map(Address::to_bytes).collect(), precompile)
                .ok()?,
        ))
    })
}

/// What `read` makes of each precompile instruction's data and the instructions of this program that stand immediately
/// behind it.
fn stated<T>(
    instructions: &[Instruction],
    inner: &[Vec<Instruction>],
    read: impl Fn(&[u8], &DecodedInstruction) -> Option<T>,
) -> Vec<T> {
    let pairs = instructions.iter().zip(instructions.iter().enumerate().skip(1));
    pairs
        .filter(|(precompile, _)| precompile.program_id == ED25519_PROGRAM)
        .filter_map(|(precompile, (index, next))| {
            let called = inner.get(index).into_iter().flatten();
            let calls =
                std::iter::once(next).chain(called).filter_map(|call| instruction(call).ok().flatten());
            calls.filter_map(|call| read(&precompile.data, &call)).next()
        })
        .collect()
}
