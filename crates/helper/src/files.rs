//! Files, by SFTP over a channel.

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use futures_util::StreamExt;
use russh_sftp::server::{Config, run_with_config};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::Semaphore;

use gpu_lease_helper::protocol::{Exit, ToHelper};

use crate::channel::{self, CHUNK, Input, Output};
use crate::login::Login;
use crate::sftp::{MAX_PACKET, Sftp};

/// Serves files until the other side sends no more, or closes.
pub async fn run(
    mut input: Input,
    mut output: Output,
    login: &Login,
    budget: Arc<Semaphore>,
) -> io::Result<()> {
    channel::open(&mut output).await?;
    let (near, far) = tokio::io::duplex(2 * CHUNK);
    let server = Sftp::new(login.directory().to_owned(), login.home().to_owned(), budget);
    run_with_config(far, server, Config { max_client_packet_len: MAX_PACKET }).await;
    let (read, write) = tokio::io::split(near);
    tokio::select! {
        answered = answers(read, &mut output) => answered?,
        asked = requests(&mut input, write) => return asked,
    }
    channel::exit(&mut output, Exit::Code { code: 0 }).await
}

/// Carries answers until the server has given all.
async fn answers(mut from: impl AsyncRead + Unpin, output: &mut Output) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(CHUNK);
        if from.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
        channel::data(output, buffer.split().freeze()).await?;
    }
}

/// Carries requests, and returns only if the other side has closed.
async fn requests(input: &mut Input, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    while let Some(frame) = input.next().await.transpose()? {
        match frame {
            ToHelper::Data(bytes) => tokio::select! {
                // Nobody takes them when the server has ended, which its answers tell.
                _ = to.write_all(&bytes) => {}
                () = channel::closed(input) => break,
            },
            ToHelper::Eof => to.shutdown().await?,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
    Err(io::ErrorKind::ConnectionAborted.into())
}
