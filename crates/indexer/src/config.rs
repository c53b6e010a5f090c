//! What an indexer's owner writes down.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use gpu_lease_service::config::duration;
use gpu_lease_service::monitoring::Monitoring;
use gpu_lease_service::secret::SecretFile;
use serde::Deserialize;

use crate::api::Limits;
use crate::node::Source;

/// Before each variable that stands over a key of the file.
pub const PREFIX: &str = "GPU_LEASE_INDEXER_";

/// What stands for a file of SQLite in the folder.
const SQLITE: &str = "sqlite";

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its folder: the record, if that is SQLite's, and a lock.
    pub state: PathBuf,
    /// Health and metrics.
    pub monitoring: Monitoring,
    /// The record.
    #[serde(default)]
    pub store: Database,
    /// The cluster.
    pub chain: Source,
    /// What is answered.
    #[serde(default)]
    pub api: Api,
    /// What is compared.
    #[serde(default)]
    pub audit: Audit,
}

/// The record.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite`, or where a PostgreSQL database is.
    pub url: String,
    /// Its password.
    pub password: Option<SecretFile>,
}

/// What is answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Api {
    /// Where.
    pub listen: SocketAddr,
    /// Requests a second of one address, in the long run.
    pub requests_a_second: NonZeroU32,
    /// Those that may come at once after a pause.
    pub burst: NonZeroU32,
    /// How long an answer may take.
    #[serde(with = "duration")]
    pub patience: Duration,
    /// Requests that are answered at once; others wait.
    pub at_once: usize,
    /// Streams of events at once.
    pub streams: usize,
    /// The header in which a proxy names the client.
    pub client_header: Option<String>,
}

/// What is compared.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// How often.
    #[serde(with = "duration")]
    pub every: Duration,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: SQLITE.to_owned(), password: None }
    }
}

impl Default for Api {
    fn default() -> Self {
        let Limits { per_second, burst, client_header, at_once, patience, streams, .. } = Limits::default();
        let listen = (Ipv4Addr::LOCALHOST, 9_090).into();
        Self { listen, requests_a_second: per_second, burst, patience, at_once, streams, client_header }
    }
}

impl Api {
    /// What clients may take.
    pub fn limits(&self) -> Limits {
        let Self { requests_a_second, burst, patience, at_once, streams, client_header, .. } = self.clone();
        let per_second = requests_a_second;
        Limits { per_second, burst, client_header, at_once, patience, streams, ..Limits::default() }
    }
}

impl Default for Audit {
    fn default() -> Self {
        Self { every: Duration::from_secs(600) }
    }
}

impl Config {
    /// Where the record is, with its password: not for logs.
    pub fn database(&self) -> Result<String> {
        let Database { url, password } = &self.store;
        if url == SQLITE {
            return Ok(format!("sqlite:{}", self.state.join("record.sqlite").display()));
        }
        let Some(file) = password else { return Ok(url.clone()) };
        let secret = file.read()?;
        let password = std::str::from_utf8(secret.bytes())
            .with_context(|| format!("the database's password in {file} is not text"))?
            .trim_end_matches('\n');
        with_password(url, password)
    }

    /// What is wrong with it.
    pub fn faults(&self) -> Vec<String> {
        let Self { store, chain, api, audit, .. } = self;
        let fault = |is: bool, what: &str| is.then(|| what.to_owned());
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| store.url.starts_with(scheme));
        [
            fault(
                store.url != SQLITE && !is_postgres,
                "`store.url` is neither `sqlite` nor the address of a PostgreSQL database, such as \
                 \"postgres://USER@HOST/DATABASE\"",
            ),
            fault(
                has_password(&store.url),
                "`store.url` has a password in it, which others could read; write it to a file, and its path as \
                 `store.password`",
            ),
            fault(
                store.url == SQLITE && store.password.is_some(),
                "`store.password` is of no use with SQLite; take it away",
            ),
            fault(
                chain.every.is_zero(),
                "`chain.every` is no time at all; write how long to wait between two looks, such as \"2s\"",
            ),
            fault(
                chain.calls > 0 && chain.per.is_zero(),
                "`chain.per` is no time at all; write in which time `chain.calls` are allowed, such as \"10s\"",
            ),
            fault(
                api.at_once == 0,
                "`api.at_once` is 0, so that nothing is ever answered; write 1 or more",
            ),
            fault(
                api.patience.is_zero(),
                "`api.patience` is no time at all; write how long a question may take, such as \"2s\"",
            ),
            fault(
                audit.every < Duration::from_secs(1),
                "`audit.every` is less than a second; write how long to wait between two audits, such as \"10m\"",
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The address of a database with a password put in.
fn with_password(url: &str, password: &str) -> Result<String> {
    let (scheme, rest) = url.split_once("://").context("`store.url` has no scheme")?;
    let (user, place) = rest.split_once('@').context(
        "`store.url` names no user for the password; write it like \"postgres://USER@HOST/DATABASE\"",
    )?;
    ensure!(!user.contains(':'), "`store.url` has a password already");
    Ok(format!("{scheme}://{user}:{}@{place}", escaped(password)))
}

/// As it may stand in an address.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

fn has_password(url: &str) -> bool {
    let place = url.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    place.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) || url.contains("password=")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    fn example() -> Config {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu-lease-indexer.toml");
        gpu_lease_service::config::load(Some(&example), PREFIX).unwrap()
    }

    #[test]
    fn what_the_commented_example_says_is_what_holds_without_it() {
        let example = example();
        let folder = tempfile::tempdir().unwrap();
        let short = folder.path().join("short.toml");
        let asked_for = "state = \"/var/lib/gpu-lease-indexer\"\nmonitoring = { listen = \"127.0.0.1:9483\" }\n\
                         [chain]\nrpc = \"http://127.0.0.1:8899\"\nwebsocket = \"ws://127.0.0.1:8900\"\n";
        fs::write(&short, asked_for).unwrap();
        let short: Config = gpu_lease_service::config::load(Some(&short), PREFIX).unwrap();
        assert_eq!(format!("{example:?}"), format!("{short:?}"));
    }

    #[test]
    fn faults_are_told() {
        let mut config = example();
        assert_eq!(config.faults(), Vec::<String>::new());
        config.store.password = Some(SecretFile::Credential("database".to_owned()));
        config.chain.every = Duration::ZERO;
        config.chain.per = Duration::ZERO;
        config.api.at_once = 0;
        config.api.patience = Duration::ZERO;
        config.audit.every = Duration::ZERO;
        assert_eq!(config.faults().len(), 6);
        for wrong in ["mysql://a@b/c", "postgres://a:secret@b/c", "postgres://b/c?password=secret"] {
            let store = Database { url: wrong.to_owned(), password: None };
            assert_eq!(Config { store, ..example() }.faults().len(), 1, "{wrong}");
        }
        for right in [
            "postgres://a@b/c",
            "postgresql:///c?host=/run/postgresql",
            "postgres://b/c?application_name=a@b:c",
        ] {
            let store = Database { url: right.to_owned(), password: None };
            assert_eq!(Config { store, ..example() }.faults(), Vec::<String>::new(), "{right}");
        }
    }

    #[test]
    fn a_password_comes_from_its_file_whatever_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        fs::write(&file, "a/b@c:d é\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let with = |url: &str| {
            let store = Database { url: url.to_owned(), password: Some(SecretFile::Path(file.clone())) };
            Config { store, ..example() }.database()
        };
        assert_eq!(with("postgres://me@db/it").unwrap(), "postgres://me:a%2Fb%40c%3Ad%20%C3%A9@db/it");
        assert!(with("postgres://db/it").unwrap_err().to_string().contains("names no user"));
        assert_eq!(example().database().unwrap(), "sqlite:/var/lib/gpu-lease-indexer/record.sqlite");
    }
}
