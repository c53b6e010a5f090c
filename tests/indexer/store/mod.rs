//! The record: the same in both databases, whatever way it came about, and what is asked of it.

mod answers;
pub mod chain;
mod figures;
mod same;
mod shown;
