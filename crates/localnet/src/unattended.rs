//! The lease that nobody touches: rented, and from then on signer, agent, guard and keeper do all of it, in real time. Once
//! its machine's link is cut. The agent does not notice, states that it has delivered, and the guard refuses the figure.

use crate::{
    Flow, Ledger, Localnet, Party, Watched,
    balances::Balances,
    http,
    stage::{VALID_FOR, page_key},
};
use anyhow::{Context, Result, ensure};
use gpu_lease_client::{
    account::ProviderRef,
    address,
    decode::Event,
    instruction::{self, OpenLease},
    state::{EndReason, Lease, LeaseRequest, LeaseState, Offer, Terms},
    text,
};
use serde::Serialize;
use serde_json::Value;
use solana_address::Address;
use solana_signature::Signature;
use solana_signer::Signer;
use std::{
    collections::BTreeSet,
    fs::File,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How the offer is numbered among its provider's: behind those that are there anyway.
const OFFER: u64 = 9;

const GPUS: u32 = 2;

/// How long the lease runs, seconds: a draft is signed in its first minute.
const DURATION: u32 = 180;

/// How long its link is cut, seconds: long enough for three probes to wait for an answer and to give up.
const CUT: u64 = 45;

/// How long anything may take that is waited for in real time.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(500);

/// Bytes of what a guard tells.
const MOST: usize = 1 << 20;

/// Something that was seen of it.
#[derive(Clone, Debug, Serialize)]
pub struct Happening {
    /// Time on the cluster's clock, unix seconds.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub time: i64,
    /// What, in words.
    pub what: String,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Unattended {
    /// Its address, by now closed.
    pub lease: String,
    /// What the guard found that can have been delivered at most, GPU-seconds.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub bound: u64,
    /// What the provider claimed.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub claimed: u64,
    /// What was accepted in the end.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub accepted: u64,
    pub happenings: Vec<Happening>,
    /// Who paid and got what.
    pub ledger: Ledger,
}

impl Localnet {
    /// Lists an offer of two GPUs that can be rented by the minute.
    pub async fn offer_by_the_minute(&self) -> Result<Address> {
        let provider = ProviderRef::of(self.wallets.provider.pubkey());
        let like = self.client.offer(self.offers.first().context("the market has no offer")?).await?;
        let terms = Terms { min_duration: 60, challenge_window: 600, heartbeat_timeout: 600, ..like.terms };
        let create = instruction::create_offer(provider, OFFER, GPUS, terms, like.listing);
        self.client.send(&[create], &self.wallets.provider, &[]).await?;
        Ok(address::offer(&provider.address, OFFER))
    }

    /// Rents from a machine that serves [such an offer](Self::offer_by_the_minute), and watches what comes of it. `reach` is how
    /// the renter works there. Fails when the ledger's columns do not sum to zero, or nobody refused what was not delivered.
    pub async fn play_unattended(
        &self,
        machine: &Watched,
        reach: impl AsyncFn(&Address) -> Result<String>,
        tell: impl FnMut(&Happening),
    ) -> Result<Unattended> {
        let mut watch = Watch::open(self, machine, tell).await?;
        watch.until("the start", |watch| watch.state == Some(LeaseState::Active)).await?;
        let answer = reach(&watch.lease).await?;
        watch.tell(format!("The renter logs in by SSH, and is answered: {answer}")).await?;
        watch.until("a draft that the guard has co-signed", |watch| watch.doing == "coSigned").await?;
        watch.tell(format!("The machine's link is cut for {CUT} s; the agent does not notice")).await?;
        machine.link.cut();
        sleep(Duration::from_secs(CUT)).await;
        machine.link.mend();
        watch.tell("The link is mended".to_owned()).await?;
        watch.until("a dispute", |watch| watch.state == Some(LeaseState::Disputed)).await?;
        let deadline = self.client.lease(&watch.lease).await?.dispute.deadline();
        watch.tell("Nobody decides: the clock skips the arbiter's time".to_owned()).await?;
        self.travel_to(deadline).await?;
        watch.until("the close", |watch| watch.state.is_none()).await?;
        watch.finish().await
    }
}

/// The lease, as somebody sees it who only looks.
struct Watch<'a, T> {
    net: &'a Localnet,
    machine: &'a Watched,
    tell: T,
    lease: Address,
    before: Balances,
    state: Option<LeaseState>,
    /// The end of the newest window that was told.
    window_end: i64,
    /// What the guard says that it does about it.
    doing: String,
    seen: BTreeSet<Signature>,
    events: Vec<Event>,
    happenings: Vec<Happening>,
}

impl<'a, T: FnMut(&Happening)> Watch<'a, T> {
    async fn open(net: &'a Localnet, machine: &'a Watched, tell: T) -> Result<Self> {
        let Localnet { client, wallets, mint, .. } = net;
        let offer = client.get::<Offer>(&machine.offer).await?;
        let now = net.now().await?;
        let nonce = u64::try_from(now)?;
        let lease = address::lease(&wallets.renter.pubkey(), nonce);
        let before = Balances::read(net, &lease).await?;
        let key = page_key(&wallets.renter, nonce);
        let mut file =
            File::options().write(true).create_new(true).mode(0o600).open(machine.access_key(&lease))?;
        file.write_all(key.to_text().as_bytes())?;
        let price = offer.terms.price_ceil(GPUS, DURATION);
        let request = LeaseRequest {
            nonce,
            deposit: price.map_err(|error| anyhow::anyhow!("{error}"))?,
            start_deadline: now.saturating_add(VALID_FOR),
            duration: DURATION,
            gpus: GPUS,
            max_fee_bps: client.fee_params().await?.fee_bps,
            valid_until: now.saturating_add(VALID_FOR),
            expected_offer: offer.content_hash(),
            arbiter: client.protocol().await?.arbiter,
            access_key: key.public(),
            session_key: wallets.guard.pubkey(),
        };
        let open = OpenLease::new(wallets.renter.pubkey(), &offer, mint.token_program, request);
        client.send(&client.open_lease(&open).await?, &wallets.renter, &[]).await?;
        Ok(Self {
            net,
            machine,
            tell,
            lease,
            before,
            state: Some(LeaseState::Pending),
            window_end: 0,
            doing: String::new(),
            seen: BTreeSet::new(),
            events: Vec::new(),
            happenings: Vec::new(),
        })
    }

    /// Looks until something is so, and tells what happens meanwhile.
    async fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) -> Result<()> {
        let since = Instant::now();
        loop {
            self.look().await?;
            if is_so(self) {
                return Ok(());
            }
            ensure!(since.elapsed() < PATIENCE, "{} s were not enough for {what}", PATIENCE.as_secs());
            sleep(LOOK).await;
        }
    }

    async fn look(&mut self) -> Result<()> {
        self.ask_the_guard().await?;
        let account = self.net.client.find::<Lease>(&self.lease).await?;
        self.state = account.as_ref().map(|lease| lease.state.into());
        if let Some(lease) =
            account.filter(|lease| lease.meter.window_end > self.window_end.max(lease.started_at))
        {
            self.window_end = lease.meter.window_end;
            let (claimed, accepted) = (lease.meter.latest.units, lease.meter.accepted);
            let what = match claimed == accepted {
                true => format!("Attested and co-signed: {claimed} GPU-seconds, accepted at once"),
                false => format!("Claimed: {claimed} GPU-seconds, of which {accepted} are accepted"),
            };
            self.tell(what).await?;
        }
        for signature in self.net.client.signatures_after(&self.lease, None).await? {
            if self.seen.insert(signature) {
                let events = self.net.client.transaction(&signature).await?.events;
                for event in &events {
                    if let Some(what) = words(event) {
                        self.tell(what).await?;
                    }
                }
                self.events.extend(events);
            }
        }
        Ok(())
    }

    /// What it does about the lease, if it tells: it may not have looked, or not have seen it yet.
    async fn ask_the_guard(&mut self) -> Result<()> {
        let (status, body) = http::get(self.machine.guard, "/guard", MOST).await?;
        if !status.is_success() {
            return Ok(());
        }
        let status: Value = serde_json::from_slice(&body).context("the guard is not understood")?;
        let leases = status["leases"].as_array().into_iter().flatten();
        let Some(seen) = leases.into_iter().find(|it| it["lease"] == self.lease.to_string()) else {
            return Ok(());
        };
        let doing = seen["doing"].as_str().unwrap_or_default().to_owned();
        if doing != self.doing && doing == "withheld" {
            self.tell("The guard signs no more: that cannot have been delivered".to_owned()).await?;
        }
        self.doing = doing;
        Ok(())
    }

    async fn tell(&mut self, what: String) -> Result<()> {
        let happening = Happening { time: self.net.now().await?, what };
        (self.tell)(&happening);
        self.happenings.push(happening);
        Ok(())
    }

    /// What came of it all, if the books are in order.
    async fn finish(self) -> Result<Unattended> {
        let Self { net, lease, before, events, happenings, .. } = self;
        let disputed = events.iter().find_map(|event| match event {
            Event::LeaseDisputed(disputed) => Some(*disputed),
            _ => None,
        });
        let closed = events.iter().find_map(|event| match event {
            Event::LeaseClosed(closed) => Some(*closed),
            _ => None,
        });
        let (disputed, closed) = (disputed.context("nobody disputed")?, closed.context("nobody closed it")?);
        ensure!(
            closed.reason == EndReason::Disputed as u64,
            "the lease ended as {}",
            text::end_reason(closed.reason)
        );
        ensure!(disputed.renter_units < disputed.provider_units, "nothing was refused");
        // Those that failed cost something, too.
        let found = net.client.rpc().get_signatures_for_address(&lease).await?;
        let mut transactions = Vec::new();
        for one in found.iter().rev() {
            let signature = one.signature.parse()?;
            let payer = net.client.transaction(&signature).await?.payer;
            transactions.push((net.party(&payer)?, signature));
        }
        let ledger = before.ledger(net, &lease, &transactions).await?;
        ledger.check().context("the lease that nobody touched does not balance")?;
        ensure!(
            ledger.tokens.row(Party::Vault, Flow::PaidIn) > 0,
            "nothing was paid for the lease that nobody touched"
        );
        Ok(Unattended {
            lease: lease.to_string(),
            bound: disputed.renter_units,
            claimed: disputed.provider_units,
            accepted: closed.accepted,
            happenings,
            ledger,
        })
    }
}

/// What happened, if it is not told already.
fn words(event: &Event) -> Option<String> {
    Some(match event {
        Event::LeaseOpened(_) => {
            format!(
                "Opened: {GPUS} GPUs for {DURATION} s, watched by a guard. From here on nobody touches it"
            )
        }
        Event::LeaseStarted(_) => "Started by the provider's operator, out of the bond account".to_owned(),
        Event::LeaseDisputed(disputed) => format!(
            "Disputed by the guard: {} GPU-seconds and not {}",
            disputed.renter_units, disputed.provider_units
        ),
        Event::DisputeResolved(resolved) => {
            format!("Resolved by time: {} GPU-seconds, in the middle of both", resolved.units)
        }
        Event::LeaseSettled(_) => "Settled: the provider is paid what is accepted".to_owned(),
        Event::LeaseClosed(_) => {
            "Closed: fee, bond, SLA credit and refund divided, the vault is gone".to_owned()
        }
        _ => return None,
    })
}
