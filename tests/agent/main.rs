//! A machine that runs leases: real plans, a real store and a real signer on LiteSVM; the engine, the cards and the passing of
//! time are the tests'. On a local validator the rest is real, too: processes, and containers of an engine as the runtime's
//! own tests start it.

mod containers;
mod crashes;
mod daemons;
mod faults;
mod figures;
#[path = "../../crates/runtime/tests/docker/helper.rs"]
mod helper;
#[path = "../../crates/runtime/tests/docker/image.rs"]
mod image;
mod lives;
#[path = "../../crates/runtime/tests/docker/network.rs"]
mod network;
mod processes;
mod programs;
mod signer;
mod town;
mod validator;
#[path = "../../crates/runtime/tests/docker/world.rs"]
mod world;
