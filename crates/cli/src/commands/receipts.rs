//! `gpu-lease receipts`

use super::history::note_gaps;
use crate::{
    config,
    context::Context,
    indexer::{
        Indexer, Source,
        answers::{Lease, Page, Receipt},
    },
    output, units, views,
};
use anyhow::{Result, ensure};
use clap::Args;
use solana_address::Address;
use solana_signer::Signer;

#[derive(Debug, Args)]
#[command(after_help = "As CSV for a spreadsheet: gpu-lease receipts --csv > receipts.csv")]
pub struct Receipts {
    /// The wallet that paid or was paid [default: that of --keypair]
    #[arg(value_name = "WALLET", value_parser = config::parse_address)]
    wallet: Option<Address>,
    #[command(flatten)]
    source: Source,
    /// Only of this lease
    #[arg(long, value_name = "LEASE", value_parser = config::parse_address, conflicts_with_all = ["from", "before"])]
    lease: Option<Address>,
    /// Only of leases that were opened at this moment or later, for instance 2026-01-01T00:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = units::parse_time)]
    from: Option<i64>,
    /// Only of leases that were opened before this moment
    #[arg(long, value_name = "MOMENT", value_parser = units::parse_time)]
    before: Option<i64>,
    /// Most leases, the newest first
    #[arg(long, value_name = "COUNT", value_parser = units::parse_count::<u64>, default_value_t = 50)]
    limit: u64,
    /// Ask the node for each transaction, and require that it moved what the receipt says
    #[arg(long)]
    check: bool,
    /// As comma-separated values, a line for each amount that moved
    #[arg(long)]
    csv: bool,
}

/// Shows what a wallet paid and got for its leases, with the transaction of each amount.
pub async fn run(options: &Receipts, context: &Context) -> Result<()> {
    let wallet = match options.wallet {
        Some(wallet) => wallet,
        None => context.wallet()?.pubkey(),
    };
    let indexer = options.source.open(context).await?;
    let receipts = receipts(options, &wallet, &indexer).await?;
    let mut shown = views::receipt::list(&wallet);
    for receipt in &receipts {
        let mint = context.mint(&receipt.lease.mint).await?;
        let is_of_mint = receipt.decimals.is_none_or(|decimals| decimals == mint.decimals);
        ensure!(is_of_mint && receipt.fits(&wallet), indexer.nonsense());
        shown.push(receipt, &mint);
    }
    if options.check {
        crate::indexer::check::receipts(&wallet, &receipts, context).await?;
    }
    note_gaps(&indexer);
    match options.csv {
        true => output::print_text(shown.csv()?.as_bytes()),
        false => context.print(&shown),
    }
}

/// Those that are asked for, the newest first.
async fn receipts(options: &Receipts, wallet: &Address, indexer: &Indexer) -> Result<Vec<Receipt>> {
    let Receipts { lease, from, before, limit, .. } = options;
    let of_wallet = ("wallet", wallet.to_string());
    if let Some(lease) = lease {
        let lives: Page<Lease> = indexer.ask(&["leases", &lease.to_string()], &[]).await?;
        let mut receipts = Vec::new();
        for Lease { address, opened_slot, .. } in lives.items {
            ensure!(address == *lease, indexer.nonsense());
            let path = ["leases", &lease.to_string(), &opened_slot.to_string(), "receipt"];
            receipts.push(indexer.ask(&path, std::slice::from_ref(&of_wallet)).await?);
        }
        return Ok(receipts);
    }
    let moment = |name, moment: &Option<i64>| moment.map(|moment| (name, moment.to_string()));
    let query: Vec<_> =
        [moment("opened_from", from), moment("opened_before", before)].into_iter().flatten().collect();
    let most = usize::try_from(*limit).unwrap_or(usize::MAX);
    let (receipts, is_more) =
        indexer.list(&["wallets", &wallet.to_string(), "receipts"], &query, most).await?;
    if is_more {
        output::note(format!("There are more than {most}; --limit shows more."));
    }
    Ok(receipts)
}
