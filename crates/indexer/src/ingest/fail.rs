//! Why reading does not go on.

use solana_signature::Signature;

use crate::node;

/// Why reading does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Fail {
    /// The node is of no use just now. It is asked again.
    #[error(transparent)]
    Node(#[from] node::Error),
    /// A transaction that belongs into the record, before its end. It was left out, and the record is begun again.
    #[error("{0} was left out when it was read: the record is begun again from what was kept")]
    Late(Signature),
    /// What the node said of a transaction is not what it says now. The record is begun again.
    #[error("the node says of {0} now what it did not say when it was read: the record is begun again")]
    Otherwise(Signature),
    /// The record cannot be read or written.
    #[error(transparent)]
    Store(#[from] anyhow::Error),
}

impl From<node::answer::Unfit> for Fail {
    fn from(unfit: node::answer::Unfit) -> Self {
        Self::Node(unfit.into())
    }
}
