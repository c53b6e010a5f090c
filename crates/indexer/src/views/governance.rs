use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Landed, Signed64, Unsigned64};

/// A proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Proposal {
    /// Its account.
    pub address: String,
    /// Its number.
    pub id: Unsigned64,
    /// Who made it.
    pub proposer: String,
    /// What it proposes: an object with `kind` and what belongs to that.
    #[schema(value_type = Object)]
    pub action: serde_json::Value,
    /// What became of it.
    pub state: ProposalState,
    /// When the vote began.
    pub created_at: Signed64,
    /// When it ends, or ended.
    pub ends_at: Signed64,
    /// Votes for it of token holders.
    pub tokens_for: Unsigned64,
    /// Votes against it of token holders.
    pub tokens_against: Unsigned64,
    /// Votes for that it needs.
    pub quorum: Unsigned64,
    /// Votes against it of those who pay fees.
    pub participants_against: Unsigned64,
    /// Votes for it of those.
    pub participants_for: Unsigned64,
    /// Votes against with which they refuse it; 0 if they have no say.
    pub refusal_quorum: Unsigned64,
    /// When it was executed.
    pub executed: Option<Landed>,
}

/// What became of a proposal.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, strum::Display, strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProposalState {
    /// Votes are taken, or nobody has counted them yet.
    Voting,
    /// It may be executed after the timelock.
    Passed,
    /// It found no majority, or was refused.
    Failed,
    /// Taken back.
    Cancelled,
    /// It is so.
    Executed,
}

/// What somebody voted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Vote {
    /// Where, the last time that it was changed.
    pub landed: Landed,
    /// The proposal.
    pub proposal: String,
    /// The lock, or the participant, that votes.
    pub seat: String,
    /// The wallet that it belongs to, or the provider.
    pub owner: Option<String>,
    /// The wallet that signed.
    pub by: Option<String>,
    /// `tokens` or `participants`.
    pub house: String,
    /// Whether it is for it.
    pub is_for: bool,
    /// Its weight.
    pub weight: Unsigned64,
    /// Whether a delegate cast it.
    pub by_delegate: bool,
    /// How often it was changed.
    pub changes: u32,
}

/// A fee, from when on it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeeChange {
    /// Where.
    pub landed: Landed,
    /// Before, basis points; `null` for the first.
    pub from_bps: Option<u16>,
    /// From then on.
    pub to_bps: u16,
    /// The proposal that decided it.
    pub proposal: Option<String>,
}

/// A pause of new leases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pause {
    /// Where it began.
    pub landed: Landed,
    /// When it ended, or ends.
    pub until: Signed64,
}
