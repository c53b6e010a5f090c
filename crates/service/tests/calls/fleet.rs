//! An authority and what it gives to machines, as files.

use gpu_lease_service::secret::SecretFile;
use gpu_lease_service::tls::TlsFiles;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::RootCertStore;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

pub struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What a certificate says.
pub struct Given {
    pub host: Option<&'static str>,
    pub is_server: bool,
    /// From and to, counted from today.
    pub days: (i64, i64),
}

pub struct Machine {
    pub files: TlsFiles,
    /// In DER.
    pub certificate: Vec<u8>,
    _folder: TempDir,
}

impl Default for Given {
    fn default() -> Self {
        Self { host: None, is_server: false, days: (-1, 30) }
    }
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("authority.pem"), issuer.pem()).unwrap();
        Self { folder, issuer }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        roots
    }

    /// A server that is reached as `localhost`.
    pub fn server(&self) -> Machine {
        self.give("signer", Given { host: Some("localhost"), is_server: true, ..Given::default() })
    }

    pub fn give(&self, name: &str, given: Given) -> Machine {
        let hosts: Vec<String> = given.host.into_iter().map(str::to_owned).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.distinguished_name = named(name);
        params.not_before = day(given.days.0).into();
        params.not_after = day(given.days.1).into();
        params.extended_key_usages = vec![match given.is_server {
            true => ExtendedKeyUsagePurpose::ServerAuth,
            false => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("machine.pem"), certificate.pem()).unwrap();
        fs::write(at("machine.key"), key.serialize_pem()).unwrap();
        fs::set_permissions(at("machine.key"), Permissions::from_mode(0o600)).unwrap();
        let files = TlsFiles {
            authority: self.path(),
            certificate: at("machine.pem"),
            key: SecretFile::Path(at("machine.key")),
        };
        Machine { files, certificate: certificate.der().to_vec(), _folder: folder }
    }
}

impl Machine {
    /// Lets every user of this computer read the key.
    pub fn open_to_all(&self) {
        fs::set_permissions(self.files.key.to_string(), Permissions::from_mode(0o644)).unwrap();
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    if !name.is_empty() {
        names.push(DnType::CommonName, name);
    }
    names
}

fn day(from_today: i64) -> SystemTime {
    let span = Duration::from_secs(from_today.unsigned_abs() * 86_400);
    match from_today < 0 {
        true => SystemTime::now() - span,
        false => SystemTime::now() + span,
    }
}
