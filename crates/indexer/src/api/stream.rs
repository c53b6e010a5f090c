//! Events as they come, to clients that may go away, come again, or read slowly.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::http::HeaderValue;
use axum::response::sse::{Event as Message, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::mpsc;

use super::limits::StreamPlace;
use super::param::EventPlace;
use super::state::Api;
use crate::observed::Place;
use crate::views::{Commitment, Event};

/// How often a client hears that the stream is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a client may leave what it was sent unread.
const PATIENCE: Duration = Duration::from_secs(20);

/// Events that wait for a client.
const WAITING: usize = 64;

/// Events that are read from the record at once.
const STEP: u32 = 200;

/// Events that are confirmed and not yet finalized. If there are more the cluster is in trouble, and clients begin afresh.
const MOST_CONFIRMED: usize = 50_000;

/// What a client wants to hear of.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Events after this one; from now on if it is not said.
    pub after: Option<EventPlace>,
    /// How settled they are at least.
    pub commitment: Commitment,
    /// Only those that name this address.
    pub about: Option<String>,
}

/// Tells the client what it wants to hear of, until it goes away, falls behind, or the indexer ends.
pub fn stream(api: &Api, wish: Wish, place: StreamPlace) -> Response {
    let (to, from) = mpsc::channel(WAITING);
    let feed = Feed { api: api.clone(), told: Told::after(wish.after, wish.commitment), wish, to };
    tokio::spawn(async move {
        let _place = place;
        let stop = feed.api.stop.clone();
        stop.run_until_cancelled(feed.run()).await;
    });
    let messages = stream::unfold(from, |mut from| async {
        let message: Message = from.recv().await?;
        Some((Ok::<_, Infallible>(message), from))
    });
    let mut response = Sse::new(messages).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Proxies would else wait for the end of it.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// What fills a stream.
struct Feed {
    api: Api,
    wish: Wish,
    told: Told,
    to: mpsc::Sender<Message>,
}

impl Feed {
    /// Returns when there is nothing more to tell this client.
    async fn run(mut self) {
        // From before the record is read, so that nothing falls between.
        let mut live = self.api.live.listen();
        if self.catch_up().await.is_none() {
            return;
        }
        loop {
            let told = tokio::select! {
                () = self.to.closed() => return,
                told = live.recv() => told,
            };
            // A client that fell behind comes again, and gets what it missed from the record.
            let Ok(told) = told else { return };
            if self.tell(&told.event).await.is_none() {
                return;
            }
        }
    }

    /// Tells what is in the record after what the client had; `None` if that ends the stream.
    async fn catch_up(&mut self) -> Option<()> {
        let mut after = self.wish.after;
        while let Some(EventPlace { slot, index, number }) = after {
            let read = self.api.store.events_after(Place { slot, index }, number, STEP).await;
            let events = read.inspect_err(|error| tracing::error!(%error, "events cannot be read")).ok()?;
            after = events.last().and_then(|event| event.id.parse().ok());
            for event in &events {
                self.tell(event).await?;
            }
        }
        Some(())
    }

    /// Tells the client of an event if it wants to hear of it and has not; `None` if that ends the stream.
    async fn tell(&mut self, event: &Event) -> Option<()> {
        let place: EventPlace = event.id.parse().ok()?;
        if !self.told.is_new(place, event.landed.commitment) || !self.is_wanted(event) {
            return Some(());
        }
        if self.told.confirmed.len() > MOST_CONFIRMED {
            return None;
        }
        let message = Message::default().event("event").id(&event.id).json_data(event).ok()?;
        self.to.send_timeout(message, PATIENCE).await.ok()
    }

    fn is_wanted(&self, event: &Event) -> bool {
        let Some(about) = &self.wish.about else { return true };
        let named = event.accounts.as_object().into_iter().flatten();
        named.into_iter().any(|(_, account)| account.as_str() == Some(about))
    }
}

/// What a client was told already. What is finalized comes in its order; what is confirmed may come in any, again, or never be
/// finalized.
#[derive(Clone, Debug)]
struct Told {
    commitment: Commitment,
    upto: Option<EventPlace>,
    confirmed: BTreeSet<EventPlace>,
}

impl Told {
    const fn after(upto: Option<EventPlace>, commitment: Commitment) -> Self {
        Self { commitment, upto, confirmed: BTreeSet::new() }
    }

    /// Takes an event in, and says whether the client has to be told of it.
    fn is_new(&mut self, place: EventPlace, commitment: Commitment) -> bool {
        if self.upto.is_some_and(|upto| place <= upto) {
            return false;
        }
        match commitment {
            Commitment::Finalized => {
                self.upto = Some(place);
                let later = self.confirmed.split_off(&place);
                self.confirmed = later;
                !self.confirmed.remove(&place)
            }
            Commitment::Confirmed => self.commitment == Commitment::Confirmed && self.confirmed.insert(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Commitment::{Confirmed, Finalized};
    use proptest::collection::vec;
    use proptest::prelude::*;

    const fn at(slot: u64) -> EventPlace {
        EventPlace { slot, index: 0, number: 0 }
    }

    #[test]
    fn who_waits_for_the_end_hears_nothing_before() {
        let mut told = Told::after(Some(at(3)), Finalized);
        assert!(!told.is_new(at(5), Confirmed));
        assert!(!told.is_new(at(3), Finalized));
        assert!(told.is_new(at(4), Finalized) && told.is_new(at(5), Finalized));
    }

    proptest! {
        #[test]
        fn every_event_that_is_finalized_is_told_once(
            confirmed in vec((0..40_u64, 0..40_u64), 0..80),
            is_early in any::<bool>(),
        ) {
            let mut told = Told::after(None, if is_early { Confirmed } else { Finalized });
            let mut heard = vec![0; 40];
            for finalized in 0..40 {
                for (_, place) in confirmed.iter().filter(|(when, _)| *when == finalized) {
                    heard[*place as usize] += u32::from(told.is_new(at(*place), Confirmed));
                }
                heard[finalized as usize] += u32::from(told.is_new(at(finalized), Finalized));
            }
            prop_assert_eq!(heard, vec![1; 40]);
        }
    }
}
