//! `gpu-lease attest`

mod batch;
pub mod evidence;

use crate::{
    account_file,
    args::Sending,
    config,
    context::{Action, Context},
    output::{self, Record},
    units, views,
};
use anyhow::{Context as _, Result, anyhow, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    attestation::{self, Attestation, Message, Signed, SignedAttestation, Usage},
    instruction,
    outlook::UsageCheck,
    state::Lease,
};
use sha2::{Digest, Sha256};
use solana_address::Address;
use solana_signer::Signer;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// As the provider's attestor, or the verifier: sign what was delivered. Works offline
    #[command(
        after_help = "The signed attestation is one line of text. Pass it on as you like: to the renter, who can \
                      add a signature with `attest cosign`, and to anyone, who can send it with `attest submit`."
    )]
    Sign(Sign),
    /// As the renter, or the verifier: see in words what was signed, and add your signature
    Cosign(Cosign),
    /// Send a signed attestation to the chain; anyone may
    Submit(Submit),
    /// The same for many leases of one provider at once: one signature, one transaction
    #[command(subcommand)]
    Batch(batch::Command),
    /// Replay a record of what was delivered, and compare it with what was signed and is on chain; anyone may
    #[command(after_help = "The exit status is 1 if something does not match.")]
    Evidence(evidence::Evidence),
}

#[derive(Debug, Args)]
pub struct Sign {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// GPU-seconds delivered since the start, all GPUs together
    #[arg(long, visible_alias = "units", value_name = "COUNT", value_parser = units::parse_count::<u64>, required_unless_present = "full")]
    gpu_seconds: Option<u64>,
    /// Everything that the GPUs can have delivered until then
    #[arg(long, conflicts_with = "gpu_seconds")]
    full: bool,
    /// Until when, like 2026-01-31T12:00:00Z or in unix seconds [default: now, on the cluster's clock]
    #[arg(long, value_name = "TIME", value_parser = units::parse_time)]
    until: Option<i64>,
    /// Energy used since the start, watt-hours [default: as attested before]
    #[arg(long, value_name = "WH", value_parser = units::parse_count::<u64>)]
    energy_wh: Option<u64>,
    /// Metering record; its sha256 is signed
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Lease account, as `lease show --save` writes it: signs without any connection
    #[arg(long, value_name = "FILE", requires = "until")]
    account: Option<PathBuf>,
    /// File for the signed attestation [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Co-signs.
#[derive(Debug, Args)]
pub struct Cosign {
    /// File with the signed attestation; `-` reads standard input
    #[arg(value_name = "FILE")]
    message: PathBuf,
    /// File for the result [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

#[derive(Debug, Args)]
pub struct Submit {
    /// Files with signed attestations; several of the same one are merged, `-` reads standard input
    #[arg(value_name = "FILE", required = true)]
    messages: Vec<PathBuf>,
    #[command(flatten)]
    sending: Sending,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Sign(sign) => self::sign(sign, context).await,
        Command::Cosign(cosign) => self::cosign(cosign, context).await,
        Command::Submit(submit) => self::submit(submit, context).await,
        Command::Batch(command) => batch::run(command, context).await,
        Command::Evidence(evidence) => evidence::run(evidence, context).await,
    }
}

async fn sign(sign: &Sign, context: &Context) -> Result<()> {
    let wallet = context.wallet_for_messages()?;
    match &sign.account {
        Some(path) => {
            let lease = account_file::read(path)?;
            ensure!(
                lease.address == sign.lease,
                "{} holds the account {}, not {}",
                path.display(),
                lease.address,
                sign.lease
            );
            let until = sign.until.context("signing offline needs --until")?;
            let signed = attestation::sign_usage(&lease, &sign.usage(&lease, until)?, &wallet, None, until)?;
            write_message(context, sign.out.as_deref(), &signed, &lease, None)
        }
        None => {
            let lease = context.client.lease(&sign.lease).await?;
            let until = match sign.until {
                Some(until) => until,
                // Usage ends with the lease, however late it is signed.
                None => context.now().await?.min(lease.ends_at),
            };
            let usage = sign.usage(&lease, until)?;
            let signed = context.client.sign_usage(&lease, &usage, &wallet).await?;
            let attestor = lease.provider_account.attestor;
            write_message(context, sign.out.as_deref(), &signed, &lease, Some(&attestor))
        }
    }
}

impl Sign {
    /// What is signed of `lease` until then.
    fn usage(&self, lease: &Lease, until: i64) -> Result<Usage> {
        Ok(Usage {
            window_end: until,
            gpu_seconds: self.gpu_seconds.unwrap_or_else(|| lease.meter.capacity(until)),
            energy_wh: self.energy_wh.unwrap_or(lease.meter.energy_wh),
            evidence: evidence(self.evidence.as_deref())?,
        })
    }
}

async fn cosign(cosign: &Cosign, context: &Context) -> Result<()> {
    let wallet = context.wallet_for_messages()?;
    let mut signed: SignedAttestation = read_message(&cosign.message)?;
    let you = wallet.pubkey();
    let (lease, _) = context.client.check_co_signer(&signed, &you).await?;
    let mint = context.mint(&lease.terms.mint).await?;
    let check = UsageCheck::of(&signed, &lease, Some(&you), context.now().await?);

    output::note(views::usage::for_signer(&signed, &check, &lease, &mint, &you));
    output::confirm("Sign this?", cosign.yes)?;
    context.client.co_sign(&mut signed, &wallet).await?;
    let attestor = lease.provider_account.attestor;
    write_message(context, cosign.out.as_deref(), &signed, &lease, Some(&attestor))
}

/// The hash of a metering record; zeroes without one.
fn evidence(record: Option<&Path>) -> Result<[u8; 32]> {
    match record {
        Some(path) => {
            let record = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
            Ok(Sha256::digest(record).into())
        }
        None => Ok([0; 32]),
    }
}

async fn submit(Submit { messages, sending }: &Submit, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let mut messages = messages.iter().map(|path| read_message::<Attestation>(path));
    let mut signed = messages.next().ok_or_else(|| anyhow!("no message was passed"))??;
    for other in messages {
        signed.merge(&other?)?;
    }
    let lease = context.client.lease(&signed.message().lease).await?;
    let co_signed = signed.signers().any(|signer| lease.is_of_renter(signer));
    let instructions = instruction::attest(&lease, &signed);
    let record = Record::new()
        .text("lease", "lease", lease.address)
        .json("gpu_seconds", signed.message().gpu_seconds.get())
        .line("units", units::format_units(signed.message().gpu_seconds.get()))
        .json("co_signed", co_signed)
        .line(
            "effect",
            match co_signed {
                true => "accepted at once".to_owned(),
                false => format!(
                    "a claim, accepted in {} unless challenged",
                    units::format_duration(lease.terms.challenge_window.into())
                ),
            },
        );
    context.act(Action::new("Attested usage", *sending).with(record), &instructions, &[&wallet]).await
}

fn read_message<M: Message>(path: &Path) -> Result<Signed<M>> {
    let text = match path == Path::new("-") {
        true => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
            text
        }
        false => fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?,
    };
    text.parse().map_err(|_| {
        anyhow!(
            "{} holds no valid {}; make one with `gpu-lease attest sign`, of several leases with `gpu-lease attest batch \
             sign`",
            path.display(),
            M::KIND
        )
    })
}

fn write_message(
    context: &Context,
    out: Option<&Path>,
    signed: &SignedAttestation,
    lease: &Lease,
    attestor: Option<&Address>,
) -> Result<()> {
    if let Some(path) = out {
        fs::write(path, format!("{signed}\n"))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if out.is_none() && context.format.is_display() {
        return context.print(&signed.to_string());
    }
    let mut record = Record::new()
        .heading("Usage report")
        .text("lease", "lease", signed.message().lease)
        .json("gpu_seconds", signed.message().gpu_seconds.get())
        .line("units", units::format_units(signed.message().gpu_seconds.get()))
        .json("window_end", signed.message().window_end.get())
        .line("until", units::format_time(signed.message().window_end.get()))
        .object("signers", &signed.signers().map(ToString::to_string).collect::<Vec<_>>())
        .line("signed by", views::usage::signers(signed, lease, attestor))
        .object("message", &signed);
    if let Some(path) = out {
        record = record.text("file", "message in", path.display());
    }
    context.print(&record)
}
