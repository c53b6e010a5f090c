//! `gpu-lease-agent gateway`

use std::time::Duration;

use anyhow::Result;
use gpu_lease_gateway::{Config as GatewayConfig, Gateway};
use gpu_lease_service::health::Health;
use gpu_lease_service::lock::FolderLock;
use gpu_lease_service::services::Services;
use gpu_lease_service::{metrics, monitoring};

use crate::config::Config;
use crate::doors::{admissions, host_key};
use crate::figures;
use crate::tunnel::Held;

/// How long sessions may go on when the gateway is stopped.
const GRACE: Duration = Duration::from_secs(30);

/// Runs until it is told to stop.
pub async fn gateway(config: Config) -> Result<()> {
    let state = &config.gateway.state;
    std::fs::create_dir_all(state)?;
    let _lock = FolderLock::take(state)?;
    let (host_key, admissions) = (host_key(&config.gateway)?, admissions(&config.gateway)?);
    let gateway = Gateway::open(GatewayConfig::new(config.gateway.listen, host_key, admissions)).await?;

    let health = Health::default();
    let mut registry = metrics::registry("gpu-lease-agent gateway", env!("CARGO_PKG_VERSION"), &health);
    let tunnel = config.gateway.tunnel.clone().map(|tunnel| {
        let public = (config.gateway.host.clone(), config.gateway.public_port());
        Held::new(tunnel, public, config.gateway.listen.port(), state)
    });
    let tunnel = tunnel.transpose()?;
    let (counted, tunnelled) = (gateway.metrics(), tunnel.as_ref().map(Held::figures));
    metrics::read_from(&mut registry, move || {
        let tunnel = tunnelled.as_deref().map(figures::tunnel);
        figures::gateway(&counted).into_iter().chain(tunnel.into_iter().flatten()).collect()
    });
    let watched = config.gateway.monitoring.bind().await?;
    let mut services = Services::new()?;
    if let Some(tunnel) = tunnel {
        let health = health.clone();
        services.start("tunnel", |service| tunnel.hold(health, service));
    }
    let watching = health.clone();
    services.start("monitoring", |service| monitoring::run(watched, watching, registry, service));
    services.start("gateway", |mut service| async move {
        service.ready();
        gateway.serve(service.stop.clone()).await;
        Ok(())
    });
    services.run(health, GRACE + Duration::from_secs(5)).await
}
