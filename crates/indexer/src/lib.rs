//! Remembers the market: every lease, statement, vote and price, from transactions alone.
//!
//! [`observed`] is a transaction as a node showed it. [`book`] says what it did, by the program's own rules.

pub mod book;
pub mod observed;
