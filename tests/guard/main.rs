//! The guard of a renter, on LiteSVM and on a local validator.

#[path = "../agent/build.rs"]
mod build;
#[path = "../agent/daemon.rs"]
#[allow(dead_code, reason = "the agent's own tests use the rest")]
mod daemon;
#[path = "../agent/daemons.rs"]
#[allow(dead_code, reason = "the agent's own tests use the rest")]
mod daemons;
#[path = "../../crates/runtime/tests/docker/helper.rs"]
mod helper;
mod init;
mod liars;
mod load;
#[path = "../agent/measure.rs"]
mod measure;
mod month;
#[path = "../agent/place.rs"]
#[allow(dead_code, reason = "the agent's own tests use the rest")]
mod place;
mod probe;
#[path = "../agent/programs.rs"]
#[allow(dead_code, reason = "the agent's own tests use the rest")]
mod programs;
mod street;
#[path = "../agent/town.rs"]
#[allow(dead_code, reason = "the agent's own tests use the rest")]
mod town;
mod unattended;
