//! Calls to a node: paced, bounded, and made again where that may help.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result};
use backon::{ExponentialBuilder, Retryable};
use governor::clock::DefaultClock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of a node's sentence that are shown.
const MOST_SHOWN: usize = 200;

/// Why a node gives no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It cannot be reached, or answers with nonsense, or has too much to do.
    #[error("{node} gives no answer to {method}: {cause}")]
    Failed { node: String, method: &'static str, cause: String },
    /// It says why not.
    #[error("{node} refuses {method}: {message} ({code})")]
    Refused { node: String, method: &'static str, code: i64, message: String },
    /// More than anybody would need.
    #[error("{node} answers {method} with more than {most} bytes: use another node")]
    TooLong { node: String, method: &'static str, most: usize },
}

/// Codes with which nodes say that they do not have it yet, or are not well.
const NOT_YET: [i64; 4] = [-32004, -32005, -32014, -32603];

/// Codes with which nodes say that they have it no more, or that there is none: of a slot without a block, too.
const GONE: [i64; 4] = [-32001, -32007, -32009, -32011];

impl CallError {
    /// Whether the same call may succeed soon.
    const fn may_pass(&self) -> bool {
        match self {
            Self::Failed { .. } => true,
            Self::Refused { code, .. } => contains(&NOT_YET, *code),
            Self::TooLong { .. } => false,
        }
    }

    /// Whether the node does not keep what was asked for.
    pub const fn is_gone(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if contains(&GONE, *code))
    }
}

const fn contains(codes: &[i64], code: i64) -> bool {
    let mut rest = codes;
    while let [first, after @ ..] = rest {
        if *first == code {
            return true;
        }
        rest = after;
    }
    false
}

/// What was called, of all nodes together.
#[derive(Debug, Default)]
pub struct Calls {
    /// All calls.
    pub made: AtomicU64,
    /// Those that failed and were made again.
    pub retried: AtomicU64,
}

/// A node's JSON-RPC.
pub struct Rpc {
    http: Client,
    url: String,
    pace: Option<RateLimiter<NotKeyed, InMemoryState, DefaultClock>>,
    calls: Arc<Calls>,
}

#[derive(Deserialize)]
struct Envelope {
    id: Option<u64>,
    #[serde(default)]
    result: Value,
    error: Option<Told>,
}

#[derive(Deserialize)]
struct Told {
    code: i64,
    message: String,
}

impl Rpc {
    /// The node at `url`, asked `most` times in `per` and no more; as often as it answers if that is 0.
    pub fn new(url: &str, most: u32, per: Duration, calls: Arc<Calls>) -> Result<Self> {
        // Elsewhere nobody is to learn the URL, in which there may be a secret.
        let http =
            Client::builder().timeout(PATIENCE).http1_only().gzip(true).redirect(Policy::none()).build()?;
        let pace = NonZeroU32::new(most).and_then(|most| {
            let each = per.checked_div(most.get())?;
            Some(RateLimiter::direct(Quota::with_period(each)?.allow_burst(most)))
        });
        reqwest::Url::parse(url).with_context(|| format!("`{url}` is not a URL"))?;
        Ok(Self { http, url: url.to_owned(), pace, calls })
    }

    /// Asks until there is an answer of at most `most` bytes, or none is to be expected.
    pub async fn call(&self, method: &'static str, params: Value, most: usize) -> Result<Value, CallError> {
        let again = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(10))
            .with_max_times(6);
        let ask = || self.call_once(method, &params, most);
        let told = |_: &CallError, _| {
            self.calls.retried.fetch_add(1, Relaxed);
        };
        ask.retry(again).when(CallError::may_pass).notify(told).await
    }

    async fn call_once(&self, method: &'static str, params: &Value, most: usize) -> Result<Value, CallError> {
        if let Some(pace) = &self.pace {
            pace.until_ready().await;
        }
        let id = self.calls.made.fetch_add(1, Relaxed);
        let failed = |cause: String| CallError::Failed { node: self.name(), method, cause };
        let broken = |error: reqwest::Error| failed(error.without_url().to_string());
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string();
        let call = self.http.post(&self.url).header(CONTENT_TYPE, "application/json").body(body);
        let response = call.send().await.map_err(broken)?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(failed("it has had too many calls; lower `calls`".to_owned()));
        }
        let Some(bytes) = bounded(response, most).await.map_err(broken)? else {
            return Err(CallError::TooLong { node: self.name(), method, most });
        };
        let envelope: Envelope =
            serde_json::from_slice(&bytes).map_err(|error| match status.is_success() {
                true => failed(error.to_string()),
                false => failed(status.to_string()),
            })?;
        if let Some(Told { code, message }) = envelope.error {
            let message = message.chars().take(MOST_SHOWN).collect();
            return Err(CallError::Refused { node: self.name(), method, code, message });
        }
        if envelope.id != Some(id) {
            return Err(failed("it answers to another call".to_owned()));
        }
        Ok(envelope.result)
    }

    /// The node, without what may be a secret of its URL.
    pub fn name(&self) -> String {
        let parsed = reqwest::Url::parse(&self.url).ok();
        parsed.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// The body, unless it is too long.
async fn bounded(mut response: Response, most: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len().saturating_add(chunk.len()) > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}
