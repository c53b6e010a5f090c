//! Leases from their opening to their close, in the order of things that happen to them.
//!
//! Around every transaction the harness checks INV-1 to INV-7 by itself, see `audit.rs`; the tests named
//! after an invariant assert it in figures.

mod claims;
mod conservation;
mod fees;
mod locks;
mod money;
mod outsiders;
mod sla;
mod whole_life;
mod wrapped_sol;
