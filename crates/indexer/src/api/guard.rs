//! Stands before all routes: nobody asks too much, too often or too long, and nobody gets twice what he has.

use std::net::{IpAddr, SocketAddr};

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::problem::Problem;
use super::state::Api;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

/// Lets a request through if it may be answered, and its answer if it is not too large.
pub async fn guard(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    if !is_read {
        return Problem::Method.into_response();
    }
    if request.uri().path_and_query().map_or(0, |it| it.as_str().len()) > api.limits.url {
        return Problem::TooLong.into_response();
    }
    let peer = request.extensions().get::<SocketAddr>().copied();
    let client = api.clients.address(peer, request.headers());
    if let Err(seconds) = api.clients.count(client) {
        return Problem::TooMany(seconds).into_response();
    }
    request.extensions_mut().insert(Client(client));
    let has = request.headers().get(header::IF_NONE_MATCH).cloned();
    let answer = async {
        let _place = api.places.acquire().await.ok()?;
        Some(next.run(request).await)
    };
    let response = match timeout(api.limits.patience, answer).await {
        Ok(Some(response)) => response,
        Ok(None) | Err(_) => return Problem::Busy.into_response(),
    };
    if response.body().size_hint().exact().is_some_and(|bytes| bytes > api.limits.answer as u64) {
        return Problem::TooLarge.into_response();
    }
    let is_had = has.as_ref().is_some_and(|has| matches(response.headers(), has.as_bytes()));
    if is_had { unchanged(response) } else { response }
}

/// Whether the answer has one of the tags that a client has.
fn matches(headers: &HeaderMap, has: &[u8]) -> bool {
    let Some(tag) = headers.get(header::ETAG) else { return false };
    let bare = |tag: &[u8]| tag.trim_ascii().strip_prefix(b"W/").unwrap_or(tag.trim_ascii()).to_vec();
    let tag = bare(tag.as_bytes());
    has.trim_ascii() == b"*" || has.split(|byte| *byte == b',').any(|other| bare(other) == tag)
}

/// The answer without its body.
fn unchanged(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, axum::body::Body::empty())
}

/// There is no such route.
pub async fn nowhere() -> Problem {
    Problem::Missing("there is nothing here")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn tags_are_compared_weakly() {
        let headers = HeaderMap::from_iter([(header::ETAG, HeaderValue::from_static("W/\"ab\""))]);
        for (has, is_had) in [
            ("W/\"ab\"", true),
            ("\"ab\"", true),
            ("\"x\", W/\"ab\"", true),
            ("*", true),
            ("\"a\"", false),
            ("", false),
        ] {
            assert_eq!(matches(&headers, has.as_bytes()), is_had, "{has}");
        }
        assert!(!matches(&HeaderMap::new(), b"*"));
    }
}
