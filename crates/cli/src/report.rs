//! What is said about a failure.

use crate::{failure::Kind, output};
use console::style;
use gpu_lease_client::{Error, refusal::Explanation, text::harmless, url::without_secrets};
use serde::Serialize;
use std::process::ExitCode;

/// For people in two lines, for programs as one object.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Report {
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
            Some(failed @ Error::Failed { signature, explanation }) => Self {
                signature: Some(signature.to_string()),
                message: failed.what(),
                ..refused(explanation)
            },
            Some(pending @ Error::NotKnown { signature, .. }) => {
                let advice = "`gpu-lease pending` looks again; the same command sends this same transaction again, and \
                              never a second one";
                let signature = Some(signature.to_string());
                Self { signature, ..Self::new(kind, pending.what(), Some(advice.to_owned())) }
            }
            known => {
                let signature = match known {
                    Some(Error::Expired(signature) | Error::Withdrawn { signature, .. }) => {
                        Some(signature.to_string())
                    }
                    _ => None,
                };
                let (what, advice) = parts(error);
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

/// What happened, with its causes, and what to do about it: the client library keeps them apart, the command line's own
/// texts have a semicolon between them.
fn parts(error: &anyhow::Error) -> (String, Option<String>) {
    let (mut whats, mut advice) = (Vec::new(), None);
    for cause in error.chain() {
        if let Some(known) = cause.downcast_ref::<Error>() {
            // It has said what its causes say.
            whats.push(known.what());
            advice = advice.or_else(|| Some(known.advice().into_owned()));
            break;
        }
        let text = cause.to_string();
        match text.split_once("; ").filter(|_| advice.is_none()) {
            Some((what, then)) => {
                whats.push(what.to_owned());
                advice = Some(then.to_owned());
            }
            None => whats.push(text),
        }
    }
    (whats.join(": "), advice)
}

/// Says what happened, and gives the exit status of its kind.
pub fn failure(error: &anyhow::Error) -> ExitCode {
    Report::of(error).tell();
    ExitCode::from(Kind::of(error) as u8)
}

/// The same for a command line that is not understood, or that asks for help.
pub fn usage(error: &clap::Error) -> ExitCode {
    match (error.use_stderr(), output::is_json()) {
        (true, true) => Report::of_usage(error).tell(),
        // Nobody can be told that nobody can be told.
        (true, false) => drop(error.print()),
        (false, _) => match error.print().map_err(output::unwritable) {
            Err(Some(error)) => return failure(&error),
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
}
