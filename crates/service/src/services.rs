//! The loops of a daemon, from its start to its end.
//!
//! Each loop is a [`Service`] with a name, which says when it is ready and ends when it is told to. One that panics or ends
//! by itself ends the daemon with an error, so that systemd starts it again: half a daemon looks healthy and is not.

use crate::health::Health;
use crate::notify;
use anyhow::{Context, Result, anyhow, bail};
use std::collections::HashMap;
use std::fmt::Display;
use std::future::pending;
use std::process;
use std::time::Duration;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// All loops of a daemon.
pub struct Services {
    stop: CancellationToken,
    running: Running,
    ready: Vec<(&'static str, oneshot::Receiver<()>)>,
    signals: Signals,
}

/// What a loop is given.
pub struct Service {
    /// Cancelled when the loop has to end.
    pub stop: CancellationToken,
    ready: Option<oneshot::Sender<()>>,
}

impl Service {
    /// The loop does its work from here on.
    pub fn ready(&mut self) {
        // Nobody is left to be told if the daemon ends meanwhile.
        self.ready.take().map(|ready| ready.send(()));
    }
}

impl Services {
    /// From here on SIGTERM and SIGINT no longer end the process at once.
    pub fn new() -> Result<Self> {
        Ok(Self {
            stop: CancellationToken::new(),
            running: Running::default(),
            ready: Vec::new(),
            signals: Signals::new()?,
        })
    }

    /// Starts the loop `run` under a `name` for logs.
    pub fn start<F>(&mut self, name: &'static str, run: impl FnOnce(Service) -> F)
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (ready, is_ready) = oneshot::channel();
        let service = Service { stop: self.stop.clone(), ready: Some(ready) };
        let id = self.running.tasks.spawn(run(service)).id();
        self.running.names.insert(id, name);
        self.ready.push((name, is_ready));
    }

    /// Runs until SIGTERM, SIGINT or the end of a loop, then stops all, which may take `grace`. A second signal ends this at
    /// once.
    pub async fn run(mut self, health: Health, grace: Duration) -> Result<()> {
        let ready = std::mem::take(&mut self.ready);
        let stop = self.stop.clone();
        let _alive = AbortOnDropHandle::new(tokio::spawn(async move {
            all_ready(ready).await;
            tracing::info!("ready");
            notify::ready();
            notify::watchdog(&health, &stop).await;
        }));
        let outcome = select! {
            ended = self.running.ended(false) => ended.unwrap_or_else(|| Err(anyhow!("there is nothing to run"))),
            name = self.signals.next() => {
                tracing::info!("stopping after {name}");
                Ok(())
            }
        };
        if let Err(error) = &outcome {
            tracing::error!("stopping: {error:#}");
        }
        notify::stopping();
        self.stop.cancel();
        let stopped = self.stopped(grace).await;
        outcome.and(stopped)
    }

    async fn stopped(&mut self, grace: Duration) -> Result<()> {
        let deadline = sleep(grace);
        tokio::pin!(deadline);
        let mut outcome = Ok(());
        loop {
            let ended = select! {
                ended = self.running.ended(true) => ended,
                name = self.signals.next() => bail!("ended at once by a second signal ({name})"),
                () = &mut deadline => {
                    let mut names: Vec<_> = self.running.names.values().copied().collect();
                    names.sort_unstable();
                    bail!("{} did not stop within {} s", names.join(", "), grace.as_secs_f64());
                }
            };
            match ended {
                Some(ended) => outcome = outcome.and(ended),
                None => return outcome,
            }
        }
    }
}

/// The loops that have not ended.
#[derive(Default)]
struct Running {
    tasks: JoinSet<Result<()>>,
    names: HashMap<Id, &'static str>,
}

impl Running {
    /// How the next loop to end did so; none if there are no more. Nothing is lost if this is dropped before.
    async fn ended(&mut self, is_stopping: bool) -> Option<Result<()>> {
        let (id, result) = match self.tasks.join_next_with_id().await? {
            Ok((id, result)) => (id, result),
            Err(error) => (error.id(), Err(crash(error))),
        };
        let name = self.names.remove(&id).unwrap_or("a service");
        Some(match result {
            Ok(()) if is_stopping => Ok(()),
            Ok(()) => Err(anyhow!("{name} ended, although nothing had stopped it")),
            Err(error) => Err(error).with_context(|| format!("{name} failed")),
        })
    }
}

/// Does what the process is for, and [ends](exit) it.
pub fn run_alone(what: impl Future<Output = Result<()>>) -> ! {
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => exit(runtime.block_on(what)),
        Err(error) => exit(Err(error.into())),
    }
}

/// Ends the process: with 0, or with 1 and the error in the log. It waits for nothing, as a thread may hang in a driver.
pub fn exit(outcome: Result<()>) -> ! {
    let Err(error) = outcome else { process::exit(0) };
    match tracing::dispatcher::has_been_set() {
        true => tracing::error!("{error:#}"),
        false => eprintln!("{error:#}"),
    }
    process::exit(1)
}

async fn all_ready(services: Vec<(&'static str, oneshot::Receiver<()>)>) {
    for (name, ready) in services {
        if ready.await.is_err() {
            // Its end, if that is why, is found by whoever waits for it.
            tracing::error!("{name} will never be ready");
            pending::<()>().await;
        }
    }
}

fn crash(error: JoinError) -> anyhow::Error {
    match error.try_into_panic() {
        Ok(panic) => {
            let text = panic.downcast_ref::<&str>().map(|it| it as &dyn Display);
            let text = text.or_else(|| panic.downcast_ref::<String>().map(|it| it as &dyn Display));
            anyhow!("panic: {}", text.unwrap_or(&"of an unknown kind"))
        }
        Err(error) => error.into(),
    }
}

struct Signals {
    term: Signal,
    int: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        Ok(Self { term: signal(SignalKind::terminate())?, int: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        select! {
            _ = self.term.recv() => "SIGTERM",
            _ = self.int.recv() => "SIGINT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(10);

    async fn until_stopped(mut service: Service) -> Result<()> {
        service.ready();
        service.stop.cancelled().await;
        Ok(())
    }

    async fn fault(services: Services) -> String {
        format!("{:#}", services.run(Health::default(), GRACE).await.unwrap_err())
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_of_one_stops_all_and_is_told() {
        let mut services = Services::new().unwrap();
        let (stopped, is_stopped) = oneshot::channel();
        services.start("other", |service| async move {
            until_stopped(service).await?;
            stopped.send(()).unwrap();
            Ok(())
        });
        services.start("meter", |_| async { panic!("no card {}", 3) });
        assert_eq!(fault(services).await, "meter failed: panic: no card 3");
        is_stopped.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_early_end_is_an_error_even_without_one() {
        let mut services = Services::new().unwrap();
        services.start("other", until_stopped);
        services.start("meter", |_| async { Ok(()) });
        assert_eq!(fault(services).await, "meter ended, although nothing had stopped it");
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_error_is_the_one_that_is_told() {
        let mut services = Services::new().unwrap();
        services.start("meter", |_| async { bail!("the first") });
        services.start("chain", |service| async move {
            service.stop.cancelled().await;
            bail!("what follows from it")
        });
        assert_eq!(fault(services).await, "meter failed: the first");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_stop_is_named_after_the_grace() {
        let mut services = Services::new().unwrap();
        services.start("stuck", |_| pending());
        services.start("other", until_stopped);
        services.stop.cancel();
        let mut left = services;
        let error = left.stopped(GRACE).await.unwrap_err().to_string();
        assert_eq!(error, "stuck did not stop within 10 s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_while_stopping_is_an_error() {
        let mut services = Services::new().unwrap();
        services.start("journal", |service| async move {
            service.stop.cancelled().await;
            bail!("the disk is full")
        });
        services.stop.cancel();
        let error = services.stopped(GRACE).await.unwrap_err();
        assert_eq!(format!("{error:#}"), "journal failed: the disk is full");
    }
}
