//! The folder that a renter's guard runs on. The guard reads its configuration by rules of its own; tests show that it
//! understands this one.

use crate::keys::create_private_folder;
use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use gpu_lease_client::access::AccessKey;
use serde_json::json;
use solana_address::Address;
use solana_keypair::Keypair;
use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

const CONFIGURATION: &str = "gpu-lease-guard.toml";
const SESSION: &str = "session.json";
const WALLET: &str = "wallet.json";
const WEBHOOK: &str = "webhook.secret";
const ACCESS: &str = "access";
const DESCRIPTIONS: &str = "descriptions";
const STATE: &str = "state";

/// Where a guard's files are written, and where it will find them.
pub struct GuardFiles {
    here: PathBuf,
    there: PathBuf,
}

/// What is written.
pub struct Plan<'a> {
    pub session: &'a Keypair,
    pub wallet: &'a Keypair,
    pub is_standby: bool,
    pub rpc: &'a str,
    pub second: Option<String>,
    pub budget: Option<Budget>,
    pub webhook: Option<&'a str>,
    /// The access key of a lease.
    pub access: Option<(Address, AccessKey)>,
}

/// What may be spent of a mint, in all, base units.
pub struct Budget {
    pub mint: Address,
    pub stakes: u64,
    pub top_ups: u64,
}

impl GuardFiles {
    /// Those in `folder`, which will be at `there` when the guard runs. Nothing that is there is overwritten.
    pub fn new(folder: &Path, there: Option<&Path>) -> Result<Self> {
        let here = std::path::absolute(folder).context("the folder's path cannot be used; write another")?;
        let there = there.map_or_else(|| here.clone(), Path::to_owned);
        let files = Self { here, there };
        for name in [CONFIGURATION, SESSION, WALLET, WEBHOOK] {
            let path = files.here.join(name);
            if path.exists() {
                bail!(
                    "there is a guard in {} already, which is not overwritten ({name}); name another folder, or let that one \
                     guard a lease with `gpu-lease lease session-key`",
                    files.here.display()
                );
            }
        }
        Ok(files)
    }

    /// The session key of the guard in a folder.
    pub fn session_of(folder: &Path) -> PathBuf {
        folder.join(SESSION)
    }

    pub fn folder(&self) -> &Path {
        &self.here
    }

    pub fn configuration(&self) -> PathBuf {
        self.here.join(CONFIGURATION)
    }

    /// Where the guard will read it.
    pub fn configuration_there(&self) -> PathBuf {
        self.there.join(CONFIGURATION)
    }

    pub fn webhook_secret(&self) -> PathBuf {
        self.here.join(WEBHOOK)
    }

    pub fn access(&self) -> PathBuf {
        self.here.join(ACCESS)
    }

    pub fn descriptions(&self) -> PathBuf {
        self.here.join(DESCRIPTIONS)
    }

    /// Writes all of it, for the eyes of its owner only. The configuration comes last: with it the folder is whole.
    pub fn write(&self, plan: &Plan) -> Result<()> {
        for folder in [self.here.clone(), self.access(), self.descriptions(), self.here.join(STATE)] {
            create_private_folder(&folder)
                .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        }
        let key = |key: &Keypair| json!(key.to_bytes().as_slice()).to_string();
        write_new(&self.here.join(SESSION), &key(plan.session))?;
        write_new(&self.here.join(WALLET), &key(plan.wallet))?;
        if plan.webhook.is_some() {
            let secret = format!("whsec_{}\n", BASE64_STANDARD.encode(rand::random::<[u8; 32]>()));
            write_new(&self.webhook_secret(), &secret)?;
        }
        if let Some((lease, key)) = &plan.access {
            write_new(&self.access().join(format!("{lease}.key")), &key.to_text())?;
        }
        write_new(&self.configuration(), &self.text(plan))
    }

    /// The configuration.
    fn text(&self, plan: &Plan) -> String {
        // What JSON writes of a text is what TOML reads.
        let text = |text: &str| json!(text).to_string();
        let file = |name: &str| text(&self.there.join(name).to_string_lossy());
        let (state, session, wallet) = (file(STATE), file(SESSION), file(WALLET));
        let (access, descriptions) = (file(ACCESS), file(DESCRIPTIONS));
        let (standby, rpc) = (plan.is_standby, text(plan.rpc));
        let second = match &plan.second {
            Some(url) => format!("second = {}", text(url)),
            None => "# second = \"https://…\"".to_owned(),
        };
        let budget = match &plan.budget {
            Some(Budget { mint, stakes, top_ups }) => format!(
                "{} = {{ stakes_a_day = {stakes}, stakes_in_all = {stakes}, top_ups_a_day = {top_ups}, top_ups_in_all = \
                 {top_ups} }}",
                text(&mint.to_string())
            ),
            None => "# \"MINT\" = { stakes_a_day = 10000000, stakes_in_all = 100000000, top_ups_a_day = 0, top_ups_in_all = \
                     0 }"
                .to_owned(),
        };
        let pays = plan.budget.as_ref().is_some_and(|budget| budget.top_ups > 0);
        let funding = match pays {
            true => "[funding]\nbelow = \"24h\"\nup_to = \"48h\"",
            false => "# [funding]\n# below = \"24h\"\n# up_to = \"48h\"",
        };
        let webhook = match plan.webhook {
            Some(url) => format!("[webhook]\nurl = {}\nsecret = {}", text(url), file(WEBHOOK)),
            None => "# [webhook]\n# url = \"https://…\"\n# secret = \"webhook.secret\"".to_owned(),
        };
        format!(
            r#"# What this guard runs on, as `gpu-lease guard init` wrote it. Never on the machine that is leased.
# All that can be said here is in the commented example of gpu-lease-guard.

# What it saw, signed and spent. Never use the folder twice, and never an older copy of it.
state = {state}
# `act`: it does what is to be done. `ask`: what costs money waits for `gpu-lease-guard do LEASE`. `alert`: it only tells.
mode = "act"
# Whether it only probes, and disputes what another guard has not.
standby = {standby}
monitoring = {{ listen = "127.0.0.1:9481" }}

[chain]
rpc = {rpc}
# A node of somebody else's: a claim is disputed only when both show it.
{second}

[keys]
# Leases that name it their session key are watched.
sessions = [{session}]
# Pays for transactions, stakes and top-ups. Keep little in it.
wallet = {wallet}
# Access keys of leases: they say where the machines are, and log in as renters do.
access = [{access}]
# Descriptions of offers, which say where machines are of whose leases there is no access key.
descriptions = [{descriptions}]

[limits]
# Time of all GPUs of a lease that may be paid for in all though it cannot have been delivered.
loss_limit = "10m"

[budgets]
# Lamports for transactions in a day.
lamports_a_day = 10000000

[budgets.mints]
# What may be spent of a mint, base units. Of one that is not here nothing is spent, and no claim is disputed.
{budget}

# A lease that is paid for no longer than `below` is topped up until it is paid for `up_to`. Without this it only warns.
{funding}

# Who is told what happens.
{webhook}
"#
        )
    }
}

/// A file that only its owner can read, and that was not there.
fn write_new(path: &Path, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already, and is not overwritten; name another folder", path.display())
        }
        written => written.with_context(|| format!("{} cannot be written", path.display())),
    }
}
