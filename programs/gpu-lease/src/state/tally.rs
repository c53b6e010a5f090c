use crate::{errors::LeaseError, math::bps_ceil};
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// One vote: which way, and how heavy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// For, or against.
    pub is_for: bool,
    /// Base units of the house's mint.
    pub weight: u64,
}

/// What one house has voted, in base units of its mint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct Tally {
    /// Weight for.
    pub votes_for: u64,
    /// Weight against.
    pub votes_against: u64,
    /// Weight that there was when the proposal was made: no more can vote.
    pub electorate: u64,
    /// Weight that decides: for in the token house, against in the participants' house.
    pub quorum: u64,
}

impl Tally {
    /// Nothing voted yet by `electorate`, of which `quorum_bps` decide.
    ///
    /// `ceil(electorate × quorum_bps / 10 000)`, and at least one base unit.
    pub const fn new(electorate: u64, quorum_bps: u16) -> Self {
        let quorum = bps_ceil(electorate, quorum_bps);
        Self { votes_for: 0, votes_against: 0, electorate, quorum: if quorum > 1 { quorum } else { 1 } }
    }

    /// Whether nothing was voted.
    pub const fn is_empty(&self) -> bool {
        self.votes_for == 0 && self.votes_against == 0
    }

    /// Counts `now` in place of `before`.
    pub fn count(&mut self, before: Option<Ballot>, now: Ballot) -> Result<()> {
        if let Some(before) = before {
            let side = self.side(before.is_for);
            *side = side.checked_sub(before.weight).ok_or(LeaseError::InvariantTally)?;
        }
        let side = self.side(now.is_for);
        *side = side.checked_add(now.weight).ok_or(LeaseError::InvariantTally)?;
        self.invariant()
    }

    fn side(&mut self, is_for: bool) -> &mut u64 {
        if is_for { &mut self.votes_for } else { &mut self.votes_against }
    }

    /// INV-8, the part that this account can see: no more votes than weight.
    pub fn invariant(&self) -> Result<()> {
        let votes = self.votes_for.checked_add(self.votes_against);
        require!(votes.is_some_and(|votes| votes <= self.electorate), LeaseError::InvariantTally);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballot(is_for: bool, weight: u64) -> Ballot {
        Ballot { is_for, weight }
    }

    #[test]
    fn a_quorum_rounds_up_and_is_never_nothing() {
        assert_eq!(Tally::new(10_000, 1_000).quorum, 1_000);
        assert_eq!(Tally::new(10_001, 1_000).quorum, 1_001);
        assert_eq!(Tally::new(0, 1_000).quorum, 1);
        assert_eq!(Tally::new(u64::MAX, 10_000).quorum, u64::MAX);
    }

    #[test]
    fn a_vote_that_is_overruled_counts_once() {
        let mut tally = Tally::new(100, 1_000);
        tally.count(None, ballot(true, 60)).unwrap();
        tally.count(None, ballot(true, 40)).unwrap();
        tally.count(Some(ballot(true, 60)), ballot(false, 60)).unwrap();
        assert_eq!((tally.votes_for, tally.votes_against), (40, 60));
        tally.count(Some(ballot(false, 60)), ballot(false, 60)).unwrap();
        assert_eq!((tally.votes_for, tally.votes_against), (40, 60));
    }

    #[test]
    fn inv_8_more_votes_than_weight_are_refused() {
        let mut tally = Tally::new(100, 1_000);
        tally.count(None, ballot(true, 60)).unwrap();
        assert_eq!(tally.count(None, ballot(false, 41)), Err(LeaseError::InvariantTally.into()));
    }
}
