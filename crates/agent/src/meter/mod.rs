//! What was delivered: readings, samples, seconds, rows.

mod cause;
mod record;
mod segments;
mod timeline;
pub mod xid;

pub use cause::{CardReading, Container, Reading};
pub use gpu_lease_client::evidence::{Cause, Row};
pub use record::{NotSealed, Record};
pub use segments::{gpus_at, parts};
pub use timeline::{PERIOD, Sample, Seconds, Tick, Timeline};
