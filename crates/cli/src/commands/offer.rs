//! `gpu-lease offer`

use crate::{
    args::Sending,
    config,
    context::{Action, Context},
    failure::usage,
    output::Record,
    units, views,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    account::{Keyed, ProviderRef},
    instruction, listing,
    state::{Listing, Offer, Terms},
    text,
};
use sha2::{Digest, Sha256};
use solana_address::Address;
use solana_signer::Signer;
use std::{fs, path::PathBuf};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List GPUs for lease
    #[command(
        mut_arg("model", |arg| arg.required(true)),
        mut_arg("memory_gib", |arg| arg.required(true)),
        mut_arg("region", |arg| arg.required(true)),
        mut_arg("gpus", |arg| arg.required(true)),
        mut_arg("price", |arg| arg.required(true)),
        mut_arg("mint", |arg| arg.required(true)),
        after_help = "Terms that are not given: leases of 1h to 30d, 1h notice, 1h challenge window, 30m \
                      heartbeat timeout, 99% uptime, 100% penalty, 1 bond hour, no verifier."
    )]
    Create(Create),
    /// Change an offer for new leases; running leases keep their terms
    #[command(after_help = "What is not given stays as it is.")]
    Update(Update),
    /// Remove an offer that no running lease uses, and get its rent back
    Close(Close),
    /// List offers, the cheapest first
    List(List),
    /// Show everything about an offer
    Show(Show),
}

/// What an offer says.
#[derive(Debug, Args)]
pub struct Description {
    /// GPU model, for instance "NVIDIA H100 SXM"
    #[arg(long, value_name = "MODEL", help_heading = "GPUs")]
    model: Option<String>,
    /// Memory of one GPU, GiB
    #[arg(long, value_name = "GIB", value_parser = units::parse_count::<u32>, help_heading = "GPUs")]
    memory_gib: Option<u32>,
    /// How many GPUs are offered
    #[arg(long, value_name = "COUNT", value_parser = units::parse_gpus, help_heading = "GPUs")]
    gpus: Option<u32>,
    /// Region, for instance eu-north-1
    #[arg(long, value_name = "REGION", help_heading = "GPUs")]
    region: Option<String>,
    /// Carbon intensity of the power, gCO2e per kWh
    #[arg(long, value_name = "GRAMS", value_parser = units::parse_count::<u32>, help_heading = "GPUs")]
    carbon_intensity: Option<u32>,
    /// File with the full description, text or a listing in JSON (docs/protocol/listing.md); its sha256 goes on chain
    #[arg(long, value_name = "FILE", help_heading = "GPUs", requires = "description_uri")]
    description: Option<PathBuf>,
    /// Where renters find that file
    #[arg(long, value_name = "URI", help_heading = "GPUs", requires = "description")]
    description_uri: Option<String>,

    /// Price per GPU-hour in the mint's units, for instance 2.50
    #[arg(long, value_name = "AMOUNT", help_heading = "Terms")]
    price: Option<String>,
    /// Mint of the price
    #[arg(long, value_name = "MINT", help_heading = "Terms", value_parser = config::parse_address)]
    mint: Option<Address>,
    /// Shortest lease, for instance 1h
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration, help_heading = "Terms")]
    min_duration: Option<u32>,
    /// Longest lease, for instance 30d
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration, help_heading = "Terms")]
    max_duration: Option<u32>,
    /// Notice that ends a lease early
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration, help_heading = "Terms")]
    notice: Option<u32>,
    /// How long a renter can challenge usage that it did not co-sign; you wait that long for the money
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration, help_heading = "Terms")]
    challenge_window: Option<u32>,
    /// Silence after which a lease counts as abandoned
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration, help_heading = "Terms")]
    heartbeat_timeout: Option<u32>,
    /// Share of the time that is promised, for instance 99.9%
    #[arg(long, value_name = "SHARE", value_parser = units::parse_bps, help_heading = "Terms")]
    sla_uptime: Option<u32>,
    /// What a missing second costs you, as a share of its price, for instance 200%
    #[arg(long, value_name = "SHARE", value_parser = units::parse_bps, help_heading = "Terms")]
    sla_penalty: Option<u32>,
    /// Bond that you put up at the start, in hours of the lease's price
    #[arg(long, value_name = "HOURS", value_parser = units::parse_count::<u16>, help_heading = "Terms")]
    bond_hours: Option<u16>,
    /// Third key that must sign usage too
    #[arg(long, value_name = "ADDRESS", help_heading = "Terms", value_parser = config::parse_address)]
    verifier: Option<Address>,
}

#[derive(Debug, Args)]
pub struct Create {
    /// Your number for the offer [default: the lowest that is free]
    #[arg(long, value_name = "NUMBER", value_parser = units::parse_count::<u64>)]
    id: Option<u64>,
    /// Your provider's account [default: the one that you act for]
    #[arg(long, value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Option<Address>,
    #[command(flatten)]
    description: Description,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Update {
    /// The offer
    #[arg(value_name = "OFFER", value_parser = config::parse_address)]
    offer: Address,
    /// Take new leases again
    #[arg(long, conflicts_with = "shut")]
    open: bool,
    /// Take no new leases; running ones go on
    #[arg(long)]
    shut: bool,
    #[command(flatten)]
    description: Description,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Close {
    /// The offer
    #[arg(value_name = "OFFER", value_parser = config::parse_address)]
    offer: Address,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct List {
    /// Only models that contain this text
    #[arg(long, value_name = "TEXT")]
    model: Option<String>,
    /// Only regions that contain this text
    #[arg(long, value_name = "TEXT")]
    region: Option<String>,
    /// Only offers with so many free GPUs
    #[arg(long, value_name = "COUNT", value_parser = units::parse_count::<u32>, default_value_t = 0, hide_default_value = true)]
    gpus: u32,
    /// Only prices in this mint
    #[arg(long, value_name = "MINT", value_parser = config::parse_address)]
    mint: Option<Address>,
    /// Only offers of this provider, its wallet or account
    #[arg(long, value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Option<Address>,
    /// Also offers that take no new leases
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
pub struct Show {
    /// The offer
    #[arg(value_name = "OFFER", value_parser = config::parse_address)]
    offer: Address,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Create(create) => self::create(create, context).await,
        Command::Update(update) => self::update(update, context).await,
        Command::Close(Close { offer, sending }) => {
            let wallet = context.wallet()?;
            let provider = context.client.offer(offer).await?.provider;
            let provider = context.own_provider(&wallet.pubkey(), Some(&provider)).await?;
            let instruction = instruction::close_offer(ProviderRef::from(&provider), *offer);
            let record = Record::new().text("offer", "offer", offer);
            context
                .act(Action::new("Closed the offer", *sending).with(record), &[instruction], &[&wallet])
                .await
        }
        Command::List(list) => self::list(list, context).await,
        Command::Show(Show { offer }) => {
            let offer = context.client.offer(offer).await?;
            let mint = context.mint(&offer.terms.mint).await?;
            context.print(&views::offer::details(&offer, &mint))
        }
    }
}

async fn create(create: &Create, context: &Context) -> Result<()> {
    let Create { id, provider, description, sending } = create;
    let wallet = context.wallet()?;
    let provider = context.own_provider(&wallet.pubkey(), provider.as_ref()).await?;
    let id = match id {
        Some(id) => *id,
        None => lowest_free_id(&context.client.offers(Some(&provider.address)).await?),
    };
    let (mut terms, mut listing, mut gpus) = (default_terms(), default_listing(), 0);
    description.apply(&mut terms, &mut listing, &mut gpus, context).await?;

    let instruction = instruction::create_offer(ProviderRef::from(&provider), id, gpus, terms, listing);
    let record = Record::new()
        .text("offer", "offer", gpu_lease_client::address::offer(&provider.address, id))
        .json("id", id);
    context.act(Action::new("Created the offer", *sending).with(record), &[instruction], &[&wallet]).await
}

async fn update(update: &Update, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let offer = context.client.offer(&update.offer).await?;
    let provider = context.own_provider(&wallet.pubkey(), Some(&offer.provider)).await?;
    let is_open = update.open || (offer.is_open == 1 && !update.shut);
    let (mut terms, mut listing, mut gpus) = (offer.terms, offer.listing, offer.gpus);
    update.description.apply(&mut terms, &mut listing, &mut gpus, context).await?;

    let provider = ProviderRef::from(&provider);
    let valid_until = update.sending.valid_until(context.now().await?, false);
    let instruction = instruction::update_offer(provider, &offer, gpus, is_open, terms, listing, valid_until);
    let record = Record::new().text("offer", "offer", offer.address);
    context
        .act(Action::new("Updated the offer", update.sending).with(record), &[instruction], &[&wallet])
        .await
}

/// Lists offers, the cheapest first.
pub async fn list(filter: &List, context: &Context) -> Result<()> {
    let contains = |text: &[u8], part: &Option<String>| match part {
        Some(part) => text::read(text).to_lowercase().contains(&part.to_lowercase()),
        None => true,
    };
    let mut offers = match &filter.provider {
        Some(provider) => {
            let mut offers = Vec::new();
            for provider in context.providers_of(provider).await? {
                offers.extend(context.client.offers(Some(&provider.address)).await?);
            }
            offers
        }
        None => context.client.offers(None).await?,
    };
    offers.retain(|offer| {
        (filter.all || offer.is_open == 1)
            && offer.gpus_free >= filter.gpus
            && filter.mint.is_none_or(|mint| mint == offer.terms.mint)
            && contains(&offer.listing.gpu_model, &filter.model)
            && contains(&offer.listing.region, &filter.region)
    });
    // Prices compare within a mint only.
    offers.sort_by_key(|offer| (offer.terms.mint, offer.terms.price, offer.address));
    let mut list = views::offer::list();
    for offer in &offers {
        let mint = context.mint(&offer.terms.mint).await?;
        list.push(views::offer::row(offer, &mint), views::offer::details(offer, &mint));
    }
    context.print(&list)
}

impl Description {
    /// Writes what is given over `terms`, `listing` and `gpus`.
    async fn apply(
        &self,
        terms: &mut Terms,
        listing: &mut Listing,
        gpus: &mut u32,
        context: &Context,
    ) -> Result<()> {
        set(gpus, self.gpus);
        set(&mut listing.memory_gib, self.memory_gib);
        set(&mut listing.carbon_intensity, self.carbon_intensity);
        set(&mut listing.gpu_model, self.model.as_deref().map(text::write).transpose()?);
        set(&mut listing.region, self.region.as_deref().map(text::write).transpose()?);
        set(&mut listing.description_uri, self.description_uri.as_deref().map(text::write).transpose()?);
        if let Some(path) = &self.description {
            let description = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
            listing::Description::parse(&description)?;
            listing.description_hash = Sha256::digest(description).into();
        }
        set(&mut terms.mint, self.mint);
        set(&mut terms.min_duration, self.min_duration);
        set(&mut terms.max_duration, self.max_duration);
        set(&mut terms.notice, self.notice);
        set(&mut terms.challenge_window, self.challenge_window);
        set(&mut terms.heartbeat_timeout, self.heartbeat_timeout);
        set(&mut terms.sla_penalty_bps, self.sla_penalty);
        set(&mut terms.bond_hours, self.bond_hours);
        set(&mut terms.verifier, self.verifier);
        if let Some(uptime) = self.sla_uptime {
            terms.sla_uptime_bps = u16::try_from(uptime).context("an uptime is at most 100%")?;
        }
        if let Some(price) = &self.price {
            let mint = context.mint(&terms.mint).await?;
            terms.price = units::parse_amount(price, mint.decimals).map_err(usage)?;
        }
        Ok(())
    }
}

fn set<T: Copy>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn lowest_free_id(offers: &[Keyed<Offer>]) -> u64 {
    (0..).find(|id| offers.iter().all(|offer| offer.id != *id)).unwrap_or_default()
}

/// What `create` assumes where nothing is said: its help tells.
fn default_terms() -> Terms {
    const HOUR: u32 = 3_600;
    Terms {
        price: 0,
        min_duration: HOUR,
        max_duration: 30 * 24 * HOUR,
        notice: HOUR,
        challenge_window: HOUR,
        heartbeat_timeout: HOUR / 2,
        sla_penalty_bps: 10_000,
        sla_uptime_bps: 9_900,
        bond_hours: 1,
        spare: [0; 4],
        verifier: Address::default(),
        mint: Address::default(),
    }
}

fn default_listing() -> Listing {
    Listing {
        gpu_model: [0; 32],
        region: [0; 16],
        memory_gib: 0,
        carbon_intensity: 0,
        description_hash: [0; 32],
        description_uri: [0; 136],
    }
}
