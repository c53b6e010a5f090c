//! What became of a transaction.

use crate::cluster::{self, Receipt};
use gpu_lease::{
    errors::LeaseError,
    events::{LeaseClosed, LeaseSettled},
};
use gpu_lease_client::decode::{self, Event};
use solana_instruction::error::InstructionError;

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
pub struct Outcome(pub Result<Receipt, cluster::Refusal>);

impl Outcome {
    /// Requires success.
    #[track_caller]
    pub fn ok(self) -> Receipt {
        match self.0 {
            Ok(receipt) => receipt,
            Err(refusal) => panic!("failed: {refusal}"),
        }
    }

    /// Requires success, and `event` to be the one event of the transaction.
    #[track_caller]
    pub fn emitted(self, event: Event) {
        let text = |event: &Event| format!("{event:?}");
        assert_eq!(self.events().iter().map(text).collect::<Vec<_>>(), [text(&event)]);
    }

    /// Requires success without any event.
    #[track_caller]
    pub fn emitted_nothing(self) {
        assert!(self.events().is_empty());
    }

    /// Requires success. What happened?
    #[track_caller]
    pub fn events(self) -> Vec<Event> {
        decode::events(&self.ok().logs)
    }

    /// Requires success, and a close to be the one event: what it came to.
    #[track_caller]
    pub fn closed(self) -> LeaseClosed {
        match self.events()[..] {
            [Event::LeaseClosed(closed)] => closed,
            ref events => panic!("not one close: {events:?}"),
        }
    }

    /// Requires success, and a settlement to be the one event: what it paid.
    #[track_caller]
    pub fn settled(self) -> LeaseSettled {
        match self.events()[..] {
            [Event::LeaseSettled(settled)] => settled,
            ref events => panic!("not one settlement: {events:?}"),
        }
    }

    /// Requires the program to refuse with `error`.
    #[track_caller]
    pub fn refused(self, error: LeaseError) {
        self.failed_with(None, error.error(), &format!("{error:?}"));
    }

    /// Requires an instruction to fail with `error`: the framework's or another program's.
    #[track_caller]
    pub fn failed(self, error: InstructionError) {
        let name = format!("{error:?}");
        self.failed_with(None, error, &name);
    }

    /// Requires instruction number `index` to fail with `error`.
    #[track_caller]
    pub fn failed_at(self, index: u8, error: impl Refusal) {
        let error = error.error();
        let name = format!("{error:?} of instruction {index}");
        self.failed_with(Some(index), error, &name);
    }

    #[track_caller]
    fn failed_with(self, index: Option<u8>, error: InstructionError, name: &str) {
        let refusal = match self.0 {
            Ok(receipt) => panic!("succeeded instead of {name}\n{}", receipt.logs.join("\n")),
            Err(refusal) => refusal,
        };
        let is_there = index.is_none() || refusal.instruction == index;
        assert!(is_there && refusal.error == Some(error), "{refusal}\ninstead of {name}");
    }
}
