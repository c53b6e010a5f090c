//! The guard's keys, as they are in files.

use std::fs;

use anyhow::{Context, Result};
use gpu_lease_client::access::AccessKey;
use gpu_lease_service::secret::{Secret, SecretFile};
use russh::keys::PrivateKey;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::config;

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

    /// With what the guard knocks at machines: a key of each lease that is let in to its API.
    pub fn of_lease(&self, session_key: &Address) -> Option<&Keypair> {
        self.session(session_key).or(self.verifier.as_ref())
    }
}

/// With what a renter logs in.
#[derive(Default)]
pub struct Logins {
    /// Those that open what is published.
    pub access: Vec<AccessKey>,
    /// Those that leases were launched with.
    pub ssh: Vec<PrivateKey>,
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
        let key = PrivateKey::from_openssh(text)
            .with_context(|| format!("{file} is neither an access key nor an SSH private key"))?;
        self.ssh.push(key);
        Ok(())
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
