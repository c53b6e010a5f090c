//! Leases from their opening to their close, in the order of things that happen to them.
//!
//! Around every transaction the harness checks INV-1 to INV-7 by itself, see `audit.rs`; the tests named
//! after an invariant assert it in figures.

mod abandonment;
mod claims;
mod conservation;
mod disputes;
mod extension;
mod fees;
mod governance;
mod keys;
mod locks;
mod money;
mod notice;
mod outsiders;
mod phases;
mod resizing;
mod sla;
mod sponsors;
mod succession;
mod what_a_say_costs;
mod whole_life;
mod wrapped_sol;

use gpu_lease_tests::prelude::*;

/// A stranger closes a lease: what the program says about it.
#[track_caller]
fn closed(world: &mut World, lease: &LeaseKey) -> LeaseClosed {
    world.close(lease).closed()
}
