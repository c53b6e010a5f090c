//! A guard's record and a provider's, beside each other.

use super::evidence;
use crate::{
    output::{Column, Record, cell, table},
    units::{format_duration, format_time, format_units},
};
use gpu_lease_client::{
    evidence::{Claimed, Difference, Seen, WatchComparison},
    json::{self, Wide},
};

/// Rows of the table that people see.
const MOST: usize = 40;

/// What both say, and where they differ.
pub fn comparison(both: &WatchComparison, is_signed: bool) -> Record {
    let record = Record::of(&json::of(both, Wide::Text))
        .json("provider_record_is_signed", is_signed)
        .heading(verdict(both))
        .line("lease", both.lease)
        .line("compared until", format_time(both.until))
        .line("by the provider", format!("{} were delivered", format_units(both.by_provider)))
        .line("by the guard", format!("at most {} can have been", format_units(both.bound)));
    let record = match both.unwatched {
        0 => record,
        seconds => record
            .line("nobody looked", format!("for {}, which count as delivered", format_duration(seconds))),
    };
    let record = match both.only_guard {
        0 => record,
        units => record.line(
            "admitted",
            format!(
                "{} were not delivered by the provider's own record, though the guard saw nothing",
                format_units(units)
            ),
        ),
    };
    let record = match is_signed {
        true => record,
        false => record.line("signed", "NO: the provider's record is not the one that it signed"),
    };
    let record = both.on_chain.iter().fold(record, |record, claim| record.and(claimed(both, claim)));
    match both.differences.is_empty() {
        true => record,
        false => record.text_block("").text_block(differences(&both.differences)).heading(left_out(both)),
    }
}

/// All that a tired person has to know.
fn verdict(both: &WatchComparison) -> String {
    match both.only_provider {
        0 => "The provider counts nothing that the guard did not see: there is nothing to dispute in these records.".to_owned(),
        units => format!(
            "The provider counts {} that the guard did not see delivered. Where, is in the table.",
            format_units(units)
        ),
    }
}

/// What is claimed on chain, and what to answer.
fn claimed(both: &WatchComparison, claim: &Claimed) -> Record {
    let Claimed { window_end, accepted, claimed, bound, excess, .. } = *claim;
    let record = Record::new()
        .line("claimed", format!("{} until {}", format_units(claimed), format_time(window_end)))
        .line("accepted", format_units(accepted));
    match excess {
        0 => record.line("too many", "none: the claim is within what the guard saw"),
        excess => record.line("too many", format_units(excess)).line(
            "to refuse them",
            format!("`gpu-lease dispute open {} --gpu-seconds {}`", both.lease, bound.max(accepted)),
        ),
    }
}

fn differences(all: &[Difference]) -> impl std::fmt::Display + use<> {
    let columns = vec![
        Column::text("FROM"),
        Column::number("FOR"),
        Column::text("THE PROVIDER SAYS"),
        Column::text("THE GUARD SAW"),
        Column::number("GPU-SECONDS"),
    ];
    let row = |it: &Difference| {
        vec![
            cell(format_time(it.from)),
            cell(format_duration(it.from.abs_diff(it.to))),
            cell(said(it)),
            cell(seen(it.seen)),
            cell(it.units),
        ]
    };
    table(columns, all.iter().take(MOST).map(row).collect::<Vec<_>>())
}

fn said(it: &Difference) -> String {
    let delivered = if it.is_claimed { "delivered" } else { "not delivered" };
    match it.cause {
        None => delivered.to_owned(),
        Some(cause) => format!("{delivered}: {}", evidence::cause(cause)),
    }
}

const fn seen(seen: Seen) -> &'static str {
    match seen {
        Seen::Reached => "it answered",
        Seen::Unreachable => "it did not answer",
        Seen::OtherCards => "other cards",
        Seen::Unwatched => "nobody looked",
    }
}

fn left_out(both: &WatchComparison) -> String {
    match both.differences.len().saturating_sub(MOST) {
        0 => "A guard's record is the renter's word, as the provider's is its own: an arbiter weighs both."
            .to_owned(),
        more => format!("{more} more rows are in the JSON."),
    }
}
