//! Offers.

use std::collections::HashMap;

use anyhow::{Context, Result};
use gpu_lease_client::state::{self, Terms};
use gpu_lease_client::text;
use solana_address::Address;

use super::providers::reliability;
use crate::ask::{OfferFilter, OfferOrder, Part};
use crate::store::facade::Store;
use crate::store::list::{Query, count_of, read_after, write_after};
use crate::store::row::{Column, key};
use crate::store::schema::{OfferRow, OfferVersionRow, ProviderRow};
use crate::store::shelf::Rank;
use crate::store::sql::Kind;
use crate::store::taking::account;
use crate::views::{Commitment, Offer, OfferTerms, OfferVersion, Page, Reliability};

impl Store {
    /// Offers that stand.
    pub async fn offers(&self, filter: &OfferFilter, order: OfferOrder, part: &Part) -> Result<Page<Offer>> {
        let count = count_of(part);
        let after = part.after.as_deref().map(read_rank).transpose()?;
        let shown = self.shown();
        let mut ranks = self.with_shelf(|shelf| {
            let is_otherwise = |offer: &Address| shown.touches::<OfferRow>(&key!(*offer));
            let mut ranks = shelf.find(filter, order, after, count + 1, is_otherwise);
            ranks.extend(shown.shelf().fitting(filter, order, after, shelf));
            ranks
        });
        ranks.sort_unstable();
        let next =
            (ranks.len() > count).then(|| ranks.get(count.saturating_sub(1)).map(write_rank)).flatten();
        ranks.truncate(count);
        let keys = ranks.iter().map(|rank| rank.2.value()).collect();
        let rows = self.find_each::<OfferRow>(keys).await?;
        let mut views: HashMap<Address, Offer> = HashMap::new();
        for (row, view) in rows.iter().zip(self.offer_views(&rows).await?) {
            views.insert(row.0.offer, view);
        }
        // One that was removed between the two looks is left out.
        let items = ranks.iter().filter_map(|rank| views.remove(&rank.2)).collect();
        Ok(Page { items, next })
    }

    /// An offer, which may be removed.
    pub async fn offer(&self, offer: &Address) -> Result<Option<Offer>> {
        let row: Option<(OfferRow, Commitment)> = self.find(&key!(*offer)).await?;
        let rows: Vec<_> = row.into_iter().collect();
        Ok(self.offer_views(&rows).await?.pop())
    }

    async fn offer_views(&self, rows: &[(OfferRow, Commitment)]) -> Result<Vec<Offer>> {
        let mut accounts = Vec::new();
        for (row, _) in rows {
            accounts.push(account::<state::Offer>(&row.account)?);
        }
        let reliabilities = self.reliabilities(accounts.iter().map(|offer| offer.provider)).await?;
        let of = |((row, commitment), offer): (&(OfferRow, Commitment), &state::Offer)| {
            let reliability = reliabilities.get(&offer.provider).copied().unwrap_or_default();
            view(row, offer, reliability, *commitment)
        };
        Ok(rows.iter().zip(&accounts).map(of).collect())
    }

    /// How these providers kept their word, as far as that is finalized.
    async fn reliabilities(
        &self,
        providers: impl Iterator<Item = Address>,
    ) -> Result<HashMap<Address, Reliability>> {
        let mut providers: Vec<_> = providers.collect();
        providers.sort_unstable();
        providers.dedup();
        let found = self.find_each::<ProviderRow>(providers.iter().map(Column::value).collect()).await?;
        Ok(found.into_iter().map(|(row, _)| (row.provider, reliability(&row))).collect())
    }

    /// An offer as it was for a while, the newest first.
    pub async fn offer_versions(&self, offer: &Address, part: &Part) -> Result<Page<OfferVersion>> {
        let query = Query::descending(&["pos"]).only("t.offer = ?", offer);
        let rows = self.list::<OfferVersionRow>(&query, part).await?;
        let landings = self.landings(rows.rows.iter().map(|(row, _)| row.pos)).await?;
        rows.page(|(row, _)| {
            let offer: state::Offer = account(&row.account)?;
            Ok(OfferVersion {
                since: landings.at(row.pos)?,
                gpus: if row.is_removed { 0 } else { offer.gpus },
                is_open: !row.is_removed && offer.is_open == 1,
                gpu_model: text::read(&offer.listing.gpu_model),
                terms: terms(&offer.terms),
            })
        })
    }
}

fn write_rank((mint, value, offer): &Rank) -> String {
    write_after(&key!(*mint, *value, *offer))
}

fn read_rank(text: &str) -> Result<Rank> {
    let place = read_after(text, &[Kind::Bytes, Kind::Int, Kind::Bytes])?;
    let [mint, value, offer] = <[_; 3]>::try_from(place).ok().context("a place in an order of offers")?;
    let refused = |_| crate::store::facade::Refused::After;
    Ok((
        Address::read(mint).map_err(refused)?,
        u64::read(value).map_err(refused)?,
        Address::read(offer).map_err(refused)?,
    ))
}

fn view(row: &OfferRow, offer: &state::Offer, reliability: Reliability, commitment: Commitment) -> Offer {
    let is_there = row.closed_at.is_none();
    Offer {
        address: row.offer.to_string(),
        provider: offer.provider.to_string(),
        id: offer.id.into(),
        gpu_model: text::read(&offer.listing.gpu_model),
        region: text::read(&offer.listing.region),
        memory_gib: offer.listing.memory_gib,
        carbon_intensity: offer.listing.carbon_intensity,
        gpus: if is_there { offer.gpus } else { 0 },
        gpus_free: if is_there { offer.gpus_free } else { 0 },
        leases: offer.leases,
        is_open: is_there && offer.is_open == 1,
        revision: offer.revision,
        terms: terms(&offer.terms),
        description_uri: text::read(&offer.listing.description_uri),
        description_hash: hex(&offer.listing.description_hash),
        reliability,
        created_at: row.created_at.map(Into::into),
        updated_at: row.updated_at.map(Into::into),
        closed_at: row.closed_at.map(Into::into),
        commitment,
    }
}

fn terms(terms: &Terms) -> OfferTerms {
    let Terms { price, min_duration, max_duration, notice, challenge_window, heartbeat_timeout, .. } = *terms;
    let Terms { sla_penalty_bps, sla_uptime_bps, bond_hours, verifier, mint, .. } = *terms;
    OfferTerms {
        mint: mint.to_string(),
        price: price.into(),
        min_duration,
        max_duration,
        notice,
        challenge_window,
        heartbeat_timeout,
        sla_penalty_bps,
        sla_uptime_bps,
        bond_hours,
        verifier: (verifier != Address::default()).then(|| verifier.to_string()),
    }
}

/// Bytes as they are shown.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
