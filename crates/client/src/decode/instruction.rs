use crate::{
    address,
    attestation::{SignedAttestation, SignedBatch},
    error::{Error, Result},
    generated,
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

macro_rules! decode {
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

        /// The names of all instructions on chain.
        pub const INSTRUCTIONS: &[&str] = &[$($text),*];

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
        }
    };
}

generated::instructions!(decode);

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
