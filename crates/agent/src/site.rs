//! Where a machine is reached, and its cards where they are simulated.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use gpu_lease_client::ssh::SshAccess;
use gpu_lease_helper::{Alive, probe};
use gpu_lease_runtime::Life;
use tokio::time::{Instant, sleep};

use crate::machine::{Cards, Site, Tester};
use crate::meter::CardReading;
use crate::plan::SIMULATED;

/// How long a helper may take for a sign of life, and how often one is looked for that has only just been started.
const PROBE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);

/// An SSH port.
pub struct SshSite {
    /// Name or address that renters connect to.
    pub host: String,
    /// Port that they connect to.
    pub port: u16,
    /// The gateway's Ed25519 host key.
    pub host_key: [u8; 32],
}

impl SshSite {
    /// What a user with this seed is told.
    fn access(&self, seed: Option<&[u8; 32]>) -> Result<SshAccess, String> {
        SshAccess::new(&self.host, self.port, self.host_key, seed.copied()).map_err(|error| error.to_string())
    }
}

impl Site for SshSite {
    fn user_key(&self, seed: &[u8; 32]) -> Result<String, String> {
        let line = self.access(Some(seed))?.user_public_line().map_err(|error| error.to_string())?;
        line.ok_or_else(|| "there is no user key".to_owned())
    }

    fn credentials(&self, seed: Option<&[u8; 32]>) -> Result<Vec<u8>, String> {
        Ok(self.access(seed)?.to_bytes())
    }

    fn is_online(&self) -> bool {
        // Whether anybody gets in from outside is tested from outside; a machine alone cannot tell.
        true
    }
}

/// Asks the helper, as the gateway does for a user.
pub struct HelperTester;

#[async_trait]
impl Tester for HelperTester {
    async fn test(&self, _: &Life, socket: PathBuf) -> Result<(), String> {
        let until = Instant::now() + PROBE;
        loop {
            match probe(&socket, PROBE).await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() >= until => return Err(error.to_string()),
                Err(_) => sleep(LOOK).await,
            }
        }
    }

    async fn probe(&self, _: &Life, socket: PathBuf) -> Result<Alive, String> {
        probe(&socket, PROBE).await.map_err(|error| error.to_string())
    }
}

/// Cards that there are only in the configuration: they are always well, and there is nothing in them to wipe.
pub struct SimulatedCards(pub u32);

#[async_trait]
impl Cards for SimulatedCards {
    async fn read(&self) -> BTreeMap<String, CardReading> {
        (0..self.0).map(|card| (format!("{SIMULATED}{card}"), CardReading::SOUND)).collect()
    }

    async fn wipe(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}
