//! The offers that stand, in memory: sorted in each order that can be asked for, so that any filter finds a page of 100,000 in
//! milliseconds. What it says of them is which; their rows are in the record.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use anyhow::Result;
use gpu_lease_client::state::Offer;
use solana_address::Address;

use super::desk::{Desk, each};
use super::label::Labels;
use super::row::Row;
use super::schema::{OfferRow, ProviderRow};
use super::sql::{Connection, Value};
use super::taking::account;
use crate::ask::{OfferFilter, OfferOrder};

/// Where an offer is in an order, and which it is: lower is further in front.
pub type Rank = (Address, u64, Address);

/// All orders.
const ORDERS: [OfferOrder; 5] =
    [OfferOrder::Price, OfferOrder::Memory, OfferOrder::Free, OfferOrder::Reliability, OfferOrder::Newest];

/// The offers that stand.
#[derive(Default)]
pub struct Shelf {
    /// By their slots: where one is can be asked a hundred thousand times for an answer.
    listed: Vec<Option<Listed>>,
    slots: HashMap<Address, u32>,
    unused: Vec<u32>,
    of_provider: HashMap<Address, BTreeSet<u32>>,
    labels: Labels,
    /// Uptime of each provider that has one, basis points.
    uptimes: HashMap<Address, u32>,
    orders: [BTreeMap<Rank, u32>; 5],
    /// What is listed of each model, once somebody has asked, until something changes.
    models: OnceLock<Arc<BTreeMap<String, ListedModel>>>,
}

/// What is asked for of an offer.
#[derive(Clone, Copy)]
struct Listed {
    offer: Address,
    provider: Address,
    mint: Address,
    price: u64,
    created_at: Option<i64>,
    label: u32,
    memory_gib: u32,
    gpus: u32,
    gpus_free: u32,
    min_duration: u32,
    max_duration: u32,
    is_open: bool,
}

/// How far an order is followed: a test has few offers. What fits so rarely is found sooner by going through all offers in the
/// order in which they are in memory.
const STEPS: usize = if cfg!(test) { 4 } else { 4_000 };

/// A model that is listed.
#[derive(Clone, Debug, Default)]
pub struct ListedModel {
    pub offers: u64,
    pub gpus: u64,
    pub gpus_free: u64,
    pub providers: BTreeSet<Address>,
    /// Lowest price in each mint of an open offer with a free GPU.
    pub from: BTreeMap<Address, u64>,
}

/// Uptime, basis points: units delivered of those promised.
pub fn uptime_bps(promised: u64, delivered: u64) -> Option<u32> {
    let share = u128::from(delivered).saturating_mul(10_000).checked_div(promised.into())?;
    Some(u32::try_from(share).unwrap_or(u32::MAX).min(10_000))
}

impl Shelf {
    /// What the record says.
    pub async fn read(connection: &mut Connection) -> Result<Self> {
        let mut shelf = Self::default();
        each(connection, |row: ProviderRow| {
            shelf.rate(&row);
            Ok(())
        })
        .await?;
        each(connection, |row: OfferRow| shelf.put(&row)).await?;
        Ok(shelf)
    }

    /// Takes in what changed.
    pub fn take(&mut self, desk: &Desk) -> Result<()> {
        for row in changed::<ProviderRow>(desk) {
            self.rate(&row?);
        }
        for row in changed::<OfferRow>(desk) {
            self.put(&row?)?;
        }
        Ok(())
    }

    /// Takes in a provider's uptime.
    fn rate(&mut self, row: &ProviderRow) {
        let uptime = uptime_bps(row.units_promised, row.units_delivered);
        if uptime == self.uptimes.get(&row.provider).copied() {
            return;
        }
        let slots = self.of_provider.get(&row.provider).cloned().unwrap_or_default();
        let offers: Vec<_> = slots.iter().filter_map(|slot| Some((*slot, *self.at(*slot)?))).collect();
        for (_, listed) in &offers {
            self.unrank(listed);
        }
        match uptime {
            Some(uptime) => self.uptimes.insert(row.provider, uptime),
            None => self.uptimes.remove(&row.provider),
        };
        for (slot, listed) in &offers {
            self.rank(*slot, listed);
        }
    }

    /// Takes in an offer.
    fn put(&mut self, row: &OfferRow) -> Result<()> {
        self.remove(&row.offer);
        if row.closed_at.is_some() {
            return Ok(());
        }
        let offer: Offer = account(&row.account)?;
        let listed = Listed {
            offer: row.offer,
            provider: offer.provider,
            mint: offer.terms.mint,
            price: offer.terms.price,
            created_at: row.created_at,
            label: self.labels.take(&offer.listing),
            memory_gib: offer.listing.memory_gib,
            gpus: offer.gpus,
            gpus_free: offer.gpus_free,
            min_duration: offer.terms.min_duration,
            max_duration: offer.terms.max_duration,
            is_open: offer.is_open == 1,
        };
        let next = u32::try_from(self.listed.len())?;
        let slot = self.unused.pop().unwrap_or(next);
        self.slots.insert(row.offer, slot);
        self.of_provider.entry(listed.provider).or_default().insert(slot);
        match self.listed.get_mut(usize::try_from(slot)?) {
            Some(unused) => *unused = Some(listed),
            None => self.listed.push(Some(listed)),
        }
        self.rank(slot, &listed);
        Ok(())
    }

    fn remove(&mut self, offer: &Address) {
        let Some(slot) = self.slots.remove(offer) else { return };
        let place = usize::try_from(slot).ok().and_then(|slot| self.listed.get_mut(slot));
        let Some(listed) = place.and_then(Option::take) else { return };
        self.unrank(&listed);
        self.labels.give_back(listed.label);
        self.unused.push(slot);
        if let Some(slots) = self.of_provider.get_mut(&listed.provider) {
            slots.remove(&slot);
            if slots.is_empty() {
                self.of_provider.remove(&listed.provider);
            }
        }
    }

    fn at(&self, slot: u32) -> Option<&Listed> {
        self.listed.get(usize::try_from(slot).ok()?)?.as_ref()
    }

    fn rank(&mut self, slot: u32, listed: &Listed) {
        self.models.take();
        let uptime = self.uptimes.get(&listed.provider).copied();
        for (order, ranks) in ORDERS.into_iter().zip(&mut self.orders) {
            ranks.insert(listed.rank(order, uptime), slot);
        }
    }

    fn unrank(&mut self, listed: &Listed) {
        self.models.take();
        let uptime = self.uptimes.get(&listed.provider).copied();
        for (order, ranks) in ORDERS.into_iter().zip(&mut self.orders) {
            ranks.remove(&listed.rank(order, uptime));
        }
    }

    /// The first `count` that fit and come after `after`, but for those to leave out.
    pub fn find(
        &self,
        filter: &OfferFilter,
        order: OfferOrder,
        after: Option<Rank>,
        count: usize,
        is_left_out: impl Fn(&Address) -> bool,
    ) -> Vec<Rank> {
        let labels = self.labels.fitting(filter);
        let fits = |listed: &Listed| labels.contains(listed.label) && listed.fits(filter);
        if let Some(provider) = &filter.provider {
            let slots = self.of_provider.get(provider).into_iter().flatten();
            let fitting = slots.filter_map(|slot| self.at(*slot)).filter(|listed| fits(listed));
            let uptime = self.uptimes.get(provider).copied();
            let ranks = fitting.map(|listed| listed.rank(order, uptime));
            let ranks: BTreeSet<Rank> =
                ranks.filter(|rank| after.is_none_or(|after| *rank > after)).collect();
            return ranks.into_iter().filter(|rank| !is_left_out(&rank.2)).take(count).collect();
        }
        // In the order of prices the mint comes first.
        let mint = filter.mint.filter(|_| order == OfferOrder::Price);
        let begin = match (after, mint) {
            (Some(after), Some(mint)) if after.0 < mint => Bound::Included(first_of(mint)),
            (Some(after), _) => Bound::Excluded(after),
            (None, Some(mint)) => Bound::Included(first_of(mint)),
            (None, None) => Bound::Unbounded,
        };
        let [price, memory, free, reliability, newest] = &self.orders;
        let ranks = match order {
            OfferOrder::Price => price,
            OfferOrder::Memory => memory,
            OfferOrder::Free => free,
            OfferOrder::Reliability => reliability,
            OfferOrder::Newest => newest,
        };
        let rest = ranks.range((begin, Bound::Unbounded));
        let mut rest = rest.take_while(|(rank, _)| mint.is_none_or(|mint| rank.0 == mint));
        let front = rest.by_ref().take(STEPS).filter(|(_, slot)| self.at(**slot).is_some_and(&fits));
        let front = front.map(|(rank, _)| *rank).filter(|rank| !is_left_out(&rank.2));
        let front: Vec<Rank> = front.take(count).collect();
        if front.len() == count || rest.next().is_none() {
            return front;
        }
        let mut all = self.fitting(filter, order, after, self);
        all.retain(|rank| !is_left_out(&rank.2));
        all.sort_unstable();
        all.truncate(count);
        all
    }

    /// All that fit and come after `after`, where `known` says of providers' uptimes.
    pub fn fitting(
        &self,
        filter: &OfferFilter,
        order: OfferOrder,
        after: Option<Rank>,
        known: &Self,
    ) -> Vec<Rank> {
        let labels = self.labels.fitting(filter);
        let fits = |listed: &&Listed| labels.contains(listed.label) && listed.fits(filter);
        let rank = |listed: &Listed| listed.rank(order, known.uptimes.get(&listed.provider).copied());
        let ranks = self.listed.iter().flatten().filter(fits).map(rank);
        ranks.filter(|rank| after.is_none_or(|after| *rank > after)).collect()
    }

    /// What is listed of each model in open offers.
    pub fn models(&self) -> Arc<BTreeMap<String, ListedModel>> {
        self.models.get_or_init(|| Arc::new(self.listed_models())).clone()
    }

    fn listed_models(&self) -> BTreeMap<String, ListedModel> {
        let mut models: BTreeMap<&str, ListedModel> = BTreeMap::new();
        for listed in self.listed.iter().flatten().filter(|listed| listed.is_open) {
            let model = models.entry(self.labels.model(listed.label)).or_default();
            model.offers = model.offers.saturating_add(1);
            model.gpus = model.gpus.saturating_add(listed.gpus.into());
            model.gpus_free = model.gpus_free.saturating_add(listed.gpus_free.into());
            model.providers.insert(listed.provider);
            if listed.gpus_free > 0 {
                let from = model.from.entry(listed.mint).or_insert(u64::MAX);
                *from = listed.price.min(*from);
            }
        }
        models.into_iter().map(|(name, model)| (name.to_owned(), model)).collect()
    }
}

/// The rows of a table that changed and are still there.
fn changed<R: Row>(desk: &Desk) -> impl Iterator<Item = Result<R>> {
    desk.changed::<R>().filter_map(|(_, row): (_, Option<&Vec<Value>>)| Some(R::read(row?.clone())))
}

const fn first_of(mint: Address) -> Rank {
    (mint, 0, Address::new_from_array([0; 32]))
}

impl Listed {
    fn rank(&self, order: OfferOrder, uptime: Option<u32>) -> Rank {
        let most_first = |value: u64| (Address::default(), u64::MAX - value, self.offer);
        match order {
            OfferOrder::Price => (self.mint, self.price, self.offer),
            OfferOrder::Memory => most_first(self.memory_gib.into()),
            OfferOrder::Free => most_first(self.gpus_free.into()),
            OfferOrder::Reliability => most_first(uptime.map_or(0, |uptime| u64::from(uptime) + 1)),
            OfferOrder::Newest => {
                most_first(self.created_at.map_or(0, |time| u64::try_from(time).unwrap_or_default()))
            }
        }
    }

    fn fits(&self, filter: &OfferFilter) -> bool {
        let OfferFilter { min_memory_gib, min_free, mint, max_price, provider, duration, open, .. } = filter;
        let takes = |duration: u32| self.min_duration <= duration && duration <= self.max_duration;
        min_memory_gib.is_none_or(|least| self.memory_gib >= least)
            && min_free.is_none_or(|least| self.gpus_free >= least)
            && mint.is_none_or(|mint| self.mint == mint)
            && max_price.is_none_or(|most| self.price <= most)
            && provider.is_none_or(|provider| self.provider == provider)
            && duration.is_none_or(takes)
            && open.is_none_or(|open| open == self.is_open)
    }
}

#[cfg(test)]
mod tests;
