//! What all routes share.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::limits::{Clients, Limits};
use crate::live::Live;
use crate::store::Store;

/// What all routes share.
#[derive(Clone)]
pub struct Api {
    /// The record.
    pub store: Store,
    /// What happens now.
    pub live: Live,
    /// What clients may take.
    pub limits: Arc<Limits>,
    /// Who asks, and how much.
    pub clients: Arc<Clients>,
    /// Places of requests that are answered at once.
    pub places: Arc<Semaphore>,
    /// What describes it all.
    pub description: Arc<str>,
    /// When it ends.
    pub stop: CancellationToken,
}

impl Api {
    /// Nobody has asked yet.
    pub fn new(
        store: Store,
        live: Live,
        limits: Limits,
        description: String,
        stop: CancellationToken,
    ) -> Self {
        let clients = Arc::new(Clients::new(&limits));
        let places = Arc::new(Semaphore::new(limits.at_once));
        Self { store, live, limits: Arc::new(limits), clients, places, description: description.into(), stop }
    }
}
