//! Where an offer's description says that its machines are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use gpu_lease_client::listing::{Description, Listing, MOST_BYTES, Ssh};
use gpu_lease_client::state::{Lease, Offer};
use sha2::{Digest, Sha256};

/// Where the machines of `lease` are, by one of these files, or of those in these folders: the one whose hash the lease's renter
/// has signed with its offer.
pub fn described(offer: &Offer, lease: &Lease, files: &[PathBuf]) -> Result<Ssh> {
    ensure!(
        offer.content_hash() == lease.offer_hash,
        "its offer was changed since it was opened: where its machine is does not follow from that any more"
    );
    let hash = offer.listing.description_hash;
    for file in files {
        for bytes in all_in(file)? {
            if Sha256::digest(&bytes)[..] == hash {
                return ssh(&bytes);
            }
        }
    }
    bail!(
        "the description of its offer, of which the sha256 is {}, is not among the files",
        hex::encode(hash)
    )
}

fn ssh(description: &[u8]) -> Result<Ssh> {
    let Description::Listing(listing) = Description::parse(description)? else {
        bail!("the description of its offer is for people, and does not say where its machines are");
    };
    let Listing { ssh, .. } = *listing;
    ssh.context("the description of its offer has no `ssh`: where its machines are is not said")
}

/// The content of a file, or of those in a folder, as far as they can be descriptions.
fn all_in(path: &Path) -> Result<Vec<Vec<u8>>> {
    let unreadable = || format!("{} cannot be read", path.display());
    let files: Vec<PathBuf> = match path.is_dir() {
        false => vec![path.to_owned()],
        true => {
            let entries = fs::read_dir(path).with_context(unreadable)?;
            let paths = entries.map(|entry| Ok(entry?.path()));
            paths.collect::<std::io::Result<_>>().with_context(unreadable)?
        }
    };
    let mut all = Vec::new();
    for file in files {
        let about = fs::metadata(&file).with_context(unreadable)?;
        if about.is_file() && about.len() <= MOST_BYTES as u64 {
            all.push(fs::read(&file).with_context(unreadable)?);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = r#"{ "version": 1, "ssh": { "host": "gpu-7.example.org", "port": 2222,
        "hostKeyFingerprint": "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" } }"#;

    /// An offer with this description, and a lease on it.
    fn leased(description: &str) -> (Offer, Lease) {
        let mut offer: Offer = bytemuck::Zeroable::zeroed();
        offer.listing.description_hash = Sha256::digest(description).into();
        let mut lease: Lease = bytemuck::Zeroable::zeroed();
        lease.offer_hash = offer.content_hash();
        (offer, lease)
    }

    #[test]
    fn a_machine_is_where_the_description_says_whose_hash_was_signed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("other.json"), "{ \"version\": 1 }").unwrap();
        fs::write(path("big"), vec![b'x'; MOST_BYTES + 1]).unwrap();
        fs::create_dir(path("folder")).unwrap();
        let (mut offer, lease) = leased(LISTING);
        let files = [folder.path().to_owned()];
        let missing = described(&offer, &lease, &files).unwrap_err().to_string();
        assert!(missing.contains(&hex::encode(offer.listing.description_hash)), "{missing}");
        fs::write(path("listing.json"), LISTING).unwrap();
        for files in [&files[..], &[path("other.json"), path("listing.json")]] {
            let ssh = described(&offer, &lease, files).unwrap();
            assert_eq!((ssh.host.as_str(), ssh.port), ("gpu-7.example.org", 2222));
        }
        // Another offer than the renter has signed for says nothing of its machine.
        offer.terms.price += 1;
        assert!(described(&offer, &lease, &files).unwrap_err().to_string().contains("was changed"));
    }

    #[test]
    fn a_description_that_says_nothing_of_a_machine_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("description");
        for (text, why) in [("Fast cards.", "for people"), ("{ \"version\": 1 }", "no `ssh`")] {
            fs::write(&file, text).unwrap();
            let (offer, lease) = leased(text);
            let refused = described(&offer, &lease, std::slice::from_ref(&file)).unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
