//! SFTP of which only the part passes that changes nothing: once a lease has ended its files can still be fetched.
//!
//! Both directions are cut into packets, so that a refusal, which the helper never sees asked for, goes to the client
//! between two of the helper's answers.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Longest packet, as OpenSSH has it.
const MAX_PACKET: usize = 256 * 1024;

/// Kinds of packets.
mod kind {
    pub const INIT: u8 = 1;
    pub const OPEN: u8 = 3;
    pub const CLOSE: u8 = 4;
    pub const READ: u8 = 5;
    pub const LSTAT: u8 = 7;
    pub const FSTAT: u8 = 8;
    pub const OPENDIR: u8 = 11;
    pub const READDIR: u8 = 12;
    pub const REALPATH: u8 = 16;
    pub const STAT: u8 = 17;
    pub const READLINK: u8 = 19;
    pub const STATUS: u8 = 101;
    pub const EXTENDED: u8 = 200;
}

/// What a file is opened for, if it is only read.
const FOR_READING: u32 = 1;

/// Extensions that change nothing.
const EXTENSIONS: &[&[u8]] =
    &[b"statvfs@openssh.com", b"fstatvfs@openssh.com", b"limits@openssh.com", b"expand-path@openssh.com"];

const PERMISSION_DENIED: u32 = 3;

const REASON: &str = "the lease has ended: its files can only be read";

/// What becomes of a packet.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The helper gets it.
    Pass(Bytes),
    /// The client gets this answer.
    Refuse(Bytes),
}

/// One direction, cut into packets.
#[derive(Default)]
pub struct Packets(BytesMut);

impl Packets {
    /// Takes more bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The next packet with its length, if all of it is there.
    pub fn next(&mut self) -> io::Result<Option<Bytes>> {
        let Some(length) = self.0.get(..4).map(|mut it| it.get_u32() as usize) else { return Ok(None) };
        if length > MAX_PACKET {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an SFTP packet is too long"));
        }
        Ok((self.0.len() >= 4 + length).then(|| self.0.split_to(4 + length).freeze()))
    }
}

/// What becomes of a client's packet, or nothing if it is none.
pub fn verdict(packet: Bytes) -> Option<Verdict> {
    let mut rest = &packet[4..];
    let kind = rest.try_get_u8().ok()?;
    if kind == kind::INIT {
        return Some(Verdict::Pass(packet));
    }
    let id = rest.try_get_u32().ok()?;
    let passes = match kind {
        kind::CLOSE
        | kind::READ
        | kind::LSTAT
        | kind::FSTAT
        | kind::OPENDIR
        | kind::READDIR
        | kind::REALPATH
        | kind::STAT
        | kind::READLINK => true,
        kind::OPEN => string(&mut rest).is_some() && rest.try_get_u32() == Ok(FOR_READING),
        kind::EXTENDED => string(&mut rest).is_some_and(|name| EXTENSIONS.contains(&name)),
        _ => false,
    };
    Some(if passes { Verdict::Pass(packet) } else { Verdict::Refuse(denied(id)) })
}

fn string<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = from.try_get_u32().ok()? as usize;
    from.split_off(..length)
}

fn denied(id: u32) -> Bytes {
    let mut body = BytesMut::new();
    body.put_u8(kind::STATUS);
    body.put_u32(id);
    body.put_u32(PERMISSION_DENIED);
    for text in [REASON, "en"] {
        body.put_u32(text.len() as u32);
        body.put_slice(text.as_bytes());
    }
    let mut packet = BytesMut::new();
    packet.put_u32(body.len() as u32);
    packet.unsplit(body);
    packet.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(kind: u8, rest: &[u8]) -> Bytes {
        let mut packet = BytesMut::new();
        packet.put_u32(5 + rest.len() as u32);
        packet.put_u8(kind);
        packet.put_u32(9);
        packet.put_slice(rest);
        packet.freeze()
    }

    fn open(flags: u32) -> Bytes {
        packet(kind::OPEN, &[&[0, 0, 0, 1, b'a'][..], &flags.to_be_bytes(), &[0; 4]].concat())
    }

    fn extended(name: &str) -> Bytes {
        packet(kind::EXTENDED, &[&(name.len() as u32).to_be_bytes()[..], name.as_bytes()].concat())
    }

    fn passes(packet: Bytes) -> bool {
        match verdict(packet.clone()).unwrap() {
            Verdict::Pass(passed) => passed == packet,
            Verdict::Refuse(answer) => {
                assert_eq!(answer[4..13], [101, 0, 0, 0, 9, 0, 0, 0, 3]);
                false
            }
        }
    }

    #[test]
    fn only_what_changes_nothing_passes() {
        let reading = [4, 5, 7, 8, 11, 12, 16, 17, 19];
        for kind in (0..=255).filter(|it| ![1, 3, 200].contains(it)) {
            assert_eq!(passes(packet(kind, &[])), reading.contains(&kind), "{kind}");
        }
        assert!(passes(packet(kind::INIT, &[])));
    }

    #[test]
    fn a_file_is_opened_for_reading_and_nothing_else() {
        assert!(passes(open(1)));
        for flags in [0, 2, 3, 5, 9, 0x11, u32::MAX] {
            assert!(!passes(open(flags)), "{flags:#x}");
        }
        assert!(!passes(packet(kind::OPEN, &[0xff, 0xff, 0xff, 0xff])));
    }

    #[test]
    fn extensions_that_change_something_or_are_unknown_are_refused() {
        assert!(passes(extended("statvfs@openssh.com")));
        for name in ["posix-rename@openssh.com", "hardlink@openssh.com", "fsync@openssh.com", "", "new@x"] {
            assert!(!passes(extended(name)), "{name}");
        }
    }

    #[test]
    fn packets_are_found_in_any_stretches_and_one_too_long_is_an_error() {
        let stream = [packet(5, &[1, 2, 3]), packet(4, &[])].concat();
        let mut packets = Packets::default();
        let mut found = Vec::new();
        for byte in &stream {
            packets.push(&[*byte]);
            found.extend(packets.next().unwrap());
        }
        assert_eq!(found, [packet(5, &[1, 2, 3]), packet(4, &[])]);
        packets.push(&(MAX_PACKET as u32 + 1).to_be_bytes());
        assert!(packets.next().is_err());
        assert_eq!(verdict(Bytes::from_static(&[0, 0, 0, 0])), None);
    }
}
