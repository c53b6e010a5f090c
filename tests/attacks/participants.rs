//! The participants' house: weight that nobody paid, that comes too late, or that someone else earned.

use crate::votes::holders;
use gpu_lease_client::account::ProviderRef;
use gpu_lease_tests::prelude::*;

/// Fees were paid in each of three epochs; then there is a proposal to raise the fee. Returns the weight of each party.
fn rise() -> (World, Address, u64) {
    let mut world = World::new();
    let fees = world.earn_fees();
    let proposal = world.propose_fee(150);
    (world, proposal, fees)
}

/// Votes for and against in the participants' house.
fn tally(world: &World, proposal: &Address) -> [u64; 2] {
    let Tally { votes_for, votes_against, .. } = world.proposal(proposal).participants;
    [votes_for, votes_against]
}

/// The renter pays for an hour of four GPUs, all delivered.
fn pay_fees(world: &mut World, nonce: u64) -> u64 {
    let lease = world.active_lease_as(|request| request.nonce = nonce);
    world.pass(3_600);
    world.agree(&lease, 4 * 3_600).ok();
    world.close_as_claimed(&lease).closed().fees
}

/// `voter` votes with the fees of `party`.
fn vote_for(world: &mut World, voter: Address, party: Address, proposal: Address) -> Outcome {
    world.play([world.fee_vote_ix(voter, party, proposal, false)])
}

#[test]
fn a_wallet_that_paid_nothing_has_no_say() {
    let (mut world, proposal, _) = rise();
    let [sponsor, rival] = [&world.people.sponsor, &world.people.rival].map(Signer::pubkey);
    world.play([instruction::create_participant(sponsor, sponsor)]).ok();
    world.play([world.register_provider_ix(rival, rival)]).ok();
    vote_for(&mut world, sponsor, sponsor, proposal).refused(LeaseError::NoWeight);
    vote_for(&mut world, rival, address::provider(&rival), proposal).refused(LeaseError::NoWeight);
    // Without a seat there is nothing to vote with.
    vote_for(&mut world, rival, rival, proposal).failed(InstructionError::UninitializedAccount);
}

#[test]
fn fees_of_the_running_epoch_and_of_the_fourth_before_it_do_not_weigh() {
    // Three epochs of fees in a row, the last of which ended so many epochs ago.
    let mut world = World::new();
    let fees = world.earn_fees();
    for epochs_ago in 0..=2 {
        let mut world = world.clone();
        match epochs_ago {
            // The first of the three lies four epochs back, and the running one has fees instead.
            0 => {
                world.next_fee_epoch();
                pay_fees(&mut world, 1);
            }
            ago => (1..ago).for_each(|_| world.next_fee_epoch()),
        }
        let proposal = world.propose_fee(150);
        match epochs_ago {
            1 => {
                assert_eq!(world.proposal(&proposal).participants.electorate, 2 * fees);
                world.vote_as_renter(proposal, false).ok();
                assert_eq!(tally(&world, &proposal), [0, fees]);
            }
            _ => world.vote_as_renter(proposal, false).refused(LeaseError::NoWeight),
        }
    }
}

#[test]
fn leases_closed_after_a_proposal_weigh_nothing_for_it() {
    // Given a vote that reaches into the next epoch.
    let mut world = World::new();
    let fees = world.earn_fees();
    world.pass(29 * 86_400);
    let proposal = world.propose_fee(150);
    pay_fees(&mut world, 1);
    world.next_fee_epoch();
    pay_fees(&mut world, 2);
    let next = world.propose_fee(149);
    pay_fees(&mut world, 3);
    for proposal in [proposal, next] {
        world.vote_as_renter(proposal, false).ok();
        assert_eq!(tally(&world, &proposal), [0, fees]);
        assert_eq!(world.proposal(&proposal).participants.electorate, 2 * fees);
    }
}

#[test]
fn fees_paid_in_another_mint_weigh_nothing() {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN);
    world.register_mint(mint).ok();
    let unit = world.mint;
    world.play([world.update_offer_ix(8, true, Terms { mint, ..terms(mint) }, listing())]).ok();
    let fees = pay_fees(&mut world, 0);
    world.next_fee_epoch();
    let policy: MintPolicy = world.read(&address::mint_policy(&mint));
    let last = epoch_of(world.now()) - 1;
    assert!(policy.fees.epochs.contains(&EpochFees { epoch: last, fees }));
    assert_eq!(world.mint, unit);
    // Where others have paid in the unit mint.
    let proposal = world.propose_fee(150);
    assert_eq!(world.proposal(&proposal).participants.electorate, 6);
    world.vote_as_renter(proposal, false).refused(LeaseError::NoWeight);
    world.vote_as_provider(proposal, false).refused(LeaseError::NoWeight);
    // Nor can a proposal be made against that mint's fees.
    let new =
        instruction::CreateProposal { unit_mint: mint, ..world.proposing(Action::SetFee { fee_bps: 149 }) };
    world.play([instruction::create_proposal(&new)]).refused(LeaseError::WrongMint);
}

#[test]
fn nobody_votes_with_the_fees_of_someone_else() {
    let (mut world, proposal, _) = rise();
    let (renter, provider) = (world.people.renter.pubkey(), world.provider);
    let [wallet, stranger, sponsor] =
        [&world.people.provider, &world.people.stranger, &world.people.sponsor].map(Signer::pubkey);
    for thief in [wallet, stranger, sponsor] {
        vote_for(&mut world, thief, renter, proposal).refused(LeaseError::NotParticipant);
    }
    for thief in [renter, stranger] {
        vote_for(&mut world, thief, provider, proposal).refused(LeaseError::NotParticipant);
    }
    let unsigned = world.fee_vote_ix(renter, renter, proposal, false).unsigned("voter");
    world.play([unsigned]).failed(InstructionError::MissingRequiredSignature);
    // The other's participant at one's own record, and the reverse.
    let vote = world.fee_vote_ix(renter, renter, proposal, false);
    let record = address::vote_record(&proposal, &address::participant(&provider));
    world.play([vote.clone().with("record", record)]).failed(InstructionError::InvalidSeeds);
    let participant = address::participant(&provider);
    world.play([vote.with("participant", participant)]).failed(InstructionError::InvalidSeeds);
}

#[test]
fn a_former_authority_votes_no_more_and_its_vote_is_the_next_ones_to_change() {
    let (mut world, proposal, fees) = rise();
    let [former, next] = [&world.people.provider, &world.people.rival].map(Signer::pubkey);
    world.vote_as_provider(proposal, true).ok();
    world.play([world.nominate_authority_ix(next)]).ok();
    let provider = world.provider;
    vote_for(&mut world, next, provider, proposal).refused(LeaseError::NotParticipant);
    world.play([world.accept_authority_ix(next, NOWHERE)]).ok();
    vote_for(&mut world, former, provider, proposal).refused(LeaseError::NotParticipant);
    vote_for(&mut world, next, provider, proposal).ok();
    assert_eq!(tally(&world, &proposal), [0, fees], "counted once");
    // What both have is apart: the former one's own seat holds nothing.
    world.play([instruction::create_participant(former, former)]).ok();
    vote_for(&mut world, former, former, proposal).refused(LeaseError::NoWeight);
}

#[test]
fn fee_payers_have_no_say_where_the_fee_does_not_rise() {
    let (mut world, _, _) = rise();
    let address = world.people.rival.pubkey();
    for action in [
        Action::SetFee { fee_bps: 99 },
        Action::SetTreasury { treasury: address },
        Action::SetArbiter { arbiter: address },
        Action::SetGuardian { guardian: address },
        Action::SetVotingRules { rules: VotingRules { quorum_bps: 2_000, ..RULES } },
        Action::WithdrawFees { mint: world.mint, amount: 1 },
    ] {
        let proposal = world.propose(action);
        world.vote_as_renter(proposal, false).refused(LeaseError::HouseHasNoSay);
        assert_eq!(world.proposal(&proposal).participants, Tally::default());
    }
}

#[test]
fn a_fee_payer_that_votes_twice_is_counted_once() {
    let (mut world, proposal, fees) = rise();
    for is_for in [true, true, false, true, false] {
        world.vote_as_renter(proposal, is_for).ok();
        assert_eq!(tally(&world, &proposal), if is_for { [fees, 0] } else { [0, fees] });
    }
    world.vote_as_provider(proposal, false).ok();
    assert_eq!(tally(&world, &proposal), [0, 2 * fees]);
}

#[test]
fn a_renter_that_is_its_own_provider_weighs_what_it_paid_and_no_more() {
    // A wash lease costs its fee. Each base unit of it is counted for the renter once, and once for the provider,
    // as in every other lease.
    let mut world = World::new();
    let wallet = world.people.provider.pubkey();
    world.play([instruction::create_participant(wallet, wallet)]).ok();
    let other = world.create_other_token_account(wallet, world.mint, 60);
    for nonce in 0..WEIGHT_EPOCHS {
        let opening =
            instruction::OpenLease { renter: wallet, payer: wallet, ..world.opening(world.request(nonce)) };
        world.play([instruction::open_lease(&opening)]).ok();
        let address = opening.lease();
        let lease = LeaseKey { address, vault: address::vault(&address), renter: wallet, payer: wallet };
        world.start(&lease).ok();
        world.pass(3_600);
        world.claim(&lease, 14_400).ok();
        let close = world.close_together_ix(&lease, 14_400, 0);
        world.play([close.with("refund_token", other)]).ok();
        world.next_fee_epoch();
    }
    let cost = WEALTH - world.money(&wallet) - world.balance(&other);
    let proposal = world.propose_fee(150);
    vote_for(&mut world, wallet, wallet, proposal).ok();
    world.vote_as_provider(proposal, false).ok();
    assert_eq!(tally(&world, &proposal), [0, 2 * cost]);
    assert_eq!(world.proposal(&proposal).participants.electorate, 2 * cost);
}

#[test]
fn a_lease_is_closed_to_the_credit_of_its_own_parties_and_of_nobody_else() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    let sponsor = world.people.sponsor.pubkey();
    world.play([instruction::create_participant(sponsor, sponsor)]).ok();
    let close = world.close_together_ix(&lease, 14_400, 0);
    let [own, theirs] = [world.provider, sibling.provider].map(|provider| address::participant(&provider));
    for (name, wrong, refusal) in [
        ("renter_participant", address::participant(&sponsor), LeaseError::WrongAccount),
        ("provider_participant", theirs, LeaseError::WrongAccount),
    ] {
        world.play([close.clone().with(name, wrong)]).refused(refusal);
    }
    world.play([close.clone().with("renter_participant", own)]).failed(ACCOUNT_TWICE);
    world.play([close]).ok();
}

#[test]
fn holders_outvote_no_refusal_however_many_they_are() {
    let (mut world, proposal, _) = rise();
    let [holder, other] = holders(&world);
    world.vote(holder, proposal, true).ok();
    world.lock(other, WEALTH);
    let next = world.propose_fee(149);
    for owner in [holder, other] {
        world.vote(owner, next, true).ok();
    }
    for proposal in [proposal, next] {
        world.vote_as_renter(proposal, false).ok();
    }
    for proposal in [proposal, next] {
        world.set_time(world.proposal(&proposal).ends_at);
        world.finalize(proposal).ok();
        world.set_time(world.proposal(&proposal).executable_from());
        world.execute(proposal).refused(LeaseError::NotPassed);
    }
}

#[test]
fn fees_at_the_limits_of_64_bits_are_refused_and_do_not_overflow() {
    let mut world = World::new();
    let paid = |fees: &mut FeeEpochs, epoch| {
        *fees = {
            let mut fees = FeeEpochs::default();
            (epoch - 2..=epoch).for_each(|epoch| fees.add(u64::MAX, epoch));
            fees
        }
    };
    let epoch = epoch_of(world.now()) - 1;
    let renter = world.people.renter.pubkey();
    for party in [renter, world.provider] {
        world.write(&address::participant(&party), |payer: &mut Participant| paid(&mut payer.fees, epoch));
    }
    world.write(&address::mint_policy(&world.mint), |policy: &mut MintPolicy| paid(&mut policy.fees, epoch));
    let proposal = world.propose_fee(150);
    let Tally { electorate, quorum, .. } = world.proposal(&proposal).participants;
    assert_eq!((electorate, quorum), (u64::MAX, u64::MAX / 20 + 1));
    world.vote_as_renter(proposal, false).ok();
    // Only where sums no longer fit 64 bits; one vote decided then anyway.
    world.vote_as_provider(proposal, false).refused(LeaseError::InvariantTally);
    assert_eq!(tally(&world, &proposal), [0, u64::MAX]);
}

#[test]
fn a_provider_that_registers_has_its_seat_at_once() {
    let mut world = World::new();
    let rival = world.people.rival.pubkey();
    world.play([world.register_provider_ix(rival, rival)]).ok();
    let provider = ProviderRef::of(rival).address;
    let Participant { party, authority, fees, .. } = world.participant(&provider);
    assert_eq!((party, authority, fees), (provider, rival, FeeEpochs::default()));
}
