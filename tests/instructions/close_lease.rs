use crate::states::{disputed, resolved};
use gpu_lease_tests::prelude::*;

/// Two hours of four GPUs at 2.50.
const BOND: u64 = 20_000_000;

/// Four GPUs for twelve hours at 2.50.
const DEPOSIT: u64 = 120_000_000;

#[test]
fn a_lease_that_delivered_everything_pays_everybody() {
    let mut world = World::new();
    let lease = world.active_lease();
    let (provider, renter) = (world.people.provider.pubkey(), lease.renter);
    let lamports = world.lamports(&renter);
    let rent = world.lamports(&lease.address) + world.lamports(&lease.vault);
    world.pass(12 * 3_600);
    world.agree(&lease, 4 * 12 * 3_600).ok();
    world.pass_grace(&lease);

    world.close(&lease).emitted(Event::LeaseClosed(LeaseClosed {
        lease: lease.address,
        accepted: 172_800,
        promised: 171_072,
        payout: 118_800_000,
        fees: 1_200_000,
        bond: BOND,
        credit: 0,
        refund: 0,
        reason: EndReason::Completed as u64,
    }));

    assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
    assert_eq!(world.money(&provider), WEALTH + 118_800_000);
    assert_eq!(world.money(&renter), WEALTH - DEPOSIT);
    assert_eq!(world.balance(&world.fee_vault()), 1_200_000);
    assert_eq!(world.lamports(&renter), lamports + rent);
    assert_eq!(world.offer().gpus_free, 8);
    assert_eq!(
        world.read::<Provider>(&world.provider).record,
        ProviderRecord {
            units_delivered: 172_800,
            units_promised: 171_072,
            fees_paid: 1_200_000,
            leases_started: 1,
            leases_completed: 1,
            ..ProviderRecord::default()
        }
    );
}

#[test]
fn what_was_not_delivered_comes_back_with_the_credit() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(12 * 3_600);
    world.agree(&lease, 169_632).ok();
    world.settle(&lease).ok();
    world.pass_grace(&lease);

    // The 1 440 missing units is worth 1 000 000; 169 632 units are worth 117 800 000.
    world.close(&lease).emitted(Event::LeaseClosed(LeaseClosed {
        lease: lease.address,
        accepted: 169_632,
        promised: 171_072,
        payout: 0,
        fees: 1_178_000,
        bond: BOND - 1_000_000,
        credit: 1_000_000,
        refund: DEPOSIT - 117_800_000,
        reason: EndReason::Completed as u64,
    }));

    assert_eq!(world.money(&lease.renter), WEALTH - 117_800_000 + 1_000_000);
    assert_eq!(world.money(&world.people.provider.pubkey()), WEALTH + 117_800_000 - 1_178_000 - 1_000_000);
}

/// Fees that a party, or a mint, is counted in `epoch`.
fn fees_in(epoch: u64, fees: &FeeEpochs) -> u64 {
    fees.epochs.iter().filter(|counted| counted.epoch == epoch).map(|counted| counted.fees).sum()
}

#[test]
fn fees_are_counted_for_both_parties_in_the_epoch_of_the_close() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 4 * 3_600).ok();
    // The first settlement is paid in one epoch, all fees are counted in the next, when the lease is closed.
    world.settle(&lease).ok();
    let paid_in = epoch_of(world.now());
    world.next_fee_epoch();
    let before = [lease.renter, world.provider].map(|party| world.participant(&party));
    let policy: MintPolicy = world.read(&address::mint_policy(&world.mint));

    let fees = world.close(&lease).closed().fees;

    assert_eq!(fees, 100_000);
    let mut expected = FeeEpochs::default();
    expected.add(fees, paid_in + 1);
    for (party, before) in [lease.renter, world.provider].into_iter().zip(before) {
        assert_eq!(world.participant(&party), Participant { fees: expected, ..before });
    }
    let after = world.read::<MintPolicy>(&address::mint_policy(&world.mint));
    assert_eq!(after, MintPolicy { fees: expected, ..policy });
}

#[test]
fn an_epoch_begins_at_its_first_second() {
    for (second, later) in [(-1, 0), (0, 1), (1, 1)] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.pass(3_600);
        world.agree(&lease, 4 * 3_600).ok();
        let epoch = epoch_of(world.now());
        world.next_fee_epoch();
        world.pass(second);
        world.close(&lease).ok();
        let counted = world.participant(&lease.renter).fees;
        assert_eq!((fees_in(epoch + later, &counted), fees_in(epoch + 1 - later, &counted)), (100_000, 0));
    }
}

#[test]
fn fees_of_several_leases_add_up() {
    let mut world = World::new();
    for nonce in 0..2 {
        let lease = world.active_lease_as(|request| request.nonce = nonce);
        world.pass(3_600);
        world.agree(&lease, 4 * 3_600).ok();
        world.close_as_claimed(&lease).ok();
    }
    let epoch = epoch_of(world.now());
    let renters = world.participant(&world.people.renter.pubkey()).fees;
    let policy: MintPolicy = world.read(&address::mint_policy(&world.mint));
    assert_eq!((fees_in(epoch, &renters), fees_in(epoch, &policy.fees)), (200_000, 200_000));
}

#[test]
fn only_fees_in_the_unit_mint_are_a_weight() {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN);
    world.register_mint(mint).ok();
    world.play([world.create_offer_ix(1, 8, Terms { mint, ..world.offer().terms }, listing())]).ok();
    world.offer = address::offer(&world.provider, 1);
    let policies = [world.mint, mint].map(|mint| address::mint_policy(&mint));
    let unit_policy: MintPolicy = world.read(&policies[0]);
    let lease = world.active_lease();
    let before = [lease.renter, world.provider].map(|party| world.participant(&party));
    world.pass(3_600);
    world.agree(&lease, 4 * 3_600).ok();
    world.close_as_claimed(&lease).ok();

    let after = [lease.renter, world.provider].map(|party| world.participant(&party));
    assert_eq!(after, before);
    assert_eq!(world.read::<MintPolicy>(&policies[0]), unit_policy);
    let counted = world.read::<MintPolicy>(&policies[1]).fees;
    assert_eq!(fees_in(epoch_of(world.now()), &counted), 100_000);
    assert_eq!(world.balance(&address::fee_vault(&mint)), 100_000);
}

#[test]
fn a_lease_is_closed_when_the_grace_is_over_and_not_before() {
    for (seconds, may) in [(-1, false), (0, false), (1, true)] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.set_time(world.lease(&lease).ends_at + GRACE + seconds);
        let outcome = world.close(&lease);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::NotClosable),
        }
    }
}

#[test]
fn an_open_challenge_window_holds_a_lease() {
    for (seconds, may) in [(599, false), (600, true), (601, true)] {
        let mut world = World::new();
        let lease = world.active_lease();
        let ends_at = world.lease(&lease).ends_at;
        world.set_time(ends_at + GRACE);
        world.claim_message(&lease, &world.message_until(&lease, 1, ends_at)).ok();
        world.pass(seconds);
        let outcome = world.close(&lease);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::NotClosable),
        }
    }
}

#[test]
fn a_pending_lease_is_cancelled_not_closed() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.close(&lease).refused(LeaseError::NotActive);
    world.close_as_claimed(&lease).refused(LeaseError::NotActive);
}

#[test]
fn both_parties_close_a_lease_at_any_time() {
    let mut world = World::new();
    let lease = world.active_lease();
    let rent = world.lamports(&lease.address) + world.lamports(&lease.vault);
    let lamports = world.lamports(&lease.renter);
    world.pass(3_600);
    for units in [5_000, 14_000] {
        world.claim(&lease, units).ok();
    }

    // 14 000 units are worth 9 722 222; for the 256 of the 14 256 that an hour promises they agree on 177 777.
    world.close_together(&lease, 14_000, 177_777).emitted(Event::LeaseClosed(LeaseClosed {
        lease: lease.address,
        accepted: 14_000,
        promised: 14_256,
        payout: 9_722_222 - 97_222,
        fees: 97_222,
        bond: BOND - 177_777,
        credit: 177_777,
        refund: DEPOSIT - 9_722_222,
        reason: EndReason::Mutual as u64,
    }));

    assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
    assert_eq!(world.lamports(&lease.renter), lamports + rent);
    assert_eq!(world.offer().gpus_free, 8);
}

#[test]
fn one_party_alone_closes_nothing_before_its_time() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    let together = instruction::close_lease_together(&world.context(&lease), 0, 0, FOR_EVER);
    for name in ["renter", "authority"] {
        world.play([together.clone().unsigned(name)]).refused(LeaseError::NotAgreed);
    }
    // Nor do others in their place.
    let (agent, rival) = (world.people.agent.pubkey(), world.people.rival.pubkey());
    world.set_session_key(&lease, agent).ok();
    world.play([together.clone().with("renter", agent)]).refused(LeaseError::NotRenter);
    world.play([together.with("authority", rival)]).refused(LeaseError::NotProviderOperator);
}

// ----- the operator, and bonds out of the bond account -----

#[test]
fn a_bond_out_of_the_bond_account_goes_back_there() {
    let mut world = World::new();
    let lease = world.pooled_lease();
    let provider = world.people.provider.pubkey();
    world.pass(12 * 3_600);
    world.agree(&lease, 169_632).ok();
    world.pass_grace(&lease);
    let (wallet, known) = (world.wallet(&provider), world.context(&lease));
    world
        .play([world.close_lease_ix(&lease).with("bond_token", wallet)])
        .refused(LeaseError::WrongTokenOwner);
    assert_eq!(known.bond_returns_to(), world.bond_account());

    // The 1 440 missing units is worth 1 000 000; 169 632 units are worth 117 800 000.
    let closed = world.close(&lease).closed();

    assert_eq!((closed.payout, closed.bond, closed.credit), (116_622_000, BOND - 1_000_000, 1_000_000));
    assert_eq!(world.balance(&world.bond_account()), BOND - 1_000_000);
    assert_eq!(world.money(&provider), WEALTH - BOND + 116_622_000, "its wallet gets the payout alone");
    assert_eq!(world.money(&lease.renter), WEALTH - 117_800_000 + 1_000_000);
}

#[test]
fn any_token_account_of_the_providers_account_takes_the_bond_back() {
    let mut world = World::new();
    let lease = world.pooled_lease();
    let other = world.create_other_token_account(world.provider, world.mint, 60);
    world.pass(60);
    world.claim(&lease, 240).ok();
    let close = world.close_together_ix(&lease, 240, 0);
    world.play([close.with("bond_token", other)]).ok();
    assert_eq!((world.balance(&other), world.balance(&world.bond_account())), (BOND, 0));
}

#[test]
fn the_operator_closes_with_the_renter_what_is_claimed_and_gives_nothing_up() {
    let mut world = World::new();
    let lease = world.pooled_lease();
    world.pass(3_600);
    world.agree(&lease, 5_000).ok();
    world.claim(&lease, 14_000).ok();
    for (units, credit) in [(13_999, 0), (5_000, 0), (14_000, 1), (13_999, 1), (14_001, 0)] {
        let close = world.close_with_operator_ix(&lease, units, credit);
        world.play([close]).refused(LeaseError::OperatorMayNot);
    }

    // 14 000 units are worth 9 722 222.
    world.play([world.close_with_operator_ix(&lease, 14_000, 0)]).emitted(Event::LeaseClosed(LeaseClosed {
        lease: lease.address,
        accepted: 14_000,
        promised: 14_256,
        payout: 9_722_222 - 97_222,
        fees: 97_222,
        bond: BOND,
        credit: 0,
        refund: DEPOSIT - 9_722_222,
        reason: EndReason::Mutual as u64,
    }));

    assert_eq!(world.balance(&world.bond_account()), BOND);
}

#[test]
fn the_operator_closes_nothing_alone_and_the_renter_nothing_without_it() {
    let mut world = World::new();
    let lease = world.pooled_lease();
    world.pass(3_600);
    world.claim(&lease, 14_000).ok();
    let together = world.close_with_operator_ix(&lease, 14_000, 0);
    for name in ["renter", "authority"] {
        world.play([together.clone().unsigned(name)]).refused(LeaseError::NotAgreed);
    }
    for nobody in [&world.people.attestor, &world.people.rival, &world.people.stranger].map(Signer::pubkey) {
        let close = together.clone().with("authority", nobody);
        world.play([close]).refused(LeaseError::NotProviderOperator);
    }
}

#[test]
fn in_a_dispute_the_operator_closes_at_the_providers_figure_alone() {
    let (mut world, lease) = disputed();
    for units in [10_000, 13_999] {
        let close = world.close_with_operator_ix(&lease, units, 0);
        world.play([close]).refused(LeaseError::OperatorMayNot);
    }
    let money = world.money(&world.people.provider.pubkey());
    world.play([world.close_with_operator_ix(&lease, 14_000, 0)]).ok();
    // What is not out of the bond account goes to the wallet.
    assert_eq!(world.money(&world.people.provider.pubkey()), money + 9_722_222 - 97_222 + BOND);
}

#[test]
fn an_agreement_does_not_end_a_lease_that_is_over_once_more() {
    for seconds in [-1, 0, 1] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.set_time(world.lease(&lease).ends_at + seconds);
        let closed = world.close_as_claimed(&lease).closed();
        assert_eq!((closed.reason, closed.promised), (EndReason::Mutual as u64, 171_072), "{seconds}");
    }
}

#[test]
fn a_disputed_lease_waits_for_its_decision() {
    let (mut world, lease) = disputed();
    world.close(&lease).refused(LeaseError::NotActive);
    world.pass(8 * 24 * 3_600);
    world.close(&lease).refused(LeaseError::NotActive);
}

#[test]
fn who_agrees_after_all_needs_no_arbiter() {
    let (mut world, lease) = disputed();
    let Lease { dispute, ledger, .. } = world.lease(&lease);
    let closed = world.close_as_claimed(&lease).closed();
    assert_eq!((closed.accepted, closed.reason), (dispute.provider_units, EndReason::Disputed as u64));
    assert_eq!(closed.bond + closed.credit, ledger.bond, "nobody pays an arbiter");
    assert_eq!(world.money(&world.people.arbiter.pubkey()), WEALTH);
}

#[test]
fn a_resolved_lease_is_closed_at_once() {
    let (mut world, lease) = resolved();
    let (renter, provider) = (world.money(&lease.renter), world.money(&world.people.provider.pubkey()));

    // Of the bond, 138 889 are the arbiter's. An hour promises 14 256 units; 2 256 are missing, worth 1 566 666.
    world.close(&lease).emitted(Event::LeaseClosed(LeaseClosed {
        lease: lease.address,
        accepted: 12_000,
        promised: 14_256,
        payout: 8_333_333 - 83_333,
        fees: 83_333,
        bond: BOND - 138_889 - 1_566_666,
        credit: 1_566_666,
        refund: DEPOSIT - 8_333_333 + 138_889,
        reason: EndReason::Disputed as u64,
    }));

    assert_eq!(world.money(&lease.renter), renter + DEPOSIT - 8_333_333 + 1_566_666 + 138_889);
    let paid = 8_333_333 - 83_333 + BOND - 138_889 - 1_566_666;
    assert_eq!(world.money(&world.people.provider.pubkey()), provider + paid);
}

#[test]
fn any_token_accounts_of_the_parties_are_paid() {
    let mut world = World::new();
    let lease = world.active_lease();
    let payout = world.create_other_token_account(world.people.provider.pubkey(), world.mint, 60);
    let refund = world.create_other_token_account(lease.renter, world.mint, 61);
    world.pass_grace(&lease);
    let close = world.close_lease_ix(&lease).with("payout_token", payout).with("refund_token", refund);
    world.play([close]).ok();
    assert_eq!((world.balance(&payout), world.balance(&refund)), (0, DEPOSIT + BOND));
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.sponsored_lease();
    world.start(&lease).ok();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.pass_grace(&lease);
    let stranger = world.people.stranger.pubkey();
    world.join(lease.payer).ok();
    let [payers_fees, siblings_fees, providers_fees, renters_fees] =
        [lease.payer, sibling.provider, world.provider, lease.renter]
            .map(|party| address::participant(&party));
    let sponsors_of_another_mint = address::associated_token(&lease.payer, &sibling.mint, &TOKEN);
    let providers = world.wallet(&world.people.provider.pubkey());
    let payers = world.wallet(&lease.payer);
    let rivals_token = world.wallet(&world.people.rival.pubkey());
    let bond_account = world.create_token_account(world.provider, world.mint);
    // Of its own, so that nothing else in the transaction makes it writable.
    let bond_token = world.create_other_token_account(world.people.provider.pubkey(), world.mint, 60);
    // Another provider, even with its own wallet, is not this lease's.
    let rivals = world.close_lease_ix(&lease).with("provider", sibling.provider);
    let rivals = rivals.with("authority", world.people.rival.pubkey());
    world.play([rivals.with("payout_token", rivals_token)]).refused(LeaseError::WrongAccount);
    // Nobody agrees to anything, so it is not looked at who could.
    world.refuses_wrong_accounts_but(
        &["authority"],
        &[],
        &world.close_lease_ix(&lease).with("bond_token", bond_token),
        &[
            ("renter", lease.payer, &LeaseError::NotRenter),
            ("renter", stranger, &LeaseError::NotRenter),
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("offer", sibling.offer, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("protocol", address::governance(), &InstructionError::InvalidAccountData),
            ("protocol", sibling.active.address, &InstructionError::InvalidAccountData),
            ("renter_participant", payers_fees, &LeaseError::WrongAccount),
            ("renter_participant", siblings_fees, &LeaseError::WrongAccount),
            ("renter_participant", providers_fees, &ACCOUNT_TWICE),
            ("provider_participant", siblings_fees, &LeaseError::WrongAccount),
            ("provider_participant", payers_fees, &LeaseError::WrongAccount),
            ("provider_participant", renters_fees, &ACCOUNT_TWICE),
            ("mint_policy", address::mint_policy(&sibling.mint), &LeaseError::WrongMint),
            ("vault", sibling.active.vault, &LeaseError::WrongAccount),
            ("fee_vault", address::fee_vault(&sibling.mint), &LeaseError::WrongAccount),
            ("fee_vault", world.wallet(&stranger), &LeaseError::WrongAccount),
            ("payout_token", world.wallet(&stranger), &LeaseError::WrongTokenOwner),
            ("payout_token", payers, &LeaseError::WrongTokenOwner),
            ("payout_token", bond_account, &LeaseError::WrongTokenOwner),
            ("payout_token", sibling.provider_token, &LeaseError::WrongMint),
            ("bond_token", world.wallet(&stranger), &LeaseError::WrongTokenOwner),
            ("bond_token", payers, &LeaseError::WrongTokenOwner),
            ("bond_token", rivals_token, &LeaseError::WrongTokenOwner),
            ("bond_token", bond_account, &LeaseError::WrongTokenOwner),
            ("bond_token", lease.vault, &ACCOUNT_TWICE),
            ("bond_token", sibling.provider_token, &LeaseError::WrongMint),
            ("bond_token", world.mint, &LeaseError::NotATokenAccount),
            ("refund_token", world.wallet(&lease.renter), &LeaseError::WrongTokenOwner),
            ("refund_token", providers, &LeaseError::WrongTokenOwner),
            ("refund_token", sponsors_of_another_mint, &LeaseError::WrongMint),
            ("payer", lease.renter, &LeaseError::WrongAccount),
            ("payer", stranger, &LeaseError::WrongAccount),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}

#[test]
fn every_account_of_a_close_by_both_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    let stranger = world.people.stranger.pubkey();
    let siblings_fees = address::participant(&sibling.provider);
    let close = instruction::close_lease_together(&world.context(&lease), 0, 0, FOR_EVER);
    for party in ["renter", "authority"] {
        world.play([close.clone().unsigned(party)]).refused(LeaseError::NotAgreed);
    }
    for (name, wrong, error) in [
        ("renter", stranger, LeaseError::NotRenter),
        ("authority", stranger, LeaseError::NotProviderOperator),
        ("authority", world.people.attestor.pubkey(), LeaseError::NotProviderOperator),
        ("lease", sibling.active.address, LeaseError::WrongAccount),
        ("offer", sibling.offer, LeaseError::WrongAccount),
        ("provider", sibling.provider, LeaseError::WrongAccount),
        ("renter_participant", siblings_fees, LeaseError::WrongAccount),
        ("provider_participant", siblings_fees, LeaseError::WrongAccount),
        ("mint_policy", address::mint_policy(&sibling.mint), LeaseError::WrongMint),
        ("vault", sibling.active.vault, LeaseError::WrongAccount),
        ("fee_vault", address::fee_vault(&sibling.mint), LeaseError::WrongAccount),
        ("payout_token", world.wallet(&stranger), LeaseError::WrongTokenOwner),
        ("bond_token", world.wallet(&stranger), LeaseError::WrongTokenOwner),
        ("refund_token", world.wallet(&stranger), LeaseError::WrongTokenOwner),
        ("payer", stranger, LeaseError::WrongAccount),
        ("token_program", TOKEN_2022, LeaseError::WrongTokenProgram),
    ] {
        world.play([close.clone().with(name, wrong)]).refused(error);
    }
    world.play([close]).ok();
}
