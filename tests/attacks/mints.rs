//! Mints and token accounts: what an issuer, a mint's extensions, or a party's own token account could do to
//! a lease. Extensions are written by the Token-2022 program itself, unless it has none of that kind.

use crate::gains;
use gpu_lease_tests::prelude::*;
use rstest::rstest;
use solana_instruction::AccountMeta;

/// Whoever an extension gives power to.
const KEY: [u8; 32] = [5; 32];

/// The token programs' error for an account that takes transfers with a memo only.
const NO_MEMO: InstructionError = InstructionError::Custom(36);

/// The token programs' error for an account that pays nothing when another program asks.
const CPI_GUARD: InstructionError = InstructionError::Custom(42);

/// An extension of a mint: its number, the length of its value, and the data of the instruction of Token-2022
/// that puts it there.
type Extension = (u16, usize, Vec<u8>);

fn extension(kind: u16, length: usize, data: &[&[u8]]) -> Extension {
    (kind, length, data.concat())
}

fn transfer_fee() -> Extension {
    extension(1, 108, &[&[26, 0, 1], &KEY, &[1], &KEY, &100_u16.to_le_bytes(), &1_000_u64.to_le_bytes()])
}

fn close_authority() -> Extension {
    extension(3, 32, &[&[25, 1], &KEY])
}

fn confidential_transfer() -> Extension {
    extension(4, 65, &[&[27, 0], &KEY, &[1], &[0; 32]])
}

fn default_account_state(state: u8) -> Extension {
    extension(6, 1, &[&[28, 0, state]])
}

fn non_transferable() -> Extension {
    extension(9, 0, &[&[32]])
}

fn interest_bearing() -> Extension {
    extension(10, 52, &[&[33, 0], &KEY, &500_i16.to_le_bytes()])
}

fn permanent_delegate() -> Extension {
    extension(12, 32, &[&[35], &KEY])
}

fn transfer_hook() -> Extension {
    extension(14, 64, &[&[36, 0], &KEY, &KEY])
}

/// A transfer fee that is hidden, in front of what it needs to be one.
fn confidential_transfer_fee() -> Vec<Extension> {
    vec![extension(16, 129, &[&[37, 0], &KEY, &[0; 32]]), transfer_fee(), confidential_transfer()]
}

/// A hidden supply, in front of what it needs to be one.
fn confidential_mint_burn() -> Vec<Extension> {
    vec![extension(24, 196, &[&[42, 0], &[0; 32], &[0; 36]]), confidential_transfer()]
}

fn scaled_ui_amount() -> Extension {
    extension(25, 56, &[&[43, 0], &KEY, &2_f64.to_le_bytes()])
}

fn pausable() -> Extension {
    extension(26, 33, &[&[44, 0], &KEY])
}

/// An extension that the program knew nothing of when it was written.
fn permissioned_burn() -> Extension {
    extension(28, 32, &[&[46, 0], &KEY])
}

/// A pointer of the given kind to something at the mint's own address.
fn pointer(kind: u16, instruction: u8) -> Extension {
    extension(kind, 64, &[&[instruction, 0], &KEY, &MINT])
}

fn metadata_pointer() -> Extension {
    pointer(18, 39)
}

fn group_pointer() -> Extension {
    pointer(20, 40)
}

fn member_pointer() -> Extension {
    pointer(22, 41)
}

/// Key of the mints that these tests make.
fn mint_key(seed: u8) -> Keypair {
    Keypair::new_from_array([seed; 32])
}

/// What stands for the mint's own address in the data of an instruction: no other data has it.
const MINT: [u8; 32] = [253; 32];

/// An instruction of Token-2022.
fn token_2022(accounts: Vec<AccountMeta>, data: Vec<u8>) -> Instruction {
    Instruction { program_id: TOKEN_2022, accounts, data }
}

/// Creates a Token-2022 mint whose key has `seed`, with `extensions` in their order.
fn extended_mint(world: &mut World, seed: u8, extensions: &[Extension]) -> Address {
    let issuer = world.people.issuer.insecure_clone();
    let key = mint_key(seed);
    let (by, mint) = (issuer.pubkey(), key.pubkey());
    let length: usize = extensions.iter().map(|(_, length, _)| 4 + length).sum();
    let space = if length == 0 { 82 } else { 165 + 1 + length };
    // More than the rent, for what grows later.
    let create = solana_system_interface::instruction::create_account(
        &by,
        &mint,
        20_000_000,
        space as u64,
        &TOKEN_2022,
    );
    let mut instructions = vec![create];
    for (_, _, data) in extensions {
        let data = match data.strip_suffix(&MINT) {
            Some(head) => [head, mint.as_ref()].concat(),
            None => data.clone(),
        };
        instructions.push(token_2022(vec![AccountMeta::new(mint, false)], data));
    }
    let initialize =
        spl_token_interface::instruction::initialize_mint2(&TOKEN, &mint, &by, Some(&by), DECIMALS).unwrap();
    instructions.push(Instruction { program_id: TOKEN_2022, ..initialize });
    world.send(&instructions, &[&issuer, &key]).ok();
    let data = world.cluster.account(&mint).unwrap().data;
    if let Some((kind, ..)) = extensions.first() {
        assert_eq!(data[166..168], kind.to_le_bytes(), "the first extension is what its test says");
    }
    mint
}

/// The first eight bytes of the hash of an interface's instruction.
fn discriminator(name: &str) -> Vec<u8> {
    anchor_lang::hash::sha256(name.as_bytes())[..8].to_vec()
}

/// The issuer writes metadata into a mint that points to itself.
fn write_metadata(world: &mut World, mint: Address) {
    let issuer = world.people.issuer.pubkey();
    let mut data = discriminator("spl_token_metadata_interface:initialize_account");
    for text in ["GPU dollar", "GPUD", "https://example.org/gpud.json"] {
        data.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        data.extend(text.as_bytes());
    }
    let accounts = vec![
        AccountMeta::new(mint, false),
        AccountMeta::new_readonly(issuer, false),
        AccountMeta::new_readonly(mint, false),
        AccountMeta::new_readonly(issuer, true),
    ];
    world.play([token_2022(accounts, data)]).ok();
}

/// The issuer makes a mint that points to itself a group of up to nine.
fn write_group(world: &mut World, mint: Address) {
    let issuer = world.people.issuer.pubkey();
    let mut data = discriminator("spl_token_group_interface:initialize_token_group");
    data.extend(issuer.as_ref());
    data.extend(9_u64.to_le_bytes());
    let accounts = vec![
        AccountMeta::new(mint, false),
        AccountMeta::new_readonly(mint, false),
        AccountMeta::new_readonly(issuer, true),
    ];
    world.play([token_2022(accounts, data)]).ok();
}

/// The issuer makes a mint that points to itself a member of the group at `group`.
fn write_member(world: &mut World, mint: Address, group: Address) {
    let issuer = world.people.issuer.pubkey();
    let accounts = vec![
        AccountMeta::new(mint, false),
        AccountMeta::new_readonly(mint, false),
        AccountMeta::new_readonly(issuer, true),
        AccountMeta::new(group, false),
        AccountMeta::new_readonly(issuer, true),
    ];
    let data = discriminator("spl_token_group_interface:initialize_member");
    world.play([token_2022(accounts, data)]).ok();
}

/// Whether a mint holds an extension of this kind.
fn has_extension(world: &World, mint: &Address, wanted: u16) -> bool {
    let data = world.cluster.account(mint).unwrap().data;
    let mut rest = &data[166..];
    while let Some(([t0, t1, l0, l1], tail)) = rest.split_first_chunk() {
        if u16::from_le_bytes([*t0, *t1]) == wanted {
            return true;
        }
        rest = &tail[usize::from(u16::from_le_bytes([*l0, *l1]))..];
    }
    false
}

/// Requires that nobody can register a mint with these extensions.
#[track_caller]
fn is_refused(extensions: &[Extension], error: LeaseError) {
    let mut world = World::on(TOKEN_2022);
    let mint = extended_mint(&mut world, 22, extensions);
    world.register_mint(mint).refused(error);
    assert!(!world.exists(&address::mint_policy(&mint)) && !world.exists(&address::fee_vault(&mint)));
}

// ----- extensions that are refused -----

#[test]
fn a_mint_with_a_transfer_fee_is_refused() {
    is_refused(&[transfer_fee()], LeaseError::TransferFee);
}

#[test]
fn a_mint_with_a_close_authority_is_refused() {
    is_refused(&[close_authority()], LeaseError::MintCloseAuthority);
}

#[test]
fn a_mint_with_confidential_transfers_is_refused() {
    is_refused(&[confidential_transfer()], LeaseError::ConfidentialTransfer);
}

#[test]
fn a_mint_with_confidential_transfer_fees_is_refused() {
    is_refused(&confidential_transfer_fee(), LeaseError::ConfidentialTransfer);
}

#[test]
fn a_mint_with_a_confidential_supply_is_refused() {
    is_refused(&confidential_mint_burn(), LeaseError::ConfidentialTransfer);
}

#[rstest]
#[case::initialized(1)]
#[case::frozen(2)]
fn a_mint_with_a_default_account_state_is_refused_whatever_it_is_now(#[case] state: u8) {
    is_refused(&[default_account_state(state)], LeaseError::DefaultAccountState);
}

#[test]
fn a_non_transferable_mint_is_refused() {
    is_refused(&[non_transferable()], LeaseError::NonTransferable);
}

#[test]
fn an_interest_bearing_mint_is_refused() {
    is_refused(&[interest_bearing()], LeaseError::InterestBearing);
}

#[test]
fn a_mint_with_a_permanent_delegate_is_refused() {
    is_refused(&[permanent_delegate()], LeaseError::PermanentDelegate);
}

#[test]
fn a_mint_with_a_transfer_hook_is_refused() {
    is_refused(&[transfer_hook()], LeaseError::TransferHook);
}

#[test]
fn a_mint_with_scaled_amounts_is_refused() {
    is_refused(&[scaled_ui_amount()], LeaseError::ScaledUiAmount);
}

#[test]
fn a_pausable_mint_is_refused() {
    is_refused(&[pausable()], LeaseError::Pausable);
}

#[test]
fn a_mint_with_an_extension_that_came_later_is_refused() {
    is_refused(&[permissioned_burn()], LeaseError::UnknownExtension);
}

#[rstest]
#[case::last(vec![metadata_pointer(), group_pointer(), member_pointer(), pausable()], LeaseError::Pausable)]
#[case::in_the_middle(vec![metadata_pointer(), transfer_hook(), group_pointer()], LeaseError::TransferHook)]
#[case::twice(vec![metadata_pointer(), permanent_delegate(), transfer_fee()], LeaseError::PermanentDelegate)]
#[case::unknown(vec![metadata_pointer(), permissioned_burn()], LeaseError::UnknownExtension)]
fn a_bad_extension_behind_good_ones_is_found(#[case] extensions: Vec<Extension>, #[case] error: LeaseError) {
    is_refused(&extensions, error);
}

#[test]
fn a_bad_extension_behind_metadata_that_grew_is_found() {
    let mut world = World::on(TOKEN_2022);
    let mint = extended_mint(&mut world, 22, &[metadata_pointer(), close_authority()]);
    write_metadata(&mut world, mint);
    world.register_mint(mint).refused(LeaseError::MintCloseAuthority);
}

/// A Token-2022 mint, written by hand, with `bytes` where its extensions are.
fn written_mint(world: &mut World, bytes: &[u8]) -> Address {
    let mint = extended_mint(world, 22, &[]);
    world.change_account(&mint, |account| {
        account.data.resize(165, 0);
        account.data.push(1);
        account.data.extend(bytes);
    });
    mint
}

#[rstest]
// Numbers of extensions of token accounts, of none yet, and the last there is.
#[case(2)]
#[case(5)]
#[case(7)]
#[case(8)]
#[case(11)]
#[case(13)]
#[case(15)]
#[case(17)]
#[case(27)]
#[case(29)]
#[case(255)]
#[case(256)]
#[case(u16::MAX)]
fn a_mint_with_an_extension_of_an_unknown_kind_is_refused(#[case] kind: u16) {
    let mut world = World::on(TOKEN_2022);
    let [k0, k1] = kind.to_le_bytes();
    let mint = written_mint(&mut world, &[k0, k1, 2, 0, 9, 9]);
    world.register_mint(mint).refused(LeaseError::UnknownExtension);
}

#[rstest]
#[case::a_value_one_byte_short(&[18, 0, 3, 0, 9, 9])]
#[case::a_value_of_the_largest_length(&[18, 0, 255, 255])]
#[case::the_second_one_cut(&[18, 0, 1, 0, 9, 20, 0, 1, 0])]
fn a_mint_whose_extensions_are_cut_off_is_refused(#[case] bytes: &[u8]) {
    let mut world = World::on(TOKEN_2022);
    let mint = written_mint(&mut world, bytes);
    world.register_mint(mint).refused(LeaseError::NotAMint);
}

#[rstest]
#[case::a_kind_without_a_length(&[12, 0])]
#[case::half_a_length(&[12, 0, 32])]
fn a_mint_whose_last_extension_has_no_length_is_refused_by_the_token_program(#[case] bytes: &[u8]) {
    let mut world = World::on(TOKEN_2022);
    let mint = written_mint(&mut world, bytes);
    world.register_mint(mint).failed(InstructionError::InvalidAccountData);
    assert!(!world.exists(&address::mint_policy(&mint)));
}

#[test]
fn a_token_account_that_is_as_long_as_a_mint_is_none() {
    let mut world = World::on(TOKEN_2022);
    let mint = written_mint(&mut world, &[18, 0, 0, 0]);
    world.change_account(&mint, |account| account.data[165] = 2);
    world.register_mint(mint).refused(LeaseError::NotAMint);
}

#[test]
fn an_offer_takes_no_mint_that_could_not_be_registered() {
    let mut world = World::on(TOKEN_2022);
    let mint = extended_mint(&mut world, 22, &[transfer_fee()]);
    let offer = world.create_offer_ix(1, 8, terms(mint), listing());
    world.play([offer]).failed(InstructionError::UninitializedAccount);
}

// ----- extensions that are taken -----

/// A market of its own in `mint`, of which everybody has as much as ever.
fn market_in(mut world: World, mint: Address) -> World {
    for owner in world.people.addresses().collect::<Vec<_>>() {
        let account = world.create_token_account(owner, mint);
        world.mint_to(mint, account, WEALTH);
    }
    world.register_mint(mint).ok();
    world.play([world.create_offer_ix(1, 8, terms(mint), listing())]).ok();
    world.mint = mint;
    world.offer = address::offer(&world.provider, 1);
    world
}

/// Lets a lease live through everything that moves money, until nothing is left of it.
#[track_caller]
fn lives_to_its_close(world: &mut World) {
    let lease = world.active_lease();
    world.top_up(&lease, 1_000_000).ok();
    world.resize(&lease, 8).ok();
    world.pass(3_600);
    world.agree(&lease, 28_800).ok();
    world.settle(&lease).ok();
    world.resize(&lease, 4).ok();
    world.pass(3_600);
    world.release_gpus(&lease).ok();
    world.claim(&lease, 57_600).ok();
    world.dispute(&lease, 28_800).ok();
    world.resolve(&lease, 57_600).ok();
    world.close(&lease).ok();
    assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
    // Two hours of eight GPUs; a tenth of the second for the arbiter, out of the stake of who was wrong.
    assert_eq!(gains(world, &lease), [-42_000_000, 39_600_000, 2_000_000, 400_000]);

    let cancelled = world.pending_lease_as(|request| request.nonce = 1);
    world.cancel(&cancelled, cancelled.renter).ok();
    assert_eq!(gains(world, &lease)[0], -42_000_000);
}

#[test]
fn a_lease_in_a_plain_mint_of_either_program_lives_to_its_close() {
    for program in [TOKEN, TOKEN_2022] {
        lives_to_its_close(&mut World::on(program));
    }
}

#[rstest]
#[case::metadata_pointer(18, &[metadata_pointer()])]
#[case::token_metadata(19, &[metadata_pointer()])]
#[case::group_pointer(20, &[group_pointer()])]
#[case::group(21, &[group_pointer()])]
#[case::member_pointer(22, &[member_pointer()])]
#[case::member(23, &[member_pointer()])]
fn a_lease_in_a_mint_that_only_has_names_lives_to_its_close(
    #[case] kind: u16,
    #[case] extensions: &[Extension],
) {
    let mut world = World::on(TOKEN_2022);
    let mint = extended_mint(&mut world, 22, extensions);
    match kind {
        19 => write_metadata(&mut world, mint),
        21 => write_group(&mut world, mint),
        23 => {
            let group = extended_mint(&mut world, 23, &[group_pointer()]);
            write_group(&mut world, group);
            write_member(&mut world, mint, group);
        }
        _ => {}
    }
    assert!(has_extension(&world, &mint, kind));
    lives_to_its_close(&mut market_in(world, mint));
}

#[test]
fn an_issuer_that_rewrites_its_metadata_in_the_middle_of_a_lease_changes_nothing_else() {
    let mut world = World::on(TOKEN_2022);
    let mint = extended_mint(&mut world, 22, &[metadata_pointer()]);
    let mut world = market_in(world, mint);
    let lease = world.active_lease();
    world.pass(3_600);
    write_metadata(&mut world, mint);
    world.agree(&lease, 14_400).ok();
    world.settle(&lease).ok();
    world.close_as_claimed(&lease).ok();
    assert_eq!(gains(&world, &lease), [-10_000_000, 9_900_000, 0, 100_000]);
}

// ----- the other token program -----

#[test]
fn a_token_2022_mint_with_the_spl_token_program_is_refused_and_so_is_the_reverse() {
    let mut world = World::new();
    for (seed, own, other) in [(22, TOKEN, TOKEN_2022), (23, TOKEN_2022, TOKEN)] {
        let mint = world.create_mint(seed, own);
        let register = world.register_mint_ix(mint).with("token_program", other);
        world.play([register]).refused(LeaseError::WrongTokenProgram);
        world.register_mint(mint).ok();
    }
}

#[rstest]
#[case::of_an_spl_token_lease(TOKEN, TOKEN_2022)]
#[case::of_a_token_2022_lease(TOKEN_2022, TOKEN)]
fn a_lease_moves_no_money_through_the_other_token_program(#[case] own: Address, #[case] other: Address) {
    let mut world = World::on(own);
    let refuses = |world: &mut World, instruction: Instruction| {
        world.play([instruction.with("token_program", other)]).refused(LeaseError::WrongTokenProgram);
    };
    let open = world.open_lease_ix(world.request(0));
    refuses(&mut world, open);
    let lease = world.pending_lease();
    let pending = [
        world.top_up_ix(&lease, lease.renter, 1),
        world.cancel_lease_ix(&lease, lease.renter),
        world.start_lease_ix(&lease, ACCESS_BLOB),
    ];
    pending.into_iter().for_each(|instruction| refuses(&mut world, instruction));
    world.start(&lease).ok();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    let active = [
        world.settle_ix(&lease),
        world.resize_lease_ix(&lease, 8),
        world.resize_lease_ix(&lease, 1),
        world.dispute_lease_ix(&lease, 0),
        instruction::close_lease_together(&world.context(&lease), 0, 0, FOR_EVER),
    ];
    active.into_iter().for_each(|instruction| refuses(&mut world, instruction));
    world.dispute(&lease, 0).ok();
    let resolve = world.resolve_dispute_ix(&lease, 0);
    refuses(&mut world, resolve);
    world.resolve(&lease, 0).ok();
    let close = world.close_lease_ix(&lease);
    refuses(&mut world, close);
    world.close(&lease).ok();
}

// ----- the issuer's freeze authority -----

#[rstest]
#[case::of_the_spl_token_program(TOKEN)]
#[case::of_token_2022(TOKEN_2022)]
fn an_issuer_that_freezes_the_vault_delays_everything_and_takes_nothing(#[case] program: Address) {
    let mut world = World::on(program);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 7_200).ok();
    world.freeze(&lease.vault);

    world.claim(&lease, 14_400).ok();
    world.settle(&lease).failed(ACCOUNT_FROZEN);
    world.top_up(&lease, 1).failed(ACCOUNT_FROZEN);
    world.resize(&lease, 8).failed(ACCOUNT_FROZEN);
    world.dispute(&lease, 7_200).failed(ACCOUNT_FROZEN);
    world.close_as_claimed(&lease).failed(ACCOUNT_FROZEN);
    world.pass_grace(&lease);
    world.close(&lease).failed(ACCOUNT_FROZEN);

    world.thaw(&lease.vault);
    world.close(&lease).ok();
    assert_eq!(world.balance(&world.fee_vault()), 100_000);
}

#[rstest]
#[case::of_the_spl_token_program(TOKEN)]
#[case::of_token_2022(TOKEN_2022)]
fn an_issuer_that_freezes_a_pending_lease_does_not_trap_it_for_good(#[case] program: Address) {
    let mut world = World::on(program);
    let lease = world.pending_lease();
    world.freeze(&lease.vault);
    world.cancel(&lease, lease.renter).failed(ACCOUNT_FROZEN);
    world.thaw(&lease.vault);
    world.cancel(&lease, lease.renter).ok();
    assert_eq!(world.money(&lease.renter), WEALTH);
}

#[rstest]
#[case::of_the_spl_token_program(TOKEN)]
#[case::of_token_2022(TOKEN_2022)]
fn an_issuer_that_freezes_one_party_does_not_trap_the_other(#[case] program: Address) {
    let mut world = World::on(program);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    let provider = world.people.provider.pubkey();
    world.freeze(&world.wallet(&provider));
    world.settle(&lease).failed(ACCOUNT_FROZEN);
    world.pass_grace(&lease);
    world.close(&lease).failed(ACCOUNT_FROZEN);
    let other = world.create_other_token_account(provider, world.mint, 60);
    world.play([world.close_lease_ix(&lease).with("payout_token", other)]).ok();
    // 20 000 000 of bond went as credit: most of twelve funded hours is missing.
    assert_eq!(world.balance(&other), 9_900_000);
    assert_eq!(world.money(&lease.renter), WEALTH + 10_000_000);
}

// ----- token accounts with extensions of their own -----

/// `owner` gives its associated token account an extension of this kind and turns it on.
fn equip(world: &mut World, owner: &Address, kind: u16, enable: u8) {
    let account = world.wallet(owner);
    let reallocate = token_2022(
        vec![
            AccountMeta::new(account, false),
            AccountMeta::new(*owner, true),
            AccountMeta::new_readonly(system_program::ID, false),
            AccountMeta::new_readonly(*owner, true),
        ],
        [&[29][..], &kind.to_le_bytes()].concat(),
    );
    let accounts = vec![AccountMeta::new(account, false), AccountMeta::new_readonly(*owner, true)];
    world.play([reallocate, token_2022(accounts, vec![enable, 0])]).ok();
}

/// `owner`'s account takes transfers with a memo only.
fn require_memo(world: &mut World, owner: &Address) {
    equip(world, owner, 8, 30);
}

/// `owner`'s account pays nothing when another program asks.
fn guard(world: &mut World, owner: &Address) {
    equip(world, owner, 11, 34);
}

#[test]
fn a_payout_account_that_wants_a_memo_traps_nobody_since_anyone_can_make_another() {
    let mut world = World::on(TOKEN_2022);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    let provider = world.people.provider.pubkey();
    require_memo(&mut world, &provider);
    world.settle(&lease).failed(NO_MEMO);
    world.pass_grace(&lease);
    world.close(&lease).failed(NO_MEMO);
    // Made and paid for by the issuer, owned by the provider, who has to do nothing.
    let other = world.create_other_token_account(provider, world.mint, 60);
    world.play([world.close_lease_ix(&lease).with("payout_token", other)]).ok();
    assert_eq!(world.balance(&other), 9_900_000);
    assert_eq!(world.money(&lease.renter), WEALTH + 10_000_000);
}

#[test]
fn a_refund_account_that_wants_a_memo_traps_nobody_since_anyone_can_make_another() {
    let mut world = World::on(TOKEN_2022);
    let [lease, pending] = [0, 1].map(|nonce| world.pending_lease_as(|request| request.nonce = nonce));
    world.start(&lease).ok();
    require_memo(&mut world, &lease.renter);
    world.cancel(&pending, lease.renter).failed(NO_MEMO);
    world.pass_grace(&lease);
    world.close(&lease).failed(NO_MEMO);
    let other = world.create_other_token_account(lease.renter, world.mint, 60);
    let stranger = world.people.stranger.pubkey();
    let cancel = world.cancel_lease_ix(&pending, stranger).with("refund_token", other);
    world.play([cancel, world.close_lease_ix(&lease).with("refund_token", other)]).ok();
    assert_eq!(world.balance(&other), 240_000_000 + 20_000_000);
}

#[test]
fn an_arbiters_account_that_wants_a_memo_traps_nobody() {
    let mut world = World::on(TOKEN_2022);
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    world.dispute(&lease, 0).ok();
    let arbiter = world.people.arbiter.pubkey();
    require_memo(&mut world, &arbiter);
    world.resolve(&lease, 0).failed(NO_MEMO);
    let other = world.create_other_token_account(arbiter, world.mint, 60);
    world.clone().play([world.resolve_dispute_ix(&lease, 0).with("arbiter_token", other)]).ok();
    // And if it looks for no other account, time decides.
    world.pass(7 * 86_400 + 1);
    world.resolve_by_timeout(&lease).ok();
    world.close(&lease).ok();
}

#[test]
fn a_guarded_account_is_paid_like_any_other() {
    let mut world = World::on(TOKEN_2022);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    let provider = world.people.provider.pubkey();
    guard(&mut world, &provider);
    guard(&mut world, &lease.renter);
    world.settle(&lease).ok();
    world.close_as_claimed(&lease).ok();
    assert_eq!(gains(&world, &lease), [-10_000_000, 9_900_000, 0, 100_000]);
}

#[test]
fn a_guarded_account_pays_nothing_and_another_of_its_owner_does() {
    let mut world = World::on(TOKEN_2022);
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    let [renter, provider] = [lease.renter, world.people.provider.pubkey()];
    let others = [(renter, 60), (provider, 61)].map(|(owner, seed)| {
        let other = world.create_other_token_account(owner, world.mint, seed);
        world.transfer(&owner, &other, 100_000_000).ok();
        guard(&mut world, &owner);
        other
    });
    let open = world.open_lease_ix(LeaseRequest { deposit: 10_000_000, ..world.request(1) });
    for (paying, name, other) in [
        (open, "payer_token", others[0]),
        (world.top_up_ix(&lease, renter, 1), "funder_token", others[0]),
        (world.resize_lease_ix(&lease, 8), "bond_token", others[1]),
        (world.dispute_lease_ix(&lease, 0), "funder_token", others[0]),
    ] {
        world.play([paying.clone()]).failed(CPI_GUARD);
        world.play([paying.with(name, other)]).ok();
    }
}

#[test]
fn accounts_that_cannot_change_hands_are_paid_like_any_other() {
    let mut world = World::on(TOKEN_2022);
    let provider = world.people.provider.pubkey();
    // Every associated token account of Token-2022 is one.
    let data = world.cluster.account(&world.wallet(&provider)).unwrap().data;
    assert_eq!(data[166..170], [7, 0, 0, 0]);
    lives_to_its_close(&mut world);
}
