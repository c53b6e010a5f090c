//! Records of what a machine delivered, handed on to the page: a browser asks nobody but who serves it.

use crate::http;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use gpu_lease_client::evidence::LONGEST_FILE;
use solana_address::Address;
use std::net::SocketAddr;

/// Where the page finds them.
pub const PATH: &str = "/records";

/// A record is no secret: other pages may read it, too.
const HEADERS: [(HeaderName, &str); 2] =
    [(header::CONTENT_TYPE, "application/json"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];

/// Answers as the agent does that is watched at `machine`.
pub fn router(machine: SocketAddr) -> Router {
    Router::new().route("/records/{lease}", get(answer)).with_state(machine)
}

async fn answer(State(machine): State<SocketAddr>, Path(lease): Path<String>) -> Response {
    let Ok(lease) = lease.parse::<Address>() else { return StatusCode::NOT_FOUND.into_response() };
    match http::get(machine, &format!("{PATH}/{lease}"), LONGEST_FILE).await {
        Ok((status, record)) => (status, HEADERS, record).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}\n")).into_response(),
    }
}
