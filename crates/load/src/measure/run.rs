//! All measurements, one after the other.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use gpu_lease_indexer::store::Store;
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::clients::{self, Answered};
use super::document::{Asked, Figure, Figures, millis};
use super::questions::{QUESTIONS, Sample};
use super::system::{self, OneCore};
use super::{applying, percentile};
use crate::market::Size;
use crate::postgres::Postgres;
use crate::record::{self, GENESIS};

/// Seed of the market, and of those who come to it later.
const SEED: u64 = 1;
const LATER: u64 = 2;

/// Transactions that are applied for a figure.
const APPLIED: u64 = 10_000;

/// Transactions that are written at once while a record is caught up with, and while it keeps up.
const CATCHING_UP: usize = 100;
const KEEPING_UP: usize = 1;

/// Samples of each question: cold ones wait for the disk.
const WARM: usize = 200;
const COLD: usize = 40;

/// Clients, and for how long they ask.
const CLIENTS: u64 = 200;
const LONG: Duration = Duration::from_secs(20);

/// Transactions a second that are taken in while they ask: a million are a day of that.
const MEANWHILE: u32 = 10;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where records are kept.
    pub folder: PathBuf,
    /// The market in SQLite.
    pub sqlite: Size,
    /// The market in PostgreSQL.
    pub postgres: Size,
}

impl Plan {
    /// Measures everything.
    pub async fn run(&self) -> Result<Figures> {
        fs::create_dir_all(&self.folder)?;
        let of_sqlite = self.sqlite().await?;
        let of_postgres = self.postgres().await?;
        let rate = |rate: f64| format!("{rate:.0} / s");
        let mut figures = Vec::new();
        let least = |what: &str, sqlite: f64, postgres: f64, least: f64| Figure {
            what: what.to_owned(),
            sqlite: rate(sqlite),
            postgres: rate(postgres),
            limit: if least > 0.0 { format!("at least {least} / s on SQLite") } else { String::new() },
            is_within: sqlite >= least,
        };
        let [(sqlite, postgres), (each, each_postgres)] = [
            (of_sqlite.catching_up, of_postgres.catching_up),
            (of_sqlite.keeping_up, of_postgres.keeping_up),
        ];
        figures.push(least(
            "transactions applied, a hundred at once, SQLite on one core",
            sqlite,
            postgres,
            1_000.0,
        ));
        figures.push(least("the same one by one", each, each_postgres, 0.0));
        let [one, other] = [&of_sqlite.answered, &of_postgres.answered];
        let both = |what: &str, shown: &dyn Fn(&Answers) -> String, limit: &str, is_within: bool| Figure {
            what: what.to_owned(),
            sqlite: shown(one),
            postgres: shown(other),
            limit: limit.to_owned(),
            is_within,
        };
        let meanwhile = format!(
            "requests answered to {CLIENTS} clients, none with a 304, {MEANWHILE} transactions / s applied meanwhile"
        );
        let within = |holds: fn(&Answers) -> bool| holds(one) && holds(other);
        figures.push(both(
            &meanwhile,
            &|it| rate(it.per_second),
            "at least 500 / s",
            within(|it| it.per_second >= 500.0),
        ));
        figures.push(both(
            "p99 of them",
            &|it| millis(it.p99),
            "250 ms",
            within(|it| it.p99 <= Duration::from_millis(250)),
        ));
        figures.push(both("errors", &|it| it.errors.to_string(), "0", within(|it| it.errors == 0)));
        figures.push(both(
            "most memory meanwhile",
            &|it| format!("{} MiB", it.memory),
            "300 MiB",
            within(|it| it.memory <= 300),
        ));
        figures.push(Figure {
            what: "on disk, a transaction".to_owned(),
            sqlite: format!("{} bytes", of_sqlite.bytes),
            postgres: format!("{} bytes", of_postgres.bytes),
            limit: String::new(),
            is_within: true,
        });
        let asked = QUESTIONS.iter().zip(of_sqlite.cold).zip(of_sqlite.warm).zip(of_postgres.warm);
        let asked = asked.map(|(((question, cold), warm), postgres)| Asked {
            name: question.name,
            cold,
            warm,
            postgres,
        });
        let words = |size: Size| format!("{} transactions, {} offers", size.transactions, size.offers);
        Ok(Figures {
            machine: system::machine(),
            sqlite: words(self.sqlite),
            postgres: words(self.postgres),
            figures,
            asked: asked.collect(),
        })
    }

    async fn sqlite(&self) -> Result<Measured> {
        let record = self.record().await?;
        let url = format!("sqlite:{}", record.display());
        let bytes = system::size(&record) / self.sqlite.transactions;
        let store = Store::open(&url, &GENESIS).await?;
        let samples = Sample::of(&store, WARM).await?;
        eprintln!("SQLite: questions");
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        for question in QUESTIONS {
            let mut took = Vec::new();
            for sample in samples.iter().take(COLD) {
                system::forget(&record)?;
                took.extend(question.ask(&store, std::slice::from_ref(sample)).await?);
            }
            cold.push(percentile(took, 95));
            question.ask(&store, &samples).await?;
            warm.push(percentile(question.ask(&store, &samples).await?, 95));
        }
        store.close().await;
        system::closed(&record).await?;
        // What follows writes: into a copy, so that the record is the same the next time.
        let copy = self.folder.join("copy.db");
        remove(&copy)?;
        fs::copy(&record, &copy)?;
        let url = format!("sqlite:{}", copy.display());
        eprintln!("SQLite: applying");
        let store = Store::open(&url, &GENESIS).await?;
        let (catching_up, keeping_up) = {
            let _one = OneCore::begin()?;
            let catching_up = applying(&store, LATER, APPLIED, CATCHING_UP).await?;
            (catching_up, applying(&store, LATER + 1, APPLIED / 5, KEEPING_UP).await?)
        };
        store.close().await;
        eprintln!("SQLite: clients");
        let answered = answered(&url, &samples).await?;
        remove(&copy)?;
        Ok(Measured { bytes, cold, warm, catching_up, keeping_up, answered })
    }

    async fn postgres(&self) -> Result<Measured> {
        let postgres = Postgres::durable();
        let url = postgres.database("record");
        let store = Store::open(&url, &GENESIS).await?;
        eprintln!("PostgreSQL: {} transactions", self.postgres.transactions);
        record::fill(&store, SEED, self.postgres, 1_000).await?;
        postgres.analyze("record");
        let bytes = postgres.size("record") / self.postgres.transactions;
        let samples = Sample::of(&store, WARM).await?;
        eprintln!("PostgreSQL: questions");
        let mut warm = Vec::new();
        for question in QUESTIONS {
            question.ask(&store, &samples).await?;
            warm.push(percentile(question.ask(&store, &samples).await?, 95));
        }
        eprintln!("PostgreSQL: applying");
        let catching_up = applying(&store, LATER, APPLIED, CATCHING_UP).await?;
        let keeping_up = applying(&store, LATER + 1, APPLIED / 5, KEEPING_UP).await?;
        store.close().await;
        eprintln!("PostgreSQL: clients");
        let answered = answered(&url, &samples).await?;
        Ok(Measured { bytes, cold: Vec::new(), warm, catching_up, keeping_up, answered })
    }

    /// The record in SQLite, which is kept for the next time: as long as this program is the same.
    async fn record(&self) -> Result<PathBuf> {
        let program = Sha256::digest(fs::read(std::env::current_exe()?)?);
        let Size { transactions, offers } = self.sqlite;
        let name = format!("{transactions}-{offers}-{}", &hex::encode(program)[..16]);
        let kept = self.folder.join(format!("{name}.db"));
        let url = format!("sqlite:{}", kept.display());
        if kept.exists() {
            let store = Store::open(&url, &GENESIS).await?;
            let count = store.progress().await?.transactions.0;
            store.close().await;
            system::closed(&kept).await?;
            // One that was not finished is made again.
            if count == transactions {
                return Ok(kept);
            }
        }
        for other in fs::read_dir(&self.folder)? {
            fs::remove_file(other?.path())?;
        }
        eprintln!("SQLite: {transactions} transactions, which are kept for the next time");
        let begun = Instant::now();
        let store = Store::open(&url, &GENESIS).await?;
        record::fill(&store, SEED, self.sqlite, 1_000).await?;
        store.close().await;
        system::closed(&kept).await?;
        eprintln!("SQLite: that took {} s", begun.elapsed().as_secs());
        Ok(kept)
    }
}

/// What was measured of a database.
struct Measured {
    bytes: u64,
    cold: Vec<Duration>,
    warm: Vec<Duration>,
    catching_up: f64,
    keeping_up: f64,
    answered: Answers,
}

/// What clients got.
struct Answers {
    per_second: f64,
    p99: Duration,
    errors: usize,
    memory: u64,
}

fn remove(record: &Path) -> Result<()> {
    for file in system::files(record).filter(|file| file.exists()) {
        fs::remove_file(file)?;
    }
    Ok(())
}

/// A process that serves a record.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Lets clients ask a process that serves a record and applies transactions.
async fn answered(url: &str, samples: &[Sample]) -> Result<Answers> {
    let address: SocketAddr = {
        let free = std::net::TcpListener::bind("127.0.0.1:0")?;
        free.local_addr()?
    };
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["serve", url, "--listen", &address.to_string(), "--apply", &MEANWHILE.to_string()]);
    let server = Server(command.stdout(Stdio::null()).spawn()?);
    let begun = Instant::now();
    while TcpStream::connect(address).await.is_err() {
        ensure!(begun.elapsed() < Duration::from_secs(60), "the API does not start");
        sleep(Duration::from_millis(100)).await;
    }
    let paths: Vec<String> = samples.iter().flat_map(clients::paths).collect();
    let begun = Instant::now();
    let Answered { took, errors, .. } = clients::ask(address, paths, CLIENTS, LONG).await?;
    let per_second = took.len() as f64 / begun.elapsed().as_secs_f64();
    let memory = system::peak_memory(server.0.id()).context("the API ended")?;
    Ok(Answers { per_second, p99: percentile(took, 99), errors, memory })
}
