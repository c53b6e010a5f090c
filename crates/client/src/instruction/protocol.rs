//! The protocol as a whole, and the mints that it accepts.

use super::build;
use crate::address;
use gpu_lease::{accounts, instruction as data, instructions::ProtocolConfig};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;

/// Creates the protocol. `authority` is the program's upgrade authority; it pays.
pub fn initialize(authority: Address, config: ProtocolConfig) -> Instruction {
    build(
        accounts::Initialize {
            authority,
            protocol: address::protocol(),
            governance: address::governance(),
            fee_params: address::fee_params(),
            program_data: address::program_data(&address::PROGRAM),
            system_program: system_program::ID,
        },
        data::Initialize { config },
    )
}

/// Lets leases be priced in `mint`, which `token_program` owns. `rent_payer` pays.
pub fn register_mint(rent_payer: Address, mint: Address, token_program: Address) -> Instruction {
    build(
        accounts::RegisterMint {
            rent_payer,
            mint_policy: address::mint_policy(&mint),
            fee_vault: address::fee_vault(&mint),
            mint,
            token_program,
            system_program: system_program::ID,
        },
        data::RegisterMint {},
    )
}
