//! A transaction in the making.

use anchor_lang::Event;
use gpu_lease_client::address::{SPL_TOKEN, associated_token};
use gpu_lease_indexer::observed::{Call, TokenBalance};
use solana_address::Address;
use solana_instruction::Instruction;
use spl_token_interface::instruction::transfer;

/// What every wallet's token account holds: nobody counts strangers' money here.
const WEALTH: u64 = 1 << 60;

/// A mint of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mint {
    pub address: Address,
    pub decimals: u8,
}

/// A token account that a transaction names.
#[derive(Clone, Copy, Debug)]
pub struct Purse {
    pub account: Address,
    pub owner: Address,
    pub mint: Mint,
    /// Base units before the transaction.
    pub holds: u64,
}

impl Purse {
    /// A wallet's associated token account.
    pub fn of(wallet: Address, mint: Mint) -> Self {
        let account = associated_token(&wallet, &mint.address, &SPL_TOKEN);
        Self { account, owner: wallet, mint, holds: WEALTH }
    }
}

/// What a transaction does, as far as it is made up.
#[derive(Debug)]
pub struct Making {
    /// Who pays the network for it.
    pub payer: Address,
    pub calls: Vec<Call>,
    pub tokens: Vec<TokenBalance>,
    /// The data of the program's events.
    pub told: Vec<Vec<u8>>,
}

impl Making {
    /// A transaction that does nothing yet.
    pub const fn by(payer: Address) -> Self {
        Self { payer, calls: Vec::new(), tokens: Vec::new(), told: Vec::new() }
    }

    /// Calls this next.
    pub fn call(mut self, instruction: Instruction) -> Self {
        let outer = self.calls.iter().filter(|call| call.depth == 1).count();
        let outer = u16::try_from(outer).unwrap_or(u16::MAX);
        self.calls.push(Call { outer, depth: 1, instruction });
        self
    }

    /// The token accounts that it names.
    pub fn naming(mut self, purses: impl IntoIterator<Item = Purse>) -> Self {
        for purse in purses {
            if self.tokens.iter().all(|token| token.account != purse.account) {
                let Purse { account, owner, mint: Mint { address: mint, decimals }, holds } = purse;
                let token = TokenBalance { account, mint, decimals, owner, before: holds, after: holds };
                self.tokens.push(token);
            }
        }
        self
    }

    /// What it called last moves `amount` base units; nothing is called to move none.
    pub fn moving(mut self, from: &Purse, to: &Purse, amount: u64) -> Self {
        self = self.naming([*from, *to]);
        if amount > 0 {
            let outer = self.calls.last().map_or(0, |call| call.outer);
            let instruction = transfer(&SPL_TOKEN, &from.account, &to.account, &from.owner, &[], amount);
            let instruction = instruction.expect("the SPL Token program");
            self.calls.push(Call { outer, depth: 2, instruction });
            self.moved(from, to, amount);
        }
        self
    }

    /// What the program tells of what was called last.
    pub fn telling(mut self, event: impl Event) -> Self {
        self.told.push(event.data());
        self
    }

    fn moved(&mut self, from: &Purse, to: &Purse, amount: u64) {
        for token in &mut self.tokens {
            if token.account == from.account {
                token.after -= amount;
            }
            if token.account == to.account {
                token.after += amount;
            }
        }
    }
}
