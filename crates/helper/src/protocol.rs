//! What is said on the helper's socket.
//!
//! A connection is one channel: a shell, a command, a file transfer, a connection onward, or a probe. The first frame asks
//! for it, in JSON; the helper answers whether it is open; then bytes flow both ways. A full socket is the flow control.
//! How it ends:
//!
//! - a shell, a command and a file transfer with [`FromHelper::Eof`] and then [`FromHelper::Exit`], after all their output;
//! - a connection onward when both sides have sent `Eof`; without the helper's, it broke;
//! - every one of them when the side that asked closes: a shell or command is then hung up, as by a lost line.
//!
//! A frame is a length (u32, big-endian, at most [`MAX_FRAME`]), one byte that says its kind, and its content. Whoever is
//! beside the helper in its container is root there: a reader takes what comes from this socket as hostile.

use std::collections::BTreeMap;
use std::io;

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec};

/// Most bytes of a frame, its kind included.
pub const MAX_FRAME: usize = 64 * 1024;

/// Asks for a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Request {
    /// The login shell.
    Shell {
        /// A terminal for it.
        pty: Option<Pty>,
        /// Variables that the client sent and the gateway lets through.
        env: BTreeMap<String, String>,
    },
    /// A command, by the shell.
    Exec {
        /// The command line.
        command: String,
        /// A terminal for it.
        pty: Option<Pty>,
        /// Variables that the client sent and the gateway lets through.
        env: BTreeMap<String, String>,
    },
    /// Files, by SFTP.
    Sftp,
    /// A TCP connection from inside the container.
    Dial {
        /// A name or an address.
        host: String,
        /// A port.
        port: u16,
    },
    /// A sign of life, answered by the helper itself and never by what the image contains.
    Probe,
}

/// A terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pty {
    /// What it is, for `TERM`.
    pub term: String,
    /// Its size.
    pub size: Size,
}

/// Size of a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Characters in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// The helper's answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Answer {
    /// The channel is open.
    Open,
    /// It is not, for this reason.
    Refused {
        /// The reason, for whoever asked.
        reason: String,
    },
    /// To a probe; the connection ends with it.
    Alive {
        /// Version of the helper.
        version: String,
        /// Seconds since it started.
        uptime: u64,
    },
}

/// A frame to the helper. Bytes that are too many for one frame arrive as several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToHelper {
    /// The first one.
    Request(Request),
    /// Input.
    Data(Bytes),
    /// No more input.
    Eof,
    /// The terminal has this size now.
    Resize(Size),
    /// A signal by its name without `SIG`, as SSH sends it.
    Signal(String),
}

/// A frame from the helper. Bytes that are too many for one frame arrive as several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromHelper {
    /// The first one.
    Answer(Answer),
    /// Output.
    Data(Bytes),
    /// Output for standard error.
    Error(Bytes),
    /// No more output.
    Eof,
    /// What was asked for has ended.
    Exit(Exit),
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Exit {
    /// By itself, with this code.
    Code {
        /// The code.
        code: u8,
    },
    /// By a signal.
    Signal {
        /// Its name without `SIG`.
        name: String,
    },
}

/// Frames of one direction to bytes.
#[derive(Debug)]
struct Frames(LengthDelimitedCodec);

impl Default for Frames {
    fn default() -> Self {
        Self(LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME).new_codec())
    }
}

/// Bytes of a frame in front of its content: its length and its kind.
const HEAD: usize = 5;

/// Most bytes of a frame's content.
const MAX_CONTENT: usize = MAX_FRAME - 1;

impl Frames {
    /// One frame, or nothing and an error if it is too big for one.
    fn encode(kind: u8, content: &[u8], to: &mut BytesMut) -> io::Result<()> {
        if content.len() > MAX_CONTENT {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is too much for one frame"));
        }
        to.reserve(HEAD + content.len());
        to.put_u32((1 + content.len()) as u32);
        to.put_u8(kind);
        to.put_slice(content);
        Ok(())
    }

    /// As many frames as a stretch of bytes takes.
    fn encode_bytes(kind: u8, bytes: &[u8], to: &mut BytesMut) -> io::Result<()> {
        bytes.chunks(MAX_CONTENT).try_for_each(|content| Self::encode(kind, content, to))
    }

    fn decode(&mut self, from: &mut BytesMut) -> io::Result<Option<(u8, Bytes)>> {
        let Some(mut frame) = self.0.decode(from)? else { return Ok(None) };
        if frame.is_empty() {
            return Err(malformed("a frame without a kind"));
        }
        let kind = frame.split_to(1)[0];
        Ok(Some((kind, frame.freeze())))
    }
}

/// The side that asks: gateway and agent.
#[derive(Debug, Default)]
pub struct Asking(Frames);

impl Encoder<ToHelper> for Asking {
    type Error = io::Error;

    fn encode(&mut self, frame: ToHelper, to: &mut BytesMut) -> io::Result<()> {
        match frame {
            ToHelper::Request(request) => Frames::encode(0, &json(&request)?, to),
            ToHelper::Data(bytes) => Frames::encode_bytes(1, &bytes, to),
            ToHelper::Eof => Frames::encode(2, &[], to),
            ToHelper::Resize(size) => Frames::encode(3, &json(&size)?, to),
            ToHelper::Signal(name) => Frames::encode(4, name.as_bytes(), to),
        }
    }
}

impl Decoder for Asking {
    type Item = FromHelper;
    type Error = io::Error;

    fn decode(&mut self, from: &mut BytesMut) -> io::Result<Option<FromHelper>> {
        let Some((kind, content)) = self.0.decode(from)? else { return Ok(None) };
        Ok(Some(match kind {
            0 => FromHelper::Answer(read(&content)?),
            1 => FromHelper::Data(content),
            2 => FromHelper::Eof,
            3 => FromHelper::Error(content),
            4 => FromHelper::Exit(read(&content)?),
            _ => return Err(malformed("a frame of an unknown kind")),
        }))
    }
}

/// The side that answers: the helper.
#[derive(Debug, Default)]
pub struct Answering(Frames);

impl Encoder<FromHelper> for Answering {
    type Error = io::Error;

    fn encode(&mut self, frame: FromHelper, to: &mut BytesMut) -> io::Result<()> {
        match frame {
            FromHelper::Answer(answer) => Frames::encode(0, &json(&answer)?, to),
            FromHelper::Data(bytes) => Frames::encode_bytes(1, &bytes, to),
            FromHelper::Eof => Frames::encode(2, &[], to),
            FromHelper::Error(bytes) => Frames::encode_bytes(3, &bytes, to),
            FromHelper::Exit(exit) => Frames::encode(4, &json(&exit)?, to),
        }
    }
}

impl Decoder for Answering {
    type Item = ToHelper;
    type Error = io::Error;

    fn decode(&mut self, from: &mut BytesMut) -> io::Result<Option<ToHelper>> {
        let Some((kind, content)) = self.0.decode(from)? else { return Ok(None) };
        Ok(Some(match kind {
            0 => ToHelper::Request(read(&content)?),
            1 => ToHelper::Data(content),
            2 => ToHelper::Eof,
            3 => ToHelper::Resize(read(&content)?),
            4 => ToHelper::Signal(
                std::str::from_utf8(&content).map_err(|_| malformed("a signal without a name"))?.to_owned(),
            ),
            _ => return Err(malformed("a frame of an unknown kind")),
        }))
    }
}

fn json<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec(value)?)
}

fn read<T: for<'de> Deserialize<'de>>(content: &[u8]) -> io::Result<T> {
    Ok(serde_json::from_slice(content)?)
}

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::Union;

    use super::*;

    fn size() -> impl Strategy<Value = Size> {
        any::<(u16, u16)>().prop_map(|(columns, rows)| Size { columns, rows })
    }

    fn bytes() -> impl Strategy<Value = Bytes> {
        prop::collection::vec(any::<u8>(), 1..300).prop_map(Bytes::from)
    }

    fn env() -> impl Strategy<Value = BTreeMap<String, String>> {
        prop::collection::btree_map(any::<String>(), any::<String>(), 0..4)
    }

    fn pty() -> impl Strategy<Value = Option<Pty>> {
        prop::option::of((any::<String>(), size()).prop_map(|(term, size)| Pty { term, size }))
    }

    fn to_helper() -> impl Strategy<Value = ToHelper> {
        let request = prop_oneof![
            (pty(), env()).prop_map(|(pty, env)| Request::Shell { pty, env }),
            (any::<String>(), pty(), env()).prop_map(|(command, pty, env)| Request::Exec {
                command,
                pty,
                env
            }),
            Just(Request::Sftp),
            (any::<String>(), any::<u16>()).prop_map(|(host, port)| Request::Dial { host, port }),
            Just(Request::Probe),
        ];
        prop_oneof![
            request.prop_map(ToHelper::Request),
            bytes().prop_map(ToHelper::Data),
            Just(ToHelper::Eof),
            size().prop_map(ToHelper::Resize),
            any::<String>().prop_map(ToHelper::Signal),
        ]
    }

    fn from_helper() -> impl Strategy<Value = FromHelper> {
        let answer = prop_oneof![
            Just(Answer::Open),
            any::<String>().prop_map(|reason| Answer::Refused { reason }),
            (any::<String>(), any::<u64>()).prop_map(|(version, uptime)| Answer::Alive { version, uptime }),
        ];
        let exit = prop_oneof![
            any::<u8>().prop_map(|code| Exit::Code { code }),
            any::<String>().prop_map(|name| Exit::Signal { name }),
        ];
        prop_oneof![
            answer.prop_map(FromHelper::Answer),
            bytes().prop_map(FromHelper::Data),
            bytes().prop_map(FromHelper::Error),
            Just(FromHelper::Eof),
            exit.prop_map(FromHelper::Exit),
        ]
    }

    /// Decodes what has come so far, piece by piece.
    fn decode<D: Decoder<Error = io::Error>>(
        mut decoder: D,
        bytes: &[u8],
        pieces: usize,
    ) -> io::Result<Vec<D::Item>> {
        let (mut buffer, mut frames) = (BytesMut::new(), Vec::new());
        for piece in bytes.chunks(pieces) {
            buffer.extend_from_slice(piece);
            while let Some(frame) = decoder.decode(&mut buffer)? {
                frames.push(frame);
            }
        }
        Ok(frames)
    }

    /// Bytes that are frames more often than chance would have it.
    fn noise() -> impl Strategy<Value = Vec<u8>> {
        let frame = (prop_oneof![0_u32..12, any::<u32>()], 0_u8..6, bytes())
            .prop_map(|(len, kind, content)| [&len.to_be_bytes(), &[kind][..], &content].concat());
        Union::new([bytes().prop_map(|it| it.to_vec()).boxed(), frame.boxed()])
    }

    proptest! {
        #[test]
        fn frames_to_the_helper_arrive_as_they_were_sent(
            frames in prop::collection::vec(to_helper(), 0..5), pieces in 1_usize..100,
        ) {
            let mut bytes = BytesMut::new();
            for frame in &frames {
                Asking::default().encode(frame.clone(), &mut bytes).unwrap();
            }
            prop_assert_eq!(decode(Answering::default(), &bytes, pieces).unwrap(), frames);
        }

        #[test]
        fn frames_from_the_helper_arrive_as_they_were_sent(
            frames in prop::collection::vec(from_helper(), 0..5), pieces in 1_usize..100,
        ) {
            let mut bytes = BytesMut::new();
            for frame in &frames {
                Answering::default().encode(frame.clone(), &mut bytes).unwrap();
            }
            prop_assert_eq!(decode(Asking::default(), &bytes, pieces).unwrap(), frames);
        }

        #[test]
        fn noise_is_an_error_or_waited_for_and_never_a_panic(bytes in noise(), pieces in 1_usize..100) {
            let _ = decode(Asking::default(), &bytes, pieces);
            let _ = decode(Answering::default(), &bytes, pieces);
        }
    }

    #[test]
    fn bytes_that_are_too_many_for_one_frame_arrive_as_several() {
        let data = Bytes::from(vec![7; 2 * MAX_FRAME]);
        let mut encoded = BytesMut::new();
        Asking::default().encode(ToHelper::Data(data.clone()), &mut encoded).unwrap();
        let frames = decode(Answering::default(), &encoded, 1000).unwrap();
        assert_eq!(frames.len(), 3);
        let content = |frame: &ToHelper| match frame {
            ToHelper::Data(bytes) => bytes.to_vec(),
            other => panic!("{other:?}"),
        };
        assert_eq!(frames.iter().flat_map(content).collect::<Vec<_>>(), data);
    }

    #[test]
    fn a_frame_has_at_most_as_many_bytes_as_it_may() {
        let signal = |len: usize| {
            let mut bytes = BytesMut::new();
            Asking::default().encode(ToHelper::Signal("x".repeat(len)), &mut bytes).map(|()| bytes)
        };
        let biggest = signal(MAX_FRAME - 1).unwrap();
        assert_eq!(decode(Answering::default(), &biggest, 1000).unwrap().len(), 1);
        assert_eq!(signal(MAX_FRAME).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        let mut bigger = biggest;
        bigger[..4].copy_from_slice(&(MAX_FRAME as u32 + 1).to_be_bytes());
        assert!(decode(Answering::default(), &bigger, 1000).is_err());
    }
}
