//! A transaction that succeeded, as a node showed it, checked and taken apart.

use gpu_lease_client::decode::Event;
use gpu_lease_client::state::Moment;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signature::Signature;

/// Where a transaction is among all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Slot of its block.
    pub slot: u64,
    /// Its number in the block.
    pub index: u32,
}

/// What is known of a transaction that succeeded.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Its first signature.
    pub signature: Signature,
    /// Where it is.
    pub place: Place,
    /// The cluster's clock when it ran.
    pub moment: Moment,
    /// Who paid the network for it.
    pub payer: Address,
    /// What was called, in the order in which it ran.
    pub calls: Vec<Call>,
    /// The program's events; `None` where the log was cut off.
    pub events: Option<Vec<Event>>,
    /// Token accounts that it named, before and after it.
    pub tokens: Vec<TokenBalance>,
}

/// An instruction, and where it was called.
#[derive(Clone, Debug)]
pub struct Call {
    /// Number of the transaction's own instruction that it is, or that called it.
    pub outer: u16,
    /// 1 for the transaction's own, one more for each program between.
    pub depth: u8,
    /// What was called.
    pub instruction: Instruction,
}

/// A token account around a transaction, base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenBalance {
    /// The token account.
    pub account: Address,
    /// Its mint.
    pub mint: Address,
    /// Digits behind the point of the mint.
    pub decimals: u8,
    /// The wallet, or the account of a program, that it belongs to.
    pub owner: Address,
    /// 0 if there was none.
    pub before: u64,
    /// 0 if there is none.
    pub after: u64,
}

impl Transaction {
    /// The transaction's own instruction in front of the one that `call` is, or belongs to.
    pub fn in_front_of(&self, call: &Call) -> Option<&Instruction> {
        let before = call.outer.checked_sub(1)?;
        self.calls.iter().find(|it| it.depth == 1 && it.outer == before).map(|it| &it.instruction)
    }

    /// What call number `index` called itself.
    pub fn called_by(&self, index: usize) -> impl Iterator<Item = &Instruction> {
        let rest = self.calls.get(index..).unwrap_or_default();
        let depth = rest.first().map_or(u8::MAX, |call| call.depth);
        let within = rest.iter().skip(1).take_while(move |call| call.depth > depth);
        within.filter(move |call| call.depth == depth.saturating_add(1)).map(|call| &call.instruction)
    }

    /// Number of the call that called number `index`, if it is not the transaction's own.
    pub fn caller_of(&self, index: usize) -> Option<usize> {
        let depth = self.calls.get(index)?.depth;
        let before = self.calls.get(..index)?;
        before.iter().rposition(|call| call.depth < depth).filter(|_| depth > 1)
    }

    /// What it shows of a token account.
    pub fn token(&self, account: &Address) -> Option<&TokenBalance> {
        self.tokens.iter().find(|it| it.account == *account)
    }
}
