//! The Solana CLI's configuration: its file, its monikers, its keypair.

use anyhow::{Context, Result};
use gpu_lease_client::url::shown;
use serde::Deserialize;
use solana_address::Address;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What the Solana CLI keeps in `config.yml`. Unknown entries are its own business.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ConfigFile {
    /// RPC URL.
    pub json_rpc_url: Option<String>,
    /// URL for subscriptions, of the node with that RPC URL.
    pub websocket_url: Option<String>,
    /// Path of the default keypair.
    pub keypair_path: Option<String>,
    /// Commitment level.
    pub commitment: Option<String>,
}

impl ConfigFile {
    /// Where the Solana CLI keeps its configuration.
    pub fn default_path() -> Option<PathBuf> {
        Some(dirs::home_dir()?.join(".config/solana/cli/config.yml"))
    }

    /// Reads the file at `path`, or the Solana CLI's own, which may be missing.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let text = match path {
            Some(path) => {
                fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?
            }
            None => match Self::default_path().map(fs::read_to_string) {
                Some(Ok(text)) => text,
                Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error)
                        .context("the Solana CLI's configuration cannot be read; pass --config");
                }
                _ => return Ok(Self::default()),
            },
        };
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_norway::from_str(&text).context("the configuration is not in the Solana CLI's format")
    }
}

/// The URL that a moniker stands for, or the URL itself.
pub fn resolve_url(url_or_moniker: &str) -> String {
    match url_or_moniker {
        "m" | "mainnet-beta" => "https://api.mainnet-beta.solana.com",
        "t" | "testnet" => "https://api.testnet.solana.com",
        "d" | "devnet" => "https://api.devnet.solana.com",
        "l" | "localhost" => "http://localhost:8899",
        url => url,
    }
    .to_owned()
}

/// The URL for subscriptions: the one that is passed, the configuration's if its node is used, or what follows from `url`.
pub fn websocket_url(passed: Option<&str>, file: &ConfigFile, url: &str) -> String {
    let kept = file
        .websocket_url
        .as_deref()
        .filter(|_| file.json_rpc_url.as_deref().map(resolve_url).as_deref() == Some(url));
    match passed.or(kept) {
        Some(url) if !url.is_empty() => url.to_owned(),
        _ => solana_cli_config::Config::compute_websocket_url(url),
    }
}

/// Checks that `text` is a moniker or an http URL.
pub fn parse_url(text: &str) -> Result<String, String> {
    let url = resolve_url(text);
    match url.starts_with("http://") || url.starts_with("https://") {
        true => Ok(url),
        false => Err(format!(
            "`{}` is neither an http URL nor one of localhost, devnet, testnet, mainnet-beta; pass --url",
            shown(text)
        )),
    }
}

/// Reads an address.
pub fn parse_address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|_| "an address is 32 bytes in base58, about 44 characters".to_owned())
}

/// Reads an address, or `none`, which is all zeroes.
pub fn parse_address_or_none(text: &str) -> Result<Address, String> {
    match text {
        "none" => Ok(Address::default()),
        text => parse_address(text).map_err(|wrong| format!("{wrong}; `none` takes it away")),
    }
}

/// `path` with a leading `~` replaced by the home folder.
pub fn expand_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), dirs::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solana_cli_s_own_file_is_read() {
        let text = "---\njson_rpc_url: \"https://api.devnet.solana.com\"\nwebsocket_url: \"\"\n\
                    keypair_path: /home/a/.config/solana/id.json\naddress_labels:\n  \"11111111111111111111111111111111\": System Program\n\
                    commitment: confirmed\n";
        let file: ConfigFile = serde_norway::from_str(text).unwrap();
        assert_eq!(file.json_rpc_url.as_deref(), Some("https://api.devnet.solana.com"));
        assert_eq!(file.keypair_path.as_deref(), Some("/home/a/.config/solana/id.json"));
        assert_eq!(file.commitment.as_deref(), Some("confirmed"));
    }

    #[test]
    fn subscriptions_go_to_the_node_that_is_asked() {
        let file = ConfigFile {
            json_rpc_url: Some("http://one:1".to_owned()),
            websocket_url: Some("ws://one:9".to_owned()),
            ..ConfigFile::default()
        };
        assert_eq!(websocket_url(None, &file, "http://one:1"), "ws://one:9");
        assert_eq!(websocket_url(None, &file, "http://two:8899"), "ws://two:8900/");
        assert_eq!(websocket_url(None, &file, "https://two"), "wss://two/");
        assert_eq!(websocket_url(Some("ws://three"), &file, "http://one:1"), "ws://three");
    }

    #[test]
    fn none_is_an_address_of_zeroes() {
        assert_eq!(parse_address_or_none("none"), Ok(Address::default()));
        let address = Address::new_from_array([7; 32]);
        assert_eq!(parse_address_or_none(&address.to_string()), Ok(address));
        assert!(parse_address_or_none("nobody").unwrap_err().contains("`none`"));
    }

    #[test]
    fn monikers_are_those_of_the_solana_cli() {
        assert_eq!(parse_url("l").unwrap(), "http://localhost:8899");
        assert_eq!(parse_url("devnet").unwrap(), "https://api.devnet.solana.com");
        assert_eq!(parse_url("http://127.0.0.1:1").unwrap(), "http://127.0.0.1:1");
        assert!(parse_url("mars").is_err());
        let mistyped = parse_url("htps://rpc.example.com/SECRET").unwrap_err();
        assert!(mistyped.contains("htps://rpc.example.com/…") && !mistyped.contains("SECRET"), "{mistyped}");
    }
}
