//! The keeper: its book and its plan on LiteSVM, where time passes as it is told; the real daemon on a local validator.

#[path = "../agent/build.rs"]
mod build;
#[path = "../agent/daemon.rs"]
mod daemon;
mod desk;
mod kinds;
mod market;
mod node;
mod programs;
mod receivers;
mod together;
mod votes;
