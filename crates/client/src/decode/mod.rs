//! Reading what is on chain: the events in transaction logs, and instructions.

mod event;
mod instruction;
mod statement;

pub use event::{EVENTS, Event, events, is_row_applied, is_truncated};
#[cfg(feature = "rpc")]
pub(crate) use instruction::resolve;
pub use instruction::{
    Args, DecodedInstruction, INSTRUCTIONS, attestations, batches, instruction, instructions_of,
};
pub use statement::{Statement, statements};
