use gpu_lease_client::address;
use gpu_lease_tests::{
    GENESIS_TIME,
    cluster::{Cluster, Receipt, Refusal, transaction},
    program_bytes,
};
use log::LevelFilter;
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_program_test::{ProgramTest, ProgramTestContext};
use solana_sdk_ids::bpf_loader_upgradeable;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;
use tokio::runtime::{Builder, Runtime};

/// Lamports of the program's accounts: enough rent for any program.
const LAMPORTS: u64 = 10_000_000_000;

/// The Bank of Agave's validator, with all features of its release.
pub struct AgaveBank {
    context: ProgramTestContext,
    runtime: Runtime,
    /// The Bank's slot: that of the clock runs ahead, as time does.
    slot: u64,
}

impl AgaveBank {
    /// With the program, whose upgrade authority is `deployer`.
    pub fn with_program(deployer: &Address) -> Self {
        let program_data = address::program_data(&gpu_lease::ID);
        let mut test = ProgramTest::default();
        // It has just turned the virtual machine's debug log on.
        log::set_max_level(LevelFilter::Off);
        // A program account names its data account; that one holds a slot, an authority and the code.
        let pointer = [&[2, 0, 0, 0], program_data.as_ref()].concat();
        let code = [&[3, 0, 0, 0], &[0; 8][..], &[1], deployer.as_ref(), &program_bytes()].concat();
        for (address, data, executable) in [(gpu_lease::ID, pointer, true), (program_data, code, false)] {
            let owner = bpf_loader_upgradeable::ID;
            test.add_account(address, Account { lamports: LAMPORTS, data, owner, executable, rent_epoch: 0 });
        }
        // In one thread: what runs beside the Bank must not touch it while it goes to another slot.
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let context = runtime.block_on(test.start_with_context());
        let mut bank = Self { context, runtime, slot: 0 };
        bank.slot = bank.clock().slot;
        bank.travel_to(GENESIS_TIME);
        bank
    }

    fn clock(&self) -> Clock {
        self.runtime.block_on(self.context.banks_client.clone().get_sysvar()).expect("a clock")
    }
}

impl Cluster for AgaveBank {
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal> {
        let Self { context, runtime, .. } = self;
        runtime.block_on(async {
            let blockhash = context.get_new_latest_blockhash().await.expect("a blockhash");
            let transaction = transaction(instructions, signers, blockhash);
            let banks = &mut context.banks_client;
            let outcome = banks.process_transaction_with_metadata(transaction).await.expect("an outcome");
            let metadata = outcome.metadata.expect("metadata of what was processed");
            match outcome.result {
                Ok(()) => Ok(Receipt { logs: metadata.log_messages, units: metadata.compute_units_consumed }),
                Err(error) => Err(Refusal::new(&error, metadata.log_messages)),
            }
        })
    }

    fn account(&self, address: &Address) -> Option<Account> {
        self.runtime.block_on(self.context.banks_client.clone().get_account(*address)).expect("an answer")
    }

    fn fund(&mut self, address: &Address, lamports: u64) {
        let payer = self.context.payer.insecure_clone();
        self.send(&[transfer(&payer.pubkey(), address, lamports)], &[&payer]).expect("lamports");
    }

    fn now(&self) -> i64 {
        self.clock().unix_timestamp
    }

    fn travel_to(&mut self, time: i64) {
        let before = self.clock();
        // Two slots a second and one more, as long as time runs forwards.
        let seconds = time.saturating_sub(before.unix_timestamp).max(0).unsigned_abs();
        self.slot += 1;
        self.context.warp_to_slot(self.slot).expect("a later slot");
        let slot = before.slot + 2 * seconds + 1;
        let clock = Clock { unix_timestamp: time, slot, ..self.clock() };
        self.context.set_sysvar(&clock);
    }

    fn genesis_hash(&self) -> [u8; 32] {
        self.context.genesis_config().hash().to_bytes()
    }
}
