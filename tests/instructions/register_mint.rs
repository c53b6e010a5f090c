use gpu_lease_tests::prelude::*;

fn unregistered() -> (World, Address) {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN);
    (world, mint)
}

#[test]
fn anyone_registers_a_mint_of_the_spl_token_program() {
    let (mut world, mint) = unregistered();
    let fee_vault = address::fee_vault(&mint);

    world.register_mint(mint).emitted(Event::MintRegistered(MintRegistered {
        mint,
        fee_vault,
        token_program: TOKEN,
    }));

    let (address, bump) = MintPolicy::address(&mint);
    assert_eq!(
        world.read::<MintPolicy>(&address),
        MintPolicy {
            mint,
            fee_vault,
            token_program: TOKEN,
            fees: FeeEpochs::default(),
            version: 1,
            bump,
            decimals: 6,
            spare: [0; 37]
        }
    );
    let vault = world.svm().get_account(&fee_vault).unwrap();
    assert_eq!(vault.owner, TOKEN);
    assert_eq!(vault.data[..32], mint.to_bytes());
    assert_eq!(vault.data[32..64], address.to_bytes(), "the policy owns the fee vault");
}

#[test]
fn nobody_registers_a_mint_twice() {
    let (mut world, mint) = unregistered();
    world.register_mint(mint).ok();
    world.register_mint(mint).failed(ALREADY_IN_USE);
}

#[test]
fn anyone_registers_a_mint_of_token_2022() {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN_2022);
    let fee_vault = address::fee_vault(&mint);

    world.register_mint(mint).emitted(Event::MintRegistered(MintRegistered {
        mint,
        fee_vault,
        token_program: TOKEN_2022,
    }));

    let (address, bump) = MintPolicy::address(&mint);
    assert_eq!(
        world.read::<MintPolicy>(&address),
        MintPolicy {
            fees: FeeEpochs::default(),
            mint,
            fee_vault,
            token_program: TOKEN_2022,
            version: 1,
            bump,
            decimals: 6,
            spare: [0; 37]
        }
    );
    let vault = world.svm().get_account(&fee_vault).unwrap();
    assert_eq!(vault.owner, TOKEN_2022);
    assert_eq!(vault.data[..32], mint.to_bytes());
    assert_eq!(vault.data[32..64], address.to_bytes(), "the policy owns the fee vault");
}

#[test]
fn a_mint_of_token_2022_is_refused_with_the_spl_token_program() {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN_2022);
    let register = world.register_mint_ix(mint).with("token_program", TOKEN);
    world.play([register]).refused(LeaseError::WrongTokenProgram);
}

#[test]
fn a_mint_of_the_spl_token_program_is_refused_with_token_2022() {
    let (mut world, mint) = unregistered();
    let register = world.register_mint_ix(mint).with("token_program", TOKEN_2022);
    world.play([register]).refused(LeaseError::WrongTokenProgram);
}

#[test]
fn what_is_no_mint_is_refused() {
    let mut world = World::new();
    let token_account = world.wallet(&world.people.renter.pubkey());
    let renter = world.people.renter.pubkey();
    for no_mint in [token_account, renter] {
        let register = instruction::register_mint(world.people.stranger.pubkey(), no_mint, TOKEN);
        world.play([register]).refused(LeaseError::NotAMint);
    }
}

#[test]
fn a_mint_that_is_not_initialized_is_refused() {
    let (mut world, mint) = unregistered();
    let blank = world.copy_account(&mint, NOWHERE, |account| account.data[45] = 0);
    world.register_mint(blank).refused(LeaseError::NotAMint);
}

#[test]
fn every_account_is_checked() {
    let (mut world, mint) = unregistered();
    let registered = world.mint;
    world.refuses_wrong_accounts(
        &[],
        &world.register_mint_ix(mint).with("rent_payer", world.people.sponsor.pubkey()),
        &[
            ("mint_policy", address::mint_policy(&registered), &InstructionError::InvalidSeeds),
            ("mint_policy", NOWHERE, &InstructionError::InvalidSeeds),
            ("fee_vault", address::fee_vault(&registered), &InstructionError::InvalidSeeds),
            ("fee_vault", NOWHERE, &InstructionError::InvalidSeeds),
            ("mint", registered, &InstructionError::InvalidSeeds),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
            ("system_program", TOKEN, &InstructionError::IncorrectProgramId),
        ],
    );
}
