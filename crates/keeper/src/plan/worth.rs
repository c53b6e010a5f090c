//! What waits for a deed, in one measure.

use std::collections::BTreeMap;

use gpu_lease_client::account::ProgramAccount;
use gpu_lease_client::outlook::{AtStake, Due, Upkeep};
use gpu_lease_client::state::{Lease, VoteLock};
use gpu_lease_client::token_account;
use solana_address::Address;

/// What tokens are worth. It orders what is due, and says what is too little.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// Lamports for a million base units, by mint.
    pub by_mint: BTreeMap<Address, u64>,
    /// The same of every other mint.
    pub others: u64,
}

impl Worth {
    /// What waits for `due`, lamports, the rent of the accounts that it closes included. What was voted is above all: it
    /// becomes void with time.
    pub fn of(&self, due: &Due) -> u64 {
        let money = match due.at_stake {
            AtStake::Decision => return u64::MAX,
            AtStake::Lamports(lamports) => lamports,
            AtStake::Tokens { mint, amount } => {
                let worth = self.by_mint.get(&mint).copied().unwrap_or(self.others);
                let lamports = u128::from(amount).saturating_mul(worth.into()) / 1_000_000;
                u64::try_from(lamports).unwrap_or(u64::MAX)
            }
        };
        money.saturating_add(match due.what {
            Upkeep::CancelLease | Upkeep::CloseLease => rent(Lease::SIZE) + rent(token_account::SIZE),
            Upkeep::UnlockTokens => rent(VoteLock::SIZE) + rent(token_account::SIZE),
            _ => 0,
        })
    }
}

/// What an account of so many bytes holds at least, lamports.
pub const fn rent(bytes: usize) -> u64 {
    // Bytes that every account is counted with, and lamports for each byte.
    (128 + bytes as u64) * 6_960
}
