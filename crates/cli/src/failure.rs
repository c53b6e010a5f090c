//! What kinds of failures there are.

use gpu_lease_client::Error;
use std::{error, fmt};

/// The kind of a failure. Its number is the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It cannot be done as things are, or something failed on this machine. Nothing was sent.
    Failed = 1,
    /// The command line cannot be understood, or asks for a confirmation that nobody can give.
    Usage = 2,
    /// A transaction was sent, and nobody said what became of it.
    Pending = 3,
    /// The program, or another one, refused or would refuse the transaction.
    Refused = 4,
    /// The node cannot be reached, or failed.
    Node = 5,
    /// A keypair is missing, cannot be read, or did not sign.
    Key = 6,
    /// You were asked, and did not say yes.
    Cancelled = 7,
    /// The transaction was sent, did not land in time or was withdrawn, and never will.
    Expired = 8,
    /// The result cannot be written, and nothing was sent.
    Output = 9,
    /// A lease that was watched ended before its time.
    EndedEarly = 10,
}

/// For the help.
pub const EXIT_STATUS: &str = "\
Exit status:
  0  done
  1  it cannot be done as things are, or something failed on this machine; nothing was sent
  2  the command line is wrong, or needs --yes
  3  sent, and not yet known what became of it: `gpu-lease pending` looks again
  4  refused by the program
  5  the node cannot be reached, or failed
  6  a keypair is missing or did not sign
  7  cancelled by you
  8  sent, did not land in time or was withdrawn, and never will
  9  the result could not be written; nothing was sent
 10  a lease that was watched ended before its time";

impl Kind {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Pending => "pending",
            Self::Refused => "refused",
            Self::Node => "node",
            Self::Key => "key",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Output => "output",
            Self::EndedEarly => "ended_early",
        }
    }

    /// An error of this kind.
    pub fn error(self, error: impl Into<anyhow::Error>) -> anyhow::Error {
        Failure { kind: self, error: error.into() }.into()
    }

    /// The kind of any error.
    pub fn of(error: &anyhow::Error) -> Self {
        let known = error.chain().find_map(|cause| match (cause.downcast_ref(), cause.downcast_ref()) {
            (Some(Failure { kind, .. }), _) => Some(*kind),
            (None, Some(error)) => Self::of_client(error),
            (None, None) => None,
        });
        known.unwrap_or(Self::Failed)
    }

    fn of_client(error: &Error) -> Option<Self> {
        match error {
            Error::Refused(_) | Error::Failed { .. } => Some(Self::Refused),
            Error::NotKnown { .. } => Some(Self::Pending),
            Error::Expired(_) | Error::Withdrawn { .. } => Some(Self::Expired),
            Error::Rpc(_) => Some(Self::Node),
            Error::Signer(_) | Error::SignerMissing(_) => Some(Self::Key),
            _ => None,
        }
    }
}

/// What was typed cannot be understood, for the reason that `text` gives.
pub fn usage(text: String) -> anyhow::Error {
    Kind::Usage.error(anyhow::Error::msg(text))
}

/// An error whose kind is known. It reads as the error does.
#[derive(Debug)]
struct Failure {
    kind: Kind,
    error: anyhow::Error,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl error::Error for Failure {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.error.chain().nth(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_status_is_in_the_help_and_in_the_documentation() {
        let documented = include_str!("../../../docs/command-line.md");
        for kind in [
            Kind::Failed,
            Kind::Usage,
            Kind::Pending,
            Kind::Refused,
            Kind::Node,
            Kind::Key,
            Kind::Cancelled,
            Kind::Expired,
            Kind::Output,
            Kind::EndedEarly,
        ] {
            let status = kind as u8;
            assert!(EXIT_STATUS.contains(&format!("\n{status:>3}  ")), "{kind:?}");
            assert!(documented.contains(&format!("| {status} | `{}` |", kind.name())), "{kind:?}");
        }
    }
}
