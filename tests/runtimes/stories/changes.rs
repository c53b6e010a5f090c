//! Leases that change while they run.

use super::{ONE, Purses, agree, closed};
use gpu_lease_tests::prelude::*;

/// Four GPUs, then six, then two, and the bond of six; the meter counts each as long as it was there.
pub fn resized<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let lease = market.active_lease();
    market.pass(3_600);
    agree(market, &lease, 14_400).ok();
    market.resize(&lease, 9).refused(LeaseError::NotEnoughFreeGpus);
    market.resize(&lease, 6).ok();
    assert_eq!((market.offer().gpus_free, market.lease(&lease).ledger.bond), (2, 30 * ONE));

    market.pass(3_600);
    agree(market, &lease, 36_000).ok();
    market.resize(&lease, 2).ok();
    market.resize(&lease, 3).refused(LeaseError::ResizePending);
    market.set_time(market.lease(&lease).meter.segment_start);
    agree(market, &lease, 57_600).ok();
    market.release_gpus(&lease).ok();
    assert_eq!((market.offer().gpus_free, market.lease(&lease).ledger.bond), (6, 30 * ONE));

    market.pass(3_600);
    agree(market, &lease, 66_000).refused(LeaseError::UnitsAboveCapacity);
    agree(market, &lease, 64_800).ok();
    market.terminate(&lease, lease.renter).ok();
    market.set_time(market.lease(&lease).ends_at);
    agree(market, &lease, 72_000).ok();

    let closed = closed(market, &lease);
    assert_eq!((closed.accepted, closed.credit, closed.bond), (72_000, 0, 30 * ONE));
    let gains = [("renter", -50_000_000), ("provider", 49_500_000), ("fee vault", 500_000)];
    purses.changed_by(market, &gains);
}

/// A day becomes two, paid to the last second.
pub fn extended<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let lease = market.active_lease();
    let started_at = market.lease(&lease).started_at;
    market.extend(&lease, 31 * 24 * 3_600).refused(LeaseError::DurationOutOfBounds);
    market.extend(&lease, 2 * 24 * 3_600).ok();
    market.top_up(&lease, 360 * ONE).ok();
    assert_eq!(market.lease(&lease).funded_until(), started_at + 2 * 24 * 3_600);
    market.set_time(started_at + 2 * 24 * 3_600);
    agree(market, &lease, 691_200).ok();

    let closed = closed(market, &lease);
    assert_eq!((closed.accepted, closed.promised, closed.refund), (691_200, 684_288, 0));
    let gains = [("renter", -480_000_000), ("provider", 475_200_000), ("fee vault", 4_800_000)];
    purses.changed_by(market, &gains);
}
