//! A provider claims an hour, and the renter does not agree.

use super::{Purses, claim, closing};
use gpu_lease_tests::prelude::*;

/// A lease whose provider claims its whole first hour.
fn claimed<C: Cluster>(market: &mut World<C>) -> LeaseKey {
    let lease = market.active_lease();
    let window_end = market.lease(&lease).started_at + 3_600;
    market.set_time(window_end);
    claim(market, &lease, 14_400, window_end).ok();
    lease
}

/// The renter admits one GPU, the arbiter finds one and a half: each side pays for its distance, and the bond
/// for the rest of the promise.
pub fn resolved<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let lease = claimed(market);
    market.dispute(&lease, 14_400).refused(LeaseError::FigureOutOfBounds);
    market.dispute(&lease, 3_600).ok();
    market.release_gpus(&lease).ok();
    assert_eq!(market.offer().gpus_free, 8, "a dispute does not hold GPUs");
    market.close(&lease).refused(LeaseError::NotActive);
    market.resolve(&lease, 14_401).refused(LeaseError::FigureOutOfBounds);
    market.resolve(&lease, 5_400).ok();

    // A tenth of 7.50 in dispute is the arbiter's: 1 800 of 10 800 units are the renter's distance.
    // Promised are 14 256 units, so 8 856 are missing, worth 6.15.
    let closed = closing(market, &lease);
    assert_eq!((closed.accepted, closed.promised, closed.credit), (5_400, 14_256, 6_150_000));
    assert_eq!(closed.bond, 20_000_000 - 625_000 - 6_150_000);
    let gains =
        [("renter", 2_275_000), ("provider", -3_062_500), ("arbiter", 750_000), ("fee vault", 37_500)];
    purses.changed_by(market, &gains);
}

/// The arbiter never answers: after a week the midpoint counts, rounded down, and nobody pays it.
pub fn timed_out<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let lease = claimed(market);
    market.dispute(&lease, 3_601).ok();
    market.resolve_by_timeout(&lease).refused(LeaseError::ArbitrationRunning);
    market.set_time(market.lease(&lease).dispute.deadline() + 1);
    market.resolve(&lease, 3_601).refused(LeaseError::ArbitrationOver);
    market.resolve_by_timeout(&lease).ok();

    // floor((3 601 + 14 400) / 2) units are accepted, 5 256 are missing.
    let closed = closing(market, &lease);
    assert_eq!((closed.accepted, closed.credit), (9_000, 3_650_000));
    let gains = [("renter", -2_600_000), ("provider", 2_537_500), ("fee vault", 62_500)];
    purses.changed_by(market, &gains);
}
