//! What daemons share and no lease is in.
//!
//! A daemon reads its [`config`] and its keys ([`secret`]), writes [`logs`], takes its state folder for itself ([`lock`]),
//! replaces each [file](mod@file) there whole, keeps what changes often in a [`store`], and runs its loops as [`services`].
//! Each loop reports its [`health`]; systemd is told ([`notify`]), and so is whoever asks ([`monitoring`], [`metrics`]). Two
//! daemons talk as [`client`] and [`server`], over a [`unix`] socket on one machine and over [`tls`] between two. What people
//! have to be told waits in an [`outbox`] until a [`webhook`] has delivered it. What a daemon's `doctor` finds are
//! [findings](finding).
//!
//! `tests/daemon/sample.rs` is the smallest daemon that has all of it. Of retries there is nothing here: `backon` does them.

pub mod client;
pub mod config;
pub mod file;
pub mod finding;
pub mod health;
pub mod lock;
pub mod logs;
pub mod metrics;
pub mod monitoring;
pub mod notify;
pub mod outbox;
pub mod secret;
pub mod server;
pub mod services;
pub mod store;
pub mod tls;
pub mod unix;
pub mod webhook;
