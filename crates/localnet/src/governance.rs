//! The votes around which the last leases are played.

use crate::{
    Flow, Ledger, Localnet, Party, PlayedLease, PlayedLeases, Step, VOTES,
    balances::Balances,
    mint::DECIMALS,
    stage::{Play, VALID_FOR},
    story::{Act, Decision, Motion, percent},
};
use anyhow::{Context, Result, bail, ensure};
use gpu_lease_client::{
    Error,
    account::Keyed,
    address,
    constants::{FEE_EPOCH, LOCK_STEP},
    instruction::{self, CreateProposal},
    program::errors::LeaseError,
    rpc::MintInfo,
    state::{Action, Participant, Proposal, ProposalState, Standing, VoteLock, epoch_of},
};
use serde::Serialize;
use solana_instruction::Instruction;
use solana_signer::Signer;
use std::time::Duration;

/// How long tokens are locked at most, seconds: a year, so that they vote on what is proposed after the stories, too.
const LOCK: i64 = 365 * 24 * 3_600;

/// The time between two moments at which locks end, seconds.
const STEP: i64 = LOCK_STEP as i64;

const DAY: u32 = 24 * 3_600;

/// What came of the votes, and of the leases that ran meanwhile.
#[derive(Clone, Debug, Serialize)]
pub struct PlayedVotes {
    /// The proposals, each with the tallies of both houses.
    pub proposals: Vec<Keyed<Proposal>>,
    /// The lease that was opened before the fee changed, and the one after it.
    pub leases: Vec<PlayedLease>,
    /// The withdrawal of all fees.
    pub withdrawal: PlayedWithdrawal,
    /// Who paid and got what, since the market began.
    pub total: Ledger,
}

/// How collected fees went to the treasury.
#[derive(Clone, Debug, Serialize)]
pub struct PlayedWithdrawal {
    pub step: Step,
    /// Who paid and got what.
    pub ledger: Ledger,
}

impl Localnet {
    /// Moves the clock to the next epoch of fees. Those of three epochs are a weight.
    pub(crate) async fn travel_to_next_fee_epoch(&self) -> Result<()> {
        let next = epoch_of(self.now().await?).saturating_add(1);
        self.travel_to(i64::try_from(next.saturating_mul(u64::from(FEE_EPOCH)))?).await
    }

    /// Withdraws the fees, as was voted, and adds everything up since the market began.
    ///
    /// Fails when a vote came out otherwise than told, or when the ledgers' columns do not sum to zero.
    pub async fn finish_votes(
        &self,
        played: &PlayedLeases,
        leases: Vec<PlayedLease>,
        tell: impl FnOnce(&Step),
    ) -> Result<PlayedVotes> {
        let withdrawal = self.withdraw(tell).await?;
        let mut total = played.total.clone();
        for ledger in leases.iter().map(|lease| &lease.ledger).chain([&withdrawal.ledger]) {
            total.append(ledger)?;
        }
        total.check()?;
        let fee_params = self.client.fee_params().await?;
        let fee_bps = VOTES.last().map(|story| story.fee_bps);
        ensure!(
            Some(fee_params.fee_bps) == fee_bps && fee_params.changes == 1,
            "the fee is {} after {} changes",
            percent(fee_params.fee_bps),
            fee_params.changes
        );
        let mut proposals = self.client.proposals().await?;
        proposals.reverse();
        Ok(PlayedVotes { proposals, leases, withdrawal, total })
    }

    /// Takes all fees to the treasury.
    async fn withdraw(&self, tell: impl FnOnce(&Step)) -> Result<PlayedWithdrawal> {
        let proposal = self.proposal(Motion::Withdraw).await?;
        self.travel_to(proposal.executable_from()).await?;
        let fee_vault = address::fee_vault(&self.mint.address);
        let balance = self.client.token_balance(&fee_vault).await?.map_or(0, |balance| balance.amount);
        // No lease has a part in it, and this one never existed.
        let lease = address::lease(&self.wallets.renter.pubkey(), 0);
        let before = Balances::read(self, &lease).await?;
        let what = format!("Withdrawn: {} of fees went to the treasury, as was voted", amount(balance));
        let treasury = self.wallets.treasury.pubkey();
        let MintInfo { address: mint, token_program, .. } = self.mint;
        let withdraw = instruction::withdraw_fees(proposal.address, &treasury, mint, token_program);
        let (step, receipt) = self.act(&[Party::Keeper], &[withdraw], what).await?;
        tell(&step);
        let ledger = before.ledger(self, &lease, &[(Party::Keeper, receipt.signature)]).await?;
        ledger.check()?;
        let withdrawn = ledger.tokens.row(Party::Treasury, Flow::Withdrawal);
        ensure!(withdrawn == i128::from(balance), "{withdrawn} of {balance} base units were withdrawn");
        Ok(PlayedWithdrawal { step, ledger })
    }

    /// The proposal to do this.
    async fn proposal(&self, motion: Motion) -> Result<Keyed<Proposal>> {
        let action = self.action(motion);
        let proposals = self.client.proposals().await?;
        let found = proposals.into_iter().find(|proposal| Action::from(&proposal.action) == action);
        found.with_context(|| format!("nobody proposed {}", motion.words()))
    }

    fn action(&self, motion: Motion) -> Action {
        match motion {
            Motion::SetFee(fee_bps) => Action::SetFee { fee_bps },
            Motion::Withdraw => Action::WithdrawFees { mint: self.mint.address, amount: u64::MAX },
        }
    }
}

impl<T: FnMut(&Step)> Play<'_, T> {
    /// Lets time pass until an act can happen, sends its transaction, and tells what came of it.
    pub(crate) async fn vote(&mut self, act: Act) -> Result<()> {
        let (instruction, what) = match act {
            Act::ExecuteInVain(motion) => return self.execute_in_vain(motion).await,
            _ => self.prepare_act(act).await?,
        };
        self.send(&[act.signer()], &[instruction], what).await?;
        match act {
            Act::Lock(owner) => self.leave_slot_of_lock(owner).await,
            Act::Finalize(motion, decision) => self.after_decision(motion, decision).await,
            _ => Ok(()),
        }
    }

    async fn prepare_act(&self, act: Act) -> Result<(Instruction, String)> {
        let Localnet { client, mint, vote_mint, .. } = self.net;
        let signer = self.net.wallet(act.signer())?.pubkey();
        let valid_until = self.net.now().await?.saturating_add(VALID_FOR);
        Ok(match act {
            Act::Lock(owner) => {
                let account =
                    address::associated_token(&signer, &vote_mint.address, &vote_mint.token_program);
                let balance = client.token_balance(&account).await?.map_or(0, |balance| balance.amount);
                let until = self.net.now().await?.saturating_add(LOCK).div_euclid(STEP).saturating_mul(STEP);
                (
                    instruction::lock_tokens(
                        signer,
                        vote_mint.address,
                        vote_mint.token_program,
                        balance,
                        until,
                    ),
                    format!("Locked by the {owner}: {} voting tokens, for about a year", amount(balance)),
                )
            }
            Act::Entrust { owner, to } => (
                instruction::set_delegate(
                    signer,
                    client.get::<VoteLock>(&address::lock(&signer)).await?.delegate,
                    self.net.wallet(to)?.pubkey(),
                    valid_until,
                ),
                format!("Entrusted by the {owner}: the {to} may vote with its tokens, too"),
            ),
            Act::Propose(motion) => {
                let governance = client.governance().await?;
                let new = CreateProposal {
                    proposer: signer,
                    id: governance.proposal_count,
                    vote_mint: vote_mint.address,
                    unit_mint: mint.address,
                    action: self.net.action(motion),
                    max_deposit: governance.rules.deposit,
                    valid_until,
                };
                let days = governance.rules.voting_period / DAY;
                let what = format!("Proposed {}: votes are taken for {days} days", motion.words());
                (instruction::create_proposal(&new), what)
            }
            Act::Vote { on, voter, owner, is_for } => {
                let proposal = self.net.proposal(on).await?;
                let owner_wallet = self.net.wallet(owner)?.pubkey();
                let lock = address::lock(&owner_wallet);
                let tokens = amount(client.get::<VoteLock>(&lock).await?.amount);
                let overrules =
                    client.account(&address::vote_record(&proposal.address, &lock)).await?.is_some();
                let who = match (voter == owner, overrules) {
                    (false, _) => format!("the {voter}, with {tokens} tokens of the {owner}"),
                    (true, false) => format!("the {voter}, with {tokens} tokens"),
                    (true, true) => format!("the {voter} overrules its delegate, {tokens} tokens"),
                };
                (
                    instruction::cast_vote(signer, &owner_wallet, &proposal, is_for, valid_until),
                    format!("Voted {} {}: {who}", side(is_for), on.words()),
                )
            }
            Act::VoteAsPayer { on, payer, is_for } => {
                let proposal = self.net.proposal(on).await?;
                let party = match payer {
                    Party::Provider => address::provider(&signer),
                    _ => signer,
                };
                let participant = client.get::<Participant>(&address::participant(&party)).await?;
                let fees = amount(participant.fees.weight_before(epoch_of(proposal.created_at)));
                (
                    instruction::cast_participant_vote(signer, &party, &proposal, is_for, valid_until),
                    format!(
                        "Voted {} {}: the {payer}, with {fees} of fees in three months",
                        side(is_for),
                        on.words()
                    ),
                )
            }
            Act::Finalize(motion, decision) => {
                let ends_at = self.net.proposal(motion).await?.ends_at;
                self.net.travel_to(ends_at).await?;
                let proposal = self.net.proposal(motion).await?;
                ensure!(
                    proposal.standing() == decision.standing(),
                    "the houses did not decide on {} as told: {:?}",
                    motion.words(),
                    proposal.standing()
                );
                (
                    instruction::finalize_proposal(&proposal),
                    format!("Decided on {}: {}", motion.words(), decision.words(&proposal)),
                )
            }
            Act::Execute(motion) | Act::ExecuteInVain(motion) => {
                let proposal = self.net.proposal(motion).await?;
                self.net.travel_to(proposal.executable_from()).await?;
                let days = proposal.timelock / DAY;
                (
                    instruction::execute_proposal(proposal.address),
                    format!("Executed {}, {days} days after the vote: new leases pay it", motion.words()),
                )
            }
        })
    }

    /// Waits for a later slot: tokens do not vote on what was proposed in the slot in which they were locked.
    async fn leave_slot_of_lock(&self, owner: Party) -> Result<()> {
        let Localnet { client, .. } = self.net;
        let lock = address::lock(&self.net.wallet(owner)?.pubkey());
        let slot = client.get::<VoteLock>(&lock).await?.deposit_slot;
        while client.clock().await?.slot <= slot {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Requires the decision to be on chain. The voters get their rent back.
    async fn after_decision(&mut self, motion: Motion, decision: Decision) -> Result<()> {
        let proposal = self.net.proposal(motion).await?;
        let is_as_told = match decision {
            Decision::Passed => proposal.state == ProposalState::Passed,
            Decision::Refused => proposal.state == ProposalState::Failed,
        };
        ensure!(is_as_told, "{} is {:?}", motion.words(), proposal.state);
        let votes = self.net.client.votes_on(&proposal.address).await?;
        let close = votes.iter().map(instruction::close_vote_record).collect::<Vec<_>>();
        let what = match votes.len() {
            1 => "Closed the record of the vote: the voter has its rent back".to_owned(),
            count => format!("Closed the records of {count} votes: the voters have their rent back"),
        };
        self.send(&[Party::Keeper], &close, what).await?;
        Ok(())
    }

    /// Tries to execute what was refused, when it could be executed if it had passed.
    async fn execute_in_vain(&self, motion: Motion) -> Result<()> {
        let proposal = self.net.proposal(motion).await?;
        self.net.travel_to(proposal.executable_from()).await?;
        let execute = instruction::execute_proposal(proposal.address);
        match self.net.client.send(&[execute], self.net.wallet(Party::Keeper)?, &[]).await {
            Err(Error::Refused(refusal)) if refusal.number == Some(LeaseError::NotPassed as u32) => Ok(()),
            Err(error) => Err(error).context("the refused proposal was not executed for another reason"),
            Ok(_) => bail!("the refused proposal was executed"),
        }
    }
}

impl Decision {
    /// What the votes come to for it.
    const fn standing(self) -> Standing {
        let is_refused = matches!(self, Self::Refused);
        Standing { has_quorum: true, has_majority: true, is_refused }
    }

    fn words(self, proposal: &Proposal) -> &'static str {
        match self {
            Self::Refused => "the holders passed it, the participants refused it",
            Self::Passed if proposal.participants.electorate == 0 => "the holders passed it",
            Self::Passed => "the holders passed it, the participants let it pass",
        }
    }
}

const fn side(is_for: bool) -> &'static str {
    if is_for { "for" } else { "against" }
}

/// Base units of either mint as people say them.
fn amount(base: u64) -> String {
    let one = 10_u64.pow(u32::from(DECIMALS));
    match base % one {
        0 => (base / one).to_string(),
        rest => {
            let digits = format!("{rest:0width$}", width = usize::from(DECIMALS));
            format!("{}.{}", base / one, digits.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_without_idle_zeros() {
        assert_eq!([0, 5_000_000, 1_437_961, 2_500_000].map(amount), ["0", "5", "1.437961", "2.5"]);
    }
}
