//! Errors in words: what happened, in which instruction, and what to do about it.
//!
//! The program's own errors are explained in [`refusal`](crate::refusal).

use crate::{
    address, decode,
    refusal::{BUILD, Explanation, FUND, UPDATE, explanation, program_number},
};
use gpu_lease::attestation::ED25519_PROGRAM;
use serde::Deserialize;
use solana_address::Address;
use solana_instruction::{Instruction, error::InstructionError};
use solana_sdk_ids::{bpf_loader_upgradeable, compute_budget, system_program};
use solana_transaction_error::TransactionError;
use std::fmt;

/// Explains an error number of the SPL Token program and of Token-2022, which share these.
pub fn token_number(number: u32) -> Explanation {
    const ACCOUNT: &str = "Check the token accounts: owner, mint, and whether they exist.";
    let (name, what, advice) = match number {
        0 => ("NotRentExempt", "A token account has not enough lamports for its rent", FUND),
        1 => (
            "InsufficientFunds",
            "The token account holds less than the amount",
            "Send tokens of this mint to the paying account, or choose a smaller amount.",
        ),
        2 => ("InvalidMint", "The mint is not a mint", ACCOUNT),
        3 => ("MintMismatch", "A token account holds another mint", ACCOUNT),
        4 => ("OwnerMismatch", "The signer does not own the token account", ACCOUNT),
        5 => (
            "FixedSupply",
            "No more tokens of this mint can be made",
            "Get tokens from someone who has some.",
        ),
        6 => ("AlreadyInUse", "The token account exists already", "Use it, or choose another address."),
        9 => ("UninitializedState", "A token account is not initialized", "Create the token account first."),
        10 => ("NativeNotSupported", "Wrapped SOL cannot do this", "Use another mint."),
        11 => ("NonNativeHasBalance", "The token account is not empty", "Empty it before it is closed."),
        12 => ("InvalidInstruction", "The token program does not know this instruction", UPDATE),
        13 => ("InvalidState", "The token account is in the wrong state", ACCOUNT),
        14 => ("Overflow", "The amount does not fit 64 bits", "Choose a smaller amount."),
        16 => ("MintCannotFreeze", "This mint cannot freeze accounts", ACCOUNT),
        17 => (
            "AccountFrozen",
            "The token account is frozen by the mint's issuer",
            "Ask the issuer to thaw it, or have another account of the same owner paid.",
        ),
        18 => ("MintDecimalsMismatch", "The mint has other decimals", UPDATE),
        _ => ("TokenError", "The token program refused", ACCOUNT),
    };
    explanation(Some(number), name, what, advice)
}

/// Explains an error number of the Ed25519 precompile.
fn precompile_number(number: u32) -> Explanation {
    let (name, what) = match number {
        0 => ("InvalidPublicKey", "A key is not a point of the curve"),
        2 => ("InvalidSignature", "A signature does not match the message and its key"),
        3 => ("InvalidDataOffsets", "An offset points outside the data"),
        _ => ("PrecompileError", "The Ed25519 precompile refused the signatures"),
    };
    explanation(Some(number), name, what, "Let the parties sign the message again and submit that.")
}

/// Explains an error number of the system program.
fn system_number(number: u32) -> Explanation {
    match number {
        0 => explanation(
            Some(0),
            "AccountAlreadyInUse",
            "The account exists already",
            "Look at what is there; choose another number for a second one.",
        ),
        1 => explanation(Some(1), "ResultWithNegativeLamports", "The wallet has not enough SOL", FUND),
        _ => explanation(Some(number), "SystemError", "The system program refused", BUILD),
    }
}

/// What programs are called that transactions of this client contain.
fn program_name(program: &Address) -> Option<&'static str> {
    match *program {
        address::PROGRAM => Some("gpu-lease"),
        address::SPL_TOKEN => Some("token transfer"),
        address::TOKEN_2022 => Some("Token-2022 transfer"),
        ED25519_PROGRAM => Some("signature check"),
        system_program::ID => Some("system program"),
        compute_budget::ID => Some("compute budget"),
        bpf_loader_upgradeable::ID => Some("loader"),
        spl_associated_token_account_interface::program::ID => Some("create associated token account"),
        _ => None,
    }
}

/// What an instruction is called: by its own name if it is the program's, else by its program's.
fn instruction_name(instruction: &Instruction) -> String {
    match decode::instruction(instruction) {
        Ok(Some(decoded)) => decoded.name.to_owned(),
        _ => program_name(&instruction.program_id)
            .map_or_else(|| instruction.program_id.to_string(), str::to_owned),
    }
}

/// The program that failed first, which is the innermost one.
fn failed_program(logs: &[String]) -> Option<Address> {
    logs.iter().find_map(|line| line.strip_prefix("Program ")?.split_once(" failed: ")?.0.parse().ok())
}

/// Explains why a transaction of `instructions` failed with `error`, or would. `logs` may be empty.
pub fn transaction(error: &TransactionError, instructions: &[Instruction], logs: &[String]) -> Explanation {
    let mut explained = match error {
        TransactionError::InstructionError(index, error) => {
            let instruction = instructions.get(usize::from(*index));
            let program = failed_program(logs).or(instruction.map(|instruction| instruction.program_id));
            let mut explained = instruction_error(error, program.unwrap_or_default());
            explained.instruction = instruction.map(instruction_name);
            explained
        }
        error => transaction_error(error),
    };
    explained.logs = logs.to_vec();
    explained
}

fn instruction_error(error: &InstructionError, program: Address) -> Explanation {
    let advice = match error {
        InstructionError::Custom(number) => {
            return match program {
                address::PROGRAM => program_number(*number),
                address::SPL_TOKEN | address::TOKEN_2022 => token_number(*number),
                ED25519_PROGRAM => precompile_number(*number),
                system_program::ID => system_number(*number),
                _ => explanation(
                    Some(*number),
                    "CustomError",
                    &format!("Program {} refused", program_name(&program).unwrap_or(&program.to_string())),
                    "Look at the logs.",
                ),
            };
        }
        InstructionError::MissingRequiredSignature => {
            "Sign with the wallet that has to; see the logs for which."
        }
        InstructionError::ComputationalBudgetExceeded => "Send it again with a higher compute unit limit.",
        InstructionError::InsufficientFunds => FUND,
        InstructionError::AccountAlreadyInitialized => {
            "Look at what is there; choose another number for a second one."
        }
        InstructionError::UninitializedAccount
        | InstructionError::InvalidAccountData
        | InstructionError::InvalidAccountOwner
        | InstructionError::IllegalOwner
        | InstructionError::AccountDataTooSmall => {
            "Check that every account exists and is of the right kind: lease, offer, token account, mint."
        }
        InstructionError::InvalidSeeds => BUILD,
        InstructionError::InvalidInstructionData => UPDATE,
        InstructionError::UnsupportedProgramId => "Check the cluster: the program is not deployed there.",
        _ => "Look at the logs.",
    };
    explanation(None, &name_of(error), &sentence(error), advice)
}

/// Why a transaction with these `instructions` failed: `error` as RPC nodes answer it, in JSON.
pub fn answered(error: &serde_json::Value, instructions: &[Instruction], logs: &[String]) -> Explanation {
    match TransactionError::deserialize(error) {
        Ok(error) => transaction(&error, instructions, logs),
        Err(_) => {
            let what = format!("The cluster refused it: {error}");
            let explanation = explanation(None, "Unknown", &what, "Look at the logs.");
            Explanation { logs: logs.to_vec(), ..explanation }
        }
    }
}

fn transaction_error(error: &TransactionError) -> Explanation {
    let advice = match error {
        TransactionError::AccountNotFound
        | TransactionError::InsufficientFundsForFee
        | TransactionError::InsufficientFundsForRent { .. } => FUND,
        TransactionError::BlockhashNotFound => {
            "Build and sign the transaction again: its blockhash is too old."
        }
        TransactionError::AlreadyProcessed => "Nothing to do: the transaction has landed already.",
        TransactionError::ProgramAccountNotFound | TransactionError::InvalidProgramForExecution => {
            "Check the cluster: the program is not deployed there."
        }
        TransactionError::SignatureFailure | TransactionError::MissingSignatureForFee => {
            "Sign with every wallet that the instructions name as signer."
        }
        TransactionError::AccountInUse
        | TransactionError::WouldExceedMaxBlockCostLimit
        | TransactionError::WouldExceedMaxAccountCostLimit
        | TransactionError::WouldExceedAccountDataBlockLimit
        | TransactionError::ClusterMaintenance => {
            "Send it again, with a higher priority fee if it happens often."
        }
        _ => "Look at the logs.",
    };
    explanation(None, &name_of(error), &sentence(error), advice)
}

/// The variant's name, without what it holds.
fn name_of(error: &impl fmt::Debug) -> String {
    format!("{error:?}").chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// The error's own text as the beginning of a sentence.
fn sentence(error: &impl fmt::Display) -> String {
    let text = error.to_string();
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{instruction, testing};

    fn logs(lines: &[&str]) -> Vec<String> {
        let program = address::PROGRAM.to_string();
        lines.iter().map(|line| line.replace("US", &program)).collect()
    }

    #[test]
    fn an_error_names_its_instruction_number_and_the_next_step() {
        let instructions = [instruction::settle(&testing::lease_context())];
        let error = TransactionError::InstructionError(0, InstructionError::Custom(6306));
        let text = transaction(&error, &instructions, &[]).to_string();
        assert!(
            text.starts_with("settle: The lease is not in a state that allows this (NotActive 6306). "),
            "{text}"
        );
    }

    #[test]
    fn a_number_belongs_to_the_innermost_program_that_failed() {
        let instructions = [instruction::settle(&testing::lease_context())];
        let error = TransactionError::InstructionError(0, InstructionError::Custom(17));
        let logs = logs(&[
            "Program US invoke [1]",
            "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA invoke [2]",
            "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA failed: custom program error: 0x11",
            "Program US failed: custom program error: 0x11",
        ]);
        let explained = transaction(&error, &instructions, &logs);
        assert_eq!(explained.name, "AccountFrozen");
        assert_eq!(explained.instruction.as_deref(), Some("settle"));
        assert_eq!(explained.logs, logs);
    }

    #[test]
    fn other_programs_and_whole_transactions_are_explained_too() {
        let lease = testing::lease_context();
        let message = crate::attestation::Attestation::new(lease.address, &lease, &Default::default());
        let signed = crate::attestation::sign(message, &testing::keypair(2)).unwrap();
        let pair = instruction::attest(&lease, &signed);
        let error = TransactionError::InstructionError(0, InstructionError::Custom(2));
        let explained = transaction(&error, &pair, &[]);
        assert_eq!(
            (explained.name.as_str(), explained.instruction.as_deref()),
            ("InvalidSignature", Some("signature check"))
        );
        let explained = transaction(&TransactionError::InsufficientFundsForFee, &pair, &[]);
        assert_eq!((explained.name.as_str(), explained.advice.as_str()), ("InsufficientFundsForFee", FUND));
        let error = TransactionError::InstructionError(1, InstructionError::MissingRequiredSignature);
        assert_eq!(transaction(&error, &pair, &[]).name, "MissingRequiredSignature");
    }
}
