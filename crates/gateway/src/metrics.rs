//! What a gateway counts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters, from the start of the gateway on. Those that can fall again are named so.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Connections that were let in, before they logged in.
    pub connections: AtomicU64,
    /// Connections that were closed at once, as one address opened too many.
    pub refused: AtomicU64,
    /// Connections that made place for others, as they took too long to log in.
    pub displaced: AtomicU64,
    /// Keys that were turned down.
    pub rejected_keys: AtomicU64,
    /// Sessions: connections that logged in.
    pub sessions: AtomicU64,
    /// Sessions that are open now.
    pub open_sessions: AtomicU64,
    /// Sessions that ended since their admission did.
    pub withdrawn: AtomicU64,
    /// Channels that were opened.
    pub channels: AtomicU64,
    /// Bytes from clients, in channels.
    pub bytes_in: AtomicU64,
    /// Bytes to clients, in channels.
    pub bytes_out: AtomicU64,
    /// Channels that could not reach the helper or the agent's API.
    pub unreachable: AtomicU64,
}

impl Metrics {
    /// Every figure and its name.
    pub fn figures(&self) -> [(&'static str, u64); 11] {
        [
            ("connections", &self.connections),
            ("refused", &self.refused),
            ("displaced", &self.displaced),
            ("rejected_keys", &self.rejected_keys),
            ("sessions", &self.sessions),
            ("open_sessions", &self.open_sessions),
            ("withdrawn", &self.withdrawn),
            ("channels", &self.channels),
            ("bytes_in", &self.bytes_in),
            ("bytes_out", &self.bytes_out),
            ("unreachable", &self.unreachable),
        ]
        .map(|(name, counter)| (name, counter.load(Relaxed)))
    }
}

/// One more.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

/// What went through one session, counted in the whole as well.
#[derive(Default)]
pub(crate) struct Traffic {
    /// Of the gateway.
    pub metrics: std::sync::Arc<Metrics>,
    /// Channels that were opened.
    pub channels: AtomicU64,
    /// Bytes from the client.
    pub bytes_in: AtomicU64,
    /// Bytes to the client.
    pub bytes_out: AtomicU64,
}

impl Traffic {
    /// A channel was opened.
    pub fn opened(&self) {
        count(&self.channels);
        count(&self.metrics.channels);
    }

    /// That many bytes came from the client.
    pub fn received(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Relaxed);
        self.metrics.bytes_in.fetch_add(bytes as u64, Relaxed);
    }

    /// That many bytes went to the client.
    pub fn sent(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Relaxed);
        self.metrics.bytes_out.fetch_add(bytes as u64, Relaxed);
    }
}
