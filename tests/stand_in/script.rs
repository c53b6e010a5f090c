//! Cards as a script has them: what the stand-in of the driver answers, and tests write.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// The variable that names the script.
pub const SCRIPT: &str = "GPU_LEASE_STAND_IN";

/// All cards.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Script {
    pub cards: Vec<Card>,
}

/// A card.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Card {
    pub uuid: String,
    /// Its bus.
    pub bus: u32,
    /// Bytes; and those of them that the driver keeps for itself.
    pub memory: u64,
    pub reserved: u64,
    /// Millijoules at a moment, milliseconds of the Unix epoch, and those that are added each second.
    pub energy: u64,
    pub since: u64,
    pub power: u64,
    /// No call about it comes back, of the first library or the second.
    pub hangs: bool,
    pub hangs_computing: bool,
    /// It has fallen off the bus.
    pub is_lost: bool,
    pub is_divided: bool,
    /// NVML's number for what recovers it.
    pub recovery: u32,
    /// Those that hold it.
    pub processes: Vec<u32>,
    /// Memory errors that were not corrected.
    pub uncorrected: u64,
}

impl Card {
    /// One that is well, of so many bytes.
    pub fn new(number: u32, memory: u64) -> Self {
        Self {
            uuid: format!("GPU-{number:08x}-0000-4000-8000-{number:012x}"),
            bus: 0x10 + number,
            memory,
            reserved: 0,
            energy: 1_000_000,
            since: now(),
            power: 300_000,
            hangs: false,
            hangs_computing: false,
            is_lost: false,
            is_divided: false,
            recovery: 0,
            processes: Vec::new(),
            uncorrected: 0,
        }
    }

    /// What its counter shows.
    pub fn joules(&self) -> u64 {
        self.energy + self.power * now().saturating_sub(self.since) / 1_000
    }
}

impl Script {
    /// That of this path.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// At once, for those who read it meanwhile.
    pub fn write(&self, path: &Path) {
        let new = path.with_extension("new");
        fs::write(&new, serde_json::to_vec(self).unwrap()).unwrap();
        fs::rename(new, path).unwrap();
    }
}

/// The file of a card's memory.
pub fn memory(script: &Path, uuid: &str) -> PathBuf {
    script.with_file_name(format!("memory-{uuid}"))
}

/// Milliseconds of the Unix epoch.
pub fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}
