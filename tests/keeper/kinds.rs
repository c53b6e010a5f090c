//! Each kind of thing that is due is done when it is, and not a second before.

use gpu_lease_client::outlook::Upkeep;
use gpu_lease_tests::prelude::*;
use strum::IntoEnumIterator;

use crate::desk::{DELAY, Desk};

const DAY: i64 = 24 * 3_600;

/// Something that will be due: the account, and from when on, as the documents say.
struct Coming {
    account: Address,
    due: i64,
}

/// Brings about that `what` will be due.
fn bring_about(world: &mut World, what: Upkeep) -> Coming {
    match what {
        Upkeep::CancelLease => {
            let lease = world.pending_lease();
            Coming { account: lease.address, due: world.lease(&lease).start_deadline + 1 }
        }
        Upkeep::ExpireLease => {
            let lease = world.active_lease_as(|request| request.duration = 20 * 86_400);
            let silence = i64::from(world.lease(&lease).terms.heartbeat_timeout) + 3 * DAY;
            Coming { account: lease.address, due: world.lease(&lease).started_at + silence + 1 }
        }
        Upkeep::ResolveByTimeout => {
            let lease = disputed(world);
            Coming { account: lease.address, due: world.now() + 7 * DAY + 1 }
        }
        Upkeep::ReleaseGpus => {
            let lease = world.active_lease();
            Coming { account: lease.address, due: world.lease(&lease).ends_at }
        }
        Upkeep::CountFees => {
            let epoch = i64::from(FEE_EPOCH);
            let end = (world.now() / epoch + 1) * epoch;
            world.set_time(end - 3 * DAY);
            let lease = world.active_lease_as(|request| request.duration = 10 * 86_400);
            world.pass(3_600);
            world.agree(&lease, 3_600).ok();
            world.settle(&lease).ok();
            Coming { account: lease.address, due: end - DAY }
        }
        Upkeep::CloseLease => {
            let lease = world.active_lease();
            Coming { account: lease.address, due: world.lease(&lease).ends_at + 3_601 }
        }
        Upkeep::FinalizeProposal => {
            let proposal = voted_on(world, Action::SetFee { fee_bps: FEE_BPS - 20 });
            Coming { account: proposal, due: world.proposal(&proposal).ends_at }
        }
        Upkeep::ExecuteProposal => {
            let proposal = voted_on(world, Action::SetFee { fee_bps: FEE_BPS - 20 });
            Coming { account: proposal, due: world.proposal(&proposal).executable_from() }
        }
        Upkeep::WithdrawFees => {
            let amount = world.earn_fees();
            let proposal = voted_on(world, Action::WithdrawFees { mint: world.mint, amount });
            Coming { account: proposal, due: world.proposal(&proposal).executable_from() }
        }
        Upkeep::CloseVoteRecord => {
            let proposal = voted_on(world, Action::SetFee { fee_bps: FEE_BPS - 20 });
            let holder = world.people.holder.pubkey();
            let record = world.vote_record(&proposal, &holder).address;
            world.set_time(world.proposal(&proposal).ends_at);
            world.finalize(proposal).ok();
            Coming { account: record, due: world.now() }
        }
        Upkeep::UnlockTokens => {
            let holder = world.people.holder.pubkey();
            world.lock(holder, 1_000);
            Coming { account: address::lock(&holder), due: world.vote_lock(&holder).unlock_at }
        }
    }
}

fn disputed(world: &mut World) -> LeaseKey {
    let lease = world.active_lease();
    world.pass(1_000);
    world.claim(&lease, 1_000).ok();
    world.dispute(&lease, 500).ok();
    lease
}

/// A proposal for which all voted.
fn voted_on(world: &mut World, action: Action) -> Address {
    let holder = world.people.holder.pubkey();
    world.lock(holder, WEALTH / 2);
    let proposal = world.propose(action);
    world.vote(holder, proposal, true).ok();
    proposal
}

#[test]
fn each_kind_is_done_when_it_is_due_and_others_had_their_time_and_not_before() {
    for what in Upkeep::iter() {
        let mut world = World::new();
        let Coming { account, due } = bring_about(&mut world, what);
        let mut desk = Desk::new(world);
        desk.accounts.insert(account);
        // A vote belongs to a proposal, which is looked after, too.
        if what == Upkeep::CloseVoteRecord {
            let record: VoteRecord = desk.world.read(&account);
            desk.accounts.insert(record.proposal);
        }
        desk.look_at(0);
        // It wakes by the heap of due times alone.
        if matches!(what, Upkeep::ExecuteProposal | Upkeep::WithdrawFees) {
            let ends_at = desk.world.proposal(&account).ends_at;
            [ends_at, ends_at + DELAY].into_iter().for_each(|time| desk.act_at(time));
            assert_eq!(desk.done(Upkeep::FinalizeProposal), [ends_at + DELAY]);
        }
        for time in [due - 1, due, due + DELAY - 1] {
            desk.act_at(time);
            assert!(desk.done(what).is_empty(), "{what:?} at {}", time - due);
        }
        desk.act_at(due + DELAY);
        assert_eq!(desk.done(what), [due + DELAY], "{what:?}");
        // It is done: nobody does it again.
        desk.act_at(due + 2 * DELAY);
        assert_eq!(desk.done(what).len(), 1, "{what:?}");
    }
}

#[test]
fn a_lease_that_nobody_looks_at_comes_to_its_end_and_everybody_has_what_is_theirs() {
    let mut world = World::new();
    let lease = disputed(&mut world);
    let money = |world: &World| {
        let People { renter, provider, .. } = &world.people;
        world.money(&renter.pubkey()) + world.money(&provider.pubkey()) + world.balance(&world.fee_vault())
    };
    let in_vault = world.balance(&world.lease(&lease).vault);
    let before = money(&world);
    let mut desk = Desk::new(world);
    desk.accounts.insert(lease.address);
    desk.look_at(0);
    let start = desk.world.now();
    for hour in 0..8 * 24 {
        desk.act_at(start + hour * 3_600);
    }
    let done: Vec<_> = desk.done.iter().map(|(errand, _)| errand.what).collect();
    assert_eq!(done, [Upkeep::ReleaseGpus, Upkeep::ResolveByTimeout, Upkeep::CloseLease]);
    assert!(desk.world.is_gone(&lease));
    assert_eq!(money(&desk.world), before + in_vault);
}

#[test]
fn what_others_do_first_is_left_alone() {
    let mut world = World::new();
    let Coming { account, due } = bring_about(&mut world, Upkeep::CancelLease);
    let mut desk = Desk::new(world);
    desk.accounts.insert(account);
    desk.look_at(0);
    desk.act_at(due);
    let renter = desk.world.people.renter.pubkey();
    let cancel = instruction::cancel_lease(renter, &desk.world.context(account), due + 60);
    desk.world.play([cancel]).ok();
    desk.look_at(due + 1);
    desk.act_at(due + 10 * DELAY);
    assert_eq!(desk.done, []);
}
