//! What became of a transaction.

use gpu_lease::errors::LeaseError;
use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use solana_transaction_error::TransactionError;
use solana_instruction::error::InstructionError;

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

    /// Requires the program to refuse with `error`.
    #[track_caller]
    pub fn refused(self, error: LeaseError) {
        let name = format!("{error:?}");
        self.failed_with(InstructionError::Custom(error as u32), &name);
    }

    /// Requires an instruction to fail with `error`: the framework's or another program's.
    #[track_caller]
    pub fn failed(self, error: InstructionError) {
        let name = format!("{error:?}");
        self.failed_with(error, &name);
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
