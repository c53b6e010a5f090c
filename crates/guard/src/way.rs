//! How to get to a lease's machine.

use anyhow::{Context, Result, bail};
use gpu_lease_client::access::Credentials;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::rpc::Client;
use gpu_lease_client::text;

use crate::config::Config;
use crate::keys::{Keys, Logins};
use crate::probe::{Key, Reach};
use crate::seat::Promised;

/// Where a machine is, and with what it is logged in to.
#[derive(Clone, Debug)]
pub struct Way {
    pub reach: Reach,
    /// For the machine's API.
    pub guard: Key,
    /// The renter's own, if the guard has it.
    pub user: Option<Key>,
}

/// The way to the machine of a lease that has started, by what its provider has published.
pub async fn find(node: &Client, lease: &LeaseContext, keys: &Keys, config: &Config) -> Result<Way> {
    let address = lease.address;
    let guard = Key::of_session(keys.signer(lease).context("the guard has no key of this lease")?);
    let (logins, faults) = Logins::read(&config.keys.access);
    let Some(access) = logins.access(lease) else {
        if let Some(machine) = config.machines.get(&lease.offer.to_string()) {
            let reach = Reach::by_listing(&machine.clone().into(), address);
            return Ok(Way { reach, guard, user: None });
        }
        let unread = faults.first().map(|fault| format!(" ({fault})")).unwrap_or_default();
        bail!(
            "where its machine is cannot be read: neither is its access key among `keys.access`{unread}, nor its offer in \
             `machines`"
        );
    };
    let published = node.published_access(&address).await?;
    let credentials = Credentials::from_bytes(&access.decrypt(&published.access_blob)?)?;
    let Credentials::Ssh(access) = credentials else {
        bail!("its provider has published a text, and no access by SSH: nothing can be probed");
    };
    let user = match Key::of_access(&access, &address)? {
        Some(key) => Some(key),
        None => logins.ssh.get(&address.to_string()).cloned(),
    };
    Ok(Way { reach: Reach::by_access(&access, address), guard, user })
}

/// What a lease's renter was promised, if its offer is still the one that it signed for.
pub async fn promised(node: &Client, lease: &LeaseContext) -> Option<Promised> {
    let offer = node.offer(&lease.offer).await.ok()?;
    let is_same = offer.content_hash() == lease.offer_hash;
    let model = text::read(&offer.listing.gpu_model);
    is_same.then_some(Promised { model, memory_gib: offer.listing.memory_gib })
}
