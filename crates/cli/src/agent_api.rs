//! The API of a lease's machine, spoken through the system's `ssh`. What it says is a stranger's.

use crate::ssh_files::{self, SshFiles};
use anyhow::{Context, Result, bail, ensure};
use gpu_lease_client::{
    ssh::{SshAccess, alias},
    text::harmless,
};
use serde::Deserialize;
use serde_json::{Value, json};
use solana_address::Address;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// The subsystem by which a machine's agent is reached.
const SUBSYSTEM: &str = "gpu-lease";

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Value,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    message: String,
}

/// What the machine answers to one question about a lease. Blocks until `ssh` has ended.
pub fn ask(
    lease: &Address,
    access: &SshAccess,
    identity: Option<&Path>,
    method: &str,
    params: &Value,
) -> Result<Value> {
    let folder = ssh_files::temporary()?;
    let files = SshFiles::write(folder.path(), lease, access, identity)?;
    let mut ssh = Command::new("ssh");
    ssh.arg("-F").arg(&files.config).args(["-s", "--", &alias(lease), SUBSYSTEM]);
    let mut ssh = ssh
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("`ssh` cannot be started; install OpenSSH's client")?;
    let question = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let mut input = ssh.stdin.take().context("`ssh` takes no input")?;
    // Where nobody reads it, `ssh` has said why.
    input.write_all(format!("{question}\n").as_bytes()).ok();
    drop(input);
    let said = ssh.wait_with_output().context("`ssh` cannot be waited for")?;
    folder.close().context("the private key cannot be removed from the temporary folder")?;
    let text = String::from_utf8_lossy(&said.stdout);
    let line = text.lines().next().unwrap_or_default();
    ensure!(!line.is_empty(), "the machine did not answer; `ssh` says why, or try again in a minute");
    match serde_json::from_str(line) {
        Ok(Answer { error: None, result }) => Ok(result),
        Ok(Answer { error: Some(Problem { message }), .. }) => {
            bail!("the machine refuses: {}", harmless(&message))
        }
        Err(_) => bail!("the machine said: {}", harmless(line)),
    }
}
