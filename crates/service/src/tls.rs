//! TLS between two machines that both show a certificate of one authority, the fleet's own. No other is trusted.

use crate::secret::SecretFile;
use crate::server::{Listener, wait_after};
use anyhow::{Context, Result, bail, ensure};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use x509_parser::parse_x509_certificate;

/// Handshakes at once. More wait.
const MAX_HANDSHAKES: usize = 256;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Whom this machine trusts and what it shows, all in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The authority's certificate.
    pub authority: PathBuf,
    /// This machine's certificate, and those between it and the authority if there are any.
    pub certificate: PathBuf,
    /// This machine's key.
    pub key: SecretFile,
}

/// Who is at the other end: the authority vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The subject's common name.
    pub name: String,
    /// SHA-256 of the certificate, in hex.
    pub fingerprint: String,
}

impl TlsFiles {
    /// What a server does: it lets nobody in without a certificate.
    pub fn server(&self) -> Result<ServerConfig> {
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(self.authority()?), provider()).build();
        let verifier = verifier.with_context(|| format!("{} is of no use", self.authority.display()))?;
        let config = ServerConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13])?;
        let config = config.with_client_cert_verifier(verifier);
        let config = config.with_single_cert(certificates(&self.certificate)?, self.key()?);
        let mut config = config.with_context(|| self.mismatch())?;
        // Each connection shows its certificate: a ticket would let one in that has ended since.
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    /// What a client does: it speaks to nobody without a certificate for the name that it asks for.
    pub fn client(&self) -> Result<ClientConfig> {
        let config = ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13])?;
        let config = config.with_root_certificates(self.authority()?);
        config
            .with_client_auth_cert(certificates(&self.certificate)?, self.key()?)
            .with_context(|| self.mismatch())
    }

    /// When the first of the certificates ends. A daemon reads them at its start only.
    pub fn expiry(&self) -> Result<SystemTime> {
        let mut first = i64::MAX;
        for path in [&self.authority, &self.certificate] {
            for certificate in certificates(path)? {
                let (_, certificate) = parse_x509_certificate(&certificate)
                    .with_context(|| format!("a certificate in {} cannot be read", path.display()))?;
                first = first.min(certificate.validity().not_after.timestamp());
            }
        }
        let first = u64::try_from(first).context("a certificate ended before 1970")?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(first)).context("a certificate has no end")
    }

    fn authority(&self) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.authority)? {
            let added = roots.add(certificate);
            added.with_context(|| {
                format!("{} has no certificate of an authority", self.authority.display())
            })?;
        }
        Ok(roots)
    }

    fn key(&self) -> Result<PrivateKeyDer<'static>> {
        let secret = self.key.read()?;
        // The cause would show what is there.
        PrivateKeyDer::from_pem_slice(secret.bytes())
            .map_err(|_| anyhow::anyhow!("{} has no private key in PEM", self.key))
    }

    fn mismatch(&self) -> String {
        format!("{} and {} do not go together", self.certificate.display(), self.key)
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    let certificates =
        read().with_context(|| format!("the certificates in {} cannot be read", path.display()))?;
    ensure!(!certificates.is_empty(), "{} has no certificate in PEM", path.display());
    Ok(certificates)
}

/// A port on which only those with a certificate are heard.
pub struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    /// Beside each other, so that one who is slow delays nobody.
    handshakes: JoinSet<Result<(TlsStream<TcpStream>, ClientCertificate)>>,
}

impl TlsListener {
    pub async fn bind(listen: SocketAddr, files: &TlsFiles) -> Result<Self> {
        let acceptor = TlsAcceptor::from(Arc::new(files.server()?));
        let tcp = TcpListener::bind(listen).await;
        let tcp = tcp.with_context(|| format!("cannot listen at {listen}; choose another port"))?;
        Ok(Self { tcp, acceptor, handshakes: JoinSet::new() })
    }

    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.tcp.local_addr()?)
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Peer = ClientCertificate;

    async fn accept(&mut self) -> (TlsStream<TcpStream>, ClientCertificate) {
        loop {
            select! {
                accepted = self.tcp.accept(), if self.handshakes.len() < MAX_HANDSHAKES => match accepted {
                    Ok((stream, from)) => {
                        self.handshakes.spawn(shake_hands(self.acceptor.clone(), stream, from));
                    }
                    Err(error) => wait_after(&error).await,
                },
                Some(done) = self.handshakes.join_next() => match done {
                    Ok(Ok(accepted)) => return accepted,
                    Ok(Err(error)) => tracing::info!("{error:#}"),
                    Err(error) => tracing::error!(%error, "a handshake failed"),
                },
            }
        }
    }
}

async fn shake_hands(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    from: SocketAddr,
) -> Result<(TlsStream<TcpStream>, ClientCertificate)> {
    let shake = async {
        stream.set_nodelay(true)?;
        let stream = timeout(HANDSHAKE, acceptor.accept(stream)).await.context("it took too long")??;
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let client = client(certificate.context("it showed no certificate")?)?;
        Ok((stream, client))
    };
    let shaken: Result<_> = shake.await;
    shaken.with_context(|| format!("{from} was not let in"))
}

fn client(certificate: &CertificateDer) -> Result<ClientCertificate> {
    let (_, parsed) = parse_x509_certificate(certificate).context("its certificate cannot be read")?;
    let mut names = parsed.subject().iter_common_name();
    match (names.next().map(|name| name.as_str()), names.next()) {
        (Some(Ok(name)), None) => Ok(ClientCertificate {
            name: name.to_owned(),
            fingerprint: hex::encode(Sha256::digest(certificate)),
        }),
        _ => bail!("its certificate has not exactly one common name"),
    }
}
