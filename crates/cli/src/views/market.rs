//! What is listed and what was rented.

use crate::{
    indexer::answers::{MarketDay, MintDay, Model, PriceDay},
    output::{Column, List, Record, cell, table},
    units::*,
};
use comfy_table::Cell;
use gpu_lease_client::rpc::MintInfo;

/// Models and days of the market.
#[derive(Default)]
pub struct Overview {
    models: Vec<Model>,
    days: Vec<MarketDay>,
    model_rows: Vec<Vec<Cell>>,
    day_rows: Vec<Vec<Cell>>,
}

impl Overview {
    /// Adds a model with its lowest prices.
    pub fn model(&mut self, model: &Model, prices: &[(u64, MintInfo)]) {
        let prices: Vec<_> = prices.iter().map(|(price, mint)| money(*price, mint)).collect();
        self.model_rows.push(vec![
            cell(&model.gpu_model),
            cell(model.offers),
            cell(model.providers),
            cell(format!("{}/{}", model.gpus_free, model.gpus)),
            cell(prices.join(", ")),
        ]);
        self.models.push(model.clone());
    }

    /// Adds a day with its money: a row for each mint.
    pub fn day(&mut self, day: &MarketDay, money: &[(MintDay, MintInfo)]) {
        let counts = [day.opened, day.closed, day.disputes].map(cell);
        let first = || {
            let hours = cell(format_gpu_hours(day.gpu_seconds));
            [cell(format_date(day.day))].into_iter().chain(counts.clone()).chain([hours])
        };
        for (index, (it, mint)) in money.iter().enumerate() {
            let amounts = [it.paid_in, it.paid_out, it.fees, it.credits, it.refunds];
            let amounts = amounts.map(|amount| cell(format_amount(amount, mint.decimals)));
            let currency = cell(currency(&mint.address));
            let start: Vec<Cell> = match index {
                0 => first().collect(),
                _ => vec![cell(""); 5],
            };
            self.day_rows.push(start.into_iter().chain(amounts).chain([currency]).collect());
        }
        if money.is_empty() {
            self.day_rows.push(first().chain(vec![cell(""); 6]).collect());
        }
        self.days.push(day.clone());
    }

    /// All of it.
    pub fn record(self) -> Record {
        let models = vec![
            Column::text("MODEL"),
            Column::number("OFFERS"),
            Column::number("PROVIDERS"),
            Column::number("FREE"),
            Column::text("FROM, PER GPU-HOUR"),
        ];
        let days = vec![
            Column::text("DAY"),
            Column::number("OPENED"),
            Column::number("CLOSED"),
            Column::number("DISPUTES"),
            Column::number("GPU-HOURS"),
            Column::number("PAID IN"),
            Column::number("PAID OUT"),
            Column::number("FEES"),
            Column::number("CREDITS"),
            Column::number("REFUNDS"),
            Column::text("IN"),
        ];
        Record::new()
            .object("models", &self.models)
            .object("days", &self.days)
            .heading("What is listed")
            .text_block(table(models, self.model_rows).whole())
            .heading("What was rented, by days in UTC")
            .text_block(table(days, self.day_rows).whole())
    }
}

/// A table of a model's days.
pub fn price_days() -> List {
    let columns = vec![
        Column::text("DAY"),
        Column::number("LOW"),
        Column::number("MEAN"),
        Column::number("HIGH"),
        Column::text("IN"),
        Column::number("LEASES"),
        Column::number("GPU-HOURS"),
        Column::number("FREE"),
    ];
    List::new(columns, "The indexer remembers nothing of this model; `gpu-lease market` lists them.")
}

/// A day's row.
pub fn price_row(day: &PriceDay, mint: &MintInfo) -> Vec<Cell> {
    let price = |price: Option<u64>| {
        cell(price.map_or_else(|| "-".to_owned(), |price| format_amount(price, mint.decimals)))
    };
    vec![
        cell(format_date(day.day)),
        price(day.low),
        price(day.mean),
        price(day.high),
        cell(currency(&mint.address)),
        cell(day.leases),
        cell(format_gpu_hours(day.gpu_seconds)),
        cell(format!("{}/{}", day.gpus_free, day.gpus)),
    ]
}

/// A day as programs read it.
pub fn price_record(day: &PriceDay, mint: &MintInfo) -> Record {
    Record::of(day).json("decimals", mint.decimals)
}
