//! A local validator with a GPU market on it, inside the process.
//!
//! [`Localnet::start`] brings up the validator with the program deployed, wallets with money, a test mint, a
//! mint whose tokens vote, the migrations that a public cluster would get, and a small market.
//! [`Localnet::play`] takes a lease through one of the [`STORIES`] there, or through one with [`VOTES`] around
//! it, and returns the [`Ledger`] of it. [`Localnet::set_scene`] leaves leases and votes for the visitors of the
//! [`Page`]. All go through the client library and JSON-RPC like any user; only deploying, moving the clock and
//! [many more offers](Localnet::add_offers) are the validator's own doing. A [`Proxy`] in front of it is a node that
//! loses answers, refuses and lies; a [`Machine`] next to it serves the first offer, and an
//! [`Indexer`] remembers all of it.

mod artifact;
mod balances;
#[cfg(unix)]
mod configuration;
mod crowd;
#[cfg(unix)]
mod engine;
mod governance;
mod http;
#[cfg(unix)]
mod indexer;
mod ledger;
mod link;
mod listen;
#[cfg(unix)]
mod machine;
mod market;
mod mint;
mod page;
#[cfg(unix)]
mod ports;
mod proxy;
mod records;
#[cfg(unix)]
mod remembered;
mod scene;
mod stage;
mod story;
#[cfg(unix)]
mod unattended;
mod validator;
mod wallets;

#[cfg(unix)]
pub use {
    configuration::Parts,
    engine::Engine,
    indexer::Indexer,
    machine::{Ended, Machine, Process},
    unattended::{Happening, Unattended},
};
pub use {
    governance::PlayedVotes,
    ledger::{Book, Flow, Ledger, Party, Row},
    link::Link,
    market::SampleOffer,
    page::{Page, Watched},
    proxy::{Proxy, Request, Treatment},
    stage::{PlayedLease, PlayedLeases, Step},
    story::{STORIES, Story, VOTES},
    validator::Validator,
    wallets::Wallets,
};

use anyhow::{Context, Result, ensure};
use gpu_lease_client::{
    account::{MintRef, ProviderRef},
    address, instruction,
    rpc::{Client, MintInfo, PriorityFee},
    state::HotKeys,
};
use gpu_lease_migrations::{Config, Voting};
use market::{NORTHERN_OFFERS, PLAINS_OFFERS};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::{Duration, Instant};

/// SOL that every wallet starts with, lamports.
const SOL: u64 = 100_000_000_000;

/// What the first provider pays into its bond account, base units.
const BONDS: u64 = 1_000_000_000;

/// First fee rate of the local market, basis points.
const FEE_BPS: u16 = 100;

/// How a local market is started.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Port of JSON-RPC, WebSocket being one above; free ports if `None`.
    pub port: Option<u16>,
    /// Length of a slot, milliseconds. Short slots confirm fast.
    pub slot_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: None, slot_ms: 50 }
    }
}

/// A running local market. It ends when this is dropped.
pub struct Localnet {
    pub validator: Validator,
    /// A client of it.
    pub client: Client,
    /// Everybody who has a part.
    pub wallets: Wallets,
    /// The test mint that everything is priced in.
    pub mint: MintInfo,
    /// The mint whose tokens vote.
    pub vote_mint: MintInfo,
    /// The open offers; the first is the northern provider's H100.
    pub offers: Vec<Address>,
}

impl Localnet {
    /// Starts a market; `tell` hears what is being done.
    pub async fn start(options: Options, mut tell: impl FnMut(&str)) -> Result<Self> {
        tell("Starting the validator");
        let program = artifact::read()?;
        let validator = Validator::start(options.slot_ms, options.port).await?;
        let wallets = Wallets::well_known();
        let client = Client::new(validator.rpc_url()).with_priority_fee(PriorityFee::Fixed(0));

        tell("Deploying the program");
        validator.deploy(address::PROGRAM, program, wallets.deployer.pubkey())?;

        tell("Funding the wallets");
        fund(&client, &wallets).await?;
        let mint = mint::create(&client, &wallets).await?;
        let vote_mint = mint::create_votes(&client, &wallets).await?;

        tell("Running the migrations");
        let config = Config {
            vote_mint: vote_mint.address,
            unit_mint: mint.address,
            guardian: wallets.guardian.pubkey(),
            arbiter: wallets.arbiter.pubkey(),
            treasury: wallets.treasury.pubkey(),
            fee_bps: FEE_BPS,
            mints: vec![mint.address],
            voting: Voting::default(),
            upgrade_authority: None,
        };
        let context =
            gpu_lease_migrations::Context { client: &client, config: &config, authority: &wallets.deployer };
        gpu_lease_migrations::apply(&context, |step| tell(step.description)).await?;

        tell("Opening the market");
        let mut localnet = Self { validator, client, wallets, mint, vote_mint, offers: Vec::new() };
        localnet.open_market().await?;
        Ok(localnet)
    }

    /// From now on slots take as long as on a public cluster, and so do transactions stay valid.
    pub fn slow_down(&self) -> Result<()> {
        const PUBLIC_SLOT_MS: u64 = 400;
        self.validator.set_slot_time(PUBLIC_SLOT_MS)
    }

    /// The time on the cluster's clock, unix seconds.
    pub async fn now(&self) -> Result<i64> {
        Ok(self.client.clock().await?.unix_timestamp)
    }

    /// The token account of a wallet for the test mint.
    pub fn token_account(&self, wallet: &Address) -> Address {
        address::associated_token(wallet, &self.mint.address, &self.mint.token_program)
    }

    /// The bond account of the first provider for the test mint.
    pub fn bond_account(&self) -> Address {
        let provider = address::provider(&self.wallets.provider.pubkey());
        address::bond_account(&provider, &self.mint.address, &self.mint.token_program)
    }

    async fn open_market(&mut self) -> Result<()> {
        let renter = self.wallets.renter.pubkey();
        let participant = instruction::create_participant(renter, renter);
        self.client.send(&[participant], &self.wallets.renter, &[]).await?;
        let Wallets { provider, other_provider, operator, .. } = &self.wallets;
        for (wallet, operator, samples) in [
            (provider, operator.pubkey(), &NORTHERN_OFFERS),
            (other_provider, Address::default(), &PLAINS_OFFERS),
        ] {
            let opened = self.register_provider(wallet, operator, samples).await?;
            self.offers.extend(opened);
        }
        self.pay_in_bonds().await
    }

    /// Lets the first provider pay into its bond account, for its operator to put up.
    async fn pay_in_bonds(&self) -> Result<()> {
        let wallet = &self.wallets.provider;
        let MintInfo { address: mint, token_program, decimals } = self.mint;
        let mint = MintRef { mint, token_program };
        let provider = ProviderRef::of(wallet.pubkey());
        let pay_in = instruction::pay_in_bond(provider.authority, &provider.address, &mint, decimals, BONDS);
        self.client.send(&pay_in, wallet, &[]).await?;
        Ok(())
    }

    /// Registers `wallet` as a provider with this operator, none if it is zero, and lists these offers.
    async fn register_provider(
        &self,
        wallet: &Keypair,
        operator: Address,
        samples: &[SampleOffer],
    ) -> Result<Vec<Address>> {
        let provider = ProviderRef::of(wallet.pubkey());
        let keys = HotKeys { attestor: self.wallets.attestor.pubkey(), operator };
        let register = instruction::register_provider(provider.authority, keys);
        self.client.send(&[register], wallet, &[]).await?;
        let mut offers = Vec::new();
        for (id, sample) in (0..).zip(samples) {
            offers.push(self.list_offer(wallet, id, sample).await?);
        }
        Ok(offers)
    }

    /// Lists an offer of the provider `wallet`.
    async fn list_offer(&self, wallet: &Keypair, id: u64, sample: &SampleOffer) -> Result<Address> {
        let provider = ProviderRef::of(wallet.pubkey());
        let terms = sample.terms(self.mint.address);
        let create = instruction::create_offer(provider, id, sample.gpus, terms, sample.listing()?);
        self.client.send(&[create], wallet, &[]).await?;
        Ok(address::offer(&provider.address, id))
    }
}

/// Gives every wallet SOL and waits until it is there.
async fn fund(client: &Client, wallets: &Wallets) -> Result<()> {
    let addresses = wallets.named().map(|(_, keypair)| keypair.pubkey());
    for address in &addresses {
        client.rpc().request_airdrop(address, SOL).await.context("the validator gave no SOL")?;
    }
    let since = Instant::now();
    loop {
        let accounts = client.accounts(&addresses).await?;
        if accounts.iter().flatten().filter(|account| account.lamports >= SOL).count() == addresses.len() {
            return Ok(());
        }
        ensure!(since.elapsed() < Duration::from_secs(10), "the wallets' SOL did not arrive");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The client's example, which a test runs.
#[cfg(test)]
#[path = "../../client/examples/rent.rs"]
#[allow(dead_code, reason = "its own command line is not run")]
mod example;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_client_rents_and_gets_its_deposit_back() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let net = Localnet::start(Options::default(), |_| {}).await.unwrap();
            example::rent(&net.client, &net.wallets.renter).await.unwrap();
        });
    }
}
