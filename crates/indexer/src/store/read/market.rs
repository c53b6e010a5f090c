//! Models, prices and the market's days.

use std::collections::BTreeMap;

use anyhow::Result;
use solana_address::Address;

use super::days::{MOST_DAYS, days};
use crate::ask::Span;
use crate::store::facade::Store;
use crate::store::row::Column;
use crate::store::schema::{MarketDayRow, MintDayRow, MintRow, PriceDayRow, SupplyRow};
use crate::store::sql::Value;
use crate::store::taking::{DAY, day_of};
use crate::views::{MarketDay, MintDay, MintPrice, Model, PriceDay};

/// Most models of an answer.
const MOST_MODELS: usize = 1_000;

impl Store {
    /// Models that are, or were, listed, by their names.
    pub async fn models(&self) -> Result<Vec<Model>> {
        let supplies: Vec<SupplyRow> =
            self.all_finalized("ORDER BY gpu_model, mint LIMIT 10000", Vec::new()).await?;
        let mut names: Vec<String> = supplies.into_iter().map(|row| row.gpu_model).collect();
        names.dedup();
        let listed = self.with_shelf(|shelf| shelf.models());
        let view = |gpu_model: String| {
            let model = listed.get(&gpu_model).cloned().unwrap_or_default();
            let from = model.from.iter();
            Model {
                gpu_model,
                offers: model.offers.into(),
                gpus: model.gpus.into(),
                gpus_free: model.gpus_free.into(),
                providers: u64::try_from(model.providers.len()).unwrap_or(u64::MAX).into(),
                from: from
                    .map(|(mint, price)| MintPrice { mint: mint.to_string(), price: (*price).into() })
                    .collect(),
            }
        };
        Ok(names.into_iter().take(MOST_MODELS).map(view).collect())
    }

    /// Digits behind the point of each mint that a transaction showed.
    pub async fn decimals(&self) -> Result<BTreeMap<String, u8>> {
        let rows: Vec<MintRow> = self.all_finalized("LIMIT 10000", Vec::new()).await?;
        let digits = |row: MintRow| Ok((row.mint.to_string(), row.decimals.try_into()?));
        rows.into_iter().map(digits).collect()
    }

    /// Days on which GPUs of a model were listed or rented, as far as the record goes, the oldest first.
    pub async fn prices(&self, model: &str, mint: Option<&Address>, span: Span) -> Result<Vec<PriceDay>> {
        let model = model.replace('\0', "").value();
        let supplies: Vec<SupplyRow> =
            self.all_finalized("WHERE gpu_model = $1 ORDER BY mint LIMIT 1000", vec![model.clone()]).await?;
        let mints = supplies.into_iter().map(|row| row.mint).filter(|it| mint.is_none_or(|mint| mint == it));
        let today = day_of(self.reached().time);
        let until = span.before.unwrap_or(i64::MAX).min(today.saturating_add(DAY));
        let mut all = Vec::new();
        for mint in mints {
            let of_mint = vec![model.clone(), mint.value()];
            let before = match span.from {
                Some(from) => self.last_price_day(of_mint.clone(), day_of(from)).await?,
                None => None,
            };
            let (condition, values) = days("gpu_model = $1 AND mint = $2", of_mint, span, "day");
            let changed: Vec<PriceDayRow> = self.all_finalized(&condition, values).await?;
            all.extend(every_day(before, changed, until));
        }
        all.sort_by_key(|row| (row.day, row.mint));
        Ok(all.into_iter().take(MOST_DAYS as usize).map(price_day).collect())
    }

    /// How a model was listed in a mint when a day began.
    async fn last_price_day(&self, mut of_mint: Vec<Value>, day: i64) -> Result<Option<PriceDayRow>> {
        of_mint.push(day.value());
        let condition = "WHERE gpu_model = $1 AND mint = $2 AND day < $3 ORDER BY day DESC LIMIT 1";
        let rows: Vec<PriceDayRow> = self.all_finalized(condition, of_mint).await?;
        Ok(rows.into_iter().next().map(|row| PriceDayRow { day: day.saturating_sub(DAY), ..row }))
    }

    /// The market's days, the oldest first.
    pub async fn market(&self, span: Span) -> Result<Vec<MarketDay>> {
        let (condition, values) = days("day IS NOT NULL", Vec::new(), span, "day");
        let rows: Vec<MarketDayRow> = self.all_finalized(&condition, values).await?;
        let (condition, values) = days("day IS NOT NULL", Vec::new(), span, "day, mint");
        let money: Vec<MintDayRow> = self.all_finalized(&condition, values).await?;
        let mut days: BTreeMap<i64, MarketDay> =
            rows.into_iter().map(|row| (row.day, market_day(row))).collect();
        for row in money {
            // On some days money moved and nothing else happened.
            let nothing = MarketDayRow { day: row.day, opened: 0, closed: 0, disputes: 0, gpu_seconds: 0 };
            days.entry(row.day).or_insert_with(|| market_day(nothing)).mints.push(MintDay {
                mint: row.mint.to_string(),
                paid_in: row.paid_in.into(),
                paid_out: row.paid_out.into(),
                fees: row.fees.into(),
                credits: row.credits.into(),
                refunds: row.refunds.into(),
            });
        }
        Ok(days.into_values().collect())
    }
}

fn market_day(row: MarketDayRow) -> MarketDay {
    MarketDay {
        day: row.day.into(),
        opened: row.opened.into(),
        closed: row.closed.into(),
        disputes: row.disputes.into(),
        gpu_seconds: row.gpu_seconds.into(),
        mints: Vec::new(),
    }
}

/// The days on which what was listed `changed`, and those on which it stood as it had been `before`, up to `until`.
fn every_day(before: Option<PriceDayRow>, changed: Vec<PriceDayRow>, until: i64) -> Vec<PriceDayRow> {
    let mut all = Vec::new();
    let mut standing = before;
    for next in changed.into_iter().map(Some).chain([None]) {
        if let Some(listed) = standing.filter(|row| row.gpus > 0) {
            let end = next.as_ref().map_or(until, |next| next.day);
            let days = (1..=i64::from(MOST_DAYS)).map(|number| listed.day.saturating_add(number * DAY));
            all.extend(days.take_while(|day| *day < end).map(|day| quiet(&listed, day)));
        }
        all.extend(next.clone());
        standing = next;
    }
    all
}

/// A day on which nothing changed.
fn quiet(listed: &PriceDayRow, day: i64) -> PriceDayRow {
    PriceDayRow { day, low: None, high: None, weighted: 0, gpu_seconds: 0, leases: 0, ..listed.clone() }
}

fn price_day(row: PriceDayRow) -> PriceDay {
    let mean = row.weighted.checked_div(row.gpu_seconds.into()).and_then(|mean| u64::try_from(mean).ok());
    PriceDay {
        day: row.day.into(),
        gpu_model: row.gpu_model,
        mint: row.mint.to_string(),
        low: row.low.map(Into::into),
        mean: mean.map(Into::into),
        high: row.high.map(Into::into),
        leases: row.leases.into(),
        gpu_seconds: row.gpu_seconds.into(),
        gpus: row.gpus.into(),
        gpus_free: row.gpus_free.into(),
    }
}
