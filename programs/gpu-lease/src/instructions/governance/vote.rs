use crate::{
    events::{VoteCast, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// A vote of either house, as its voter signed it.
pub(super) struct Vote {
    /// Until when the signature is good, unix seconds.
    pub valid_until: i64,
    /// The action that the voter saw.
    pub action_hash: [u8; 32],
    /// For, or against.
    pub is_for: bool,
    /// Whether the delegate of a lock signed.
    pub by_delegate: bool,
}

impl Vote {
    /// Counts the vote and keeps it in `record`, which is `new` if nothing was voted before.
    pub fn count(
        &self,
        proposal: &mut Account<Proposal>,
        record: &mut VoteRecord,
        new: impl FnOnce(&Account<Proposal>) -> Result<VoteRecord>,
    ) -> Result<()> {
        // Check
        let now = Clock::get()?.unix_timestamp;
        require_valid_until(self.valid_until, now)?;
        proposal.require_action(&self.action_hash)?;

        // Effect
        let before = record.ballot();
        if before.is_none() {
            *record = new(proposal)?;
        }
        record.choose(self.is_for, self.by_delegate);
        proposal.cast(before, record, now)?;
        emit(VoteCast::of(record, proposal));
        Ok(())
    }
}
