//! What stands before and behind every command.

use crate::{
    commands, config,
    failure::EXIT_STATUS,
    output::Format,
    signer::{self, Key},
    units,
};
use anyhow::{Result, ensure};
use clap::{Args, Parser, Subcommand};
use gpu_lease_client::{account::LeaseContext, state::Provider};
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_signer::Signer;
use std::path::PathBuf;

/// Lease GPUs, and lease them out, through an on-chain escrow that pays for delivered time only.
///
/// URL, keypair and commitment come from the Solana CLI's configuration unless they are passed.
#[derive(Debug, Parser)]
#[command(name = "gpu-lease", version, propagate_version = true, max_term_width = 100, after_help = EXIT_STATUS)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

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
        let Provider { authority, operator, .. } = lease.provider;
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

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the cluster, the program, the fee and the mints
    Status,
    /// Register as a provider, change the keys of its machines, keep its bonds, hand it over
    #[command(subcommand)]
    Provider(commands::provider::Command),
    /// List GPUs, find listed GPUs
    #[command(subcommand)]
    Offer(commands::offer::Command),
    /// Find listed GPUs, the cheapest first: short for `offer list`
    Offers(commands::offer::List),
    /// Lease GPUs: open, start, top up, extend, resize, end, close, publish and get the credentials
    #[command(subcommand)]
    Lease(commands::lease::Command),
    /// Sign delivered usage, of one lease or of many at once; co-sign it as the renter, submit it
    #[command(subcommand)]
    Attest(commands::attest::Command),
    /// As the renter, or its session key: dispute claimed usage. As anyone: end a dispute that nobody decided in time
    #[command(subcommand)]
    Dispute(commands::dispute::Command),
    /// As an arbiter: see the disputes that are yours, and decide them
    #[command(subcommand)]
    Arbiter(commands::arbiter::Command),
    /// Vote on the fee, the rules and those who hold an office: lock tokens, propose, vote, execute
    #[command(subcommand, visible_alias = "gov")]
    Governance(commands::governance::Command),
    /// As the guardian: pause new leases, for three days at most
    #[command(subcommand)]
    Guardian(commands::guardian::Command),
    /// Sign a transaction that the other party has prepared with --out, and send it
    Sign(commands::sign::Sign),
    /// Keep half-signed transactions good for longer than a minute, and withdraw them: create, show, advance, close nonce
    /// accounts
    #[command(subcommand)]
    Nonce(commands::nonce::Command),
    /// Show what a wallet has: SOL, tokens, what its leases hold, bonds
    Balance(commands::balance::Balance),
    /// Find out what became of transactions whose answers were lost; sends the same ones again while they can land
    Pending(commands::pending::Look),
    /// Pay the provider what has become due; anyone may
    Settle(commands::settle::Settle),
    /// Register the mints that leases may be priced in
    #[command(subcommand)]
    Mint(commands::mint::Command),
    /// Create the protocol on a cluster, once, as the program's upgrade authority
    Init(commands::init::Init),
    /// Bring a cluster to the state that this version expects, step by step
    Migrate(commands::migrate::Migrate),
    /// Run a local validator with a market on it, and play leases and votes
    Localnet(commands::localnet::Localnet),
    /// Print what completes commands in your shell when you press Tab
    Completions(commands::manual::Completions),
    /// Print the manual page, or write those of all commands to a folder
    Man(commands::manual::Man),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_options_of_all_commands_fit_together() {
        Cli::command().debug_assert();
    }

    /// Why `line` is no command line; nothing if it is one.
    fn refusal(line: &str) -> String {
        let parsed = Cli::try_parse_from(format!("gpu-lease {line}").split_whitespace());
        parsed.err().map(|error| error.to_string()).unwrap_or_default()
    }

    const WALLET: &str = "GPULease11111111111111111111111111111111111";

    #[test]
    fn a_vote_names_a_proposal_and_a_side() {
        for understood in ["7 for", "7 against --as fees", "7 for --as tokens --dry-run"] {
            assert_eq!(refusal(&format!("governance vote {understood}")), "");
        }
        assert_eq!(refusal(&format!("governance vote 7 for --owner {WALLET}")), "");
        assert!(refusal("governance vote 7").contains("for|against"));
        assert!(refusal("governance vote 7 maybe").contains("for, against"));
        assert!(refusal("governance vote seven for").contains("seven"));
        let both = refusal(&format!("governance vote 7 for --as tokens --owner {WALLET}"));
        assert!(both.contains("cannot be used with"), "{both}");
    }

    #[test]
    fn a_proposal_says_one_thing() {
        for understood in [
            "fee 1.5%",
            "fee 150bps",
            &format!("treasury {WALLET}"),
            &format!("arbiter {WALLET}"),
            &format!("guardian {WALLET} --dry-run"),
            "rules --deposit 0.5 --quorum 10%",
            "rules --voting-period 5d --extension 1d --timelock 2d --execution-window 14d",
            &format!("withdraw {WALLET}"),
            &format!("withdraw {WALLET} all"),
            &format!("withdraw {WALLET} 12.50"),
        ] {
            assert_eq!(refusal(&format!("governance propose {understood}")), "");
        }
        assert!(refusal("governance propose fee 1.5").contains("write it like"));
        assert!(refusal("governance propose rules").contains("--quorum"));
    }

    #[test]
    fn tokens_are_locked_for_a_time_or_until_a_moment() {
        for end in ["--for 90d", "--until 2026-12-31T12:00:00Z"] {
            assert_eq!(refusal(&format!("governance lock 5 {end}")), "");
            assert_eq!(refusal(&format!("governance extend-lock {end}")), "");
        }
        assert_eq!(refusal("governance lock 5"), "");
        assert!(refusal("governance extend-lock").contains("--for"));
        assert!(refusal("governance lock 5 --for 90d --until 1800000000").contains("cannot be used with"));
        assert!(refusal("governance delegate nobody").contains("`none` takes it away"));
    }

    #[test]
    fn a_signature_counts_for_minutes_unless_it_is_asked_for_longer() {
        let sending = |valid_for| Sending { dry_run: false, valid_for };
        assert_eq!(sending(None).valid_until(1_000, false), 1_300);
        assert_eq!(sending(None).valid_until(1_000, true), 4_600);
        assert_eq!(sending(Some(60)).valid_until(1_000, true), 1_060);
        assert_eq!(refusal(&format!("lease terminate {WALLET} --valid-for 7d")), "");
        assert!(refusal(&format!("lease terminate {WALLET} --valid-for 169h")).contains("a week"));
        assert!(refusal(&format!("lease terminate {WALLET} --valid-for 0s")).contains("a week"));
    }

    #[test]
    fn a_pause_lasts_for_a_duration() {
        for understood in ["pause", "pause 2h", "unpause --dry-run"] {
            assert_eq!(refusal(&format!("guardian {understood}")), "");
        }
        assert!(refusal("guardian pause long").contains("write it like"));
    }

    #[test]
    fn an_update_names_at_least_one_key_and_none_takes_the_operator_away() {
        let both = format!("--attestor {WALLET} --operator {WALLET}");
        for keys in [format!("--attestor {WALLET}"), "--operator none".to_owned(), both] {
            assert_eq!(refusal(&format!("provider update {keys}")), "");
        }
        assert!(refusal("provider update").contains("--operator"));
        assert!(refusal("provider update --attestor none").contains("base58"));
        assert!(refusal("provider register --operator none").contains("--attestor"));
        assert_eq!(refusal(&format!("provider accept {WALLET} --attestor {WALLET} --operator none")), "");
    }

    #[test]
    fn a_bond_is_paid_in_and_withdrawn_as_an_amount() {
        for understood in [
            "show".to_owned(),
            format!("show {WALLET}"),
            format!("pay-in 12.50 --provider {WALLET} --mint {WALLET}"),
            "withdraw 12.50 --valid-for 1h".to_owned(),
            "withdraw all --dry-run".to_owned(),
        ] {
            assert_eq!(refusal(&format!("provider bond {understood}")), "");
        }
        assert!(refusal("provider bond withdraw").contains("<AMOUNT>"));
    }

    #[test]
    fn a_batch_names_leases_and_their_units() {
        let rows = format!("{WALLET}=7000 {WALLET}=full {WALLET}=7000,1200");
        assert_eq!(refusal(&format!("attest batch sign {rows} --until 1800000000")), "");
        assert!(refusal("attest batch sign").contains("LEASE=UNITS"));
        for wrong in
            [WALLET.to_owned(), format!("{WALLET}=much"), format!("{WALLET}=1,2,3"), "nothing=1".to_owned()]
        {
            assert!(refusal(&format!("attest batch sign {wrong}")).contains("write it like"), "{wrong}");
        }
    }

    #[test]
    fn what_nobody_can_undo_is_agreed_to_or_planned() {
        assert_eq!(refusal("migrate market.yml --yes"), "");
        assert!(refusal("migrate market.yml --yes --plan").contains("cannot be used with"));
    }
}
