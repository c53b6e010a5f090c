//! A small market that is made up, in both databases: what is said of it is what a second reckoning says.

use crate::reading::sqlite;
use gpu_lease_client::state::EndReason;
use gpu_lease_indexer::ask::{LeaseFilter, OfferFilter, OfferOrder, Part, Span};
use gpu_lease_indexer::book::{LeaseEnd, Page, Purpose};
use gpu_lease_indexer::store::Store;
use gpu_lease_indexer::views::{MintDay, Reliability, WalletDay};
use gpu_lease_load::market::{Market, Size};
use gpu_lease_load::record::{self, Accounts, Read};
use gpu_lease_tests::postgres::Postgres;
use solana_address::Address;
use std::collections::{BTreeMap, BTreeSet};

const SIZE: Size = Size { transactions: 1_500, offers: 100 };

/// What a careful person adds up, reading one transaction after the other.
#[derive(Default)]
struct Reckoning {
    /// Opened, closed, disputed, GPU-seconds of what was closed.
    days: BTreeMap<i64, [u64; 4]>,
    /// Paid in, paid out, fees, credits, refunds.
    mints: BTreeMap<(i64, Address), [u64; 5]>,
    /// Paid in, paid back, earned, bonds paid, bonds returned.
    wallets: BTreeMap<(Address, i64, Address), [u64; 5]>,
    providers: BTreeMap<Address, Reliability>,
    prices: BTreeMap<i64, (u64, u64)>,
    lost: BTreeSet<Address>,
}

impl Reckoning {
    fn take(&mut self, time: i64, done: &Page) {
        let day = time / 86_400 * 86_400;
        for deed in &done.deeds {
            let figures = self.days.entry(day).or_default();
            match deed.name {
                "open_lease" => figures[0] += 1,
                "close_lease" => figures[1] += 1,
                "dispute_lease" => figures[2] += 1,
                _ => {}
            }
        }
        for movement in &done.movements {
            let (amount, mint) = (movement.amount, movement.mint);
            let of_mint = self.mints.entry((day, mint)).or_default();
            let payer = movement.from.and_then(|end| end.owner);
            let paid = movement.to.and_then(|end| end.owner);
            let (of_day, of_wallet, wallet) = match movement.purpose {
                Purpose::Deposit | Purpose::TopUp => (Some(0), 0, payer),
                Purpose::Stake => (None, 0, payer),
                Purpose::Payout => (Some(1), 2, paid),
                Purpose::Fee => (Some(2), 0, None),
                Purpose::Credit => (Some(3), 1, paid),
                Purpose::Refund => (Some(4), 1, paid),
                Purpose::Bond | Purpose::BondPayment => (None, 3, payer),
                Purpose::BondReturn | Purpose::BondWithdrawal => (None, 4, paid),
                _ => (None, 0, None),
            };
            if let Some(figure) = of_day {
                of_mint[figure] += amount;
            }
            if let Some(wallet) = wallet {
                self.wallets.entry((wallet, day, mint)).or_default()[of_wallet] += amount;
            }
        }
        for (life, after) in &done.leases {
            if after.lease.opened_at == time && after.lease.started_at == 0 && after.end.is_none() {
                let prices = self.prices.entry(day).or_insert((u64::MAX, 0));
                *prices = (prices.0.min(after.lease.terms.price), prices.1.max(after.lease.terms.price));
            }
            if after.lease.dispute.opened.time > 0
                && after.lease.dispute.favours_renter(after.lease.meter.accepted)
                && done.deeds.iter().any(|deed| deed.name == "resolve_dispute")
            {
                self.lost.insert(life.lease);
            }
            let Some(LeaseEnd::Closed(closing)) = after.end else { continue };
            self.days.entry(day).or_default()[3] += after.lease.meter.accepted;
            let kept = self.providers.entry(after.lease.provider).or_default();
            if closing.fees == 0 {
                kept.leases_without_weight += 1;
                continue;
            }
            kept.leases += 1;
            kept.units_promised.0 += closing.promised;
            kept.units_delivered.0 += after.lease.meter.accepted;
            kept.abandoned += u32::from(after.lease.end_reason == EndReason::Abandoned);
            kept.disputes_lost += u32::from(self.lost.remove(&life.lease));
        }
    }

    async fn require_same(&self, store: &Store) {
        let days = store.market(Span::default()).await.unwrap();
        let some = self.days.iter().filter(|(_, figures)| figures.iter().any(|figure| *figure > 0));
        for (day, figures) in some {
            let told = days.iter().find(|told| told.day.0 == *day).unwrap();
            assert_eq!(
                [told.opened.0, told.closed.0, told.disputes.0, told.gpu_seconds.0],
                *figures,
                "day {day}"
            );
        }
        for ((day, mint), figures) in &self.mints {
            let told = days.iter().find(|told| told.day.0 == *day);
            let told = told.and_then(|told| told.mints.iter().find(|told| told.mint == mint.to_string()));
            let told = told.map(|MintDay { paid_in, paid_out, fees, credits, refunds, .. }| {
                [paid_in, paid_out, fees, credits, refunds].map(|figure| figure.0)
            });
            assert_eq!(told.unwrap_or_default(), *figures, "day {day} in {mint}");
        }
        for ((wallet, day, mint), figures) in &self.wallets {
            let told = store.wallet_days(wallet, Span::default()).await.unwrap();
            let told = told.iter().find(|told| told.day.0 == *day && told.mint == mint.to_string());
            let WalletDay { paid_in, paid_back, earned, bonds_paid, bonds_returned, .. } = told.unwrap();
            let told = [paid_in, paid_back, earned, bonds_paid, bonds_returned].map(|figure| figure.0);
            assert_eq!(told, *figures, "day {day} of {wallet}");
        }
        for (provider, reckoned) in &self.providers {
            let told = store.provider(provider).await.unwrap().unwrap().reliability;
            assert_eq!(Reliability { uptime_bps: None, ..told }, *reckoned, "{provider}");
        }
        let models = store.models().await.unwrap();
        let mut prices: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        for model in models {
            for told in store.prices(&model.gpu_model, None, Span::default()).await.unwrap() {
                let (Some(low), Some(high)) = (told.low, told.high) else { continue };
                let all = prices.entry(told.day.0).or_insert((u64::MAX, 0));
                *all = (all.0.min(low.0), all.1.max(high.0));
            }
        }
        assert_eq!(prices, self.prices);
    }
}

#[tokio::test]
async fn a_made_up_market_is_the_same_in_both_databases_and_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite(&folder);
    let file = Store::open(&url, &record::GENESIS).await.unwrap();
    let (mut market, mut kept) = (Market::new(1, SIZE), Accounts::new());
    let mut reckoning = Reckoning::default();
    loop {
        let read = Read::next_of(&mut market, &mut kept, 100);
        if read.is_empty() {
            break;
        }
        for it in &read {
            assert_eq!(it.done.doubts, []);
            reckoning.take(it.made.transaction.moment.time, &it.done);
        }
        record::apply(&file, &read).await.unwrap();
    }
    assert_eq!(file.progress().await.unwrap().transactions.0, SIZE.transactions);
    assert_eq!(&file.entries().await.unwrap(), &kept);
    reckoning.require_same(&file).await;

    let ledger = file.ledger().await.unwrap();
    assert!(ledger.sums().len() > 3 && ledger.sums().values().all(|sum| *sum == 0));
    assert_eq!(ledger.differences(), []);

    let postgres = Postgres::start();
    let other = Store::open(&postgres.database("record"), &record::GENESIS).await.unwrap();
    record::fill(&other, 1, SIZE, 700).await.unwrap();
    let (rows, others) = (file.rows().await.unwrap(), other.rows().await.unwrap());
    for (table, rows) in &rows {
        assert!(others[table] == *rows, "{table} is otherwise in PostgreSQL");
    }
    let all = Part { after: None, limit: 200 };
    for store in [&file, &other] {
        let offers = store.offers(&OfferFilter::default(), OfferOrder::Newest, &all).await.unwrap();
        assert!(offers.items.len() > 80);
        let leases = store.leases(&LeaseFilter::default(), &all).await.unwrap();
        assert!(leases.items.len() > 50 && leases.items.iter().all(|lease| !lease.is_in_doubt));
        store.close().await;
    }
}
