//! What was delivered: readings, samples, seconds, rows.

mod cause;
mod record;
mod timeline;
pub mod xid;

pub use cause::{CardReading, Container, Reading};
pub use gpu_lease_client::evidence::Cause;
pub use record::{Record, Row};
pub use timeline::{PERIOD, Seconds, Tick, Timeline};
