//! Accounts put wrong, one at a time, in the instructions that came with the whole life of a lease: wrong
//! owner, discriminator or address, a sibling's, not signed, not writable. Those of the others are in
//! `instructions/`, as `every_account_is_checked` of each.

use gpu_lease_tests::prelude::*;

/// A lease with an open claim an hour after its start, and a market that it could be mistaken for.
fn claimed() -> (World, LeaseRef, Sibling) {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    (world, lease, sibling)
}

#[test]
fn every_account_of_extend_lease_is_checked() {
    let (mut world, lease, sibling) = claimed();
    let extend = instruction::extend_lease(&world.client_ref(&lease), 2 * 86_400);
    let stranger = world.people.stranger.pubkey();
    world.refuses_wrong_accounts(
        &[],
        &extend,
        &[
            ("renter", stranger, &LeaseError::NotRenter),
            ("lease", sibling.pending.address, &LeaseError::NotActive),
            ("lease", world.offer, &InstructionError::AccountDataTooSmall),
        ],
    );
}

#[test]
fn every_account_of_resize_lease_is_checked() {
    let (mut world, lease, sibling) = claimed();
    let grow = world.resize_lease_ix(&lease, 8);
    let [stranger, rival] = [&world.people.stranger, &world.people.rival].map(Signer::pubkey);
    // Without the provider's signature it is the program that refuses: shrinking does without.
    world.play([grow.clone().unsigned("authority")]).refused(LeaseError::NotProviderAuthority);
    let shrink = world.resize_lease_ix(&lease, 1);
    // So the signature that growing needs comes from an instruction before it.
    let signs = world.update_provider_ix(world.people.attestor.pubkey());
    for (before, instruction) in [(vec![signs], grow.unsigned("authority")), (vec![], shrink)] {
        let mut world = world.clone();
        let wrong_token: [(&str, Address, &dyn Refusal); 2] = [
            ("bond_token", world.wallet(&lease.renter), &OWNER_MISMATCH),
            ("bond_token", sibling.provider_token, &MINT_MISMATCH),
        ];
        let mut substitutes: Vec<(&str, Address, &dyn Refusal)> = vec![
            ("renter", stranger, &LeaseError::NotRenter),
            ("authority", rival, &LeaseError::NotProviderAuthority),
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("offer", sibling.offer, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::NotProviderAuthority),
            ("vault", sibling.active.vault, &LeaseError::WrongAccount),
            ("vault", world.fee_vault(), &LeaseError::WrongAccount),
            ("bond_token", lease.vault, &ACCOUNT_TWICE),
            ("mint", sibling.mint, &LeaseError::WrongMint),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ];
        if !before.is_empty() {
            substitutes.extend(wrong_token);
        }
        world.refuses_wrong_accounts(&before, &instruction, &substitutes);
    }
}

#[test]
fn every_account_of_release_gpus_is_checked() {
    let (mut world, lease, sibling) = claimed();
    world.resize(&lease, 1).ok();
    world.pass(3_600);
    let stranger = world.wallet(&world.people.stranger.pubkey());
    world.refuses_wrong_accounts(
        &[],
        &world.release_gpus_ix(&lease),
        &[
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("offer", sibling.offer, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("vault", sibling.active.vault, &LeaseError::WrongAccount),
            ("vault", world.fee_vault(), &LeaseError::WrongAccount),
            ("payout_token", stranger, &LeaseError::WrongTokenOwner),
            ("payout_token", sibling.provider_token, &LeaseError::WrongMint),
            ("payout_token", lease.vault, &ACCOUNT_TWICE),
            ("mint", sibling.mint, &LeaseError::WrongMint),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}

#[test]
fn every_account_of_terminate_lease_is_checked() {
    let (world, lease, sibling) = claimed();
    for party in [lease.renter, world.people.provider.pubkey()] {
        let mut world = world.clone();
        let terminate = instruction::terminate_lease(party, &world.client_ref(&lease));
        world.refuses_wrong_accounts(
            &[],
            &terminate,
            &[
                ("party", world.people.rival.pubkey(), &LeaseError::NotParty),
                ("lease", sibling.active.address, &LeaseError::WrongAccount),
                ("provider", sibling.provider, &LeaseError::WrongAccount),
            ],
        );
    }
}

#[test]
fn every_account_of_expire_lease_is_checked() {
    let (mut world, lease, sibling) = claimed();
    world.pass(901);
    let expire = instruction::expire_lease(&world.client_ref(&lease));
    world.refuses_wrong_accounts(
        &[],
        &expire,
        &[
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
        ],
    );
}

#[test]
fn every_account_of_dispute_lease_is_checked() {
    let (mut world, lease, sibling) = claimed();
    let [stranger, sponsor] = [&world.people.stranger, &world.people.sponsor].map(Signer::pubkey);
    // Paid for by another, so that each of the two signatures is missed on its own.
    let dispute = instruction::dispute_lease(sponsor, &world.client_ref(&lease), 0);
    world.refuses_wrong_accounts(
        &[],
        &dispute,
        &[
            ("renter", stranger, &LeaseError::NotRenter),
            ("funder", stranger, &OWNER_MISMATCH),
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("vault", sibling.active.vault, &LeaseError::WrongAccount),
            ("vault", world.fee_vault(), &LeaseError::WrongAccount),
            ("funder_token", world.wallet(&stranger), &OWNER_MISMATCH),
            ("funder_token", sibling.renter_token, &MINT_MISMATCH),
            ("funder_token", lease.vault, &ACCOUNT_TWICE),
            ("mint", sibling.mint, &LeaseError::WrongMint),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}

#[test]
fn every_account_of_resolve_dispute_is_checked() {
    let (mut world, lease, sibling) = claimed();
    world.dispute(&lease, 0).ok();
    world.refuses_wrong_accounts(
        &[],
        &world.resolve_dispute_ix(&lease, 0),
        &[
            ("arbiter", world.people.stranger.pubkey(), &LeaseError::NotArbiter),
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("vault", sibling.active.vault, &LeaseError::WrongAccount),
            ("vault", world.fee_vault(), &LeaseError::WrongAccount),
            ("arbiter_token", sibling.renter_token, &MINT_MISMATCH),
            ("arbiter_token", lease.vault, &ACCOUNT_TWICE),
            ("mint", sibling.mint, &LeaseError::WrongMint),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}

#[test]
fn every_account_of_resolve_by_timeout_is_checked() {
    let (mut world, lease, sibling) = claimed();
    world.dispute(&lease, 0).ok();
    world.pass(8 * 86_400);
    let resolve = instruction::resolve_by_timeout(&world.client_ref(&lease));
    world.refuses_wrong_accounts(
        &[],
        &resolve,
        &[
            ("lease", sibling.active.address, &LeaseError::NotDisputed),
            ("lease", world.offer, &InstructionError::AccountDataTooSmall),
        ],
    );
}

#[test]
fn every_account_of_set_session_key_is_checked() {
    let (mut world, lease, _) = claimed();
    let set = instruction::set_session_key(&world.client_ref(&lease), world.people.agent.pubkey());
    world.refuses_wrong_accounts(
        &[],
        &set,
        &[
            ("renter", world.people.stranger.pubkey(), &LeaseError::NotRenter),
            ("lease", world.provider, &InstructionError::AccountDataTooSmall),
        ],
    );
}

#[test]
fn every_account_of_a_transfer_of_authority_is_checked() {
    let (mut world, _, sibling) = claimed();
    let rival = world.people.rival.pubkey();
    let nominate = instruction::nominate_authority(world.provider_ref(), rival);
    world.refuses_wrong_accounts(
        &[],
        &nominate,
        &[
            ("authority", rival, &LeaseError::NotProviderAuthority),
            ("provider", sibling.provider, &LeaseError::NotProviderAuthority),
            ("provider", world.offer, &InstructionError::InvalidAccountData),
        ],
    );
    let accept = instruction::accept_authority(rival, world.provider);
    world.refuses_wrong_accounts(
        &[],
        &accept,
        &[
            ("nominee", world.people.agent.pubkey(), &LeaseError::NotNominated),
            ("provider", sibling.provider, &LeaseError::NotNominated),
            ("provider", world.offer, &InstructionError::InvalidAccountData),
        ],
    );
}

#[test]
fn every_account_of_a_mutual_close_is_checked() {
    let (mut world, lease, sibling) = claimed();
    let stranger = world.people.stranger.pubkey();
    let close = instruction::close_lease_together(&world.client_ref(&lease));
    for party in ["renter", "authority"] {
        world.play([close.clone().unsigned(party)]).refused(LeaseError::NotClosable);
    }
    for (name, wrong, error) in [
        ("renter", stranger, LeaseError::NotRenter),
        ("authority", stranger, LeaseError::NotProviderAuthority),
        ("lease", sibling.active.address, LeaseError::WrongAccount),
        ("offer", sibling.offer, LeaseError::WrongAccount),
        ("provider", sibling.provider, LeaseError::NotProviderAuthority),
        ("mint_policy", address::mint_policy(&sibling.mint), LeaseError::WrongMint),
        ("vault", sibling.active.vault, LeaseError::WrongAccount),
        ("fee_vault", address::fee_vault(&sibling.mint), LeaseError::WrongAccount),
        ("payout_token", world.wallet(&stranger), LeaseError::WrongTokenOwner),
        ("refund_token", world.wallet(&stranger), LeaseError::WrongTokenOwner),
        ("mint", sibling.mint, LeaseError::WrongMint),
        ("payer", stranger, LeaseError::WrongAccount),
        ("token_program", TOKEN_2022, LeaseError::WrongTokenProgram),
    ] {
        world.play([close.clone().with(name, wrong)]).refused(error);
    }
    world.play([close]).ok();
}
