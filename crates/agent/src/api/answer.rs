//! Answers about one life of a lease.

use std::collections::BTreeMap;

use gpu_lease_client::outlook::phase_name;
use gpu_lease_client::state::Moment;
use gpu_lease_gateway::Role;
use gpu_lease_runtime::Life;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::draft;
use super::launch::{grow, launch, launched};
use super::protocol::{Evidence, Probed, Problem, Request, Response, State, Statement, value};
use crate::machine::{Known, Machine};
use crate::plan::OnChain;

/// Rows of a record in one answer.
const ROWS: usize = 1_000;

/// No parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Where in the record to begin.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    #[serde(default)]
    first: u32,
}

/// What the renter has signed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grow {
    transaction: String,
}

/// The answer to a line that somebody says who may know of `life`, and of nothing else; none if it asks for none.
pub async fn answer(machine: &Machine, life: &Life, role: Role, line: &[u8]) -> Option<Response> {
    let request = match Request::read(line) {
        Ok(request) => request,
        Err(problem) => return Some(Response::new(Value::Null, Err(problem))),
    };
    let id = request.id.clone()?;
    Some(Response::new(id, result(machine, life, role, request).await))
}

async fn result(machine: &Machine, life: &Life, role: Role, request: Request) -> Result<Value, Problem> {
    let known = || machine.known(life).ok_or(Problem::Unknown);
    match request.method.as_str() {
        "state" => {
            let Nothing {} = parameters(request.params)?;
            Ok(value(&state(known()?)))
        }
        "probe" => {
            let Nothing {} = parameters(request.params)?;
            let probed = machine.probe(&known()?).await.map_err(Problem::NotAlive)?;
            Ok(value(&Probed::from(probed)))
        }
        "statement" => {
            let Nothing {} = parameters(request.params)?;
            Ok(value(&statement(&known()?)))
        }
        "evidence" => {
            let From { first } = parameters(request.params)?;
            Ok(value(&evidence(machine, life, first)?))
        }
        "draft" => {
            let Nothing {} = parameters(request.params)?;
            let draft = draft::draft(machine, &known()?)?;
            machine.notebook().drafted(life);
            Ok(value(&draft))
        }
        "coSign" => {
            let co_signature = parameters(request.params)?;
            draft::co_sign(machine, &known()?, co_signature)?;
            Ok(Value::Null)
        }
        "grow" | "launch" if role == Role::Verifier => Err(Problem::NotForVerifiers),
        "grow" => {
            let Grow { transaction } = parameters(request.params)?;
            Ok(json!({ "gpus": grow(machine, life, &transaction)? }))
        }
        "launch" => Ok(value(&launch(machine, life, parameters(request.params)?)?)),
        _ => Err(Problem::NoSuchMethod),
    }
}

fn parameters<T: DeserializeOwned>(given: Option<Value>) -> Result<T, Problem> {
    match given.unwrap_or_else(|| json!({})) {
        // Serde would take a list by position.
        named @ Value::Object(_) => serde_json::from_value(named).map_err(|_| Problem::OtherParameters),
        _ => Err(Problem::OtherParameters),
    }
}

fn state(known: Known) -> State {
    let (statement, launched) = (statement(&known), launched(&known));
    let lease = known.chain.as_ref().and_then(OnChain::lease);
    let phase = match (&known.chain, known.now) {
        (Some(OnChain::Gone), _) => Some("closed"),
        (Some(OnChain::There(lease)), Some(now)) => Some(phase_name(lease.phase(Moment::by_clock(now)))),
        (Some(OnChain::There(_)), None) | (None, _) => None,
    };
    let (mut delivered, mut missed, mut by_tenant) = (0, BTreeMap::new(), BTreeMap::new());
    if let Some(record) = &known.record {
        (by_tenant, missed) = record.by_cause().iter().partition(|(cause, _)| cause.is_tenants());
        delivered = record.plain() + by_tenant.values().sum::<u64>();
    }
    State {
        lease: known.entry.life.lease,
        opened_slot: known.entry.life.opened_slot,
        phase,
        cards: known.entry.cards,
        access: known.door.map(|door| door.access),
        is_tested: known.entry.is_tested,
        started_at: known.record.as_ref().map(|record| record.start()),
        ends_at: lease.filter(|lease| lease.started_at > 0).map(|lease| lease.ends_at),
        keep_until: known.entry.keep_until,
        launch: launched,
        maintenance: known.maintenance,
        measured_until: known.record.as_ref().map(|record| record.until()),
        units: known.record.as_ref().map_or(0, |record| record.units(i64::MAX)),
        energy_wh: known.record.as_ref().map_or(0, |record| record.energy_wh(i64::MAX)),
        delivered,
        by_tenant,
        missed,
        statement,
    }
}

/// The newest statement: signed, if it was this agent that let it be signed, or what the chain shows of it.
fn statement(known: &Known) -> Option<Statement> {
    let signed = known.stated.as_ref().and_then(|signed| {
        let usage = signed.usage(&known.entry.life.lease.parse().ok()?)?;
        Some(Statement {
            window_end: usage.window_end,
            units: usage.gpu_seconds,
            energy_wh: usage.energy_wh,
            evidence: usage.evidence,
            signed: Some(signed.clone()),
        })
    });
    let lease = known.chain.as_ref().and_then(OnChain::lease);
    let landed = lease.filter(|lease| lease.meter.window_end > lease.started_at).map(|lease| Statement {
        window_end: lease.meter.window_end,
        units: lease.meter.latest.units,
        energy_wh: lease.meter.energy_wh,
        evidence: lease.meter.evidence,
        signed: None,
    });
    // Of two that say the same, the signed one.
    [landed, signed].into_iter().flatten().max_by_key(|statement| statement.window_end)
}

fn evidence(machine: &Machine, life: &Life, first: u32) -> Result<Evidence, Problem> {
    let known = machine.known(life).ok_or(Problem::Unknown)?;
    let record = known.record.ok_or(Problem::NotStarted)?;
    // One more shows whether there is one.
    let rows = machine.notebook().rows(life, first, ROWS + 1);
    let mut rows = rows.map_err(|error| {
        tracing::warn!(lease = life.lease, %error, "a record cannot be read");
        Problem::Unreadable
    })?;
    let next = (rows.len() > ROWS).then(|| first.saturating_add(u32::try_from(ROWS).unwrap_or(u32::MAX)));
    rows.truncate(ROWS);
    Ok(Evidence { start: record.start(), until: record.until(), rows, next })
}
