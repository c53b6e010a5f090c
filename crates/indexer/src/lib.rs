//! Remembers the market: every lease, statement, vote and price, from transactions alone.
//!
//! [`node`] asks a node and checks its answers; [`observed`] is a transaction as it showed it. [`book`] says what it did, by the program's own rules; [`store`] keeps
//! that. [`ask`] is what can be asked of it, [`views`] what is answered.

pub mod api;
pub mod ask;
pub mod book;
pub mod live;
pub mod node;
pub mod observed;
pub mod store;
pub mod views;
