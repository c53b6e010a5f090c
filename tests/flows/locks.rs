//! Leases do not queue behind one another: the hot instructions lock few accounts for writing.

use gpu_lease_tests::prelude::*;
use rstest::rstest;
use std::collections::BTreeSet;

fn written(instruction: &Instruction) -> BTreeSet<Address> {
    instruction.accounts.iter().filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect()
}

/// Two leases of different renters' money on one offer of one provider.
fn two_leases(token_program: Address) -> (World, LeaseKey, LeaseKey) {
    let mut world = World::on(token_program);
    let a = world.active_lease_as(|request| request.nonce = 0);
    let b = world.active_lease_as(|request| request.nonce = 1);
    (world, a, b)
}

#[rstest]
fn attest_writes_the_lease_alone_and_needs_no_signature(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (world, lease, _) = two_leases(token_program);
    let attest = world.attest_ix(&lease);
    assert_eq!(written(&attest), BTreeSet::from([lease.address]));
    assert!(attest.accounts.iter().all(|meta| !meta.is_signer));
    let signatures = signed(&world.message(&lease, 0), &[&world.people.attestor]);
    assert!(signatures.accounts.is_empty());
}

#[rstest]
fn settle_writes_the_lease_its_vault_and_the_providers_token_account(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (world, lease, _) = two_leases(token_program);
    let provider = world.wallet(&world.people.provider.pubkey());
    assert_eq!(written(&world.settle_ix(&lease)), BTreeSet::from([lease.address, lease.vault, provider]));
}

#[rstest]
fn top_up_writes_the_lease_its_vault_and_the_funders_token_account(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (world, lease, _) = two_leases(token_program);
    let funder = world.people.sponsor.pubkey();
    let top_up = world.top_up_ix(&lease, funder, 1);
    assert_eq!(written(&top_up), BTreeSet::from([lease.address, lease.vault, world.wallet(&funder)]));
}

#[rstest]
fn two_leases_of_one_offer_share_no_account_that_attest_or_a_renters_top_up_writes(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, a, b) = two_leases(token_program);
    let (sponsor, renter) = (world.people.sponsor.pubkey(), a.renter);
    let of_a = [written(&world.attest_ix(&a)), written(&world.top_up_ix(&a, renter, 1))].concat_sets();
    let of_b = [written(&world.attest_ix(&b)), written(&world.top_up_ix(&b, sponsor, 1))].concat_sets();
    assert!(of_a.is_disjoint(&of_b));
    // Settlements share the provider's token account, which its owner may split: any of its accounts is paid.
    let own = world.create_other_token_account(world.people.provider.pubkey(), world.mint, 60);
    let settle_b = world.settle_ix(&b).with("payout_token", own);
    assert!(written(&world.settle_ix(&a)).is_disjoint(&written(&settle_b)));
    world.play([settle_b]).ok();
}

#[rstest]
fn what_is_locked_is_what_is_needed(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    // With any of these locks missing the program refuses: the lists above are not too short by luck.
    let (mut world, lease, _) = two_leases(token_program);
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    for name in ["lease", "vault", "payout_token"] {
        world.play([world.settle_ix(&lease).read_only(name)]).failed(NOT_WRITABLE);
    }
    for name in ["lease", "vault", "funder_token"] {
        world.play([world.top_up_ix(&lease, lease.renter, 1).read_only(name)]).failed(NOT_WRITABLE);
    }
}

#[rstest]
fn what_changes_a_lease_alone_writes_it_alone(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (world, lease, _) = two_leases(token_program);
    let reference = world.context(&lease);
    for instruction in [
        instruction::extend_lease(&reference, 172_800, FOR_EVER),
        instruction::terminate_lease(lease.renter, &reference, i64::MAX, FOR_EVER),
        instruction::set_session_key(&reference, NOWHERE, FOR_EVER),
        instruction::resolve_by_timeout(&reference),
    ] {
        assert_eq!(written(&instruction), BTreeSet::from([lease.address]));
    }
    // What counts in the provider's record writes that as well.
    let expire = instruction::expire_lease(lease.renter, &reference, FOR_EVER);
    assert_eq!(written(&expire), BTreeSet::from([lease.address, world.provider]));
}

/// The union of sets.
trait ConcatSets {
    fn concat_sets(self) -> BTreeSet<Address>;
}

impl<const N: usize> ConcatSets for [BTreeSet<Address>; N] {
    fn concat_sets(self) -> BTreeSet<Address> {
        self.into_iter().flatten().collect()
    }
}
