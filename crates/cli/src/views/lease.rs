//! Leases, from opening to close.

use super::{address_or_none, deeds, dispute, event, guard, offer, optional, priced};
use crate::{
    output::{Column, List, Record, cell, coloured},
    phase,
    units::{self, *},
};
use anyhow::Result;
use comfy_table::Cell;
use gpu_lease_client::{
    account::{Keyed, LeaseContext},
    decode::Event,
    json::Json,
    outlook::{self, Closing, LeaseOutlook, Quote, Role, Wish},
    rpc::MintInfo,
    state::{Agreed, EndReason, Lease, LeaseRequest, Moment, Offer, Phase},
    text,
};
use solana_address::Address;

/// What whoever opens or funds a lease with `request` buys: GPUs, price and total, fee, keys, and the offer's terms.
pub fn opening(request: &LeaseRequest, offer: &Keyed<Offer>, payer: &Address, mint: &MintInfo) -> Record {
    let money = |amount: u64| units::money(amount, mint);
    let listing = &offer.listing;
    let LeaseRequest { gpus, duration, max_fee_bps: fee_bps, deposit, .. } = *request;
    let quote = Quote::of(offer, &Wish { gpus, duration, fee_bps, deposit: Some(deposit) });
    Record::new()
        .line("offer", offer.address)
        .line("provider", offer.provider)
        .line("GPU", format!("{}, {} GiB", text::read(&listing.gpu_model), listing.memory_gib))
        .line("region", text::read(&listing.region))
        .line("GPUs", gpus)
        .line("duration", format_duration(duration.into()))
        .line("total", format!("{} for all of it, paid as it is delivered", money(quote.total)))
        .line("deposit", format!("{} now, out of {payer}; what is not used comes back", money(quote.deposit)))
        .line(
            "fee",
            format!(
                "{} at most, {} of the total, out of what the provider earns",
                format_bps(fee_bps.into()),
                money(quote.fee)
            ),
        )
        .line(
            "start until",
            format!("{}, or it can be taken back by anyone", format_time(request.start_deadline)),
        )
        .line("session key", address_or_none(&request.session_key))
        .line("arbiter", address_or_none(&request.arbiter))
        .line("counts until", format_time(request.valid_until))
        .and(offer::terms(&offer.terms, mint))
}

/// A lease as it stands at `now`. The offer tells the model, as long as it is there.
pub fn details(lease: &Keyed<Lease>, offer: Option<&Offer>, mint: &MintInfo, now: i64) -> Record {
    let model = offer.map(|offer| text::read(&offer.listing.gpu_model));
    let outlook = LeaseOutlook::of(lease, now);
    let record = Record::of(lease)
        .json("decimals", mint.decimals)
        .json("phase", outlook::phase_name(outlook.phase))
        .json("end_reason", end_reason_of(lease, outlook.phase))
        .json("gpu_model", &model)
        .line("lease", lease.address)
        .line("phase", phase::words(&outlook))
        .line("renter", lease.renter)
        .and(optional("payer", &lease.payer, lease.payer != lease.renter))
        .line("provider", lease.provider)
        .line("offer", lease.offer)
        .line("GPU", model.as_deref().unwrap_or("not known: the offer is closed"))
        .and(guard::key(lease))
        .and(optional("arbiter", &lease.arbiter, true))
        .line("opened", format_moment(lease.opened_at, now));
    let record = match lease.started_at > 0 {
        false => record
            .line("GPUs", lease.gpus)
            .line("runs", format!("{} once started", format_duration(lease.duration.into())))
            .line("start until", format_moment(lease.start_deadline, now)),
        true => record.and(course(lease, &outlook, now)).and(usage(lease, &outlook, now)),
    };
    record
        .and(dispute::figures(lease, &outlook, mint, now))
        .and(money(lease, &outlook, mint))
        .and(deeds::of_lease(&outlook.deeds))
        .and(offer::terms(&lease.terms, mint))
}

/// What a lease that is watched has come to, and the events since the last time.
pub fn watched(
    lease: &Keyed<Lease>,
    offer: Option<&Offer>,
    events: &[Event],
    is_gone: bool,
    mint: &MintInfo,
    now: i64,
) -> Record {
    let Lease { meter, ledger, .. } = &lease.account;
    let money = |amount: u64| units::money(amount, mint);
    let phase = match is_gone {
        true => "closed, its account is gone".to_owned(),
        false => phase::words(&LeaseOutlook::of(lease, now)),
    };
    let record = Record::new()
        .heading(format!("{}  {phase}", format_time(now)))
        .and(details(lease, offer, mint, now).without_lines())
        .json("time", now)
        .json("closed", is_gone)
        .object("events", &events)
        .line("accepted", format_units(meter.accepted))
        .line("claimed", format_units(lease.claimed()))
        .line(
            "deposited",
            format!("{}, of which {} are released", money(ledger.deposited), money(ledger.released)),
        );
    let record = match lease.started_at {
        0 => record,
        _ => record
            .line("funded until", format_moment(lease.funded_until(), now))
            .line("ends", format_moment(lease.ends_at, now)),
    };
    events
        .iter()
        .fold(record, |record, event| record.line("event", event.name()).and(event::lines(event, Some(mint))))
}

/// Why a lease ends, for programs: `null` as long as it runs to the end that was agreed.
fn end_reason_of(lease: &Lease, phase: Phase) -> serde_json::Value {
    let is_open = matches!(phase, Phase::Pending | Phase::Running | Phase::Exhausted);
    match is_open && lease.end_reason.0 == EndReason::Completed as u8 {
        true => serde_json::Value::Null,
        false => lease.end_reason.json(),
    }
}

/// When a started lease runs, with how many GPUs, and until when it is paid.
fn course(lease: &Lease, outlook: &LeaseOutlook, now: i64) -> Record {
    let LeaseOutlook { gpus_in_use: in_use, resize, funded_until, .. } = *outlook;
    let mut record = Record::new().json("gpus_in_use", in_use).line(
        "GPUs",
        match lease.gpus == in_use {
            true => format!("{in_use} in use"),
            false => format!("{in_use} in use, {} held of the offer", lease.gpus),
        },
    );
    if let Some(outlook::Resize { gpus, from }) = resize {
        let words = format!("{} from {} on", format_count(gpus.into(), "GPU"), format_moment(from, now));
        record = record.line("resize", words);
    }
    record = record
        .line("started", format_moment(lease.started_at, now))
        .line(
            "ends",
            format!("{}{}", format_moment(lease.ends_at, now), phase::end_reason(lease.end_reason.0.into())),
        )
        .json("funded_until", funded_until)
        .line(
            "funded until",
            match funded_until >= lease.ends_at {
                true => "the end".to_owned(),
                false => format_moment(funded_until, now),
            },
        );
    match lease.promised_until == lease.ends_at {
        true => record,
        false => record.line(
            "promised until",
            format!("{}: the SLA still counts what was not delivered", format_time(lease.promised_until)),
        ),
    }
}

/// What a started lease has delivered.
fn usage(lease: &Lease, outlook: &LeaseOutlook, now: i64) -> Record {
    let (meter, usage) = (&lease.meter, &outlook.usage);
    let mut record = Record::new().heading("Usage").line("accepted", format_units(usage.accepted));
    if let Some(matures) = outlook.claim_matures_at {
        record = record
            .line("claimed", format_units(usage.claimed))
            .line("claim matures", format_moment(matures, now));
    }
    if meter.excused > 0 {
        record = record.line(
            "excused",
            format!("{}, unfunded: the SLA does not count them", format_units(meter.excused)),
        );
    }
    record
        .line("attested until", format_moment(meter.window_end, now))
        .line("energy", format!("{} Wh", meter.energy_wh))
}

fn money(lease: &Lease, outlook: &LeaseOutlook, mint: &MintInfo) -> Record {
    let ledger = &lease.ledger;
    let money = |amount: u64| units::money(amount, mint);
    let due = outlook.money.due;
    let record = Record::new()
        .heading("Money")
        .line("deposited", money(ledger.deposited))
        .line("released", format!("{}, fees of {} included", money(ledger.released), money(ledger.fees)))
        .json("due", due)
        .line("due now", money(due))
        .line(
            "bond",
            match lease.bond_is_pooled {
                1 => format!("{}, out of the provider's bond account and back to it", money(ledger.bond)),
                _ => money(ledger.bond),
            },
        );
    let record = match ledger.stake {
        0 => record,
        stake => record.line("stake", money(stake)),
    };
    record.line("fee rate", format_bps(lease.fee_bps.into()))
}

/// A table of leases.
pub fn list() -> List {
    let columns = vec![
        Column::text("LEASE"),
        Column::text("GPUS"),
        Column::text("YOU"),
        Column::text("PHASE"),
        Column::number("PER GPU-H"),
        Column::number("PAID"),
        Column::number("OF"),
        Column::text("IN"),
        Column::text("ENDS"),
    ];
    List::new(columns, "No leases; open one with `gpu-lease lease open`, or see all with --all.")
}

/// Its row.
pub fn row(
    lease: &Keyed<Lease>,
    offer: Option<&Offer>,
    role: Option<Role>,
    mint: &MintInfo,
    now: i64,
) -> Vec<Cell> {
    let phase = lease.phase(Moment::by_clock(now));
    let amount = |amount| format_amount(amount, mint.decimals);
    vec![
        cell(lease.address),
        cell(format!(
            "{} × {}",
            match lease.started_at > 0 && now < lease.meter.segment_start {
                true => format!("{} → {}", lease.gpus, lease.meter.gpus),
                false => lease.gpus.to_string(),
            },
            offer.map_or_else(|| "?".to_owned(), |offer| text::read(&offer.listing.gpu_model))
        )),
        cell(role.map_or("-", deeds::role)),
        coloured(cell(outlook::phase_name(phase)), phase::colour(phase)),
        cell(amount(lease.terms.price)),
        cell(amount(lease.ledger.released)),
        cell(amount(lease.ledger.deposited)),
        cell(currency(&mint.address)),
        cell(match lease.started_at > 0 {
            true => {
                format!(
                    "{}{}",
                    format_relative(lease.ends_at, now),
                    phase::end_reason(lease.end_reason.0.into())
                )
            }
            false => "-".to_owned(),
        }),
    ]
}

/// How a lease's vault is divided that both parties close at once.
pub fn division(lease: &LeaseContext, agreed: &Agreed, mint: &MintInfo, now: i64) -> Result<Record> {
    let money = |amount: u64| units::money(amount, mint);
    let Closing { payout, fees, bond, credit, refund } = Closing::of(lease, Some(agreed), now)?;
    let record = Record::new()
        .line("lease", lease.address)
        .json("units", agreed.units)
        .line("paid for", priced(lease, agreed.units, mint))
        .json("payout", payout)
        .line(
            "to the provider",
            format!("{} besides what it has been paid, and {} of the bond", money(payout), money(bond)),
        )
        .json("credit", credit)
        .line("credit", format!("{} of the bond, to the payer", money(credit)))
        .json("refund", refund)
        .line("to the payer", format!("{} of the deposit, besides", money(refund)))
        .line("fees", money(fees));
    Ok(match Closing::of(lease, None, now) {
        Ok(ordinary) => record.line(
            "otherwise",
            format!(
                "closed now without agreement, {} would go to the provider and a credit of {} to the payer",
                money(ordinary.payout),
                money(ordinary.credit)
            ),
        ),
        Err(_) => record,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{claimed, money_of},
        *,
    };

    #[test]
    fn a_pooled_bond_is_shown_to_go_back_to_the_bond_account() {
        let shown = |bond_is_pooled| {
            let account = Lease { bond_is_pooled, ..claimed() };
            details(&Keyed { address: Address::default(), account }, None, &money_of(0), 2_100).to_string()
        };
        assert!(
            shown(1).contains("7200 1111…1111, out of the provider's bond account and back to it"),
            "{}",
            shown(1)
        );
        assert!(!shown(0).contains("bond account"));
    }
}
