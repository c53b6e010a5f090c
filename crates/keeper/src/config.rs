//! What a keeper's owner writes down.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use gpu_lease_client::outlook::Upkeep;
use gpu_lease_service::config::duration;
use gpu_lease_service::monitoring::Monitoring;
use gpu_lease_service::secret::SecretFile;
use serde::Deserialize;
use solana_address::Address;
use solana_keypair::Keypair;
use strum::IntoEnumIterator;

use crate::plan::{Rules, Worth};

/// Before each variable that stands over a key of the file.
pub const PREFIX: &str = "GPU_LEASE_KEEPER_";

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its folder: what was spent.
    pub state: PathBuf,
    /// The key file of the wallet that pays for transactions.
    pub wallet: SecretFile,
    /// Health and metrics.
    pub monitoring: Monitoring,
    /// The cluster.
    pub chain: Chain,
    /// What is done, and for how much.
    #[serde(default)]
    pub keeping: Keeping,
}

/// The cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// JSON-RPC of a node.
    pub rpc: String,
    /// Its WebSocket; without one it is only looked from time to time.
    pub websocket: Option<String>,
    /// Time between two looks at everything.
    #[serde(with = "duration", default = "half_a_minute")]
    pub every: Duration,
    /// Highest priority fee, micro-lamports a compute unit.
    #[serde(default = "most_priority_fee")]
    pub most_priority_fee: u64,
}

/// What is done, and for how much.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keeping {
    /// Lamports that may be spent in 24 hours.
    pub lamports_a_day: u64,
    /// How long something is left to others once it is due.
    #[serde(with = "duration")]
    pub delay: Duration,
    /// What is added to that at most, at random.
    #[serde(with = "duration")]
    pub jitter: Duration,
    /// What is done.
    pub deeds: BTreeSet<Upkeep>,
    /// How much is done at once.
    pub at_once: usize,
    /// Whether a token account is created, and its rent paid, for a party that has none that can be paid into.
    pub create_accounts: bool,
    /// What has to wait for a deed, lamports.
    pub least_worth: u64,
    /// What a million base units of the mint are worth in which fees weigh in votes, lamports.
    pub worth_of_unit: u64,
    /// The same of other mints; nothing of those that are not here.
    pub worth: BTreeMap<String, u64>,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            lamports_a_day: 1_000_000,
            delay: Duration::from_secs(60),
            jitter: Duration::from_secs(60),
            deeds: Upkeep::iter().collect(),
            at_once: 4,
            create_accounts: false,
            least_worth: 10_000,
            worth_of_unit: 5_000_000,
            worth: BTreeMap::new(),
        }
    }
}

impl Config {
    /// What the plan keeps to.
    pub fn rules(&self) -> Result<Rules> {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let Keeping { delay, jitter, deeds, at_once, least_worth, worth, worth_of_unit, .. } =
            self.keeping.clone();
        let read = |(mint, worth): (String, u64)| {
            let address = mint.parse::<Address>().with_context(|| {
                format!("`{mint}` in `keeping.worth` is not an address; write that of a mint")
            });
            address.map(|mint| (mint, worth))
        };
        let by_mint = worth.into_iter().map(read).collect::<Result<_>>()?;
        Ok(Rules {
            delay: seconds(delay),
            jitter: seconds(jitter),
            deeds,
            at_once,
            least_worth,
            worth: Worth { by_mint, of_unit: worth_of_unit },
        })
    }

    /// The wallet.
    pub fn wallet(&self) -> Result<Keypair> {
        let file = &self.wallet;
        let secret = file.read()?;
        let bytes: Vec<u8> = serde_json::from_slice(secret.bytes())
            .with_context(|| format!("{file} is not a key file; make one with `solana-keygen new`"))?;
        Keypair::try_from(bytes.as_slice()).with_context(|| format!("{file} holds no key"))
    }

    /// What is wrong with it.
    pub fn faults(&self) -> Vec<String> {
        let rules = self.rules();
        let rules = rules.err().map(|error| error.to_string());
        let none = |is: bool, what: &str| is.then(|| what.to_owned());
        [
            rules,
            none(
                self.keeping.at_once == 0,
                "`keeping.at_once` is 0, so that nothing is ever done; write 1 or more",
            ),
            none(
                self.chain.every.is_zero(),
                "`chain.every` is no time at all; write how long to wait between two looks, such as \"30s\"",
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

const fn half_a_minute() -> Duration {
    Duration::from_secs(30)
}

const fn most_priority_fee() -> u64 {
    10_000
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn example() -> Config {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu-lease-keeper.toml");
        gpu_lease_service::config::load(Some(&example), PREFIX).unwrap()
    }

    #[test]
    fn what_the_commented_example_says_is_what_holds_without_it() {
        let Config { chain, keeping, .. } = example();
        assert_eq!((chain.every, chain.most_priority_fee), (half_a_minute(), most_priority_fee()));
        assert_eq!(format!("{keeping:?}"), format!("{:?}", Keeping::default()));
    }

    #[test]
    fn faults_are_told() {
        let mut config = example();
        assert_eq!(config.faults(), Vec::<String>::new());
        config.keeping.worth.insert("dollars".to_owned(), 5);
        config.keeping.at_once = 0;
        config.chain.every = Duration::ZERO;
        assert_eq!(config.faults().len(), 3);
    }
}
