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
    if taking.keeps_figures {
        // Before what they are figures of is replaced.
        figures::take(taking)?;
    }
    market::take(taking)?;
    leases::take(taking)?;
    governance::take(taking)
}
