use super::build;
use crate::{account::Keyed, address};
use gpu_lease::{
    accounts, instruction as data,
    state::{Action, Proposal, VoteRecord},
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;

/// Lets the fees of the wallet `renter` be counted, which its leases require. The renter signs, `rent_payer` pays.
pub fn create_participant(rent_payer: Address, renter: Address) -> Instruction {
    build(
        accounts::CreateParticipant {
            party: renter,
            rent_payer,
            participant: address::participant(&renter),
            system_program: system_program::ID,
        },
        data::CreateParticipant {},
    )
}

/// Locks `amount` base units of the mint `vote_mint` out of `owner`'s associated token account. All that the
/// lock holds is locked until `unlock_at`, unix seconds. `owner` pays.
pub fn lock_tokens(
    owner: Address,
    vote_mint: Address,
    token_program: Address,
    amount: u64,
    unlock_at: i64,
) -> Instruction {
    let lock = address::lock(&owner);
    build(
        accounts::LockTokens {
            owner,
            lock,
            governance: address::governance(),
            protocol: address::protocol(),
            vault: address::vault(&lock),
            owner_token: address::associated_token(&owner, &vote_mint, &token_program),
            vote_mint,
            token_program,
            system_program: system_program::ID,
        },
        data::LockTokens { amount, unlock_at },
    )
}

/// Lets the lock of the wallet `owner` last until `unlock_at`, unix seconds.
pub fn extend_lock(owner: Address, unlock_at: i64) -> Instruction {
    build(
        accounts::ExtendLock { owner, lock: address::lock(&owner), governance: address::governance() },
        data::ExtendLock { unlock_at },
    )
}

/// Lets `delegate` vote with the lock of the wallet `owner` in the place of `replaced`; zero for nobody. Good until
/// `valid_until`, unix seconds.
pub fn set_delegate(owner: Address, replaced: Address, delegate: Address, valid_until: i64) -> Instruction {
    build(
        accounts::SetDelegate { owner, lock: address::lock(&owner) },
        data::SetDelegate { valid_until, replaced, delegate },
    )
}

/// Returns all tokens of the lock of the wallet `owner` to its associated token account. Anyone may.
pub fn unlock_tokens(owner: Address, mint: Address, token_program: Address) -> Instruction {
    unlock_tokens_to(owner, address::associated_token(&owner, &mint, &token_program), token_program)
}

/// Like [`unlock_tokens`], to any token account of `owner`'s.
pub fn unlock_tokens_to(owner: Address, owner_token: Address, token_program: Address) -> Instruction {
    let lock = address::lock(&owner);
    build(
        accounts::UnlockTokens { owner, lock, vault: address::vault(&lock), owner_token, token_program },
        data::UnlockTokens {},
    )
}

/// What [`create_proposal`] needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreateProposal {
    /// Wallet that pays and leaves the deposit.
    pub proposer: Address,
    /// Number of the next proposal, as `Governance` tells it.
    pub id: u64,
    /// The mint whose tokens vote.
    pub vote_mint: Address,
    /// The mint in which the participants' house counts.
    pub unit_mint: Address,
    /// What is proposed.
    pub action: Action,
    /// Highest deposit that the proposer agrees to, lamports.
    pub max_deposit: u64,
    /// Until when the signature is good, unix seconds.
    pub valid_until: i64,
}

/// Puts an action to the vote.
pub fn create_proposal(new: &CreateProposal) -> Instruction {
    let CreateProposal { proposer, id, vote_mint, unit_mint, action, max_deposit, valid_until } = *new;
    build(
        accounts::CreateProposal {
            proposer,
            governance: address::governance(),
            proposal: address::proposal(id),
            protocol: address::protocol(),
            fee_params: address::fee_params(),
            mint_policy: address::mint_policy(&unit_mint),
            vote_mint,
            system_program: system_program::ID,
        },
        data::CreateProposal { valid_until, max_deposit, action },
    )
}

/// Votes with the lock of the wallet `owner` on what `proposal` says. `voter` is that wallet or the lock's delegate;
/// it pays. Good until `valid_until`, unix seconds.
pub fn cast_vote(
    voter: Address,
    owner: &Address,
    proposal: &Keyed<Proposal>,
    is_for: bool,
    valid_until: i64,
) -> Instruction {
    let lock = address::lock(owner);
    build(
        accounts::CastVote {
            voter,
            proposal: proposal.address,
            lock,
            record: address::vote_record(&proposal.address, &lock),
            system_program: system_program::ID,
        },
        data::CastVote { valid_until, action_hash: proposal.action_hash(), is_for },
    )
}

/// Votes with the fees that `party` paid, a renter's wallet or a provider's account, on what `proposal` says. `voter`
/// is the renter or the provider's wallet; it pays. Good until `valid_until`, unix seconds.
pub fn cast_participant_vote(
    voter: Address,
    party: &Address,
    proposal: &Keyed<Proposal>,
    is_for: bool,
    valid_until: i64,
) -> Instruction {
    let participant = address::participant(party);
    build(
        accounts::CastParticipantVote {
            voter,
            proposal: proposal.address,
            participant,
            record: address::vote_record(&proposal.address, &participant),
            system_program: system_program::ID,
        },
        data::CastParticipantVote { valid_until, action_hash: proposal.action_hash(), is_for },
    )
}

/// Closes the record of a vote that is over; who paid its rent gets it back. Anyone may.
pub fn close_vote_record(record: &Keyed<VoteRecord>) -> Instruction {
    build(
        accounts::CloseVoteRecord {
            record: record.address,
            proposal: record.proposal,
            rent_payer: record.rent_payer,
        },
        data::CloseVoteRecord {},
    )
}

/// Decides a proposal whose vote is over. Anyone may.
pub fn finalize_proposal(proposal: &Keyed<Proposal>) -> Instruction {
    build(
        accounts::FinalizeProposal { proposal: proposal.address, proposer: proposal.proposer },
        data::FinalizeProposal {},
    )
}

/// Takes a proposal back on which nobody has voted. The proposer signs; the deposit comes back with
/// [`finalize_proposal`], when the vote would have ended.
pub fn cancel_proposal(proposal: &Keyed<Proposal>) -> Instruction {
    build(
        accounts::CancelProposal { proposer: proposal.proposer, proposal: proposal.address },
        data::CancelProposal {},
    )
}

/// Makes what a passed proposal says so; all but a withdrawal. Anyone may.
pub fn execute_proposal(proposal: Address) -> Instruction {
    build(
        accounts::ExecuteProposal {
            proposal,
            protocol: address::protocol(),
            governance: address::governance(),
            fee_params: address::fee_params(),
        },
        data::ExecuteProposal {},
    )
}

/// Executes a passed proposal to withdraw fees of `mint`, to the treasury's associated token account. Anyone may.
pub fn withdraw_fees(
    proposal: Address,
    treasury: &Address,
    mint: Address,
    token_program: Address,
) -> Instruction {
    let treasury_token = address::associated_token(treasury, &mint, &token_program);
    withdraw_fees_to(proposal, treasury_token, mint, token_program)
}

/// Like [`withdraw_fees`], to any token account of the treasury's.
pub fn withdraw_fees_to(
    proposal: Address,
    treasury_token: Address,
    mint: Address,
    token_program: Address,
) -> Instruction {
    build(
        accounts::WithdrawFees {
            proposal,
            fee_params: address::fee_params(),
            mint_policy: address::mint_policy(&mint),
            fee_vault: address::fee_vault(&mint),
            treasury_token,
            token_program,
        },
        data::WithdrawFees {},
    )
}

/// Pauses new leases for `duration` seconds. The guardian signs; good until `valid_until`, unix seconds.
pub fn pause(guardian: Address, duration: u32, valid_until: i64) -> Instruction {
    build(accounts::Pause { guardian, protocol: address::protocol() }, data::Pause { valid_until, duration })
}

/// Ends the pause that lasts until `replaced`, unix seconds. The guardian signs.
pub fn unpause(guardian: Address, replaced: i64) -> Instruction {
    build(accounts::Unpause { guardian, protocol: address::protocol() }, data::Unpause { replaced })
}
