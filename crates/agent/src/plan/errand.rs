//! What the signer is asked for about a lease that has started.

use gpu_lease_client::evidence::MINUTE;
use gpu_lease_client::math::gross_floor;
use gpu_lease_client::outlook::{LeaseAct, lease_deeds};
use gpu_lease_client::state::{Lease, Moment};

use super::policy::Policy;
use super::revival;
use super::window::falls_due;
use crate::meter::Record;
use crate::signer::{CoSignature, CoSigned, Signed};

/// Seconds for which a lease that is over is waited for to be observed to its end before what there is is stated.
const LATEST: i64 = 60;

/// Seconds after the end of a window until which a guard can answer its draft. Then it is claimed without it.
pub const ANSWER: i64 = 30;

/// Seconds after which a guard that has answered nothing has fallen silent, and what it co-signed last lands.
const SILENCE: i64 = 300;

/// Something about a lease that takes a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// State what was delivered.
    State {
        /// That.
        usage: Signed,
        /// Signatures of the renter's side and of the verifier, as far as there are any.
        by: Vec<CoSignature>,
    },
    /// Collect what is due.
    Settle,
    /// Close it.
    Close,
    /// Sign that it grows, as its renter has: the transaction.
    Grow(String),
    /// Leave it, since nobody pays for it.
    Leave,
    /// Give GPUs back to its offer that it does not need any more.
    ReleaseGpus,
}

impl Errand {
    /// Its name in metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::State { .. } => "state",
            Self::Settle => "settle",
            Self::Close => "close",
            Self::Grow(_) => "grow",
            Self::Leave => "leave",
            Self::ReleaseGpus => "release_gpus",
        }
    }
}

/// What the renter's side has said about drafts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard<'a> {
    /// The newest that it co-signed.
    pub co_signed: Option<&'a CoSigned>,
    /// What the verifier has signed, the newest last.
    pub verified: &'a [CoSigned],
    /// Whether it asks for them.
    pub asks: bool,
}

impl Heard<'_> {
    /// What was co-signed, if it counts for `lease`: keys can be taken back.
    fn valid(&self, lease: &Lease) -> Option<&CoSigned> {
        self.co_signed.filter(|co_signed| co_signed.by.counts_for(lease))
    }

    /// The verifier's signature over `usage`: nothing if there is none, and `None` where one is needed and missing.
    fn verification(&self, lease: &Lease, usage: &Signed) -> Option<Option<&CoSignature>> {
        let theirs = self.verified.iter().find(|it| it.usage == *usage && it.by.is_verifiers(lease));
        match theirs {
            Some(verified) => Some(Some(&verified.by)),
            None => (lease.terms.verifier == Default::default()).then_some(None),
        }
    }

    /// Whether there is a guard to wait for.
    fn is_guarded(&self, lease: &Lease) -> bool {
        lease.session_key != Default::default() && (self.asks || self.valid(lease).is_some())
    }
}

/// What is due at `now`, if anything. `record` is what was delivered.
pub fn next_errand(
    lease: &Lease,
    record: &Record,
    heard: Heard,
    policy: &Policy,
    now: i64,
) -> Option<Errand> {
    statement(lease, record, heard, policy, now).or_else(|| collection(lease, policy, now))
}

/// What would be stated now, for the renter's side to co-sign: up to the newest full minute, or to the end.
pub fn draft(lease: &Lease, record: &Record, now: i64) -> Option<Signed> {
    let (newest, is_last) = newest_window(lease, record, now);
    let usage = unbound_window(lease, record, newest, is_last).map(|it| figures(lease, record, it));
    usage.filter(|usage| lands(lease, usage, true, now))
}

/// The draft up to `window_end`, if there was one, or will have been.
pub fn draft_of(lease: &Lease, record: &Record, window_end: i64, now: i64) -> Option<Signed> {
    let (newest, _) = newest_window(lease, record, now);
    let was_drafted = window_end == newest || window_end < newest && window_end.rem_euclid(MINUTE) == 0;
    (was_drafted && window_end > record.start()).then(|| figures(lease, record, window_end))
}

/// The newest moment up to which it can be stated what was delivered, and whether nothing comes after it.
fn newest_window(lease: &Lease, record: &Record, now: i64) -> (i64, bool) {
    let known = record.until().min(now).min(lease.ends_at);
    let is_last = known == lease.ends_at || now >= lease.ends_at.saturating_add(LATEST);
    (if is_last { known } else { known - known.rem_euclid(MINUTE) }, is_last)
}

/// The same, so that it binds the provider to no top-up after which nothing was delivered. The last one can end with the top-up.
fn unbound_window(lease: &Lease, record: &Record, window_end: i64, is_last: bool) -> Option<i64> {
    match is_last {
        true => revival::window(&lease.meter, record, window_end),
        false => Some(window_end).filter(|it| revival::has_come_back(&lease.meter, record, *it)),
    }
}

fn figures(lease: &Lease, record: &Record, window_end: i64) -> Signed {
    Signed {
        window_end,
        units: record.units(window_end).min(lease.meter.capacity(window_end)),
        energy_wh: record.energy_wh(window_end).max(lease.meter.energy_wh),
        evidence: record.evidence(window_end),
    }
}

/// Whether the chain takes it, by the program's own rules: it says something new and nothing less, of a lease that is active,
/// until its grace hour is over, and after a top-up that made it run again.
fn lands(lease: &Lease, usage: &Signed, is_co_signed: bool, now: i64) -> bool {
    let mut after = *lease;
    after.attest(&usage.into(), is_co_signed, Moment::by_clock(now)).is_ok()
}

/// A statement that ought to land.
///
/// One lands at each third of the heartbeat, one at the end, and one when more money than `risk_limit` has not landed. It is
/// what was co-signed, if that reaches so far; otherwise a claim, when the guard was waited for; and before any claim what
/// was co-signed below it. That lands, too, when the guard has fallen silent.
fn statement(lease: &Lease, record: &Record, heard: Heard, policy: &Policy, now: i64) -> Option<Errand> {
    let (newest, is_last) = newest_window(lease, record, now);
    let of = |window_end| figures(lease, record, window_end);
    let limit = policy.risk_limit(&lease.terms.mint);
    let is_at_risk = |units: u64| {
        let unlanded = units.saturating_sub(lease.meter.latest.units);
        gross_floor(unlanded, lease.terms.price) > u128::from(limit)
    };
    let due = falls_due(lease, newest);
    let wanted = match is_last {
        true => Some(newest),
        false if due > lease.meter.window_end => Some(due),
        false => is_at_risk(of(newest).units).then_some(newest),
    };
    // It lands before anything asks for it, too: if it is worth much, or nobody has signed anything later for long.
    let is_ripe = |usage: &Signed| {
        let reaches_it = wanted.is_some_and(|wanted| usage.window_end >= wanted);
        reaches_it || now >= usage.window_end.saturating_add(SILENCE) || is_at_risk(usage.units)
    };
    let claim = match lease.terms.verifier == Default::default() {
        true => {
            // Where a top-up came in front of the moment that was due, the next full minute does.
            let claims = wanted.into_iter().chain(wanted.map(|_| newest));
            let mut claims = claims.filter_map(|it| unbound_window(lease, record, it, is_last)).map(of);
            claims.find(|usage| lands(lease, usage, false, now))
        }
        // Of what the verifier has not signed nothing lands.
        false => {
            let verified = heard.verified.iter().rev().map(|verified| &verified.usage);
            let mut ripe = verified.filter(|usage| is_ripe(usage) && lands(lease, usage, false, now));
            ripe.next().cloned()
        }
    };
    let is_answered_late = |usage: &Signed| now >= usage.window_end.saturating_add(ANSWER);
    let claim = claim.filter(|usage| !heard.is_guarded(lease) || is_answered_late(usage));
    let errand = |usage: &Signed, by: Option<&CoSignature>| {
        let verifiers = heard.verification(lease, usage)?;
        // One key may be both.
        let mut by: Vec<_> = by.into_iter().chain(verifiers).cloned().collect();
        by.dedup();
        Some(Errand::State { usage: usage.clone(), by })
    };
    if let Some(CoSigned { usage, by }) = heard.valid(lease)
        && lands(lease, usage, true, now)
        && (claim.is_some() || is_ripe(usage))
        && let Some(errand) = errand(usage, Some(by))
    {
        return Some(errand);
    }
    claim.and_then(|usage| errand(&usage, None))
}

/// Money that can be had. What a settlement is not worth, the close pays.
fn collection(lease: &Lease, policy: &Policy, now: i64) -> Option<Errand> {
    let worth = policy.worth_settling(&lease.terms.mint);
    lease_deeds(lease, now).into_iter().find_map(|deed| match deed.act {
        LeaseAct::Close { .. } => Some(Errand::Close),
        LeaseAct::Settle { due } if due >= worth => Some(Errand::Settle),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
