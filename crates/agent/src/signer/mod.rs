//! The only one that has keys. It does not believe the agents: what was not delivered is not signed twice, lower, or
//! faster than time passes, whatever they ask for.

mod api;
mod budget;
mod co_signature;
mod counts;
mod desk;
mod growth;
mod guard;
mod http;
mod not_done;
mod statements;
mod till;

pub use api::{Local, Signer};
pub use budget::Budget;
pub use co_signature::{CoSignature, CoSigned, message};
pub use counts::{Counts, Landed, Outcome};
pub use desk::{About, Desk, Rules};
pub use growth::{Growth, NotGrowth};
pub use guard::{Denied, Signed, permit};
pub use http::{Machine, Remote, fleet, router};
pub use not_done::NotDone;
pub use till::{Keys, SIGNATURE};
