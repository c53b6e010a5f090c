//! Instructions, statements and movements.

use anyhow::{Context, Result};
use solana_address::Address;

use super::days::days;
use super::offers::hex;
use crate::ask::{EventFilter, Part, Span};
use crate::book::LeaseLife;
use crate::observed::Place;
use crate::store::facade::Store;
use crate::store::list::{Query, Rows, shown, write_after};
use crate::store::row::{Column, key};
use crate::store::schema::{EventRow, MovementRow, StatementRow, WalletDayRow};
use crate::store::taking::{index_of, pos_of, slot_of, unpacked};
use crate::views::{Event, Movement, Page, Statement, WalletDay};

impl Store {
    /// Instructions, the newest first.
    pub async fn events(&self, filter: &EventFilter, part: &Part) -> Result<Page<Event>> {
        let EventFilter { about, opened_slot, instruction } = filter;
        let query = Query::descending(&["pos", "number"]);
        let query = match about {
            Some(about) => query
                .named_by("JOIN event_abouts a ON a.pos = t.pos AND a.number = t.number")
                .only("a.about = ?", about)
                .only_if("a.instruction = ?", instruction.as_ref()),
            None => query.only_if("t.instruction = ?", instruction.as_ref()),
        };
        let query = query.only_if("t.opened_slot = ?", opened_slot.as_ref());
        self.event_page(self.list(&query, part).await?).await
    }

    /// Events after a place, number `number` of the transaction there, the oldest first.
    pub async fn events_after(&self, place: Place, number: u32, limit: u32) -> Result<Vec<Event>> {
        let after = write_after(&key!(pos_of(place)?, number));
        let part = Part { after: Some(after), limit };
        let rows = self.list(&Query::ascending(&["pos", "number"]), &part).await?;
        Ok(self.event_page(rows).await?.items)
    }

    async fn event_page(&self, rows: Rows<EventRow>) -> Result<Page<Event>> {
        let landings = self.landings(rows.rows.iter().map(|(row, _)| row.pos)).await?;
        rows.page(|(row, _)| {
            let mut content: serde_json::Value = serde_json::from_slice(&unpacked(&row.content)?)?;
            let mut part =
                |name: &str| content.get_mut(name).map(serde_json::Value::take).unwrap_or_default();
            let told = part("told").as_array().cloned().context("what an instruction told")?;
            Ok(Event {
                landed: landings.at(row.pos)?,
                id: format!("{}-{}-{}", slot_of(row.pos), index_of(row.pos), row.number),
                number: row.number,
                instruction: row.instruction,
                by: shown(row.signer),
                lease: shown(row.lease),
                opened_slot: row.opened_slot.map(Into::into),
                accounts: part("accounts"),
                args: part("args"),
                told,
            })
        })
    }

    /// What was stated of a lease, the newest first.
    pub async fn statements(&self, life: LeaseLife, part: &Part) -> Result<Page<Statement>> {
        let query = Query::descending(&["pos", "number"])
            .only("t.lease = ?", &life.lease)
            .only("t.opened_slot = ?", &life.opened_slot);
        let rows = self.list::<StatementRow>(&query, part).await?;
        let landings = self.landings(rows.rows.iter().map(|(row, _)| row.pos)).await?;
        rows.page(|(row, _)| {
            let (signers, _) = row.signers.as_chunks();
            Ok(Statement {
                landed: landings.at(row.pos)?,
                window_end: row.window_end.into(),
                gpu_seconds: row.gpu_seconds.into(),
                energy_wh: row.energy_wh.into(),
                evidence: hex(&row.evidence),
                signers: signers.iter().map(|it| Address::new_from_array(*it).to_string()).collect(),
                is_co_signed: row.is_co_signed,
                counts: row.counts,
            })
        })
    }

    /// What moved for a lease, the oldest first.
    pub async fn movements_of_lease(&self, life: LeaseLife, part: &Part) -> Result<Page<Movement>> {
        let query = Query::ascending(&["pos", "number"])
            .only("t.lease = ?", &life.lease)
            .only("t.opened_slot = ?", &life.opened_slot);
        self.movement_page(self.list(&query, part).await?).await
    }

    /// What a wallet paid and got, the newest first.
    pub async fn movements_of(&self, wallet: &Address, span: Span, part: &Part) -> Result<Page<Movement>> {
        let query = Query::descending(&["time", "pos", "number"])
            .named_by("JOIN movement_owners a ON a.pos = t.pos AND a.number = t.number")
            .only("a.owner = ?", wallet)
            .only_if("a.time >= ?", span.from.as_ref())
            .only_if("a.time < ?", span.before.as_ref());
        self.movement_page(self.list(&query, part).await?).await
    }

    async fn movement_page(&self, rows: Rows<MovementRow>) -> Result<Page<Movement>> {
        let landings = self.landings(rows.rows.iter().map(|(row, _)| row.pos)).await?;
        rows.page(|(row, _)| {
            Ok(Movement {
                landed: landings.at(row.pos)?,
                number: row.number,
                purpose: row.purpose,
                mint: row.mint.to_string(),
                amount: row.amount.into(),
                from: shown(row.from_account),
                from_owner: shown(row.from_owner),
                to: shown(row.to_account),
                to_owner: shown(row.to_owner),
                lease: shown(row.lease),
                opened_slot: row.opened_slot.map(Into::into),
            })
        })
    }

    /// What a wallet spent and earned a day, the oldest first.
    pub async fn wallet_days(&self, wallet: &Address, span: Span) -> Result<Vec<WalletDay>> {
        let (condition, values) = days("wallet = $1", vec![wallet.value()], span, "day, mint");
        let rows: Vec<WalletDayRow> = self.all_finalized(&condition, values).await?;
        let view = |row: WalletDayRow| WalletDay {
            day: row.day.into(),
            mint: row.mint.to_string(),
            paid_in: row.paid_in.into(),
            paid_back: row.paid_back.into(),
            earned: row.earned.into(),
            bonds_paid: row.bonds_paid.into(),
            bonds_returned: row.bonds_returned.into(),
        };
        Ok(rows.into_iter().map(view).collect())
    }
}
