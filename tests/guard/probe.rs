//! How a guard reaches a machine: through a real gateway, to a real helper and a real agent, and to those that lie.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use gpu_lease_agent::machine::{Machine, Parts, Tester};
use gpu_lease_agent::plan::life_of;
use gpu_lease_client::ssh::{SshAccess, public_key_line};
use gpu_lease_gateway::{Access, Admission, Admissions, Config, Gateway, HostKey as MachineKey, LeaseName};
use gpu_lease_guard::plan::acceptance::{Promise, Verdict, judge};
use gpu_lease_guard::probe::{Api, Failure, HostKey, Inventory, Key, Reach, login};
use gpu_lease_helper::{Alive, probe};
use gpu_lease_runtime::Life;
use gpu_lease_service::unix::SocketFile;
use gpu_lease_tests::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::helper::helper;
use crate::town::{Process, Town};

const USER: [u8; 32] = [31; 32];
const SESSION: [u8; 32] = [7; 32];

/// A machine with a gateway, and a lease whose helper runs.
struct Site {
    folder: TempDir,
    access: SshAccess,
    lease: Address,
    helper: Child,
    _gateway: Served,
}

/// A gateway, until it is dropped.
struct Served(CancellationToken, #[allow(dead_code, reason = "it is awaited by nobody")] JoinHandle<()>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.helper.kill().ok();
        self.helper.wait().ok();
    }
}

impl Site {
    async fn new(lease: Address) -> Self {
        let folder = tempfile::Builder::new().prefix("guard-").tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["admissions", "workspace"] {
            fs::create_dir(at(name)).unwrap();
        }
        let host_key = MachineKey::load_or_generate(&at("host_key")).unwrap();
        let public = host_key.public();
        let admissions = Admissions::open(&at("admissions")).unwrap();
        let line = |seed| public_key_line(Keypair::new_from_array(seed).pubkey().to_bytes()).unwrap();
        let admission = Admission {
            opened_slot: 7,
            keys: vec![line(USER)],
            api_keys: vec![line(SESSION)],
            verifier_keys: vec![],
            socket: at("helper.sock"),
            api: Some(at("api.sock")),
            access: Access::Open,
            note: "The lease has not started yet.".to_owned(),
        };
        let name: LeaseName = lease.to_string().parse().unwrap();
        admissions.write(&name, &admission).unwrap();
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), host_key, admissions);
        // All tests come from one address.
        config.limits.per_second_and_address = 1_000.try_into().unwrap();
        let gateway = Gateway::open(config).await.unwrap();
        let port = gateway.address().unwrap().port();
        let stop = CancellationToken::new();
        let served = tokio::spawn(gateway.serve(stop.clone()));
        let access = SshAccess::new("127.0.0.1", port, public, Some(USER)).unwrap();
        let helper = Command::new(helper())
            .args(["--socket".as_ref(), at("helper.sock").as_os_str()])
            .args(["--workspace".as_ref(), at("workspace").as_os_str()])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let site = Self { folder, access, lease, helper, _gateway: Served(stop, served) };
        while !site.at("helper.sock").exists() {
            sleep(Duration::from_millis(20)).await;
        }
        site
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn reach(&self) -> Reach {
        Reach::by_access(&self.access, self.lease)
    }

    fn api(&self) -> Api {
        Api::new(self.reach(), Key::from_seed(&SESSION))
    }

    /// An agent that says what it is told to, until it is dropped.
    fn script(&self, answer: impl Fn(&Value) -> Vec<u8> + Send + Sync + 'static) -> Script {
        let socket = self.at("api.sock");
        fs::remove_file(&socket).ok();
        let listener = UnixListener::bind(&socket).unwrap();
        let (calls, answer) = (Arc::<AtomicUsize>::default(), Arc::new(answer));
        let (stop, counted) = (CancellationToken::new(), calls.clone());
        let stopped = stop.clone();
        tokio::spawn(stop.clone().run_until_cancelled_owned(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, SeqCst);
                let answer = answer.clone();
                tokio::spawn(stopped.clone().run_until_cancelled_owned(async move {
                    let (from, mut to) = stream.into_split();
                    let mut lines = BufReader::new(from).lines();
                    lines.next_line().await.unwrap();
                    while let Ok(Some(line)) = lines.next_line().await {
                        let question: Value = serde_json::from_str(&line).unwrap();
                        if to.write_all(&answer(&question)).await.is_err() {
                            break;
                        }
                    }
                }));
            }
        }));
        Script { calls, _stop: stop.drop_guard() }
    }
}

/// An agent that runs.
struct Script {
    /// How many have called.
    calls: Arc<AtomicUsize>,
    _stop: DropGuard,
}

/// What an honest agent would send.
fn answered(question: &Value, result: &Value) -> Vec<u8> {
    format!("{}\n", json!({ "jsonrpc": "2.0", "id": question["id"], "result": result })).into_bytes()
}

fn alive() -> Value {
    let card =
        json!({ "uuid": "GPU-0", "model": "NVIDIA H100 PCIe", "memory": "85520809984", "answers": true });
    json!({ "helper": { "version": "0.1.0", "uptime": "5" }, "cards": [card] })
}

/// Asks the helper of this socket, whatever the lease.
struct At(PathBuf);

#[async_trait]
impl Tester for At {
    async fn test(&self, _: &Life, _: PathBuf) -> Result<(), String> {
        Ok(())
    }

    async fn probe(&self, _: &Life, _: PathBuf) -> Result<Alive, String> {
        probe(&self.0, Duration::from_secs(5)).await.map_err(|error| error.to_string())
    }
}

#[test]
fn a_guard_asks_a_machine_as_its_renter_does_and_signs_what_it_made_itself() {
    let town = Town::new(|terms| terms.heartbeat_timeout = 900);
    let mut process = Process::new(&town);
    let key = town.world().people.agent.pubkey();
    let lease = town.open(|request| (request.duration, request.session_key) = (1_200, key));
    process.seconds(150);
    process.kill();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let context = town.world().context(&lease);
        let mut site = Site::new(lease.address).await;
        let parts = Parts { tester: Arc::new(At(site.at("helper.sock"))), ..process.parts() };
        let machine = Arc::new(Machine::new(parts).unwrap());
        machine.round(process.at).await;
        let life = life_of(&context);
        let name: LeaseName = lease.address.to_string().parse().unwrap();
        let admissions = Admissions::open(&site.at("admissions")).unwrap();
        let admission = admissions.read(&name).unwrap().unwrap();
        admissions.write(&name, &Admission { opened_slot: life.opened_slot, ..admission }).unwrap();
        let socket = SocketFile { path: site.at("api.sock"), group: None }.bind().unwrap();
        let serving = tokio::spawn(gpu_lease_agent::api::serve(socket, machine.clone()));

        let mut api = site.api();
        let Inventory { cards, version, .. } = api.probe().await.unwrap();
        assert_eq!((cards.len(), version.as_str()), (4, env!("CARGO_PKG_VERSION")));
        let promise = Promise { gpus: 4, model: "NVIDIA H100 SXM", memory_gib: 80 };
        assert_eq!(judge(promise, &cards), Verdict::NotTold);
        let state = api.state().await.unwrap();
        assert_eq!((state.opened_slot, state.phase.as_deref()), (life.opened_slot, Some("running")));

        let usage = api.draft(&context.keyed()).await.unwrap().unwrap();
        let session = Keypair::new_from_array(SESSION);
        api.co_sign(&context.keyed(), &usage, &session).await.unwrap();
        let kept = machine.notebook().co_signed(&life).unwrap();
        assert_eq!((kept.usage.units, kept.by.key), (usage.gpu_seconds, session.pubkey()));
        let stranger = Keypair::new_from_array([9; 32]);
        let refused = api.co_sign(&context.keyed(), &usage, &stranger).await;
        assert!(matches!(refused, Err(Failure::Refused { code: 13, .. })), "{refused:?}");
        // Figures that were drafted of another lease are nothing to sign.
        let mut other = context.keyed();
        other.account.opened_slot += 1;
        let refused = api.draft(&other).await;
        assert!(matches!(refused, Err(Failure::NotUnderstood(_))), "{refused:?}");
        let record = api.evidence(life.opened_slot).await.unwrap();
        assert_eq!(record.replay(usage.window_end).unwrap().chain.head(), usage.evidence);

        // The user's key gets at its files, and a guard's does not.
        let user = Key::of_access(&site.access, &lease.address).unwrap().unwrap();
        login(&site.reach(), &user).await.unwrap();
        let refused = login(&site.reach(), &Key::from_seed(&SESSION)).await;
        assert!(matches!(&refused, Err(Failure::Cut(note)) if note.contains("agent's API")), "{refused:?}");

        // Without its helper a container is dead, whatever the agent says else.
        site.helper.kill().unwrap();
        site.helper.wait().unwrap();
        let dead = api.probe().await;
        assert!(matches!(dead, Err(Failure::Refused { code: 30, .. })), "{dead:?}");
        assert!(matches!(login(&site.reach(), &user).await, Err(Failure::Cut(_))));
        assert!(api.state().await.is_ok());
        serving.abort();
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_kept_and_opened_again_when_the_agent_was_restarted() {
    let site = Site::new(Address::new_from_array([1; 32])).await;
    let agent = site.script(|question| answered(question, &alive()));
    let mut api = site.api();
    for _ in 0..5 {
        api.probe().await.unwrap();
    }
    assert_eq!(agent.calls.load(SeqCst), 1);
    drop(agent);
    let agent = site.script(|question| answered(question, &alive()));
    for _ in 0..2 {
        api.probe().await.unwrap();
    }
    assert_eq!(agent.calls.load(SeqCst), 1);
    // While there is none, the gateway says so.
    drop(agent);
    let gone = api.probe().await;
    assert!(matches!(&gone, Err(Failure::Cut(note)) if note.contains("agent does not answer")), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_machine_and_another_key_are_told_apart_from_one_that_is_silent() {
    let site = Site::new(Address::new_from_array([1; 32])).await;
    let _agent = site.script(|question| answered(question, &alive()));
    let fingerprint = site.access.host_key_fingerprint();
    let by_fingerprint = |text: &str| {
        let host_key = HostKey::Fingerprint(text.to_owned());
        Api::new(Reach { host_key, ..site.reach() }, Key::from_seed(&SESSION))
    };
    assert!(by_fingerprint(&fingerprint).probe().await.is_ok());
    let mut wrong = by_fingerprint("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(wrong.probe().await, Err(Failure::OtherHostKey(fingerprint.clone())));
    let other = Reach { host_key: HostKey::Key([9; 32]), ..site.reach() };
    let mut other = Api::new(other, Key::from_seed(&SESSION));
    assert_eq!(other.probe().await, Err(Failure::OtherHostKey(fingerprint)));
    let mut stranger = Api::new(site.reach(), Key::from_seed(&[99; 32]));
    assert_eq!(stranger.probe().await, Err(Failure::NotLetIn));
    let other_lease = Reach { lease: Address::new_from_array([2; 32]), ..site.reach() };
    let mut other_lease = Api::new(other_lease, Key::from_seed(&SESSION));
    assert_eq!(other_lease.probe().await, Err(Failure::NotLetIn));
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let mut nobody = Api::new(Reach { port, ..site.reach() }, Key::from_seed(&SESSION));
    assert!(matches!(nobody.probe().await, Err(Failure::Unreachable { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_the_answer_to_a_question_is_no_sign_of_life() {
    let site = Site::new(Address::new_from_array([1; 32])).await;
    let line = |value: Value| format!("{value}\n").into_bytes();
    let other = move |id: Value| line(json!({ "jsonrpc": "2.0", "id": id, "result": alive() }));
    let told = |change: fn(&mut Value)| {
        move |question: &Value| {
            let mut result = alive();
            change(&mut result);
            answered(question, &result)
        }
    };
    type Answer = Box<dyn Fn(&Value) -> Vec<u8> + Send + Sync>;
    let scripts: Vec<(&str, Answer)> = vec![
        ("no JSON", Box::new(|_| b"alive\n".to_vec())),
        ("bytes", Box::new(|_| [vec![0xff; 1_000], vec![b'\n']].concat())),
        ("a line without end", Box::new(|_| vec![b'x'; 1 << 20])),
        ("deep brackets", Box::new(|_| [vec![b'['; 100_000], vec![b'\n']].concat())),
        ("another number", Box::new(move |_| other(json!(1)))),
        ("no number", Box::new(move |_| other(Value::Null))),
        ("a number as text", Box::new(move |question| other(json!(question["id"].to_string())))),
        ("two answers", Box::new(|question| answered(question, &alive()).repeat(2))),
        (
            "an answer and an error",
            Box::new(|question| {
                let error = json!({ "code": 1, "message": "no" });
                let both =
                    json!({ "jsonrpc": "2.0", "id": question["id"], "result": alive(), "error": error });
                format!("{both}\n").into_bytes()
            }),
        ),
        (
            "nothing of both",
            Box::new(|question| {
                format!("{}\n", json!({ "jsonrpc": "2.0", "id": question["id"] })).into_bytes()
            }),
        ),
        ("null", Box::new(|question| answered(question, &Value::Null))),
        ("no cards", Box::new(told(|it| _ = it.as_object_mut().unwrap().remove("cards")))),
        (
            "one card twice",
            Box::new(told(|it| {
                let card = it["cards"][0].clone();
                it["cards"] = json!([card, card]);
            })),
        ),
        ("a card without a name", Box::new(told(|it| it["cards"][0]["uuid"] = json!("")))),
        ("a long name", Box::new(told(|it| it["cards"][0]["model"] = json!("x".repeat(129))))),
        ("a number that is none", Box::new(told(|it| it["cards"][0]["memory"] = json!("-1")))),
        ("a bare number", Box::new(told(|it| it["helper"]["uptime"] = json!(5)))),
        (
            "a crowd of cards",
            Box::new(told(|it| {
                let card = |number| json!({ "uuid": format!("{number}"), "answers": true });
                it["cards"] = (0..65).map(card).collect();
            })),
        ),
    ];
    for (what, script) in scripts {
        let _agent = site.script(script);
        let answer = site.api().probe().await;
        assert!(matches!(answer, Err(Failure::NotUnderstood(_))), "{what}: {answer:?}");
    }
    // Texts show nothing but themselves.
    let _agent = site.script(told(|it| it["cards"][0]["model"] = json!("H100\u{1b}[2J")));
    let shown = site.api().probe().await.unwrap();
    assert_eq!(shown.cards[0].model.as_deref(), Some("H100\\u{1b}[2J"));
    let _agent = site.script(|question| {
        let error = json!({ "code": 30, "message": "\u{1b}".repeat(1_000) });
        format!("{}\n", json!({ "jsonrpc": "2.0", "id": question["id"], "error": error })).into_bytes()
    });
    let Err(Failure::Refused { code: 30, message }) = site.api().probe().await else { panic!("refused") };
    assert!(message.len() <= 500 && !message.contains('\u{1b}'));
    // A record that never ends is left.
    let _agent = site.script(|question| match question["method"].as_str() {
        Some("statement") => answered(question, &Value::Null),
        _ => answered(question, &json!({ "start": "0", "until": "9", "rows": [], "next": 7 })),
    });
    let endless = site.api().evidence(7).await;
    assert!(matches!(endless, Err(Failure::NotUnderstood(_))), "{endless:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_whose_message_says_something_else_is_not_one() {
    let site = Site::new(Address::new_from_array([1; 32])).await;
    let _agent = site.script(|question| {
        let draft = json!({
            "windowEnd": "60", "units": "1", "energyWh": "0", "evidence": "00".repeat(32), "message": "AAAA",
        });
        answered(question, &draft)
    });
    let lease = gpu_lease_client::account::Keyed {
        address: Address::new_from_array([1; 32]),
        account: bytemuck::Zeroable::zeroed(),
    };
    let refused = site.api().draft(&lease).await;
    assert!(matches!(refused, Err(Failure::NotUnderstood(_))), "{refused:?}");
    let _agent = site.script(|question| answered(question, &Value::Null));
    assert_eq!(site.api().draft(&lease).await, Ok(None));
}

/// A server that does this with whoever connects, and how long each connection lasted.
async fn server<F: Future<Output = ()> + Send>(
    act: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        act(stream).await;
    });
    (port, served)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_slow_endless_or_silent_is_left_in_time_and_holds_nothing() {
    let site = Site::new(Address::new_from_array([1; 32])).await;
    // Until the guard hangs up.
    let silent = server(async |mut stream: TcpStream| _ = stream.read_to_end(&mut Vec::new()).await).await;
    let endless = server(
        async |mut stream: TcpStream| {
            while stream.write_all(b"a line before the greeting\r\n").await.is_ok() {}
        },
    )
    .await;
    let dripping = server(async |mut stream: TcpStream| {
        stream.write_all(b"SSH-2.0-slow\r\n").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(200)).await;
        }
    })
    .await;
    let huge = server(async |mut stream: TcpStream| {
        stream.write_all(b"SSH-2.0-huge\r\n\xff\xff\xff\xff").await.unwrap();
        while stream.write_all(&[7; 4_096]).await.is_ok() {}
    })
    .await;
    let left = [("silent", silent), ("endless", endless), ("dripping", dripping), ("huge", huge)];
    let left = left.map(|(what, (port, served))| {
        let mut api = Api::new(Reach { port, ..site.reach() }, Key::from_seed(&SESSION));
        tokio::spawn(async move {
            let since = Instant::now();
            let answer = api.probe().await;
            assert!(answer.is_err(), "{what}");
            assert!(since.elapsed() < Duration::from_secs(14), "{what}: {:?}", since.elapsed());
            timeout(Duration::from_secs(5), served)
                .await
                .unwrap_or_else(|_| panic!("{what} is held"))
                .unwrap();
        })
    });
    // An agent that listens and says nothing.
    let _agent = site.script(|_| Vec::new());
    let since = Instant::now();
    assert_eq!(site.api().probe().await, Err(Failure::Silent("an answer")));
    assert!(since.elapsed() < Duration::from_secs(18));
    for it in left {
        it.await.unwrap();
    }
}
