//! The only one that has keys. It does not believe the agents: what was not delivered is not signed twice, lower, or
//! faster than time passes, whatever they ask for.

mod api;
mod counts;
mod desk;
mod growth;
mod guard;
mod http;

pub use api::{Local, Signer};
pub use counts::{Counts, Outcome};
pub use desk::{About, Desk, Keys, NotDone};
pub use growth::{Growth, NotGrowth};
pub use guard::{Denied, Signed, permit};
pub use http::{Machine, Remote, fleet, router};
