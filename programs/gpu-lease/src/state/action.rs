use super::{FeeParams, Governance, Protocol, VotingRules};
use crate::{constants::*, errors::LeaseError};
use anchor_lang::{hash::sha256, prelude::*};
use bytemuck::{Pod, Zeroable};

/// What a proposal may say, and all that it may: no action reaches a lease, a bond or a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize, IdlType)]
pub enum Action {
    /// New leases sign for another fee rate, basis points of the gross.
    SetFee {
        /// Rate from then on.
        fee_bps: u16,
    },
    /// Withdrawn fees go to another wallet.
    SetTreasury {
        /// Wallet from then on.
        treasury: Address,
    },
    /// Another wallet decides the disputes of new leases.
    SetArbiter {
        /// Wallet from then on.
        arbiter: Address,
    },
    /// Another wallet may pause new leases.
    SetGuardian {
        /// Wallet from then on.
        guardian: Address,
    },
    /// New proposals go by other rules.
    SetVotingRules {
        /// Rules from then on.
        rules: VotingRules,
    },
    /// Collected fees go to the treasury.
    WithdrawFees {
        /// Mint of the fees.
        mint: Address,
        /// Base units in all, paid as they are there; more than there will be takes all there is.
        amount: u64,
    },
}

/// Which [`Action`].
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ActionKind {
    /// [`Action::SetFee`].
    SetFee = 0,
    /// [`Action::SetTreasury`].
    SetTreasury = 1,
    /// [`Action::SetArbiter`].
    SetArbiter = 2,
    /// [`Action::SetGuardian`].
    SetGuardian = 3,
    /// [`Action::SetVotingRules`].
    SetVotingRules = 4,
    /// [`Action::WithdrawFees`].
    WithdrawFees = 5,
}

/// An [`Action`] as an account keeps it. Fields that the kind has no use for are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct ProposedAction {
    /// The treasury, arbiter or guardian; the mint of a withdrawal.
    pub address: Address,
    /// Base units of a withdrawal.
    pub amount: u64,
    /// Voting rules.
    pub rules: VotingRules,
    /// Fee rate, basis points.
    pub fee_bps: u16,
    /// An [`ActionKind`].
    pub kind: PodActionKind,
    /// Zero; keeps the size a multiple of eight.
    pub spare: [u8; 5],
}

const _: () = assert!(core::mem::size_of::<ProposedAction>() == 80);

impl ProposedAction {
    /// What those who vote on it sign for: sha256 of its bytes.
    pub fn hash(&self) -> [u8; 32] {
        sha256(bytemuck::bytes_of(self))
    }
}

impl From<Action> for ProposedAction {
    fn from(action: Action) -> Self {
        let none = Self::zeroed();
        match action {
            Action::SetFee { fee_bps } => Self { kind: PodActionKind::SetFee, fee_bps, ..none },
            Action::SetTreasury { treasury } => {
                Self { kind: PodActionKind::SetTreasury, address: treasury, ..none }
            }
            Action::SetArbiter { arbiter } => {
                Self { kind: PodActionKind::SetArbiter, address: arbiter, ..none }
            }
            Action::SetGuardian { guardian } => {
                Self { kind: PodActionKind::SetGuardian, address: guardian, ..none }
            }
            Action::SetVotingRules { rules } => Self { kind: PodActionKind::SetVotingRules, rules, ..none },
            Action::WithdrawFees { mint, amount } => {
                Self { kind: PodActionKind::WithdrawFees, address: mint, amount, ..none }
            }
        }
    }
}

impl From<&ProposedAction> for Action {
    fn from(proposed: &ProposedAction) -> Self {
        let ProposedAction { address, amount, rules, fee_bps, kind, .. } = *proposed;
        match kind.into() {
            ActionKind::SetFee => Self::SetFee { fee_bps },
            ActionKind::SetTreasury => Self::SetTreasury { treasury: address },
            ActionKind::SetArbiter => Self::SetArbiter { arbiter: address },
            ActionKind::SetGuardian => Self::SetGuardian { guardian: address },
            ActionKind::SetVotingRules => Self::SetVotingRules { rules },
            ActionKind::WithdrawFees => Self::WithdrawFees { mint: address, amount },
        }
    }
}

impl Action {
    /// Requires the action to be within the protocol's bounds, where `fee_bps` is the rate in force.
    #[inline(never)]
    pub fn validate(&self, fee_bps: u16) -> Result<()> {
        match *self {
            Self::SetFee { fee_bps: proposed } => {
                require!(proposed <= MAX_FEE_BPS, LeaseError::FeeAboveMaximum);
                require!(
                    (1..=MAX_FEE_STEP_BPS).contains(&proposed.abs_diff(fee_bps)),
                    LeaseError::FeeStepOutOfBounds
                );
                Ok(())
            }
            Self::SetTreasury { treasury: address }
            | Self::SetArbiter { arbiter: address }
            | Self::SetGuardian { guardian: address } => {
                require!(address != Address::default(), LeaseError::AddressMissing);
                Ok(())
            }
            Self::SetVotingRules { rules } => rules.validate(),
            Self::WithdrawFees { mint, amount } => {
                require!(mint != Address::default(), LeaseError::AddressMissing);
                require!(amount > 0, LeaseError::AmountZero);
                Ok(())
            }
        }
    }

    /// Requires that something would be otherwise than it is: else a decision that changes nothing would make older
    /// ones obsolete.
    pub fn require_change(
        &self,
        protocol: &Protocol,
        governance: &Governance,
        fee_params: &FeeParams,
    ) -> Result<()> {
        let is_so = match *self {
            Self::SetFee { fee_bps } => fee_bps == fee_params.fee_bps,
            Self::SetTreasury { treasury } => treasury == fee_params.treasury,
            Self::SetArbiter { arbiter } => arbiter == protocol.arbiter,
            Self::SetGuardian { guardian } => guardian == protocol.guardian,
            Self::SetVotingRules { rules } => rules == governance.rules,
            Self::WithdrawFees { .. } => false,
        };
        require!(!is_so, LeaseError::NothingChanges);
        Ok(())
    }

    /// Whether new leases would pay a higher fee than `fee_bps`.
    pub const fn is_rise(&self, fee_bps: u16) -> bool {
        matches!(*self, Self::SetFee { fee_bps: proposed } if proposed > fee_bps)
    }

    /// Makes it so. A withdrawal moves money and is not done here.
    pub fn apply(
        &self,
        protocol: &mut Protocol,
        governance: &mut Governance,
        fee_params: &mut FeeParams,
        now: i64,
    ) -> Result<()> {
        match *self {
            Self::SetFee { fee_bps } => fee_params.change(fee_bps, now)?,
            Self::SetTreasury { treasury } => fee_params.treasury = treasury,
            Self::SetArbiter { arbiter } => protocol.arbiter = arbiter,
            Self::SetGuardian { guardian } => protocol.guardian = guardian,
            Self::SetVotingRules { rules } => governance.rules = rules,
            Self::WithdrawFees { .. } => return Err(LeaseError::WrongAction.into()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_moves_by_one_to_fifty_basis_points_and_not_above_its_maximum() {
        for (before, proposed, result) in [
            (100, 100, Err(LeaseError::FeeStepOutOfBounds.into())),
            (100, 101, Ok(())),
            (100, 150, Ok(())),
            (100, 151, Err(LeaseError::FeeStepOutOfBounds.into())),
            (100, 50, Ok(())),
            (100, 49, Err(LeaseError::FeeStepOutOfBounds.into())),
            (490, 500, Ok(())),
            (490, 501, Err(LeaseError::FeeAboveMaximum.into())),
            (10, 0, Ok(())),
        ] {
            assert_eq!(
                Action::SetFee { fee_bps: proposed }.validate(before),
                result,
                "{before} → {proposed}"
            );
        }
    }

    #[test]
    fn an_action_comes_back_from_its_account() {
        let address = Address::new_from_array([7; 32]);
        let rules = VotingRules { quorum_bps: 5, ..VotingRules::zeroed() };
        for action in [
            Action::SetFee { fee_bps: 7 },
            Action::SetTreasury { treasury: address },
            Action::SetArbiter { arbiter: address },
            Action::SetGuardian { guardian: address },
            Action::SetVotingRules { rules },
            Action::WithdrawFees { mint: address, amount: 9 },
        ] {
            assert_eq!(Action::from(&ProposedAction::from(action)), action);
        }
    }

    #[test]
    fn what_is_so_already_is_no_decision() {
        let [one, two] = [1, 2].map(|byte| Address::new_from_array([byte; 32]));
        let rules = VotingRules { quorum_bps: 5, ..VotingRules::zeroed() };
        let protocol = Protocol { arbiter: one, guardian: one, ..Protocol::zeroed() };
        let governance = Governance { rules, ..Governance::zeroed() };
        let fee_params = FeeParams { treasury: one, fee_bps: 100, ..FeeParams::zeroed() };
        let judge = |action: Action| action.require_change(&protocol, &governance, &fee_params);
        for action in [
            Action::SetFee { fee_bps: 100 },
            Action::SetTreasury { treasury: one },
            Action::SetArbiter { arbiter: one },
            Action::SetGuardian { guardian: one },
            Action::SetVotingRules { rules },
        ] {
            assert_eq!(judge(action), Err(LeaseError::NothingChanges.into()), "{action:?}");
        }
        for action in [
            Action::SetFee { fee_bps: 101 },
            Action::SetTreasury { treasury: two },
            Action::SetArbiter { arbiter: two },
            Action::SetGuardian { guardian: two },
            Action::SetVotingRules { rules: VotingRules { quorum_bps: 6, ..rules } },
            Action::WithdrawFees { mint: one, amount: 1 },
        ] {
            assert_eq!(judge(action), Ok(()), "{action:?}");
        }
    }

    #[test]
    fn every_action_has_a_hash_of_its_own() {
        let address = Address::new_from_array([7; 32]);
        let hashes = [
            Action::SetFee { fee_bps: 7 },
            Action::SetFee { fee_bps: 8 },
            Action::SetTreasury { treasury: address },
            Action::SetArbiter { arbiter: address },
            Action::WithdrawFees { mint: address, amount: 9 },
            Action::WithdrawFees { mint: address, amount: 10 },
        ]
        .map(|action| ProposedAction::from(action).hash());
        for (i, hash) in hashes.iter().enumerate() {
            assert_eq!(hashes.iter().position(|other| other == hash), Some(i));
        }
    }

    #[test]
    fn only_a_higher_fee_is_a_rise() {
        assert!(Action::SetFee { fee_bps: 101 }.is_rise(100));
        assert!(!Action::SetFee { fee_bps: 100 }.is_rise(100));
        assert!(!Action::SetFee { fee_bps: 99 }.is_rise(100));
        assert!(!Action::SetArbiter { arbiter: Address::default() }.is_rise(0));
    }
}
