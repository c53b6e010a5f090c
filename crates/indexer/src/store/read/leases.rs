//! Leases.

use anyhow::Result;
use gpu_lease_client::json::Json;
use gpu_lease_client::state;
use solana_address::Address;

use crate::ask::{LeaseFilter, Part};
use crate::book::LeaseLife;
use crate::store::facade::Store;
use crate::store::list::{Query, shown};
use crate::store::row::key;
use crate::store::schema::LeaseRow;
use crate::store::taking::account;
use crate::views::{Closing, Commitment, Lease, LeaseState, Page};

/// The newest first.
const ORDER: &[&str] = &["opened_at", "opened_slot", "lease"];

impl Store {
    /// Leases, the newest first.
    pub async fn leases(&self, filter: &LeaseFilter, part: &Part) -> Result<Page<Lease>> {
        let queries: Vec<_> = if filter.states.is_empty() {
            vec![query(filter, None)]
        } else {
            let mut states = filter.states.clone();
            states.sort_unstable_by_key(ToString::to_string);
            states.dedup();
            states.into_iter().map(|state| query(filter, Some(state))).collect()
        };
        self.list_each::<LeaseRow>(&queries, part).await?.page(view)
    }

    /// Each lease that had this address, the newest first.
    pub async fn lives(&self, lease: &Address) -> Result<Vec<Lease>> {
        let query = Query::descending(&["opened_slot"]).only("t.lease = ?", lease);
        let part = Part { after: None, limit: crate::ask::MOST_ITEMS };
        Ok(self.list::<LeaseRow>(&query, &part).await?.page(view)?.items)
    }

    /// A lease.
    pub async fn lease(&self, life: LeaseLife) -> Result<Option<Lease>> {
        self.find::<LeaseRow>(&key!(life.lease, life.opened_slot)).await?.map(view).transpose()
    }
}

/// Which leases, of those in one state.
fn query(filter: &LeaseFilter, state: Option<LeaseState>) -> Query {
    let LeaseFilter { party, renter, provider, offer, opened_from, opened_before, .. } = filter;
    let about = party.or(*renter).or(*offer).or(*provider);
    let state = state.map(|state| state.to_string());
    let query = Query::descending(ORDER);
    let query = match &about {
        Some(about) => query
            .named_by("JOIN lease_abouts a ON a.lease = t.lease AND a.opened_slot = t.opened_slot")
            .only("a.about = ?", about)
            .only_if("a.state = ?", state.as_ref())
            .only_if("a.opened_at >= ?", opened_from.as_ref())
            .only_if("a.opened_at < ?", opened_before.as_ref()),
        None => query
            .only_if("t.state = ?", state.as_ref())
            .only_if("t.opened_at >= ?", opened_from.as_ref())
            .only_if("t.opened_at < ?", opened_before.as_ref()),
    };
    // An offer is a party of nothing.
    query
        .only_if("t.offer <> ?", party.as_ref())
        .only_if("(t.renter = ? OR t.payer = ?)", renter.as_ref())
        .only_if("t.provider = ?", provider.as_ref())
        .only_if("t.offer = ?", offer.as_ref())
}

/// A lease as it is shown.
pub fn view((row, commitment): (LeaseRow, Commitment)) -> Result<Lease> {
    let lease: state::Lease = account(&row.account)?;
    let state: LeaseState = row.state.parse()?;
    let is_over = row.closed_at.is_some();
    let has_started = lease.started_at > 0;
    // What a lease that is over without a closing was worth nobody knows.
    let money = |amount: u64| (!row.is_in_doubt).then(|| amount.into());
    let closing = |row: &LeaseRow| {
        Some(Closing {
            payout: row.payout?.into(),
            fees: row.fees?.into(),
            bond: row.bond?.into(),
            credit: row.credit?.into(),
            refund: row.refund?.into(),
        })
    };
    let closing = closing(&row).filter(|_| !row.is_in_doubt);
    let ends = |ends_at: i64| has_started.then(|| ends_at.into());
    let has_ended_early = lease.end_reason.0 != 0;
    let end_reason = (has_started && (is_over || has_ended_early))
        .then(|| lease.end_reason.json().as_str().map(str::to_owned))
        .flatten();
    Ok(Lease {
        address: row.lease.to_string(),
        opened_slot: row.opened_slot.into(),
        renter: row.renter.to_string(),
        payer: row.payer.to_string(),
        provider: row.provider.to_string(),
        provider_authority: shown(row.provider_authority),
        offer: row.offer.to_string(),
        gpu_model: row.gpu_model,
        region: row.region,
        mint: lease.terms.mint.to_string(),
        price: lease.terms.price.into(),
        fee_bps: lease.fee_bps,
        // What it gives back when it is over it had all the same.
        gpus: if has_started { lease.meter.gpus } else { lease.gpus },
        duration: lease.duration,
        state,
        end_reason,
        opened_at: lease.opened_at.into(),
        started_at: has_started.then(|| lease.started_at.into()),
        ends_at: ends(lease.ends_at),
        closed_at: row.closed_at.map(Into::into),
        accepted: lease.meter.accepted.into(),
        claimed: lease.claimed().into(),
        promised: row.promised.filter(|_| has_started).map(Into::into),
        energy_wh: lease.meter.energy_wh.into(),
        deposited: money(lease.ledger.deposited),
        paid: money(lease.ledger.released.saturating_sub(lease.ledger.fees)),
        fees: money(lease.ledger.fees),
        bond: money(lease.ledger.bond),
        closing,
        is_own: row.is_own,
        is_in_doubt: row.is_in_doubt,
        commitment,
    })
}
