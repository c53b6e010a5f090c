//! What there is on the machine: engine, helper, ports, disks, keys.

use std::env::consts::ARCH;
use std::io;
use std::path::Path;

use gpu_lease_runtime::{Capabilities, Capability};

use gpu_lease_service::finding::{Finding, Level};

const GIB: u64 = 1 << 30;

/// What the engine can do. Some of it is needed for `wants_disk` only, leases that are promised a limit, and some for cards that
/// are not simulated.
pub fn engine(can: &Capabilities, wants_disk: bool, has_cards: bool) -> Vec<Finding> {
    let say = |check, capability: &Capability, otherwise: Level| match capability {
        Ok(()) => Finding::ok(check, "as it should be"),
        Err(sentence) => Finding::said(check, otherwise, sentence),
    };
    let cards = match &can.cards {
        Ok(()) => Finding::ok("cdi", "the engine gives out single cards"),
        Err(sentence) if has_cards => Finding::said("cdi", Level::Failure, sentence),
        Err(sentence) => {
            Finding::ok("cdi", format!("simulated cards need nothing. For real ones: {sentence}"))
        }
    };
    vec![
        Finding::ok("engine", format!("{} answers", can.engine)),
        cards,
        say("limits", &can.limits, Level::Failure),
        say("disk limit", &can.disk, if wants_disk { Level::Failure } else { Level::Warning }),
        say("firewall", &can.firewall, Level::Failure),
        say("restart", &can.restart, Level::Warning),
        say("users", &can.users, Level::Warning),
    ]
}

/// That there is none, but processes.
pub fn no_engine() -> Finding {
    let found = "leases are processes of this user without any walls, for a cluster of this machine alone";
    Finding::ok("engine", found)
}

/// The engine's silence.
pub fn silent_engine(error: &str, socket: &Path) -> Finding {
    let advice = format!(
        "see that Docker runs and that {} is its socket; the agent and this run as root",
        socket.display()
    );
    Finding::failure("engine", error, advice)
}

/// The helper's binary, which runs in images that have no libraries unless leases are processes here.
pub fn helper(path: &Path, bytes: io::Result<Vec<u8>>, has_containers: bool) -> Finding {
    const CHECK: &str = "helper";
    const ADVICE: &str = "take the gpu-lease-helper of this machine's release; from the sources, `cargo xtask helper` \
                          makes it, and says where it is";
    let path = path.display();
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => return Finding::failure(CHECK, format!("{path} cannot be read: {error}"), ADVICE),
    };
    match binary(&bytes) {
        None => Finding::failure(CHECK, format!("{path} is not a program for 64-bit Linux"), ADVICE),
        Some((arch, _)) if arch != ARCH => {
            Finding::failure(CHECK, format!("{path} is for {arch}, and this machine is {ARCH}"), ADVICE)
        }
        Some((_, true)) if has_containers => Finding::failure(
            CHECK,
            format!("{path} is not static, so it starts in no image but those that have its libraries"),
            ADVICE,
        ),
        Some(_) => Finding::ok(CHECK, format!("{path} is for this machine")),
    }
}

/// The processor that an ELF file of 64 bits is for, and whether it wants an interpreter, as one with libraries does.
fn binary(bytes: &[u8]) -> Option<(&'static str, bool)> {
    const INTERPRETER: u32 = 3;
    let number = |at: usize, length: usize| -> Option<usize> {
        let bytes = bytes.get(at..at.checked_add(length)?)?;
        Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
    };
    if bytes.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let arch = match number(18, 2)? {
        62 => "x86_64",
        183 => "aarch64",
        _ => "another processor",
    };
    let (headers, length, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    let is_interpreter = |at: usize| {
        let at = headers.checked_add(at.checked_mul(length)?)?;
        Some(number(at, 4)? == INTERPRETER as usize)
    };
    let mut wants = false;
    for at in 0..count {
        wants |= is_interpreter(at)?;
    }
    Some((arch, wants))
}

/// Who listens where the gateway would, or does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// Nobody.
    Free,
    /// A gateway of ours.
    Gateway,
    /// Somebody else, who says this.
    Other(String),
    /// It cannot be tried.
    Untried(String),
}

/// The port that renters connect to.
pub fn port(listen: &str, port: &Port) -> Finding {
    const CHECK: &str = "ssh port";
    match port {
        Port::Free => Finding::ok(CHECK, format!("{listen} is free for the gateway")),
        Port::Gateway => Finding::ok(CHECK, format!("the gateway answers on {listen}")),
        Port::Other(said) => Finding::failure(
            CHECK,
            format!("another program listens on {listen}{}", quoted(said)),
            "stop it, or write another port as `listen` in [gateway]",
        ),
        Port::Untried(why) => Finding::warning(
            CHECK,
            format!("{listen} cannot be tried: {why}"),
            "run this as root; for a port below 1024, the gateway's unit says what a drop-in has to set",
        ),
    }
}

fn quoted(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(", and says {said:?}") }
}

/// Who listens where one of the three processes shows how it is, or would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Nobody.
    Free,
    /// The process, which says what is wrong with it.
    Ours(Vec<String>),
    /// Somebody else.
    Other,
}

/// One of the three processes, and what starts it.
pub fn process(name: &'static str, listen: &str, watched: &Watched) -> Finding {
    match watched {
        Watched::Free => Finding::ok(name, format!("does not run; its port for health, {listen}, is free")),
        Watched::Ours(problems) if problems.is_empty() => Finding::ok(name, "runs and is well"),
        Watched::Ours(problems) => Finding::warning(
            name,
            format!("runs, and says: {}", problems.join("; ")),
            format!("its log says more: `journalctl -u gpu-lease-{name}`"),
        ),
        Watched::Other => Finding::failure(
            name,
            format!("another program listens on {listen}, which is for its health and metrics"),
            "stop it, or write another address as `monitoring`",
        ),
    }
}

/// Room on the disk of a folder: so many bytes of so many.
pub fn space(folder: &Path, free: u64, all: u64) -> Finding {
    const CHECK: &str = "disk space";
    const ADVICE: &str =
        "make room: on a full disk nothing is written down, so nothing is started, metered or signed";
    let folder = folder.display();
    let found = || format!("{folder} has {} MiB left", free >> 20);
    match free {
        _ if free < GIB => Finding::failure(CHECK, found(), ADVICE),
        _ if free < 10 * GIB && free < all / 10 => Finding::warning(CHECK, found(), ADVICE),
        _ => Finding::ok(CHECK, format!("{folder} has {} GiB left", free / GIB)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can() -> Capabilities {
        Capabilities {
            engine: "Docker 28.2".into(),
            cards: Ok(()),
            limits: Ok(()),
            disk: Ok(()),
            firewall: Ok(()),
            restart: Ok(()),
            users: Ok(()),
        }
    }

    fn level(findings: &[Finding], check: &str) -> Level {
        findings.iter().find(|finding| finding.check == check).unwrap().level
    }

    #[test]
    fn an_engine_that_can_all_is_well() {
        assert!(engine(&can(), true, true).iter().all(|finding| finding.level == Level::Ok));
    }

    #[test]
    fn what_walls_are_made_of_fails_and_what_is_convenient_warns() {
        let no = || Err("no".to_owned());
        let poor = Capabilities {
            engine: "Docker 20".into(),
            cards: no(),
            limits: no(),
            disk: no(),
            firewall: no(),
            restart: no(),
            users: no(),
        };
        let findings = engine(&poor, false, false);
        let levels =
            ["cdi", "limits", "disk limit", "firewall", "restart", "users"].map(|it| level(&findings, it));
        let (ok, warning, failure) = (Level::Ok, Level::Warning, Level::Failure);
        assert_eq!(levels, [ok, failure, warning, failure, warning, warning]);
        let wants_all = engine(&poor, true, true);
        assert_eq!(["disk limit", "cdi"].map(|it| level(&wants_all, it)), [failure; 2]);
        let cards = findings.iter().find(|finding| finding.check == "cdi").unwrap();
        assert!(cards.found.starts_with("simulated cards need nothing"), "{cards}");
    }

    /// The smallest file that says so of itself.
    fn elf(machine: u8, kinds: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[18] = machine;
        bytes[32] = 64;
        bytes[54] = 56;
        bytes[56] = kinds.len() as u8;
        for kind in kinds {
            let mut header = vec![0; 56];
            header[0] = *kind;
            bytes.extend(header);
        }
        bytes
    }

    #[test]
    fn a_helper_has_to_be_static_and_for_this_machine() {
        let (mine, other) = if ARCH == "x86_64" { (62, 183) } else { (183, 62) };
        let say = |bytes, has_containers| helper(Path::new("/h"), Ok(bytes), has_containers);
        assert_eq!(say(elf(mine, &[1, 1]), true).level, Level::Ok);
        let linked = say(elf(mine, &[1, 3]), true);
        assert!(linked.found.contains("is not static"), "{linked}");
        assert!(linked.to_string().contains("`cargo xtask helper` makes it"), "{linked}");
        assert_eq!(say(elf(mine, &[1, 3]), false).level, Level::Ok);
        assert!(say(elf(other, &[1]), true).found.contains(&format!("this machine is {ARCH}")));
        assert!(say(b"#!/bin/sh\n".to_vec(), true).found.contains("is not a program"));
        let mut cut = elf(mine, &[1, 1]);
        cut.truncate(100);
        assert!(say(cut, true).found.contains("is not a program"));
        let absent = helper(Path::new("/h"), Err(io::Error::from(io::ErrorKind::NotFound)), true);
        assert_eq!(absent.level, Level::Failure);
    }

    #[test]
    fn this_very_program_is_for_this_machine() {
        let me = std::env::current_exe().unwrap();
        assert_eq!(helper(&me, std::fs::read(&me), false).level, Level::Ok);
    }

    #[test]
    fn a_port_is_free_or_ours_or_says_whose_it_is() {
        let say = |it| port("[::]:2222", &it);
        assert_eq!(say(Port::Free).level, Level::Ok);
        assert_eq!(say(Port::Gateway).level, Level::Ok);
        let other = say(Port::Other("SSH-2.0-OpenSSH_9.2".into())).to_string();
        assert!(
            other.contains("SSH-2.0-OpenSSH_9.2") && other.contains("write another port as `listen`"),
            "{other}"
        );
        assert!(say(Port::Untried("permission denied".into())).to_string().contains("run this as root"));
    }

    #[test]
    fn a_process_that_does_not_run_yet_is_no_fault_and_one_that_fails_says_why() {
        let say = |watched| process("signer", "127.0.0.1:9472", &watched);
        assert_eq!(say(Watched::Free).level, Level::Ok);
        assert_eq!(say(Watched::Ours(Vec::new())).level, Level::Ok);
        let failing = say(Watched::Ours(vec!["balance: no SOL".into()])).to_string();
        assert!(failing.contains("balance: no SOL") && failing.contains("journalctl -u gpu-lease-signer"));
        assert!(say(Watched::Other).to_string().contains("write another address as `monitoring`"));
    }

    #[test]
    fn room_is_enough_or_little_or_too_little() {
        let level = |free, all| space(Path::new("/s"), free, all).level;
        assert_eq!(level(GIB - 1, 1 << 40), Level::Failure);
        assert_eq!(level(GIB, 1 << 40), Level::Warning);
        assert_eq!(level(10 * GIB, 1 << 40), Level::Ok);
        assert_eq!(level(2 * GIB, 8 * GIB), Level::Ok);
        assert!(space(Path::new("/s"), 5 << 20, 1 << 40).to_string().contains("has 5 MiB left"));
    }
}
