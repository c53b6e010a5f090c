//! What a provider's operator and a renter's session key do on the command line, and what they are told they may not.

use super::Cluster;
use anyhow::{Context as _, Result, ensure};
use gpu_lease_client::{account::LeaseContext, address, state::LeaseState};
use gpu_lease_localnet::{Proxy, Treatment};
use serde_json::{Value, json};
use solana_address::Address;
use solana_signer::Signer;
use std::fs;

/// What the provider has paid into its bond account when the market opens.
const BONDS: u64 = 1_000_000_000;

/// Two hours of the price of one H100.
const BOND: u64 = 4_980_000;

/// An integer of 64 bits.
fn number(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

impl Cluster {
    /// Opens a lease on one H100 for so long, with other options behind.
    fn opened_for(&self, duration: &str, rest: &str) -> Result<Address> {
        let open = self.open()?.replace("--duration 2h", &format!("--duration {duration}"));
        let opened = self.does("renter", &format!("{open} {rest}"))?;
        Ok(opened["lease"].as_str().context("no lease was opened")?.parse()?)
    }

    /// The command that starts a lease with these credentials.
    fn start_with(&self, lease: &Address, credentials: &str) -> Result<String> {
        fs::write(self.path("credentials.txt"), credentials)?;
        Ok(format!("lease start {lease} --credentials credentials.txt"))
    }

    async fn lease(&self, lease: &Address) -> Result<LeaseContext> {
        Ok(self.net.client.lease(lease).await?)
    }

    async fn bonds(&self) -> Result<u64> {
        let balance = self.net.client.token_balance(&self.net.bond_account()).await?;
        Ok(balance.context("there is no bond account")?.amount)
    }

    /// Claims so many GPU-seconds.
    fn claim(&self, lease: &Address, gpu_seconds: u64) -> Result<()> {
        self.does("attestor", &format!("attest sign {lease} --gpu-seconds {gpu_seconds} --out usage.txt"))?;
        self.does("keeper", "attest submit usage.txt")?;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_starts_moves_and_closes_leases_with_bonds_that_it_cannot_take() -> Result<()> {
    let cluster = Cluster::start().await?;
    let lease = cluster.opened_for("2h", "")?;
    let start = cluster.start_with(&lease, "ssh one")?;
    cluster.is_refused("keeper", &start, "neither the lease's provider nor its operator")?;
    let shown = cluster.does("operator", "provider show")?;
    assert_eq!(shown["operator"], cluster.net.wallets.operator.pubkey().to_string());
    assert_eq!(shown["bond_accounts"][0]["holds"], BONDS.to_string());
    cluster.does("operator", &start)?;
    assert_eq!(cluster.lease(&lease).await?.bond_is_pooled, 1);
    assert_eq!(cluster.bonds().await?, BONDS - BOND);
    let bonds = cluster.does("operator", "provider bond show")?;
    assert_eq!(
        (&bonds[0]["holds"], &bonds[0]["in_leases"]),
        (&json!((BONDS - BOND).to_string()), &json!(BOND.to_string()))
    );
    assert_eq!(cluster.does("operator", "lease list")?[0]["address"], lease.to_string());

    let access = format!("lease access {lease} --keys keys");
    let first = cluster.does("renter", &access)?;
    assert_eq!((&first["credentials"], &first["published_as"]), (&json!("ssh one"), &json!("operator")));
    fs::write(cluster.path("credentials.txt"), "ssh two")?;
    let publish = format!("lease publish-access {lease} --credentials credentials.txt");
    cluster.is_refused("renter", &publish, "neither the lease's provider nor its operator")?;
    cluster.does("operator", &publish)?;
    let second = cluster.does("renter", &access)?;
    assert_eq!((&second["credentials"], &second["published_as"]), (&json!("ssh two"), &json!("operator")));
    assert!(number(&second["slot"]) > number(&first["slot"]));
    fs::write(cluster.path("credentials.txt"), "ssh three")?;
    cluster.does("provider", &publish)?;
    let third = cluster.does("renter", &access)?;
    assert_eq!((&third["credentials"], &third["published_as"]), (&json!("ssh three"), &json!("wallet")));

    cluster.is_refused("operator", &format!("lease terminate {lease}"), "the provider owes notice")?;
    cluster.wait(3_600).await?;
    cluster.claim(&lease, 3_600)?;
    let close = format!("lease close {lease} --together --yes");
    for less in ["--units 3599", "--units 3600 --credit 1"] {
        for signs in ["--with operator.json", "--by-operator --out half.txt"] {
            let words = "may only sign that all of the 3600 claimed GPU-seconds";
            cluster.is_refused("renter", &format!("{close} {less} {signs}"), words)?;
        }
    }
    cluster.net.slow_down()?;
    cluster.does("renter", &format!("{close} --units 3600 --by-operator --out half.txt"))?;
    let shown = cluster.run_at(cluster.net.validator.rpc_url(), "operator", "sign half.txt --dry-run")?;
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(text.contains(&format!("its operator {}", cluster.net.wallets.operator.pubkey())), "{text}");
    cluster.does("operator", "sign half.txt --yes")?;
    assert_eq!(cluster.bonds().await?, BONDS);

    cluster.is_refused("operator", "provider bond withdraw 1", "is not the provider's wallet")?;
    cluster.is_refused("provider", "provider bond withdraw 1000.01", "the bond account holds 1000.00")?;
    let withdrawn = cluster.does("provider", "provider bond withdraw all")?;
    assert_eq!(withdrawn["events"][0]["amount"], BONDS.to_string());
    assert_eq!(cluster.bonds().await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_bond_account_is_noticed_before_a_start_and_filled_by_anyone() -> Result<()> {
    let cluster = Cluster::start().await?;
    cluster.does("provider", "provider bond withdraw all")?;
    let lease = cluster.opened_for("2h", "")?;
    let start = cluster.start_with(&lease, "ssh")?;
    cluster.is_refused("operator", &start, "a bond of 4.98 ")?;
    cluster.is_refused("provider", &format!("{start} --from-bond-account"), "provider bond pay-in 4.98")?;
    cluster.is_refused("keeper", "provider bond pay-in 5", "is not registered as a provider")?;
    let provider = address::provider(&cluster.net.wallets.provider.pubkey());
    let pay_in = format!("provider bond pay-in 5 --provider {provider}");
    cluster.is_refused("keeper", &pay_in, "holds none of the mint")?;
    cluster.does("sponsor", &pay_in)?;
    assert_eq!(cluster.bonds().await?, 5_000_000);
    cluster.does("operator", &start)?;
    assert_eq!(cluster.bonds().await?, 5_000_000 - BOND);

    // It grows out of the same account, signed by either of the provider's keys.
    let grow = format!("lease resize {lease} --gpus 2");
    let by_operator = format!("{grow} --with operator.json");
    cluster.is_refused("renter", &by_operator, "the provider's bond account holds 0.02")?;
    cluster.does("sponsor", &pay_in)?;
    let grown = cluster.does("renter", &by_operator)?;
    assert_eq!(grown["provider_key"], cluster.net.wallets.operator.pubkey().to_string());
    assert_eq!(cluster.lease(&lease).await?.ledger.bond, 2 * BOND);
    assert_eq!(cluster.bonds().await?, 10_000_000 - 2 * BOND);

    // Two GPUs use the deposit for one up in half of the time: a second later the operator may leave.
    let leave = format!("lease terminate {lease}");
    cluster.is_refused("operator", &leave, "the deposit pays until")?;
    cluster.wait(3_601).await?;
    let left = cluster.does("operator", &leave)?;
    assert_eq!(left["events"][0]["reason"], "exhausted");

    // What the wallet starts out of its own account goes back there.
    let own = cluster.opened_for("2h", "")?;
    cluster.does("provider", &cluster.start_with(&own, "ssh")?)?;
    assert_eq!(cluster.lease(&own).await?.bond_is_pooled, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_changes_the_keys_that_it_names_and_a_buyer_names_its_own() -> Result<()> {
    let cluster = Cluster::start().await?;
    let wallets = &cluster.net.wallets;
    let (attestor, operator) = (wallets.attestor.pubkey(), wallets.operator.pubkey());
    let (new, sponsor) = (wallets.delegate.pubkey(), wallets.sponsor.pubkey());
    let keys = || -> Result<(Value, Value)> {
        let shown = cluster.does("provider", "provider show")?;
        Ok((shown["attestor"].clone(), shown["operator"].clone()))
    };
    cluster.is_refused("provider", &format!("provider update --operator {operator}"), "keys already")?;
    cluster.is_refused("operator", "provider update --operator none", "is not the provider's wallet")?;
    cluster.does("provider", &format!("provider update --attestor {new}"))?;
    assert_eq!(keys()?, (json!(new.to_string()), json!(operator.to_string())));
    cluster.does("provider", "provider update --operator none")?;
    assert_eq!(keys()?, (json!(new.to_string()), Value::Null));
    let lease = cluster.opened_for("2h", "")?;
    let start = cluster.start_with(&lease, "ssh")?;
    cluster.is_refused("operator", &start, "is not the lease's provider")?;
    cluster.does("provider", &format!("provider update --attestor {attestor} --operator {operator}"))?;

    let provider = address::provider(&wallets.provider.pubkey());
    cluster.does("provider", &format!("provider nominate {sponsor}"))?;
    cluster.does("sponsor", &format!("provider accept {provider} --attestor {new}"))?;
    let sold = cluster.does("sponsor", "provider show")?;
    assert_eq!((&sold["attestor"], &sold["operator"]), (&json!(new.to_string()), &Value::Null));
    // The bonds that lie there are the buyer's.
    cluster.does("sponsor", "provider bond withdraw 7")?;
    assert_eq!(cluster.bonds().await?, BONDS - 7_000_000);
    let registered =
        cluster.does("keeper", &format!("provider register --attestor {new} --operator {operator}"))?;
    assert_eq!(registered["operator"], operator.to_string());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_key_disputes_gives_notice_and_expires_for_the_renter() -> Result<()> {
    let cluster = Cluster::start().await?;
    let guard = cluster.net.wallets.delegate.pubkey();
    let running = || -> Result<Address> {
        let lease = cluster.opened_for("9h", &format!("--session-key {guard}"))?;
        cluster.does("provider", &cluster.start_with(&lease, "ssh")?)?;
        Ok(lease)
    };
    let (disputed, noticed, silent) = (running()?, running()?, running()?);
    assert_eq!(cluster.does("delegate", "lease list")?.as_array().map(Vec::len), Some(3));
    cluster.wait(3_600).await?;
    cluster.claim(&disputed, 3_600)?;
    let dispute = format!("dispute open {disputed} --units 100 --yes");
    cluster.is_refused("keeper", &dispute, "neither the lease's renter nor its session key")?;
    cluster.is_refused("delegate", &dispute, "holds none of the mint")?;
    cluster.does("delegate", &format!("{dispute} --payer sponsor.json"))?;
    assert!(cluster.lease(&disputed).await?.state == LeaseState::Disputed);

    cluster.is_refused(
        "keeper",
        &format!("lease terminate {noticed}"),
        "neither the renter, its session key",
    )?;
    let notice = cluster.does("delegate", &format!("lease terminate {noticed}"))?;
    assert_eq!(notice["events"][0]["reason"], "renter_notice");

    cluster.wait(2 * 3_600).await?;
    let expire = format!("lease expire {silent}");
    cluster.is_refused("keeper", &expire, "usage is attested until")?;
    let expired = cluster.does("delegate", &expire)?;
    assert_eq!(expired["events"][0]["reason"], "abandoned");

    // A key of the provider's could accept the provider's own claims.
    let attestor = cluster.net.wallets.attestor.pubkey();
    let words = "is one of the provider's keys";
    cluster.is_refused("renter", &format!("lease session-key {} {attestor}", running()?), words)?;
    Ok(())
}

/// Two leases that run for an hour.
async fn two_leases(cluster: &Cluster) -> Result<[Address; 2]> {
    let leases = [cluster.opened_for("2h", "")?, cluster.opened_for("2h", "")?];
    for (lease, by) in leases.iter().zip(["provider", "operator"]) {
        cluster.does(by, &cluster.start_with(lease, "ssh")?)?;
    }
    cluster.wait(3_600).await?;
    Ok(leases)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_states_the_usage_of_leases_at_once_and_tells_which_were_applied() -> Result<()> {
    let cluster = Cluster::start().await?;
    let [one, two] = two_leases(&cluster).await?;
    let sign = |rows: &str| format!("attest batch sign {rows} --out batch.txt");
    cluster.is_refused(
        "attestor",
        &sign(&format!("{one}=3000 {two}=99999999")),
        "1 of 2 leases would be skipped",
    )?;
    cluster.is_refused("attestor", &sign(&format!("{one}=3000 {one}=3000")), "named twice")?;
    cluster.is_refused("provider", &sign(&format!("{one}=3000")), "is not a party to this lease")?;
    let signed = cluster.does("attestor", &sign(&format!("{one}=3000,700 {two}=full")))?;
    let rows = signed["rows"].as_array().context("no rows")?;
    let row = |lease: &Address| rows.iter().find(|row| row["lease"] == lease.to_string());
    assert_eq!(row(&one).context("a row is missing")?["energy_wh"], "700");
    assert!(number(&row(&two).context("a row is missing")?["gpu_seconds"]) >= Some(3_600));

    cluster.is_refused("keeper", "attest batch cosign batch.txt --yes", "is not a party to any lease")?;
    cluster.is_refused("renter", "attest batch cosign batch.txt", "cannot ask for confirmation")?;
    let asked = cluster.run("renter", "attest batch cosign batch.txt --out cosigned.txt --yes")?;
    ensure!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let words = String::from_utf8_lossy(&asked.stderr).into_owned();
    for shown in
        ["this usage report of 2 leases", "renter", "accepted at once", "you can challenge them no longer"]
    {
        assert!(words.contains(shown), "{shown}: {words}");
    }

    // The one is stated by itself before: its row repeats that, and is skipped.
    cluster.claim(&one, 3_100)?;
    let submit = "attest batch submit batch.txt cosigned.txt";
    let rehearsed = cluster.does("keeper", &format!("{submit} --dry-run"))?;
    assert_eq!(rehearsed["applied"], json!([two.to_string()]));
    let submitted = cluster.does("keeper", submit)?;
    let forecast = submitted["rows"].as_array().context("no forecast")?;
    let forecast = |lease: &Address| forecast.iter().find(|row| row["lease"] == lease.to_string());
    assert_eq!(forecast(&one).context("a row is missing")?["forecast"], "skipped");
    assert_eq!(forecast(&two).context("a row is missing")?["forecast"], "accepted");
    assert_eq!(submitted["applied"], json!([two.to_string()]));
    assert_eq!(submitted["skipped"], json!([one.to_string()]));
    assert_eq!(submitted["events"][0]["event"], "BatchAttested");
    let (first, second) = (cluster.lease(&one).await?.meter, cluster.lease(&two).await?.meter);
    assert_eq!((first.latest.units, first.accepted, first.energy_wh), (3_100, 0, 0));
    assert!(second.accepted >= 3_600);
    cluster.is_refused("keeper", submit, "nothing of this batch would be applied")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_signed_offline_and_its_table_says_what_will_be() -> Result<()> {
    let cluster = Cluster::start().await?;
    let [one, two] = two_leases(&cluster).await?;
    for (lease, file) in [(one, "one.json"), (two, "two.json")] {
        cluster.does("keeper", &format!("lease show {lease} --save {file}"))?;
    }
    let until = cluster.net.now().await?;
    let offline =
        |rows: &str| format!("attest batch sign {rows} --until {until} --account one.json --out batch.txt");
    let nowhere = "http://127.0.0.1:1";
    let refused = cluster.run_at(nowhere, "attestor", &offline(&format!("{one}=3000 {two}=3000")))?;
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(words.contains(&format!("no file holds the lease {two}")), "{words}");
    let rows = format!("{one}=3000 {two}=3000 --account two.json");
    let signed = cluster.run_at(nowhere, "attestor", &offline(&rows))?;
    ensure!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    let submitted =
        cluster.run_at(cluster.net.validator.rpc_url(), "keeper", "attest batch submit batch.txt")?;
    let said = String::from_utf8_lossy(&submitted.stderr).into_owned();
    ensure!(submitted.status.success(), "{said}");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said.matches("a claim, accepted in 30m unless challenged").count(), 2, "{said}");
    assert!(String::from_utf8_lossy(&submitted.stdout).contains("2 of 2 leases"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_count_only_once_their_start_is_confirmed() -> Result<()> {
    let cluster = Cluster::start().await?;
    let lease = cluster.opened_for("2h", "")?;
    // A start that is refused publishes nothing that counts.
    cluster.does("provider", "provider bond withdraw all")?;
    let access = format!("lease access {lease} --keys keys");
    cluster.is_refused("renter", &access, "has not started the lease yet")?;

    // A node whose confirmed state is behind what it has processed.
    let proxy = Proxy::start(cluster.net.validator.rpc_url()).await?;
    let pending = cluster.net.client.account(&lease).await?.context("there is no lease")?;
    let pending = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &pending.data);
    cluster.does("provider", &cluster.start_with(&lease, "ssh")?)?;
    let watched = lease.to_string();
    proxy.script(move |request| {
        let is_confirmed = request.params[1]["commitment"] == "confirmed";
        let asks = request.params[0].as_array().and_then(|keys| keys.iter().position(|key| *key == watched));
        match (request.method.as_str(), asks) {
            ("getMultipleAccounts", Some(index)) if is_confirmed => {
                let pending = pending.clone();
                Treatment::PassAndChange(Box::new(move |result| {
                    result["value"][index]["data"][0] = json!(pending);
                }))
            }
            _ => Treatment::Pass,
        }
    });
    let output = cluster.run_at(proxy.url(), "renter", &format!("--commitment processed {access}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(said.contains("no start of the lease") && said.contains("is confirmed"), "{said}");
    proxy.script(|_| Treatment::Pass);
    let output = cluster.run_at(proxy.url(), "renter", &format!("--commitment processed {access}"))?;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ssh\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("by the provider's wallet"));
    Ok(())
}
