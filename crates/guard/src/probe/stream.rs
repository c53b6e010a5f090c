//! A TCP connection that can be cut from outside and reads no more than it is allowed to.
//!
//! The SSH library runs a connection in a task of its own. A machine that answers slowly or endlessly would keep that
//! task busy after the guard has given up on it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// The stream.
pub struct Stream {
    tcp: TcpStream,
    /// How many bytes may still be read.
    allowance: Arc<AtomicUsize>,
    /// Ends when the [`Leash`] is dropped.
    cut: oneshot::Receiver<()>,
    is_cut: bool,
}

/// Holds a stream: it ends when this is dropped.
pub struct Leash {
    allowance: Arc<AtomicUsize>,
    _cut: oneshot::Sender<()>,
}

impl Leash {
    /// So many bytes may be read from now on.
    pub fn allow(&self, bytes: usize) {
        self.allowance.store(bytes, Relaxed);
    }
}

impl Stream {
    /// A stream that may read so many bytes, and what holds it.
    pub fn new(tcp: TcpStream, bytes: usize) -> (Self, Leash) {
        let allowance = Arc::new(AtomicUsize::new(bytes));
        let (_cut, cut) = oneshot::channel();
        (Self { tcp, allowance: allowance.clone(), cut, is_cut: false }, Leash { allowance, _cut })
    }

    fn is_cut(&mut self, cx: &mut Context) -> bool {
        self.is_cut = self.is_cut || Pin::new(&mut self.cut).poll(cx).is_ready();
        self.is_cut
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context, buf: &mut ReadBuf) -> Poll<io::Result<()>> {
        if self.is_cut(cx) {
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(cx, buf))?;
        let read = buf.filled().len() - before;
        let allowed = self.allowance.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(read));
        Poll::Ready(match allowed {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::other("the machine sends more than it was asked for")),
        })
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_cut(cx) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
