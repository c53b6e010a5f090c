//! Whether a node shows what an indexer says of money.

use super::answers::Receipt;
use crate::context::Context;
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use solana_address::Address;
use solana_rpc_client_api::request::RpcRequest;
use solana_signature::Signature;
use std::collections::BTreeMap;

/// Requires that each transaction moved, as the node shows it, what the receipts say that the wallet paid and got.
pub async fn receipts(wallet: &Address, receipts: &[Receipt], context: &Context) -> Result<()> {
    let mut changes: BTreeMap<(Signature, Address), i128> = BTreeMap::new();
    for line in receipts.iter().flat_map(|receipt| &receipt.lines).filter(|line| line.change != 0) {
        *changes.entry((line.landed.signature, line.mint)).or_default() += i128::from(line.change);
    }
    for ((signature, mint), told) in changes {
        let shown = shown(&signature, wallet, &mint, context).await?;
        ensure!(
            shown == told,
            "the indexer says that {wallet} gained {told} base units of {mint} in {signature}, the node says {shown}; \
             name another indexer"
        );
    }
    Ok(())
}

/// What a wallet gained of a mint in a transaction, base units, as the node shows it.
async fn shown(signature: &Signature, wallet: &Address, mint: &Address, context: &Context) -> Result<i128> {
    let config =
        json!({ "encoding": "base64", "commitment": "confirmed", "maxSupportedTransactionVersion": 1 });
    let rpc = context.client.rpc();
    let answer: Value = rpc
        .send(RpcRequest::GetTransaction, json!([signature.to_string(), config]))
        .await
        .with_context(|| format!("the node does not tell of {signature}"))?;
    let Some(meta) = answer.get("meta").filter(|meta| meta.is_object()) else {
        bail!("the node does not keep {signature}; ask one that keeps everything, with --url");
    };
    ensure!(meta["err"].is_null(), "the indexer tells of {signature}, which failed; name another indexer");
    Ok(total(&meta["postTokenBalances"], wallet, mint)? - total(&meta["preTokenBalances"], wallet, mint)?)
}

/// What a wallet holds of a mint in all of its token accounts that are listed.
fn total(balances: &Value, wallet: &Address, mint: &Address) -> Result<i128> {
    let balances = balances.as_array().context("the node does not keep token balances; ask another")?;
    let (wallet, mint) = (wallet.to_string(), mint.to_string());
    let its = balances.iter().filter(|it| it["owner"] == wallet.as_str() && it["mint"] == mint.as_str());
    let amount = |balance: &Value| -> Result<i128> {
        let text = balance["uiTokenAmount"]["amount"]
            .as_str()
            .context("the node shows a balance without an amount")?;
        Ok(i128::from(text.parse::<u64>()?))
    };
    its.map(amount).sum()
}
