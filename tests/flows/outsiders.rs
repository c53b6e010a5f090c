//! What others do to a lease: dust, lost token accounts, frozen ones. Nobody can trap anyone's money.

use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// A lease that delivered an hour and can be closed: 9 900 000 and the bond's rest for the provider.
fn closable(token_program: Address) -> (World, LeaseKey) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.pass_grace(&lease);
    (world, lease)
}

/// What the renter has after the close of [`closable`]: all but the delivered hour, and the bond as credit.
const RENTER_AFTER: u64 = WEALTH - 10_000_000 + 20_000_000;

#[rstest]
fn a_provider_that_closes_its_token_account_does_not_trap_the_refund(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = closable(token_program);
    let provider = world.people.provider.pubkey();
    world.close_token_account(&provider);
    world.close(&lease).refused(LeaseError::NotATokenAccount);
    // Anyone may create it again.
    world.create_token_account(provider, world.mint);
    world.close(&lease).ok();
    assert_eq!(world.money(&lease.renter), RENTER_AFTER);
    assert_eq!(world.money(&provider), 9_900_000);
}

#[test]
fn a_provider_that_gives_its_token_account_away_does_not_trap_the_refund() {
    // An associated token account of Token-2022 cannot be given away.
    let (mut world, lease) = closable(TOKEN);
    let provider = world.people.provider.pubkey();
    world.reassign_token_account(&provider, &world.people.stranger.pubkey());
    world.close(&lease).refused(LeaseError::WrongTokenOwner);
    let other = world.create_other_token_account(provider, world.mint, 60);
    let close = world.close_lease_ix(&lease).with("payout_token", other);
    world.play([close.clone()]).refused(LeaseError::WrongTokenOwner);
    world.play([close.with("bond_token", other)]).ok();
    assert_eq!(world.money(&lease.renter), RENTER_AFTER);
    assert_eq!(world.balance(&other), 9_900_000);
}

#[rstest]
fn a_provider_whose_token_account_is_frozen_does_not_trap_the_refund(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = closable(token_program);
    let provider = world.people.provider.pubkey();
    world.freeze(&world.wallet(&provider));
    world.close(&lease).failed(ACCOUNT_FROZEN);
    let other = world.create_other_token_account(provider, world.mint, 60);
    world.play([world.close_lease_ix(&lease).with("payout_token", other)]).ok();
    assert_eq!(world.money(&lease.renter), RENTER_AFTER);
}

#[rstest]
fn a_provider_to_whom_nothing_is_due_is_closed_out_even_with_a_frozen_account(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.freeze(&world.wallet(&world.people.provider.pubkey()));
    world.settle(&lease).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(world.money(&lease.renter), WEALTH + 20_000_000);
}

#[rstest]
fn a_payer_that_lost_its_token_account_does_not_trap_the_payout(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = closable(token_program);
    world.close_token_account(&lease.renter);
    world.close(&lease).refused(LeaseError::NotATokenAccount);
    world.create_token_account(lease.renter, world.mint);
    world.close(&lease).ok();
    assert_eq!(world.money(&lease.renter), 130_000_000);
}

#[rstest]
fn a_sponsor_whose_token_account_is_frozen_does_not_trap_a_cancelled_lease(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.sponsored_lease();
    world.freeze(&world.wallet(&lease.payer));
    world.cancel(&lease, lease.renter).failed(ACCOUNT_FROZEN);
    let other = world.create_other_token_account(lease.payer, world.mint, 60);
    world.play([world.cancel_lease_ix(&lease, lease.renter).with("refund_token", other)]).ok();
    assert_eq!(world.balance(&other), 120_000_000);
}

#[rstest]
fn a_provider_that_vanishes_after_the_opening_traps_nothing(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.pending_lease();
    world.play([world.close_offer_ix()]).ok();
    world.set_time(world.lease(&lease).start_deadline + 1);
    world.cancel(&lease, world.people.stranger.pubkey()).ok();
    assert_eq!(world.money(&lease.renter), WEALTH);
}

#[rstest]
fn inv_9_two_parties_that_vanish_are_settled_by_a_stranger(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // A lease that runs, one with open claims, one that waits: a stranger and time empty them all.
    let mut world = World::on(token_program);
    let waiting = world.pending_lease_as(|request| request.nonce = 2);
    let silent = world.active_lease_as(|request| request.nonce = 0);
    let claimed = world.active_lease_as(|request| request.nonce = 1);
    world.pass(3_600);
    world.claim(&claimed, 7_200).ok();
    world.pass(60);
    world.claim(&claimed, 14_400).ok();

    let stranger = world.people.stranger.pubkey();
    world.cancel(&waiting, stranger).ok();
    world.pass_grace(&claimed);
    world.close(&claimed).ok();
    world.close(&silent).ok();

    for lease in [silent, claimed, waiting] {
        assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
    }
    assert_eq!(world.money(&silent.renter), WEALTH - 10_000_000 + 40_000_000);
}

/// Strangers and time empty a lease: no instruction needs the signature of a party or of an administrator.
#[track_caller]
fn strangers_empty(world: &mut World, lease: &LeaseKey) {
    let stranger = world.people.stranger.pubkey();
    let by_anyone = |world: &mut World, instruction: Instruction| {
        let signs = |meta: &solana_instruction::AccountMeta| meta.is_signer && meta.pubkey != stranger;
        assert!(!instruction.accounts.iter().any(signs));
        world.play([instruction]).ok();
    };
    match world.lease(lease).state.into() {
        LeaseState::Pending => {
            world.set_time(world.lease(lease).start_deadline + 1);
            let cancel = world.cancel_lease_ix(lease, stranger);
            return by_anyone(world, cancel);
        }
        LeaseState::Active => {
            let bound = world.lease(lease).ends_at + GRACE + 1 + i64::from(MAX_CHALLENGE_WINDOW);
            world.set_time(bound);
        }
        LeaseState::Disputed => {
            world.set_time(world.lease(lease).dispute.deadline() + 1);
            let timeout = instruction::resolve_by_timeout(&world.context(lease));
            by_anyone(world, timeout);
        }
        LeaseState::Resolved => {}
    }
    let settle = world.settle_ix(lease);
    by_anyone(world, settle);
    let release = world.release_gpus_ix(lease);
    by_anyone(world, release);
    let close = world.close_lease_ix(lease);
    by_anyone(world, close);
}

#[rstest]
fn inv_9_strangers_empty_a_lease_in_whatever_state_its_parties_left_it(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let provider = People::default().provider.pubkey();
    let states: [fn(&mut World, &LeaseKey, Address); 10] = [
        |_, _, _| {},
        |world, lease, _| drop(world.terminate(lease, lease.renter).ok()),
        |world, lease, provider| drop(world.terminate(lease, provider).ok()),
        |world, lease, _| drop(world.extend(lease, 30 * 86_400).ok()),
        |world, lease, _| drop(world.resize(lease, 8).ok()),
        |world, lease, _| drop(world.resize(lease, 1).ok()),
        |world, lease, _| {
            world.pass(901);
            world.expire(lease).ok();
        },
        |world, lease, provider| {
            world.set_time(world.lease(lease).funded_until());
            world.terminate(lease, provider).ok();
        },
        |world, lease, _| drop(world.dispute(lease, 1_000).ok()),
        |world, lease, _| {
            world.dispute(lease, 1_000).ok();
            world.resolve(lease, 5_000).ok();
        },
    ];
    for (number, leave) in states.into_iter().enumerate() {
        let mut world = World::on(token_program);
        let waiting = world.pending_lease_as(|request| request.nonce = 1);
        let lease = world.active_lease();
        world.pass(3_600);
        world.claim(&lease, 14_000).ok();
        leave(&mut world, &lease, provider);
        strangers_empty(&mut world, &lease);
        strangers_empty(&mut world, &waiting);
        assert!(!world.exists(&lease.address) && !world.exists(&lease.vault), "state {number}");
        assert!(!world.exists(&waiting.address) && !world.exists(&waiting.vault));
        assert_eq!(world.offer().gpus_free, 8);
    }
}

#[rstest]
fn dust_of_another_mint_cannot_be_put_into_the_vault(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let sibling = world.sibling();
    let renter = lease.renter;
    let dust = spl_token_interface::instruction::transfer_checked(
        &TOKEN,
        &sibling.renter_token,
        &sibling.mint,
        &lease.vault,
        &renter,
        &[],
        1,
        6,
    );
    let dust = Instruction { program_id: token_program, ..dust.unwrap() };
    world.play([dust]).failed(MINT_MISMATCH);
}
