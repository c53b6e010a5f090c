//! One lease's machine: asked by chance and when it is wanted, for as long as this runs.

use std::time::Duration;

use gpu_lease_client::account::Keyed;
use gpu_lease_client::attestation::Usage;
use gpu_lease_client::state::Lease;
use rand::SeedableRng;
use rand::rngs::StdRng;
use solana_keypair::Keypair;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::life::Life;
use crate::probe::{Api, Failure, Inventory, Schedule, login};
use crate::way::Way;

/// What a machine is asked between its probes.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// A sign of life, at once.
    Probe,
    /// What it would state.
    Draft,
    /// To take a signature of these figures, which are written down.
    CoSign(Usage),
}

/// What it answered, and when it was asked, on the guard's own clock.
#[derive(Debug)]
pub enum Heard {
    Probe(Duration, Result<Inventory, Failure>),
    Login(Duration, Result<(), Failure>),
    Draft(Result<Option<Usage>, Failure>),
    CoSigned(Usage, Result<(), Failure>),
}

/// Attends to a machine.
pub struct Attendant {
    pub lease: Keyed<Lease>,
    pub way: Way,
    pub schedule: Schedule,
    /// When the guard's own clock began.
    pub begun: Instant,
    /// Where it is told what is heard.
    pub tell: mpsc::UnboundedSender<(Life, Heard)>,
    /// What is wanted.
    pub wanted: mpsc::UnboundedReceiver<Wanted>,
}

impl Attendant {
    /// Until it is dropped, or nobody wants anything any more. `signer` signs usage.
    pub async fn run(mut self, signer: Option<Keypair>) {
        let life = Life::of(self.lease.address, &self.lease.account);
        let mut random = StdRng::from_entropy();
        let mut api = Api::new(self.way.reach.clone(), self.way.guard.clone());
        // The first comes at once: what was before it is not known.
        let mut probe_at = Instant::now();
        let mut login_at = Instant::now() + self.schedule.until_probe(&mut random);
        loop {
            let user = self.way.user.clone();
            tokio::select! {
                () = sleep_until(probe_at) => {
                    self.probe(&life, &mut api).await;
                    probe_at = Instant::now() + self.schedule.until_probe(&mut random);
                }
                () = sleep_until(login_at), if user.is_some() => {
                    let Some(key) = user else { continue };
                    let at = self.begun.elapsed();
                    let result = login(&self.way.reach, &key).await;
                    login_at = Instant::now() + self.schedule.until_login(result.is_err(), &mut random);
                    self.tell(&life, Heard::Login(at, result));
                }
                wanted = self.wanted.recv() => match wanted {
                    None => return,
                    Some(Wanted::Probe) => self.probe(&life, &mut api).await,
                    Some(Wanted::Draft) => {
                        let draft = api.draft(&self.lease).await;
                        self.tell(&life, Heard::Draft(draft));
                    }
                    Some(Wanted::CoSign(usage)) => {
                        let Some(signer) = &signer else { continue };
                        let result = api.co_sign(&self.lease, &usage, signer).await;
                        self.tell(&life, Heard::CoSigned(usage, result));
                    }
                },
            }
        }
    }

    async fn probe(&self, life: &Life, api: &mut Api) {
        let at = self.begun.elapsed();
        let result = api.probe().await;
        // What is sure is that it answered when the answer came.
        let at = if result.is_ok() { self.begun.elapsed() } else { at };
        self.tell(life, Heard::Probe(at, result));
    }

    fn tell(&self, life: &Life, heard: Heard) {
        // Nobody listens any more when the guard ends.
        self.tell.send((*life, heard)).ok();
    }
}
