//! Why a machine was not reached, or not understood.

/// What failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody listens there, or the network does not lead there.
    #[error("nobody answers at {place}: {why}")]
    Unreachable {
        /// Host and port.
        place: String,
        /// What the system says.
        why: String,
    },
    /// Somebody else answers.
    #[error("another machine answers: its host key is {0}")]
    OtherHostKey(String),
    /// The key is turned down.
    #[error("the machine does not let this key in")]
    NotLetIn,
    /// It took too long.
    #[error("the machine was silent while the guard waited for {0}")]
    Silent(&'static str),
    /// The other side hung up.
    #[error("the machine hung up{}", said(.0))]
    Cut(String),
    /// It sent more than there is reason for, or something else than what was asked for.
    #[error("the machine does not speak as it should: {0}")]
    NotUnderstood(String),
    /// Its agent says no.
    #[error("the machine's agent refused: {message} ({code})")]
    Refused {
        /// Its number in the agent's API.
        code: i64,
        /// Its words.
        message: String,
    },
    /// The guard's own key does not sign.
    #[error("the key does not sign: {0}")]
    Key(String),
}

fn said(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(": {note}") }
}
