//! Logs on the standard error: JSON for machines, lines for a terminal.
//!
//! A log is read by more people than the machine it comes from. Nothing here can keep a secret out of it, so types that hold
//! one have no `Debug` that shows it ([`Secret`](crate::secret::Secret)), and requests are logged by their path, never by
//! their body.

use anyhow::{Result, anyhow};
use std::io::{IsTerminal, stderr};
use std::panic;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

/// What is logged if nothing else is said.
pub const DEFAULT: &str = "info";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines on a terminal, JSON elsewhere.
    #[default]
    Auto,
    Json,
    Lines,
}

/// Starts logging what `filter` lets through: a level such as `info`, and others for parts, as in `info,russh=warn`.
/// A panic is logged like everything else.
pub fn start(filter: &str, format: LogFormat) -> Result<()> {
    let filter = parse(filter)?;
    let is_json = match format {
        LogFormat::Auto => !stderr().is_terminal(),
        LogFormat::Json => true,
        LogFormat::Lines => false,
    };
    let lines = fmt::layer().with_writer(stderr);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match is_json {
        true => Box::new(lines.json().flatten_event(true).with_span_list(false).with_filter(filter)),
        false => Box::new(lines.with_ansi(stderr().is_terminal()).with_filter(filter)),
    };
    tracing_subscriber::registry().with(layer).try_init()?;
    panic::set_hook(Box::new(|it| {
        let place = it.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic: {}", it.payload_as_str().unwrap_or("of an unknown kind"));
    }));
    Ok(())
}

fn parse(filter: &str) -> Result<Targets> {
    let wrong = |cause| {
        anyhow!("`{filter}` is not a log filter ({cause}); write one such as `info` or `info,russh=warn`")
    };
    let targets: Targets = filter.parse().map_err(|error| wrong(format!("{error}")))?;
    // A misspelt level parses as the name of a part, of which there is none.
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |part: &str| levels.contains(&part.trim().to_lowercase().as_str());
    match filter.split(',').find(|part| !part.contains('=') && !is_level(part)) {
        Some(part) => Err(wrong(format!("`{part}` is not a level"))),
        None if targets.default_level().is_none() => Ok(targets.with_default(LevelFilter::INFO)),
        None => Ok(targets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn a_part_may_have_a_level_of_its_own() {
        let targets = parse("warn,gpu_lease=debug").unwrap();
        assert!(targets.would_enable("gpu_lease::meter", &Level::DEBUG));
        assert!(!targets.would_enable("hyper", &Level::INFO));
    }

    #[test]
    fn parts_alone_leave_the_rest_at_info() {
        let targets = parse("gpu_lease=debug").unwrap();
        assert!(targets.would_enable("hyper", &Level::INFO));
        assert!(!targets.would_enable("hyper", &Level::DEBUG));
    }

    #[test]
    fn a_misspelt_level_is_refused_instead_of_silencing_everything() {
        for filter in ["inof", "gpu_lease=debgu", "info,debgu", ""] {
            let error = parse(filter).unwrap_err().to_string();
            assert!(error.ends_with("write one such as `info` or `info,russh=warn`"), "{error}");
        }
    }
}
