//! Leases that machines run: by a provider's operator and attestor, by a renter's guard.

use super::{ONE, Purses, agree, claim, closed};
use gpu_lease_client::transaction::{Draft, Format};
use gpu_lease_tests::prelude::*;

/// The operator starts a lease, lets it grow and moves its machine, with bonds out of the bond account; at the end they
/// lie there again, and the wallet has the payout.
pub fn operated<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    market.pay_bond_in(30 * ONE);
    let lease = market.pending_lease();
    let own = market.wallet(&market.people.operator.pubkey());
    let elsewhere = market.start_by_operator_ix(&lease).with("bond_token", own);
    market.play([elsewhere]).refused(LeaseError::NotTheBondAccount);
    market.start_by_operator(&lease).ok();
    market.grow_by_operator(&lease, 6).ok();
    assert_eq!((market.balance(&market.bond_account()), market.lease(&lease).ledger.bond), (0, 30 * ONE));
    let known = market.context(&lease).by_operator();
    let publish = instruction::publish_access(&known, b"another machine", market.valid_until());
    market.play([publish.clone()]).ok();
    market.play([publish]).refused(LeaseError::ValueReplaced);
    market.terminate(&lease, market.people.operator.pubkey()).refused(LeaseError::OperatorMayNot);

    market.pass(3_600);
    agree(market, &lease, 21_600).ok();
    let gift = market.close_with_operator_ix(&lease, 21_600, 1);
    market.play([gift]).refused(LeaseError::OperatorMayNot);
    let closed = market.play([market.close_with_operator_ix(&lease, 21_600, 0)]).closed();
    assert_eq!((closed.payout, closed.bond, closed.credit), (14_850_000, 30 * ONE, 0));
    assert_eq!(market.balance(&market.bond_account()), 30 * ONE);

    let by_the_operator = market.withdraw_bond_ix(own, 1).with("authority", market.people.operator.pubkey());
    market.play([by_the_operator]).refused(LeaseError::NotProviderAuthority);
    market.withdraw_bond(30 * ONE).ok();
    purses.changed_by(market, &[("renter", -15_000_000), ("provider", 14_850_000), ("fee vault", 150_000)]);
}

/// The renter's guard refuses what was not delivered, with a sponsor's stake, and the arbiter finds that it was right.
pub fn guarded<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let [agent, sponsor] = [&market.people.agent, &market.people.sponsor].map(Signer::pubkey);
    let lease = market.active_lease_as(|request| request.session_key = agent);
    market.pass(3_600);
    let window_end = market.lease(&lease).started_at + 3_600;
    claim(market, &lease, 14_400, window_end).ok();
    let by_a_stranger = market.people.stranger.pubkey();
    let dispute = market.dispute_lease_by_ix(&lease, by_a_stranger, sponsor, 7_200);
    market.play([dispute]).refused(LeaseError::NotRenter);
    market.play([market.dispute_lease_by_ix(&lease, agent, sponsor, 7_200)]).ok();
    market.resolve(&lease, 7_200).ok();

    // Half of what was claimed; the credit for 7 056 of 14 256 promised units; the arbiter's fee out of the bond.
    let closed = market.close(&lease).closed();
    assert_eq!((closed.accepted, closed.credit, closed.bond), (7_200, 4_900_000, 14_600_000));
    let gains = [
        ("renter", -5_000_000 + 4_900_000 + 500_000),
        ("sponsor", -500_000),
        ("provider", 4_950_000 - 4_900_000 - 500_000),
        ("arbiter", 500_000),
        ("fee vault", 50_000),
    ];
    purses.changed_by(market, &gains);
}

/// One signature states the usage of five leases, of which one is gone by then; the guard accepts its own.
pub fn batched<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let agent = market.people.agent.insecure_clone();
    let mut leases: Vec<_> = (0..5)
        .map(|nonce| {
            market.active_lease_as(|request| {
                (request.nonce, request.gpus, request.deposit) = (nonce, 1, 30 * ONE);
            })
        })
        .collect();
    leases.sort_by_key(|lease| lease.address);
    market.set_session_key(&leases[1], agent.pubkey()).ok();
    market.pass(3_600);
    let usage: Vec<_> = leases.iter().map(|lease| (*lease, 3_600)).collect();
    let window_end = market.now();
    let batch = market.batch_until(&usage, window_end);
    let signers = [market.people.attestor.insecure_clone(), agent];
    let stated = market.attest_batch_ix(&batch, &[&signers[0], &signers[1]]);
    market.close_together(&leases[3], 0, 0).ok();

    let (provider, rows, applied) = (market.provider, 5, 0b10111);
    let event = Event::BatchAttested(BatchAttested { provider, window_end, rows, applied });
    market.play(stated.clone()).emitted(event);
    market.play(stated).refused(LeaseError::BatchEmpty);
    let accepted = [0, 1, 2, 4].map(|index: usize| market.lease(&leases[index]).meter.accepted);
    assert_eq!(accepted, [0, 3_600, 0, 0]);

    // Each is paid for its hour at the close, 2.50 less the fee.
    for lease in [leases[0], leases[1], leases[2]] {
        market.close_as_claimed(&lease).ok();
    }
    market.terminate(&leases[4], leases[4].renter).ok();
    market.set_time(market.lease(&leases[4]).ends_at);
    agree(market, &leases[4], 7_200).ok();
    assert_eq!(closed(market, &leases[4]).payout, 4_950_000);
    let gains = [("renter", -12_500_000), ("provider", 12_375_000), ("fee vault", 125_000)];
    purses.changed_by(market, &gains);
}

/// A fleet states its usage in one transaction, which is too long for any but version 1.
pub fn fleet<C: Cluster>(market: &mut World<C>) {
    let (purses, Offer { gpus, terms, listing, .. }) = (Purses::of(market), market.offer());
    let leases = market.many_leases(30);
    market.pass(3_600);
    let usage: Vec<_> = leases.iter().map(|lease| (*lease, 3_600)).collect();
    let window_end = market.now();
    let batch = market.batch_until(&usage, window_end);
    let stated = market.attest_batch_ix(&batch, &[&market.people.attestor]);
    let payer = market.people.stranger.pubkey();
    let fits = |format| Draft::new(format, &stated, 1, 0).fits(&payer);
    assert_eq!([Format::Legacy, Format::V1].map(fits), [false, true]);

    let (provider, rows, applied) = (market.provider, 30, (1 << 30) - 1);
    let event = Event::BatchAttested(BatchAttested { provider, window_end, rows, applied });
    market.play(stated).emitted(event);
    for lease in &leases {
        let Meter { latest, window_end: end, .. } = market.lease(lease).meter;
        assert_eq!((latest.units, end), (3_600, window_end));
        market.close_as_claimed(lease).ok();
    }
    market.play([market.update_offer_ix(gpus, true, terms, listing)]).ok();
    // Thirty hours at 2.50, less the fee.
    let gains = [("renter", -75_000_000), ("provider", 74_250_000), ("fee vault", 750_000)];
    purses.changed_by(market, &gains);
}
