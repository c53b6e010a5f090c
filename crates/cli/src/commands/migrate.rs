//! `gpu-lease migrate`

use crate::{
    context::Context,
    output::{self, Record},
};
use anyhow::{Context as _, Result};
use clap::Args;
use gpu_lease_migrations::{Config, Status};
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Steps that are done already are left alone, so this can be run again at any time. The last step \
                  gives up the program's upgrade authority, and is left out unless the file asks for it: \
                  `upgrade_authority: none` takes it away from everybody, an address hands it over. You are asked \
                  before, since nobody can undo it."
)]
pub struct Migrate {
    /// YAML file that says what the market shall be like: vote_mint, unit_mint, guardian, arbiter,
    /// treasury, fee_bps, mints, voting, upgrade_authority
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Say what would be done, and do nothing
    #[arg(long)]
    plan: bool,
    /// Do not ask before a step that nobody can undo
    #[arg(long, short, conflicts_with = "plan")]
    yes: bool,
}

/// Runs the steps that are left, or says which they are.
pub async fn run(migrate: &Migrate, context: &Context) -> Result<()> {
    let (config, wallet) = (read_config(&migrate.file)?, context.wallet()?);
    let chain =
        gpu_lease_migrations::Context { client: &context.client, config: &config, authority: &wallet };
    let plan = gpu_lease_migrations::plan(&chain).await?;
    if migrate.plan {
        return context.print(&plan);
    }
    for step in plan.final_steps() {
        output::note(step);
        output::confirm("Nobody can undo this. Do it?", migrate.yes)?;
    }
    let spinner = output::spinner("Looking at the cluster");
    let applied =
        gpu_lease_migrations::apply(&chain, |step| spinner.set_message(step.description.to_owned())).await;
    spinner.finish_and_clear();
    let applied = applied?;
    let mut record = Record::new().object("applied", &applied).heading(match applied.is_empty() {
        true => "Nothing is left to do",
        false => "Migrated",
    });
    for step in &applied {
        for receipt in &step.receipts {
            record = record.line(step.name, receipt.signature);
        }
    }
    let not_asked: Vec<_> = plan.not_asked().collect();
    for step in &not_asked {
        if let Status::NotAsked(how) = &step.status {
            record = record.line(step.name, format!("not asked for. {how}"));
        }
    }
    let record = record.object("not_asked", &not_asked);
    let receipts = applied.iter().flat_map(|step| &step.receipts);
    let signatures: Vec<_> = receipts.map(|receipt| receipt.signature.to_string()).collect();
    match signatures.is_empty() {
        true => context.print(&record),
        false => {
            context.format.print_landed(&record, &signatures);
            Ok(())
        }
    }
}

/// Reads the file that says what the market shall be like.
pub fn read_config(path: &Path) -> Result<Config> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_norway::from_str(&text).with_context(|| format!("{} is not a market configuration", path.display()))
}
