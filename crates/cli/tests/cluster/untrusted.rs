//! What the command line makes of a node that loses answers, refuses and lies, and of parties that do.

use super::Cluster;
use anyhow::{Context as _, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use gpu_lease_client::{
    account::ProviderRef,
    instruction::{self, OpenLease},
    program::state::{LeaseRequest, Listing},
    text,
};
use gpu_lease_localnet::{Proxy, Request, Treatment};
use serde_json::{Value, json};
use solana_address::Address;
use solana_signer::Signer;
use std::{fs, process::Output};

/// Exit status when nobody said what became of a transaction.
const NOT_KNOWN: Option<i32> = Some(3);

/// What a node says that keeps no transactions.
const NO_HISTORY: i64 = -32_011;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json_of(output: &Output) -> Result<Value> {
    ensure!(output.status.success(), "{}", said(output));
    Ok(serde_json::from_slice(&output.stdout)?)
}

impl Cluster {
    /// `text` without the currency of the market's money, which must have been there.
    fn without_currency(&self, text: &str) -> String {
        let mint = self.net.mint.address.to_string();
        let currency = format!(" {}…{}", &mint[..4], &mint[mint.len() - 4..]);
        assert!(text.contains(&currency), "{currency}: {text}");
        text.replace(&currency, "")
    }

    async fn proxied(&self) -> Result<Proxy> {
        Proxy::start(self.net.validator.rpc_url()).await
    }

    pub async fn opened(&self) -> Result<Address> {
        let opened = self.does("renter", &self.open()?)?;
        Ok(opened["lease"].as_str().context("no lease was opened")?.parse()?)
    }

    async fn deposited(&self, lease: &Address) -> Result<u64> {
        Ok(self.net.client.lease(lease).await?.ledger.deposited)
    }

    /// How many transactions are written down.
    fn pending(&self) -> usize {
        fs::read_dir(self.path(".config/gpu-lease/pending")).map_or(0, Iterator::count)
    }
}

/// The id of the transaction that a request sends.
fn sent(request: &Request) -> Vec<u8> {
    BASE64_STANDARD.decode(request.params[0].as_str().unwrap_or_default()).unwrap_or_default()
}

/// Requires one transaction to have been sent, however often.
fn require_same_bytes(proxy: &Proxy) -> Result<()> {
    let requests = proxy.requests("sendTransaction");
    let first = requests.first().context("nothing was sent")?;
    ensure!(requests.len() > 1, "it was sent once only");
    ensure!(requests.iter().all(|request| sent(request) == sent(first)), "other bytes were sent");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_top_up_whose_answers_are_lost_is_paid_once_and_known_to_be() -> Result<()> {
    let cluster = Cluster::start().await?;
    let (proxy, lease) = (cluster.proxied().await?, cluster.opened().await?);
    let before = cluster.deposited(&lease).await?;
    // As the audit tried it: no history, a 502 for what was passed on, and 429 for a while.
    proxy.script(|request| match (request.method.as_str(), request.number) {
        ("sendTransaction", _) => Treatment::PassAndFail(502),
        ("getSignatureStatuses", 0..20) => Treatment::Fail(429),
        ("getTransaction", _) => Treatment::Refuse(NO_HISTORY, "Transaction history is not available"),
        _ => Treatment::Pass,
    });
    let output = cluster.run_at(proxy.url(), "renter", &format!("--output json lease top-up {lease} 10"))?;
    let topped_up = json_of(&output)?;
    assert_eq!(topped_up["network_fee"], Value::Null);
    assert!(topped_up["signature"].is_string());
    assert_eq!(cluster.deposited(&lease).await?, before + 10_000_000);
    assert_eq!(cluster.pending(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_no_answer_sends_the_same_bytes_and_pays_nothing_twice() -> Result<()> {
    let cluster = Cluster::start().await?;
    let (proxy, lease) = (cluster.proxied().await?, cluster.opened().await?);
    let before = cluster.deposited(&lease).await?;
    let top_up = format!("lease top-up {lease} 10");
    for treat in [|| Treatment::PassAndFail(502), || Treatment::PassAndDrop] {
        proxy.script(move |request| match request.method.as_str() {
            "sendTransaction" => treat(),
            "getSignatureStatuses" | "getEpochInfo" => Treatment::Fail(429),
            _ => Treatment::Pass,
        });
        // It is sent again after two seconds at the earliest, and later on a machine that is busy.
        let lost = cluster.run_at(proxy.url(), "renter", &format!("--patience 8s {top_up}"))?;
        assert_eq!(lost.status.code(), NOT_KNOWN, "{}", said(&lost));
        assert!(lost.stdout.is_empty());
        let words = said(&lost);
        assert!(words.contains("it is not known whether transaction"), "{words}");
        assert!(words.contains("`gpu-lease pending` looks again"), "{words}");
        require_same_bytes(&proxy)?;
        assert_eq!(cluster.pending(), 1);

        // The same again, still in the dark: the same bytes.
        let first = sent(&proxy.requests("sendTransaction")[0]);
        let again = cluster.run_at(proxy.url(), "renter", &format!("--patience 2s {top_up}"))?;
        assert_eq!(again.status.code(), NOT_KNOWN, "{}", said(&again));
        assert!(proxy.requests("sendTransaction").iter().all(|request| sent(request) == first));

        // Nor is anything else sent by this wallet's owner meanwhile.
        let other =
            cluster.run_at(proxy.url(), "renter", &format!("--patience 2s lease top-up {lease} 5"))?;
        assert_eq!(other.status.code(), NOT_KNOWN, "{}", said(&other));
        assert!(proxy.requests("sendTransaction").iter().all(|request| sent(request) == first));

        let found = cluster.does("renter", &top_up)?;
        assert_eq!(found["sent_before"], true);
        assert_eq!(found["lease"], lease.to_string());
        assert_eq!(found["events"][0]["amount"], "10000000");
        let signature = found["signature"].as_str().context("no signature")?;
        assert!(words.contains(signature), "the error names the transaction: {words}");
        assert_eq!(cluster.pending(), 0);
    }
    // Two commands, two payments, each of which never had an answer.
    assert_eq!(cluster.deposited(&lease).await?, before + 20_000_000);
    cluster.does("renter", &format!("lease top-up {lease} 10"))?;
    assert_eq!(cluster.deposited(&lease).await?, before + 30_000_000);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_landed_is_said_so_only_once_its_blockhash_has_expired() -> Result<()> {
    let cluster = Cluster::start().await?;
    let (proxy, lease) = (cluster.proxied().await?, cluster.opened().await?);
    let before = cluster.deposited(&lease).await?;
    proxy.script(|request| match request.method.as_str() {
        "sendTransaction" => Treatment::Fail(502),
        _ => Treatment::Pass,
    });
    let top_up = format!("lease top-up {lease} 10");
    let never = cluster.run_at(proxy.url(), "renter", &top_up)?;
    assert_eq!(never.status.code(), Some(8), "{}", said(&never));
    assert!(said(&never).contains("never will"), "{}", said(&never));
    require_same_bytes(&proxy)?;
    assert_eq!((cluster.deposited(&lease).await?, cluster.pending()), (before, 0));
    assert_eq!(cluster.does("renter", &top_up)?["sent_before"], Value::Null);
    assert_eq!(cluster.deposited(&lease).await?, before + 10_000_000);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_transactions_are_listed_settled_and_forgotten() -> Result<()> {
    let cluster = Cluster::start().await?;
    let (proxy, lease) = (cluster.proxied().await?, cluster.opened().await?);
    proxy.script(|request| match request.method.as_str() {
        "getSignatureStatuses" | "getEpochInfo" => Treatment::Fail(429),
        _ => Treatment::Pass,
    });
    let blind =
        |arguments: &str| cluster.run_at(proxy.url(), "renter", &format!("--patience 3s {arguments}"));
    assert_eq!(blind(&format!("lease top-up {lease} 10"))?.status.code(), NOT_KNOWN);
    let looked = blind("pending")?;
    assert_eq!(looked.status.code(), NOT_KNOWN);
    assert!(printed(&looked).contains("not known"), "{}", printed(&looked));
    let found = cluster.does("renter", "pending")?;
    assert_eq!((&found[0]["outcome"], &found[0]["what"]), (&json!("landed"), &json!("Topped up the lease")));
    assert_eq!(cluster.does("renter", "pending")?, json!([]));

    let lost = blind(&format!("lease top-up {lease} 11"))?;
    assert_eq!(lost.status.code(), NOT_KNOWN);
    cluster.is_refused("renter", "pending --forget nothing", "is pending here")?;
    let words = said(&lost);
    let signature = words.split_whitespace().max_by_key(|word| word.len()).context("no words")?;
    cluster.does("renter", &format!("pending --forget {signature}"))?;
    assert_eq!(cluster.pending(), 0);
    Ok(())
}

/// Makes a node's statuses say that the transaction failed.
fn failed(commitment: &'static str) -> Treatment {
    Treatment::PassAndChange(Box::new(move |result| {
        let error = json!({ "InstructionError": [0, { "Custom": 1 }] });
        result["value"] = json!([{
            "slot": 1, "confirmations": 1, "err": error, "status": { "Err": error }, "confirmationStatus": commitment,
        }]);
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_key_stays_while_its_lease_can_exist() -> Result<()> {
    let cluster = Cluster::start().await?;
    let proxy = cluster.proxied().await?;
    let open = format!("--patience 3s --output json {}", cluster.open()?);
    let keys = || fs::read_dir(cluster.path("keys")).map_or(0, Iterator::count);
    // A failure on a fork, or one that a node made up: the transaction lands all the same.
    proxy.script(|request| match request.method.as_str() {
        "getSignatureStatuses" => failed("processed"),
        _ => Treatment::Pass,
    });
    let pending = cluster.run_at(proxy.url(), "renter", &open)?;
    assert_eq!(pending.status.code(), NOT_KNOWN, "{}", said(&pending));
    assert!(said(&pending).contains("stays in keys/"), "{}", said(&pending));
    assert_eq!(keys(), 1);
    let opened = json_of(&cluster.run_at(cluster.net.validator.rpc_url(), "renter", &open)?)?;
    assert_eq!(opened["sent_before"], true);
    assert_eq!(keys(), 1, "the lease is not opened a second time");
    let lease: Address = opened["lease"].as_str().context("no lease")?.parse()?;
    fs::write(cluster.path("credentials.txt"), "ssh")?;
    cluster.does("provider", &format!("lease start {lease} --credentials credentials.txt"))?;
    assert_eq!(cluster.does("renter", &format!("lease access {lease} --keys keys"))?["credentials"], "ssh");

    // Not even a failure that is confirmed, by a node that shows nothing else, is worth the key.
    proxy.script(|request| match request.method.as_str() {
        "getSignatureStatuses" => failed("confirmed"),
        "getTransaction" => Treatment::Refuse(NO_HISTORY, "Transaction history is not available"),
        _ => Treatment::Pass,
    });
    let failed = cluster.run_at(proxy.url(), "renter", &open)?;
    assert_eq!(failed.status.code(), Some(4));
    assert!(said(&failed).contains("landed and failed") && said(&failed).contains("stays in keys/"));
    assert_eq!(keys(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_opening_leaves_no_key_behind() -> Result<()> {
    let cluster = Cluster::start().await?;
    cluster.does("guardian", "guardian pause 2h")?;
    cluster.is_refused("renter", &cluster.open()?, "6102")?;
    assert_eq!(fs::read_dir(cluster.path("keys"))?.count(), 0);
    assert_eq!(cluster.pending(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_became_dear_is_not_leased_without_asking() -> Result<()> {
    let cluster = Cluster::start().await?;
    let offer = cluster.net.offers[0];
    let open = format!("lease open {offer} --duration 2h --keys keys");
    let tokens = cluster.net.token_account(&cluster.net.wallets.renter.pubkey());
    let before = cluster.net.client.token_balance(&tokens).await?;
    let asked = cluster.run("renter", &open)?;
    assert_eq!(asked.status.code(), Some(2));
    let words = cluster.without_currency(&said(&asked));
    for shown in [
        "NVIDIA H100 SXM, 80 GiB",
        "2.49 per GPU-hour",
        "4.98 for all of it",
        "1% at most",
        "cannot ask for confirmation",
    ] {
        assert!(words.contains(shown), "{shown}: {words}");
    }
    let mint = cluster.net.mint.address;
    for missing in ["", "--max-price 2.49 --max-fee 1%", &format!("--mint {mint} --max-fee 1%")] {
        assert_eq!(cluster.run("renter", &format!("{open} --yes {missing}"))?.status.code(), Some(2));
    }
    cluster.does("provider", &format!("offer update {offer} --price 60 --notice 30d"))?;
    cluster.is_refused("renter", &cluster.open()?, "per GPU-hour, more than you accept")?;
    let limits = format!("--yes --mint {mint} --max-price 60 --max-fee 1%");
    cluster.is_refused("renter", &format!("{open} {limits} --max-notice 1h"), "notice is 30d")?;
    cluster.is_refused(
        "renter",
        &format!("{open} --yes --mint {mint} --max-price 60 --max-fee 0.99%"),
        "the fee is 1%",
    )?;
    let other = cluster.net.vote_mint.address;
    cluster.is_refused(
        "renter",
        &format!("{open} --yes --mint {other} --max-price 60 --max-fee 1%"),
        "not in yours",
    )?;
    assert_eq!(cluster.net.client.token_balance(&tokens).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sponsor_sees_what_it_pays_for() -> Result<()> {
    let cluster = Cluster::start().await?;
    let client = &cluster.net.client;
    let (renter, session_key) = (&cluster.net.wallets.renter, Address::new_from_array([8; 32]));
    let offer = client.offer(&cluster.net.offers[0]).await?;
    let request = LeaseRequest {
        nonce: 7,
        deposit: offer.terms.price_ceil(2, 10_800).expect("a small deposit"),
        start_deadline: cluster.net.now().await? + 900,
        duration: 10_800,
        gpus: 2,
        max_fee_bps: 100,
        valid_until: cluster.net.now().await? + 300,
        expected_offer: offer.content_hash(),
        arbiter: cluster.net.wallets.arbiter.pubkey(),
        access_key: [9; 32],
        session_key,
    };
    let mut open = OpenLease::new(renter.pubkey(), &offer, cluster.net.mint.token_program, request);
    open.payer = cluster.net.wallets.holder.pubkey();
    fund(&cluster, &open.payer, request.deposit).await?;
    // Half-signed transactions last for as long as on a public cluster.
    cluster.net.slow_down()?;
    let half = client.prepare(&client.open_lease(&open).await?, renter, &[]).await?;
    fs::write(cluster.path("half.txt"), half.to_string())?;
    let shown = cluster.run_at(cluster.net.validator.rpc_url(), "holder", "sign half.txt --dry-run")?;
    let text = cluster.without_currency(&printed(&shown));
    for fact in [
        offer.address.to_string().as_str(),
        offer.provider.to_string().as_str(),
        "NVIDIA H100 SXM, 80 GiB",
        "2.49 per GPU-hour",
        "14.94 for all of it",
        "14.94 now",
        "1% at most",
        session_key.to_string().as_str(),
        cluster.net.wallets.arbiter.pubkey().to_string().as_str(),
    ] {
        assert!(text.contains(fact), "{fact}: {text} {}", said(&shown));
    }
    for line in [("GPUs", "2"), ("duration", "3h")] {
        assert!(
            text.lines().any(|shown| shown
                .split_once("  ")
                .is_some_and(|(label, value)| (label.trim(), value.trim()) == line)),
            "{line:?}: {text}"
        );
    }
    let signed = cluster.does("holder", "sign half.txt --yes")?;
    assert_eq!(signed["lease"], open.lease().to_string());
    Ok(())
}

/// Gives a wallet tokens of the test mint.
async fn fund(cluster: &Cluster, wallet: &Address, amount: u64) -> Result<()> {
    let (net, renter) = (&cluster.net, &cluster.net.wallets.renter);
    let create = instruction::create_associated_token(
        &renter.pubkey(),
        wallet,
        &net.mint.address,
        &net.mint.token_program,
    );
    let (from, to) = (net.token_account(&renter.pubkey()), net.token_account(wallet));
    // The token program's `Transfer`: the byte 3 and the amount.
    let transfer = solana_instruction::Instruction {
        program_id: net.mint.token_program,
        accounts: vec![
            solana_instruction::AccountMeta::new(from, false),
            solana_instruction::AccountMeta::new(to, false),
            solana_instruction::AccountMeta::new_readonly(renter.pubkey(), true),
        ],
        data: [&[3][..], &amount.to_le_bytes()].concat(),
    };
    net.client.send(&[create, transfer], renter, &[]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_listing_only_shows_its_characters() -> Result<()> {
    let cluster = Cluster::start().await?;
    let offer = cluster.net.client.offer(&cluster.net.offers[0]).await?;
    let provider = &cluster.net.wallets.provider;
    let listing = Listing {
        gpu_model: text::write("\u{1b}[A\u{1b}[2KH100")?,
        region: text::write("eu\u{202e}\n")?,
        description_uri: text::write("\u{1b}]52;c;aGk=\u{7}\u{9b}8m\nTerms\nprice 0.01\u{1b}[8m")?,
        ..offer.listing
    };
    let create = instruction::create_offer(ProviderRef::of(provider.pubkey()), 9, 1, offer.terms, listing);
    cluster.net.client.send(&[create], provider, &[]).await?;
    let hostile = gpu_lease_client::address::offer(&ProviderRef::of(provider.pubkey()).address, 9);
    for command in [format!("offer show {hostile}"), "offers".to_owned()] {
        let shown = cluster.run_at(cluster.net.validator.rpc_url(), "renter", &command)?;
        let shown = printed(&shown);
        assert!(shown.contains(r"\u{1b}[A\u{1b}["), "{shown}");
        assert!(
            shown.chars().all(|character| character == '\n' || !text::is_harmful(character)),
            "{shown:?}"
        );
    }
    // A node's own words are a stranger's, too.
    let proxy = cluster.proxied().await?;
    proxy.script(|_| Treatment::Refuse(-32_000, "no\u{1b}[1A\u{1b}[2Kdone"));
    let refused = said(&cluster.run_at(proxy.url(), "renter", &format!("offer show {hostile}"))?);
    assert!(refused.contains(r"no\u{1b}[1A\u{1b}[2Kdone"), "{refused}");
    assert!(!refused.contains('\u{1b}'), "{refused:?}");
    let json = cluster.does("renter", &format!("offer show {hostile}"))?;
    assert_eq!(json["listing"]["region"], "eu\u{202e}\n");
    Ok(())
}

/// Replaces some bytes of every account that holds them.
fn swap(result: &mut Value, old: &[u8; 32], new: &[u8; 32]) {
    for account in result["value"].as_array_mut().into_iter().flatten() {
        let Some(mut data) = account["data"][0].as_str().and_then(|text| BASE64_STANDARD.decode(text).ok())
        else {
            continue;
        };
        let places = data.windows(32).position(|window| window == old);
        if let Some(bytes) = places.and_then(|at| data.get_mut(at..at + 32)) {
            bytes.copy_from_slice(new);
        }
        account["data"][0] = json!(BASE64_STANDARD.encode(data));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_for_an_access_key_that_a_node_made_up_is_refused_and_costs_nothing() -> Result<()> {
    let cluster = Cluster::start().await?;
    let (proxy, lease) = (cluster.proxied().await?, cluster.opened().await?);
    fs::write(cluster.path("credentials.txt"), "ssh")?;
    let real = cluster.net.client.lease(&lease).await?.access_key;
    let made_up = gpu_lease_client::access::AccessKey::generate().public();
    proxy.script(move |request| match request.method.as_str() {
        "getMultipleAccounts" | "getAccountInfo" => {
            Treatment::PassAndChange(Box::new(move |result| swap(result, &real, &made_up)))
        }
        _ => Treatment::Pass,
    });
    let start = format!("lease start {lease} --credentials credentials.txt");
    let refused = cluster.run_at(proxy.url(), "provider", &start)?;
    assert_eq!(refused.status.code(), Some(4));
    assert!(said(&refused).contains("6320"), "{}", said(&refused));
    assert!(proxy.requests("sendTransaction").is_empty());
    // A node that simulates to its liking gets a signature for a lease that does not exist.
    proxy.script(move |request| match request.method.as_str() {
        "getMultipleAccounts" | "getAccountInfo" => {
            Treatment::PassAndChange(Box::new(move |result| swap(result, &real, &made_up)))
        }
        "simulateTransaction" => Treatment::Answer(json!({
            "context": { "slot": 1 },
            "value": { "err": null, "logs": [], "unitsConsumed": 100_000, "accounts": null },
        })),
        _ => Treatment::Pass,
    });
    let failed = cluster.run_at(proxy.url(), "provider", &start)?;
    assert_eq!(failed.status.code(), Some(4));
    assert!(
        said(&failed).contains("6320") && said(&failed).contains("landed and failed"),
        "{}",
        said(&failed)
    );
    assert_eq!(cluster.net.client.lease(&lease).await?.ledger.bond, 0);
    cluster.does("provider", &start)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn both_parties_see_how_a_lease_is_divided_before_they_sign() -> Result<()> {
    let cluster = Cluster::start().await?;
    let lease = cluster.opened().await?;
    fs::write(cluster.path("credentials.txt"), "ssh")?;
    cluster.does("provider", &format!("lease start {lease} --credentials credentials.txt"))?;
    cluster.wait(3_600).await?;
    cluster.does("attestor", &format!("attest sign {lease} --gpu-seconds 3600 --out usage.txt"))?;
    cluster.does("keeper", "attest submit usage.txt")?;
    let close = format!("lease close {lease} --together --out half.txt");
    let asked = cluster.run("renter", &close)?;
    let words = cluster.without_currency(&said(&asked));
    // An hour at 2.49 less the fee of 1%, nothing of the bond of two hours.
    for shown in [
        "3600 GPU-seconds (1.00 GPU-hours), 2.49",
        "2.4651 besides",
        "4.98 of the bond",
        "0.00 of the bond, to the payer",
        "cannot ask for confirmation",
    ] {
        assert!(words.contains(shown), "{shown}: {words}");
    }
    assert_eq!(cluster.run("renter", &format!("{close} --yes"))?.status.code(), Some(2), "needs --units");
    cluster.is_refused("renter", &format!("{close} --units 3601 --yes"), "6601")?;
    cluster.is_refused("renter", &format!("{close} --units 3600 --credit 4.980001 --yes"), "6332")?;
    cluster.net.slow_down()?;
    cluster.does("renter", &format!("{close} --units 1800 --credit 1 --yes"))?;
    let shown = cluster.run_at(cluster.net.validator.rpc_url(), "provider", "sign half.txt --dry-run")?;
    let text = cluster.without_currency(&printed(&shown));
    for fact in [
        "1800 GPU-seconds (0.50 GPU-hours), 1.245",
        "1.23255 besides",
        "3.98 of the bond",
        "1.00 of the bond, to the payer",
    ] {
        assert!(text.contains(fact), "{fact}: {text} {}", said(&shown));
    }
    let closed = cluster.does("provider", "sign half.txt --yes")?;
    let events = closed["events"].as_array().context("no events")?;
    let event = events.iter().find(|event| event["event"] == "LeaseClosed").context("it was not closed")?;
    assert_eq!((&event["credit"], &event["bond"]), (&json!("1000000"), &json!("3980000")));
    Ok(())
}

/// Moves a transaction's `start_lease` into what another program called.
fn through_another_program(result: &mut Value) {
    let Some(data) = result["transaction"][0].as_str().and_then(|text| BASE64_STANDARD.decode(text).ok())
    else {
        return;
    };
    let message = &data[65..];
    let keys = usize::from(message[3]);
    // Each instruction: program, accounts, data, all their counts below 128.
    let first = 4 + 32 * keys + 32 + 1;
    let mut at = first;
    let mut last = at;
    for _ in 0..message[first - 1] {
        last = at;
        let accounts = usize::from(message[at + 1]);
        let length_at = at + 2 + accounts;
        let (length, wide) = match message[length_at] {
            low if low < 128 => (usize::from(low), 1),
            low => (usize::from(low & 127) | usize::from(message[length_at + 1]) << 7, 2),
        };
        at = length_at + wide + length;
    }
    let accounts = usize::from(message[last + 1]);
    let wide = if message[last + 2 + accounts] < 128 { 1 } else { 2 };
    let inner = json!([{
        "index": 0,
        "instructions": [{
            "programIdIndex": message[last],
            "accounts": message[last + 2..last + 2 + accounts],
            "data": bs58::encode(&message[last + 2 + accounts + wide..at]).into_string(),
            "stackHeight": 2,
        }],
    }]);
    result["meta"]["innerInstructions"] = inner;
    // What is left of it at the top is an instruction of the first one's program, which sets the compute budget.
    let mut changed = data.clone();
    changed[65 + last] = message[first];
    result["transaction"][0] = json!(BASE64_STANDARD.encode(changed));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_found_behind_a_hundred_thousand_signatures_and_through_another_program() -> Result<()>
{
    let cluster = Cluster::start().await?;
    let (proxy, lease) = (cluster.proxied().await?, cluster.opened().await?);
    // Whoever pipes them gets every byte.
    fs::write(cluster.path("credentials.txt"), "ssh \u{1b}[31m\n")?;
    let started = cluster.does("provider", &format!("lease start {lease} --credentials credentials.txt"))?;
    let started = started["signature"].as_str().context("no signature")?.to_owned();
    let account = cluster.net.client.lease(&lease).await?.account;
    let (started_at, slot) = (account.started_at, account.access_slot);
    let real = json!({
        "signature": started, "slot": slot, "err": null, "memo": null, "blockTime": started_at,
        "confirmationStatus": "finalized",
    });

    const SPAM: usize = 100_000;
    let signature =
        |number: usize| bs58::encode([&[1; 56][..], &number.to_le_bytes()].concat()).into_string();
    proxy.script(move |request| match request.method.as_str() {
        "getSignaturesForAddress" => {
            let before = request.params[1]["before"].as_str().unwrap_or_default();
            let number =
                (0..=SPAM).step_by(1_000).find(|number| *number > 0 && signature(*number - 1) == before);
            let number = number.unwrap_or(0);
            if number == SPAM {
                return Treatment::Answer(json!([real]));
            }
            let page = (number..number + 1_000).map(|number| {
                json!({
                    // One of them landed in the same slot.
                    "signature": signature(number), "slot": slot + (SPAM - 1 - number) as u64, "err": null,
                    "memo": null, "blockTime": started_at, "confirmationStatus": "finalized",
                })
            });
            Treatment::Answer(page.collect())
        }
        "getTransaction" => Treatment::PassAndChange(Box::new(through_another_program)),
        _ => Treatment::Pass,
    });
    let found = cluster.run_at(proxy.url(), "renter", &format!("lease access {lease} --keys keys"))?;
    ensure!(found.status.success(), "{}", said(&found));
    assert_eq!(printed(&found), "ssh \u{1b}[31m\n");
    assert_eq!(proxy.requests("getSignaturesForAddress").len(), SPAM / 1_000 + 1);
    let read = proxy.requests("getTransaction");
    assert_eq!(read.len(), 2, "those of the slot that the lease names");
    assert_eq!(read.last().context("none was read")?.params[0], started);

    // A blob that is not the published one is none.
    proxy.script(|request| match request.method.as_str() {
        "getTransaction" => Treatment::PassAndChange(Box::new(|result| {
            let Some(mut data) =
                result["transaction"][0].as_str().and_then(|text| BASE64_STANDARD.decode(text).ok())
            else {
                return;
            };
            if let Some(last) = data.last_mut() {
                *last ^= 1;
            }
            result["transaction"][0] = json!(BASE64_STANDARD.encode(data));
        })),
        _ => Treatment::Pass,
    });
    let forged = cluster.run_at(proxy.url(), "renter", &format!("lease access {lease} --keys keys"))?;
    assert_eq!(forged.status.code(), Some(1));
    assert!(said(&forged).contains("not in this node's history"), "{}", said(&forged));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_s_url_is_shown_without_its_secrets() -> Result<()> {
    let cluster = Cluster::start().await?;
    let proxy = cluster.proxied().await?;
    let host = proxy.url().trim_start_matches("http://").to_owned();
    let url = format!("http://user:SECRET@{host}/v2/SECRET?api-key=SECRET");
    let lease = Address::default();
    for command in ["status", "--output json status", &format!("lease show {lease}"), "lease list --all"] {
        let output = cluster.run_at(&url, "renter", command)?;
        let all = printed(&output) + &said(&output);
        assert!(!all.contains("SECRET"), "{command}: {all}");
        if command.contains("status") {
            assert!(all.contains(&format!("http://…@{host}/…")), "{all}");
        }
    }
    // Refused, broken and silent.
    for status in [500, 403] {
        proxy.script(move |_| Treatment::Fail(status));
        let output = cluster.run_at(&url, "renter", &format!("lease top-up {lease} 1"))?;
        assert_eq!(output.status.code(), Some(5));
        assert!(said(&output).contains("the RPC node failed"), "{}", said(&output));
        assert!(!said(&output).contains("SECRET"), "{}", said(&output));
    }
    Ok(())
}

/// Runs a command with standard output or error on a device that is always full.
fn run_full(cluster: &Cluster, wallet: &str, arguments: &str, full_error: bool) -> Result<Output> {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gpu-lease"));
    command
        .args(["-u", cluster.net.validator.rpc_url(), "-k", &format!("{wallet}.json")])
        .args(arguments.split_whitespace())
        .current_dir(cluster.folder.path())
        .env_clear()
        .env("HOME", cluster.folder.path())
        .stdout(full()?);
    Ok(match full_error {
        true => command.stderr(full()?),
        false => &mut command,
    }
    .output()?)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn money_that_has_moved_is_no_failure_where_the_result_cannot_be_written() -> Result<()> {
    let cluster = Cluster::start().await?;
    let lease = cluster.opened().await?;
    let before = cluster.deposited(&lease).await?;
    let top_up = format!("lease top-up {lease} 10");
    let landed = run_full(&cluster, "renter", &top_up, false)?;
    assert_eq!(landed.status.code(), Some(0), "{}", said(&landed));
    for words in ["it is done", "No space left", "landed: ", "do not run this again"] {
        assert!(said(&landed).contains(words), "{words}: {}", said(&landed));
    }
    let landed = run_full(&cluster, "renter", &format!("--output json {top_up}"), false)?;
    let warning: Value = serde_json::from_slice(&landed.stderr)?;
    let signature = warning["warning"]["signatures"][0].as_str().context("no signature")?.parse()?;
    assert!(cluster.net.client.transaction(&signature).await?.error.is_none());
    // Nobody can be told anything.
    assert_eq!(run_full(&cluster, "renter", &top_up, true)?.status.code(), Some(0));
    assert_eq!(cluster.deposited(&lease).await?, before + 30_000_000);

    // What moves nothing fails, and nothing panics.
    let unread = run_full(&cluster, "renter", "--output json lease list", false)?;
    assert_eq!(super::error_of(&unread)?["kind"], "output");
    assert_eq!(run_full(&cluster, "renter", "lease list", true)?.status.code(), Some(9));
    assert_eq!(run_full(&cluster, "renter", "lease list --nothing", true)?.status.code(), Some(2));
    assert_eq!(run_full(&cluster, "renter", "lease show nothing", true)?.status.code(), Some(2));
    assert_eq!(run_full(&cluster, "nobody", &top_up, true)?.status.code(), Some(6));
    assert_eq!(run_full(&cluster, "renter", "--help", true)?.status.code(), Some(9));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_listed_with_its_model_and_what_you_are_in_it_within_80_columns() -> Result<()> {
    let cluster = Cluster::start().await?;
    let lease = cluster.opened().await?;
    for (wallet, role) in [("renter", "renter"), ("provider", "provider"), ("operator", "operator")] {
        let shown = cluster.run_at(cluster.net.validator.rpc_url(), wallet, "lease list")?;
        let text = printed(&shown);
        assert!(
            text.contains(&format!("  {lease}")) && text.contains("H100") && text.contains(role),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let listed = cluster.does(wallet, "lease list")?;
        assert_eq!((&listed[0]["your_role"], &listed[0]["end_reason"]), (&json!(role), &Value::Null));
        assert_eq!(listed[0]["gpu_model"], "NVIDIA H100 SXM");
    }
    let offers = printed(&cluster.run_at(cluster.net.validator.rpc_url(), "renter", "offers")?);
    assert!(offers.contains(&format!("  {}", cluster.net.offers[0])), "{offers}");
    assert!(offers.lines().all(|line| line.chars().count() <= 80), "{offers}");
    cluster.without_currency(&offers);
    let rehearsed = format!("lease top-up {lease} 10 --dry-run");
    let rehearsed = printed(&cluster.run_at(cluster.net.validator.rpc_url(), "renter", &rehearsed)?);
    assert!(rehearsed.starts_with("Dry run: nothing was signed or sent."), "{rehearsed}");
    assert!(!rehearsed.contains("Topped up"), "{rehearsed}");
    let wrong = cluster.run("renter", &format!("offer show {lease}"))?;
    assert!(super::error_of(&wrong)?["message"].to_string().contains("not an offer"));
    Ok(())
}
