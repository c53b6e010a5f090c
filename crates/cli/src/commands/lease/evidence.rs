//! `gpu-lease lease evidence`: what the machine has measured, from its own API.

use super::{access::OpenWith, ssh};
use crate::{
    agent_api::{self, Api},
    commands::attest::evidence as file,
    config,
    context::Context,
    output,
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use gpu_lease_client::evidence::{EvidenceFile, LONGEST_FILE, Row, SignedStatement};
use serde::Deserialize;
use serde_json::json;
use solana_address::Address;
use std::{fs, path::PathBuf};

#[derive(Debug, Args)]
pub struct Evidence {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    #[command(flatten)]
    with: OpenWith,
    /// Your own private key, where the machine lets that one in
    #[arg(short, long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Also write it to a file, for an arbiter
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Fetches the record and what was stated about it, and checks both.
pub async fn run(evidence: &Evidence, context: &Context) -> Result<()> {
    let Evidence { lease, with, identity, out } = evidence;
    let (lease, access) = ssh::ssh_access(lease, with, context).await?;
    let spinner = output::spinner("Asking the machine");
    let fetched = agent_api::talk(&lease, &access, identity.as_deref(), move |api| fetch(lease, api)).await;
    spinner.finish_and_clear();
    let fetched = fetched?;
    if let Some(path) = out {
        fs::write(path, fetched.text()).with_context(|| format!("{} cannot be written", path.display()))?;
        output::note(format!("The record and what was signed about it are in {}.", path.display()));
    }
    let on_chain = file::on_chain(&fetched, context).await?;
    file::report(&fetched, on_chain.as_ref(), context)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    opened_slot: String,
    statement: Option<Statement>,
}

#[derive(Deserialize)]
struct Statement {
    signed: Option<SignedStatement>,
}

#[derive(Deserialize)]
struct Part {
    start: String,
    rows: Vec<Row>,
    next: Option<u32>,
}

/// All that the machine has of the record. The statement comes first: what it is about does not change any more.
fn fetch(lease: Address, api: &mut Api) -> Result<EvidenceFile> {
    let state: State = api.ask("state", json!({}))?;
    let mut rows = Vec::new();
    let mut first = 0;
    loop {
        let part: Part = api.ask("evidence", json!({ "first": first }))?;
        rows.extend(part.rows);
        ensure!(
            rows.len() < LONGEST_FILE / 64,
            "the machine's record has no end; it is longer than any lease"
        );
        match part.next {
            Some(next) => {
                ensure!(next > first, "the machine's record does not go on");
                first = next;
            }
            None => {
                let number = "the machine's answer has something else where a number is";
                let (opened_slot, start) = (state.opened_slot.parse(), part.start.parse());
                let (opened_slot, start) = (opened_slot.context(number)?, start.context(number)?);
                let statement = state.statement.and_then(|statement| statement.signed);
                return Ok(EvidenceFile::new(lease, opened_slot, start, rows, statement));
            }
        }
    }
}
