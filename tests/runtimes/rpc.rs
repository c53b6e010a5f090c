use gpu_lease_client::{Error, rpc::Client};
use gpu_lease_localnet::Validator;
use gpu_lease_tests::{
    cluster::{Receipt, Refusal},
    prelude::*,
};
use serde_json::{Value, json};
use solana_account::Account;
use solana_rpc_client_api::request::RpcRequest;
use std::{
    env,
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
    thread::sleep,
    time::Duration,
};
use tokio::runtime::Runtime;

/// Length of a slot of the local validator, milliseconds.
const SLOT_MS: u64 = 50;

/// Time between two looks at what is being waited for.
const PAUSE: Duration = Duration::from_millis(20);

/// A cluster that answers JSON-RPC.
#[derive(Clone)]
pub struct Rpc {
    client: Arc<Client>,
    runtime: Arc<Runtime>,
    /// Whether its clock moves on request.
    can_travel: bool,
    /// Runs as long as this lives.
    _validator: Option<Arc<Validator>>,
}

/// Stories that take seconds: those for clusters on which one has to wait.
const SHORT: [&str; 1] = ["mutual"];

/// Stories in which the arbiter acts.
const ARBITRATED: [&str; 2] = ["resolved", "timed_out"];

/// Stories about votes: those of the first market's mints, which the protocol knows.
const VOTED: [&str; 3] = ["fee_voted", "rise_refused", "fees_withdrawn"];

/// Tells a story over RPC, one after the other: they share a clock, and for each token program a market.
pub fn tell(name: &str, token_program: Address, story: fn(&mut World<Rpc>)) {
    static MARKETS: Mutex<Vec<World<Rpc>>> = Mutex::new(Vec::new());
    // A story that failed spoils the market for the next; let that be seen there.
    let mut markets = MARKETS.lock().unwrap_or_else(PoisonError::into_inner);
    let is_voted = VOTED.contains(&name);
    let known = markets.iter().position(|market| is_voted || market.token_program == token_program);
    let index = known.unwrap_or_else(|| {
        // The first market's people come along: the protocol knows their arbiter.
        let (cluster, people) = match markets.first() {
            Some(first) => (first.cluster.clone(), first.people.insecure_clone()),
            None => {
                let people = People::unheard_of();
                (Rpc::connect(&people.deployer.pubkey()), people)
            }
        };
        let people = match markets.is_empty() {
            true => people,
            false => People { deployer: people.deployer, arbiter: people.arbiter, ..People::unheard_of() },
        };
        markets.push(crate::market(cluster, people, token_program));
        markets.len() - 1
    });
    let market = &mut markets[index];
    let protocol: Protocol = market.read(&address::protocol());
    if !market.cluster.can_travel && !SHORT.contains(&name) {
        println!("skipped: this cluster cannot travel in time, and the story is a long one");
    } else if market.read::<FeeParams>(&address::fee_params()).fee_bps != FEE_BPS {
        println!("skipped: this cluster has another fee rate than the story");
    } else if protocol.arbiter != market.people.arbiter.pubkey() && ARBITRATED.contains(&name) {
        println!("skipped: this cluster has an arbiter of its own");
    } else if protocol.vote_mint != market.vote_mint && is_voted {
        println!("skipped: this cluster's votes are other people's");
    } else {
        story(market);
    }
}

impl Rpc {
    /// The cluster that `GPU_LEASE_RPC_URL` names, where the program is; else a local validator with the
    /// program, whose upgrade authority is `deployer`.
    pub fn connect(deployer: &Address) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (url, validator) = match env::var("GPU_LEASE_RPC_URL") {
            Ok(url) => (url, None),
            Err(_) => {
                let validator = runtime.block_on(Validator::start(SLOT_MS, None)).expect("a validator");
                validator.deploy(address::PROGRAM, program_bytes(), *deployer).expect("a deployment");
                (validator.rpc_url().to_string(), Some(Arc::new(validator)))
            }
        };
        let client = Arc::new(Client::new(url));
        let mut rpc = Self { client, runtime: Arc::new(runtime), can_travel: true, _validator: validator };
        rpc.can_travel = rpc.ask_to_travel(rpc.now() + 1).is_ok();
        rpc
    }

    /// Surfpool moves its clock on request; other clusters do not know this call.
    fn ask_to_travel(&self, time: i64) -> Result<Value, impl Display + use<>> {
        let request = RpcRequest::Custom { method: "surfnet_timeTravel" };
        let parameters = json!([{ "absoluteTimestamp": time * 1_000 }]);
        self.runtime.block_on(self.client.rpc().send::<Value>(request, parameters))
    }
}

impl Cluster for Rpc {
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal> {
        let others: Vec<_> = signers.iter().map(|signer| *signer as &dyn Signer).collect();
        match self.runtime.block_on(self.client.send(instructions, signers[0], &others)) {
            Ok(receipt) => Ok(Receipt { logs: receipt.logs, units: receipt.units.unwrap_or_default() }),
            // The client says what failed by its name and number.
            Err(Error::Refused(explanation)) => Err(Refusal {
                instruction: None,
                error: explanation.number.map(InstructionError::Custom),
                text: explanation.to_string(),
                logs: explanation.logs,
            }),
            Err(error) => panic!("{error}"),
        }
    }

    fn account(&self, address: &Address) -> Option<Account> {
        self.runtime.block_on(self.client.account(address)).expect("an answer")
    }

    fn fund(&mut self, address: &Address, lamports: u64) {
        self.runtime.block_on(self.client.rpc().request_airdrop(address, lamports)).expect("an airdrop");
        while self.account(address).is_none() {
            sleep(PAUSE);
        }
    }

    fn now(&self) -> i64 {
        self.runtime.block_on(self.client.clock()).expect("a clock").unix_timestamp
    }

    fn travel_to(&mut self, time: i64) {
        if self.can_travel
            && let Err(error) = self.ask_to_travel(time)
        {
            panic!("travelling in time: {error}");
        }
        while self.now() < time {
            sleep(PAUSE);
        }
    }

    fn genesis_hash(&self) -> [u8; 32] {
        self.runtime.block_on(self.client.genesis_hash()).expect("an answer").to_bytes()
    }
}
