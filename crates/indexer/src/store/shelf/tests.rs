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
    (about, texts, numbers).prop_map(|((offer, provider, mint, created_at, closed_at), texts, numbers)| {
        let (memory_gib, gpus_free, price, max_duration, is_open) = numbers;
        let model = ["NVIDIA H100 SXM", "nvidia h100 sxm", "RTX 4090"][texts.0];
        let listing = Listing {
            gpu_model: text::write(model).unwrap(),
            region: text::write(["eu-north-1", "us-east-1"][texts.1]).unwrap(),
            memory_gib,
            ..Listing::zeroed()
        };
        let terms = Terms { price, min_duration: 2, max_duration, mint: address(mint), ..Terms::zeroed() };
        let provider = address(100 + provider);
        let is_open = is_open.into();
        let account = Offer { provider, terms, listing, gpus: 3, gpus_free, is_open, ..Offer::zeroed() };
        OfferRow {
            offer: address(offer),
            created_at,
            updated_at: None,
            closed_at,
            account: bytes_of(account),
        }
    })
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
        prop_assert!(shelf.listed.iter().all(Option::is_none) && shelf.of_provider.is_empty() && shelf.slots.is_empty());
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
