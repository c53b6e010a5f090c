//! What the processes of a local market are told, each in a file of its own.

use crate::{Engine, Localnet, ports::Ports};
use solana_address::Address;
use std::path::{Path, PathBuf};

/// What a machine and what is beside it are made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The program `gpu-lease-agent`.
    pub agent: PathBuf,
    /// The program `gpu-lease-guard`.
    pub guard: PathBuf,
    /// The program `gpu-lease-keeper`.
    pub keeper: PathBuf,
    /// The program `gpu-lease-helper`; for containers a static one.
    pub helper: PathBuf,
    /// The folder of the wallets' key files.
    pub wallets: PathBuf,
    /// What leases run in.
    pub engine: Engine,
}

/// Where they run.
pub struct Place<'a> {
    pub net: &'a Localnet,
    pub folder: &'a Path,
    pub parts: &'a Parts,
    pub ports: &'a Ports,
}

impl Place<'_> {
    /// Signer, gateway and agent of a machine with so many cards, which renters reach by this port.
    pub fn agent(&self, offer: &Address, cards: usize, port: u16) -> String {
        let Ports { agent, signer, gateway, ssh, .. } = self.ports;
        let (rpc, folder) = (self.net.validator.rpc_url(), self.folder.display());
        let (helper, wallets) = (self.parts.helper.display(), self.parts.wallets.display());
        let (kind, image) = match &self.parts.engine {
            Engine::Docker { socket, image } => {
                // Few, as far as a server goes: not every engine may give more.
                let kind = format!("kind = \"docker\"\nengine = \"{}\"\nopen_files = 4096", socket.display());
                (kind, image.as_str())
            }
            // Nothing reads it.
            Engine::Process => ("kind = \"process\"".to_owned(), "none"),
        };
        format!(
            r#"# The machine that serves an offer of a local market.
[chain]
rpc = "{rpc}"

[machine]
name = "machine"
state = "{folder}/agent"
monitoring = {{ listen = "127.0.0.1:{agent}" }}

[signer]
socket = {{ path = "{folder}/signer.sock" }}
state = "{folder}/signer"
operator = "{wallets}/operator.json"
attestor = "{wallets}/attestor.json"
machines = {{ machine = ["{offer}"] }}
monitoring = {{ listen = "127.0.0.1:{signer}" }}

[gateway]
listen = "127.0.0.1:{ssh}"
host = "127.0.0.1"
port = {port}
state = "{folder}/gateway"
monitoring = {{ listen = "127.0.0.1:{gateway}" }}

[runtime]
{kind}
state = "{folder}/leases"
helper = "{helper}"

[cards]
simulated = {cards}

[policy]
# Whoever plays here may open a lease of an hour, whose bond is the price of two, and deposit the least.
most_bond_percent = 1000000
renters_at_once = 8

[[offers]]
address = "{offer}"
image = "{image}"
cores = 1
memory = "1 GiB"
shared_memory = "64 MiB"
processes = 256
"#
        )
    }

    /// The guard of the market's renter: its session key is the wallet `guard`, and the sponsor pays for what it does. It looks
    /// more often than one would elsewhere, so that there is something to see.
    pub fn guard(&self, access: &Path) -> String {
        let (net, folder, wallets) = (self.net, self.folder.display(), self.parts.wallets.display());
        format!(
            r#"# Watches the leases of a local market that name guard.json.
state = "{folder}/guard"
monitoring = {{ listen = "127.0.0.1:{port}" }}

[chain]
rpc = "{rpc}"
every = "1s"

[keys]
sessions = ["{wallets}/guard.json"]
wallet = "{wallets}/sponsor.json"
access = ["{access}"]

[probes]
every = "1s"
login = "10s"

[limits]
loss_limit = "2s"
at_once = true

[budgets.mints]
"{mint}" = {{ stakes_a_day = 100000000, stakes_in_all = 1000000000 }}

[acceptance]
# The cards are simulated.
check = false
"#,
            port = self.ports.guard,
            rpc = net.validator.rpc_url(),
            access = access.display(),
            mint = net.mint.address,
        )
    }

    /// A keeper of leases. Votes are left to those who play them.
    pub fn keeper(&self) -> String {
        let (net, folder, wallets) = (self.net, self.folder.display(), self.parts.wallets.display());
        format!(
            r#"# Does for the leases of a local market what anyone may.
state = "{folder}/keeper"
wallet = "{wallets}/keeper.json"
monitoring = {{ listen = "127.0.0.1:{port}" }}

[chain]
rpc = "{rpc}"
websocket = "{websocket}"
every = "5s"

[keeping]
delay = "5s"
jitter = "2s"
deeds = ["cancel_lease", "expire_lease", "resolve_by_timeout", "release_gpus", "close_lease"]
"#,
            port = self.ports.keeper,
            rpc = net.validator.rpc_url(),
            websocket = net.validator.ws_url(),
        )
    }
}
