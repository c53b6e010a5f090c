//! Who may log in: a folder with one file a lease, which the agent writes and the gateway reads at every login.
//!
//! A file is replaced whole, so that the gateway never sees half of one, and neither has to know whether the other runs.

use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use russh::keys::{Algorithm, PublicKey};
use serde::{Deserialize, Serialize};
use tempfile::Builder;

/// Most bytes of a file.
const MAX_FILE: usize = 64 * 1024;

/// Most keys of a lease, those of guards included.
const MAX_KEYS: usize = 64;

/// What the name of a file ends with.
const EXTENSION: &str = ".json";

/// Characters of an address in base58.
const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The name of a lease: its address in base58, which is also the user name at login. It is never a path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeaseName(String);

impl LeaseName {
    /// Its characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LeaseName {
    type Err = NotALease;

    fn from_str(name: &str) -> Result<Self, NotALease> {
        let is_lease = (32..=44).contains(&name.len()) && name.chars().all(|it| BASE58.contains(it));
        if is_lease { Ok(Self(name.to_owned())) } else { Err(NotALease) }
    }
}

impl fmt::Display for LeaseName {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for LeaseName {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A name that no lease has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the address of a lease: give its 32 to 44 characters of base58")]
pub struct NotALease;

/// Who may log in to a lease, and what is behind the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Admission {
    /// The slot in which the lease was opened: an address can have several lives.
    pub opened_slot: u64,
    /// Public keys of the renter's users, a line each as OpenSSH writes them.
    pub keys: Vec<String>,
    /// Public keys of guards, which may only use the agent's API.
    pub api_keys: Vec<String>,
    /// Public keys of verifiers, which may use less of it.
    #[serde(default)]
    pub verifier_keys: Vec<String>,
    /// The socket of the helper in the lease's container.
    pub socket: PathBuf,
    /// The socket of the agent's API.
    pub api: Option<PathBuf>,
    /// How far the door is open.
    pub access: Access,
    /// What is said where it is not.
    pub note: String,
}

/// How far the door to a lease's container is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// Not at all: who logs in is told why.
    Shut,
    /// Files may be read.
    Files,
    /// Everything.
    Open,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// The renter's.
    User,
    /// A guard's, which may only use the agent's API.
    Guard,
    /// That of the verifier whom the lease's terms name, which may use the agent's API to look and to sign.
    Verifier,
}

impl Admission {
    /// Whose key this is, if it may log in.
    pub fn role_of(&self, key: &PublicKey) -> Option<Role> {
        let is_in = |lines: &[String]| {
            let keys = lines.iter().filter_map(|line| PublicKey::from_openssh(line).ok());
            keys.into_iter().any(|it| it.key_data() == key.key_data())
        };
        match () {
            () if is_in(&self.keys) => Some(Role::User),
            () if is_in(&self.api_keys) => Some(Role::Guard),
            () if is_in(&self.verifier_keys) => Some(Role::Verifier),
            () => None,
        }
    }

    /// Whether somebody who logged in before may stay: nothing that let them in has been taken away.
    pub fn keeps(&self, before: &Admission, key: &PublicKey, role: Role) -> bool {
        self.opened_slot == before.opened_slot
            && self.access >= before.access
            && self.role_of(key) == Some(role)
    }

    fn check(&self) -> Result<()> {
        let lines = || self.keys.iter().chain(&self.api_keys).chain(&self.verifier_keys);
        ensure!(lines().count() <= MAX_KEYS, "a lease has at most {MAX_KEYS} keys");
        for line in lines() {
            let key = PublicKey::from_openssh(line).map(|it| it.algorithm());
            match key {
                Ok(Algorithm::Rsa { .. } | Algorithm::Dsa) | Err(_) => {
                    bail!("{line:?} is not a key that can log in: use an Ed25519 or ECDSA public key")
                }
                Ok(_) => {}
            }
        }
        Ok(())
    }
}

/// The folder of admissions.
#[derive(Clone, Debug)]
pub struct Admissions {
    folder: PathBuf,
}

impl Admissions {
    /// Takes a folder that exists. The agent may write there, the gateway may read.
    pub fn open(folder: &Path) -> Result<Self> {
        ensure!(folder.is_dir(), "there is no folder {}: create it for the agent", folder.display());
        Ok(Self { folder: folder.to_owned() })
    }

    /// Lets in whom this admission names, from the next login on, and nobody else.
    pub fn write(&self, lease: &LeaseName, admission: &Admission) -> Result<()> {
        admission.check().with_context(|| format!("lease {lease}"))?;
        let bytes = serde_json::to_vec(admission)?;
        ensure!(bytes.len() <= MAX_FILE, "the admission of lease {lease} is over {MAX_FILE} bytes");
        let path = self.path(lease);
        let write = || -> io::Result<()> {
            let mut new = Builder::new().prefix(".new-").tempfile_in(&self.folder)?;
            new.write_all(&bytes)?;
            // After a power cut it is the old or the new one, never an empty one.
            new.as_file().sync_all()?;
            // Who may enter the folder may read it: nothing in it is secret.
            new.as_file().set_permissions(Permissions::from_mode(0o644))?;
            new.persist(&path).map(drop).map_err(|it| it.error)
        };
        write().with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Lets nobody in.
    pub fn remove(&self, lease: &LeaseName) -> Result<()> {
        let path = self.path(lease);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// The admission of a lease, if it has one. That the folder cannot be seen is an error, and says nothing of the lease.
    pub fn read(&self, lease: &LeaseName) -> Result<Option<Admission>> {
        let path = self.path(lease);
        let read = || -> Result<Option<Admission>> {
            let file = match File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && self.folder.is_dir() => {
                    return Ok(None);
                }
                file => file?,
            };
            let mut bytes = Vec::new();
            file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes)?;
            ensure!(bytes.len() <= MAX_FILE, "it has over {MAX_FILE} bytes");
            Ok(Some(serde_json::from_slice(&bytes)?))
        };
        read().with_context(|| format!("{} cannot be read", path.display()))
    }

    /// The leases that have an admission.
    pub fn all(&self) -> Result<Vec<LeaseName>> {
        let mut leases = Vec::new();
        let entries = fs::read_dir(&self.folder)
            .with_context(|| format!("{} cannot be read", self.folder.display()))?;
        for entry in entries {
            let name = entry?.file_name();
            let lease = name.to_str().and_then(|it| it.strip_suffix(EXTENSION)).map(str::parse);
            leases.extend(lease.and_then(Result::ok));
        }
        leases.sort();
        Ok(leases)
    }

    fn path(&self, lease: &LeaseName) -> PathBuf {
        self.folder.join(format!("{lease}{EXTENSION}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
    const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAfHh0cGxoZGBcWFRQTEhEQDw4NDAsKCQgHBgUEAwIB";

    fn lease() -> LeaseName {
        "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM".parse().unwrap()
    }

    fn admission() -> Admission {
        Admission {
            opened_slot: 7,
            keys: vec![KEY.to_owned()],
            api_keys: vec![OTHER.to_owned()],
            verifier_keys: vec![],
            socket: "/run/helper.sock".into(),
            api: None,
            access: Access::Files,
            note: "The lease has ended.".to_owned(),
        }
    }

    fn key(line: &str) -> PublicKey {
        PublicKey::from_openssh(line).unwrap()
    }

    #[test]
    fn a_name_is_base58_of_32_to_44_characters_and_never_a_path() {
        let is_name = |name: &str| name.parse::<LeaseName>().is_ok();
        assert!(is_name(&"1".repeat(32)) && is_name(&"z".repeat(44)));
        assert!(!is_name(&"1".repeat(31)) && !is_name(&"z".repeat(45)));
        for strange in ["0", "O", "I", "l", "/", ".", "\0", "\n", " ", "é"] {
            assert!(!is_name(&format!("{}{strange}", "1".repeat(35))), "{strange:?}");
        }
        assert!(!is_name("../../../../../../../../etc/passwd"));
    }

    #[test]
    fn what_the_agent_writes_is_what_the_gateway_reads() {
        let folder = tempfile::tempdir().unwrap();
        let admissions = Admissions::open(folder.path()).unwrap();
        assert_eq!(admissions.read(&lease()).unwrap(), None);
        admissions.write(&lease(), &admission()).unwrap();
        assert_eq!(admissions.read(&lease()).unwrap(), Some(admission()));
        assert_eq!(admissions.all().unwrap(), [lease()]);
        admissions.remove(&lease()).unwrap();
        admissions.remove(&lease()).unwrap();
        assert_eq!(admissions.read(&lease()).unwrap(), None);
        assert_eq!(admissions.all().unwrap(), []);
    }

    #[test]
    fn the_file_is_named_and_spelled_as_documented() {
        let folder = tempfile::tempdir().unwrap();
        let admissions = Admissions::open(folder.path()).unwrap();
        admissions.write(&lease(), &admission()).unwrap();
        let text = fs::read_to_string(folder.path().join(format!("{}.json", lease()))).unwrap();
        let expected = format!(
            r#"{{"openedSlot":7,"keys":["{KEY}"],"apiKeys":["{OTHER}"],"verifierKeys":[],"socket":"/run/helper.sock","api":null,"access":"files","note":"The lease has ended."}}"#
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn a_file_that_is_too_big_or_no_admission_is_an_error_and_lets_nobody_in() {
        let folder = tempfile::tempdir().unwrap();
        let admissions = Admissions::open(folder.path()).unwrap();
        let path = folder.path().join(format!("{}.json", lease()));
        fs::write(&path, "{}").unwrap();
        assert!(admissions.read(&lease()).is_err());
        let mut long = admission();
        long.note = "x".repeat(MAX_FILE);
        fs::write(&path, serde_json::to_vec(&long).unwrap()).unwrap();
        assert!(format!("{:#}", admissions.read(&lease()).unwrap_err()).contains("over 65536 bytes"));
        assert!(admissions.write(&lease(), &long).is_err());
    }

    #[test]
    fn a_folder_that_is_gone_is_an_error_and_not_an_admission_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let admissions = Admissions::open(folder.path()).unwrap();
        folder.close().unwrap();
        assert!(admissions.read(&lease()).is_err());
    }

    #[test]
    fn a_key_that_could_never_log_in_is_refused_when_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let admissions = Admissions::open(folder.path()).unwrap();
        let mut strange = admission();
        strange.keys.push("ssh-ed25519 nonsense".to_owned());
        let error = format!("{:#}", admissions.write(&lease(), &strange).unwrap_err());
        assert!(error.contains("use an Ed25519 or ECDSA public key"), "{error}");
    }

    #[test]
    fn a_key_has_the_role_of_the_list_it_is_in() {
        let both = admission();
        assert_eq!(both.role_of(&key(KEY)), Some(Role::User));
        assert_eq!(both.role_of(&key(OTHER)), Some(Role::Guard));
        assert_eq!(Admission { keys: vec![], ..both.clone() }.role_of(&key(KEY)), None);
        // Of several lists, the one that lets in to most counts.
        let verifier = Admission { verifier_keys: vec![KEY.to_owned(), OTHER.to_owned()], ..both.clone() };
        assert_eq!(verifier.role_of(&key(KEY)), Some(Role::User));
        assert_eq!(verifier.role_of(&key(OTHER)), Some(Role::Guard));
        let alone = Admission { keys: vec![], api_keys: vec![], ..verifier };
        assert_eq!(alone.role_of(&key(OTHER)), Some(Role::Verifier));
    }

    #[test]
    fn an_admission_that_names_no_verifiers_has_none() {
        let mut written = serde_json::to_value(admission()).unwrap();
        written.as_object_mut().unwrap().remove("verifierKeys");
        assert_eq!(serde_json::from_value::<Admission>(written).unwrap(), admission());
    }

    #[test]
    fn one_stays_as_long_as_nothing_is_taken_away() {
        let before = admission();
        let keeps = |now: &Admission| now.keeps(&before, &key(KEY), Role::User);
        assert!(keeps(&before));
        assert!(keeps(&Admission { access: Access::Open, ..admission() }));
        assert!(!keeps(&Admission { access: Access::Shut, ..admission() }));
        assert!(!keeps(&Admission { opened_slot: 8, ..admission() }));
        assert!(!keeps(&Admission { keys: vec![OTHER.to_owned()], ..admission() }));
        let demoted = Admission { keys: vec![], api_keys: vec![KEY.to_owned()], ..admission() };
        assert!(!keeps(&demoted));
    }
}
