//! Which cluster this is.

use anyhow::{Context, Result, ensure};
use gpu_lease_client::rpc::{Client, PriorityFee};
use gpu_lease_runtime::Loopback;

use crate::config::Chain;

/// The genesis hashes of the public clusters, by name.
const PUBLIC: [(&str, &str); 3] = [
    ("mainnet", "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"),
    ("testnet", "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"),
    ("devnet", "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"),
];

/// A client of the node.
pub fn client(chain: &Chain) -> Client {
    Client::new(&chain.rpc).with_priority_fee(PriorityFee::Recent { at_most: chain.most_priority_fee })
}

/// Requires the node to be on this machine.
pub async fn require_loopback(chain: &Chain) -> Result<Loopback> {
    let url = chain.rpc.split_once("://").map_or(chain.rpc.as_str(), |(_, rest)| rest);
    let host = url.split('/').next().unwrap_or_default();
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let resolved = tokio::net::lookup_host(&host).await;
    let addresses: Vec<_> = resolved.with_context(|| format!("{host} is not found"))?.collect();
    Ok(Loopback::of(&addresses)?)
}

/// Requires the cluster to be one of this machine, and none that a tunnel brought here: anybody who rents there could run
/// anything, or would get cards that do not exist.
pub async fn require_local(chain: &Chain) -> Result<()> {
    require_loopback(chain).await?;
    let genesis = client(chain).genesis_hash().await?.to_string();
    let public = PUBLIC.iter().find(|(_, hash)| *hash == genesis);
    ensure!(
        public.is_none(),
        "this is {}: simulated cards and leases without containers are for clusters of this machine only",
        public.map_or("", |(name, _)| name)
    );
    Ok(())
}
