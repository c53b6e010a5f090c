//! How a lease stands, and what a change of it would come to.

use crate::json::{Bytes, Exactly, Key, sentence};
use bytemuck::Zeroable;
use gpu_lease_client::{
    Error,
    constants::ATTESTATION_GRACE,
    outlook::{self, rehearse},
    state::{
        self, Agreed, Closing, Lease, LeaseState, Ledger, Meter, Moment, Phase, Provider, ProviderRole, Seen,
    },
    text,
};
use serde::{Deserialize, Serialize};

/// Something that somebody can do next.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Who: `renter`, `provider`, `attestor`, `arbiter`, `both` or `anyone`; for proposals `token holders`,
    /// `participants`, `proposer`, `voters` or `anyone`.
    pub who: &'static str,
    /// What, by the command line's name for it.
    pub command: &'static str,
    /// What for.
    pub why: &'static str,
}

impl From<outlook::Step> for Step {
    fn from(outlook::Step { who, command, why }: outlook::Step) -> Self {
        Self { who, command, why }
    }
}

/// How a lease stands. Times are unix seconds.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LeaseOutlook {
    /// Where it stands.
    #[cfg_attr(test, ts(type = "LeasePhase"))]
    pub phase: &'static str,
    /// What the phase means, and who can do what next.
    pub words: &'static str,
    /// GPUs that it uses now.
    pub gpus_in_use: u32,
    /// A shrink whose notice runs.
    pub resize: Option<Resize>,
    /// When the deposit is used up if every GPU delivers every second, never after the end; 0 before the start.
    pub funded_until: i64,
    /// When the deposit is used up if usage goes on as it was on average, never after the end; `null` if there was
    /// none yet, or it is over.
    pub used_up_at: Option<i64>,
    /// When it ends; 0 before the start.
    pub ends_at: i64,
    /// Why it ends, in words: `completed`, `renter notice`, …
    pub end_reason: &'static str,
    /// Until when attestations may still land; 0 before the start.
    pub grace_ends_at: i64,
    /// When the claim matures whose challenge window runs.
    pub claim_matures_at: Option<i64>,
    /// From when on the renter's side may expire it if nothing more is attested; anybody may three days later.
    pub expirable_from: Option<i64>,
    /// What it delivers.
    pub usage: UsageOutlook,
    /// What it costs.
    pub money: MoneyOutlook,
    /// How the vault would be divided if it was closed now, with everything accepted that is claimed; in a dispute,
    /// that the renter admits.
    pub if_closed: Division,
    /// What is or was disputed.
    pub dispute: Option<DisputeFigures>,
    /// Who can do what.
    pub steps: Vec<Step>,
}

/// A number of GPUs, and from when on.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Resize {
    /// GPUs.
    pub gpus: u32,
    /// Unix seconds.
    pub from: i64,
}

/// GPU-seconds since the start.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct UsageOutlook {
    /// What the GPUs can have delivered so far.
    pub capacity: u64,
    /// What the SLA promises of it.
    pub promised: u64,
    /// Final.
    pub accepted: u64,
    /// Attested, `accepted` included.
    pub claimed: u64,
    /// Capacity that no deposit funded when it passed.
    pub excused: u64,
}

/// Base units.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MoneyOutlook {
    /// Paid in for the renter.
    pub deposited: u64,
    /// Released so far, fees included.
    pub paid: u64,
    /// Part of `paid` that the provider got.
    pub payout: u64,
    /// Part of `paid` that is the protocol's.
    pub fees: u64,
    /// What a settlement would release now, fees included.
    pub payable: u64,
    /// Part of `payable` that the provider would get.
    pub payable_payout: u64,
    /// What is claimed or disputed and not final.
    pub in_challenge: u64,
    /// What the deposit gives back if nothing more is delivered than is claimed.
    pub refundable: u64,
    /// The provider's bond.
    pub bond: u64,
    /// Set aside for the arbiter by the renter's side.
    pub stake: u64,
}

/// How a vault is divided at the close, base units.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Division {
    /// Still to the provider.
    pub payout: u64,
    /// All fees of the lease.
    pub fees: u64,
    /// Bond that returns to the provider.
    pub bond: u64,
    /// Part of the bond that goes to the payer for missing units.
    pub credit: u64,
    /// To the payer, the credit not counted.
    pub refund: u64,
}

impl From<Closing> for Division {
    fn from(Closing { payout, fees, bond, credit, refund, promised: _ }: Closing) -> Self {
        Self { payout, fees, bond, credit, refund }
    }
}

/// What is disputed.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DisputeFigures {
    /// GPU-seconds that the renter admits.
    pub renter_units: u64,
    /// GPU-seconds that the provider claims.
    pub provider_units: u64,
    /// Money between the two figures, base units.
    pub in_dispute: u64,
    /// Until when the arbiter may decide, unix seconds.
    pub deadline: i64,
}

/// A lease at a moment.
#[derive(Deserialize)]
pub struct At {
    lease: Bytes,
    now: Exactly<i64>,
}

/// See [`LeaseOutlook`].
pub fn outlook(At { lease, now }: &At) -> Result<LeaseOutlook, Error> {
    Ok(LeaseOutlook::of(&lease.account()?, now.0))
}

impl LeaseOutlook {
    /// How `lease` stands at `now`, unix seconds.
    pub fn of(lease: &Lease, now: i64) -> Self {
        let phase = lease.phase(Moment::by_clock(now));
        let is_running = matches!(phase, Phase::Running | Phase::Exhausted);
        let is_active = lease.state == LeaseState::Active;
        let is_started = phase != Phase::Pending;
        let matured = outlook::matured(lease, now);
        let meter = &matured.meter;
        let claim_matures_at =
            meter.maturing.submitted.time.saturating_add(lease.terms.challenge_window.into());
        Self {
            phase: outlook::phase_name(phase),
            words: outlook::phase_words(lease, now),
            gpus_in_use: if is_running { outlook::gpus_in_use(lease, now) } else { 0 },
            resize: (is_running && now < meter.segment_start)
                .then_some(Resize { gpus: meter.gpus, from: meter.segment_start }),
            funded_until: if is_started { lease.funded_until() } else { 0 },
            used_up_at: if is_running { outlook::used_up_at(lease) } else { None },
            ends_at: lease.ends_at,
            end_reason: text::end_reason(lease.end_reason.0.into()),
            grace_ends_at: match is_started {
                true => lease.ends_at.saturating_add_unsigned(ATTESTATION_GRACE),
                false => 0,
            },
            claim_matures_at: (is_active && meter.has_open_claim()).then_some(claim_matures_at),
            expirable_from: outlook::expirable_from(lease),
            usage: UsageOutlook::of(&matured, now),
            money: MoneyOutlook::of(&matured, now),
            if_closed: division(lease, now),
            dispute: (lease.dispute.opened.time > 0).then(|| DisputeFigures {
                renter_units: lease.dispute.renter_units,
                provider_units: lease.dispute.provider_units,
                in_dispute: outlook::in_dispute(lease),
                deadline: lease.dispute.deadline(),
            }),
            steps: outlook::steps(lease, now).into_iter().map(Step::from).collect(),
        }
    }
}

/// Units that are stated, accepted or not.
fn claimed(lease: &Lease) -> u64 {
    match lease.state == LeaseState::Disputed {
        true => lease.dispute.provider_units,
        false => lease.meter.latest.units.max(lease.meter.accepted),
    }
}

impl UsageOutlook {
    fn of(lease: &Lease, now: i64) -> Self {
        let Meter { accepted, excused, .. } = lease.meter;
        let so_far = |end: i64| now.min(end).max(lease.started_at);
        let promised_until = so_far(lease.promised_until);
        let fundable = lease.fundable(promised_until.max(lease.meter.window_end));
        Self {
            capacity: lease.meter.capacity(so_far(lease.ends_at)),
            promised: lease.terms.promised_units_floor(fundable),
            accepted,
            claimed: claimed(lease),
            excused,
        }
    }
}

impl MoneyOutlook {
    fn of(lease: &Lease, now: i64) -> Self {
        let Ledger { deposited, released, fees, bond, stake, .. } = lease.ledger;
        let moment = Moment::by_clock(now);
        let claimed = outlook::worth(lease, claimed(lease));
        let settlement = rehearse(lease, |lease| lease.settle(moment)).map(|(_, settlement)| settlement);
        Self {
            deposited,
            paid: released,
            payout: released.saturating_sub(fees),
            fees,
            payable: lease.due(moment),
            payable_payout: settlement.map_or(0, |settlement| settlement.payout),
            in_challenge: claimed.saturating_sub(lease.earned()),
            refundable: deposited.saturating_sub(claimed),
            bond,
            stake,
        }
    }
}

fn division(lease: &Lease, now: i64) -> Division {
    match lease.state == LeaseState::Pending {
        true => Division { refund: lease.ledger.deposited, ..Division::default() },
        false => outlook::closed_now(lease, now).map(Division::from).unwrap_or_default(),
    }
}

/// Somebody's key, and a lease with its provider.
#[derive(Deserialize)]
pub struct Somebody {
    lease: Bytes,
    provider: Bytes,
    key: Key,
}

/// What a key is in a lease; several things where parties share it.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Roles {
    /// The wallet that uses the GPUs.
    pub renter: bool,
    /// The wallet that gets what is left.
    pub payer: bool,
    /// Accepts usage by its signature, disputes, gives notice and expires: the renter, or its session key.
    pub guard: bool,
    /// The provider's wallet.
    pub provider: bool,
    /// The provider's operator.
    pub operator: bool,
    /// Decides disputes.
    pub arbiter: bool,
}

/// See [`Roles`].
pub fn roles(Somebody { lease, provider, key: Key(key) }: &Somebody) -> Result<Roles, Error> {
    let (lease, provider) = (lease.account::<Lease>()?, provider.account::<Provider>()?);
    let role = provider.role_of(key).ok();
    Ok(Roles {
        renter: lease.renter == *key,
        payer: lease.payer == *key,
        guard: lease.is_of_renter(key),
        provider: role == Some(ProviderRole::Authority),
        operator: role == Some(ProviderRole::Operator),
        arbiter: lease.arbiter == *key,
    })
}

/// How both parties would divide a vault: GPU-seconds that are paid for in all, and base units of the bond.
#[derive(Deserialize)]
pub struct Agreement {
    lease: Bytes,
    units: Exactly<u64>,
    credit: Exactly<u64>,
    now: Exactly<i64>,
}

/// What an agreement of both parties comes to.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AgreedOutcome {
    /// Why it would be refused.
    pub refusal: Option<String>,
    /// How the vault is divided, unless it is refused.
    pub division: Option<Division>,
}

/// See [`AgreedOutcome`].
pub fn agree(Agreement { lease, units, credit, now }: &Agreement) -> Result<AgreedOutcome, Error> {
    let agreed = Agreed { seen: Seen::default(), units: units.0, credit: credit.0 };
    let closed = rehearse(&lease.account::<Lease>()?, |lease| {
        lease.close(lease.owed()?, Some(&agreed), Moment::by_clock(now.0))
    });
    Ok(AgreedOutcome {
        refusal: closed.as_ref().err().map(sentence),
        division: closed.ok().map(|(_, closing)| closing.into()),
    })
}

/// A lease, and units of it.
#[derive(Deserialize)]
pub struct Units {
    lease: Bytes,
    units: Exactly<u64>,
}

/// What units of a lease are worth, base units, as far as the deposit covers them.
pub fn worth(Units { lease, units }: &Units) -> Result<u64, Error> {
    Ok(outlook::worth(&lease.account()?, units.0))
}

/// A lease, and a moment in it.
#[derive(Deserialize)]
pub struct Time {
    lease: Bytes,
    time: Exactly<i64>,
}

/// GPU-seconds that a lease's GPUs can have delivered until then.
pub fn capacity(Time { lease, time }: &Time) -> Result<u64, Error> {
    Ok(lease.account::<Lease>()?.meter.capacity(time.0))
}

/// A change that somebody has in mind.
#[derive(Deserialize)]
pub struct Change {
    lease: Bytes,
    now: Exactly<i64>,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(tag = "change", rename_all = "camelCase")]
enum Kind {
    Start,
    TopUp { amount: Exactly<u64> },
    Extend { duration: u32 },
    Resize { gpus: u32 },
    Terminate { party: Key, provider: Bytes },
    Expire,
}

/// What a change of a lease would come to.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LeaseEffect {
    /// Why it would be refused.
    pub refusal: Option<String>,
    /// The lease after it.
    pub after: Option<LeaseOutlook>,
    /// Bond that the provider adds, base units.
    pub bond: u64,
}

/// See [`LeaseEffect`].
pub fn effect(Change { lease, now, kind }: &Change) -> Result<LeaseEffect, Error> {
    let (now, moment) = (now.0, Moment::by_clock(now.0));
    let provider = match kind {
        Kind::Terminate { provider, .. } => provider.account()?,
        _ => Provider::zeroed(),
    };
    let changed = rehearse(&lease.account::<Lease>()?, |lease| match kind {
        Kind::Start => lease.start([0; 32], false, moment),
        Kind::TopUp { amount } => lease.top_up(amount.0, i64::MIN, moment).map(|()| 0),
        Kind::Extend { duration } => lease.extend(lease.meter.gpus, *duration, moment).map(|()| 0),
        Kind::Resize { gpus } => {
            let change = state::Resize { duration: lease.duration, from: lease.meter.gpus, to: *gpus };
            lease.resize(&change, false, now).map(|(_, bond)| bond)
        }
        Kind::Terminate { party, .. } => lease.terminate(&party.0, &provider, i64::MAX, moment).map(|()| 0),
        Kind::Expire => lease.expire(lease.meter.window_end, true, moment).map(|_| 0),
    });
    Ok(match changed {
        Ok((after, bond)) => LeaseEffect { refusal: None, after: Some(LeaseOutlook::of(&after, now)), bond },
        Err(error) => LeaseEffect { refusal: Some(sentence(&error)), after: None, bond: 0 },
    })
}
