//! The offers that stand, in memory: sorted in each order that can be asked for, so that any filter finds a page of 100,000 in
//! milliseconds. What it says of them is which; their rows are in the record.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use anyhow::Result;
use gpu_lease_client::state::Offer;
use solana_address::Address;

use super::desk::Desk;
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
    listed: HashMap<u32, Listed>,
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
        let sql = super::facade::select(&ProviderRow::TABLE);
        for row in connection.fetch(sql, Vec::new(), ProviderRow::TABLE.kinds).await? {
            shelf.rate(&ProviderRow::read(row)?);
        }
        let sql = format!("{} WHERE closed_at IS NULL", super::facade::select(&OfferRow::TABLE));
        for row in connection.fetch(sql, Vec::new(), OfferRow::TABLE.kinds).await? {
            shelf.put(&OfferRow::read(row)?)?;
        }
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
        let offers: Vec<_> = slots.iter().filter_map(|slot| Some((*slot, *self.listed.get(slot)?))).collect();
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
        self.listed.insert(slot, listed);
        self.rank(slot, &listed);
        Ok(())
    }

    fn remove(&mut self, offer: &Address) {
        let Some(slot) = self.slots.remove(offer) else { return };
        let Some(listed) = self.listed.remove(&slot) else { return };
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
            let fitting = slots.filter_map(|slot| self.listed.get(slot)).filter(|listed| fits(listed));
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
        ranks
            .range((begin, Bound::Unbounded))
            .take_while(|(rank, _)| mint.is_none_or(|mint| rank.0 == mint))
            .filter(|(_, slot)| self.listed.get(slot).is_some_and(&fits))
            .map(|(rank, _)| *rank)
            .filter(|rank| !is_left_out(&rank.2))
            .take(count)
            .collect()
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
        let ranks = self.listed.values().filter(fits).map(rank);
        ranks.filter(|rank| after.is_none_or(|after| *rank > after)).collect()
    }

    /// What is listed of each model in open offers.
    pub fn models(&self) -> Arc<BTreeMap<String, ListedModel>> {
        self.models.get_or_init(|| Arc::new(self.listed_models())).clone()
    }

    fn listed_models(&self) -> BTreeMap<String, ListedModel> {
        let mut models: BTreeMap<&str, ListedModel> = BTreeMap::new();
        for listed in self.listed.values().filter(|listed| listed.is_open) {
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
mod tests {
    use super::*;
    use crate::store::taking::bytes_of;
    use bytemuck::Zeroable;
    use gpu_lease_client::state::{Listing, Terms};
    use gpu_lease_client::text;
    use proptest::option;
    use proptest::prelude::*;

    fn address(byte: u8) -> Address {
        Address::new_from_array([byte; 32])
    }

    /// Few values of each, so that there are equal ones.
    fn row() -> impl Strategy<Value = OfferRow> {
        let texts = (0_usize..3, 0_usize..2);
        let numbers = (0_u32..3, 0_u32..3, 1_u64..4, 1_u32..4, any::<bool>());
        let about = (0_u8..20, 0_u8..4, 0_u8..3, option::of(0_i64..3), option::weighted(0.2, Just(9_i64)));
        (about, texts, numbers).prop_map(
            |((offer, provider, mint, created_at, closed_at), texts, numbers)| {
                let (memory_gib, gpus_free, price, max_duration, is_open) = numbers;
                let model = ["NVIDIA H100 SXM", "nvidia h100 sxm", "RTX 4090"][texts.0];
                let listing = Listing {
                    gpu_model: text::write(model).unwrap(),
                    region: text::write(["eu-north-1", "us-east-1"][texts.1]).unwrap(),
                    memory_gib,
                    ..Listing::zeroed()
                };
                let terms =
                    Terms { price, min_duration: 2, max_duration, mint: address(mint), ..Terms::zeroed() };
                let provider = address(100 + provider);
                let is_open = is_open.into();
                let account =
                    Offer { provider, terms, listing, gpus: 3, gpus_free, is_open, ..Offer::zeroed() };
                OfferRow {
                    offer: address(offer),
                    created_at,
                    updated_at: None,
                    closed_at,
                    account: bytes_of(account),
                }
            },
        )
    }

    fn filter() -> impl Strategy<Value = OfferFilter> {
        let texts = (
            option::weighted(0.2, Just("NVIDIA h100 SXM".to_owned())),
            option::weighted(0.2, Just("EU-north-1".to_owned())),
            option::weighted(0.3, prop_oneof![Just("h100 north"), Just("us"), Just("a100")].prop_map_into()),
        );
        let numbers = (
            option::weighted(0.3, 0_u32..4),
            option::weighted(0.3, 0_u32..4),
            option::weighted(0.3, 0_u64..5),
            option::weighted(0.3, 0_u32..5),
        );
        let others = (
            option::weighted(0.4, (0_u8..3).prop_map(address)),
            option::weighted(0.2, (100_u8..104).prop_map(address)),
            option::of(any::<bool>()),
        );
        (texts, numbers, others).prop_map(|(texts, numbers, others)| {
            let (gpu_model, region, text) = texts;
            let (min_memory_gib, min_free, max_price, duration) = numbers;
            let (mint, provider, open) = others;
            OfferFilter {
                gpu_model,
                region,
                min_memory_gib,
                min_free,
                mint,
                max_price,
                provider,
                duration,
                open,
                text,
            }
        })
    }

    fn fits(row: &OfferRow, filter: &OfferFilter) -> bool {
        let offer: Offer = account(&row.account).unwrap();
        let model = text::read(&offer.listing.gpu_model).to_lowercase();
        let region = text::read(&offer.listing.region).to_lowercase();
        let has = |word: &str| model.contains(word) || region.contains(word);
        let OfferFilter { gpu_model, text, .. } = filter;
        gpu_model.as_ref().is_none_or(|it| it.to_lowercase() == model)
            && filter.region.as_ref().is_none_or(|it| it.to_lowercase() == region)
            && text.as_ref().is_none_or(|it| it.split(' ').all(has))
            && filter.min_memory_gib.is_none_or(|it| offer.listing.memory_gib >= it)
            && filter.min_free.is_none_or(|it| offer.gpus_free >= it)
            && filter.mint.is_none_or(|it| offer.terms.mint == it)
            && filter.max_price.is_none_or(|it| offer.terms.price <= it)
            && filter.provider.is_none_or(|it| offer.provider == it)
            && filter.duration.is_none_or(|it| (2..=offer.terms.max_duration).contains(&it))
            && filter.open.is_none_or(|it| it == (offer.is_open == 1))
    }

    fn rated(provider: u8, units_delivered: u64) -> ProviderRow {
        let (registered_at, account) = (None, Vec::new());
        let (leases, abandoned, disputes_lost, leases_without_weight) = (0, 0, 0, 0);
        let provider = address(100 + provider);
        let units_promised = 10;
        ProviderRow {
            provider,
            registered_at,
            units_promised,
            units_delivered,
            leases,
            abandoned,
            disputes_lost,
            leases_without_weight,
            account,
        }
    }

    proptest! {
        #[test]
        fn pages_of_every_order_have_what_fits_and_nothing_else(
            rows in proptest::collection::vec(row(), 0..60),
            ratings in proptest::collection::vec((0_u8..4, 0_u64..12), 0..8),
            filter in filter(),
            left_out in 0_u8..20,
        ) {
            let mut shelf = Shelf::default();
            let mut standing: BTreeMap<Address, OfferRow> = BTreeMap::new();
            for (number, row) in rows.iter().enumerate() {
                shelf.put(row).unwrap();
                if let Some((provider, delivered)) = ratings.get(number) {
                    shelf.rate(&rated(*provider, *delivered));
                }
                standing.insert(row.offer, row.clone());
            }
            standing.retain(|_, row| row.closed_at.is_none());
            let left_out = address(left_out);
            let expected: BTreeSet<Address> = standing
                .values()
                .filter(|row| fits(row, &filter) && row.offer != left_out)
                .map(|row| row.offer)
                .collect();
            for order in ORDERS {
                let mut found: Vec<Rank> = Vec::new();
                loop {
                    let after = found.last().copied();
                    let page = shelf.find(&filter, order, after, 3, |offer| *offer == left_out);
                    found.extend(&page);
                    if page.len() < 3 {
                        break;
                    }
                }
                prop_assert!(found.is_sorted());
                prop_assert_eq!(found.len(), expected.len());
                prop_assert_eq!(found.iter().map(|rank| rank.2).collect::<BTreeSet<_>>(), expected.clone());
                let all: BTreeSet<Rank> = shelf.fitting(&filter, order, None, &shelf).into_iter().collect();
                let others = all.into_iter().filter(|rank| rank.2 != left_out);
                prop_assert_eq!(others.collect::<Vec<_>>(), found);
            }
            // Nothing stays of what is gone.
            for row in standing.values() {
                shelf.put(&OfferRow { closed_at: Some(1), ..row.clone() }).unwrap();
            }
            prop_assert!(shelf.listed.is_empty() && shelf.of_provider.is_empty() && shelf.slots.is_empty());
            prop_assert!(shelf.orders.iter().all(BTreeMap::is_empty));
        }

        #[test]
        fn the_cheapest_and_the_most_reliable_come_first(rows in proptest::collection::vec(row(), 0..30)) {
            let mut shelf = Shelf::default();
            shelf.rate(&rated(1, 9));
            shelf.rate(&rated(2, 3));
            let mut standing: BTreeMap<Address, OfferRow> = BTreeMap::new();
            for row in rows {
                shelf.put(&row).unwrap();
                standing.insert(row.offer, row);
            }
            let offer = |rank: &Rank| account::<Offer>(&standing[&rank.2].account).unwrap();
            let all = OfferFilter::default();
            let mint = OfferFilter { mint: Some(address(1)), ..OfferFilter::default() };
            let by_price = shelf.find(&mint, OfferOrder::Price, None, 99, |_| false);
            prop_assert!(by_price.iter().map(|rank| offer(rank).terms.price).is_sorted());
            let uptime = |rank: &Rank| [0, 9, 3, 0][usize::from(offer(rank).provider.to_bytes()[0] - 100)];
            let by_uptime = shelf.find(&all, OfferOrder::Reliability, None, 99, |_| false);
            prop_assert!(by_uptime.iter().rev().map(uptime).is_sorted());
            let by_free = shelf.find(&all, OfferOrder::Free, None, 99, |_| false);
            prop_assert!(by_free.iter().rev().map(|rank| offer(rank).gpus_free).is_sorted());
        }
    }
}
