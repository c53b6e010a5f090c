use super::{fee_vault, present};
use crate::{
    args::Sending,
    config,
    context::{Action as Doing, Context},
    failure::usage,
    output::Record,
    units::{self, SOL_DECIMALS},
    views::governance::{self, Present},
};
use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    address,
    constants::{MAX_FEE_BPS, MAX_FEE_STEP_BPS},
    instruction::{self, CreateProposal},
    json::Json,
    outlook::{Quorum, rehearse},
    state::{Action, MintPolicy, VotingRules},
};
use solana_address::Address;
use solana_signer::Signer;

/// What is proposed.
#[derive(Debug, Subcommand)]
pub enum Propose {
    /// Another fee for new leases, at most 0.5% away from the one in force
    Fee(Fee),
    /// Another wallet that withdrawn fees go to
    Treasury(Wallet),
    /// Another wallet that decides the disputes of new leases
    Arbiter(Wallet),
    /// Another wallet that may pause new leases
    Guardian(Wallet),
    /// Other rules for new proposals
    #[command(
        after_help = "What is not given stays as it is now. Bounds: quorum 1% to 40%, vote 3d to 14d, extension \
                            12h to 3d, timelock 2d to 30d, execution window 3d to 30d, deposit 0.05 to 10 SOL."
    )]
    Rules(Rules),
    /// Collected fees to the treasury
    Withdraw(Withdraw),
}

#[derive(Debug, Args)]
pub struct Fee {
    /// The rate, for instance 1.5% or 150bps
    #[arg(value_name = "SHARE", value_parser = units::parse_bps)]
    fee: u32,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Wallet {
    /// The wallet
    #[arg(value_name = "ADDRESS", value_parser = config::parse_address)]
    wallet: Address,
    #[command(flatten)]
    sending: Sending,
}

/// Other rules.
#[derive(Debug, Args)]
pub struct Rules {
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    sending: Sending,
}

/// What changes of the rules.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct Changes {
    /// Votes for that a proposal needs, as a share of the locked tokens, for instance 10%
    #[arg(long, value_name = "SHARE", value_parser = units::parse_bps)]
    quorum: Option<u32>,
    /// How long votes are taken, for instance 5d
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration)]
    voting_period: Option<u32>,
    /// How much longer votes are taken after the result has turned late, up to three times
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration)]
    extension: Option<u32>,
    /// From the end of a vote to its execution
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration)]
    timelock: Option<u32>,
    /// How long a passed proposal may be executed
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration)]
    execution_window: Option<u32>,
    /// What a proposer leaves until the proposal is decided, SOL
    #[arg(long, value_name = "SOL", value_parser = parse_sol)]
    deposit: Option<u64>,
}

#[derive(Debug, Args)]
pub struct Withdraw {
    /// The mint of the fees
    #[arg(value_name = "MINT", value_parser = config::parse_address)]
    mint: Address,
    /// How much, in the mint's units, or `all` that is there when it is executed
    #[arg(value_name = "AMOUNT", default_value = "all")]
    amount: String,
    #[command(flatten)]
    sending: Sending,
}

fn parse_sol(text: &str) -> Result<u64, String> {
    units::parse_amount(text, SOL_DECIMALS)
}

impl Changes {
    /// `rules` with these changes.
    fn of(&self, rules: VotingRules) -> Result<VotingRules> {
        let changed = VotingRules {
            deposit: self.deposit.unwrap_or(rules.deposit),
            voting_period: self.voting_period.unwrap_or(rules.voting_period),
            extension: self.extension.unwrap_or(rules.extension),
            timelock: self.timelock.unwrap_or(rules.timelock),
            execution_window: self.execution_window.unwrap_or(rules.execution_window),
            quorum_bps: match self.quorum {
                Some(quorum) => u16::try_from(quorum).context("a quorum is a share of at most 40%")?,
                None => rules.quorum_bps,
            },
            ..rules
        };
        ensure!(changed != rules, "these are the rules in force; propose others, or nothing");
        Ok(changed)
    }
}

/// Puts an action to the vote.
pub async fn run(propose: &Propose, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let present = present(context).await?;
    let fee_bps = present.fee_params.fee_bps;
    let (action, sending) = match propose {
        Propose::Fee(Fee { fee, sending }) => {
            (Action::SetFee { fee_bps: within_a_step(*fee, fee_bps)? }, sending)
        }
        Propose::Treasury(Wallet { wallet, sending }) => (Action::SetTreasury { treasury: *wallet }, sending),
        Propose::Arbiter(Wallet { wallet, sending }) => (Action::SetArbiter { arbiter: *wallet }, sending),
        Propose::Guardian(Wallet { wallet, sending }) => (Action::SetGuardian { guardian: *wallet }, sending),
        Propose::Rules(Rules { changes, sending }) => {
            (Action::SetVotingRules { rules: changes.of(present.governance.rules)? }, sending)
        }
        Propose::Withdraw(Withdraw { mint, amount, sending }) => {
            let policy = context.client.find::<MintPolicy>(&address::mint_policy(mint)).await?;
            let policy = policy.with_context(|| {
                format!(
                    "{mint} is not a registered mint, so it has collected no fees; see `gpu-lease mint show`"
                )
            })?;
            let amount = match amount.as_str() {
                "all" => u64::MAX,
                amount => units::parse_amount(amount, policy.decimals).map_err(usage)?,
            };
            (Action::WithdrawFees { mint: *mint, amount }, sending)
        }
    };
    rehearse(&action, |action| {
        action.validate(fee_bps)?;
        action.require_change(&present.protocol, &present.governance, &present.fee_params)
    })?;

    require_quorum_in_reach(&present, context).await?;

    let id = present.governance.proposal_count;
    let new = CreateProposal {
        proposer: wallet.pubkey(),
        id,
        vote_mint: present.protocol.vote_mint,
        unit_mint: present.protocol.unit_mint,
        action,
        max_deposit: present.governance.rules.deposit,
        valid_until: sending.valid_until(present.now, false),
    };
    let vault = fee_vault(&action, context).await?;
    let deposit = present.governance.rules.deposit;
    let record = Record::new()
        .json("id", id)
        .text("proposal", "account", address::proposal(id))
        .line("proposal", format!("{id}: {}", governance::action(&action, fee_bps, vault)))
        .json("action", action.json())
        .json("deposit", deposit)
        .line(
            "deposit",
            format!("{} SOL, back to you when it is decided", units::format_amount(deposit, SOL_DECIMALS)),
        )
        .line(
            "next",
            format!("those who have locked tokens run `gpu-lease governance vote {id} for` or `against`"),
        )
        .and(governance::meaning(&action, fee_bps, vault, &present))
        .heading("The vote");
    let doing = Doing::new("Proposed", *sending).with(record).in_units_of(&present.vote_mint);
    context.act(doing, &[instruction::create_proposal(&new)], &[&wallet]).await
}

/// Requires that enough tokens are locked to pass anything.
async fn require_quorum_in_reach(present: &Present, context: &Context) -> Result<()> {
    let supply = context.client.supply(&present.protocol.vote_mint).await?;
    let Quorum { votes, electorate } = Quorum::of(&present.governance, supply, present.now);
    let tokens = |amount| present.tokens(amount);
    ensure!(
        votes <= electorate,
        "a proposal needs {} votes for, and {} tokens are locked until after its vote; lock more first, with `gpu-lease governance lock`",
        tokens(votes),
        tokens(electorate)
    );
    Ok(())
}

/// `proposed`, if one vote may get there from `fee_bps`.
fn within_a_step(proposed: u32, fee_bps: u16) -> Result<u16> {
    let lowest = fee_bps.saturating_sub(MAX_FEE_STEP_BPS);
    let highest = fee_bps.saturating_add(MAX_FEE_STEP_BPS).min(MAX_FEE_BPS);
    let fits = u16::try_from(proposed).ok().filter(|proposed| (lowest..=highest).contains(proposed));
    let percent = |bps: u16| units::format_bps(bps.into());
    let proposed = fits.with_context(|| {
        format!(
            "a vote cannot bring the fee from {} to {}; propose one from {} to {}, which is as far as one vote \
             reaches",
            percent(fee_bps),
            units::format_bps(proposed),
            percent(lowest),
            percent(highest)
        )
    })?;
    ensure!(proposed != fee_bps, "the fee is {} already; propose another one", percent(fee_bps));
    Ok(proposed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: VotingRules = VotingRules {
        deposit: 1,
        voting_period: 2,
        extension: 3,
        timelock: 4,
        execution_window: 5,
        quorum_bps: 6,
        spare: [0; 6],
    };

    fn changes() -> Changes {
        Changes {
            quorum: None,
            voting_period: None,
            extension: None,
            timelock: None,
            execution_window: None,
            deposit: None,
        }
    }

    #[test]
    fn rules_that_are_not_named_stay_and_nothing_is_no_proposal() {
        let quorum = Changes { quorum: Some(7), ..changes() };
        assert_eq!(quorum.of(RULES).unwrap(), VotingRules { quorum_bps: 7, ..RULES });
        let timelock = Changes { timelock: Some(8), ..changes() };
        assert_eq!(timelock.of(RULES).unwrap(), VotingRules { timelock: 8, ..RULES });
        assert!(Changes { quorum: Some(6), ..changes() }.of(RULES).is_err());
        assert!(Changes { quorum: Some(65_536), ..changes() }.of(RULES).is_err());
    }

    #[test]
    fn a_fee_is_proposed_within_a_step_and_the_bounds_are_named() {
        for (proposed, fee_bps, fits) in [
            (150, 100, true),
            (151, 100, false),
            (50, 100, true),
            (49, 100, false),
            (100, 100, false),
            (500, 490, true),
            (501, 490, false),
            (0, 10, true),
            (70_000, 100, false),
        ] {
            assert_eq!(within_a_step(proposed, fee_bps).is_ok(), fits, "{fee_bps} → {proposed}");
        }
        let reason = within_a_step(300, 100).unwrap_err().to_string();
        assert!(reason.contains("propose one from 0.5% to 1.5%"), "{reason}");
    }
}
