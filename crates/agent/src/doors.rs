//! The gateway's doors: files that it reads at every login.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use gpu_lease_gateway::{Admission, Admissions, HostKey, LeaseName};
use gpu_lease_runtime::Life;

use crate::machine::{Doors, Pass};
use crate::plan::Door;

/// How long the gateway may take for a sign of life.
const PATIENCE: Duration = Duration::from_millis(200);

/// The folder that agent and gateway share.
pub struct GatewayDoors {
    admissions: Admissions,
    /// Where the gateway listens for those who look after it.
    monitoring: SocketAddr,
    /// The socket of the agent's API.
    api: PathBuf,
}

/// Where in the gateway's folder the admissions are.
pub fn admissions(state: &Path) -> Result<Admissions> {
    let folder = state.join("admissions");
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Admissions::open(&folder)
}

/// The machine's host key, made if there is none.
pub fn host_key(state: &Path) -> Result<HostKey> {
    HostKey::load_or_generate(&state.join("host_key"))
}

impl GatewayDoors {
    /// The doors of the gateway with this folder, which can be looked after at `monitoring`. All of them lead to the API
    /// that answers at the socket `api`.
    pub fn open(state: &Path, monitoring: SocketAddr, api: PathBuf) -> Result<Self> {
        let doors = Self { admissions: admissions(state)?, monitoring, api };
        for name in doors.admissions.all()? {
            let there = doors.admissions.read(&name)?;
            if let Some(there) = there.filter(|there| there.api.as_ref() != Some(&doors.api)) {
                doors.admissions.write(&name, &Admission { api: Some(doors.api.clone()), ..there })?;
            }
        }
        Ok(doors)
    }

    /// The admission that there is of this life, or of a newer one of the same lease.
    fn current(&self, name: &LeaseName, life: &Life) -> io::Result<Option<Admission>> {
        let admission = self.admissions.read(name).map_err(io::Error::other)?;
        Ok(admission.filter(|admission| admission.opened_slot >= life.opened_slot))
    }
}

fn name(life: &Life) -> io::Result<LeaseName> {
    life.lease.parse().map_err(io::Error::other)
}

impl Doors for GatewayDoors {
    fn all(&self) -> io::Result<BTreeMap<Life, Door>> {
        let mut all = BTreeMap::new();
        for name in self.admissions.all().map_err(io::Error::other)? {
            // One that was taken away in between is not there.
            if let Some(admission) = self.admissions.read(&name).map_err(io::Error::other)? {
                let life = Life { lease: name.as_str().to_owned(), opened_slot: admission.opened_slot };
                let guard_key = admission.api_keys.into_iter().next();
                all.insert(life, Door { access: admission.access, guard_key });
            }
        }
        Ok(all)
    }

    fn set(&self, life: &Life, pass: &Pass) -> io::Result<()> {
        let name = name(life)?;
        if self.current(&name, life)?.is_some_and(|there| there.opened_slot > life.opened_slot) {
            return Err(io::Error::other("a newer life of the lease has its door"));
        }
        let admission = Admission {
            opened_slot: life.opened_slot,
            keys: vec![pass.user_key.clone()],
            api_keys: pass.door.guard_key.iter().cloned().collect(),
            socket: pass.socket.clone(),
            api: Some(self.api.clone()),
            access: pass.door.access,
            note: pass.note.clone(),
        };
        self.admissions.write(&name, &admission).map_err(io::Error::other)
    }

    fn remove(&self, life: &Life) -> io::Result<()> {
        let name = name(life)?;
        match self.current(&name, life)? {
            Some(there) if there.opened_slot > life.opened_slot => Ok(()),
            _ => self.admissions.remove(&name).map_err(io::Error::other),
        }
    }

    fn is_accepting(&self) -> bool {
        TcpStream::connect_timeout(&self.monitoring, PATIENCE).is_ok()
    }
}
