//! What was delivered: readings, samples, seconds, rows.

mod cause;
mod record;
mod timeline;

pub use cause::{CardReading, Cause, Container, HARDWARE_XIDS, Reading};
pub use record::{Record, Row};
pub use timeline::{PERIOD, Seconds, Tick, Timeline};
