//! What is asked of an engine.

use std::path::PathBuf;

use async_trait::async_trait;

use crate::error::Result;
use crate::lease::{Instance, Life, Spec, Usage};

/// An engine. Each call can be made again: what is done already is done.
#[async_trait]
pub trait Runtime: Send + Sync {
    /// All of ours that there is on the machine, running or not. What the engine says is believed only where its name,
    /// its labels and what this machine wrote down about it agree: an image may have labels of its own. One that is not in
    /// the list is not there: if that is not certain, the list is [`Silent`](crate::Error::Silent).
    async fn list(&self) -> Result<Vec<Instance>>;

    /// Fetches an image, if it is not there.
    async fn pull(&self, image: &str) -> Result<()>;

    /// Makes it, with an empty workspace if there is none of this life, and does not start it. One that was made with
    /// another spec is made again and keeps its workspace.
    async fn create(&self, life: &Life, spec: &Spec) -> Result<()>;

    /// Starts it, behind the firewall, or not at all. Of one that runs, it asserts the firewall again.
    async fn start(&self, life: &Life) -> Result<()>;

    /// Ends all of its processes.
    async fn stop(&self, life: &Life) -> Result<()>;

    /// Removes it, but for its workspace.
    async fn remove(&self, life: &Life) -> Result<()>;

    /// Destroys its workspace.
    async fn wipe(&self, life: &Life) -> Result<()>;

    /// The lives of which there is a workspace.
    async fn workspaces(&self) -> Result<Vec<Life>>;

    /// What it uses now: nothing, if it does not run.
    async fn usage(&self, life: &Life) -> Result<Usage>;

    /// Where its helper listens.
    fn socket(&self, life: &Life) -> PathBuf;
}

/// What an engine can do here, for `doctor` and for what a listing may promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The engine and its version.
    pub engine: String,
    /// Gives a lease the cards of its spec.
    pub cards: Capability,
    /// Keeps a lease to its limits of processor, memory and processes.
    pub limits: Capability,
    /// Keeps a lease to its limit of disk.
    pub disk: Capability,
    /// Keeps leases from the host, from private networks and from one another.
    pub firewall: Capability,
    /// Keeps leases running while it is restarted.
    pub restart: Capability,
    /// Makes root in a lease nobody on the machine.
    pub users: Capability,
}

/// One thing that an engine can do, or the sentence that says why it cannot and what would help.
pub type Capability = std::result::Result<(), String>;
