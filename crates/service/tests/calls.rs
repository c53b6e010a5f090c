//! Calls from one daemon to another: who is let in, whom a client believes, and what neither can be made to do.

#[path = "calls/fleet.rs"]
mod fleet;

use axum::extract::Extension;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use fleet::{Authority, Given};
use gpu_lease_service::client::{CallError, Client};
use gpu_lease_service::server::{Limits, Listener, serve};
use gpu_lease_service::tls::{ClientCertificate, TlsFiles, TlsListener};
use gpu_lease_service::unix::SocketFile;
use rustls::crypto::ring;
use rustls::{ClientConfig, HandshakeKind};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(20);
const LIMITS: Limits = Limits { body: 1024, patience: PATIENCE, connections: 64 };

/// A server, which stops with the test.
struct Server {
    stop: CancellationToken,
    done: JoinHandle<()>,
}

impl Server {
    fn start(listener: impl Listener + 'static, router: Router, limits: Limits) -> Self {
        let stop = CancellationToken::new();
        let done = tokio::spawn(serve(listener, router, limits, stop.clone()));
        Self { stop, done }
    }
}

mod over_a_socket {
    use super::*;

    struct Place {
        _folder: TempDir,
        path: PathBuf,
        server: Server,
    }

    fn serving(router: Router, limits: Limits) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api.sock");
        let socket = SocketFile { path: path.clone(), group: None }.bind().unwrap();
        Place { server: Server::start(socket, router, limits), path, _folder: folder }
    }

    fn echo() -> Router {
        Router::new().route("/echo", post(|Json(text): Json<String>| async { Json(text) }))
    }

    fn client(place: &Place) -> Client {
        Client::unix(&place.path, PATIENCE).unwrap()
    }

    async fn call(client: &Client, path: &str, text: &str) -> Result<String, CallError> {
        client.post(path, text).await
    }

    #[tokio::test]
    async fn what_is_posted_comes_back() {
        let place = serving(echo(), LIMITS);
        let client = client(&place);
        assert_eq!(call(&client, "/echo", "a").await.unwrap(), "a");
        assert_eq!(call(&client, "/echo", "b").await.unwrap(), "b");
    }

    #[tokio::test]
    async fn a_client_goes_on_when_the_server_has_started_again() {
        let mut place = serving(echo(), LIMITS);
        let client = client(&place);
        for text in ["a", "b", "c"] {
            assert_eq!(call(&client, "/echo", text).await.unwrap(), text);
            place.server.stop.cancel();
            while UnixStream::connect(&place.path).await.is_ok() {
                sleep(Duration::from_millis(5)).await;
            }
            let socket = SocketFile { path: place.path.clone(), group: None }.bind().unwrap();
            place.server = Server::start(socket, echo(), LIMITS);
        }
    }

    #[tokio::test]
    async fn a_refusal_brings_its_sentence_and_says_whether_to_try_again() {
        let busy = || async { (StatusCode::SERVICE_UNAVAILABLE, "the node does not answer") };
        let lower = || async { (StatusCode::CONFLICT, "a higher count has been signed") };
        let place = serving(Router::new().route("/busy", post(busy)).route("/lower", post(lower)), LIMITS);
        let error = call(&client(&place), "/lower", "a").await.unwrap_err();
        let shown = place.path.display();
        assert_eq!(error.to_string(), format!("{shown} refuses (409): a higher count has been signed"));
        assert!(!error.may_retry());
        assert!(call(&client(&place), "/busy", "a").await.unwrap_err().may_retry());
    }

    #[tokio::test]
    async fn a_body_is_bounded_to_the_byte() {
        let place = serving(echo(), LIMITS);
        // Two bytes are quotation marks.
        call(&client(&place), "/echo", &"a".repeat(LIMITS.body - 2)).await.unwrap();
        let error = call(&client(&place), "/echo", &"a".repeat(LIMITS.body - 1)).await.unwrap_err();
        assert!(matches!(error, CallError::Refused { status: 413, .. }), "{error}");
    }

    #[tokio::test]
    async fn an_answer_and_a_refusal_are_bounded() {
        let long = || async { Json("a".repeat(4 * 1024 * 1024)) };
        let talk = || async { (StatusCode::CONFLICT, "a".repeat(1024 * 1024)) };
        let place = serving(Router::new().route("/long", post(long)).route("/talk", post(talk)), LIMITS);
        let error = call(&client(&place), "/long", "a").await.unwrap_err();
        assert!(error.to_string().contains("it has more than 4194304 bytes"), "{error}");
        match call(&client(&place), "/talk", "a").await.unwrap_err() {
            CallError::Refused { sentence, .. } => assert_eq!(sentence.len(), 4096),
            error => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn what_is_not_understood_is_an_error_and_not_tried_again() {
        let place = serving(Router::new().route("/odd", post(|| async { "neither JSON nor text" })), LIMITS);
        let error = call(&client(&place), "/odd", "a").await.unwrap_err();
        assert!(matches!(error, CallError::Garbled { .. }) && !error.may_retry(), "{error}");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let away = || async { (StatusCode::TEMPORARY_REDIRECT, [("location", "/echo")], "") };
        let place = serving(echo().route("/away", post(away)), LIMITS);
        let error = call(&client(&place), "/away", "a").await.unwrap_err();
        assert!(matches!(error, CallError::Refused { status: 307, .. }), "{error}");
    }

    #[tokio::test]
    async fn nobody_at_the_socket_is_told_and_may_be_tried_again() {
        let client = Client::unix(Path::new("/nowhere/api.sock"), PATIENCE).unwrap();
        let error = call(&client, "/echo", "a").await.unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/api.sock gives no answer: No such file"), "{error}");
        assert!(error.may_retry());
    }

    #[tokio::test]
    async fn neither_side_waits_longer_than_it_said() {
        let stuck = || async {
            sleep(PATIENCE).await;
            "too late"
        };
        let short = Duration::from_millis(100);
        let place = serving(Router::new().route("/stuck", post(stuck)), Limits { patience: short, ..LIMITS });
        let error = call(&client(&place), "/stuck", "a").await.unwrap_err();
        assert!(matches!(error, CallError::Refused { status: 503, .. }), "{error}");
        let place = serving(Router::new().route("/stuck", post(stuck)), LIMITS);
        let client = Client::unix(&place.path, short).unwrap();
        let error = call(&client, "/stuck", "a").await.unwrap_err();
        assert!(matches!(error, CallError::Late { .. }) && error.may_retry(), "{error}");
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_is_closed_and_makes_room() {
        let limits = Limits { patience: Duration::from_millis(500), connections: 1, ..LIMITS };
        let place = serving(echo(), limits);
        let mut idle = UnixStream::connect(&place.path).await.unwrap();
        idle.write_all(b"POST /echo HTTP/1.1\r\n").await.unwrap();
        // The one place is taken, so this waits for it.
        let start = Instant::now();
        assert_eq!(call(&client(&place), "/echo", "a").await.unwrap(), "a");
        assert!(start.elapsed() >= Duration::from_millis(400), "{:?}", start.elapsed());
        let mut rest = Vec::new();
        idle.read_to_end(&mut rest).await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_of_a_handler_breaks_one_call_only() {
        async fn bug() -> Json<()> {
            panic!("a bug")
        }
        let place = serving(echo().route("/bug", post(bug)), LIMITS);
        let error = call(&client(&place), "/bug", "a").await.unwrap_err();
        assert!(matches!(error, CallError::Unreachable { .. }), "{error}");
        assert_eq!(call(&client(&place), "/echo", "a").await.unwrap(), "a");
    }

    #[tokio::test]
    async fn a_stop_finishes_what_has_begun_and_takes_nothing_new() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (begun.clone(), go_on.clone());
        let slow = move || async move {
            tell.notify_one();
            wait.notified().await;
            Json("done")
        };
        let place = serving(Router::new().route("/slow", post(slow)), LIMITS);
        let client = client(&place);
        let first = tokio::spawn({
            let client = client.clone();
            async move { call(&client, "/slow", "a").await }
        });
        begun.notified().await;
        place.server.stop.cancel();
        while UnixStream::connect(&place.path).await.is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
        assert!(!place.server.done.is_finished());
        go_on.notify_one();
        assert_eq!(first.await.unwrap().unwrap(), "done");
        place.server.done.await.unwrap();
    }
}

mod over_tls {
    use super::*;

    async fn who(Extension(client): Extension<ClientCertificate>) -> Json<(String, String)> {
        Json((client.name, client.fingerprint))
    }

    /// Serves, and says at which port.
    async fn serving(files: &TlsFiles) -> (Server, u16) {
        let listener = TlsListener::bind("127.0.0.1:0".parse().unwrap(), files).await.unwrap();
        let port = listener.address().unwrap().port();
        (Server::start(listener, Router::new().route("/who", post(who)), LIMITS), port)
    }

    async fn ask(files: &TlsFiles, port: u16) -> Result<(String, String), CallError> {
        let client = Client::tls(&format!("https://localhost:{port}"), files, PATIENCE).unwrap();
        client.post("/who", &()).await
    }

    /// The refusal that a client with these files gets.
    async fn refusal(files: &TlsFiles, port: u16) -> String {
        match ask(files, port).await.unwrap_err() {
            CallError::Unreachable { cause, .. } => cause,
            error => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn a_machine_of_the_fleet_is_known_by_name_and_fingerprint() {
        let fleet = Authority::new("fleet");
        let (server, machine) = (fleet.server(), fleet.give("machine-7", Given::default()));
        let (_server, port) = serving(&server.files).await;
        let fingerprint = hex::encode(Sha256::digest(&machine.certificate));
        assert_eq!(ask(&machine.files, port).await.unwrap(), ("machine-7".to_owned(), fingerprint));
    }

    #[tokio::test]
    async fn without_a_certificate_nobody_is_let_in() {
        let fleet = Authority::new("fleet");
        let (_server, port) = serving(&fleet.server().files).await;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(fleet.roots())
            .with_no_client_auth();
        let client = reqwest::Client::builder().use_preconfigured_tls(config).no_proxy().build().unwrap();
        let error = client.post(format!("https://localhost:{port}/who")).send().await.unwrap_err();
        let mut cause: &dyn Error = &error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        assert_eq!(cause.to_string(), "received fatal alert: CertificateRequired");
    }

    #[tokio::test]
    async fn a_certificate_of_another_authority_is_refused() {
        let fleet = Authority::new("fleet");
        let (_server, port) = serving(&fleet.server().files).await;
        // The second has the fleet's name, which anybody can take.
        for (name, alert) in [("other", "UnknownCA"), ("fleet", "DecryptError")] {
            let mut stranger = Authority::new(name).give("machine-7", Given::default());
            stranger.files.authority = fleet.path();
            assert_eq!(refusal(&stranger.files, port).await, format!("received fatal alert: {alert}"));
        }
    }

    #[tokio::test]
    async fn a_certificate_that_has_ended_or_not_begun_is_refused() {
        let fleet = Authority::new("fleet");
        let (_server, port) = serving(&fleet.server().files).await;
        let ended = fleet.give("machine-7", Given { days: (-2, -1), ..Given::default() });
        assert_eq!(refusal(&ended.files, port).await, "received fatal alert: CertificateExpired");
        let future = fleet.give("machine-7", Given { days: (1, 2), ..Given::default() });
        assert_eq!(refusal(&future.files, port).await, "received fatal alert: CertificateExpired");
    }

    #[tokio::test]
    async fn a_server_s_certificate_is_not_good_for_a_client() {
        let fleet = Authority::new("fleet");
        let server = fleet.server();
        let (_server, port) = serving(&server.files).await;
        assert_eq!(refusal(&server.files, port).await, "received fatal alert: UnsupportedCertificate");
    }

    #[tokio::test]
    async fn a_client_believes_no_server_of_another_authority_name_time_or_use() {
        let fleet = Authority::new("fleet");
        let machine = fleet.give("machine-7", Given::default());
        let localhost = || Given { host: Some("localhost"), is_server: true, ..Given::default() };
        let mut foreign = Authority::new("other").give("signer", localhost());
        foreign.files.authority = fleet.path();
        let cases = [
            ("UnknownIssuer", foreign),
            (
                "certificate not valid for name",
                fleet.give("signer", Given { host: Some("signer.example"), ..localhost() }),
            ),
            ("certificate expired", fleet.give("signer", Given { days: (-2, -1), ..localhost() })),
            // What a machine has been given must not let it play the signer.
            (
                "certificate does not allow extended key usage for server authentication",
                fleet.give("machine-8", Given { is_server: false, ..localhost() }),
            ),
        ];
        for (expected, server) in cases {
            let (_server, port) = serving(&server.files).await;
            let refusal = refusal(&machine.files, port).await;
            assert!(refusal.starts_with(&format!("invalid peer certificate: {expected}")), "{refusal}");
        }
    }

    #[tokio::test]
    async fn who_is_slow_to_shake_hands_delays_nobody() {
        let fleet = Authority::new("fleet");
        let machine = fleet.give("machine-7", Given::default());
        let (_server, port) = serving(&fleet.server().files).await;
        let mut silent = Vec::new();
        for _ in 0..8 {
            silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        }
        let start = Instant::now();
        ask(&machine.files, port).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
        // They are sent away in the end.
        let end = timeout(PATIENCE, silent[0].read(&mut [0; 16])).await;
        assert_eq!(end.expect("the connection is kept").unwrap_or(0), 0);
    }

    #[tokio::test]
    async fn every_connection_shows_its_certificate_afresh() {
        let fleet = Authority::new("fleet");
        let (_server, port) = serving(&fleet.server().files).await;
        let machine = fleet.give("machine-7", Given::default());
        let connector = TlsConnector::from(Arc::new(machine.files.client().unwrap()));
        for _ in 0..2 {
            let tcp = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let mut stream = connector.connect("localhost".try_into().unwrap(), tcp).await.unwrap();
            stream.write_all(b"POST /who HTTP/1.1\r\nconnection: close\r\n\r\n").await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.contains("[\"machine-7\","), "{answer}");
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
        }
    }

    #[tokio::test]
    async fn a_certificate_without_a_name_is_refused() {
        let fleet = Authority::new("fleet");
        let (_server, port) = serving(&fleet.server().files).await;
        ask(&fleet.give("", Given::default()).files, port).await.unwrap_err();
    }

    #[test]
    fn a_key_that_others_can_read_or_that_belongs_elsewhere_is_refused() {
        let fleet = Authority::new("fleet");
        let mut machine = fleet.give("machine-7", Given::default());
        let other = fleet.give("machine-8", Given::default());
        machine.open_to_all();
        let error = format!("{:#}", machine.files.client().unwrap_err());
        assert!(error.contains("others can read the secret"), "{error}");
        machine.files.key = other.files.key.clone();
        for error in [machine.files.client().unwrap_err(), machine.files.server().unwrap_err()] {
            assert!(error.to_string().ends_with("do not go together"), "{error}");
        }
    }

    #[test]
    fn the_end_of_the_first_certificate_is_known() {
        let fleet = Authority::new("fleet");
        let machine = fleet.give("machine-7", Given { days: (-1, 3), ..Given::default() });
        let left = machine.files.expiry().unwrap().duration_since(std::time::SystemTime::now()).unwrap();
        assert!(left > Duration::from_hours(71) && left <= Duration::from_hours(72), "{left:?}");
    }

    #[test]
    fn an_address_without_tls_or_with_a_path_is_refused() {
        let fleet = Authority::new("fleet");
        let machine = fleet.give("machine-7", Given::default());
        for url in ["http://signer:7443", "https://signer:7443/api", "https://signer/?a=b", "signer"] {
            let refusal = Client::tls(url, &machine.files, PATIENCE).unwrap_err().to_string();
            assert!(refusal.starts_with(&format!("`{url}` ")), "{refusal}");
        }
        Client::tls("https://signer:7443/", &machine.files, PATIENCE).unwrap();
    }
}
