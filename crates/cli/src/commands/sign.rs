//! `gpu-lease sign`

use crate::{
    args::Sending,
    context::{Action, Context, event_lines},
    output::{self, Record},
};
use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use gpu_lease_client::{
    address,
    decode::{self, DecodedInstruction},
    rpc::PartlySigned,
};
use solana_instruction::Instruction;
use solana_signer::Signer;
use std::{fs, path::PathBuf};

/// What two parties sign together. Nothing else is signed for a stranger.
const SIGNED_BY_BOTH: [&str; 2] = ["resize_lease", "close_lease"];

/// Signs.
#[derive(Debug, Args)]
#[command(
    after_help = "The other party makes such a file with the --out of `lease resize` or `lease close --together`. \
                  It counts for about a minute. Nothing but those is signed, and the other party pays the \
                  network fee."
)]
pub struct Sign {
    /// File with the transaction
    #[arg(value_name = "FILE")]
    transaction: PathBuf,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    sending: Sending,
}

/// Shows what a transaction does, signs it and sends it.
pub async fn run(Sign { transaction, yes, sending }: &Sign, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let you = wallet.pubkey();
    let text = fs::read_to_string(transaction)
        .with_context(|| format!("{} cannot be read", transaction.display()))?;
    let mut signed: PartlySigned = text.parse()?;
    let (payer, missing) = (signed.payer(), signed.missing());
    ensure!(
        missing.contains(&you) && payer != you,
        "{you} is not asked to sign this; sign with --keypair of {}",
        missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
    );
    let instructions = signed.instructions()?;
    let decoded = known(&instructions)?;
    let mint = decoded.iter().find_map(|instruction| instruction.account("mint"));
    let decimals = match mint {
        Some(mint) => context.mint(&mint).await?.decimals,
        None => 0,
    };

    let simulation = context.simulate(&instructions, &payer).await?;
    let mut record = Record::new().text("prepared_by", "prepared by", payer);
    for instruction in &decoded {
        let lease = instruction.account("lease").map(|lease| lease.to_string()).unwrap_or_default();
        record = record
            .line("instruction", instruction.name.replace('_', " "))
            .json("instruction", instruction.name)
            .text("lease", "lease", lease);
    }
    let statement = Record::new()
        .heading("You are asked to sign this transaction:")
        .and(record.clone())
        .and(event_lines(&simulation.events, decimals))
        .heading("Balances")
        .text_block(context.balances(&instructions, &you, &simulation.changes).await?);
    if sending.dry_run {
        let statement = statement
            .heading("(dry run: nothing was signed)")
            .json("dry_run", true)
            .json("events", &simulation.events)
            .json("changes", &simulation.changes)
            .json("compute_units", simulation.units);
        return context.print(&statement);
    }
    output::note(statement);
    output::confirm("Sign and send it?", *yes)?;
    signed.sign(&wallet)?;
    let action = Action::new("Signed and sent", *sending).with(record).in_units_of(decimals);
    context.send_signed(action, &signed).await
}

/// The program's instructions, if there are only those that two parties sign, and what has to stand beside them.
fn known(instructions: &[Instruction]) -> Result<Vec<DecodedInstruction>> {
    let mut known = Vec::new();
    for instruction in instructions {
        match decode::instruction(instruction)? {
            Some(decoded) if SIGNED_BY_BOTH.contains(&decoded.name) => known.push(decoded),
            Some(decoded) => bail!(
                "the transaction contains {}, which needs no second party; do not sign it",
                decoded.name
            ),
            None if address::BESIDE.contains(&instruction.program_id) => {}
            None => {
                bail!("the transaction also calls the program {}; do not sign it", instruction.program_id)
            }
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_address::Address;

    #[test]
    fn a_call_of_another_program_is_never_signed() {
        let foreign = |program_id| Instruction { program_id, accounts: Vec::new(), data: Vec::new() };
        assert!(known(&[foreign(Address::default())]).unwrap_err().to_string().contains("do not sign"));
        assert!(known(&[foreign(address::BESIDE[0])]).unwrap().is_empty());
    }
}
