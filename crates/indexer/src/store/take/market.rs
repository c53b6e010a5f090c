//! Accounts as they are, offers and their versions, providers.

use anyhow::Result;
use gpu_lease_client::state::{Offer, Provider};
use solana_address::Address;

use crate::book::{Entry, Page as Done};
use crate::store::desk::{Need, need};
use crate::store::row::key;
use crate::store::schema::{AccountRow, OfferRow, OfferVersionRow, ProviderRow, VaultRow};
use crate::store::taking::{Taking, bytes_of};

pub fn needs(done: &Done) -> Vec<Need> {
    let of = |(address, entry): (&Address, &Option<Entry>)| match entry {
        Some(Entry::Offer(_)) | None => Some(need::<OfferRow>(key!(*address))),
        Some(Entry::Provider(_)) => Some(need::<ProviderRow>(key!(*address))),
        Some(_) => None,
    };
    done.accounts.iter().filter_map(of).collect()
}

pub fn take(taking: &mut Taking<'_>) -> Result<()> {
    for (address, entry) in &taking.applied.done.accounts {
        let address = *address;
        match entry {
            Some(Entry::Vault(vault)) => taking.desk.put(&VaultRow {
                account: address,
                kind: vault.kind.to_string(),
                belongs_to: vault.of,
                mint: vault.mint,
                balance: vault.balance,
            }),
            Some(entry) => {
                let data = entry.bytes().unwrap_or_default();
                taking.desk.put(&AccountRow { address, data });
            }
            None => {
                taking.desk.remove::<AccountRow>(key!(address));
                taking.desk.remove::<VaultRow>(key!(address));
            }
        }
        match entry {
            Some(Entry::Offer(offer)) => put_offer(taking, address, **offer)?,
            Some(Entry::Provider(provider)) => put_provider(taking, address, **provider)?,
            Some(_) => {}
            None => remove_offer(taking, address)?,
        }
    }
    Ok(())
}

/// Whether an instruction of one of these names is about that offer.
fn is_listed_by(taking: &Taking<'_>, offer: Address, names: &[&str]) -> bool {
    let deeds = &taking.applied.done.deeds;
    deeds.iter().any(|deed| names.contains(&deed.name) && deed.accounts.contains(&("offer", offer)))
}

fn put_offer(taking: &mut Taking<'_>, address: Address, offer: Offer) -> Result<()> {
    let (pos, time) = (taking.pos, taking.time);
    let known: Option<OfferRow> = taking.desk.get(&key!(address))?;
    let is_created = is_listed_by(taking, address, &["create_offer"]);
    let is_changed = is_listed_by(taking, address, &["create_offer", "update_offer"]);
    let account = bytes_of(offer);
    let created_at = if is_created { Some(time) } else { known.as_ref().and_then(|it| it.created_at) };
    let updated_at = if is_changed { Some(time) } else { known.and_then(|it| it.updated_at) };
    taking.desk.put(&OfferRow {
        offer: address,
        created_at,
        updated_at,
        closed_at: None,
        account: account.clone(),
    });
    if is_changed {
        taking.desk.put(&OfferVersionRow { offer: address, pos, is_removed: false, account });
    }
    Ok(())
}

/// What was at `address` is gone; an offer stays in the record.
fn remove_offer(taking: &mut Taking<'_>, address: Address) -> Result<()> {
    let (pos, time) = (taking.pos, taking.time);
    let Some(known) = taking.desk.get::<OfferRow>(&key!(address))? else { return Ok(()) };
    if known.closed_at.is_none() {
        taking.desk.put(&OfferVersionRow {
            offer: address,
            pos,
            is_removed: true,
            account: known.account.clone(),
        });
        taking.desk.put(&OfferRow { closed_at: Some(time), updated_at: Some(time), ..known });
    }
    Ok(())
}

fn put_provider(taking: &mut Taking<'_>, address: Address, provider: Provider) -> Result<()> {
    let deeds = &taking.applied.done.deeds;
    let is_new = deeds
        .iter()
        .any(|deed| deed.name == "register_provider" && deed.accounts.contains(&("provider", address)));
    let account = bytes_of(provider);
    let known = taking.desk.get::<ProviderRow>(&key!(address))?;
    let row = known.unwrap_or_else(|| ProviderRow {
        provider: address,
        registered_at: is_new.then_some(taking.time),
        units_promised: 0,
        units_delivered: 0,
        leases: 0,
        abandoned: 0,
        disputes_lost: 0,
        leases_without_weight: 0,
        account: Vec::new(),
    });
    taking.desk.put(&ProviderRow { account, ..row });
    Ok(())
}
