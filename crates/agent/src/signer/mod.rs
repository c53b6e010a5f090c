//! The only one that has keys. It does not believe the agents: what was not delivered is not signed twice, lower, or
//! faster than time passes, whatever they ask for.

mod api;
mod desk;
mod guard;
mod http;

pub use api::{Local, Signer};
pub use desk::{Desk, Keys, NotDone};
pub use guard::{Denied, Signed, permit};
pub use http::{Machine, Remote, fleet, router};
