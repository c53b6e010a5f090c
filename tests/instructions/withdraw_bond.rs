use gpu_lease_client::account::MintRef;
use gpu_lease_tests::prelude::*;

/// What lies in the bond account, base units.
const PAID_IN: u64 = 1_000;

/// A market whose provider has paid [`PAID_IN`] into its bond account.
fn paid_in() -> World {
    let mut world = World::new();
    world.pay_bond_in(PAID_IN);
    world
}

#[test]
fn the_provider_takes_tokens_out_of_its_bond_account() {
    let mut world = paid_in();
    let (provider, mint) = (world.provider, world.mint);
    let money = world.money(&world.people.provider.pubkey());
    let before: Provider = world.read(&provider);

    world.withdraw_bond(400).emitted(Event::BondWithdrawn(BondWithdrawn { provider, mint, amount: 400 }));

    assert_eq!(world.balance(&world.bond_account()), 600);
    assert_eq!(world.money(&world.people.provider.pubkey()), money + 400);
    assert_eq!(world.read::<Provider>(&provider), before);
}

#[test]
fn it_takes_up_to_the_last_base_unit_and_no_more() {
    for (amount, may) in [(1, true), (PAID_IN - 1, true), (PAID_IN, true), (PAID_IN + 1, false)] {
        let mut world = paid_in();
        let outcome = world.withdraw_bond(amount);
        match may {
            true => drop(outcome.ok()),
            false => outcome.failed(INSUFFICIENT_FUNDS),
        }
    }
    paid_in().withdraw_bond(0).refused(LeaseError::AmountZero);
}

#[test]
fn it_chooses_where_they_go() {
    let mut world = paid_in();
    let treasury = world.people.treasury.pubkey();
    world.play([world.withdraw_bond_ix(world.wallet(&treasury), 5)]).ok();
    assert_eq!(world.money(&treasury), WEALTH + 5);
}

#[test]
fn anyone_pays_in() {
    let mut world = paid_in();
    let bond_account = world.bond_account();
    for person in [world.people.sponsor.pubkey(), world.people.stranger.pubkey()] {
        world.transfer(&person, &bond_account, 10).ok();
    }
    assert_eq!(world.balance(&bond_account), PAID_IN + 20);
    world.withdraw_bond(PAID_IN + 20).ok();
}

#[test]
fn there_is_a_bond_account_for_each_mint() {
    let mut world = paid_in();
    let other = world.create_mint(21, TOKEN_2022);
    let bond_account = world.create_token_account(world.provider, other);
    world.mint_to(other, bond_account, 70);
    let mint = MintRef { mint: other, token_program: TOKEN_2022 };
    let to = address::associated_token(&world.people.provider.pubkey(), &other, &TOKEN_2022);
    let withdraw = instruction::withdraw_bond(world.provider_ref(), &mint, to, 70, FOR_EVER);
    world.play([withdraw]).ok();
    assert_eq!(world.balance(&bond_account), 0);
    assert_eq!(world.balance(&world.bond_account()), PAID_IN);
}

#[test]
fn nobody_else_may() {
    let mut world = paid_in();
    let People { operator, attestor, rival, renter, stranger, .. } = &world.people;
    for nobody in [operator, attestor, rival, renter, stranger].map(Signer::pubkey) {
        let withdraw = world.withdraw_bond_ix(world.wallet(&nobody), 1).with("authority", nobody);
        world.play([withdraw]).refused(LeaseError::NotProviderAuthority);
    }
}

#[test]
fn a_withdrawal_counts_until_the_last_second_of_its_signature() {
    for (seconds, may) in [(VALID_FOR - 1, true), (VALID_FOR, true), (VALID_FOR + 1, false)] {
        let mut world = paid_in();
        let withdraw = world.withdraw_bond_ix(world.wallet(&world.people.provider.pubkey()), 1);
        world.pass(seconds);
        let outcome = world.play([withdraw]);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::SignatureExpired),
        }
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = paid_in();
    let sibling = world.sibling();
    let lease = world.active_lease();
    let providers = world.wallet(&world.people.provider.pubkey());
    let rivals = world.create_token_account(sibling.provider, world.mint);
    world.refuses_wrong_accounts(
        &[],
        &world.withdraw_bond_ix(providers, 1),
        &[
            ("authority", world.people.rival.pubkey(), &LeaseError::NotProviderAuthority),
            ("provider", sibling.provider, &LeaseError::WrongTokenOwner),
            ("bond_account", rivals, &LeaseError::WrongTokenOwner),
            ("bond_account", providers, &ACCOUNT_TWICE),
            ("bond_account", world.wallet(&lease.renter), &LeaseError::WrongTokenOwner),
            ("bond_account", lease.vault, &LeaseError::WrongTokenOwner),
            ("bond_account", world.fee_vault(), &LeaseError::WrongTokenOwner),
            ("destination", world.bond_account(), &ACCOUNT_TWICE),
            ("destination", sibling.provider_token, &MINT_MISMATCH),
            ("destination", world.mint, &InstructionError::InvalidAccountData),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}
