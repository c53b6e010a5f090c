//! What systemd is told of a `Type=notify` unit. Outside of one nobody listens, and nothing happens.

use crate::health::Health;
use sd_notify::NotifyState::{Ready, Status, Stopping, Watchdog};
use sd_notify::{NotifyState, watchdog_enabled};
use std::future::pending;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// The daemon does its work from here on.
pub fn ready() {
    tell(&[Ready, Status("running")]);
}

/// The daemon has begun to stop.
pub fn stopping() {
    tell(&[Stopping, Status("stopping")]);
}

/// One line for `systemctl status`.
pub fn status(line: &str) {
    // A second line would be read as a field of its own.
    tell(&[Status(line.lines().next().unwrap_or_default())]);
}

/// Tells systemd's watchdog that the daemon is alive, for as long as no loop hangs. Never returns.
///
/// A failure that a loop can tell does not stop the pings: a restart brings no node back. Nor does silence after `stop`:
/// loops that have ended are silent, and how long the others may take is the grace's affair.
pub async fn watchdog(health: &Health, stop: &CancellationToken) {
    let Some(period) = watchdog_enabled() else { return pending().await };
    // Half of what systemd waits, as its manual advises.
    let mut ticks = interval(period / 2);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let report = health.report();
        match report.hanging().as_slice() {
            [] => tell(&[Watchdog]),
            _ if stop.is_cancelled() => tell(&[Watchdog]),
            hanging => {
                let line = format!("hanging: {}", hanging.join(", "));
                tracing::error!("{line}");
                status(&line);
            }
        }
    }
}

fn tell(state: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd cannot be told");
    }
}
