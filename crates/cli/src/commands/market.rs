//! `gpu-lease market`

use super::history::note_gaps;
use crate::{
    config,
    context::Context,
    indexer::{
        Indexer, Source,
        answers::{MarketDay, Model, Page, PriceDay},
    },
    views,
};
use anyhow::Result;
use clap::Args;
use solana_address::Address;

/// Seconds of a day.
const DAY: i64 = 86_400;

#[derive(Debug, Args)]
pub struct Market {
    /// Only this model of GPUs, day by day: what was listed, and what was paid for it
    #[arg(value_name = "MODEL")]
    model: Option<String>,
    #[command(flatten)]
    source: Source,
    /// Only prices in this mint
    #[arg(long, value_name = "MINT", value_parser = config::parse_address)]
    mint: Option<Address>,
    /// How many days, up to today
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=366), default_value_t = 30)]
    days: u16,
}

/// Shows what is listed and what was rented, for what prices.
pub async fn run(market: &Market, context: &Context) -> Result<()> {
    let indexer = market.source.open(context).await?;
    let since = indexer.progress.time.saturating_sub(i64::from(market.days.saturating_sub(1)) * DAY);
    let from = since.saturating_sub(since.rem_euclid(DAY));
    note_gaps(&indexer);
    match &market.model {
        Some(model) => prices(market, model, from, &indexer, context).await,
        None => figures(market, from, &indexer, context).await,
    }
}

/// Each day of a model.
async fn prices(market: &Market, model: &str, from: i64, indexer: &Indexer, context: &Context) -> Result<()> {
    let mint = market.mint.map(|mint| ("mint", mint.to_string()));
    let query: Vec<_> = [Some(("from", from.to_string())), mint].into_iter().flatten().collect();
    let days: Page<PriceDay> = indexer.ask(&["models", model, "prices"], &query).await?;
    let mut list = views::market::price_days();
    for day in days.items {
        let mint = context.mint(&day.mint).await?;
        list.push(views::market::price_row(&day, &mint), views::market::price_record(&day, &mint));
    }
    context.print(&list)
}

/// All models, and each day of the market.
async fn figures(market: &Market, from: i64, indexer: &Indexer, context: &Context) -> Result<()> {
    let models: Page<Model> = indexer.ask(&["models"], &[]).await?;
    let days: Page<MarketDay> = indexer.ask(&["market", "days"], &[("from", from.to_string())]).await?;
    let is_asked_for = |mint: &Address| market.mint.is_none_or(|asked| asked == *mint);
    let mut overview = views::market::Overview::default();
    for mut model in models.items {
        model.from.retain(|price| is_asked_for(&price.mint));
        let mut prices = Vec::new();
        for price in &model.from {
            prices.push((price.price, context.mint(&price.mint).await?));
        }
        overview.model(&model, &prices);
    }
    for mut day in days.items {
        day.mints.retain(|money| is_asked_for(&money.mint));
        let mut money = Vec::new();
        for it in &day.mints {
            money.push((it.clone(), context.mint(&it.mint).await?));
        }
        overview.day(&day, &money);
    }
    context.print(&overview.record())
}
