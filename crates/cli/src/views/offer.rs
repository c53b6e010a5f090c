//! Offers and their terms.

use crate::{
    output::{Column, List, Record, cell, coloured},
    units::{self, *},
};
use comfy_table::{Cell, Color};
use gpu_lease_client::{
    account::Keyed,
    rpc::MintInfo,
    state::{Offer, Terms},
    text,
};
use solana_address::Address;

/// An offer.
pub fn details(offer: &Keyed<Offer>, mint: &MintInfo) -> Record {
    let listing = &offer.listing;
    let description = text::read(&listing.description_uri);
    let record = Record::of(offer)
        .json("decimals", mint.decimals)
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
    record.and(terms(&offer.terms, mint))
}

/// What both sides agree to.
pub(super) fn terms(terms: &Terms, mint: &MintInfo) -> Record {
    let price = units::money(terms.price, mint);
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
pub fn list() -> List {
    let columns = vec![
        Column::text("OFFER"),
        Column::text("GPU"),
        Column::number("GIB"),
        Column::number("FREE"),
        Column::number("PER GPU-HOUR"),
        Column::text("REGION"),
        Column::number("GCO2E/KWH"),
        Column::number("UPTIME"),
    ];
    List::new(columns, "No offer matches; `gpu-lease offer list --all` shows also those that are not open.")
}

/// Its row.
pub fn row(offer: &Keyed<Offer>, mint: &MintInfo) -> Vec<Cell> {
    let free = cell(format!("{}/{}", offer.gpus_free, offer.gpus));
    vec![
        cell(offer.address),
        cell(text::read(&offer.listing.gpu_model)),
        cell(offer.listing.memory_gib),
        match offer.is_open == 1 && offer.gpus_free > 0 {
            true => coloured(free, Color::Green),
            false => coloured(free, Color::DarkGrey),
        },
        cell(units::money(offer.terms.price, mint)),
        cell(text::read(&offer.listing.region)),
        match offer.listing.carbon_intensity {
            0 => cell("-"),
            grams => cell(grams),
        },
        cell(format_bps(offer.terms.sla_uptime_bps.into())),
    ]
}
