//! Whether an indexer remembers of leases what the chain's books say.

use crate::{Book, Flow, Indexer, Ledger, Localnet, http};
use anyhow::{Context, Result, ensure};
use axum::http::StatusCode;
use serde_json::Value;
use solana_signer::Signer;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How long the indexer may take until what has happened is finalized and in its record.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(200);

/// Bytes of an answer.
const MOST: usize = 4 << 20;

impl Localnet {
    /// Requires that the receipts of leases that are over have what their ledgers have, column by column.
    pub async fn require_remembered<'a>(
        &self,
        indexer: &Indexer,
        leases: impl Iterator<Item = (&'a str, &'a Ledger)>,
    ) -> Result<()> {
        let slot = self.client.clock().await?.slot;
        let since = Instant::now();
        while number(&ask(indexer, "progress").await?["finalized_slot"])? < i128::from(slot) {
            ensure!(since.elapsed() < PATIENCE, "the indexer's record is not at slot {slot}");
            sleep(LOOK).await;
        }
        for (lease, ledger) in leases {
            let told = self.receipt(indexer, lease).await;
            let told = told.with_context(|| format!("the indexer has no receipt of the lease {lease}"))?;
            let chain = in_all(&ledger.tokens);
            ensure!(
                told == chain,
                "of the lease {lease} the indexer remembers {told:?}, the chain says {chain:?}"
            );
        }
        Ok(())
    }

    /// What a lease's receipt has in each column, base units.
    async fn receipt(&self, indexer: &Indexer, lease: &str) -> Result<BTreeMap<Flow, i128>> {
        let lives = ask(indexer, &format!("leases/{lease}")).await?;
        let life =
            lives["items"].as_array().and_then(|lives| lives.first()).context("it does not know it")?;
        ensure!(life["state"] == "closed", "it takes it for {}", life["state"]);
        let opened_slot = life["opened_slot"].as_str().context("a life has a slot")?;
        let renter = self.wallets.renter.pubkey();
        let receipt = ask(indexer, &format!("leases/{lease}/{opened_slot}/receipt?wallet={renter}")).await?;
        let mut columns = BTreeMap::new();
        for line in receipt["lines"].as_array().context("a receipt has lines")? {
            let purpose = line["purpose"].as_str().unwrap_or_default();
            let flow = flow(purpose).with_context(|| format!("a receipt has {purpose}"))?;
            *columns.entry(flow).or_default() += number(&line["amount"])?;
        }
        Ok(columns)
    }
}

/// The column that an indexer's purpose is counted in.
fn flow(purpose: &str) -> Option<Flow> {
    Some(match purpose {
        "deposit" | "top_up" => Flow::PaidIn,
        "stake" => Flow::Stake,
        "payout" => Flow::PaidOut,
        "fee" => Flow::Fee,
        "arbiter_fee" => Flow::ArbiterFee,
        "bond" => Flow::Bond,
        "bond_return" => Flow::BondBack,
        "credit" => Flow::Credit,
        "refund" => Flow::Refund,
        _ => return None,
    })
}

/// What moved in each column.
fn in_all(book: &Book) -> BTreeMap<Flow, i128> {
    let moved = |flow: &Flow| book.rows.iter().map(|row| row.entry(*flow).max(0)).sum::<i128>();
    let columns = book.columns.iter().map(|flow| (*flow, moved(flow)));
    columns.filter(|(_, amount)| *amount > 0).collect()
}

async fn ask(indexer: &Indexer, path: &str) -> Result<Value> {
    let (status, body) = http::get(indexer.api(), &format!("/v1/{path}"), MOST).await?;
    ensure!(
        status == StatusCode::OK,
        "the indexer answers {status} to {path}: {}",
        String::from_utf8_lossy(&body)
    );
    serde_json::from_slice(&body).context("the indexer is not understood")
}

fn number(text: &Value) -> Result<i128> {
    text.as_str().and_then(|text| text.parse().ok()).with_context(|| format!("{text} is not a number"))
}
