//! The API of a lease's machine, spoken through the system's `ssh`.

use crate::commands::lease::ssh;
use anyhow::{Context, Result, bail, ensure};
use gpu_lease_client::{ssh::SshAccess, text::harmless};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use solana_address::Address;
use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{ChildStdin, ChildStdout},
};

/// Bytes of the longest answer that is read: a thousand rows of a record have a tenth of it.
const LONGEST_ANSWER: u64 = 1 << 20;

/// Talks with the machine of a lease.
pub async fn talk<T: Send + 'static>(
    lease: &Address,
    access: &SshAccess,
    identity: Option<&Path>,
    about: impl FnOnce(&mut Api) -> Result<T> + Send + 'static,
) -> Result<T> {
    let talk = |to, from| about(&mut Api { to, from: BufReader::new(from), id: 0 });
    ssh::with_api(lease, access, identity, talk).await
}

/// The machine's API. What it says is a stranger's.
pub struct Api {
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    id: u64,
}

#[derive(Deserialize)]
struct Answer {
    id: Option<u64>,
    result: Option<Value>,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    message: String,
}

impl Api {
    /// The answer to a question.
    pub fn ask<T: DeserializeOwned>(&mut self, method: &str, params: Value) -> Result<T> {
        self.id += 1;
        let question = json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params });
        let unreachable = "the machine does not answer; see whether `gpu-lease lease ssh` gets in";
        self.to.write_all(format!("{question}\n").as_bytes()).context(unreachable)?;
        let mut line = String::new();
        self.from.by_ref().take(LONGEST_ANSWER).read_line(&mut line).context(unreachable)?;
        ensure!(!line.is_empty(), unreachable);
        let not_understood =
            "the machine's answer is not understood; are its agent and this client of one version?";
        let answer: Answer = serde_json::from_str(&line).context(not_understood)?;
        ensure!(answer.id == Some(self.id), not_understood);
        match (answer.result, answer.error) {
            (Some(result), _) => serde_json::from_value(result).context(not_understood),
            (None, Some(problem)) => bail!("the machine says: {}", harmless(&problem.message)),
            (None, None) => bail!(not_understood),
        }
    }
}
