//! Token accounts of the program, and what a node showed of them.

use std::collections::HashMap;

use anyhow::Result;
use solana_address::Address;

use crate::ask::Part;
use crate::store::facade::Store;
use crate::store::list::Query;
use crate::store::row::Column;
use crate::store::schema::{AuditRow, VaultRow};
use crate::views::{Balance, Page};

impl Store {
    /// Token accounts of the program, or those that belong to an account of it.
    pub async fn balances(&self, of: Option<&Address>, part: &Part) -> Result<Page<Balance>> {
        let query = Query::ascending(&["account"]).only_if("t.belongs_to = ?", of);
        let rows = self.list::<VaultRow>(&query, part).await?;
        let accounts = rows.rows.iter().map(|(row, _)| row.account.value()).collect();
        let audits = self.find_each::<AuditRow>(accounts).await?;
        let mut audits: HashMap<_, _> = audits.into_iter().map(|(row, _)| (row.account, row)).collect();
        rows.page(|(row, _)| {
            let audit = audits.remove(&row.account);
            Ok(Balance {
                account: row.account.to_string(),
                kind: row.kind,
                of: row.belongs_to.to_string(),
                mint: row.mint.to_string(),
                booked: row.balance.into(),
                held: audit.as_ref().map(|audit| audit.held.into()),
                audited_at: audit.as_ref().map(|audit| audit.audited_at.into()),
                verdict: audit.map_or_else(|| "unaudited".to_owned(), |audit| audit.verdict),
            })
        })
    }
}
