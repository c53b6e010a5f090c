//! Golden access by SSH: every input, the bytes that are encrypted to the renter, and OpenSSH's files; and what is
//! refused.

use crate::{attestation::Place, fixture::require_recorded};
use gpu_lease_client::ssh::{Files, SshAccess, VERSION, alias};
use serde::Serialize;
use solana_address::{Address, address};
use std::{
    fs,
    process::{Command, Output},
};

const LEASE: Address = address!("FytsGMubs6Nq7dvirUz3ivDTLRCpcXYKis6ZLGmfAxqv");

/// Public key of the seed of RFC 8032's first test vector.
const HOST_KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// Seed of RFC 8032's second test vector.
const USER_SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";

const HOSTS: [&str; 10] = [
    "gpu-7.example.org",
    "localhost",
    "xn--bcher-kva.example",
    "1.example.org",
    "203.0.113.7",
    "2001:db8::7",
    "::1",
    "2001:db8:0:1:1:1:1:1",
    "2001:db8:0:0:1::",
    "::ffff:0:cb00:7107",
];

const NO_HOSTS: [&str; 32] = [
    "",
    " ",
    "-oProxyCommand=evil",
    "-gpu.example.org",
    "gpu-.example.org",
    "gpu.-example.org",
    "gpu example.org",
    "gpu.example.org ",
    "gpu.example.org\n",
    "gpu.example.org\0",
    "gpu.example.org.",
    ".example.org",
    "gpu..org",
    "Gpu.example.org",
    "gpu_7.example.org",
    "bücher.example",
    "root@example.org",
    "example.org:22",
    "example.org/x",
    "[::1]",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "1.2.3.256",
    "0x7f.0x0.0x0.0x1",
    "gpu.0x7f",
    "127",
    "::FFFF",
    "0:0:0:0:0:0:0:1",
    "2001:db8::1:0:0:0",
    "::ffff:203.0.113.7",
    "fe80::1%eth0",
];

#[derive(Serialize)]
struct Golden {
    lease: String,
    alias: String,
    host: &'static str,
    port: u16,
    host_key: &'static str,
    user_seed: &'static str,
    layout: Vec<Place>,
    credentials: String,
    /// The same, where the renter logs in with a key of its own.
    credentials_without_user_key: String,
    host_key_line: String,
    host_key_fingerprint: String,
    user_public_line: String,
    user_key_file: String,
    known_hosts: String,
    config: String,
    /// What a host may be.
    hosts: [&'static str; 10],
    not_hosts: [&'static str; 32],
    /// Bytes that begin as access by SSH and are not.
    refused: Vec<Refused>,
}

#[derive(Serialize)]
struct Refused {
    why: &'static str,
    credentials: String,
}

fn bytes<const N: usize>(digits: &str) -> [u8; N] {
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).expect("hex");
    bytes
}

fn access(host: &str, user_seed: Option<&str>) -> Result<SshAccess, gpu_lease_client::Error> {
    SshAccess::new(host, 2222, bytes(HOST_KEY), user_seed.map(bytes))
}

fn golden() -> Golden {
    let host = HOSTS[0];
    let with_key = access(host, Some(USER_SEED)).expect("valid");
    let credentials = with_key.to_bytes();
    let changed = |why, at: usize, byte: u8| {
        let mut changed = credentials.clone();
        changed[at] = byte;
        Refused { why, credentials: hex::encode(changed) }
    };
    let cut = |why, length: usize| Refused { why, credentials: hex::encode(&credentials[..length]) };
    let with_host =
        |why, host: &[u8]| Refused { why, credentials: hex::encode([&credentials[..69], host].concat()) };
    let no_port = [&credentials[..3], &[0, 0], &credentials[5..]].concat();
    Golden {
        lease: LEASE.to_string(),
        alias: alias(&LEASE),
        host,
        port: with_key.port(),
        host_key: HOST_KEY,
        user_seed: USER_SEED,
        layout: Place::all([
            ("magic", 0, 1),
            ("version", 1, 1),
            ("flags", 2, 1),
            ("port", 3, 2),
            ("host_key", 5, 32),
            ("user_seed", 37, 32),
            ("host", 69, host.len()),
        ]),
        credentials_without_user_key: hex::encode(access(host, None).expect("valid").to_bytes()),
        host_key_line: with_key.host_key_line().expect("a line"),
        host_key_fingerprint: with_key.host_key_fingerprint(),
        user_public_line: with_key.user_public_line().expect("a line").expect("a key"),
        user_key_file: with_key.user_key_file(&LEASE).expect("a file").expect("a key"),
        known_hosts: with_key.known_hosts(&LEASE).expect("a file"),
        config: with_key
            .config(&LEASE, Files { key: "/folder/key", known_hosts: "/folder/known_hosts" })
            .expect("a block"),
        hosts: HOSTS,
        not_hosts: NO_HOSTS,
        refused: vec![
            changed("version 0", 1, 0),
            changed("a later version", 1, VERSION + 1),
            changed("an unknown flag", 2, 3),
            Refused { why: "port 0", credentials: hex::encode(no_port) },
            cut("the magic byte alone", 1),
            cut("no host", 69),
            cut("half a seed", 50),
            with_host("a host that is not UTF-8", &[0xff, b'a']),
            with_host("a host that is an option", b"-oProxyCommand=evil"),
            with_host("a byte behind the host", b"gpu-7.example.org\0"),
            with_host("a host that is too long", &[b'a'; 64]),
        ],
        credentials: hex::encode(credentials),
    }
}

#[test]
fn golden_access_is_as_recorded() {
    require_recorded("access.json", &golden());
}

#[test]
fn golden_bytes_are_read_and_all_others_refused() {
    let golden = golden();
    let read = |digits: &str| SshAccess::from_bytes(&hex::decode(digits).expect("hex"));
    assert_eq!(
        read(&golden.credentials).expect("valid"),
        access(golden.host, Some(USER_SEED)).expect("valid")
    );
    let own_key = read(&golden.credentials_without_user_key).expect("valid");
    assert_eq!(own_key, access(golden.host, None).expect("valid"));
    for Refused { why, credentials } in &golden.refused {
        assert!(read(credentials).is_err(), "{why}");
    }
    for host in golden.hosts {
        assert!(access(host, None).is_ok(), "{host}");
    }
    for host in golden.not_hosts {
        assert!(access(host, None).is_err(), "{host}");
    }
}

fn output(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output().expect("OpenSSH's client is installed");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn openssh_reads_the_golden_files() {
    let golden = golden();
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (key, known_hosts) = (path("key"), path("known_hosts"));
    fs::write(&key, &golden.user_key_file).expect("written");
    fs::write(&known_hosts, &golden.known_hosts).expect("written");
    output("chmod", &["600", &key]);
    let public = output("ssh-keygen", &["-y", "-f", &key]).stdout;
    let public = String::from_utf8(public).expect("UTF-8");
    assert_eq!(public.trim_end(), format!("{} {LEASE}", golden.user_public_line));
    let found = output("ssh-keygen", &["-F", &golden.lease, "-f", &known_hosts, "-l"]).stdout;
    assert!(String::from_utf8_lossy(&found).contains(&golden.host_key_fingerprint));
}
