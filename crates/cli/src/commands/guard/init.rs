use crate::{
    args::Sending,
    commands::lease::require_not_of_provider,
    config,
    context::{Action, Context, require_role},
    failure::usage,
    guard_files::{Budget, GuardFiles, Plan},
    keys::KeyFolder,
    output::{self, Record},
    signer,
    units::{self, money},
};
use anyhow::{Context as _, Result};
use clap::Args;
use gpu_lease_client::{account::LeaseContext, instruction, rpc::MintInfo};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::path::PathBuf;

/// Lamports for some days of transactions, and for the rent of a token account.
const LAMPORTS: u64 = 50_000_000;

#[derive(Debug, Args)]
pub struct Init {
    /// The folder, which must not have a guard in it yet [default: ~/.config/gpu-lease/guard]
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Also let it guard this lease: sets the lease's session key, as its renter, and allows for the stake of a dispute
    #[arg(long, value_name = "LEASE", value_parser = config::parse_address)]
    lease: Option<Address>,
    /// Most that it may set aside as stakes, in all, in the units of the lease's mint [default: the lease's bond]
    #[arg(long, value_name = "AMOUNT", requires = "lease")]
    stakes: Option<String>,
    /// Let it keep the lease paid for, with this much in all, in the units of the lease's mint [default: it only warns]
    #[arg(long, value_name = "AMOUNT", requires = "lease")]
    top_ups: Option<String>,
    /// Also hand it the lease's access key, which says where the machine is and logs in there as you do: without it nothing is
    /// watched. Whoever can read the guard's folder can log in, too
    #[arg(long, requires = "lease")]
    with_access: bool,
    /// Folder of access keys [default: ~/.config/gpu-lease/keys]
    #[arg(long, value_name = "FOLDER", env = "GPU_LEASE_KEYS")]
    keys: Option<PathBuf>,
    /// RPC URL of a second node, of somebody else's: nothing is disputed that only one of them shows
    #[arg(long, value_name = "URL_OR_MONIKER")]
    second: Option<String>,
    /// URL that is told what happens, as JSON; makes the secret that its messages are signed with
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// Folder of another guard, which this one stands by for, on another machine: it gets the same session key, probes, and
    /// disputes what the other one has not
    #[arg(long, value_name = "FOLDER", conflicts_with = "top_ups")]
    standby_of: Option<PathBuf>,
    /// Where the folder will be, if the guard runs elsewhere: the configuration names its files there
    #[arg(long, value_name = "FOLDER")]
    at: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    sending: Sending,
}

/// Makes the folder, and sets the session key of a lease.
pub async fn run(init: &Init, context: &Context) -> Result<()> {
    let files = GuardFiles::new(&init.folder()?, init.at.as_deref())?;
    let session = match &init.standby_of {
        None => Keypair::new(),
        Some(other) => signer::read_file(&GuardFiles::session_of(other).to_string_lossy())
            .context("the other guard's session key is needed")?,
    };
    let wallet = Keypair::new();
    let mut plan = Plan {
        session: &session,
        wallet: &wallet,
        is_standby: init.standby_of.is_some(),
        rpc: &context.url,
        second: init.second.as_deref().map(config::parse_url).transpose().map_err(usage)?,
        budget: None,
        webhook: init.webhook.as_deref(),
        access: None,
    };
    let Some(lease) = &init.lease else {
        if !init.sending.dry_run {
            files.write(&plan)?;
        }
        return context.print(&init.made(&files, &plan, None));
    };

    let renter = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    require_role(&renter.pubkey(), &lease.renter, "the lease's renter")?;
    require_not_of_provider(&session.pubkey(), &lease.provider_account)?;
    let mint = context.mint(&lease.terms.mint).await?;
    plan.budget = Some(init.budget(&lease, &mint)?);
    if init.with_access {
        plan.access = Some((lease.address, KeyFolder::new(init.keys.as_deref())?.load(&lease.address)?));
    }
    let record = init.made(&files, &plan, Some((&lease, &mint)));
    if lease.session_key == session.pubkey() {
        if !init.sending.dry_run {
            files.write(&plan)?;
        }
        return context.print(&record);
    }
    if !init.sending.dry_run {
        output::note(powers(&lease, init.with_access));
        output::confirm("Let it?", init.yes)?;
        files.write(&plan)?;
    }
    let action = Action::new("Made a guard, and set the session key of the lease", init.sending).with(record);
    let valid_until = init.sending.valid_until(context.now().await?, false);
    let set = instruction::set_session_key(&lease, session.pubkey(), valid_until);
    let outcome = context.act(action, &[set], &[&renter]).await;
    if outcome.is_err() && !init.sending.dry_run {
        output::note(format!(
            "The guard's files stay in {}. If the session key was not set, run `gpu-lease lease session-key {} {}`.",
            files.folder().display(),
            lease.address,
            session.pubkey()
        ));
    }
    outcome
}

impl Init {
    fn folder(&self) -> Result<PathBuf> {
        match &self.folder {
            Some(folder) => Ok(folder.clone()),
            None => Ok(dirs::home_dir()
                .context("there is no home folder to keep the guard's files in; name a folder")?
                .join(".config/gpu-lease/guard")),
        }
    }

    fn budget(&self, lease: &LeaseContext, mint: &MintInfo) -> Result<Budget> {
        let amount = |text: &String| units::parse_amount(text, mint.decimals).map_err(usage);
        // No stake is higher. Before the start there is none yet.
        let bond = lease.terms.bond(lease.gpus).unwrap_or_default().max(lease.ledger.bond);
        Ok(Budget {
            mint: lease.terms.mint,
            stakes: self.stakes.as_ref().map(amount).transpose()?.unwrap_or(bond),
            top_ups: self.top_ups.as_ref().map(amount).transpose()?.unwrap_or_default(),
        })
    }

    /// What was made, and what comes next.
    fn made(&self, files: &GuardFiles, plan: &Plan, about: Option<(&LeaseContext, &MintInfo)>) -> Record {
        let (session, wallet) = (plan.session.pubkey(), plan.wallet.pubkey());
        let record = Record::new()
            .text("folder", "folder", files.folder().display())
            .text("configuration", "configuration", files.configuration().display())
            .text("session_key", "session key", session)
            .text("wallet", "wallet", wallet);
        let record = match plan.webhook {
            Some(_) => record.text("webhook_secret", "webhook secret", files.webhook_secret().display()),
            None => record,
        };
        let record = match plan.access {
            Some(_) => record.text("access", "access key in", files.access().display()),
            None => record,
        };
        let record = record.heading("Next:");
        let record = match about {
            None => record.line(
                "name it",
                format!(
                    "`gpu-lease lease open OFFER --session-key {session}`, or of an open lease \
                     `gpu-lease lease session-key LEASE {session}`"
                ),
            ),
            Some(_) => record,
        };
        let record = match plan.access {
            Some(_) => record,
            None => record.line(
                "hand it",
                format!(
                    "the access key of the lease, as a file in {}: it says where the machine is, and without it nothing is \
                     watched. Whoever has it can log in",
                    files.access().display()
                ),
            ),
        };
        let record = match (about, &plan.budget) {
            (Some((_, mint)), Some(Budget { stakes, top_ups, .. })) => {
                let tokens = stakes.saturating_add(*top_ups);
                record.json("tokens", tokens).json("mint", mint.address.to_string()).line(
                    "fund it",
                    format!(
                        "send {} and {} to the wallet; {} of these for stakes, which come back if it disputes rightly",
                        units::sol(LAMPORTS),
                        money(tokens, mint),
                        money(*stakes, mint)
                    ),
                )
            }
            _ => record.line(
                "fund it",
                format!(
                    "send {} to the wallet, and tokens for stakes and top-ups. Write under [budgets.mints] how much of them \
                     it may spend: of a mint that is not there it spends nothing, and disputes no claim",
                    units::sol(LAMPORTS)
                ),
            ),
        };
        let configuration = files.configuration_there();
        let configuration = configuration.display();
        record
            .json("lamports", LAMPORTS)
            .line("check it", format!("`gpu-lease-guard --config {configuration} doctor`"))
            .line("start it", format!("`gpu-lease-guard --config {configuration}`"))
    }
}

/// What a guard gets to do, for who is asked.
fn powers(lease: &LeaseContext, with_access: bool) -> Record {
    let record = Record::new().heading("You are about to let a guard act for you:").line("lease", lease.address).line(
        "it may",
        "co-sign usage, which is paid for then, dispute claims, give notice, and end the lease if its provider falls silent",
    );
    let record = match with_access {
        true => {
            record.line("it can", "log in to the lease's machine, as you can, and read all that is there")
        }
        false => record,
    };
    match lease.session_key == Address::default() {
        true => record,
        false => record.line("in place of", format!("{}, which may no longer", lease.session_key)),
    }
}
