//! The API of a machine's agent, on a connection that is kept. See docs/protocol/agent-api.md.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_client::account::Keyed;
use gpu_lease_client::attestation::{Attestation, Usage};
use gpu_lease_client::evidence::EvidenceFile;
use gpu_lease_client::state::Lease;
use gpu_lease_client::text::harmless;
use rand::Rng;
use serde::Deserialize;
use serde_json::{Value, json};
use solana_signer::Signer;

use super::answers::{self, Inventory, Page, State, Statement};
use super::connection::{Connection, within};
use super::failure::Failure;
use super::key::Key;
use super::reach::Reach;

/// How long an answer may take. The agent itself waits five seconds for a helper.
const ANSWER: Duration = Duration::from_secs(15);

/// Most bytes of an answer: a page of a record has 1,000 rows.
const LONGEST: usize = 256 << 10;

/// Bytes that may come back to one question, with all that SSH adds, and until the next one.
const ALLOWANCE: usize = LONGEST + (128 << 10);

/// Most rows of a record that are fetched: those of ten days in which each second differs from the one before.
const MOST_ROWS: usize = 864_000;

/// Questions are numbered by chance, so that nobody answers one that was not asked. JSON's numbers are exact up to here.
const NUMBERS: u64 = 1 << 53;

/// An agent, as a guard speaks to it.
pub struct Api {
    reach: Reach,
    key: Key,
    connection: Option<Connection>,
}

#[derive(Deserialize)]
struct Response {
    jsonrpc: String,
    id: Value,
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
}

/// A result of `null` is one, too.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Api {
    /// The agent of the machine there. Nothing is said to it yet.
    pub fn new(reach: Reach, key: Key) -> Self {
        Self { reach, key, connection: None }
    }

    /// Where it is.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Asks something. A connection that was kept and has been closed meanwhile is opened again, once: agents are restarted.
    pub async fn ask(&mut self, method: &str, params: Value) -> Result<Value, Failure> {
        if let Some(kept) = self.connection.take() {
            match self.ask_on(kept, method, &params).await {
                Err(Failure::Cut(_)) => {}
                answered => return answered,
            }
        }
        let new = Connection::open(&self.reach, &self.key, "gpu-lease").await?;
        self.ask_on(new, method, &params).await
    }

    /// Asks something on a connection, which is kept if there was an answer.
    async fn ask_on(
        &mut self,
        mut connection: Connection,
        method: &str,
        params: &Value,
    ) -> Result<Value, Failure> {
        let id = rand::thread_rng().gen_range(0..NUMBERS);
        let question = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let line = within(ANSWER, "an answer", async {
            connection.send(format!("{question}\n").into_bytes(), ALLOWANCE).await?;
            connection.read_until(b'\n', LONGEST).await
        });
        let line = line.await?;
        let not_understood = |what: &str| Failure::NotUnderstood(what.to_owned());
        if !connection.is_quiet() {
            return Err(not_understood("there is something after its answer"));
        }
        let response: Response = serde_json::from_slice(&line)
            .map_err(|_| not_understood("its answer is not one of JSON-RPC 2.0"))?;
        match response {
            Response { error: Some(Refusal { code, message }), result: None, id: shown, .. }
                if shown == id || shown.is_null() =>
            {
                // Who is refused without a number is hung up on.
                self.connection = (!shown.is_null()).then_some(connection);
                let message = harmless(&message).chars().take(LONGEST_MESSAGE).collect();
                Err(Failure::Refused { code, message })
            }
            Response { jsonrpc, id: shown, result: Some(result), error: None }
                if jsonrpc == "2.0" && shown == id =>
            {
                self.connection = Some(connection);
                Ok(result)
            }
            _ => Err(not_understood("it answers something else than what was asked")),
        }
    }

    /// Asks for a sign of life of the lease's container, and of its cards.
    pub async fn probe(&mut self) -> Result<Inventory, Failure> {
        Inventory::read(self.ask("probe", json!({})).await?)
    }

    /// What the machine knows of the lease.
    pub async fn state(&mut self) -> Result<State, Failure> {
        answers::read(self.ask("state", json!({})).await?)
    }

    /// What the machine would state of `lease` now, if anything. These are figures: whoever signs them makes the message
    /// itself.
    pub async fn draft(&mut self, lease: &Keyed<Lease>) -> Result<Option<Usage>, Failure> {
        answers::draft(self.ask("draft", json!({})).await?, lease)
    }

    /// Signs figures of a draft, and hands the signature to the machine. Whoever calls this has written down before what is
    /// signed.
    pub async fn co_sign(
        &mut self,
        lease: &Keyed<Lease>,
        usage: &Usage,
        signer: &(dyn Signer + Sync),
    ) -> Result<(), Failure> {
        let message = Attestation::new(lease.address, lease, usage);
        let unsigned = |error: solana_signer::SignerError| Failure::Key(error.to_string());
        let key = signer.try_pubkey().map_err(unsigned)?;
        let signature = signer.try_sign_message(message.as_bytes()).map_err(unsigned)?;
        let sent = json!({
            "windowEnd": usage.window_end.to_string(),
            "units": usage.gpu_seconds.to_string(),
            "energyWh": usage.energy_wh.to_string(),
            "evidence": hex::encode(usage.evidence),
            "signature": BASE64_STANDARD.encode(signature.as_ref()),
            "key": key.to_string(),
        });
        self.ask("coSign", sent).await.map(drop)
    }

    /// The provider's record, with what it signed about it last.
    pub async fn evidence(&mut self, opened_slot: u64) -> Result<EvidenceFile, Failure> {
        let statement: Option<Statement> = answers::read(self.ask("statement", json!({})).await?)?;
        let (mut rows, mut first) = (Vec::new(), 0);
        loop {
            let page: Page = answers::read(self.ask("evidence", json!({ "first": first })).await?)?;
            let is_empty = page.rows.is_empty();
            rows.extend(page.rows);
            match page.next {
                None => {
                    let (lease, signed) = (self.reach.lease, statement.and_then(|it| it.signed));
                    return Ok(EvidenceFile::new(lease, opened_slot, page.start, rows, signed));
                }
                Some(next) if !is_empty && next as usize == rows.len() && rows.len() < MOST_ROWS => {
                    first = next
                }
                Some(_) => return Err(Failure::NotUnderstood("its record does not end".to_owned())),
            }
        }
    }
}

/// Most characters of what an agent says.
const LONGEST_MESSAGE: usize = 500;
