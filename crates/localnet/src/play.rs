use crate::{Flow, Ledger, Localnet, Party, balances::Balances};
use anyhow::{Context, Result, bail, ensure};
use gpu_lease_client::{
    access::{self, AccessKey},
    address,
    attestation::Usage,
    constants::ATTESTATION_GRACE,
    decode::{self, Args, Event},
    instruction::{self, LeaseRef, OpenLease},
    math,
    rpc::Receipt,
    state::{Lease, LeaseRequest, Offer},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signature::Signature;
use solana_signer::Signer;

const MINUTE: i64 = 60;
const HOUR: u32 = 3_600;
const GPUS: u32 = 2;
const DURATION: u32 = 6 * HOUR;

/// Money for the last two hours and some more, base units.
const TOP_UP: u64 = 12_000_000;

/// In hour 4 one GPU is out of order for a quarter of an hour.
const OUTAGE: u64 = 900;

/// Two H100 under load for an hour, watt-hours.
const HOURLY_WH: u64 = 1_310;

/// What the provider gives to the renter, encrypted.
const CREDENTIALS: &str =
    "ssh -p 2222 renter@gpu-7.example.net, one-time password: correct-horse-battery-staple";

/// Something that happened in a played lease.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Time on the cluster's clock, unix seconds.
    pub time: i64,
    /// What, in words.
    pub what: String,
    /// The transaction.
    pub signature: String,
    /// Compute units that the transaction took.
    pub compute_units: u64,
}

/// What came of a played lease.
#[derive(Clone, Debug, Serialize)]
pub struct PlayedLease {
    /// Its address, by now closed.
    pub lease: String,
    /// GPU-seconds that the GPUs could have delivered.
    pub capacity: u64,
    /// GPU-seconds that the SLA promised.
    pub promised: u64,
    /// GPU-seconds that were delivered and accepted.
    pub accepted: u64,
    /// Base units per GPU-hour.
    pub price: u64,
    /// Its life.
    pub steps: Vec<Step>,
    /// Who paid and got what.
    pub ledger: Ledger,
}

impl Localnet {
    /// Plays one lease from opening to close, moving the clock; `tell` hears of every step.
    ///
    /// Fails when the ledger's columns do not sum to zero, or when events and balances disagree.
    pub async fn play_lease(&self, tell: impl FnMut(&Step)) -> Result<PlayedLease> {
        Play::prepare(self, tell).await?.run().await
    }
}

/// A lease being played.
struct Play<'a, T> {
    net: &'a Localnet,
    tell: T,
    nonce: u64,
    lease: Address,
    before: Balances,
    transactions: Vec<(Party, Signature)>,
    steps: Vec<Step>,
}

impl<'a, T: FnMut(&Step)> Play<'a, T> {
    async fn prepare(net: &'a Localnet, tell: T) -> Result<Self> {
        let nonce = u64::try_from(net.now().await?)?;
        let lease = address::lease(&net.wallets.renter.pubkey(), nonce);
        let before = Balances::read(net, &lease).await?;
        Ok(Self { net, tell, nonce, lease, before, transactions: Vec::new(), steps: Vec::new() })
    }

    async fn run(mut self) -> Result<PlayedLease> {
        let access_key = AccessKey::generate();
        self.open(&access_key).await?;
        self.start(&access_key).await?;

        // The renter watches and co-signs.
        self.attest(1, 0, true).await?;
        self.attest(2, 0, true).await?;
        self.settle("Settled what the renter co-signed").await?;

        // The renter sleeps: from here on usage is claimed. It tops up while the deposit still pays.
        self.attest(3, 0, false).await?;
        self.top_up(TOP_UP).await?;
        self.attest(4, OUTAGE, false).await?;
        self.settle("Settled the claim of hour 3, which nobody challenged").await?;
        self.attest(5, OUTAGE, false).await?;
        self.attest(6, OUTAGE, false).await?;

        let ended = self.read().await?;
        let window = i64::from(ended.lease.terms.challenge_window);
        self.net.validator.travel_to(ended.lease.ends_at.saturating_add(window).saturating_add(MINUTE))?;
        self.settle("Settled the last claims after their challenge windows").await?;
        let grace = i64::try_from(ATTESTATION_GRACE)?;
        self.net.validator.travel_to(ended.lease.ends_at.saturating_add(grace).saturating_add(MINUTE))?;
        self.close(&ended.lease).await
    }

    async fn open(&mut self, access_key: &AccessKey) -> Result<()> {
        let Localnet { client, wallets, mint, offers, .. } = self.net;
        let offer = client.get::<Offer>(offers.first().context("the market has no offers")?).await?;
        let now = self.net.now().await?;
        let request = LeaseRequest {
            nonce: self.nonce,
            deposit: u64::try_from(math::gross_ceil(
                u64::from(GPUS) * u64::from(4 * HOUR),
                offer.terms.price,
            ))?,
            start_deadline: now.saturating_add(i64::from(HOUR)),
            duration: DURATION,
            gpus: GPUS,
            expected_terms: offer.terms.hash(),
            access_key: access_key.public(),
            session_key: Address::default(),
        };
        let open = OpenLease::new(wallets.renter.pubkey(), &offer, mint.token_program, request);
        self.send(
            Party::Renter,
            &[instruction::open_lease(&open)],
            format!("Opened a lease of {GPUS} GPUs for 6 h, with the money for 4 h"),
        )
        .await?;
        Ok(())
    }

    /// Starts the lease, and lets the renter read the credentials from the chain.
    async fn start(&mut self, access_key: &AccessKey) -> Result<()> {
        let lease = self.read().await?;
        let blob = access::encrypt(&lease.lease.access_key, CREDENTIALS.as_bytes())?;
        let start = instruction::start_lease(&lease, &blob);
        let what = "Started it: GPUs reserved, bond paid, credentials published encrypted";
        let signature = self.send(Party::Provider, &[start], what.to_owned()).await?.signature;

        let lease = self.read().await?;
        let published = self.published_blob(&signature).await?;
        ensure!(
            <[u8; 32]>::from(Sha256::digest(&published)) == lease.lease.access_blob_hash,
            "the published access blob is not the one whose hash the lease holds"
        );
        ensure!(
            access_key.decrypt(&published)? == CREDENTIALS.as_bytes(),
            "the credentials do not decrypt to what was encrypted"
        );
        Ok(())
    }

    async fn published_blob(&self, signature: &Signature) -> Result<Vec<u8>> {
        for instruction in self.net.client.transaction(signature).await?.instructions {
            if let Some(decoded) = decode::instruction(&instruction)?
                && let Args::StartLease { access_blob } = decoded.args
            {
                return Ok(access_blob);
            }
        }
        bail!("the transaction {signature} did not start a lease")
    }

    /// Attests usage up to the end of an hour, all but `missing` units of the capacity.
    async fn attest(&mut self, hour: u32, missing: u64, co_signed: bool) -> Result<()> {
        let Localnet { validator, client, wallets, .. } = self.net;
        let lease = self.read().await?;
        let window_end = lease.lease.started_at.saturating_add(i64::from(hour * HOUR));
        validator.travel_to(window_end.saturating_add(1))?;

        let capacity = lease.lease.meter.capacity(window_end);
        let gpu_seconds = capacity.saturating_sub(missing);
        let energy_wh = u64::from(hour).saturating_mul(HOURLY_WH);
        let record = format!("{{\"hour\":{hour},\"gpu_seconds\":{gpu_seconds},\"energy_wh\":{energy_wh}}}");
        let evidence = Sha256::digest(record).into();
        let usage = Usage { window_end, gpu_seconds, energy_wh, evidence };
        let mut signed = client.sign_usage(&lease, &usage, &wallets.attestor).await?;
        if co_signed {
            client.co_sign(&mut signed, &wallets.renter).await?;
        }
        let what = match co_signed {
            true => {
                format!("Hour {hour} attested and co-signed: {gpu_seconds} GPU-seconds, accepted at once")
            }
            false => format!("Hour {hour} claimed: {gpu_seconds} GPU-seconds, open to challenge"),
        };
        self.send(Party::Operator, &instruction::attest(&lease, &signed)?, what).await?;
        Ok(())
    }

    async fn settle(&mut self, what: &str) -> Result<()> {
        let settle = instruction::settle(&self.read().await?);
        self.send(Party::Operator, &[settle], what.to_owned()).await?;
        Ok(())
    }

    async fn top_up(&mut self, amount: u64) -> Result<()> {
        let lease = self.read().await?;
        let top_up = instruction::top_up(self.net.wallets.renter.pubkey(), &lease, amount);
        self.send(Party::Renter, &[top_up], "Topped it up before the deposit ran out".to_owned()).await?;
        Ok(())
    }

    async fn close(mut self, ended: &Lease) -> Result<PlayedLease> {
        let close = instruction::close_lease(&self.read().await?);
        let what = "Closed it: fee, bond, SLA credit and refund divided, GPUs free again";
        let receipt = self.send(Party::Operator, &[close], what.to_owned()).await?;
        let closed = receipt.events.iter().find_map(|event| match event {
            Event::LeaseClosed(closed) => Some(*closed),
            _ => None,
        });
        let closed = closed.context("the lease was closed without an event")?;
        ensure!(self.net.client.account(&self.lease).await?.is_none(), "the closed lease still exists");

        let ledger = self.before.ledger(self.net, &self.lease, &self.transactions).await?;
        ledger.check()?;
        let worth = math::capped(math::gross_floor(closed.accepted, ended.terms.price), u64::MAX);
        let paid =
            ledger.tokens.row(Party::Provider, Flow::PaidOut) + ledger.tokens.row(Party::FeeVault, Flow::Fee);
        ensure!(
            paid == i128::from(worth),
            "{paid} base units were paid for accepted units that are worth {worth}"
        );
        Ok(PlayedLease {
            lease: self.lease.to_string(),
            capacity: ended.meter.capacity(ended.promised_until),
            promised: closed.promised,
            accepted: closed.accepted,
            price: ended.terms.price,
            steps: self.steps,
            ledger,
        })
    }

    async fn read(&self) -> Result<LeaseRef> {
        Ok(self.net.client.lease(&self.lease).await?)
    }

    /// Sends a transaction that `party` signs and pays for.
    async fn send(&mut self, party: Party, instructions: &[Instruction], what: String) -> Result<Receipt> {
        let wallet = self.wallet(party)?;
        let receipt = self
            .net
            .client
            .send(instructions, wallet, &[])
            .await
            .with_context(|| format!("the {party} failed at this step: {what}"))?;
        let step = Step {
            time: self.net.now().await?,
            what,
            signature: receipt.signature.to_string(),
            compute_units: receipt.units,
        };
        (self.tell)(&step);
        self.steps.push(step);
        self.transactions.push((party, receipt.signature));
        Ok(receipt)
    }

    fn wallet(&self, party: Party) -> Result<&'a Keypair> {
        let wallets = &self.net.wallets;
        match party {
            Party::Renter => Ok(&wallets.renter),
            Party::Provider => Ok(&wallets.provider),
            Party::Operator => Ok(&wallets.operator),
            _ => bail!("{party} signs nothing"),
        }
    }
}
