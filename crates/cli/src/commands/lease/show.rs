use crate::{account_file, config, context::Context, views};
use anyhow::Result;
use clap::Args;
use gpu_lease_client::{Error, decode, state::Lease};
use solana_address::Address;
use solana_signer::Signer;
use std::{mem::offset_of, path::PathBuf};

/// Shows one.
#[derive(Debug, Args)]
pub struct Show {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// Also write the account to a file, for `attest sign --account` on a machine without connection
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// Lists.
#[derive(Debug, Args)]
pub struct List {
    /// Leases of this renter
    #[arg(long, value_name = "WALLET", value_parser = config::parse_address)]
    renter: Option<Address>,
    /// Leases of this provider, its wallet, operator or account
    #[arg(long, value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Option<Address>,
    /// Everybody's leases
    #[arg(long, conflicts_with_all = ["renter", "provider"])]
    all: bool,
}

/// Shows everything about a lease.
pub async fn show(Show { lease, save }: &Show, context: &Context) -> Result<()> {
    let account = context.client.account(lease).await?;
    let account = account.ok_or(Error::NotFound { kind: "lease", address: *lease })?;
    if let Some(path) = save {
        account_file::write(path, lease, &account.data)?;
    }
    let lease = decode::account::<Lease>(*lease, &account)?;
    let decimals = context.mint(&lease.terms.mint).await?.decimals;
    context.print(&views::lease(&lease, decimals, context.now().await?))
}

/// Lists leases, the newest first.
pub async fn list(List { renter, provider, all }: &List, context: &Context) -> Result<()> {
    let client = &context.client;
    let mut leases = match (renter, provider) {
        _ if *all => client.list::<Lease>(&[]).await?,
        (None, None) => {
            let wallet = context.wallet()?.pubkey();
            let mut leases = client.leases_of_renter(&wallet).await?;
            leases.extend(client.leases_of_payer(&wallet).await?);
            leases.extend(client.list(&[(offset_of!(Lease, session_key), wallet.as_ref())]).await?);
            let mut providers = client.providers_of(&wallet).await?;
            providers.extend(context.providers_operated_by(&wallet).await?);
            for provider in providers {
                leases.extend(client.leases_of_provider(&provider.address).await?);
            }
            leases
        }
        (Some(renter), None) => client.leases_of_renter(renter).await?,
        (renter, Some(provider)) => {
            let mut leases = Vec::new();
            for provider in context.providers_of(provider).await? {
                leases.extend(client.leases_of_provider(&provider.address).await?);
            }
            leases.retain(|lease| renter.is_none_or(|renter| renter == lease.renter));
            leases
        }
    };
    leases.sort_by_key(|lease| (std::cmp::Reverse(lease.opened_slot), lease.address));
    leases.dedup_by_key(|lease| lease.address);
    let now = context.now().await?;
    let mut list = views::lease_list();
    for lease in &leases {
        let decimals = context.mint(&lease.terms.mint).await?.decimals;
        list.push(views::lease_row(lease, decimals, now), views::lease(lease, decimals, now));
    }
    context.print(&list)
}
