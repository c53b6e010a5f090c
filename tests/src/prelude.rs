//! What every module of the tests needs.

pub use crate::{cluster::Cluster, *};
pub use gpu_lease::{constants::*, errors::LeaseError, events::*, state::*};
pub use gpu_lease_client::{
    address::{self, TOKEN_2022},
    decode::Event,
    instruction,
};
pub use solana_address::Address;
pub use solana_instruction::{Instruction, error::InstructionError};
pub use solana_keypair::Keypair;
pub use solana_sdk_ids::system_program;
pub use solana_signer::Signer;
pub use spl_token_interface::ID as TOKEN;

/// An address at which nothing lies.
pub const NOWHERE: Address = Address::new_from_array([77; 32]);
