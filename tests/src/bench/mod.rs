//! What the program costs: every instruction in labelled scenarios, measured in LiteSVM with fixed keys.
//!
//! The scenarios play on a [`Stage`], which measures each transaction; [`document`] writes the figures down
//! and finds those that moved.

pub mod document;
mod scenarios;
mod stage;
#[cfg(test)]
mod tests;

pub use stage::Stage;

use crate::program_bytes;
use bytemuck::Zeroable;
use gpu_lease::state::Lease;
use gpu_lease_client::{batch::Carrier, transaction::Format};
use litesvm::LiteSVM;
use solana_address::Address;
use solana_message::AddressLookupTableAccount;

/// Everything that is measured.
pub struct Figures {
    /// Scenario by scenario, sorted.
    pub measurements: Vec<Measurement>,
    /// Bytes of the program.
    pub program_size: usize,
    /// Lamports that a lease and its vault hold until they are gone.
    pub lease_rent: u64,
    /// Those of the lease's account.
    pub account_rent: u64,
    /// Those of the vault.
    pub vault_rent: u64,
    /// Compute units that `open_lease` costs more for each step of a bump below 255.
    pub bump_step: u64,
    /// Lamports of rent for a byte.
    pub lamports_per_byte: u64,
    /// Compute units that the Ed25519 precompile takes for three signatures.
    pub precompile_units: u64,
    /// What attestations cost, by the format of their transactions.
    pub statements: Vec<Statements>,
}

/// Lamports that the network takes for each signature, those that a precompile verifies included.
const SIGNATURE_FEE: u64 = 5_000;

/// What it costs to state the usage of leases in transactions of one format, with the attestor's signature alone.
pub struct Statements {
    /// The format, in words.
    pub format: &'static str,
    /// Most leases in one transaction.
    pub most: u64,
}

impl Statements {
    fn all() -> Vec<Self> {
        let [payer, provider, table] = [1, 2, 3].map(|byte| Address::new_from_array([byte; 32]));
        let lease = |number: u8| Address::new_from_array([100 + number; 32]);
        let rows: Vec<_> = (0..64).map(|number| (lease(number), Lease::zeroed(), 1, 1)).collect();
        let table = AddressLookupTableAccount { key: table, addresses: (0..64).map(lease).collect() };
        [
            ("legacy", Format::Legacy),
            ("version 0, the leases in a lookup table", Format::V0(std::slice::from_ref(&table))),
            ("version 1", Format::V1),
        ]
        .map(|(name, format)| {
            let carrier = Carrier { format, payer, provider, signatures: 1 };
            let batches = carrier.batches(1, [0; 32], &rows).expect("few leases");
            Self { format: name, most: batches[0].leases().len() as u64 }
        })
        .into()
    }

    /// Lamports for each lease, with so many of them in a transaction, if they fit.
    pub fn lamports(&self, leases: u64) -> Option<u64> {
        // The payer's signature, and the attestor's.
        (leases <= self.most).then(|| (2 * SIGNATURE_FEE).div_ceil(leases))
    }
}

impl Figures {
    /// Plays every scenario.
    pub fn measure() -> Self {
        let measurements = scenarios::all();
        let svm = LiteSVM::new();
        let rent = |space: usize| svm.minimum_balance_for_rent_exemption(space);
        let (account_rent, vault_rent) = (rent(8 + size_of::<Lease>()), rent(TOKEN_ACCOUNT_SIZE));
        Self {
            program_size: program_bytes().len(),
            lease_rent: account_rent + vault_rent,
            account_rent,
            vault_rent,
            lamports_per_byte: rent(1) - rent(0),
            bump_step: scenarios::bump_step(),
            precompile_units: measurements.iter().map(|m| m.precompile_units).max().unwrap_or(0),
            statements: Statements::all(),
            measurements,
        }
    }
}

/// Bytes of a token account without extensions.
const TOKEN_ACCOUNT_SIZE: usize = 165;

/// What one scenario costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// The instruction's name, a dot, and the circumstances.
    pub scenario: &'static str,
    /// Compute units of the instruction, the programs it calls included.
    pub units: u64,
    /// Compute units of the token program, out of `units`.
    pub token_units: u64,
    /// Compute units that the transaction's other instructions consume: those of the Ed25519 precompile.
    pub precompile_units: u64,
    /// Bytes of the transaction as the client sends it.
    pub bytes: usize,
    /// Accounts that the transaction locks for writing, its fee payer included.
    pub write_locks: usize,
}

impl Measurement {
    /// Name of the instruction.
    pub fn instruction(&self) -> &'static str {
        self.scenario.split(" · ").next().unwrap_or(self.scenario)
    }

    /// How many leases its name says it is about.
    fn leases(&self) -> u64 {
        let number = |circumstances: &str| circumstances.split(' ').next()?.parse().ok();
        self.scenario.split(" · ").nth(1).and_then(number).unwrap_or(1)
    }

    /// Compute units that the instruction may cost, where a limit is set: in mints of the SPL Token program.
    pub fn budget(&self) -> Option<u64> {
        if self.scenario.contains("Token-2022") {
            return None;
        }
        Some(match self.instruction() {
            "cast_vote" => 4_500,
            "execute_proposal" => 2_000,
            "lock_tokens" => 8_000,
            "attest" if self.scenario.contains("one signer") => 760,
            "attest" => 870,
            "attest_batch" => 900 + 400 * self.leases(),
            "cancel_lease" => 3_100,
            "close_lease" if self.scenario.contains("full uptime") => 4_800,
            "close_lease" => 5_000,
            "dispute_lease" => 3_500,
            "expire_lease" | "extend_lease" | "terminate_lease" => 1_500,
            "open_lease" if self.scenario.contains("sent lamports") => 9_000,
            "open_lease" => 7_900,
            "resize_lease" => 4_000,
            "resolve_by_timeout" | "resolve_dispute" => 2_500,
            "settle" => 2_650,
            "start_lease" => 2_900,
            "top_up" => 2_500,
            _ => return None,
        })
    }
}
