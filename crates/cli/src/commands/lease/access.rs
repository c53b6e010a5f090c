use crate::{
    config,
    context::Context,
    keys::{self, KeyFolder},
    output::{self, Record},
};
use anyhow::{Result, ensure};
use clap::Args;
use gpu_lease_client::{state::Lease, text::harmless_lines};
use solana_address::Address;
use std::{
    io::{self, IsTerminal},
    path::PathBuf,
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

/// Finds what `start_lease` published, checks it against the lease and decrypts it.
pub async fn run(Access { lease, access_key, keys }: &Access, context: &Context) -> Result<()> {
    let lease = context.client.get::<Lease>(lease).await?;
    ensure!(
        lease.started_at > 0,
        "the provider has not started the lease yet and has until {}; try again later, or take the money back \
         with `gpu-lease lease cancel`",
        crate::units::format_time(lease.start_deadline)
    );
    let key = match access_key {
        Some(path) => keys::read(path)?,
        None => KeyFolder::new(keys.as_deref())?.load(&lease.address)?,
    };
    ensure!(
        key.public() == lease.access_key,
        "this is not the key that the credentials of this lease are encrypted to; pass the right --access-key"
    );
    let spinner = output::spinner("Looking for the transaction that started the lease");
    let blob = context.client.access_blob(&lease).await;
    spinner.finish_and_clear();
    let credentials = key.decrypt(&blob?)?;
    let text = String::from_utf8_lossy(&credentials).into_owned();
    match (context.format.is_display(), io::stdout().is_terminal()) {
        // Nothing but the credentials, so that they can be piped.
        (true, false) => context.print(&text),
        // The provider wrote them: a terminal must not obey them.
        (true, true) => context.print(&harmless_lines(&text)),
        (false, _) => {
            context.print(&Record::new().text("lease", "lease", lease.address).json("credentials", text))
        }
    }
}
