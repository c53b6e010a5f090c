//! The formats in which instructions travel, and what fits into each.

use crate::{
    address::COMPUTE_BUDGET,
    error::{Error, Result},
    nonce,
};
use anchor_lang::wincode;
use solana_address::Address;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::Instruction;
use solana_message::{AddressLookupTableAccount, Message, VersionedMessage, v0, v1};
use solana_program::hash::Hash;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;

/// Most bytes of a transaction, version 1 aside: what one packet of a network takes.
pub const MAX_PACKET: usize = 1_232;

/// Most accounts that a transaction locks.
pub const MAX_ACCOUNTS: usize = 64;

/// Most account data that a transaction loads, if it asks for no less.
const LOADED_DATA: u32 = 64 * 1_024 * 1_024;

/// How a transaction is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format<'a> {
    /// What every cluster takes: 1,232 bytes.
    Legacy,
    /// Version 0: as many bytes, one of them for each address that is in one of these lookup tables.
    V0(&'a [AddressLookupTableAccount]),
    /// Version 1: 4,096 bytes and no lookup tables; limit and fee are in the transaction, not in instructions.
    V1,
}

impl Format<'_> {
    /// Most bytes of a transaction.
    pub const fn max_bytes(&self) -> usize {
        match self {
            Self::Legacy | Self::V0(_) => MAX_PACKET,
            Self::V1 => v1::MAX_TRANSACTION_SIZE,
        }
    }
}

/// Instructions in a format, with what they may compute and what is offered for it.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    format: Format<'a>,
    instructions: Vec<Instruction>,
    units: u32,
    price: u64,
}

impl<'a> Draft<'a> {
    /// With `units` compute units, for `price` micro-lamports each. Instructions that set their own limit and price keep
    /// them, but in version 1, where the transaction says both.
    pub fn new(format: Format<'a>, instructions: &[Instruction], units: u32, price: u64) -> Self {
        let is_budget = |instruction: &&Instruction| instruction.program_id == COMPUTE_BUDGET;
        let has_budget = instructions.iter().any(|instruction| is_budget(&instruction));
        let instructions = match format {
            Format::V1 => {
                instructions.iter().filter(|instruction| !is_budget(instruction)).cloned().collect()
            }
            _ if has_budget => instructions.to_vec(),
            _ => {
                let budget = [
                    ComputeBudgetInstruction::set_compute_unit_limit(units),
                    ComputeBudgetInstruction::set_compute_unit_price(price),
                ];
                // What advances a nonce has to come first.
                let (first, rest) = instructions.split_at(usize::from(nonce::of(instructions).is_some()));
                first.iter().chain(&budget).chain(rest).cloned().collect()
            }
        };
        Self { format, instructions, units, price }
    }

    /// The instructions as they are in the transaction.
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// What is offered for being taken up early, lamports, if it is not in instructions of its own.
    pub fn priority_fee(&self) -> u64 {
        let fee = u128::from(self.price).saturating_mul(self.units.into()).div_ceil(1_000_000);
        u64::try_from(fee).unwrap_or(u64::MAX)
    }

    /// What is to be signed.
    pub fn message(&self, payer: &Address, blockhash: Hash) -> Result<VersionedMessage> {
        let Self { format, instructions, units, .. } = self;
        let uncompilable = |error: &dyn std::fmt::Display| {
            Error::input(format!("these instructions make no transaction: {error}"), "put fewer into one")
        };
        Ok(match format {
            Format::Legacy => {
                VersionedMessage::Legacy(Message::new_with_blockhash(instructions, Some(payer), &blockhash))
            }
            Format::V0(tables) => VersionedMessage::V0(
                v0::Message::try_compile(payer, instructions, tables, blockhash)
                    .map_err(|error| uncompilable(&error))?,
            ),
            Format::V1 => {
                let config = v1::TransactionConfig::empty()
                    .with_compute_unit_limit(*units)
                    .with_loaded_accounts_data_size_limit(LOADED_DATA)
                    .with_priority_fee(self.priority_fee());
                VersionedMessage::V1(
                    v1::Message::try_compile_with_config(payer, instructions, blockhash, config)
                        .map_err(|error| uncompilable(&error))?,
                )
            }
        })
    }

    /// Bytes of the transaction once everybody has signed.
    pub fn bytes(&self, payer: &Address) -> Result<usize> {
        let message = self.message(payer, Hash::default())?;
        Ok(wire(&unsigned(message))?.len())
    }

    /// Whether it is short enough, and locks no more accounts than a transaction may.
    pub fn fits(&self, payer: &Address) -> bool {
        let Ok(message) = self.message(payer, Hash::default()) else { return false };
        let tables = message.address_table_lookups().unwrap_or_default();
        let loaded = tables.iter().map(|table| table.writable_indexes.len() + table.readonly_indexes.len());
        message.static_account_keys().len() + loaded.sum::<usize>() <= MAX_ACCOUNTS
            && wire(&unsigned(message)).is_ok_and(|bytes| bytes.len() <= self.format.max_bytes())
    }
}

/// The message with zeroes in place of all signatures.
pub fn unsigned(message: VersionedMessage) -> VersionedTransaction {
    let signers = usize::from(message.header().num_required_signatures);
    VersionedTransaction { signatures: vec![Signature::default(); signers], message }
}

/// The transaction as it travels.
pub fn wire(transaction: &VersionedTransaction) -> Result<Vec<u8>> {
    wincode::serialize(transaction).map_err(|error| {
        let what = format!("this is not a transaction that could be sent: {error}");
        Error::input(what, "let it be prepared again")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{instruction, testing};
    use std::collections::BTreeSet;

    fn payer() -> Address {
        Address::new_from_array([99; 32])
    }

    #[test]
    fn a_budget_is_added_once_and_stands_in_a_transaction_of_version_1_itself() {
        let settle = [instruction::settle(&testing::lease_context())];
        let budgeted = Draft::new(Format::Legacy, &settle, 5_000, 7);
        assert_eq!(budgeted.instructions().len(), 3);
        let again = Draft::new(Format::Legacy, budgeted.instructions(), 1, 1);
        assert_eq!(again.instructions(), budgeted.instructions());
        let v1 = Draft::new(Format::V1, budgeted.instructions(), 5_001, 700);
        assert_eq!(v1.instructions(), settle);
        let VersionedMessage::V1(message) = v1.message(&payer(), Hash::default()).unwrap() else { panic!() };
        // 5,001 × 700 / 1,000,000, rounded up.
        assert_eq!((message.config.compute_unit_limit, message.config.priority_fee), (Some(5_001), Some(4)));
    }

    #[test]
    fn what_advances_a_nonce_comes_first() {
        let advance = solana_system_interface::instruction::advance_nonce_account(&payer(), &payer());
        let written = [advance.clone(), instruction::settle(&testing::lease_context())];
        for (format, count) in [(Format::Legacy, 4), (Format::V1, 2)] {
            let draft = Draft::new(format, &written, 5_000, 7);
            assert_eq!((draft.instructions().len(), &draft.instructions()[0]), (count, &advance));
        }
    }

    #[test]
    fn a_lookup_table_makes_a_byte_of_an_address() {
        let settle = [instruction::settle(&testing::lease_context())];
        let named: BTreeSet<_> = settle[0].accounts.iter().map(|meta| meta.pubkey).collect();
        let addresses = named.iter().copied().collect();
        let table = AddressLookupTableAccount { key: Address::new_from_array([9; 32]), addresses };
        let [plain, short] = [Format::V0(&[]), Format::V0(std::slice::from_ref(&table))]
            .map(|format| Draft::new(format, &settle, 5_000, 0).bytes(&payer()).unwrap());
        // The table's address, and two counts.
        assert_eq!(plain - short, 31 * named.len() - 34);
    }

    #[test]
    fn what_fits_is_as_long_as_it_may_be_and_no_longer() {
        let memo =
            |length| [Instruction { program_id: payer(), accounts: Vec::new(), data: vec![1; length] }];
        for format in [Format::Legacy, Format::V0(&[]), Format::V1] {
            let fits = |length| Draft::new(format, &memo(length), 1, 0).fits(&Address::default());
            let longest = (0..8_000).take_while(|length| fits(*length)).last().unwrap();
            let bytes = |length| Draft::new(format, &memo(length), 1, 0).bytes(&Address::default()).unwrap();
            assert_eq!(bytes(longest), format.max_bytes());
            assert!(!fits(longest + 1));
        }
    }
}
