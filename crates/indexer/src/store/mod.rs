//! The record, in SQLite or PostgreSQL. All SQL is in here; the same text serves both.
//!
//! [`schema`] has the tables, [`take`] says which rows follow from a transaction, [`write`] writes them with the cursor, in one
//! SQL transaction: whatever ends the process, the record is that of a moment. [`read`] answers what the API asks. What is
//! confirmed and not finalized yet is in [`shown`], a record of the same schema in memory; figures of days, models and providers
//! are of what is finalized alone. The offers that stand are also on the [`shelf`].
//!
//! Integers of 64 bits without sign are kept as signed ones of the same order. Nothing is added up in SQL.

mod audits;
mod desk;
mod doubt;
mod dump;
mod facade;
mod label;
mod ledger;
mod list;
mod open;
#[cfg(test)]
mod plans;
mod read;
mod reading;
mod row;
mod schema;
mod shelf;
mod shown;
mod sql;
mod stage;
mod take;
mod taking;
mod write;

pub use audits::{Audited, Booked};
pub use doubt::Doubtful;
pub use facade::{Reached, Refused, Store};
pub use ledger::Ledger;
pub use sql::{Kind, Value};
pub use stage::Staged;
pub use taking::Applied;
pub use write::Cursor;
