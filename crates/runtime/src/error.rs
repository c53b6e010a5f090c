//! Why something was not done.

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is known: the engine, or this machine's disk, did not answer. What was asked for may have been done.
    #[error("nothing is known for now: {0}")]
    Silent(String),
    /// It was refused, and would be again.
    #[error("{0}")]
    Refused(String),
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A refusal with this sentence.
pub(crate) fn refused<T>(sentence: impl Into<String>) -> Result<T> {
    Err(Error::Refused(sentence.into()))
}

/// What a failure of this machine's own files or programs means: nothing is known.
pub(crate) fn silent(what: impl std::fmt::Display) -> impl FnOnce(std::io::Error) -> Error {
    move |error| Error::Silent(format!("{what}: {error}"))
}
