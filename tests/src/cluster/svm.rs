use super::{Cluster, Receipt, Refusal};
use crate::{GENESIS_HASH, GENESIS_TIME, program_bytes};
use gpu_lease_client::address;
use litesvm::LiteSVM;
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

/// LiteSVM with the program, in memory.
#[derive(Clone)]
pub struct Svm(pub LiteSVM);

impl Svm {
    /// With the program, whose upgrade authority is `deployer`.
    pub fn with_program(deployer: &Address) -> Self {
        let mut svm = LiteSVM::new();
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
        let payer = signers[0].pubkey();
        let message = Message::new_with_blockhash(instructions, Some(&payer), &self.0.latest_blockhash());
        let transaction = VersionedTransaction::try_new(VersionedMessage::Legacy(message), signers)
            .expect("every signer is there");
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
