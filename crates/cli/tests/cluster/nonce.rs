//! What two parties sign with a nonce account: it waits for the other party, and is used once or withdrawn.

use super::Cluster;
use anyhow::{Context as _, Result, ensure};
use gpu_lease_client::state::LeaseState;
use gpu_lease_localnet::{Proxy, Treatment};
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_signer::Signer;
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::time::sleep;

impl Cluster {
    /// Creates a nonce account of a wallet's.
    fn nonce(&self, wallet: &str) -> Result<String> {
        let created = self.does(wallet, "nonce create")?;
        Ok(created["nonce_account"].as_str().context("no nonce account was created")?.to_owned())
    }

    /// Opens a lease on one GPU and starts it.
    fn started(&self) -> Result<Address> {
        let opened = self.does("renter", &self.open()?)?;
        let lease = opened["lease"].as_str().context("no lease was opened")?.parse()?;
        fs::write(self.path("credentials.txt"), "ssh")?;
        self.does("provider", &format!("lease start {lease} --credentials credentials.txt"))?;
        Ok(lease)
    }

    async fn gpus(&self, lease: &Address) -> Result<u32> {
        Ok(self.net.client.lease(lease).await?.gpus)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sponsor_takes_an_hour_and_pays_once() -> Result<()> {
    let cluster = Cluster::start().await?;
    let (nonce, sponsor) = (cluster.nonce("renter")?, cluster.net.wallets.sponsor.pubkey());
    let open = format!("{} --payer {sponsor}", cluster.open()?);
    cluster.is_refused("renter", &open, "has to sign, too")?;
    cluster.does("renter", &format!("{open} --out minute.txt --valid-for 2h"))?;
    let blockhash = cluster.net.client.rpc().get_latest_blockhash().await?;
    cluster.is_refused(
        "keeper",
        &format!("{open} --out other.txt --nonce {nonce}"),
        "whose key is not here",
    )?;
    let half = cluster.does("renter", &format!("{open} --out half.txt --nonce {nonce}"))?;
    assert_eq!((&half["sent"], &half["missing"][0]), (&false.into(), &sponsor.to_string().into()));

    cluster.wait(3_600).await?;
    let commitment = CommitmentConfig::confirmed();
    while cluster.net.client.rpc().is_blockhash_valid(&blockhash, commitment).await? {
        sleep(Duration::from_millis(100)).await;
    }
    cluster.is_refused("sponsor", "sign minute.txt --yes", "older than its blockhash")?;
    let shown = cluster.run_at(cluster.net.validator.rpc_url(), "sponsor", "sign half.txt --dry-run")?;
    let (text, renter) = (String::from_utf8(shown.stdout)?, cluster.net.wallets.renter.pubkey());
    ensure!(text.contains(&format!("{nonce}, unused so far")), "{text}");
    ensure!(
        text.lines().any(|line| line.starts_with("can withdraw it") && line.ends_with(&renter.to_string())),
        "{text}"
    );
    cluster.does("sponsor", "sign half.txt --yes")?;
    let lease: Address = half["lease"].as_str().context("no lease")?.parse()?;
    assert_eq!(cluster.net.client.lease(&lease).await?.payer, sponsor);
    // The same file again pays nothing again.
    cluster.is_refused("sponsor", "sign half.txt --yes", "has moved on")?;

    cluster.is_refused("sponsor", &format!("nonce close {nonce}"), "is not the nonce account's authority")?;
    cluster.does("renter", &format!("nonce close {nonce}"))?;
    cluster.is_refused("renter", &format!("nonce show {nonce}"), "there is no nonce account")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_withdrawn_or_overtaken_never_lands() -> Result<()> {
    let cluster = Cluster::start().await?;
    let (lease, nonce) = (cluster.started()?, cluster.nonce("renter")?);
    let grow = format!("lease resize {lease} --gpus 2 --nonce {nonce}");
    cluster.does("renter", &format!("{grow} --out withdrawn.txt"))?;
    let before = cluster.does("keeper", &format!("nonce show {nonce}"))?;
    assert_eq!(before["authority"], cluster.net.wallets.renter.pubkey().to_string());
    cluster.is_refused(
        "keeper",
        &format!("nonce advance {nonce}"),
        "is not the nonce account's authority",
    )?;
    cluster.does("renter", &format!("nonce advance {nonce}"))?;
    assert_ne!(cluster.does("keeper", &format!("nonce show {nonce}"))?["value"], before["value"]);
    cluster.is_refused("provider", "sign withdrawn.txt --yes", "has moved on")?;
    assert_eq!(cluster.gpus(&lease).await?, 1);

    // Two that wait for one nonce account: whichever is used first, the other is void.
    cluster.does("renter", &format!("{grow} --out grow.txt"))?;
    let close = format!("lease close {lease} --together --units 0 --yes --nonce {nonce}");
    cluster.does("renter", &format!("{close} --out overtaken.txt"))?;
    cluster.wait(3_600).await?;
    cluster.does("provider", "sign grow.txt --yes")?;
    assert_eq!(cluster.gpus(&lease).await?, 2);
    cluster.is_refused("provider", "sign overtaken.txt --yes", "has moved on")?;
    assert_eq!(cluster.net.client.lease(&lease).await?.state, LeaseState::Active);

    // A key apart holds the account, a third pays the fee, and the other party closes a day later.
    let keeper = cluster.net.wallets.keeper.pubkey();
    let apart = cluster.does("renter", &format!("nonce create --authority {keeper}"))?;
    let apart = apart["nonce_account"].as_str().context("no nonce account")?.to_owned();
    let close = format!("lease close {lease} --together --units 0 --yes --nonce {apart} --out closing.txt");
    cluster.is_refused("renter", &close, "whose key is not here")?;
    cluster.does("renter", &format!("{close} --nonce-authority keeper.json --fee-payer arbiter.json"))?;
    cluster.wait(24 * 3_600).await?;
    let payer = cluster.does("provider", "sign closing.txt --yes")?["payer"].clone();
    assert_eq!(payer, cluster.net.wallets.arbiter.pubkey().to_string());
    assert!(cluster.net.client.account(&lease).await?.is_none());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_held_back_stops_nothing_else_and_is_void_once_withdrawn() -> Result<()> {
    let cluster = Cluster::start().await?;
    let (lease, nonce) = (cluster.started()?, cluster.nonce("renter")?);
    cluster.does("renter", &format!("lease resize {lease} --gpus 2 --nonce {nonce} --out grow.txt"))?;
    let proxy = Proxy::start(cluster.net.validator.rpc_url()).await?;
    proxy.script(|request| match request.method.as_str() {
        "sendTransaction" => Treatment::Fail(502),
        _ => Treatment::Pass,
    });
    let held = cluster.run_at(proxy.url(), "provider", "--patience 3s sign grow.txt --yes")?;
    assert_eq!(held.status.code(), Some(3), "{}", String::from_utf8_lossy(&held.stderr));
    // It can land for as long as the renter lets it. Whatever else the provider does goes on.
    let since = Instant::now();
    let on = cluster.run("provider", "provider bond pay-in 1")?;
    ensure!(on.status.success(), "{}", String::from_utf8_lossy(&on.stderr));
    ensure!(
        String::from_utf8_lossy(&on.stderr).contains("Still on its way") && since.elapsed().as_secs() < 30
    );
    cluster.does("renter", &format!("nonce advance {nonce}"))?;
    assert_eq!(cluster.does("provider", "pending")?[0]["outcome"], "never landed");
    assert_eq!(cluster.gpus(&lease).await?, 1);
    Ok(())
}
