//! What became of a transaction.

use gpu_lease::errors::LeaseError;
use gpu_lease_client::decode::{self, Event};
use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;

/// Anchor's error for an account that must be writable.
pub const NOT_WRITABLE: InstructionError = InstructionError::Custom(2000);

/// Anchor's error for one account in two places of which one is written to.
pub const ACCOUNT_TWICE: InstructionError = InstructionError::Custom(2040);

/// The token programs' error for a balance that does not suffice.
pub const INSUFFICIENT_FUNDS: InstructionError = InstructionError::Custom(1);

/// The token programs' error for two accounts of different mints.
pub const MINT_MISMATCH: InstructionError = InstructionError::Custom(3);

/// The token programs' error for an authority that does not own the account.
pub const OWNER_MISMATCH: InstructionError = InstructionError::Custom(4);

/// The token programs' error for a frozen account.
pub const ACCOUNT_FROZEN: InstructionError = InstructionError::Custom(17);

/// The system program's error for an account that exists already.
pub const ALREADY_IN_USE: InstructionError = InstructionError::Custom(0);

/// Why an instruction fails: an error of this program, or of the framework or another program.
pub trait Refusal {
    /// The error that the cluster reports.
    fn error(&self) -> InstructionError;
}

impl Refusal for LeaseError {
    fn error(&self) -> InstructionError {
        InstructionError::Custom(*self as u32)
    }
}

impl Refusal for InstructionError {
    fn error(&self) -> InstructionError {
        self.clone()
    }
}

/// Result of a transaction, to be asserted.
#[must_use = "a transaction may have failed"]
pub struct Outcome(pub Result<TransactionMetadata, FailedTransactionMetadata>);

impl Outcome {
    /// Requires success.
    #[track_caller]
    pub fn ok(self) -> TransactionMetadata {
        match self.0 {
            Ok(meta) => meta,
            Err(failed) => panic!("failed: {:?}\n{}", failed.err, failed.meta.pretty_logs()),
        }
    }

    /// Requires success, and `event` to be the one event of the transaction.
    #[track_caller]
    pub fn emitted(self, event: Event) {
        let text = |event: &Event| format!("{event:?}");
        let events = decode::events(&self.ok().logs);
        assert_eq!(events.iter().map(text).collect::<Vec<_>>(), [text(&event)]);
    }

    /// Requires success without any event.
    #[track_caller]
    pub fn emitted_nothing(self) {
        assert!(decode::events(&self.ok().logs).is_empty());
    }

    /// Requires the program to refuse with `error`.
    #[track_caller]
    pub fn refused(self, error: LeaseError) {
        let name = format!("{error:?}");
        self.failed_with(error.error(), &name);
    }

    /// Requires an instruction to fail with `error`: the framework's or another program's.
    #[track_caller]
    pub fn failed(self, error: InstructionError) {
        let name = format!("{error:?}");
        self.failed_with(error, &name);
    }

    /// Requires instruction number `index` to fail with `error`.
    #[track_caller]
    pub fn failed_at(self, index: u8, error: impl Refusal) {
        let error = error.error();
        match self.0 {
            Ok(meta) => panic!("succeeded instead of {error:?}\n{}", meta.pretty_logs()),
            Err(failed) => assert_eq!(
                failed.err,
                TransactionError::InstructionError(index, error),
                "{}",
                failed.meta.pretty_logs()
            ),
        }
    }

    #[track_caller]
    fn failed_with(self, error: InstructionError, name: &str) {
        match self.0 {
            Ok(meta) => panic!("succeeded instead of {name}\n{}", meta.pretty_logs()),
            Err(failed) => match failed.err {
                TransactionError::InstructionError(_, actual) if actual == error => {}
                other => panic!("{other:?} instead of {name}\n{}", failed.meta.pretty_logs()),
            },
        }
    }
}
