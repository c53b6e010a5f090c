//! Leases that end before they were meant to.

use super::{ONE, Purses, agree, claim, closed};
use gpu_lease_tests::prelude::*;

/// The provider falls silent after ten minutes: a stranger ends the lease, and the bond answers for what the
/// deposit had paid for.
pub fn abandoned<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let abandoned = market.read::<Provider>(&market.provider).record.leases_abandoned;
    let lease = market.active_lease();
    let window_end = market.lease(&lease).started_at + 600;
    market.set_time(window_end);
    claim(market, &lease, 2_400, window_end).ok();
    market.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    market.set_time(window_end + 901);
    market.expire(&lease).ok();
    assert_eq!(market.lease(&lease).ends_at, window_end);

    // Promised: 99 % of the twelve hours that were paid. 168 672 units are missing, worth more than the bond.
    let closed = closed(market, &lease);
    assert_eq!((closed.accepted, closed.promised, closed.credit), (2_400, 171_072, 20 * ONE));
    assert_eq!(closed.reason, EndReason::Abandoned as u64);
    assert_eq!(market.read::<Provider>(&market.provider).record.leases_abandoned, abandoned + 1);
    let gains = [("renter", 18_333_334), ("provider", -18_350_000), ("fee vault", 16_666)];
    purses.changed_by(market, &gains);
}

/// The deposit is used up and nobody tops up: the provider leaves without notice and owes nothing.
pub fn exhausted<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let lease = market.active_lease();
    market.pass(12 * 3_600);
    agree(market, &lease, 172_800).ok();
    let provider = market.people.provider.pubkey();
    market.pass(1);
    market.terminate(&lease, provider).ok();

    let closed = closed(market, &lease);
    assert_eq!((closed.accepted, closed.credit, closed.refund), (172_800, 0, 0));
    assert_eq!(closed.reason, EndReason::Exhausted as u64);
    let gains = [("renter", -120_000_000), ("provider", 118_800_000), ("fee vault", 1_200_000)];
    purses.changed_by(market, &gains);
}

/// The provider goes on for an hour that nothing pays for, and a sponsor pays for it afterwards.
pub fn topped_up<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let lease = market.active_lease();
    let sponsor = market.people.sponsor.pubkey();
    market.pass(13 * 3_600);
    agree(market, &lease, 187_200).ok();
    market.settle(&lease).ok();
    market.play([market.top_up_ix(&lease, sponsor, 10 * ONE)]).ok();
    market.settle(&lease).ok();
    market.terminate(&lease, lease.renter).ok();

    let closed = closed(market, &lease);
    assert_eq!((closed.accepted, closed.promised, closed.credit), (187_200, 171_072, 0));
    let gains = [
        ("renter", -120_000_000),
        ("sponsor", -10_000_000),
        ("provider", 128_700_000),
        ("fee vault", 1_300_000),
    ];
    purses.changed_by(market, &gains);
}

/// The renter gives notice after an hour: the second is the last.
pub fn notice<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let lease = market.active_lease();
    market.pass(3_600);
    agree(market, &lease, 14_400).ok();
    let stranger = market.people.stranger.pubkey();
    market.terminate(&lease, stranger).refused(LeaseError::NotParty);
    market.terminate(&lease, lease.renter).ok();
    market.extend(&lease, 2 * 24 * 3_600).refused(LeaseError::LeaseEnding);
    market.set_time(market.lease(&lease).ends_at);
    agree(market, &lease, 28_800).ok();

    let closed = closed(market, &lease);
    assert_eq!((closed.accepted, closed.credit), (28_800, 0));
    assert_eq!(closed.reason, EndReason::RenterNotice as u64);
    let gains = [("renter", -20_000_000), ("provider", 19_800_000), ("fee vault", 200_000)];
    purses.changed_by(market, &gains);
}

/// Both parties end a lease seconds after its start. What the renter's agent co-signed and what is claimed is
/// paid, everything else goes back.
pub fn mutual<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let lease = market.active_lease();
    let (attestor, agent) = (market.people.attestor.pubkey(), market.people.agent.pubkey());
    market.set_session_key(&lease, agent).ok();
    market.pass(10);
    market.play(market.attestation(&lease, 40, &[attestor, agent])).ok();
    assert_eq!(market.lease(&lease).meter.accepted, 40);
    market.settle(&lease).ok();
    market.pass(10);
    let window_end = market.now();
    let units = 4 * (window_end - market.lease(&lease).started_at) as u64;
    market.play(market.attestation(&lease, units, &[attestor])).ok();
    // How the vault is divided is agreed: no second between the last window and the end changes it.
    market.pass(10);
    market.play([instruction::close_lease_together(&market.context(&lease), units, 0, FOR_EVER)]).ok();

    assert!(!market.exists(&lease.address) && !market.exists(&lease.vault));
    let gross = i128::from(units) * 2_500_000 / 3_600;
    let fee = gross / 100;
    purses.changed_by(market, &[("renter", -gross), ("provider", gross - fee), ("fee vault", fee)]);
}
