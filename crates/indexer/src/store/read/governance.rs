//! Proposals, votes, fees and pauses.

use anyhow::Result;
use gpu_lease_client::json::Json;
use gpu_lease_client::state::{self, House};
use solana_address::Address;

use crate::ask::{MOST_ITEMS, Part};
use crate::store::facade::Store;
use crate::store::list::{Landings, Query, Rows, shown};
use crate::store::row::key;
use crate::store::schema::{FeeChangeRow, PauseRow, ProposalRow, VoteRow};
use crate::store::taking::account;
use crate::views::{FeeChange, Page, Pause, Proposal, ProposalState, Vote};

impl Store {
    /// Proposals, the newest first.
    pub async fn proposals(&self, part: &Part) -> Result<Page<Proposal>> {
        let rows = self.list::<ProposalRow>(&Query::descending(&["id"]), part).await?;
        let landings = self.landings(rows.rows.iter().filter_map(|(row, _)| row.executed_pos)).await?;
        rows.page(|(row, _)| proposal(&row, &landings))
    }

    /// A proposal.
    pub async fn proposal(&self, id: u64) -> Result<Option<Proposal>> {
        let Some((row, _)) = self.find::<ProposalRow>(&key!(id)).await? else { return Ok(None) };
        let landings = self.landings(row.executed_pos).await?;
        proposal(&row, &landings).map(Some)
    }

    /// What was voted on a proposal, the newest first.
    pub async fn votes(&self, id: u64, part: &Part) -> Result<Page<Vote>> {
        let proposal = state::Proposal::address(id).0;
        let query = Query::descending(&["pos", "seat"]).only("t.proposal = ?", &proposal);
        self.vote_page(self.list(&query, part).await?).await
    }

    /// What a wallet voted, the newest first.
    pub async fn votes_of(&self, wallet: &Address, part: &Part) -> Result<Page<Vote>> {
        let query = Query::descending(&["pos", "proposal", "seat"])
            .named_by("JOIN vote_wallets a ON a.proposal = t.proposal AND a.seat = t.seat")
            .only("a.wallet = ?", wallet);
        self.vote_page(self.list(&query, part).await?).await
    }

    async fn vote_page(&self, rows: Rows<VoteRow>) -> Result<Page<Vote>> {
        let landings = self.landings(rows.rows.iter().map(|(row, _)| row.pos)).await?;
        rows.page(|(row, _)| {
            let vote: state::VoteRecord = account(&row.account)?;
            let house = match vote.house.into() {
                House::Tokens => "tokens",
                House::Participants => "participants",
            };
            Ok(Vote {
                landed: landings.at(row.pos)?,
                proposal: row.proposal.to_string(),
                seat: row.seat.to_string(),
                owner: shown(row.owner),
                by: shown(row.signer),
                house: house.to_owned(),
                is_for: vote.is_for == 1,
                weight: vote.weight.into(),
                by_delegate: vote.by_delegate == 1,
                changes: row.changes,
            })
        })
    }

    /// Fees, the newest first.
    pub async fn fees(&self) -> Result<Vec<FeeChange>> {
        let rows = self.list::<FeeChangeRow>(&Query::descending(&["pos", "number"]), &most()).await?;
        let landings = self.landings(rows.rows.iter().map(|(row, _)| row.pos)).await?;
        let page = rows.page(|(row, _)| {
            Ok(FeeChange {
                landed: landings.at(row.pos)?,
                from_bps: row.from_bps,
                to_bps: row.to_bps,
                proposal: shown(row.proposal),
            })
        })?;
        Ok(page.items)
    }

    /// Pauses, the newest first.
    pub async fn pauses(&self) -> Result<Vec<Pause>> {
        let rows = self.list::<PauseRow>(&Query::descending(&["pos", "number"]), &most()).await?;
        let landings = self.landings(rows.rows.iter().map(|(row, _)| row.pos)).await?;
        let mut pauses = Vec::new();
        let mut ended = None;
        for (row, _) in rows.rows {
            match row.until {
                None => ended = Some(row.time),
                Some(until) => {
                    let until = ended.take().map_or(until, |ended: i64| ended.min(until));
                    pauses.push(Pause { landed: landings.at(row.pos)?, until: until.into() });
                }
            }
        }
        Ok(pauses)
    }
}

/// As many as there are on the longest page.
const fn most() -> Part {
    Part { after: None, limit: MOST_ITEMS }
}

fn proposal(row: &ProposalRow, landings: &Landings) -> Result<Proposal> {
    let proposal: state::Proposal = account(&row.account)?;
    let state = match proposal.state.into() {
        _ if proposal.is_taken_back() => ProposalState::Cancelled,
        state::ProposalState::Voting => ProposalState::Voting,
        state::ProposalState::Passed => ProposalState::Passed,
        state::ProposalState::Failed => ProposalState::Failed,
        state::ProposalState::Executed => ProposalState::Executed,
    };
    Ok(Proposal {
        address: row.proposal.to_string(),
        id: row.id.into(),
        proposer: proposal.proposer.to_string(),
        action: proposal.action.json(),
        state,
        created_at: proposal.created_at.into(),
        ends_at: proposal.ends_at.into(),
        tokens_for: proposal.tokens.votes_for.into(),
        tokens_against: proposal.tokens.votes_against.into(),
        quorum: proposal.tokens.quorum.into(),
        participants_against: proposal.participants.votes_against.into(),
        participants_for: proposal.participants.votes_for.into(),
        refusal_quorum: proposal.participants.quorum.into(),
        executed: row.executed_pos.map(|pos| landings.at(pos)).transpose()?,
    })
}
