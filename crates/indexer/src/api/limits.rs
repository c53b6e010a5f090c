//! What clients may take.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What clients may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests a second from one address, in the long run. IPv6: from one network of 64 bits.
    pub per_second: NonZeroU32,
    /// Requests that may come at once after a pause.
    pub burst: NonZeroU32,
    /// The header in which a proxy of one's own names the client, such as `x-forwarded-for`; its last address counts. Without
    /// a proxy anybody could write it.
    pub client_header: Option<String>,
    /// Requests that are answered at once; others wait.
    pub at_once: usize,
    /// How long an answer may take, waiting included.
    pub patience: Duration,
    /// Bytes of a URL.
    pub url: usize,
    /// Bytes of an answer, before it is compressed.
    pub answer: usize,
    /// Streams of events at once.
    pub streams: usize,
    /// Streams of events of one address.
    pub streams_of_one: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_second: NonZeroU32::new(50).unwrap_or(NonZeroU32::MIN),
            burst: NonZeroU32::new(500).unwrap_or(NonZeroU32::MIN),
            client_header: None,
            at_once: 64,
            patience: Duration::from_secs(10),
            url: 2_048,
            answer: 8 * 1024 * 1024,
            streams: 256,
            streams_of_one: 8,
        }
    }
}

/// After how many requests those who have not asked for long are forgotten.
const SWEEP: u32 = 4_096;

/// Who asks, and how much.
pub struct Clients {
    rate: DefaultKeyedRateLimiter<IpAddr>,
    asked: AtomicU32,
    header: Option<HeaderName>,
    streams: Arc<Semaphore>,
    streaming: Arc<Mutex<HashMap<IpAddr, usize>>>,
    streams_of_one: usize,
}

impl Clients {
    /// Nobody has asked yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            rate: RateLimiter::keyed(Quota::per_second(limits.per_second).allow_burst(limits.burst)),
            asked: AtomicU32::new(0),
            header: limits.client_header.as_ref().and_then(|name| name.parse().ok()),
            streams: Arc::new(Semaphore::new(limits.streams)),
            streaming: Arc::default(),
            streams_of_one: limits.streams_of_one,
        }
    }

    /// Who asks: by the proxy's header where there is one, and otherwise who connected.
    pub fn address(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> IpAddr {
        let named = || {
            let last = headers.get_all(self.header.as_ref()?).iter().next_back()?;
            last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
        };
        let address = named().or_else(|| Some(peer?.ip())).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from(network))
            }
            address @ IpAddr::V4(_) => address,
        }
    }

    /// Counts a request. If it is one too many: in how many seconds the client may ask again.
    pub fn count(&self, client: IpAddr) -> Result<(), u64> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.rate.retain_recent();
        }
        self.rate.check_key(&client).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            wait.as_secs().saturating_add(1)
        })
    }

    /// A place for a stream of events; `None` if there is none.
    pub fn stream(&self, client: IpAddr) -> Option<StreamPlace> {
        let place = self.streams.clone().try_acquire_owned().ok()?;
        let mut streaming = self.streaming.lock().unwrap_or_else(PoisonError::into_inner);
        let count = streaming.entry(client).or_default();
        if *count >= self.streams_of_one {
            return None;
        }
        *count = count.saturating_add(1);
        Some(StreamPlace { client, streaming: Arc::clone(&self.streaming), _place: place })
    }
}

/// A stream's place among all, which is free again when it is dropped.
pub struct StreamPlace {
    client: IpAddr,
    streaming: Arc<Mutex<HashMap<IpAddr, usize>>>,
    _place: OwnedSemaphorePermit,
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut streaming = self.streaming.lock().unwrap_or_else(PoisonError::into_inner);
        match streaming.get_mut(&self.client) {
            Some(count) if *count > 1 => *count = count.saturating_sub(1),
            _ => {
                streaming.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(limits: Limits) -> Clients {
        Clients::new(&limits)
    }

    #[test]
    fn a_client_that_asks_too_often_has_to_wait_and_no_other() {
        let one = NonZeroU32::MIN;
        let clients = clients(Limits { per_second: one, burst: one, ..Limits::default() });
        let [a, b] = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])];
        assert_eq!(clients.count(a), Ok(()));
        assert_eq!(clients.count(a), Err(1));
        assert_eq!(clients.count(b), Ok(()));
    }

    #[test]
    fn a_proxy_names_the_client_only_where_there_is_one() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "1.1.1.1, 2.2.2.2".parse().unwrap());
        let peer = Some(SocketAddr::from(([127, 0, 0, 1], 5)));
        let header = Some("X-Forwarded-For".to_owned());
        let behind = clients(Limits { client_header: header, ..Limits::default() });
        assert_eq!(behind.address(peer, &headers), IpAddr::from([2, 2, 2, 2]));
        assert_eq!(behind.address(peer, &HeaderMap::new()), IpAddr::from([127, 0, 0, 1]));
        assert_eq!(clients(Limits::default()).address(peer, &headers), IpAddr::from([127, 0, 0, 1]));
    }

    #[test]
    fn a_network_of_64_bits_is_one_client() {
        let clients = clients(Limits::default());
        let address =
            |text: &str| clients.address(Some(format!("[{text}]:1").parse().unwrap()), &HeaderMap::new());
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:10.0.0.1"), IpAddr::from([10, 0, 0, 1]));
    }

    #[test]
    fn streams_are_counted_and_given_back() {
        let clients = clients(Limits { streams: 2, streams_of_one: 1, ..Limits::default() });
        let [a, b, c] = [1, 2, 3].map(|last| IpAddr::from([10, 0, 0, last]));
        let first = clients.stream(a);
        assert!(first.is_some() && clients.stream(a).is_none());
        let second = clients.stream(b);
        assert!(second.is_some() && clients.stream(c).is_none());
        drop(first);
        assert!(clients.stream(a).is_some());
    }
}
