use super::{MintPolicy, Participant, Protocol, epoch_of};

/// Where the fees of a lease are counted: for its mint, and as a weight in votes for both of its parties.
pub struct FeeCount<'a> {
    /// Says in which mint fees are a weight.
    pub protocol: &'a Protocol,
    /// Counts all fees of the lease's mint.
    pub mint_policy: &'a mut MintPolicy,
    /// Counts those that the renter paid.
    pub renter: &'a mut Participant,
    /// Counts those that the provider's earnings bore.
    pub provider: &'a mut Participant,
}

impl FeeCount<'_> {
    /// Whether the fees of this mint are a weight in votes.
    pub fn is_a_weight(&self) -> bool {
        self.mint_policy.mint == self.protocol.unit_mint
    }

    /// Counts `fees` base units in the epoch of `now`.
    pub fn add(&mut self, fees: u64, now: i64) {
        let epoch = epoch_of(now);
        self.mint_policy.fees.add(fees, epoch);
        if self.is_a_weight() {
            self.renter.fees.add(fees, epoch);
            self.provider.fees.add(fees, epoch);
        }
    }
}
