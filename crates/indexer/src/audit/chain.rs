//! What a node shows of token accounts.

use std::collections::HashMap;

use anyhow::{Context, Result};
use gpu_lease_client::address::{SPL_TOKEN, TOKEN_2022};
use solana_account::Account;
use solana_address::Address;
use solana_commitment_config::CommitmentLevel::Finalized;
use solana_transaction_status_client_types::EncodedConfirmedTransactionWithStatusMeta;

use super::verdict::Held;
use crate::ingest::Arrival;
use crate::node::{Listed, MOST_LISTED, Node, answer};
use crate::store::Booked;

/// Transactions of a token account that are looked through for what nobody booked.
const MOST: usize = 5 * MOST_LISTED;

/// What each of these holds, of which there are at most as many as a node is asked for at once.
pub async fn held(node: &Node, booked: &[Booked]) -> Result<Vec<Held>> {
    let addresses: Vec<Address> = booked.iter().map(|it| it.account).collect();
    let seen = node.accounts(&addresses).await?;
    let amount = |(booked, account): (&Booked, Option<Account>)| {
        account.and_then(|account| amount(&account, &booked.vault.mint)).unwrap_or(0)
    };
    Ok(booked.iter().zip(seen.value).map(|it| Held { amount: amount(it), slot: seen.slot }).collect())
}

/// What a token account of this mint holds; `None` if it is something else. Mint, owner and amount come first in the accounts of
/// both token programs.
fn amount(account: &Account, mint: &Address) -> Option<u64> {
    let is_of_mint =
        account.data.get(..32)? == mint.as_ref() && [SPL_TOKEN, TOKEN_2022].contains(&account.owner);
    let amount = account.data.get(64..72)?.try_into().ok()?;
    is_of_mint.then(|| u64::from_le_bytes(amount))
}

/// Transactions that brought a token account from what is booked to what it holds, the oldest first, as far as a node shows any:
/// those that changed it, from the newest back.
pub async fn arrivals(node: &Node, booked: &Booked, held: Held) -> Result<Vec<Arrival>> {
    let mut arrivals = Vec::new();
    let (mut rest, mut looked, mut before) = (held.amount, 0, None);
    while rest != booked.vault.balance && looked < MOST {
        let page =
            node.signatures(&booked.account, before.as_ref(), MOST_LISTED, held.slot, Finalized).await?;
        looked += page.listed.len();
        for listed in page.listed.iter().filter(|it| !it.is_failed && it.slot <= held.slot) {
            if rest == booked.vault.balance {
                break;
            }
            let Some(arrival) = transaction(node, *listed).await? else { continue };
            if let Some(token) = arrival.transaction.token(&booked.account)
                && token.before != token.after
            {
                rest = token.before;
                arrivals.push(arrival);
            }
        }
        if page.is_last {
            break;
        }
        before = page.last;
    }
    arrivals.reverse();
    Ok(arrivals)
}

/// A transaction, whatever it calls; `None` if it failed.
async fn transaction(node: &Node, listed: Listed) -> Result<Option<Arrival>> {
    let shown = node.transactions(&[listed], HashMap::new(), Finalized).await?;
    let raw = shown.into_iter().next().context("the node shows nothing of a transaction")?.raw;
    let found: EncodedConfirmedTransactionWithStatusMeta = serde_json::from_slice(&raw)?;
    let index = found.transaction_index.context("a transaction has a place in its block")?;
    let transaction = answer::read_any(listed.signature, index, found)?;
    Ok(transaction.map(|transaction| Arrival { transaction, raw }))
}
