//! The figures as Markdown, and what moved since they were written down.

use super::{Figures, Measurement, Statements};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Largest program that the project allows itself, bytes: a deployment of it costs little more than two SOL.
pub const MAX_PROGRAM_SIZE: usize = 304 * 1_024;

/// Why scenarios cost more than their instruction's budget: those whose names begin so.
pub const REASONS: &[(&str, &str)] = &[
    (
        "attest · ",
        "it keeps how much of the capacity was funded when the window was attested, and takes waits in seconds and in \
         slots: without the first, a late top-up takes the bond for hours that nobody paid for; without the second, a halt \
         of the cluster takes everybody's time to answer. The budget is from before either.",
    ),
    ("attest_batch · ", "each row does what `attest` does, so each is as much over the budget of a row."),
    (
        "close_lease · ",
        "it makes the fees a weight in votes, of both parties and of the mint, and pays every figure in a transfer of its \
         own, so that they can be told apart. The budget is from before either.",
    ),
    (
        "open_lease · ",
        "it hashes the terms and the whole listing that the renter signed for, and everything about the lease that never \
         changes, which is what every later signature names. The budget is from before that.",
    ),
    (
        "resolve_dispute · ",
        "it pays the arbiter at the same time, as nothing obliges anybody to do it later. A call of the token program \
         costs about 1 100 with its accounts; the decision alone is under `resolve_dispute · no fee`.",
    ),
    (
        "start_lease · ",
        "it looks at who signs, the wallet or the operator, and where the bond comes from. The budget is from before there \
         was an operator; largest blobs are hashed, and highest prices multiplied in 128 bits.",
    ),
    ("settle · highest price", "its products need 128 bits."),
    ("top_up · highest price", "its products need 128 bits."),
];

/// Instructions of other programs that do the like, measured by the project in the same virtual machine.
const COMPARISONS: &[(&str, &str)] = &[
    ("attest · one signer, first claim", "payment-channels `settle` 368"),
    (
        "close_lease · full uptime, settled before: fee, bond",
        "escrow `withdraw` 8569, without any accounting",
    ),
    ("open_lease · the renter pays", "payment-channels `open` 29338, Nosana `list` 16027"),
    ("settle · first payout", "payment-channels `distribute` 17180, Nosana `finish` 14032"),
    ("top_up · active", "payment-channels `top_up` 7787"),
];

impl Figures {
    fn units(&self, scenario: &str) -> u64 {
        self.measurements.iter().find(|m| m.scenario == scenario).expect("a scenario of this name").units
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { program_size, lease_rent, account_rent, vault_rent, lamports_per_byte, .. } = self;
        let Self { bump_step, precompile_units, statements, .. } = self;
        let cells = |cell: &dyn Fn(&Statements) -> String| {
            statements.iter().map(cell).collect::<Vec<_>>().join(" | ")
        };
        let formats = cells(&|statements| statements.format.to_owned());
        let columns = "--:|".repeat(statements.len());
        let rows = [1, 16].map(|leases| {
            let lamports = |statements: &Statements| {
                statements.lamports(leases).map_or("".to_owned(), |lamports| lamports.to_string())
            };
            format!("| {leases} | {} |\n", cells(&lamports))
        });
        let most = cells(&|statements| {
            format!("{} for {}", statements.lamports(statements.most).unwrap_or(0), statements.most)
        });
        let statements = format!("{}| the most | {most} |\n", rows.concat());
        write!(
            f,
            "# What the program costs

Written by `cargo xtask bench`. `cargo xtask test` fails when a figure has moved and was not recorded.

## Instructions

Compute units are those of the instruction as the virtual machine logs them, including the programs that it
calls; the Ed25519 precompile is counted apart, see below. Measured in LiteSVM 0.18, whose token program is p-token
in place of SPL Token (a `Transfer` costs 76). *Token program* is its part of the compute units. Bytes
and write locks are those of the whole transaction as the client sends it, with one fee payer, a limit and a price of
its compute units, legacy unless the name says another version; a packet holds 1232 bytes, a transaction of version 1
4096. Budgets are for mints of the SPL Token program; what
Token-2022 takes instead is in its column. Whoever has to sign first pays the network's fee, or a
stranger if nobody has to.

Keys are fixed and chosen so that no address needs a bump below 255. Other keys cost more, but only in the instructions
that create an account at an address of the program: {bump_step} compute units for each step of
the search for a bump. Half of all addresses need no step, a quarter need one, and so on; a renter is free to
choose a nonce that needs none. The addresses in `initialize` are the same for everybody.

| scenario | compute units | budget | left | token program | bytes | write locks |
|---|--:|--:|--:|--:|--:|--:|
"
        )?;
        for measurement in &self.measurements {
            let Measurement { scenario, units, token_units, bytes, write_locks, .. } = measurement;
            write!(f, "| {scenario} | {units} | ")?;
            match measurement.budget() {
                Some(budget) if *units > budget => write!(f, "{budget} | **−{}**", units - budget)?,
                Some(budget) => write!(f, "{budget} | {}", budget - units)?,
                None => write!(f, "|")?,
            }
            writeln!(f, " | {token_units} | {bytes} | {write_locks} |")?;
        }
        if !REASONS.is_empty() {
            writeln!(f, "\nOver budget, and why:\n")?;
        }
        for (beginning, reason) in REASONS {
            writeln!(f, "- `{}`: {reason}", beginning.trim_end_matches(" · "))?;
        }
        write!(
            f,
            "
## For comparison

| scenario | compute units | others |
|---|--:|---|
"
        )?;
        for (scenario, others) in COMPARISONS {
            writeln!(f, "| {scenario} | {} | {others} |", self.units(scenario))?;
        }
        write!(
            f,
            "
## Signatures

The Ed25519 precompile runs outside the virtual machine: it takes nothing from a transaction's limit of compute
units, as measured. Its cost is counted when a leader fills a block: 2400 for each signature that it
verifies and 720 for each that a transaction carries (Agave 4.3, `block_cost_limits.rs`).

- compute units of three signatures: {precompile_units}

## Attestations

What the network takes for an attestation, in lamports for each lease: 5000 for the signature of whoever pays, 5000 for the
attestor's, which the precompile verifies, and nothing for priority. An attestation of one lease, by `attest`, costs 10000.
Transactions are as the client sends them, with limit and price of their compute units.

| leases in a transaction | {formats} |
|---|{columns}
{statements}
## Size and rent

Rent is that of LiteSVM's rent sysvar, {lamports_per_byte} lamports for each byte and for each of 128 more per
account; clusters set their own.

- bytes of the program: {program_size}
- bytes at most: {MAX_PROGRAM_SIZE}
- lamports of rent for a lease, returned at its end: {lease_rent}
- lamports for its account: {account_rent}
- lamports for its vault: {vault_rent}
"
        )
    }
}

/// Each figure that differs between two documents, as `name: old → new`.
pub fn moved(recorded: &str, measured: &str) -> Vec<String> {
    let (old, new) = (facts(recorded), facts(measured));
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let value =
        |facts: &BTreeMap<String, String>, name| facts.get(name).cloned().unwrap_or("nothing".to_owned());
    names
        .into_iter()
        .map(|name| (name, value(&old, name), value(&new, name)))
        .filter(|(_, old, new)| old != new)
        .map(|(name, old, new)| format!("{name}: {old} → {new}"))
        .collect()
}

/// The cells of a document's tables by row and column, and the entries of its lists by label.
fn facts(document: &str) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut columns: Option<Vec<&str>> = None;
    for line in document.lines() {
        if let Some((label, value)) = line.strip_prefix("- ").and_then(|entry| entry.split_once(": ")) {
            facts.insert(label.to_owned(), value.to_owned());
        }
        let Some(row) = line.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")) else {
            if !line.starts_with("|--") {
                columns = None;
            }
            continue;
        };
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        match &columns {
            None => columns = Some(cells),
            Some(columns) => {
                for (column, cell) in columns.iter().zip(&cells).skip(1) {
                    facts.insert(format!("{}, {column}", cells[0]), (*cell).to_owned());
                }
            }
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "Text.\n\n| scenario | compute units | left |\n|---|--:|--:|\n| a · b | 10 | |\n| c · d | 20 | 5 |\n\n- bytes: 3\n";

    #[test]
    fn nothing_moved_in_the_same_document() {
        assert_eq!(moved(TABLE, TABLE), Vec::<String>::new());
    }

    #[test]
    fn a_moved_figure_is_named_with_its_old_and_new_value() {
        assert_eq!(moved(TABLE, &TABLE.replace("20", "21")), ["c · d, compute units: 20 → 21"]);
        assert_eq!(moved(TABLE, &TABLE.replace(": 3", ": 4")), ["bytes: 3 → 4"]);
    }

    #[test]
    fn a_new_and_a_lost_scenario_are_named() {
        let without = TABLE.replace("| a · b | 10 | |\n", "");
        assert_eq!(moved(&without, TABLE), ["a · b, compute units: nothing → 10", "a · b, left: nothing → "]);
        assert_eq!(moved(TABLE, &without), ["a · b, compute units: 10 → nothing", "a · b, left:  → nothing"]);
    }
}
