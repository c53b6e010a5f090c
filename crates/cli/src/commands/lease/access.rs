use crate::{
    config,
    context::Context,
    keys::{self, KeyFolder},
    output::Record,
};
use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use gpu_lease_client::{
    Error,
    decode::{self, Args as InstructionArgs},
    state::Lease,
};
use sha2::{Digest, Sha256};
use solana_address::Address;
use std::path::PathBuf;

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
    let blob = published_blob(&lease.address, &lease.access_blob_hash, context).await?;
    let credentials = key.decrypt(&blob)?;
    let text = String::from_utf8_lossy(&credentials).into_owned();
    match context.format.is_display() {
        // Nothing but the credentials, so that they can be piped.
        true => context.print(&text),
        false => {
            context.print(&Record::new().text("lease", "lease", lease.address).json("credentials", text))
        }
    }
}

/// The blob with that hash among the transactions of the lease.
async fn published_blob(lease: &Address, hash: &[u8; 32], context: &Context) -> Result<Vec<u8>> {
    let signatures = context.client.rpc().get_signatures_for_address(lease).await;
    for found in signatures.map_err(Error::from)?.iter().filter(|found| found.err.is_none()) {
        let signature = found.signature.parse().context("the node sent a signature that is none")?;
        for instruction in context.client.transaction(&signature).await?.instructions {
            if let Some(decoded) = decode::instruction(&instruction)?
                && let InstructionArgs::StartLease { access_blob } = decoded.args
                && <[u8; 32]>::from(Sha256::digest(&access_blob)) == *hash
            {
                return Ok(access_blob);
            }
        }
    }
    bail!(
        "the transaction that started the lease is not in this node's history; pass the --url of a node that \
         keeps older transactions"
    )
}
