//! The gateway with a real helper behind it, as OpenSSH's own tools see it.

mod api;
mod doors;
mod flow;
mod forwarding;
#[path = "../../../runtime/tests/docker/helper.rs"]
mod helper;
mod login;
mod machine;
mod sessions;
mod stop;
mod stuck;
mod throughput;
mod tools;
