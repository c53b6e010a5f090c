//! Access by SSH: what a provider's machine publishes, and the files that OpenSSH makes use of.
//!
//! The user name is the lease. The machine's host key is pinned, so whoever is between renter and machine, a relay for
//! instance, can neither read nor pretend. Layout: docs/protocol/access.md.

use crate::error::{Error, Result};
use core::net::{Ipv4Addr, Ipv6Addr};
use solana_address::Address;
use ssh_key::{
    HashAlg, LineEnding, PrivateKey, PublicKey,
    private::{Ed25519Keypair, KeypairData},
    public::{Ed25519PublicKey, KeyData},
};
use std::{fmt, num::NonZeroU16};

/// The first byte, with which no text in UTF-8 begins.
pub const MAGIC: u8 = 0xff;

/// The second byte.
pub const VERSION: u8 = 1;

/// The third byte, if the seed of a user key is in it; otherwise zero.
const HAS_USER_KEY: u8 = 1;

const KEY_SIZE: usize = 32;

/// Most bytes of a name in DNS.
const MAX_HOST: usize = 253;

/// How a renter logs in to a machine.
#[derive(Clone, PartialEq, Eq)]
pub struct SshAccess {
    host: String,
    port: NonZeroU16,
    host_key: [u8; KEY_SIZE],
    user_seed: Option<[u8; KEY_SIZE]>,
}

/// Where the files of one lease are, as OpenSSH's configuration names them.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// The user's private key.
    pub key: &'a str,
    /// What [`SshAccess::known_hosts`] says.
    pub known_hosts: &'a str,
}

impl SshAccess {
    /// Access at `host`, an address or a name in small letters, to a machine with this Ed25519 host key. `user_seed` is
    /// that of a one-time Ed25519 user key; without it the renter logs in with a key of its own.
    pub fn new(
        host: &str,
        port: u16,
        host_key: [u8; KEY_SIZE],
        user_seed: Option<[u8; KEY_SIZE]>,
    ) -> Result<Self> {
        let advice = "let the provider publish an address, or a name in small letters, and a port";
        if !is_host(host) {
            return Err(Error::input("the host is neither an IP address nor a name in DNS", advice));
        }
        let port = NonZeroU16::new(port).ok_or_else(|| Error::input("there is no port 0", advice))?;
        Ok(Self { host: host.to_owned(), port, host_key, user_seed })
    }

    /// Reads the bytes of [`to_bytes`](Self::to_bytes), and no others.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let malformed = || {
            Error::input(
                "the credentials are not an SSH access",
                "let the provider publish the credentials again",
            )
        };
        let (header, rest) = bytes.split_first_chunk().ok_or_else(malformed)?;
        let has_user_key = match *header {
            [MAGIC, VERSION, 0] => false,
            [MAGIC, VERSION, HAS_USER_KEY] => true,
            [MAGIC, version, _] if version > VERSION => {
                return Err(Error::input(
                    format!("the credentials have version {version}, which is not known here"),
                    "use a newer version of gpu-lease",
                ));
            }
            _ => return Err(malformed()),
        };
        let (port, rest) = rest.split_first_chunk().ok_or_else(malformed)?;
        let (host_key, rest) = rest.split_first_chunk().ok_or_else(malformed)?;
        let (user_seed, host) = match has_user_key {
            true => rest.split_first_chunk().map(|(seed, host)| (Some(*seed), host)).ok_or_else(malformed)?,
            false => (None, rest),
        };
        let host = str::from_utf8(host).map_err(|_| malformed())?;
        Self::new(host, u16::from_le_bytes(*port), *host_key, user_seed)
    }

    /// What is encrypted to the renter: magic, version, flags, port, host key, seed if there is one, host.
    pub fn to_bytes(&self) -> Vec<u8> {
        let flags = if self.user_seed.is_some() { HAS_USER_KEY } else { 0 };
        let seed = self.user_seed.as_ref().map_or(&[][..], |seed| seed);
        let port = self.port.get().to_le_bytes();
        [&[MAGIC, VERSION, flags][..], &port, &self.host_key, seed, self.host.as_bytes()].concat()
    }

    /// An IP address, or a name in DNS.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Never zero.
    pub fn port(&self) -> u16 {
        self.port.get()
    }

    /// The machine's Ed25519 public key.
    pub fn host_key(&self) -> &[u8; KEY_SIZE] {
        &self.host_key
    }

    /// Whether the provider made a key for the renter. If not, the renter logs in with a key of its own.
    pub fn has_user_key(&self) -> bool {
        self.user_seed.is_some()
    }

    /// The host key as OpenSSH writes public keys: `ssh-ed25519 AAAA…`.
    pub fn host_key_line(&self) -> Result<String> {
        public_line(self.host_public_key())
    }

    /// The host key as OpenSSH shows it to people: `SHA256:…`.
    pub fn host_key_fingerprint(&self) -> String {
        self.host_public_key().fingerprint(HashAlg::Sha256).to_string()
    }

    /// The user's public key, which a machine lets in: `ssh-ed25519 AAAA…`.
    pub fn user_public_line(&self) -> Result<Option<String>> {
        self.user_keypair().map(|pair| public_line(KeyData::Ed25519(pair.public))).transpose()
    }

    /// The user's private key as a file for OpenSSH, without a passphrase.
    pub fn user_key_file(&self, lease: &Address) -> Result<Option<String>> {
        let text =
            |pair| PrivateKey::new(KeypairData::Ed25519(pair), lease.to_string())?.to_openssh(LineEnding::LF);
        self.user_keypair()
            .map(|pair| text(pair).map(|text| text.to_string()).map_err(unwritable))
            .transpose()
    }

    /// A file of known hosts, in which the machine is called by its lease.
    pub fn known_hosts(&self, lease: &Address) -> Result<String> {
        Ok(format!("{lease} {}\n", self.host_key_line()?))
    }

    /// A block of `~/.ssh/config` for [`alias`]. It names what keeps the renter safe from the machine, whatever else the
    /// configuration says: no other host key counts, and neither other keys, passwords nor an agent are offered.
    pub fn config(&self, lease: &Address, files: Files) -> Result<String> {
        // The renter's own key may be in its agent.
        let agent = if self.has_user_key() { "    IdentityAgent none\n" } else { "" };
        Ok(format!(
            "Host {alias}\n    \
                 HostName {host}\n    \
                 Port {port}\n    \
                 User {lease}\n    \
                 HostKeyAlias {lease}\n    \
                 HostKeyAlgorithms ssh-ed25519\n    \
                 UserKnownHostsFile {known_hosts}\n    \
                 StrictHostKeyChecking yes\n    \
                 VerifyHostKeyDNS no\n    \
                 UpdateHostKeys no\n    \
                 IdentityFile {key}\n    \
                 IdentitiesOnly yes\n\
                 {agent}    \
                 PreferredAuthentications publickey\n    \
                 ForwardAgent no\n    \
                 ForwardX11 no\n    \
                 ServerAliveInterval 30\n",
            alias = alias(lease),
            host = self.host,
            port = self.port,
            known_hosts = quoted(files.known_hosts)?,
            key = quoted(files.key)?,
        ))
    }

    fn host_public_key(&self) -> KeyData {
        KeyData::Ed25519(Ed25519PublicKey(self.host_key))
    }

    fn user_keypair(&self) -> Option<Ed25519Keypair> {
        self.user_seed.as_ref().map(Ed25519Keypair::from_seed)
    }
}

/// Shows no secret.
impl fmt::Debug for SshAccess {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "SshAccess({} port {}, {})", self.host, self.port, self.host_key_fingerprint())
    }
}

/// An Ed25519 public key as OpenSSH writes it: `ssh-ed25519 AAAA…`. Keys of Solana are such keys: whoever has one can log in
/// with it.
pub fn public_key_line(key: [u8; KEY_SIZE]) -> Result<String> {
    public_line(KeyData::Ed25519(Ed25519PublicKey(key)))
}

/// The Ed25519 public key that such a line says, with a comment or without.
pub fn read_public_key(line: &str) -> Result<[u8; KEY_SIZE]> {
    match PublicKey::from_openssh(line).ok().map(|key| key.key_data().clone()) {
        Some(KeyData::Ed25519(Ed25519PublicKey(key))) => Ok(key),
        _ => Err(Error::input(
            "this is not an Ed25519 public key as OpenSSH writes it",
            "give the file that `ssh-keygen -t ed25519` made, with the name that ends in .pub",
        )),
    }
}

/// What a lease's machine is called on the renter's: the lease's address, cut short, in small letters, since programs
/// write names of hosts so.
pub fn alias(lease: &Address) -> String {
    format!("gpu-lease-{:.8}", lease.to_string()).to_lowercase()
}

fn public_line(key: KeyData) -> Result<String> {
    PublicKey::new(key, "").to_openssh().map_err(unwritable)
}

fn unwritable(error: ssh_key::Error) -> Error {
    Error::input(format!("the SSH key cannot be written: {error}"), "try again")
}

/// A path in OpenSSH's configuration, where some characters mean something, each in some versions only.
fn quoted(path: &str) -> Result<String> {
    match path.contains(|character: char| character.is_control() || "\"\\%$".contains(character)) {
        true => Err(Error::input(
            format!("ssh's configuration cannot name {path:?}"),
            "choose a folder whose path has no quotation mark, backslash, percent or dollar sign",
        )),
        false => Ok(format!("\"{path}\"")),
    }
}

/// Whether that is an IP address in its usual form, or a name in small letters. Neither begins with a hyphen, which `ssh`
/// would take for an option.
fn is_host(host: &str) -> bool {
    let is_v4 = || host.parse().is_ok_and(|address: Ipv4Addr| address.to_string() == host);
    let is_v6 = || {
        host.parse().is_ok_and(|address: Ipv6Addr| {
            // Others write such an address of version 4 in another form.
            address.to_ipv4_mapped().is_none() && address.to_string() == host
        })
    };
    is_name(host) || is_v4() || is_v6()
}

fn is_name(host: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| is_letter(&byte))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label that begins with a digit could be a part of an address.
    let is_last = |label: &str| label.starts_with(|first: char| first.is_ascii_lowercase());
    host.len() <= MAX_HOST && host.split('.').all(is_label) && host.rsplit('.').next().is_some_and(is_last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEASE: Address = Address::new_from_array([8; 32]);
    const FILES: Files = Files { key: "/home/a b/key", known_hosts: "/home/a b/known_hosts" };

    fn access() -> SshAccess {
        SshAccess::new("gpu-7.example.org", 2222, [3; 32], Some([4; 32])).unwrap()
    }

    fn hosts() -> impl Strategy<Value = String> {
        let name = "([a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?\\.){0,4}[a-z]([a-z0-9-]{0,10}[a-z0-9])?";
        let v6 = any::<u128>().prop_map(Ipv6Addr::from);
        prop_oneof![
            name,
            any::<Ipv4Addr>().prop_map(|address| address.to_string()),
            v6.prop_filter("not of version 4", |address| address.to_ipv4_mapped().is_none())
                .prop_map(|address| address.to_string()),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_and_fits(
            host in hosts(), port in 1_u16.., host_key: [u8; 32], seed: Option<[u8; 32]>,
        ) {
            let access = SshAccess::new(&host, port, host_key, seed).unwrap();
            let bytes = access.to_bytes();
            prop_assert!(bytes.len() <= crate::access::MAX_CREDENTIALS);
            prop_assert_eq!(SshAccess::from_bytes(&bytes).unwrap(), access);
        }

        #[test]
        fn what_is_read_has_no_other_bytes(
            flags in 0_u8..3, rest in prop::collection::vec(any::<u8>(), 30..70), host in "[a-z.:0-9-]{0,9}",
        ) {
            let bytes = [&[MAGIC, VERSION, flags], &rest[..], host.as_bytes()].concat();
            if let Ok(access) = SshAccess::from_bytes(&bytes) {
                prop_assert_eq!(access.to_bytes(), bytes);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = SshAccess::from_bytes(&bytes);
        }

        #[test]
        fn no_host_is_an_option_or_a_second_word(host in ".{0,20}") {
            if is_host(&host) {
                prop_assert!(!host.starts_with('-'));
                prop_assert!(host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-".contains(&byte)));
            }
        }
    }

    #[test]
    fn the_longest_name_fits_and_a_longer_one_is_refused() {
        let longest = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".");
        assert_eq!(longest.len(), MAX_HOST);
        let bytes = SshAccess::new(&longest, 22, [3; 32], Some([4; 32])).unwrap().to_bytes();
        assert!(bytes.len() <= crate::access::MAX_CREDENTIALS);
        for longer in [format!("{longest}d"), "a".repeat(64)] {
            assert!(SshAccess::new(&longer, 22, [3; 32], None).is_err());
        }
    }

    #[test]
    fn cut_off_and_changed_bytes_are_refused() {
        let bytes = access().to_bytes();
        for length in 0..bytes.len() - "gpu-7.example.org".len() + 1 {
            assert!(SshAccess::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        for (index, byte) in [(0, 0), (1, 0), (2, 2), (3, 0)] {
            let mut changed = bytes.clone();
            changed[index] = byte;
            // Port 2222 has another second byte.
            changed[4] = if index == 3 { 0 } else { changed[4] };
            assert!(SshAccess::from_bytes(&changed).is_err(), "{index}");
        }
    }

    #[test]
    fn a_later_version_asks_for_a_newer_reader() {
        let mut bytes = access().to_bytes();
        bytes[1] = 2;
        assert!(SshAccess::from_bytes(&bytes).unwrap_err().sentence().contains("newer version of gpu-lease"));
    }

    #[test]
    fn a_path_that_ssh_would_read_as_something_else_is_refused() {
        for path in ["/a\nProxyCommand evil", "/a\"b", "/a%h", "/${HOME}", "C:\\key"] {
            assert!(access().config(&LEASE, Files { key: path, ..FILES }).is_err(), "{path}");
        }
        assert!(access().config(&LEASE, FILES).unwrap().contains("IdentityFile \"/home/a b/key\"\n"));
    }

    #[test]
    fn no_secret_is_in_what_is_shown() {
        let shown = format!("{:?} {}", access(), access().config(&LEASE, FILES).unwrap());
        let file = access().user_key_file(&LEASE).unwrap().unwrap();
        let secret = file.lines().nth(3).unwrap();
        assert!(!shown.contains(secret) && !shown.contains(&hex::encode([4; 32])), "{shown}");
    }

    #[test]
    fn who_brings_a_key_has_no_key_file_and_may_use_an_agent() {
        let own = SshAccess::new("203.0.113.7", 22, [3; 32], None).unwrap();
        assert_eq!((own.user_key_file(&LEASE).unwrap(), own.user_public_line().unwrap()), (None, None));
        assert!(!own.config(&LEASE, FILES).unwrap().contains("IdentityAgent"));
        assert!(access().config(&LEASE, FILES).unwrap().contains("IdentityAgent none"));
    }
}
