//! `gpu-lease mint`

use crate::{
    args::Sending,
    config,
    context::{Action, Context},
    output::Record,
    views,
};
use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::{address, instruction, state::MintPolicy};
use solana_address::Address;
use solana_signer::Signer;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Let leases be priced in a mint of the SPL Token program or of Token-2022; anyone may
    #[command(
        after_help = "Of Token-2022, metadata, groups and members are taken. A mint with any other extension is \
                      refused, since it could take, block or change money that a lease holds: a transfer fee or \
                      permanent delegate takes it, a transfer hook, pause, default account state or \
                      non-transferable tokens block it, interest, scaled amounts and confidential transfers \
                      show or hide other amounts than are moved, a close authority replaces the mint. What is \
                      not known is refused, too. A freeze authority is taken: it is the issuer's power over \
                      every holder."
    )]
    Register(Register),
    /// Show a registered mint and the fees it has collected [default: all of them]
    Show(Show),
}

#[derive(Debug, Args)]
pub struct Register {
    /// The mint
    #[arg(value_name = "MINT", value_parser = config::parse_address)]
    mint: Address,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Show {
    /// The mint
    #[arg(value_name = "MINT", value_parser = config::parse_address)]
    mint: Option<Address>,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Register(Register { mint, sending }) => {
            let wallet = context.wallet()?;
            let token_program = context.mint(mint).await?.token_program;
            ensure!(
                context.client.find::<MintPolicy>(&address::mint_policy(mint)).await?.is_none(),
                "the mint is registered already; see `gpu-lease mint show {mint}`"
            );
            let instruction = instruction::register_mint(wallet.pubkey(), *mint, token_program);
            let record = Record::new()
                .text("mint", "mint", mint)
                .text("mint_policy", "policy", address::mint_policy(mint))
                .text("fee_vault", "fee vault", address::fee_vault(mint));
            context
                .act(Action::new("Registered the mint", *sending).with(record), &[instruction], &[&wallet])
                .await
        }
        Command::Show(Show { mint: Some(mint) }) => {
            let policy = context.client.find::<MintPolicy>(&address::mint_policy(mint)).await?;
            let policy = policy.with_context(|| {
                format!("{mint} is not a registered mint; register it with `gpu-lease mint register {mint}`")
            })?;
            let fees = context.fees_in(&policy).await?;
            context.print(&views::mint::details(&policy, fees))
        }
        Command::Show(Show { mint: None }) => {
            let mut list = views::mint::list();
            for policy in context.client.mint_policies().await? {
                let fees = context.fees_in(&policy).await?;
                list.push(views::mint::row(&policy, fees), views::mint::details(&policy, fees));
            }
            context.print(&list)
        }
    }
}
