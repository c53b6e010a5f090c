//! What a guard tells of the leases that it watches. It is believed no more than its machine is.

use crate::http;
use anyhow::{Context, Result, ensure};
use gpu_lease_client::url::shown;
use reqwest::{Client, Url, redirect::Policy};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Where a guard tells it.
const PATH: &str = "/guard";

/// Bytes of the longest answer that is read.
const LONGEST_ANSWER: usize = 4 << 20;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// All that is shown of what it tells.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuardStatus {
    /// Its session keys.
    pub keys: Vec<String>,
    /// `act`, `ask` or `alert`.
    pub mode: String,
    pub is_standby: bool,
    pub leases: Vec<Watched>,
    /// The latest first.
    pub news: Vec<News>,
}

/// What it saw of a lease. Units are GPU-seconds, times unix seconds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct Watched {
    pub lease: String,
    pub opened_slot: u64,
    pub since: i64,
    pub reached_at: Option<i64>,
    pub logged_in_at: Option<i64>,
    pub bound: u64,
    pub bound_until: i64,
    /// Seconds that do not count.
    pub missed: u64,
    pub loss_limit: u64,
    pub doing: String,
    /// Seconds that the deposit lasts for.
    pub runway: u64,
}

/// What it has told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct News {
    pub at: i64,
    pub kind: String,
    pub lease: Option<String>,
    pub opened_slot: Option<u64>,
    pub text: String,
}

/// Asks the guard at a URL such as `http://127.0.0.1:9481`.
pub async fn ask(url: &str) -> Result<GuardStatus> {
    let name = shown(url);
    let address = Url::parse(url).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let mut address = address.with_context(|| format!("{name} is not an http URL"))?;
    if address.path() == "/" {
        address.set_path(PATH);
    }
    let unreachable = || format!("the guard at {name} does not answer; see whether it runs");
    let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).no_proxy().build()?;
    let answer =
        client.get(address).send().await.map_err(reqwest::Error::without_url).with_context(unreachable)?;
    let status = answer.status();
    ensure!(status.is_success(), "the guard at {name} answers {}; is it a guard?", status.as_u16());
    let bytes = http::body(answer, LONGEST_ANSWER).await.with_context(unreachable)?;
    let bytes = bytes.with_context(|| format!("the guard at {name} says too much"))?;
    serde_json::from_slice(&bytes).with_context(|| {
        format!("what the guard at {name} says is not understood; are it and this client of one version?")
    })
}
