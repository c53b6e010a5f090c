//! `gpu-lease init`

use crate::{
    args::Sending,
    commands::migrate::read_config,
    context::{Action, Context},
    output::Record,
    units,
};
use anyhow::{Result, ensure};
use clap::Args;
use gpu_lease_client::{address, instruction, program::instructions::ProtocolConfig};
use solana_signer::Signer;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "`gpu-lease migrate` does this and everything else that a cluster needs.")]
pub struct Init {
    /// YAML file that says what the market shall be like: vote_mint, unit_mint, guardian, arbiter,
    /// treasury, fee_bps, voting
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    pub sending: Sending,
}

/// Creates the protocol and its first fee rate.
pub async fn run(Init { file, sending }: &Init, context: &Context) -> Result<()> {
    let (file, wallet) = (read_config(file)?, context.wallet()?);
    ensure!(
        context.client.account(&address::protocol()).await?.is_none(),
        "the protocol exists on this cluster already; see `gpu-lease status`"
    );
    let config = ProtocolConfig {
        genesis_hash: context.client.genesis_hash().await?.to_bytes(),
        vote_mint: file.vote_mint,
        unit_mint: file.unit_mint,
        guardian: file.guardian,
        arbiter: file.arbiter,
        treasury: file.treasury,
        fee_bps: file.fee_bps,
        rules: file.voting.into(),
    };
    let record = Record::new()
        .text("protocol", "protocol", address::protocol())
        .text("fee_params", "fee parameters", address::fee_params())
        .json("fee_bps", file.fee_bps)
        .line("fee", units::format_bps(file.fee_bps.into()));
    let initialize = instruction::initialize(wallet.pubkey(), config);
    context.act(Action::new("Created the protocol", *sending).with(record), &[initialize], &[&wallet]).await
}
