use super::{OneProposal, fee_vault, moment, present, proposal};
use crate::{
    args::Sending,
    context::{Action, Context, require_role},
    output::Record,
    units,
    views::governance::{self, FeeVault, Present},
};
use anyhow::{Result, bail, ensure};
use clap::Args;
use gpu_lease_client::{
    account::{Keyed, MintRef},
    instruction,
    outlook::{self, rehearse},
    state::{Action as Proposed, Proposal, ProposalPhase},
};
use solana_instruction::Instruction;
use solana_signer::Signer;
use std::collections::HashMap;

/// Records that fit one transaction.
const MOST: usize = 10;

#[derive(Debug, Args)]
pub struct Reclaim {
    #[command(flatten)]
    sending: Sending,
}

/// What is said about a proposal in every result.
fn described(proposal: &Keyed<Proposal>, vault: Option<FeeVault>) -> Record {
    let what = governance::action(&Proposed::from(&proposal.action), proposal.fee_bps, vault);
    Record::new()
        .json("id", proposal.id)
        .json("proposal", proposal.address.to_string())
        .line("proposal", format!("{}: {what}", proposal.id))
}

/// Decides a proposal whose vote is over.
pub async fn finalize(OneProposal { id, sending }: &OneProposal, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let (proposal, now) = (proposal(*id, context).await?, context.now().await?);
    match proposal.phase(now) {
        ProposalPhase::Ended => {}
        ProposalPhase::Failed if proposal.is_taken_back() => ensure!(
            now >= proposal.ends_at,
            "proposal {id} was taken back; its deposit comes back from {} on, run this again then",
            moment(proposal.ends_at, now)
        ),
        ProposalPhase::Voting => {
            bail!("the vote runs until {}; run this again then", moment(proposal.ends_at, now))
        }
        phase => bail!(
            "proposal {id} is decided already, it is {}; see `gpu-lease governance show {id}`",
            outlook::proposal_phase_name(phase)
        ),
    }
    let (decided, _) = rehearse(&proposal.account, |proposal| proposal.finalize(now))?;
    let vault = fee_vault(&Proposed::from(&proposal.action), context).await?;
    let record = described(&proposal, vault).line("deposit", format!("back to {}", proposal.proposer));
    let record = match decided.phase(now) {
        ProposalPhase::Failed | ProposalPhase::Expired => record,
        _ => record.line(
            "next",
            format!("once the timelock is over, anyone can run `gpu-lease governance execute {id}`"),
        ),
    };
    let action = Action::new("Decided the proposal", *sending).with(record);
    context.act(action, &[instruction::finalize_proposal(&proposal)], &[&wallet]).await
}

/// Makes what a proposal says so. Decides it first where nobody did.
pub async fn execute(OneProposal { id, sending }: &OneProposal, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let present = present(context).await?;
    let proposal = proposal(*id, context).await?;
    let what = Proposed::from(&proposal.action);
    let vault = fee_vault(&what, context).await?;

    let mut instructions = Vec::new();
    let mut decided = proposal.account;
    if proposal.phase(present.now) == ProposalPhase::Ended {
        (decided, _) = rehearse(&proposal.account, |proposal| proposal.finalize(present.now))?;
        instructions.push(instruction::finalize_proposal(&proposal));
    }
    require_executable(&decided, !instructions.is_empty(), &present)?;
    instructions.extend(execution(&proposal, &what, vault, &wallet, &present, context).await?);

    let record =
        described(&proposal, vault).and(governance::meaning(&what, proposal.fee_bps, vault, &present));
    let mut action = Action::new("Executed the proposal", *sending).with(record);
    if let Some(vault) = vault {
        action = action.in_units_of(&vault.mint);
    }
    context.act(action, &instructions, &[&wallet]).await
}

/// Requires that `decided` may be executed now. `is_new` if it is only about to be decided.
fn require_executable(decided: &Proposal, is_new: bool, present: &Present) -> Result<()> {
    let (id, now) = (decided.id, present.now);
    let finalize = match is_new {
        true => format!("; `gpu-lease governance finalize {id}` returns the deposit"),
        false => "; propose it again if it is still wanted".to_owned(),
    };
    match decided.phase(now) {
        ProposalPhase::Executable => {}
        ProposalPhase::Voting | ProposalPhase::Ended => {
            bail!("the vote runs until {}; wait for its end", moment(decided.ends_at, now))
        }
        ProposalPhase::Timelocked => bail!(
            "the timelock runs until {}; run this again then, and before {}",
            moment(decided.executable_from(), now),
            units::format_time(decided.expires_at())
        ),
        ProposalPhase::Failed => bail!("proposal {id} did not pass{finalize}"),
        ProposalPhase::Expired => {
            bail!("proposal {id} could be executed until {}{finalize}", moment(decided.expires_at(), now))
        }
        ProposalPhase::Executed => {
            bail!("proposal {id} was executed already; see `gpu-lease governance show {id}`")
        }
    }
    let (was, is) = (decided.fee_bps, present.fee_params.fee_bps);
    ensure!(
        was == is || !matches!(Proposed::from(&decided.action), Proposed::SetFee { .. }),
        "proposal {id} was made when the fee was {}, and it is {} now; propose again, from there",
        units::format_bps(was.into()),
        units::format_bps(is.into())
    );
    Ok(())
}

/// The instructions that do what a proposal says.
async fn execution(
    proposal: &Keyed<Proposal>,
    what: &Proposed,
    vault: Option<FeeVault>,
    payer: &dyn Signer,
    present: &Present,
    context: &Context,
) -> Result<Vec<Instruction>> {
    let Proposed::WithdrawFees { mint, .. } = what else {
        return Ok(vec![instruction::execute_proposal(proposal.address)]);
    };
    ensure!(
        vault.is_some_and(|vault| vault.balance > 0),
        "the fee vault is empty, and a proposal is executed once; wait for fees, until {} at the latest",
        units::format_time(proposal.expires_at())
    );
    let treasury = present.fee_params.treasury;
    let token_program = context.mint(mint).await?.token_program;
    let mut instructions = Vec::new();
    let reference = MintRef { mint: *mint, token_program };
    let account = context.receiver(&treasury, &reference, payer, &mut instructions).await?;
    instructions.push(instruction::withdraw_fees_to(proposal.address, account, *mint, token_program));
    Ok(instructions)
}

/// Takes a proposal back.
pub async fn cancel(OneProposal { id, sending }: &OneProposal, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let proposal = proposal(*id, context).await?;
    require_role(&wallet.pubkey(), &proposal.proposer, "the wallet that made the proposal")?;
    rehearse(&proposal.account, |proposal| proposal.cancel(&wallet.pubkey()))?;
    let vault = fee_vault(&Proposed::from(&proposal.action), context).await?;
    let record = described(&proposal, vault).line(
        "deposit",
        format!(
            "comes back with `gpu-lease governance finalize {id}`, from {} on",
            units::format_time(proposal.ends_at)
        ),
    );
    let action = Action::new("Took the proposal back", *sending).with(record);
    context.act(action, &[instruction::cancel_proposal(&proposal)], &[&wallet]).await
}

/// Closes the records of votes that are decided and whose rent the wallet paid.
pub async fn reclaim(Reclaim { sending }: &Reclaim, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let proposals = context.client.proposals().await?;
    let is_decided: HashMap<_, _> =
        proposals.iter().map(|p| (p.address, p.require_decided().is_ok())).collect();
    let mut records = context.client.votes_paid_by(&wallet.pubkey()).await?;
    let all = records.len();
    records.retain(|record| is_decided.get(&record.proposal).copied().unwrap_or_default());
    ensure!(
        all > 0,
        "{} has paid for no vote's record; sign with --keypair of the wallet that voted",
        wallet.pubkey()
    );
    ensure!(
        !records.is_empty(),
        "all your votes are on proposals that are not decided; run this again when they are finalized"
    );
    let rest = records.split_off(records.len().min(MOST));
    let instructions: Vec<_> = records.iter().map(instruction::close_vote_record).collect();
    let record = Record::new()
        .object("closed", &records.iter().map(|record| record.address.to_string()).collect::<Vec<_>>())
        .line("closed", units::format_count(records.len() as u64, "record"));
    let record = match rest.len() as u64 {
        0 => record,
        more => record.line("next", format!("run it again for {more} more")),
    };
    let action = Action::new("Got the rent of the votes' records back", *sending).with(record);
    context.act(action, &instructions, &[&wallet]).await
}
