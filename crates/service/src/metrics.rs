//! Metrics in the text format of OpenMetrics, which Prometheus reads.
//!
//! A daemon registers its own in the [`registry`] before it hands that to [`monitoring`](crate::monitoring). What it counts
//! anyway is read when somebody asks: [`read_from`].

use crate::health::Health;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
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

/// What a metric's figures do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// They only rise, from the start of the daemon on. The text adds `_total` to the name.
    Counter,
    /// They rise and fall.
    Gauge,
}

/// A metric as it is at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// With its unit at the end, and in front of it the daemon's.
    pub name: &'static str,
    pub help: &'static str,
    pub kind: Kind,
    pub figures: Vec<Figure>,
}

/// One figure of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Names and values of what tells it from the metric's others.
    pub labels: Vec<(&'static str, String)>,
    pub value: u64,
}

impl Metric {
    /// A counter with one figure.
    pub fn counter(name: &'static str, help: &'static str, value: u64) -> Self {
        Self { name, help, kind: Kind::Counter, figures: vec![Figure { labels: Vec::new(), value }] }
    }

    /// A gauge with one figure; with none where it is not known.
    pub fn gauge(name: &'static str, help: &'static str, value: impl Into<Option<u64>>) -> Self {
        let figures = value.into().map(|value| Figure { labels: Vec::new(), value });
        Self { name, help, kind: Kind::Gauge, figures: figures.into_iter().collect() }
    }

    /// A metric with a figure for each value of a label.
    pub fn by(
        kind: Kind,
        name: &'static str,
        help: &'static str,
        label: &'static str,
        figures: impl IntoIterator<Item = (&'static str, u64)>,
    ) -> Self {
        let figure = |(of, value): (&str, u64)| Figure { labels: vec![(label, of.to_owned())], value };
        Self { name, help, kind, figures: figures.into_iter().map(figure).collect() }
    }
}

/// Has `read` asked at each look.
pub fn read_from(registry: &mut Registry, read: impl Fn() -> Vec<Metric> + Send + Sync + 'static) {
    registry.register_collector(Box::new(Read(read)));
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

/// Reads what a daemon counts when it is asked.
struct Read<F>(F);

impl<F> fmt::Debug for Read<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Read")
    }
}

impl<F: Fn() -> Vec<Metric> + Send + Sync + 'static> Collector for Read<F> {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        for Metric { name, help, kind, figures } in (self.0)() {
            let metric_type = match kind {
                Kind::Counter => MetricType::Counter,
                Kind::Gauge => MetricType::Gauge,
            };
            let mut metric = encoder.encode_descriptor(name, help, None, metric_type)?;
            for Figure { labels, value } in figures {
                let metric = metric.encode_family(&labels)?;
                match kind {
                    Kind::Counter => ConstCounter::new(value).encode(metric)?,
                    Kind::Gauge => ConstGauge::new(value).encode(metric)?,
                }
            }
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

    #[test]
    fn what_a_daemon_counts_is_read_at_each_look() {
        let seen = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(1));
        let mut registry = Registry::default();
        let looked = seen.clone();
        read_from(&mut registry, move || {
            let seen = looked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            vec![
                Metric::counter("looks", "Looks", seen),
                Metric::by(Kind::Gauge, "cards", "Cards", "state", [("free", 3), ("held", 5)]),
                Metric::gauge("balance_lamports", "Not known yet", None),
            ]
        });
        let expected = |looks| {
            format!(
                "# HELP looks Looks\n# TYPE looks counter\nlooks_total {looks}\n\
                 # HELP cards Cards\n# TYPE cards gauge\n\
                 cards{{state=\"free\"}} 3\ncards{{state=\"held\"}} 5\n\
                 # HELP balance_lamports Not known yet\n# TYPE balance_lamports gauge\n# EOF\n"
            )
        };
        assert_eq!(text(&registry).unwrap(), expected(1));
        assert_eq!(text(&registry).unwrap(), expected(2));
    }
}
