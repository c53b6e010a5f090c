//! Who can do what next: deeds as commands, and in words.

use crate::output::Record;
use gpu_lease_client::outlook::{Deed, LeaseAct, ProposalAct, Role};
use serde_json::{Value, json};

/// A role in words.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Anyone => "anyone",
        Role::Renter => "renter",
        Role::SessionKey => "session key",
        Role::Payer => "payer",
        Role::Provider => "provider",
        Role::Operator => "operator",
        Role::Attestor => "attestor",
        Role::Verifier => "verifier",
        Role::Arbiter => "arbiter",
        Role::Both => "both",
        Role::TokenHolder => "token holders",
        Role::Participant => "participants",
        Role::Proposer => "proposer",
        Role::Voter => "voters",
    }
}

/// What can be done with a lease. The table leaves out what the operator can do: it is what the provider can, too.
pub fn of_lease(deeds: &[Deed<LeaseAct>]) -> Record {
    let operator_leaves =
        deeds.iter().any(|deed| deed.who == Role::Operator && matches!(deed.act, LeaseAct::Terminate { .. }));
    let rows = deeds.iter().filter(|deed| deed.who != Role::Operator).map(|Deed { who, act }| {
        let purpose = match (who, act) {
            (Role::Provider, LeaseAct::Terminate { .. }) if operator_leaves => {
                "leaves at once, as its operator may too: no notice is owed"
            }
            (Role::Anyone, LeaseAct::Cancel { .. }) => "sends the deposit back",
            (_, act) => lease_purpose(act),
        };
        (*who, lease_command(act).to_owned(), purpose)
    });
    table(record(deeds, lease_command), rows.collect())
}

/// What can be done with proposal number `id`.
pub fn of_proposal(deeds: &[Deed<ProposalAct>], id: u64) -> Record {
    let rows = deeds.iter().map(|Deed { who, act }| {
        let command = match act {
            ProposalAct::ProposeAgain | ProposalAct::ReclaimRent => proposal_command(act).to_owned(),
            act => format!("{} {id}", proposal_command(act)),
        };
        let purpose = match (who, act) {
            (Role::Participant, ProposalAct::Vote { .. }) => {
                "with fees of each of the three epochs before it"
            }
            (_, act) => proposal_purpose(act),
        };
        (*who, command, purpose)
    });
    table(record(deeds, proposal_command), rows.collect())
}

fn record<A>(deeds: &[Deed<A>], command: fn(&A) -> &'static str) -> Record {
    let deed = |Deed { who, act }: &Deed<A>| json!({ "who": role(*who), "command": command(act) });
    Record::new().object("next", &deeds.iter().map(deed).collect::<Vec<Value>>())
}

fn table(record: Record, rows: Vec<(Role, String, &str)>) -> Record {
    let width = rows.iter().map(|(_, command, _)| command.len()).max().unwrap_or_default();
    let record = if rows.is_empty() { record } else { record.heading("Next") };
    rows.into_iter().fold(record, |record, (who, command, purpose)| {
        record.line(role(who), format!("{command:width$}  {purpose}"))
    })
}

/// The command that does it.
const fn lease_command(act: &LeaseAct) -> &'static str {
    match act {
        LeaseAct::Start { .. } => "lease start",
        LeaseAct::Cancel { .. } => "lease cancel",
        LeaseAct::TopUp { .. } => "lease top-up",
        LeaseAct::Attest { .. } => "attest sign",
        LeaseAct::CoSign { .. } => "attest cosign",
        LeaseAct::Extend { .. } => "lease extend",
        LeaseAct::Resize { .. } => "lease resize",
        LeaseAct::Dispute { .. } => "dispute open",
        LeaseAct::Terminate { .. } => "lease terminate",
        LeaseAct::Expire { .. } => "lease expire",
        LeaseAct::PublishAccess => "lease publish-access",
        LeaseAct::CloseTogether { .. } => "lease close --together",
        LeaseAct::Resolve { .. } => "arbiter resolve",
        LeaseAct::ResolveByTimeout { .. } => "dispute timeout",
        LeaseAct::Settle { .. } => "settle",
        LeaseAct::ReleaseGpus { .. } => "lease release",
        LeaseAct::Close { .. } => "lease close",
    }
}

/// What it is for.
const fn lease_purpose(act: &LeaseAct) -> &'static str {
    match act {
        LeaseAct::Start { .. } => "begins it and puts up the bond",
        LeaseAct::Cancel { .. } => "takes the deposit back",
        LeaseAct::TopUp { .. } => "adds to the deposit",
        LeaseAct::Attest { .. } => "reports what was delivered",
        LeaseAct::CoSign { .. } => "accepts what the attestor has signed, for good",
        LeaseAct::Extend { .. } => "runs longer",
        LeaseAct::Resize { .. } => "changes the number of GPUs",
        LeaseAct::Dispute { .. } => "refuses what is claimed; the arbiter decides",
        LeaseAct::Terminate { .. } => "gives notice",
        LeaseAct::Expire { .. } => "ends it where the provider fell silent",
        LeaseAct::PublishAccess => "replaces the credentials of a machine that moved",
        LeaseAct::CloseTogether { .. } => "ends it at once and divides the vault as agreed",
        LeaseAct::Resolve { .. } => "decides between the two figures",
        LeaseAct::ResolveByTimeout { .. } => "lets the midpoint count",
        LeaseAct::Settle { .. } => "pays the provider what is due",
        LeaseAct::ReleaseGpus { .. } => "gives GPUs back to the offer",
        LeaseAct::Close { .. } => "divides what is in the vault",
    }
}

/// The command that does it.
const fn proposal_command(act: &ProposalAct) -> &'static str {
    match act {
        ProposalAct::Vote { .. } => "governance vote",
        ProposalAct::Cancel => "governance cancel",
        ProposalAct::Finalize { .. } => "governance finalize",
        ProposalAct::Execute { .. } | ProposalAct::WithdrawFees { .. } => "governance execute",
        ProposalAct::ProposeAgain => "governance propose",
        ProposalAct::ReclaimRent => "governance reclaim",
    }
}

/// What it is for.
const fn proposal_purpose(act: &ProposalAct) -> &'static str {
    use ProposalAct::{Execute, WithdrawFees};
    match act {
        ProposalAct::Vote { .. } => "with tokens that were locked before it was made",
        ProposalAct::Cancel => "takes it back, as long as nobody has voted",
        ProposalAct::Finalize { .. } => "decides it and returns the deposit",
        Execute { is_decided: false, .. } | WithdrawFees { is_decided: false, .. } => {
            "decides it and makes it so"
        }
        Execute { is_decided: true, .. } | WithdrawFees { is_decided: true, .. } => "makes it so",
        ProposalAct::ProposeAgain => "puts it to the vote again",
        ProposalAct::ReclaimRent => "brings back the rent of the votes' records",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cli;
    use clap::{Parser, error::ErrorKind};
    use strum::IntoEnumIterator;

    #[test]
    fn every_deed_is_a_command_that_exists() {
        let commands = LeaseAct::iter().map(|act| lease_command(&act));
        for command in commands.chain(ProposalAct::iter().map(|act| proposal_command(&act))) {
            let words = ["gpu-lease"].into_iter().chain(command.split(' ')).chain(["--help"]);
            let kind = Cli::try_parse_from(words).unwrap_err().kind();
            assert_eq!(kind, ErrorKind::DisplayHelp, "{command}");
        }
        let words = ["gpu-lease", "lease", "begin", "--help"];
        assert_ne!(Cli::try_parse_from(words).unwrap_err().kind(), ErrorKind::DisplayHelp);
    }

    #[test]
    fn an_operator_s_deeds_are_those_of_its_provider() {
        let deed = |who, act| Deed { who, act };
        let publish = LeaseAct::PublishAccess;
        let leave = LeaseAct::Terminate { ends_at: 1 };
        let shown = |deeds: &[Deed<LeaseAct>]| of_lease(deeds).to_string();
        let text = shown(&[
            deed(Role::Provider, publish),
            deed(Role::Operator, publish),
            deed(Role::Provider, leave),
        ]);
        assert!(!text.contains("operator") && text.contains("gives notice"), "{text}");
        let text =
            shown(&[deed(Role::Provider, leave), deed(Role::Operator, leave), deed(Role::Renter, leave)]);
        assert!(text.contains("as its operator may too") && text.contains("gives notice"), "{text}");
    }
}
