//! What the guard tells whoever asks: its leases, and of each the record of what was seen.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use gpu_lease_client::evidence::WatchFile;

use crate::journal::Journal;
use crate::status::{self, Shown};

/// Where a record is told, next to health and metrics: that of a life of a lease, which is the slot in which it was opened, or of
/// its newest.
pub fn path(lease: &str, life: Option<u64>) -> String {
    match life {
        Some(slot) => format!("/watch/{lease}/{slot}"),
        None => format!("/watch/{lease}"),
    }
}

type Told = (Arc<Shown>, Arc<Journal>);

/// Answers, also to pages of other origins: there is nothing secret in it.
pub fn router(shown: Arc<Shown>, journal: Arc<Journal>) -> Router {
    let status = |State((shown, _)): State<Told>| async move {
        match shown.get() {
            Some(status) => Json(status).into_response(),
            None => problem(StatusCode::SERVICE_UNAVAILABLE, "the guard has not looked yet"),
        }
    };
    let newest = |State((_, journal)): State<Told>, Path(lease)| record(journal, lease, None);
    let named = |State((_, journal)): State<Told>, Path((lease, slot))| record(journal, lease, Some(slot));
    let anybody = axum::middleware::map_response(|mut response: Response| async move {
        let any = header::HeaderValue::from_static("*");
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
        response
    });
    Router::new()
        .route(status::PATH, get(status))
        .route("/watch/{lease}", get(newest))
        .route("/watch/{lease}/{slot}", get(named))
        .layer(anybody)
        .with_state((shown, journal))
}

async fn record(journal: Arc<Journal>, lease: String, life: Option<u64>) -> Response {
    let found = tokio::task::spawn_blocking(move || journal.watch(&lease, life)).await;
    match found.map(|found| found.map(|watch| watch.map(|watch| WatchFile::from(&watch).text()))) {
        Ok(Ok(Some(text))) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Ok(Ok(None)) => problem(StatusCode::NOT_FOUND, "this guard has no record of it"),
        Ok(Err(error)) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn problem(status: StatusCode, what: &str) -> Response {
    (status, format!("{what}\n")).into_response()
}
