//! The page of figures.

use std::fmt::Write;
use std::time::Duration;

/// A figure, and what it may be at most or must be at least.
#[derive(Clone, Debug)]
pub struct Figure {
    pub what: String,
    pub sqlite: String,
    pub postgres: String,
    pub limit: String,
    pub is_within: bool,
}

/// How long a question takes at p95.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub name: &'static str,
    pub cold: Duration,
    pub warm: Duration,
    pub postgres: Duration,
}

/// Everything that was measured.
#[derive(Clone, Debug)]
pub struct Figures {
    pub machine: String,
    pub sqlite: String,
    pub postgres: String,
    pub figures: Vec<Figure>,
    pub asked: Vec<Asked>,
}

/// How long a question may take at p95.
pub const PATIENCE: Duration = Duration::from_millis(20);

impl Asked {
    /// What is cold is told and has no limit: it is the disk's time.
    fn is_within(&self) -> bool {
        self.warm.max(self.postgres) <= PATIENCE
    }
}

impl Figures {
    /// What is beyond its limit.
    pub fn faults(&self) -> Vec<String> {
        let figures = self.figures.iter().filter(|it| !it.is_within);
        let figures =
            figures.map(|it| format!("{}: {} and {}, limit {}", it.what, it.sqlite, it.postgres, it.limit));
        let asked = self.asked.iter().filter(|it| !it.is_within());
        let asked = asked.map(|it| {
            let [cold, warm, postgres] = [it.cold, it.warm, it.postgres].map(millis);
            format!("{}: {cold} cold, {warm}, PostgreSQL {postgres}", it.name)
        });
        figures.chain(asked).collect()
    }

    /// As Markdown.
    pub fn document(&self) -> String {
        let mut text = format!(
            "# What the indexer takes\n\nWritten by `cargo xtask bench indexer`, which fails beyond the limits. The \
             market is made up by [`crates/load`](../crates/load/src/market/mod.rs): the same on every machine. \
             Figures depend on the machine: {}.\n\n| | SQLite | PostgreSQL | limit |\n|---|--:|--:|---|\n",
            self.machine
        );
        let mut row = |cells: [&str; 4]| writeln!(text, "| {} |", cells.join(" | ")).expect("a text grows");
        row(["the record", &self.sqlite, &self.postgres, ""]);
        for Figure { what, sqlite, postgres, limit, .. } in &self.figures {
            row([what, sqlite, postgres, limit]);
        }
        text.push_str(
            "\n## Questions\n\nHow long each takes at p95, asked one after the other about leases of all times, busy \
             wallets more often than others; a page has 50 items. *Cold*: before each, the system forgets what it has \
             read of the file: that is the disk's time. Limit of the others: 20 ms.\n\n| what | SQLite, cold | SQLite | PostgreSQL |\n|---|--:|--:|--:|\n",
        );
        for Asked { name, cold, warm, postgres } in &self.asked {
            let [cold, warm, postgres] = [cold, warm, postgres].map(|took| millis(*took));
            writeln!(text, "| {name} | {cold} | {warm} | {postgres} |").expect("a text grows");
        }
        text
    }
}

/// Milliseconds, in words.
pub fn millis(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1_000.0)
}
