//! The cluster, as nodes show it.
//!
//! A node is not trusted: each answer is checked for what it must be, and what it leaves out is asked of the archive, if there
//! is one.

pub mod answer;
mod listing;
mod rpc;
mod source;
mod wake;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use gpu_lease_client::address::PROGRAM;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;
use solana_commitment_config::CommitmentLevel;
use solana_signature::Signature;
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, UiConfirmedBlock, UiTransactionEncoding,
};

use answer::{Answer, Unfit};
pub use listing::{Listed, Page};
use rpc::Rpc;
pub use rpc::{CallError, Calls};
pub use source::Source;
pub use wake::{try_subscription, wake};

/// Transactions that a node lists at once.
pub const MOST_LISTED: usize = 1_000;

/// Accounts that are asked for at once.
pub const MOST_ACCOUNTS: usize = 100;

/// Transactions that are asked for at the same time.
const AT_ONCE: usize = 8;

/// The newest version of transactions that is read; those without a version are, too.
const NEWEST_VERSION: u8 = 1;

/// Bytes of an answer: of a number, a transaction, a page of signatures with what people wrote into memos, a hundred accounts.
const FEW: usize = 4 * 1024 * 1024;

/// Bytes of a block's signatures.
const SOME: usize = 16 * 1024 * 1024;

/// Bytes of the addresses of all accounts.
const MANY: usize = 64 * 1024 * 1024;

/// Why a node is of no use just now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It gives no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Its answer is of no use.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

/// A transaction that a node showed.
#[derive(Clone, Debug)]
pub struct Shown {
    /// As it was listed.
    pub listed: Listed,
    /// What was said of it, with its number in the block.
    pub raw: Vec<u8>,
    /// That, read.
    pub answer: Answer,
}

/// The nodes of a [`Source`].
pub struct Node {
    near: Rpc,
    archive: Option<Rpc>,
    calls: Arc<Calls>,
}

/// Accounts, as they were at a slot.
pub struct Seen<T> {
    /// The slot.
    pub slot: u64,
    /// What was seen.
    pub value: T,
}

#[derive(Deserialize)]
struct InContext<T> {
    context: Context,
    value: T,
}

#[derive(Deserialize)]
struct Context {
    slot: u64,
}

#[derive(Deserialize)]
struct ShownAccount {
    data: (String, String),
    owner: String,
    lamports: u64,
}

#[derive(Deserialize)]
struct ShownAddress {
    pubkey: String,
}

impl Node {
    /// Those of `source`.
    pub fn new(source: &Source) -> Result<Self> {
        let calls = Arc::new(Calls::default());
        let rpc = |url: &String| Rpc::new(url, source.calls, source.per, calls.clone());
        let archive = source.archive.as_ref().map(rpc).transpose()?;
        Ok(Self { near: rpc(&source.rpc)?, archive, calls })
    }

    /// Calls so far, and those of them that failed and were made again.
    pub fn calls(&self) -> (u64, u64) {
        (self.calls.made.load(Relaxed), self.calls.retried.load(Relaxed))
    }

    /// Which cluster it is: the hash of its genesis block.
    pub async fn genesis_hash(&self) -> Result<[u8; 32], Error> {
        let told: String = self.ask("getGenesisHash", json!([]), FEW).await?;
        let hash = bs58::decode(told).into_vec().ok().and_then(|bytes| bytes.try_into().ok());
        Ok(hash.ok_or(Unfit::Form("getGenesisHash"))?)
    }

    /// The newest slot.
    pub async fn slot(&self, commitment: CommitmentLevel) -> Result<u64, Error> {
        self.ask("getSlot", json!([{ "commitment": commitment }]), FEW).await
    }

    /// The time of a block; `None` if it is not kept.
    pub async fn block_time(&self, slot: u64) -> Result<Option<i64>, Error> {
        let told = self.old("getBlockTime", json!([slot]), FEW).await?;
        told.map(|told| form("getBlockTime", told)).transpose()
    }

    /// The oldest slot of which the node has a block.
    pub async fn oldest_slot(&self) -> Result<u64, Error> {
        self.ask("getFirstAvailableBlock", json!([]), FEW).await
    }

    /// At most `limit` transactions that name `account` and are listed behind `before`. The node must have seen the slot `seen`.
    pub async fn signatures(
        &self,
        account: &Address,
        before: Option<&Listed>,
        limit: usize,
        seen: u64,
        commitment: CommitmentLevel,
    ) -> Result<Page, Error> {
        let wanted: &[&str] = match commitment {
            CommitmentLevel::Finalized => &["finalized"],
            _ => &["confirmed", "finalized"],
        };
        let mut config = json!({ "limit": limit, "minContextSlot": seen, "commitment": commitment });
        if let Some(before) = before {
            config["before"] = before.signature.to_string().into();
        }
        let params = json!([account.to_string(), config]);
        let method = "getSignaturesForAddress";
        let told = self.near.call(method, params.clone(), FEW).await?;
        let page = listing::read(told, limit, before, wanted)?;
        match &self.archive {
            // There may be more that it does not keep.
            Some(archive) if page.is_last => {
                let told = archive.call(method, params, FEW).await?;
                Ok(listing::read(told, limit, before, wanted)?)
            }
            _ => Ok(page),
        }
    }

    /// Each of these transactions, in the order in which they ran. What is in `kept` is not asked for.
    pub async fn transactions(
        &self,
        listed: &[Listed],
        mut kept: HashMap<Signature, Vec<u8>>,
        commitment: CommitmentLevel,
    ) -> Result<Vec<Shown>, Error> {
        let known: Vec<_> = listed.iter().map(|it| (*it, kept.remove(&it.signature))).collect();
        let mut found: Vec<(Listed, Value)> = stream::iter(known)
            .map(|(listed, kept)| self.find(listed, kept, commitment).boxed())
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let without: HashSet<u64> = found
            .iter()
            .filter(|(_, found)| found["transactionIndex"].is_null())
            .map(|(listed, _)| listed.slot)
            .collect();
        let blocks: HashMap<u64, UiConfirmedBlock> = stream::iter(without)
            .map(|slot| self.block(slot, commitment).boxed())
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let mut shown = Vec::with_capacity(found.len());
        for (listed, value) in &mut found {
            shown.push(read(*listed, value, blocks.get(&listed.slot))?);
        }
        shown.sort_by_key(|(index, shown)| (shown.listed.slot, *index));
        Ok(shown.into_iter().map(|(_, shown)| shown).collect())
    }

    /// A transaction with what is said of it, and was kept of that.
    async fn find(
        &self,
        listed: Listed,
        kept: Option<Vec<u8>>,
        commitment: CommitmentLevel,
    ) -> Result<(Listed, Value), Error> {
        let kept = kept.and_then(|raw| serde_json::from_slice::<Value>(&raw).ok());
        let found = match kept.filter(|kept| kept["slot"] == listed.slot) {
            Some(kept) => kept,
            None => self.transaction(&listed.signature, commitment).await?,
        };
        Ok((listed, found))
    }

    /// What is said of a transaction.
    pub async fn transaction(
        &self,
        signature: &Signature,
        commitment: CommitmentLevel,
    ) -> Result<Value, Error> {
        let config = json!({
            "encoding": UiTransactionEncoding::Base64,
            "commitment": commitment,
            "maxSupportedTransactionVersion": NEWEST_VERSION,
        });
        let params = json!([signature.to_string(), config]);
        let found = self.old("getTransaction", params, FEW).await?;
        found.filter(|found| !found.is_null()).ok_or_else(|| Unfit::Absent(*signature).into())
    }

    /// The signatures of a block, in their order.
    async fn block(&self, slot: u64, commitment: CommitmentLevel) -> Result<(u64, UiConfirmedBlock), Error> {
        let config = json!({
            "transactionDetails": "signatures",
            "rewards": false,
            "commitment": commitment,
            "maxSupportedTransactionVersion": NEWEST_VERSION,
        });
        let found = self.old("getBlock", json!([slot, config]), SOME).await?;
        Ok((slot, form("getBlock", found.unwrap_or_default())?))
    }

    /// Asks what nodes forget; `None` if it is forgotten everywhere.
    async fn old(&self, method: &'static str, params: Value, most: usize) -> Result<Option<Value>, Error> {
        let nodes = [Some(&self.near), self.archive.as_ref()];
        for node in nodes.into_iter().flatten() {
            match node.call(method, params.clone(), most).await {
                Ok(found) if found.is_null() => {}
                Ok(found) => return Ok(Some(found)),
                Err(error) if error.is_gone() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Accounts, as far as they exist, as they are finalized. At most [`MOST_ACCOUNTS`].
    pub async fn accounts(&self, addresses: &[Address]) -> Result<Seen<Vec<Option<Account>>>, Error> {
        let names: Vec<String> = addresses.iter().map(Address::to_string).collect();
        let params = json!([names, { "encoding": "base64", "commitment": CommitmentLevel::Finalized }]);
        let method = "getMultipleAccounts";
        let found: InContext<Vec<Option<ShownAccount>>> = self.ask(method, params, FEW).await?;
        let read = |shown: Option<ShownAccount>| match shown {
            None => Some(None),
            Some(ShownAccount { data: (data, encoding), owner, lamports }) => {
                let data = BASE64_STANDARD.decode(data).ok().filter(|_| encoding == "base64")?;
                Some(Some(Account { lamports, data, owner: owner.parse().ok()?, ..Account::default() }))
            }
        };
        let value: Option<Vec<_>> = found.value.into_iter().map(read).collect();
        let value = value.filter(|value| value.len() == addresses.len()).ok_or(Unfit::Form(method))?;
        Ok(Seen { slot: found.context.slot, value })
    }

    /// The addresses of all accounts of the program, as they are finalized.
    pub async fn addresses(&self) -> Result<Seen<HashSet<Address>>, Error> {
        let config = json!({
            "encoding": "base64",
            "dataSlice": { "offset": 0, "length": 0 },
            "withContext": true,
            "commitment": CommitmentLevel::Finalized,
        });
        let method = "getProgramAccounts";
        let found: InContext<Vec<ShownAddress>> =
            self.ask(method, json!([PROGRAM.to_string(), config]), MANY).await?;
        let read = |shown: ShownAddress| shown.pubkey.parse().map_err(|_| Unfit::Form(method));
        Ok(Seen {
            slot: found.context.slot,
            value: found.value.into_iter().map(read).collect::<Result<_, _>>()?,
        })
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
        most: usize,
    ) -> Result<T, Error> {
        form(method, self.near.call(method, params, most).await?)
    }
}

fn form<T: DeserializeOwned>(method: &'static str, found: Value) -> Result<T, Error> {
    Ok(serde_json::from_value(found).map_err(|_| Unfit::Form(method))?)
}

/// Reads what is said of a transaction, and finds its number in the block.
fn read(listed: Listed, found: &mut Value, block: Option<&UiConfirmedBlock>) -> Result<(u32, Shown), Error> {
    let Listed { signature, slot, .. } = listed;
    let malformed = |reason| Unfit::Malformed { signature, reason };
    if let Some(block) = block {
        let text = signature.to_string();
        let place = block.signatures.iter().flatten().position(|it| *it == text);
        let index = place.and_then(|place| u32::try_from(place).ok());
        let index = index.ok_or(Unfit::Block { slot, signature })?;
        if block.block_time != found["blockTime"].as_i64() {
            return Err(malformed("its block is of another time").into());
        }
        if found["transactionIndex"].is_null()
            && let Some(fields) = found.as_object_mut()
        {
            fields.insert("transactionIndex".to_owned(), index.into());
        }
    }
    let raw = serde_json::to_vec(found).map_err(|_| Unfit::Form("getTransaction"))?;
    let found: EncodedConfirmedTransactionWithStatusMeta = form("getTransaction", found.take())?;
    if found.slot != slot {
        return Err(malformed("it is listed in another block").into());
    }
    let index = found.transaction_index.ok_or_else(|| malformed("nobody says where in its block it is"))?;
    let answer = answer::read(signature, index, found)?;
    if listed.is_failed != matches!(answer, Answer::Failed) {
        return Err(malformed("it is listed otherwise than it ended").into());
    }
    Ok((index, Shown { listed, raw, answer }))
}
