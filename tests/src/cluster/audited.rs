use super::{Cluster, Receipt, Refusal, Svm};
use crate::audit::Snapshot;
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// LiteSVM, every transaction of which is audited.
///
/// If one fails, no balance may have changed but for the payer's network fee. If it succeeds, the
/// invariants of the protocol must hold, no terms or fee of a running lease may have changed, and nothing may have left a
/// bond account but for bonds.
#[derive(Clone)]
pub struct Audited(pub Svm);

impl AsMut<Svm> for Audited {
    fn as_mut(&mut self) -> &mut Svm {
        &mut self.0
    }
}

impl Cluster for Audited {
    #[track_caller]
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal> {
        let before = Snapshot::of(&self.0.0);
        let result = self.0.send(instructions, signers);
        let after = Snapshot::of(&self.0.0);
        let signers: Vec<_> = signers.iter().map(|signer| signer.pubkey()).collect();
        match result {
            Ok(_) => {
                after.require_lawful_since(&before);
                after.require_bonds_kept_since(&before, &signers);
            }
            Err(_) => after.require_unchanged_since(&before, &signers[0]),
        }
        result
    }

    fn account(&self, address: &Address) -> Option<Account> {
        self.0.account(address)
    }

    fn fund(&mut self, address: &Address, lamports: u64) {
        self.0.fund(address, lamports);
    }

    fn now(&self) -> i64 {
        self.0.now()
    }

    fn travel_to(&mut self, time: i64) {
        self.0.travel_to(time);
    }

    fn genesis_hash(&self) -> [u8; 32] {
        self.0.genesis_hash()
    }
}
