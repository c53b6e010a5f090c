//! What runs leases on a machine.
//!
//! [`Runtime`] says what is asked of an engine, without a word about which one it is. [`Docker`] runs each lease in a container,
//! behind a firewall; [`Processes`] runs it as a process of the same user, for a market on one's own machine.

mod docker;
mod error;
mod firewall;
mod folder;
mod lease;
mod mounts;
mod process;
mod record;
mod run;
mod runtime;

pub use docker::{Docker, DockerConfig};
pub use error::{Error, Result};
pub use firewall::{Firewall, Policy};
pub use lease::{Instance, Life, Limits, Spec, Usage};
pub use process::{Loopback, ProcessConfig, Processes};
pub use runtime::{Capabilities, Capability, Runtime};
