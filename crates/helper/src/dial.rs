//! A TCP connection from inside the container.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::BytesMut;
use futures_util::{SinkExt, StreamExt};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::ResolverConfig;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use gpu_lease_helper::protocol::{FromHelper, ToHelper};

use crate::channel::{self, CHUNK, Input, Output};

/// How long a connection may take to be made, its name's address included.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longest name of a host.
const MAX_NAME: usize = 253;

/// Connects, and carries bytes until both sides have ended or one broke.
pub async fn run(input: Input, mut output: Output, host: &str, port: u16) -> io::Result<()> {
    let connected = timeout(PATIENCE, connect(host, port)).await;
    let stream = match connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(stream) => stream,
        Err(error) => {
            let shown: String = host.chars().filter(|it| !it.is_control()).take(80).collect();
            return channel::refuse(&mut output, format!("no connection to {shown}, port {port}: {error}"))
                .await;
        }
    };
    let _ = stream.set_nodelay(true);
    channel::open(&mut output).await?;
    let (read, write) = stream.into_split();
    let inward = inward(read, &mut output);
    let outward = outward(input, write);
    tokio::pin!(inward, outward);
    tokio::select! {
        ended = &mut inward => {
            ended?;
            outward.await.map(drop)
        }
        ended = &mut outward => {
            let input = ended?;
            tokio::select! {
                ended = inward => ended,
                () = channel::closed(&input) => Err(io::ErrorKind::ConnectionAborted.into()),
            }
        }
    }
}

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut first = None;
    for address in addresses(host).await? {
        match TcpStream::connect(SocketAddr::new(address, port)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or_else(unknown))
}

/// The addresses of a host, by itself, `/etc/hosts` and the name servers of `/etc/resolv.conf`. Not by the C library: a static
/// one loads others for it, which an image need not have.
async fn addresses(host: &str) -> io::Result<Vec<IpAddr>> {
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse() {
        return Ok(vec![address]);
    }
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    if host.is_empty() || host.len() > MAX_NAME {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not the name of a host"));
    }
    // It reads files, which a tenant may have replaced by something that hangs.
    let resolver = spawn_blocking(resolver).await?.map_err(|_| unknown())?;
    Ok(resolver.lookup_ip(host).await.map_err(|_| unknown())?.iter().collect())
}

/// Without a network there may be no name servers.
fn resolver() -> Result<TokioResolver, NetError> {
    let without =
        || TokioResolver::builder_with_config(ResolverConfig::default(), TokioRuntimeProvider::default());
    TokioResolver::builder_tokio().unwrap_or_else(|_| without()).build()
}

fn unknown() -> io::Error {
    let reason = "no address is known for this name. See /etc/hosts and /etc/resolv.conf, or use an address";
    io::Error::new(io::ErrorKind::NotFound, reason)
}

async fn inward(mut from: OwnedReadHalf, output: &mut Output) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(CHUNK);
        if from.read_buf(&mut buffer).await? == 0 {
            return output.send(FromHelper::Eof).await;
        }
        channel::data(output, buffer.split().freeze()).await?;
    }
}

/// Carries input until its end, and gives back the rest.
async fn outward(mut input: Input, mut to: OwnedWriteHalf) -> io::Result<Input> {
    loop {
        match input.next().await.transpose()? {
            Some(ToHelper::Data(bytes)) => tokio::select! {
                written = to.write_all(&bytes) => written?,
                () = channel::closed(&input) => return Err(io::ErrorKind::ConnectionAborted.into()),
            },
            Some(ToHelper::Eof) => {
                to.shutdown().await?;
                return Ok(input);
            }
            None => return Err(io::ErrorKind::ConnectionAborted.into()),
            Some(_) => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}
