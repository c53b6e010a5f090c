//! Models, prices and the market's days.

use std::collections::BTreeMap;

use anyhow::Result;
use solana_address::Address;

use super::days::days;
use crate::ask::Span;
use crate::store::facade::Store;
use crate::store::row::Column;
use crate::store::schema::{MarketDayRow, MintDayRow, MintRow, PriceDayRow, SupplyRow};
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

    /// Days of a model on which something was rented, or listed otherwise than before, the oldest first.
    pub async fn prices(&self, model: &str, mint: Option<&Address>, span: Span) -> Result<Vec<PriceDay>> {
        let mut values = vec![model.replace('\0', "").value()];
        let mut condition = "gpu_model = $1".to_owned();
        if let Some(mint) = mint {
            values.push(mint.value());
            condition.push_str(" AND mint = $2");
        }
        let (condition, values) = days(&condition, values, span, "day, mint");
        let rows: Vec<PriceDayRow> = self.all_finalized(&condition, values).await?;
        Ok(rows.into_iter().map(price_day).collect())
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
