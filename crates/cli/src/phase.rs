//! Phases of a lease in words and colours. Which one it is, the program's rules say.

use comfy_table::Color;
use gpu_lease_client::{
    outlook::{phase_name, phase_words},
    state::{Lease, Moment, Phase},
};

/// The phase of `lease` at `now`, unix seconds, and who can do what next.
pub fn words(lease: &Lease, now: i64) -> String {
    format!("{}: {}", phase_name(lease.phase(Moment::by_clock(now))), phase_words(lease, now))
}

/// The phase's colour in tables.
pub fn colour(phase: Phase) -> Color {
    match phase {
        Phase::Pending | Phase::Ending => Color::Yellow,
        Phase::Running => Color::Green,
        Phase::Exhausted | Phase::Disputed => Color::Red,
        Phase::Closable => Color::Cyan,
    }
}
