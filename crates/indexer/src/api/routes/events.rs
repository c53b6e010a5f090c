use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::api::answer::Asked;
use crate::api::documented::{ListOf, Stream};
use crate::api::guard::Client;
use crate::api::param::EventId;
use crate::api::problem::Problem;
use crate::api::query::{EventQuery, LiveQuery};
use crate::api::state::Api;
use crate::api::stream::{Wish, stream};
use crate::ask::EventFilter;
use crate::views::{Commitment, Event};

/// What happened: instructions that were carried out, the newest first
#[utoipa::path(get, path = "/v1/events", tag = "events", params(EventQuery), responses(ListOf<Event>))]
pub async fn events(State(api): State<Api>, asked: Asked<EventQuery>) -> Result<Response, Problem> {
    let filter = EventFilter::from(&asked.query);
    if filter.opened_slot.is_some() && filter.about.is_none() {
        return Err(Problem::Malformed(
            "`opened_slot` takes `about`, the lease that was opened then".to_owned(),
        ));
    }
    let (store, filter) = (&api.store, &filter);
    asked.pages(store, |part| async move { Ok(store.events(filter, &part).await?) }).await
}

/// What happens, as it does: server-sent events, each once
///
/// A client that comes again with the id of the last event that it had gets those after it first. One that reads more slowly
/// than they come is cut off.
#[utoipa::path(
    get, path = "/v1/events/live", tag = "events",
    params(
        LiveQuery,
        ("Last-Event-ID" = inline(Option<EventId>), Header, description = "The last event that the client had")
    ),
    responses(Stream<Event>)
)]
pub async fn live_events(
    State(api): State<Api>,
    Extension(Client(client)): Extension<Client>,
    headers: HeaderMap,
    asked: Asked<LiveQuery>,
) -> Result<Response, Problem> {
    let last = match headers.get("last-event-id").map(|id| id.to_str().unwrap_or_default()) {
        Some(id) => Some(id.parse().map_err(|problem: &str| Problem::Malformed(problem.to_owned()))?),
        None => asked.query.after.map(|after| after.0),
    };
    let wish = Wish {
        after: last,
        commitment: asked.query.commitment.unwrap_or(Commitment::Finalized),
        about: asked.query.about.map(|about| about.0.to_string()),
    };
    let place = api.clients.stream(client).ok_or(Problem::TooMany(30))?;
    Ok(stream(&api, wish, place))
}
