//! Usage reports of many leases in one message.

use super::deeds;
use crate::{
    output::{Column, Record, cell, table},
    units::{self, *},
};
use gpu_lease_client::{
    account::LeaseContext, attestation::SignedBatch, decode::is_row_applied, object, outlook::signer_role,
    rpc::MintInfo, state::Lease,
};
use solana_address::Address;

/// What a batch says of a lease, and what becomes of that.
pub struct ReportedRow {
    /// The lease.
    pub lease: Address,
    /// GPU-seconds since its start.
    pub gpu_seconds: u64,
    /// Watt-hours since its start.
    pub energy_wh: u64,
    /// What the program's rules say to it now.
    pub forecast: Forecast,
}

/// What becomes of a row of a batch.
pub enum Forecast {
    /// It is taken in.
    Applied {
        /// The lease before.
        before: Box<Lease>,
        /// The lease after.
        after: Box<Lease>,
        /// Its mint.
        mint: MintInfo,
    },
    /// It changes nothing, for this reason.
    Skipped(String),
}

impl ReportedRow {
    /// Whether it is taken in.
    pub fn is_applied(&self) -> bool {
        matches!(self.forecast, Forecast::Applied { .. })
    }

    /// For programs.
    pub fn json(&self) -> serde_json::Value {
        let (forecast, reason) = match &self.forecast {
            Forecast::Applied { after, .. } if after.meter.accepted == self.gpu_seconds => ("accepted", None),
            Forecast::Applied { .. } => ("claimed", None),
            Forecast::Skipped(reason) => ("skipped", Some(reason)),
        };
        object!({
            "lease": self.lease.to_string(),
            "gpu_seconds": self.gpu_seconds,
            "energy_wh": self.energy_wh,
            "forecast": forecast,
            "reason": reason,
        })
    }

    /// What becomes of it, in words.
    fn words(&self) -> String {
        match &self.forecast {
            Forecast::Applied { after, .. } if after.meter.accepted == self.gpu_seconds => {
                "accepted at once".to_owned()
            }
            Forecast::Applied { after, .. } => format!(
                "a claim, accepted in {} unless challenged",
                format_duration(after.terms.challenge_window.into())
            ),
            Forecast::Skipped(reason) => format!("skipped: {reason}"),
        }
    }
}

/// A signed batch, for whoever has signed it.
pub fn details(signed: &SignedBatch) -> Record {
    let batch = signed.message();
    let rows = batch.leases().iter().zip(batch.rows());
    let json = rows.clone().map(|(lease, row)| {
        object!({
            "lease": lease.to_string(),
            "gpu_seconds": row.gpu_seconds.get(),
            "energy_wh": row.energy_wh.get(),
        })
    });
    let columns = vec![Column::text("LEASE"), Column::number("GPU-SECONDS"), Column::number("GPU-HOURS")];
    let cells = rows.clone().map(|(lease, row)| {
        let units = row.gpu_seconds.get();
        vec![cell(lease), cell(units), cell(format_gpu_hours(units))]
    });
    heading("Usage report", signed)
        .json("window_end", batch.header().window_end.get())
        .object("rows", &json.collect::<Vec<_>>())
        .object("signers", &signed.signers().map(ToString::to_string).collect::<Vec<_>>())
        .object("message", &signed)
        .text_block(table(columns, cells))
}

fn heading(what: &str, signed: &SignedBatch) -> Record {
    let batch = signed.message();
    Record::new()
        .heading(format!("{what} of {}", leases_of(batch.leases())))
        .line("until", format_time(batch.header().window_end.get()))
}

/// Who signed a batch, by role in those of its leases that are known.
fn signers(signed: &SignedBatch, leases: &[Option<LeaseContext>]) -> String {
    let role = |signer: &Address| {
        let mut roles = leases
            .iter()
            .flatten()
            .filter_map(|lease| signer_role(signer, lease, Some(&lease.provider_account.attestor)));
        roles.next().map_or("STRANGER", deeds::role)
    };
    let signers = signed.signers().map(|signer| format!("{} {}", role(signer), short(signer)));
    signers.collect::<Vec<_>>().join(", ")
}

/// What becomes of a batch, for whoever is about to send it.
pub fn forecast(signed: &SignedBatch, leases: &[Option<LeaseContext>], rows: &[ReportedRow]) -> Record {
    let columns = vec![Column::text("LEASE"), Column::number("GPU-SECONDS"), Column::text("WILL BE")];
    let cells = rows.iter().map(|row| vec![cell(row.lease), cell(row.gpu_seconds), cell(row.words())]);
    heading("Usage report", signed)
        .line("signed by", signers(signed, leases))
        .text_block(table(columns, cells))
}

/// What a batch says, for `signer`, who is asked to co-sign it. The rows say what becomes of it then.
pub fn for_signer(
    signed: &SignedBatch,
    leases: &[Option<LeaseContext>],
    rows: &[ReportedRow],
    signer: &Address,
) -> Record {
    let columns = vec![
        Column::text("LEASE"),
        Column::text("YOU"),
        Column::number("GPU-SECONDS"),
        Column::number("POSSIBLE"),
        Column::number("EARNS MORE"),
        Column::text("WILL BE"),
    ];
    let until = signed.message().header().window_end.get();
    let cells = rows.iter().map(|row| {
        let (you, possible, more) = match &row.forecast {
            Forecast::Applied { before, after, mint } => (
                signer_role(signer, before, None).map_or("-", deeds::role),
                before.meter.capacity(until).to_string(),
                units::money(after.earned().saturating_sub(before.earned()), mint),
            ),
            Forecast::Skipped(_) => ("", String::new(), String::new()),
        };
        vec![cell(row.lease), cell(you), cell(row.gpu_seconds), cell(possible), cell(more), cell(row.words())]
    });
    heading("You are asked to sign this usage report", signed)
        .line("signed by", signers(signed, leases))
        .text_block(table(columns, cells))
        .text_block(
            "With your signature the units of leases that you rent, or whose session key you are, are final:\n\
             you can challenge them no longer. It counts for all of your leases in the batch, or for none.",
        )
}

/// Which leases of a batch were applied, by the mask of its event.
pub fn applied(leases: &[Address], applied: u64) -> Record {
    let (taken, skipped): (Vec<_>, Vec<_>) =
        leases.iter().enumerate().partition(|(row, _)| is_row_applied(applied, *row));
    let addresses =
        |rows: &[(usize, &Address)]| rows.iter().map(|(_, lease)| lease.to_string()).collect::<Vec<_>>();
    let record = Record::new()
        .object("applied", &addresses(&taken))
        .object("skipped", &addresses(&skipped))
        .line("applied", format!("{} of {}", taken.len(), leases_of(leases)));
    skipped.iter().fold(record, |record, (_, lease)| record.line("skipped", lease))
}

/// A number of leases in words.
fn leases_of(leases: &[Address]) -> String {
    format_count(u64::try_from(leases.len()).unwrap_or(u64::MAX), "lease")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_tells_which_leases_were_applied_and_which_were_not() {
        let leases: Vec<_> = (0..60).map(|byte| Address::new_from_array([byte; 32])).collect();
        let json = |record: Record| serde_json::to_value(record).unwrap();
        let all = json(applied(&leases, u64::MAX >> 4));
        assert_eq!((all["applied"].as_array().unwrap().len(), &all["skipped"]), (60, &serde_json::json!([])));
        let some = applied(&leases[..3], 0b101);
        assert!(some.to_string().contains("2 of 3 leases"), "{some}");
        assert!(some.to_string().contains(&leases[1].to_string()), "{some}");
        let some = json(some);
        assert_eq!(some["skipped"], serde_json::json!([leases[1].to_string()]));
        assert_eq!(some["applied"], serde_json::json!([leases[0].to_string(), leases[2].to_string()]));
    }
}
