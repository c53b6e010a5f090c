use crate::{account_file, config, context::Context, guard_status, output, views};
use anyhow::Result;
use clap::Args;
use gpu_lease_client::{
    Error,
    account::{self, Keyed},
    outlook::Role,
    state::{Lease, Offer, Provider},
};
use serde_json::Value;
use solana_address::Address;
use solana_signer::Signer;
use std::{
    collections::{BTreeSet, HashMap},
    mem::offset_of,
    path::PathBuf,
};

#[derive(Debug, Args)]
pub struct Show {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// Also write the account to a file, for `attest sign --account` on a machine without connection
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Also show what the guard says that tells it here, for instance http://127.0.0.1:9481
    #[arg(long, value_name = "URL", env = "GPU_LEASE_GUARD", hide_env_values = true)]
    guard: Option<String>,
}

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
pub async fn show(Show { lease, save, guard }: &Show, context: &Context) -> Result<()> {
    let account = context.client.account(lease).await?;
    let account = account.ok_or(Error::NotFound { kind: "lease", address: *lease })?;
    if let Some(path) = save {
        account_file::write(path, lease, &account.data)?;
    }
    let lease = account::read::<Lease>(*lease, &account)?;
    let mint = context.mint(&lease.terms.mint).await?;
    let offer = context.client.find::<Offer>(&lease.offer).await?;
    let now = context.now().await?;
    let record = views::lease::details(&lease, offer.as_deref(), &mint, now);
    let Some(guard) = guard else { return context.print(&record) };
    match guard_status::ask(guard).await {
        Ok(guard) => context.print(&record.and(views::guard::seen(&guard, &lease.address, &lease, now))),
        // The lease is worth showing all the same.
        Err(error) => {
            output::note(format!("{error:#}"));
            context.print(&record.object("guard", &Value::Null))
        }
    }
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
    let offers = offers_of(&leases, context).await?;
    let you = You::new(context).await?;
    let mut list = views::lease::list();
    for lease in &leases {
        let mint = context.mint(&lease.terms.mint).await?;
        let (offer, role) = (offers.get(&lease.offer), you.role_in(lease));
        let record =
            views::lease::details(lease, offer, &mint, now).json("your_role", role.map(views::deeds::role));
        list.push(views::lease::row(lease, offer, role, &mint, now), record);
    }
    context.print(&list)
}

/// The offers of leases, those that are still there.
async fn offers_of(leases: &[Keyed<Lease>], context: &Context) -> Result<HashMap<Address, Offer>> {
    const MOST_AT_ONCE: usize = 100;
    let addresses: BTreeSet<_> = leases.iter().map(|lease| lease.offer).collect();
    let addresses: Vec<_> = addresses.into_iter().collect();
    let mut offers = HashMap::new();
    for some in addresses.chunks(MOST_AT_ONCE) {
        for (address, account) in some.iter().zip(context.client.accounts(some).await?) {
            let offer = account.and_then(|account| account::read::<Offer>(*address, &account).ok());
            offers.extend(offer.map(|offer| (*address, offer.account)));
        }
    }
    Ok(offers)
}

/// The wallet that lists leases, if there is one, and the providers that it acts for.
struct You {
    wallet: Option<Address>,
    owned: Vec<Address>,
    operated: Vec<Address>,
}

impl You {
    async fn new(context: &Context) -> Result<Self> {
        let Ok(wallet) = context.wallet().map(|wallet| wallet.pubkey()) else {
            return Ok(Self { wallet: None, owned: Vec::new(), operated: Vec::new() });
        };
        let addresses =
            |providers: Vec<Keyed<Provider>>| providers.iter().map(|provider| provider.address).collect();
        Ok(Self {
            wallet: Some(wallet),
            owned: addresses(context.client.providers_of(&wallet).await?),
            operated: addresses(context.providers_operated_by(&wallet).await?),
        })
    }

    /// What you are in a lease: the first of what you may be.
    fn role_in(&self, lease: &Lease) -> Option<Role> {
        let wallet = self.wallet?;
        let roles = [
            (wallet == lease.renter, Role::Renter),
            (self.owned.contains(&lease.provider), Role::Provider),
            (self.operated.contains(&lease.provider), Role::Operator),
            (wallet == lease.session_key, Role::SessionKey),
            (wallet == lease.payer, Role::Payer),
            (wallet == lease.arbiter, Role::Arbiter),
        ];
        roles.into_iter().find_map(|(is_so, role)| is_so.then_some(role))
    }
}
