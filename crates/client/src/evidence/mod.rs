//! What was delivered of a lease, second by second, as its provider measured it: rows that follow on each other, chained by
//! their hashes, of which one is what was signed and is on chain. The format is in `docs/protocol/evidence.md`.

mod cause;
mod check;
mod file;
mod record;
mod statement;
mod text;
mod tree;
mod watch;

pub use cause::Cause;
pub use check::{CauseSeconds, Comparison, EvidenceCheck, Subject, Witness};
pub use file::EvidenceFile;
pub use record::{Chain, Flaw, MINUTE, Replay, Row, watt_hours};
pub use statement::SignedStatement;
pub use text::LONGEST_FILE;
pub use tree::{Hash, Proof, leaf, root};
pub use watch::{
    Claimed, Difference, LONGEST_GAP, Probe, ProbeOutcome, Seen, Segment, Stretch, Watch, WatchComparison,
    WatchFile, WatchFlaw, is_watch, watch_head,
};
