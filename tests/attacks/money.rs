//! Money: being paid twice, too much, by the wrong vault or into the wrong pocket.

use gpu_lease_client::instruction::OpenLease;
use gpu_lease_tests::prelude::*;

/// A lease of four GPUs for which 10 000 000 base units are due, 9 900 000 of them to the provider.
fn due() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    (world, lease)
}

fn provider(world: &World) -> Address {
    world.people.provider.pubkey()
}

#[test]
fn settling_twice_in_one_transaction_or_slot_pays_once() {
    let (mut world, lease) = due();
    let before = world.money(&provider(&world));
    let settle = world.settle_ix(&lease);
    world.play([settle.clone(), settle.clone()]).ok();
    world.play([settle]).ok();
    assert_eq!(world.money(&provider(&world)) - before, 9_900_000);
}

#[test]
fn settling_with_nothing_due_moves_nothing() {
    let mut world = World::new();
    let lease = world.active_lease();
    let vault = world.balance(&lease.vault);
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    world.settle(&lease).ok();
    assert_eq!(world.balance(&lease.vault), vault);
    assert_eq!(world.lease(&lease).ledger.released, 0);
}

#[test]
fn the_largest_lease_there_can_be_is_paid_to_the_base_unit() {
    // 16 384 GPUs for a leap year at the highest price: their gross is far above 64 bits.
    let mut world = World::with_terms(|terms| {
        (terms.price, terms.min_duration, terms.max_duration) = (MAX_PRICE, MIN_DURATION, MAX_DURATION);
        terms.bond_hours = 0;
    });
    world.play([world.update_offer_ix(MAX_GPUS, true, world.offer().terms, listing())]).ok();
    let renter = world.people.renter.pubkey();
    let supply = world.people.all().len() as u64 * WEALTH;
    world.mint_to(world.mint, world.wallet(&renter), u64::MAX - supply);
    let deposit = world.money(&renter);
    let request = LeaseRequest {
        nonce: 0,
        deposit,
        start_deadline: world.now() + 600,
        duration: MAX_DURATION,
        gpus: MAX_GPUS,
        max_fee_bps: FEE_BPS,
        valid_until: world.valid_until(),
        expected_offer: world.offer().content_hash(),
        arbiter: world.people.arbiter.pubkey(),
        access_key: [0; 32],
        session_key: Address::default(),
    };
    world.open(request).ok();
    let lease = world.lease_key(0, renter);
    world.start(&lease).ok();
    world.set_time(world.lease(&lease).ends_at);
    let most = u64::from(MAX_GPUS) * u64::from(MAX_DURATION);
    world.agree(&lease, most + 1).refused(LeaseError::UnitsAboveCapacity);
    world.agree(&lease, most).ok();
    world.settle(&lease).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();

    let fee = u64::try_from(u128::from(deposit) / 100).unwrap();
    assert_eq!(world.money(&renter), 0);
    assert_eq!(world.balance(&world.fee_vault()), fee);
    assert_eq!(world.money(&provider(&world)), WEALTH + deposit - fee);
}

#[test]
fn the_smallest_lease_there_can_be_is_paid_to_the_base_unit() {
    // One GPU for a minute at one base unit per hour: a sixtieth of a base unit, rounded in the payer's favour.
    let mut world = World::with_terms(|terms| {
        (terms.price, terms.min_duration, terms.bond_hours) = (1, MIN_DURATION, 0);
    });
    let lease = world.pending_lease_as(|request| {
        (request.deposit, request.gpus, request.duration) = (1, 1, MIN_DURATION);
    });
    world.start(&lease).ok();
    world.pass(60);
    world.agree(&lease, 60).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(world.money(&lease.renter), WEALTH);
}

#[test]
fn a_stranger_cannot_be_paid_in_the_providers_place() {
    let (mut world, lease) = due();
    let stranger = world.wallet(&world.people.stranger.pubkey());
    let settle = world.settle_ix(&lease).with("payout_token", stranger);
    world.play([settle]).refused(LeaseError::WrongTokenOwner);
    world.pass_grace(&lease);
    let close = world.close_lease_ix(&lease);
    for (name, wrong) in [("payout_token", stranger), ("refund_token", stranger)] {
        world.play([close.clone().with(name, wrong)]).refused(LeaseError::WrongTokenOwner);
    }
    let rent_to_stranger = close.with("payer", world.people.stranger.pubkey());
    world.play([rent_to_stranger]).refused(LeaseError::WrongAccount);
}

#[test]
fn a_cancelled_leases_refund_and_rent_go_to_nobody_but_the_payer() {
    let mut world = World::new();
    let lease = world.sponsored_lease();
    let cancel = world.cancel_lease_ix(&lease, lease.renter);
    let to_renter = cancel.clone().with("refund_token", world.wallet(&lease.renter));
    world.play([to_renter]).refused(LeaseError::WrongTokenOwner);
    world.play([cancel.with("payer", lease.renter)]).refused(LeaseError::WrongAccount);
}

#[test]
fn a_payee_account_that_was_closed_is_replaced_by_another_of_the_same_wallet() {
    let (mut world, lease) = due();
    let wallet = provider(&world);
    world.close_token_account(&wallet);
    world.settle(&lease).failed(InstructionError::AccountDataTooSmall);
    let other = world.create_other_token_account(wallet, world.mint, 60);
    world.play([world.settle_ix(&lease).with("payout_token", other)]).ok();
    assert_eq!(world.balance(&other), 9_900_000);
}

#[test]
fn a_payee_account_that_is_frozen_is_replaced_by_another_of_the_same_wallet() {
    let (mut world, lease) = due();
    let wallet = provider(&world);
    world.freeze(&world.wallet(&wallet));
    world.settle(&lease).failed(ACCOUNT_FROZEN);
    let other = world.create_other_token_account(wallet, world.mint, 60);
    world.play([world.settle_ix(&lease).with("payout_token", other)]).ok();
    assert_eq!(world.balance(&other), 9_900_000);
}

#[test]
fn a_payee_account_that_changed_hands_is_refused() {
    let (mut world, lease) = due();
    world.reassign_token_account(&provider(&world), &world.people.stranger.pubkey());
    world.settle(&lease).refused(LeaseError::WrongTokenOwner);
}

#[test]
fn a_payee_account_of_another_mint_is_refused() {
    let (mut world, lease) = due();
    let mint = world.create_mint(21, TOKEN);
    let other = address::associated_token(&provider(&world), &mint, &TOKEN);
    world.play([world.settle_ix(&lease).with("payout_token", other)]).refused(LeaseError::WrongMint);
}

#[test]
fn a_payee_account_of_the_other_token_program_is_refused() {
    let (mut world, lease) = due();
    let mint = world.create_mint(21, TOKEN_2022);
    let other = address::associated_token(&provider(&world), &mint, &TOKEN_2022);
    world.play([world.settle_ix(&lease).with("payout_token", other)]).refused(LeaseError::WrongMint);
    // Even one that claims to be of the lease's mint: no token program writes to what it does not own.
    let own = world.wallet(&provider(&world));
    let forged = world.copy_account(&own, NOWHERE, |account| {
        account.owner = TOKEN_2022;
        account.data[64..72].fill(0);
    });
    let settle = world.settle_ix(&lease).with("payout_token", forged);
    world.play([settle]).failed(InstructionError::ExternalAccountDataModified);
}

#[test]
fn one_base_unit_sent_to_the_vault_blocks_nothing_and_is_the_payers() {
    let mut world = World::new();
    let lease = world.active_lease();
    let stranger = world.people.stranger.pubkey();
    world.transfer(&stranger, &lease.vault, 1).ok();
    world.settle(&lease).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    // Nothing was attested: everything comes back, and the whole bond as credit.
    assert_eq!(world.money(&lease.renter), WEALTH + 20_000_000 + 1);

    let pending = world.pending_lease_as(|request| request.nonce = 1);
    let before = world.money(&lease.renter);
    let deposit = world.lease(&pending).ledger.deposited;
    world.transfer(&stranger, &pending.vault, 1).ok();
    world.cancel(&pending, lease.renter).ok();
    assert_eq!(world.money(&lease.renter), before + deposit + 1);
}

#[test]
fn lamports_sent_to_lease_and_vault_block_nothing_and_are_the_payers() {
    let mut world = World::new();
    let before = world.lamports(&world.people.renter.pubkey());
    let lease = world.active_lease();
    for address in [lease.address, lease.vault] {
        world.cluster.fund(&address, 1_000_000);
    }
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(world.lamports(&lease.renter), before + 2_000_000);
    assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
}

#[test]
fn the_same_account_in_two_places_is_refused() {
    let (mut world, lease) = due();
    world.play([world.settle_ix(&lease).with("payout_token", lease.vault)]).failed(ACCOUNT_TWICE);
    world
        .play([world.top_up_ix(&lease, lease.renter, 1).with("funder_token", lease.vault)])
        .failed(ACCOUNT_TWICE);
    world.pass_grace(&lease);
    let close = world.close_lease_ix(&lease);
    let payout = close.account("payout_token");
    for name in ["payout_token", "bond_token", "refund_token"] {
        world.play([close.clone().with(name, lease.vault)]).failed(ACCOUNT_TWICE);
    }
    world.play([close.clone().with("refund_token", payout)]).refused(LeaseError::WrongTokenOwner);
    world.play([close.clone().with("fee_vault", payout)]).failed(ACCOUNT_TWICE);
    world.play([close.with("payer", lease.address)]).failed(ACCOUNT_TWICE);
}

#[test]
fn a_renter_that_is_its_own_provider_closes_into_one_token_account_or_several() {
    let mut world = World::new();
    let provider = provider(&world);
    let lease = LeaseKey {
        address: address::lease(&provider, 0),
        vault: address::vault(&address::lease(&provider, 0)),
        renter: provider,
        payer: provider,
    };
    let opening = OpenLease { renter: provider, payer: provider, ..world.opening(world.request(0)) };
    let count = instruction::create_participant(provider, provider);
    world.play([count, instruction::open_lease(&opening)]).ok();
    world.start(&lease).ok();
    world.pass_grace(&lease);
    let other = world.create_other_token_account(provider, world.mint, 60);
    let mut apart = world.clone();
    world.close(&lease).ok();
    assert_eq!(world.money(&provider), WEALTH);
    apart.play([apart.close_lease_ix(&lease).with("refund_token", other)]).ok();
    assert_eq!((apart.money(&provider), apart.balance(&other)), (WEALTH - 140_000_000, 140_000_000));
}

#[test]
fn forged_accounts_of_another_program_are_refused() {
    let (mut world, lease) = due();
    let mut forge = |address: Address, byte: u8| {
        world.copy_account(&address, Address::new_from_array([byte; 32]), |account| account.owner = FORGER)
    };
    let forged_lease = forge(lease.address, 81);
    let provider = forge(lease_provider(), 82);
    let fee_params = forge(address::fee_params(), 83);
    let offer = forge(first_offer(), 84);
    let protocol = forge(address::protocol(), 85);
    let settle = world.settle_ix(&lease);
    for forged in [settle.clone().with("lease", forged_lease), settle.with("provider", provider)] {
        world.play([forged]).failed(InstructionError::IllegalOwner);
    }
    let open = world.open_lease_ix(world.request(1));
    for (name, forged) in [("fee_params", fee_params), ("offer", offer), ("protocol", protocol)] {
        world.play([open.clone().with(name, forged)]).failed(InstructionError::IllegalOwner);
    }
}

fn lease_provider() -> Address {
    World::new().provider
}

fn first_offer() -> Address {
    World::new().offer
}

#[test]
fn an_offer_edited_between_the_renters_signature_and_its_landing_is_refused() {
    let mut world = World::new();
    let signed_before = world.open_lease_ix(world.request(0));
    let seen = terms(world.mint);
    for edited in [
        Terms { price: seen.price + 1, ..seen },
        Terms { price: seen.price - 1, ..seen },
        Terms { notice: 0, ..seen },
        Terms { challenge_window: 601, ..seen },
        Terms { sla_uptime_bps: 0, ..seen },
        Terms { bond_hours: 0, ..seen },
        Terms { verifier: world.people.verifier.pubkey(), ..seen },
    ] {
        world.play([world.update_offer_ix(8, true, edited, listing())]).ok();
        world.play([signed_before.clone()]).refused(LeaseError::OfferChanged);
    }
    world.play([world.update_offer_ix(8, true, seen, listing())]).ok();
    world.play([signed_before]).ok();
}

#[test]
fn an_offer_replaced_by_one_in_another_mint_is_refused() {
    let mut world = World::new();
    let signed_before = world.open_lease_ix(world.request(0));
    let mint = world.create_mint(21, TOKEN);
    world.register_mint(mint).ok();
    let update = world.update_offer_ix(8, true, Terms { mint, ..terms(world.mint) }, listing());
    world.play([update]).ok();
    world.play([signed_before]).refused(LeaseError::WrongMint);
}

#[test]
fn a_stranger_closes_nothing_before_its_time() {
    let (mut world, lease) = due();
    world.close(&lease).refused(LeaseError::NotClosable);
    world.set_time(world.lease(&lease).ends_at);
    world.close(&lease).refused(LeaseError::NotClosable);
    world.pass(GRACE);
    world.close(&lease).refused(LeaseError::NotClosable);
}

#[test]
fn a_lease_is_not_played_with_another_offers_provider() {
    let (mut world, lease) = due();
    let sibling = world.sibling();
    let settle = world.settle_ix(&lease).with("provider", sibling.provider);
    let rivals_wallet = world.wallet(&world.people.rival.pubkey());
    world.play([settle.clone()]).refused(LeaseError::WrongAccount);
    world.play([settle.with("payout_token", rivals_wallet)]).refused(LeaseError::WrongAccount);

    let message = signed(&world.message(&lease, 14_401), &[&world.people.agent]);
    let attest = world.attest_ix(&lease).with("provider", sibling.provider);
    world.play([message, attest]).refused(LeaseError::WrongAccount);

    let start = world.start_lease_ix(&sibling.pending, ACCESS_BLOB);
    world.play([start.with("offer", world.offer)]).refused(LeaseError::WrongAccount);
}
