//! Durable nonces, which keep a half-signed transaction good until it is used or withdrawn.
//!
//! A nonce account holds a value that a transaction names in place of a blockhash. Its first instruction advances the
//! account to the next value, so that it lands once at most. The account's authority withdraws the transaction by
//! advancing the account itself.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;

/// The system program's `AdvanceNonceAccount`: number 4, in little-endian order, and nothing else.
const ADVANCE: [u8; 4] = [4, 0, 0, 0];

/// An instruction that advances a nonce account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    /// The nonce account.
    pub account: Address,
    /// The key that signs for it, and that can withdraw the transaction.
    pub authority: Address,
}

/// The instruction read as one that advances a nonce account, if it is just as the system program's clients write it.
pub fn advance(instruction: &Instruction) -> Option<Advance> {
    match instruction.accounts.as_slice() {
        [account, _, authority]
            if instruction.program_id == system_program::ID
                && instruction.data == ADVANCE
                && account.is_writable
                && authority.is_signer =>
        {
            Some(Advance { account: account.pubkey, authority: authority.pubkey })
        }
        _ => None,
    }
}

/// The nonce account that keeps a transaction of these instructions good: the one that its first instruction advances.
pub fn of(instructions: &[Instruction]) -> Option<Advance> {
    instructions.first().and_then(advance)
}
