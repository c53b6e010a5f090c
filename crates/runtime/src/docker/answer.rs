//! What an engine's answers mean.

use bollard::errors::Error as Answer;

use crate::error::{Error, Result};

/// Statuses of the engine.
const NOT_FOUND: u16 = 404;
const ALREADY_SO: u16 = 304;

/// An answer as a result of this crate.
pub fn said<T>(answer: std::result::Result<T, Answer>) -> Result<T> {
    answer.map_err(meaning)
}

/// The same, where what is not there is an answer too.
pub fn found<T>(answer: std::result::Result<T, Answer>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(Answer::DockerResponseServerError { status_code: NOT_FOUND, .. }) => Ok(None),
        Err(error) => Err(meaning(error)),
    }
}

/// The same, where what had been done, or what is not there, is as good.
pub fn done(answer: std::result::Result<(), Answer>) -> Result<()> {
    match answer {
        Err(Answer::DockerResponseServerError { status_code: NOT_FOUND | ALREADY_SO, .. }) => Ok(()),
        answer => said(answer),
    }
}

/// An engine that fails says as little as one that is silent: what it was asked for may have been done.
fn meaning(error: Answer) -> Error {
    match error {
        Answer::DockerResponseServerError { status_code, message } if status_code < 500 => {
            Error::Refused(format!("the container engine refuses: {message}"))
        }
        Answer::DockerStreamError { error } => {
            Error::Refused(format!("the container engine refuses: {error}"))
        }
        error => Error::Silent(format!("the container engine does not answer: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn answer(status_code: u16, message: &str) -> std::result::Result<(), Answer> {
        Err(Answer::DockerResponseServerError { status_code, message: message.into() })
    }

    #[rstest]
    #[case(400, "bad parameter", false)]
    #[case(409, "conflict", false)]
    #[case(499, "", false)]
    #[case(500, "driver failed", true)]
    #[case(503, "shutting down", true)]
    fn an_engine_that_fails_is_silent_and_one_that_answers_refuses(
        #[case] status: u16,
        #[case] message: &str,
        #[case] is_silent: bool,
    ) {
        assert_eq!(matches!(said(answer(status, message)), Err(Error::Silent(_))), is_silent);
    }

    #[test]
    fn a_timeout_and_a_lost_connection_are_silence() {
        let lost = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for error in [Answer::RequestTimeoutError, Answer::IOError { err: lost }] {
            assert!(matches!(found::<()>(Err(error)), Err(Error::Silent(_))));
        }
    }

    #[test]
    fn only_the_engine_itself_can_say_that_something_is_not_there() {
        assert!(matches!(found(answer(404, "")), Ok(None)));
        assert!(matches!(found(answer(500, "")), Err(Error::Silent(_))));
        assert!(done(answer(404, "")).is_ok());
        assert!(done(answer(304, "")).is_ok());
        assert!(done(answer(409, "")).is_err());
    }
}
