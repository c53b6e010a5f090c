//! `gpu-lease localnet`

use crate::{
    output::{self, Column, Format, Record, bold, coloured, table},
    units, views,
};
use anyhow::{Context as _, Result};
use clap::Args;
use comfy_table::{Cell, Color};
use console::style;
use gpu_lease_localnet::{Book, Localnet as Net, Options, PlayedLease};
use solana_signer::Signer;
use std::{
    env,
    path::{Path, PathBuf},
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
    /// Exit after the lease was played, instead of keeping the market running until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Port of JSON-RPC, WebSocket being one above; 0 for any free port [default: 8899, with --once 0]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Folder for the wallets' key files [default: a temporary one, removed at the end]
    #[arg(long, value_name = "FOLDER")]
    wallets: Option<PathBuf>,
    /// Do not play a lease
    #[arg(long, conflicts_with = "once")]
    no_lease: bool,
}

/// The port that the moniker `localhost` means.
const LOCALHOST_PORT: u16 = 8_899;

/// Starts the validator and the market, plays the lease, and stays.
pub async fn run(localnet: &Localnet, format: Format) -> Result<()> {
    let begun = Instant::now();
    let default_port = if localnet.once { 0 } else { LOCALHOST_PORT };
    let port = Some(localnet.port.unwrap_or(default_port)).filter(|port| *port != 0);
    let spinner = output::spinner("");
    let started = Net::start(Options { port, ..Options::default() }, |doing| {
        spinner.set_message(doing.to_owned());
    })
    .await;
    spinner.finish_and_clear();
    let net = started?;

    // With --once nobody is left to use the wallets, unless a folder is named for them.
    let temporary = match localnet.once || localnet.wallets.is_some() {
        true => None,
        false => Some(temporary_folder()?),
    };
    let folder = localnet.wallets.as_deref().or(temporary.as_ref().map(TempDir::path));
    if let Some(folder) = folder {
        net.wallets.write_to(folder)?;
    }
    output::note(introduction(&net, folder, begun));

    if !localnet.no_lease {
        output::note(format!("\n{}", style("One lease, on a clock that skips the waiting").bold()));
        let played = net
            .play_lease(|step| {
                output::note(format!("{}  {}", style(units::format_time(step.time)).dim(), step.what));
            })
            .await?;
        output::note(format!(
            "{}\n ",
            style(format!("{:.1} s after the start", begun.elapsed().as_secs_f32())).dim()
        ));
        format.print(&report(&played, net.mint.decimals))?;
    }
    if localnet.once {
        return Ok(());
    }
    net.slow_down()?;
    if let Some(folder) = folder {
        output::note(examples(&net, folder, net.now().await?));
    }
    tokio::signal::ctrl_c().await.context("Ctrl-C cannot be waited for")?;
    output::note("\nThe market is closed.");
    Ok(())
}

fn temporary_folder() -> Result<TempDir> {
    let builder = tempfile::Builder::new().prefix("gpu-lease-").tempdir();
    builder.context("no temporary folder can be created; pass --wallets")
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

fn examples(net: &Net, folder: &Path, now: i64) -> String {
    let binary = this_binary();
    let command = |wallet: &str, rest: &str| {
        format!(
            "  {binary} -u {} -k {} {rest}\n",
            net.validator.rpc_url(),
            folder.join(wallet).with_extension("json").display()
        )
    };
    let offer = net.offers.first().map(ToString::to_string).unwrap_or_default();
    format!(
        "\n{}\n{}{}\nThe market stays open until Ctrl-C. Its clock shows {}.",
        style("In another terminal").bold(),
        command("renter", "offer list"),
        command("renter", &format!("lease open {offer} --gpus 1 --duration 2h")),
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

/// The ledger as tables.
fn report(played: &PlayedLease, decimals: u8) -> Record {
    let tokens = &played.ledger.tokens;
    Record::of(played)
        .heading("Usage")
        .line("possible", views::units(played.capacity))
        .line("promised", views::units(played.promised))
        .line("accepted", views::units(played.accepted))
        .line("price", format!("{} per GPU-hour", units::format_amount(played.price, decimals)))
        .heading("Ledger: tokens")
        .text_block(book_table(tokens))
        .heading("Ledger: SOL")
        .text_block(book_table(&played.ledger.lamports))
        .text_block("\nEvery column sums to zero, and every total is what happened to the balance on chain.")
}

fn book_table(book: &Book) -> comfy_table::Table {
    let mut columns = vec![Column::text("")];
    columns.extend(book.columns.iter().map(|flow| Column::number(flow.to_string().to_uppercase())));
    columns.push(Column::number("TOTAL"));
    let amount = |value: i128| match value {
        0 => Cell::new("·"),
        1.. => Cell::new(units::format_change(value, book.decimals)),
        _ => coloured(Cell::new(units::format_change(value, book.decimals)), Color::Red),
    };
    let mut rows: Vec<Vec<Cell>> = book
        .rows
        .iter()
        .map(|row| {
            let entries = book.columns.iter().map(|flow| amount(row.entry(*flow)));
            [Cell::new(row.party)].into_iter().chain(entries).chain([bold(amount(row.total))]).collect()
        })
        .collect();
    let sums = book.columns.iter().map(|flow| book.sum(*flow)).chain([book.total()]);
    let sums = sums.map(|sum| bold(Cell::new(units::format_change(sum, book.decimals))));
    rows.push([bold(Cell::new("sum"))].into_iter().chain(sums).collect());
    table(&columns, rows)
}
