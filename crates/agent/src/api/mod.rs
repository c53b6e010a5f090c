//! What renters and their guards are told, through the gateway: JSON-RPC 2.0, a line each, on the socket to which it forwards
//! the SSH subsystem `gpu-lease`. Described in docs/protocol/agent-api.md.

mod answer;
mod draft;
mod launch;
mod protocol;
mod server;

pub use answer::answer;
pub use protocol::{Evidence, Problem, Response, State, Statement};
pub use server::serve;
