//! Records as files, for whoever looks after the machine: also of leases that are over.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use gpu_lease_client::evidence::EvidenceFile;
use gpu_lease_runtime::Life;

use crate::machine::{Machine, Notebook};
use crate::store;

/// Where one is told, next to health and metrics: that of a life of a lease, which is the slot in which it was opened, or of
/// its newest.
pub fn path(lease: &str, life: Option<u64>) -> String {
    match life {
        Some(slot) => format!("/records/{lease}/{slot}"),
        None => format!("/records/{lease}"),
    }
}

/// Answers with records.
pub fn router(machine: Arc<Machine>) -> Router {
    let newest = |State(machine), Path(lease)| answer(machine, lease, None);
    let named = |State(machine), Path((lease, slot))| answer(machine, lease, Some(slot));
    Router::new()
        .route("/records/{lease}", get(newest))
        .route("/records/{lease}/{slot}", get(named))
        .with_state(machine)
}

async fn answer(machine: Arc<Machine>, lease: String, life: Option<u64>) -> Response {
    let found = tokio::task::spawn_blocking(move || find(machine.notebook(), lease, life)).await;
    match found.map(|found| found.map(|file| file.map(|file| file.text()))) {
        Ok(Ok(Some(text))) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Ok(Ok(None)) => problem(StatusCode::NOT_FOUND, "this machine has no record of it"),
        Ok(Err(error)) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn problem(status: StatusCode, what: &str) -> Response {
    (status, format!("{what}\n")).into_response()
}

fn find(notebook: &Notebook, lease: String, life: Option<u64>) -> store::Result<Option<EvidenceFile>> {
    let life = match life {
        Some(opened_slot) => Some(Life { lease, opened_slot }),
        None => notebook.recorded(&lease)?.pop(),
    };
    life.map_or(Ok(None), |life| notebook.file(&life))
}
