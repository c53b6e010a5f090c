//! A daemon that tells things to a receiver which fails, hangs, redirects, ends in the middle, and is there again; and which
//! is killed meanwhile.

#[path = "../calls/fleet.rs"]
#[expect(dead_code, reason = "a receiver needs less than a fleet")]
mod fleet;
mod receiver;

use fleet::Authority;
use gpu_lease_service::webhook::SigningKey;
use receiver::{Answer, Receiver, Request};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

const PATIENCE: Duration = Duration::from_secs(60);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A folder with a daemon's configuration, whose `webhook` is at `url` and has `extra`.
struct Place(TempDir);

impl Place {
    fn new(url: &str, extra: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("secret"), SECRET).unwrap();
        fs::set_permissions(at("secret"), Permissions::from_mode(0o600)).unwrap();
        let text = format!(
            "grace = \"5s\"\nstate = {:?}\nsocket.path = {:?}\nmonitoring.listen = \"127.0.0.1:0\"\n\
             [webhook]\nurl = {url:?}\nsecret = {:?}\n{extra}\n",
            folder.path(),
            at("api.sock"),
            at("secret")
        );
        fs::write(at("sample.toml"), text).unwrap();
        Self(folder)
    }

    /// Runs until it is dropped, and then ends as one does that is killed.
    fn start(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sample-daemon"));
        command.arg(self.0.path().join("sample.toml")).stdin(Stdio::null()).stderr(Stdio::null());
        command.kill_on_drop(true).spawn().unwrap()
    }

    /// What `/healthz` or `/metrics` answers; nothing before the daemon has begun.
    async fn get(&self, path: &str) -> String {
        let Ok(address) = fs::read_to_string(self.0.path().join("monitoring")) else { return String::new() };
        match reqwest::get(format!("http://{address}{path}")).await {
            Ok(answer) => answer.text().await.unwrap(),
            Err(_) => String::new(),
        }
    }
}

fn url(receiver: &Receiver) -> String {
    format!("http://127.0.0.1:{}/hook", receiver.port)
}

/// Waits until `is_so` of the requests.
async fn until(receiver: &Receiver, is_so: impl Fn(&[Request]) -> bool) -> Vec<Request> {
    let start = Instant::now();
    loop {
        let requests = receiver.requests();
        if is_so(&requests) {
            return requests;
        }
        assert!(start.elapsed() < PATIENCE, "{requests:#?}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Every attempt is signed, and says when it was made.
fn require_signed(requests: &[Request]) {
    let key = SigningKey::parse(SECRET).unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    for request in requests {
        let timestamp: u64 = request.headers["webhook-timestamp"].parse().unwrap();
        assert!((now - 120..=now).contains(&timestamp));
        assert_eq!(request.headers["webhook-signature"], key.sign(request.id(), timestamp, &request.text));
        assert_eq!(request.headers["content-type"], "application/json");
    }
}

#[tokio::test]
async fn each_message_is_taken_once_and_in_order_whatever_happens_in_between() {
    let faults =
        [Answer::status(500), Answer::Nothing, Answer::Close, Answer::HalfAHead, Answer::status(404)];
    let answers = faults.iter().flat_map(|fault| [fault.clone(), Answer::fine()]).chain([Answer::HalfABody]);
    let receiver = Receiver::start(answers).await;
    let place = Place::new(&url(&receiver), "deadline = \"1s\"");
    let _daemon = place.start();
    let requests = until(&receiver, |requests| requests.len() >= 20).await;
    // Five are sent twice, since no answer was seen that took them. Of the sixth one was.
    let numbers: Vec<u64> = requests.iter().map(Request::number).collect();
    assert_eq!(numbers[..12], [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7]);
    assert!(numbers[11..].windows(2).all(|pair| pair[0] + 1 == pair[1]), "{numbers:?}");
    for pair in requests.windows(2) {
        assert_eq!(pair[0].id() == pair[1].id(), pair[0].number() == pair[1].number());
        assert!(pair[0].id() != pair[1].id() || pair[0].text == pair[1].text);
    }
    let body = requests[0].body();
    assert_eq!((&body["type"], &body["data"]), (&json!("turn.made"), &json!(1)));
    require_signed(&requests);
    let metrics = place.get("/metrics").await;
    assert!(metrics.contains("webhook_failed_total 5\n"), "{metrics}");
    assert!(metrics.contains("webhook_given_up_total 0\n"), "{metrics}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_health_says_what_to_do() {
    let elsewhere = Receiver::start([]).await;
    let away = Answer::Status(308, format!("location: {}\r\n", url(&elsewhere)));
    let receiver = Receiver::start([away]).await;
    let place = Place::new(&url(&receiver), "");
    let _daemon = place.start();
    until(&receiver, |requests| requests.len() == 1).await;
    let start = Instant::now();
    let expected = "the webhook at 127.0.0.1 answers 308: it leads elsewhere, which is not followed; \
                    write the URL that it leads to; it is tried again for 3days";
    while !place.get("/healthz").await.contains(expected) {
        assert!(start.elapsed() < PATIENCE, "{}", place.get("/healthz").await);
        sleep(Duration::from_millis(20)).await;
    }
    until(&receiver, |requests| requests.len() >= 3).await;
    assert!(elsewhere.requests().is_empty());
    assert!(!place.get("/healthz").await.contains("leads elsewhere"));
}

#[tokio::test]
async fn a_receiver_that_asks_to_be_left_alone_is() {
    let receiver = Receiver::start([Answer::Status(429, "retry-after: 4\r\n".to_owned())]).await;
    let place = Place::new(&url(&receiver), "");
    let _daemon = place.start();
    let requests = until(&receiver, |requests| requests.len() >= 2).await;
    let pause = requests[1].at - requests[0].at;
    assert!(pause >= Duration::from_secs(4) && pause < Duration::from_secs(20), "{pause:?}");
    assert_eq!(requests[0].id(), requests[1].id());
}

#[tokio::test]
async fn what_nobody_takes_for_too_long_is_given_up_and_its_number_is_missing() {
    let receiver = Receiver::start([Answer::status(500), Answer::status(500)]).await;
    let place = Place::new(&url(&receiver), "give_up = \"0s\"");
    let _daemon = place.start();
    let requests = until(&receiver, |requests| requests.len() >= 4).await;
    let numbers: Vec<u64> = requests.iter().map(Request::number).collect();
    assert_eq!(numbers[..4], [1, 2, 3, 4]);
    let metrics = place.get("/metrics").await;
    assert!(metrics.contains("webhook_given_up_total 2\n"), "{metrics}");
}

#[tokio::test]
async fn a_daemon_that_is_killed_again_and_again_tells_everything_and_nothing_of_two_kinds() {
    // Longer than from one message to the next, so that a kill comes while one is on its way.
    let receiver = Receiver::slow(Duration::from_millis(80)).await;
    let place = Place::new(&url(&receiver), "");
    for round in 0..8 {
        let mut daemon = place.start();
        let before = receiver.requests().len();
        until(&receiver, |requests| requests.len() > before + 3).await;
        sleep(Duration::from_millis(7 * round)).await;
        daemon.kill().await.unwrap();
    }
    let before = receiver.requests().len();
    let _daemon = place.start();
    let requests = until(&receiver, |requests| requests.len() >= before + 10).await;
    require_signed(&requests);
    // One that was sent when the kill came may have come twice: then with the same id.
    let mut by_number = HashMap::new();
    for request in &requests {
        let first = by_number.entry(request.number()).or_insert((request.id(), request.body()));
        assert_eq!((first.0, &first.1), (request.id(), &request.body()));
        // A turn is on disk with its message, or neither is.
        assert_eq!(request.body()["data"], json!(request.number()));
    }
    let numbers: Vec<u64> = requests.iter().map(Request::number).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1 || pair[1] == pair[0]), "{numbers:?}");
    assert_eq!(numbers[0], 1);
    let twice = requests.len() - by_number.len();
    assert!((1..=8).contains(&twice), "{numbers:?}");
}

#[tokio::test]
async fn a_receiver_is_believed_if_an_authority_vouches_for_it() {
    let authority = Authority::new("people");
    let server = authority.server();
    let key = PrivateKeyDer::from_pem_slice(server.files.key.read().unwrap().bytes()).unwrap();
    let certificates = CertificateDer::pem_file_iter(&server.files.certificate).unwrap().map(Result::unwrap);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(certificates.collect(), key).unwrap();
    let receiver = Receiver::by_tls(TlsAcceptor::from(Arc::new(config))).await;
    let url = format!("https://localhost:{}/hook", receiver.port);

    let doubting = Place::new(&url, "");
    let _doubting = doubting.start();
    let start = Instant::now();
    while !doubting.get("/healthz").await.contains("invalid peer certificate: UnknownIssuer") {
        assert!(start.elapsed() < PATIENCE, "{}", doubting.get("/healthz").await);
        sleep(Duration::from_millis(20)).await;
    }
    assert!(receiver.requests().is_empty());

    let place = Place::new(&url, &format!("authority = {:?}", authority.path()));
    let _daemon = place.start();
    require_signed(&until(&receiver, |requests| requests.len() >= 2).await);
}
