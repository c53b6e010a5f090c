//! Records of what was delivered.

use crate::{
    output::{Column, Record, cell, table},
    units::{format_duration, format_time, format_units},
};
use gpu_lease_client::{
    evidence::{Cause, Comparison, EvidenceCheck, Subject, Witness},
    json::{self, Json, Wide},
};

/// What a record says, and what agrees with it.
pub fn record(check: &EvidenceCheck) -> Record {
    let record = Record::of(&json::of(check, Wide::Text))
        .json("matches", check.matches())
        .heading("Record")
        .line("lease", check.lease)
        .line("opened in slot", check.opened_slot)
        .line("from", format_time(check.start))
        .line("until", format_time(check.window_end))
        .line("delivered", format_units(check.units))
        .line("energy", format!("{} Wh", check.energy_wh))
        .line("evidence", check.evidence.json().as_str().unwrap_or_default())
        .text_block("")
        .text_block(seconds(check));
    let record = if check.until > check.window_end {
        let more = format_duration(check.until.abs_diff(check.window_end));
        record.heading(format!("It goes on for {more}, which were not attested when it was made."))
    } else {
        record
    };
    match check.comparisons.is_empty() {
        true => record.heading("There is nothing to compare it with."),
        false => record.text_block("").text_block(comparisons(&check.comparisons)),
    }
}

fn seconds(check: &EvidenceCheck) -> impl std::fmt::Display + use<> {
    let columns = vec![Column::text("SECONDS"), Column::number("DELIVERED"), Column::number("MISSED")];
    let plain = vec![cell("nothing happened"), cell(format_duration(check.plain)), cell("·")];
    let causes = check.causes.iter().map(|it| {
        let seconds = format_duration(it.seconds);
        let (delivered, missed) =
            if it.is_delivered { (seconds, "·".to_owned()) } else { ("·".to_owned(), seconds) };
        vec![cell(cause(it.cause)), cell(delivered), cell(missed)]
    });
    table(columns, [plain].into_iter().chain(causes))
}

/// A cause in words.
pub const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Unobserved => "nobody looked",
        Cause::Engine => "the engine did not answer",
        Cause::Container => "there was no container",
        Cause::Gateway => "the gateway let nobody in",
        Cause::Network => "no network",
        Cause::CardSilent => "a card did not answer",
        Cause::CardFault => "a card had a fault",
        Cause::Maintenance => "announced maintenance",
        Cause::Ended => "the tenant ended its container",
        Cause::Program => "a program of the tenant failed",
    }
}

fn comparisons(all: &[Comparison]) -> impl std::fmt::Display + use<> {
    let columns =
        vec![Column::text("COMPARED"), Column::text("WITH"), Column::text("MATCHES"), Column::text("")];
    let rows = all.iter().map(|it| {
        let with = match it.with {
            Witness::Statement => "what was signed",
            Witness::Chain => "the chain",
        };
        let there = if it.matches { String::new() } else { format!("{} there, {} here", it.there, it.here) };
        vec![cell(subject(it.subject)), cell(with), cell(if it.matches { "yes" } else { "NO" }), cell(there)]
    });
    table(columns, rows.collect::<Vec<_>>())
}

const fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Life => "lease",
        Subject::Start => "start",
        Subject::Attestor => "attestor",
        Subject::WindowEnd => "until",
        Subject::Units => "units",
        Subject::EnergyWh => "energy",
        Subject::Evidence => "evidence",
    }
}
