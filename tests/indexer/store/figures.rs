//! Figures that are kept as they come are those that all that happened adds up to.

use super::chain::{Chain, File, chain, game};
use gpu_lease_client::decode::Event;
use gpu_lease_client::state::{EndReason, Lease, Offer, Provider};
use gpu_lease_client::text;
use gpu_lease_indexer::ask::Span;
use gpu_lease_indexer::book::{Entry, Kept, LeaseEnd, LeaseLife, Movement, Purpose, take_over};
use gpu_lease_indexer::store::Store;
use gpu_lease_indexer::views::{MarketDay, MintDay, PriceDay, Reliability, Unsigned64, WalletDay};
use solana_address::Address;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What all that happened adds up to.
#[derive(Default)]
struct Sums {
    wallets: BTreeMap<(Address, i64, Address), WalletDay>,
    days: BTreeMap<i64, MarketDay>,
    mints: BTreeMap<(i64, Address), MintDay>,
    prices: BTreeMap<(String, Address, i64), PriceDay>,
    /// The days of the first and the last transaction.
    first: i64,
    last: i64,
    /// Prices with their weights.
    weights: BTreeMap<(String, Address, i64), Vec<(u64, u64)>>,
    providers: BTreeMap<Address, Reliability>,
    provider_days: BTreeMap<(Address, i64), Reliability>,
}

fn sums(chain: &Chain) -> Sums {
    let mut sums = Sums::default();
    let mut entries: HashMap<Address, Entry> = HashMap::new();
    let mut lost: BTreeSet<LeaseLife> = BTreeSet::new();
    let mut own: BTreeSet<LeaseLife> = BTreeSet::new();
    for it in &chain.played {
        let (done, time) = (&it.done, it.transaction.moment.time);
        let day = time.div_euclid(86_400) * 86_400;
        sums.first = if sums.last == 0 { day } else { sums.first };
        sums.last = day;
        let before = listed(&entries);
        take_over(&mut entries, &done.accounts);
        let after = listed(&entries);
        let of_offers = done.accounts.iter().any(|(_, entry)| matches!(entry, Some(Entry::Offer(_)) | None));
        for ((model, mint), (gpus, gpus_free)) in &after {
            let is_changed = of_offers && before.get(&(model.clone(), *mint)) != Some(&(*gpus, *gpus_free));
            let key = (model.clone(), *mint, day);
            if is_changed || sums.prices.contains_key(&key) {
                let row = sums.prices.entry(key).or_insert_with(|| price_day(day, model, mint));
                (row.gpus, row.gpus_free) = ((*gpus).into(), (*gpus_free).into());
            }
        }
        for deed in &done.deeds {
            for event in &deed.events {
                match event {
                    Event::LeaseOpened(told) => {
                        market(&mut sums, day).opened.0 += 1;
                        let lease: Lease = done.leases[&deed.lease.unwrap()].lease;
                        let offer: &Offer = Offer::of(&entries[&told.offer]).unwrap();
                        let model = text::read(&offer.listing.gpu_model);
                        let key = (model.clone(), told.mint, day);
                        let units = u64::from(lease.gpus) * u64::from(lease.duration);
                        sums.weights.entry(key.clone()).or_default().push((told.price, units));
                        let (gpus, gpus_free) = after[&(model.clone(), told.mint)];
                        let row =
                            sums.prices.entry(key).or_insert_with(|| price_day(day, &model, &told.mint));
                        (row.gpus, row.gpus_free) = (gpus.into(), gpus_free.into());
                    }
                    Event::LeaseDisputed(_) => market(&mut sums, day).disputes.0 += 1,
                    Event::DisputeResolved(told) if told.by_arbiter == 1 => {
                        let life = deed.lease.unwrap();
                        if done.leases[&life].lease.dispute.favours_renter(told.units) {
                            lost.insert(life);
                        }
                    }
                    _ => {}
                }
            }
        }
        for (life, after) in &done.leases {
            let lease = &after.lease;
            let authority = Provider::of(&entries[&lease.provider]).unwrap().authority;
            if [lease.renter, lease.payer].contains(&authority) {
                own.insert(*life);
            }
            let Some(LeaseEnd::Closed(closing)) = after.end else { continue };
            market(&mut sums, day).closed.0 += 1;
            market(&mut sums, day).gpu_seconds.0 += lease.meter.accepted;
            let of_day = sums.provider_days.entry((lease.provider, day)).or_default();
            for sum in [of_day, sums.providers.entry(lease.provider).or_default()] {
                if closing.fees == 0 || own.contains(life) {
                    sum.leases_without_weight += 1;
                    continue;
                }
                sum.leases += 1;
                sum.units_promised.0 += closing.promised;
                sum.units_delivered.0 += lease.meter.accepted;
                sum.abandoned += u32::from(lease.end_reason == EndReason::Abandoned);
                sum.disputes_lost += u32::from(lost.contains(life));
                let share = u128::from(sum.units_delivered.0) * 10_000;
                let share = share.checked_div(sum.units_promised.0.into());
                sum.uptime_bps = share.map(|share| share.min(10_000) as u32);
            }
        }
        for movement in &done.movements {
            add(&mut sums, day, movement);
        }
    }
    for (key, prices) in &sums.weights {
        let row = sums.prices.get_mut(key).unwrap();
        let units: u64 = prices.iter().map(|(_, units)| units).sum();
        let weighted: u128 =
            prices.iter().map(|(price, units)| u128::from(*price) * u128::from(*units)).sum();
        row.low = prices.iter().map(|it| it.0.into()).min();
        row.high = prices.iter().map(|it| it.0.into()).max();
        row.mean = Some(u64::try_from(weighted / u128::from(units)).unwrap().into());
        row.leases = (prices.len() as u64).into();
        row.gpu_seconds = units.into();
    }
    sums
}

/// Adds a movement to the days of its mint and of the wallet whose money it is.
fn add(sums: &mut Sums, day: i64, movement: &Movement) {
    type Of<T> = fn(&mut T) -> &mut Unsigned64;
    let Movement { purpose, mint, amount, from, to, .. } = movement;
    let of_mint: Option<Of<MintDay>> = match purpose {
        Purpose::Deposit | Purpose::TopUp => Some(|day| &mut day.paid_in),
        Purpose::Payout => Some(|day| &mut day.paid_out),
        Purpose::Fee => Some(|day| &mut day.fees),
        Purpose::Credit => Some(|day| &mut day.credits),
        Purpose::Refund => Some(|day| &mut day.refunds),
        _ => None,
    };
    let (end, of_wallet): (_, Of<WalletDay>) = match purpose {
        Purpose::Deposit | Purpose::TopUp | Purpose::Stake => (from, |day| &mut day.paid_in),
        Purpose::Refund | Purpose::Credit => (to, |day| &mut day.paid_back),
        Purpose::Payout => (to, |day| &mut day.earned),
        Purpose::Bond | Purpose::BondPayment => (from, |day| &mut day.bonds_paid),
        Purpose::BondReturn | Purpose::BondWithdrawal => (to, |day| &mut day.bonds_returned),
        _ => (&None, |day| &mut day.earned),
    };
    let zero = Unsigned64::default;
    if let Some(of_mint) = of_mint {
        let row = sums.mints.entry((day, *mint)).or_insert_with(|| MintDay {
            mint: mint.to_string(),
            paid_in: zero(),
            paid_out: zero(),
            fees: zero(),
            credits: zero(),
            refunds: zero(),
        });
        of_mint(row).0 += amount;
    }
    if let Some(wallet) = end.and_then(|end| end.owner) {
        let row = sums.wallets.entry((wallet, day, *mint)).or_insert_with(|| WalletDay {
            day: day.into(),
            mint: mint.to_string(),
            paid_in: zero(),
            paid_back: zero(),
            earned: zero(),
            bonds_paid: zero(),
            bonds_returned: zero(),
        });
        of_wallet(row).0 += amount;
    }
}

fn price_day(day: i64, model: &str, mint: &Address) -> PriceDay {
    PriceDay {
        day: day.into(),
        gpu_model: model.to_owned(),
        mint: mint.to_string(),
        low: None,
        mean: None,
        high: None,
        leases: 0.into(),
        gpu_seconds: 0.into(),
        gpus: 0.into(),
        gpus_free: 0.into(),
    }
}

fn market(sums: &mut Sums, day: i64) -> &mut MarketDay {
    sums.days.entry(day).or_insert_with(|| market_day(day))
}

fn market_day(day: i64) -> MarketDay {
    MarketDay {
        day: day.into(),
        opened: 0.into(),
        closed: 0.into(),
        disputes: 0.into(),
        gpu_seconds: 0.into(),
        mints: Vec::new(),
    }
}

/// GPUs of each model and mint that was ever listed, and those that are free, in open offers.
fn listed(entries: &HashMap<Address, Entry>) -> BTreeMap<(String, Address), (u64, u64)> {
    let mut listed: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    for offer in entries.values().filter_map(Offer::of) {
        let sum = listed.entry((text::read(&offer.listing.gpu_model), offer.terms.mint)).or_default();
        if offer.is_open == 1 {
            sum.0 += u64::from(offer.gpus);
            sum.1 += u64::from(offer.gpus_free);
        }
    }
    listed
}

/// All days of a model, also those on which what was listed the day before still stood.
fn every_day(sums: &Sums, model: &str) -> Vec<PriceDay> {
    let mut all = Vec::new();
    let mints: BTreeSet<Address> = sums.prices.keys().filter(|(it, ..)| it == model).map(|it| it.1).collect();
    for day in (sums.first..=sums.last).step_by(86_400) {
        for mint in &mints {
            let until = (model.to_owned(), *mint, i64::MIN)..=(model.to_owned(), *mint, day);
            let Some(((.., since), row)) = sums.prices.range(until).next_back() else { continue };
            match *since == day {
                true => all.push(row.clone()),
                false if row.gpus.0 == 0 => {}
                false => {
                    let (gpus, gpus_free) = (row.gpus, row.gpus_free);
                    all.push(PriceDay { gpus, gpus_free, ..price_day(day, model, mint) });
                }
            }
        }
    }
    all
}

async fn require_same(store: &Store, sums: &Sums) {
    let span = Span::default();
    let wallets: BTreeSet<Address> = sums.wallets.keys().map(|(wallet, ..)| *wallet).collect();
    for wallet in wallets {
        let told = store.wallet_days(&wallet, span).await.unwrap();
        let of_wallet = sums.wallets.iter().filter(|((it, ..), _)| *it == wallet);
        assert_eq!(told, of_wallet.map(|(_, row)| row.clone()).collect::<Vec<_>>(), "{wallet}");
    }
    let market = store.market(span).await.unwrap();
    let of = |day: i64| sums.mints.iter().filter(move |((it, _), _)| *it == day).map(|(_, row)| row.clone());
    let quiet = |day: i64| sums.days.get(&day).cloned().unwrap_or_else(|| market_day(day));
    let all: BTreeSet<i64> = sums.days.keys().chain(sums.mints.keys().map(|(day, _)| day)).copied().collect();
    let days = all.into_iter().map(|day| MarketDay { mints: of(day).collect(), ..quiet(day) });
    assert_eq!(market, days.collect::<Vec<_>>());

    let models: BTreeSet<&String> = sums.prices.keys().map(|(model, ..)| model).collect();
    assert_eq!(store.models().await.unwrap().iter().map(|it| &it.gpu_model).collect::<BTreeSet<_>>(), models);
    for model in models {
        let told = store.prices(model, None, span).await.unwrap();
        assert_eq!(told, every_day(sums, model), "{model}");
        let middle = told[told.len() / 2].day.0;
        let span = Span { from: Some(middle + 5), before: Some(middle + 3 * 86_400) };
        let of_span = told.into_iter().filter(|row| (middle..middle + 3 * 86_400).contains(&row.day.0));
        assert_eq!(store.prices(model, None, span).await.unwrap(), of_span.collect::<Vec<_>>(), "{model}");
    }
    for (provider, reliability) in &sums.providers {
        let told = store.provider(provider).await.unwrap().unwrap();
        assert_eq!(told.reliability, *reliability);
        let days = store.provider_days(provider, span).await.unwrap();
        let of_provider = sums.provider_days.iter().filter(|((it, _), _)| it == provider);
        let days: Vec<_> = days.into_iter().map(|it| (it.day.0, it.reliability)).collect();
        assert_eq!(days, of_provider.map(|((_, day), row)| (*day, *row)).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn figures_are_what_everything_that_happened_adds_up_to() {
    let games = [game(11, 250), game(12, 250)];
    for chain in games.iter().chain([chain()]) {
        let file = File::of(&chain.played).await;
        require_same(&file.store, &sums(chain)).await;
    }
}
