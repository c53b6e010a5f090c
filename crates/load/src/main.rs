//! A market of any size, and what the indexer makes of it: `gpu-lease-load --help`.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use gpu_lease_indexer::store::Store;
use gpu_lease_load::market::Size;
use gpu_lease_load::measure::run::Plan;
use gpu_lease_load::{record, serve};
use tokio::net::TcpListener;

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
    /// Answer as the indexer does, from a record.
    Serve {
        /// `sqlite:PATH` or `postgres://…`.
        url: String,
        /// Where to answer.
        #[arg(long, default_value = "127.0.0.1:8090")]
        listen: SocketAddr,
        /// Take so many transactions a second into it meanwhile.
        #[arg(long)]
        apply: Option<NonZeroU32>,
    },
    /// Measure everything, and write what came of it.
    Measure {
        /// Where records are kept; what else is there is removed.
        #[arg(long)]
        folder: PathBuf,
        /// The page to write.
        #[arg(long)]
        document: PathBuf,
        /// Change nothing but records.
        #[arg(long)]
        check: bool,
        /// Transactions in SQLite.
        #[arg(long, default_value_t = 1_000_000)]
        transactions: u64,
        /// Transactions in PostgreSQL, which is filled each time.
        #[arg(long, default_value_t = 200_000)]
        postgres: u64,
        /// Offers in both.
        #[arg(long, default_value_t = 100_000)]
        offers: u64,
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
        Task::Serve { url, listen, apply } => {
            let store = Store::open(&url, &record::GENESIS).await?;
            let listener = TcpListener::bind(listen).await?;
            let answering = serve::answer(store.clone(), listener);
            match apply {
                Some(per_second) => {
                    tokio::try_join!(answering, serve::go_on(store, 5, per_second)).map(drop)?
                }
                None => answering.await?,
            }
        }
        Task::Measure { folder, document, check, transactions, postgres, offers } => {
            let size = |transactions| Size { transactions, offers };
            let plan = Plan { folder, sqlite: size(transactions), postgres: size(postgres) };
            let figures = plan.run().await?;
            let text = figures.document();
            println!("{text}");
            if !check {
                std::fs::write(&document, text)?;
            }
            let faults = figures.faults();
            if !faults.is_empty() {
                eprintln!("beyond the limits:\n{}", faults.join("\n"));
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
