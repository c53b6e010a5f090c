//! What waits for a deed, in one measure.

use std::collections::BTreeMap;

use gpu_lease_client::account::ProgramAccount;
use gpu_lease_client::outlook::{AtStake, Due, Upkeep};
use gpu_lease_client::state::{Lease, VoteLock};
use gpu_lease_client::token_account;
use solana_address::Address;

/// What tokens are worth. It orders what is due, and says what is too little. Anybody can register a mint and have as much of it as
/// it likes, so those that nobody has said anything about are worth nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// Lamports for a million base units, by mint.
    pub by_mint: BTreeMap<Address, u64>,
    /// The same of the mint in which fees weigh in votes.
    pub of_unit: u64,
}

impl Worth {
    /// What waits for `due`, lamports, the rent that it brings back or leads to included. What was voted is above all: it becomes
    /// void with time.
    pub fn of(&self, due: &Due, unit_mint: Option<&Address>) -> u64 {
        let money = match due.at_stake {
            AtStake::Decision => return u64::MAX,
            AtStake::Lamports(lamports) => lamports,
            AtStake::Tokens { mint, amount } => {
                let of_unit = if unit_mint == Some(&mint) { self.of_unit } else { 0 };
                let worth = self.by_mint.get(&mint).copied().unwrap_or(of_unit);
                let lamports = u128::from(amount).saturating_mul(worth.into()) / 1_000_000;
                u64::try_from(lamports).unwrap_or(u64::MAX)
            }
        };
        let rent = match due.what {
            Upkeep::CancelLease | Upkeep::ExpireLease | Upkeep::ResolveByTimeout | Upkeep::CloseLease => {
                rent(Lease::SIZE) + rent(token_account::SIZE)
            }
            Upkeep::UnlockTokens => rent(VoteLock::SIZE) + rent(token_account::SIZE),
            Upkeep::ReleaseGpus
            | Upkeep::CountFees
            | Upkeep::FinalizeProposal
            | Upkeep::ExecuteProposal
            | Upkeep::WithdrawFees
            | Upkeep::CloseVoteRecord => 0,
        };
        money.saturating_add(rent)
    }
}

/// What an account of so many bytes holds at least, lamports.
pub const fn rent(bytes: usize) -> u64 {
    // Bytes that every account is counted with, and lamports for each byte.
    (128 + bytes as u64) * 6_960
}
