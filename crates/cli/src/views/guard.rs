//! What a guard saw of a lease.

use crate::{
    guard_status::{GuardStatus, News, Watched},
    output::{Column, Record, cell, table},
    units::{format_duration, format_moment, format_time, format_units},
};
use gpu_lease_client::{
    json::{self, Wide},
    state::Lease,
};
use serde_json::{Value, json};
use solana_address::Address;

/// News of a lease that people see.
const NEWEST: usize = 5;

/// Who guards a lease.
pub fn key(lease: &Lease) -> Record {
    match lease.session_key == Address::default() {
        true => Record::new().line("session key", "none: nobody acts for the renter while it does not look"),
        false => Record::new().line("session key", lease.session_key),
    }
}

/// What a guard says of this lease.
pub fn seen(guard: &GuardStatus, address: &Address, lease: &Lease, now: i64) -> Record {
    let is_it = |of: &str, slot: u64| of == address.to_string() && slot == lease.opened_slot;
    let watched = guard.leases.iter().find(|watched| is_it(&watched.lease, watched.opened_slot));
    let is_about_it = |news: &&News| match (&news.lease, news.opened_slot) {
        (Some(of), Some(slot)) => is_it(of, slot),
        _ => false,
    };
    let news: Vec<&News> = guard.news.iter().filter(is_about_it).collect();
    let of_guard = json!({
        "mode": guard.mode,
        "is_standby": guard.is_standby,
        "watched": watched.map_or(Value::Null, |watched| json::of(watched, Wide::Text)),
        "news": json::of(&news, Wide::Text),
    });
    let record =
        Record::new().json("guard", of_guard).heading("What the guard says:").line("guard", mode(guard));
    let record = match guard.keys.contains(&lease.session_key.to_string()) {
        true => record,
        false => record.line("its key", "is not the lease's session key: it can act for nobody here"),
    };
    let record = match watched {
        None => record.line("watches", "not this lease"),
        Some(watched) => record.and(found(watched, now)),
    };
    match news.is_empty() {
        true => record,
        false => record.text_block("").text_block(table(
            vec![Column::text("WHEN"), Column::text("WHAT IT TOLD")],
            news.iter().take(NEWEST).map(|news| vec![cell(format_time(news.at)), cell(&news.text)]),
        )),
    }
}

fn found(watched: &Watched, now: i64) -> Record {
    let Watched {
        since,
        reached_at,
        logged_in_at,
        bound,
        bound_until,
        missed,
        loss_limit,
        doing,
        runway,
        ..
    } = watched;
    let moment = |at: &Option<i64>| at.map_or("never".to_owned(), |at| format_moment(at, now));
    Record::new()
        .line("watched since", format_moment(*since, now))
        .line("last reached", moment(reached_at))
        .line("last login", moment(logged_in_at))
        .line("delivered", format!("at most {} until {}", format_units(*bound), format_time(*bound_until)))
        .line("missed", format_duration(*missed))
        .line("loss limit", format_units(*loss_limit))
        .line("does", doings(doing))
        .line("paid for", format!("{} more", format_duration(*runway)))
}

fn mode(guard: &GuardStatus) -> String {
    let mode = match guard.mode.as_str() {
        "act" => "acts by itself",
        "ask" => "asks before it spends or ends anything",
        "alert" => "only tells",
        other => other,
    };
    match guard.is_standby {
        true => format!("{mode}; a standby, which only disputes"),
        false => mode.to_owned(),
    }
}

fn doings(doing: &str) -> &str {
    match doing {
        "coSigned" => "has co-signed the newest report",
        "withheld" => "withholds its signature: more is reported than can have been delivered",
        "disputed" => "has disputed the claim",
        "watching" => "watches; there is nothing to answer",
        other => other,
    }
}
