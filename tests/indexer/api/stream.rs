//! Events as they come.

use super::served::{Served, generous};
use crate::store::chain::{File, Played, apply, chain};
use gpu_lease_indexer::api::Limits;
use gpu_lease_indexer::live;
use gpu_lease_indexer::observed::{Place, Transaction};
use gpu_lease_indexer::views::Commitment;
use reqwest::{Response, StatusCode};
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// A client that reads a stream.
struct Listener {
    response: Response,
    text: String,
}

impl Listener {
    async fn of(served: &Served, path: &str, last: Option<&str>) -> Self {
        let mut request = served.get(path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event: its id, and what it is. `None` if the stream ends.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
                let event = field("id: ").zip(field("data: ")).map(|(id, data)| {
                    assert_eq!(field("event: "), Some("event"));
                    (id.to_owned(), serde_json::from_str(data).unwrap())
                });
                self.text = rest.to_owned();
                if event.is_some() {
                    return event;
                }
                continue;
            }
            let read = timeout(PATIENCE, self.response.chunk()).await.expect("something comes");
            self.text.push_str(std::str::from_utf8(&read.ok()??).unwrap());
        }
    }

    async fn ids(&mut self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.next().await.expect("more").0);
        }
        ids
    }
}

fn ids(played: &[Played]) -> Vec<String> {
    let events = |it: &Played| live::events(&it.transaction, &it.done, Commitment::Finalized);
    played.iter().flat_map(events).map(|told| told.event.id).collect()
}

/// Takes transactions in, as the daemon does: into the record, then to those who listen.
async fn happen(served: &Served, played: &[Played]) {
    apply(&served.file.store, played, 100).await;
    for it in played {
        served.live.tell(&it.transaction, &it.done, Commitment::Finalized);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_cut_off_again_and_again_hears_of_everything_once() {
    let played = &chain().played[..160];
    let served = Served::of(File::of(&played[..100]).await, generous()).await;
    let expected = ids(&played[90..]);
    let mut heard = Vec::new();
    let mut last = ids(&played[..90]).pop().unwrap();
    for (start, end) in [(100, 120), (120, 121), (121, 150), (150, 160)] {
        let mut listener = Listener::of(&served, "/v1/events/live", Some(&last)).await;
        // A part of what it missed, and it is gone before the rest.
        heard.extend(listener.ids(5).await);
        drop(listener);
        happen(&served, &played[start..end]).await;
        last = heard.last().unwrap().clone();
    }
    let mut listener = Listener::of(&served, &format!("/v1/events/live?after={last}"), None).await;
    heard.extend(listener.ids(expected.len() - heard.len()).await);
    assert_eq!(heard, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_heard_when_it_is_as_settled_as_was_asked() {
    let played = &chain().played[..120];
    let served = Served::of(File::of(&played[..100]).await, generous()).await;
    let mut early = Listener::of(&served, "/v1/events/live?commitment=confirmed", None).await;
    let mut late = Listener::of(&served, "/v1/events/live", None).await;
    for it in &played[100..] {
        // A fork shows it twice.
        served.live.tell(&it.transaction, &it.done, Commitment::Confirmed);
        served.live.tell(&it.transaction, &it.done, Commitment::Confirmed);
    }
    let expected = ids(&played[100..]);
    let (_, first) = early.next().await.unwrap();
    assert_eq!(first["landed"]["commitment"], "confirmed");
    assert_eq!(early.ids(expected.len() - 1).await, expected[1..]);
    happen(&served, &played[100..]).await;
    let (id, first) = late.next().await.unwrap();
    assert_eq!((id, &first["landed"]["commitment"]), (expected[0].clone(), &Value::from("finalized")));
    assert_eq!(late.ids(expected.len() - 1).await, expected[1..]);
    served.stop.cancel();
    assert!(early.next().await.is_none() && late.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_to_hear_of_one_hears_of_no_other() {
    let played = &chain().played;
    let served = Served::of(File::of(&played[..played.len() - 50]).await, generous()).await;
    let all = played.iter().flat_map(|it| live::events(&it.transaction, &it.done, Commitment::Finalized));
    let lease = all.clone().find_map(|told| told.event.lease).unwrap();
    let named =
        |told: &live::Told| told.event.accounts.as_object().unwrap().values().any(|it| it == lease.as_str());
    let expected: Vec<_> = all.filter(named).map(|told| told.event.id).collect();
    let mut listener =
        Listener::of(&served, &format!("/v1/events/live?about={lease}&after=0-0-0"), None).await;
    happen(&served, &played[played.len() - 50..]).await;
    assert_eq!(listener.ids(expected.len()).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_all_streams_and_who_goes_gives_his_place_back() {
    let limits = Limits { streams: 3, streams_of_one: 2, ..generous() };
    let served = Served::of(File::of(&chain().played[..10]).await, limits).await;
    let first = Listener::of(&served, "/v1/events/live", None).await;
    let _second = Listener::of(&served, "/v1/events/live", None).await;
    let refused = served.get("/v1/events/live").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    drop(first);
    let again = async {
        while served.get("/v1/events/live").send().await.unwrap().status() != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, again).await.expect("its place is free");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_more_slowly_than_it_happens_is_cut_off_where_he_is() {
    let played = &chain().played;
    let served = Served::of(File::of(&played[..100]).await, generous()).await;
    let mut listener = Listener::of(&served, "/v1/events/live?commitment=confirmed", None).await;
    // More than anything between here and there holds, and nobody reads.
    let mut told = Vec::new();
    for slot in 1_000_000..1_040_000 {
        let Played { transaction, done } = &played[100];
        let place = Place { slot, index: 1 };
        served.live.tell(&Transaction { place, ..transaction.clone() }, done, Commitment::Confirmed);
        told.extend((0..done.deeds.len()).map(|number| format!("{slot}-1-{number}")));
    }
    let mut heard = Vec::new();
    while let Some((id, _)) = listener.next().await {
        heard.push(id);
    }
    assert!(!heard.is_empty() && heard.len() < told.len() / 2, "{} of {}", heard.len(), told.len());
    assert_eq!(heard, told[..heard.len()]);
}
