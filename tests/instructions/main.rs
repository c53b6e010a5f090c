//! One module for each instruction: what it does, every way it refuses, and every account put wrong.

mod attest;
mod bounds;
mod cancel_lease;
mod close_lease;
mod close_offer;
mod coverage;
mod create_offer;
mod initialize;
mod open_lease;
mod register_mint;
mod register_provider;
mod settle;
mod start_lease;
mod top_up;
mod update_offer;
mod update_provider;
