use crate::listen::forward;
use anyhow::{Context, Result, anyhow, bail};
use bytemuck::Pod;
use gpu_lease_client::{account::ProgramAccount, address::PROGRAM};
use serde_json::{Value, json};
use solana_address::Address;
use std::{net::SocketAddr, thread, time::Duration};
use surfpool_sdk::{
    BlockProductionMode, SimnetCommand, Surfnet,
    cheatcodes::builders::{CheatcodeBuilder, DeployProgram},
};
use tokio::{runtime::Runtime, sync::oneshot, time::timeout};

/// A validator inside this process: the real runtime with real JSON-RPC and WebSocket servers.
///
/// What no cluster offers is here and nowhere else: [`deploy`](Self::deploy), [`put`](Self::put) and
/// [`travel_to`](Self::travel_to).
pub struct Validator {
    surfnet: Surfnet,
    rpc_url: String,
    ws_url: String,
}

impl Validator {
    /// Starts a validator whose clock runs in slots of `slot_ms` milliseconds.
    ///
    /// With a `port`, JSON-RPC is served there and WebSocket one above, as every Solana client expects;
    /// without one, both take free ports.
    pub async fn start(slot_ms: u64, port: Option<u16>) -> Result<Self> {
        let surfnet = surfnet(slot_ms).await.context("the local validator did not start")?;
        // Nobody reads the validator's own events; left alone they would pile up.
        let events = surfnet.events().clone();
        thread::spawn(move || events.iter().for_each(drop));

        let (mut rpc_url, mut ws_url) = (surfnet.rpc_url().to_owned(), surfnet.ws_url().to_owned());
        if let Some(port) = port {
            let ws_port = port.checked_add(1).context("the WebSocket port would be above 65535")?;
            forward(port, socket_of(&rpc_url)?).await?;
            forward(ws_port, socket_of(&ws_url)?).await?;
            rpc_url = format!("http://127.0.0.1:{port}");
            ws_url = format!("ws://127.0.0.1:{ws_port}");
        }
        Ok(Self { surfnet, rpc_url, ws_url })
    }

    /// Address of the JSON-RPC server.
    pub fn rpc_url(&self) -> &str {
        &self.rpc_url
    }

    /// Address of the WebSocket server.
    pub fn ws_url(&self) -> &str {
        &self.ws_url
    }

    /// Deploys `bytes` as the program `id`, upgradeable by `upgrade_authority`.
    pub fn deploy(&self, id: Address, bytes: Vec<u8>, upgrade_authority: Address) -> Result<()> {
        let cheats = self.surfnet.cheatcodes();
        cheats.deploy(DeployProgram::new(id).so_bytes(bytes)).context("the program was not deployed")?;
        cheats
            .execute(SetProgramAuthority { program: id, authority: upgrade_authority })
            .context("the upgrade authority was not set")
    }

    /// Puts an account of the program there.
    pub fn put<T: ProgramAccount + Pod>(&self, address: &Address, lamports: u64, account: &T) -> Result<()> {
        let data = [T::DISCRIMINATOR, bytemuck::bytes_of(account)].concat();
        let cheats = self.surfnet.cheatcodes();
        cheats.set_account(address, lamports, &data, &PROGRAM).context("the account was not put there")
    }

    /// Moves the cluster's clock forward to `timestamp`, unix seconds.
    pub fn travel_to(&self, timestamp: i64) -> Result<()> {
        let milliseconds = u64::try_from(timestamp)
            .ok()
            .and_then(|seconds| seconds.checked_mul(1_000))
            .ok_or_else(|| anyhow!("no validator can travel to {timestamp}"))?;
        self.surfnet
            .cheatcodes()
            .time_travel_to_timestamp(milliseconds)
            .with_context(|| format!("the clock could not be moved to {timestamp}"))?;
        Ok(())
    }

    /// Changes how long a slot takes, in milliseconds. The clock keeps the pace of real time.
    pub fn set_slot_time(&self, slot_ms: u64) -> Result<()> {
        let update = surfpool_types::ClockCommand::UpdateSlotInterval(slot_ms);
        Ok(self.surfnet.send_command(SimnetCommand::CommandClock(None, update))?)
    }
}

/// How long a validator may take to be ready, and how often one is started.
const PATIENCE: Duration = Duration::from_secs(20);
const TRIES: usize = 3;

/// Starts surfpool. It chooses free ports and listens a moment later: if another program has taken one by then, it is never
/// ready and never says so. It blocks meanwhile, so it starts on a thread of its own, which is left behind in that case.
async fn surfnet(slot_ms: u64) -> Result<Surfnet> {
    for _ in 0..TRIES {
        let (tell, told) = oneshot::channel();
        thread::spawn(move || {
            let start = || -> Result<Surfnet> {
                let builder = Surfnet::builder()
                    .offline(true)
                    .block_production_mode(BlockProductionMode::Clock)
                    .slot_time_ms(slot_ms);
                Ok(Runtime::new()?.block_on(builder.start())?)
            };
            // Nobody listens any more if it took too long.
            tell.send(start()).ok();
        });
        if let Ok(started) = timeout(PATIENCE, told).await {
            return started?;
        }
    }
    bail!("it was not ready within {} s, {TRIES} times", PATIENCE.as_secs())
}

/// Sets who may upgrade a deployed program; the deployment itself names the system program.
struct SetProgramAuthority {
    program: Address,
    authority: Address,
}

impl CheatcodeBuilder for SetProgramAuthority {
    const METHOD: &'static str = "surfnet_setProgramAuthority";

    fn build(self) -> Value {
        json!([self.program.to_string(), self.authority.to_string()])
    }
}

/// The socket of a `scheme://address:port` address.
fn socket_of(url: &str) -> Result<SocketAddr> {
    let (_, socket) = url.split_once("://").with_context(|| format!("{url} is not an address"))?;
    socket.parse().with_context(|| format!("{url} is not an address"))
}
