//! Which rows follow from a transaction: a function of the rows that were there and of what the book says.

mod figures;
mod governance;
mod history;
mod leases;
mod market;

use anyhow::Result;

use super::desk::{Desk, Need};
use super::taking::{Applied, Taking};

/// The rows that it takes to say which others are needed.
pub fn needs(applied: &Applied<'_>) -> Vec<Need> {
    let done = applied.done;
    let mut needs = market::needs(done);
    needs.extend(leases::needs(done));
    needs.extend(governance::needs(done));
    needs
}

/// The rows of figures that are needed then.
pub fn needs_of_figures(desk: &Desk, applied: &Applied<'_>) -> Result<Vec<Need>> {
    figures::needs(desk, applied)
}

/// Makes the rows of a transaction.
pub fn take(taking: &mut Taking<'_>) -> Result<()> {
    history::take(taking)?;
    take_accounts(taking)?;
    take_leases(taking)
}

/// Makes the rows of accounts as they are now.
pub fn take_accounts(taking: &mut Taking<'_>) -> Result<()> {
    if taking.keeps_figures {
        // Before what they are figures of is replaced.
        figures::take(taking)?;
    }
    market::take(taking)?;
    governance::take(taking)
}

/// Makes the rows of leases as they are now, and of what is in doubt.
pub fn take_leases(taking: &mut Taking<'_>) -> Result<()> {
    leases::take(taking)
}
