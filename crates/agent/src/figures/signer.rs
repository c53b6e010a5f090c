//! The signer's.

use gpu_lease_service::metrics::{Figure, Kind, Metric};

use crate::signer::Counts;

/// As they are now. The operator holds so many lamports, if that is known.
pub fn signer(counts: &Counts, operator: Option<u64>) -> Vec<Metric> {
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
        Metric::gauge("gpu_lease_signer_operator_lamports", "What the operator holds", operator),
    ]
}
