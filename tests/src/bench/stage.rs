use super::Measurement;
use crate::{
    People, World,
    cluster::{Cluster, Svm, transaction},
};
use gpu_lease_client::{
    address::{SPL_TOKEN, TOKEN_2022},
    program::state::*,
    transaction::wire,
};
use solana_address::Address;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::VersionedMessage;
use solana_signer::Signer;
use std::ops::{Deref, DerefMut};

/// Compute units of one instruction of the compute-budget program.
const BUDGET_INSTRUCTION_UNITS: u64 = 150;

/// Base units with which a lease at the highest price can be paid.
const FORTUNE: u64 = 1 << 60;

/// A market whose keys are chosen so that no address of the program needs a bump below 255, and the
/// measurements taken on it. Dereferences to the world.
pub struct Stage {
    world: World<Svm>,
    /// What was measured so far.
    pub measurements: Vec<Measurement>,
    next_nonce: u64,
}

impl Stage {
    /// Before the protocol is initialized.
    pub fn empty() -> Self {
        let provider = first_key(|authority| {
            let (provider, bump) = Provider::address(authority);
            bump == 255 && Offer::address(&provider, 0).1 == 255 && Participant::address(&provider).1 == 255
        });
        let renter =
            first_key(|renter| *renter != provider.pubkey() && Participant::address(renter).1 == 255);
        let holder = first_key(|holder| {
            let (lock, bump) = VoteLock::address(holder);
            let is_new = ![provider.pubkey(), renter.pubkey()].contains(holder);
            is_new && bump == 255 && Lease::vault_address(&lock).1 == 255
        });
        let mint = first_key(|mint| {
            MintPolicy::address(mint).1 == 255 && MintPolicy::fee_vault_address(mint).1 == 255
        });
        let people = People { provider, renter, holder, ..People::default() };
        let svm = Svm::with_program(&people.deployer.pubkey());
        let mut world = World::empty(svm, people, &mint, SPL_TOKEN);
        // As much as the dearest lease asks for.
        for wallet in [world.people.renter.pubkey(), world.people.provider.pubkey()] {
            world.mint_to(world.mint, world.wallet(&wallet), FORTUNE);
        }
        Self { world, measurements: Vec::new(), next_nonce: 0 }
    }

    /// With the protocol, the mint, the provider and an offer.
    pub fn open() -> Self {
        let mut stage = Self::empty();
        for instruction in stage.foundation() {
            stage.play([instruction]).ok();
        }
        stage
    }

    /// A number for the renter's next lease for which neither lease nor vault needs a bump below 255.
    pub fn nonce(&mut self) -> u64 {
        self.nonce_with_bump(255)
    }

    /// As [`Stage::nonce`], with another bump of the lease's address.
    pub fn nonce_with_bump(&mut self, bump: u8) -> u64 {
        let renter = self.people.renter.pubkey();
        let fits = |nonce: &u64| {
            let (lease, lease_bump) = Lease::address(&renter, *nonce);
            lease_bump == bump && Lease::vault_address(&lease).1 == 255
        };
        let nonce = (self.next_nonce..).find(fits).expect("one in four numbers");
        self.next_nonce = nonce + 1;
        nonce
    }

    /// Plays `instructions` as the client sends them, with limit and price of their compute units, and takes
    /// the measure of the program's.
    #[track_caller]
    pub fn measure(&mut self, scenario: &'static str, instructions: impl AsRef<[Instruction]>) {
        let budget = [
            ComputeBudgetInstruction::set_compute_unit_limit(200_000),
            ComputeBudgetInstruction::set_compute_unit_price(1_000),
        ];
        let instructions = [&budget, instructions.as_ref()].concat();
        let mut signers = self.world.people.signers_of(&instructions);
        if signers.is_empty() {
            signers.push(&self.world.people.stranger);
        }
        let transaction = transaction(&instructions, &signers, Hash::default());
        let header = transaction.message.header();
        let readonly = header.num_readonly_signed_accounts + header.num_readonly_unsigned_accounts;
        let receipt = match self.world.cluster.send(&instructions, &signers) {
            Ok(receipt) => receipt,
            Err(refusal) => panic!("{scenario}: {refusal}"),
        };
        let units = consumed(&receipt.logs, &gpu_lease::ID);
        // In version 1 the transaction says both.
        let others = match &transaction.message {
            VersionedMessage::V1(_) => 0,
            _ => budget.len() as u64 * BUDGET_INSTRUCTION_UNITS,
        };
        self.measurements.push(Measurement {
            scenario,
            units,
            token_units: consumed(&receipt.logs, &SPL_TOKEN) + consumed(&receipt.logs, &TOKEN_2022),
            precompile_units: receipt.units - units - others,
            bytes: wire(&transaction).expect("a transaction").len(),
            write_locks: transaction.message.static_account_keys().len() - usize::from(readonly),
        });
    }
}

impl Deref for Stage {
    type Target = World<Svm>;

    fn deref(&self) -> &Self::Target {
        &self.world
    }
}

impl DerefMut for Stage {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.world
    }
}

/// The first of a row of keys whose address is as wanted.
fn first_key(is_wanted: impl Fn(&Address) -> bool) -> Keypair {
    let mut keys = (100..=u8::MAX).map(|seed| Keypair::new_from_array([seed; 32]));
    keys.find(|key| is_wanted(&key.pubkey())).expect("one in four keys")
}

/// Compute units that the log says `program` consumed, what it called included.
fn consumed(logs: &[String], program: &Address) -> u64 {
    let start = format!("Program {program} consumed ");
    let figure = |line: &String| line.strip_prefix(&start)?.split(' ').next()?.parse::<u64>().ok();
    logs.iter().filter_map(figure).sum()
}
