//! The guard of a renter, on LiteSVM and on a local validator.

#[path = "../../crates/runtime/tests/docker/helper.rs"]
mod helper;
mod probe;
#[path = "../agent/town.rs"]
#[allow(dead_code, reason = "the agent's own tests use the rest")]
mod town;
