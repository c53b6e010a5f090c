//! Votes of both houses, and the guardian.

use crate::{FOR_EVER, Substitute, bench::Stage, cluster::Cluster};
use gpu_lease::{
    constants::LOCK_STEP,
    state::{Action, VoteRecord, VotingRules},
};
use gpu_lease_client::{address, instruction};
use solana_address::Address;
use solana_signer::Signer;

const YEAR: i64 = 365 * 24 * 3_600;

/// Every scenario.
pub fn all(stage: &mut Stage) {
    super::offer(stage, |_| {});
    stage.next_fee_epoch();
    stage.weigh_fees(1_000);
    // Proposals that are taken back keep their deposits for a while.
    let holder = stage.people.holder.pubkey();
    stage.cluster.fund(&holder, 1_000 * crate::RULES.deposit);
    locks(stage);
    fee_vote(stage);
    other_votes(stage);
    guardian(stage);
    stage.pass(2 * YEAR);
    stage.measure("unlock_tokens · all of them", [stage.unlock_ix(holder)]);
}

fn locks(stage: &mut Stage) {
    let [holder, delegate] = [&stage.people.holder, &stage.people.delegate].map(Signer::pubkey);
    let (share, until) = (crate::WEALTH / 4, stage.lock_end(stage.now() + YEAR));
    stage.measure("lock_tokens · creates lock and vault", [stage.lock_ix(holder, share, until)]);
    stage.measure("lock_tokens · adds to a lock", [stage.lock_ix(holder, share, until)]);
    let later = until + i64::from(LOCK_STEP);
    stage.measure("extend_lock · by 30 days", [instruction::extend_lock(holder, later)]);
    stage.measure("set_delegate · a wallet", [stage.delegate_ix(holder, delegate)]);
    stage.pass(1);
}

fn fee_vote(stage: &mut Stage) {
    let [holder, delegate, renter] =
        [&stage.people.holder, &stage.people.delegate, &stage.people.renter].map(Signer::pubkey);
    let rise = Action::SetFee { fee_bps: 150 };
    skip_ids(stage);
    let created = instruction::create_proposal(&stage.proposing(rise));
    stage.measure("create_proposal · a rise of the fee", [created]);
    let proposal = address::proposal(stage.proposing(rise).id - 1);
    let proposed = stage.keyed_proposal(proposal);
    let cast = |voter, is_for| instruction::cast_vote(voter, &holder, &proposed, is_for, FOR_EVER);
    let with_fees = |is_for| instruction::cast_participant_vote(renter, &renter, &proposed, is_for, FOR_EVER);
    stage.measure("cast_vote · by the delegate, creates the record", [cast(delegate, false)]);
    stage.measure("cast_vote · the owner overrules", [cast(holder, true)]);
    stage.measure("cast_participant_vote · creates the record", [with_fees(true)]);
    stage.measure("cast_participant_vote · the other way", [with_fees(false)]);
    stage.play([with_fees(true)]).ok();
    let end = stage.proposal(&proposal).ends_at;
    stage.set_time(end - 1);
    stage.measure("cast_vote · late, extends the vote", [cast(holder, false)]);
    stage.play([cast(holder, true)]).ok();
    let end = stage.proposal(&proposal).ends_at;
    stage.set_time(end);
    let finalize = instruction::finalize_proposal(&stage.keyed_proposal(proposal));
    stage.measure("finalize_proposal · passed, deposit back", [finalize]);
    let close = instruction::close_vote_record(&stage.vote_record(&proposal, &holder));
    stage.measure("close_vote_record · rent back", [close]);
    let executable_from = stage.proposal(&proposal).executable_from();
    stage.set_time(executable_from);
    stage.measure("execute_proposal · fee", [instruction::execute_proposal(proposal)]);
}

fn other_votes(stage: &mut Stage) {
    let next = stage.people.agent.pubkey();
    let rules = VotingRules { quorum_bps: 2_000, ..crate::RULES };
    for (scenario, action) in [
        ("execute_proposal · arbiter", Action::SetArbiter { arbiter: next }),
        ("execute_proposal · guardian", Action::SetGuardian { guardian: next }),
        ("execute_proposal · treasury", Action::SetTreasury { treasury: next }),
        ("execute_proposal · voting rules", Action::SetVotingRules { rules }),
    ] {
        let proposal = stage.propose(action);
        stage.pass_proposal(proposal);
        stage.measure(scenario, [instruction::execute_proposal(proposal)]);
    }
    let back = Action::SetTreasury { treasury: stage.people.treasury.pubkey() };
    let proposal = stage.propose(back);
    stage.pass_proposal(proposal);
    stage.execute(proposal).ok();
    let all = Action::WithdrawFees { mint: stage.mint, amount: u64::MAX };
    let withdrawal = stage.propose(all);
    stage.pass_proposal(withdrawal);
    stage.measure("withdraw_fees · all there is", [stage.withdraw_fees_ix(withdrawal)]);

    skip_ids(stage);
    let rules = stage.proposing(Action::SetVotingRules { rules: crate::RULES });
    stage.measure("create_proposal · voting rules", [instruction::create_proposal(&rules)]);
    let cancel = instruction::cancel_proposal(&stage.keyed_proposal(address::proposal(rules.id)));
    stage.measure("cancel_proposal · before the first vote", [cancel]);
}

fn guardian(stage: &mut Stage) {
    let guardian = stage.people.agent.pubkey();
    stage.measure("pause · for 72 hours", [instruction::pause(guardian, 72 * 3_600, FOR_EVER)]);
    stage.measure("unpause · early", [stage.unpause_ix().with("guardian", guardian)]);
}

/// Takes proposals back until neither the next one nor the votes on it need a bump below 255.
fn skip_ids(stage: &mut Stage) {
    let voters =
        [address::lock(&stage.people.holder.pubkey()), address::participant(&stage.people.renter.pubkey())];
    let action = Action::SetArbiter { arbiter: stage.people.verifier.pubkey() };
    let fits = |id: u64| {
        let (proposal, bump) = gpu_lease::state::Proposal::address(id);
        let has_best_bump = |voter: &Address| VoteRecord::address(&proposal, voter).1 == 255;
        bump == 255 && voters.iter().all(has_best_bump)
    };
    while !fits(stage.proposing(action).id) {
        let proposal = stage.propose(action);
        stage.cancel_proposal(proposal).ok();
    }
}
