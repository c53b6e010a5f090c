//! How accounts, events and messages look to people. In JSON they look as the client library says.

use crate::{
    output::{Column, List, Record, coloured},
    phase,
    units::*,
};
use comfy_table::{Cell, Color};
use gpu_lease_client::{
    attestation::SignedMessage,
    decode::{Event, Keyed},
    instruction::LeaseRef,
    math,
    state::{Lease, MintPolicy, Offer, Provider, Terms},
    text,
};
use solana_address::Address;

/// GPU-seconds, and the same in GPU-hours.
pub fn units(units: u64) -> String {
    format!("{} ({} GPU-hours)", format_count(units, "GPU-second"), format_gpu_hours(units))
}

/// An address shortened for tables; its ends tell it from others.
pub fn short(address: &Address) -> String {
    let text = address.to_string();
    match (text.get(..4), text.get(text.len().saturating_sub(4)..)) {
        (Some(start), Some(end)) if text.len() > 12 => format!("{start}…{end}"),
        _ => text,
    }
}

/// A provider and its record.
pub fn provider(provider: &Keyed<Provider>) -> Record {
    let record = &provider.record;
    let delivered = match record.units_promised {
        0 => "none promised yet".to_owned(),
        promised => format!(
            "{} of {} GPU-hours promised",
            format_gpu_hours(record.units_delivered),
            format_gpu_hours(promised)
        ),
    };
    Record::of(provider)
        .line("provider", provider.address)
        .line("wallet", provider.authority)
        .line("attestor", provider.attestor)
        .line("leases", format!("{} started, {} completed", record.leases_started, record.leases_completed))
        .line("delivered", delivered)
        .line("abandoned", record.leases_abandoned)
        .line("disputes", format!("{}, of which {} lost", record.leases_disputed, record.disputes_lost))
}

/// A registered mint with the fees in its vault.
pub fn mint(policy: &Keyed<MintPolicy>, fees: u64) -> Record {
    Record::of(policy)
        .json("fees", fees)
        .line("mint", policy.mint)
        .line("decimals", policy.decimals)
        .line("token program", policy.token_program)
        .line("fee vault", policy.fee_vault)
        .line("fees collected", format_amount(fees, policy.decimals))
}

/// A table of mints.
pub fn mint_list() -> List {
    let columns = vec![Column::text("MINT"), Column::number("DECIMALS"), Column::number("FEES COLLECTED")];
    List::new(columns, "No mint is registered; register one with `gpu-lease mint register`.")
}

/// Its row.
pub fn mint_row(policy: &Keyed<MintPolicy>, fees: u64) -> Vec<Cell> {
    vec![Cell::new(policy.mint), Cell::new(policy.decimals), Cell::new(format_amount(fees, policy.decimals))]
}

/// An offer.
pub fn offer(offer: &Keyed<Offer>, decimals: u8) -> Record {
    let listing = &offer.listing;
    let description = text::read(&listing.description_uri);
    let record = Record::of(offer)
        .json("decimals", decimals)
        .line("offer", offer.address)
        .line("provider", offer.provider)
        .line("GPU", format!("{}, {} GiB", text::read(&listing.gpu_model), listing.memory_gib))
        .line("GPUs", format!("{} free of {}", offer.gpus_free, offer.gpus))
        .line("open", if offer.is_open == 1 { "for new leases" } else { "no, takes no new leases" })
        .line("region", text::read(&listing.region))
        .line(
            "power",
            match listing.carbon_intensity {
                0 => "carbon intensity not declared".to_owned(),
                grams => format!("{grams} gCO2e/kWh, as declared"),
            },
        );
    let record = match description.is_empty() {
        true => record,
        false => record.line("description", description),
    };
    record.and(terms(&offer.terms, decimals))
}

fn terms(terms: &Terms, decimals: u8) -> Record {
    let price = format_amount(terms.price, decimals);
    let duration = |seconds: u32| format_duration(u64::from(seconds));
    let record = Record::new()
        .heading("Terms")
        .line("price", format!("{price} per GPU-hour"))
        .line("mint", terms.mint)
        .line("duration", format!("{} to {}", duration(terms.min_duration), duration(terms.max_duration)))
        .line("notice", duration(terms.notice))
        .line("challenge window", duration(terms.challenge_window))
        .line("heartbeat timeout", duration(terms.heartbeat_timeout))
        .line(
            "SLA",
            format!(
                "{} uptime; a missing second costs {} of its price, up to the bond",
                format_bps(terms.sla_uptime_bps.into()),
                format_bps(terms.sla_penalty_bps)
            ),
        )
        .line("bond", format!("{} of the price", format_count(terms.bond_hours.into(), "hour")));
    match terms.verifier == Address::default() {
        true => record,
        false => record.line("verifier", terms.verifier),
    }
}

/// A table of offers.
pub fn offer_list() -> List {
    let columns = vec![
        Column::text("OFFER"),
        Column::text("GPU"),
        Column::number("GIB"),
        Column::number("FREE"),
        Column::number("PRICE/GPU-H"),
        Column::text("MINT"),
        Column::text("REGION"),
        Column::number("GCO2E/KWH"),
        Column::number("UPTIME"),
    ];
    List::new(columns, "No offer matches; `gpu-lease offer list --all` shows also those that are not open.")
}

/// Its row.
pub fn offer_row(offer: &Keyed<Offer>, decimals: u8) -> Vec<Cell> {
    let free = Cell::new(format!("{}/{}", offer.gpus_free, offer.gpus));
    vec![
        Cell::new(offer.address),
        Cell::new(text::read(&offer.listing.gpu_model)),
        Cell::new(offer.listing.memory_gib),
        match offer.is_open == 1 && offer.gpus_free > 0 {
            true => coloured(free, Color::Green),
            false => coloured(free, Color::DarkGrey),
        },
        Cell::new(format_amount(offer.terms.price, decimals)),
        Cell::new(short(&offer.terms.mint)),
        Cell::new(text::read(&offer.listing.region)),
        match offer.listing.carbon_intensity {
            0 => Cell::new("-"),
            grams => Cell::new(grams),
        },
        Cell::new(format_bps(offer.terms.sla_uptime_bps.into())),
    ]
}

/// A lease as it stands at `now`.
pub fn lease(lease: &Keyed<Lease>, decimals: u8, now: i64) -> Record {
    let money = |amount: u64| format_amount(amount, decimals);
    let moment = |time: i64| format!("{} ({})", format_time(time), format_relative(time, now));
    let Lease { meter, ledger, .. } = &lease.account;
    let mut record = Record::of(lease)
        .json("decimals", decimals)
        .json("phase", phase::name(lease.phase(now)))
        .line("lease", lease.address)
        .line("phase", phase::words(lease, now))
        .line("renter", lease.renter)
        .line("provider", lease.provider)
        .line("offer", lease.offer)
        .line("GPUs", lease.gpus)
        .line("opened", moment(lease.opened_at));
    if lease.payer != lease.renter {
        record = record.line("payer", lease.payer);
    }
    record = match lease.started_at > 0 {
        false => record.line("start until", moment(lease.start_deadline)),
        true => {
            let funded_until = lease.funded_until();
            record
                .line("started", moment(lease.started_at))
                .line("ends", moment(lease.ends_at))
                .json("funded_until", funded_until)
                .line(
                    "funded until",
                    match funded_until >= lease.ends_at {
                        true => "the end".to_owned(),
                        false => moment(funded_until),
                    },
                )
        }
    };
    if lease.started_at > 0 {
        record = record.heading("Usage").line("accepted", units(meter.accepted));
        if meter.latest.units > meter.accepted {
            record = record.line("claimed", units(meter.latest.units)).line(
                "claim matures",
                moment(meter.maturing.submitted_at.saturating_add(lease.terms.challenge_window.into())),
            );
        }
        if meter.excused > 0 {
            record = record
                .line("excused", format!("{}, unfunded: the SLA does not count them", units(meter.excused)));
        }
        record = record
            .line("attested until", moment(meter.window_end))
            .line("energy", format!("{} Wh", meter.energy_wh));
    }
    let due = lease.claimable(now);
    record
        .heading("Money")
        .line("deposited", money(ledger.deposited))
        .line("released", format!("{}, fees of {} included", money(ledger.released), money(ledger.fees)))
        .json("due", due)
        .line("due now", money(due))
        .line("bond", money(ledger.bond))
        .line("fee rate", format_bps(lease.fee_bps.into()))
        .and(terms(&lease.terms, decimals))
}

/// A table of leases.
pub fn lease_list() -> List {
    let columns = vec![
        Column::text("LEASE"),
        Column::text("PHASE"),
        Column::number("GPUS"),
        Column::number("PRICE/GPU-H"),
        Column::number("ACCEPTED H"),
        Column::number("DEPOSITED"),
        Column::number("RELEASED"),
        Column::text("ENDS"),
    ];
    List::new(columns, "No leases; open one with `gpu-lease lease open`, or see all with --all.")
}

/// Its row.
pub fn lease_row(lease: &Keyed<Lease>, decimals: u8, now: i64) -> Vec<Cell> {
    let phase = lease.phase(now);
    vec![
        Cell::new(lease.address),
        coloured(Cell::new(phase::name(phase)), phase::colour(phase)),
        Cell::new(lease.gpus),
        Cell::new(format_amount(lease.terms.price, decimals)),
        Cell::new(format_gpu_hours(lease.meter.accepted)),
        Cell::new(format_amount(lease.ledger.deposited, decimals)),
        Cell::new(format_amount(lease.ledger.released, decimals)),
        Cell::new(match lease.started_at > 0 {
            true => format_relative(lease.ends_at, now),
            false => "-".to_owned(),
        }),
    ]
}

/// What a signed message says, for whoever is asked to co-sign it.
pub fn statement(signed: &SignedMessage, lease: &LeaseRef, decimals: u8, signer: &Address) -> String {
    let message = signed.message();
    let (delivered, accepted) = (message.gpu_seconds.get(), lease.lease.meter.accepted);
    let price = lease.lease.terms.price;
    let capacity = lease.lease.meter.capacity(message.window_end.get());
    let worth = |units| math::capped(math::gross_floor(units, price), lease.lease.ledger.deposited);
    let record = Record::new()
        .heading("You are asked to sign this statement of usage:")
        .line("lease", lease.address)
        .line("until", format_time(message.window_end.get()))
        .line("delivered", format!("{} since the start", units(delivered)))
        .line(
            "possible",
            format!(
                "{}, what {} can deliver until then",
                units(capacity),
                format_count(lease.lease.gpus.into(), "GPU")
            ),
        )
        .line("energy", format!("{} Wh since the start", message.energy_wh.get()))
        .line("signed by", signers(signed, &lease.lease, Some(&lease.provider.attestor)));
    let effect = match *signer == lease.lease.terms.verifier {
        true => "As the verifier you confirm that this was delivered.".to_owned(),
        false => format!(
            "With your signature these units are final: {} in all is payable, {} more than so far, and you can \
             challenge it no longer.",
            format_amount(worth(delivered), decimals),
            format_amount(worth(delivered).saturating_sub(worth(accepted)), decimals),
        ),
    };
    format!("{record}\n{effect}")
}

/// Who signed, by role where the lease tells it.
pub fn signers(signed: &SignedMessage, lease: &Lease, attestor: Option<&Address>) -> String {
    let role = |signer: &Address| match signer {
        signer if Some(signer) == attestor => "attestor",
        signer if *signer == lease.renter => "renter",
        signer if *signer == lease.session_key => "renter's session key",
        signer if *signer == lease.terms.verifier => "verifier",
        // Offline nobody knows the attestor.
        _ if attestor.is_none() => "key",
        _ => "STRANGER",
    };
    signed
        .signers()
        .map(|signer| format!("{} {}", role(signer), short(signer)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What an event says about money, as lines behind a result.
pub fn event(event: &Event, decimals: u8) -> Record {
    let money = |amount: u64| format_amount(amount, decimals);
    match event {
        Event::LeaseOpened(event) => Record::new()
            .line("deposit", money(event.deposit))
            .line("start until", format_time(event.start_deadline))
            .line("fee rate", format_bps(u32::try_from(event.fee_bps).unwrap_or(u32::MAX))),
        Event::LeaseStarted(event) => {
            Record::new().line("bond", money(event.bond)).line("ends", format_time(event.ends_at))
        }
        Event::LeaseCancelled(event) => Record::new().line("refund", money(event.refund)),
        Event::LeaseToppedUp(event) => {
            Record::new().line("added", money(event.amount)).line("deposited", money(event.deposited))
        }
        Event::LeaseSettled(event) => Record::new()
            .line("accepted", units(event.accepted))
            .line("to the provider", money(event.payout))
            .line("fee", money(event.fee)),
        Event::LeaseClosed(event) => Record::new()
            .line("accepted", units(event.accepted))
            .line("promised", units(event.promised))
            .line("to the provider", format!("{} and {} of the bond", money(event.payout), money(event.bond)))
            .line(
                "to the payer",
                format!("{}, SLA credit of {} included", money(event.refund), money(event.credit)),
            )
            .line("fees", money(event.fees)),
        _ => Record::new(),
    }
}
