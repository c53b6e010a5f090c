//! What a renter writes down for its guard.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use gpu_lease_client::listing::Ssh;
use gpu_lease_service::config::duration;
use gpu_lease_service::monitoring::Monitoring;
use gpu_lease_service::secret::SecretFile;
use gpu_lease_service::webhook::Webhook;
use serde::Deserialize;
use solana_address::Address;

use crate::plan::{self, MintBudget, Part, Settings};
use crate::probe::Schedule;

/// Before each variable that stands over a key of the file.
pub const PREFIX: &str = "GPU_LEASE_GUARD_";

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The guard's folder.
    pub state: PathBuf,
    /// What it does by itself.
    #[serde(default)]
    pub mode: Mode,
    /// Whether it only probes, and disputes what the other one has not.
    #[serde(default)]
    pub standby: bool,
    /// Health, metrics, and what it tells of its leases.
    pub monitoring: Monitoring,
    /// The cluster.
    pub chain: Chain,
    /// The keys.
    pub keys: Keys,
    /// Where the machines of offers are, for leases whose access keys are not here.
    #[serde(default)]
    pub machines: BTreeMap<String, Machine>,
    /// How often machines are looked at.
    #[serde(default)]
    pub probes: Probes,
    /// What it may let be lost.
    #[serde(default)]
    pub limits: Limits,
    /// What it may spend.
    #[serde(default)]
    pub budgets: Budgets,
    /// How it keeps leases paid for; without it nothing is paid in.
    pub funding: Option<Funding>,
    /// What a machine has to be like at the start.
    #[serde(default)]
    pub acceptance: Acceptance,
    /// Who is told.
    pub webhook: Option<Webhook>,
}

/// What a guard does by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Whatever is to be done.
    #[default]
    Act,
    /// It co-signs. What costs money it asks for.
    Ask,
    /// It signs nothing, and tells what it would do.
    Alert,
}

impl Mode {
    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Ask => "ask",
            Self::Alert => "alert",
        }
    }
}

/// The cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// JSON-RPC of a node.
    pub rpc: String,
    /// That of another, which has to show a claim, too, before it is disputed.
    pub second: Option<String>,
    /// Time between two looks.
    #[serde(with = "duration", default = "look")]
    pub every: Duration,
    /// Highest priority fee, micro-lamports a compute unit.
    #[serde(default = "most_priority_fee")]
    pub most_priority_fee: u64,
}

/// The keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Key files: the leases that name one of these their session key are watched.
    #[serde(default)]
    pub sessions: Vec<SecretFile>,
    /// The key file of a verifier: then it signs as such what it saw, and does nothing else.
    pub verifier: Option<SecretFile>,
    /// The key file of the wallet that pays for transactions, stakes and top-ups.
    pub wallet: Option<SecretFile>,
    /// Access keys and SSH keys to log in with, or folders of them.
    #[serde(default)]
    pub access: Vec<SecretFile>,
}

/// Where a machine is, as its offer's listing says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Name or address.
    pub host: String,
    /// Its SSH port.
    pub port: u16,
    /// Fingerprint of its host key: `SHA256:…`.
    pub host_key: String,
}

impl From<Machine> for Ssh {
    fn from(Machine { host, port, host_key }: Machine) -> Self {
        Self { host, port, host_key_fingerprint: host_key }
    }
}

/// How often machines are looked at.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Probes {
    /// Between two probes, on average.
    #[serde(with = "duration")]
    pub every: Duration,
    /// Between two logins.
    #[serde(with = "duration")]
    pub login: Duration,
}

impl Default for Probes {
    fn default() -> Self {
        let Schedule { probe, login, .. } = Schedule::default();
        Self { every: probe, login }
    }
}

impl Probes {
    /// Times of probes.
    pub fn schedule(self) -> Schedule {
        Schedule { probe: self.every, least: self.every / 12, most: 4 * self.every, login: self.login }
    }
}

/// What it may let be lost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Time of all GPUs of a lease that may be paid for in all though it cannot have been delivered.
    #[serde(with = "duration")]
    pub loss_limit: Duration,
    /// Whether a claim is disputed as soon as it is seen.
    pub at_once: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { loss_limit: Duration::from_secs(plan::LOSS_LIMIT.into()), at_once: false }
    }
}

/// What it may spend.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budgets {
    /// Lamports for transactions in a day.
    pub lamports_a_day: u64,
    /// Base units by mint; nothing of a mint that is not here.
    pub mints: BTreeMap<String, Mint>,
}

impl Default for Budgets {
    fn default() -> Self {
        Self { lamports_a_day: 10_000_000, mints: BTreeMap::new() }
    }
}

/// What it may spend of a mint, base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mint {
    /// Stakes of disputes in a day.
    #[serde(default)]
    pub stakes_a_day: u64,
    /// Ever.
    #[serde(default)]
    pub stakes_in_all: u64,
    /// Top-ups in a day.
    #[serde(default)]
    pub top_ups_a_day: u64,
    /// Ever.
    #[serde(default)]
    pub top_ups_in_all: u64,
}

/// How it keeps leases paid for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Funding {
    /// A lease that is paid for no longer than this is topped up,
    #[serde(with = "duration")]
    pub below: Duration,
    /// so that it is paid for this long.
    #[serde(with = "duration")]
    pub up_to: Duration,
}

impl Default for Funding {
    fn default() -> Self {
        let plan::Funding { below, up_to } = plan::Funding::default();
        let time = |seconds: u32| Duration::from_secs(seconds.into());
        Self { below: time(below), up_to: time(up_to) }
    }
}

/// What a machine has to be like at the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Acceptance {
    /// Whether it is compared with what its offer says.
    pub check: bool,
}

impl Default for Acceptance {
    fn default() -> Self {
        Self { check: true }
    }
}

const fn look() -> Duration {
    Duration::from_secs(5)
}

const fn most_priority_fee() -> u64 {
    1_000_000
}

impl Config {
    /// What cannot be meant so, in sentences.
    pub fn faults(&self) -> Vec<String> {
        let Keys { sessions, verifier, wallet, .. } = &self.keys;
        let mut faults = Vec::new();
        let mut require = |is_so: bool, fault: &str| {
            if !is_so {
                faults.push(fault.to_owned());
            }
        };
        require(
            sessions.is_empty() != verifier.is_none(),
            "`keys` needs `sessions`, or `verifier`: a guard has either, as they answer to different parties",
        );
        require(
            wallet.is_some() || sessions.is_empty() || self.mode == Mode::Alert,
            "`keys.wallet` is missing: disputes and top-ups have to be paid for; name it, or write `mode = \"alert\"`",
        );
        require(
            self.funding.as_ref().is_none_or(|funding| funding.below <= funding.up_to),
            "`funding.below` is longer than `funding.up_to`: write the shorter one there",
        );
        require(
            self.chain.second.as_ref() != Some(&self.chain.rpc),
            "`chain.second` is `chain.rpc` again: name a node of somebody else's, or none",
        );
        faults.extend(self.webhook.as_ref().and_then(Webhook::fault));
        if let Some(mint) = self.budgets.mints.keys().find(|mint| Address::from_str(mint).is_err()) {
            faults.push(format!("`budgets.mints` has `{mint}`, which is not the address of a mint"));
        }
        faults
    }

    /// What the renter wants of its guard.
    pub fn settings(&self) -> Settings {
        let seconds = |duration: Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        let mint = |(mint, budget): (&String, &Mint)| {
            let Mint { stakes_a_day, stakes_in_all, top_ups_a_day, top_ups_in_all } = *budget;
            let budget = MintBudget { stakes_a_day, stakes_in_all, top_ups_a_day, top_ups_in_all };
            Some((Address::from_str(mint).ok()?, budget))
        };
        let funding = self.funding.as_ref();
        Settings {
            mode: match self.mode {
                Mode::Act => plan::Mode::Act,
                Mode::Ask => plan::Mode::Ask,
                Mode::Alert => plan::Mode::Alert,
            },
            part: if self.standby { Part::Standby } else { Part::Main },
            loss_limit: seconds(self.limits.loss_limit),
            at_once: self.limits.at_once,
            funding: funding.map(|it| plan::Funding { below: seconds(it.below), up_to: seconds(it.up_to) }),
            budgets: plan::Budgets {
                lamports_a_day: self.budgets.lamports_a_day,
                mints: self.budgets.mints.iter().filter_map(mint).collect(),
            },
            ..Settings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn example() -> Config {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu-lease-guard.toml");
        gpu_lease_service::config::load(Some(&path), PREFIX).unwrap()
    }

    #[test]
    fn the_commented_example_is_a_configuration_and_says_what_holds_without_it() {
        let config = example();
        assert_eq!(config.faults(), Vec::<String>::new());
        let (said, without) = (config.limits, Limits::default());
        assert_eq!((said.loss_limit, said.at_once), (without.loss_limit, without.at_once));
        assert_eq!(config.budgets.lamports_a_day, Budgets::default().lamports_a_day);
        let (said, without) = (config.funding.unwrap(), Funding::default());
        assert_eq!((said.below, said.up_to), (without.below, without.up_to));
        let (said, without) = (config.probes, Probes::default());
        assert_eq!((said.every, said.login), (without.every, without.login));
        assert_eq!(without.schedule(), Schedule::default());
        assert_eq!((config.mode, config.standby), (Mode::default(), false));
        assert_eq!((config.chain.every, config.chain.most_priority_fee), (look(), most_priority_fee()));
    }

    #[test]
    fn a_guard_without_a_key_or_with_nobody_to_pay_is_told_so() {
        let mut config = example();
        config.keys.sessions.clear();
        assert_eq!(config.faults().len(), 1);
        config = example();
        config.keys.wallet = None;
        assert_eq!(config.faults().len(), 1);
        config.mode = Mode::Alert;
        assert_eq!(config.faults(), Vec::<String>::new());
        config.chain.second = Some(config.chain.rpc.clone());
        assert_eq!(config.faults().len(), 1);
    }
}
