//! Whole lives of a lease.

use gpu_lease_tests::prelude::*;
use rstest::rstest;

#[rstest]
fn a_lease_whose_parties_agree_hour_by_hour_is_paid_as_it_runs(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given four GPUs for a day, twelve hours of them paid.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let provider = world.people.provider.pubkey();

    // When renter and provider agree every hour and anyone settles, 2.50 × 4 less 1 % arrive each time.
    for hour in 1..=12 {
        world.pass(3_600);
        world.agree(&lease, hour * 14_400).ok();
        world.settle(&lease).ok();
        assert_eq!(world.money(&provider), WEALTH - 20_000_000 + hour * 9_900_000);
    }

    // Then the deposit is used up, a top-up pays for the rest, and the close leaves nothing behind.
    assert_eq!(world.lease(&lease).ledger.released, world.lease(&lease).ledger.deposited);
    world.top_up(&lease, 120_000_000).ok();
    world.pass(12 * 3_600);
    world.agree(&lease, 24 * 14_400).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(world.money(&provider), WEALTH + 240_000_000 - 2_400_000);
    assert_eq!(world.money(&lease.renter), WEALTH - 240_000_000);
    assert_eq!(world.balance(&world.fee_vault()), 2_400_000);
}

#[rstest]
fn a_renter_that_never_signs_pays_after_each_challenge_window(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    for hour in 1..=12 {
        world.pass(3_600);
        world.claim(&lease, hour * 14_400).ok();
    }
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(world.money(&world.people.provider.pubkey()), WEALTH + 118_800_000);
    assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000);
}

#[rstest]
fn a_lease_of_the_shortest_duration_lives_too(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on_with_terms(token_program, |terms| terms.min_duration = MIN_DURATION);
    let lease = world.active_lease_as(|request| request.duration = MIN_DURATION);
    world.pass(60);
    world.agree(&lease, 240).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    // 240 units are worth 166 666.66…
    assert_eq!(world.money(&lease.renter), WEALTH - 166_666);
}

#[rstest]
fn an_address_is_used_again_by_the_next_lease(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let first = world.active_lease();
    let slot = world.lease(&first).opened_slot;
    world.pass_grace(&first);
    world.close(&first).ok();

    let second = world.active_lease();

    assert_eq!(second, first);
    assert!(world.lease(&second).opened_slot > slot);
    assert_eq!(world.lease(&second).meter.accepted, 0);
    assert_eq!(world.read::<Provider>(&world.provider).record.leases_started, 2);
}

#[rstest]
fn a_pause_stops_openings_and_nothing_else(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let waiting = world.pending_lease_as(|request| request.nonce = 1);
    let unwanted = world.pending_lease_as(|request| request.nonce = 2);
    world.pause_until(i64::MAX);

    world.open(LeaseRequest { nonce: 3, ..world.request(3) }).refused(LeaseError::Paused);

    world.start(&waiting).ok();
    world.cancel(&unwanted, lease.renter).ok();
    world.top_up(&lease, 1).ok();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.claim(&waiting, 14_400).ok();
    world.settle(&lease).ok();
    world.play([world.update_provider_ix(world.people.agent.pubkey())]).ok();
    world.play([world.update_offer_ix(9, true, terms(world.mint), listing())]).ok();
    world.extend(&lease, 172_800).ok();
    world.resize(&lease, 5).ok();
    world.resize(&lease, 1).ok();
    world.set_session_key(&lease, NOWHERE).ok();
    world.dispute(&waiting, 7_200).ok();
    world.resolve(&waiting, 10_000).ok();
    world.pass(3_600);
    world.release_gpus(&lease).ok();
    world.terminate(&lease, lease.renter).ok();
    world.expire(&lease).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    world.close(&waiting).ok();
}

#[rstest]
fn inv_5_gpus_come_back_when_leases_close(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let free = |world: &World| world.offer().gpus_free;
    let leases = [0, 1].map(|nonce| world.active_lease_as(|request| request.nonce = nonce));
    assert_eq!(free(&world), 0);
    world.play([world.update_offer_ix(10, true, terms(world.mint), listing())]).ok();
    assert_eq!(free(&world), 2);
    world.pass_grace(&leases[0]);
    world.close(&leases[0]).ok();
    assert_eq!(free(&world), 6);
    world.close(&leases[1]).ok();
    assert_eq!((free(&world), world.offer().gpus), (10, 10));
}

#[rstest]
fn a_provider_that_rents_its_own_gpus_is_paid_in_one_token_account_or_several(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
    #[values(false, true)] together: bool,
) {
    // Given one wallet that is renter, payer and provider.
    let mut world = World::on(token_program);
    let renter = world.people.provider.pubkey();
    let stranger = world.people.stranger.pubkey();
    world.play([instruction::create_participant(stranger, renter)]).ok();
    let lamports = world.lamports(&renter);
    let open = instruction::OpenLease { renter, payer: renter, ..world.opening(world.request(0)) };
    world.play([instruction::open_lease(&open)]).ok();
    let address = open.lease();
    let lease = LeaseKey { address, vault: address::vault(&address), renter, payer: renter };
    world.start(&lease).ok();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    if !together {
        world.pass_grace(&lease);
    }

    // When it is closed, into one token account of its wallet or two.
    let reference = world.context(&lease);
    let close = match together {
        true => instruction::close_lease_together(&reference, 14_400, 0, FOR_EVER),
        false => instruction::close_lease(&reference),
    };
    let other = world.create_other_token_account(renter, world.mint, 60);
    for refund_token in [world.wallet(&renter), other] {
        let mut world = world.clone();
        world.play([close.clone().with("refund_token", refund_token)]).ok();

        // Then the fee is all that it cost.
        assert_eq!(world.money(&renter) + world.balance(&other), WEALTH - 100_000);
        assert_eq!(world.lamports(&renter), lamports);
    }
}
