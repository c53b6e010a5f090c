//! `gpu-lease-agent clear`

use anyhow::Result;
use gpu_lease_service::lock::FolderLock;

use super::agent::runtime;
use crate::config::Config;
use crate::doors::GatewayDoors;
use crate::machine::Doors;

/// Ends what runs on this machine, lets nobody in any more, and destroys all workspaces, whatever the chain says. The agent
/// must not run. What it has written down stays: when it is started again, it brings back what is still leased.
pub async fn clear(config: Config) -> Result<()> {
    let state = &config.machine.state;
    std::fs::create_dir_all(state)?;
    let _lock = FolderLock::take(state)?;
    let doors = GatewayDoors::open(&config.gateway, config.machine.api().path)?;
    for life in doors.all()?.into_keys() {
        doors.remove(&life)?;
    }
    let runtime = runtime(&config).await?;
    for instance in runtime.list().await? {
        runtime.stop(&instance.life).await?;
        runtime.remove(&instance.life).await?;
    }
    for life in runtime.workspaces().await? {
        runtime.wipe(&life).await?;
    }
    Ok(())
}
