use crate::states::{passed, passed_in};
use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// What lies in the fee vault, base units.
const FEES: u64 = 300_000;

/// A market in a mint of `token_program` that has earned [`FEES`]; a proposal to withdraw `amount` has passed.
fn withdrawing(token_program: Address, amount: u64) -> (World, Address) {
    let mut world = World::on(token_program);
    assert_eq!(world.earn_fees(), FEES);
    let mint = world.mint;
    passed_in(world, Action::WithdrawFees { mint, amount })
}

#[rstest]
fn the_treasury_gets_what_was_voted_or_what_there_is(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    for (asked, amount) in [(1, 1), (FEES - 1, FEES - 1), (FEES, FEES), (FEES + 1, FEES), (u64::MAX, FEES)] {
        let (mut world, proposal) = withdrawing(token_program, asked);
        let (mint, treasury) = (world.mint, world.people.treasury.pubkey());
        let (before, policy) =
            (world.proposal(&proposal), world.read::<MintPolicy>(&address::mint_policy(&mint)));

        let events = world.play([world.withdraw_fees_ix(proposal)]).events();

        let withdrawn = FeesWithdrawn { proposal, mint, treasury, amount, paid: amount };
        let executed = Event::ProposalExecuted(ProposalExecuted { proposal, action: before.action });
        let is_all = amount == asked;
        let expected: Vec<_> =
            is_all.then_some(executed).into_iter().chain([Event::FeesWithdrawn(withdrawn)]).collect();
        assert_eq!(format!("{events:?}"), format!("{expected:?}"));
        assert_eq!(world.balance(&world.fee_vault()), FEES - amount);
        assert_eq!(world.money(&treasury), WEALTH + amount);
        let state = if is_all { PodProposalState::Executed } else { before.state };
        assert_eq!(world.proposal(&proposal), Proposal { state, paid: amount, ..before });
        let after = world.read::<MintPolicy>(&address::mint_policy(&mint));
        assert_eq!(after, policy, "what was paid weighs all the same");
    }
}

#[test]
fn an_empty_vault_pays_nothing_and_uses_nothing_up() {
    let world = World::new();
    let mint = world.mint;
    let (mut world, proposal) = passed_in(world, Action::WithdrawFees { mint, amount: 1 });
    world.play([world.withdraw_fees_ix(proposal)]).refused(LeaseError::NothingToWithdraw);
    assert_eq!(world.money(&world.people.treasury.pubkey()), WEALTH);
    world.mint_to(mint, world.fee_vault(), 1);
    world.play([world.withdraw_fees_ix(proposal)]).ok();
}

#[test]
fn fees_of_another_mint_are_withdrawn_by_their_own_proposal() {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN_2022);
    world.register_mint(mint).ok();
    world.mint_to(mint, address::fee_vault(&mint), 5);
    let (mut world, proposal) = passed_in(world, Action::WithdrawFees { mint, amount: 3 });
    world.play([world.withdraw_fees_ix(proposal)]).refused(LeaseError::WrongMint);
    let treasury = world.people.treasury.pubkey();
    world.play([instruction::withdraw_fees(proposal, &treasury, mint, TOKEN_2022)]).ok();
    let paid = address::associated_token(&treasury, &mint, &TOKEN_2022);
    assert_eq!((world.balance(&address::fee_vault(&mint)), world.balance(&paid)), (2, WEALTH + 3));
}

#[test]
fn what_passed_is_withdrawn_after_the_timelock_and_before_it_expires() {
    let window = i64::from(RULES.execution_window);
    for (seconds, error) in [
        (-1, Some(LeaseError::TimelockRunning)),
        (0, None),
        (1, None),
        (window - 1, None),
        (window, Some(LeaseError::ProposalExpired)),
        (window + 1, Some(LeaseError::ProposalExpired)),
    ] {
        let (mut world, proposal) = withdrawing(TOKEN, 1);
        world.pass(seconds);
        let outcome = world.play([world.withdraw_fees_ix(proposal)]);
        match error {
            Some(error) => outcome.refused(error),
            None => drop(outcome.ok()),
        }
    }
}

#[test]
fn what_did_not_pass_is_not_withdrawn() {
    let mut world = World::new();
    world.lock(world.people.holder.pubkey(), WEALTH / 2);
    let mint = world.mint;
    let proposal = world.propose(Action::WithdrawFees { mint, amount: 1 });
    world.play([world.withdraw_fees_ix(proposal)]).refused(LeaseError::NotPassed);
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    world.set_time(world.proposal(&proposal).executable_from());
    world.play([world.withdraw_fees_ix(proposal)]).refused(LeaseError::NotPassed);
}

#[test]
fn nothing_is_withdrawn_twice() {
    let (mut world, proposal) = withdrawing(TOKEN, 1);
    world.play([world.withdraw_fees_ix(proposal)]).ok();
    world.play([world.withdraw_fees_ix(proposal)]).refused(LeaseError::AlreadyExecuted);
    assert_eq!(world.balance(&world.fee_vault()), FEES - 1);
}

#[test]
fn a_fee_that_moved_since_does_not_matter() {
    let (mut world, proposal) = withdrawing(TOKEN, 1);
    world.set_fee(101);
    world.play([world.withdraw_fees_ix(proposal)]).ok();
}

#[test]
fn only_a_withdrawal_withdraws() {
    // The mint's address as treasury: what the account says is the same, but for the kind.
    let treasury = World::new().mint;
    for action in [Action::SetTreasury { treasury }, Action::SetArbiter { arbiter: treasury }] {
        let (mut world, proposal) = passed(action);
        world.play([world.withdraw_fees_ix(proposal)]).refused(LeaseError::WrongAction);
    }
    let (mut world, proposal) = passed(Action::SetFee { fee_bps: 150 });
    world.play([world.withdraw_fees_ix(proposal)]).refused(LeaseError::WrongMint);
}

#[rstest]
fn the_treasury_of_the_moment_is_paid_in_any_account(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, proposal) = withdrawing(token_program, 7);
    let (old, new) = (world.people.treasury.pubkey(), world.people.agent.pubkey());
    world.write(&address::fee_params(), |params: &mut FeeParams| params.treasury = new);
    let elsewhere = world.create_other_token_account(new, world.mint, 60);
    world.play([world.withdraw_fees_ix(proposal)]).refused(LeaseError::WrongTokenOwner);
    world.play([world.withdraw_fees_ix(proposal).with("treasury_token", elsewhere)]).ok();
    assert_eq!((world.balance(&elsewhere), world.money(&old)), (7, WEALTH));
}

#[test]
fn every_account_is_checked() {
    let (mut world, proposal) = withdrawing(TOKEN, 7);
    let sibling = world.sibling();
    let treasury = world.people.treasury.pubkey();
    let voting = world.propose(Action::WithdrawFees { mint: world.mint, amount: 1 });
    let others = world.wallet(&world.people.stranger.pubkey());
    let of_another_mint = address::associated_token(&treasury, &sibling.mint, &TOKEN);
    let [forged_vault, forged_token] =
        [(world.fee_vault(), 71), (world.wallet(&treasury), 72)].map(|(token, seed)| {
            let to = Address::new_from_array([seed; 32]);
            world.copy_account(&token, to, |account| account.owner = FORGER)
        });
    world.refuses_wrong_accounts(
        &[],
        &world.withdraw_fees_ix(proposal),
        &[
            ("proposal", voting, &LeaseError::NotPassed),
            ("proposal", sibling.active.address, &InstructionError::InvalidAccountData),
            ("fee_params", world.provider, &InstructionError::InvalidAccountData),
            ("mint_policy", address::mint_policy(&sibling.mint), &LeaseError::WrongMint),
            ("mint_policy", sibling.offer, &InstructionError::InvalidAccountData),
            ("fee_vault", address::fee_vault(&sibling.mint), &LeaseError::WrongAccount),
            ("fee_vault", others, &LeaseError::WrongAccount),
            ("fee_vault", forged_vault, &LeaseError::NotATokenAccount),
            ("treasury_token", others, &LeaseError::WrongTokenOwner),
            ("treasury_token", of_another_mint, &LeaseError::WrongMint),
            ("treasury_token", world.fee_vault(), &ACCOUNT_TWICE),
            ("treasury_token", forged_token, &LeaseError::NotATokenAccount),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}
