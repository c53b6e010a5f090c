//! A machine that runs leases: real plans, a real store and a real signer on LiteSVM; the engine, the cards and the passing of
//! time are the tests'. On a local validator the rest is real, too: processes, and containers of an engine as the runtime's
//! own tests start it.

mod api;
#[path = "../../crates/service/tests/calls/fleet.rs"]
#[allow(dead_code, reason = "calls themselves are tested with more of it")]
mod authority;
mod cards;
mod containers;
mod crashes;
mod daemons;
mod doctor;
mod faults;
mod figures;
mod fleet;
#[path = "../../crates/runtime/tests/docker/helper.rs"]
mod helper;
#[path = "../../crates/runtime/tests/docker/image.rs"]
mod image;
mod lives;
mod load;
mod market;
#[path = "../../crates/runtime/tests/docker/network.rs"]
mod network;
mod outages;
mod processes;
mod programs;
#[path = "../stand_in/script.rs"]
mod script;
mod signer;
mod status;
mod town;
mod users;
mod validator;
mod wipe;
#[path = "../../crates/runtime/tests/docker/world.rs"]
mod world;
