//! What the page asks of a record.

use std::pin::Pin;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use gpu_lease_indexer::ask::{EventFilter, LeaseFilter, OfferFilter, OfferOrder, Part, Span};
use gpu_lease_indexer::book::LeaseLife;
use gpu_lease_indexer::store::Store;
use gpu_lease_indexer::views::{Lease, LeaseState};
use solana_address::Address;

use crate::chance::Chance;

/// Somebody's lease, and what they would ask about.
#[derive(Clone, Debug)]
pub struct Sample {
    pub lease: LeaseLife,
    pub renter: Address,
    pub payer: Address,
    pub provider: Address,
    pub wallet: Address,
    pub offer: Address,
    pub mint: Address,
    pub gpu_model: String,
    pub region: String,
    pub price: u64,
    pub opened_at: i64,
    pub number: u32,
}

impl Sample {
    /// `count` of them, from all times of a record, and of the leases that are looked at most: those of busy wallets.
    pub async fn of(store: &Store, count: usize) -> Result<Vec<Self>> {
        let to = store.progress().await?.time.0;
        let from = store.market(Span::default()).await?.first().context("nothing happened")?.day.0;
        let mut chance = Chance::new(count as u64);
        let mut samples = Vec::new();
        while samples.len() < count {
            let before = from + chance.below(u64::try_from(to - from)?).cast_signed();
            let filter = LeaseFilter { opened_before: Some(before), ..LeaseFilter::default() };
            let part = Part { after: None, limit: 5 };
            for lease in store.leases(&filter, &part).await?.items {
                samples.push(Self::read(lease, samples.len())?);
            }
        }
        samples.truncate(count);
        Ok(samples)
    }

    fn read(lease: Lease, number: usize) -> Result<Self> {
        let wallet = lease.provider_authority.context("a lease has a provider")?.parse()?;
        Ok(Self {
            lease: LeaseLife { lease: lease.address.parse()?, opened_slot: lease.opened_slot.0 },
            renter: lease.renter.parse()?,
            payer: lease.payer.parse()?,
            provider: lease.provider.parse()?,
            wallet,
            offer: lease.offer.parse()?,
            mint: lease.mint.parse()?,
            gpu_model: lease.gpu_model,
            region: lease.region,
            price: lease.price.0,
            opened_at: lease.opened_at.0,
            number: u32::try_from(number)?,
        })
    }

    /// The month before the lease.
    const fn span(&self) -> Span {
        Span { from: Some(self.opened_at - 30 * 86_400), before: Some(self.opened_at) }
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<usize>> + Send + 'a>>;

/// A question, which says how much came back.
pub struct Question {
    pub name: &'static str,
    ask: for<'a> fn(&'a Store, &'a Sample) -> Answer<'a>,
}

/// A page of 50.
fn part() -> Part {
    Part { after: None, limit: 50 }
}

macro_rules! questions {
    ($($name:literal => |$store:ident, $it:ident| $ask:expr;)*) => {
        /// All questions.
        pub const QUESTIONS: &[Question] = &[$(Question {
            name: $name,
            ask: |$store, $it| Box::pin(async move { $ask }),
        }),*];
    };
}

questions! {
    "offers, cheapest first" => |store, _it| {
        Ok(store.offers(&OfferFilter::default(), OfferOrder::Price, &part()).await?.items.len())
    };
    "offers of a model and region, in a mint, up to a price" => |store, it| {
        let filter = OfferFilter {
            gpu_model: Some(it.gpu_model.clone()),
            region: Some(it.region.clone()),
            mint: Some(it.mint),
            max_price: Some(it.price),
            min_free: Some(1 + it.number % 4),
            open: Some(true),
            ..OfferFilter::default()
        };
        Ok(store.offers(&filter, OfferOrder::Price, &part()).await?.items.len())
    };
    "offers by words, most reliable first" => |store, it| {
        let words = format!("{} {}", it.gpu_model.split(' ').next_back().unwrap_or_default(), it.region);
        let filter = OfferFilter { text: Some(words), open: Some(true), ..OfferFilter::default() };
        Ok(store.offers(&filter, OfferOrder::Reliability, &part()).await?.items.len())
    };
    "offers with much memory and many free, most memory first" => |store, it| {
        let filter = OfferFilter {
            min_memory_gib: Some(80),
            min_free: Some(8 << (it.number % 4)),
            duration: Some(60 * 86_400),
            ..OfferFilter::default()
        };
        Ok(store.offers(&filter, OfferOrder::Memory, &part()).await?.items.len())
    };
    "offers that there are none of" => |store, it| {
        let filter = OfferFilter { min_free: Some(100_000 + it.number), ..OfferFilter::default() };
        Ok(store.offers(&filter, OfferOrder::Newest, &part()).await?.items.len())
    };
    "offers of a provider" => |store, it| {
        let filter = OfferFilter { provider: Some(it.provider), ..OfferFilter::default() };
        Ok(store.offers(&filter, OfferOrder::Price, &part()).await?.items.len())
    };
    "an offer" => |store, it| Ok(store.offer(&it.offer).await?.into_iter().count());
    "versions of an offer" => |store, it| Ok(store.offer_versions(&it.offer, &part()).await?.items.len());
    "models" => |store, _it| Ok(store.models().await?.len());
    "prices of a model, a month" => |store, it| {
        Ok(store.prices(&it.gpu_model, Some(&it.mint), it.span()).await?.len())
    };
    "prices of a model, always" => |store, it| Ok(store.prices(&it.gpu_model, None, Span::default()).await?.len());
    "leases, newest first" => |store, _it| {
        Ok(store.leases(&LeaseFilter::default(), &part()).await?.items.len())
    };
    "leases of a wallet" => |store, it| {
        let filter = LeaseFilter { party: Some(it.renter), ..LeaseFilter::default() };
        Ok(store.leases(&filter, &part()).await?.items.len())
    };
    "leases of a wallet that are over, of a month" => |store, it| {
        let Span { from, before } = it.span();
        let filter = LeaseFilter {
            renter: Some(it.renter),
            states: vec![LeaseState::Closed, LeaseState::Cancelled],
            opened_from: from,
            opened_before: before,
            ..LeaseFilter::default()
        };
        Ok(store.leases(&filter, &part()).await?.items.len())
    };
    "leases of a provider" => |store, it| {
        let filter = LeaseFilter { provider: Some(it.provider), ..LeaseFilter::default() };
        Ok(store.leases(&filter, &part()).await?.items.len())
    };
    "leases of a wallet with a provider" => |store, it| {
        let filter =
            LeaseFilter { renter: Some(it.payer), provider: Some(it.provider), ..LeaseFilter::default() };
        Ok(store.leases(&filter, &part()).await?.items.len())
    };
    "disputed leases" => |store, _it| {
        let filter = LeaseFilter { states: vec![LeaseState::Disputed], ..LeaseFilter::default() };
        Ok(store.leases(&filter, &part()).await?.items.len())
    };
    "lives of a lease" => |store, it| Ok(store.lives(&it.lease.lease).await?.len());
    "statements of a lease" => |store, it| Ok(store.statements(it.lease, &part()).await?.items.len());
    "movements of a lease" => |store, it| Ok(store.movements_of_lease(it.lease, &part()).await?.items.len());
    "events of a lease" => |store, it| {
        let filter = EventFilter { about: Some(it.lease.lease), ..EventFilter::default() };
        Ok(store.events(&filter, &part()).await?.items.len())
    };
    "events of a life" => |store, it| {
        let filter = EventFilter {
            about: Some(it.lease.lease),
            opened_slot: Some(it.lease.opened_slot),
            ..EventFilter::default()
        };
        Ok(store.events(&filter, &part()).await?.items.len())
    };
    "events of a provider, of one instruction" => |store, it| {
        let instruction = Some("settle".to_owned());
        let filter = EventFilter { about: Some(it.provider), instruction, ..EventFilter::default() };
        Ok(store.events(&filter, &part()).await?.items.len())
    };
    "events of one instruction" => |store, it| {
        let names = ["dispute_lease", "attest", "pause", "expire_lease"];
        let instruction = names.get(it.number as usize % names.len()).map(|name| (*name).to_owned());
        Ok(store.events(&EventFilter { instruction, ..EventFilter::default() }, &part()).await?.items.len())
    };
    "movements of a wallet" => |store, it| {
        Ok(store.movements_of(&it.renter, Span::default(), &part()).await?.items.len())
    };
    "movements of a provider's wallet, a month" => |store, it| {
        Ok(store.movements_of(&it.wallet, it.span(), &part()).await?.items.len())
    };
    "spending and earnings a day" => |store, it| Ok(store.wallet_days(&it.wallet, Span::default()).await?.len());
    "providers" => |store, _it| Ok(store.providers(&part()).await?.items.len());
    "a provider" => |store, it| Ok(store.provider(&it.provider).await?.into_iter().count());
    "a provider's days" => |store, it| Ok(store.provider_days(&it.provider, Span::default()).await?.len());
    "proposals" => |store, _it| Ok(store.proposals(&part()).await?.items.len());
    "votes on a proposal" => |store, it| Ok(store.votes(u64::from(it.number % 20), &part()).await?.items.len());
    "votes of a wallet" => |store, it| Ok(store.votes_of(&it.renter, &part()).await?.items.len());
    "fees and pauses" => |store, _it| Ok(store.fees().await?.len() + store.pauses().await?.len());
    "the market's days" => |store, _it| Ok(store.market(Span::default()).await?.len());
    "balances of a provider" => |store, it| Ok(store.balances(Some(&it.provider), &part()).await?.items.len());
    "progress" => |store, _it| store.progress().await.map(|_| 1);
}

impl Question {
    /// How long each of these samples takes.
    pub async fn ask(&self, store: &Store, samples: &[Sample]) -> Result<Vec<Duration>> {
        let mut took = Vec::with_capacity(samples.len());
        for sample in samples {
            let begun = Instant::now();
            (self.ask)(store, sample).await.with_context(|| format!("{}, {sample:?}", self.name))?;
            took.push(begun.elapsed());
        }
        Ok(took)
    }
}
