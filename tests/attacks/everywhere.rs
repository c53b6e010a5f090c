//! What can be tried against any program: accounts that come back, lie ready or are made twice, limits of
//! numbers, odd clocks and odd instruction data.

use crate::gains;
use gpu_lease_tests::prelude::*;

#[test]
fn nothing_is_initialized_twice() {
    let mut world = World::new();
    world.pending_lease();
    let provider = world.people.provider.pubkey();
    let again = [
        world.initialize_ix(world.config()),
        world.register_mint_ix(world.mint),
        world.register_provider_ix(provider, provider),
        world.create_offer_ix(0, 8, terms(world.mint), listing()),
        instruction::create_participant(provider, world.people.renter.pubkey()),
        world.open_lease_ix(world.request(0)),
    ];
    for instruction in again {
        world.play([instruction]).failed(ALREADY_IN_USE);
    }
}

#[test]
fn lamports_sent_ahead_to_any_address_of_the_protocol_stop_nothing() {
    let mut world = World::with_program();
    let provider = address::provider(&world.people.provider.pubkey());
    let lease = world.lease_key(0, world.people.renter.pubkey());
    for address in [
        address::protocol(),
        address::governance(),
        address::fee_params(),
        address::mint_policy(&world.mint),
        address::fee_vault(&world.mint),
        provider,
        address::participant(&provider),
        address::participant(&lease.renter),
        address::offer(&provider, 0),
        lease.address,
        lease.vault,
    ] {
        world.cluster.fund(&address, 890_880);
    }
    for instruction in world.foundation() {
        world.play([instruction]).ok();
    }
    assert_eq!(world.active_lease(), lease);
    world.pass_grace(&lease);
    world.close(&lease).ok();
}

#[test]
fn more_lamports_than_the_rent_sent_ahead_are_the_payers_in_the_end() {
    let mut world = World::new();
    let (renter, plenty) = (world.people.renter.pubkey(), 1_000_000_000);
    let before = world.lamports(&renter);
    let lease = world.lease_key(0, renter);
    for address in [lease.address, lease.vault] {
        world.cluster.fund(&address, plenty);
    }
    world.pending_lease();
    world.cancel(&lease, renter).ok();
    assert_eq!(world.lamports(&renter), before + 2 * plenty);
}

#[test]
fn a_closed_lease_does_not_come_back_within_the_transaction() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.pass_grace(&lease);
    let stranger = world.people.stranger.pubkey();
    let close = world.close_lease_ix(&lease);
    let revive =
        |address: &Address| solana_system_interface::instruction::transfer(&stranger, address, 10_000_000);
    for again in [world.settle_ix(&lease), world.top_up_ix(&lease, lease.renter, 1), close.clone()] {
        let attempt = [close.clone(), revive(&lease.address), revive(&lease.vault), again];
        world.play(attempt).failed_at(3, InstructionError::AccountDataTooSmall);
    }
    let (renter, provider) = (world.money(&lease.renter), world.money(&world.people.provider.pubkey()));
    world.play([close, revive(&lease.address), revive(&lease.vault)]).ok();
    assert!(world.money(&lease.renter) > renter);
    assert!(world.money(&world.people.provider.pubkey()) > provider);
    // What was revived is a mere purse, and the lease can be opened anew over it.
    assert_eq!(world.owner_of(&lease.address), system_program::ID);
    world.active_lease();
}

#[test]
fn a_lease_closed_by_its_parties_comes_back_for_no_instruction() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    let stranger = world.people.stranger.pubkey();
    let revive = solana_system_interface::instruction::transfer(&stranger, &lease.address, 10_000_000);
    let known = world.context(&lease);
    let close = instruction::close_lease_together(&known, 0, 0, FOR_EVER);
    for again in [
        world.attest_ix(&lease),
        instruction::extend_lease(&known, 2 * 86_400, FOR_EVER),
        instruction::resize_lease(&known, 8, FOR_EVER),
        instruction::release_gpus(&known),
        instruction::terminate_lease(lease.renter, &known, i64::MAX, FOR_EVER),
        instruction::expire_lease(lease.renter, &known, FOR_EVER),
        instruction::dispute_lease(lease.renter, lease.renter, &known, 0, u64::MAX, FOR_EVER),
        instruction::resolve_dispute(&known, 0, FOR_EVER),
        instruction::resolve_by_timeout(&known),
        instruction::set_session_key(&known, stranger, FOR_EVER),
        instruction::publish_access(&known, ACCESS_BLOB, FOR_EVER),
        close.clone(),
    ] {
        let attempt = [close.clone(), revive.clone(), again];
        world.play(attempt).failed_at(2, InstructionError::AccountDataTooSmall);
    }
    world.play([close, revive]).ok();
    assert_eq!(world.owner_of(&lease.address), system_program::ID);
}

#[test]
fn a_cancelled_lease_does_not_come_back_within_the_transaction() {
    let mut world = World::new();
    let lease = world.pending_lease();
    let cancel = world.cancel_lease_ix(&lease, lease.renter);
    let stranger = world.people.stranger.pubkey();
    let revive = solana_system_interface::instruction::transfer(&stranger, &lease.address, 10_000_000);
    let start = world.start_lease_ix(&lease, ACCESS_BLOB);
    for again in [cancel.clone(), start] {
        let attempt = [cancel.clone(), revive.clone(), again];
        world.play(attempt).failed_at(2, InstructionError::AccountDataTooSmall);
    }
}

#[test]
fn a_closed_offer_does_not_come_back_within_the_transaction() {
    let mut world = World::new();
    let close = world.close_offer_ix();
    let stranger = world.people.stranger.pubkey();
    let revive = solana_system_interface::instruction::transfer(&stranger, &world.offer, 10_000_000);
    let open = world.open_lease_ix(world.request(0));
    world.play([close, revive, open]).failed_at(2, InstructionError::IllegalOwner);
}

#[test]
fn a_lease_reopened_in_the_slot_of_its_cancelling_is_a_new_lease() {
    let mut world = World::new();
    let lease = world.pending_lease();
    let (cancel, open) = (world.cancel_lease_ix(&lease, lease.renter), world.open_lease_ix(world.request(0)));
    world.play([cancel, open]).ok();
    let deposit = world.lease(&lease).ledger.deposited;
    assert_eq!(world.money(&lease.renter), WEALTH - deposit);
    assert_eq!(world.balance(&lease.vault), deposit);
}

#[test]
fn a_clock_that_stands_still_pays_for_nothing() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.agree(&lease, 1).refused(LeaseError::UnitsAboveCapacity);
    world.agree(&lease, 0).refused(LeaseError::AttestationRepeated);
    world.settle(&lease).ok();
    world.close(&lease).refused(LeaseError::NotClosable);
    assert_eq!(world.money(&world.people.provider.pubkey()), WEALTH - 20_000_000);
}

#[test]
fn a_clock_that_jumps_back_matures_nothing_and_traps_nothing() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    let now = world.now();
    world.agree(&lease, 7_200).ok();
    world.claim(&lease, 14_400).ok();

    for earlier in [now - 1, now - 3_600, now - 100_000, 0, i64::MIN] {
        world.set_time(earlier);
        world.settle(&lease).ok();
        world.top_up(&lease, 1).ok();
        world.claim(&lease, 14_401).refused(LeaseError::AttestationRegressed);
        world.close(&lease).refused(LeaseError::NotClosable);
        assert_eq!(world.lease(&lease).meter.accepted, 7_200);
    }

    world.set_time(now + 600);
    world.settle(&lease).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 14_400);
    world.pass_grace(&lease);
    world.close(&lease).ok();
}

#[test]
fn a_clock_at_the_limits_of_its_type_pays_no_more_than_was_delivered() {
    let mut world = World::new();
    let lease = world.active_lease();
    let pending = world.pending_lease_as(|request| request.nonce = 1);
    world.set_time(i64::MAX);
    world.settle(&lease).ok();
    world.cancel(&pending, world.people.stranger.pubkey()).ok();
    world.open(request_until(&world, i64::MAX)).refused(LeaseError::StartDeadlineOutOfBounds);
    world.close(&lease).ok();
    assert_eq!(world.money(&lease.renter), WEALTH + 20_000_000);
}

#[test]
fn a_clock_that_stands_still_decides_a_dispute_and_lets_nobody_wait_it_out() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    world.dispute(&lease, 0).ok();
    world.resolve_by_timeout(&lease).refused(LeaseError::ArbitrationRunning);
    world.play([world.resolve_dispute_ix(&lease, 14_400), world.close_lease_ix(&lease)]).ok();
    assert_eq!(gains(&world, &lease), [-11_000_000, 9_900_000, 1_000_000, 100_000]);
}

#[test]
fn a_clock_that_stands_still_expires_and_frees_nothing() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    world.resize(&lease, 1).ok();
    world.release_gpus(&lease).ok();
    assert_eq!(world.lease(&lease).gpus, 4);
    world.terminate(&lease, lease.renter).ok();
    world.close(&lease).refused(LeaseError::NotClosable);
    // Growing in the second of the start adds no capacity that could be attested.
    let grown = world.active_lease_as(|request| (request.nonce, request.gpus) = (1, 1));
    world.resize(&grown, 4).ok();
    world.agree(&grown, 1).refused(LeaseError::UnitsAboveCapacity);
}

#[test]
fn a_clock_that_jumps_back_shortens_no_dispute_notice_or_silence() {
    let mut world = World::new();
    let [disputed, lease] =
        [0, 1].map(|nonce| world.active_lease_as(|request| (request.nonce, request.gpus) = (nonce, 2)));
    world.pass(3_600);
    let now = world.now();
    world.claim(&disputed, 7_200).ok();
    world.dispute(&disputed, 0).ok();
    world.agree(&lease, 7_200).ok();
    world.resize(&lease, 1).ok();
    for earlier in [now - 1, now - 3_600, now - 100_000, 0, i64::MIN] {
        world.set_time(earlier);
        world.resolve_by_timeout(&disputed).refused(LeaseError::ArbitrationRunning);
        world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
        world.release_gpus(&lease).ok();
        world.resize(&lease, 4).refused(LeaseError::ResizePending);
        assert_eq!(world.lease(&lease).gpus, 2);
        world.clone().resolve(&disputed, 7_200).ok();
    }
    world.set_time(now);
    world.resolve(&disputed, 7_200).ok();
    world.close(&disputed).ok();
    world.close_as_claimed(&lease).ok();
    assert_eq!(gains(&world, &lease), [-10_500_000, 9_900_000, 500_000, 100_000]);
}

#[test]
fn a_clock_that_jumps_forward_ends_every_wait_and_pays_no_more_than_was_delivered() {
    let mut world = World::new();
    let [disputed, lease] =
        [0, 1].map(|nonce| world.active_lease_as(|request| (request.nonce, request.gpus) = (nonce, 2)));
    world.pass(3_600);
    world.claim(&disputed, 7_200).ok();
    world.dispute(&disputed, 0).ok();
    world.agree(&lease, 7_200).ok();
    world.set_time(i64::MAX);
    world.resolve(&disputed, 0).refused(LeaseError::ArbitrationOver);
    world.resolve_by_timeout(&disputed).ok();
    world.expire(&lease).ok();
    world.terminate(&lease, lease.renter).refused(LeaseError::LeaseEnding);
    world.extend(&lease, 2 * 86_400).refused(LeaseError::LeaseEnding);
    world.resize(&lease, 1).refused(LeaseError::LeaseEnding);
    world.release_gpus(&lease).ok();
    for lease in [disputed, lease] {
        world.close(&lease).ok();
    }
    // Half of 5 000 000, and all of it; the rest of what was promised comes out of the bonds.
    let credit = 2_450_000 + 10_000_000;
    let expected = [-7_500_000 + credit, 7_425_000 - credit, 0, 75_000];
    assert_eq!(gains(&world, &lease), expected);
}

#[test]
fn a_dispute_in_the_last_week_of_time_is_still_decided_by_its_arbiter() {
    let mut world = World::new();
    world.set_time(i64::MAX - 100_000);
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    world.dispute(&lease, 0).ok();
    assert_eq!(world.lease(&lease).dispute.deadline(), i64::MAX);
    world.set_time(i64::MAX);
    world.resolve_by_timeout(&lease).refused(LeaseError::ArbitrationRunning);
    world.resolve(&lease, 14_400).ok();
    world.close(&lease).ok();
}

#[test]
fn notice_and_shrink_at_the_limit_of_time_overflow_nothing() {
    let mut world = World::new();
    world.set_time(i64::MAX - 86_400);
    let lease = world.pending_lease_as(|request| request.start_deadline = i64::MAX);
    world.start(&lease).ok();
    assert_eq!(world.lease(&lease).ends_at, i64::MAX);
    world.set_time(i64::MAX - 1);
    world.resize(&lease, 1).ok();
    assert_eq!(world.lease(&lease).meter.segment_start, i64::MAX);
    world.extend(&lease, 30 * 86_400).ok();
    world.terminate(&lease, lease.renter).ok();
    world.close_as_claimed(&lease).ok();
}

fn request_until(world: &World, start_deadline: i64) -> LeaseRequest {
    LeaseRequest {
        nonce: 1,
        deposit: 120_000_000,
        start_deadline,
        duration: 86_400,
        gpus: 4,
        max_fee_bps: FEE_BPS,
        valid_until: world.valid_until(),
        expected_offer: world.offer().content_hash(),
        arbiter: world.people.arbiter.pubkey(),
        access_key: [0; 32],
        session_key: Address::default(),
    }
}

#[test]
fn a_lease_that_ends_at_the_limit_of_time_can_still_be_closed_by_its_own_rules() {
    let mut world = World::new();
    world.set_time(i64::MAX - 86_400 - GRACE - 1);
    let lease = world.pending_lease_as(|request| request.start_deadline = i64::MAX - 86_400);
    world.start(&lease).ok();
    assert_eq!(world.lease(&lease).ends_at, i64::MAX - GRACE - 1);
    world.set_time(i64::MAX);
    world.close(&lease).ok();
}

#[test]
fn numbers_at_the_limits_of_their_types_are_refused() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    let now = world.now();
    world.top_up(&lease, u64::MAX).refused(LeaseError::AmountOverflow);
    world.agree(&lease, u64::MAX).refused(LeaseError::UnitsAboveCapacity);
    let first = world.message_until(&lease, 1, i64::MIN);
    world.agree_message(&lease, &first).refused(LeaseError::AttestationRegressed);
    let last = world.message_until(&lease, 1, i64::MAX);
    world.agree_message(&lease, &last).refused(LeaseError::WindowOutOfBounds);
    world.open(request_until(&world, i64::MAX)).refused(LeaseError::StartDeadlineOutOfBounds);
    world.open(request_until(&world, i64::MIN)).refused(LeaseError::StartDeadlineOutOfBounds);
    let huge = LeaseRequest { deposit: u64::MAX, ..request_until(&world, now + 600) };
    world.open(huge).failed(INSUFFICIENT_FUNDS);
    let gpus = LeaseRequest { gpus: u32::MAX, ..huge };
    world.open(gpus).refused(LeaseError::NotEnoughFreeGpus);
    // Energy is a record and no money: any amount is taken, once.
    let mut message = world.message(&lease, 1);
    message.energy_wh = u64::MAX.into();
    world.agree_message(&lease, &message).ok();
    world.agree(&lease, 2).refused(LeaseError::AttestationRegressed);
}

#[test]
fn an_instruction_that_does_not_exist_is_refused() {
    let mut world = World::new();
    let lease = world.active_lease();
    let settle = world.settle_ix(&lease);
    for data in [vec![], vec![0], vec![0; 8], vec![255; 8], settle.data[..settle.data.len() - 1].to_vec()] {
        let unknown = Instruction { data, ..settle.clone() };
        world.play([unknown]).failed(InstructionError::InvalidInstructionData);
    }
}

#[test]
fn arguments_that_are_cut_off_are_refused() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.pay_bond_in(1);
    for whole in [
        world.open_lease_ix(LeaseRequest { nonce: 1, ..world.request(1) }),
        world.top_up_ix(&lease, lease.renter, 1),
        world.start_lease_ix(&lease, ACCESS_BLOB),
        world.update_offer_ix(8, true, terms(world.mint), listing()),
        world.update_provider_ix(world.people.agent.pubkey()),
        world.publish_access_ix(&lease, ACCESS_BLOB),
        world.withdraw_bond_ix(world.wallet(&lease.renter), 1),
        instruction::extend_lease(&world.context(&lease), 2 * 86_400, FOR_EVER),
        world.resize_lease_ix(&lease, 8),
        world.dispute_lease_ix(&lease, 0),
        world.resolve_dispute_ix(&lease, 0),
        instruction::set_session_key(&world.context(&lease), Address::default(), FOR_EVER),
        world.nominate_authority_ix(Address::default()),
    ] {
        let mut cut = whole;
        cut.data.pop();
        world.play([cut]).failed(InstructionError::InvalidInstructionData);
    }
}

#[test]
#[expect(deprecated, reason = "what anchor reports")]
fn accounts_that_are_left_out_are_refused() {
    let mut world = World::new();
    let lease = world.active_lease();
    let known = world.context(&lease);
    for whole in [
        world.settle_ix(&lease),
        world.close_lease_ix(&lease),
        world.attest_ix(&lease),
        world.attest_batch_alone_ix(&[]),
        world.publish_access_ix(&lease, ACCESS_BLOB),
        world.withdraw_bond_ix(world.wallet(&lease.renter), 1),
        world.resize_lease_ix(&lease, 8),
        world.release_gpus_ix(&lease),
        world.dispute_lease_ix(&lease, 0),
        world.resolve_dispute_ix(&lease, 0),
        instruction::extend_lease(&known, 2 * 86_400, FOR_EVER),
        instruction::terminate_lease(lease.renter, &known, i64::MAX, FOR_EVER),
        instruction::expire_lease(lease.renter, &known, FOR_EVER),
        instruction::resolve_by_timeout(&known),
        instruction::set_session_key(&known, Address::default(), FOR_EVER),
        world.accept_authority_ix(lease.renter, world.people.attestor.pubkey()),
    ] {
        let mut short = whole;
        short.accounts.pop();
        world.play([short]).failed(InstructionError::NotEnoughAccountKeys);
    }
}
