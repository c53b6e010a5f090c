//! What kinds of failures there are, and what is said about one.

use crate::output;
use console::style;
use gpu_lease_client::{Error, refusal::Explanation, text::harmless, url::without_secrets};
use serde::Serialize;
use std::{error, fmt, process::ExitCode};

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
    fn name(self) -> &'static str {
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
    fn of(error: &anyhow::Error) -> Self {
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

/// What is said about a failure: for people in two lines, for programs as one object.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    kind: &'static str,
    message: String,
    advice: Option<String>,
    /// The program's number for it, its name, and the instruction that failed.
    number: Option<u32>,
    name: Option<String>,
    instruction: Option<String>,
    /// The transaction, if one was sent.
    signature: Option<String>,
}

impl Report {
    fn new(kind: Kind, message: String, advice: Option<String>) -> Self {
        Self { kind: kind.name(), message, advice, ..Self::default() }
    }

    /// Of what the command line's own parser refuses.
    fn of_usage(error: &clap::Error) -> Self {
        let text = error.to_string();
        let what = text.split("\n\nUsage:").next().unwrap_or_default();
        let what = what.split("\n\nFor more information").next().unwrap_or_default();
        let what = what.trim_start_matches("error: ").trim();
        Self::new(Kind::Usage, what.to_owned(), Some("see the command's --help".to_owned()))
    }

    /// Of an error: what happened, then what to do about it.
    fn of(error: &anyhow::Error) -> Self {
        let kind = Kind::of(error);
        let refused = |Explanation { instruction, what, name, number, advice, .. }: &Explanation| Self {
            number: *number,
            name: Some(name.clone()),
            instruction: instruction.clone(),
            ..Self::new(kind, what.clone(), Some(advice.clone()))
        };
        match error.chain().find_map(|cause| cause.downcast_ref()) {
            Some(Error::Refused(explanation)) => refused(explanation),
            Some(Error::Failed { signature, explanation }) => {
                let message = format!("{}: transaction {signature} landed and failed", explanation.what);
                Self { signature: Some(signature.to_string()), message, ..refused(explanation) }
            }
            Some(Error::NotKnown { signature, .. }) => {
                let text = error.to_string();
                let what = text.split_once("; ").map_or(text.as_str(), |(what, _)| what).to_owned();
                let advice = "`gpu-lease pending` looks again; the same command sends this same transaction again, and \
                              never a second one";
                let signature = Some(signature.to_string());
                Self { signature, ..Self::new(kind, what, Some(advice.to_owned())) }
            }
            known => {
                let signature = match known {
                    Some(Error::Expired(signature) | Error::Withdrawn { signature, .. }) => {
                        Some(signature.to_string())
                    }
                    _ => None,
                };
                let first = error.to_string();
                let causes: String = error.chain().skip(1).map(|cause| format!(": {cause}")).collect();
                // Every text says what happened, then what to do.
                let (what, advice) = match (first.split_once("; "), causes.rsplit_once("; ")) {
                    (Some((what, advice)), _) => (format!("{what}{causes}"), Some(advice.to_owned())),
                    (None, Some((causes, advice))) => (format!("{first}{causes}"), Some(advice.to_owned())),
                    (None, None) => (format!("{first}{causes}"), None),
                };
                Self { signature, ..Self::new(kind, what, advice) }
            }
        }
    }

    /// For people, nothing of which a terminal obeys.
    fn lines(&self) -> String {
        let Self { message, advice, number, name, instruction, .. } = self;
        let place = instruction.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let number = number.map(|number| format!(" {number}")).unwrap_or_default();
        let name = name.as_ref().map(|name| format!(" ({name}{number})")).unwrap_or_default();
        let error = style("error:").red().bold().for_stderr();
        let what = format!("{error} {}", harmless(&format!("{place}{message}{name}")));
        match advice {
            Some(advice) => {
                format!("{what}\n{}   {}", style("try:").cyan().bold().for_stderr(), harmless(advice))
            }
            None => what,
        }
    }

    /// Says it on standard error. Nodes and programs have a say in it, and the URL of a node can hold a key.
    fn tell(mut self) {
        self.message = without_secrets(&self.message);
        self.advice = self.advice.map(|advice| without_secrets(&advice));
        output::tell("error", &self, self.lines());
    }
}

/// Says what happened, and gives the exit status of its kind.
pub fn report(error: &anyhow::Error) -> ExitCode {
    Report::of(error).tell();
    ExitCode::from(Kind::of(error) as u8)
}

/// The same for a command line that is not understood, or that asks for help.
pub fn report_usage(error: &clap::Error) -> ExitCode {
    match (error.use_stderr(), output::is_json()) {
        (true, true) => Report::of_usage(error).tell(),
        // Nobody can be told that nobody can be told.
        (true, false) => drop(error.print()),
        (false, _) => match error.print().map_err(output::unwritable) {
            Err(Some(error)) => return report(&error),
            _ => return ExitCode::SUCCESS,
        },
    }
    ExitCode::from(Kind::Usage as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_address::Address;
    use solana_signature::Signature;

    #[test]
    fn what_was_withdrawn_after_it_was_sent_has_expired_and_names_its_transaction() {
        let (signature, nonce_account) = (Signature::from([7; 64]), Address::default());
        let sent = anyhow::Error::from(Error::Withdrawn { signature, nonce_account });
        let report = Report::of(&sent);
        assert_eq!((Kind::of(&sent), report.signature), (Kind::Expired, Some(signature.to_string())));
        assert!(report.message.contains("never will") && report.advice.is_some(), "{}", report.message);
        // Unsent, it may have landed before: it would be wrong to say that it did not.
        let unsent = anyhow::Error::from(Error::NonceUsed(nonce_account));
        assert_eq!((Kind::of(&unsent), Report::of(&unsent).signature), (Kind::Failed, None));
    }

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
