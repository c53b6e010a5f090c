//! Votes, and what leases pay that are open meanwhile.

use super::{ONE, Purses, agree};
use gpu_lease_tests::prelude::*;

/// The holders raise the fee. A lease that was opened before the new fee was in force pays the old one.
pub fn fee_voted<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let (other_holder, delegate) = (market.people.other_holder.pubkey(), market.people.delegate.pubkey());
    market.earn_fees();
    market.lock(other_holder, WEALTH / 4);
    market.set_delegate(other_holder, delegate).ok();
    let proposal = propose_fee(market, FEE_BPS + 25);

    // What the delegate votes counts until the owner votes; then it cannot be changed by the delegate any more.
    market.vote_by(delegate, other_holder, proposal, true).ok();
    assert_eq!(cast(&market.proposal(&proposal).tokens), (WEALTH / 4, 0));
    market.vote(other_holder, proposal, false).ok();
    assert_eq!(cast(&market.proposal(&proposal).tokens), (0, WEALTH / 4));
    market.vote_by(delegate, other_holder, proposal, true).refused(LeaseError::AlreadyVoted);

    market.finalize(proposal).refused(LeaseError::VoteRunning);
    market.pass_proposal(proposal);
    assert_eq!(cast(&market.proposal(&proposal).tokens), (WEALTH / 2, WEALTH / 4));
    let kept = market.active_lease();
    market.execute(proposal).ok();
    market.execute(proposal).refused(LeaseError::AlreadyExecuted);
    assert_eq!(fee_rate(market), FEE_BPS + 25);

    // Ten tokens each: 1 % and 1.25 % of them.
    assert_eq!(fees_of_an_hour(market, &kept), 100_000);
    let raised = market.active_lease();
    assert_eq!(fees_of_an_hour(market, &raised), 125_000);
    let gains = [("renter", -50_000_000), ("provider", 49_475_000), ("fee vault", 525_000)];
    purses.changed_by(market, &gains);

    let back = propose_fee(market, FEE_BPS);
    market.pass_proposal(back);
    market.execute(back).ok();
    assert_eq!(fee_rate(market), FEE_BPS);
}

/// The holders pass a rise that those who would pay it refuse.
pub fn rise_refused<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    market.earn_fees();
    let proposal = propose_fee(market, FEE_BPS + MAX_FEE_STEP_BPS);
    market.vote(market.people.holder.pubkey(), proposal, true).ok();
    market.vote_as_renter(proposal, false).ok();
    market.vote_as_provider(proposal, false).ok();
    let participants = market.proposal(&proposal).participants;
    assert_eq!(
        cast(&participants),
        (0, participants.electorate),
        "renter and provider paid all fees there are"
    );

    market.set_time(market.proposal(&proposal).ends_at);
    market.finalize(proposal).ok();
    assert_eq!(market.proposal(&proposal).state, ProposalState::Failed);
    market.set_time(market.proposal(&proposal).executable_from());
    market.execute(proposal).refused(LeaseError::NotPassed);
    assert_eq!(fee_rate(market), FEE_BPS);
    let gains = [("renter", -30_000_000), ("provider", 29_700_000), ("fee vault", 300_000)];
    purses.changed_by(market, &gains);
}

/// What was earned goes to the treasury, when the holders say so.
pub fn fees_withdrawn<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let amount = market.earn_fees();
    let holder = market.people.holder.pubkey();
    if !market.exists(&address::lock(&holder)) {
        market.lock(holder, WEALTH / 2);
    }
    let proposal = market.propose(Action::WithdrawFees { mint: market.mint, amount });
    market.play([market.withdraw_fees_ix(proposal)]).refused(LeaseError::NotPassed);
    market.pass_proposal(proposal);
    market.execute(proposal).refused(LeaseError::WrongAction);
    market.play([market.withdraw_fees_ix(proposal)]).ok();
    let gains = [("renter", -30 * i128::from(ONE)), ("provider", 29_700_000), ("treasury", 300_000)];
    purses.changed_by(market, &gains);
}

/// The holder, with half of its wealth locked, proposes a fee rate.
fn propose_fee<C: Cluster>(market: &mut World<C>, fee_bps: u16) -> Address {
    let holder = market.people.holder.pubkey();
    if !market.exists(&address::lock(&holder)) {
        market.lock(holder, WEALTH / 2);
    }
    market.propose(Action::SetFee { fee_bps })
}

/// Votes for and against.
fn cast(tally: &Tally) -> (u64, u64) {
    (tally.votes_for, tally.votes_against)
}

fn fee_rate<C: Cluster>(market: &World<C>) -> u16 {
    market.read::<FeeParams>(&address::fee_params()).fee_bps
}

/// A lease runs for an hour, all of it delivered, and both parties close it. The fees that it paid.
fn fees_of_an_hour<C: Cluster>(market: &mut World<C>, lease: &LeaseKey) -> u64 {
    market.pass(3_600);
    agree(market, lease, 14_400).ok();
    market.close_as_claimed(lease).closed().fees
}
