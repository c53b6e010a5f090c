//! A Unix socket on which a daemon answers those of its machine that may open it.

use crate::server::{Listener, wait_after};
use anyhow::{Context, Result, bail, ensure};
use nix::unistd::Group;
use serde::Deserialize;
use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, chown};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// Where a socket is, and who may open it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketFile {
    pub path: PathBuf,
    /// The group that may open it. Without one, only the daemon's own user may.
    #[serde(default)]
    pub group: Option<String>,
}

/// A socket that is listened on.
#[derive(Debug)]
pub struct Socket(UnixListener);

/// Who is at the other end of a connection, as the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub user: u32,
    pub group: u32,
    pub process: Option<i32>,
}

impl SocketFile {
    /// Listens. A socket that is left over from a process that has ended is replaced.
    pub fn bind(&self) -> Result<Socket> {
        let shown = self.path.display();
        refuse_taken(&self.path)?;
        let folder = self.path.parent().filter(|it| *it != Path::new("")).unwrap_or(Path::new("."));
        let listen = || -> Result<Socket> {
            // Made where nobody else can open it, and moved when it has its owner and mode.
            let private = tempfile::Builder::new().prefix(".").tempdir_in(folder)?;
            let path = private.path().join("s");
            let listener = UnixListener::bind(&path)?;
            let mode = match &self.group {
                Some(name) => {
                    let group = Group::from_name(name)?.with_context(|| {
                        format!(
                            "there is no group `{name}`; run `groupadd --system {name}`, or write another"
                        )
                    })?;
                    chown(&path, None, Some(group.gid.as_raw()))?;
                    0o660
                }
                None => 0o600,
            };
            fs::set_permissions(&path, Permissions::from_mode(mode))?;
            fs::rename(&path, &self.path)?;
            Ok(Socket(listener))
        };
        listen().with_context(|| format!("cannot listen on {shown}"))
    }
}

fn refuse_taken(path: &Path) -> Result<()> {
    let shown = path.display();
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata.with_context(|| format!("cannot listen on {shown}"))?,
    };
    ensure!(
        metadata.file_type().is_socket(),
        "{shown} is not a socket, so it is not replaced; move it away, or write another path"
    );
    match BlockingStream::connect(path) {
        Ok(_) => bail!("another process listens on {shown}; stop it, or write another path"),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
        Err(error) => Err(error).with_context(|| format!("it is not known whether {shown} is in use")),
    }
}

impl Listener for Socket {
    type Io = UnixStream;
    type Peer = Peer;

    async fn accept(&mut self) -> (UnixStream, Peer) {
        loop {
            let accepted = self.0.accept().await.and_then(|(stream, _)| {
                let peer = stream.peer_cred()?;
                Ok((stream, Peer { user: peer.uid(), group: peer.gid(), process: peer.pid() }))
            });
            match accepted {
                Ok(accepted) => return accepted,
                Err(error) => wait_after(&error).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::getgid;

    fn socket(folder: &Path, group: Option<&str>) -> SocketFile {
        SocketFile { path: folder.join("signer.sock"), group: group.map(str::to_owned) }
    }

    fn mode(file: &SocketFile) -> u32 {
        fs::metadata(&file.path).unwrap().permissions().mode() & 0o777
    }

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[tokio::test]
    async fn only_the_owner_may_open_a_socket_and_with_a_group_also_that() {
        let folder = tempfile::tempdir().unwrap();
        let file = socket(folder.path(), None);
        drop(file.bind().unwrap());
        assert_eq!(mode(&file), 0o600);
        let group = Group::from_gid(getgid()).unwrap().unwrap();
        let file = socket(folder.path(), Some(&group.name));
        let _socket = file.bind().unwrap();
        assert_eq!(mode(&file), 0o660);
        assert_eq!(names(folder.path()), 1);
    }

    #[tokio::test]
    async fn a_socket_that_is_listened_on_is_not_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = socket(folder.path(), None);
        let first = file.bind().unwrap();
        let refusal = file.bind().unwrap_err().to_string();
        assert!(refusal.starts_with("another process listens on "), "{refusal}");
        drop(first);
        file.bind().unwrap();
    }

    #[tokio::test]
    async fn what_is_not_a_socket_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = socket(folder.path(), None);
        fs::write(&file.path, "precious").unwrap();
        let refusal = file.bind().unwrap_err().to_string();
        assert!(refusal.contains("is not a socket, so it is not replaced"), "{refusal}");
        assert_eq!(fs::read(&file.path).unwrap(), b"precious");
    }

    #[tokio::test]
    async fn an_unknown_group_is_named_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let error = format!("{:#}", socket(folder.path(), Some("no-such-group")).bind().unwrap_err());
        assert!(error.contains("there is no group `no-such-group`; run `groupadd"), "{error}");
        assert_eq!(names(folder.path()), 0);
    }

    #[tokio::test]
    async fn the_kernel_says_who_connects() {
        let folder = tempfile::tempdir().unwrap();
        let file = socket(folder.path(), None);
        let mut socket = file.bind().unwrap();
        let (_stream, accepted) = tokio::join!(UnixStream::connect(&file.path), socket.accept());
        let process = i32::try_from(std::process::id()).unwrap();
        assert_eq!(
            accepted.1,
            Peer { user: nix::unistd::getuid().as_raw(), group: getgid().as_raw(), process: Some(process) }
        );
    }
}
