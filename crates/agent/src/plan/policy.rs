//! Which leases this machine takes on.

use std::collections::{BTreeMap, BTreeSet};

use gpu_lease_client::access;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::state::LeaseState;
use gpu_lease_runtime::{Limits, Spec};
use serde::{Deserialize, Serialize};
use solana_address::Address;

/// How the UUIDs of cards begin that there are only in the configuration.
pub const SIMULATED: &str = "GPU-simulated-";

/// The variable by which a lease is told of them.
const SIMULATED_CARDS: &str = "GPU_LEASE_SIMULATED_CARDS";

/// What a provider has decided about this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The offers that it serves, by address, and what their leases get.
    pub offers: BTreeMap<String, Served>,
    /// Renters that are served; all if it is empty.
    pub allowed: BTreeSet<String>,
    /// Renters that are not.
    pub refused: BTreeSet<String>,
    /// Leases that one renter may have here at a time.
    pub leases_per_renter: usize,
    /// Renters whose leases hold cards here at a time: they share a kernel and a driver.
    pub renters_at_once: usize,
    /// The largest bond, in percent of the deposit: a renter risks the deposit, the provider the bond.
    pub most_bond_percent: u64,
    /// Seconds that have to be left before the start deadline when a lease is taken on.
    pub least_notice: u32,
    /// Seconds for which the workspace can be read after the end.
    pub grace: u32,
    /// Seconds after which a lease is left that nobody pays for, or that was paid for again and cannot be served.
    pub leave_after: u32,
    /// Repositories whose images a renter may launch; those that begin so, where a star is at the end.
    pub images: BTreeSet<String>,
    /// Seconds from its opening for which a lease with a session key waits for what is launched.
    pub launch_wait: u32,
    /// Money that a settlement has to bring, base units by mint; without an entry [`WORTH_SETTLING`].
    pub worth_settling: BTreeMap<String, u64>,
    /// Money of a lease that may be delivered without a statement of it on chain, base units by mint; without an entry
    /// [`RISK_LIMIT`].
    pub risk_limit: BTreeMap<String, u64>,
    /// Bonds that the leases of one renter may hold here, base units by mint; without an entry any.
    pub bond_per_renter: BTreeMap<String, u64>,
}

/// Base units that a settlement has to bring where nothing else is said: one token of a mint with six decimals, about two
/// thousand times what the transaction costs.
pub const WORTH_SETTLING: u64 = 1_000_000;

/// Base units that may wait for a statement where nothing else is said: ten tokens of a mint with six decimals.
pub const RISK_LIMIT: u64 = 10_000_000;

/// What leases of an offer get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The image.
    pub image: String,
    /// What each GPU brings with it of the rest of the machine.
    pub limits: Limits,
}

impl Served {
    /// What a lease with these cards is given; without any, one that is only read from.
    pub fn spec(&self, cards: &[String]) -> Spec {
        let of = u64::try_from(cards.len().max(1)).unwrap_or(u64::MAX);
        let limits = Limits {
            millicores: self.limits.millicores.saturating_mul(of),
            memory: self.limits.memory.saturating_mul(of),
            shared_memory: self.limits.shared_memory.saturating_mul(of),
            processes: self.limits.processes.saturating_mul(u32::try_from(of).unwrap_or(u32::MAX)),
            disk: self.limits.disk.map(|disk| disk.saturating_mul(of)),
        };
        let (simulated, cards): (Vec<_>, Vec<_>) =
            cards.iter().cloned().partition(|card| card.starts_with(SIMULATED));
        // No engine has them to give.
        let env = match simulated.is_empty() {
            true => BTreeMap::new(),
            false => [(SIMULATED_CARDS.to_owned(), simulated.join(","))].into(),
        };
        Spec { image: self.image.clone(), cards, env, limits }
    }
}

/// What there is, when a lease asks to be taken on.
#[derive(Clone, Debug)]
pub struct Means {
    /// Sound cards that no lease has.
    pub free_cards: usize,
    /// What the bond account holds, base units of the lease's mint; `None` if it is not known.
    pub bond_account: Option<u64>,
    /// Leases that this renter has here already.
    pub leases_of_renter: usize,
    /// Others who have some.
    pub other_renters: usize,
    /// What their bonds are, base units of the lease's mint; `None` if it is not known of all of them.
    pub bonds_of_renter: Option<u64>,
    /// Whether the provider works on the machine.
    pub is_maintained: bool,
}

/// Why a lease is not taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// Of another offer.
    #[error("this machine does not serve the offer")]
    NotServed,
    /// Started, or over.
    #[error("the lease does not wait for a start")]
    NotPending,
    /// The provider works on the machine.
    #[error("maintenance is announced: `gpu-lease-agent maintenance stop` ends it")]
    Maintenance,
    /// Too late.
    #[error("too little time is left before its start deadline")]
    TooLate,
    /// The provider will not serve the renter.
    #[error("this renter is not served")]
    Renter,
    /// The renter has enough of them.
    #[error("this renter has as many leases here as one may have")]
    TooMany,
    /// Others are served.
    #[error("the machine serves as many renters at a time as `renters_at_once` lets it")]
    OtherRenters,
    /// Not enough cards.
    #[error("not enough sound cards are free")]
    NoCards,
    /// The provider has no operator.
    #[error("the provider has no operator: name one with `gpu-lease provider update`")]
    NoOperator,
    /// The bond is too large.
    #[error("its bond is too large for its deposit")]
    LargeBond,
    /// The renter's leases hold enough bonds, or it is not known how much.
    #[error("with its bond the leases of this renter would hold more than `bond_per_renter`")]
    RenterBonds,
    /// The bond account is too empty, or could not be read.
    #[error("the bond account does not hold its bond")]
    NoBond,
    /// Nobody can be sent credentials.
    #[error("its access key is one that everybody can open")]
    WeakKey,
}

impl Policy {
    /// Money that a settlement has to bring, base units of `mint`.
    pub fn worth_settling(&self, mint: &Address) -> u64 {
        self.worth_settling.get(&mint.to_string()).copied().unwrap_or(WORTH_SETTLING)
    }

    /// Money that may wait for a statement, base units of `mint`.
    pub fn risk_limit(&self, mint: &Address) -> u64 {
        self.risk_limit.get(&mint.to_string()).copied().unwrap_or(RISK_LIMIT)
    }

    /// Until when `lease` is not started without a launch, unix seconds: not so long that its start is missed.
    pub fn waits_until(&self, lease: &LeaseContext) -> Option<i64> {
        let can_launch = !self.images.is_empty() && lease.session_key != Default::default();
        let latest = lease.start_deadline.saturating_sub(self.least_notice.into());
        can_launch.then(|| lease.opened_at.saturating_add(self.launch_wait.into()).min(latest))
    }

    /// Whether so large a bond is risked for this deposit, base units.
    pub fn accepts_bond(&self, bond: u64, deposited: u64) -> bool {
        u128::from(bond) * 100 <= u128::from(deposited) * u128::from(self.most_bond_percent)
    }

    /// Whether `lease` is taken on at `now`, unix seconds.
    pub fn accepts(&self, lease: &LeaseContext, means: &Means, now: i64) -> Result<(), Refusal> {
        let renter = lease.renter.to_string();
        let refuse = |is_refused, why| if is_refused { Err(why) } else { Ok(()) };
        refuse(!self.offers.contains_key(&lease.offer.to_string()), Refusal::NotServed)?;
        refuse(lease.state != LeaseState::Pending, Refusal::NotPending)?;
        refuse(means.is_maintained, Refusal::Maintenance)?;
        let left = lease.start_deadline.saturating_sub(now);
        refuse(left < i64::from(self.least_notice), Refusal::TooLate)?;
        let is_allowed = self.allowed.is_empty() || self.allowed.contains(&renter);
        refuse(!is_allowed || self.refused.contains(&renter), Refusal::Renter)?;
        refuse(means.leases_of_renter >= self.leases_per_renter, Refusal::TooMany)?;
        refuse(means.other_renters >= self.renters_at_once, Refusal::OtherRenters)?;
        let gpus = usize::try_from(lease.gpus).unwrap_or(usize::MAX);
        refuse(means.free_cards < gpus, Refusal::NoCards)?;
        refuse(lease.provider_account.operator == Default::default(), Refusal::NoOperator)?;
        let bond = lease.terms.bond(lease.gpus).map_err(|_| Refusal::LargeBond)?;
        refuse(!self.accepts_bond(bond, lease.ledger.deposited), Refusal::LargeBond)?;
        let is_above =
            |most: &u64| means.bonds_of_renter.is_none_or(|bonds| bonds.saturating_add(bond) > *most);
        let per_renter = self.bond_per_renter.get(&lease.terms.mint.to_string());
        refuse(bond > 0 && per_renter.is_some_and(is_above), Refusal::RenterBonds)?;
        refuse(access::encrypt(&lease.access_key, &[0]).is_err(), Refusal::WeakKey)?;
        refuse(bond > 0 && means.bond_account.is_none_or(|holds| holds < bond), Refusal::NoBond)
    }
}
