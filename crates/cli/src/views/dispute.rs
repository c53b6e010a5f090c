//! Disputes, and what deciding one comes to.

use super::priced;
use crate::{
    output::{Column, List, Record, cell, coloured},
    units::{self, *},
};
use comfy_table::{Cell, Color};
use gpu_lease_client::{
    account::Keyed,
    object,
    outlook::{self, Closing, DisputeConsequences, LeaseOutlook, Outcome},
    rpc::MintInfo,
    state::{Lease, Phase},
};
use solana_address::Address;

/// The two figures of a lease's dispute, if there is or was one.
pub(super) fn figures(lease: &Lease, outlook: &LeaseOutlook, mint: &MintInfo, now: i64) -> Record {
    let Some(figures) = outlook.dispute else { return Record::new() };
    let priced = |figure| priced(lease, figure, mint);
    let record = Record::new()
        .heading("Dispute")
        .line("renter admits", priced(figures.renter_units))
        .line("provider claims", priced(figures.provider_units));
    match outlook.phase {
        Phase::Disputed => record.line("decide until", format_moment(figures.deadline, now)),
        _ => record.line("decided", priced(outlook.usage.accepted)),
    }
}

/// A table of an arbiter's disputes.
pub fn list() -> List {
    let columns = vec![
        Column::text("LEASE"),
        Column::number("RENTER ADMITS H"),
        Column::number("PROVIDER CLAIMS H"),
        Column::number("IN DISPUTE"),
        Column::number("YOUR FEE"),
        Column::text("DECIDE"),
    ];
    List::new(columns, "Nothing is disputed that you could decide.")
}

/// Its row.
pub fn row(lease: &Keyed<Lease>, mint: &MintInfo, now: i64) -> Vec<Cell> {
    let (figures, in_time) = (lease.dispute, now <= lease.dispute.deadline());
    vec![
        cell(lease.address),
        cell(format_gpu_hours(figures.renter_units)),
        cell(format_gpu_hours(figures.provider_units)),
        cell(units::money(outlook::in_dispute(lease), mint)),
        cell(units::money(if in_time { lease.ledger.stake } else { 0 }, mint)),
        match in_time {
            true => cell(format_relative(figures.deadline(), now)),
            false => coloured(cell("too late: the midpoint counts"), Color::Red),
        },
    ]
}

/// What the renter of `lease` who is about to admit `figure` brings about. `funder` pays the stake, at most `max_stake`.
pub fn consequences(
    lease: &Keyed<Lease>,
    figure: u64,
    consequences: &DisputeConsequences,
    (funder, max_stake): (&Address, u64),
    mint: &MintInfo,
    now: i64,
) -> Record {
    let money = |amount: u64| units::money(amount, mint);
    let DisputeConsequences { in_dispute, stake, deadline, ends_at, promised_until, .. } = *consequences;
    let DisputeConsequences { best, worst, undecided, is_ended_by_it, .. } = consequences;
    let back = |Outcome { fee_from_renter, closing: Closing { refund, credit, .. }, .. }: &Outcome| {
        format!(
            "{} comes back to the payer, {} of the stake and an SLA credit of {} included",
            money(refund.saturating_add(*credit)),
            money(stake.saturating_sub(*fee_from_renter)),
            money(*credit)
        )
    };
    let record = Record::new()
        .heading("You are about to dispute the usage of this lease:")
        .text("lease", "lease", lease.address)
        .line("accepted now", format!("{}: final at once", priced(lease, figure, mint)))
        .line("claimed", priced(lease, worst.units, mint))
        .json("in_dispute", in_dispute)
        .line("in dispute", money(in_dispute))
        .json("stake", stake)
        .line("stake", format!("{} of {funder}, for the arbiter; the bond answers for as much", money(stake)))
        .line("at most", format!("{}, if a newer claim comes first", money(max_stake)))
        .line("arbiter", lease.arbiter)
        .line("decides until", format_moment(deadline, now))
        .json("best", outcome(best))
        .line(
            "at best",
            format!(
                "your figure counts: the provider pays the arbiter {}; {}",
                money(best.fee_from_provider),
                back(best)
            ),
        )
        .json("worst", outcome(worst))
        .line(
            "at worst",
            format!(
                "the provider's figure counts: your side pays the arbiter {}; {}",
                money(worst.fee_from_renter),
                back(worst)
            ),
        )
        .json("undecided", outcome(undecided))
        .line(
            "undecided",
            format!(
                "the midpoint counts, {}, and nobody pays the arbiter; {}",
                format_units(undecided.units),
                back(undecided)
            ),
        );
    let (end, is_silent) = (format_time(ends_at), promised_until > ends_at);
    record.json("is_silent", is_silent).line(
        "the lease ends",
        match (is_silent, is_ended_by_it) {
            (true, _) => format!(
                "at {end}, its last attested moment. The provider has been silent since for too long, so that the \
                 SLA counts until {}",
                format_time(promised_until)
            ),
            (false, true) => format!("at {end}, its last attested moment; the SLA counts until then"),
            (false, false) => format!("at {end}, as before"),
        },
    )
}

/// What the arbiter who is about to decide brings about. `lease` is disputed, and ends in `resolved`.
pub fn decision(lease: &Keyed<Lease>, resolved: &Outcome, mint: &MintInfo) -> Record {
    let money = |amount: u64| units::money(amount, mint);
    let priced = |figure| priced(lease, figure, mint);
    let Outcome { units, fee_from_renter, fee_from_provider, closing } = *resolved;
    Record::new()
        .heading("You are about to decide this dispute, for good:")
        .text("lease", "lease", lease.address)
        .line("renter admits", priced(lease.dispute.renter_units))
        .line("provider claims", priced(lease.dispute.provider_units))
        .line("your figure", priced(units))
        .json("outcome", outcome(resolved))
        .line(
            "your fee",
            format!(
                "{}: {} of the renter's stake, {} of the provider's bond",
                money(lease.ledger.stake),
                money(fee_from_renter),
                money(fee_from_provider)
            ),
        )
        .line(
            "to the provider",
            format!("{} and {} of the bond, at the close", money(closing.payout), money(closing.bond)),
        )
        .line(
            "to the payer",
            format!("{} and an SLA credit of {}, at the close", money(closing.refund), money(closing.credit)),
        )
}

fn outcome(Outcome { units, fee_from_renter, fee_from_provider, closing }: &Outcome) -> serde_json::Value {
    object!({
        "units": units,
        "fee_from_renter": fee_from_renter,
        "fee_from_provider": fee_from_provider,
        "payout": closing.payout,
        "bond": closing.bond,
        "credit": closing.credit,
        "refund": closing.refund,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{at, claimed, money_of},
        *,
    };
    use gpu_lease_client::state::Claim;

    /// What the renter of [`claimed`] is told at `now` who admits half of it, of a claim that was made late or not.
    fn consequences(is_late: bool, now: i64) -> (Record, String) {
        let mut lease = claimed();
        if is_late {
            lease.meter.claim(Claim { units: 2_000, submitted: at(now) });
            lease.meter.maturing = lease.meter.latest;
        }
        let consequences = DisputeConsequences::of(&lease, 1_000, 150, at(now)).unwrap();
        let lease = Keyed { address: Address::default(), account: lease };
        let funding = (&Address::default(), 150);
        let record = super::consequences(&lease, 1_000, &consequences, funding, &money_of(0), now);
        let text = console::strip_ansi_codes(&record.to_string()).into_owned();
        (record, text)
    }

    #[test]
    fn a_renter_reads_stake_and_outcomes_before_it_disputes() {
        let (record, text) = consequences(false, 2_100);
        assert!(text.contains("100 1111…1111 of 1111"), "{text}");
        assert!(text.contains("the provider pays the arbiter 100 1111…1111; "), "{text}");
        assert!(text.contains("your side pays the arbiter 100 1111…1111; "), "{text}");
        assert!(text.contains("1500 GPU-seconds"), "{text}");
        assert!(text.contains("150 1111…1111, if a newer claim comes first"), "{text}");
        assert!(text.contains("the SLA counts until then"), "{text}");
        let json = serde_json::to_value(record).unwrap();
        assert_eq!((&json["stake"], &json["in_dispute"]), (&"100".into(), &"1000".into()));
        assert_eq!((&json["best"]["units"], &json["worst"]["units"]), (&"1000".into(), &"2000".into()));
    }

    #[test]
    fn a_silent_provider_keeps_its_promise_in_a_dispute() {
        // The claim was made late: its window still runs when the silence has lasted for too long.
        let (record, text) = consequences(true, 2_950);
        assert!(text.contains("so that the SLA counts until"), "{text}");
        assert_eq!(serde_json::to_value(record).unwrap()["is_silent"], true);
    }
}
