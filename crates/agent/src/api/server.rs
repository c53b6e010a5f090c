//! The socket. Only the gateway may open it, and what comes after its first line is a stranger's.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use gpu_lease_gateway::Caller;
use gpu_lease_runtime::Life;
use gpu_lease_service::server::Listener;
use gpu_lease_service::unix::Socket;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::answer::answer;
use super::protocol::{Problem, Response};
use crate::machine::Machine;

/// Connections at once. More wait.
const CONNECTIONS: usize = 1_024;

/// Of one lease. More are refused.
const CONNECTIONS_EACH: usize = 8;

/// Bytes of a line.
const LINE: u64 = 4 * 1_024;

/// How long the gateway may take to say who calls.
const INTRODUCTION: Duration = Duration::from_secs(5);

/// How long a caller may say nothing. Guards keep their connections, and ask more often.
const IDLE: Duration = Duration::from_secs(600);

/// How long a caller may take to read an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time between two answers on a connection.
const PACE: Duration = Duration::from_millis(100);

/// Answers for a machine, for ever.
pub async fn serve(mut socket: Socket, machine: Arc<Machine>) {
    let (room, callers) = (Arc::new(Semaphore::new(CONNECTIONS)), Arc::<Callers>::default());
    loop {
        let place = room.clone().acquire_owned().await.expect("nobody closes the semaphore");
        let (stream, _) = socket.accept().await;
        let (machine, callers) = (machine.clone(), callers.clone());
        tokio::spawn(async move {
            if let Err(error) = converse(stream, &machine, &callers).await {
                tracing::debug!("a caller was left: {error:#}");
            }
            drop(place);
        });
    }
}

/// How many connections there are about each life.
#[derive(Default)]
struct Callers(Mutex<BTreeMap<Life, usize>>);

/// A connection among them, until it is dropped.
struct Place<'a> {
    callers: &'a Callers,
    life: Life,
}

impl Callers {
    fn counts(&self) -> MutexGuard<'_, BTreeMap<Life, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, life: Life) -> Option<Place<'_>> {
        let mut counts = self.counts();
        let count = counts.entry(life.clone()).or_default();
        if *count == CONNECTIONS_EACH {
            return None;
        }
        *count += 1;
        Some(Place { callers: self, life })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut counts = self.callers.counts();
        match counts.get_mut(&self.life) {
            Some(count) if *count > 1 => *count -= 1,
            _ => _ = counts.remove(&self.life),
        }
    }
}

/// What came next.
enum Line {
    Whole(Vec<u8>),
    TooLong,
    End,
}

async fn converse(stream: UnixStream, machine: &Machine, callers: &Callers) -> Result<()> {
    let (from, mut to) = stream.into_split();
    let mut from = BufReader::new(from);
    let first = timeout(INTRODUCTION, next(&mut from)).await.context("it did not say who calls")??;
    let Line::Whole(first) = first else { return Ok(()) };
    let caller: Caller = serde_json::from_slice(&first).context("it is not known who calls")?;
    tracing::debug!(lease = caller.lease, role = ?caller.role, key = caller.fingerprint, "a call");
    let life = Life { lease: caller.lease, opened_slot: caller.opened_slot };
    let Some(_place) = callers.enter(life.clone()) else {
        return say(&mut to, &Response::new(Value::Null, Err(Problem::Busy))).await;
    };
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        match timeout(IDLE, next(&mut from)).await.context("it said nothing for long")?? {
            Line::Whole(line) => {
                if let Some(response) = answer(machine, &life, caller.role, &line).await {
                    say(&mut to, &response).await?;
                }
            }
            // Where the next one begins is not looked for.
            Line::TooLong => {
                return say(&mut to, &Response::new(Value::Null, Err(Problem::NotARequest))).await;
            }
            Line::End => return Ok(()),
        }
    }
}

async fn next(from: &mut BufReader<OwnedReadHalf>) -> io::Result<Line> {
    let mut line = Vec::new();
    from.take(LINE + 1).read_until(b'\n', &mut line).await?;
    let is_whole = line.pop_if(|last| *last == b'\n').is_some();
    Ok(match line.len() as u64 {
        0 if !is_whole => Line::End,
        length if length > LINE => Line::TooLong,
        _ => Line::Whole(line),
    })
}

async fn say(to: &mut OwnedWriteHalf, response: &Response) -> Result<()> {
    let mut line = serde_json::to_vec(response)?;
    line.push(b'\n');
    timeout(PATIENCE, to.write_all(&line)).await.context("it does not read what it asked for")??;
    Ok(())
}
