//! Token accounts that can be paid into.
//!
//! A party's associated token account may have another owner by now, be frozen, or ask for a memo with each transfer. The
//! program pays into any token account of the party's wallet, and anyone can create one at an address that follows from a
//! seed.

use crate::address;
use anchor_lang::hash::sha256;
use solana_address::{Address, error::AddressError};
use solana_instruction::{AccountMeta, Instruction};
use solana_sdk_ids::system_program;

/// Bytes of a token account without extensions.
pub const SIZE: usize = 165;

/// The most that is paid for the rent of one, lamports: 0.01 SOL, four times what it takes.
const MAX_RENT: u64 = 10_000_000;

/// The system program's `CreateAccountWithSeed`, number 3 in little-endian order.
const CREATE_WITH_SEED: [u8; 4] = [3, 0, 0, 0];

/// `InitializeAccount3` of both token programs: this byte and the owner.
const INITIALIZE: u8 = 18;

/// Whether tokens of `mint` can be paid to `wallet` into an account with these data, owned by `token_program`.
pub fn takes(data: &[u8], wallet: &Address, mint: &Address) -> bool {
    /// Base layout: mint, owner, amount, an optional delegate, and the state, which is initialized and not frozen.
    const OWNER: usize = 32;
    const STATE: usize = 108;
    const INITIALIZED: u8 = 1;
    let field = |at: usize| data.get(at..at + 32);
    field(0) == Some(mint.as_ref())
        && field(OWNER) == Some(wallet.as_ref())
        && data.get(STATE) == Some(&INITIALIZED)
        && data.len() >= SIZE
        && !asks_for_memos(data)
}

/// Whether Token-2022 refuses transfers to the account that come without a memo, as the program's do.
fn asks_for_memos(data: &[u8]) -> bool {
    const MEMO_TRANSFER: u16 = 8;
    // Behind the base layout and a type byte: number, length and content of each extension.
    let mut rest = data.get(SIZE + 1..).unwrap_or_default();
    while let Some(([a, b, c, d], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([*c, *d]));
        let Some((content, next)) = after.split_at_checked(length) else { return false };
        if u16::from_le_bytes([*a, *b]) == MEMO_TRANSFER {
            return content.first() == Some(&1);
        }
        rest = next;
    }
    false
}

/// Address of the auxiliary token account number `number` of `wallet` for `mint` that `payer` creates.
pub fn auxiliary(
    payer: &Address,
    wallet: &Address,
    mint: &Address,
    token_program: &Address,
    number: u8,
) -> Result<Address, AddressError> {
    Address::create_with_seed(payer, &seed(wallet, mint, number), token_program)
}

fn seed(wallet: &Address, mint: &Address, number: u8) -> String {
    let digest = sha256(&[wallet.as_ref(), mint.as_ref(), &[number]].concat());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The instructions that create that account with `rent` lamports, which `payer` pays and signs for.
pub fn create_auxiliary(
    payer: &Address,
    wallet: &Address,
    mint: &Address,
    token_program: &Address,
    number: u8,
    rent: u64,
) -> Result<[Instruction; 2], AddressError> {
    let account = auxiliary(payer, wallet, mint, token_program, number)?;
    let seed = seed(wallet, mint, number);
    let length = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX).to_le_bytes();
    let create = Instruction {
        program_id: system_program::ID,
        accounts: vec![AccountMeta::new(*payer, true), AccountMeta::new(account, false)],
        data: [
            &CREATE_WITH_SEED[..],
            payer.as_ref(),
            &length(seed.len()),
            seed.as_bytes(),
            &rent.to_le_bytes(),
            &length(SIZE),
            token_program.as_ref(),
        ]
        .concat(),
    };
    let initialize = Instruction {
        program_id: *token_program,
        accounts: vec![AccountMeta::new(account, false), AccountMeta::new_readonly(*mint, false)],
        data: [&[INITIALIZE][..], wallet.as_ref()].concat(),
    };
    Ok([create, initialize])
}

/// Whether two instructions, one after the other, do nothing but create a token account with little more than its rent.
pub fn is_creation(create: &Instruction, initialize: &Instruction) -> bool {
    let token_program = initialize.program_id;
    // The seed's length says where everything else is.
    let parts = || {
        let (_base, rest) = create.data.strip_prefix(&CREATE_WITH_SEED)?.split_first_chunk::<32>()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (_seed, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        let (rent, rest) = rest.split_first_chunk()?;
        let (size, owner) = rest.split_first_chunk()?;
        Some((u64::from_le_bytes(*rent), u64::from_le_bytes(*size), owner))
    };
    let account =
        |instruction: &Instruction, index: usize| instruction.accounts.get(index).map(|meta| meta.pubkey);
    create.program_id == system_program::ID
        && [address::SPL_TOKEN, address::TOKEN_2022].contains(&token_program)
        && parts().is_some_and(|(rent, size, owner)| {
            rent <= MAX_RENT && usize::try_from(size) == Ok(SIZE) && owner == token_program.as_ref()
        })
        && initialize.data.first() == Some(&INITIALIZE)
        && account(create, 1).is_some()
        && account(create, 1) == account(initialize, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn someone(number: u8) -> Address {
        Address::new_from_array([number; 32])
    }

    /// A token account of mint 1 and owner 2 in a state, with what comes after its base layout.
    fn data(state: u8, behind: &[u8]) -> Vec<u8> {
        let mut data = vec![0; SIZE];
        data[..32].copy_from_slice(someone(1).as_ref());
        data[32..64].copy_from_slice(someone(2).as_ref());
        data[108] = state;
        data.extend(behind);
        data
    }

    #[test]
    fn an_account_takes_tokens_of_its_mint_for_its_owner_unless_it_is_frozen_or_asks_for_memos() {
        let takes = |data: &[u8]| super::takes(data, &someone(2), &someone(1));
        assert!(takes(&data(1, &[])));
        assert!(!takes(&data(0, &[])) && !takes(&data(2, &[])) && !takes(&data(1, &[])[..100]));
        assert!(!super::takes(&data(1, &[]), &someone(3), &someone(1)));
        assert!(!super::takes(&data(1, &[]), &someone(2), &someone(3)));
        // The type byte, an immutable owner, and a request for memos that is on or off.
        for (asked, expected) in [(1, false), (0, true)] {
            assert_eq!(takes(&data(1, &[2, 7, 0, 0, 0, 8, 0, 1, 0, asked])), expected);
        }
        assert!(takes(&data(1, &[2, 8, 0, 9, 0, 1])), "cut off");
    }

    #[test]
    fn what_creates_a_token_account_does_nothing_else() {
        let [create, initialize] =
            create_auxiliary(&someone(9), &someone(2), &someone(1), &address::SPL_TOKEN, 0, 2_039_280)
                .unwrap();
        assert!(is_creation(&create, &initialize));
        let but = |change: fn(&mut Instruction, &mut Instruction)| {
            let (mut create, mut initialize) = (create.clone(), initialize.clone());
            change(&mut create, &mut initialize);
            is_creation(&create, &initialize)
        };
        assert!(!but(|create, _| create.data[0] = 2), "a transfer");
        assert!(!but(|create, _| create.data[80] = 1), "a fortune of a rent");
        assert!(!but(|create, _| create.accounts[1].pubkey = someone(7)), "another account");
        assert!(!but(|_, initialize| initialize.data[0] = 3), "another call");
        assert!(!but(|_, initialize| initialize.program_id = someone(7)), "another program");
    }
}
