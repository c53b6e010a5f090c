//! What was delivered of a lease, second by second, as its provider measured it.

mod statement;
mod tree;

pub use statement::SignedStatement;
pub use tree::{Proof, leaf, root};

use serde::{Deserialize, Serialize};

/// What there is to say about a second of a lease.
///
/// The first kind is the provider's: something on its side kept the renter from its cards, or it is not known whether it did,
/// and the second was not delivered. The second kind is the tenant's own doing: it was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// Nobody looked: the agent was down, or the cluster told no time.
    Unobserved,
    /// The container engine did not answer.
    Engine,
    /// There was no container.
    Container,
    /// The gateway let nobody in.
    Gateway,
    /// The machine had no network.
    Network,
    /// A card did not answer, or there was none of its UUID.
    CardSilent,
    /// A card had a fault of its hardware.
    CardFault,
    /// The provider had announced that it works on the machine.
    Maintenance,
    /// The tenant ended its container, which is started again.
    Ended,
    /// A program of the tenant failed on a card.
    Program,
}

impl Cause {
    /// All of them, each with its number in a record and its name in metrics.
    pub const ALL: [(Self, u8, &'static str); 10] = [
        (Self::Unobserved, 1, "unobserved"),
        (Self::Engine, 2, "engine"),
        (Self::Container, 3, "container"),
        (Self::Gateway, 4, "gateway"),
        (Self::Network, 5, "network"),
        (Self::CardSilent, 6, "card_silent"),
        (Self::CardFault, 7, "card_fault"),
        (Self::Maintenance, 8, "maintenance"),
        (Self::Ended, 128, "ended"),
        (Self::Program, 129, "program"),
    ];

    /// Whether the second was delivered all the same: the tenant did it.
    pub const fn is_tenants(self) -> bool {
        matches!(self, Self::Ended | Self::Program)
    }
}
