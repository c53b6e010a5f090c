//! What NVIDIA's management library says of a card. In a child only.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use nvml_wrapper::enum_wrappers::device::{EccCounter, MemoryError};
use nvml_wrapper::enums::device::SampleValue;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::structs::device::FieldId;
use nvml_wrapper::sys_exports::field_id::NVML_FI_DEV_GET_GPU_RECOVERY_ACTION;
use nvml_wrapper::{Device, Nvml};
use serde::{Deserialize, Serialize};

use super::kmsg::Pci;

/// What a card is, and what there is to know before it is given to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its name for good.
    pub uuid: String,
    /// What NVIDIA calls it.
    pub model: String,
    /// Where it is.
    pub pci: Pci,
    /// Bytes.
    pub memory: u64,
    /// The driver's version.
    pub driver: String,
    /// Whether it is divided into instances (MIG).
    pub is_divided: bool,
    /// Whether the driver keeps it awake while nobody uses it; `None` if it does not say.
    pub is_persistent: Option<bool>,
    /// Processes that hold it.
    pub processes: Vec<u32>,
    /// Memory errors since the driver was loaded that were not corrected, if it counts them.
    pub uncorrected: Option<u64>,
    /// What it takes to recover it, by NVML's number: 0 is nothing.
    pub recovery: u32,
}

/// What is read of a card each second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Where it is.
    pub pci: Pci,
    /// What it takes to recover it, by NVML's number: 0 is nothing.
    pub recovery: u32,
    /// Whether it is divided into instances (MIG).
    pub is_divided: bool,
    /// Millijoules since the driver was loaded, if it counts them.
    pub energy: Option<u64>,
}

/// The library.
pub struct Library(Nvml);

impl Library {
    /// Loads it, and starts it.
    pub fn load(path: &Path) -> Result<Self> {
        let library = Nvml::builder().lib_path(path.as_os_str()).init();
        Ok(Self(library.with_context(|| format!("{} does not load", path.display()))?))
    }

    /// The UUIDs of all cards.
    pub fn uuids(&self) -> Result<Vec<String>> {
        (0..self.0.device_count()?).map(|index| Ok(self.0.device_by_index(index)?.uuid()?)).collect()
    }

    /// The card of this UUID, if it answers by it.
    fn card(&self, uuid: &str) -> Result<Device<'_>> {
        let card = self.0.device_by_uuid(uuid)?;
        let said = card.uuid()?;
        ensure!(said == uuid, "it says that it is {said}");
        Ok(card)
    }

    /// What a card is.
    pub fn facts(&self, uuid: &str) -> Result<Facts> {
        let card = self.card(uuid)?;
        let compute = card.running_compute_processes()?;
        let graphics = if_supported(card.running_graphics_processes())?.unwrap_or_default();
        Ok(Facts {
            uuid: uuid.to_owned(),
            model: card.name()?,
            pci: pci(&card)?,
            memory: card.memory_info()?.total,
            driver: self.0.sys_driver_version()?,
            is_divided: is_divided(&card)?,
            is_persistent: if_supported(card.is_in_persistent_mode())?,
            processes: compute.into_iter().chain(graphics).map(|process| process.pid).collect(),
            uncorrected: if_supported(card.total_ecc_errors(MemoryError::Uncorrected, EccCounter::Volatile))?,
            recovery: recovery(&card)?,
        })
    }

    /// Reads a card.
    pub fn sample(&self, uuid: &str) -> Result<Sample> {
        let card = self.card(uuid)?;
        Ok(Sample {
            pci: pci(&card)?,
            recovery: recovery(&card)?,
            is_divided: is_divided(&card)?,
            energy: if_supported(card.total_energy_consumption())?,
        })
    }
}

fn pci(card: &Device) -> Result<Pci> {
    let info = card.pci_info()?;
    Ok(Pci { domain: info.domain, bus: info.bus, device: info.device })
}

fn is_divided(card: &Device) -> Result<bool> {
    Ok(if_supported(card.mig_mode())?.is_some_and(|mode| mode.current != 0))
}

/// Drivers know it from 565 on.
fn recovery(card: &Device) -> Result<u32> {
    let fields = if_supported(card.field_values_for(&[FieldId(NVML_FI_DEV_GET_GPU_RECOVERY_ACTION)]))?;
    let Some(field) = fields.and_then(|fields| fields.into_iter().next()) else { return Ok(0) };
    match if_supported(field.and_then(|field| field.value))? {
        Some(SampleValue::U32(action)) => Ok(action),
        Some(SampleValue::U64(action)) => Ok(u32::try_from(action).unwrap_or(u32::MAX)),
        Some(_) | None => Ok(0),
    }
}

/// Nothing where a card or a driver does not have it.
fn if_supported<T>(result: Result<T, NvmlError>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(NvmlError::NotSupported | NvmlError::FunctionNotFound | NvmlError::FailedToLoadSymbol(_)) => {
            Ok(None)
        }
        // Fields that an older driver does not know.
        Err(NvmlError::InvalidArg) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
