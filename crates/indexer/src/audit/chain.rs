//! What a node shows of token accounts.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_client::address::{SPL_TOKEN, TOKEN_2022};
use serde::Deserialize;
use serde_json::{Value, json};
use solana_address::Address;
use solana_signature::Signature;

use super::verdict::{Booked, Held};
use crate::node::Rpc;

/// Accounts that are asked for at once.
pub const AT_ONCE: usize = 100;

/// Signatures that are asked for at once.
const PAGE: usize = 1_000;

/// Transactions of a token account that are looked through for what nobody booked.
const MOST: usize = 5_000;

/// What a node says of the chain at a slot.
#[derive(Deserialize)]
struct At<T> {
    context: Slot,
    value: T,
}

#[derive(Deserialize)]
struct Slot {
    slot: u64,
}

#[derive(Deserialize)]
struct Shown {
    data: (String, String),
    owner: String,
}

/// A transaction that names a token account.
#[derive(Debug, Deserialize)]
pub struct Named {
    /// Its signature.
    pub signature: String,
    /// The slot of its block.
    pub slot: u64,
    err: Option<Value>,
}

impl Named {
    /// Its signature.
    pub fn signature(&self) -> Result<Signature> {
        self.signature.parse().context("the node lists something that is not a signature")
    }
}

/// What each of these, at most [`AT_ONCE`], holds at a finalized slot that is not before `since`.
pub async fn held(node: &Rpc, booked: &[Booked], since: u64) -> Result<Vec<Held>> {
    let addresses: Vec<_> = booked.iter().map(|it| it.account.to_string()).collect();
    // Mint, owner and amount are first in the accounts of both token programs.
    let config = json!({
        "commitment": "finalized",
        "encoding": "base64",
        "dataSlice": { "offset": 0, "length": 72 },
        "minContextSlot": since,
    });
    let answer = node.call("getMultipleAccounts", json!([addresses, config])).await?;
    let At { context: Slot { slot }, value }: At<Vec<Option<Shown>>> =
        serde_json::from_value(answer).context("the node's accounts are not understood")?;
    ensure!(value.len() == booked.len() && slot >= since, "the node answers with other accounts than were asked for");
    let amount = |(booked, shown): (&Booked, Option<Shown>)| {
        shown.and_then(|shown| amount(&shown, &booked.vault.mint)).unwrap_or(0)
    };
    Ok(booked.iter().zip(value).map(|it| Held { amount: amount(it), slot }).collect())
}

/// What a token account of this mint holds; `None` if it is something else.
fn amount(shown: &Shown, mint: &Address) -> Option<u64> {
    let owner: Address = shown.owner.parse().ok()?;
    let data = BASE64_STANDARD.decode(&shown.data.0).ok()?;
    let is_of_mint = data.get(..32)? == mint.as_ref() && [SPL_TOKEN, TOKEN_2022].contains(&owner);
    let amount = data.get(64..72)?.try_into().ok()?;
    is_of_mint.then(|| u64::from_le_bytes(amount))
}

/// The transactions that name a token account and succeeded, the newest first, at most so many as can be looked through.
pub async fn named(node: &Rpc, account: &Address) -> Result<Vec<Named>> {
    let mut named: Vec<Named> = Vec::new();
    while named.len() < MOST {
        let before = named.last().map(|last| last.signature.clone());
        let config = json!({ "commitment": "finalized", "limit": PAGE, "before": before });
        let answer = node.call("getSignaturesForAddress", json!([account.to_string(), config])).await?;
        let page: Vec<Named> = serde_json::from_value(answer).context("the node's signatures are not understood")?;
        let is_last = page.len() < PAGE;
        named.extend(page);
        if is_last {
            break;
        }
    }
    named.retain(|it| it.err.is_none());
    Ok(named)
}
