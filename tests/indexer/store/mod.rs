//! The record: the same in both databases, whatever way it came about, and what is asked of it.

mod again;
mod answers;
pub mod chain;
mod doubt;
mod figures;
mod limits;
mod same;
mod shown;
mod unlisted;
