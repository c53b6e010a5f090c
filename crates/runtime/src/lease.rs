//! A lease as the machine sees it. What is in here comes from the renter: it is checked before an engine hears of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Result, refused};

/// A life of a lease: its address, and when it was opened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Life {
    /// Address of the lease.
    pub lease: String,
    /// Slot in which it was opened: the same address may be opened again.
    pub opened_slot: u64,
}

impl From<Life> for (String, u64) {
    fn from(Life { lease, opened_slot }: Life) -> Self {
        (lease, opened_slot)
    }
}

impl From<(String, u64)> for Life {
    fn from((lease, opened_slot): (String, u64)) -> Self {
        Self { lease, opened_slot }
    }
}

/// What a lease is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The image, by name or digest.
    pub image: String,
    /// Its cards, by UUID.
    pub cards: Vec<String>,
    /// Variables.
    pub env: BTreeMap<String, String>,
    /// What it may use of the machine.
    pub limits: Limits,
}

/// What a lease may use of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Thousandths of a processor core.
    pub millicores: u64,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes of `/dev/shm`.
    pub shared_memory: u64,
    /// Processes and threads.
    pub processes: u32,
    /// Bytes of disk for the container and its workspace; `None` where the machine cannot limit them.
    pub disk: Option<u64>,
}

/// What there is of a lease on the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Whose it is.
    pub life: Life,
    /// What it was made with.
    pub spec: Spec,
    /// Whether it runs.
    pub is_running: bool,
}

/// What a lease uses now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Nanoseconds of processor time since it began.
    pub processor: u64,
    /// Bytes of memory.
    pub memory: u64,
    /// Processes and threads.
    pub processes: u32,
}

/// Longest address: 32 bytes in base 58.
const LONGEST_ADDRESS: usize = 44;

/// Most variables, and most bytes of all of them: what a command line of Linux holds, with room for the image's own.
const MOST_VARIABLES: usize = 256;
const MOST_BYTES_OF_VARIABLES: usize = 64 * 1024;

impl Life {
    /// Its name on the machine. It becomes a part of paths, so an address is taken for one only if it looks like one.
    pub(crate) fn name(&self) -> Result<String> {
        let Self { lease, opened_slot } = self;
        let is_address = (1..=LONGEST_ADDRESS).contains(&lease.len())
            && lease.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_address {
            return refused(format!("{lease:?} is not the address of a lease: give it in base 58"));
        }
        Ok(format!("gpu-lease-{lease}-{opened_slot}"))
    }

    /// A short name, for paths of sockets and names of network devices, which Linux cuts at 108 and 15 bytes.
    pub(crate) fn short(&self) -> String {
        let digest = Sha256::digest(format!("{}-{}", self.lease, self.opened_slot));
        hex::encode(&digest[..8])
    }
}

impl Spec {
    /// Tells specs apart.
    pub(crate) fn digest(&self) -> Result<String> {
        let Ok(json) = serde_json::to_vec(self) else {
            return refused("this spec cannot be written as JSON");
        };
        Ok(hex::encode(Sha256::digest(json)))
    }

    /// Refuses what an engine should not hear of.
    pub(crate) fn check(&self) -> Result<()> {
        check_image(&self.image)?;
        for card in &self.cards {
            let is_uuid = card.strip_prefix("GPU-").is_some_and(|rest| {
                (1..=64).contains(&rest.len())
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
            if !is_uuid {
                return refused(format!(
                    "{card:?} is not the UUID of a card: nvidia-smi -L prints them, as GPU-…"
                ));
            }
        }
        let bytes = self.env.iter().map(|(name, value)| name.len() + value.len() + 2).sum::<usize>();
        if self.env.len() > MOST_VARIABLES || bytes > MOST_BYTES_OF_VARIABLES {
            return refused(format!(
                "too many variables: at most {MOST_VARIABLES}, and {MOST_BYTES_OF_VARIABLES} bytes in all"
            ));
        }
        for (name, value) in &self.env {
            let is_name = name.bytes().enumerate().all(|(at, byte)| {
                byte == b'_' || byte.is_ascii_alphabetic() || at > 0 && byte.is_ascii_digit()
            });
            if name.is_empty() || !is_name || value.contains('\0') {
                return refused(format!(
                    "the variable {name:?} cannot be set: its name takes letters, digits and _, and its value no zero byte"
                ));
            }
        }
        Ok(())
    }
}

/// The name of an image becomes a part of the paths that an engine is asked for.
pub(crate) fn check_image(image: &str) -> Result<()> {
    let is_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte);
    let is_name = (1..=255).contains(&image.len())
        && image.bytes().all(is_byte)
        && image.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && image.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    if !is_name {
        return refused(format!(
            "{image:?} is not the name of an image: give it as REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:DIGEST"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::error::Error;

    fn spec() -> Spec {
        let limits = Limits { millicores: 1, memory: 1, shared_memory: 1, processes: 1, disk: None };
        Spec { image: "busybox".into(), cards: vec![], env: BTreeMap::new(), limits }
    }

    #[rstest]
    #[case::a_path("../../etc")]
    #[case::nothing("")]
    #[case::an_option("-rf")]
    #[case::too_long("1111111111111111111111111111111111111111111111")]
    fn an_address_that_is_none_gets_no_name(#[case] lease: &str) {
        let life = Life { lease: lease.into(), opened_slot: 1 };
        assert!(matches!(life.name(), Err(Error::Refused(_))));
    }

    #[test]
    fn two_lives_of_one_address_have_other_names() {
        let lives = [1, 2].map(|opened_slot| Life { lease: "A".into(), opened_slot });
        assert_ne!(lives[0].name().unwrap(), lives[1].name().unwrap());
        assert_ne!(lives[0].short(), lives[1].short());
    }

    #[rstest]
    #[case("busybox", true)]
    #[case("registry.example:5000/a/b:1.2-x", true)]
    #[case("a@sha256:0123", true)]
    #[case("../containers/x", false)]
    #[case("a/../b", false)]
    #[case("a?all=1", false)]
    #[case("a%2e%2e", false)]
    #[case("a b", false)]
    #[case("-a", false)]
    #[case("", false)]
    fn an_image_is_a_name_and_never_a_path_or_a_query(#[case] image: &str, #[case] is_name: bool) {
        assert_eq!(check_image(image).is_ok(), is_name);
    }

    #[rstest]
    #[case("GPU-0b1c", true)]
    #[case("all", false)]
    #[case("GPU-", false)]
    #[case("GPU-0=all", false)]
    fn a_card_is_one_card(#[case] card: &str, #[case] is_card: bool) {
        assert_eq!(Spec { cards: vec![card.into()], ..spec() }.check().is_ok(), is_card);
    }

    #[rstest]
    #[case("PATH", "/bin", true)]
    #[case("_A1", "", true)]
    #[case("1A", "", false)]
    #[case("", "", false)]
    #[case("A=B", "", false)]
    #[case("A", "\0", false)]
    fn a_variable_has_a_name_and_a_value(#[case] name: &str, #[case] value: &str, #[case] is_one: bool) {
        let env = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        assert_eq!(Spec { env, ..spec() }.check().is_ok(), is_one);
    }

    #[test]
    fn variables_have_a_limit() {
        let value = |length: usize| BTreeMap::from([("A".to_owned(), "x".repeat(length))]);
        assert!(Spec { env: value(MOST_BYTES_OF_VARIABLES - 3), ..spec() }.check().is_ok());
        assert!(Spec { env: value(MOST_BYTES_OF_VARIABLES - 2), ..spec() }.check().is_err());
    }
}
