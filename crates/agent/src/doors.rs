//! What agent and gateway share: the agent writes who may log in, which the gateway reads at every login, and the gateway
//! writes which key the machine has. They are two users, and neither can write what the other does.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use gpu_lease_gateway::{Admission, Admissions, HostKey, LeaseName};
use gpu_lease_runtime::Life;
use tokio::time::{Instant, sleep};

use crate::config::Gateway;
use crate::machine::{Doors, Pass};
use crate::plan::Door;

/// How long the gateway may take for a sign of life.
const PATIENCE: Duration = Duration::from_millis(200);

/// How often it is looked for the host key.
const LOOK: Duration = Duration::from_millis(100);

/// The folder of admissions, as the agent has it.
pub struct GatewayDoors {
    admissions: Admissions,
    /// Where the gateway listens for those who look after it.
    monitoring: SocketAddr,
    /// The socket of the agent's API.
    api: PathBuf,
}

/// The admissions, for the gateway. Where it may, it makes their folder, if it comes first.
pub fn admissions(gateway: &Gateway) -> Result<Admissions> {
    let folder = gateway.admissions();
    fs::create_dir_all(&folder).with_context(|| {
        format!("{} cannot be made: make it for the agent, and let the gateway read it", folder.display())
    })?;
    Admissions::open(&folder)
}

/// The machine's host key, for the gateway: made if there is none.
pub fn host_key(gateway: &Gateway) -> Result<HostKey> {
    HostKey::load_or_generate(&host_key_path(gateway))
}

/// The public half of the machine's host key, for the agent, as soon as the gateway has made it.
pub async fn public_host_key(gateway: &Gateway, patience: Duration) -> Result<[u8; 32]> {
    let (path, until) = (host_key_path(gateway), Instant::now() + patience);
    let mut has_told = false;
    loop {
        match HostKey::public_at(&path)? {
            Some(key) => return Ok(key),
            None if Instant::now() >= until => bail!(
                "the gateway has not made the machine's host key, {}: start `gpu-lease-agent gateway`",
                path.display()
            ),
            None if !has_told => {
                tracing::info!(path = %path.display(), "waiting for the gateway to make the machine's host key");
                has_told = true;
            }
            None => {}
        }
        sleep(LOOK).await;
    }
}

fn host_key_path(gateway: &Gateway) -> PathBuf {
    gateway.state.join("host_key")
}

impl GatewayDoors {
    /// The doors of this gateway, for the agent: all may read who may log in. They lead to the API that answers at the socket
    /// `api`.
    pub fn open(gateway: &Gateway, api: PathBuf) -> Result<Self> {
        let admissions = admissions(gateway)?;
        let folder = gateway.admissions();
        // Whatever the umask is. A folder that is another's has the mode that it was given.
        match fs::set_permissions(&folder, Permissions::from_mode(0o755)) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            set => set.with_context(|| format!("the gateway cannot be let into {}", folder.display()))?,
        }
        let doors = Self { admissions, monitoring: gateway.monitoring.listen, api };
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
                let [guard_key, verifier_key] =
                    [admission.api_keys, admission.verifier_keys].map(|keys| keys.into_iter().next());
                let (access, note) = (admission.access, admission.note);
                all.insert(life, Door { access, note, guard_key, verifier_key });
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
            verifier_keys: pass.door.verifier_key.iter().cloned().collect(),
            socket: pass.socket.clone(),
            api: Some(self.api.clone()),
            access: pass.door.access,
            note: pass.door.note.clone(),
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
