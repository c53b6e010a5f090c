//! Phases of a lease in words and colours. Which one it is, the program's rules say.

use comfy_table::Color;
use gpu_lease_client::state::{Lease, Phase};

/// The phase's name.
pub fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "pending",
        Phase::Running => "running",
        Phase::Exhausted => "exhausted",
        Phase::Disputed => "disputed",
        Phase::Ending => "ending",
        Phase::Closable => "closable",
    }
}

/// The phase of `lease` at `now`, unix seconds, and who can do what next.
pub fn words(lease: &Lease, now: i64) -> String {
    let phase = lease.phase(now);
    let next = match phase {
        Phase::Pending if now > lease.start_deadline => {
            "the provider did not start it in time; anyone can cancel it"
        }
        Phase::Pending => "the provider can start it, the renter can cancel it",
        Phase::Running => "the deposit pays for what is delivered",
        Phase::Exhausted => "the deposit is used up; a top-up pays for what is delivered meanwhile",
        Phase::Disputed if now > lease.dispute.deadline => {
            "the arbiter did not decide in time; anyone can resolve it by timeout"
        }
        Phase::Disputed => "it is over; the arbiter has to decide between two figures",
        Phase::Ending => "it is over; usage can still be attested, claims can still be challenged",
        Phase::Closable => "it is over; anyone can close it",
    };
    format!("{}: {next}", name(phase))
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
