//! NVIDIA's cards: what there is to read of each, and what is done to one between two tenants.
//!
//! Calls of the driver can hang for good, and then not even SIGKILL ends the process that made one. So no process that serves
//! leases makes any: each is made by a child that is waited for until a deadline, and is abandoned then. `sampler` reads
//! one card each second, `survey` asks about one or all of them, `cuda` overwrites the memory of one.

mod child;
mod cuda;
mod health;
mod kmsg;
mod notes;
mod nvidia;
mod nvml;
mod parameters;
mod sampler;
mod survey;
mod tools;
mod watch;
mod wipe;

pub use cuda::{Covered, wiper};
pub use health::recovery;
pub use notes::{Note, Notes};
pub use nvidia::NvidiaCards;
pub use nvml::Facts;
pub use parameters::scrubs;
pub use sampler::sampler;
pub use survey::{facts, survey, uuids};
pub use tools::Tools;
pub use wipe::restore;
