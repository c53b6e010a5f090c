//! A machine that runs leases: real plans, a real store and a real signer on LiteSVM; the engine, the cards and the passing of
//! time are the tests'.

mod api;
mod crashes;
mod faults;
mod figures;
mod fleet;
mod lives;
mod outages;
mod processes;
mod programs;
mod signer;
mod town;
mod validator;
