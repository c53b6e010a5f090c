//! The leases of a machine, as it tells whoever looks after it. No secrets.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::state::{Moment, Phase};
use gpu_lease_gateway::Access;
use gpu_lease_runtime::Life;
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::maintenance::Maintenance;
use crate::plan::{Book, Entry, Observed, OnChain};

/// Where they are told, next to health and metrics.
pub const PATH: &str = "/leases";

/// The leases of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The cluster's time, unix seconds, if it tells.
    pub now: Option<i64>,
    /// What the provider has announced.
    #[serde(default)]
    pub maintenance: Option<Maintenance>,
    /// Those that were taken on and are not forgotten.
    pub leases: Vec<LeaseStatus>,
}

/// How a lease is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseStatus {
    /// Its address.
    pub lease: String,
    /// The slot in which it was opened: an address can be used again.
    pub opened_slot: u64,
    /// The offer, as long as the lease is on chain.
    pub offer: Option<String>,
    /// The wallet that rents.
    pub renter: String,
    /// Its cards, by UUID.
    pub cards: Vec<String>,
    /// What it is at.
    pub state: LeaseState,
    /// How far a login is let in; nothing where there is no door.
    pub login: Option<Access>,
    /// GPU-seconds that were observed to be delivered.
    pub delivered: u64,
    /// Until when usage was last attested on chain, unix seconds.
    pub attested_until: Option<i64>,
    /// Until when it was last co-signed by the renter's side, on chain or not yet, unix seconds.
    pub co_signed_until: Option<i64>,
    /// Until when its files are kept, unix seconds, once it is over.
    pub kept_until: Option<i64>,
}

/// What a lease is at on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseState {
    /// It is made ready, or waits for its start.
    Preparing,
    /// Its user can work.
    Running,
    /// Nobody pays; a top-up brings it back.
    Paused,
    /// It is over, and is being cleaned up.
    Ending,
    /// It is over, and its files can be fetched.
    Kept,
    /// The chain does not tell.
    Unknown,
}

impl LeaseState {
    const fn name(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ending => "ending",
            Self::Kept => "kept",
            Self::Unknown => "unknown",
        }
    }
}

impl Status {
    /// From what was observed last, and what is written down.
    pub fn of(observed: &Observed, book: &Book) -> Self {
        let status = |entry: &Entry| {
            let life = &entry.life;
            let chain = observed.chain.get(life);
            let lease = chain.and_then(OnChain::lease);
            let record = book.records.get(life);
            // It is observed for a moment longer.
            let end = lease.map_or(i64::MAX, |lease| lease.ends_at);
            let login = observed.doors.get(life).map(|door| door.access);
            LeaseStatus {
                lease: life.lease.clone(),
                opened_slot: life.opened_slot,
                offer: lease.map(|lease| lease.offer.to_string()),
                renter: entry.renter.clone(),
                cards: entry.cards.clone(),
                state: state(entry, chain, login, observed.now),
                login,
                delivered: record.map_or(0, |record| record.units(record.until().min(end))),
                attested_until: lease.and_then(attested_until),
                co_signed_until: co_signed_until(book, life, lease),
                kept_until: entry.keep_until,
            }
        };
        let maintenance = observed.maintenance.clone();
        Self { now: observed.now, maintenance, leases: book.entries.values().map(status).collect() }
    }

    /// As a table.
    pub fn table(&self) -> String {
        let columns = ["LEASE", "OFFER", "CARDS", "STATE", "LOGIN", "DELIVERED", "ATTESTED", "CO-SIGNED"];
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(columns);
        for lease in &self.leases {
            let state = match lease.kept_until {
                Some(until) => format!("kept until {}", time(until)),
                None => lease.state.name().to_owned(),
            };
            table.add_row([
                lease.lease.clone(),
                lease.offer.as_deref().map_or_else(|| "·".to_owned(), short),
                lease.cards.len().to_string(),
                state,
                lease.login.map_or("·", login).to_owned(),
                format!("{} GPU-s", lease.delivered),
                until(lease.attested_until),
                until(lease.co_signed_until),
            ]);
        }
        for number in [2, 5] {
            if let Some(column) = table.column_mut(number) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.column_iter_mut().for_each(|column| _ = column.set_padding((0, 2)));
        let mut text = String::new();
        for line in table.lines() {
            // Writing to a text cannot fail.
            writeln!(text, "{}", line.trim_end()).ok();
        }
        let announced = self.maintenance.as_ref().map(|it| it.note() + "\n").unwrap_or_default();
        match self.leases.is_empty() {
            true => format!("{announced}no lease is on this machine\n"),
            false => announced + &text,
        }
    }
}

/// Answers with the leases of this machine.
pub fn router(machine: Arc<Machine>) -> Router {
    let answer = |State(machine): State<Arc<Machine>>| async move {
        let (observed, _) = machine.newest();
        Json(Status::of(&observed, &machine.notebook().book()))
    };
    Router::new().route(PATH, get(answer)).with_state(machine)
}

fn state(entry: &Entry, chain: Option<&OnChain>, login: Option<Access>, now: Option<i64>) -> LeaseState {
    if entry.keep_until.is_some() {
        return LeaseState::Kept;
    }
    let (Some(chain), Some(now)) = (chain, now) else { return LeaseState::Unknown };
    let OnChain::There(lease) = chain else { return LeaseState::Ending };
    match lease.phase(Moment::by_clock(now)) {
        Phase::Running if login == Some(Access::Open) => LeaseState::Running,
        Phase::Pending | Phase::Running => LeaseState::Preparing,
        Phase::Exhausted => LeaseState::Paused,
        Phase::Ending | Phase::Closable | Phase::Disputed => LeaseState::Ending,
    }
}

fn attested_until(lease: &LeaseContext) -> Option<i64> {
    let until = lease.meter.window_end;
    (lease.started_at > 0 && until > lease.started_at).then_some(until)
}

fn co_signed_until(book: &Book, life: &Life, lease: Option<&LeaseContext>) -> Option<i64> {
    let co_signed = book.co_signed.get(life)?;
    // What a key signed that was taken back is worth nothing.
    let counts = lease.is_none_or(|lease| co_signed.by.counts_for(lease));
    counts.then_some(co_signed.usage.window_end)
}

const fn login(access: Access) -> &'static str {
    match access {
        Access::Open => "open",
        Access::Files => "files",
        Access::Shut => "shut",
    }
}

fn until(time: Option<i64>) -> String {
    time.map_or_else(|| "·".to_owned(), |time| format!("until {}", self::time(time)))
}

fn time(seconds: i64) -> String {
    let since = std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + since).to_string()
}

/// The beginning and the end of an address.
fn short(address: &str) -> String {
    match (address.get(..4), address.get(address.len().saturating_sub(4)..)) {
        (Some(begin), Some(end)) if address.len() > 8 => format!("{begin}…{end}"),
        _ => address.to_owned(),
    }
}
