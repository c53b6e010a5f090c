//! What is asked and answered.

use std::collections::BTreeMap;

use gpu_lease_client::evidence::SignedStatement;
use gpu_lease_client::json::{self, Wide};
use gpu_lease_gateway::Access;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::machine::{self, Model};
use crate::maintenance::Maintenance;
use crate::meter::{Cause, Row};
use crate::plan::NotLaunched;

/// The only version of JSON-RPC that is spoken.
const VERSION: &str = "2.0";

/// A question.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    jsonrpc: String,
    /// Comes back with the answer. What has none is not answered.
    pub id: Option<Value>,
    pub method: String,
    pub params: Option<Value>,
}

impl Request {
    /// Reads a line.
    pub fn read(line: &[u8]) -> Result<Self, Problem> {
        let value: Value = serde_json::from_slice(line).map_err(|_| Problem::NotJson)?;
        let request: Self = serde_json::from_value(value).map_err(|_| Problem::NotARequest)?;
        let is_id = matches!(request.id, None | Some(Value::Null | Value::Number(_) | Value::String(_)));
        if request.jsonrpc == VERSION && is_id { Ok(request) } else { Err(Problem::NotARequest) }
    }
}

/// An answer.
#[derive(Debug, Serialize)]
pub struct Response {
    jsonrpc: &'static str,
    id: Value,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Outcome {
    Result(Value),
    Error { code: i32, message: String },
}

impl Response {
    /// The answer to the question with this `id`.
    pub fn new(id: Value, result: Result<Value, Problem>) -> Self {
        let outcome = match result {
            Ok(value) => Outcome::Result(value),
            Err(problem) => Outcome::Error { code: problem.code(), message: problem.to_string() },
        };
        Self { jsonrpc: VERSION, id, outcome }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not JSON.
    #[error("this is not JSON: send one object a line")]
    NotJson,
    /// JSON, but no question.
    #[error("this is not a request of JSON-RPC 2.0, or is too long")]
    NotARequest,
    /// Another method.
    #[error(
        "this agent knows the methods `state`, `probe`, `statement`, `evidence`, `draft`, `coSign`, `launch` and `grow`"
    )]
    NoSuchMethod,
    /// Other parameters.
    #[error("the method takes other parameters")]
    OtherParameters,
    /// Its machine has forgotten it, or never took it on.
    #[error("this machine does not have this lease, or has no more of it")]
    Unknown,
    /// There is nothing to tell of yet.
    #[error("the lease has not started")]
    NotStarted,
    /// Its disk fails.
    #[error("the record cannot be read now: ask again later")]
    Unreadable,
    /// It is too late for that.
    #[error("the lease has started, or is about to: what it begins with is fixed")]
    Started,
    /// It may not be launched.
    #[error("{0}")]
    NotLaunched(NotLaunched),
    /// It does not grow.
    #[error("{0}")]
    NotGrown(String),
    /// The machine could not write it down.
    #[error("the machine could not do it: try again in a minute")]
    Failed,
    /// Others are served.
    #[error("this lease has as many open connections to the API as it may: close one")]
    Busy,
    /// A verifier looks and signs.
    #[error("a verifier's key may not do that")]
    NotForVerifiers,
    /// The container.
    #[error("the lease's container does not answer: {0}")]
    NotAlive(String),
    /// Nothing is stated any more, or not now.
    #[error("nothing can be stated of this lease as the machine's node shows it")]
    NotStated,
    /// Other figures.
    #[error("these are not the figures of a draft up to that moment")]
    NotDrafted,
    /// An older one.
    #[error("a newer statement was co-signed, or has landed")]
    Older,
    /// Another's key.
    #[error("this is neither the lease's renter nor its session key or verifier")]
    OtherKey,
    /// Another message, or no signature at all.
    #[error("this is not a signature of that key over the message with these figures")]
    OtherSignature,
    /// The disk.
    #[error("the machine could not write it down: send it again")]
    NotKept,
}

impl Problem {
    /// Its number: those below zero are JSON-RPC's.
    pub const fn code(&self) -> i32 {
        match self {
            Self::NotJson => -32_700,
            Self::NotARequest => -32_600,
            Self::NoSuchMethod => -32_601,
            Self::OtherParameters => -32_602,
            Self::Unknown => 1,
            Self::NotStarted => 2,
            Self::Busy => 3,
            Self::Unreadable => 4,
            Self::NotForVerifiers => 5,
            Self::NotStated => 10,
            Self::NotDrafted => 11,
            Self::Older => 12,
            Self::OtherKey => 13,
            Self::OtherSignature => 14,
            Self::NotKept => 15,
            Self::Failed => 9,
            Self::Started => 20,
            Self::NotLaunched(_) => 21,
            Self::NotGrown(_) => 22,
            Self::NotAlive(_) => 30,
        }
    }
}

/// What the machine knows of the lease.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Its address.
    pub lease: String,
    /// The slot in which it was opened.
    pub opened_slot: u64,
    /// As the machine's node shows it; `closed` when it is gone, nothing while the node does not tell.
    pub phase: Option<&'static str>,
    /// Its cards, by UUID.
    pub cards: Vec<String>,
    /// How far its user is let in.
    pub access: Option<Access>,
    /// Whether a login was tried and worked.
    pub is_tested: bool,
    /// When it started, unix seconds.
    pub started_at: Option<i64>,
    /// When it ends, as things are.
    pub ends_at: Option<i64>,
    /// Until when its files can be read, once it is over.
    pub keep_until: Option<i64>,
    /// What it begins with in place of what its offer says.
    pub launch: Option<Launched>,
    /// Work on the machine that its provider has announced.
    pub maintenance: Option<Maintenance>,
    /// Until when it is decided what was delivered.
    pub measured_until: Option<i64>,
    /// GPU-seconds delivered until then.
    pub units: u64,
    /// Watt-hours used until then.
    pub energy_wh: u64,
    /// Seconds that were delivered.
    pub delivered: u64,
    /// Those of them in which the tenant's own doing kept it from its cards, by cause.
    pub by_tenant: BTreeMap<Cause, u64>,
    /// Seconds that were not delivered, by cause.
    pub missed: BTreeMap<Cause, u64>,
    /// What was stated last.
    pub statement: Option<Statement>,
}

/// What a lease begins with in place of what its offer says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Launched {
    /// The image.
    pub image: String,
    /// Whether the user logs in with a key of its own.
    pub has_own_key: bool,
    /// Names of variables.
    pub env: Vec<String>,
    /// Why it was not made ready when that was last tried, while it has not started.
    pub failure: Option<String>,
}

/// What lives.
#[derive(Debug, Serialize)]
pub struct Probed {
    /// The container, by its helper.
    helper: Helper,
    /// The lease's cards.
    cards: Vec<Card>,
}

/// PID 1 of the container.
#[derive(Debug, Serialize)]
struct Helper {
    /// Its version.
    version: String,
    /// Seconds since it was started.
    uptime: u64,
}

/// A card.
#[derive(Debug, Serialize)]
struct Card {
    /// Its name for good.
    uuid: String,
    /// What its maker calls it, if it has told.
    model: Option<String>,
    /// Bytes, if it has told.
    memory: Option<u64>,
    /// Whether it answers.
    answers: bool,
}

impl From<machine::Probed> for Probed {
    fn from(machine::Probed { helper, cards }: machine::Probed) -> Self {
        let card = |machine::ProbedCard { uuid, model, answers }| {
            let (model, memory) = model.map(|Model { name, memory }| (name, memory)).unzip();
            Card { uuid, model, memory, answers }
        };
        let helper = Helper { version: helper.version, uptime: helper.uptime.as_secs() };
        Self { helper, cards: cards.into_iter().map(card).collect() }
    }
}

/// A statement that has landed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// Until when it counts, unix seconds.
    pub window_end: i64,
    /// GPU-seconds since the start.
    pub units: u64,
    /// Watt-hours since the start.
    pub energy_wh: u64,
    /// Hash of the record up to `window_end`.
    #[serde(serialize_with = "json::serialized")]
    pub evidence: [u8; 32],
    /// The signed bytes, in the form in which they are handed on; nothing if this machine no longer has them.
    pub signed: Option<SignedStatement>,
}

/// A part of the record.
#[derive(Debug, Serialize)]
pub struct Evidence {
    /// When the lease was started, unix seconds: the chain of hashes begins with it.
    pub start: i64,
    /// Until when the record goes.
    pub until: i64,
    /// The rows from the one that was asked for on.
    pub rows: Vec<Row>,
    /// The number of the row to ask for next, if there are more.
    pub next: Option<u32>,
}

/// As the documented JSON has it.
pub(super) fn value(of: &impl Serialize) -> Value {
    json::of(of, Wide::Text)
}
