//! What a renter has its lease begin with, in place of what the offer says.

use std::collections::BTreeMap;

use gpu_lease_client::ssh::{public_key_line, read_public_key};
use serde::{Deserialize, Serialize};

use super::policy::Policy;

/// An image, a key and variables of the renter's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Launch {
    /// The image, by its digest: what is pulled is what was asked for.
    pub image: String,
    /// The Ed25519 public key that the user logs in with, as OpenSSH writes it; without one it is the one-time key.
    #[serde(default)]
    pub ssh_key: Option<String>,
    /// Variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// Why it is not launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLaunched {
    /// By a tag, which can be moved, or not at all.
    #[error("give the image by its digest, as REPOSITORY@sha256:DIGEST")]
    NoDigest,
    /// The provider does not want it.
    #[error("this provider launches no image of this repository")]
    Repository,
    /// Another key, or none.
    #[error("the SSH key has to be an Ed25519 public key, as ssh-ed25519 AAAA…")]
    Key,
    /// They would say which cards there are, or what the machine says itself.
    #[error("variables that begin with GPU_LEASE_ or NVIDIA_ are the machine's")]
    Variable,
}

/// How the names of variables begin that are the machine's: container toolkits choose cards by them.
const RESERVED: [&str; 2] = ["GPU_LEASE_", "NVIDIA_"];

impl Launch {
    /// The same with its key as a door has it, if this provider launches it.
    pub fn checked(self, policy: &Policy) -> Result<Self, NotLaunched> {
        let (repository, digest) = self.image.split_once("@sha256:").ok_or(NotLaunched::NoDigest)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digest.len() != 64 || !digest.bytes().all(is_digit) {
            return Err(NotLaunched::NoDigest);
        }
        if !policy.images.iter().any(|pattern| matches(pattern, repository)) {
            return Err(NotLaunched::Repository);
        }
        let is_reserved =
            |name: &String| RESERVED.iter().any(|start| name.to_ascii_uppercase().starts_with(start));
        if self.env.keys().any(is_reserved) {
            return Err(NotLaunched::Variable);
        }
        let key = self.ssh_key.map(|line| public_key_line(read_public_key(&line)?)).transpose();
        let ssh_key = key.map_err(|_| NotLaunched::Key)?;
        Ok(Self { ssh_key, ..self })
    }
}

/// Whether a repository is one of `pattern`: itself, or what it begins with in front of a star.
fn matches(pattern: &str, repository: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => repository.starts_with(start),
        None => repository == pattern,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA0iiVf4yE66gcRA6qG6Z5UR2oWiRF4CnwVyEezkXLQO";

    fn policy() -> Policy {
        let images = ["docker.io/library/debian", "ghcr.io/acme/*"].map(str::to_owned).into();
        Policy { images, ..Policy::default() }
    }

    fn checked(change: impl FnOnce(&mut Launch)) -> Result<Launch, NotLaunched> {
        let image = format!("ghcr.io/acme/train@sha256:{}", "0a".repeat(32));
        let mut launch = Launch { image, ssh_key: None, env: BTreeMap::new() };
        change(&mut launch);
        launch.checked(&policy())
    }

    #[rstest]
    #[case("docker.io/library/debian", true)]
    #[case("docker.io/library/debian-evil", false)]
    #[case("ghcr.io/acme/a/b", true)]
    #[case("ghcr.io/acme", false)]
    #[case("ghcr.io/acmeevil/x", false)]
    #[case("", false)]
    fn an_image_is_of_a_repository_that_the_provider_names(#[case] repository: &str, #[case] is_let: bool) {
        let result = checked(|it| it.image = format!("{repository}@sha256:{}", "0".repeat(64)));
        assert_eq!(result.map(drop), if is_let { Ok(()) } else { Err(NotLaunched::Repository) });
    }

    #[rstest]
    #[case("ghcr.io/acme/x:latest")]
    #[case("ghcr.io/acme/x")]
    #[case("ghcr.io/acme/x@sha256:")]
    #[case("ghcr.io/acme/x@sha256:0A0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a")]
    #[case("ghcr.io/acme/x@sha256:000000000000000000000000000000000000000000000000000000000000000/")]
    fn a_name_that_can_be_moved_is_refused(#[case] image: &str) {
        assert_eq!(checked(|it| it.image = image.to_owned()), Err(NotLaunched::NoDigest));
    }

    #[test]
    fn a_key_is_kept_without_its_comment() {
        let launch = checked(|it| it.ssh_key = Some(format!("{KEY} me@home"))).unwrap();
        assert_eq!(launch.ssh_key.as_deref(), Some(KEY));
        for other in ["", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQ==", "command=\"x\" ssh-ed25519 AAAA"] {
            assert_eq!(checked(|it| it.ssh_key = Some(other.to_owned())), Err(NotLaunched::Key), "{other}");
        }
    }

    #[test]
    fn nobody_chooses_cards_by_a_variable() {
        for name in ["NVIDIA_VISIBLE_DEVICES", "nvidia_x", "GPU_LEASE_SIMULATED_CARDS"] {
            let set = |it: &mut Launch| _ = it.env.insert(name.to_owned(), "all".to_owned());
            assert_eq!(checked(set), Err(NotLaunched::Variable), "{name}");
        }
        assert!(checked(|it| _ = it.env.insert("CUDA_VISIBLE_DEVICES".to_owned(), "0".to_owned())).is_ok());
    }
}
