//! An instruction with one account put wrong.

use crate::{NOT_WRITABLE, Refusal, World};
use gpu_lease::errors::LeaseError;
use gpu_lease_client::{address::TOKEN_2022, decode};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use spl_token_interface::ID as TOKEN;

/// Owner of forged accounts: a program that is none of ours.
pub const FORGER: Address = Address::new_from_array([99; 32]);

/// Changes of single accounts of one of the program's instructions, by their names in the program.
pub trait Substitute: Sized {
    /// Passes `address` as the account called `name`.
    fn with(self, name: &str, address: Address) -> Self;
    /// Does not mark the account called `name` as a signer.
    fn unsigned(self, name: &str) -> Self;
    /// Does not mark the account called `name` as writable.
    fn read_only(self, name: &str) -> Self;
    /// The account called `name`.
    fn account(&self, name: &str) -> Address;
}

impl Substitute for Instruction {
    fn with(mut self, name: &str, address: Address) -> Self {
        meta(&mut self, name).pubkey = address;
        self
    }

    fn unsigned(mut self, name: &str) -> Self {
        meta(&mut self, name).is_signer = false;
        self
    }

    fn read_only(mut self, name: &str) -> Self {
        meta(&mut self, name).is_writable = false;
        self
    }

    fn account(&self, name: &str) -> Address {
        meta(&mut self.clone(), name).pubkey
    }
}

fn names(instruction: &Instruction) -> Vec<&'static str> {
    let decoded = decode::instruction(instruction).expect("decodes").expect("one of the program's");
    decoded.accounts.into_iter().map(|(name, _)| name).collect()
}

#[track_caller]
fn meta<'a>(instruction: &'a mut Instruction, name: &str) -> &'a mut AccountMeta {
    let position = names(instruction).into_iter().position(|known| known == name);
    let position = position.unwrap_or_else(|| panic!("no account is called {name}"));
    &mut instruction.accounts[position]
}

impl World {
    /// Puts every account of `instruction` wrong, one at a time, and requires the exact refusal of each;
    /// at last plays the instruction itself, which must succeed.
    ///
    /// What can be wrong about any account is tried by itself: a signature or a right to write that is
    /// missing; one of the program's accounts copied into another program's, with another discriminator, or
    /// absent; a token account or mint of no token program. `substitutes` adds what depends on the
    /// instruction: account name, address to pass, error. No account may be left without an attempt.
    /// `before` are instructions that stand before it in the transaction.
    #[track_caller]
    pub fn refuses_wrong_accounts(
        &mut self,
        before: &[Instruction],
        instruction: &Instruction,
        substitutes: &[(&str, Address, &dyn Refusal)],
    ) {
        self.refuses_wrong_accounts_but(&[], before, instruction, substitutes);
    }

    /// As [`World::refuses_wrong_accounts`]; who the accounts called `unseen` are is not looked at, so that the instruction
    /// must succeed with anybody in their place.
    #[track_caller]
    pub fn refuses_wrong_accounts_but(
        &mut self,
        unseen: &[&str],
        before: &[Instruction],
        instruction: &Instruction,
        substitutes: &[(&str, Address, &dyn Refusal)],
    ) {
        for name in unseen {
            let anybody = instruction.clone().with(name, Address::new_from_array([98; 32]));
            self.clone().play([before, &[anybody]].concat()).ok();
        }
        let mut attempts: Vec<(String, Instruction, InstructionError)> = Vec::new();
        let mut tried: Vec<&str> = Vec::new();
        for (index, name) in names(instruction).into_iter().enumerate() {
            let meta = &instruction.accounts[index];
            let mut attempt = |what: &str, instruction: Instruction, error: InstructionError| {
                attempts.push((format!("{name} {what}"), instruction, error));
                tried.push(name);
            };
            if meta.is_signer {
                let error = InstructionError::MissingRequiredSignature;
                attempt("does not sign", instruction.clone().unsigned(name), error);
            }
            let exists = self.exists(&meta.pubkey);
            if meta.is_writable && exists && !meta.is_signer {
                attempt("is read-only", instruction.clone().read_only(name), NOT_WRITABLE);
            }
            if !exists {
                continue;
            }
            let number = u8::try_from(index).expect("few accounts");
            let owner = self.owner_of(&meta.pubkey);
            let forge = |world: &mut Self| {
                let to = Address::new_from_array([100 + number; 32]);
                world.copy_account(&meta.pubkey, to, |account| account.owner = FORGER)
            };
            if owner == gpu_lease::ID {
                let forged = instruction.clone().with(name, forge(self));
                attempt("is forged", forged, InstructionError::IllegalOwner);
                let to = Address::new_from_array([150 + number; 32]);
                let relabelled = self.copy_account(&meta.pubkey, to, |account| account.data[0] ^= 1);
                let relabelled = instruction.clone().with(name, relabelled);
                attempt("is of another type", relabelled, InstructionError::InvalidAccountData);
                let missing = instruction.clone().with(name, Address::new_from_array([200 + number; 32]));
                let error = match meta.is_writable {
                    true => InstructionError::AccountDataTooSmall,
                    false => InstructionError::UninitializedAccount,
                };
                attempt("does not exist", missing, error);
            } else if owner == TOKEN || owner == TOKEN_2022 {
                let error = match name {
                    "mint" | "vote_mint" => LeaseError::NotAMint,
                    "vault" | "payout_token" | "refund_token" | "bond_token" | "bond_account" => {
                        LeaseError::NotATokenAccount
                    }
                    _ => continue,
                };
                attempt("is forged", instruction.clone().with(name, forge(self)), error.error());
            }
        }
        for (name, address, error) in substitutes {
            let substituted = instruction.clone().with(name, *address);
            attempts.push((format!("{name} is {address}"), substituted, error.error()));
            tried.push(name);
        }
        for name in names(instruction) {
            assert!(tried.contains(&name) || unseen.contains(&name), "{name} is never put wrong");
        }
        let position = u8::try_from(before.len()).expect("few instructions");
        for (what, wrong, error) in attempts {
            let outcome = self.play([before, &[wrong]].concat());
            match outcome.0 {
                Ok(_) => panic!("{what}: succeeded instead of {error:?}"),
                Err(refusal) => {
                    let failed = (refusal.instruction, refusal.error.as_ref());
                    assert_eq!(failed, (Some(position), Some(&error)), "{what}: {refusal}");
                }
            }
        }
        self.play([before, std::slice::from_ref(instruction)].concat()).ok();
    }
}
