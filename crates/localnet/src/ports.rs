//! Ports of this machine.

use anyhow::{Context, Result};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    time::Duration,
};
use tokio::{
    net::{TcpStream, UnixStream},
    time::sleep,
};

/// Where the processes listen.
#[derive(Clone, Copy)]
pub struct Ports {
    pub agent: u16,
    pub signer: u16,
    pub gateway: u16,
    pub ssh: u16,
    pub guard: u16,
    pub keeper: u16,
}

impl Ports {
    /// Those that nobody has now.
    pub fn free() -> Result<Self> {
        // All at once, so that no two are the same.
        let taken: Vec<_> = (0..6).map(|_| TcpListener::bind(local(0))).collect::<io::Result<_>>()?;
        let mut ports = taken.iter().map(|listener| listener.local_addr().map(|address| address.port()));
        let mut port = || ports.next().context("there are six")?.context("a port has a number");
        Ok(Self {
            agent: port()?,
            signer: port()?,
            gateway: port()?,
            ssh: port()?,
            guard: port()?,
            keeper: port()?,
        })
    }

    /// Waits until all of them answer, and the signer's socket.
    pub async fn answer(self, folder: PathBuf) {
        const LOOK: Duration = Duration::from_millis(50);
        for port in [self.agent, self.signer, self.gateway, self.ssh, self.guard, self.keeper] {
            while TcpStream::connect(local(port)).await.is_err() {
                sleep(LOOK).await;
            }
        }
        while UnixStream::connect(folder.join("signer.sock")).await.is_err() {
            sleep(LOOK).await;
        }
    }
}

/// A port of this machine.
pub fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
