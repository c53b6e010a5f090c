//! `gpu-lease lease`

mod access;
mod change;
mod evidence;
mod launch;
mod open;
mod ready;
mod show;
pub mod ssh;
mod start;
mod watch;

pub use change::require_not_of_provider;

use crate::{
    args::{OtherParty, Sending},
    config,
    context::{Action, Context},
    failure::usage,
    output::{self, Record},
    units, views,
};
use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    account::LeaseContext,
    instruction, outlook,
    rpc::MintInfo,
    state::{Agreed, LeaseState},
    together,
};
use solana_address::Address;
use solana_signer::Signer;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Rent GPUs: open and fund a lease on an offer
    Open(open::Open),
    /// As the provider, or its operator: start a lease, and hand the credentials to the renter, encrypted
    Start(start::Start),
    /// Take back a lease that has not started: the renter at any time, anyone after the deadline
    Cancel(OneLease),
    /// Add money to a lease; anyone may
    TopUp(TopUp),
    /// Let a lease run longer, as its renter
    Extend(change::Extend),
    /// Change the number of GPUs, as the renter; growing also needs the provider's signature
    #[command(
        after_help = "Fewer GPUs count when the notice is over, more at once. The provider puts up the bond for \
                      them, so that it signs, or its operator: here with --with, or on its own machine with --out and \
                      `gpu-lease sign`."
    )]
    Resize(change::Resize),
    /// Give notice, as the renter, its session key, or the provider; shows when the lease will end
    #[command(
        after_help = "While the deposit is used up, and after a top-up that it has not taken up, the provider owes no \
                      notice: then its operator may leave, too."
    )]
    Terminate(OneLease),
    /// End a lease whose provider fell silent: the renter or its session key; anyone three days later
    Expire(OneLease),
    /// Return GPUs that a lease no longer needs to its offer; anyone may
    Release(OneLease),
    /// Change the key that may co-sign usage, dispute, give notice and expire for you, as the renter
    SessionKey(change::SessionKey),
    /// End a lease that is over, and divide what is left; anyone may. At once if both parties sign
    Close(Close),
    /// Show everything about a lease
    Show(show::Show),
    /// Follow a lease until it ends: its phase, claims, money and events, as they happen
    #[command(
        after_help = "With --output json each line is one JSON object. The exit status is 0 if the lease ran to the end \
                      that was agreed, and 10 if it ended before."
    )]
    Watch(watch::Watch),
    /// List leases [default: those of your wallet, as renter, session key, payer, provider or operator]
    List(show::List),
    /// As the renter: get the newest credentials of a lease
    Access(access::Access),
    /// As the renter: log in to the machine of a lease, or run a command there, by the system's `ssh`
    #[command(
        after_help = "Your ssh configuration is not read: the same happens everywhere. The machine is not trusted: it gets \
                      to see the key that was made for this lease, and no other, no password and no agent. The exit status \
                      is that of ssh, which is that of COMMAND, or 255 if there is no connection.\n\n  gpu-lease lease ssh \
                      LEASE -L 8888:localhost:8888\n  gpu-lease lease ssh LEASE -- nvidia-smi -L"
    )]
    Ssh(ssh::Ssh),
    /// With the session key: say with which image a lease begins, while it waits for its start
    #[command(
        after_help = "A provider launches images of the repositories that it names. The image is fetched before the \
                      lease starts, so that you do not pay for that. Say it again to change it, until the start."
    )]
    Launch(launch::Launch),
    /// As the renter: print a block for ~/.ssh/config, so that scp, rsync, VS Code and others log in, too
    #[command(
        after_help = "The block names a host gpu-lease-XXXXXXXX, by the first eight letters of the lease, made small. Run it again when the \
                      provider has replaced the credentials."
    )]
    SshConfig(ssh::SshConfig),
    /// As the renter: fetch what the machine has measured, second by second, and check what was signed about it
    #[command(
        after_help = "The machine says what it likes: that units, energy and hash match what is on chain shows that the provider \
                      cannot hand in another record later, and not that it is true. The exit status is 1 if they do not match."
    )]
    Evidence(evidence::Evidence),
    /// As the provider, or its operator: replace the credentials of a lease whose machine has moved
    PublishAccess(access::PublishAccess),
}

/// A command about one lease.
#[derive(Debug, Args)]
pub struct OneLease {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Close {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// Close at once, signed by renter and provider, who agree how the vault is divided. It is shown, and you are asked. The
    /// provider's operator may sign for it that all claimed units are paid for and nothing is credited
    #[arg(long)]
    together: bool,
    /// GPU-seconds that are paid for in all, of those claimed or disputed [default: all that is claimed; none in a
    /// dispute]
    #[arg(
        long,
        visible_alias = "gpu-seconds",
        value_name = "COUNT",
        value_parser = units::parse_count::<u64>,
        requires = "together",
        help_heading = "Together"
    )]
    units: Option<u64>,
    /// What the payer gets of the bond, in the mint's units [default: 0]
    #[arg(long, value_name = "AMOUNT", requires = "together", help_heading = "Together")]
    credit: Option<String>,
    /// Do not ask; needs --units, since a claim can come in between
    #[arg(long, short, requires = "units", help_heading = "Together")]
    yes: bool,
    #[command(flatten)]
    other: OtherParty,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct TopUp {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// How much to add, in the mint's units, for instance 12.50
    #[arg(value_name = "AMOUNT")]
    amount: String,
    #[command(flatten)]
    sending: Sending,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Open(open) => open::run(open, context).await,
        Command::Start(start) => start::run(start, context).await,
        Command::Cancel(OneLease { lease, sending }) => {
            let wallet = context.wallet()?;
            let mut lease = context.client.lease(lease).await?;
            let mint = context.mint(&lease.terms.mint).await?;
            let mut instructions = Vec::new();
            let payee = lease.payer;
            lease.payer_token = context.receiver(&payee, &lease.mint(), &wallet, &mut instructions).await?;
            let valid_until = sending.valid_until(context.now().await?, false);
            instructions.push(instruction::cancel_lease(wallet.pubkey(), &lease, valid_until));
            let record = Record::new().text("lease", "lease", lease.address);
            context
                .act(
                    Action::new("Cancelled the lease", *sending).with(record).in_units_of(&mint),
                    &instructions,
                    &[&wallet],
                )
                .await
        }
        Command::TopUp(TopUp { lease, amount, sending }) => {
            let wallet = context.wallet()?;
            let lease = context.client.lease(lease).await?;
            let mint = context.mint(&lease.terms.mint).await?;
            let amount = units::parse_amount(amount, mint.decimals).map_err(usage)?;
            context.require_tokens(&wallet.pubkey(), &context.mint(&lease.terms.mint).await?, amount).await?;
            let valid_until = sending.valid_until(context.now().await?, false);
            let instruction = instruction::top_up(wallet.pubkey(), &lease, amount, valid_until);
            let record = Record::new().text("lease", "lease", lease.address);
            context
                .act(
                    Action::new("Topped up the lease", *sending).with(record).in_units_of(&mint),
                    &[instruction],
                    &[&wallet],
                )
                .await
        }
        Command::Extend(extend) => change::extend(extend, context).await,
        Command::Resize(resize) => change::resize(resize, context).await,
        Command::Terminate(one) => change::terminate(one, context).await,
        Command::Expire(one) => change::expire(one, context).await,
        Command::Release(one) => change::release(one, context).await,
        Command::SessionKey(session_key) => change::session_key(session_key, context).await,
        Command::Close(close) => self::close(close, context).await,
        Command::Show(show) => show::show(show, context).await,
        Command::Watch(watch) => watch::run(watch, context).await,
        Command::List(list) => show::list(list, context).await,
        Command::Access(access) => access::get(access, context).await,
        Command::Launch(of) => launch::run(of, context).await,
        Command::Ssh(ssh) => ssh::run(ssh, context).await,
        Command::SshConfig(ssh_config) => ssh::configure(ssh_config, context).await,
        Command::Evidence(evidence) => evidence::run(evidence, context).await,
        Command::PublishAccess(publish) => access::publish(publish, context).await,
    }
}

async fn close(close: &Close, context: &Context) -> Result<()> {
    let signers = close.other.signers(context.wallet()?)?;
    let mut lease = context.client.lease(&close.lease).await?;
    let mint = context.mint(&lease.terms.mint).await?;
    let (payer, reference) = (signers.first().context("nobody signs")?, lease.mint());
    let mut instructions = Vec::new();
    let [provider, refunded] = [lease.provider_account.authority, lease.payer];
    lease.provider_token = context.receiver(&provider, &reference, payer, &mut instructions).await?;
    lease.payer_token = context.receiver(&refunded, &reference, payer, &mut instructions).await?;
    if lease.bond_is_pooled == 1 {
        context.receiver(&lease.provider, &reference, payer, &mut instructions).await?;
    }
    let mut record = Record::new().text("lease", "lease", lease.address);
    instructions.push(match close.together {
        true => {
            let now = context.now().await?;
            let lease = close.other.for_provider(lease, &signers)?;
            let agreed = close.agreed(&lease, &mint, now)?;
            if lease.provider_key != lease.provider_account.authority {
                together::require_operator_may(&lease, &agreed)?;
            }
            let division = views::lease::division(&lease, &agreed, &mint, now)?;
            if !close.sending.dry_run {
                output::note(
                    Record::new().heading("You are about to sign how this lease ends:").and(division.clone()),
                );
                output::confirm("Sign it?", close.yes)?;
            }
            record = record.and(division.without_lines());
            instruction::close_lease_together(&lease, agreed.units, agreed.credit, agreed.seen.valid_until)
        }
        false => instruction::close_lease(&lease),
    });
    let action = Action::new("Closed the lease", close.sending).with(record).in_units_of(&mint);
    context.act_together(action, &instructions, &signers, &close.other.hand_over).await
}

impl Close {
    /// How the vault is to be divided: as it is said, or all claimed units and none of the bond.
    fn agreed(&self, lease: &LeaseContext, mint: &MintInfo, now: i64) -> Result<Agreed> {
        let claimed = outlook::matured(lease, now).meter.latest.units;
        let units = match self.units {
            Some(units) => units,
            None => {
                ensure!(
                    lease.state != LeaseState::Disputed,
                    "the lease is disputed: agree on a figure between the two, and pass it as --units"
                );
                claimed
            }
        };
        let credit = match &self.credit {
            Some(credit) => units::parse_amount(credit, mint.decimals).map_err(usage)?,
            None => 0,
        };
        let valid_until = self.other.hand_over.valid_until(&self.sending, now);
        Ok(Agreed { seen: lease.seen(valid_until), units, credit })
    }
}
