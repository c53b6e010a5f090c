//! What a renter's guard saw of a lease's machine: the other side of a record. The format is in `docs/protocol/watch.md`.

mod comparison;
mod file;
mod probe;
mod stretch;
#[cfg(test)]
mod tests;

pub use comparison::{Claimed, Difference, WatchComparison};
pub use file::{WatchFile, is_watch};
pub use probe::{LONGEST_GAP, Probe, ProbeOutcome, Watch};
pub use stretch::{Seen, Segment, Stretch, WatchFlaw, watch_head};
