//! The methods `launch` and `grow`.

use gpu_lease_client::text::harmless;
use gpu_lease_runtime::Life;

use super::protocol::{Launched, Problem};
use crate::machine::{GrowError, Known, LaunchError, Machine};
use crate::plan::Launch;

/// Most characters of a failure that a renter is told.
const LONGEST_FAILURE: usize = 500;

/// What was launched of a lease, if anything.
pub fn launched(known: &Known) -> Option<Launched> {
    let launch = known.entry.launch.as_ref()?;
    let failure = known.failure.as_ref().filter(|_| !known.entry.has_started);
    Some(Launched {
        image: launch.image.clone(),
        has_own_key: launch.ssh_key.is_some(),
        env: launch.env.keys().cloned().collect(),
        failure: failure.map(|why| harmless(why).chars().take(LONGEST_FAILURE).collect()),
    })
}

/// Lets a lease begin with `launch`.
pub fn launch(machine: &Machine, life: &Life, launch: Launch) -> Result<Option<Launched>, Problem> {
    machine.launch(life, launch).map_err(|error| match error {
        LaunchError::Refused(why) => Problem::NotLaunched(why),
        LaunchError::Started => Problem::Started,
        LaunchError::Unknown => Problem::Unknown,
        LaunchError::Failed(error) => {
            tracing::warn!(lease = life.lease, error = format!("{error:#}"), "not launched");
            Problem::Failed
        }
    })?;
    Ok(machine.known(life).as_ref().and_then(launched))
}

/// Lets a lease grow, as its renter has signed: to how many GPUs.
pub fn grow(machine: &Machine, life: &Life, transaction: &str) -> Result<u32, Problem> {
    machine.grow(life, transaction).map_err(|error| match error {
        GrowError::Unknown => Problem::Unknown,
        GrowError::Failed(error) => {
            tracing::warn!(lease = life.lease, %error, "not grown");
            Problem::Failed
        }
        refused => Problem::NotGrown(refused.to_string()),
    })
}
