//! `gpu-lease attest`

mod batch;

use crate::{
    account_file,
    args::Sending,
    config,
    context::{Action, Context},
    output::{self, Record},
    units, views,
};
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    Error,
    account::{Keyed, LeaseContext},
    attestation::{self, Attestation, Message, Signed, SignedAttestation, Usage},
    instruction, refusal,
    state::{Lease, Moment},
};
use sha2::{Digest, Sha256};
use solana_address::Address;
use solana_signer::Signer;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Attestations.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// As the provider's attestor, or the verifier: sign what was delivered. Works offline
    #[command(
        after_help = "The signed message is one line of text. Pass it on as you like: to the renter, who can \
                      add a signature with `attest cosign`, and to anyone, who can send it with `attest submit`."
    )]
    Sign(Sign),
    /// As the renter, or the verifier: see in words what was signed, and add your signature
    Cosign(Cosign),
    /// Send a signed message to the chain; anyone may
    Submit(Submit),
    /// The same for many leases of one provider at once: one signature, one transaction
    #[command(subcommand)]
    Batch(batch::Command),
}

/// Signs.
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
    /// File for the signed message [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Co-signs.
#[derive(Debug, Args)]
pub struct Cosign {
    /// File with the signed message; `-` reads standard input
    #[arg(value_name = "FILE")]
    message: PathBuf,
    /// File for the result [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Submits.
#[derive(Debug, Args)]
pub struct Submit {
    /// Files with signed messages; several of the same message are merged, `-` reads standard input
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
    }
}

async fn sign(sign: &Sign, context: &Context) -> Result<()> {
    let wallet = context.wallet_for_messages()?;
    let (lease, online) = match &sign.account {
        Some(path) => {
            let account = account_file::read(path)?;
            ensure!(
                account.address == sign.lease,
                "{} holds the account {}, not {}",
                path.display(),
                account.address,
                sign.lease
            );
            (account, None)
        }
        None => {
            let LeaseContext { address, lease, provider, .. } = context.client.lease(&sign.lease).await?;
            require_role(&wallet.pubkey(), &[provider.attestor, lease.terms.verifier])?;
            context.client.require_domain(&lease.domain).await?;
            (Keyed { address, account: lease }, Some((provider.attestor, context.now().await?)))
        }
    };
    let (attestor, now) = online.unzip();
    let until = match (sign.until, now) {
        (Some(until), _) => until,
        // Usage ends with the lease, however late it is signed.
        (None, Some(now)) => now.min(lease.ends_at),
        (None, None) => bail!("signing offline needs --until"),
    };
    let usage = Usage {
        window_end: until,
        gpu_seconds: sign.gpu_seconds.unwrap_or_else(|| lease.meter.capacity(until)),
        energy_wh: sign.energy_wh.unwrap_or(lease.meter.energy_wh),
        evidence: evidence(sign.evidence.as_deref())?,
    };
    let message = Attestation::new(lease.address, &lease, &usage);
    check(&message, &lease, false, now.unwrap_or(until))?;
    let signed = attestation::sign(message, &wallet)?;
    write_message(context, sign.out.as_deref(), &signed, &lease, attestor.as_ref())
}

async fn cosign(cosign: &Cosign, context: &Context) -> Result<()> {
    let wallet = context.wallet_for_messages()?;
    let mut signed: SignedAttestation = read_message(&cosign.message)?;
    let lease = context.client.lease(&signed.message().lease).await?;
    let mint = context.mint(&lease.lease.terms.mint).await?;
    let Lease { renter, session_key, terms, .. } = lease.lease;
    require_role(&wallet.pubkey(), &[renter, session_key, terms.verifier])?;
    context.client.require_domain(&signed.message().domain).await?;
    let account = Keyed { address: lease.address, account: lease.lease };
    let for_renter = [renter, session_key].contains(&wallet.pubkey());
    check(signed.message(), &account, for_renter, context.now().await?)?;

    output::note(views::statement(&signed, &lease, &mint, &wallet.pubkey()));
    output::confirm("Sign this?", cosign.yes)?;
    signed.sign(&wallet)?;
    write_message(context, cosign.out.as_deref(), &signed, &account, Some(&lease.provider.attestor))
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

/// Requires `signer` to be one of those whose signatures the program takes here.
fn require_role(signer: &Address, roles: &[Address]) -> Result<()> {
    let roles: Vec<_> = roles.iter().filter(|role| **role != Address::default()).collect();
    let names = || roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    ensure!(
        roles.contains(&signer),
        "{signer} is not a party to this lease; sign with --keypair of {}",
        names()
    );
    Ok(())
}

/// Asks the program's rules what they would say to the message at `now`. Better to hear it before signing.
fn check(message: &Attestation, lease: &Keyed<Lease>, co_signed: bool, now: i64) -> Result<(), Error> {
    let mut after = lease.account;
    message
        .require_about(&lease.address, &after)
        .and_then(|()| after.attest(&message.usage(), co_signed, Moment::by_clock(now)))
        .map_err(|error| refusal::program_error(error).into())
}

async fn submit(Submit { messages, sending }: &Submit, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let mut messages = messages.iter().map(|path| read_message::<Attestation>(path));
    let mut signed = messages.next().ok_or_else(|| anyhow!("no message was passed"))??;
    for other in messages {
        signed.merge(&other?)?;
    }
    let lease = context.client.lease(&signed.message().lease).await?;
    let co_signed = signed.is_signed_by(&lease.lease.renter) || signed.is_signed_by(&lease.lease.session_key);
    let instructions = instruction::attest(&lease, &signed);
    let record = Record::new()
        .text("lease", "lease", lease.address)
        .json("gpu_seconds", signed.message().gpu_seconds.get())
        .line("units", views::units(signed.message().gpu_seconds.get()))
        .json("co_signed", co_signed)
        .line(
            "effect",
            match co_signed {
                true => "accepted at once".to_owned(),
                false => format!(
                    "a claim, accepted in {} unless challenged",
                    units::format_duration(lease.lease.terms.challenge_window.into())
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
    // With `--output json` the message is a field of an object.
    let json: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let message = json.as_ref().and_then(|json| json.get("message")?.as_str()).unwrap_or(&text);
    message.parse().map_err(|_| {
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
    lease: &Keyed<Lease>,
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
        .heading("Signed usage")
        .text("lease", "lease", lease.address)
        .json("gpu_seconds", signed.message().gpu_seconds.get())
        .line("units", views::units(signed.message().gpu_seconds.get()))
        .json("window_end", signed.message().window_end.get())
        .line("until", units::format_time(signed.message().window_end.get()))
        .object("signers", &signed.signers().map(ToString::to_string).collect::<Vec<_>>())
        .line("signed by", views::signers(signed, lease, attestor))
        .object("message", &signed);
    if let Some(path) = out {
        record = record.text("file", "message in", path.display());
    }
    context.print(&record)
}
