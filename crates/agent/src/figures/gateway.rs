//! The gateway's.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use gpu_lease_gateway::Metrics;
use gpu_lease_service::metrics::Metric;

use crate::tunnel::TunnelFigures;

/// Those of a tunnel.
pub fn tunnel(figures: &TunnelFigures) -> Vec<Metric> {
    vec![
        Metric::gauge(
            "gpu_lease_gateway_tunnel_up",
            "Whether somebody got through the relay when that was last tried: 1 or 0",
            u64::from(figures.is_up.load(Relaxed)),
        ),
        Metric::counter(
            "gpu_lease_gateway_tunnel_starts",
            "How often ssh was started to hold the tunnel open",
            figures.starts.load(Relaxed),
        ),
    ]
}

/// As they are now.
pub fn gateway(metrics: &Metrics) -> Vec<Metric> {
    // One that is new there has to be named here.
    let Metrics {
        connections,
        refused,
        displaced,
        rejected_keys,
        sessions,
        open_sessions,
        withdrawn,
        channels,
        bytes_in,
        bytes_out,
        unreachable,
    } = metrics;
    let counter = |name, help, value: &AtomicU64| Metric::counter(name, help, value.load(Relaxed));
    vec![
        counter(
            "gpu_lease_gateway_connections",
            "Connections that were let in, before they logged in",
            connections,
        ),
        counter(
            "gpu_lease_gateway_refused_connections",
            "Connections of addresses that had too many already",
            refused,
        ),
        counter(
            "gpu_lease_gateway_displaced_connections",
            "Connections that made place for others, as they took too long to log in",
            displaced,
        ),
        counter("gpu_lease_gateway_rejected_keys", "Keys that were turned down", rejected_keys),
        counter("gpu_lease_gateway_sessions", "Connections that logged in", sessions),
        Metric::gauge(
            "gpu_lease_gateway_open_sessions",
            "Sessions that are open now",
            open_sessions.load(Relaxed),
        ),
        counter("gpu_lease_gateway_withdrawn_sessions", "Sessions that ended with their lease", withdrawn),
        counter(
            "gpu_lease_gateway_channels",
            "Shells, commands, transfers and forwarded connections",
            channels,
        ),
        counter("gpu_lease_gateway_received_bytes", "Bytes from renters, in channels", bytes_in),
        counter("gpu_lease_gateway_sent_bytes", "Bytes to renters, in channels", bytes_out),
        counter(
            "gpu_lease_gateway_unreachable_channels",
            "Channels that reached neither a helper nor the agent's API",
            unreachable,
        ),
    ]
}
