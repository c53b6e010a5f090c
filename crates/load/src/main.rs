//! A market of any size, and what the indexer makes of it: `gpu-lease-load --help`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use gpu_lease_indexer::store::Store;
use gpu_lease_load::market::Size;
use gpu_lease_load::record;

/// A market of any size, and what the indexer makes of it.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write a made-up market into an empty record.
    Fill {
        /// `sqlite:PATH` or `postgres://…`.
        url: String,
        /// Transactions in all.
        #[arg(long, default_value_t = 1_000_000)]
        transactions: u64,
        /// Offers that are listed.
        #[arg(long, default_value_t = 100_000)]
        offers: u64,
        /// The same seed is the same market.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Transactions that are written at once.
        #[arg(long, default_value_t = 1_000)]
        batch: usize,
    },
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    match Arguments::parse().task {
        Task::Fill { url, transactions, offers, seed, batch } => {
            let store = Store::open(&url, &record::GENESIS).await?;
            let took = record::fill(&store, seed, Size { transactions, offers }, batch).await?;
            println!("{transactions} transactions in {:.1} s", took.as_secs_f64());
        }
    }
    Ok(ExitCode::SUCCESS)
}
