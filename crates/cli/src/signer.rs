//! Where keys come from: a file, standard input, a seed phrase that is typed, a hardware wallet.

use crate::{config::expand_home, failure::Kind};
use anyhow::{Context, Result, anyhow, bail, ensure};
// The manifest chooses its way to USB devices: Linux's own, which needs no libudev.
use hidapi as _;
use solana_clap_v3_utils::{
    input_parsers::signer::{SignerSource, SignerSourceKind},
    keypair::keypair_from_seed_phrase,
};
use solana_keypair::Keypair;
use solana_remote_wallet::{remote_keypair::generate_remote_keypair, remote_wallet::maybe_wallet_manager};
use solana_signer::Signer;
use std::{fs::File, io};

/// A key that signs, on this machine or in a hardware wallet.
pub type Key = Box<dyn Signer>;

/// Reads the key that `source` names, as the Solana tools do: a file, `-`, `prompt://` or `usb://ledger`.
pub fn read(source: &str) -> Result<Key> {
    find(source).map_err(|error| Kind::Key.error(error))
}

fn find(source: &str) -> Result<Key> {
    let scheme = source.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("usb" | "prompt") => named(source),
        Some("stdin") => standard_input(),
        Some("file") => file(source.strip_prefix("file://").unwrap_or(source)),
        _ if source == "-" => standard_input(),
        _ => file(source),
    }
}

/// Requires a key that signs anything: hardware wallets sign transactions only.
pub fn require_for_messages(key: &Key) -> Result<()> {
    ensure!(
        !key.is_interactive(),
        "a hardware wallet signs transactions only, and this is a message; sign it with a key in a file: as a renter name one \
         with `gpu-lease lease session-key`"
    );
    Ok(())
}

/// A key behind a URL of the Solana tools'.
fn named(source: &str) -> Result<Key> {
    let understood = SignerSource::parse(source).map_err(|error| {
        anyhow!("`{source}` names no key: {error}; write it like usb://ledger?key=0 or prompt://?key=0/0")
    })?;
    let path = understood.derivation_path;
    match understood.kind {
        SignerSourceKind::Prompt => {
            let typed = keypair_from_seed_phrase(source, false, false, path, understood.legacy);
            let key = typed.map_err(|error| {
                anyhow!("a seed phrase gave no key: {error}; type it on a terminal, in full")
            })?;
            Ok(Box::new(key))
        }
        SignerSourceKind::Usb(locator) => {
            // Whoever looks for wallets panics where there is no USB at all.
            rusb::Context::new().map_err(|error| {
                anyhow!(
                    "no USB device can be reached from here: {error}; run this where the wallet is connected"
                )
            })?;
            let manager = maybe_wallet_manager().map_err(|error| anyhow!("{error}; connect the wallet again"))?.context(
                "there is no hardware wallet that can be read; connect it, unlock it and open its Solana app. On Linux its \
                 maker's udev rules have to be installed",
            )?;
            let key = generate_remote_keypair(locator, path.unwrap_or_default(), &manager, false, source)
                .map_err(|error| {
                    anyhow!("the hardware wallet gives no key: {error}; unlock it and open its Solana app")
                })?;
            Ok(Box::new(key))
        }
        _ => bail!("`{source}` names no key; write it like usb://ledger?key=0 or prompt://?key=0/0"),
    }
}

fn standard_input() -> Result<Key> {
    Ok(Box::new(parse(&mut io::stdin()).context("standard input holds no keypair")?))
}

fn file(path: &str) -> Result<Key> {
    Ok(Box::new(read_file(path)?))
}

/// Reads a key from a file, for what takes more than its signatures.
pub fn read_file(path: &str) -> Result<Keypair> {
    let path = expand_home(path);
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
            "there is no keypair at {}; make one with `solana-keygen new`, or pass --keypair",
            path.display()
        ),
        opened => opened.with_context(|| format!("{} cannot be read", path.display()))?,
    };
    parse(&mut file).with_context(|| format!("{} holds no keypair", path.display()))
}

fn parse(reader: &mut impl io::Read) -> Result<Keypair> {
    solana_keypair::read_keypair(reader)
        .map_err(|_| anyhow!("expected a JSON array of 64 numbers, as `solana-keygen` writes it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_signer::{SignerError, null_signer::NullSigner};

    fn refusal(source: &str) -> String {
        read(source).map(|key| key.pubkey()).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_named_by_its_path_or_as_a_url() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("key.json"), Keypair::new());
        solana_keypair::write_keypair_file(&key, &path).unwrap();
        for source in [path.display().to_string(), format!("file://{}", path.display())] {
            assert_eq!(read(&source).unwrap().pubkey(), key.pubkey(), "{source}");
        }
    }

    #[test]
    fn what_names_no_key_says_how_to_write_it() {
        for source in ["usb://toaster", "usb://ledger?key=sesame", "prompt://?key=sesame"] {
            assert!(refusal(source).contains("usb://ledger?key=0"), "{source}: {}", refusal(source));
        }
    }

    #[test]
    fn a_hardware_wallet_is_asked_for_transactions_only() {
        /// Signs interactively, like a hardware wallet.
        struct Device(NullSigner);
        impl Signer for Device {
            fn try_pubkey(&self) -> Result<solana_address::Address, SignerError> {
                self.0.try_pubkey()
            }
            fn try_sign_message(&self, message: &[u8]) -> Result<solana_signature::Signature, SignerError> {
                self.0.try_sign_message(message)
            }
            fn is_interactive(&self) -> bool {
                true
            }
        }
        let device: Key = Box::new(Device(NullSigner::new(&Default::default())));
        assert!(require_for_messages(&device).unwrap_err().to_string().contains("session-key"));
        let key: Key = Box::new(Keypair::new());
        require_for_messages(&key).unwrap();
    }
}
