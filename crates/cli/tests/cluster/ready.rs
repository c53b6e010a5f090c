//! Who opens a lease and waits until the provider has started it.

use super::Cluster;
use anyhow::{Result, ensure};
use gpu_lease_client::{address, ssh::SshAccess};
use solana_signer::Signer;
use std::{fs, process::Output, thread};

impl Cluster {
    /// Opens a lease and waits, while the provider starts it with these credentials as soon as it is there.
    fn opens(&self, number: u64, credentials: &[u8], options: &str) -> Result<Output> {
        fs::write(self.path("credentials"), credentials)?;
        let lease = address::lease(&self.net.wallets.renter.pubkey(), number);
        let start = format!("lease start {lease} --credentials credentials");
        thread::scope(|scope| {
            let provider = scope.spawn(|| {
                let started = || self.run("provider", &start).is_ok_and(|output| output.status.success());
                (0..100).any(|_| started())
            });
            let open = format!("{} --number {number} {options}", self.open()?);
            let output = self.run_at(self.net.validator.rpc_url(), "renter", &open);
            ensure!(provider.join().is_ok_and(|is_started| is_started), "the lease was not started");
            output
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_told_when_the_lease_is_ready_and_how_to_log_in() -> Result<()> {
    let cluster = Cluster::start().await?;
    let renter = cluster.net.wallets.renter.pubkey();
    let file = |number| format!("keys/{}.key", address::lease(&renter, number));

    let ssh = SshAccess::new("gpu-7.example.org", 22, [3; 32], Some([4; 32]))?.to_bytes();
    let opened = cluster.opens(1, &ssh, "--wait=60s --output json")?;
    let opened: serde_json::Value = serde_json::from_slice(&opened.stdout)?;
    super::require_exact("lease open", "", &opened)?;
    let seconds: u64 = opened["ready_in"].as_str().unwrap_or_default().parse()?;
    assert!((1..60).contains(&seconds), "{opened}");
    let lease = address::lease(&renter, 1);
    assert_eq!(opened["log_in"], format!("gpu-lease lease ssh {lease} --access-key {}", file(1)));

    // Credentials for people are not for `ssh`.
    let output = cluster.opens(2, b"call us", "--wait")?;
    let said = String::from_utf8(output.stdout)?;
    let lease = address::lease(&renter, 2);
    let command = format!("s: gpu-lease lease access {lease} --access-key {}", file(2));
    assert!(said.starts_with("Opened the lease") && said.contains("Ready in "), "{said}");
    assert!(said.contains(&command), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_nobody_starts_in_time_is_open_all_the_same() -> Result<()> {
    let cluster = Cluster::start().await?;
    let opened = cluster.does("renter", &format!("{} --wait=1s", cluster.open()?))?;
    assert!(opened["ready_in"].is_null() && opened["log_in"].is_null(), "{opened}");
    let lease = opened["lease"].as_str().unwrap_or_default();
    assert_eq!(cluster.does("renter", &format!("lease show {lease}"))?["phase"], "pending");
    // Nothing is sent, so there is nothing to wait for.
    for option in ["--dry-run", "--out file"] {
        cluster.is_refused(
            "renter",
            &format!("{} --wait {option}", cluster.open()?),
            "cannot be used with",
        )?;
    }
    Ok(())
}
