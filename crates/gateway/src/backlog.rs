//! What connections have sent and nobody has taken yet.
//!
//! The SSH library lets a client send more as soon as its data has arrived, and stops reading all channels of a connection
//! while one of them is full: a process that does not read would stop its own output, too. So what arrives is queued here
//! without a bound of its own, and the window that is granted next depends on how much is queued. The library knows one
//! window for all channels of a connection, so they slow down together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// What a channel may send before it is granted more. One stream fills 600 Mbit/s over 100 ms.
pub const WINDOW: u32 = 8 * 1024 * 1024;

/// What is granted to a connection that waits for somebody to read: the least at which the library asks again. A client
/// then sends two bytes, hears of two more, and so on until the queue is short.
const TRICKLE: u32 = 2;

/// How long such a client waits before it hears of more: else it would ask thousands of times a second on a short way, and
/// each time lengthen the queue.
const PAUSE: Duration = Duration::from_millis(100);

/// When a connection's queue is long.
const LONG: usize = 4 * 1024 * 1024;

/// What a queued item costs besides its bytes.
const ITEM: usize = 128;

/// What all connections together may have queued. A client that keeps to its windows can queue one for each channel.
#[derive(Debug)]
pub struct Budget {
    most: usize,
    used: AtomicUsize,
}

impl Budget {
    /// Of that many bytes.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, used: AtomicUsize::new(0) })
    }
}

/// Of one connection.
#[derive(Debug)]
pub struct Backlog {
    queued: AtomicUsize,
    budget: Arc<Budget>,
}

/// Something that is queued, until it is dropped.
pub struct Queued<T> {
    /// What.
    pub item: T,
    cost: usize,
    backlog: Arc<Backlog>,
}

impl Backlog {
    /// With nothing queued.
    pub fn new(budget: Arc<Budget>) -> Arc<Self> {
        Arc::new(Self { queued: AtomicUsize::new(0), budget })
    }

    /// Queues something of that many bytes, unless the budget is used up: then whoever has queued more than a window makes
    /// room.
    pub fn queue<T>(self: &Arc<Self>, item: T, bytes: usize) -> Option<Queued<T>> {
        let cost = bytes + ITEM;
        let queued = Queued { item, cost, backlog: self.clone() };
        let of_all = self.budget.used.fetch_add(cost, Relaxed) + cost;
        let own = self.queued.fetch_add(cost, Relaxed) + cost;
        (of_all <= self.budget.most || own <= WINDOW as usize).then_some(queued)
    }

    /// What a channel may send from now on.
    pub fn window(&self) -> u32 {
        if self.is_long() { TRICKLE } else { WINDOW }
    }

    /// How long the client waits after it has sent that many bytes, if it does.
    pub fn pause(&self, bytes: usize) -> Option<Duration> {
        (bytes <= TRICKLE as usize && self.is_long()).then_some(PAUSE)
    }

    fn is_long(&self) -> bool {
        self.queued.load(Relaxed) >= LONG
    }
}

impl<T> Drop for Queued<T> {
    fn drop(&mut self) {
        self.backlog.queued.fetch_sub(self.cost, Relaxed);
        self.backlog.budget.used.fetch_sub(self.cost, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_queue_grants_next_to_nothing_and_takes_its_time_until_it_is_short_again() {
        let backlog = Backlog::new(Budget::new(usize::MAX));
        assert_eq!((backlog.window(), backlog.pause(2)), (WINDOW, None));
        let queued = backlog.queue((), LONG).unwrap();
        assert_eq!((backlog.window(), backlog.pause(2), backlog.pause(3)), (TRICKLE, Some(PAUSE), None));
        drop(queued);
        assert_eq!((backlog.window(), backlog.pause(2)), (WINDOW, None));
    }

    #[test]
    fn who_has_queued_most_makes_room_when_the_budget_is_used_up() {
        let window = WINDOW as usize;
        let budget = Budget::new(3 * window);
        let [big, small] = [0; 2].map(|_| Backlog::new(budget.clone()));
        let held = big.queue((), 3 * window - ITEM).unwrap();
        assert!(big.queue((), 0).is_none());
        assert!(small.queue((), window - ITEM).is_some());
        assert!(small.queue((), window).is_none());
        drop(held);
        assert!(big.queue((), 3 * window - ITEM).is_some());
        assert_eq!(budget.used.load(Relaxed), 0);
    }
}
