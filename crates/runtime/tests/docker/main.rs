//! Leases on a real engine, which this suite starts in a folder and a network of its own: see `world.rs`.

mod attacks;
mod engine;
mod helper;
mod image;
mod lease;
mod life;
mod limits;
mod network;
mod ownership;
mod socket;
mod world;
