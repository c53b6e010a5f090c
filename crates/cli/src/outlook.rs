//! What would become of a lease. The program's own rules are asked, on a copy of it.

use gpu_lease_client::{
    Error,
    explain::rehearse,
    state::{ArbiterFee, Closing, Lease, LeaseState, Meter, Phase},
};
use serde::Serialize;

/// Whether the program would let it happen.
macro_rules! can {
    ($lease:ident . $rule:ident ( $($argument:expr),* )) => {
        rehearse($lease, |lease| lease.$rule($($argument),*)).is_ok()
    };
}

/// A lease whose dispute is over, and how it closes.
pub struct Resolved {
    /// Units that count.
    pub units: u64,
    /// What the arbiter is paid.
    pub fee: ArbiterFee,
    /// How the vault is divided at the close.
    pub closing: Closing,
}

/// Something that somebody can do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Who.
    pub who: &'static str,
    /// With which command.
    pub command: &'static str,
    /// What for.
    #[serde(skip)]
    pub why: &'static str,
}

/// What `units` of a lease are worth, base units: their price, as far as the deposit covers it.
pub fn worth(lease: &Lease, units: u64) -> u64 {
    Lease { meter: Meter { accepted: units, ..lease.meter }, ..*lease }.payable()
}

/// GPUs that a lease uses at `now`; a shrink frees them when its notice is over.
pub fn gpus_in_use(lease: &Lease, now: i64) -> u32 {
    match now < lease.meter.segment_start {
        true => lease.meter.previous_gpus,
        false => lease.meter.gpus,
    }
}

/// A disputed lease for which the arbiter finds `units`.
pub fn resolved(lease: &Lease, units: u64, now: i64) -> Result<Resolved, Error> {
    let (after, fee) = rehearse(lease, |lease| lease.resolve(units, now))?;
    closed(&after, fee, now)
}

/// A disputed lease that the arbiter does not decide.
pub fn timed_out(lease: &Lease) -> Result<Resolved, Error> {
    let later = lease.dispute.deadline.saturating_add(1);
    let (after, _) = rehearse(lease, |lease| lease.resolve_by_timeout(later))?;
    closed(&after, ArbiterFee::default(), later)
}

fn closed(lease: &Lease, fee: ArbiterFee, now: i64) -> Result<Resolved, Error> {
    let (_, closing) = rehearse(lease, |lease| lease.finish(lease.owed()?, false, now))?;
    Ok(Resolved { units: lease.meter.accepted, fee, closing })
}

/// What can be done with a lease at `now`, and by whom.
pub fn steps(lease: &Lease, now: i64) -> Vec<Step> {
    let phase = lease.phase(now);
    let (is_running, state) =
        (matches!(phase, Phase::Running | Phase::Exhausted), LeaseState::from(lease.state));
    let mut steps = Vec::new();
    let mut offer = |is_possible: bool, who, command, why| {
        if is_possible {
            steps.push(Step { who, command, why });
        }
    };
    match state {
        LeaseState::Pending => {
            let in_time = now <= lease.start_deadline;
            offer(in_time, "provider", "lease start", "begins it and puts up the bond");
            offer(in_time, "renter", "lease cancel", "takes the deposit back");
            offer(!in_time, "anyone", "lease cancel", "sends the deposit back");
            offer(true, "anyone", "lease top-up", "adds to the deposit");
        }
        LeaseState::Active => {
            let longest = lease.terms.max_duration;
            let other = gpus_in_use(lease, now).saturating_add(1);
            // Whoever is not the renter stands for the provider's wallet, which the lease does not name.
            let provider = lease.provider;
            let ends_sooner = |party| {
                let given = rehearse(lease, |lease| lease.terminate(&party, &provider, now));
                given.is_ok_and(|(after, ())| after.ends_at < lease.ends_at)
            };
            let is_open = phase != Phase::Closable;
            offer(is_open, "attestor", "attest sign", "states what was delivered");
            offer(is_running, "anyone", "lease top-up", "pays for more");
            offer(can!(lease.extend(longest, now)), "renter", "lease extend", "runs longer");
            offer(can!(lease.resize(other, now)), "renter", "lease resize", "changes the number of GPUs");
            offer(
                can_dispute(lease, now),
                "renter",
                "dispute open",
                "refuses what is claimed; the arbiter decides",
            );
            offer(ends_sooner(lease.renter), "renter", "lease terminate", "gives notice");
            offer(ends_sooner(provider), "provider", "lease terminate", "gives notice");
            offer(
                can!(lease.expire(now)),
                "anyone",
                "lease expire",
                "ends it where the provider fell silent",
            );
            offer(is_open, "both", "lease close --together", "ends it at once and accepts what is claimed");
        }
        LeaseState::Disputed => {
            let figure = lease.dispute.renter_units;
            let in_time = can!(lease.resolve(figure, now));
            let too_late = can!(lease.resolve_by_timeout(now));
            offer(in_time, "arbiter", "arbiter resolve", "decides between the two figures");
            offer(too_late, "anyone", "dispute timeout", "lets the midpoint count");
        }
        LeaseState::Resolved => {}
    }
    let freed = rehearse(lease, |lease| lease.release_gpus(now)).is_ok_and(|(_, (gpus, _))| gpus > 0);
    offer(
        lease.claimable(now) > 0 && phase != Phase::Closable,
        "anyone",
        "settle",
        "pays the provider what is due",
    );
    offer(freed && phase != Phase::Closable, "anyone", "lease release", "gives GPUs back to the offer");
    offer(phase == Phase::Closable, "anyone", "lease close", "divides what is in the vault");
    steps
}

fn can_dispute(lease: &Lease, now: i64) -> bool {
    let mut matured = *lease;
    matured.meter.mature(lease.terms.challenge_window, now);
    can!(lease.dispute(matured.meter.accepted, now))
}
