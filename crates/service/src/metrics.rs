//! Metrics in the text format of OpenMetrics, which Prometheus reads.
//!
//! A daemon registers its own in the [`registry`] before it hands that to [`monitoring`](crate::monitoring).

use crate::health::Health;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::fmt;

/// The media type of [`text`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A registry that has what every daemon shows: which build of `program` it is, and how its checks are.
pub fn registry(program: &'static str, version: &'static str, health: &Health) -> Registry {
    let mut registry = Registry::default();
    let build = Info::new([("program", program), ("version", version)].to_vec());
    registry.register("build", "Which program this is", build);
    registry.register_collector(Box::new(Checks(health.clone())));
    registry
}

/// All metrics as text.
pub fn text(registry: &Registry) -> Result<String, fmt::Error> {
    let mut text = String::new();
    encode(&mut text, registry)?;
    Ok(text)
}

/// Reads the checks when it is asked.
#[derive(Debug)]
struct Checks(Health);

impl Collector for Checks {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let help = "Whether a check is healthy: 1 or 0";
        let mut family = encoder.encode_descriptor("health_check", help, None, MetricType::Gauge)?;
        for check in self.0.report().checks {
            ConstGauge::new(i64::from(check.ok)).encode(family.encode_family(&[("check", check.name)])?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::metrics::counter::Counter;
    use std::time::Duration;

    #[test]
    fn the_text_has_build_checks_and_the_daemon_s_own_metrics() {
        let health = Health::default();
        let deadline = Duration::from_secs(60);
        health.check("chain", deadline).failing("the node does not answer");
        health.check("meter", deadline).fine();
        let mut registry = registry("agent", "1.2.3", &health);
        let statements = Counter::<u64>::default();
        registry.register("statements", "Statements signed", statements.clone());
        statements.inc_by(7);
        let expected = "# HELP build Which program this is.\n# TYPE build info\n\
                        build_info{program=\"agent\",version=\"1.2.3\"} 1\n\
                        # HELP statements Statements signed.\n# TYPE statements counter\nstatements_total 7\n\
                        # HELP health_check Whether a check is healthy: 1 or 0\n# TYPE health_check gauge\n\
                        health_check{check=\"chain\"} 0\nhealth_check{check=\"meter\"} 1\n# EOF\n";
        assert_eq!(text(&registry).unwrap(), expected);
    }
}
