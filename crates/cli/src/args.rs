//! Options that commands share.

use crate::{
    config,
    output::Format,
    signer::{self, Key},
    units,
};
use anyhow::{Result, ensure};
use clap::Args;
use gpu_lease_client::{account::LeaseContext, state::Provider};
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_signer::Signer;
use std::path::PathBuf;

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// RPC URL of the cluster, or its moniker: localhost, devnet, testnet, mainnet-beta [or l, d, t, m]
    #[arg(
        short,
        long,
        global = true,
        env = "GPU_LEASE_URL",
        hide_env_values = true,
        value_name = "URL_OR_MONIKER",
        help_heading = "Global options"
    )]
    pub url: Option<String>,

    /// URL for subscriptions [default: that of the configuration, or what follows from the RPC URL]
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub ws: Option<String>,

    /// Key that signs and pays: a file, `-` for standard input, prompt:// for a seed phrase, usb://ledger for a hardware wallet
    #[arg(
        short,
        long,
        global = true,
        env = "GPU_LEASE_KEYPAIR",
        value_name = "KEYPAIR",
        help_heading = "Global options"
    )]
    pub keypair: Option<String>,

    /// Key that pays the network fees in place of --keypair, which goes on paying rent and everything else
    #[arg(long, global = true, value_name = "KEYPAIR", help_heading = "Global options")]
    pub fee_payer: Option<String>,

    /// Configuration file [default: the Solana CLI's, ~/.config/solana/cli/config.yml]
    #[arg(short = 'C', long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<PathBuf>,

    /// How settled the state that is read and waited for must be: processed, confirmed, finalized
    #[arg(long, global = true, value_name = "COMMITMENT", help_heading = "Global options")]
    pub commitment: Option<CommitmentConfig>,

    /// Priority fee, in micro-lamports per compute unit [default: what recent transactions paid]
    #[arg(long, global = true, value_name = "MICRO_LAMPORTS", value_parser = units::parse_count::<u64>, help_heading = "Global options")]
    pub with_compute_unit_price: Option<u64>,

    /// How long to try to find out what became of a transaction that was sent
    #[arg(
        long, global = true, value_name = "DURATION", value_parser = units::parse_duration,
        default_value = "3m", help_heading = "Global options"
    )]
    pub patience: u32,

    /// Folder for transactions until it is known what became of them [default: ~/.config/gpu-lease/pending]
    #[arg(
        long,
        global = true,
        env = "GPU_LEASE_PENDING",
        value_name = "FOLDER",
        help_heading = "Global options"
    )]
    pub pending: Option<PathBuf>,

    /// Say on standard error what is asked of which node, and what simulations log; -vv adds questions and answers
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,

    /// How to print results; with JSON, standard output and errors are nothing but JSON
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_default_value = true,
        help_heading = "Global options"
    )]
    pub output: Format,
}

/// Options of every command that sends transactions.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Sending {
    /// Simulate only: show what the transaction would do to whose balance, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How long your signature for what you saw counts: after that it is refused [default: 5m; with --out 1h, and with --nonce 7d]
    #[arg(long, value_name = "DURATION", value_parser = parse_validity)]
    pub valid_for: Option<u32>,
}

impl Sending {
    /// Until when a signature made at `now` counts, unix seconds. One that is handed to another party counts for longer.
    pub fn valid_until(&self, now: i64, is_handed_over: bool) -> i64 {
        let default = if is_handed_over { 3_600 } else { 300 };
        now.saturating_add(self.valid_for.unwrap_or(default).into())
    }
}

/// The longest that a signature counts: seconds of a week.
const WEEK: u32 = 7 * 86_400;

/// Reads for how long a signature counts: a week at most. Whoever holds it can land it at any time until then.
fn parse_validity(text: &str) -> Result<u32, String> {
    match units::parse_duration(text)? {
        1..=WEEK => units::parse_duration(text),
        _ => Err(format!(
            "`{text}` is not between a second and a week; nobody should hold a signature for longer"
        )),
    }
}

/// How the other party signs.
#[derive(Clone, Debug, Default, Args)]
pub struct OtherParty {
    /// Keypair of the other party, if it is on this machine
    #[arg(long, value_name = "KEYPAIR", conflicts_with = "out", help_heading = "Other party")]
    pub with: Vec<String>,
    #[command(flatten)]
    pub hand_over: HandOver,
    /// The provider's operator signs for it, in place of its wallet [default: only if its key is here, and the wallet's is
    /// not]
    #[arg(long, help_heading = "Other party")]
    pub by_operator: bool,
}

/// How a transaction gets to the other party, and how long that may take.
#[derive(Clone, Debug, Default, Args)]
pub struct HandOver {
    /// File for the transaction, signed by you: within a minute, or with --nonce within --valid-for, the other party signs
    /// and sends it with `gpu-lease sign FILE`
    #[arg(long, value_name = "FILE", help_heading = "Other party")]
    pub out: Option<PathBuf>,
    /// Nonce account that keeps the transaction good until it is sent, or withdrawn with `gpu-lease nonce advance`. One
    /// transaction at a time; `gpu-lease nonce create` makes one
    #[arg(
        long, value_name = "ADDRESS", value_parser = config::parse_address, requires = "out", help_heading = "Other party"
    )]
    pub nonce: Option<Address>,
    /// Key that the nonce account belongs to [default: --keypair]
    #[arg(long, value_name = "KEYPAIR", requires = "nonce", help_heading = "Other party")]
    pub nonce_authority: Option<String>,
}

impl HandOver {
    /// The nonce account's key, if it is not the wallet.
    pub fn authority(&self) -> Result<Option<Key>> {
        self.nonce_authority.as_deref().map(signer::read).transpose()
    }

    /// Until when a signature made at `now` counts, unix seconds.
    pub fn valid_until(&self, sending: &Sending, now: i64) -> i64 {
        match (self.nonce, sending.valid_for) {
            (Some(_), None) => now.saturating_add(WEEK.into()),
            _ => sending.valid_until(now, self.out.is_some()),
        }
    }
}

impl OtherParty {
    /// Everybody who signs here: `wallet`, which pays, and those that are named.
    pub fn signers(&self, wallet: Key) -> Result<Vec<Key>> {
        let with = self.with.iter().map(|source| signer::read(source));
        std::iter::once(Ok(wallet)).chain(with).collect()
    }

    /// `lease` with the key that signs for its provider, where `signers` sign here.
    pub fn for_provider(&self, lease: LeaseContext, signers: &[Key]) -> Result<LeaseContext> {
        let Provider { authority, operator, .. } = lease.provider_account;
        let is_here = |key: &Address| signers.iter().any(|signer| signer.pubkey() == *key);
        ensure!(
            !self.by_operator || operator != Address::default(),
            "the provider has no operator; leave --by-operator out, and let its wallet {authority} sign"
        );
        let by_operator = self.by_operator || is_here(&operator) && !is_here(&authority);
        Ok(if by_operator { lease.by_operator() } else { lease })
    }
}

/// A count of usage since the start of a lease.
#[derive(Clone, Copy, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Figure {
    /// GPU-seconds since the start, all GPUs together
    #[arg(long = "gpu-seconds", visible_alias = "units", value_name = "COUNT", value_parser = units::parse_count::<u64>)]
    units: Option<u64>,
    /// The same in GPU-hours, for instance 1.5
    #[arg(long, value_name = "HOURS", value_parser = units::parse_gpu_hours)]
    gpu_hours: Option<u64>,
}

impl Figure {
    /// GPU-seconds.
    pub fn units(&self) -> u64 {
        self.units.or(self.gpu_hours).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_counts_for_minutes_unless_it_is_asked_for_longer() {
        let sending = |valid_for| Sending { dry_run: false, valid_for };
        assert_eq!(sending(None).valid_until(1_000, false), 1_300);
        assert_eq!(sending(None).valid_until(1_000, true), 4_600);
        assert_eq!(sending(Some(60)).valid_until(1_000, true), 1_060);
    }
}
