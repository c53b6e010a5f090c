//! The guard's keys, as they are in files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use gpu_lease_client::access::AccessKey;
use gpu_lease_client::state::Lease;
use gpu_lease_service::secret::{Secret, SecretFile};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::config;
use crate::probe::Key;

/// Those that it has in memory for as long as it runs.
pub struct Keys {
    /// Session keys of leases.
    pub sessions: Vec<Keypair>,
    /// The verifier's.
    pub verifier: Option<Keypair>,
    /// The wallet's.
    pub wallet: Option<Keypair>,
}

impl Keys {
    /// Reads the key files.
    pub fn read(config: &config::Keys) -> Result<Self> {
        Ok(Self {
            sessions: config.sessions.iter().map(keypair).collect::<Result<_>>()?,
            verifier: config.verifier.as_ref().map(keypair).transpose()?,
            wallet: config.wallet.as_ref().map(keypair).transpose()?,
        })
    }

    /// The session key with this address.
    pub fn session(&self, address: &Address) -> Option<&Keypair> {
        self.sessions.iter().find(|key| key.pubkey() == *address)
    }

    /// The key that signs usage of a lease and is let in to its machine's API: its session key, or its verifier's.
    pub fn signer(&self, lease: &Lease) -> Option<&Keypair> {
        let verifier = self.verifier.as_ref().filter(|key| key.pubkey() == lease.terms.verifier);
        self.session(&lease.session_key).or(verifier)
    }
}

/// With what a renter logs in.
#[derive(Default)]
pub struct Logins {
    /// Those that open what is published.
    pub access: Vec<AccessKey>,
    /// Those that leases were launched with, by the names of their files.
    pub ssh: BTreeMap<String, Key>,
}

impl Logins {
    /// Reads them, also those in folders. What cannot be read is told, and left out.
    pub fn read(files: &[SecretFile]) -> (Self, Vec<String>) {
        let (mut logins, mut faults) = (Self::default(), Vec::new());
        for file in files {
            match all_in(file) {
                Ok(files) => {
                    for file in files {
                        if let Err(fault) = logins.add(&file) {
                            faults.push(format!("{fault:#}"));
                        }
                    }
                }
                Err(fault) => faults.push(format!("{fault:#}")),
            }
        }
        (logins, faults)
    }

    fn add(&mut self, file: &SecretFile) -> Result<()> {
        let secret = file.read()?;
        let text = secret.text()?;
        if let Ok(key) = text.parse::<AccessKey>() {
            self.access.push(key);
            return Ok(());
        }
        let key = Key::from_openssh(text)
            .with_context(|| format!("{file} is neither an access key nor an SSH private key"))?;
        let name =
            Path::new(&file.to_string()).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        self.ssh.insert(name, key);
        Ok(())
    }

    /// The access key of a lease.
    pub fn access(&self, lease: &Lease) -> Option<&AccessKey> {
        self.access.iter().find(|key| key.public() == lease.access_key)
    }
}

/// A file, or those in a folder.
fn all_in(file: &SecretFile) -> Result<Vec<SecretFile>> {
    let SecretFile::Path(path) = file else { return Ok(vec![file.clone()]) };
    if !path.is_dir() {
        return Ok(vec![file.clone()]);
    }
    let unreadable = || format!("the folder {} cannot be read", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !is_hidden {
            files.push(SecretFile::Path(path));
        }
    }
    files.sort_by_key(ToString::to_string);
    Ok(files)
}

/// Reads a key file as Solana's tools write it: an array of 64 numbers.
fn keypair(file: &SecretFile) -> Result<Keypair> {
    let secret: Secret = file.read()?;
    let bytes: Vec<u8> = serde_json::from_slice(secret.bytes())
        .with_context(|| format!("{file} is not a key file; make one with `solana-keygen new`"))?;
    Keypair::try_from(bytes.as_slice()).with_context(|| format!("{file} holds no key"))
}
