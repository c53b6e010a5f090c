//! A node that shows a recorded chain over real HTTP, and lies as it is told.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream;
use gpu_lease_client::address::PROGRAM;
use gpu_lease_tests::GENESIS_HASH;
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::chain::{Chain, Landed};

/// What is wrong with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumIter)]
#[strum(serialize_all = "title_case")]
pub enum Fault {
    /// Nothing.
    Nothing,
    /// It lists transactions twice.
    Repeats,
    /// It lists them in another order.
    Reorders,
    /// It ignores where a page has to begin.
    IgnoresBefore,
    /// It leaves transactions out of every list.
    LeavesOut,
    /// It lists transactions that there are not, without an end.
    Invents,
    /// It says that transactions are in another block.
    MovesBlocks,
    /// It says of transactions that succeeded that they failed.
    SaysFailed,
    /// And the other way round.
    SaysSucceeded,
    /// It answers with another transaction.
    SwapsTransactions,
    /// It forgets transactions that it lists.
    ForgetsTransactions,
    /// It does not keep what programs called.
    WithoutCalls,
    /// It says that programs called nothing.
    EmptiesCalls,
    /// It does not keep logs.
    WithoutLogs,
    /// It does not keep token balances.
    WithoutBalances,
    /// It does not know the transactions' version.
    RefusesVersions,
    /// It loses blocks.
    LosesBlocks,
    /// It lists a block's transactions in another order.
    ReordersBlocks,
    /// It says that blocks were made later.
    WrongTimes,
    /// It says that the newest block was made later.
    TimesAhead,
    /// What it says is confirmed is undone again.
    Forks,
    /// Its slots go back.
    SlotsBack,
    /// Its slots are far ahead of it.
    SlotsAhead,
    /// It shows accounts otherwise than they are.
    WrongAccounts,
    /// It shows no accounts.
    WithoutAccounts,
    /// It has too much to do.
    Busy,
    /// It fails.
    Fails,
    /// It stops at any byte.
    CutsOff,
    /// It answers with nonsense.
    Garbles,
    /// It answers with too much.
    TooLong,
    /// It answers to another call.
    OtherCall,
}

/// A node, as long as it is there.
pub struct TestNode {
    pub url: String,
    state: Arc<Shown>,
    server: JoinHandle<()>,
}

/// What a node shows.
pub struct Shown {
    chain: &'static Chain,
    slots: Vec<u64>,
    /// How many blocks are finalized.
    finalized: AtomicUsize,
    /// How many more are finalized at each look.
    pace: AtomicUsize,
    fault: Fault,
    /// Answers that it may still lie in.
    lies: AtomicUsize,
    chance: Mutex<u64>,
    /// Whether it says which number in its block a transaction has.
    says_index: bool,
    /// It has forgotten what is before this slot.
    oldest: AtomicU64,
    calls: AtomicUsize,
}

/// Slots, and seconds, from the last transaction to the newest block.
pub const BLOCKS_LATER: i64 = 3;

/// Blocks that are confirmed and not finalized.
const CONFIRMED: usize = 8;

impl Drop for TestNode {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl TestNode {
    /// One that shows `chain` from block number `from` on, and has `fault` in `lies` answers.
    pub async fn start(chain: &'static Chain, from: usize, fault: Fault, lies: usize, seed: u64) -> Self {
        let state = Arc::new(Shown {
            chain,
            slots: chain.slots(),
            finalized: AtomicUsize::new(from.max(1)),
            pace: AtomicUsize::new(11),
            fault,
            lies: AtomicUsize::new(lies),
            chance: Mutex::new(seed),
            // Where it does, nobody asks for blocks.
            says_index: seed.is_multiple_of(2)
                && ![Fault::LosesBlocks, Fault::ReordersBlocks].contains(&fault),
            oldest: AtomicU64::new(0),
            calls: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/", post(serve)).with_state(state.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state, server }
    }

    /// Whether it shows all of the chain, and lies no longer.
    pub fn is_done(&self) -> bool {
        self.state.finalized.load(Relaxed) >= self.state.slots.len() && !self.state.is_lying()
    }

    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.state.calls.load(Relaxed)
    }

    /// It has forgotten what was before this slot.
    pub fn forget(&self, slot: u64) {
        self.state.oldest.store(slot, Relaxed);
    }

    /// It lies no longer.
    pub fn be_honest(&self) {
        self.state.lies.store(0, Relaxed);
    }

    /// Blocks that are finalized at each look from now on.
    pub fn set_pace(&self, pace: usize) {
        self.state.pace.store(pace, Relaxed);
    }
}

impl Shown {
    fn is_lying(&self) -> bool {
        self.fault != Fault::Nothing && self.lies.load(Relaxed) > 0
    }

    /// Whether it has `fault` in this answer.
    fn lies(&self, fault: Fault) -> bool {
        self.fault == fault && self.is_lying() && self.below(2) == 0 && self.use_up()
    }

    /// Uses up one of the answers that it may lie in, if there is one: others are answered at the same time.
    fn use_up(&self) -> bool {
        self.lies.fetch_update(Relaxed, Relaxed, |lies| lies.checked_sub(1)).is_ok()
    }

    /// Whether it has `fault` about this transaction, as long as it lies at all.
    fn lies_about(&self, fault: Fault, landed: &Landed) -> bool {
        let is_chosen = landed.signature.bytes().map(u32::from).sum::<u32>() % 5 == 0;
        self.fault == fault && self.is_lying() && is_chosen
    }

    fn below(&self, end: u64) -> u64 {
        let mut chance = self.chance.lock().unwrap();
        *chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*chance >> 33) % end.max(1)
    }

    fn slot(&self, commitment: &Value) -> u64 {
        let more = if commitment == "finalized" { 0 } else { CONFIRMED };
        let count = (self.finalized.load(Relaxed) + more).min(self.slots.len());
        let slot = self.slots[count - 1];
        // Blocks come without transactions, too.
        if count == self.slots.len() { slot + BLOCKS_LATER as u64 } else { slot }
    }

    /// Where a transaction is: what is not finalized may be somewhere else.
    fn slot_of(&self, landed: &Landed) -> u64 {
        let is_open = landed.slot > self.slot(&json!("finalized"));
        let moves =
            self.lies_about(Fault::MovesBlocks, landed) || is_open && self.lies_about(Fault::Forks, landed);
        if moves { landed.slot + 1 } else { landed.slot }
    }

    fn answer(&self, method: &str, params: &Value) -> Result<Value, (i64, &'static str)> {
        Ok(match method {
            "getGenesisHash" => json!(bs58::encode(GENESIS_HASH).into_string()),
            "getSlot" => {
                if params[0]["commitment"] == "finalized" {
                    self.finalized.fetch_add(self.pace.load(Relaxed), Relaxed);
                    let all = self.slots.len();
                    self.finalized.fetch_min(all, Relaxed);
                    self.use_up();
                }
                let slot = self.slot(&params[0]["commitment"]);
                match () {
                    () if self.lies(Fault::SlotsBack) => json!(slot.saturating_sub(500)),
                    () if self.lies(Fault::SlotsAhead) => json!(slot + 5_000),
                    () => json!(slot),
                }
            }
            "getBlockTime" => {
                let slot = params[0].as_u64().unwrap();
                let lie = if self.fault == Fault::TimesAhead && self.is_lying() { 100_000 } else { 0 };
                let last = self.chain.times.range(..=slot).next_back();
                json!(last.map(|(last, time)| time + (slot - last) as i64 + lie))
            }
            "getFirstAvailableBlock" => json!(self.oldest.load(Relaxed)),
            "getSignaturesForAddress" => return self.signatures(params),
            "getTransaction" => return self.transaction(params),
            "getBlock" => return self.block(params),
            "getMultipleAccounts" => return self.accounts(params),
            "getProgramAccounts" => {
                let slot = self.slot(&json!("finalized"));
                let of_program = self.chain.of_program(slot);
                let shown = of_program.keys().map(
                    |address| json!({ "pubkey": address.to_string(), "account": { "data": ["", "base64"] } }),
                );
                json!({ "context": { "slot": slot }, "value": shown.collect::<Vec<_>>() })
            }
            _ => return Err((-32601, "Method not found")),
        })
    }

    fn signatures(&self, params: &Value) -> Result<Value, (i64, &'static str)> {
        let account: Address = params[0].as_str().unwrap().parse().unwrap();
        let config = &params[1];
        let slot = self.slot(&config["commitment"]);
        if config["minContextSlot"].as_u64().is_some_and(|least| least > slot) {
            return Err((-32016, "Minimum context slot has not been reached"));
        }
        let limit = config["limit"].as_u64().unwrap_or(1_000) as usize;
        let oldest = self.oldest.load(Relaxed);
        let mut named: Vec<&Landed> = self
            .chain
            .landed
            .iter()
            .filter(|it| it.keys.contains(&account) && it.slot <= slot && it.slot >= oldest)
            .filter(|it| !self.lies_about(Fault::LeavesOut, it))
            .collect();
        named.sort_by_key(|it| std::cmp::Reverse((self.slot_of(it), it.index)));
        let before = config["before"].as_str().filter(|_| !self.lies(Fault::IgnoresBefore));
        let start = match before {
            Some(before) => {
                named.iter().position(|it| it.signature == before).map_or(named.len(), |at| at + 1)
            }
            None => 0,
        };
        let finalized = self.slot(&json!("finalized"));
        let page = named.into_iter().skip(start).take(limit).map(|it| {
            let slot = self.slot_of(it);
            let is_failed = it.is_failed || self.lies_about(Fault::SaysFailed, it);
            let is_failed = is_failed && !self.lies_about(Fault::SaysSucceeded, it);
            json!({
                "signature": it.signature,
                "slot": slot,
                "err": is_failed.then(|| json!({ "InstructionError": [0, { "Custom": 6000 }] })),
                "memo": null,
                // Off by some seconds, as nodes are.
                "blockTime": self.chain.times[&it.slot] + 7,
                "confirmationStatus": if it.slot <= finalized { "finalized" } else { "confirmed" },
            })
        });
        let mut page: Vec<Value> = page.collect();
        if self.lies(Fault::Repeats) {
            page = page.iter().flat_map(|it| [it.clone(), it.clone()]).take(limit).collect();
        }
        if self.lies(Fault::Reorders) {
            page.reverse();
        }
        if self.lies(Fault::Invents) {
            let least = page.last().and_then(|it| it["slot"].as_u64()).unwrap_or(slot);
            page = (0..limit)
                .map(|_| {
                    let signature: Vec<u8> = (0..64).map(|_| self.below(256) as u8).collect();
                    let signature = bs58::encode(signature).into_string();
                    json!({ "signature": signature, "slot": least, "err": null })
                })
                .collect();
        }
        Ok(json!(page))
    }

    fn landed(&self, signature: &str) -> Option<&'static Landed> {
        self.chain.landed.iter().find(|it| it.signature == signature)
    }

    fn transaction(&self, params: &Value) -> Result<Value, (i64, &'static str)> {
        let Some(mut landed) = self.landed(params[0].as_str().unwrap()) else { return Ok(Value::Null) };
        let slot = self.slot(&params[1]["commitment"]);
        let is_forgotten = landed.slot > slot || landed.slot < self.oldest.load(Relaxed);
        if is_forgotten || self.lies(Fault::ForgetsTransactions) {
            return Ok(Value::Null);
        }
        if self.lies(Fault::RefusesVersions) {
            return Err((-32015, "Transaction version (1) is not supported by the requesting client"));
        }
        if self.lies(Fault::SwapsTransactions) {
            landed = &self.chain.landed[self.below(self.chain.landed.len() as u64) as usize];
        }
        let mut said = landed.said.clone();
        said["slot"] = json!(self.slot_of(landed));
        if self.says_index {
            said["transactionIndex"] = json!(landed.index);
        }
        if self.fault == Fault::WrongTimes && self.is_lying() {
            said["blockTime"] = json!(self.chain.times[&landed.slot] + 100_000);
        }
        for (fault, field, value) in [
            (Fault::WithoutCalls, "innerInstructions", Value::Null),
            (Fault::EmptiesCalls, "innerInstructions", json!([])),
            (Fault::WithoutLogs, "logMessages", Value::Null),
            (Fault::WithoutBalances, "postTokenBalances", Value::Null),
        ] {
            if self.lies(fault) {
                said["meta"][field] = value;
            }
        }
        Ok(said)
    }

    fn block(&self, params: &Value) -> Result<Value, (i64, &'static str)> {
        let slot = params[0].as_u64().unwrap();
        let of_block = self.chain.landed.iter().filter(|it| self.slot_of(it) == slot);
        let mut of_block: Vec<&Landed> = of_block.collect();
        of_block.sort_by_key(|it| (it.slot, it.index));
        if of_block.is_empty() {
            return Err((-32007, "Slot was skipped, or missing due to ledger jump to recent snapshot"));
        }
        if slot < self.oldest.load(Relaxed) {
            return Err((-32001, "Block cleaned up, does not exist on node"));
        }
        if self.lies(Fault::LosesBlocks) {
            return Err((-32009, "Slot was skipped, or missing in long-term storage"));
        }
        if self.lies(Fault::ReordersBlocks) {
            of_block.reverse();
        }
        let mut time = self.chain.times[&of_block[0].slot];
        if self.fault == Fault::WrongTimes && self.is_lying() {
            time += 100_000;
        }
        let signatures: Vec<&str> = of_block.iter().map(|it| it.signature.as_str()).collect();
        Ok(json!({
            "previousBlockhash": "11111111111111111111111111111111",
            "blockhash": "11111111111111111111111111111111",
            "parentSlot": slot - 1,
            "signatures": signatures,
            "blockTime": time,
            "blockHeight": slot,
        }))
    }

    fn accounts(&self, params: &Value) -> Result<Value, (i64, &'static str)> {
        if self.lies(Fault::WithoutAccounts) {
            return Err((-32601, "Method not found"));
        }
        let slot = self.slot(&json!("finalized"));
        let is_wrong = self.lies(Fault::WrongAccounts);
        let shown = params[0].as_array().unwrap().iter().map(|address| {
            let account: Option<&Account> =
                self.chain.account(&address.as_str().unwrap().parse().unwrap(), slot);
            let Some(account) = account.filter(|account| account.lamports > 0) else { return Value::Null };
            let mut data = account.data.clone();
            if is_wrong && account.owner == PROGRAM {
                *data.last_mut().unwrap() ^= 1;
            }
            json!({
                "data": [BASE64_STANDARD.encode(data), "base64"],
                "owner": account.owner.to_string(),
                "lamports": account.lamports,
                "executable": account.executable,
                "rentEpoch": 0,
                "space": account.data.len(),
            })
        });
        Ok(json!({ "context": { "slot": slot }, "value": shown.collect::<Vec<_>>() }))
    }
}

async fn serve(State(shown): State<Arc<Shown>>, Json(call): Json<Value>) -> Response {
    shown.calls.fetch_add(1, Relaxed);
    let method = call["method"].as_str().unwrap();
    let mut id = call["id"].clone();
    if shown.lies(Fault::Busy) {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    if shown.lies(Fault::Fails) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    if shown.lies(Fault::OtherCall) {
        id = json!(id.as_u64().unwrap() + 1);
    }
    let mut answer = json!({ "jsonrpc": "2.0", "id": id });
    match shown.answer(method, &call["params"]) {
        Ok(result) => answer["result"] = result,
        Err((code, message)) => answer["error"] = json!({ "code": code, "message": message }),
    }
    let mut text = answer.to_string();
    if shown.lies(Fault::Garbles) {
        let at = shown.below(text.len() as u64) as usize;
        text.replace_range(at.., "\u{1}…");
    }
    if shown.lies(Fault::TooLong) {
        text.push_str(&" ".repeat(70 * 1024 * 1024));
    }
    if shown.lies(Fault::CutsOff) {
        let some = Bytes::from(text).slice(..shown.below(40) as usize);
        let end = std::io::Error::other("the node is gone");
        return Body::from_stream(stream::iter([Ok(some), Err(end)])).into_response();
    }
    ([("content-type", "application/json")], text).into_response()
}
