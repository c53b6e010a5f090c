//! Leases, and what is in doubt.

use std::collections::BTreeSet;

use anyhow::Result;
use gpu_lease_client::decode::Event;
use gpu_lease_client::state::{Closing, Lease, LeaseState as OnChain, Offer, Provider};
use gpu_lease_client::text;
use solana_address::Address;

use crate::book::{LeaseAfter, LeaseEnd, LeaseLife, Page as Done};
use crate::store::desk::{Need, need};
use crate::store::row::key;
use crate::store::schema::{DoubtRow, LeaseAboutRow, LeaseRow, OfferRow, ProviderRow};
use crate::store::taking::{Taking, account, addresses, bytes_of, bytes_of_all};
use crate::views::LeaseState;

pub fn needs(done: &Done) -> Vec<Need> {
    let mut needs = Vec::new();
    for (life, LeaseAfter { lease, .. }) in &done.leases {
        needs.push(need::<LeaseRow>(key!(life.lease, life.opened_slot)));
        needs.push(need::<OfferRow>(key!(lease.offer)));
        needs.push(need::<ProviderRow>(key!(lease.provider)));
    }
    for life in done.doubts.iter().filter_map(|doubt| doubt.lease) {
        needs.push(need::<LeaseRow>(key!(life.lease, life.opened_slot)));
    }
    needs
}

pub fn take(taking: &mut Taking<'_>) -> Result<()> {
    for (life, after) in &taking.applied.done.leases {
        put_lease(taking, *life, after)?;
    }
    let done = taking.applied.done;
    for (number, doubt) in (0_u32..).zip(&done.doubts) {
        // No two of them may be the same row.
        let accounts: BTreeSet<Address> =
            doubt.accounts.iter().copied().chain(doubt.lease.map(|life| life.lease)).collect();
        for account in accounts {
            taking.desk.put(&DoubtRow {
                pos: taking.pos,
                number,
                account,
                lease: doubt.lease.map(|life| life.lease),
                opened_slot: doubt.lease.map(|life| life.opened_slot),
                reason: doubt.fault.to_string().replace('\0', " "),
                is_open: true,
            });
            let touched = done.leases.keys().find(|life| life.lease == account).copied();
            if let Some(life) = touched.or(doubt.lease) {
                doubt_lease(taking, life)?;
            }
        }
    }
    Ok(())
}

fn doubt_lease(taking: &mut Taking<'_>, life: LeaseLife) -> Result<()> {
    if let Some(row) = taking.desk.get::<LeaseRow>(&key!(life.lease, life.opened_slot))? {
        taking.desk.put(&LeaseRow { is_in_doubt: true, ..row });
    }
    Ok(())
}

/// What became of a lease.
pub fn state_of(after: &LeaseAfter) -> LeaseState {
    match after.end {
        Some(LeaseEnd::Cancelled { .. }) => LeaseState::Cancelled,
        Some(LeaseEnd::Closed(_)) => LeaseState::Closed,
        None => match after.lease.state.into() {
            OnChain::Pending => LeaseState::Pending,
            OnChain::Active => LeaseState::Active,
            OnChain::Disputed => LeaseState::Disputed,
            OnChain::Resolved => LeaseState::Resolved,
        },
    }
}

/// Whether the arbiter decides against the provider in this transaction.
pub fn is_lost(taking: &Taking<'_>, life: LeaseLife, lease: &Lease) -> bool {
    let decided = taking
        .applied
        .done
        .deeds
        .iter()
        .filter(|deed| deed.name == "resolve_dispute" && deed.lease == Some(life));
    let mut units = decided.flat_map(|deed| &deed.events).filter_map(|event| match event {
        Event::DisputeResolved(told) => Some(told.units),
        _ => None,
    });
    units.any(|units| lease.dispute.favours_renter(units))
}

fn put_lease(taking: &mut Taking<'_>, life: LeaseLife, after: &LeaseAfter) -> Result<()> {
    let LeaseAfter { lease, end } = after;
    let row = match taking.desk.get(&key!(life.lease, life.opened_slot))? {
        Some(row) => row,
        None => new_row(taking, life, lease)?,
    };
    let authority = authority_of(taking, lease)?.or(row.provider_authority);
    let is_party = |wallet: &Address| [lease.renter, lease.payer].contains(wallet);
    let closing = match end {
        Some(LeaseEnd::Closed(closing)) => Some(*closing),
        Some(LeaseEnd::Cancelled { refund }) => Some(Closing { refund: *refund, ..Closing::default() }),
        None => None,
    };
    let row = LeaseRow {
        state: state_of(after).to_string(),
        provider_authority: authority,
        is_own: row.is_own || authority.as_ref().is_some_and(is_party) || is_party(&lease.provider),
        is_dispute_lost: row.is_dispute_lost || is_lost(taking, life, lease),
        closed_at: end.map(|_| taking.time),
        payout: closing.map(|it| it.payout),
        fees: closing.map(|it| it.fees),
        bond: closing.map(|it| it.bond),
        credit: closing.map(|it| it.credit),
        refund: closing.map(|it| it.refund),
        promised: closing.map(|it| it.promised),
        account: bytes_of(*lease),
        ..row
    };
    let mut abouts = addresses(&row.abouts);
    abouts.extend([row.renter, row.payer, row.provider, row.offer]);
    abouts.extend(row.provider_authority);
    let row = LeaseRow { abouts: bytes_of_all(&abouts), ..row };
    for about in abouts {
        taking.desk.put(&LeaseAboutRow {
            about,
            opened_at: row.opened_at,
            opened_slot: row.opened_slot,
            lease: row.lease,
            state: row.state.clone(),
        });
    }
    taking.desk.put(&row);
    Ok(())
}

fn new_row(taking: &Taking<'_>, life: LeaseLife, lease: &Lease) -> Result<LeaseRow> {
    let known = taking.desk.get::<OfferRow>(&key!(lease.offer))?;
    let known = known.map(|row| account::<Offer>(&row.account)).transpose()?;
    let listing = taking.after::<Offer>(&lease.offer).or(known).map(|offer| offer.listing);
    let said = |bytes: Option<&[u8]>| bytes.map(text::read).unwrap_or_default();
    Ok(LeaseRow {
        lease: life.lease,
        opened_slot: life.opened_slot,
        opened_at: lease.opened_at,
        state: String::new(),
        renter: lease.renter,
        payer: lease.payer,
        provider: lease.provider,
        offer: lease.offer,
        provider_authority: None,
        abouts: Vec::new(),
        gpu_model: said(listing.as_ref().map(|it| it.gpu_model.as_slice())),
        region: said(listing.as_ref().map(|it| it.region.as_slice())),
        is_own: false,
        is_in_doubt: false,
        is_dispute_lost: false,
        closed_at: None,
        payout: None,
        fees: None,
        bond: None,
        credit: None,
        refund: None,
        promised: None,
        account: Vec::new(),
    })
}

/// The provider's wallet now.
fn authority_of(taking: &Taking<'_>, lease: &Lease) -> Result<Option<Address>> {
    let known = taking.desk.get::<ProviderRow>(&key!(lease.provider))?;
    let known = known.map(|row| account::<Provider>(&row.account)).transpose()?;
    Ok(taking.after::<Provider>(&lease.provider).or(known).map(|provider| provider.authority))
}
