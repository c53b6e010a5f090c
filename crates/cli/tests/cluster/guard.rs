//! How a renter sets a guard up, and what it is shown of it.

use super::Cluster;
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use solana_address::Address;
use solana_signer::Signer;
use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    thread,
};

/// Two hours of the price of one H100: the bond, and so the highest stake.
const BOND: &str = "4980000";

impl Cluster {
    async fn session_key(&self, lease: &Address) -> Result<String> {
        Ok(self.net.client.lease(lease).await?.session_key.to_string())
    }

    fn text(&self, name: &str) -> Result<String> {
        fs::read_to_string(self.path(name)).with_context(|| name.to_owned())
    }
}

/// Every file below, and that nobody else can read it.
fn private_files(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mode = |path: &Path| Ok::<_, std::io::Error>(fs::metadata(path)?.permissions().mode() & 0o777);
    ensure!(mode(folder)? == 0o700, "{}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            names.extend(private_files(&path)?);
            continue;
        }
        ensure!(mode(&path)? == 0o600, "{}", path.display());
        names.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// A text without what lays it out.
fn in_one_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Answers everybody with this, at the URL.
fn guard_that_says(status: &Value) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let body = status.to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).unwrap();
            let status =
                if request[..length].starts_with(b"GET /guard ") { "200 OK" } else { "404 Not Found" };
            let head =
                format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).unwrap();
        }
    });
    Ok(url)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_makes_a_guard_of_a_lease_and_overwrites_none() -> Result<()> {
    let cluster = Cluster::start().await?;
    let lease = cluster.opened().await?;
    let init = format!("guard init guard --lease {lease} --top-ups 50 --with-access --keys keys --yes");

    // Neither who only tries it, nor who is not asked, nor who is not the renter leaves anything behind.
    cluster.does("renter", &format!("{init} --dry-run"))?;
    cluster.is_refused("renter", &init.replace(" --yes", ""), "pass --yes")?;
    cluster.is_refused("keeper", &init, "is not the lease's renter")?;
    assert!(!cluster.path("guard").exists());
    assert_eq!(cluster.session_key(&lease).await?, Address::default().to_string());

    let made = cluster.does("renter", &format!("{init} --webhook https://example.org/hook"))?;
    assert_eq!(made["session_key"], cluster.session_key(&lease).await?);
    assert_eq!((&made["tokens"], &made["lamports"]), (&json!("54980000"), &json!("50000000")));
    let access = format!("{lease}.key");
    let mut expected =
        vec![access.as_str(), "gpu-lease-guard.toml", "session.json", "wallet.json", "webhook.secret"];
    expected.sort_unstable();
    assert_eq!(private_files(&cluster.path("guard"))?, expected);
    for (file, key) in [("guard/session.json", "session_key"), ("guard/wallet.json", "wallet")] {
        let key_file = solana_keypair::read_keypair_file(cluster.path(file)).ok().context("no key file")?;
        assert_eq!(made[key], key_file.pubkey().to_string());
    }
    assert_eq!(cluster.text(&format!("guard/access/{access}"))?, cluster.text(&format!("keys/{access}"))?);
    assert!(cluster.text("guard/webhook.secret")?.starts_with("whsec_"));
    let toml = cluster.text("guard/gpu-lease-guard.toml")?;
    let budget = format!(
        "\n\"{}\" = {{ stakes_a_day = {BOND}, stakes_in_all = {BOND}, top_ups_a_day = 50000000, top_ups_in_all = 50000000 }}\n",
        cluster.net.mint.address
    );
    assert!(toml.contains(&budget) && toml.contains("\n[funding]\nbelow = \"24h\"\n"), "{toml}");
    // No secret is printed.
    assert!(!made.to_string().contains("whsec_"), "{made}");

    cluster.is_refused("renter", &init, "is not overwritten")?;
    assert_eq!(cluster.text("guard/gpu-lease-guard.toml")?, toml);
    assert_eq!(made["session_key"], cluster.session_key(&lease).await?);

    // The other guard, for another machine.
    let standby = "guard init standby --standby-of guard --at /etc/gpu-lease";
    let standby = cluster.does("renter", &format!("{standby} --lease {lease} --yes"))?;
    assert_eq!((&standby["session_key"], standby["wallet"] == made["wallet"]), (&made["session_key"], false));
    let toml = cluster.text("standby/gpu-lease-guard.toml")?;
    assert!(toml.contains("standby = true\n") && toml.contains("\n# [funding]\n"), "{toml}");
    assert!(toml.contains("sessions = [\"/etc/gpu-lease/session.json\"]"), "{toml}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_shown_with_who_guards_it_and_what_that_says_does_nothing() -> Result<()> {
    let cluster = Cluster::start().await?;
    let lease = cluster.opened().await?;
    let shown = |arguments: &str| -> Result<String> {
        let url = cluster.net.validator.rpc_url();
        let output = cluster.run_at(url, "renter", &format!("lease show {lease} {arguments}"))?;
        ensure!(output.status.success(), "{output:?}");
        Ok(String::from_utf8([output.stdout, output.stderr].concat())?)
    };
    let text = shown("")?;
    assert!(text.contains("none: nobody acts for the renter while it does not look"), "{text}");
    let made = cluster.does("renter", &format!("guard init guard --lease {lease} --yes"))?;
    let key = made["session_key"].as_str().context("no session key")?;
    let text = shown("")?;
    assert!(text.lines().any(|line| line.starts_with("session key") && line.ends_with(key)), "{text}");

    let opened_slot = cluster.net.client.lease(&lease).await?.opened_slot;
    let watched = json!({
        "lease": lease.to_string(), "openedSlot": opened_slot, "phase": "running", "since": 1_700_000_000,
        "reachedAt": null, "loggedInAt": null, "bound": 7_200, "boundUntil": 1_700_003_600, "missed": 120,
        "accepted": 0, "claimed": 0, "lossLimit": 600, "doing": "withheld", "runway": 3_600,
    });
    let news = |slot: u64, text: &str| {
        json!({
            "at": 1_700_000_000, "kind": "withheld", "lease": lease.to_string(), "openedSlot": slot, "text": text,
        })
    };
    let status = json!({
        "keys": [key], "mode": "act", "isStandby": false, "wallet": "", "leases": [watched],
        "news": [news(opened_slot, "bad\u{1b}[2Jnews"), news(opened_slot - 1, "of a former life")],
    });
    let url = guard_that_says(&status)?;
    let text = shown(&format!("--guard {url}"))?;
    for line in [
        "guard acts by itself",
        "last reached never",
        "delivered at most 7200 GPU-seconds (2.00 GPU-hours) until 2023-11-14 23:13:20Z",
        "missed 2m",
        "does withholds its signature: more is reported than can have been delivered",
        r"bad\u{1b}[2Jnews",
    ] {
        assert!(in_one_space(&text).contains(line), "{line}: {text}");
    }
    assert!(!text.contains("former life") && !text.contains("is not the lease's session key"), "{text}");
    let json = cluster.does("renter", &format!("lease show {lease} --guard {url}"))?;
    assert_eq!(json["guard"]["watched"]["bound"], "7200");
    assert_eq!(json["guard"]["news"].as_array().map(Vec::len), Some(1));

    // One that is not there, or says something else, hides nothing of the lease.
    for (status, words) in [(None, "does not answer"), (Some(json!({ "keys": 7 })), "is not understood")] {
        let url = status.map_or(Ok("http://127.0.0.1:9".to_owned()), |status| guard_that_says(&status))?;
        let text = shown(&format!("--guard {url}"))?;
        assert!(text.contains(words) && text.contains(&lease.to_string()), "{text}");
    }
    Ok(())
}
