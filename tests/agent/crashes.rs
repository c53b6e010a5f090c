//! Dies at every step of a lease's life, before and after what it does to the world outside.

use crate::lives::afterwards;
use crate::town::{Process, Town};
use gpu_lease_client::attestation::SignedAttestation;
use gpu_lease_tests::prelude::*;
use std::panic;

const DURATION: u32 = 100;

/// A lease that begins and ends; the process dies once after so many touches, if it comes to that.
struct Life {
    touches: i64,
    units: u64,
    has_died: bool,
}

fn live(dies_after: Option<i64>) -> Life {
    let town = Town::new(|terms| terms.heartbeat_timeout = 300);
    if let Some(touches) = dies_after {
        town.fuse.set(touches);
    }
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = DURATION);
    process.seconds(DURATION + 30);
    let units = town.units(&lease);
    afterwards(&mut process);

    // Whenever it died: nothing is left, and the money is where it belongs.
    process.assert_clean();
    let world = town.world();
    assert!(!world.exists(&lease.address), "it was not closed");
    assert!(!world.exists(&lease.vault), "something is left in the vault");
    let price = units * 2_500_000 / 3_600;
    assert_eq!(world.money(&lease.renter), WEALTH - price);
    // What landed only rose, and no window has two counts.
    let sent = town.outside().sent.clone();
    let statements: Vec<_> = sent
        .iter()
        .filter_map(|it| SignedAttestation::from_instruction((), &it.data).ok())
        .map(|it| (it.message().window_end, it.message().gpu_seconds))
        .collect();
    assert!(!statements.is_empty());
    assert!(
        statements
            .windows(2)
            .all(|pair| pair[0] == pair[1] || pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1)
    );
    let touches = town.fuse.burned();
    Life { touches, units, has_died: process.has_died }
}

#[test]
fn a_crash_at_any_step_leaves_nothing_behind_and_loses_at_most_two_seconds() {
    // Deaths are what this is about: they need no trace.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<crate::town::Killed>() {
            hook(info);
        }
    }));
    let untouched = live(None);
    assert_eq!(untouched.units, 4 * u64::from(DURATION));
    assert!(untouched.touches >= 25, "only {} points to die at", untouched.touches);
    for point in 1..=untouched.touches {
        let life = live(Some(point));
        assert!(life.has_died, "at {point}");
        let lost = untouched.units - life.units;
        assert!(lost <= 4 * 2, "{lost} units lost by dying at {point} of {}", untouched.touches);
    }
}
