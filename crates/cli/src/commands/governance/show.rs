use super::{fee_vault, present, proposal};
use crate::{context::Context, output::Record, units, views::governance};
use anyhow::Result;
use clap::Args;
use gpu_lease_client::{
    address,
    state::{Action, ProposalPhase, epoch_of},
};
use std::collections::BTreeMap;

#[derive(Debug, Args)]
pub struct Show {
    /// The proposal's number
    #[arg(value_name = "ID", value_parser = units::parse_count::<u64>)]
    id: u64,
}

/// Shows everything about a proposal.
pub async fn show(Show { id }: &Show, context: &Context) -> Result<()> {
    let proposal = proposal(*id, context).await?;
    let vault = fee_vault(&Action::from(&proposal.action), context).await?;
    context.print(&governance::proposal(&proposal, vault, &present(context).await?))
}

/// Lists all proposals, the newest first.
pub async fn list(context: &Context) -> Result<()> {
    let present = present(context).await?;
    let mut list = governance::proposal_list();
    for proposal in &context.client.proposals().await? {
        let vault = fee_vault(&Action::from(&proposal.action), context).await?;
        let record = governance::proposal(proposal, vault, &present);
        list.push(governance::proposal_row(proposal, &present), record);
    }
    context.print(&list)
}

/// Shows what can be voted on, and by whom.
pub async fn status(context: &Context) -> Result<()> {
    let client = &context.client;
    let present = present(context).await?;
    let (protocol, rules) = (&present.protocol, &present.governance.rules);
    let (locks, supply) = (client.locks().await?, client.supply(&protocol.vote_mint).await?);
    let fees = client.mint_policy(&protocol.unit_mint).await?.fees;
    let proposals = client.proposals().await?;
    let open = proposals.iter().filter(|proposal| proposal.phase(present.now) == ProposalPhase::Voting);
    let waiting = proposals.iter().filter(|proposal| {
        let phase = proposal.phase(present.now);
        matches!(phase, ProposalPhase::Ended | ProposalPhase::Timelocked | ProposalPhase::Executable)
    });

    // One wallet may vote for several parties: itself, and its providers.
    let mut weights: BTreeMap<_, u64> = BTreeMap::new();
    for participant in client.participants().await? {
        let weight = weights.entry(participant.authority).or_default();
        *weight = weight.saturating_add(participant.fees.weight_before(epoch_of(present.now)));
    }
    let record = Record::new()
        .heading("What is voted on")
        .json("time", present.now)
        .object("fee_params", &present.fee_params)
        .object("protocol", &present.protocol)
        .object("governance", &present.governance)
        .json("paused", protocol.is_paused(present.now))
        .line(
            "fee",
            format!(
                "{} for new leases, since {}",
                units::format_bps(present.fee_params.fee_bps.into()),
                units::format_time(present.fee_params.effective_since)
            ),
        )
        .line("treasury", format!("{}, where withdrawn fees go", present.fee_params.treasury))
        .line("arbiter", format!("{}, for the disputes of new leases", protocol.arbiter))
        .line("guardian", format!("{}, {}", protocol.guardian, governance::guardian_power()))
        .line("new leases", governance::pause(protocol, present.now))
        .line(
            "proposals",
            format!(
                "{} made, {} to vote on, {} passed or to be decided; see `gpu-lease governance proposals`",
                present.governance.proposal_count,
                open.count(),
                waiting.count()
            ),
        )
        .heading("Voting rules for new proposals")
        .and(governance::rules(rules))
        .and(governance::token_house_status(&locks, supply, &present))
        .and(governance::payers_house_status(weights.into_values(), &fees, &present))
        .json("proposals", proposals.len())
        .json("program", address::PROGRAM.to_string());
    context.print(&record)
}
