//! Why there is no answer, in words for whoever asked. What went wrong inside is logged, never told.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::Refused;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// What was asked is not understood.
    #[error("{0}")]
    Malformed(String),
    /// There is no such thing in the record.
    #[error("{0}")]
    Missing(&'static str),
    /// It can only be read.
    #[error("this can only be read")]
    Method,
    /// The answer would be larger than is allowed.
    #[error("the answer would be too large")]
    TooLarge,
    /// The address is longer than is allowed.
    #[error("the URL is too long")]
    TooLong,
    /// This client asks too often; in so many seconds it may ask again.
    #[error("too many requests from your address")]
    TooMany(u64),
    /// The record cannot be read.
    #[error("the record cannot be read")]
    Fault,
    /// More is asked than can be answered now, or it takes too long.
    #[error("more is asked than can be answered now")]
    Busy,
}

/// An error, as all programs of this project tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    /// What is wrong.
    pub error: Reason,
}

/// What is wrong, and what helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub advice: String,
}

impl Problem {
    /// The status that it is told with.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLong => StatusCode::URI_TOO_LONG,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn advice(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "/openapi.json lists every parameter with its limits",
            Self::Missing(_) => "check the address; /v1/progress says up to where the record goes",
            Self::Method => "use GET, HEAD or OPTIONS",
            Self::TooLarge => "ask for less: a smaller `limit`, or a shorter time",
            Self::TooLong => "ask for less at once",
            Self::TooMany(_) => "wait as long as Retry-After says; who asks much can run an indexer",
            Self::Fault => "try again; if it stays so, tell whoever runs this indexer",
            Self::Busy => "try again in a second, or ask for less: a smaller `limit`, or a shorter time",
        }
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast_ref() {
            Some(refused @ Refused::After) => return Self::Malformed(refused.to_string()),
            Some(Refused::TooLong) => return Self::Busy,
            None => {}
        }
        tracing::error!(error = format!("{error:#}"), "the record cannot be read");
        Self::Fault
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let error = Reason { message: self.to_string(), advice: self.advice().to_owned() };
        let mut response = (self.status(), Json(Refusal { error })).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::TooMany(seconds) => headers.insert(header::RETRY_AFTER, seconds.into()),
            Self::Busy => headers.insert(header::RETRY_AFTER, 1.into()),
            Self::Method => headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS")),
            _ => None,
        };
        response
    }
}
