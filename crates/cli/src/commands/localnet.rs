//! `gpu-lease localnet`

#[cfg(unix)]
mod machine;

use crate::{
    output::{self, Column, Format, Record, Table, bold, cell, coloured, table},
    units,
};
use anyhow::{Context as _, Result, anyhow, ensure};
use clap::Args;
use comfy_table::{Cell, Color};
use console::{StyledObject, style};
use gpu_lease_client::state::{Action, Proposal, ProposalState, Tally};
use gpu_lease_localnet::{
    Book, Flow, Indexer, Localnet as Net, Options, Page, Party, PlayedLease, PlayedLeases, PlayedVotes,
    STORIES, Step, Story, Unattended, VOTES, Watched,
};
use solana_address::Address;
use solana_signer::Signer;
use std::{
    env, iter,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Instant,
};
use tempfile::TempDir;

/// Runs a local market.
#[derive(Debug, Args)]
#[command(
    after_help = "The wallets' keys are the same in every run, and known to the world: never use them \
                        anywhere else."
)]
pub struct Localnet {
    /// Exit after the leases and votes were played, instead of keeping the market running until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Port of JSON-RPC, WebSocket being one above; 0 for any free port [default: 8899, with --once 0]
    #[arg(long, value_name = "PORT", value_parser = units::parse_count::<u16>)]
    port: Option<u16>,
    /// Folder for the wallets' key files [default: a temporary one, removed at the end]
    #[arg(long, value_name = "FOLDER")]
    wallets: Option<PathBuf>,
    /// Play no leases and no votes
    #[arg(long, conflicts_with = "once")]
    no_leases: bool,
    /// Add this many offers of other providers, to see how a large market feels
    #[arg(long, value_name = "N", value_parser = units::parse_count::<u64>, default_value_t = 0, conflicts_with = "once")]
    offers: u64,
    /// Folder of the built web page, to serve it with the validator
    #[arg(long, value_name = "FOLDER", conflicts_with = "once")]
    page: Option<PathBuf>,
    /// Port of the page; 0 for any free one
    #[arg(long, value_name = "PORT", value_parser = units::parse_count::<u16>, default_value_t = 8_080, requires = "page")]
    page_port: u16,
    #[cfg(unix)]
    #[command(flatten)]
    machine: machine::MachineOptions,
}

/// Decimals of what both houses of the played votes count in.
const VOTE_DECIMALS: u8 = 6;

/// The port that the moniker `localhost` means.
const LOCALHOST_PORT: u16 = 8_899;

/// Starts the validator and the market, plays the leases and the votes, and stays.
pub async fn run(localnet: &Localnet, format: Format) -> Result<()> {
    let begun = Instant::now();
    let default_port = if localnet.once { 0 } else { LOCALHOST_PORT };
    let port = free_if_zero(localnet.port.unwrap_or(default_port));
    let page = match &localnet.page {
        Some(folder) => Some(Page::bind(folder, free_if_zero(localnet.page_port)).await?),
        None => None,
    };
    let spinner = output::spinner("");
    let started = Net::start(Options { port, ..Options::default() }, |doing| {
        spinner.set_message(doing.to_owned());
    })
    .await;
    spinner.finish_and_clear();
    let mut net = started?;

    // With --once nobody is left to use the wallets, other than what runs by itself.
    let is_used = !localnet.once || runs_by_itself(localnet);
    let temporary = match is_used && localnet.wallets.is_none() {
        true => Some(temporary_folder()?),
        false => None,
    };
    let folder = localnet.wallets.as_deref().or(temporary.as_ref().map(TempDir::path));
    if let Some(folder) = folder {
        net.wallets.write_to(folder)?;
    }
    #[cfg(unix)]
    let indexer = localnet.machine.remember(&net).await?;
    #[cfg(unix)]
    let remembers = indexer.as_ref().map(Indexer::api);
    #[cfg(not(unix))]
    let remembers = None;
    if let Some(page) = &page {
        let once_played = if localnet.no_leases { "" } else { ", as soon as the leases below are played" };
        output::note(format!("\n  The page: {}{once_played}\n", emphasized(&page.url()?)));
    }
    output::note(introduction(&net, folder, begun));

    if !localnet.no_leases {
        let (leases, votes) = play(&net).await?;
        output::note(format!(
            "\n{}\n ",
            style(format!("{:.1} s after the start", begun.elapsed().as_secs_f32())).dim()
        ));
        let played = report(&leases).and(report_votes(&leases, &votes));
        if !localnet.once {
            format.print(&played)?;
        } else {
            let alone = unattended(localnet, &net, folder).await?;
            if let Some(indexer) = indexer {
                let ledgers =
                    leases.leases.iter().chain(&votes.leases).map(|it| (it.lease.as_str(), &it.ledger));
                let alone = alone.iter().map(|it| (it.lease.as_str(), &it.ledger));
                net.require_remembered(&indexer, ledgers.chain(alone)).await?;
                output::note("The indexer's receipts of all these leases are what the chain's books say.");
                indexer.close().await?;
            }
            return format.print(&match alone {
                Some(lease) => played.and(report_unattended(&lease)),
                None => played,
            });
        }
    }
    if !localnet.no_leases {
        let spinner = output::spinner("Opening leases and a vote that stay");
        let scene = net.set_scene().await;
        spinner.finish_and_clear();
        scene?;
    }
    if localnet.offers > 0 {
        let spinner = output::spinner("Adding offers");
        let crowd = net.add_offers(localnet.offers).await;
        spinner.finish_and_clear();
        crowd?;
    }
    net.slow_down()?;
    // Stories move the clock on, and a machine delivers nothing in time that it skips.
    #[cfg(unix)]
    let machine = match folder.zip(net.offers.first()) {
        Some((folder, offer)) => localnet.machine.start(&net, folder, *offer).await?,
        None => None,
    };
    #[cfg(unix)]
    let watched = machine.as_ref().map(|machine| machine.watched());
    #[cfg(not(unix))]
    let watched = None::<Watched>;
    if let Some(page) = page {
        let url = page.url()?;
        page.serve(&net, watched.as_ref(), remembers)?;
        output::note(format!("\n  Open {} in a browser.", emphasized(&url)));
    }
    if let Some(folder) = folder {
        output::note(examples(&net, folder, watched.as_ref(), remembers, net.now().await?));
    }
    #[cfg(unix)]
    machine::until_stopped(machine, indexer).await?;
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.context("Ctrl-C cannot be waited for")?;
    output::note("\nThe market is closed.");
    Ok(())
}

/// Whether there are programs that run a lease by themselves.
fn runs_by_itself(localnet: &Localnet) -> bool {
    #[cfg(unix)]
    return localnet.machine.is_there();
    #[cfg(not(unix))]
    return false;
}

/// Plays the lease that nobody touches, if there are the programs for it.
#[cfg(unix)]
async fn unattended(localnet: &Localnet, net: &Net, folder: Option<&Path>) -> Result<Option<Unattended>> {
    let Some(folder) = folder.filter(|_| runs_by_itself(localnet)) else { return Ok(None) };
    output::note(format!(
        "\n{}: in real time, for some minutes",
        style("A lease that nobody touches").bold()
    ));
    let offer = net.offer_by_the_minute().await?;
    let Some(mut machine) = localnet.machine.start(net, folder, offer).await? else { return Ok(None) };
    let (renter, watched) = (folder.join("renter.json"), machine.watched());
    let log_in = async |lease: &Address| {
        let mut ssh = tokio::process::Command::new(env::current_exe()?);
        ssh.args(["--url", net.validator.rpc_url(), "--keypair"]).arg(&renter);
        ssh.args(["lease", "ssh", &lease.to_string(), "--access-key"]).arg(watched.access_key(lease));
        ssh.args(["--", "echo it works"]);
        let said = ssh.stdin(Stdio::null()).output().await.context("`lease ssh` cannot be run")?;
        let error = String::from_utf8_lossy(&said.stderr);
        ensure!(said.status.success(), "the renter does not get in by SSH: {}", error.trim());
        Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
    };
    let played = tokio::select! {
        played = net.play_unattended(&watched, log_in, |it| tell_at(it.time, &it.what)) => played,
        ended = machine.ended() => Err(anyhow!("{}", machine.obituary(&ended))),
    };
    machine.close().await?;
    played.map(Some)
}

#[cfg(not(unix))]
async fn unattended(_: &Localnet, _: &Net, _: Option<&Path>) -> Result<Option<Unattended>> {
    Ok(None)
}

/// Plays four leases, and then four more, of two months and around the votes on the fee, on a clock that skips the waiting.
async fn play(net: &Net) -> Result<(PlayedLeases, PlayedVotes)> {
    let leases = PlayedLeases::new(play_all(net, &STORIES).await?)?;
    let around_votes = play_all(net, &VOTES).await?;
    let votes = net.finish_votes(&leases, around_votes, tell).await?;
    Ok((leases, votes))
}

async fn play_all(net: &Net, stories: &[Story]) -> Result<Vec<PlayedLease>> {
    let mut leases = Vec::new();
    for story in stories {
        output::note(format!("\n{}: {}", style(title(story.name)).bold(), story.summary));
        leases.push(net.play(story, tell).await?);
    }
    Ok(leases)
}

fn tell(step: &Step) {
    tell_at(step.time, &step.what);
}

fn tell_at(time: i64, what: &str) {
    output::note(format!("{}  {what}", style(units::format_time(time)).dim()));
}

fn temporary_folder() -> Result<TempDir> {
    let builder = tempfile::Builder::new().prefix("gpu-lease-").tempdir();
    builder.context("no temporary folder can be created; pass --wallets")
}

/// None, which means any free port, if it is 0.
fn free_if_zero(port: u16) -> Option<u16> {
    Some(port).filter(|port| *port != 0)
}

fn emphasized(url: &str) -> StyledObject<&str> {
    style(url).cyan().bold().underlined()
}

fn introduction(net: &Net, folder: Option<&Path>, begun: Instant) -> Record {
    let wallets = match folder {
        Some(folder) => format!("Wallets, key files in {}", folder.display()),
        None => "Wallets".to_owned(),
    };
    let mut record = Record::new()
        .heading(format!("A GPU market on a local validator, up in {:.1} s", begun.elapsed().as_secs_f32()))
        .line("JSON-RPC", net.validator.rpc_url())
        .line("WebSocket", net.validator.ws_url())
        .line("program", gpu_lease_client::address::PROGRAM)
        .line("test mint", net.mint.address)
        .line("offers", net.offers.len())
        .heading(wallets);
    for (name, keypair) in net.wallets.named() {
        record = record.line(name, keypair.pubkey());
    }
    record
}

fn examples(
    net: &Net,
    folder: &Path,
    watched: Option<&Watched>,
    indexer: Option<SocketAddr>,
    now: i64,
) -> String {
    let binary = this_binary();
    let command = |wallet: &str, rest: &str| {
        format!(
            "  {binary} -u {} -k {} {rest}\n",
            net.validator.rpc_url(),
            folder.join(wallet).with_extension("json").display()
        )
    };
    let offer = net.offers.first().map(ToString::to_string).unwrap_or_default();
    let open = format!("lease open {offer} --gpus 1 --duration 2h");
    let mut commands = command("renter", "offers");
    if let Some(watched) = watched {
        let (guard, access) = (folder.join("guard.json"), watched.access.display());
        let guarded = format!("{open} --wait --session-key {} --keys {access}", guard.display());
        commands += &command("renter", &format!("{open} --wait"));
        commands += &command("renter", "lease ssh LEASE");
        commands += "  # watched by the guard, which finds the access key there:\n";
        commands += &command("renter", &guarded);
    } else {
        commands += &command("renter", &open);
    }
    if let Some(indexer) = indexer {
        commands += "  # also what is over:\n";
        commands += &command("renter", &format!("history --indexer http://{indexer}"));
    }
    format!(
        "\n{}\n{commands}\nThe market stays open until Ctrl-C. Its clock shows {}.",
        style("In another terminal").bold(),
        units::format_time(now),
    )
}

/// How to call this binary from here: by its name if the PATH leads to it, else by its path.
fn this_binary() -> String {
    const NAME: &str = env!("CARGO_BIN_NAME");
    let Ok(binary) = env::current_exe() else { return NAME.to_owned() };
    let on_path = env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(NAME) == binary));
    let here = env::current_dir().ok();
    match here.and_then(|here| Some(binary.strip_prefix(here).ok()?.to_owned())) {
        _ if on_path => NAME.to_owned(),
        Some(relative) => Path::new(".").join(relative).display().to_string(),
        None => binary.display().to_string(),
    }
}

/// What became of each lease, and who paid and got what.
fn report(played: &PlayedLeases) -> Record {
    let mut record = Record::of(played);
    let decimals = played.total.tokens.decimals;
    for lease in &played.leases {
        let PlayedLease { capacity, promised, accepted, credit, .. } = lease;
        record = record
            .heading(format!("{}: {}", title(lease.name), lease.summary))
            .line("promised", format!("{}, {promised} of {capacity} possible", hours(*promised)))
            .line("accepted", format!("{}, {accepted}", hours(*accepted)))
            .line("SLA credit", units::format_amount(*credit, decimals))
            .line("ended", lease.end_reason);
    }
    let leases = played.leases.iter().map(|lease| (lease.name, &lease.ledger.tokens));
    record.heading("Who paid and got what").text_block(money_table(leases, &played.total.tokens).whole())
}

/// What was voted, what the leases around it paid, and who paid and got what in all.
fn report_votes(played: &PlayedLeases, votes: &PlayedVotes) -> Record {
    let total = &votes.total;
    let leases = votes.leases.iter().map(|lease| (lease.name, &lease.ledger.tokens));
    let books = [("leases above", &played.total.tokens)].into_iter().chain(leases);
    let books = books.chain([("withdrawal", &votes.withdrawal.ledger.tokens)]);
    let mut record = Record::new()
        .object("governance", &votes)
        .heading("What was voted")
        .text_block(vote_table(votes).whole())
        .heading("What the leases before and around the first vote paid");
    for lease in &votes.leases {
        record = record.line(lease.name, fee_words(lease));
    }
    record
        .heading("Who paid and got what, votes included")
        .text_block(money_table(books, &total.tokens).whole())
        .text_block("\nEvery column sums to zero, and every total is what happened to the balance on chain.")
        .text_block(rent_and_fees(&total.lamports))
}

/// What became of the lease that nobody touched.
fn report_unattended(lease: &Unattended) -> Record {
    let Unattended { bound, claimed, accepted, ledger, .. } = lease;
    let book = &ledger.tokens;
    Record::new()
        .object("unattended", lease)
        .heading("The lease that nobody touched")
        .line("the guard's bound", format!("{bound} GPU-seconds"))
        .line("claimed", format!("{claimed} GPU-seconds, which it refused"))
        .line("accepted", format!("{accepted} GPU-seconds"))
        .heading("Who paid and got what for it")
        .text_block(money_table(iter::empty(), book).whole())
        .text_block("\nEvery column sums to zero, and every total is what happened to the balance on chain.")
        .text_block(rent_and_fees(&ledger.lamports))
}

/// The proposals: a row for each house that has a say.
fn vote_table(votes: &PlayedVotes) -> Table {
    let columns = vec![
        Column::text("PROPOSAL"),
        Column::text("OUTCOME"),
        Column::text("HOUSE"),
        Column::number("FOR"),
        Column::number("AGAINST"),
        Column::number("QUORUM"),
        Column::text("DECISION"),
    ];
    let mut rows = Vec::new();
    for proposal in &votes.proposals {
        let standing = proposal.standing();
        let outcome = match proposal.state.into() {
            ProposalState::Executed => "executed",
            ProposalState::Passed => "passed",
            _ => "failed",
        };
        let decision =
            if standing.has_quorum && standing.has_majority { "passes it" } else { "does not pass it" };
        rows.push(house([&proposed(proposal), outcome, "token holders"], &proposal.tokens, "for", decision));
        if proposal.participants.electorate > 0 {
            let decision = if standing.is_refused { "refuses it" } else { "lets it pass" };
            rows.push(house(["", "", "participants"], &proposal.participants, "against", decision));
        }
    }
    table(columns, rows)
}

/// A house's row: its tally, and with which votes it decides.
fn house(labels: [&str; 3], tally: &Tally, deciding: &str, decision: &str) -> Vec<Cell> {
    let amount = |amount| match amount {
        0 => "·".to_owned(),
        _ => units::format_amount(amount, VOTE_DECIMALS),
    };
    let quorum = format!("{} {deciding}", amount(tally.quorum));
    let figures = [amount(tally.votes_for), amount(tally.votes_against), quorum, decision.to_owned()];
    labels.map(cell).into_iter().chain(figures.map(cell)).collect()
}

/// What a proposal of the played votes says.
fn proposed(proposal: &Proposal) -> String {
    match Action::from(&proposal.action) {
        Action::SetFee { fee_bps } => {
            let [from, to] = [proposal.fee_bps, fee_bps].map(|bps| units::format_bps(bps.into()));
            format!("{}  fee {from} → {to}", proposal.id)
        }
        _ => format!("{}  withdraw all fees", proposal.id),
    }
}

/// The fee of a lease to the base unit.
fn fee_words(lease: &PlayedLease) -> String {
    let Book { decimals, .. } = lease.ledger.tokens;
    let amount = |party, flow| {
        let amount = lease.ledger.tokens.row(party, flow);
        u64::try_from(amount.unsigned_abs()).unwrap_or(u64::MAX)
    };
    let (fee, payout) = (amount(Party::FeeVault, Flow::Fee), amount(Party::Provider, Flow::PaidOut));
    format!(
        "{} of {} for {}: fee {}, provider {}",
        units::format_bps(lease.fee_bps.into()),
        units::format_amount(fee.saturating_add(payout), decimals),
        hours(lease.accepted),
        units::format_amount_aligned(fee, decimals),
        units::format_amount_aligned(payout, decimals)
    )
}

/// Books of money side by side: a column each, a row for everything that somebody gave or got.
fn money_table<'a>(named: impl IntoIterator<Item = (&'static str, &'a Book)>, total: &'a Book) -> Table {
    let (names, books): (Vec<_>, Vec<_>) = named.into_iter().chain([("total", total)]).unzip();
    let mut columns = vec![Column::text(""), Column::text("")];
    columns.extend(names.into_iter().map(|name| Column::number(name.to_uppercase())));

    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut push = |labels: [String; 2], amounts: Vec<i128>| {
        let amounts = amounts.into_iter().map(|amount| self::amount(amount, total.decimals));
        rows.push(labels.into_iter().map(cell).chain(amounts).collect());
    };
    for row in total.rows.iter().filter(|row| row.party != Party::Vault) {
        let mut party = row.party.to_string();
        for flow in row.entries.keys().filter(|flow| books.iter().any(|b| b.row(row.party, **flow) != 0)) {
            let amounts = books.iter().map(|book| book.row(row.party, *flow)).collect();
            push([std::mem::take(&mut party), flow.to_string()], amounts);
        }
    }
    let left = |book: &&Book| Flow::TOKENS.iter().map(|flow| book.row(Party::Vault, *flow)).sum();
    push(["lease vaults".to_owned(), "left".to_owned()], books.iter().map(left).collect());
    let sums = books.iter().map(|book| bold(cell(units::format_change(book.total(), total.decimals))));
    rows.push([bold(cell("sum")), cell("")].into_iter().chain(sums).collect());
    table(columns, rows)
}

fn amount(value: i128, decimals: u8) -> Cell {
    match value {
        0 => cell("·"),
        1.. => cell(units::format_change(value, decimals)),
        _ => coloured(cell(units::format_change(value, decimals)), Color::Red),
    }
}

/// What SOL was for.
fn rent_and_fees(book: &Book) -> String {
    let amount = |party, flow| {
        let amount = u64::try_from(book.row(party, flow).unsigned_abs()).unwrap_or(u64::MAX);
        units::format_amount(amount, book.decimals)
    };
    format!(
        "Rent: {} SOL for the leases' accounts, of which {} came back. Network fees: {} SOL.",
        amount(Party::Vault, Flow::Rent),
        amount(Party::Vault, Flow::RentBack),
        amount(Party::Network, Flow::NetworkFee)
    )
}

fn title(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn hours(gpu_seconds: u64) -> String {
    format!("{} GPU-hours", units::format_gpu_hours(gpu_seconds))
}
