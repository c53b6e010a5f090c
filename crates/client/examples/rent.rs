//! A renter leases a GPU for an hour and, before the provider has started, takes it back: deposit and rent return.
//!
//! Against the local market, `cargo xtask up` in one terminal and in another:
//!
//! ```sh
//! cargo run --ignore-rust-version --example rent -- http://127.0.0.1:8899 /tmp/wallets/renter.json
//! ```
//!
//! A test of `crates/localnet` runs it, too.

use gpu_lease_client::{
    access::AccessKey,
    address,
    instruction::{self, OpenLease},
    outlook::{Quote, Wish},
    rpc::Client,
    state::LeaseRequest,
};
use solana_keypair::read_keypair_file;
use solana_signer::Signer;
use std::{env, error::Error};

const HOUR: u32 = 3_600;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [url, keypair] = arguments.as_slice() else {
        return Err("name the URL of a cluster and the file of a keypair".into());
    };
    rent(&Client::new(url), &read_keypair_file(keypair)?).await
}

/// Leases a GPU of the first offer that has one free, and cancels.
pub async fn rent(client: &Client, renter: &dyn Signer) -> Result<(), Box<dyn Error>> {
    let offers = client.offers(None).await?;
    let offer = offers
        .iter()
        .find(|offer| offer.is_open == 1 && offer.gpus_free > 0 && offer.terms.min_duration <= HOUR)
        .ok_or("no offer has a GPU free for an hour")?;
    let mint = client.mint(&offer.terms.mint).await?;
    let token_account = address::associated_token(&renter.pubkey(), &mint.address, &mint.token_program);
    let before = client.token_balance(&token_account).await?;

    let now = client.clock().await?.unix_timestamp;
    let access_key = AccessKey::generate(); // keep `access_key.to_text()`: it opens the credentials
    let fee_bps = client.fee_params().await?.fee_bps;
    let quote = Quote::of(offer, &Wish { gpus: 1, duration: HOUR, fee_bps, deposit: None });
    let request = LeaseRequest {
        nonce: u64::try_from(now)?,
        deposit: quote.deposit,
        start_deadline: now + 900,
        duration: HOUR,
        gpus: 1,
        max_fee_bps: fee_bps,
        valid_until: now + 300,
        expected_offer: offer.content_hash(),
        arbiter: client.protocol().await?.arbiter,
        access_key: access_key.public(),
        session_key: Default::default(),
    };
    let open = OpenLease::new(renter.pubkey(), offer, mint.token_program, request);
    let receipt = client.send(&client.open_lease(&open).await?, renter, &[]).await?;
    println!("lease {}, opened by transaction {}", open.lease(), receipt.signature);

    let lease = client.lease(&open.lease()).await?;
    println!("a deposit of {} base units waits for the provider to start", lease.ledger.deposited);

    let cancel = instruction::cancel_lease(renter.pubkey(), &lease, now + 300);
    let receipt = client.send(&[cancel], renter, &[]).await?;
    println!("cancelled by transaction {}", receipt.signature);
    match client.token_balance(&token_account).await? == before {
        true => Ok(()),
        false => Err("the deposit did not come back".into()),
    }
}
