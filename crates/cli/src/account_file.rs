//! A lease's account in a file, in the form in which `solana account --output json` writes accounts.

use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use gpu_lease_client::{
    account::{self, Keyed},
    address,
    state::Lease,
};
use serde::{Deserialize, Serialize};
use solana_account::Account;
use solana_address::Address;
use std::{fs, path::Path};

#[derive(Serialize, Deserialize)]
struct File {
    pubkey: String,
    account: Content,
}

#[derive(Serialize, Deserialize)]
struct Content {
    data: (String, String),
    owner: String,
}

/// Writes an account's data as the cluster returned it.
pub fn write(path: &Path, lease: &Address, data: &[u8]) -> Result<()> {
    let file = File {
        pubkey: lease.to_string(),
        account: Content {
            data: (BASE64_STANDARD.encode(data), "base64".to_owned()),
            owner: address::PROGRAM.to_string(),
        },
    };
    fs::write(path, serde_json::to_string_pretty(&file)?)
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Reads a lease's account.
pub fn read(path: &Path) -> Result<Keyed<Lease>> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let File { pubkey, account: Content { data: (data, encoding), owner } } = serde_json::from_str(&text)
        .with_context(|| {
            format!("{} is not an account file; write one with `lease show --save`", path.display())
        })?;
    let lease = pubkey.parse().context("the file names no address")?;
    ensure!(encoding == "base64", "{} is encoded as {encoding}; base64 is needed", path.display());
    let account = Account {
        owner: owner.parse().context("the file names no owner")?,
        data: BASE64_STANDARD.decode(data).context("the account's data is not base64")?,
        ..Account::default()
    };
    Ok(account::read(lease, &account)?)
}
