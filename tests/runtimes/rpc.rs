use gpu_lease_client::{Error, address, rpc::Client};
use gpu_lease_localnet::Validator;
use gpu_lease_tests::{
    People, World,
    cluster::{Cluster, Receipt, Refusal},
    program_bytes,
};
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::{Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_rpc_client_api::request::RpcRequest;
use solana_signer::Signer;
use std::{
    env,
    sync::{LazyLock, Mutex},
    thread::sleep,
    time::Duration,
};
use tokio::runtime::Runtime;

/// Length of a slot of the local validator, milliseconds.
const SLOT_MS: u64 = 50;

/// Time between two looks at what is being waited for.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a story takes on a cluster that cannot skip time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// So short that it can be waited for.
    Seconds,
    /// Too long.
    Hours,
}

/// Tells a story, one at a time: all share a market, since a cluster has only one clock and people take time
/// to come together. They are people whom no cluster has seen before.
pub fn tell(story: fn(&mut World<Rpc>), time: Time) {
    static MARKET: LazyLock<Mutex<World<Rpc>>> = LazyLock::new(|| {
        let connect = |people: &People| Rpc::connect(&people.deployer.pubkey());
        Mutex::new(crate::market(People::unheard_of(), connect))
    });
    let mut market = MARKET.lock().expect("a story before this one failed and left the market in disorder");
    match time == Time::Hours && !market.cluster.can_travel {
        true => println!("skipped: this cluster cannot skip the hours that it takes"),
        false => story(&mut market),
    }
}

/// A cluster that answers JSON-RPC.
pub struct Rpc {
    client: Client,
    runtime: Runtime,
    /// Whether its clock can be moved.
    can_travel: bool,
    /// Runs as long as this lives.
    _validator: Option<Validator>,
}

impl Rpc {
    /// The cluster that `GPU_LEASE_RPC_URL` names, where the program is; else a local validator with the
    /// program, whose upgrade authority is `deployer`.
    pub fn connect(deployer: &Address) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        if let Ok(url) = env::var("GPU_LEASE_RPC_URL") {
            return Self::new(Client::new(url), runtime, None);
        }
        let validator = runtime.block_on(Validator::start(SLOT_MS, None)).expect("a validator");
        validator.deploy(address::PROGRAM, program_bytes(), *deployer).expect("a deployment");
        Self::new(Client::new(validator.rpc_url()), runtime, Some(validator))
    }

    fn new(client: Client, runtime: Runtime, validator: Option<Validator>) -> Self {
        let mut rpc = Self { client, runtime, can_travel: true, _validator: validator };
        rpc.can_travel = rpc.travel(rpc.now() + 1);
        rpc
    }

    /// Surfpool moves its clock on request, other clusters do not.
    fn travel(&self, time: i64) -> bool {
        let request = RpcRequest::Custom { method: "surfnet_timeTravel" };
        let parameters = json!([{ "absoluteTimestamp": time * 1_000 }]);
        let travel = self.client.rpc().send::<Value>(request, parameters);
        self.runtime.block_on(travel).is_ok()
    }
}

impl Cluster for Rpc {
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal> {
        let others: Vec<_> = signers.iter().map(|signer| *signer as &dyn Signer).collect();
        match self.runtime.block_on(self.client.send(instructions, signers[0], &others)) {
            Ok(receipt) => Ok(Receipt { logs: receipt.logs, units: receipt.units }),
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

    /// Goes there if it can, and waits if not.
    fn travel_to(&mut self, time: i64) {
        let wait = time - self.now();
        if wait > 0 && self.can_travel {
            assert!(self.travel(time), "the clock did not move to {time}");
        } else if wait > 0 {
            println!("waiting {wait} seconds, since this cluster cannot travel");
        }
        while self.now() < time {
            sleep(PAUSE);
        }
    }

    fn genesis_hash(&self) -> [u8; 32] {
        self.runtime.block_on(self.client.genesis_hash()).expect("an answer").to_bytes()
    }
}
