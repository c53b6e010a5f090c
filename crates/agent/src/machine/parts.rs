//! What a machine is made of.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use gpu_lease_helper::Alive;
use gpu_lease_runtime::{Life, Runtime};

use crate::cluster::Cluster;
use crate::maintenance::Notice;
use crate::meter::CardReading;
use crate::plan::{Door, Policy};
use crate::signer::Signer;
use crate::store::Store;

/// Who may log in where.
pub trait Doors: Send + Sync {
    /// What each is.
    fn all(&self) -> io::Result<BTreeMap<Life, Door>>;

    /// Sets one. It holds for those who are in already, too.
    fn set(&self, life: &Life, pass: &Pass) -> io::Result<()>;

    /// Takes one away.
    fn remove(&self, life: &Life) -> io::Result<()>;

    /// Whether anybody can log in at all.
    fn is_accepting(&self) -> bool;
}

/// Who may log in, and where that leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// What of it is let in.
    pub door: Door,
    /// The user's public key, as OpenSSH writes it.
    pub user_key: String,
    /// The helper's socket.
    pub socket: PathBuf,
}

/// The cards of a machine.
#[async_trait]
pub trait Cards: Send + Sync {
    /// All that there ought to be, by UUID, and what was read of each.
    async fn read(&self) -> BTreeMap<String, CardReading>;

    /// What they are, by UUID, as far as they have told.
    fn models(&self) -> BTreeMap<String, Model> {
        BTreeMap::new()
    }

    /// Overwrites the memory of one that no container has any more, and sees whether it is well. One that cannot be wiped or is
    /// not well is withheld from then on, and this is no failure: its lease goes on to its end. What fails is tried again.
    async fn wipe(&self, card: &str) -> Result<(), String>;

    /// What was wiped since this process began.
    fn wiped(&self) -> Wiped {
        Wiped::default()
    }
}

/// What a card is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// What its maker calls it.
    pub name: String,
    /// Bytes.
    pub memory: u64,
}

/// Cards that were wiped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wiped {
    /// How often one was wiped and found well.
    pub done: u64,
    /// How often one was withheld instead.
    pub withheld: u64,
    /// Bytes that were overwritten.
    pub bytes: u64,
    /// Bytes that those cards have.
    pub of: u64,
}

/// Tries a login.
#[async_trait]
pub trait Tester: Send + Sync {
    /// Whether a user would get in.
    async fn test(&self, life: &Life, socket: PathBuf) -> Result<(), String>;

    /// Asks for a sign of life, once: whether the container lives now. It has a deadline of its own.
    async fn probe(&self, life: &Life, socket: PathBuf) -> Result<Alive, String>;
}

/// Where the machine is reached, as its renters are told.
pub trait Site: Send + Sync {
    /// The public key of the user with this seed, as OpenSSH writes it.
    fn user_key(&self, seed: &[u8; 32]) -> Result<String, String>;

    /// The credentials of a user with this seed, or with a key of its own, to be sealed.
    fn credentials(&self, seed: Option<&[u8; 32]>) -> Result<Vec<u8>, String>;

    /// Whether the machine reaches its network.
    fn is_online(&self) -> bool;
}

/// A machine's parts.
#[derive(Clone)]
pub struct Parts {
    /// The cluster.
    pub cluster: Arc<dyn Cluster>,
    /// The engine.
    pub runtime: Arc<dyn Runtime>,
    /// The signer.
    pub signer: Arc<dyn Signer>,
    /// The gateway.
    pub doors: Arc<dyn Doors>,
    /// The cards.
    pub cards: Arc<dyn Cards>,
    /// Logs in.
    pub tester: Arc<dyn Tester>,
    /// Its place.
    pub site: Arc<dyn Site>,
    /// What outlasts a crash.
    pub store: Arc<Store>,
    /// What its provider announces.
    pub notice: Notice,
    /// What its provider decided.
    pub policy: Arc<Policy>,
}
