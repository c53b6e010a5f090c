//! Withdrawals of fees: of more than there is, of another mint, and to someone else.

use gpu_lease_tests::prelude::*;

/// Fees lie in the vault, and a withdrawal of `amount` may be executed.
fn withdrawal(amount: u64) -> (World, Address, u64) {
    let mut world = World::new();
    let fees = world.earn_fees();
    world.lock(world.people.holder.pubkey(), WEALTH / 2);
    let proposal = world.propose(Action::WithdrawFees { mint: world.mint, amount });
    world.pass_proposal(proposal);
    (world, proposal, fees)
}

fn treasury(world: &World) -> u64 {
    world.money(&world.people.treasury.pubkey()) - WEALTH
}

#[test]
fn a_withdrawal_of_more_than_there_is_pays_what_there_is_once() {
    for (amount, rest, refusal) in [
        (u64::MAX, 0, LeaseError::NothingToWithdraw),
        (300_001, 0, LeaseError::NothingToWithdraw),
        (300_000, 0, LeaseError::AlreadyExecuted),
        (299_999, 1, LeaseError::AlreadyExecuted),
        (1, 299_999, LeaseError::AlreadyExecuted),
    ] {
        let (mut world, proposal, fees) = withdrawal(amount);
        assert_eq!(fees, 300_000);
        let withdraw = world.withdraw_fees_ix(proposal);
        world.play([withdraw.clone(), withdraw.clone()]).failed_at(1, refusal);
        world.play([withdraw.clone()]).ok();
        assert_eq!((treasury(&world), world.balance(&world.fee_vault())), (fees - rest, rest));
        world.play([withdraw]).refused(refusal);
    }
}

#[test]
fn fees_go_to_token_accounts_of_the_treasury_alone() {
    let (mut world, proposal, fees) = withdrawal(u64::MAX);
    let withdraw = world.withdraw_fees_ix(proposal);
    for thief in [&world.people.stranger, &world.people.holder, &world.people.deployer].map(Signer::pubkey) {
        let token = world.wallet(&thief);
        world.play([withdraw.clone().with("treasury_token", token)]).refused(LeaseError::WrongTokenOwner);
    }
    let (vault, vote_mint) = (world.fee_vault(), world.vote_mint);
    world.play([withdraw.clone().with("treasury_token", vault)]).failed(ACCOUNT_TWICE);
    let of_votes = address::associated_token(&world.people.treasury.pubkey(), &vote_mint, &TOKEN);
    world.play([withdraw.clone().with("treasury_token", of_votes)]).refused(LeaseError::WrongMint);
    // Any account of the treasury's will do.
    let other = world.create_other_token_account(world.people.treasury.pubkey(), world.mint, 60);
    world.play([withdraw.with("treasury_token", other)]).ok();
    assert_eq!(world.balance(&other), fees);
}

#[test]
fn fees_go_to_the_treasury_that_is_in_force_when_they_are_withdrawn() {
    let mut world = World::new();
    let fees = world.earn_fees();
    let [holder, next] = [&world.people.holder, &world.people.sponsor].map(Signer::pubkey);
    world.lock(holder, WEALTH / 2);
    let withdrawal = world.propose(Action::WithdrawFees { mint: world.mint, amount: u64::MAX });
    let change = world.propose(Action::SetTreasury { treasury: next });
    world.vote(holder, withdrawal, true).ok();
    world.pass_proposal(change);
    world.finalize(withdrawal).ok();
    world.execute(change).ok();
    let before = world.money(&next);
    let withdraw = world.withdraw_fees_ix(withdrawal);
    world.play([withdraw.clone()]).refused(LeaseError::WrongTokenOwner);
    world.play([withdraw.with("treasury_token", world.wallet(&next))]).ok();
    assert_eq!(world.money(&next), before + fees);
    assert_eq!(treasury(&world), 0);
}

#[test]
fn fees_of_another_mint_than_was_voted_stay_where_they_are() {
    let (mut world, proposal, _) = withdrawal(u64::MAX);
    let mint = world.create_mint(21, TOKEN);
    world.register_mint(mint).ok();
    let treasury = world.people.treasury.pubkey();
    let theirs = instruction::withdraw_fees(proposal, &treasury, mint, TOKEN);
    world.play([theirs.clone()]).refused(LeaseError::WrongMint);
    let withdraw = world.withdraw_fees_ix(proposal);
    for (name, refusal) in [
        ("mint_policy", LeaseError::WrongMint),
        ("fee_vault", LeaseError::WrongAccount),
        ("treasury_token", LeaseError::WrongMint),
    ] {
        world.play([withdraw.clone().with(name, theirs.account(name))]).refused(refusal);
    }
    // Nor does money leave a lease, a lock or anything else through a withdrawal.
    let lease = world.active_lease_as(|request| request.nonce = 7);
    let lock = address::vault(&address::lock(&world.people.holder.pubkey()));
    for vault in [lease.vault, lock] {
        world.play([withdraw.clone().with("fee_vault", vault)]).refused(LeaseError::WrongAccount);
    }
    world.play([withdraw.with("token_program", TOKEN_2022)]).refused(LeaseError::WrongTokenProgram);
}

#[test]
fn a_withdrawal_in_a_mint_that_is_not_registered_is_refused() {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN);
    world.lock(world.people.holder.pubkey(), WEALTH / 2);
    let proposal = world.propose(Action::WithdrawFees { mint, amount: 1 });
    world.pass_proposal(proposal);
    let treasury = world.people.treasury.pubkey();
    let withdraw = instruction::withdraw_fees(proposal, &treasury, mint, TOKEN);
    world.play([withdraw]).failed(InstructionError::UninitializedAccount);
}

#[test]
fn fees_are_withdrawn_after_the_timelock_and_before_the_expiry() {
    let (world, proposal, fees) = withdrawal(u64::MAX);
    let (from, to) = (world.proposal(&proposal).executable_from(), world.proposal(&proposal).expires_at());
    for (time, refusal) in [
        (from - 1, Some(LeaseError::TimelockRunning)),
        (from, None),
        (to - 1, None),
        (to, Some(LeaseError::ProposalExpired)),
    ] {
        let mut world = world.clone();
        world.set_time(time);
        let outcome = world.play([world.withdraw_fees_ix(proposal)]);
        match refusal {
            Some(refusal) => outcome.refused(refusal),
            None => {
                outcome.ok();
                assert_eq!(treasury(&world), fees);
            }
        }
    }
}
