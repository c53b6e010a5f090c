//! A login, as a renter logs in: what lets guards in and renters not is caught by it.

use std::time::Duration;

use super::connection::{Connection, within};
use super::failure::Failure;
use super::key::Key;
use super::reach::Reach;

/// How long files may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// Bytes that may come back.
const ALLOWANCE: usize = 64 << 10;

/// The two messages of SFTP, version 3, with which every client begins: INIT, and REALPATH of `.` with the number 1. Each
/// begins with its length.
const INIT: [u8; 9] = [0, 0, 0, 5, 1, 0, 0, 0, 3];
const REALPATH: [u8; 14] = [0, 0, 0, 10, 16, 0, 0, 0, 1, 0, 0, 0, 1, b'.'];

/// What they are answered with: VERSION, and NAME.
const VERSION: u8 = 2;
const NAME: u8 = 104;

/// Most bytes of an answer.
const LONGEST: usize = 16 << 10;

/// Logs in with the user's key on a connection of its own, asks the helper for the directory in which one arrives, and
/// hangs up.
pub async fn login(reach: &Reach, key: &Key) -> Result<(), Failure> {
    let mut connection = Connection::open(reach, key, "sftp").await?;
    within(ANSWER, "its files", async {
        connection.send(INIT.to_vec(), ALLOWANCE).await?;
        let version = message(&mut connection, VERSION).await?;
        if version.get(..4) != Some(&[0, 0, 0, 3]) {
            return Err(Failure::NotUnderstood("it does not speak SFTP, version 3".to_owned()));
        }
        connection.send(REALPATH.to_vec(), ALLOWANCE).await?;
        let name = message(&mut connection, NAME).await?;
        match name.get(..8) {
            // The number of the question, and one name.
            Some([0, 0, 0, 1, 0, 0, 0, 1]) => Ok(()),
            _ => Err(Failure::NotUnderstood("it does not say where one arrives".to_owned())),
        }
    })
    .await
}

/// The content of the next message, which has to be of this kind.
async fn message(connection: &mut Connection, kind: u8) -> Result<Vec<u8>, Failure> {
    let head = connection.read_exact(4).await?;
    let length = head.iter().fold(0, |length: usize, byte| length << 8 | usize::from(*byte));
    if !(1..=LONGEST).contains(&length) {
        return Err(Failure::NotUnderstood(format!("a message of SFTP of {length} bytes")));
    }
    let mut message = connection.read_exact(length).await?;
    match message.remove(0) {
        it if it == kind => Ok(message),
        other => Err(Failure::NotUnderstood(format!("a message of SFTP of kind {other}"))),
    }
}
