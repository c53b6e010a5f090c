//! What there is: on chain, on the machine, at the doors.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use gpu_lease_client::state::LeaseState;
use gpu_lease_runtime::{Instance, Life};
use solana_address::Address;

use super::parts::Parts;
use crate::meter::{CardReading, Container, Reading, Sample};
use crate::plan::{Access, Book, Door, Observed, OnChain, life_of};

/// Looks at everything. What does not answer is left out.
pub async fn observe(parts: &Parts, book: &Book) -> Observed {
    let mut observed = Observed::default();
    match parts.cluster.now().await {
        Ok(now) => observed.now = Some(now),
        Err(error) => tracing::warn!(%error, "the cluster tells no time"),
    }
    match parts.runtime.list().await {
        Ok(all) => observed.instances = Some(all.into_iter().map(|it| (it.life.clone(), it)).collect()),
        Err(error) => tracing::warn!(%error, "the engine lists nothing"),
    }
    match parts.runtime.workspaces().await {
        Ok(all) => observed.workspaces = Some(all.into_iter().collect()),
        Err(error) => tracing::warn!(%error, "the engine lists no workspaces"),
    }
    match parts.doors.all() {
        Ok(all) => observed.doors = all,
        Err(error) => {
            // Who is let in is not known, so nothing is decided about what is behind the doors.
            tracing::warn!(%error, "the gateway's admissions cannot be read");
            observed.instances = None;
        }
    }
    observed.maintenance = parts.notice.read_or_none();
    let cards = parts.cards.read().await.into_iter();
    observed.sound_cards = cards.filter(|(_, card)| card.is_sound()).map(|(uuid, _)| uuid).collect();
    chain(parts, book, &mut observed).await;
    observed
}

async fn chain(parts: &Parts, book: &Book, observed: &mut Observed) {
    for offer in parts.policy.offers.keys().filter_map(|offer| Address::from_str(offer).ok()) {
        match parts.cluster.leases_on(&offer).await {
            Ok(leases) => {
                let leases = leases.into_iter().map(|it| (life_of(&it), OnChain::There(Box::new(it))));
                observed.chain.extend(leases);
            }
            Err(error) => tracing::warn!(%offer, %error, "the node lists no leases"),
        }
    }
    // What the node did not list may be there all the same, and is looked for by name.
    let known: BTreeSet<Life> = book
        .entries
        .keys()
        .chain(observed.instances.iter().flat_map(BTreeMap::keys))
        .chain(observed.workspaces.iter().flatten())
        .chain(observed.doors.keys())
        .filter(|life| !observed.chain.contains_key(life))
        .cloned()
        .collect();
    for life in known {
        match parts.cluster.lease(&life).await {
            Ok(found) => _ = observed.chain.insert(life, found),
            Err(error) => tracing::warn!(lease = life.lease, %error, "the node does not tell of a lease"),
        }
    }
    let waiting = observed.chain.iter().filter(|(life, _)| !book.entries.contains_key(life));
    let waiting = waiting.filter_map(|(_, found)| found.lease());
    let accounts: BTreeSet<Address> =
        waiting.filter(|lease| lease.state == LeaseState::Pending).map(|lease| lease.bond_account).collect();
    for account in accounts {
        match parts.cluster.balance(&account).await {
            Ok(holds) => _ = observed.bond_accounts.insert(account.to_string(), holds),
            Err(error) => tracing::warn!(%account, %error, "the bond account cannot be read"),
        }
    }
}

/// What each lease that has cards gets at this moment. `seen` are the leases whose containers were seen to run since the engine
/// was silent: only those can have been ended by their tenants. What a boot or an engine ended was not.
pub async fn sample(parts: &Parts, book: &Book, seen: &Mutex<BTreeSet<Life>>) -> Vec<(Life, Sample)> {
    let instances: Option<BTreeMap<Life, Instance>> = match parts.runtime.list().await {
        Ok(all) => Some(all.into_iter().map(|it| (it.life.clone(), it)).collect()),
        Err(_) => None,
    };
    let seen = {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_there = |life: &Life| instances.as_ref().is_some_and(|all| all.contains_key(life));
        seen.retain(is_there);
        let running = instances.iter().flat_map(BTreeMap::values).filter(|instance| instance.is_running);
        seen.extend(running.map(|instance| instance.life.clone()));
        seen.clone()
    };
    let doors = parts.doors.all().unwrap_or_default();
    let is_open = |life| doors.get(life).is_some_and(|door: &Door| door.access == Access::Open);
    let cards = parts.cards.read().await;
    let (gateway, network) = (parts.doors.is_accepting(), parts.site.is_online());
    let announced = parts.notice.read_or_none();
    let held = book.entries.values().filter(|entry| !entry.cards.is_empty());
    held.map(|entry| {
        let container = instances.as_ref().map(|all| match all.get(&entry.life) {
            // It is made again with other cards.
            Some(instance) if instance.spec != entry.spec() => Container::Absent,
            Some(instance) if instance.is_running => Container::Running,
            // Its tenant ended it; where nobody is let in, this agent did.
            Some(_) if is_open(&entry.life) && seen.contains(&entry.life) => Container::Ended,
            Some(_) | None => Container::Absent,
        });
        let silent = CardReading { answers: false, ..CardReading::SOUND };
        let energy = |card: &String| Some((card.clone(), cards.get(card)?.energy?));
        let energy = entry.cards.iter().filter_map(energy).collect();
        let cards = entry.cards.iter().map(|card| cards.get(card).unwrap_or(&silent).clone()).collect();
        let cause = Reading { container, gateway, network, cards }.cause();
        let cause = announced.as_ref().map_or(cause, |announced| announced.cause(cause));
        (entry.life.clone(), Sample { cause, energy })
    })
    .collect()
}
