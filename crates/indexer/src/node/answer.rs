//! What a node says of a transaction, checked and taken apart.
//!
//! A node can be wrong, old or somebody else's. What it says is taken only if it is whole: what was called in turn, the token
//! accounts, the block's time. A node that leaves something of that out is of no use here, and says so nowhere: it is refused.

use std::collections::BTreeMap;

use gpu_lease_client::address::PROGRAM;
use gpu_lease_client::decode;
use gpu_lease_client::state::Moment;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_message::VersionedMessage;
use solana_signature::Signature;
use solana_transaction_status_client_types::option_serializer::OptionSerializer;
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, UiCompiledInstruction, UiInnerInstructions, UiInstruction,
    UiLoadedAddresses, UiTransactionTokenBalance,
};

use crate::observed::{Call, Place, TokenBalance, Transaction};

/// Calls that a transaction can make at most: more than the cluster allows.
const MOST_CALLS: usize = 1_024;

/// Deepest nesting that is believed.
const DEEPEST: u32 = 16;

/// What a node said of a transaction.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It succeeded, and called the program.
    Succeeded(Box<Transaction>),
    /// It failed: nothing of it counts.
    Failed,
    /// It named the program and did not call it.
    Mentioned,
}

/// Why what a node says cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is about another transaction.
    #[error("the node was asked for {0} and answers with another transaction")]
    Other(Signature),
    /// Something is missing that nodes can leave out.
    #[error("the node does not keep {0}: use one that does")]
    Without(&'static str),
    /// It does not hold together.
    #[error("the node's transaction {signature} does not hold together: {reason}")]
    Malformed { signature: Signature, reason: &'static str },
    /// A list of transactions does not hold together.
    #[error("the node's list of transactions does not hold together: {0}")]
    Listing(&'static str),
    /// It is listed, and not there.
    #[error(
        "the node lists {0} and does not have it: wait, use a node that keeps all transactions, or set `archive`"
    )]
    Absent(Signature),
    /// It is in the record, and not listed.
    #[error("the node does not list {0}, which is in the record: wait, use another node, or set `archive`")]
    Unlisted(Signature),
    /// The record would begin in the middle.
    #[error(
        "the node's history begins with {0}, after the program's: set `archive` to a node that keeps all of it"
    )]
    Beginning(Signature),
    /// The record is not what it should be, and what was read for it is forgotten.
    #[error(
        "the record lacks {0} or has it otherwise, and how it begins is forgotten: set `archive` to a node that keeps \
         all of it"
    )]
    Forgotten(Signature),
    /// A block without the transaction that is said to be in it.
    #[error("the node's block {slot} does not have {signature}, which the node lists there")]
    Block { slot: u64, signature: Signature },
    /// Any other answer that is not of the form it must have.
    #[error("the node's answer to {0} is not of the form that it must have: use another node")]
    Form(&'static str),
}

/// Reads what a node says of the transaction `signature`, which was number `index` of its block.
pub fn read(
    signature: Signature,
    index: u32,
    found: EncodedConfirmedTransactionWithStatusMeta,
) -> Result<Answer, Unfit> {
    let calls_program = |calls: &[Call]| calls.iter().any(|call| call.instruction.program_id == PROGRAM);
    read_if(signature, index, found, calls_program)
}

/// The same of one that need not call the program; `None` if it failed.
pub fn read_any(
    signature: Signature,
    index: u32,
    found: EncodedConfirmedTransactionWithStatusMeta,
) -> Result<Option<Transaction>, Unfit> {
    match read_if(signature, index, found, |_| true)? {
        Answer::Succeeded(transaction) => Ok(Some(*transaction)),
        Answer::Failed | Answer::Mentioned => Ok(None),
    }
}

fn read_if(
    signature: Signature,
    index: u32,
    found: EncodedConfirmedTransactionWithStatusMeta,
    is_asked_for: impl Fn(&[Call]) -> bool,
) -> Result<Answer, Unfit> {
    let malformed = |reason: &'static str| Unfit::Malformed { signature, reason };
    let transaction = found.transaction.transaction.decode().ok_or_else(|| malformed("it is not binary"))?;
    if transaction.signatures.first() != Some(&signature) {
        return Err(Unfit::Other(signature));
    }
    if found.transaction_index.is_some_and(|told| told != index) {
        return Err(malformed("its block has it at another place"));
    }
    let meta = found.transaction.meta.ok_or(Unfit::Without("what became of a transaction"))?;
    if meta.err.is_some() {
        return Ok(Answer::Failed);
    }
    let time = found.block_time.ok_or(Unfit::Without("when a block was made"))?;
    let loaded = match Option::<UiLoadedAddresses>::from(meta.loaded_addresses) {
        Some(loaded) => addresses(loaded).ok_or_else(|| malformed("a loaded address is not one"))?,
        None => Vec::new(),
    };
    let keys = Keys::new(&transaction.message, loaded);
    let inner = known(meta.inner_instructions, "what programs called")?;
    let calls = calls(&keys, &transaction.message, inner).map_err(malformed)?;
    if !is_asked_for(&calls) {
        return Ok(Answer::Mentioned);
    }
    let logs: Vec<String> = known(meta.log_messages, "logs")?;
    let (before, after) = (
        known(meta.pre_token_balances, "token balances")?,
        known(meta.post_token_balances, "token balances")?,
    );
    let tokens = tokens(&keys, before, after).ok_or_else(|| malformed("a token balance is not one"))?;
    let payer = keys.get(0).ok_or_else(|| malformed("nobody paid for it"))?;
    let moment = Moment { time, slot: found.slot };
    let is_whole = !logs.is_empty() && !decode::is_truncated(&logs);
    let inner = calls.iter().filter(|call| call.depth > 1);
    let inner = inner.map(|call| (call.instruction.program_id, u32::from(call.depth)));
    if is_whole && !logged(&logs).filter(|(_, depth)| *depth > 1).eq(inner) {
        return Err(malformed("its log tells of other calls"));
    }
    let events = is_whole.then(|| decode::events(&logs));
    let place = Place { slot: found.slot, index };
    Ok(Answer::Succeeded(Box::new(Transaction { signature, place, moment, payer, calls, events, tokens })))
}

/// A node that does not keep something says so by leaving it out.
fn known<T>(told: OptionSerializer<T>, what: &'static str) -> Result<T, Unfit> {
    Option::from(told).ok_or(Unfit::Without(what))
}

/// What a log says was called, and how deep. It does not tell of precompiles, which no program can call.
fn logged(logs: &[String]) -> impl Iterator<Item = (Address, u32)> {
    logs.iter().filter_map(|line| {
        let (program, depth) = line.strip_prefix("Program ")?.split_once(" invoke [")?;
        Some((program.parse().ok()?, depth.strip_suffix(']')?.parse().ok()?))
    })
}

fn addresses(loaded: UiLoadedAddresses) -> Option<Vec<Address>> {
    loaded.writable.iter().chain(&loaded.readonly).map(|text| text.parse().ok()).collect()
}

/// The accounts that a transaction names.
struct Keys<'a> {
    message: &'a VersionedMessage,
    all: Vec<Address>,
}

impl<'a> Keys<'a> {
    fn new(message: &'a VersionedMessage, loaded: Vec<Address>) -> Self {
        let all = message.static_account_keys().iter().copied().chain(loaded).collect();
        Self { message, all }
    }

    fn get(&self, index: usize) -> Option<Address> {
        self.all.get(index).copied()
    }

    /// An instruction with addresses in place of numbers.
    fn resolve(&self, program: u8, accounts: &[u8], data: Vec<u8>) -> Option<Instruction> {
        let meta = |index: &u8| {
            let index = usize::from(*index);
            let signs = self.message.is_signer(index);
            Some(AccountMeta::new(self.get(index)?, signs))
        };
        let accounts = accounts.iter().map(meta).collect::<Option<_>>()?;
        Some(Instruction { program_id: self.get(program.into())?, accounts, data })
    }
}

/// Everything that was called, in the order in which it ran.
fn calls(
    keys: &Keys<'_>,
    message: &VersionedMessage,
    inner: Vec<UiInnerInstructions>,
) -> Result<Vec<Call>, &'static str> {
    let mut by_outer: BTreeMap<u8, Vec<UiInstruction>> = BTreeMap::new();
    for UiInnerInstructions { index, instructions } in inner {
        if usize::from(index) >= message.instructions().len() {
            return Err("a call belongs to no instruction");
        }
        if by_outer.insert(index, instructions).is_some() {
            return Err("the calls of an instruction are listed twice");
        }
    }
    let mut calls = Vec::new();
    for (outer, own) in message.instructions().iter().enumerate() {
        let outer = u8::try_from(outer).map_err(|_| "it has more instructions than fit")?;
        let instruction = keys.resolve(own.program_id_index, &own.accounts, own.data.clone());
        let instruction = instruction.ok_or("an instruction names an account that there is not")?;
        calls.push(Call { outer: outer.into(), depth: 1, instruction });
        let mut depth_before = 1;
        for call in by_outer.remove(&outer).unwrap_or_default() {
            let UiInstruction::Compiled(call) = call else { return Err("a call is not binary") };
            let UiCompiledInstruction { program_id_index, accounts, data, stack_height } = call;
            // Who called whom follows from how deep it was alone.
            let depth = stack_height.ok_or("it is not said how deep a call was")?;
            if !(2..=DEEPEST).contains(&depth) || depth > depth_before + 1 {
                return Err("a call is deeper than its caller could call");
            }
            depth_before = depth;
            let data = bs58::decode(&data).into_vec().map_err(|_| "a call's data is not base58")?;
            let instruction = keys.resolve(program_id_index, &accounts, data);
            let instruction = instruction.ok_or("a call names an account that there is not")?;
            let depth = u8::try_from(depth).map_err(|_| "a call is too deep")?;
            calls.push(Call { outer: outer.into(), depth, instruction });
            if calls.len() > MOST_CALLS {
                return Err("it calls more than the cluster allows");
            }
        }
    }
    Ok(calls)
}

/// Token accounts before and after it.
fn tokens(
    keys: &Keys<'_>,
    before: Vec<UiTransactionTokenBalance>,
    after: Vec<UiTransactionTokenBalance>,
) -> Option<Vec<TokenBalance>> {
    let mut tokens: BTreeMap<u8, TokenBalance> = BTreeMap::new();
    for (balance, is_after) in before.iter().map(|it| (it, false)).chain(after.iter().map(|it| (it, true))) {
        let owner: Option<String> = Option::from(balance.owner.clone());
        let amount: u64 = balance.ui_token_amount.amount.parse().ok()?;
        let fresh = TokenBalance {
            account: keys.get(balance.account_index.into())?,
            mint: balance.mint.parse().ok()?,
            decimals: balance.ui_token_amount.decimals,
            owner: owner?.parse().ok()?,
            before: 0,
            after: 0,
        };
        let token = tokens.entry(balance.account_index).or_insert(fresh);
        if is_after {
            // What was closed and made again in one transaction is as it is after it.
            *token = TokenBalance { before: token.before, after: amount, ..fresh };
        } else {
            token.before = amount;
        }
    }
    Some(tokens.into_values().collect())
}
