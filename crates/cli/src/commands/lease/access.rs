use crate::{
    args::Sending,
    config,
    context::{Action, Context, for_provider},
    keys::{self, KeyFolder},
    output::{self, Record},
    units::{format_relative, format_time},
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use gpu_lease_client::{
    access,
    account::LeaseContext,
    instruction,
    outlook::rehearse,
    rpc::Published,
    state::{Lease, LeaseState, Moment, Provider, ProviderRole},
    text::harmless_lines,
};
use solana_address::Address;
use solana_signer::Signer;
use std::{
    fs,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

/// Gets the credentials.
#[derive(Debug, Args)]
pub struct Access {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// Access key file [default: the one that `lease open` made]
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    access_key: Option<PathBuf>,
    /// Folder of access keys [default: ~/.config/gpu-lease/keys]
    #[arg(long, value_name = "FOLDER", env = "GPU_LEASE_KEYS")]
    keys: Option<PathBuf>,
}

/// Replaces the credentials.
#[derive(Debug, Args)]
pub struct PublishAccess {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// File with the new credentials, for instance an SSH command and a key; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    credentials: PathBuf,
    #[command(flatten)]
    sending: Sending,
}

/// Finds the newest credentials that were published, checks them against the lease and decrypts them.
pub async fn get(Access { lease, access_key, keys }: &Access, context: &Context) -> Result<()> {
    let lease = context.client.get::<Lease>(lease).await?;
    ensure!(
        lease.state != LeaseState::Pending,
        "the provider has not started the lease yet and has until {}; try again later, or take the money back \
         with `gpu-lease lease cancel`",
        format_time(lease.start_deadline)
    );
    let key = match access_key {
        Some(path) => keys::read(path)?,
        None => KeyFolder::new(keys.as_deref())?.load(&lease.address)?,
    };
    ensure!(
        key.public() == lease.access_key,
        "this is not the key that the credentials of this lease are encrypted to; pass the right --access-key"
    );
    let spinner = output::spinner("Looking for the transaction that published the credentials");
    let published = context.client.published_access(&lease.address).await;
    spinner.finish_and_clear();
    let published = published?;
    let credentials = key.decrypt(&published.access_blob)?;
    let text = String::from_utf8_lossy(&credentials).into_owned();
    let provider = context.client.provider(&published.lease.provider).await?;
    output::note(origin(&published, &provider, context.now().await?));
    match (context.format.is_display(), io::stdout().is_terminal()) {
        // Nothing but the credentials, so that they can be piped.
        (true, false) => context.print(&text),
        // The provider wrote them: a terminal must not obey them.
        (true, true) => context.print(&harmless_lines(&text)),
        (false, _) => context.print(
            &Record::new()
                .text("lease", "lease", lease.address)
                .json("credentials", text)
                .json("published_by", published.by.to_string())
                .json("published_as", role(&published.by, &provider))
                .json("published_at", published.block_time)
                .json("slot", published.lease.access_slot),
        ),
    }
}

/// When credentials were published, and by whom.
fn origin(Published { lease, by, block_time, .. }: &Published, provider: &Provider, now: i64) -> String {
    let when = match block_time {
        Some(time) => format!("{} ({})", format_time(*time), format_relative(*time, now)),
        None => format!("in slot {}", lease.access_slot),
    };
    match role(by, provider) {
        "wallet" => format!("Published {when} by the provider's wallet {by}"),
        "operator" => format!("Published {when} by the provider's operator {by}"),
        _ => format!("Published {when} by {by}, which was a key of the provider's then and is none now"),
    }
}

/// What `key` is to the provider now.
fn role(key: &Address, provider: &Provider) -> &'static str {
    match provider.role_of(key) {
        Ok(ProviderRole::Authority) => "wallet",
        Ok(ProviderRole::Operator) => "operator",
        Err(_) => "replaced",
    }
}

/// Replaces the credentials of a lease whose machine has moved: those that were shown when this was signed, and no others.
pub async fn publish(
    PublishAccess { lease, credentials, sending }: &PublishAccess,
    context: &Context,
) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = for_provider(context.client.lease(lease).await?, &wallet.pubkey())?;
    let now = context.now().await?;
    let replaced = lease.lease.access_blob_hash;
    rehearse(&lease.lease, |lease| lease.publish_access(&replaced, [0; 32], Moment::by_clock(now)))?;
    let blob = encrypted(&lease, credentials)?;
    let record = Record::new().text("lease", "lease", lease.address);
    let instruction = instruction::publish_access(&lease, &blob, sending.valid_until(now, false));
    let action = Action::new("Published other credentials", *sending).with(record);
    context.act(action, &[instruction], &[&wallet]).await
}

/// The credentials in a file, encrypted to the renter of `lease`.
pub fn encrypted(lease: &LeaseContext, credentials: &Path) -> Result<Vec<u8>> {
    let credentials = match credentials == Path::new("-") {
        true => {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).context("standard input cannot be read")?;
            bytes
        }
        false => {
            fs::read(credentials).with_context(|| format!("{} cannot be read", credentials.display()))?
        }
    };
    Ok(access::encrypt(&lease.lease.access_key, &credentials)?)
}
