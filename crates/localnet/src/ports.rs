//! Ports of this machine.

use anyhow::Result;
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
        let [agent, signer, gateway, ssh, guard, keeper] = free()?;
        Ok(Self { agent, signer, gateway, ssh, guard, keeper })
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

/// Ports that nobody has now.
pub fn free<const COUNT: usize>() -> Result<[u16; COUNT]> {
    let mut ports = [0; COUNT];
    // All at once, so that no two are the same.
    let taken: Vec<_> =
        ports.iter().map(|port| TcpListener::bind(local(*port))).collect::<io::Result<_>>()?;
    for (port, listener) in ports.iter_mut().zip(&taken) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

/// A port of this machine.
pub fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
