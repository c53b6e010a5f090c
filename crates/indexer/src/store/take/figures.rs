//! Figures of days, models and providers. Each is what its rows add up to; what does not fit into 64 bits stays at the most
//! that does.

use anyhow::Result;
use gpu_lease_client::state::{EndReason, Lease, Offer};
use gpu_lease_client::text;
use solana_address::Address;

use super::leases::is_lost;
use crate::book::{Entry, LeaseAfter, LeaseEnd, LeaseLife, Movement, Purpose};
use crate::store::desk::{Desk, Key, Need, need};
use crate::store::row::key;
use crate::store::schema::{
    LeaseRow, MarketDayRow, MintDayRow, OfferRow, PriceDayRow, ProviderDayRow, ProviderRow, SupplyRow,
    WalletDayRow,
};
use crate::store::taking::{Applied, Taking, account, day_of};

/// A model in a mint.
type Shelf = (String, Address);

/// What an offer adds to what is listed.
#[derive(Default, PartialEq)]
struct Listed {
    offers: u64,
    gpus: u64,
    gpus_free: u64,
}

pub fn needs(desk: &Desk, applied: &Applied<'_>) -> Result<Vec<Need>> {
    let day = day_of(applied.transaction.moment.time);
    let mut needs = Vec::new();
    let mut shelves = Vec::new();
    for (address, entry) in &applied.done.accounts {
        let (before, after) = offer_around(desk, address, entry.as_ref())?;
        shelves.extend([before, after].into_iter().flatten().map(|offer| shelf_of(&offer)));
    }
    for (life, after) in &applied.done.leases {
        needs.push(need::<MarketDayRow>(key!(day)));
        needs.push(need::<ProviderDayRow>(key!(after.lease.provider, day)));
        if is_new(desk, life)? {
            shelves.extend(shelf_of_lease(desk, applied, &after.lease)?);
        }
    }
    for (gpu_model, mint) in shelves {
        needs.push(need::<SupplyRow>(key!(gpu_model, mint)));
        needs.push(need::<PriceDayRow>(key!(gpu_model, mint, day)));
    }
    for movement in &applied.done.movements {
        needs.push(need::<MintDayRow>(key!(day, movement.mint)));
        if let Some(wallet) = wallet_of(movement) {
            needs.push(need::<WalletDayRow>(key!(wallet, day, movement.mint)));
        }
    }
    Ok(needs)
}

pub fn take(taking: &mut Taking<'_>) -> Result<()> {
    let done = taking.applied.done;
    for (address, entry) in &done.accounts {
        let (before, after) = offer_around(taking.desk, address, entry.as_ref())?;
        let [before, after] =
            [before, after].map(|offer| offer.map(|offer| (shelf_of(&offer), listed(&offer))));
        if before == after {
            continue;
        }
        if let Some((shelf, one)) = before {
            list(taking, shelf, |sum, one| sum.saturating_sub(one), &one)?;
        }
        if let Some((shelf, one)) = after {
            list(taking, shelf, u64::saturating_add, &one)?;
        }
    }
    for (life, after) in &done.leases {
        if is_new(taking.desk, life)? {
            rent(taking, &after.lease)?;
        }
        if let Some(LeaseEnd::Closed(closing)) = after.end {
            close(taking, life, after, closing.fees > 0, closing.promised)?;
        }
    }
    let is_dispute = |name: &str| name == "dispute_lease";
    for deed in done.deeds.iter().filter(|deed| is_dispute(deed.name) && deed.lease.is_some()) {
        if deed.lease.is_some_and(|life| done.leases.contains_key(&life)) {
            change_market(taking, |row| row.disputes = row.disputes.saturating_add(1))?;
        }
    }
    for movement in &done.movements {
        pay(taking, movement)?;
    }
    Ok(())
}

/// An offer before and after a transaction.
fn offer_around(
    desk: &Desk,
    address: &Address,
    entry: Option<&Entry>,
) -> Result<(Option<Offer>, Option<Offer>)> {
    let after = match entry {
        Some(Entry::Offer(offer)) => Some(**offer),
        Some(_) => return Ok((None, None)),
        None => None,
    };
    let row = desk.get::<OfferRow>(&key!(*address))?.filter(|row| row.closed_at.is_none());
    Ok((row.map(|row| account(&row.account)).transpose()?, after))
}

fn shelf_of(offer: &Offer) -> Shelf {
    (text::read(&offer.listing.gpu_model), offer.terms.mint)
}

fn shelf_of_lease(desk: &Desk, applied: &Applied<'_>, lease: &Lease) -> Result<Option<Shelf>> {
    let after = match applied.done.accounts.get(&lease.offer) {
        Some(Some(Entry::Offer(offer))) => Some(**offer),
        _ => None,
    };
    let known = desk.get::<OfferRow>(&key!(lease.offer))?;
    let known = known.map(|row| account::<Offer>(&row.account)).transpose()?;
    let model = after.or(known).map(|offer| text::read(&offer.listing.gpu_model));
    Ok(model.map(|model| (model, lease.terms.mint)))
}

/// Whether nothing is known yet of a lease.
fn is_new(desk: &Desk, life: &LeaseLife) -> Result<bool> {
    Ok(desk.get::<LeaseRow>(&key!(life.lease, life.opened_slot))?.is_none())
}

fn listed(offer: &Offer) -> Listed {
    if offer.is_open == 1 {
        Listed { offers: 1, gpus: offer.gpus.into(), gpus_free: offer.gpus_free.into() }
    } else {
        Listed::default()
    }
}

fn list(taking: &mut Taking<'_>, shelf: Shelf, sum: fn(u64, u64) -> u64, one: &Listed) -> Result<()> {
    let mut row = supply(taking, &shelf)?;
    row.offers = sum(row.offers, one.offers);
    row.gpus = sum(row.gpus, one.gpus);
    row.gpus_free = sum(row.gpus_free, one.gpus_free);
    taking.desk.put(&row);
    let day = price_day(taking, &shelf)?;
    taking.desk.put(&PriceDayRow { gpus: row.gpus, gpus_free: row.gpus_free, ..day });
    Ok(())
}

fn supply(taking: &Taking<'_>, (gpu_model, mint): &Shelf) -> Result<SupplyRow> {
    let known = taking.desk.get(&key!(*gpu_model, *mint))?;
    Ok(known.unwrap_or_else(|| SupplyRow {
        gpu_model: gpu_model.clone(),
        mint: *mint,
        offers: 0,
        gpus: 0,
        gpus_free: 0,
    }))
}

fn price_day(taking: &Taking<'_>, shelf: &Shelf) -> Result<PriceDayRow> {
    let (day, (gpu_model, mint)) = (taking.day(), shelf);
    if let Some(row) = taking.desk.get(&key!(*gpu_model, *mint, day))? {
        return Ok(row);
    }
    let SupplyRow { gpu_model, mint, gpus, gpus_free, .. } = supply(taking, shelf)?;
    let (low, high) = (None, None);
    Ok(PriceDayRow {
        gpu_model,
        mint,
        day,
        low,
        high,
        weighted: 0,
        gpu_seconds: 0,
        leases: 0,
        gpus,
        gpus_free,
    })
}

/// A lease was opened.
fn rent(taking: &mut Taking<'_>, lease: &Lease) -> Result<()> {
    change_market(taking, |row| row.opened = row.opened.saturating_add(1))?;
    let Some(shelf) = shelf_of_lease(taking.desk, &taking.applied, lease)? else { return Ok(()) };
    let mut row = price_day(taking, &shelf)?;
    let price = lease.terms.price;
    let units = u64::from(lease.opened_gpus).saturating_mul(lease.opened_duration.into());
    row.low = Some(row.low.map_or(price, |low| low.min(price)));
    row.high = Some(row.high.map_or(price, |high| high.max(price)));
    row.weighted = row.weighted.saturating_add(u128::from(price).saturating_mul(units.into()));
    row.gpu_seconds = row.gpu_seconds.saturating_add(units);
    row.leases = row.leases.saturating_add(1);
    taking.desk.put(&row);
    Ok(())
}

fn change_market(taking: &mut Taking<'_>, change: impl FnOnce(&mut MarketDayRow)) -> Result<()> {
    let day = taking.day();
    let known = taking.desk.get(&key!(day))?;
    let mut row = known.unwrap_or(MarketDayRow { day, opened: 0, closed: 0, disputes: 0, gpu_seconds: 0 });
    change(&mut row);
    taking.desk.put(&row);
    Ok(())
}

/// What a closed lease says of its provider.
#[derive(Clone, Copy, Default)]
struct Kept {
    promised: u64,
    delivered: u64,
    leases: u32,
    abandoned: u32,
    lost: u32,
    without_weight: u32,
}

macro_rules! add {
    ($row:expr, $kept:expr) => {
        $row.units_promised = $row.units_promised.saturating_add($kept.promised);
        $row.units_delivered = $row.units_delivered.saturating_add($kept.delivered);
        $row.leases = $row.leases.saturating_add($kept.leases);
        $row.abandoned = $row.abandoned.saturating_add($kept.abandoned);
        $row.disputes_lost = $row.disputes_lost.saturating_add($kept.lost);
        $row.leases_without_weight = $row.leases_without_weight.saturating_add($kept.without_weight);
    };
}

fn close(
    taking: &mut Taking<'_>,
    life: &LeaseLife,
    LeaseAfter { lease, .. }: &LeaseAfter,
    has_paid_fees: bool,
    promised: u64,
) -> Result<()> {
    let delivered = lease.meter.accepted;
    change_market(taking, |row| {
        row.closed = row.closed.saturating_add(1);
        row.gpu_seconds = row.gpu_seconds.saturating_add(delivered);
    })?;
    let known: Option<ProviderRow> = taking.desk.get(&key!(lease.provider))?;
    let row: Option<LeaseRow> = taking.desk.get(&key!(life.lease, life.opened_slot))?;
    let was_lost = row.as_ref().is_some_and(|row| row.is_dispute_lost) || is_lost(taking, *life, lease);
    let kept = if has_paid_fees && !row.is_some_and(|row| row.is_own) {
        Kept {
            promised,
            delivered,
            leases: 1,
            abandoned: u32::from(lease.end_reason == EndReason::Abandoned),
            lost: u32::from(was_lost),
            without_weight: 0,
        }
    } else {
        Kept { without_weight: 1, ..Kept::default() }
    };
    let (provider, day) = (lease.provider, taking.day());
    let known_day = taking.desk.get(&key!(provider, day))?;
    let mut row = known_day.unwrap_or(ProviderDayRow {
        provider,
        day,
        units_promised: 0,
        units_delivered: 0,
        leases: 0,
        abandoned: 0,
        disputes_lost: 0,
        leases_without_weight: 0,
    });
    add!(row, kept);
    taking.desk.put(&row);
    if let Some(mut row) = known {
        add!(row, kept);
        taking.desk.put(&row);
    }
    Ok(())
}

/// Whose spending or earning a movement is.
fn wallet_of(movement: &Movement) -> Option<Address> {
    let end = match movement.purpose {
        Purpose::Deposit | Purpose::TopUp | Purpose::Stake | Purpose::Bond | Purpose::BondPayment => {
            movement.from
        }
        Purpose::Refund
        | Purpose::Credit
        | Purpose::Payout
        | Purpose::BondReturn
        | Purpose::BondWithdrawal => movement.to,
        Purpose::ArbiterFee
        | Purpose::Fee
        | Purpose::Lock
        | Purpose::Unlock
        | Purpose::FeeWithdrawal
        | Purpose::Gift
        | Purpose::Unexplained => None,
    };
    end.and_then(|end| end.owner)
}

fn pay(taking: &mut Taking<'_>, movement: &Movement) -> Result<()> {
    let (day, mint, amount) = (taking.day(), movement.mint, movement.amount);
    let known = taking.desk.get(&key!(day, mint))?;
    let mut row =
        known.unwrap_or(MintDayRow { day, mint, paid_in: 0, paid_out: 0, fees: 0, credits: 0, refunds: 0 });
    let sum = match movement.purpose {
        Purpose::Deposit | Purpose::TopUp => Some(&mut row.paid_in),
        Purpose::Payout => Some(&mut row.paid_out),
        Purpose::Fee => Some(&mut row.fees),
        Purpose::Credit => Some(&mut row.credits),
        Purpose::Refund => Some(&mut row.refunds),
        _ => None,
    };
    if let Some(sum) = sum {
        *sum = sum.saturating_add(amount);
        taking.desk.put(&row);
    }
    let Some(wallet) = wallet_of(movement) else { return Ok(()) };
    let key: Key = key!(wallet, day, mint);
    let known = taking.desk.get(&key)?;
    let mut row = known.unwrap_or(WalletDayRow {
        wallet,
        day,
        mint,
        paid_in: 0,
        paid_back: 0,
        earned: 0,
        bonds_paid: 0,
        bonds_returned: 0,
    });
    let sum = match movement.purpose {
        Purpose::Deposit | Purpose::TopUp | Purpose::Stake => &mut row.paid_in,
        Purpose::Refund | Purpose::Credit => &mut row.paid_back,
        Purpose::Payout => &mut row.earned,
        Purpose::Bond | Purpose::BondPayment => &mut row.bonds_paid,
        _ => &mut row.bonds_returned,
    };
    *sum = sum.saturating_add(amount);
    taking.desk.put(&row);
    Ok(())
}
