//! The way to a machine, which can be cut.

use anyhow::{Context, Result};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Passes bytes on both ways. While it is cut none get through, as if a cable were pulled: connections stay, and nobody is
/// told anything. Clones are the same link.
#[derive(Clone, Debug)]
pub struct Link {
    port: u16,
    is_cut: watch::Sender<bool>,
}

impl Link {
    /// One to `target`, for as long as the runtime lives.
    pub async fn to(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("there is no free port")?;
        let (is_cut, cut) = watch::channel(false);
        let port = listener.local_addr()?.port();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(connect(client, target, cut.clone()));
            }
        });
        Ok(Self { port, is_cut })
    }

    /// Its port on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Nothing gets through any more.
    pub fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    /// All gets through again, what was sent meanwhile as well.
    pub fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

async fn connect(client: TcpStream, target: SocketAddr, cut: watch::Receiver<bool>) -> io::Result<()> {
    let machine = TcpStream::connect(target).await?;
    let ((from_client, to_client), (from_machine, to_machine)) = (client.into_split(), machine.into_split());
    tokio::try_join!(pass(from_client, to_machine, cut.clone()), pass(from_machine, to_client, cut))?;
    Ok(())
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut cut: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut bytes = [0; 16 * 1_024];
    loop {
        let read = from.read(&mut bytes).await?;
        // Nobody cuts it any more once the link itself is gone.
        cut.wait_for(|is_cut| !is_cut).await.ok();
        match bytes.get(..read).filter(|it| !it.is_empty()) {
            Some(read) => to.write_all(read).await?,
            None => return to.shutdown().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn nothing_gets_through_a_link_that_is_cut_and_all_of_it_once_it_is_mended() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let link = Link::to(listener.local_addr().unwrap()).await.unwrap();
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, link.port())).await.unwrap();
        let (mut machine, _) = listener.accept().await.unwrap();
        let mut byte = [0];
        client.write_all(b"a").await.unwrap();
        machine.read_exact(&mut byte).await.unwrap();
        link.cut();
        client.write_all(b"b").await.unwrap();
        let cut_off = timeout(Duration::from_millis(300), machine.read_exact(&mut byte)).await;
        assert!(cut_off.is_err(), "{byte:?} got through");
        link.mend();
        machine.read_exact(&mut byte).await.unwrap();
        assert_eq!(byte, *b"b");
        machine.write_all(b"c").await.unwrap();
        client.read_exact(&mut byte).await.unwrap();
        assert_eq!(byte, *b"c");
        drop(client);
        assert_eq!(machine.read(&mut byte).await.unwrap(), 0);
    }
}
