//! What may be spent now.

use solana_address::Address;

use super::decision::Deed;
use super::observed::Observed;
use super::settings::Settings;

/// What may be spent now, by budget and wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    /// Base units that a stake may take.
    pub stakes: u64,
    /// Base units that a top-up may take.
    pub top_ups: u64,
    /// Base units that there are.
    pub tokens: u64,
    /// Lamports that a dispute may take; all else leaves half of a day's alone.
    lamports: u64,
    half: u64,
    /// Lamports that a transaction takes.
    pub fee: u64,
}

impl Purse {
    /// For a lease of `mint`.
    pub fn of(observed: &Observed, settings: &Settings, mint: Address) -> Self {
        let budget = settings.budgets.mints.get(&mint).copied().unwrap_or_default();
        let (spent, wallet) = (observed.spent, observed.wallet);
        let left = |(today, in_all): (u64, u64), a_day: u64, most: u64| {
            a_day.saturating_sub(today).min(most.saturating_sub(in_all))
        };
        let a_day = settings.budgets.lamports_a_day;
        Self {
            stakes: left(spent.stakes, budget.stakes_a_day, budget.stakes_in_all).min(wallet.tokens),
            top_ups: left(spent.top_ups, budget.top_ups_a_day, budget.top_ups_in_all).min(wallet.tokens),
            tokens: wallet.tokens,
            lamports: a_day.saturating_sub(spent.lamports).min(wallet.lamports),
            half: (a_day / 2).saturating_sub(spent.lamports).min(wallet.lamports),
            fee: wallet.fee,
        }
    }

    /// Lamports that there are for it.
    pub fn lamports(&self, deed: Deed) -> u64 {
        if deed == Deed::Dispute { self.lamports } else { self.half }
    }
}
