use super::{Cluster, Receipt, Refusal, transaction};
use crate::{GENESIS_HASH, GENESIS_TIME, program_bytes};
use agave_feature_set::{FeatureSet, replace_spl_token_with_p_token};
use gpu_lease_client::address;
use litesvm::LiteSVM;
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;

/// LiteSVM with the program, in memory.
#[derive(Clone)]
pub struct Svm(pub LiteSVM);

impl Svm {
    /// With the program, whose upgrade authority is `deployer`.
    pub fn with_program(deployer: &Address) -> Self {
        Self::with_program_on(LiteSVM::new(), deployer)
    }

    /// The same, where p-token has not replaced the SPL Token program, which takes no batches.
    pub fn before_p_token(deployer: &Address) -> Self {
        let mut features = FeatureSet::all_enabled();
        features.deactivate(&replace_spl_token_with_p_token::id());
        let svm = LiteSVM::default()
            .with_feature_set(features)
            .with_builtins()
            .with_lamports(1_000_000_000_000_000)
            .with_sysvars()
            .with_feature_accounts()
            .with_default_programs()
            .with_precompiles()
            .with_sigverify(true)
            .with_blockhash_check(true);
        Self::with_program_on(svm, deployer)
    }

    fn with_program_on(mut svm: LiteSVM, deployer: &Address) -> Self {
        svm.add_program(gpu_lease::ID, &program_bytes()).expect("the program loads");
        let program_data = address::program_data(&gpu_lease::ID);
        let mut account = svm.get_account(&program_data).expect("the program is upgradeable");
        // Behind a 4-byte tag and an 8-byte slot: an optional authority.
        account.data[12] = 1;
        account.data[13..45].copy_from_slice(deployer.as_ref());
        svm.set_account(program_data, account).expect("it fits");
        let clock = Clock { unix_timestamp: GENESIS_TIME, slot: 1, ..svm.get_sysvar() };
        svm.set_sysvar(&clock);
        Self(svm)
    }
}

impl AsMut<Svm> for Svm {
    fn as_mut(&mut self) -> &mut Svm {
        self
    }
}

impl Cluster for Svm {
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal> {
        self.0.expire_blockhash();
        let transaction = transaction(instructions, signers, self.0.latest_blockhash());
        match self.0.send_transaction(transaction) {
            Ok(meta) => Ok(Receipt { logs: meta.logs, units: meta.compute_units_consumed }),
            Err(failed) => Err(Refusal::new(&failed.err, failed.meta.logs)),
        }
    }

    fn account(&self, address: &Address) -> Option<Account> {
        self.0.get_account(address).filter(|account| account.lamports > 0)
    }

    fn fund(&mut self, wallet: &Address, lamports: u64) {
        self.0.airdrop(wallet, lamports).expect("an airdrop");
    }

    fn now(&self) -> i64 {
        self.0.get_sysvar::<Clock>().unix_timestamp
    }

    fn travel_to(&mut self, time: i64) {
        let mut clock = self.0.get_sysvar::<Clock>();
        // Two slots a second and one more, as long as time runs forwards.
        let seconds = time.saturating_sub(clock.unix_timestamp).max(0).unsigned_abs();
        clock.unix_timestamp = time;
        clock.slot = clock.slot.saturating_add(seconds.saturating_mul(2)).saturating_add(1);
        self.0.set_sysvar(&clock);
    }

    fn genesis_hash(&self) -> [u8; 32] {
        GENESIS_HASH
    }
}
