use super::{change::require_not_of_provider, ready::Opener};
use crate::{
    args::{HandOver, Sending},
    config,
    context::{Action, Context},
    failure::usage,
    keys::{self, KeyFolder},
    output::{self, Record},
    signer,
    units::{self, format_bps},
    views,
};
use anyhow::{Context as _, Result, anyhow, ensure};
use clap::Args;
use gpu_lease_client::{
    Error,
    access::AccessKey,
    address,
    instruction::OpenLease,
    rpc::MintInfo,
    state::{LeaseRequest, Terms},
};
use solana_address::Address;
use solana_signer::Signer;
use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

#[derive(Debug, Args)]
pub struct Open {
    /// The offer
    #[arg(value_name = "OFFER", value_parser = config::parse_address)]
    offer: Address,
    /// GPUs to lease
    #[arg(long, value_name = "COUNT", value_parser = units::parse_gpus, default_value_t = 1)]
    gpus: u32,
    /// How long the lease runs once the provider has started it, for instance 6h
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration)]
    duration: u32,
    /// Money to deposit, in the mint's units; what is not used comes back [default: the whole duration]
    #[arg(long, value_name = "AMOUNT")]
    deposit: Option<String>,
    /// Open without asking, within --mint, --max-price and --max-fee: an offer can change until you sign
    #[arg(long, short, requires_all = ["mint", "max_price", "max_fee"])]
    yes: bool,
    /// The mint that you pay in [default: what the offer says]
    #[arg(long, value_name = "MINT", value_parser = config::parse_address, help_heading = "Limits")]
    mint: Option<Address>,
    /// Highest price per GPU-hour that you accept, in the mint's units [default: what the offer says]
    #[arg(long, value_name = "AMOUNT", help_heading = "Limits")]
    max_price: Option<String>,
    /// Highest fee that you accept, a share of what the provider earns, like 1% [default: what it is now]
    #[arg(long, value_name = "SHARE", value_parser = units::parse_bps, help_heading = "Limits")]
    max_fee: Option<u32>,
    /// Longest notice that you accept [default: what the offer says]
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration, help_heading = "Limits")]
    max_notice: Option<u32>,
    /// How long the provider has to start the lease; after that anyone can send your money back
    #[arg(long, value_name = "DURATION", value_parser = units::parse_duration, default_value = "1d")]
    start_within: u32,
    /// Wait until the provider has started it, and say how to log in. At most two minutes, or DURATION
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = units::parse_duration,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "2m",
        conflicts_with_all = ["dry_run", "out"]
    )]
    wait: Option<u32>,
    /// Key that may co-sign usage, dispute, give notice and expire for you, for instance on the machine that watches the
    /// lease
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    session_key: Option<Address>,
    /// Sponsor that pays, and gets refund and rent: its keypair, or with --out its address [default: you]
    #[arg(long, value_name = "KEYPAIR_OR_ADDRESS")]
    payer: Option<String>,
    /// Your number for the lease [default: a new one]
    #[arg(long, value_name = "NUMBER", value_parser = units::parse_count::<u64>)]
    number: Option<u64>,
    /// Access key file to use [default: a new key, kept in the folder of --keys]
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    access_key: Option<PathBuf>,
    /// Folder of access keys [default: ~/.config/gpu-lease/keys]
    #[arg(long, value_name = "FOLDER", env = "GPU_LEASE_KEYS")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    hand_over: HandOver,
    #[command(flatten)]
    sending: Sending,
}

/// Opens a lease, after showing what it buys. The access key is on disk before the money moves.
pub async fn run(open: &Open, context: &Context) -> Result<()> {
    let renter = context.wallet()?;
    let you = renter.pubkey();
    let mut signers = vec![renter];
    let payer = match open.payer.as_deref() {
        None => you,
        Some(sponsor) => match sponsor.parse() {
            Ok(address) => address,
            Err(_) => {
                // It pays the network fee, too.
                signers.insert(0, signer::read(sponsor)?);
                signers.first().map_or(you, |sponsor| sponsor.pubkey())
            }
        },
    };
    let offer = context.client.offer(&open.offer).await?;
    let mint = context.mint(&offer.terms.mint).await?;
    let now = context.now().await?;
    let fee_bps = context.client.fee_params().await?.fee_bps;
    open.require_limits(&offer.terms, fee_bps, &mint)?;
    let number = open.number.unwrap_or_else(new_number);
    let lease = address::lease(&you, number);
    let access_key = match &open.access_key {
        Some(file) => keys::read(file)?,
        None => AccessKey::generate(),
    };
    let request = LeaseRequest {
        nonce: number,
        deposit: open.deposit(&offer.terms, &mint)?,
        start_deadline: now.saturating_add(i64::from(open.start_within)),
        duration: open.duration,
        gpus: open.gpus,
        max_fee_bps: fee_bps,
        valid_until: open.hand_over.valid_until(&open.sending, now),
        expected_offer: offer.content_hash(),
        arbiter: context.client.protocol().await?.arbiter,
        access_key: access_key.public(),
        session_key: open.session_key.unwrap_or_default(),
    };
    let provider = context.client.provider(&offer.provider).await?;
    require_not_of_provider(&request.session_key, &provider)?;
    context.require_tokens(&payer, &mint, request.deposit).await?;
    let mut opening = OpenLease::new(you, &offer, mint.token_program, request);
    opening.payer = payer;
    if !open.sending.dry_run {
        output::note(Record::new().heading("You are about to open this lease:").and(views::lease::opening(
            &opening.request,
            &offer,
            &opening.payer,
            &mint,
        )));
        output::confirm("Open it?", open.yes)?;
    }

    let new_file = match open.access_key.is_none() && !open.sending.dry_run {
        true => Some(KeyFolder::new(open.keys.as_deref())?.save(&lease, &access_key)?),
        false => None,
    };
    let record = Record::new().text("lease", "lease", lease);
    let record = match &new_file {
        Some(file) => record.text("access_key_file", "access key", file.display()),
        None => record,
    };
    let record = match open.wait {
        Some(_) => record,
        None => {
            record.line("log in", format!("`gpu-lease lease ssh {lease}`, once the provider has started it"))
        }
    };
    // Where it is not looked for.
    let named = open.access_key.clone().or_else(|| new_file.clone().filter(|_| open.keys.is_some()));
    let opener = Opener { key: access_key, file: named };
    let action = Action::new("Opened the lease", open.sending).with(record).in_units_of(&mint);
    let action = match open.wait {
        Some(patience) => action.then(opener.wait(&lease, Duration::from_secs(patience.into()), context)),
        None => action,
    };
    let instructions = context.client.open_lease(&opening).await?;
    let outcome = context.act_together(action, &instructions, &signers, &open.hand_over).await;
    if let (Err(error), Some(file)) = (&outcome, &new_file) {
        match error.downcast_ref() {
            // Nothing was sent: no lease, no need for its key.
            Some(Error::Refused(_)) => {
                fs::remove_file(file).with_context(|| format!("{} cannot be removed", file.display()))?;
            }
            // Whatever was sent can have opened the lease after all, on another fork, or the node lies.
            _ => output::note(format!("The access key of the lease {lease} stays in {}", file.display())),
        }
    }
    outcome
}

impl Open {
    /// Requires the offer, as it is now, to be within what the renter accepts.
    fn require_limits(&self, terms: &Terms, fee_bps: u16, mint: &MintInfo) -> Result<()> {
        ensure!(
            self.mint.is_none_or(|named| named == terms.mint),
            "the offer is priced in the mint {}, not in yours; see `gpu-lease offer list` for others",
            terms.mint
        );
        if let Some(limit) = &self.max_price {
            ensure!(
                terms.price <= amount(limit, mint.decimals)?,
                "the offer asks {} per GPU-hour, more than you accept; see `gpu-lease offer list` for others",
                units::money(terms.price, mint)
            );
        }
        ensure!(
            self.max_fee.is_none_or(|limit| u32::from(fee_bps) <= limit),
            "the fee is {}, more than you accept; see `gpu-lease governance status` for how it came about",
            format_bps(fee_bps.into())
        );
        ensure!(
            self.max_notice.is_none_or(|limit| terms.notice <= limit),
            "the offer's notice is {}, longer than you accept; see `gpu-lease offer list` for others",
            units::format_duration(terms.notice.into())
        );
        Ok(())
    }

    /// The money to deposit, base units: what is said, or the price of the whole duration.
    fn deposit(&self, terms: &Terms, mint: &MintInfo) -> Result<u64> {
        match &self.deposit {
            Some(deposit) => amount(deposit, mint.decimals),
            None => terms.price_ceil(self.gpus, self.duration).map_err(|_| {
                anyhow!("the price exceeds what any token can hold; lease fewer GPUs, or for a shorter time")
            }),
        }
    }
}

fn amount(text: &str, decimals: u8) -> Result<u64> {
    units::parse_amount(text, decimals).map_err(usage)
}

/// Milliseconds since 1970: a number that this wallet has not used.
fn new_number() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or_default()
}
