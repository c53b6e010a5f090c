//! Many clients at once, with sockets of their own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::questions::Sample;
use crate::chance::Chance;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    pub took: Vec<Duration>,
    /// Answers that were not what was asked for, and connections that ended.
    pub errors: usize,
    pub bytes: usize,
}

/// What the page asks the API about a sample.
pub fn paths(it: &Sample) -> Vec<String> {
    let Sample { renter, wallet, provider, offer, mint, price, opened_at, .. } = it;
    let (lease, slot) = (it.lease.lease, it.lease.opened_slot);
    let model = it.gpu_model.replace(' ', "%20");
    let month = opened_at - 30 * 86_400;
    vec![
        "/v1/progress".to_owned(),
        "/v1/offers?open=true".to_owned(),
        format!("/v1/offers?open=true&gpu_model={model}&mint={mint}&max_price={price}"),
        format!("/v1/offers?open=true&gpu_model={model}&region={}&order=reliability", it.region),
        format!("/v1/offers/{offer}"),
        format!("/v1/offers/{offer}/versions"),
        format!("/v1/models/{model}/prices?mint={mint}"),
        format!("/v1/leases?party={renter}"),
        format!("/v1/leases?provider={provider}&opened_from={month}&opened_before={opened_at}"),
        format!("/v1/leases/{lease}"),
        format!("/v1/leases/{lease}/{slot}"),
        format!("/v1/leases/{lease}/{slot}/statements"),
        format!("/v1/leases/{lease}/{slot}/movements"),
        format!("/v1/leases/{lease}/{slot}/receipt?wallet={renter}"),
        format!("/v1/events?about={lease}"),
        format!("/v1/wallets/{renter}/movements"),
        format!("/v1/wallets/{wallet}/days?from={month}&before={opened_at}"),
        format!("/v1/providers/{provider}"),
        format!("/v1/providers/{provider}/days?from={month}&before={opened_at}"),
        format!("/v1/market/days?from={month}&before={opened_at}"),
    ]
}

/// `count` clients ask one thing after the other, for so long. None says what it knows already, so that all is answered.
pub async fn ask(server: SocketAddr, paths: Vec<String>, count: u64, long: Duration) -> Result<Answered> {
    let paths = Arc::new(paths);
    let until = Instant::now() + long;
    let mut clients = JoinSet::new();
    for number in 0..count {
        let paths = Arc::clone(&paths);
        clients.spawn(async move { client(server, &paths, number, until).await });
    }
    let mut all = Answered::default();
    while let Some(one) = clients.join_next().await {
        let Answered { took, errors, bytes } = one?;
        all.took.extend(took);
        all.errors += errors;
        all.bytes += bytes;
    }
    Ok(all)
}

async fn client(server: SocketAddr, paths: &[String], number: u64, until: Instant) -> Answered {
    let mut chance = Chance::new(number);
    let mut answered = Answered::default();
    let mut connection = None;
    while Instant::now() < until {
        let path = chance.one(paths);
        let begun = Instant::now();
        match request(server, &mut connection, path).await {
            Ok(bytes) => {
                answered.bytes += bytes;
                answered.took.push(begun.elapsed());
            }
            Err(error) => {
                if answered.errors == 0 {
                    eprintln!("{path}: {error:#}");
                }
                connection = None;
                answered.errors += 1;
            }
        }
    }
    answered
}

/// Asks, and returns how many bytes came back.
async fn request(server: SocketAddr, kept: &mut Option<BufReader<TcpStream>>, path: &str) -> Result<usize> {
    let stream = match kept {
        Some(stream) => stream,
        None => {
            let stream = TcpStream::connect(server).await?;
            stream.set_nodelay(true)?;
            kept.insert(BufReader::with_capacity(64 * 1_024, stream))
        }
    };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {server}\r\naccept: application/json\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes()).await?;
    let (mut line, mut length) = (String::new(), None);
    stream.read_line(&mut line).await?;
    ensure!(line.starts_with("HTTP/1.1 200 "), "{}", line.trim_end());
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse::<usize>()?);
        }
    }
    let length = length.context("an answer without a length")?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    ensure!(matches!(body.first(), Some(b'{' | b'[')), "an answer that is not JSON");
    Ok(length)
}
