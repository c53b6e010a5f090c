//! Remembers the market: every lease, statement, vote and price, from transactions alone.
//!
//! [`node`] asks a node and checks its answers; [`observed`] is a transaction as it showed it. [`book`] says what it did, by the
//! program's own rules; [`store`] keeps that, and [`live`] tells it to whoever listens; [`ingest`] goes from the one to the other.
//! [`ask`] is what can be asked of the record, [`views`] what is answered, [`api`] does both over HTTP.

pub mod api;
pub mod ask;
pub mod audit;
pub mod book;
pub mod config;
pub mod daemon;
pub mod doctor;
pub mod figures;
pub mod ingest;
pub mod live;
pub mod node;
pub mod observed;
pub mod status;
pub mod store;
pub mod views;
