use gpu_lease::constants::{LOCK_STEP, MAX_LOCK, MAX_PAUSE, PAUSE_COOLDOWN};
use gpu_lease::state::{Action, FeeParams, VotingRules};
use gpu_lease_client::address;
use gpu_lease_tests::{WEALTH, World, cluster::Cluster};
use solana_signer::Signer;

/// Base units that a holder locks.
const LOCKED: u64 = WEALTH / 2;

/// Everything that votes can do, and what comes before and after them.
pub fn play(market: &mut World<impl Cluster>) {
    let people = &market.people;
    let [holder, other, delegate] =
        [&people.holder, &people.other_holder, &people.delegate].map(Signer::pubkey);
    let [treasury, stranger] = [&people.arbiter, &people.stranger].map(Signer::pubkey);
    // What was locked grows and lasts longer.
    market.lock(holder, LOCKED);
    market.lock(other, LOCKED / 4);
    market.lock(other, LOCKED / 4);
    let later = market.lock_end(market.now() + i64::from(MAX_LOCK - LOCK_STEP));
    market.extend_lock(other, later).ok();
    market.set_delegate(other, delegate).ok();
    market.pass(1);
    market.earn_fees();

    // A fall of the fee, for which a delegate votes, until its owner wakes up; it votes against, then for it.
    let fee = market.read::<FeeParams>(&address::fee_params()).fee_bps;
    let fall = market.propose(Action::SetFee { fee_bps: fee - 1 });
    market.vote_by(delegate, other, fall, false).ok();
    market.vote(other, fall, true).ok();
    market.pass_proposal(fall);
    market.execute(fall).ok();

    // A rise that the payers refuse.
    let rise = market.propose(Action::SetFee { fee_bps: fee });
    market.vote(holder, rise, true).ok();
    market.vote_as_renter(rise, false).ok();
    market.vote_as_provider(rise, false).ok();
    market.set_time(market.proposal(&rise).ends_at);
    market.finalize(rise).ok();

    // One that is taken back.
    let taken_back = market.propose(Action::SetGuardian { guardian: stranger });
    market.cancel_proposal(taken_back).ok();
    market.set_time(market.proposal(&taken_back).ends_at);
    market.finalize(taken_back).ok();

    // Offices, rules, and fees that go to the new treasury in two parts, since there is less than was voted.
    let rules: VotingRules = market.config().rules;
    for action in [
        Action::SetTreasury { treasury },
        Action::SetArbiter { arbiter: stranger },
        Action::SetVotingRules { rules: VotingRules { deposit: rules.deposit + 1, ..rules } },
    ] {
        let proposal = market.propose(action);
        market.pass_proposal(proposal);
        market.execute(proposal).ok();
    }
    let withdrawal = market.propose(Action::WithdrawFees { mint: market.mint, amount: 50_000 });
    market.pass_proposal(withdrawal);
    let withdraw = gpu_lease_client::instruction::withdraw_fees(
        withdrawal,
        &treasury,
        market.mint,
        market.token_program,
    );
    market.play([withdraw]).ok();

    // Votes are forgotten, the market is paused and opened again, and the tokens go home.
    let record = market.vote_record(&fall, &other);
    market.close_vote_record(&record).ok();
    market.pause(MAX_PAUSE).ok();
    market.pass(60);
    market.unpause().ok();
    market.pass(i64::from(PAUSE_COOLDOWN));
    market.set_time(market.vote_lock(&other).unlock_at);
    market.unlock(other).ok();
    market.join(delegate).ok();
}
