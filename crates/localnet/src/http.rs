//! What daemons on this machine tell.

use anyhow::{Context, Result};
use axum::http::StatusCode;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Bytes of an answer in front of its body.
const HEAD: u64 = 4_096;

/// What the daemon at `address` answers, at most so many bytes. In the oldest version of HTTP, in which an answer is what comes
/// until the end.
pub async fn get(address: SocketAddr, path: &str, most: usize) -> Result<(StatusCode, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).await.context("the daemon does not answer")?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(HEAD.saturating_add(most as u64)).read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n").context("the daemon says no HTTP")?;
    let body = answer.split_off(end + 4);
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).context("the daemon says no status")?;
    Ok((StatusCode::from_bytes(status.as_bytes())?, body))
}
