//! `gpu-lease history`

use crate::{
    config,
    context::Context,
    indexer::{
        Indexer, Source,
        answers::{Event, Lease, Page},
    },
    output, units, views,
};
use anyhow::{Result, ensure};
use clap::Args;
use solana_address::Address;
use solana_signer::Signer;

#[derive(Debug, Args)]
pub struct History {
    /// A wallet, a provider's account, or a lease, also one that is over [default: the wallet of --keypair]
    #[arg(value_name = "ADDRESS", value_parser = config::parse_address)]
    address: Option<Address>,
    #[command(flatten)]
    source: Source,
    /// Only leases that were opened at this moment or later, for instance 2026-01-01T00:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = units::parse_time)]
    from: Option<i64>,
    /// Only leases that were opened before this moment
    #[arg(long, value_name = "MOMENT", value_parser = units::parse_time)]
    before: Option<i64>,
    /// Most leases of a wallet, or most events of a lease, the newest first
    #[arg(long, value_name = "COUNT", value_parser = units::parse_count::<u64>, default_value_t = 50)]
    limit: u64,
}

/// Shows the leases of a wallet, or all that happened to a lease, also of those that are over.
pub async fn run(history: &History, context: &Context) -> Result<()> {
    let History { address, source, limit, .. } = history;
    let address = match address {
        Some(address) => *address,
        None => context.wallet()?.pubkey(),
    };
    let most = usize::try_from(*limit).unwrap_or(usize::MAX);
    let indexer = source.open(context).await?;
    let lives = indexer
        .find::<Page<Lease>>(&["leases", &address.to_string()], &[])
        .await?
        .map_or_else(Vec::new, |page| page.items);
    match lives.is_empty() {
        true => of_wallet(history, &address, &indexer, most, context).await,
        false => of_lease(&address, &lives, &indexer, most, context).await,
    }
}

/// The leases in which an address has a part, the newest first.
async fn of_wallet(
    History { from, before, .. }: &History,
    wallet: &Address,
    indexer: &Indexer,
    most: usize,
    context: &Context,
) -> Result<()> {
    let moment = |name, moment: &Option<i64>| moment.map(|moment| (name, moment.to_string()));
    let query: Vec<_> =
        [Some(("party", wallet.to_string())), moment("opened_from", from), moment("opened_before", before)]
            .into_iter()
            .flatten()
            .collect();
    let (leases, is_more) = indexer.list::<Lease>(&["leases"], &query, most).await?;
    let mut list = views::history::list();
    for lease in &leases {
        ensure!(lease.part_of(wallet).is_some(), indexer.nonsense());
        let mint = context.mint(&lease.mint).await?;
        list.push(
            views::history::row(lease, wallet, &mint),
            views::history::details(lease, &mint).without_lines(),
        );
    }
    if is_more {
        output::note(format!("There are more than {most}; --limit shows more."));
    }
    note_gaps(indexer);
    context.print(&list)
}

/// Each lease that had this address, with what happened to it.
async fn of_lease(
    address: &Address,
    lives: &[Lease],
    indexer: &Indexer,
    most: usize,
    context: &Context,
) -> Result<()> {
    let mut lives_shown = views::history::lives();
    for lease in lives {
        ensure!(lease.address == *address, indexer.nonsense());
        let mint = context.mint(&lease.mint).await?;
        let query = [("about", address.to_string()), ("opened_slot", lease.opened_slot.to_string())];
        let (events, is_more) = indexer.list::<Event>(&["events"], &query, most).await?;
        if is_more {
            output::note(format!("There are more than {most} events; --limit shows more."));
        }
        lives_shown.push(views::history::details(lease, &mint).and(views::history::events(&events)));
    }
    note_gaps(indexer);
    context.print(&lives_shown)
}

/// Tells what the record lacks.
pub fn note_gaps(indexer: &Indexer) {
    if !indexer.progress.is_complete {
        output::note(
            "The indexer's record does not begin with the program: what came before it is not here.",
        );
    }
}
