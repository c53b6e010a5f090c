//! Whether a record, what was signed about it and what the chain has agree.

use serde::Serialize;
use solana_address::Address;

use super::cause::Cause;
use super::file::EvidenceFile;
use super::record::{Replay, watt_hours};
use super::statement::SignedStatement;
use super::tree::Hash;
use crate::account::LeaseContext;
use crate::attestation::Usage;
use crate::error::{Error, Result};
use crate::json;

/// What a record says up to the moment that was signed about, and what agrees with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EvidenceCheck {
    /// The lease.
    #[serde(serialize_with = "json::display")]
    #[cfg_attr(test, ts(type = "string"))]
    pub lease: Address,
    /// The slot in which it was opened.
    pub opened_slot: u64,
    /// When it was started, unix seconds.
    pub start: i64,
    /// Until when the figures count, unix seconds: the window of the statement, or else of the chain, or else all of it.
    pub window_end: i64,
    /// Until when the record goes.
    pub until: i64,
    /// How many rows it has.
    pub rows: u32,
    /// Seconds of which there is nothing to say: they were delivered.
    pub plain: u64,
    /// The other seconds.
    pub causes: Vec<CauseSeconds>,
    /// GPU-seconds delivered.
    pub units: u64,
    /// Watt-hours used.
    pub energy_wh: u64,
    /// Head of the record.
    #[serde(serialize_with = "json::bytes")]
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub evidence: [u8; 32],
    /// What was compared.
    pub comparisons: Vec<Comparison>,
}

/// Seconds of one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CauseSeconds {
    /// Which.
    pub cause: Cause,
    /// How many.
    pub seconds: u64,
    /// Whether they were delivered all the same: the tenant's doing.
    pub is_delivered: bool,
}

/// Who else says something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Witness {
    /// The statement in the file.
    Statement,
    /// The lease on chain.
    Chain,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    /// Which lease, in which life of it.
    Life,
    /// When it started.
    Start,
    /// Who signed.
    Attestor,
    /// The end of the window.
    WindowEnd,
    /// GPU-seconds.
    Units,
    /// Watt-hours.
    EnergyWh,
    /// The hash.
    Evidence,
}

/// One figure of the record's beside somebody else's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Comparison {
    /// Whose.
    pub with: Witness,
    /// What.
    pub subject: Subject,
    /// By the file.
    pub here: String,
    /// By the other.
    pub there: String,
    /// Whether they agree.
    pub matches: bool,
}

impl EvidenceCheck {
    /// Of a file, beside the lease on chain if it is at hand. It is an error if the rows are not a record.
    pub fn of(file: &EvidenceFile, on_chain: Option<&LeaseContext>) -> Result<Self> {
        let flawed =
            |flaw| Error::input(format!("the record cannot be replayed: {flaw}"), "ask for it again");
        let usage = file.statement.as_ref().and_then(|statement| statement.usage(&file.lease));
        let meter = on_chain.map(|lease| &lease.meter).filter(|meter| meter.window_end > file.start);
        let window_end =
            usage.map(|it| it.window_end).or(meter.map(|it| it.window_end)).unwrap_or_else(|| file.until());
        let replay = file.replay(window_end).map_err(flawed)?;
        let mut comparisons = Vec::new();
        if let Some(statement) = &file.statement {
            with_statement(&mut comparisons, file, statement, &replay, on_chain);
        }
        if let Some(lease) = on_chain {
            with_chain(&mut comparisons, file, lease);
        }
        let causes = replay.by_cause.iter().map(|(cause, seconds)| CauseSeconds {
            cause: *cause,
            seconds: *seconds,
            is_delivered: cause.is_tenants(),
        });
        Ok(Self {
            lease: file.lease,
            opened_slot: file.opened_slot,
            start: file.start,
            window_end,
            until: file.until(),
            rows: u32::try_from(file.rows.len()).unwrap_or(u32::MAX),
            plain: replay.plain,
            causes: causes.collect(),
            units: replay.chain.units(),
            energy_wh: watt_hours(replay.chain.energy()),
            evidence: replay.chain.head(),
            comparisons,
        })
    }

    /// Whether all agree.
    pub fn matches(&self) -> bool {
        self.comparisons.iter().all(|comparison| comparison.matches)
    }
}

fn compare(with: Witness, subject: Subject, here: impl ToString, there: impl ToString) -> Comparison {
    let (here, there) = (here.to_string(), there.to_string());
    Comparison { with, subject, matches: here == there, here, there }
}

fn life(lease: &Address, opened_slot: u64) -> String {
    format!("{lease} of slot {opened_slot}")
}

/// Units, energy and evidence up to the window of `usage`.
fn figures(with: Witness, replay: &Replay, usage: &Usage) -> [Comparison; 3] {
    [
        compare(with, Subject::Units, replay.chain.units(), usage.gpu_seconds),
        compare(with, Subject::EnergyWh, watt_hours(replay.chain.energy()), usage.energy_wh),
        compare(with, Subject::Evidence, hex::encode(replay.chain.head()), hex::encode(usage.evidence)),
    ]
}

/// What a statement says beside the usage.
struct Stated {
    /// When the lease was opened; 0, which no slot of a lease is, if it says nothing of the lease.
    opened_slot: u64,
    /// Which cluster and program it is for.
    domain: Hash,
    /// What the lease has as evidence once it has landed: the head of its record, or the root over many.
    evidence: Hash,
}

impl Stated {
    fn of(statement: &SignedStatement, lease: &Address) -> Self {
        match statement {
            SignedStatement::Alone(signed) => {
                let message = signed.message();
                let opened_slot = message.opened_slot.get();
                Self { opened_slot, domain: message.domain, evidence: message.evidence }
            }
            SignedStatement::InBatch { batch, .. } => {
                let (header, leases) = (batch.message().header(), batch.message().leases());
                let row = leases.binary_search(lease).ok().and_then(|at| batch.message().rows().get(at));
                let opened_slot = row.map_or(0, |row| row.opened_slot.get());
                Self { opened_slot, domain: header.domain, evidence: header.evidence }
            }
        }
    }
}

fn with_statement(
    comparisons: &mut Vec<Comparison>,
    file: &EvidenceFile,
    statement: &SignedStatement,
    replay: &Replay,
    on_chain: Option<&LeaseContext>,
) {
    let with = Witness::Statement;
    let here = life(&file.lease, file.opened_slot);
    let Some(usage) = statement.usage(&file.lease) else {
        comparisons.push(compare(with, Subject::Life, here, "not this lease, or not proven"));
        return;
    };
    let stated = Stated::of(statement, &file.lease);
    comparisons.push(compare(with, Subject::Life, here, life(&file.lease, stated.opened_slot)));
    if let Some(lease) = on_chain {
        let attestor = lease.provider_account.attestor;
        let is_signed = statement.is_signed_by(&attestor) && stated.domain == lease.domain;
        let signer =
            if is_signed { attestor.to_string() } else { "another key, or another cluster".to_owned() };
        comparisons.push(compare(with, Subject::Attestor, attestor, signer));
    }
    comparisons.extend(figures(with, replay, &usage));
}

fn with_chain(comparisons: &mut Vec<Comparison>, file: &EvidenceFile, lease: &LeaseContext) {
    let with = Witness::Chain;
    let lives = [life(&file.lease, file.opened_slot), life(&lease.address, lease.opened_slot)];
    comparisons.push(compare(with, Subject::Life, &lives[0], &lives[1]));
    comparisons.push(compare(with, Subject::Start, file.start, lease.started_at));
    let meter = &lease.meter;
    if meter.window_end <= lease.started_at {
        // Nothing was attested yet.
        return;
    }
    let Ok(replay) = file.replay(meter.window_end) else {
        comparisons.push(compare(with, Subject::WindowEnd, file.until(), meter.window_end));
        return;
    };
    // A batch has a root on chain, which stands for the head that it proves.
    let proven = file.statement.as_ref().filter(|it| Stated::of(it, &file.lease).evidence == meter.evidence);
    let proven = proven.and_then(|it| it.usage(&file.lease)).map(|usage| usage.evidence);
    let usage = Usage {
        window_end: meter.window_end,
        gpu_seconds: meter.latest.units,
        energy_wh: meter.energy_wh,
        evidence: proven.unwrap_or(meter.evidence),
    };
    comparisons.extend(figures(with, &replay, &usage));
}
