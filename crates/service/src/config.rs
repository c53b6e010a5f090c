//! A daemon's configuration: one TOML file, and environment variables over it.
//!
//! With the prefix `GPU_LEASE_AGENT_`, the key `port` in the table `ssh` is also the variable `GPU_LEASE_AGENT_SSH__PORT`.
//! Every struct that is read says `#[serde(deny_unknown_fields)]`: a misspelt limit must not be no limit. Secrets have no
//! place here, as faults show values; [`SecretFile`](crate::secret::SecretFile) says where they are.

use anyhow::{Context, Result, anyhow};
use figment::Figment;
use figment::error::{Actual, Error, Kind};
use figment::providers::{Env, Format, Toml};
use serde::de::DeserializeOwned;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// A number of bytes such as `"16 GiB"`.
pub use bytesize::ByteSize;
/// A duration such as `"30s"`, as `#[serde(with = "duration")]`.
pub use humantime_serde as duration;

/// What a daemon's command line reads from the environment with the same prefix.
const OPTIONS: [&str; 2] = ["config", "log"];

/// How alike two keys are, of 1, if one may be meant by the other.
const ALIKE: f64 = 0.8;

/// Reads the file at `path`, if there is one, and over it the variables that begin with `prefix`.
pub fn load<T: DeserializeOwned>(path: Option<&Path>, prefix: &str) -> Result<T> {
    let mut figment = Figment::new();
    if let Some(path) = path {
        let text = fs::read_to_string(path).with_context(|| {
            format!(
                "the configuration {} cannot be read; write it, or pass the path of another",
                path.display()
            )
        })?;
        figment = figment.merge(Toml::string(&text));
    }
    figment = figment.merge(Env::prefixed(prefix).ignore(&OPTIONS).split("__"));
    figment.extract().map_err(|error| {
        let place = path.map_or_else(|| "the environment".to_owned(), |path| path.display().to_string());
        let faults: Vec<String> = error.into_iter().map(|error| fault(&error, &place, prefix)).collect();
        anyhow!("{}", faults.join("\n"))
    })
}

/// What `--check` does: prints that all is well, or every fault that `inspect` finds in what was read.
pub fn check<T>(loaded: Result<T>, inspect: impl FnOnce(&T) -> Vec<String>) -> ExitCode {
    let faults = match &loaded {
        Ok(config) => inspect(config),
        Err(error) => vec![format!("{error:#}")],
    };
    for fault in &faults {
        eprintln!("{fault}");
    }
    match faults.is_empty() {
        true => {
            println!("The configuration is fine.");
            ExitCode::SUCCESS
        }
        false => ExitCode::FAILURE,
    }
}

/// A sentence that says where, what, and what to do.
fn fault(error: &Error, file: &str, prefix: &str) -> String {
    let is_variable = error.metadata.as_ref().is_some_and(|it| it.name.contains("environment"));
    let place = match is_variable {
        true => format!("the environment variable {prefix}{}", error.path.join("__").to_uppercase()),
        false => file.to_owned(),
    };
    let key = error.path.join(".");
    let fault = match &error.kind {
        Kind::UnknownField(name, known) => format!("unknown key `{name}`; {}", advice(name, known)),
        Kind::UnknownVariant(name, known) => format!("`{key}` cannot be `{name}`; {}", advice(name, known)),
        Kind::MissingField(name) if key.is_empty() => format!("the key `{name}` is missing; write it"),
        Kind::MissingField(name) => format!("the key `{name}` is missing in `{key}`; write it"),
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            let fault = format!("`{key}` is {}, and has to be {}", shown(found), meant(expected));
            match is_variable && expected == "a string" {
                true => fault + "; put it in double quotes inside the variable",
                false => fault,
            }
        }
        kind if key.is_empty() => kind.to_string(),
        kind => format!("`{key}`: {kind}"),
    };
    format!("{place}: {fault}")
}

/// What serde's words for a type mean.
fn meant(expected: &str) -> &str {
    match expected {
        "a duration" => "a duration such as \"30s\"",
        "parsable string" => "a size such as \"16 GiB\"",
        "a string" => "text",
        expected => expected,
    }
}

fn shown(found: &Actual) -> String {
    match found {
        Actual::Bool(value) => format!("`{value}`"),
        Actual::Unsigned(value) => format!("the number {value}"),
        Actual::Signed(value) => format!("the number {value}"),
        Actual::Float(value) => format!("the number {value}"),
        Actual::Str(value) => format!("the text `{value}`"),
        Actual::Map => "a table".to_owned(),
        Actual::Seq => "a list".to_owned(),
        other => other.to_string(),
    }
}

fn advice(name: &str, known: &[&str]) -> String {
    let alike = known.iter().map(|it| (strsim::jaro_winkler(name, it), it));
    match alike.filter(|(alike, _)| *alike >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((_, meant)) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => "take it away".to_owned(),
        None => format!("there are `{}`", known.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use figment::Jail;
    use serde::Deserialize;
    use std::time::Duration;

    const PREFIX: &str = "GPU_LEASE_SAMPLE_";

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        listen: String,
        #[serde(default)]
        mode: Mode,
        limits: Limits,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        #[serde(with = "duration")]
        patience: Duration,
        memory: ByteSize,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        #[default]
        Act,
        Alert,
    }

    const GOOD: &str = "listen = \"a\"\n[limits]\npatience = \"1m 30s\"\nmemory = \"16 GiB\"\n";

    /// What is read from a file with `text`, under `variables`.
    #[expect(clippy::result_large_err, reason = "figment's jail asks for figment's error")]
    fn read(text: &str, variables: &[(&str, &str)]) -> Result<Sample, String> {
        let mut read = None;
        Jail::expect_with(|jail| {
            jail.create_file("sample.toml", text)?;
            for (name, value) in variables {
                jail.set_env(format!("{PREFIX}{name}"), value);
            }
            read = Some(load(Some(Path::new("sample.toml")), PREFIX).map_err(|error| format!("{error:#}")));
            Ok(())
        });
        read.unwrap()
    }

    #[test]
    fn durations_and_sizes_are_written_as_people_write_them() {
        let limits = Limits { patience: Duration::from_secs(90), memory: ByteSize::gib(16) };
        let sample = Sample { listen: "a".to_owned(), mode: Mode::Act, limits };
        assert_eq!(read(GOOD, &[]), Ok(sample));
    }

    #[test]
    fn a_variable_stands_over_the_file_also_in_a_table() {
        let variables = [("LISTEN", "b"), ("LIMITS__PATIENCE", "2h"), ("CONFIG", "x"), ("LOG", "debug")];
        let sample = read(GOOD, &variables).unwrap();
        assert_eq!((sample.listen.as_str(), sample.limits.patience), ("b", Duration::from_secs(7_200)));
    }

    #[test]
    fn a_misspelt_key_is_told_with_the_one_that_is_meant() {
        let fault = read(&GOOD.replace("listen", "lisen"), &[]).unwrap_err();
        assert_eq!(fault, "sample.toml: unknown key `lisen`; did you mean `listen`?");
        let fault = read(&GOOD.replace("memory", "colour"), &[]).unwrap_err();
        assert_eq!(fault, "sample.toml: unknown key `colour`; there are `patience`, `memory`");
    }

    #[test]
    fn a_misspelt_variable_is_told_by_its_own_name() {
        let fault = read(GOOD, &[("LIMITS__MEMROY", "1 GiB")]).unwrap_err();
        assert_eq!(
            fault,
            "the environment variable GPU_LEASE_SAMPLE_LIMITS__MEMROY: unknown key `memroy`; did you mean `memory`?"
        );
    }

    #[test]
    fn a_missing_key_is_named_with_its_table() {
        let fault = read("", &[]).unwrap_err();
        assert_eq!(fault, "sample.toml: the key `listen` is missing; write it");
        let fault = read("listen = \"a\"\n[limits]\npatience = \"1s\"\n", &[]).unwrap_err();
        assert_eq!(fault, "sample.toml: the key `memory` is missing in `limits`; write it");
    }

    #[test]
    fn a_value_that_cannot_be_is_told_with_its_key() {
        let fault = read(&GOOD.replace("1m 30s", "soon"), &[]).unwrap_err();
        let expected = "`limits.patience` is the text `soon`, and has to be a duration such as \"30s\"";
        assert_eq!(fault, format!("sample.toml: {expected}"));
        let fault = read(&GOOD.replace("16 GiB", "much"), &[]).unwrap_err();
        let expected = "`limits.memory` is the text `much`, and has to be a size such as \"16 GiB\"";
        assert_eq!(fault, format!("sample.toml: {expected}"));
        let fault = read(&GOOD.replace("\"a\"", "7"), &[]).unwrap_err();
        assert_eq!(fault, "sample.toml: `listen` is the number 7, and has to be text");
        let fault = read(&format!("mode = \"alrt\"\n{GOOD}"), &[]).unwrap_err();
        assert_eq!(fault, "sample.toml: `mode` cannot be `alrt`; did you mean `alert`?");
    }

    #[test]
    fn a_number_in_a_variable_says_how_to_make_it_text() {
        let fault = read(GOOD, &[("LISTEN", "7")]).unwrap_err();
        assert!(fault.contains("GPU_LEASE_SAMPLE_LISTEN: `listen` is the number 7"), "{fault}");
        assert!(fault.ends_with("; put it in double quotes inside the variable"), "{fault}");
        assert_eq!(read(GOOD, &[("LISTEN", "\"7\"")]).unwrap().listen, "7");
    }

    #[test]
    fn what_is_not_toml_is_told_with_its_line() {
        let fault = read("listen = \"a\"\nlimits =\n", &[]).unwrap_err();
        assert!(fault.starts_with("sample.toml: ") && fault.contains("line 2"), "{fault}");
    }

    #[test]
    fn a_missing_file_is_told_by_its_path() {
        let fault = load::<Sample>(Some(Path::new("/nowhere/agent.toml")), PREFIX).unwrap_err().to_string();
        assert!(
            fault.starts_with("the configuration /nowhere/agent.toml cannot be read; write it"),
            "{fault}"
        );
    }
}
