//! `gpu-lease attest batch`

use super::{evidence, read_message};
use crate::{
    account_file,
    args::Sending,
    context::{Action, Context},
    output::{self, Record},
    units,
    views::{
        self,
        batch::{Forecast, ReportedRow},
    },
};
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    Error,
    account::{Keyed, LeaseContext},
    attestation::{self, Attestation, AttestationBatch, SignedBatch, Usage, check_signer},
    instruction,
    state::Lease,
};
use solana_address::Address;
use solana_signer::Signer;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// As the provider's attestor, or the verifier: sign what was delivered to many leases of one provider. Works offline
    #[command(
        after_help = "The signed batch is one line of text. Pass it on as you like: to renters, who can add a signature \
                      with `attest batch cosign`, and to anyone, who can send it with `attest batch submit`. A lease that \
                      ends before --until needs a statement of its own."
    )]
    Sign(Sign),
    /// As a renter, its session key, or the verifier: see in words what was signed, and add your signature, for all of your
    /// leases in it
    Cosign(Cosign),
    /// Send a signed batch to the chain; anyone may. Shows first which leases it will be applied to
    Submit(Submit),
}

#[derive(Debug, Args)]
pub struct Sign {
    /// For each lease the GPU-seconds delivered since its start, or `full`; after a comma its energy in watt-hours
    /// [default: as attested before]
    #[arg(value_name = "LEASE=UNITS[,WH]", value_parser = parse_row, required = true)]
    rows: Vec<Stated>,
    /// Until when, like 2026-01-31T12:00:00Z or in unix seconds [default: now, on the cluster's clock]
    #[arg(long, value_name = "TIME", value_parser = units::parse_time)]
    until: Option<i64>,
    /// Metering record of all of them; its sha256 is signed
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Lease account, as `lease show --save` writes it, once for each lease: signs without any connection
    #[arg(long, value_name = "FILE", requires = "until")]
    account: Vec<PathBuf>,
    /// File for the signed batch [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Co-signs.
#[derive(Debug, Args)]
pub struct Cosign {
    /// File with the signed batch; `-` reads standard input
    #[arg(value_name = "FILE")]
    batch: PathBuf,
    /// File for the result [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

#[derive(Debug, Args)]
pub struct Submit {
    /// Files with signed batches; several of the same batch are merged, `-` reads standard input
    #[arg(value_name = "FILE", required = true)]
    batches: Vec<PathBuf>,
    #[command(flatten)]
    sending: Sending,
}

/// What is said of a lease.
#[derive(Clone, Copy, Debug)]
pub struct Stated {
    lease: Address,
    /// GPU-seconds; all that its GPUs can have delivered if `None`.
    gpu_seconds: Option<u64>,
    energy_wh: Option<u64>,
}

fn parse_row(text: &str) -> Result<Stated, String> {
    let read = || {
        let (lease, stated) = text.split_once('=')?;
        let (units, energy_wh) = match stated.split_once(',') {
            Some((units, energy)) => (units, Some(units::parse_count(energy).ok()?)),
            None => (stated, None),
        };
        let gpu_seconds = match units {
            "full" => None,
            units => Some(units::parse_count(units).ok()?),
        };
        Some(Stated { lease: lease.parse().ok()?, gpu_seconds, energy_wh })
    };
    read().ok_or_else(|| {
        format!("`{text}` says nothing of a lease; write it like LEASE=7000, LEASE=full or LEASE=7000,1200")
    })
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Sign(sign) => self::sign(sign, context).await,
        Command::Cosign(cosign) => self::cosign(cosign, context).await,
        Command::Submit(submit) => self::submit(submit, context).await,
    }
}

async fn sign(sign: &Sign, context: &Context) -> Result<()> {
    let wallet = context.wallet_for_messages()?;
    let named: BTreeSet<_> = sign.rows.iter().map(|row| row.lease).collect();
    ensure!(named.len() == sign.rows.len(), "a lease is named twice; state the usage of each once");
    let (leases, now) = match sign.account.is_empty() {
        false => (saved(sign)?, None),
        true => (online(sign, context).await?, Some(context.now().await?)),
    };
    let until = sign.until.or(now).context("signing offline needs --until")?;
    let evidence = evidence(sign.evidence.as_deref())?;
    let (mut usage, mut refused) = (Vec::new(), Vec::new());
    for (row, (lease, attestor)) in sign.rows.iter().zip(&leases) {
        let gpu_seconds = row.gpu_seconds.unwrap_or_else(|| lease.meter.capacity(until));
        let energy_wh = row.energy_wh.unwrap_or(lease.meter.energy_wh);
        let stated = Usage { window_end: until, gpu_seconds, energy_wh, evidence };
        let message = Attestation::new(lease.address, lease, &stated);
        let signer = wallet.pubkey();
        match check_signer(&message, lease, &signer, attestor.as_ref(), now.unwrap_or(until)) {
            Ok(_) => {}
            Err(error @ Error::Refused(_)) => refused.push(format!("{}: {error}", lease.address)),
            Err(error) => return Err(error.into()),
        }
        usage.push((lease.address, lease.account, gpu_seconds, energy_wh));
    }
    if !refused.is_empty() {
        output::note(refused.join("\n"));
        bail!(
            "{} of {} would be skipped, see above; leave them out, or state their usage with `gpu-lease attest sign`",
            refused.len(),
            units::format_count(usage.len().try_into().unwrap_or(u64::MAX), "lease")
        );
    }
    let signed = attestation::sign(AttestationBatch::new(until, evidence, &usage)?, &wallet)?;
    write(context, sign.out.as_deref(), &signed)
}

/// A lease, and its provider's attestor as far as that is known.
type Attested = (Keyed<Lease>, Option<Address>);

/// The leases out of the account files, in the order of the rows.
fn saved(sign: &Sign) -> Result<Vec<Attested>> {
    let accounts = sign.account.iter().map(|path| account_file::read(path)).collect::<Result<Vec<_>>>()?;
    let lease = |row: &Stated| -> Result<Attested> {
        let found = accounts.iter().find(|account| account.address == row.lease).copied();
        let found = found.with_context(|| {
            format!(
                "no file holds the lease {}; write one with `lease show --save` and pass it as --account",
                row.lease
            )
        })?;
        Ok((found, None))
    };
    sign.rows.iter().map(lease).collect()
}

/// The leases as they are on the cluster, in the order of the rows.
async fn online(sign: &Sign, context: &Context) -> Result<Vec<Attested>> {
    let mut leases: Vec<Attested> = Vec::new();
    for row in &sign.rows {
        let lease = context.client.lease(&row.lease).await?;
        context.client.require_domain(&lease.domain).await?;
        if let Some((first, _)) = leases.first() {
            ensure!(
                first.provider == lease.provider,
                "the leases {} and {} are of different providers; a batch states the usage of one provider's leases",
                first.address,
                lease.address
            );
        }
        leases.push((lease.keyed(), Some(lease.provider_account.attestor)));
    }
    Ok(leases)
}

async fn cosign(cosign: &Cosign, context: &Context) -> Result<()> {
    let wallet = context.wallet_for_messages()?;
    let mut signed: SignedBatch = read_message(&cosign.batch)?;
    context.client.require_domain(&signed.message().header().domain).await?;
    let leases = leases_of(&signed, context).await?;
    let parties: BTreeSet<_> = leases
        .iter()
        .flatten()
        .flat_map(|lease| [lease.renter, lease.session_key, lease.terms.verifier])
        .collect();
    ensure!(
        parties.contains(&wallet.pubkey()),
        "{} is not a party to any lease of this batch; sign with the keypair of a renter, a session key or the verifier",
        wallet.pubkey()
    );
    let rows = forecast(&signed, Some(&wallet.pubkey()), &leases, context).await?;
    output::note(views::batch::for_signer(&signed, &leases, &rows, &wallet.pubkey()));
    ensure!(
        rows.iter().any(ReportedRow::is_applied),
        "nothing of this batch would be applied, see above; let the attestor sign another"
    );
    output::confirm("Sign this?", cosign.yes)?;
    signed.sign(&wallet)?;
    write(context, cosign.out.as_deref(), &signed)
}

async fn submit(Submit { batches, sending }: &Submit, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let mut batches = batches.iter().map(|path| read_message::<AttestationBatch>(path));
    let mut signed = batches.next().ok_or_else(|| anyhow!("no batch was passed"))??;
    for other in batches {
        signed.merge(&other?)?;
    }
    let leases = leases_of(&signed, context).await?;
    let provider = provider_of(&signed, &leases)?;
    let rows = forecast(&signed, None, &leases, context).await?;
    output::note(views::batch::forecast(&signed, &leases, &rows));
    ensure!(
        rows.iter().any(ReportedRow::is_applied),
        "nothing of this batch would be applied, see above; let the attestor sign another"
    );
    let record = Record::new()
        .text("provider", "provider", provider)
        .json("window_end", signed.message().header().window_end.get())
        .object("rows", &rows.iter().map(ReportedRow::json).collect::<Vec<_>>());
    let action = Action::new("Attested the usage of a batch", *sending).with(record);
    context.act(action, &instruction::attest_batch(provider, &signed), &[&wallet]).await
}

/// The leases of a batch, in its order; `None` for those that are closed.
async fn leases_of(signed: &SignedBatch, context: &Context) -> Result<Vec<Option<LeaseContext>>> {
    let mut leases = Vec::new();
    for address in signed.message().leases() {
        leases.push(match context.client.lease(address).await {
            Ok(lease) => Some(lease),
            Err(Error::NotFound { .. } | Error::Malformed { .. }) => None,
            Err(error) => return Err(error.into()),
        });
    }
    Ok(leases)
}

/// The provider whose attestor signed.
fn provider_of(signed: &SignedBatch, leases: &[Option<LeaseContext>]) -> Result<Address> {
    let attested =
        leases.iter().flatten().find(|lease| signed.is_signed_by(&lease.provider_account.attestor));
    let attested = attested.map(|lease| lease.provider);
    attested.context(
        "no provider's attestor has signed this batch, or all of its leases are closed; let the present \
                      attestor sign it",
    )
}

/// What the program's rules say to each row of a batch, if it landed now, with the signature of a `co_signer` too.
async fn forecast(
    signed: &SignedBatch,
    co_signer: Option<&Address>,
    leases: &[Option<LeaseContext>],
    context: &Context,
) -> Result<Vec<ReportedRow>> {
    let (batch, now) = (signed.message(), context.now().await?);
    let provider = provider_of(signed, leases)?;
    let mut rows = Vec::new();
    for ((address, row), lease) in batch.leases().iter().zip(batch.rows()).zip(leases) {
        let forecast = match lease {
            None => Forecast::Skipped("it is closed".to_owned()),
            Some(lease) if lease.provider != provider => {
                Forecast::Skipped("it is another provider's".to_owned())
            }
            Some(lease) => match checked(signed, co_signer, lease, now) {
                Ok(after) => Forecast::Applied {
                    before: Box::new(lease.account),
                    after: Box::new(after),
                    mint: context.mint(&lease.terms.mint).await?,
                },
                Err(Error::Refused(refusal)) => Forecast::Skipped(refusal.what),
                Err(error) => return Err(error.into()),
            },
        };
        rows.push(ReportedRow {
            lease: *address,
            gpu_seconds: row.gpu_seconds.get(),
            energy_wh: row.energy_wh.get(),
            forecast,
        });
    }
    Ok(rows)
}

fn checked(
    signed: &SignedBatch,
    co_signer: Option<&Address>,
    lease: &LeaseContext,
    now: i64,
) -> Result<Lease, Error> {
    match co_signer {
        Some(signer) => signed.check_co_signer(signer, lease, now),
        None => signed.check(lease, now),
    }
}

fn write(context: &Context, out: Option<&Path>, signed: &SignedBatch) -> Result<()> {
    if let Some(path) = out {
        fs::write(path, format!("{signed}\n"))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if out.is_none() && context.format.is_display() {
        return context.print(&signed.to_string());
    }
    let record = views::batch::details(signed);
    context.print(&match out {
        Some(path) => record.text("file", "batch in", path.display()),
        None => record,
    })
}
