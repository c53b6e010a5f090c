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
    access::{self, Credentials},
    account::{Keyed, LeaseContext},
    instruction,
    outlook::rehearse,
    rpc::Published,
    ssh::SshAccess,
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
    #[command(flatten)]
    with: OpenWith,
}

/// What opens the credentials of a lease.
#[derive(Debug, Args)]
pub struct OpenWith {
    /// Access key file [default: that of the lease in --keys]
    #[arg(long, value_name = "FILE")]
    access_key: Option<PathBuf>,
    /// Folder of the access keys that `lease open` made [default: ~/.config/gpu-lease/keys]
    #[arg(long, value_name = "FOLDER", env = "GPU_LEASE_KEYS")]
    keys: Option<PathBuf>,
}

/// The newest credentials of a lease, and who published them.
pub struct Opened {
    pub lease: Keyed<Lease>,
    pub credentials: Credentials,
    published: Published,
    provider: Keyed<Provider>,
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

/// Shows the newest credentials.
pub async fn get(Access { lease, with }: &Access, context: &Context) -> Result<()> {
    let opened = with.open(lease, context).await?;
    output::note(origin(&opened.published, &opened.provider, context.now().await?));
    opened.print(context)
}

impl OpenWith {
    /// Finds the newest credentials that were published, checks them against the lease and decrypts them.
    pub async fn open(&self, lease: &Address, context: &Context) -> Result<Opened> {
        let lease = context.client.get::<Lease>(lease).await?;
        ensure!(
            lease.state != LeaseState::Pending,
            "the provider has not started the lease yet and has until {}; try again later, or take the money back \
             with `gpu-lease lease cancel`",
            format_time(lease.start_deadline)
        );
        let key = match &self.access_key {
            Some(path) => keys::read(path)?,
            None => KeyFolder::new(self.keys.as_deref())?.load(&lease.address)?,
        };
        ensure!(
            key.public() == lease.access_key,
            "this is not the key that the credentials of this lease are encrypted to; pass the right --access-key"
        );
        let spinner = output::spinner("Looking for the transaction that published the credentials");
        let published = context.client.published_access(&lease.address).await;
        spinner.finish_and_clear();
        let published = published?;
        let credentials = Credentials::from_bytes(&key.decrypt(&published.access_blob)?)?;
        let provider = context.client.provider(&published.lease.provider).await?;
        Ok(Opened { lease, credentials, published, provider })
    }
}

impl Opened {
    /// Prints the credentials.
    pub fn print(&self, context: &Context) -> Result<()> {
        let (text, ssh) = match &self.credentials {
            Credentials::Ssh(access) => (None, Some(access)),
            Credentials::Text(text) => (Some(text), None),
        };
        match (text, context.format.is_display(), io::stdout().is_terminal()) {
            // Nothing but the credentials, so that they can be piped.
            (Some(text), true, false) => context.print(text),
            // The provider wrote them: a terminal must not obey them.
            (Some(text), true, true) => context.print(&harmless_lines(text)),
            _ => context.print(
                &Record::new()
                    .text("lease", "lease", self.lease.address)
                    .json("credentials", text.map(String::as_str))
                    .and(ssh.map(|access| self.ssh(access)).transpose()?.unwrap_or_default())
                    .json("published_by", self.published.by.to_string())
                    .json("published_as", published_as(&self.published.by, &self.provider))
                    .json("published_at", self.published.block_time)
                    .json("slot", self.published.lease.access_slot),
            ),
        }
    }

    /// Access by SSH, without the key for people, who have no use for it on a screen.
    fn ssh(&self, access: &SshAccess) -> Result<Record> {
        let lease = &self.lease.address;
        let object = Record::new()
            .json("host", access.host())
            .json("port", access.port())
            .json("user", lease.to_string())
            .json("host_key", access.host_key_line()?)
            .json("private_key", access.user_key_file(lease)?);
        Ok(Record::new()
            .json("ssh", serde_json::Value::from(object.into_json()))
            .line("host", access.host())
            .line("port", access.port())
            .line("host key", access.host_key_fingerprint())
            .line("log in", format!("gpu-lease lease ssh {lease}")))
    }
}

/// When credentials were published, and by whom.
fn origin(Published { lease, by, block_time, .. }: &Published, provider: &Provider, now: i64) -> String {
    let when = match block_time {
        Some(time) => format!("{} ({})", format_time(*time), format_relative(*time, now)),
        None => format!("in slot {}", lease.access_slot),
    };
    match provider.role_of(by) {
        Ok(ProviderRole::Authority) => format!("Published {when} by the provider's wallet {by}"),
        Ok(ProviderRole::Operator) => format!("Published {when} by the provider's operator {by}"),
        Err(_) => format!("Published {when} by {by}, which was a key of the provider's then and is none now"),
    }
}

/// What `key` is to the provider now, in JSON.
fn published_as(key: &Address, provider: &Provider) -> &'static str {
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
    let replaced = lease.access_blob_hash;
    rehearse(&lease.account, |lease| lease.publish_access(&replaced, [0; 32], Moment::by_clock(now)))?;
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
    Ok(access::encrypt(&lease.access_key, &credentials)?)
}
