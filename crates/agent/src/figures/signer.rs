//! The signer's.

use gpu_lease_service::metrics::{Figure, Kind, Metric};

use crate::signer::{Budget, Counts};

/// As they are now. The operator holds so many lamports, if that is known.
pub fn signer(counts: &Counts, budget: &Budget, operator: Option<u64>) -> Vec<Metric> {
    let request = |((deed, outcome), value): ((&str, crate::signer::Outcome), u64)| Figure {
        labels: vec![("deed", deed.to_owned()), ("outcome", outcome.name().to_owned())],
        value,
    };
    vec![
        Metric {
            name: "gpu_lease_signer_requests",
            help: "What machines asked for: done, refused for good, or failed. A statement that is done has landed",
            kind: Kind::Counter,
            figures: counts.requests().into_iter().map(request).collect(),
        },
        Metric::counter(
            "gpu_lease_signer_signed_statements",
            "Statements that were signed, whether they landed or not",
            counts.signed(),
        ),
        Metric::counter(
            "gpu_lease_signer_fees_lamports",
            "What transactions cost, as far as the node tells",
            counts.fees(),
        ),
        Metric::by(
            Kind::Counter,
            "gpu_lease_signer_landed_statements",
            "Statements that landed: with the renter's signature, alone without it, or among others",
            "how",
            counts.landings().into_iter().map(|(how, landed)| (how.name(), landed)),
        ),
        Metric::gauge(
            "gpu_lease_signer_day_lamports",
            "What was spent in the 24 hours before the last transaction",
            counts.spent_in_a_day(),
        ),
        Metric::gauge(
            "gpu_lease_signer_budget_lamports",
            "What may be spent in 24 hours before settlements wait, if there is a limit",
            budget.lamports_a_day,
        ),
        Metric::gauge("gpu_lease_signer_operator_lamports", "What the operator holds", operator),
    ]
}
