use crate::{
    Flow, Ledger, Localnet, Party, Story,
    balances::Balances,
    story::{Action, Opening, Until},
};
use anyhow::{Context, Result, anyhow, ensure};
use gpu_lease_client::{
    access::{self, AccessKey},
    account::LeaseContext,
    address,
    attestation::Usage,
    constants::ATTESTATION_GRACE,
    decode::Event,
    instruction::{self, OpenLease},
    math,
    rpc::Receipt,
    state::{Lease, LeaseRequest, Offer, Terms},
    text,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signature::Signature;
use solana_signer::Signer;

const HOUR: u32 = 3_600;

/// How long a signature counts, seconds.
pub(crate) const VALID_FOR: i64 = 300;

/// How long a provider may take to start a lease, seconds.
const START_WITHIN: i64 = 24 * 3_600;

/// One H100 under load for an hour, watt-hours.
const HOURLY_WH: u64 = 655;

/// What the provider gives to the renter, encrypted.
const CREDENTIALS: &str =
    "ssh -p 2222 renter@gpu-7.example.net, one-time password: correct-horse-battery-staple";

/// The same once the lease has moved to another machine.
const OTHER_CREDENTIALS: &str =
    "ssh -p 2222 renter@gpu-9.example.net, one-time password: purple-anchor-quiet-ladder";

/// Something that happened in a played story.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Time on the cluster's clock, unix seconds.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub time: i64,
    /// What, in words.
    pub what: String,
    pub signature: String,
    /// Compute units that the transaction took.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub compute_units: u64,
}

/// What came of a played lease.
#[derive(Clone, Debug, Serialize)]
pub struct PlayedLease {
    /// Name of its story.
    pub name: &'static str,
    /// What the story is about.
    pub summary: &'static str,
    /// The fee rate that the renter signed for, basis points.
    pub fee_bps: u16,
    /// Its address, by now closed.
    pub lease: String,
    /// Why it ended.
    pub end_reason: &'static str,
    /// GPU-seconds that the GPUs could have delivered.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub capacity: u64,
    /// GPU-seconds that the SLA promised.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub promised: u64,
    /// GPU-seconds that were accepted.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub accepted: u64,
    /// Base units that the bond paid for those that were missing.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub credit: u64,
    /// Base units per GPU-hour.
    #[serde(serialize_with = "gpu_lease_client::json::serialized")]
    pub price: u64,
    pub steps: Vec<Step>,
    /// Who paid and got what.
    pub ledger: Ledger,
}

/// Played leases and what they come to.
#[derive(Clone, Debug, Serialize)]
pub struct PlayedLeases {
    pub leases: Vec<PlayedLease>,
    /// Who paid and got what in all of them.
    pub total: Ledger,
}

impl PlayedLeases {
    /// Adds leases up that were played one after the other, and requires the sum to be in order.
    pub fn new(leases: Vec<PlayedLease>) -> Result<Self> {
        let (first, others) = leases.split_first().context("no lease was played")?;
        let mut total = first.ledger.clone();
        for lease in others {
            total.append(&lease.ledger)?;
        }
        total.check()?;
        Ok(Self { leases, total })
    }
}

impl Localnet {
    /// Plays one lease from opening to close, moving the clock; `tell` hears of every step.
    ///
    /// Fails when the ledger's columns do not sum to zero, or when events and balances disagree.
    pub async fn play(&self, story: &Story, tell: impl FnMut(&Step)) -> Result<PlayedLease> {
        if story.in_next_epoch {
            self.travel_to_next_fee_epoch().await?;
        }
        let mut play = Play::prepare(self, tell).await?;
        play.open(story.opening).await?;
        for action in story.actions {
            play.perform(*action).await?;
        }
        play.finish(story).await
    }
}

/// A lease being played.
pub(crate) struct Play<'a, T> {
    pub(crate) net: &'a Localnet,
    tell: T,
    nonce: u64,
    address: Address,
    access_key: AccessKey,
    before: Balances,
    transactions: Vec<(Party, Signature)>,
    steps: Vec<Step>,
    /// The lease before the last action, and the events of that.
    last: Option<(Lease, Vec<Event>)>,
}

impl<'a, T: FnMut(&Step)> Play<'a, T> {
    pub(crate) async fn prepare(net: &'a Localnet, tell: T) -> Result<Self> {
        let nonce = u64::try_from(net.now().await?)?;
        let address = address::lease(&net.wallets.renter.pubkey(), nonce);
        Ok(Self {
            net,
            tell,
            nonce,
            address,
            access_key: page_key(&net.wallets.renter, nonce),
            before: Balances::read(net, &address).await?,
            transactions: Vec::new(),
            steps: Vec::new(),
            last: None,
        })
    }

    pub(crate) async fn open(&mut self, opening: Opening) -> Result<()> {
        let Opening { offer, payer, gpus, hours, paid_hours } = opening;
        let Localnet { client, wallets, mint, offers, .. } = self.net;
        let offer = client.get::<Offer>(offers.get(offer).context("the market has no such offer")?).await?;
        let now = self.net.now().await?;
        let request = LeaseRequest {
            nonce: self.nonce,
            deposit: price_of_hours(gpus, paid_hours, &offer.terms)?,
            start_deadline: now.saturating_add(START_WITHIN),
            duration: hours.saturating_mul(HOUR),
            gpus,
            max_fee_bps: client.fee_params().await?.fee_bps,
            valid_until: now.saturating_add(VALID_FOR),
            expected_offer: offer.content_hash(),
            arbiter: client.protocol().await?.arbiter,
            access_key: self.access_key.public(),
            session_key: Address::default(),
        };
        let open = OpenLease::new(wallets.renter.pubkey(), &offer, mint.token_program, request);
        let open = OpenLease { payer: self.wallet(payer)?.pubkey(), ..open };
        let what = format!("Opened: {gpus} GPUs for {hours} h; the {payer} pays for {paid_hours} h");
        let instructions = self.net.client.open_lease(&open).await?;
        self.send(opening.signers(), &instructions, what).await?;
        Ok(())
    }

    /// Lets time pass until an action can happen, sends its transaction, and tells what it came to.
    pub(crate) async fn perform(&mut self, action: Action) -> Result<()> {
        let lease = self.read().await?;
        let valid_until = self.net.now().await?.saturating_add(VALID_FOR);
        let (instructions, what) = match action {
            Action::Wait(until) => return self.wait(&lease, until).await,
            Action::Meanwhile(acts) => {
                for act in acts {
                    self.vote(*act).await?;
                }
                return Ok(());
            }
            Action::Start(by) => {
                let (lease, what) = match by {
                    Party::Operator => (
                        lease.by_operator(),
                        "Started by the operator: GPUs reserved, bond out of the bond account",
                    ),
                    _ => (lease, "Started: GPUs reserved, bond paid"),
                };
                let blob = access::encrypt(&lease.access_key, CREDENTIALS.as_bytes())?;
                let start = instruction::start_lease(&lease, &blob, valid_until);
                let what = format!("{what}, credentials published encrypted");
                self.send(action.signers(), &[start], what).await?;
                return self.read_credentials(CREDENTIALS, by).await;
            }
            Action::Move => {
                let blob = access::encrypt(&lease.access_key, OTHER_CREDENTIALS.as_bytes())?;
                let publish = instruction::publish_access(&lease.by_operator(), &blob, valid_until);
                let what = "Moved to another machine: the operator published other credentials".to_owned();
                self.send(action.signers(), &[publish], what).await?;
                return self.read_credentials(OTHER_CREDENTIALS, Party::Operator).await;
            }
            Action::Agree { hour, missing } => {
                let (usage, instructions) = self.attest(&lease, hour, missing, true).await?;
                (instructions, format!("Attested to hour {hour}: {usage}, co-signed and accepted at once"))
            }
            Action::Claim { hour, missing } => {
                let (usage, instructions) = self.attest(&lease, hour, missing, false).await?;
                (instructions, format!("Claimed to hour {hour}: {usage}, open to challenge"))
            }
            Action::TopUp { funder, gpu_hours } => {
                let amount = price_of_hours(1, gpu_hours, &lease.terms)?;
                let funder = self.wallet(funder)?.pubkey();
                (
                    vec![instruction::top_up(funder, &lease, amount, valid_until)],
                    format!("Topped up by {gpu_hours} GPU-hours"),
                )
            }
            Action::Extend { hours } => (
                vec![instruction::extend_lease(&lease, hours.saturating_mul(HOUR), valid_until)],
                format!("Extended to {hours} h"),
            ),
            Action::Grow { gpus } => (
                vec![instruction::resize_lease(&lease, gpus, valid_until)],
                format!("Grown to {gpus} GPUs: signed by both, bond added"),
            ),
            Action::Dispute { missing } => {
                let units = units_until_last_window(&lease, missing);
                let renter = self.wallet(Party::Renter)?.pubkey();
                (
                    vec![instruction::dispute_lease(
                        renter,
                        renter,
                        &lease,
                        units,
                        lease.ledger.bond,
                        valid_until,
                    )],
                    format!("Disputed: the renter admits {}", gpu_hours(units)),
                )
            }
            Action::Resolve { missing } => {
                let units = units_until_last_window(&lease, missing);
                (
                    vec![instruction::resolve_dispute(&lease, units, valid_until)],
                    format!("Resolved: the arbiter finds {}; both sides pay their share", gpu_hours(units)),
                )
            }
            Action::Expire => (
                vec![instruction::expire_lease(lease.renter, &lease, valid_until)],
                "Expired by the renter: nothing was attested for too long".to_owned(),
            ),
            Action::ReleaseGpus => (
                vec![instruction::release_gpus(&lease)],
                "Released the GPUs: the offer has them back".to_owned(),
            ),
            Action::Settle => (vec![instruction::settle(&lease)], "Settled what had become final".to_owned()),
            Action::Close => (
                vec![instruction::close_lease(&lease)],
                "Closed: fee, bond, SLA credit and refund divided, the vault is gone".to_owned(),
            ),
        };
        let events = self.send(action.signers(), &instructions, what).await?.events;
        self.last = Some((lease.account, events));
        Ok(())
    }

    /// What came of it all, if the books are in order.
    async fn finish(self, story: &Story) -> Result<PlayedLease> {
        let (lease, events) = self.last.context("nothing was played")?;
        let closed = events.iter().find_map(|event| match event {
            Event::LeaseClosed(closed) => Some(*closed),
            _ => None,
        });
        let closed = closed.context("the lease was not closed at the end")?;
        ensure!(self.net.client.account(&self.address).await?.is_none(), "the closed lease still exists");
        ensure!(
            closed.reason == story.ends as u64,
            "the {} lease ended as {}",
            story.name,
            text::end_reason(closed.reason)
        );

        ensure!(
            lease.fee_bps == story.fee_bps,
            "the {} lease was opened at a fee of {} basis points instead of {}",
            story.name,
            lease.fee_bps,
            story.fee_bps
        );

        let ledger = self.before.ledger(self.net, &self.address, &self.transactions).await?;
        ledger.check().with_context(|| format!("the {} lease does not balance", story.name))?;
        let worth =
            math::capped(math::gross_floor(closed.accepted, lease.terms.price), lease.ledger.deposited);
        let fee = ledger.tokens.row(Party::FeeVault, Flow::Fee);
        let paid = ledger.tokens.row(Party::Provider, Flow::PaidOut) + fee;
        ensure!(
            paid == i128::from(worth),
            "{paid} base units were paid for accepted units that are worth {worth}"
        );
        let due = i128::try_from(math::bps_floor(worth, u32::from(story.fee_bps)))?;
        ensure!(fee == due, "{fee} base units were kept as fee of {worth} instead of {due}");
        Ok(PlayedLease {
            name: story.name,
            summary: story.summary,
            fee_bps: story.fee_bps,
            lease: self.address.to_string(),
            end_reason: text::end_reason(closed.reason),
            capacity: lease.meter.capacity(lease.promised_until),
            promised: closed.promised,
            accepted: closed.accepted,
            credit: closed.credit,
            price: lease.terms.price,
            steps: self.steps,
            ledger,
        })
    }

    /// Lets the renter read the newest credentials from the chain.
    async fn read_credentials(&self, expected: &str, by: Party) -> Result<()> {
        let published = self.net.client.published_access(&self.address).await?;
        ensure!(
            published.by == self.wallet(by)?.pubkey(),
            "the newest credentials are not those that the {by} published"
        );
        ensure!(
            self.access_key.decrypt(&published.access_blob)? == expected.as_bytes(),
            "the credentials do not decrypt to what was encrypted"
        );
        Ok(())
    }

    /// Signs usage up to the end of an hour, all but `missing` units of the capacity.
    async fn attest(
        &self,
        lease: &LeaseContext,
        hour: u32,
        missing: u64,
        co_signed: bool,
    ) -> Result<(String, Vec<Instruction>)> {
        let Localnet { client, wallets, .. } = self.net;
        let window_end = lease.started_at.saturating_add(i64::from(hour.saturating_mul(HOUR)));
        self.net.travel_to(window_end).await?;

        let gpu_seconds = lease.meter.capacity(window_end).saturating_sub(missing);
        let energy_wh = math::capped(math::gross_floor(gpu_seconds, HOURLY_WH), u64::MAX);
        let record = format!("{{\"hour\":{hour},\"gpu_seconds\":{gpu_seconds},\"energy_wh\":{energy_wh}}}");
        let evidence = Sha256::digest(record).into();
        let usage = Usage { window_end, gpu_seconds, energy_wh, evidence };
        let mut signed = client.sign_usage(lease, &usage, &wallets.attestor).await?;
        if co_signed {
            client.co_sign(&mut signed, &wallets.renter).await?;
        }
        Ok((gpu_hours(gpu_seconds), instruction::attest(lease, &signed).to_vec()))
    }

    async fn wait(&self, lease: &Lease, until: Until) -> Result<()> {
        let (from, seconds) = match until {
            Until::ClaimsAreFinal => (lease.meter.latest.submitted.time, lease.terms.challenge_window),
            Until::HeartbeatMissed => (lease.meter.window_end, lease.terms.heartbeat_timeout),
            Until::GraceIsOver => (lease.ends_at, u32::try_from(ATTESTATION_GRACE)?),
        };
        self.net.travel_to(from.saturating_add(i64::from(seconds))).await
    }

    async fn read(&self) -> Result<LeaseContext> {
        Ok(self.net.client.lease(&self.address).await?)
    }

    /// Sends a transaction whose first signer pays the network for it.
    pub(crate) async fn send(
        &mut self,
        signers: &[Party],
        instructions: &[Instruction],
        what: String,
    ) -> Result<Receipt> {
        let (step, receipt) = self.net.act(signers, instructions, what).await?;
        (self.tell)(&step);
        self.steps.push(step);
        let payer = signers.first().filter(|payer| Party::ROWS.contains(payer));
        self.transactions.extend(payer.map(|payer| (*payer, receipt.signature)));
        Ok(receipt)
    }

    fn wallet(&self, party: Party) -> Result<&'a Keypair> {
        self.net.wallet(party)
    }
}

impl Localnet {
    /// Sends a transaction whose first signer pays the network for it.
    pub(crate) async fn act(
        &self,
        signers: &[Party],
        instructions: &[Instruction],
        what: String,
    ) -> Result<(Step, Receipt)> {
        let (payer, others) = signers.split_first().context("nobody signs")?;
        let others = others.iter().map(|party| Ok(self.wallet(*party)? as &dyn Signer));
        let others = others.collect::<Result<Vec<_>>>()?;
        let receipt = self
            .client
            .send(instructions, self.wallet(*payer)?, &others)
            .await
            .with_context(|| format!("the {payer} failed at this step: {what}"))?;
        let step = Step {
            time: self.now().await?,
            what,
            signature: receipt.signature.to_string(),
            compute_units: receipt.units.unwrap_or_default(),
        };
        Ok((step, receipt))
    }

    /// Moves the clock to a little after `time`, if it is not there yet.
    pub(crate) async fn travel_to(&self, time: i64) -> Result<()> {
        match self.now().await? > time {
            true => Ok(()),
            false => self.validator.travel_to(time.saturating_add(1)),
        }
    }

    pub(crate) fn wallet(&self, party: Party) -> Result<&Keypair> {
        self.wallets.of(party).with_context(|| format!("the {party} signs nothing"))
    }
}

/// What the page lets a wallet sign to open a lease's credentials, as it stands in `app/src/access/access.ts`.
const ACCESS_TEXT: &str = "gpu-lease: open the access credentials of my lease.

Signing this costs nothing and moves nothing. Whoever has the signature can read the credentials; sign it only on a \
                           page that you trust.

Program: ${GPU_LEASE_PROGRAM_ADDRESS}
Lease number: ${nonce}";

/// The key that the page makes for a lease of this renter, so that visitors can read the credentials.
pub(crate) fn page_key(renter: &Keypair, nonce: u64) -> AccessKey {
    let text = ACCESS_TEXT
        .replace("${GPU_LEASE_PROGRAM_ADDRESS}", &address::PROGRAM.to_string())
        .replace("${nonce}", &nonce.to_string());
    AccessKey::from_secret(Sha256::digest(renter.sign_message(text.as_bytes())).into())
}

/// What so many GPUs cost for so many hours, base units.
fn price_of_hours(gpus: u32, hours: u32, terms: &Terms) -> Result<u64> {
    terms.price_ceil(gpus, hours.saturating_mul(HOUR)).map_err(|error| anyhow!("{error}"))
}

/// GPU-seconds up to the last attested window, all but `missing` of the capacity.
fn units_until_last_window(lease: &Lease, missing: u64) -> u64 {
    lease.meter.capacity(lease.meter.window_end).saturating_sub(missing)
}

/// GPU-seconds in words.
fn gpu_hours(units: u64) -> String {
    let hundredths = units.saturating_mul(100) / u64::from(HOUR);
    format!("{}.{:02} GPU-hours", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, PlayedVotes, STORIES, VOTES};
    use gpu_lease_client::state::{LeaseState, ProposalState, Tally};

    #[test]
    fn leases_and_votes_balance_to_the_base_unit_and_visitors_find_others() {
        let (played, votes) = tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut net = Localnet::start(Options::default(), |_| {}).await.unwrap();
            let leases = PlayedLeases::new(play_all(&net, &STORIES).await).unwrap();
            let around_votes = play_all(&net, &VOTES).await;
            let votes = net.finish_votes(&leases, around_votes, |_| {}).await.unwrap();
            net.set_scene().await.unwrap();
            check_scene(&net).await;
            (leases, votes)
        });
        check_leases(&played);
        check_votes(&played, &votes);
    }

    async fn play_all(net: &Localnet, stories: &[Story]) -> Vec<PlayedLease> {
        let mut leases = Vec::new();
        for story in stories {
            leases.push(net.play(story, |_| {}).await.unwrap());
        }
        leases
    }

    #[test]
    fn the_page_makes_the_same_key_for_credentials() {
        let page = include_str!("../../../app/src/access/access.ts");
        assert!(page.contains(ACCESS_TEXT));
    }

    async fn check_scene(net: &Localnet) {
        let renter = net.wallets.renter.pubkey();
        let mut leases = net.client.leases_of_renter(&renter).await.unwrap();
        leases.sort_by_key(|lease| lease.opened_at);
        let states = leases.iter().map(|lease| (lease.state.into(), lease.payer == renter));
        assert_eq!(
            states.collect::<Vec<_>>(),
            [(LeaseState::Active, true), (LeaseState::Active, false), (LeaseState::Pending, true)]
        );
        let now = net.now().await.unwrap();
        let is_open =
            |lease: &Lease| lease.meter.latest.submitted.time + i64::from(lease.terms.challenge_window) > now;
        // The provider of the first can collect, the renter of the second can dispute.
        let claims = leases.iter().map(|lease| is_open(lease));
        assert_eq!(claims.collect::<Vec<_>>(), [false, true, false]);
        let proposals = net.client.proposals().await.unwrap();
        let states = proposals.iter().take(2).map(|proposal| ProposalState::from(proposal.state));
        assert_eq!(states.collect::<Vec<_>>(), [ProposalState::Voting, ProposalState::Passed]);
    }

    fn check_leases(played: &PlayedLeases) {
        let [clean, others @ ..] = &played.leases[..] else { panic!("no lease was played") };
        assert_eq!((clean.accepted, clean.credit), (clean.capacity, 0));
        let figures = others.iter().map(|lease| (lease.name, lease.promised, lease.accepted, lease.credit));
        assert_eq!(
            figures.collect::<Vec<_>>(),
            [
                // Promised are 99.9 % of 12, 24 and 48 GPU-hours; a missing one costs twice its price of 2.49.
                ("downtime", 43_156, 42_300, 1_184_132),
                ("disputed", 86_313, 79_200, 9_839_650),
                // The missing 44 GPU-hours are worth more than the whole bond of two hours.
                ("abandoned", 172_627, 14_400, 9_960_000),
            ]
        );
        let total = &played.total.tokens;
        // A tenth of the three disputed GPU-hours.
        assert_eq!(total.row(Party::Arbiter, Flow::ArbiterFee), 747_000);
        // What the operator put up comes back to the bond account, less the credit of the downtime.
        let bonds = [Flow::Bond, Flow::BondBack].map(|flow| total.row(Party::BondAccount, flow));
        assert_eq!(bonds, [-9_960_000, 9_960_000 - 1_184_132]);
        let credits: u64 = played.leases.iter().map(|lease| lease.credit).sum();
        assert_eq!(total.row(Party::Vault, Flow::Credit), -i128::from(credits));
    }

    fn check_votes(played: &PlayedLeases, votes: &PlayedVotes) {
        let figures = votes.leases.iter().map(|lease| {
            let tokens = &lease.ledger.tokens;
            (lease.name, tokens.row(Party::FeeVault, Flow::Fee), tokens.row(Party::Provider, Flow::PaidOut))
        });
        assert_eq!(
            figures.collect::<Vec<_>>(),
            // 480 GPU-hours at 0.86 are 412.80: 1 % and 1.25 % of it.
            // 8 are 6.88.
            [
                ("second month", 68_800, 6_811_200),
                ("third month", 68_800, 6_811_200),
                ("before", 4_128_000, 408_672_000),
                ("after", 5_160_000, 407_640_000)
            ]
        );
        let states = votes.proposals.iter().map(|proposal| ProposalState::from(proposal.state));
        assert_eq!(
            states.collect::<Vec<_>>(),
            // All fees are more than there are: the withdrawal goes on until its window is over.
            [ProposalState::Executed, ProposalState::Failed, ProposalState::Passed]
        );
        let [rise, second_rise, withdrawal] = &votes.proposals[..] else { panic!("three were proposed") };
        let cast = |tally: &Tally| (tally.votes_for, tally.votes_against);
        // The owner's vote counts, not the delegate's.
        assert_eq!(cast(&rise.tokens), (400_000_000_000, 300_000_000_000));
        assert_eq!(cast(&second_rise.tokens), (700_000_000_000, 0));
        // Renter and provider weigh the same: a fee is paid by both.
        assert_eq!((rise.participants.votes_against, second_rise.participants.votes_for), (0, 0));
        // Three times the smallest month.
        assert_eq!(rise.participants.votes_for, 3 * 68_800);
        assert_eq!(second_rise.participants.votes_against, 2 * rise.participants.votes_for);
        assert_eq!(second_rise.participants.votes_against, second_rise.participants.electorate);
        assert_eq!(withdrawal.participants, Tally::default());

        let total = &votes.total.tokens;
        let fees = total.row(Party::FeeVault, Flow::Fee);
        assert_eq!(total.row(Party::Treasury, Flow::Withdrawal), fees);
        let of_stories = played.total.tokens.row(Party::FeeVault, Flow::Fee);
        assert_eq!(fees, 2 * 68_800 + 4_128_000 + 5_160_000 + of_stories);
    }
}
