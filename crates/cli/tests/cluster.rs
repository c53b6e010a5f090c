//! What the command line does on a cluster: votes, giving up the upgrade authority, what the hot keys of both sides do,
//! what two parties sign apart, whom it pays, how a renter logs in and sets a guard up, and what it makes of a node that
//! cannot be trusted.

#[cfg(unix)]
#[path = "cluster/guard.rs"]
mod guard;
#[path = "cluster/nonce.rs"]
mod nonce;
#[path = "cluster/operator.rs"]
mod operator;
#[path = "cluster/ready.rs"]
mod ready;
#[path = "cluster/receiver.rs"]
mod receiver;
#[cfg(unix)]
#[path = "cluster/ssh.rs"]
mod ssh;
#[path = "cluster/tools.rs"]
mod tools;
#[path = "cluster/untrusted.rs"]
mod untrusted;

use anyhow::{Context as _, Result, ensure};
use gpu_lease_client::constants::{FEE_EPOCH, MAX_PAUSE};
use gpu_lease_localnet::{Localnet, Options};
use serde_json::Value;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};
use tempfile::TempDir;

const DAY: i64 = 24 * 3_600;

/// The names of integers that have at most 32 bits wherever they are bare numbers. All others are text.
const SMALL: [&str; 37] = [
    "bond_hours",
    "carbon_intensity",
    "challenge_window",
    "decimals",
    "duration",
    "execution_window",
    "extension",
    "fee_bps",
    "gini_bps",
    "gpus",
    "gpus_free",
    "gpus_in_use",
    "heartbeat_timeout",
    "leases",
    "max_duration",
    "max_fee_bps",
    "memory_gib",
    "min_duration",
    "notice",
    "opened_duration",
    "opened_gpus",
    "port",
    "previous_gpus",
    "quorum_bps",
    "revision",
    "sla_penalty_bps",
    "sla_uptime_bps",
    "timelock",
    "top_ten_bps",
    "version",
    "voting_period",
    "changes",
    "leases_started",
    "leases_completed",
    "leases_abandoned",
    "leases_disputed",
    "disputes_lost",
];

/// Requires what JavaScript and jq read exactly: no bare number but under those names.
fn require_exact(command: &str, name: &str, value: &Value) -> Result<()> {
    match value {
        Value::Number(_) => ensure!(SMALL.contains(&name), "{command}: {name} is a bare number: {value}"),
        Value::Array(values) => values.iter().try_for_each(|value| require_exact(command, name, value))?,
        Value::Object(fields) => {
            fields.iter().try_for_each(|(name, value)| require_exact(command, name, value))?
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
    Ok(())
}

/// What standard error says with `--output json`: a JSON object a line, the last of which is the error. Its kind is told by
/// the exit status, too.
fn error_of(output: &Output) -> Result<Value> {
    let said = String::from_utf8_lossy(&output.stderr);
    let lines = said.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>();
    let lines = lines.with_context(|| format!("standard error is not JSON: {said}"))?;
    let error =
        lines.last().and_then(|line| line.get("error")).with_context(|| format!("no error: {said}"))?;
    let kinds = [
        "",
        "failed",
        "usage",
        "pending",
        "refused",
        "node",
        "key",
        "cancelled",
        "expired",
        "output",
        "ended_early",
    ];
    let status = output.status.code().and_then(|code| kinds.get(usize::try_from(code).ok()?).copied());
    ensure!(error["kind"].as_str() == status, "{:?}: {error}", output.status);
    Ok(error.clone())
}

/// A local market, and a folder with everybody's key files.
struct Cluster {
    net: Localnet,
    folder: TempDir,
}

impl Cluster {
    async fn start() -> Result<Self> {
        let net = Localnet::start(Options::default(), |_| ()).await?;
        let folder = tempfile::tempdir()?;
        net.wallets.write_to(folder.path())?;
        Ok(Self { net, folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, wallet: &str, arguments: &str) -> Result<Output> {
        self.run_at(self.net.validator.rpc_url(), wallet, &format!("--output json {arguments}"))
    }

    /// Runs a command that talks to the node at `url`.
    fn run_at(&self, url: &str, wallet: &str, arguments: &str) -> Result<Output> {
        Ok(Command::new(env!("CARGO_BIN_EXE_gpu-lease"))
            .args(["-u", url, "-k", &format!("{wallet}.json")])
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .output()?)
    }

    /// What a command that succeeds prints.
    fn does(&self, wallet: &str, arguments: &str) -> Result<Value> {
        let output = self.run(wallet, arguments)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{wallet}: {arguments}: {said}");
        let json =
            serde_json::from_slice(&output.stdout).with_context(|| format!("{wallet}: {arguments}"))?;
        require_exact(arguments, "", &json)?;
        Ok(json)
    }

    /// Requires a command to be refused with these words.
    fn is_refused(&self, wallet: &str, arguments: &str, words: &str) -> Result<()> {
        let output = self.run(wallet, arguments)?;
        let error = error_of(&output)?;
        let number = error["number"]
            .as_u64()
            .map(|number| format!("({} {number})", error["name"].as_str().unwrap_or_default()));
        let said = format!("{}; {} {}", error["message"], error["advice"], number.unwrap_or_default());
        ensure!(said.contains(words), "{wallet}: {arguments}: {said}");
        ensure!(error["advice"].is_string(), "{wallet}: {arguments} says nothing about what to do: {said}");
        Ok(())
    }

    /// The command that opens a lease on the first offer for two hours, within limits.
    fn open(&self) -> Result<String> {
        let offer = self.net.offers.first().context("there is no offer")?;
        let limits = format!("--mint {} --max-price 2.49 --max-fee 1%", self.net.mint.address);
        Ok(format!("lease open {offer} --duration 2h --keys keys --yes {limits}"))
    }

    async fn wait(&self, seconds: i64) -> Result<()> {
        self.net.validator.travel_to(self.net.now().await?.saturating_add(seconds))
    }

    /// Waits into the next epoch in which fees are counted.
    async fn wait_for_epoch(&self) -> Result<()> {
        let epoch = i64::from(FEE_EPOCH);
        self.wait(epoch - self.net.now().await?.rem_euclid(epoch) + 60).await
    }

    /// The renter leases a GPU for two hours, is delivered all of it and closes with the provider.
    async fn play_lease(&self) -> Result<()> {
        let opened = self.does("renter", &self.open()?)?;
        let lease = opened["lease"].as_str().context("no lease was opened")?.to_owned();
        fs::write(self.path("credentials.txt"), "ssh")?;
        self.does("provider", &format!("lease start {lease} --credentials credentials.txt"))?;
        self.wait(2 * 3_600).await?;
        self.does("attestor", &format!("attest sign {lease} --full --out usage.txt"))?;
        self.does("renter", "attest cosign usage.txt --out cosigned.txt --yes")?;
        self.does("keeper", "attest submit cosigned.txt")?;
        self.does(
            "renter",
            &format!("lease close {lease} --together --units 7200 --yes --with provider.json"),
        )?;
        Ok(())
    }

    fn votes(&self, id: u64) -> Result<(u64, u64)> {
        let shown = self.does("keeper", &format!("governance show {id}"))?;
        let votes = |side: &str| -> Result<u64> {
            Ok(shown["tokens"][side].as_str().context("no votes are shown")?.parse()?)
        };
        Ok((votes("votes_for")?, votes("votes_against")?))
    }
}

fn upgrade_authority(cluster: &Cluster) -> Result<Value> {
    Ok(cluster.does("keeper", "status")?["upgrade_authority"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fee_is_voted_on_by_owners_and_delegates_and_executed_by_anyone() -> Result<()> {
    let cluster = Cluster::start().await?;
    // A lock ends with an epoch: whether one of three days is too short depends on the day.
    cluster.wait_for_epoch().await?;
    cluster.wait(15 * DAY).await?;
    let (renter, holder) = (cluster.net.wallets.renter.pubkey(), cluster.net.wallets.holder.pubkey());
    cluster.is_refused("renter", "governance propose fee 1.5%", "are locked until after its vote")?;
    cluster.does("renter", "governance lock 10_000 --for 90d")?;
    cluster.does("holder", "governance lock 30_000 --for 90d")?;
    cluster.is_refused("provider", "governance lock 10 --for 3d", "6700")?;
    cluster.does("holder", &format!("governance delegate {renter}"))?;
    cluster.is_refused("renter", "governance propose fee 1.51%", "propose one from 0.5% to 1.5%")?;
    // A rise takes participants who could refuse it.
    cluster.is_refused("keeper", "governance propose fee 1.5%", "6811")?;
    let proposed = cluster.does("keeper", "governance propose fee 0.5%")?;
    assert_eq!(proposed["example"]["fee_after"], "500000");
    assert_eq!(proposed["example"]["payout_after"], "99500000");

    cluster.is_refused("attestor", "governance vote 0 for", "has locked no tokens")?;
    cluster.is_refused("provider", "governance vote 0 for", "has locked no tokens")?;
    cluster.does("renter", "governance vote 0 for")?;
    cluster.is_refused("renter", "governance vote 0 for", "voted so already")?;
    cluster.is_refused(
        "provider",
        &format!("governance vote 0 for --owner {holder}"),
        "is not the delegate",
    )?;
    cluster.does("renter", &format!("governance vote 0 for --owner {holder}"))?;
    assert_eq!(cluster.votes(0)?, (40_000_000_000, 0));
    cluster.does("holder", "governance vote 0 against")?;
    assert_eq!(cluster.votes(0)?, (10_000_000_000, 30_000_000_000));
    cluster.is_refused("renter", &format!("governance vote 0 for --owner {holder}"), "voted already")?;
    cluster.does("holder", "governance vote 0 for")?;
    cluster.is_refused("keeper", "governance execute 0", "the vote runs until")?;
    cluster.is_refused("renter", "governance reclaim", "are not decided")?;

    cluster.wait(5 * DAY).await?;
    cluster.is_refused("renter", "governance vote 0 against", "is over since")?;
    cluster.is_refused("keeper", "governance execute 0", "the timelock runs until")?;
    cluster.wait(3 * DAY).await?;
    let rehearsed = cluster.does("arbiter", "governance execute 0 --dry-run")?;
    assert_eq!(rehearsed["dry_run"], true);
    // It was not finalized: both in one transaction, by anyone.
    let executed = cluster.does("arbiter", "governance execute 0")?;
    let names: Vec<_> = executed["events"].as_array().context("no events")?.iter().collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(cluster.does("keeper", "governance status")?["fee_params"]["fee_bps"], 50);
    assert_eq!(cluster.does("keeper", "governance proposals")?[0]["phase"], "executed");
    assert_eq!(cluster.does("renter", "governance reclaim")?["closed"].as_array().map(Vec::len), Some(2));
    cluster.is_refused("renter", "governance unlock", "are locked until")
}

#[tokio::test(flavor = "multi_thread")]
async fn participants_refuse_a_rise_and_fees_go_to_the_treasury() -> Result<()> {
    let cluster = Cluster::start().await?;
    // Weight takes three epochs: it is three times the smallest.
    for _ in 0..3 {
        cluster.play_lease().await?;
        cluster.wait_for_epoch().await?;
    }
    cluster.does("holder", "governance lock 30_000 --for 90d")?;
    cluster.does("keeper", "governance propose fee 1.5%")?;
    let mint = cluster.net.mint.address;
    cluster.does("keeper", &format!("governance propose withdraw {mint}"))?;
    let treasury = Keypair::new().pubkey();
    cluster.does("keeper", &format!("governance propose treasury {treasury}"))?;
    for id in [0, 1, 2] {
        cluster.does("holder", &format!("governance vote {id} for"))?;
    }
    // The renter and the provider of the lease weigh the same, without any lock.
    cluster.is_refused("renter", "governance vote 1 against", "has locked no tokens")?;
    cluster.is_refused("renter", "governance vote 1 against --as fees", "before the fee rises")?;
    cluster.is_refused("renter", "governance vote 0 against --as tokens", "has locked no tokens")?;
    let by_renter = cluster.does("renter", "governance vote 0 against")?;
    let by_provider = cluster.does("provider", "governance vote 0 against --as fees")?;
    let weight = &by_renter["votes"][0]["weight"];
    assert!(weight.as_str().is_some_and(|weight| weight != "0"));
    assert_eq!(weight, &by_provider["votes"][0]["weight"]);
    let shown = cluster.does("keeper", "governance show 0")?;
    assert_eq!(shown["participants"]["votes_against"], shown["participants"]["electorate"]);
    let status = cluster.does("keeper", "governance status")?;
    assert_eq!(status["participants_house"]["concentration"]["holders"], "2");
    assert_eq!(status["participants_house"]["weight"], shown["participants"]["electorate"]);

    cluster.wait(8 * DAY).await?;
    cluster.is_refused("keeper", "governance execute 0", "did not pass")?;
    cluster.does("keeper", "governance finalize 0")?;
    assert_eq!(cluster.does("keeper", "governance show 0")?["state"], "failed");
    // The new treasury has no token account yet.
    cluster.does("keeper", "governance execute 2")?;
    let executed = cluster.does("keeper", "governance execute 1")?;
    assert_eq!(&executed["fee_vault_balance"], weight);
    let account = cluster.net.token_account(&treasury);
    let balance = cluster.net.client.token_balance(&account).await?.context("the treasury got nothing")?;
    assert_eq!(&Value::from(balance.amount.to_string()), weight);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guardian_pauses_new_leases_for_a_while() -> Result<()> {
    let cluster = Cluster::start().await?;
    cluster.is_refused("renter", "guardian pause", "is not the guardian")?;
    cluster.is_refused("guardian", "guardian unpause", "are not paused")?;
    cluster.does("guardian", "guardian pause 2h")?;
    assert_eq!(cluster.does("keeper", "status")?["paused"], true);
    let open = cluster.open()?;
    cluster.is_refused("renter", &open, "6102")?;
    cluster.is_refused("guardian", "guardian pause", "pause again from")?;
    cluster.does("guardian", "guardian unpause")?;
    cluster.does("renter", &open)?;
    cluster.is_refused("guardian", "guardian pause", "the last pause ended at")?;
    cluster.wait(i64::from(MAX_PAUSE)).await?;
    cluster.does("guardian", "guardian pause")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_without_votes_is_taken_back() -> Result<()> {
    let cluster = Cluster::start().await?;
    cluster.does("renter", "governance lock 10_000 --for 90d")?;
    cluster.does("keeper", "governance propose rules --quorum 20% --timelock 2d")?;
    cluster.is_refused("renter", "governance cancel 0", "is not the wallet that made the proposal")?;
    cluster.does("keeper", "governance cancel 0")?;
    cluster.is_refused("renter", "governance vote 0 for", "was taken back")?;
    cluster.is_refused("keeper", "governance show 7", "there is no proposal 7")?;
    let wallet = Keypair::new().pubkey();
    cluster.does("keeper", &format!("governance propose guardian {wallet}"))?;
    cluster.does("renter", "governance vote 1 against")?;
    cluster.is_refused("keeper", "governance cancel 1", "6803")?;
    // The lock has voted, so that adding to it costs it nothing; with a vote left it asks.
    cluster.does("renter", "governance lock 5")?;
    cluster.does("keeper", "governance propose fee 0.9%")?;
    cluster.is_refused("renter", "governance lock 5", "pass --yes")?;
    cluster.does("renter", "governance lock 5 --yes")?;
    cluster.is_refused("renter", "governance vote 2 for", "votes on later ones only")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upgrade_authority_is_given_up_if_the_configuration_says_so() -> Result<()> {
    let cluster = Cluster::start().await?;
    let (deployer, mint) = (cluster.net.wallets.deployer.pubkey(), cluster.net.mint.address);
    let protocol = cluster.net.client.protocol().await?;
    let configure = |rest: String| {
        let someone = Address::new_from_array([7; 32]);
        let roles = ["guardian", "arbiter", "treasury"].map(|role| format!("{role}: {someone}\n")).concat();
        let mints = format!("vote_mint: {}\nunit_mint: {}\n", protocol.vote_mint, protocol.unit_mint);
        fs::write(cluster.path("market.yml"), format!("{mints}{roles}fee_bps: 100\nmints: [{mint}]\n{rest}"))
    };

    configure(String::new())?;
    let migrated = cluster.does("deployer", "migrate market.yml")?;
    assert_eq!(migrated["applied"], serde_json::json!([]));
    assert_eq!(migrated["not_asked"][0]["name"], "m0003_give_up_upgrade_authority");
    assert_eq!(cluster.does("deployer", "migrate market.yml --plan")?[2]["status"], "not_asked");
    assert_eq!(upgrade_authority(&cluster)?, deployer.to_string());

    let council = cluster.net.wallets.arbiter.pubkey();
    configure(format!("upgrade_authority: {council}\n"))?;
    cluster.is_refused("renter", "migrate market.yml --yes", "Only the program's upgrade authority")?;
    cluster.is_refused("deployer", "migrate market.yml", "cannot ask for confirmation")?;
    assert_eq!(upgrade_authority(&cluster)?, deployer.to_string());
    let migrated = cluster.does("deployer", "migrate market.yml --yes")?;
    assert_eq!(migrated["applied"][0]["name"], "m0003_give_up_upgrade_authority");
    assert_eq!(upgrade_authority(&cluster)?, council.to_string());
    assert_eq!(cluster.does("deployer", "migrate market.yml")?["applied"], serde_json::json!([]));

    configure("upgrade_authority: none\n".to_owned())?;
    cluster.is_refused("deployer", "migrate market.yml --yes", "Only the program's upgrade authority")?;
    cluster.does("arbiter", "migrate market.yml --yes")?;
    assert_eq!(upgrade_authority(&cluster)?, Value::Null);
    assert_eq!(cluster.does("arbiter", "migrate market.yml --plan")?[2]["status"], "done");
    configure(format!("upgrade_authority: {council}\n"))?;
    cluster.is_refused("arbiter", "migrate market.yml --yes", "no longer has an upgrade authority")
}
