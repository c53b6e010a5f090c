//! A machine that runs leases: real plans, a real store and a real signer on LiteSVM; the engine, the cards and the passing of
//! time are the tests'. On a local validator the rest is real, too: processes, and containers of an engine as the runtime's
//! own tests start it.

mod api;
#[path = "../../crates/service/tests/calls/fleet.rs"]
#[allow(dead_code, reason = "calls themselves are tested with more of it")]
mod authority;
mod batches;
mod build;
mod cards;
mod containers;
mod costs;
mod crashes;
mod daemon;
mod daemons;
mod doctor;
mod edges;
mod evidence;
mod faults;
mod figures;
mod fleet;
mod guard;
#[path = "../../crates/runtime/tests/docker/helper.rs"]
mod helper;
#[path = "../../crates/runtime/tests/docker/image.rs"]
mod image;
mod launches;
mod lives;
mod load;
mod maintenance;
mod market;
mod measure;
#[path = "../../crates/runtime/tests/docker/network.rs"]
mod network;
mod outages;
mod place;
mod processes;
mod programs;
mod resizes;
#[path = "../stand_in/script.rs"]
mod script;
mod signer;
mod status;
mod town;
mod tunnels;
mod users;
mod validator;
mod week;
mod wipe;
#[path = "../../crates/runtime/tests/docker/world.rs"]
mod world;
