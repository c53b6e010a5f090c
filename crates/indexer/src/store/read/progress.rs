//! How far the record goes.

use anyhow::{Context, Result};

use crate::store::facade::{Reached, Store};
use crate::store::open;
use crate::store::row::key;
use crate::store::schema::RecordRow;
use crate::store::sql::{Kind, Value};
use crate::views::Progress;

impl Store {
    /// How far the record goes.
    pub async fn progress(&self) -> Result<Progress> {
        let record: RecordRow = self.find_finalized(&key!(open::ID)).await?.context("the record is empty")?;
        let Reached { slot, time } = self.reached();
        let sql = "SELECT COUNT(DISTINCT account) FROM doubts WHERE is_open = 1".to_owned();
        let in_doubt = self.fetch(sql, Vec::new(), &[Kind::Int]).await?;
        let in_doubt = match in_doubt.first().and_then(|row| row.first()) {
            Some(Value::Int(count)) => u64::try_from(*count)?,
            _ => 0,
        };
        Ok(Progress {
            genesis_hash: bs58::encode(record.genesis_hash).into_string(),
            program: record.program.to_string(),
            finalized_slot: slot.into(),
            confirmed_slot: self.shown().slot().max(slot).into(),
            time: time.into(),
            transactions: record.transactions.into(),
            others: record.others.into(),
            is_complete: record.is_complete,
            in_doubt: in_doubt.into(),
        })
    }
}
