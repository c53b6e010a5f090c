//! The real binary, real processes, real sockets.

mod harness;

mod commands;
mod connections;
mod hostile;
mod lifecycle;
mod terminals;
mod transfers;
