//! The commands, a group a file.

pub mod arbiter;
pub mod attest;
pub mod balance;
pub mod dispute;
pub mod governance;
pub mod guard;
pub mod guardian;
pub mod history;
pub mod init;
pub mod lease;
pub mod localnet;
pub mod manual;
pub mod market;
pub mod migrate;
pub mod mint;
pub mod nonce;
pub mod offer;
pub mod pending;
pub mod provider;
pub mod receipts;
pub mod settle;
pub mod sign;
pub mod status;

use crate::{args::Global, context::Context, failure::EXIT_STATUS, node};
use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

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

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the cluster, the program, the fee and the mints
    Status,
    /// Register as a provider, change the keys of its machines, keep its bonds, hand it over
    #[command(subcommand)]
    Provider(provider::Command),
    /// List GPUs, find listed GPUs
    #[command(subcommand)]
    Offer(offer::Command),
    /// Find listed GPUs, the cheapest first: short for `offer list`
    Offers(offer::List),
    /// Lease GPUs: open, start, top up, extend, resize, end, close, publish and get the credentials
    #[command(subcommand)]
    Lease(lease::Command),
    /// Sign delivered usage, of one lease or of many at once; co-sign it as the renter, submit it
    #[command(subcommand)]
    Attest(attest::Command),
    /// As the renter, or its session key: dispute claimed usage. As anyone: end a dispute that nobody decided in time
    #[command(subcommand)]
    Dispute(dispute::Command),
    /// As an arbiter: see the disputes that are yours, and decide them
    #[command(subcommand)]
    Arbiter(arbiter::Command),
    /// Vote on the fee, the rules and those who hold an office: lock tokens, propose, vote, execute
    #[command(subcommand, visible_alias = "gov")]
    Governance(governance::Command),
    /// As a renter: set up a guard, which watches your leases in your place
    #[command(subcommand)]
    Guard(guard::Command),
    /// As the guardian: pause new leases, for three days at most
    #[command(subcommand)]
    Guardian(guardian::Command),
    /// Sign a transaction that the other party has prepared with --out, and send it
    Sign(sign::Sign),
    /// Keep half-signed transactions good for longer than a minute, and withdraw them: create, show, advance, close nonce
    /// accounts
    #[command(subcommand)]
    Nonce(nonce::Command),
    /// Show the leases of a wallet, or what happened to a lease, also of those that are over: asks an indexer
    History(history::History),
    /// Show what a wallet paid and got for its leases, for its books: asks an indexer
    Receipts(receipts::Receipts),
    /// Show what is listed and what was rented, for what prices, over time: asks an indexer
    Market(market::Market),
    /// Show what a wallet has: SOL, tokens, what its leases hold, bonds
    Balance(balance::Balance),
    /// Find out what became of transactions whose answers were lost; sends the same ones again while they can land
    Pending(pending::Look),
    /// Pay the provider what has become due; anyone may
    Settle(settle::Settle),
    /// Register the mints that leases may be priced in
    #[command(subcommand)]
    Mint(mint::Command),
    /// Create the protocol on a cluster, once, as the program's upgrade authority
    Init(init::Init),
    /// Bring a cluster to the state that this version expects, step by step
    Migrate(migrate::Migrate),
    /// Run a local validator with a market on it, and play leases and votes
    Localnet(localnet::Localnet),
    /// Print what completes commands in your shell when you press Tab
    Completions(manual::Completions),
    /// Print the manual page, or write those of all commands to a folder
    Man(manual::Man),
}

/// Does what a command line says.
pub async fn run(Cli { global, command }: &Cli) -> Result<()> {
    if let Command::Localnet(localnet) = command {
        return localnet::run(localnet, global.output).await;
    }
    match command {
        Command::Completions(completions) => return manual::completions(completions, &mut Cli::command()),
        Command::Man(man) => return manual::man(man, Cli::command()),
        _ => node::show_traffic(global.verbose, global.output),
    }
    let context = &Context::new(global, command)?;
    if context.resume().await? {
        return Ok(());
    }
    match command {
        Command::Status => status::run(context).await,
        Command::Provider(command) => provider::run(command, context).await,
        Command::Offer(command) => offer::run(command, context).await,
        Command::Offers(list) => offer::list(list, context).await,
        Command::Lease(command) => lease::run(command, context).await,
        Command::Attest(command) => attest::run(command, context).await,
        Command::Dispute(command) => dispute::run(command, context).await,
        Command::Arbiter(command) => arbiter::run(command, context).await,
        Command::Governance(command) => governance::run(command, context).await,
        Command::Guard(command) => guard::run(command, context).await,
        Command::Guardian(command) => guardian::run(command, context).await,
        Command::Sign(sign) => sign::run(sign, context).await,
        Command::Nonce(command) => nonce::run(command, context).await,
        Command::History(history) => history::run(history, context).await,
        Command::Receipts(receipts) => receipts::run(receipts, context).await,
        Command::Market(market) => market::run(market, context).await,
        Command::Balance(balance) => balance::run(balance, context).await,
        Command::Pending(look) => pending::run(look, context).await,
        Command::Settle(settle) => settle::run(settle, context).await,
        Command::Mint(command) => mint::run(command, context).await,
        Command::Init(init) => init::run(init, context).await,
        Command::Migrate(migrate) => migrate::run(migrate, context).await,
        Command::Localnet(_) | Command::Completions(_) | Command::Man(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_signature_counts_for_a_week_at_most() {
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
