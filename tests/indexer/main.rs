//! The indexer: what it reads from nodes that cannot be trusted, what it keeps, and what it answers.

mod api;
mod audit;
mod chain;
mod faults;
mod kill;
mod load;
mod node;
mod reading;
#[path = "../replay/recorder.rs"]
mod recorder;
#[path = "../replay/replayer.rs"]
mod replayer;
mod store;
#[path = "../replay/voters.rs"]
mod voters;
