//! Accounts of votes: forged, of the wrong type, of a sibling, made ahead or twice; odd clocks; and what votes
//! cost when there are many.

use crate::votes::{LOCKED, holders, tally, voting};
use gpu_lease_tests::prelude::*;

/// Both holders have locked and one has voted, as the renter did; beside a second proposal on which nobody has.
fn voted() -> (World, Address, Address) {
    let mut world = World::new();
    world.earn_fees();
    for holder in holders(&world) {
        world.lock(holder, LOCKED);
    }
    let [proposal, sibling] = [150, 149].map(|fee_bps| world.propose_fee(fee_bps));
    let [holder, _] = holders(&world);
    world.vote(holder, proposal, true).ok();
    world.vote_as_renter(proposal, true).ok();
    (world, proposal, sibling)
}

/// The instructions about votes, each as it would succeed.
fn instructions(world: &World, proposal: Address) -> Vec<Instruction> {
    let [holder, other] = holders(world);
    let renter = world.people.renter.pubkey();
    let known = world.keyed_proposal(proposal);
    vec![
        world.lock_ix(holder, 1, world.vote_lock(&holder).unlock_at),
        instruction::extend_lock(holder, world.vote_lock(&holder).unlock_at + i64::from(LOCK_STEP)),
        world.delegate_ix(holder, renter),
        world.unlock_ix(holder),
        instruction::create_proposal(&world.proposing(Action::SetFee { fee_bps: 150 })),
        world.vote_ix(other, other, proposal, false),
        world.vote_ix(holder, holder, proposal, false),
        world.fee_vote_ix(renter, renter, proposal, false),
        instruction::close_vote_record(&world.vote_record(&proposal, &holder)),
        instruction::finalize_proposal(&known),
        instruction::cancel_proposal(&known),
        instruction::execute_proposal(proposal),
        world.withdraw_fees_ix(proposal),
        instruction::pause(world.people.guardian.pubkey(), 1, FOR_EVER),
        world.unpause_ix(),
    ]
}

/// Accounts of the program that an instruction about votes may name.
const NAMES: [&str; 9] = [
    "proposal",
    "lock",
    "record",
    "participant",
    "governance",
    "protocol",
    "fee_params",
    "mint_policy",
    "fee_vault",
];

/// Anchor's error for an account of another length than the one that would be created.
const WRONG_LENGTH: InstructionError = InstructionError::Custom(2019);

/// What `instruction` calls its accounts of the program that exist.
fn own_accounts(world: &World, instruction: &Instruction) -> Vec<&'static str> {
    let decoded = gpu_lease_client::decode::instruction(instruction).unwrap().unwrap();
    let exists = |name: &&str| {
        let found = decoded.accounts.iter().find(|(known, _)| known == name);
        found.is_some_and(|(_, at)| world.exists(at) && world.owner_of(at) == gpu_lease::ID)
    };
    NAMES.into_iter().filter(exists).collect()
}

#[test]
fn accounts_of_votes_that_another_program_forged_are_refused() {
    let (mut world, proposal, _) = voted();
    let mut tried = 0;
    for instruction in instructions(&world, proposal) {
        for name in own_accounts(&world, &instruction) {
            let forged = world.copy_account(&instruction.account(name), NOWHERE, |copy| copy.owner = FORGER);
            world.play([instruction.clone().with(name, forged)]).failed(InstructionError::IllegalOwner);
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn accounts_of_votes_of_another_type_are_refused() {
    let (mut world, proposal, _) = voted();
    // The longest account there is, so that its length is not the reason.
    let lease = world.active_lease().address;
    for instruction in instructions(&world, proposal) {
        for name in own_accounts(&world, &instruction) {
            let may_create = ["lock", "record"].contains(&name);
            let outcome = world.play([instruction.clone().with(name, lease)]);
            match outcome.0.err().and_then(|refusal| refusal.error) {
                Some(InstructionError::InvalidAccountData) => {}
                // An account that could be created lies where it would be, and has its length.
                Some(InstructionError::InvalidSeeds | WRONG_LENGTH) if may_create => {}
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_vote_is_recorded_where_its_proposal_and_voter_lead_and_nowhere_else() {
    let (mut world, proposal, sibling) = voted();
    let [holder, other] = holders(&world);
    let renter = world.people.renter.pubkey();
    let own = world.vote_ix(other, other, proposal, false);
    let participants = world.fee_vote_ix(renter, renter, sibling, false);
    for (vote, record) in [
        // Of another's lock, of another proposal, of the other house, and of one's own where it was not made.
        (own.clone(), address::vote_record(&proposal, &address::lock(&holder))),
        (own.clone(), address::vote_record(&sibling, &address::lock(&other))),
        (own.clone(), address::vote_record(&proposal, &address::participant(&renter))),
        (participants.clone(), address::vote_record(&proposal, &address::participant(&renter))),
        (participants, address::vote_record(&sibling, &address::lock(&renter))),
    ] {
        world.play([vote.with("record", record)]).failed(InstructionError::InvalidSeeds);
    }
    // Another's lock at one's own record.
    let stolen = own.clone().with("lock", address::lock(&holder));
    world.play([stolen]).failed(InstructionError::InvalidSeeds);
    world.play([own]).ok();
    assert_eq!(tally(&world, &proposal), [LOCKED, LOCKED]);
    assert_eq!(tally(&world, &sibling), [0, 0]);
}

#[test]
fn a_record_is_not_closed_by_the_end_of_another_vote() {
    let (mut world, proposal, _) = voted();
    let [holder, _] = holders(&world);
    world.set_time(world.proposal(&proposal).ends_at - 1);
    let younger = world.propose_fee(101);
    world.vote(holder, younger, true).ok();
    world.pass(1);
    let record = world.vote_record(&younger, &holder);
    world.close_vote_record(&record).refused(LeaseError::VoteRunning);
    let close = instruction::close_vote_record(&record).with("proposal", proposal);
    world.play([close]).refused(LeaseError::WrongAccount);
}

#[test]
fn nothing_about_votes_is_initialized_twice() {
    let (mut world, proposal, _) = voted();
    let [holder, _] = holders(&world);
    let (delegate, renter) = (world.people.delegate.pubkey(), world.people.renter.pubkey());
    world.set_delegate(holder, delegate).ok();

    // A lock that is filled again keeps what it was.
    let before = world.vote_lock(&holder);
    world.lock_until(holder, 1, before.unlock_at).ok();
    let after = world.vote_lock(&holder);
    assert_eq!(after, VoteLock { amount: LOCKED + 1, deposit_slot: after.deposit_slot, ..before });

    // A record that is written again keeps who paid for it, and its weight.
    let before = world.vote_record(&proposal, &holder);
    world.vote(holder, proposal, false).ok();
    let after = world.vote_record(&proposal, &holder);
    assert_eq!(after.account, VoteRecord { is_for: 0, ..before.account });

    // A participant, a proposal and the protocol are made once.
    let again = instruction::create_participant(renter, renter);
    world.play([again]).failed(ALREADY_IN_USE);
    let new = instruction::CreateProposal { id: 0, ..world.proposing(Action::SetFee { fee_bps: 150 }) };
    world.play([instruction::create_proposal(&new)]).failed(InstructionError::InvalidSeeds);
    world.initialize(world.config()).failed(ALREADY_IN_USE);
}

#[test]
fn lamports_sent_ahead_to_the_addresses_of_a_vote_stop_nothing_and_come_back() {
    for lamports in [890_880, 1_000_000_000] {
        let mut world = World::new();
        world.earn_fees();
        let [holder, _] = holders(&world);
        let renter = world.people.renter.pubkey();
        let (lock, proposal) = (address::lock(&holder), address::proposal(0));
        let records =
            [lock, address::participant(&renter)].map(|voter| address::vote_record(&proposal, &voter));
        let of_holder = world.lamports(&holder);
        let of_renter = world.lamports(&renter);
        for address in [lock, address::vault(&lock), proposal, records[0], records[1]] {
            world.cluster.fund(&address, lamports);
        }
        world.lock(holder, LOCKED);
        assert_eq!(world.propose(Action::SetFee { fee_bps: 150 }), proposal);
        world.vote_as_renter(proposal, true).ok();
        world.pass_proposal(proposal);
        world.execute(proposal).ok();
        for record in records {
            let record = gpu_lease_client::account::Keyed { address: record, account: world.read(&record) };
            world.close_vote_record(&record).ok();
        }
        world.set_time(world.vote_lock(&holder).unlock_at);
        world.unlock(holder).ok();
        assert_eq!(world.lamports(&renter), of_renter + lamports);
        // All but what stays in the proposal, which is the record of the vote.
        let stays = world.lamports(&proposal);
        assert_eq!(world.lamports(&holder) + stays, of_holder + 4 * lamports);
    }
}

#[test]
fn a_clock_that_jumps_back_opens_nothing_that_was_decided() {
    let (mut world, proposal, sibling) = voted();
    let [holder, other] = holders(&world);
    let start = world.now();
    world.pass_proposal(proposal);
    let from = world.now();
    let renter = world.people.renter.pubkey();
    for earlier in [from - 1, start, 0, i64::MIN] {
        world.set_time(earlier);
        world.vote(other, proposal, false).refused(LeaseError::VoteOver);
        world.vote_as_renter(proposal, false).refused(LeaseError::VoteOver);
        world.finalize(proposal).refused(LeaseError::AlreadyFinalized);
        world.execute(proposal).refused(LeaseError::TimelockRunning);
        world.unlock(holder).refused(LeaseError::StillLocked);
    }
    world.set_time(from);
    world.execute(proposal).ok();

    // Tokens that have left vote on nothing that was there before, whatever the clock says.
    let unlock_at = world.vote_lock(&other).unlock_at;
    world.set_time(unlock_at);
    world.unlock(other).ok();
    world.set_time(start);
    world.vote(other, sibling, true).failed(InstructionError::UninitializedAccount);
    world.execute(proposal).refused(LeaseError::AlreadyExecuted);
    world.set_time(unlock_at);
    world.close_vote_record(&world.vote_record(&proposal, &holder)).ok();
    world.vote(holder, proposal, true).refused(LeaseError::VoteOver);
    let participant = address::vote_record(&proposal, &address::participant(&renter));
    assert!(world.exists(&participant));
}

#[test]
fn a_clock_that_stands_still_ends_no_vote_and_frees_no_tokens() {
    let (mut world, proposal, _) = voted();
    let [holder, _] = holders(&world);
    for _ in 0..3 {
        world.pass(0);
        world.finalize(proposal).refused(LeaseError::VoteRunning);
        world.unlock(holder).refused(LeaseError::StillLocked);
        world.close_vote_record(&world.vote_record(&proposal, &holder)).refused(LeaseError::VoteRunning);
    }
}

#[test]
fn at_the_limit_of_time_no_lock_outlasts_a_vote_and_no_deposit_is_taken() {
    let mut world = World::new();
    world.set_time(i64::MAX - i64::from(MAX_LOCK));
    let [holder, _] = holders(&world);
    let step = i64::from(LOCK_STEP);
    world.lock_until(holder, LOCKED, i64::MAX / step * step).ok();
    world.set_time(i64::MAX - 1);
    let before = world.lamports(&holder);
    world.try_to_propose(Action::SetFee { fee_bps: 99 }).refused(LeaseError::QuorumOutOfReach);
    assert_eq!(world.lamports(&holder), before);
    world.unlock(holder).ok();
}

// ----- cost -----

/// Compute units of everything that happens to a vote, with `crowd` other voters, as many proposals beside it,
/// and a lease.
fn costs(crowd: usize) -> Vec<(&'static str, u64)> {
    let mut world = World::new();
    world.earn_fees();
    let [holder, other] = holders(&world);
    let crowd: Vec<Address> =
        world.people.addresses().filter(|wallet| ![holder, other].contains(wallet)).take(crowd).collect();
    for wallet in &crowd {
        world.lock(*wallet, 1);
        world.play([world.delegate_ix(*wallet, holder)]).ok();
    }
    let renter = world.people.renter.pubkey();
    let year = world.lock_end(world.now() + 365 * 86_400);
    let mut costs = Vec::new();
    let mut measure = |world: &mut World, what, instruction: Instruction| {
        costs.push((what, world.play([instruction]).ok().units));
    };
    for owner in [holder, other] {
        let lock = world.lock_ix(owner, LOCKED, year);
        measure(&mut world, "lock", lock);
    }
    world.pass(1);
    let proposing = instruction::create_proposal(&world.proposing(Action::SetFee { fee_bps: 150 }));
    let proposal = proposing.account("proposal");
    measure(&mut world, "propose", proposing);
    for (index, wallet) in crowd.iter().enumerate() {
        world.propose_fee(101);
        world.active_lease_as(|request| (request.nonce, request.gpus) = (index as u64, 1));
        world.vote(*wallet, proposal, index % 2 == 0).ok();
    }
    let vote = world.vote_ix(holder, holder, proposal, true);
    measure(&mut world, "vote", vote);
    let vote = world.fee_vote_ix(renter, renter, proposal, true);
    measure(&mut world, "vote of fees", vote);
    let vote = world.vote_ix(holder, holder, proposal, true);
    measure(&mut world, "overrule", vote);
    world.set_time(world.proposal(&proposal).ends_at);
    let finalize = instruction::finalize_proposal(&world.keyed_proposal(proposal));
    measure(&mut world, "finalize", finalize);
    world.set_time(world.proposal(&proposal).executable_from());
    measure(&mut world, "execute", instruction::execute_proposal(proposal));
    let close = instruction::close_vote_record(&world.vote_record(&proposal, &holder));
    measure(&mut world, "close", close);
    world.set_time(year);
    let unlock = world.unlock_ix(holder);
    measure(&mut world, "unlock", unlock);
    costs
}

#[test]
fn a_vote_costs_the_same_however_many_voters_proposals_and_leases_there_are() {
    let alone = costs(0);
    for crowd in [1, 8] {
        for ((what, alone), (_, crowded)) in alone.iter().zip(costs(crowd)) {
            // Arithmetic with larger numbers may take some units more, and so does a lock's end that others share.
            assert!(crowded.abs_diff(*alone) <= 8, "{what}: {alone} alone, {crowded} beside {crowd} others");
        }
    }
}

#[test]
fn the_fiftieth_proposal_costs_what_the_first_one_at_its_number_would() {
    let propose = |world: &mut World| {
        let instruction = instruction::create_proposal(&world.proposing(Action::SetFee { fee_bps: 150 }));
        let proposal = instruction.account("proposal");
        let [holder, _] = holders(world);
        let made = world.play([instruction]).ok().units;
        (made, world.vote(holder, proposal, true).ok().units)
    };
    let (mut crowded, _) = voting();
    let [holder, _] = holders(&crowded);
    let mut alone = crowded.clone();
    crowded.cluster.fund(&holder, 60 * RULES.deposit);
    for _ in 1..50 {
        crowded.propose_fee(150);
    }
    alone.write(&address::governance(), |governance: &mut Governance| governance.proposal_count = 50);
    assert_eq!(propose(&mut crowded), propose(&mut alone));
}
