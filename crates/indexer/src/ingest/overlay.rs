//! What is confirmed and not finalized yet, over the record.

use std::collections::HashMap;

use gpu_lease_client::address::PROGRAM;
use solana_commitment_config::CommitmentLevel::Confirmed;
use solana_signature::Signature;

use crate::book::{self, Draft};
use crate::ingest::fail::Fail;
use crate::ingest::reader::{Played, Reader};
use crate::live::Live;
use crate::node::answer::Answer;
use crate::node::{Listed, MOST_LISTED, Shown};
use crate::store::Cursor;
use crate::views::Commitment;

/// Transactions that are listed first. There are rarely more that are not finalized.
const FEW: usize = 64;

/// What is confirmed. It is asked for again when it is finalized: until then, it may be undone.
pub struct Overlay {
    live: Live,
    found: HashMap<Signature, Shown>,
    shown: Option<(Vec<Listed>, Option<Cursor>)>,
    /// Those that were told of.
    told: HashMap<Signature, u64>,
}

impl Overlay {
    /// Nothing yet.
    pub fn new(live: Live) -> Self {
        Self { live, found: HashMap::new(), shown: None, told: HashMap::new() }
    }

    /// Shows what is confirmed over what `reader` has read, and returns up to which slot, and how many transactions that are.
    pub async fn look(&mut self, reader: &Reader) -> Result<(u64, usize), Fail> {
        let slot = reader.node.slot(Confirmed).await?;
        let mut listed = self.list(reader, slot).await?;
        let now = (listed.clone(), reader.cursor);
        let count = listed.len();
        if self.shown.as_ref() == Some(&now) && count > 0 {
            return Ok((slot, count));
        }
        self.found.retain(|_, shown| listed.contains(&shown.listed));
        listed.retain(|it| !self.found.contains_key(&it.signature));
        for shown in reader.node.transactions(&listed, HashMap::new(), Confirmed).await? {
            self.found.insert(shown.listed.signature, shown);
        }
        let succeeded = self.found.values().filter_map(|shown| match &shown.answer {
            Answer::Succeeded(transaction) => Some((&**transaction, shown.raw.as_slice())),
            _ => None,
        });
        let mut succeeded: Vec<_> = succeeded.collect();
        succeeded.sort_by_key(|(transaction, _)| transaction.place);
        let mut draft = Draft::over(&reader.known);
        let mut played = Vec::with_capacity(succeeded.len());
        for (transaction, raw) in succeeded {
            let done = book::read(&draft, transaction);
            draft.take(done.accounts.clone());
            played.push(Played { transaction, raw, done });
        }
        let applied: Vec<_> = played.iter().map(Played::applied).collect();
        reader.store.show(&applied, slot).await?;
        for Played { transaction, done, .. } in &played {
            let landed = transaction.place.slot;
            if self.told.insert(transaction.signature, landed) != Some(landed) {
                self.live.tell(transaction, done, Commitment::Confirmed);
            }
        }
        self.told.retain(|signature, _| self.found.contains_key(signature));
        self.shown = Some(now);
        Ok((slot, count))
    }

    /// What is confirmed up to `slot`, succeeded, and is behind the record's end; nothing while that is far behind.
    async fn list(&self, reader: &Reader, slot: u64) -> Result<Vec<Listed>, Fail> {
        let Some(end) = reader.cursor.map(|cursor| cursor.place.slot) else { return Ok(Vec::new()) };
        let mut all: Vec<Listed> = Vec::new();
        let (mut before, mut limit) = (None, FEW);
        loop {
            let page = reader.node.signatures(&PROGRAM, before.as_ref(), limit, slot, Confirmed).await?;
            let new = page.listed.iter().filter(|it| it.slot > end && !it.is_failed);
            all.extend(new);
            if all.len() > MOST_LISTED {
                return Ok(Vec::new());
            }
            if page.is_last || page.last.is_none_or(|last| last.slot <= end) {
                return Ok(all);
            }
            (before, limit) = (page.last, MOST_LISTED);
        }
    }
}
