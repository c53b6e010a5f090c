//! What users of Solana's own tools expect: another fee payer, balances, a lease that is followed.

use super::Cluster;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use solana_signer::Signer;
use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

impl Cluster {
    /// Follows a lease, with the exit status and the lines when it is over.
    fn watch(&self, arguments: &str) -> Result<Child> {
        Ok(Command::new(env!("CARGO_BIN_EXE_gpu-lease"))
            .args(["-u", self.net.validator.rpc_url(), "--output", "json", "lease", "watch"])
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?)
    }
}

/// The exit status and the lines of a watch that ends by itself.
fn ended(mut watch: Child) -> Result<(Option<i32>, Vec<Value>)> {
    let until = Instant::now() + Duration::from_secs(60);
    while watch.try_wait()?.is_none() {
        if Instant::now() > until {
            watch.kill()?;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let output = watch.wait_with_output()?;
    if !output.status.success() {
        super::error_of(&output)?;
    }
    let lines: Result<Vec<_>, _> =
        String::from_utf8(output.stdout)?.lines().map(serde_json::from_str).collect();
    let said = String::from_utf8(output.stderr)?;
    let lines: Vec<Value> = lines.with_context(|| said)?;
    lines.iter().try_for_each(|line| super::require_exact("lease watch", "", line))?;
    Ok((output.status.code(), lines))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_pays_the_network_fee_and_nothing_else() -> Result<()> {
    let cluster = Cluster::start().await?;
    let (client, wallets) = (&cluster.net.client, &cluster.net.wallets);
    let [renter, keeper] = [&wallets.renter, &wallets.keeper].map(|wallet| wallet.pubkey());
    let opened = cluster.does("renter", &cluster.open()?)?;
    let lease = opened["lease"].as_str().context("no lease was opened")?.to_owned();
    let before = (client.lamports(&renter).await?, client.lamports(&keeper).await?);
    let top_up = format!("lease top-up {lease} 1 --fee-payer keeper.json");
    let rehearsed =
        cluster.run_at(cluster.net.validator.rpc_url(), "renter", &format!("{top_up} --dry-run"))?;
    let text = String::from_utf8(rehearsed.stdout)?;
    // Its address is below the row.
    let mut rows = text.lines().zip(text.lines().skip(1));
    ensure!(
        rows.any(|(row, below)| row.starts_with("fee payer") && below.trim() == keeper.to_string()),
        "{text}"
    );
    let paid = cluster.does("renter", &top_up)?;
    let fee: u64 = paid["network_fee"].as_str().context("no fee")?.parse()?;
    assert_eq!(
        (client.lamports(&renter).await?, client.lamports(&keeper).await?),
        (before.0, before.1 - fee)
    );

    let balance = cluster.does("renter", "balance")?;
    assert_eq!(balance["lamports"], before.0.to_string());
    let mint = cluster.net.mint.address.to_string();
    let tokens = balance["tokens"].as_array().context("no tokens")?;
    let held = tokens.iter().find(|held| held["mint"] == mint.as_str()).context("not this mint")?;
    let own = client.token_balance(&cluster.net.token_account(&renter)).await?.context("no account")?;
    assert_eq!((&held["tokens"], &held["in_leases"]), (&own.amount.to_string().into(), &"5980000".into()));
    let provider = cluster.does("keeper", &format!("balance {}", wallets.provider.pubkey()))?;
    let tokens = provider["tokens"].as_array().context("no tokens")?;
    assert!(tokens.iter().any(|held| held["bond_accounts"] == "1000000000"), "{provider}");

    let shown = cluster.run_at(cluster.net.validator.rpc_url(), "renter", "balance")?;
    let text = String::from_utf8(shown.stdout)?;
    let spendable = format!("{}.{:06}", own.amount / 1_000_000, own.amount % 1_000_000);
    let row = text.lines().find(|line| line.contains(spendable.trim_end_matches('0')));
    let row = row.with_context(|| text.clone())?;
    ensure!(row.ends_with(&format!("…{}", &mint[mint.len() - 4..])), "no currency: {text}");
    ensure!(text.contains(" SOL") && text.lines().all(|line| line.chars().count() <= 80), "{text}");

    // What is asked of which node is told on request, and results stay results.
    let told = cluster.run("renter", "balance -v")?;
    serde_json::from_slice::<Value>(&told.stdout)?;
    let said = String::from_utf8(told.stderr)?;
    ensure!(said.contains("getMultipleAccounts") && said.contains(cluster.net.validator.rpc_url()), "{said}");
    ensure!(!said.contains("\"params\""), "{said}");
    said.lines().try_for_each(|line| serde_json::from_str::<Value>(line).map(drop))?;
    let simulated = cluster.run("renter", &format!("lease top-up {lease} 1 --dry-run -vv"))?;
    let said = String::from_utf8(simulated.stderr)?;
    ensure!(said.contains("\"params\"") && said.contains("invoke [1]"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_followed_until_it_ends() -> Result<()> {
    let cluster = Cluster::start().await?;
    let opened = cluster.does("renter", &cluster.open()?)?;
    let lease = opened["lease"].as_str().context("no lease was opened")?.to_owned();
    // One that only subscribes, and one that only looks.
    let ws = cluster.net.validator.ws_url();
    let subscribed = cluster.watch(&format!("{lease} --every 1h --ws {ws}"))?;
    let looking = cluster.watch(&format!("{lease} --every 1s --ws ws://127.0.0.1:9"))?;
    std::thread::sleep(Duration::from_secs(3));
    cluster.does("renter", &format!("lease top-up {lease} 1"))?;
    std::thread::sleep(Duration::from_secs(2));
    cluster.does("renter", &format!("lease cancel {lease}"))?;
    for watch in [subscribed, looking] {
        let (status, lines) = ended(watch)?;
        assert_eq!(status, Some(10), "{lines:?}");
        let names: Vec<_> = lines
            .iter()
            .flat_map(|line| line["events"].as_array().into_iter().flatten())
            .map(|event| event["event"].clone())
            .collect();
        assert_eq!(names, ["LeaseToppedUp", "LeaseCancelled"], "{lines:?}");
        let last = lines.last().context("nothing was told")?;
        assert_eq!((&lines[0]["phase"], &last["closed"]), (&"pending".into(), &true.into()));
    }

    let opened = cluster.does("renter", &cluster.open()?)?;
    let lease = opened["lease"].as_str().context("no lease was opened")?.to_owned();
    std::fs::write(cluster.path("credentials.txt"), "ssh")?;
    cluster.does("provider", &format!("lease start {lease} --credentials credentials.txt"))?;
    let watch = cluster.watch(&format!("{lease} --every 1s"))?;
    std::thread::sleep(Duration::from_secs(1));
    cluster.wait(2 * 3_600).await?;
    let (status, lines) = ended(watch)?;
    assert_eq!(status, Some(0), "{lines:?}");
    assert_eq!(lines.last().context("nothing was told")?["phase"], "ending");
    Ok(())
}
