use super::{ActionKind, LockEnds};
use crate::{constants::*, errors::LeaseError};
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// Seed of the one [`Governance`] account.
pub const GOVERNANCE_SEED: &[u8] = b"governance";

/// What votes go by, and what all locks hold. Apart from [`super::Protocol`], which every lease reads: locking
/// and proposing never wait for leases, nor leases for them.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Governance {
    /// Rules for new proposals; running ones keep theirs.
    pub rules: VotingRules,
    /// Base units of the vote mint that are locked, by when their locks end.
    pub locked: LockEnds,
    /// Number of proposals so far; the id of the next.
    pub proposal_count: u64,
    /// The lowest id that may still be executed, for each kind of action but withdrawals: one above the highest that
    /// was.
    pub executable: [u64; DECISIONS],
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 62],
}

const _: () = assert!(core::mem::size_of::<Governance>() == 560);

/// Kinds of actions of which a newer one makes the older ones obsolete: all but [`ActionKind::WithdrawFees`].
const DECISIONS: usize = 5;

/// How a vote runs. Set by votes within constant bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, AnchorSerialize, AnchorDeserialize, IdlType)]
#[repr(C)]
pub struct VotingRules {
    /// What a proposer leaves with a proposal until it is decided, lamports.
    pub deposit: u64,
    /// How long votes are taken, seconds.
    pub voting_period: u32,
    /// For how long votes are taken, at least, after the result has changed.
    pub extension: u32,
    /// From the end of the vote to the first moment of its execution, seconds.
    pub timelock: u32,
    /// How long a passed proposal may be executed, seconds.
    pub execution_window: u32,
    /// Votes for that a proposal needs, in basis points of the tokens whose locks outlast the vote.
    pub quorum_bps: u16,
    /// Zero; for later versions.
    pub spare: [u8; 6],
}

const _: () = assert!(core::mem::size_of::<VotingRules>() == 32);

impl VotingRules {
    /// Requires every rule to be within the protocol's bounds.
    #[inline(never)]
    pub fn validate(&self) -> Result<()> {
        require!(
            (MIN_PROPOSAL_DEPOSIT..=MAX_PROPOSAL_DEPOSIT).contains(&self.deposit)
                && (MIN_VOTING_PERIOD..=MAX_VOTING_PERIOD).contains(&self.voting_period)
                && (MIN_EXTENSION..=MAX_EXTENSION).contains(&self.extension)
                && (MIN_TIMELOCK..=MAX_TIMELOCK).contains(&self.timelock)
                && (MIN_EXECUTION_WINDOW..=MAX_EXECUTION_WINDOW).contains(&self.execution_window)
                && (MIN_QUORUM_BPS..=MAX_QUORUM_BPS).contains(&self.quorum_bps)
                && self.spare == [0; 6],
            LeaseError::VotingRulesOutOfBounds
        );
        Ok(())
    }
}

impl Governance {
    /// Address of the account, and its bump.
    pub fn address() -> (Address, u8) {
        Address::find_program_address(&[GOVERNANCE_SEED], &crate::ID)
    }

    /// The id of a new proposal.
    pub fn next_proposal(&mut self) -> Result<u64> {
        let id = self.proposal_count;
        self.proposal_count = id.checked_add(1).ok_or(LeaseError::AmountOverflow)?;
        Ok(id)
    }

    /// Decision `id` of this kind is executed now: no older one of its kind will be. Withdrawals do not get in each
    /// other's way.
    pub fn supersede(&mut self, kind: ActionKind, id: u64) -> Result<()> {
        let Some(lowest) = self.executable.get_mut(kind as usize) else { return Ok(()) };
        require!(id >= *lowest, LeaseError::DecisionSuperseded);
        *lowest = id.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_within_their_bounds_or_refused() {
        let lowest = VotingRules {
            deposit: MIN_PROPOSAL_DEPOSIT,
            voting_period: MIN_VOTING_PERIOD,
            extension: MIN_EXTENSION,
            timelock: MIN_TIMELOCK,
            execution_window: MIN_EXECUTION_WINDOW,
            quorum_bps: MIN_QUORUM_BPS,
            spare: [0; 6],
        };
        let highest = VotingRules {
            deposit: MAX_PROPOSAL_DEPOSIT,
            voting_period: MAX_VOTING_PERIOD,
            extension: MAX_EXTENSION,
            timelock: MAX_TIMELOCK,
            execution_window: MAX_EXECUTION_WINDOW,
            quorum_bps: MAX_QUORUM_BPS,
            spare: [0; 6],
        };
        assert_eq!((lowest.validate(), highest.validate()), (Ok(()), Ok(())));
        for (rules, step) in [(lowest, -1_i64), (highest, 1)] {
            let beyond = |value: u32| u32::try_from(i64::from(value) + step).unwrap();
            for broken in [
                VotingRules { deposit: rules.deposit.wrapping_add_signed(step), ..rules },
                VotingRules { voting_period: beyond(rules.voting_period), ..rules },
                VotingRules { extension: beyond(rules.extension), ..rules },
                VotingRules { timelock: beyond(rules.timelock), ..rules },
                VotingRules { execution_window: beyond(rules.execution_window), ..rules },
                VotingRules { quorum_bps: u16::try_from(beyond(rules.quorum_bps.into())).unwrap(), ..rules },
                VotingRules { spare: [0, 0, 0, 0, 0, 1], ..rules },
            ] {
                assert_eq!(broken.validate(), Err(LeaseError::VotingRulesOutOfBounds.into()), "{broken:?}");
            }
        }
    }

    #[test]
    fn no_older_decision_is_executed_after_a_newer_one_of_its_kind() {
        let mut governance = Governance::zeroed();
        assert_eq!(governance.supersede(ActionKind::SetTreasury, 7), Ok(()));
        for (id, result) in [(6, false), (7, false), (8, true)] {
            let expected = if result { Ok(()) } else { Err(LeaseError::DecisionSuperseded.into()) };
            assert_eq!(Governance { ..governance }.supersede(ActionKind::SetTreasury, id), expected, "{id}");
        }
        // Other kinds, and the very first proposal.
        for kind in
            [ActionKind::SetFee, ActionKind::SetArbiter, ActionKind::SetGuardian, ActionKind::SetVotingRules]
        {
            assert_eq!(governance.supersede(kind, 0), Ok(()));
            assert_eq!(governance.supersede(kind, 0), Err(LeaseError::DecisionSuperseded.into()));
        }
    }

    #[test]
    fn withdrawals_are_executed_in_any_order() {
        let mut governance = Governance::zeroed();
        for id in [7, 6, 7] {
            assert_eq!(governance.supersede(ActionKind::WithdrawFees, id), Ok(()));
        }
        assert_eq!(governance, Governance::zeroed());
    }
}
