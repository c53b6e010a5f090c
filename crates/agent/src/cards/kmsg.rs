//! Xids in the kernel's log.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::meter::xid::{Meaning, meaning};

/// For how long an Xid marks what comes after it: a program's, and a fault of the hardware that ended a program, which has to
/// be started again.
const PROGRAM: Duration = Duration::from_secs(2);
const HIT: Duration = Duration::from_secs(60);

/// Bytes of the longest record that the kernel gives out.
const LONGEST: usize = 8 * 1_024;

/// How the driver begins what it logs.
const XID: &str = "NVRM: Xid (PCI:";
const LOADED: &str = "NVRM: loading NVIDIA UNIX";

/// Where a card is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pci {
    /// Its domain.
    pub domain: u32,
    /// Its bus.
    pub bus: u32,
    /// Its number there.
    pub device: u32,
}

impl fmt::Display for Pci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}:{:02x}", self.domain, self.bus, self.device)
    }
}

impl Pci {
    /// As the driver writes it: `0000:3b:00`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':').map(|part| u32::from_str_radix(part, 16));
        let mut next = || parts.next()?.ok();
        Some(Self { domain: next()?, bus: next()?, device: next()? })
    }
}

/// A record of the kernel's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record<'a> {
    /// Its number in this boot.
    number: u64,
    message: &'a str,
}

impl<'a> Record<'a> {
    /// One that the kernel itself has written. Whoever else writes to its log is marked there as somebody else.
    fn parse(line: &'a str) -> Option<Self> {
        const LEVELS: u32 = 8;
        let (head, message) = line.split_once(';')?;
        let mut head = head.split(',');
        let facility_and_level: u32 = head.next()?.parse().ok()?;
        let number = head.next()?.parse().ok()?;
        (facility_and_level < LEVELS).then_some(Self { number, message })
    }

    /// The Xid that it is about, and the card.
    fn xid(&self) -> Option<(Pci, u32)> {
        let (card, rest) = self.message.strip_prefix(XID)?.split_once("):")?;
        // An instance of a divided card is named after it.
        let pci = Pci::parse(card.split(' ').next()?)?;
        let xid = rest.trim_start().split(|it: char| !it.is_ascii_digit()).next()?;
        Some((pci, xid.parse().ok()?))
    }
}

/// The newest of an Xid on a card.
#[derive(Clone, Copy, Debug)]
struct Last {
    number: u64,
    /// When it was seen; `None` if it was there before anybody looked.
    seen: Option<Instant>,
}

/// What the driver has logged in this boot.
#[derive(Debug, Default)]
pub struct Log {
    newest: u64,
    xids: BTreeMap<(Pci, u32), Last>,
}

impl Log {
    /// Takes a line of the kernel's log; the card and the Xid if it is about one.
    pub fn take(&mut self, line: &str, seen: Option<Instant>) -> Option<(Pci, u32)> {
        let record = Record::parse(line)?;
        self.newest = self.newest.max(record.number);
        if record.message.starts_with(LOADED) {
            // A driver that has just been loaded has reset its cards.
            self.xids.clear();
        }
        let key = record.xid()?;
        self.xids.insert(key, Last { number: record.number, seen });
        Some(key)
    }

    /// The number of the newest record.
    pub const fn newest(&self) -> u64 {
        self.newest
    }

    /// The Xids of a card that still say something at `now`, if it was found well after the record of number `well`.
    pub fn of(&self, pci: Pci, well: Option<u64>, now: Instant) -> Vec<u32> {
        let is_fresh = |last: &Last, lasts| last.seen.is_some_and(|seen| now.duration_since(seen) < lasts);
        let xids = self.xids.range((pci, 0)..=(pci, u32::MAX));
        xids.filter(|((_, xid), last)| match meaning(*xid) {
            Some(Meaning::Fault) => well.is_none_or(|well| last.number > well),
            Some(Meaning::Hit) => is_fresh(last, HIT),
            Some(Meaning::Program) => is_fresh(last, PROGRAM),
            Some(Meaning::Note) | None => false,
        })
        .map(|((_, xid), _)| *xid)
        .collect()
    }
}

/// The kernel's log as it comes.
pub struct Tail {
    file: File,
    rest: String,
    buffer: Vec<u8>,
}

impl Tail {
    /// From the oldest record on that there still is.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).custom_flags(nix::libc::O_NONBLOCK).open(path)?;
        Ok(Self { file, rest: String::new(), buffer: vec![0; LONGEST] })
    }

    /// The lines that there are; none once all were read.
    pub fn read(&mut self) -> io::Result<Vec<String>> {
        let length = match self.file.read(&mut self.buffer) {
            Ok(length) => length,
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock => 0,
                // Records were overwritten before they were read. The next ones are there.
                ErrorKind::BrokenPipe => return Ok(vec![String::new()]),
                _ => return Err(error),
            },
        };
        self.rest.push_str(&String::from_utf8_lossy(&self.buffer[..length]));
        let mut lines = Vec::new();
        while let Some((line, rest)) = self.rest.split_once('\n') {
            lines.push(line.to_owned());
            self.rest = rest.to_owned();
        }
        Ok(lines)
    }
}

/// The log of this boot up to now.
pub fn until_now(path: &Path) -> io::Result<Log> {
    let (mut log, mut tail) = (Log::default(), Tail::open(path)?);
    loop {
        let lines = tail.read()?;
        if lines.is_empty() {
            return Ok(log);
        }
        lines.iter().for_each(|line| _ = log.take(line, None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: Pci = Pci { domain: 0, bus: 0x3b, device: 0 };

    fn of(log: &Log, well: Option<u64>, after: Duration) -> Vec<u32> {
        log.of(CARD, well, Instant::now() + after)
    }

    #[test]
    fn the_drivers_lines_are_read_and_what_others_write_is_not() {
        let mut log = Log::default();
        let mut take = |line| log.take(line, Some(Instant::now()));
        assert_eq!(
            take("6,7,1,-;NVRM: Xid (PCI:0000:3b:00): 79, pid='<unknown>', GPU has fallen"),
            Some((CARD, 79))
        );
        assert_eq!(
            take("6,8,1,-;NVRM: Xid (PCI:0000:3B:00 GPU-I:05): 94, pid=7194, Contained"),
            Some((CARD, 94))
        );
        // By a program that may write there.
        assert_eq!(take("14,9,1,-;NVRM: Xid (PCI:0000:3b:00): 79, pid=1"), None);
        // By a name that a tenant gave to its process.
        assert_eq!(take("6,10,1,-;Killed process 7 (NVRM: Xid (PCI:0000:3b:00): 79,)"), None);
        for garbage in [
            "",
            ";",
            " SUBSYSTEM=pci",
            "6,11,1,-;NVRM: Xid (PCI:zz): 1",
            "6,12,1,-;NVRM: Xid (PCI:0000:3b:00): x",
        ] {
            assert_eq!(take(garbage), None, "{garbage}");
        }
        assert_eq!(log.newest(), 12);
    }

    #[test]
    fn a_fault_lasts_until_the_card_was_found_well_and_an_error_of_a_program_for_seconds() {
        let mut log = Log::default();
        for (number, xid) in [(1, 79), (2, 31), (3, 94), (4, 63)] {
            let line = format!("6,{number},1,-;NVRM: Xid (PCI:0000:3b:00): {xid}, text");
            log.take(&line, Some(Instant::now()));
        }
        assert_eq!(of(&log, None, Duration::ZERO), [31, 79, 94]);
        assert_eq!(of(&log, None, PROGRAM), [79, 94]);
        assert_eq!(of(&log, None, HIT), [79]);
        assert_eq!(of(&log, Some(0), HIT), [79]);
        assert_eq!(of(&log, Some(1), HIT), [0; 0]);
        assert_eq!(log.of(Pci { bus: 0x3c, ..CARD }, None, Instant::now()), [0; 0]);
        log.take("6,5,1,-;NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.95.05", None);
        assert_eq!(of(&log, None, Duration::ZERO), [0; 0]);
    }

    #[test]
    fn what_was_logged_before_anybody_looked_counts_if_it_is_a_fault() {
        let mut log = Log::default();
        log.take("6,1,1,-;NVRM: Xid (PCI:0000:3b:00): 48, text", None);
        log.take("6,2,1,-;NVRM: Xid (PCI:0000:3b:00): 13, text", None);
        assert_eq!(of(&log, None, Duration::ZERO), [48]);
    }
}
