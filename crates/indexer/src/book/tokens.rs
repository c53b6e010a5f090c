//! What token programs were told to move.

use gpu_lease_client::address::{SPL_TOKEN, TOKEN_2022};
use solana_address::Address;
use solana_instruction::Instruction;
use spl_token_interface::instruction::TokenInstruction;

/// Tokens that an instruction moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The token account that they leave; `None` if they are new.
    pub from: Option<Address>,
    /// The token account that they enter; `None` if they are burned.
    pub to: Option<Address>,
    /// The first key that allows it.
    pub authority: Address,
    /// Base units.
    pub amount: u64,
}

/// All that an instruction of a token program moves: of a batch what each of its parts does.
pub fn transfers(instruction: &Instruction) -> Vec<Transfer> {
    if ![SPL_TOKEN, TOKEN_2022].contains(&instruction.program_id) {
        return Vec::new();
    }
    parts(instruction).unwrap_or_default().iter().filter_map(transfer).collect()
}

/// The accounts and the data of one instruction.
type Part<'a> = (Vec<Address>, &'a [u8]);

/// The instructions that one stands for: a batch is a byte, then for each part how many accounts and how many bytes it has, and
/// its bytes. The cluster has run it, so that whatever does not add up is not a batch.
fn parts(instruction: &Instruction) -> Option<Vec<Part<'_>>> {
    const BATCH: u8 = 255;
    let mut accounts = instruction.accounts.iter().map(|meta| meta.pubkey);
    let Some(mut rest) = instruction.data.strip_prefix(&[BATCH]) else {
        return Some(vec![(accounts.collect(), &instruction.data)]);
    };
    let mut parts = Vec::new();
    while let [accounts_len, data_len, after @ ..] = rest {
        let its_accounts: Vec<_> = accounts.by_ref().take((*accounts_len).into()).collect();
        let (data, next) = after.split_at_checked((*data_len).into())?;
        parts.push((its_accounts, data));
        rest = next;
    }
    Some(parts)
}

fn transfer((accounts, data): &Part<'_>) -> Option<Transfer> {
    let account = |index: usize| accounts.get(index).copied();
    let (from, to, authority, amount) = match TokenInstruction::unpack(data).ok()? {
        TokenInstruction::Transfer { amount } => (Some(account(0)?), Some(account(1)?), account(2)?, amount),
        TokenInstruction::TransferChecked { amount, .. } => {
            (Some(account(0)?), Some(account(2)?), account(3)?, amount)
        }
        TokenInstruction::MintTo { amount } | TokenInstruction::MintToChecked { amount, .. } => {
            (None, Some(account(1)?), account(2)?, amount)
        }
        TokenInstruction::Burn { amount } | TokenInstruction::BurnChecked { amount, .. } => {
            (Some(account(0)?), None, account(2)?, amount)
        }
        _ => return None,
    };
    Some(Transfer { from, to, authority, amount })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use solana_instruction::AccountMeta;

    fn instruction(accounts: u8, data: Vec<u8>) -> Instruction {
        let accounts =
            (1..=accounts).map(|byte| AccountMeta::new(Address::new_from_array([byte; 32]), false));
        Instruction { program_id: SPL_TOKEN, accounts: accounts.collect(), data }
    }

    #[test]
    fn a_batch_moves_what_each_of_its_parts_does() {
        let pay = |amount: u64| TokenInstruction::Transfer { amount }.pack();
        let [first, second] = [pay(5), pay(7)];
        let close = TokenInstruction::CloseAccount.pack();
        let mut data = vec![255];
        for part in [&first, &second, &close] {
            data.extend([3, part.len() as u8]);
            data.extend(part.as_slice());
        }
        let moved = transfers(&instruction(9, data));
        let ends =
            |transfer: &Transfer| (transfer.from.unwrap().to_bytes()[0], transfer.to.unwrap().to_bytes()[0]);
        assert_eq!(moved.iter().map(|it| it.amount).collect::<Vec<_>>(), [5, 7]);
        assert_eq!(moved.iter().map(ends).collect::<Vec<_>>(), [(1, 2), (4, 5)]);
    }

    proptest! {
        #[test]
        fn whatever_was_called_is_read_without_a_panic(accounts in 0_u8..12, data: Vec<u8>) {
            transfers(&instruction(accounts, data.clone()));
            transfers(&instruction(accounts, [vec![255], data].concat()));
        }
    }
}
