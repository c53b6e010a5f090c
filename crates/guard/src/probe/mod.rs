//! Reaches a lease's machine as its renter would: by a connection that is kept, on which the machine's API is asked for signs
//! of life, and by a login now and then.
//!
//! Who answers is a stranger who gains by being believed. So everything has a deadline and a size, the machine is known by
//! its host key, and what it says is read strictly.

mod answers;
mod api;
mod clock;
mod connection;
mod description;
mod failure;
mod key;
mod login;
mod reach;
mod schedule;
mod stream;

pub use answers::{Inventory, State};
pub use api::Api;
pub use clock::{Clock, Reading};
pub use description::described;
pub use failure::Failure;
pub use key::Key;
pub use login::login;
pub use reach::{HostKey, Reach};
pub use schedule::Schedule;
