//! `gpu-lease-agent restore`

use anyhow::{Result, ensure};

use crate::cards::{Covered, Notes, Tools, restore as give_back};
use crate::config::Config;

/// Wipes a card that was kept out of use and that its provider has looked after, and gives it back if it is well. The agent may
/// run: it reads at each sample what is noted of its cards.
pub async fn restore(config: &Config, card: &str) -> Result<()> {
    ensure!(config.cards.simulated.is_none(), "simulated cards have no memory to wipe");
    let notes = Notes::open(&config.machine.state)?;
    let Covered { bytes, of } = give_back(&Tools::new(&config.cards), &notes, card).await?;
    println!("{card} is well and in use again: {bytes} bytes of {of} were overwritten");
    Ok(())
}
