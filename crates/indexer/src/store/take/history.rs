//! What happened: the transaction, its instructions, statements and movements.

use std::collections::BTreeSet;

use anyhow::Result;
use gpu_lease_client::address::PROGRAM;
use gpu_lease_client::decode::Event;
use gpu_lease_client::json::Json;
use serde_json::{Map, Value, json};
use solana_address::Address;

use crate::book::{Deed, Statement, TokenAccountOf};
use crate::store::schema::{
    EventAboutRow, EventRow, MintRow, MovementOwnerRow, MovementRow, StatementRow, TransactionRow,
};
use crate::store::taking::{Taking, bytes_of_all, packed};

/// Accounts that say nothing about an instruction, since they are in all of its kind.
const COMMON: &[&str] = &[
    "protocol",
    "governance",
    "fee_params",
    "program_data",
    "instructions",
    "mint",
    "vote_mint",
    "mint_policy",
    "fee_vault",
    "token_program",
    "system_program",
];

pub fn take(taking: &mut Taking<'_>) -> Result<()> {
    let (applied, pos, time) = (taking.applied, taking.pos, taking.time);
    let transaction = applied.transaction;
    let raw = packed(applied.raw)?;
    taking.desk.put(&TransactionRow {
        pos,
        signature: transaction.signature,
        time,
        payer: transaction.payer,
        is_listed: transaction.calls.iter().any(|call| call.instruction.program_id == PROGRAM),
        raw,
    });
    let mut statements = applied.done.statements.iter();
    for (number, deed) in (0_u32..).zip(&applied.done.deeds) {
        let stated = statements.by_ref().take(stated_by(deed));
        event(taking, number, deed, stated)?;
    }
    for (number, it) in (0_u32..).zip(&applied.done.statements) {
        taking.desk.put(&StatementRow {
            lease: it.lease,
            opened_slot: it.opened_slot,
            pos,
            number,
            window_end: it.window_end,
            gpu_seconds: it.gpu_seconds,
            energy_wh: it.energy_wh,
            evidence: it.evidence,
            signers: bytes_of_all(&it.signers),
            is_co_signed: it.is_co_signed,
            counts: it.counts,
        });
    }
    for (number, it) in (0_u32..).zip(&applied.done.movements) {
        let account = |end: Option<TokenAccountOf>| end.map(|end| end.account);
        let owner = |end: Option<TokenAccountOf>| end.and_then(|end| end.owner);
        let row = MovementRow {
            pos,
            number,
            time,
            purpose: it.purpose.to_string(),
            mint: it.mint,
            amount: it.amount,
            from_account: account(it.from),
            from_owner: owner(it.from),
            to_account: account(it.to),
            to_owner: owner(it.to),
            lease: it.lease.map(|life| life.lease),
            opened_slot: it.lease.map(|life| life.opened_slot),
        };
        let shown = transaction.tokens.iter().find(|token| token.mint == it.mint);
        if let Some(token) = shown {
            taking.desk.put(&MintRow { mint: it.mint, decimals: token.decimals.into() });
        }
        for owner in [row.from_owner, row.to_owner].into_iter().flatten() {
            taking.desk.put(&MovementOwnerRow { owner, time, pos, number });
        }
        taking.desk.put(&row);
    }
    Ok(())
}

/// How many of a transaction's statements, which are in order, an instruction made.
fn stated_by(deed: &Deed) -> usize {
    match (deed.name, deed.events.as_slice()) {
        ("attest", _) => usize::from(deed.lease.is_some()),
        (_, [Event::BatchAttested(told)]) => usize::try_from(told.rows).unwrap_or_default(),
        _ => 0,
    }
}

fn event<'a>(
    taking: &mut Taking<'_>,
    number: u32,
    deed: &Deed,
    stated: impl Iterator<Item = &'a Statement>,
) -> Result<()> {
    let accounts: Map<String, Value> =
        deed.accounts.iter().map(|(name, address)| ((*name).to_owned(), address.json())).collect();
    let told: Vec<Value> = deed.events.iter().map(Json::json).collect();
    let content = json!({ "accounts": accounts, "args": deed.args.json(), "told": told });
    let pos = taking.pos;
    let instruction = deed.name.to_owned();
    let named = deed.accounts.iter().filter(|(name, _)| !COMMON.contains(name) && !name.ends_with("_token"));
    let abouts: BTreeSet<Address> =
        named.map(|(_, address)| *address).chain(stated.map(|it| it.lease)).chain(deed.by).collect();
    for about in abouts {
        taking.desk.put(&EventAboutRow { about, pos, number, instruction: instruction.clone() });
    }
    taking.desk.put(&EventRow {
        pos,
        number,
        instruction,
        signer: deed.by,
        lease: deed.lease.map(|life| life.lease),
        opened_slot: deed.lease.map(|life| life.opened_slot),
        content: packed(&serde_json::to_vec(&content)?)?,
    });
    Ok(())
}
