//! Signatures that a node listed and that are not taken in yet.

use anyhow::Result;
use solana_signature::Signature;

use super::desk::Desk;
use super::facade::Store;
use super::row::{Column, Row};
use super::schema::StagedRow;

/// A signature that is to be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Staged {
    /// The signature.
    pub signature: Signature,
    /// The slot of its block.
    pub slot: u64,
    /// Whether it failed.
    pub is_failed: bool,
}

impl Store {
    /// Keeps signatures until they are taken in; those that are kept already stay.
    pub async fn stage(&self, signatures: &[Staged]) -> Result<()> {
        let mut desk = Desk::default();
        for Staged { signature, slot, is_failed } in signatures {
            desk.put(&StagedRow { signature: *signature, slot: *slot, is_failed: *is_failed });
        }
        self.write(&desk).await
    }

    /// Signatures that are kept, the oldest slots first, `limit` at most.
    pub async fn staged(&self, limit: u32) -> Result<Vec<Staged>> {
        let rest = format!("ORDER BY slot, signature LIMIT {limit}");
        let rows: Vec<StagedRow> = self.all_finalized(&rest, Vec::new()).await?;
        let staged = |row: StagedRow| {
            let StagedRow { signature, slot, is_failed } = row;
            Staged { signature, slot, is_failed }
        };
        Ok(rows.into_iter().map(staged).collect())
    }

    /// Forgets signatures.
    pub async fn unstage(&self, signatures: &[Signature]) -> Result<()> {
        let mut desk = Desk::default();
        for signature in signatures {
            desk.remove::<StagedRow>(vec![signature.value()]);
        }
        self.write(&desk).await
    }

    /// Forgets all of them.
    pub async fn unstage_all(&self) -> Result<()> {
        let mut writing = self.begin().await?;
        writing.connection.execute(format!("DELETE FROM {}", StagedRow::TABLE.name), Vec::new()).await?;
        writing.commit().await.map(drop)
    }
}
