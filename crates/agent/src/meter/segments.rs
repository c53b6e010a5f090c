//! How many GPUs a second is about. The chain says it: a lease grows and shrinks.

use gpu_lease_client::evidence::Cause;
use gpu_lease_client::state::Meter;

use super::timeline::Seconds;

/// Seconds from a shrink on in which a container that is not there is the renter's doing: it is made again, as the renter was
/// told. A renter that resizes earns no credit by it, and what takes longer is the provider's.
const RECREATION: i64 = 60;

/// How many GPUs the lease has in the second that begins at `time`.
pub const fn gpus_at(meter: &Meter, time: i64) -> u32 {
    if time < meter.segment_start { meter.previous_gpus } else { meter.gpus }
}

/// The parts of `seconds` that are about a number of GPUs each. `held` says how many cards the lease has had on this machine
/// from when on: fewer than the chain says are none.
pub fn parts(seconds: &Seconds, meter: &Meter, held: &[(i64, u32)]) -> Vec<(Seconds, u32)> {
    let recreated = meter.segment_start.saturating_add(RECREATION);
    let has_shrunk = meter.previous_gpus > meter.gpus;
    let mut ends = vec![meter.segment_start, recreated, seconds.at.end];
    ends.extend(held.iter().map(|(from, _)| *from));
    ends.retain(|end| seconds.at.start < *end && *end <= seconds.at.end);
    ends.sort_unstable();
    ends.dedup();
    let mut rest = Some(seconds.clone());
    let mut parts = Vec::new();
    for end in ends {
        let (Some(part), later) = rest.map_or((None, None), |rest| rest.split(end)) else { break };
        rest = later;
        let start = part.at.start;
        let gpus = gpus_at(meter, start);
        let cards = held.iter().rev().find(|(from, _)| *from <= start).map_or(u32::MAX, |(_, cards)| *cards);
        let cause = match seconds.cause {
            None if cards < gpus => Some(Cause::Container),
            Some(Cause::Container) if has_shrunk && (meter.segment_start..recreated).contains(&start) => {
                Some(Cause::Ended)
            }
            cause => cause,
        };
        parts.push((Seconds { cause, ..part }, gpus));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_lease_client::state::Moment;

    /// Of four GPUs from 100 on, and of `gpus` from 200 on.
    fn meter(gpus: u32) -> Meter {
        let mut meter = Meter::start(4, Moment::by_clock(100));
        meter.resize(gpus, 200);
        meter
    }

    fn of(
        seconds: (i64, i64, Option<Cause>),
        meter: &Meter,
        held: &[(i64, u32)],
    ) -> Vec<(i64, i64, Option<Cause>, u32)> {
        let (start, end, cause) = seconds;
        let parts = parts(&Seconds { at: start..end, cause, energy: 0 }, meter, held);
        parts.into_iter().map(|(it, gpus)| (it.at.start, it.at.end, it.cause, gpus)).collect()
    }

    #[test]
    fn a_segment_begins_in_its_second() {
        let held = [(0, 4), (203, 2)];
        assert_eq!(
            of((190, 205, None), &meter(2), &held),
            [(190, 200, None, 4), (200, 203, None, 2), (203, 205, None, 2)]
        );
        assert_eq!(of((150, 200, None), &meter(2), &held), [(150, 200, None, 4)]);
        assert_eq!(of((200, 201, None), &meter(2), &held), [(200, 201, None, 2)]);
    }

    #[test]
    fn more_gpus_count_from_when_their_cards_are_there() {
        let absent = Some(Cause::Container);
        let held = [(0, 4), (210, 8)];
        assert_eq!(
            of((190, 220, None), &meter(8), &held),
            [(190, 200, None, 4), (200, 210, absent, 8), (210, 220, None, 8)]
        );
        // As long as nobody has given it the cards.
        assert_eq!(of((205, 206, None), &meter(8), &held[..1]), [(205, 206, absent, 8)]);
    }

    #[test]
    fn a_minute_after_a_shrink_the_missing_container_is_the_renters_doing() {
        let absent = Some(Cause::Container);
        let ended = Some(Cause::Ended);
        assert_eq!(
            of((195, 265, absent), &meter(2), &[]),
            [(195, 200, absent, 4), (200, 260, ended, 2), (260, 265, absent, 2)]
        );
        assert_eq!(of((200, 210, absent), &meter(8), &[]), [(200, 210, absent, 8)]);
        assert_eq!(of((200, 210, Some(Cause::Engine)), &meter(2), &[]), [(200, 210, Some(Cause::Engine), 2)]);
    }

    /// Whatever happens, no more units than the chain holds possible.
    #[test]
    fn parts_are_about_what_the_chain_holds_possible() {
        for gpus in [1, 2, 8] {
            let meter = meter(gpus);
            for end in 101..300 {
                let units: u64 = of((100, end, None), &meter, &[(0, 8)])
                    .iter()
                    .map(|(from, to, _, gpus)| u64::from(*gpus) * from.abs_diff(*to))
                    .sum();
                assert_eq!(units, meter.capacity(end), "{end}");
            }
        }
    }
}
