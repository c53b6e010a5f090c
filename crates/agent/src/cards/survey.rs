//! The child that is asked about cards once.

use std::path::Path;
use std::time::Duration;

use super::child::{answer, ask};
use super::nvml::{Facts, Library};
use super::tools::Tools;

/// How long it may take. A driver that keeps no card awake takes seconds to wake one.
const PATIENCE: Duration = Duration::from_secs(30);

/// Says what a card is, or which there are.
pub fn survey(library: &Path, card: Option<&str>) -> ! {
    match card {
        Some(card) => answer(Library::load(library).and_then(|library| library.facts(card))),
        None => answer(Library::load(library).and_then(|library| library.uuids())),
    }
}

/// What a card is.
pub async fn facts(tools: &Tools, card: &str) -> Result<Facts, String> {
    ask(&mut tools.survey(Some(card)), PATIENCE).await
}

/// The UUIDs of the cards that this machine has, or of those that its configuration names.
pub async fn uuids(tools: &Tools) -> Result<Vec<String>, String> {
    match tools.config.only.is_empty() {
        true => ask(&mut tools.survey(None), PATIENCE).await,
        false => Ok(tools.config.only.iter().cloned().collect()),
    }
}
