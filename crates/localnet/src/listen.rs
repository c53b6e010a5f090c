use anyhow::{Context, Result, bail};
use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

/// Takes a port of this machine, which nothing outside it can reach. `option` chooses another.
pub async fn listen(port: u16, option: &str) -> Result<TcpListener> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!(
                "port {port} is taken; stop what runs there, or choose another {option}, 0 for any free one"
            )
        }
        bound => bound.with_context(|| format!("port {port} cannot be used")),
    }
}

/// Accepts connections on a port of one's choice and passes them on to `target` for as long as the
/// runtime lives. The embedded validator takes free ports only; people and tools expect 8899 and 8900.
pub async fn forward(port: u16, target: SocketAddr) -> Result<()> {
    let listener = listen(port, "--port").await?;
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut server = TcpStream::connect(target).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    Ok(())
}
