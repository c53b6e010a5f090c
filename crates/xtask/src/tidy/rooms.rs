//! Which crate may use which, and what must never be in its tree: see docs/architecture.md.

use std::collections::BTreeSet;
use std::fs;

use super::modules::Modules;
use crate::digest::files_below;
use crate::metadata::Metadata;
use crate::workspace::{Workspace, run_quietly};

/// A crate, and what it may use.
struct Room {
    name: &'static str,
    /// Cargo's options for the features that this is about.
    features: &'static [&'static str],
    target: Option<&'static str>,
    /// The crates of this workspace that may be in its tree.
    may_use: &'static [&'static str],
    /// Crates of others that must not be.
    never: &'static [&'static str],
    why: &'static str,
}

/// What only a crate that talks to somebody has in its tree.
const NETWORK: &[&str] = &["hyper", "mio", "reqwest", "socket2", "solana-rpc-client", "tokio", "tungstenite"];

/// What only a crate that could sign or send a transaction has in its tree.
const SOLANA: &[&str] = &["solana-keypair", "solana-rpc-client", "solana-signer"];

const PROGRAM: &str = "gpu-lease";
const CLIENT: &str = "gpu-lease-client";
const LOCALNET: &str = "gpu-lease-localnet";
const MIGRATIONS: &str = "gpu-lease-migrations";
const MODEL: &str = "gpu-lease-model";
const SERVICE: &str = "gpu-lease-service";
const HELPER: &str = "gpu-lease-helper";
const RUNTIME: &str = "gpu-lease-runtime";
const GATEWAY: &str = "gpu-lease-gateway";
const INDEXER: &str = "gpu-lease-indexer";
const LOAD: &str = "gpu-lease-load";

const ROOM: Room = Room { name: "", features: &[], target: None, may_use: &[], never: &[], why: "" };

/// Every crate of the workspace has at least one row, and so have those that are planned: their rows count as soon as
/// they exist.
const ROOMS: &[Room] = &[
    Room { name: PROGRAM, never: NETWORK, why: "it runs on chain", ..ROOM },
    Room {
        name: CLIENT,
        features: &["--no-default-features"],
        may_use: &[PROGRAM],
        never: NETWORK,
        why: "everything else uses it, also in browsers",
        ..ROOM
    },
    Room {
        name: CLIENT,
        may_use: &[PROGRAM],
        never: &["clap"],
        why: "it is for other people's programs",
        ..ROOM
    },
    Room {
        name: "gpu-lease-wasm",
        target: Some("wasm64-unknown-unknown"),
        may_use: &[CLIENT, PROGRAM],
        never: NETWORK,
        why: "it answers from what it is told",
        ..ROOM
    },
    Room {
        name: MODEL,
        never: &["anchor-lang", "solana-program"],
        why: "it is a second opinion on the program",
        ..ROOM
    },
    Room { name: MIGRATIONS, may_use: &[CLIENT, PROGRAM], why: "it changes public clusters", ..ROOM },
    Room {
        name: LOCALNET,
        may_use: &[CLIENT, MIGRATIONS, PROGRAM],
        why: "the command line and the tests start it",
        ..ROOM
    },
    Room {
        name: "gpu-lease-cli",
        may_use: &[CLIENT, LOCALNET, MIGRATIONS, PROGRAM],
        why: "it is for users: what only tests need stays outside",
        ..ROOM
    },
    Room {
        name: "gpu-lease-tests",
        may_use: TESTED,
        why: "they test what is below the command line",
        ..ROOM
    },
    Room { name: "sbf-runtime", never: NETWORK, why: "it runs on chain", ..ROOM },
    Room { name: "xtask", never: NETWORK, why: "everything starts with compiling it", ..ROOM },
    Room { name: SERVICE, never: SOLANA, why: "what daemons share knows nothing of leases", ..ROOM },
    Room { name: HELPER, never: SOLANA, why: "a tenant is root beside it", ..ROOM },
    Room { name: RUNTIME, may_use: &[HELPER], never: SOLANA, why: "it runs what it is told to", ..ROOM },
    Room { name: GATEWAY, may_use: &[HELPER], never: SOLANA, why: "strangers speak to it", ..ROOM },
    Room { name: "gpu-lease-agent", may_use: AGENT, why: "it is deployed alone", ..ROOM },
    Room { name: "gpu-lease-guard", may_use: DAEMON, why: "it is deployed alone", ..ROOM },
    Room { name: "gpu-lease-keeper", may_use: DAEMON, why: "it is deployed alone", ..ROOM },
    Room {
        name: INDEXER,
        may_use: DAEMON,
        // The trait alone of what can sign comes with the format of transactions.
        never: &["solana-keypair", "solana-rpc-client"],
        why: "it reads, and is deployed alone",
        ..ROOM
    },
    Room {
        name: LOAD,
        may_use: &[CLIENT, INDEXER, PROGRAM, SERVICE],
        why: "what is measured with it is compiled alone",
        ..ROOM
    },
];

const DAEMON: &[&str] = &[CLIENT, PROGRAM, SERVICE];
const TESTED: &[&str] = &[
    "gpu-lease-agent",
    "gpu-lease-guard",
    "gpu-lease-keeper",
    CLIENT,
    GATEWAY,
    HELPER,
    INDEXER,
    LOAD,
    LOCALNET,
    MIGRATIONS,
    MODEL,
    PROGRAM,
    RUNTIME,
    SERVICE,
];
const AGENT: &[&str] = &[CLIENT, GATEWAY, HELPER, PROGRAM, RUNTIME, SERVICE];

/// What the client does not ask the machine for, other than to reach a cluster: callers say what time it is, and what is
/// in files.
const MACHINE: &[&str] =
    &["std::env", "std::fs", "std::net", "std::process", "std::time::Instant", "std::time::SystemTime"];

/// The folder of the client that reaches a cluster.
const RPC: &str = "rpc";

#[test]
fn no_crate_uses_what_it_must_not() {
    let workspace = Workspace::locate().unwrap();
    let ours: BTreeSet<String> =
        Metadata::read(&workspace).unwrap().packages.into_iter().map(|it| it.name).collect();
    for name in &ours {
        assert!(ROOMS.iter().any(|room| room.name == name), "say in ROOMS what {name} may use");
    }
    let mut faults = Vec::new();
    for room in ROOMS.iter().filter(|room| ours.contains(room.name)) {
        let tree = tree(&workspace, room);
        assert!(tree.contains(room.name), "{} is not in its own tree", room.name);
        let is_fault = |name: &&String| {
            let is_strange =
                ours.contains(*name) && *name != room.name && !room.may_use.contains(&name.as_str());
            is_strange || room.never.contains(&name.as_str())
        };
        let fault = |name| format!("{} uses {name}, but {}", room.name, room.why);
        faults.extend(tree.iter().filter(is_fault).map(fault));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The crates that one is built from.
fn tree(workspace: &Workspace, room: &Room) -> BTreeSet<String> {
    let mut command = workspace.cargo(["tree", "--locked", "--edges", "normal,build", "--prefix", "none"]);
    command.args(["--format", "{p}", "--package", room.name]).args(room.features);
    if let Some(target) = room.target {
        command.args(["--target", target]);
    }
    let lines = run_quietly(&mut command).unwrap();
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_client_asks_the_machine_for_nothing_but_to_reach_a_cluster() {
    let workspace = Workspace::locate().unwrap();
    let root = workspace.root.join("crates/client/src/lib.rs");
    let modules = Modules::read(&root).unwrap();
    let asked: Vec<_> = modules
        .paths()
        .filter(|(file, _)| !file.components().any(|part| part.as_os_str() == RPC))
        .map(|(file, path)| (file, path.join("::")))
        .filter(|(_, path)| MACHINE.iter().any(|machine| is_below(path, machine)))
        .map(|(file, path)| format!("{} asks for {path}", file.display()))
        .collect();
    assert!(asked.is_empty(), "pass it in, or move it to {RPC}/:\n{}", asked.join("\n"));
}

#[test]
fn what_is_packaged_includes_nothing_from_outside() {
    let workspace = Workspace::locate().unwrap();
    for folder in [workspace.root.join("crates/client"), workspace.program()] {
        for file in files_below(&folder, |below| below.ends_with("target")).unwrap() {
            let text = fs::read_to_string(&file).unwrap();
            for start in ["include_str!(\"", "include_bytes!(\"", "#[path = \""] {
                for (_, rest) in text.match_indices(start).map(|(at, _)| text.split_at(at + start.len())) {
                    let named = file.parent().unwrap().join(rest.split('"').next().unwrap());
                    let named = named.canonicalize().unwrap();
                    assert!(named.starts_with(&folder), "{} includes {}", file.display(), named.display());
                }
            }
        }
    }
}

/// Whether a path is that of a module or type, or of something in it.
fn is_below(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
