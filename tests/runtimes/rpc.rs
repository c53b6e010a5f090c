use gpu_lease_client::{Error, address, rpc::Client};
use gpu_lease_localnet::Validator;
use gpu_lease_tests::{
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
use std::{env, thread::sleep, time::Duration};
use tokio::runtime::Runtime;

/// Length of a slot of the local validator, milliseconds.
const SLOT_MS: u64 = 50;

/// Time between two looks at what is being waited for.
const PAUSE: Duration = Duration::from_millis(20);

/// A cluster that answers JSON-RPC.
pub struct Rpc {
    client: Client,
    runtime: Runtime,
    /// Runs as long as this lives.
    _validator: Option<Validator>,
}

impl Rpc {
    /// The cluster that `GPU_LEASE_RPC_URL` names, where the program is; else a local validator with the
    /// program, whose upgrade authority is `deployer`.
    pub fn connect(deployer: &Address) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        if let Ok(url) = env::var("GPU_LEASE_RPC_URL") {
            return Self { client: Client::new(url), runtime, _validator: None };
        }
        let validator = runtime.block_on(Validator::start(SLOT_MS, None)).expect("a validator");
        validator.deploy(address::PROGRAM, program_bytes(), *deployer).expect("a deployment");
        Self { client: Client::new(validator.rpc_url()), runtime, _validator: Some(validator) }
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

    /// Surfpool moves its clock on request; other clusters have to be waited for.
    fn travel_to(&mut self, time: i64) {
        let request = RpcRequest::Custom { method: "surfnet_timeTravel" };
        let parameters = json!([{ "absoluteTimestamp": time * 1_000 }]);
        let travel = self.client.rpc().send::<Value>(request, parameters);
        if let Err(error) = self.runtime.block_on(travel) {
            println!("waiting {} seconds, since this cluster cannot travel: {error}", time - self.now());
        }
        while self.now() < time {
            sleep(PAUSE);
        }
    }

    fn genesis_hash(&self) -> [u8; 32] {
        self.runtime.block_on(self.client.genesis_hash()).expect("an answer").to_bytes()
    }
}
