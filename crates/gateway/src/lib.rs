//! The SSH port of a machine, which leads to its leases.
//!
//! A client logs in with a lease's address as its user name and with a key that is in the lease's [`Admission`]: a file
//! that the agent writes and removes. The gateway has no key but the machine's own, and nothing that a client asks for
//! happens in it: shells, commands, files and forwarded connections are the helper's, inside the lease's container, and the
//! subsystem `gpu-lease` is the agent's, which is told by [`Caller`] who speaks. It knows nothing of Solana, needs no
//! privilege, and goes on while the agent restarts.
//!
//! From the outside in: [`Gateway`] is the port, a connection lives from its first byte to its line in the log, a handler
//! decides what a client gets, and a channel carries it.

mod admission;
mod backlog;
mod caller;
mod channel;
mod connection;
mod gateway;
mod handler;
mod host_key;
mod limits;
mod metrics;
mod read_only;
mod sessions;

pub use admission::{Access, Admission, Admissions, LeaseName, NotALease, Role};
pub use caller::Caller;
pub use gateway::{Config, Gateway};
pub use host_key::HostKey;
pub use limits::ConnectionLimits;
pub use metrics::Metrics;
