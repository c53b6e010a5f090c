//! What is due: what anyone may do about a lease, a proposal, the record of a vote or a lock once its time has come, so that
//! no money waits for somebody who does not look.
//!
//! Nothing is here that is one party's to decide: to report usage, to settle, to top up.
//!
//! The rules are asked about a few moments, between which nothing changes as long as nobody does anything.

use super::{
    LeaseAct, ProposalAct, Role, can_expire, cancel, close, proposal_deeds, rehearse, release_gpus,
    resolve_by_timeout,
};
use crate::{
    account::LeaseContext,
    constants::{ATTESTATION_GRACE, EXPIRY_BY_OTHERS, FEE_EPOCH, RISE_INTERVAL},
    instruction,
    state::{Action, FeeParams, Governance, Lease, LeaseState, Proposal, Protocol, VoteLock, epoch_of},
};
use serde::{Deserialize, Serialize};
use solana_address::Address;
use solana_instruction::Instruction;

/// How long before the end of an epoch fees are counted in it.
const COUNTING: i64 = 24 * 3_600;

/// What can be due. It is called as the instruction that does it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
pub enum Upkeep {
    /// Gives back the deposit of a lease that was not started in time.
    CancelLease,
    /// Ends a lease whose provider fell silent.
    ExpireLease,
    /// Ends a dispute that nobody decided in time.
    ResolveByTimeout,
    /// Gives GPUs that a lease no longer needs back to its offer.
    ReleaseGpus,
    /// Counts the fees of a lease that goes on, on the last day of an epoch. Weight in votes is three times the smallest of
    /// three epochs: fees of months that the close counts in one of them weigh nothing.
    CountFees,
    /// Divides what is in the vault of a lease that is over.
    CloseLease,
    /// Decides a proposal whose vote is over.
    FinalizeProposal,
    /// Makes what a passed proposal says so.
    ExecuteProposal,
    /// Pays the fees that were voted.
    WithdrawFees,
    /// Brings back the rent of a vote that was counted.
    CloseVoteRecord,
    /// Returns the tokens of a lock that is over.
    UnlockTokens,
}

impl Upkeep {
    /// The instruction's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CancelLease => "cancel_lease",
            Self::ExpireLease => "expire_lease",
            Self::ResolveByTimeout => "resolve_by_timeout",
            Self::ReleaseGpus => "release_gpus",
            Self::CountFees => "count_fees",
            Self::CloseLease => "close_lease",
            Self::FinalizeProposal => "finalize_proposal",
            Self::ExecuteProposal => "execute_proposal",
            Self::WithdrawFees => "withdraw_fees",
            Self::CloseVoteRecord => "close_vote_record",
            Self::UnlockTokens => "unlock_tokens",
        }
    }
}

/// What waits for something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtStake {
    /// SOL, in lamports.
    Lamports(u64),
    /// Tokens.
    Tokens {
        /// Of this mint.
        mint: Address,
        /// Base units.
        amount: u64,
    },
    /// What was voted, which is no sum and becomes void with time.
    Decision,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// What.
    pub what: Upkeep,
    /// Since when, unix seconds; `None` if that is not in the account, since it follows from what somebody did.
    pub since: Option<i64>,
    /// What waits for it.
    pub at_stake: AtStake,
}

/// What is due of one account, and when something else will be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agenda {
    /// What is due now.
    pub due: Vec<Due>,
    /// When something that is not due now will be if nobody does anything, unix seconds.
    pub next: Option<i64>,
}

impl Agenda {
    /// From what is due at a moment, `at`, which changes at some of `turns` and at no other time.
    fn of(now: i64, turns: &[i64], at: impl Fn(i64) -> Vec<(Upkeep, AtStake)>) -> Self {
        let mut turns = turns.to_vec();
        turns.sort_unstable();
        let is_due = |what: Upkeep, time| at(time).iter().any(|(other, _)| *other == what);
        let since = |what| {
            let before = turns.iter().rev().copied().skip_while(|turn| *turn > now);
            before.take_while(|turn| is_due(what, *turn)).last()
        };
        let present = at(now);
        let due = present.iter().map(|&(what, at_stake)| Due { what, since: since(what), at_stake });
        let is_new = |time| at(time).iter().any(|(what, _)| present.iter().all(|(before, _)| before != what));
        let next = turns.iter().copied().skip_while(|turn| *turn <= now).find(|turn| is_new(*turn));
        Self { due: due.collect(), next }
    }
}

/// What is due of `lease` at `now`. `who` is [`Role::Anyone`], or [`Role::Renter`] or [`Role::SessionKey`], who may end it
/// sooner if its provider is silent. `unit_mint` is the one whose fees weigh in votes, as the protocol says.
///
/// Once it can be closed nothing else is due: the close does all of it.
pub fn lease_upkeep(lease: &Lease, who: Role, unit_mint: &Address, now: i64) -> Agenda {
    let is_of_renter = matches!(who, Role::Renter | Role::SessionKey);
    Agenda::of(now, &turns(lease, now), |time| due_of_lease(lease, is_of_renter, unit_mint, time))
}

fn due_of_lease(lease: &Lease, is_of_renter: bool, unit_mint: &Address, now: i64) -> Vec<(Upkeep, AtStake)> {
    let tokens = |amount| AtStake::Tokens { mint: lease.terms.mint, amount };
    let in_vault = tokens(lease.ledger.owed().unwrap_or_default());
    if close(lease, now).is_some() {
        return vec![(Upkeep::CloseLease, in_vault)];
    }
    let is_late = now > lease.start_deadline && cancel(lease, now).is_some();
    let of_an_hour = |act| match act {
        // What they are let for in an hour.
        LeaseAct::ReleaseGpus { gpus } => lease.terms.price.saturating_mul(gpus.into()),
        _ => 0,
    };
    let released = release_gpus(lease, now).map(|act| (Upkeep::ReleaseGpus, tokens(of_an_hour(act))));
    let uncounted = lease.ledger.fees.saturating_sub(lease.ledger.counted);
    let is_counting = lease.terms.mint == *unit_mint && uncounted > 0 && now >= counting_from(now);
    [
        is_late.then_some((Upkeep::CancelLease, in_vault)),
        can_expire(lease, is_of_renter, now).then_some((Upkeep::ExpireLease, in_vault)),
        resolve_by_timeout(lease, now).map(|_| (Upkeep::ResolveByTimeout, in_vault)),
        released,
        is_counting.then_some((Upkeep::CountFees, tokens(uncounted))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// From when on fees are counted in the epoch of `time`.
fn counting_from(time: i64) -> i64 {
    epoch_end(time).saturating_sub(COUNTING)
}

fn epoch_end(time: i64) -> i64 {
    let next = epoch_of(time).saturating_add(1).saturating_mul(FEE_EPOCH.into());
    i64::try_from(next).unwrap_or(i64::MAX)
}

/// The moments at which what is due of a lease can change.
fn turns(lease: &Lease, now: i64) -> Vec<i64> {
    let grace_end = lease.ends_at.saturating_add_unsigned(ATTESTATION_GRACE).saturating_add(1);
    let missed = lease.meter.heartbeat.time.saturating_add(i64::from(lease.terms.heartbeat_timeout) + 1);
    let window = i64::from(lease.terms.challenge_window);
    let mut turns = match LeaseState::from(lease.state) {
        LeaseState::Pending => vec![lease.start_deadline.saturating_add(1)],
        LeaseState::Active => vec![
            lease.meter.segment_start,
            lease.ends_at,
            grace_end,
            lease.meter.maturing.submitted.time.saturating_add(window),
            lease.meter.latest.submitted.time.saturating_add(window),
            missed,
            missed.saturating_add_unsigned(EXPIRY_BY_OTHERS),
        ],
        LeaseState::Disputed => {
            vec![lease.meter.segment_start, lease.ends_at, lease.dispute.deadline().saturating_add(1)]
        }
        LeaseState::Resolved => Vec::new(),
    };
    if lease.ledger.fees > lease.ledger.counted {
        let end = epoch_end(now);
        turns.extend([counting_from(now), end, counting_from(end)]);
    }
    turns
}

/// What decisions change.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'a> {
    /// Arbiter and guardian.
    pub protocol: &'a Protocol,
    /// The voting rules, and which decisions are obsolete.
    pub governance: &'a Governance,
    /// The fee.
    pub fee_params: &'a FeeParams,
}

impl InForce<'_> {
    /// Whether a proposal that may be executed at `now` would be.
    fn takes(&self, proposal: &Proposal, now: i64) -> bool {
        let all = (*self.protocol, *self.governance, *self.fee_params);
        let applied = rehearse(&all, |(protocol, governance, fee_params)| {
            governance.supersede(proposal.action.kind.into(), proposal.id)?;
            Action::from(&proposal.action).apply(protocol, governance, fee_params, now)?;
            fee_params.invariant()
        });
        applied.is_ok()
    }
}

/// What is due of `proposal` at `now`. `in_vault` is what the fee vault holds of the mint of which it withdraws fees, base
/// units; 0 if it withdraws none.
pub fn proposal_upkeep(proposal: &Proposal, in_force: &InForce<'_>, in_vault: u64, now: i64) -> Agenda {
    let next_rise = in_force.fee_params.last_rise_at.saturating_add(i64::from(RISE_INTERVAL));
    let turns = [proposal.ends_at, proposal.executable_from(), proposal.expires_at(), next_rise];
    Agenda::of(now, &turns, |time| due_of_proposal(proposal, in_force, in_vault, time))
}

fn due_of_proposal(
    proposal: &Proposal,
    in_force: &InForce<'_>,
    in_vault: u64,
    now: i64,
) -> Vec<(Upkeep, AtStake)> {
    let finalize = (Upkeep::FinalizeProposal, AtStake::Lamports(proposal.deposit));
    let of = |act| match act {
        ProposalAct::Finalize { .. } => Some(finalize),
        ProposalAct::Execute { .. } if in_force.takes(proposal, now) => {
            Some((Upkeep::ExecuteProposal, AtStake::Decision))
        }
        ProposalAct::WithdrawFees { rest, .. } if in_vault > 0 => match Action::from(&proposal.action) {
            Action::WithdrawFees { mint, .. } => {
                Some((Upkeep::WithdrawFees, AtStake::Tokens { mint, amount: rest.min(in_vault) }))
            }
            _ => None,
        },
        ProposalAct::Execute { is_decided: false, .. }
        | ProposalAct::WithdrawFees { is_decided: false, .. } => Some(finalize),
        _ => None,
    };
    let deeds = proposal_deeds(proposal, in_force.fee_params.fee_bps, now).into_iter();
    deeds.filter(|deed| deed.who == Role::Anyone).filter_map(|deed| of(deed.act)).collect()
}

/// What is due of the record of a vote on `proposal` that holds so many lamports.
pub fn record_upkeep(proposal: &Proposal, lamports: u64) -> Agenda {
    let close = Due { what: Upkeep::CloseVoteRecord, since: None, at_stake: AtStake::Lamports(lamports) };
    Agenda { due: proposal.require_decided().is_ok().then_some(close).into_iter().collect(), next: None }
}

/// What is due of a lock of tokens of `vote_mint` at `now`.
pub fn lock_upkeep(lock: &VoteLock, vote_mint: &Address, now: i64) -> Agenda {
    let tokens = AtStake::Tokens { mint: *vote_mint, amount: lock.amount };
    Agenda::of(now, &[lock.unlock_at], |time| match lock.require_unlockable(time) {
        Ok(()) => vec![(Upkeep::UnlockTokens, tokens)],
        Err(_) => Vec::new(),
    })
}

/// Does what is due of a lease; `None` if that is nothing about leases. `caller` signs where somebody has to. The context
/// says which token accounts are paid.
pub fn lease_instruction(
    what: Upkeep,
    lease: &LeaseContext,
    caller: Address,
    valid_until: i64,
) -> Option<Instruction> {
    match what {
        Upkeep::CancelLease => Some(instruction::cancel_lease(caller, lease, valid_until)),
        Upkeep::ExpireLease => Some(instruction::expire_lease(caller, lease, valid_until)),
        Upkeep::ResolveByTimeout => Some(instruction::resolve_by_timeout(lease)),
        Upkeep::ReleaseGpus => Some(instruction::release_gpus(lease)),
        Upkeep::CountFees => Some(instruction::count_fees(lease)),
        Upkeep::CloseLease => Some(instruction::close_lease(lease)),
        Upkeep::FinalizeProposal
        | Upkeep::ExecuteProposal
        | Upkeep::WithdrawFees
        | Upkeep::CloseVoteRecord
        | Upkeep::UnlockTokens => None,
    }
}

#[cfg(test)]
mod tests;
