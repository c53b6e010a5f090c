//! Mints: what an issuer, or a mint's extensions, could do to a lease.

use gpu_lease_tests::prelude::*;

/// Creates a Token-2022 mint of `size` bytes on which `extend` was called before its initialization.
fn extended_mint(world: &mut World, size: usize, extend: &[u8]) -> Address {
    let issuer = world.people.issuer.insecure_clone();
    let mint = Keypair::new_from_array([21; 32]);
    let create = solana_system_interface::instruction::create_account(
        &issuer.pubkey(),
        &mint.pubkey(),
        world.svm().minimum_balance_for_rent_exemption(size),
        size as u64,
        &TOKEN_2022,
    );
    let extend = Instruction {
        program_id: TOKEN_2022,
        accounts: vec![solana_instruction::AccountMeta::new(mint.pubkey(), false)],
        data: extend.to_vec(),
    };
    let mut initialize = spl_token_interface::instruction::initialize_mint2(
        &TOKEN,
        &mint.pubkey(),
        &issuer.pubkey(),
        Some(&issuer.pubkey()),
        6,
    )
    .unwrap();
    initialize.program_id = TOKEN_2022;
    world.send(&[create, extend, initialize], &[&issuer, &mint]).ok();
    mint.pubkey()
}

/// Size of a mint with one extension of `length` bytes.
const fn size_with(length: usize) -> usize {
    165 + 1 + 4 + length
}

#[track_caller]
fn is_refused(size: usize, extend: &[u8]) {
    let mut world = World::new();
    let mint = extended_mint(&mut world, size, extend);
    world.register_mint(mint).refused(LeaseError::UnknownExtension);
    assert!(!world.exists(&address::mint_policy(&mint)));
}

const KEY: [u8; 32] = [5; 32];

#[test]
fn a_plain_token_2022_mint_is_refused() {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN_2022);
    world.register_mint(mint).refused(LeaseError::UnknownExtension);
}

#[test]
fn a_mint_with_a_transfer_fee_is_refused() {
    let authorities = [&[1][..], &KEY, &[1], &KEY].concat();
    let extend = [&[26, 0][..], &authorities, &100_u16.to_le_bytes(), &1_000_u64.to_le_bytes()].concat();
    is_refused(size_with(108), &extend);
}

#[test]
fn a_mint_with_a_transfer_hook_is_refused() {
    is_refused(size_with(64), &[&[36, 0][..], &KEY, &KEY].concat());
}

#[test]
fn a_mint_with_a_permanent_delegate_is_refused() {
    is_refused(size_with(32), &[&[35][..], &KEY].concat());
}

#[test]
fn a_pausable_mint_is_refused() {
    is_refused(size_with(33), &[&[44, 0][..], &KEY].concat());
}

#[test]
fn a_mint_whose_accounts_start_frozen_is_refused() {
    is_refused(size_with(1), &[28, 0, 2]);
}

#[test]
fn a_non_transferable_mint_is_refused() {
    is_refused(size_with(0), &[32]);
}

#[test]
fn a_mint_with_a_close_authority_is_refused() {
    is_refused(size_with(32), &[&[25, 1][..], &KEY].concat());
}

#[test]
fn a_token_2022_mint_with_the_spl_token_program_is_refused_and_so_is_the_reverse() {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN_2022);
    let register = world.register_mint_ix(mint).with("token_program", TOKEN);
    world.play([register]).refused(LeaseError::WrongTokenProgram);

    let mint = world.create_mint(22, TOKEN);
    let register = world.register_mint_ix(mint).with("token_program", TOKEN_2022);
    world.play([register]).refused(LeaseError::WrongTokenProgram);
}

#[test]
fn a_lease_moves_no_money_through_the_other_token_program() {
    let mut world = World::new();
    let open = world.open_lease_ix(world.request(0)).with("token_program", TOKEN_2022);
    world.play([open]).refused(LeaseError::WrongTokenProgram);
    let lease = world.pending_lease();
    let other = |ix: Instruction| [ix.with("token_program", TOKEN_2022)];
    world.play(other(world.top_up_ix(&lease, lease.renter, 1))).refused(LeaseError::WrongTokenProgram);
    world.play(other(world.cancel_lease_ix(&lease, lease.renter))).refused(LeaseError::WrongTokenProgram);
    world.play(other(world.start_lease_ix(&lease, ACCESS_BLOB))).refused(LeaseError::WrongTokenProgram);
    world.start(&lease).ok();
    world.play(other(world.settle_ix(&lease))).refused(LeaseError::WrongTokenProgram);
    world.pass_grace(&lease);
    world.play(other(world.close_lease_ix(&lease))).refused(LeaseError::WrongTokenProgram);
}

#[test]
fn an_issuer_that_freezes_the_vault_delays_everything_and_takes_nothing() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.freeze(&lease.vault);

    world.agree(&lease, 14_400).ok();
    world.settle(&lease).failed(ACCOUNT_FROZEN);
    world.top_up(&lease, 1).failed(ACCOUNT_FROZEN);
    world.pass_grace(&lease);
    world.close(&lease).failed(ACCOUNT_FROZEN);

    world.thaw(&lease.vault);
    world.close(&lease).ok();
    assert_eq!(world.balance(&world.fee_vault()), 100_000);
}

#[test]
fn an_issuer_that_freezes_a_pending_lease_does_not_trap_it_for_good() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.freeze(&lease.vault);
    world.cancel(&lease, lease.renter).failed(ACCOUNT_FROZEN);
    world.thaw(&lease.vault);
    world.cancel(&lease, lease.renter).ok();
    assert_eq!(world.money(&lease.renter), WEALTH);
}
