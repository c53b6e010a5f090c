//! How many connections may be there that have not logged in, and how fast new ones may come.
//!
//! Where there are too many, the oldest of the address that has most makes place: whoever has a key needs less than a
//! second, and those that only hold places wait longest.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota};
use tokio_util::sync::CancellationToken;

/// Addresses that are remembered before those are forgotten that have been quiet.
const MAX_REMEMBERED: usize = 4096;

/// Limits on connections that have not logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// How many there are at once.
    pub waiting: usize,
    /// How many of them are from one address. Where all come through one relay, as many as there may be at all.
    pub waiting_per_address: usize,
    /// How many more may come each second.
    pub per_second: NonZeroU32,
    /// How many more may come from one address each second, four times as many at once.
    pub per_second_and_address: NonZeroU32,
    /// How many keys of one address may be turned down each minute. Then the next one ends its connection.
    pub rejections_per_minute_and_address: NonZeroU32,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        const fn rate(rate: u32) -> NonZeroU32 {
            NonZeroU32::new(rate).unwrap()
        }
        Self {
            waiting: 128,
            waiting_per_address: 32,
            per_second: rate(200),
            per_second_and_address: rate(10),
            rejections_per_minute_and_address: rate(60),
        }
    }
}

/// Those that wait to be logged in.
pub struct Limits {
    limits: ConnectionLimits,
    rate: DefaultDirectRateLimiter,
    rate_by_address: DefaultKeyedRateLimiter<IpAddr>,
    rejections: DefaultKeyedRateLimiter<IpAddr>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    places: BTreeMap<u64, (IpAddr, CancellationToken)>,
}

/// A place among those that wait, until it is dropped.
pub struct Place {
    number: u64,
    from: IpAddr,
    limits: Arc<Limits>,
    /// Somebody else needs it.
    pub displaced: CancellationToken,
}

impl Limits {
    /// With nobody waiting.
    pub fn new(limits: ConnectionLimits) -> Arc<Self> {
        let by_address = limits.per_second_and_address;
        Arc::new(Self {
            limits,
            rate: DefaultDirectRateLimiter::direct(Quota::per_second(limits.per_second)),
            rate_by_address: DefaultKeyedRateLimiter::hashmap(
                Quota::per_second(by_address).allow_burst(by_address.saturating_mul(FOUR)),
            ),
            rejections: DefaultKeyedRateLimiter::hashmap(Quota::per_minute(
                limits.rejections_per_minute_and_address,
            )),
            waiting: Mutex::default(),
        })
    }

    /// Waits until another connection may come at all.
    pub async fn ready(&self) {
        self.rate.until_ready().await;
    }

    /// Whether a connection from this address may come, or too many have.
    pub fn may_come(&self, from: IpAddr) -> bool {
        check(&self.rate_by_address, network(from))
    }

    /// A place for a connection from this address.
    pub fn enter(self: &Arc<Self>, from: IpAddr) -> Place {
        let from = network(from);
        let mut waiting = self.waiting();
        if let Some(displaced) = waiting.in_the_way_of(from, &self.limits) {
            displaced.cancel();
        }
        let number = waiting.next;
        waiting.next += 1;
        let displaced = CancellationToken::new();
        waiting.places.insert(number, (from, displaced.clone()));
        Place { number, from, limits: self.clone(), displaced }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const FOUR: NonZeroU32 = NonZeroU32::new(4).unwrap();

impl Waiting {
    /// Who has to go for one more from this address, if anybody has to.
    fn in_the_way_of(&mut self, from: IpAddr, limits: &ConnectionLimits) -> Option<CancellationToken> {
        let mut held = BTreeMap::<IpAddr, usize>::new();
        for (address, _) in self.places.values() {
            *held.entry(*address).or_default() += 1;
        }
        let most = held.values().copied().max()?;
        let is_in_the_way = |address: IpAddr| match held.get(&from) {
            Some(own) if *own >= limits.waiting_per_address => address == from,
            _ => self.places.len() >= limits.waiting && held[&address] == most,
        };
        let oldest = self.places.iter().find(|(_, place)| is_in_the_way(place.0)).map(|it| *it.0)?;
        self.places.remove(&oldest).map(|it| it.1)
    }
}

impl Place {
    /// The keys that are tried from where it came.
    pub fn attempts(&self) -> Attempts {
        Attempts { limits: self.limits.clone(), from: self.from }
    }
}

/// The keys that are tried from one address.
pub struct Attempts {
    limits: Arc<Limits>,
    from: IpAddr,
}

impl Attempts {
    /// One was turned down: whether another may be tried.
    pub fn reject(&self) -> bool {
        check(&self.limits.rejections, self.from)
    }
}

/// Whether an address may do something once more.
fn check(limiter: &DefaultKeyedRateLimiter<IpAddr>, from: IpAddr) -> bool {
    if limiter.len() > MAX_REMEMBERED {
        limiter.retain_recent();
    }
    limiter.check_key(&from).is_ok()
}

impl Drop for Place {
    fn drop(&mut self) {
        self.limits.waiting().places.remove(&self.number);
    }
}

/// What counts as one address: whoever has one of version 6 has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> ConnectionLimits {
        ConnectionLimits {
            waiting: 3,
            waiting_per_address: 2,
            per_second_and_address: NonZeroU32::new(2).unwrap(),
            ..ConnectionLimits::default()
        }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_oldest_of_an_address_makes_place_for_its_next_and_others_are_left_alone() {
        let limits = Limits::new(limits());
        let other = limits.enter(address("192.0.2.1"));
        let first = limits.enter(address("192.0.2.2"));
        let second = limits.enter(address("192.0.2.2"));
        let third = limits.enter(address("192.0.2.2"));
        let displaced = [&other, &first, &second, &third].map(|it| it.displaced.is_cancelled());
        assert_eq!(displaced, [false, true, false, false]);
    }

    #[test]
    fn the_oldest_of_all_makes_place_where_many_addresses_wait() {
        let limits = Limits::new(limits());
        let places: Vec<Place> = (1..=4).map(|it| limits.enter(address(&format!("192.0.2.{it}")))).collect();
        let displaced: Vec<bool> = places.iter().map(|it| it.displaced.is_cancelled()).collect();
        assert_eq!(displaced, [true, false, false, false]);
    }

    #[test]
    fn an_address_that_holds_most_places_makes_place_before_one_that_waits_longer() {
        let limits = Limits::new(limits());
        let other = limits.enter(address("192.0.2.1"));
        let flood = [0; 2].map(|_| limits.enter(address("192.0.2.2")));
        let _next = limits.enter(address("192.0.2.3"));
        let displaced = [&other, &flood[0], &flood[1]].map(|it| it.displaced.is_cancelled());
        assert_eq!(displaced, [false, true, false]);
    }

    #[test]
    fn an_address_has_so_many_keys_turned_down_a_minute_on_all_its_connections() {
        let limits = Limits::new(ConnectionLimits {
            rejections_per_minute_and_address: NonZeroU32::new(3).unwrap(),
            ..limits()
        });
        let [first, second] = [0; 2].map(|_| limits.enter(address("192.0.2.2")).attempts());
        assert!(first.reject() && first.reject() && second.reject());
        assert!(!first.reject() && !second.reject());
        assert!(limits.enter(address("192.0.2.3")).attempts().reject());
    }

    #[test]
    fn a_place_is_free_again_when_it_is_dropped() {
        let limits = Limits::new(limits());
        let first = limits.enter(address("192.0.2.2"));
        drop(limits.enter(address("192.0.2.2")));
        drop(limits.enter(address("192.0.2.2")));
        assert!(!first.displaced.is_cancelled());
    }

    #[test]
    fn an_address_that_comes_too_often_is_refused_and_others_are_not() {
        let limits = Limits::new(limits());
        let admitted = (0..20).filter(|_| limits.may_come(address("192.0.2.2"))).count();
        assert!((8..=9).contains(&admitted), "{admitted}");
        assert!(limits.may_come(address("192.0.2.3")));
    }

    #[test]
    fn the_addresses_of_one_network_of_version_6_count_as_one() {
        assert_eq!(network(address("2001:db8::1")), network(address("2001:db8::ffff:1")));
        assert_ne!(network(address("2001:db8::1")), network(address("2001:db8:0:1::1")));
        assert_eq!(network(address("::ffff:192.0.2.2")), address("192.0.2.2"));
    }
}
