//! What changes or ends a lease that runs.

use super::OneLease;
use crate::{
    args::{OtherParty, Sending},
    config,
    context::{Action, Context, require_role},
    output::Record,
    units::{format_duration, format_time, parse_duration, parse_gpus},
    views,
};
use anyhow::{Result, bail, ensure};
use clap::Args;
use gpu_lease_client::{
    Error, instruction,
    outlook::rehearse,
    program::errors::LeaseError,
    state::{self, Moment, Provider},
};
use solana_address::Address;
use solana_signer::Signer;

#[derive(Debug, Args)]
pub struct Extend {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// How long the lease runs in all, counted from its start, for instance 3d
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    duration: u32,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Resize {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// Number of GPUs from then on
    #[arg(long, value_name = "COUNT", value_parser = parse_gpus)]
    gpus: u32,
    /// More bond comes out of the provider's bond account, to which all of it returns then [default: out of its wallet's own
    /// account; what the operator puts up always comes from there]
    #[arg(long)]
    from_bond_account: bool,
    #[command(flatten)]
    other: OtherParty,
    #[command(flatten)]
    sending: Sending,
}

/// Sets the session key.
#[derive(Debug, Args)]
pub struct SessionKey {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// Key that may co-sign usage, dispute, give notice and expire for you from now on, or `none`
    #[arg(value_name = "KEY", value_parser = config::parse_address_or_none)]
    key: Address,
    #[command(flatten)]
    sending: Sending,
}

/// Lets a lease run longer.
pub async fn extend(Extend { lease, duration, sending }: &Extend, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    require_role(&wallet.pubkey(), &lease.renter, "the lease's renter")?;
    let mint = context.mint(&lease.terms.mint).await?;
    let now = context.now().await?;
    let longest = lease.terms.max_duration;
    ensure!(
        lease.duration < *duration && *duration <= longest,
        "the lease runs for {} in all, and its terms allow {}; name a longer --duration, counted from the \
         start, within that",
        format_duration(lease.duration.into()),
        format_duration(longest.into())
    );
    let (after, ()) =
        rehearse(&lease.account, |lease| lease.extend(lease.meter.gpus, *duration, Moment::by_clock(now)))?;
    let funded_until = after.funded_until();
    let record = Record::new()
        .text("lease", "lease", lease.address)
        .line("runs", format!("{} in all", format_duration((*duration).into())))
        .json("funded_until", funded_until)
        .line(
            "funded until",
            match funded_until >= after.ends_at {
                true => "the end".to_owned(),
                false => {
                    format!("{}; for more add money with `gpu-lease lease top-up`", format_time(funded_until))
                }
            },
        );
    let action = Action::new("Extended the lease", *sending).with(record).in_units_of(&mint);
    context
        .act(
            action,
            &[instruction::extend_lease(&lease, *duration, sending.valid_until(now, false))],
            &[&wallet],
        )
        .await
}

/// Lets a lease go on with another number of GPUs.
pub async fn resize(
    Resize { lease, gpus, from_bond_account, other, sending }: &Resize,
    context: &Context,
) -> Result<()> {
    let signers = other.signers(context.wallet()?)?;
    let lease = other.for_provider(context.client.lease(lease).await?, &signers)?;
    let lease = if *from_bond_account { lease.with_pooled_bond() } else { lease };
    let mint = context.mint(&lease.terms.mint).await?;
    let now = context.now().await?;
    let change = state::Resize { duration: lease.duration, from: lease.meter.gpus, to: *gpus };
    let (after, (more, bond)) = rehearse(&lease.account, |lease| lease.resize(&change, false, now))?;
    if more == 0 {
        let wallet = signers.first().map(|wallet| wallet.pubkey()).unwrap_or_default();
        require_role(&wallet, &lease.renter, "the lease's renter")?;
    } else {
        context.require_bond(&lease, &mint, bond).await?;
    }
    let funded_until = after.funded_until();
    let record = Record::new().text("lease", "lease", lease.address).json("funded_until", funded_until).line(
        "funded until",
        match funded_until >= after.ends_at {
            true => "the end".to_owned(),
            false => format_time(funded_until),
        },
    );
    let container = "made again when it takes effect: what runs in it ends, /workspace stays";
    let record = record.line("container", container);
    let record = match more {
        0 => record.line("afterwards", "`gpu-lease lease release` gives GPUs back; anyone may"),
        _ => record
            .text("provider_key", "for the provider", lease.provider_key)
            .json("bond_from", lease.bond_token.to_string())
            .line("bond from", views::bond::source(&lease.bond_token, &lease)),
    };
    let action = Action::new("Resized the lease", *sending).with(record).in_units_of(&mint);
    let valid_until = other.hand_over.valid_until(sending, now);
    context
        .act_together(
            action,
            &[instruction::resize_lease(&lease, *gpus, valid_until)],
            &signers,
            &other.hand_over,
        )
        .await
}

/// Gives notice.
pub async fn terminate(OneLease { lease, sending }: &OneLease, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let party = wallet.pubkey();
    let lease = context.client.lease(lease).await?;
    let now = context.now().await?;
    let provider = lease.provider_account;
    let moment = Moment::by_clock(now);
    let given = rehearse(&lease.account, |lease| lease.terminate(&party, &provider, i64::MAX, moment));
    let (after, ()) = match given {
        Err(Error::Refused(refusal)) if refusal.number == Some(LeaseError::OperatorMayNot as u32) => bail!(
            "the provider owes notice, which its operator may not give: the deposit pays until {}; let the provider's \
             wallet {} give notice{}",
            format_time(lease.funded_until()),
            provider.authority,
            match lease.funded_until() < lease.ends_at {
                true => ", or leave when the deposit is used up",
                false => "",
            }
        ),
        Err(Error::Refused(refusal)) if refusal.number == Some(LeaseError::NotParty as u32) => bail!(
            "{}; sign with --keypair of the renter {}, or of the provider's wallet {}",
            format_args!("{party} is neither the renter, its session key, nor the provider"),
            lease.renter,
            provider.authority
        ),
        given => given?,
    };
    ensure!(
        after.ends_at < lease.ends_at,
        "the lease ends at {} anyway, before the notice of {} would be over; nothing has to be done",
        format_time(lease.ends_at),
        format_duration(lease.terms.notice.into())
    );
    // The end that is shown, if the notice lands in the last second in which it counts.
    let valid_until = sending.valid_until(now, false);
    let max_ends_at = after.ends_at.saturating_add(valid_until.saturating_sub(now));
    let record = Record::new()
        .text("lease", "lease", lease.address)
        .line("latest end", format!("{}; if it would be later, nothing happens", format_time(max_ends_at)));
    let action = Action::new("Gave notice", *sending).with(record);
    let notice = instruction::terminate_lease(party, &lease, max_ends_at, valid_until);
    context.act(action, &[notice], &[&wallet]).await
}

/// Ends a lease whose provider fell silent.
pub async fn expire(OneLease { lease, sending }: &OneLease, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    let now = context.now().await?;
    let is_by_renter = lease.is_of_renter(&wallet.pubkey());
    let expired = rehearse(&lease.account, |lease| {
        lease.expire(lease.meter.window_end, is_by_renter, Moment::by_clock(now))
    });
    let (after, _) = match expired {
        Err(Error::Refused(refusal)) if refusal.number == Some(LeaseError::HeartbeatNotMissed as u32) => {
            bail!(
                "usage is attested until {}, and the provider may be silent for {}, towards others than the renter for \
                 three days more; wait that long, or give notice with `gpu-lease lease terminate`",
                format_time(lease.meter.window_end),
                format_duration(lease.terms.heartbeat_timeout.into())
            )
        }
        rehearsed => rehearsed?,
    };
    let record = Record::new()
        .text("lease", "lease", lease.address)
        .json("promised_until", after.promised_until)
        .line(
            "promised until",
            format!("{}: what was not delivered until then is credited", format_time(after.promised_until)),
        );
    let action = Action::new("Ended the silent lease", *sending).with(record);
    let expire = instruction::expire_lease(wallet.pubkey(), &lease, sending.valid_until(now, false));
    context.act(action, &[expire], &[&wallet]).await
}

/// Gives GPUs that a lease does not need back to its offer.
pub async fn release(OneLease { lease, sending }: &OneLease, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    let now = context.now().await?;
    let (_, gpus) = rehearse(&lease.account, |lease| lease.release_gpus(now))?;
    if gpus == 0 {
        bail!(
            "the lease needs all of the {} GPUs that it holds; see `gpu-lease lease show {}` for when it ends or shrinks",
            lease.gpus,
            lease.address
        );
    }
    let record = Record::new().text("lease", "lease", lease.address);
    let action = Action::new("Released GPUs", *sending).with(record);
    context.act(action, &[instruction::release_gpus(&lease)], &[&wallet]).await
}

/// Changes the key that acts for the renter: one that co-signs usage, disputes, gives notice and expires.
pub async fn session_key(SessionKey { lease, key, sending }: &SessionKey, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    require_role(&wallet.pubkey(), &lease.renter, "the lease's renter")?;
    require_not_of_provider(key, &lease.provider_account)?;
    let record = Record::new().text("lease", "lease", lease.address);
    let action = Action::new("Set the session key", *sending).with(record);
    let valid_until = sending.valid_until(context.now().await?, false);
    context.act(action, &[instruction::set_session_key(&lease, *key, valid_until)], &[&wallet]).await
}

/// Requires a session key to be none of the provider's.
pub fn require_not_of_provider(key: &Address, provider: &Provider) -> Result<()> {
    let own = [provider.authority, provider.attestor, provider.operator];
    ensure!(
        *key == Address::default() || !own.contains(key),
        "{key} is one of the provider's keys: as your session key it could accept the provider's own claims; name a key \
         of your own"
    );
    Ok(())
}
