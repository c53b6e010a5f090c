//! One signer for several machines, which know each other's certificates.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gpu_lease_agent::cluster::Cluster as AgentsCluster;
use gpu_lease_agent::plan::life_of;
use gpu_lease_agent::signer::{self, Desk, NotDone, Remote, Rules, Signed, Signer as _};
use gpu_lease_agent::store::Store;
use gpu_lease_runtime::Life;
use gpu_lease_service::client::Client;
use gpu_lease_service::server::serve;
use gpu_lease_service::tls::{TlsFiles, TlsListener};
use gpu_lease_tests::prelude::*;

use crate::authority::{Authority, Given};
use crate::town::Town;

/// A signer that lets machines with certificates of `authority` in, until its runtime ends.
pub struct Fleet {
    pub authority: Authority,
    port: u16,
}

impl Fleet {
    pub async fn serve<C: AgentsCluster + 'static>(desk: Desk<C>) -> Self {
        let authority = Authority::new("fleet");
        let address = "127.0.0.1:0".parse().unwrap();
        let listener = TlsListener::bind(address, &authority.server().files).await.unwrap();
        let port = listener.address().unwrap().port();
        let router = signer::fleet(Arc::new(desk));
        tokio::spawn(async move { serve(listener, router, Default::default(), Default::default()).await });
        Self { authority, port }
    }

    /// The signer, as the machine of this name sees it.
    pub fn machine(&self, name: &str) -> Remote {
        self.shown(&self.authority.give(name, Given::default()).files)
    }

    /// The same for whoever shows this certificate.
    fn shown(&self, files: &TlsFiles) -> Remote {
        let url = format!("https://localhost:{}", self.port);
        Remote(Client::tls(&url, files, Duration::from_secs(20)).unwrap())
    }
}

/// A market of two offers with a lease each, and a desk for `first`, which serves one, and `second`, which serves the other.
fn two_offers(folder: &Path) -> (Town, [LeaseKey; 2], [Life; 2], Desk<Town>) {
    let town = Town::new(|_| {});
    let first = town.open(|_| {});
    let offers = {
        let mut world = town.world();
        let (offer, terms) = (world.offer, world.offer().terms);
        let create = world.create_offer_ix(1, 8, terms, listing());
        world.play([create]).ok();
        world.offer = address::offer(&world.provider, 1);
        [offer, world.offer]
    };
    let second = town.open(|request| request.nonce = 1);
    let leases = [first, second];
    let serves = |name: &str, offer: Address| (name.to_owned(), [offer.to_string()].into());
    let machines = [serves("first", offers[0]), serves("second", offers[1])].into();
    let rules = Rules { machines, ..Rules::default() };
    let desk = Desk::new(town.clone(), town.keys(), Store::open(&folder.join("journal")).unwrap(), rules);
    let lives = leases.map(|lease| life_of(&town.world().context(&lease)));
    (town, leases, lives, desk)
}

fn not_served<T>(name: &str) -> Result<T, NotDone> {
    Err(NotDone::NotServed { machine: name.to_owned() })
}

#[tokio::test]
async fn machines_of_a_fleet_get_signatures_each_for_its_own_offers() {
    let folder = tempfile::tempdir().unwrap();
    let (town, leases, lives, desk) = two_offers(folder.path());
    let fleet = Fleet::serve(desk).await;
    let machines = ["first", "second"].map(|name| fleet.machine(name));
    assert_eq!(machines[0].start(&lives[1], b"blob").await, not_served("first"));
    assert_eq!(machines[1].start(&lives[0], b"blob").await, not_served("second"));
    for (machine, life) in machines.iter().zip(&lives) {
        assert_eq!(machine.start(life, b"blob").await, Ok(()));
    }
    town.world().pass(60);
    let usage = leases.map(|lease| {
        let window_end = town.world().lease(&lease).started_at + 50;
        Signed { window_end, units: 4 * 50, energy_wh: 0, evidence: [1; 32] }
    });
    assert_eq!(machines[0].state(&lives[1], &usage[1], &[]).await, not_served("first"));
    assert_eq!(machines[1].state(&lives[0], &usage[0], &[]).await, not_served("second"));
    assert_eq!(leases.map(|lease| town.units(&lease)), [0, 0]);
    // At once, each its own.
    let (one, other) = tokio::join!(
        machines[0].state(&lives[0], &usage[0], &[]),
        machines[1].state(&lives[1], &usage[1], &[])
    );
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(leases.map(|lease| town.units(&lease)), [200, 200]);
}

#[tokio::test]
async fn who_has_no_good_certificate_is_not_heard_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (town, _, lives, desk) = two_offers(folder.path());
    let fleet = Fleet::serve(desk).await;
    let stranger = Authority::new("fleet");
    let mut foreign = stranger.give("first", Given::default());
    foreign.files.authority = fleet.authority.path();
    let of_ours = |name: &str, given| fleet.authority.give(name, given);
    let on = |days| Given { days, ..Given::default() };
    let servers = Given { host: Some("localhost"), is_server: true, ..Given::default() };
    let cases = [
        ("another authority of the same name", foreign, "DecryptError"),
        ("one that has ended", of_ours("first", on((-2, -1))), "CertificateExpired"),
        ("one that has not begun", of_ours("first", on((1, 2))), "CertificateExpired"),
        ("a server's", of_ours("first", servers), "UnsupportedCertificate"),
        ("one without a name", of_ours("", Given::default()), ""),
    ];
    for (what, machine, why) in cases {
        match fleet.shown(&machine.files).start(&lives[0], b"blob").await {
            Err(NotDone::Cluster { what: said }) => assert!(said.contains(why), "{what}: {said}"),
            other => panic!("{what}: {other:?}"),
        }
        assert_eq!(fleet.machine("second").start(&lives[0], b"blob").await, not_served("second"));
    }
    // A good one whose name the signer does not know.
    assert_eq!(fleet.machine("third").start(&lives[0], b"blob").await, not_served("third"));
    assert_eq!(town.outside().sent, []);
    assert_eq!(fleet.machine("first").start(&lives[0], b"blob").await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_shows_no_certificate_is_sent_away() {
    let folder = tempfile::tempdir().unwrap();
    let (_town, _, _, desk) = two_offers(folder.path());
    let fleet = Fleet::serve(desk).await;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(fleet.authority.roots())
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let tls = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let answer = tokio::task::block_in_place(|| {
        let tcp = TcpStream::connect(("127.0.0.1", fleet.port)).unwrap();
        let mut stream = rustls::StreamOwned::new(tls, tcp);
        stream.write_all(b"POST /v1/do HTTP/1.1\r\ncontent-length: 0\r\n\r\n").ok();
        stream.read(&mut [0; 1])
    });
    let refusal = answer.unwrap_err().to_string();
    assert!(refusal.contains("CertificateRequired"), "{refusal}");
}
