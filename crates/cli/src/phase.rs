//! Phases of a lease in words and colours. Which one it is, the program's rules say.

use comfy_table::Color;
use gpu_lease_client::{
    outlook::{LeaseOutlook, phase_name},
    state::{EndReason, Phase},
    text,
};

/// The phase of a lease, and who can do what next.
pub fn words(LeaseOutlook { phase, words, .. }: &LeaseOutlook) -> String {
    format!("{}: {words}", phase_name(*phase))
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

/// Why a lease ends, behind when; nothing while it runs to the end that was agreed.
pub fn end_reason(reason: u64) -> String {
    match reason == EndReason::Completed as u64 {
        true => String::new(),
        false => format!(", {}", text::end_reason(reason)),
    }
}
