//! What tests of the program are written with.
//!
//! A [`World`] is a cluster with the real program, real token programs, and the people of one market; in
//! memory, unless a test asks for another. Tests read as stories: what was given, what someone did, what
//! came of it.

pub mod acts;
mod audit;
pub mod bench;
mod cheats;
pub mod cluster;
mod governance;
mod market;
mod outcome;
mod people;
pub use gpu_lease_load::postgres;
pub mod prelude;
mod substitute;
mod tokens;
mod world;

pub use {governance::FOR_EVER, market::*, outcome::*, people::*, substitute::*, tokens::*, world::*};
