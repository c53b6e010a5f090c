//! Providers.

use anyhow::Result;
use gpu_lease_client::state;
use solana_address::Address;

use super::days::days;
use crate::ask::{Part, Span};
use crate::store::facade::Store;
use crate::store::list::Query;
use crate::store::row::{Column, key};
use crate::store::schema::{ProviderDayRow, ProviderRow};
use crate::store::shelf::uptime_bps;
use crate::store::taking::account;
use crate::views::{Page, Provider, ProviderDay, ProviderRecord, Reliability};

macro_rules! reliability_of {
    ($row:expr) => {
        Reliability {
            uptime_bps: uptime_bps($row.units_promised, $row.units_delivered),
            units_promised: $row.units_promised.into(),
            units_delivered: $row.units_delivered.into(),
            leases: $row.leases,
            abandoned: $row.abandoned,
            disputes_lost: $row.disputes_lost,
            leases_without_weight: $row.leases_without_weight,
        }
    };
}

impl Store {
    /// All providers.
    pub async fn providers(&self, part: &Part) -> Result<Page<Provider>> {
        self.list::<ProviderRow>(&Query::ascending(&["provider"]), part).await?.page(|(row, _)| view(&row))
    }

    /// A provider.
    pub async fn provider(&self, provider: &Address) -> Result<Option<Provider>> {
        let row = self.find::<ProviderRow>(&key!(*provider)).await?;
        row.map(|(row, _)| view(&row)).transpose()
    }

    /// Its days on which leases were closed, the oldest first.
    pub async fn provider_days(&self, provider: &Address, span: Span) -> Result<Vec<ProviderDay>> {
        let (condition, values) = days("provider = $1", vec![provider.value()], span, "day");
        let rows: Vec<ProviderDayRow> = self.all_finalized(&condition, values).await?;
        let view =
            |row: ProviderDayRow| ProviderDay { day: row.day.into(), reliability: reliability_of!(row) };
        Ok(rows.into_iter().map(view).collect())
    }
}

/// How a provider kept its word.
pub fn reliability(row: &ProviderRow) -> Reliability {
    reliability_of!(row)
}

fn view(row: &ProviderRow) -> Result<Provider> {
    let provider: state::Provider = account(&row.account)?;
    let record = &provider.record;
    Ok(Provider {
        address: row.provider.to_string(),
        authority: provider.authority.to_string(),
        attestor: provider.attestor.to_string(),
        operator: (provider.operator != Address::default()).then(|| provider.operator.to_string()),
        registered_by: provider.registered_by.to_string(),
        registered_at: row.registered_at.map(Into::into),
        record: ProviderRecord {
            units_delivered: record.units_delivered.into(),
            units_promised: record.units_promised.into(),
            fees_paid: record.fees_paid.into(),
            leases_started: record.leases_started,
            leases_completed: record.leases_completed,
            leases_abandoned: record.leases_abandoned,
            leases_disputed: record.leases_disputed,
            disputes_lost: record.disputes_lost,
        },
        reliability: reliability(row),
    })
}
