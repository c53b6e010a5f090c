//! The page, served with the validator.

use crate::{Link, Localnet, Wallets, listen::listen, records};
use anyhow::{Result, ensure};
use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    routing::get,
};
use base64::prelude::{BASE64_STANDARD, Engine};
use gpu_lease_client::address;
use serde::Serialize;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use tokio::net::TcpListener;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// What comes with every answer. Browsers load nothing from elsewhere and ask whether a file has changed.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; \
         img-src 'self' data:; connect-src 'self' https: wss: http://127.0.0.1:* ws://127.0.0.1:* \
         http://localhost:* ws://localhost:*; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-cache"),
];

/// What is seen of a machine and of what is beside it.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The offer whose leases it starts.
    pub offer: Address,
    /// Where its agent is watched, which tells the records of its leases.
    pub agent: SocketAddr,
    /// Where the guard is watched, which tells of the leases that it watches itself.
    pub guard: SocketAddr,
    /// The folder in which the guard finds access keys, with which it logs in as their renters do.
    pub access: PathBuf,
    /// What leads to it.
    pub link: Link,
}

impl Watched {
    /// The file of a lease's access key.
    pub fn access_key(&self, lease: &Address) -> PathBuf {
        self.access.join(format!("{lease}.key"))
    }
}

/// Serves the files of the page, and `cluster.json`, which says what the page works on.
pub struct Page {
    listener: TcpListener,
    folder: PathBuf,
}

impl Page {
    /// Takes the port, any free one if `None`. Browsers that ask already wait until the page is
    /// [served](Self::serve).
    pub async fn bind(folder: &Path, port: Option<u16>) -> Result<Self> {
        ensure!(
            folder.join("index.html").is_file(),
            "there is no page in {}; `npm run build` in app/ makes one",
            folder.display()
        );
        let listener = listen(port.unwrap_or(0), "--page-port").await?;
        Ok(Self { listener, folder: folder.to_owned() })
    }

    /// Where it will be.
    pub fn url(&self) -> Result<String> {
        Ok(format!("http://{}", self.listener.local_addr()?))
    }

    /// Serves the page of this market for as long as the runtime lives, with what it is told by what runs by itself.
    pub fn serve(self, net: &Localnet, watched: Option<&Watched>, indexer: Option<SocketAddr>) -> Result<()> {
        let cluster = Cluster::of(net, watched, indexer);
        let router = router(&self.folder, &cluster, watched.map(|it| it.agent))?;
        tokio::spawn(async move { axum::serve(self.listener, router).await });
        Ok(())
    }
}

fn router(folder: &Path, cluster: &Cluster, records: Option<SocketAddr>) -> Result<Router> {
    let cluster = serde_json::to_string(cluster)?;
    let answer = || async move { ([(header::CONTENT_TYPE, "application/json")], cluster) };
    // The build writes its files compressed, too; a browser that takes neither gets them as they are.
    let built = ServeDir::new(folder).precompressed_br().precompressed_gzip();
    let files = Router::new().route("/cluster.json", get(answer)).fallback_service(built);
    let files = records.map(records::router).unwrap_or_default().merge(files);
    Ok(HEADERS.into_iter().fold(files, |router, (name, value)| {
        router.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)))
    }))
}

/// `cluster.json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cluster {
    name: &'static str,
    rpc_url: String,
    ws_url: String,
    program_id: String,
    /// How mints are called, by address.
    tokens: BTreeMap<String, &'static str>,
    development_wallet: Vec<Account>,
    /// Offers whose leases an agent starts.
    served_offers: Vec<String>,
    /// Where records of what was delivered are.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<&'static str>,
    /// Where a guard tells of the leases that it watches.
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<String>,
    /// Where an indexer remembers what is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    indexer: Option<String>,
}

/// An account of the wallet that is built into the page.
#[derive(Serialize)]
struct Account {
    name: &'static str,
    /// Both halves of the key, base64.
    secret: String,
}

impl Cluster {
    fn of(net: &Localnet, watched: Option<&Watched>, indexer: Option<SocketAddr>) -> Self {
        let token = |mint: &Keypair, name| (mint.pubkey().to_string(), name);
        Self {
            name: "local",
            rpc_url: net.validator.rpc_url().to_owned(),
            ws_url: net.validator.ws_url().to_owned(),
            program_id: address::PROGRAM.to_string(),
            tokens: [token(&net.wallets.mint, "tUSD"), token(&net.wallets.vote_mint, "GPUV")].into(),
            development_wallet: accounts(&net.wallets),
            served_offers: watched.iter().map(|it| it.offer.to_string()).collect(),
            records: watched.map(|_| records::PATH),
            guard: watched.map(|it| format!("http://{}", it.guard)),
            indexer: indexer.map(|it| format!("http://{it}")),
        }
    }
}

/// Those whose part one can play on the page, by the name that it shows.
fn accounts(wallets: &Wallets) -> Vec<Account> {
    [
        ("Renter", &wallets.renter),
        ("Sponsor", &wallets.sponsor),
        ("Provider", &wallets.provider),
        ("Other provider", &wallets.other_provider),
        ("Attestor", &wallets.attestor),
        ("Operator", &wallets.operator),
        ("Keeper", &wallets.keeper),
        ("Arbiter", &wallets.arbiter),
        ("Guardian", &wallets.guardian),
        ("Holder", &wallets.holder),
        ("Other holder", &wallets.other_holder),
        ("Delegate", &wallets.delegate),
    ]
    .into_iter()
    .map(|(name, keypair)| Account { name, secret: BASE64_STANDARD.encode(keypair.to_bytes()) })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    const INDEX: &str = include_str!("../../../app/index.html");

    /// The whole answer of a server with a page, an icon, and a file that another deployment left, to who takes no encoding.
    async fn answer(path: &str) -> String {
        answer_in(path, "identity").await
    }

    async fn answer_in(path: &str, encodings: &str) -> String {
        let folder = TempDir::new().unwrap();
        let files = [
            ("index.html", INDEX),
            ("icon.svg", "<svg/>"),
            ("icon.svg.br", "in brotli"),
            ("icon.svg.gz", "in gzip"),
            ("cluster.json", "of devnet"),
        ];
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let cluster = Cluster {
            name: "local",
            rpc_url: "http://127.0.0.1:8899".to_owned(),
            ws_url: "ws://127.0.0.1:8900".to_owned(),
            program_id: address::PROGRAM.to_string(),
            tokens: BTreeMap::new(),
            development_wallet: accounts(&Wallets::well_known()),
            served_offers: vec!["offer".to_owned()],
            records: Some(records::PATH),
            guard: Some("http://127.0.0.1:2".to_owned()),
            indexer: Some("http://127.0.0.1:3".to_owned()),
        };
        let page = Page::bind(folder.path(), None).await.unwrap();
        let address = page.listener.local_addr().unwrap();
        // A machine of which nothing answers.
        let machine = Some(SocketAddr::from(([127, 0, 0, 1], 1)));
        let router = router(&page.folder, &cluster, machine).unwrap();
        tokio::spawn(async move { axum::serve(page.listener, router).await });

        let mut connection = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\naccept-encoding: {encodings}\r\nconnection: close\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn the_page_comes_with_a_strict_policy_and_is_not_kept() {
        let answer = answer("/").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with(INDEX));
        for (name, value) in HEADERS {
            assert!(answer.contains(&format!("{name}: {value}\r\n")), "{name} is missing: {answer}");
        }
    }

    #[test]
    fn the_page_itself_has_the_same_policy_for_other_hosts() {
        let [(_, policy), ..] = HEADERS;
        // Browsers heed `frame-ancestors` in the header alone.
        let policy = policy.strip_suffix("; frame-ancestors 'none'").unwrap();
        assert!(INDEX.contains(&format!("content=\"{policy}\"")), "app/index.html has another policy");
    }

    #[tokio::test]
    async fn cluster_json_is_the_server_s_and_no_file() {
        let answer = answer("/cluster.json").await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("content-type: application/json"), "{head}");
        let cluster: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(cluster["name"], "local");
        assert_eq!(cluster["rpcUrl"], "http://127.0.0.1:8899");
        assert_eq!(cluster["wsUrl"], "ws://127.0.0.1:8900");
        assert_eq!(cluster["programId"], address::PROGRAM.to_string());
        assert_eq!(cluster["servedOffers"][0], "offer");
        assert_eq!(cluster["records"], "/records");
        assert_eq!(cluster["guard"], "http://127.0.0.1:2");
        assert_eq!(cluster["indexer"], "http://127.0.0.1:3");
        let renter = &cluster["developmentWallet"][0];
        assert_eq!(renter["name"], "Renter");
        let secret = BASE64_STANDARD.decode(renter["secret"].as_str().unwrap()).unwrap();
        assert_eq!(secret, Wallets::well_known().renter.to_bytes());
    }

    #[tokio::test]
    async fn files_have_their_type_and_unknown_paths_are_not_found() {
        assert!(answer("/icon.svg").await.contains("content-type: image/svg+xml"));
        for path in
            ["/nothing", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/records/none", "/records/..%2fmetrics"]
        {
            assert!(answer(path).await.starts_with("HTTP/1.1 404"), "{path}");
        }
    }

    #[tokio::test]
    async fn files_come_compressed_to_browsers_that_take_it() {
        for (encodings, encoding, body) in [("gzip, br", "br", "in brotli"), ("gzip", "gzip", "in gzip")] {
            let answer = answer_in("/icon.svg", encodings).await;
            assert!(answer.contains(&format!("content-encoding: {encoding}\r\n")), "{answer}");
            assert!(answer.contains("content-type: image/svg+xml") && answer.ends_with(body), "{answer}");
        }
        assert!(answer("/icon.svg").await.ends_with("<svg/>"));
    }

    #[tokio::test]
    async fn a_folder_without_a_page_is_refused() {
        let folder = TempDir::new().unwrap();
        let error = Page::bind(folder.path(), None).await.err().unwrap().to_string();
        assert!(error.starts_with("there is no page in"), "{error}");
    }
}
