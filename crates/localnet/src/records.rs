//! Records of what a machine delivered, handed on to the page: a browser asks nobody but who serves it.

use anyhow::{Context, Result};
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
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

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
    let Ok(lease) = lease.parse() else { return StatusCode::NOT_FOUND.into_response() };
    match ask(machine, &lease).await {
        Ok((status, record)) => (status, HEADERS, record).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}\n")).into_response(),
    }
}

/// In the oldest version of HTTP, in which an answer is what comes until the end.
async fn ask(machine: SocketAddr, lease: &Address) -> Result<(StatusCode, Vec<u8>)> {
    let mut stream = TcpStream::connect(machine).await.context("the agent does not answer")?;
    stream.write_all(format!("GET {PATH}/{lease} HTTP/1.0\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST_FILE as u64 + 4_096).read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n").context("the agent says no HTTP")?;
    let record = answer.split_off(end + 4);
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).context("the agent says no status")?;
    Ok((StatusCode::from_bytes(status.as_bytes())?, record))
}
