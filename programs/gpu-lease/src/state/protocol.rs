use crate::{constants::*, errors::LeaseError};
use anchor_lang::{address_eq, hash::sha256, prelude::*};

/// Seed of the one [`Protocol`] account.
pub const PROTOCOL_SEED: &[u8] = b"protocol";

/// The protocol on one cluster: who may do what besides the parties of a lease.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Protocol {
    /// sha256 of the program id and the cluster's genesis hash: what attestations are bound to.
    pub domain: [u8; 32],
    /// Mint of the tokens that vote.
    pub vote_mint: Address,
    /// Mint in which the participants' house counts fees.
    pub unit_mint: Address,
    /// May pause new leases, within limits.
    pub guardian: Address,
    /// Chooses a figure between two parties' claims.
    pub arbiter: Address,
    /// New leases are refused before this time, unix seconds.
    pub paused_until: i64,
    /// The guardian may pause again from this time on, unix seconds.
    pub pause_allowed_from: i64,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 62],
}

const _: () = assert!(core::mem::size_of::<Protocol>() == 240);

impl Protocol {
    /// Address of the account, and its bump.
    pub fn address() -> (Address, u8) {
        Address::find_program_address(&[PROTOCOL_SEED], &crate::ID)
    }

    /// What attestations on a cluster are bound to: sha256 of the program id and the genesis hash.
    pub fn domain(genesis_hash: &[u8; 32]) -> [u8; 32] {
        let mut input = [0; 64];
        let (program, genesis) = input.split_at_mut(32);
        program.copy_from_slice(crate::ID.as_ref());
        genesis.copy_from_slice(genesis_hash);
        sha256(&input)
    }

    /// Whether new leases are refused at `now`.
    pub const fn is_paused(&self, now: i64) -> bool {
        now < self.paused_until
    }

    /// Requires `signer` to be the guardian.
    pub fn require_guardian(&self, signer: &Address) -> Result<()> {
        require!(address_eq(signer, &self.guardian), LeaseError::NotGuardian);
        Ok(())
    }

    /// Refuses new leases for `duration` seconds from `now` on.
    pub fn pause(&mut self, duration: u32, now: i64) -> Result<()> {
        require!((1..=MAX_PAUSE).contains(&duration), LeaseError::PauseOutOfBounds);
        require!(now >= self.pause_allowed_from, LeaseError::PauseTooSoon);
        self.end_pause_at(now.saturating_add(i64::from(duration)));
        Ok(())
    }

    /// Takes new leases again, `replaced` being the end of the pause that was seen: no later one ends by it.
    pub fn unpause(&mut self, replaced: i64, now: i64) -> Result<()> {
        require!(self.is_paused(now), LeaseError::NotPaused);
        require!(self.paused_until == replaced, LeaseError::ValueReplaced);
        self.end_pause_at(now);
        Ok(())
    }

    /// The pause ends at `time`; the next one begins no sooner than the cooldown after it.
    fn end_pause_at(&mut self, time: i64) {
        self.paused_until = time;
        self.pause_allowed_from = time.saturating_add(i64::from(PAUSE_COOLDOWN));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    const PAUSE: i64 = MAX_PAUSE as i64;

    #[test]
    fn a_pause_lapses_and_comes_back_after_its_cooldown() {
        let mut protocol = Protocol::zeroed();
        assert_eq!(protocol.pause(0, 1_000), Err(LeaseError::PauseOutOfBounds.into()));
        assert_eq!(protocol.pause(MAX_PAUSE + 1, 1_000), Err(LeaseError::PauseOutOfBounds.into()));
        protocol.pause(MAX_PAUSE, 1_000).unwrap();
        assert!(protocol.is_paused(999 + PAUSE) && !protocol.is_paused(1_000 + PAUSE));
        assert_eq!(protocol.pause(1, 999 + 2 * PAUSE), Err(LeaseError::PauseTooSoon.into()));
        assert_eq!(protocol.pause(1, 1_000 + 2 * PAUSE), Ok(()));
    }

    #[test]
    fn a_pause_that_is_lifted_shortens_no_cooldown() {
        let mut protocol = Protocol::zeroed();
        protocol.pause(MAX_PAUSE, 1_000).unwrap();
        assert_eq!(protocol.unpause(1_999 + PAUSE, 2_000), Err(LeaseError::ValueReplaced.into()));
        protocol.unpause(protocol.paused_until, 2_000).unwrap();
        assert!(!protocol.is_paused(2_000));
        assert_eq!(protocol.unpause(2_000, 2_000), Err(LeaseError::NotPaused.into()));
        assert_eq!(protocol.pause(1, 1_999 + PAUSE), Err(LeaseError::PauseTooSoon.into()));
        assert_eq!(protocol.pause(1, 2_000 + PAUSE), Ok(()));
    }
}
