//! Delivers an [outbox](crate::outbox) to a URL, signed as [Standard Webhooks](https://www.standardwebhooks.com) have it.
//!
//! One message at a time, in order. One whose answer was not seen is sent again with the same id, so that who takes it can
//! tell; one that was taken never is.

use crate::client::root;
use crate::config::duration;
use crate::health::Health;
use crate::metrics::Metric;
use crate::outbox::{Message, Outbox};
use crate::secret::SecretFile;
use crate::services::Service;
use crate::store::{Key, Store};
use anyhow::{Context, Result, bail, ensure};
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, StatusCode, Url};
use serde::Deserialize;
use sha2::Sha256;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

/// How the text of a secret begins.
pub const SECRET_PREFIX: &str = "whsec_";

/// Between two looks at the outbox.
const TURN: Duration = Duration::from_millis(500);

/// Between the first two attempts, and between those of a receiver that has been away for long. Also the longest that one
/// may ask for.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30 * 60));

/// Where messages are sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// `https://`, or `http://` on this machine.
    pub url: String,
    /// A file with `whsec_` and base64 of 24 to 64 bytes, which the receiver has too.
    pub secret: SecretFile,
    /// In PEM: an authority that vouches for the receiver, beside the public ones.
    #[serde(default)]
    pub authority: Option<PathBuf>,
    /// Whether `http://` may lead to another machine: then everybody on the way reads what is told.
    #[serde(default)]
    pub allow_http: bool,
    /// How long an attempt may take.
    #[serde(default = "ten_seconds", with = "duration")]
    pub deadline: Duration,
    /// How old a message is when it is given up, after one more attempt.
    #[serde(default = "three_days", with = "duration")]
    pub give_up: Duration,
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

fn three_days() -> Duration {
    Duration::from_secs(3 * 86_400)
}

/// What a receiver verifies a message by.
pub struct SigningKey(Zeroizing<Vec<u8>>);

/// Sends messages to a webhook.
pub struct Sender {
    http: reqwest::Client,
    url: Url,
    key: SigningKey,
    give_up: Duration,
    counts: Arc<Counts>,
}

/// What was delivered since the start. Clones of the [`Arc`] are the same.
#[derive(Debug, Default)]
pub struct Counts {
    taken: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
}

/// Why a message was not taken. It says nothing of the URL but its host: the rest may be a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
struct NotTaken {
    cause: String,
    /// How long the receiver asks to be left alone.
    wait: Option<Duration>,
}

impl Webhook {
    /// Why its URL cannot be used, in a sentence.
    pub fn fault(&self) -> Option<String> {
        self.checked_url().err().map(|error| format!("{error:#}"))
    }

    fn checked_url(&self) -> Result<Url> {
        let url =
            Url::parse(&self.url).context("the webhook's `url` is not a URL; write one with https://")?;
        let host = url.host_str().context("the webhook's `url` has no host; write one")?;
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(host) || self.allow_http => {}
            "http" => bail!(
                "the webhook's `url` leads to {host} by http://, so that everybody on the way can read what is told; \
                 write https://, or `allow_http = true`"
            ),
            scheme => bail!("the webhook's `url` begins with {scheme}://; write https://"),
        }
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        ensure!(is_plain, "the webhook's `url` has a user, a password or a fragment; take them away");
        Ok(url)
    }

    /// Reads the secret, and requires that the URL may be used.
    pub fn sender(&self) -> Result<Sender> {
        let url = self.checked_url()?;
        let mut builder = reqwest::Client::builder().timeout(self.deadline).redirect(Policy::none());
        builder =
            builder.no_proxy().http1_only().user_agent(concat!("gpu-lease/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &self.authority {
            let fault = || format!("the webhook's `authority` {} cannot be used", path.display());
            let pem = std::fs::read(path).with_context(fault)?;
            for certificate in Certificate::from_pem_bundle(&pem).with_context(fault)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let secret = self.secret.read().context("the webhook's `secret` cannot be read")?;
        let key = SigningKey::parse(secret.text()?)
            .with_context(|| format!("the webhook's `secret` {} is of no use", self.secret))?;
        let (http, counts) = (builder.build()?, Arc::default());
        Ok(Sender { http, url, key, give_up: self.give_up, counts })
    }
}

/// Whether what is sent there does not leave this machine.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

impl SigningKey {
    /// The key in a text that begins with `whsec_`.
    pub fn parse(text: &str) -> Result<Self> {
        // The cause would show what is there.
        let bytes = text.strip_prefix(SECRET_PREFIX).and_then(|text| BASE64_STANDARD.decode(text).ok());
        let bytes = Zeroizing::new(bytes.context("it has to be `whsec_` and base64")?);
        ensure!((24..=64).contains(&bytes.len()), "it has to have 24 to 64 bytes, and has {}", bytes.len());
        Ok(Self(bytes))
    }

    /// The header that says who sent this body at this unix second.
    pub fn sign(&self, id: &str, timestamp: u64, body: &str) -> String {
        // Keys of every length are good.
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.0).unwrap_or_else(|_| unreachable!());
        hmac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(hmac.finalize().into_bytes()))
    }
}

impl Sender {
    /// For [`Counts::metrics`].
    pub fn counts(&self) -> Arc<Counts> {
        self.counts.clone()
    }

    /// Delivers what is in the outbox, until the daemon ends.
    pub async fn run<K: Key>(
        self,
        store: Arc<Store<K>>,
        outbox: Outbox,
        health: Health,
        mut service: Service,
    ) -> Result<()> {
        let check = health.check("webhook", Duration::from_secs(120));
        check.fine();
        service.ready();
        let stop = service.stop.clone();
        let mut pauses = pauses();
        let mut next = Instant::now();
        loop {
            match outbox.first(&store)? {
                Some((number, message)) if Instant::now() >= next => {
                    let Some(sent) = stop.run_until_cancelled(self.send(&message)).await else {
                        return Ok(());
                    };
                    match sent {
                        Ok(()) => {
                            outbox.forget(&store, number)?;
                            self.counts.taken.fetch_add(1, Ordering::Relaxed);
                            pauses = self::pauses();
                            check.fine();
                            continue;
                        }
                        Err(error) if message.age() >= self.give_up => {
                            outbox.forget(&store, number)?;
                            self.counts.given_up.fetch_add(1, Ordering::Relaxed);
                            tracing::warn!(
                                number,
                                id = message.id,
                                "the webhook's message is given up: {error}"
                            );
                            check
                                .failing(format!("{error}; messages are given up after {}", self.patience()));
                        }
                        Err(error) => {
                            self.counts.failed.fetch_add(1, Ordering::Relaxed);
                            let pause = pauses.next().unwrap_or(PAUSES.1);
                            next = Instant::now() + pause.max(error.wait.unwrap_or_default()).min(PAUSES.1);
                            check.failing(format!("{error}; it is tried again for {}", self.patience()));
                        }
                    }
                }
                Some(_) => check.same(),
                None => check.fine(),
            }
            if stop.run_until_cancelled(sleep(TURN)).await.is_none() {
                return Ok(());
            }
        }
    }

    fn patience(&self) -> impl std::fmt::Display {
        humantime::format_duration(self.give_up)
    }

    /// Sends it once.
    async fn send(&self, message: &Message) -> Result<(), NotTaken> {
        let host = self.url.host_str().unwrap_or_default();
        let not_taken = |cause| NotTaken { cause: format!("the webhook at {host} {cause}"), wait: None };
        let now = SystemTime::now();
        let timestamp = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let request = self.http.post(self.url.clone()).header(CONTENT_TYPE, "application/json");
        let request = request
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", self.key.sign(&message.id, timestamp, &message.body));
        let answer =
            request.body(message.body.clone()).send().await.map_err(|error| match error.is_timeout() {
                true => not_taken("gives no answer in time".to_owned()),
                false => not_taken(format!("gives no answer: {}", root(&error.without_url()))),
            })?;
        // Its body says nothing that is needed.
        match answer.status() {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err(not_taken(format!(
                "answers {}: it leads elsewhere, which is not followed; write the URL that it leads to",
                status.as_u16()
            ))),
            status => {
                let cause = format!("refuses the message ({}){}", status.as_u16(), remedy(status));
                Err(NotTaken { wait: wait(answer.headers(), now), ..not_taken(cause) })
            }
        }
    }
}

fn remedy(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "; see whether both have the same secret",
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => {
            "; see whether its `url` is right"
        }
        _ => "",
    }
}

/// How long a receiver asks to be left alone: in seconds, or until a date.
fn wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).ok(),
    }
}

fn pauses() -> ExponentialBackoff {
    let (least, most) = PAUSES;
    let pauses = ExponentialBuilder::default().with_min_delay(least).with_max_delay(most);
    pauses.with_jitter().without_max_times().build()
}

impl Counts {
    /// For Prometheus, with how many messages wait.
    pub fn metrics(&self, waiting: Option<u64>) -> Vec<Metric> {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        vec![
            Metric::counter("webhook_taken", "Messages that the webhook has taken", count(&self.taken)),
            Metric::counter("webhook_failed", "Attempts that failed and are made again", count(&self.failed)),
            Metric::counter("webhook_given_up", "Messages that were given up", count(&self.given_up)),
            Metric::gauge("webhook_waiting", "Messages that wait to be delivered", waiting),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// Why this URL cannot be used, with this secret.
    fn refusal(url: &str, allow_http: bool, secret: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, secret).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let webhook = Webhook {
            url: url.to_owned(),
            secret: SecretFile::Path(path),
            authority: None,
            allow_http,
            deadline: ten_seconds(),
            give_up: three_days(),
        };
        webhook.sender().err().map(|error| format!("{error:#}"))
    }

    #[test]
    fn signatures_are_those_of_the_specification() {
        let key = SigningKey::parse(SECRET).unwrap();
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_told_leaves_this_machine_encrypted_only_unless_that_is_allowed() {
        for url in ["https://example.org/a", "http://127.0.0.1:80/", "http://[::1]/", "http://localhost:9/"] {
            assert_eq!(refusal(url, false, SECRET), None, "{url}");
        }
        for url in ["http://example.org/", "http://localhost.example.org/", "http://10.0.0.1/"] {
            assert!(refusal(url, false, SECRET).unwrap().contains("`allow_http = true`"), "{url}");
            assert_eq!(refusal(url, true, SECRET), None, "{url}");
        }
        for url in ["ftp://example.org/", "https://a:b@example.org/", "https://example.org/#a", "example.org"]
        {
            assert!(refusal(url, true, SECRET).is_some(), "{url}");
        }
    }

    #[test]
    fn a_secret_that_is_short_or_not_base64_is_refused_and_not_shown() {
        for secret in
            ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjU", "whsec_%fKQ9r8GKYqrTwjU", "whsec_"]
        {
            let refusal = refusal("https://example.org/token", false, secret).unwrap();
            assert!(refusal.contains("is of no use"), "{refusal}");
            assert!(!refusal.contains("fKQ9r8GK") && !refusal.contains("token"), "{refusal}");
        }
    }

    #[test]
    fn a_receiver_says_when_to_come_again_in_seconds_or_by_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let wait = |text: &str| wait(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]), now);
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Tue, 14 Nov 2023 22:14:20 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(wait("Tue, 14 Nov 2023 22:12:20 GMT"), None);
        assert_eq!(wait("soon"), None);
    }
}
