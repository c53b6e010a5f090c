//! What is done to a card between two tenants.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::time::{Instant, sleep};

use super::child::ask;
use super::cuda::Covered;
use super::health::{by_nvml, diagnose};
use super::kmsg::until_now;
use super::notes::Notes;
use super::nvml::Facts;
use super::parameters::scrubs;
use super::survey::facts;
use super::tools::Tools;

/// How long processes may hold a card whose container has ended, and how often it is looked.
const HOLDING: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(500);

/// Percent of a card that have to be overwritten. The driver keeps some of it for itself, which no program reaches.
const LEAST: u64 = 90;

/// Overwrites the memory of a card once nobody holds it, and sees whether it is well. `has_fault` says that its driver has logged
/// a fault since it was last found well.
pub async fn wipe(tools: &Tools, card: &str, has_fault: bool) -> Result<Covered, String> {
    let parameters = &tools.config.parameters;
    let parameters = std::fs::read_to_string(parameters)
        .map_err(|error| format!("{} cannot be read: {error}", parameters.display()))?;
    scrubs(&parameters)?;
    let found = unheld(tools, card).await?;
    if found.is_divided {
        return Err("it is divided into instances (MIG), and only whole cards are wiped".to_owned());
    }
    let covered: Covered = ask(&mut tools.wiper(card), tools.wiping).await?;
    if u128::from(covered.bytes) * 100 < u128::from(covered.of) * u128::from(LEAST) {
        return Err(format!("only {} bytes of {} were overwritten", covered.bytes, covered.of));
    }
    match diagnose(&tools.config.dcgmi, card).await {
        Some(found) => found?,
        None => {
            by_nvml(&facts(tools, card).await?)?;
            if has_fault {
                return Err(
                    "the driver has logged a fault, and NVML alone does not say that it is over".to_owned()
                );
            }
        }
    }
    Ok(covered)
}

/// Waits until no process holds a card.
async fn unheld(tools: &Tools, card: &str) -> Result<Facts, String> {
    let until = Instant::now() + HOLDING;
    loop {
        let found = facts(tools, card).await?;
        match found.processes.is_empty() {
            true => return Ok(found),
            false if Instant::now() >= until => {
                return Err(format!("it is still held by processes: {:?}", found.processes));
            }
            false => sleep(LOOK).await,
        }
    }
}

/// Wipes a card whose provider has looked after it, and gives it back if it is well.
pub async fn restore(tools: &Tools, notes: &Notes, card: &str) -> Result<Covered> {
    let log = until_now(&tools.config.kmsg).context("the kernel's log cannot be read")?;
    let covered = wipe(tools, card, false).await.map_err(|why| anyhow!("{card} stays out of use: {why}"))?;
    notes.found_well(card, log.newest())?;
    Ok(covered)
}
