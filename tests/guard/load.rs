//! What a guard takes of a processor and of memory with many leases. It asserts nothing but that it watches them, since figures
//! are this machine's: `cargo t --test guard -- --ignored --nocapture load` prints a row for docs/figures.md.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream::{self, StreamExt};
use gpu_lease_client::access::{AccessKey, encrypt};
use gpu_lease_client::account::{Keyed, ProviderRef};
use gpu_lease_client::attestation::{Attestation, Usage};
use gpu_lease_client::ssh::{SshAccess, public_key_line};
use gpu_lease_gateway::{Access, Admission, Admissions, Config, Gateway, HostKey};
use gpu_lease_tests::prelude::*;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::helper::helper;
use crate::measure::{deployed, measure};
use crate::place::{Place, lease, until};
use crate::street::{Guard, secret};

/// How many leases.
const LEASES: u32 = 500;

/// So many are co-signed when it is measured: under load a machine can miss two probes.
const ENOUGH: usize = 450;

/// How long is measured, and how long all may take to be opened and watched.
const WHILE: Duration = Duration::from_secs(60);
const LONG: Duration = Duration::from_secs(600);

/// Leases that are opened at a time.
const AT_ONCE: usize = 16;

const USER: [u8; 32] = [31; 32];

/// Answers for all machines, as honest agents do.
async fn agent(stream: UnixStream, place: &Place, leases: &BTreeMap<String, Keyed<Lease>>) -> Option<()> {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    let caller: Value = serde_json::from_str(&lines.next_line().await.ok()??).ok()?;
    let lease = leases.get(caller["lease"].as_str()?)?;
    while let Some(line) = lines.next_line().await.ok()? {
        let question: Value = serde_json::from_str(&line).ok()?;
        let result = match question["method"].as_str()? {
            "probe" => json!({
                "helper": { "version": "0.1.0", "uptime": "5" },
                "cards": [{ "uuid": format!("GPU-{}", lease.nonce), "model": null, "memory": null, "answers": true }],
            }),
            "draft" => {
                let window_end = place.net.now().await.ok()?.div_euclid(60) * 60;
                let gpu_seconds = lease.meter.capacity(window_end);
                let usage = Usage { window_end, gpu_seconds, ..Usage::default() };
                json!({
                    "windowEnd": window_end.to_string(),
                    "units": gpu_seconds.to_string(),
                    "energyWh": "0",
                    "evidence": hex::encode(usage.evidence),
                    "message": BASE64_STANDARD.encode(Attestation::new(lease.address, lease, &usage).as_bytes()),
                })
            }
            _ => Value::Null,
        };
        let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result });
        to.write_all(format!("{answer}\n").as_bytes()).await.ok()?;
    }
    Some(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures for minutes"]
async fn a_guard_with_500_leases() {
    let mut place = Place::new().await;
    let wallets = &place.net.wallets;
    let provider = ProviderRef::of(wallets.provider.pubkey());
    let terms = Terms { price: 3_600, heartbeat_timeout: 3_600, ..place.offer.terms };
    let create = instruction::create_offer(provider, 10, LEASES, terms, place.offer.listing);
    place.net.client.send(&[create], &wallets.provider, &[]).await.unwrap();
    place.offer = place.net.client.offer(&address::offer(&provider.address, 10)).await.unwrap();

    // One gateway is all machines, and one helper all containers.
    let folder = tempfile::Builder::new().prefix("guard-").tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["admissions", "workspace", "access"] {
        fs::create_dir(at(name)).unwrap();
    }
    let host_key = HostKey::load_or_generate(&at("host_key")).unwrap();
    let public = host_key.public();
    let admissions = Admissions::open(&at("admissions")).unwrap();
    let mut config = Config::new("127.0.0.1:0".parse().unwrap(), host_key, admissions.clone());
    config.limits.per_second_and_address = 1_000.try_into().unwrap();
    config.limits.waiting_per_address = 128;
    let gateway = Gateway::open(config).await.unwrap();
    let access = SshAccess::new("127.0.0.1", gateway.address().unwrap().port(), public, Some(USER)).unwrap();
    tokio::spawn(gateway.serve(CancellationToken::new()));
    let mut helper = Command::new(helper())
        .args(["--socket".as_ref(), at("helper.sock").as_os_str()])
        .args(["--workspace".as_ref(), at("workspace").as_os_str()])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();

    // All leases are rented and started.
    let (key, session) = (AccessKey::generate(), Keypair::new());
    let open = async |nonce| {
        let change = |request: &mut LeaseRequest| {
            (request.nonce, request.gpus, request.duration) = (nonce, 1, 6 * 3_600);
            request.session_key = session.pubkey();
        };
        let address = place.rent_as(&key, change).await;
        let there = lease(&place, &address).await.unwrap().by_operator();
        let blob = encrypt(&key.public(), &access.to_bytes()).unwrap();
        let start = instruction::start_lease(&there, &blob, there.start_deadline);
        place.net.client.send(&[start], &place.net.wallets.operator, &[]).await.unwrap();
        lease(&place, &address).await.unwrap().keyed()
    };
    let leases: Vec<_> =
        stream::iter(0..u64::from(LEASES)).map(open).buffer_unordered(AT_ONCE).collect().await;
    let line = |key: &Keypair| public_key_line(key.pubkey().to_bytes()).unwrap();
    for lease in &leases {
        let admission = Admission {
            opened_slot: lease.opened_slot,
            keys: vec![line(&Keypair::new_from_array(USER))],
            api_keys: vec![line(&session)],
            verifier_keys: vec![],
            socket: at("helper.sock"),
            api: Some(at("api.sock")),
            access: Access::Open,
            note: String::new(),
        };
        admissions.write(&lease.address.to_string().parse().unwrap(), &admission).unwrap();
    }
    let socket = UnixListener::bind(at("api.sock")).unwrap();
    let named = leases.into_iter().map(|lease| (lease.address.to_string(), lease)).collect();
    let (place, named) = (Arc::new(place), Arc::<BTreeMap<_, _>>::new(named));
    let machines = place.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let (place, named) = (machines.clone(), named.clone());
            tokio::spawn(async move { agent(stream, &place, &named).await });
        }
    });

    let port = crate::daemons::free_port();
    let text = format!(
        r#"
        state = "{}"
        monitoring = {{ listen = "127.0.0.1:{port}" }}
        [chain]
        rpc = "{}"
        [keys]
        sessions = ["{}"]
        wallet = "{}"
        access = ["{}"]
        "#,
        at("state").display(),
        place.net.validator.rpc_url(),
        secret(&at("session"), &serde_json::to_vec(&session.to_bytes().to_vec()).unwrap()),
        secret(&at("wallet"), &serde_json::to_vec(&place.net.wallets.sponsor.to_bytes().to_vec()).unwrap()),
        secret(&at("access/key"), key.to_text().as_bytes()).rsplit_once('/').unwrap().0,
    );
    fs::write(at("guard.toml"), text).unwrap();
    let guard = Guard::by(&deployed("gpu-lease-guard"), &at("guard.toml"), port);
    until("all co-signatures", LONG, || async {
        let status = guard.status().await;
        status.is_some_and(|it| it.leases.iter().filter(|it| it.doing == "coSigned").count() >= ENOUGH)
    })
    .await;
    sleep(Duration::from_secs(10)).await;
    measure("guard with 500 leases, each probed and co-signed once a minute", guard.process(), sleep(WHILE))
        .await;
    helper.kill().unwrap();
    helper.wait().unwrap();
}
