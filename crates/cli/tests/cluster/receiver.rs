//! Parties whose associated token accounts cannot be paid into.

use super::Cluster;
use anyhow::{Context as _, Result};
use gpu_lease_client::account::MintRef;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::fs;

impl Cluster {
    /// Gives a wallet's associated token account away.
    async fn give_away(&self, wallet: &Keypair) -> Result<()> {
        let account = self.net.token_account(&wallet.pubkey());
        // The token program's `SetAuthority`: the byte 6, the owner's number 2, and the new one.
        let give = Instruction {
            program_id: self.net.mint.token_program,
            accounts: vec![
                AccountMeta::new(account, false),
                AccountMeta::new_readonly(wallet.pubkey(), true),
            ],
            data: [&[6, 2, 1][..], Keypair::new().pubkey().as_ref()].concat(),
        };
        self.net.client.send(&[give], wallet, &[]).await?;
        Ok(())
    }

    /// What a wallet has of the leases' mint, in all its token accounts.
    async fn tokens(&self, wallet: &Address) -> Result<u64> {
        let tokens = self.net.client.tokens_of(wallet).await?;
        let of_mint = tokens.iter().filter(|token| token.mint == self.net.mint.address);
        Ok(of_mint.map(|token| token.amount).sum())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parties_are_paid_whatever_became_of_their_accounts() -> Result<()> {
    let cluster = Cluster::start().await?;
    let wallets = &cluster.net.wallets;
    let [renter, provider] = [&wallets.renter, &wallets.provider].map(|wallet| wallet.pubkey());
    let opened = cluster.does("renter", &cluster.open()?)?;
    let lease: Address = opened["lease"].as_str().context("no lease was opened")?.parse()?;
    fs::write(cluster.path("credentials.txt"), "ssh")?;
    cluster.does("provider", &format!("lease start {lease} --credentials credentials.txt"))?;
    cluster.wait(3_600).await?;
    cluster.does("attestor", &format!("attest sign {lease} --gpu-seconds 3600 --out usage.txt"))?;
    cluster.does("renter", "attest cosign usage.txt --out cosigned.txt --yes")?;
    cluster.does("keeper", "attest submit cosigned.txt")?;

    cluster.give_away(&wallets.provider).await?;
    assert_eq!(cluster.tokens(&provider).await?, 0);
    cluster.does("keeper", &format!("settle {lease}"))?;
    // An hour of 2.49, less the fee of 1 %.
    assert_eq!(cluster.tokens(&provider).await?, 2_465_100);
    let mint = MintRef { mint: cluster.net.mint.address, token_program: cluster.net.mint.token_program };
    let found = cluster.net.client.receiver(&provider, &mint, &renter).await?;
    assert!(found.create.is_empty(), "the account that was made is used again: {found:?}");

    // What creates an account stands in what the other party signs.
    cluster.give_away(&wallets.renter).await?;
    cluster.net.slow_down()?;
    let close = format!("lease close {lease} --together --units 3600 --yes --out close.txt");
    cluster.does("provider", &close)?;
    cluster.does("renter", "sign close.txt --yes")?;
    assert_eq!(cluster.tokens(&renter).await?, 2_490_000);
    // The bond is back, too.
    assert_eq!(cluster.tokens(&provider).await?, 2_465_100 + 4_980_000);
    Ok(())
}
