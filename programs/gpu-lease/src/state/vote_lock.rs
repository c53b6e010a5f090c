use super::{ACCOUNT_VERSION, LockEnds};
use crate::{
    constants::{MAX_LOCK, MIN_LOCK},
    errors::LeaseError,
};
use anchor_lang::{address_eq, prelude::*};

/// Seed of [`VoteLock`] accounts, followed by the owner. The lock's tokens are in its [`super::VAULT_SEED`].
pub const LOCK_SEED: &[u8] = b"lock";

/// One member of the token house: tokens that vote because they cannot leave.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct VoteLock {
    /// Wallet whose tokens they are.
    pub owner: Address,
    /// Token account that holds them. Its authority is this lock.
    pub vault: Address,
    /// Wallet that may vote with them, too; zero if none.
    pub delegate: Address,
    /// Base units of the vote mint: the weight.
    pub amount: u64,
    /// From when on they can be unlocked, unix seconds.
    pub unlock_at: i64,
    /// Slot in which tokens were added last, or in which it got an end after votes that it was too short for.
    pub deposit_slot: u64,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 30],
}

const _: () = assert!(core::mem::size_of::<VoteLock>() == 152);

impl VoteLock {
    /// Address of `owner`'s lock, and its bump.
    pub fn address(owner: &Address) -> (Address, u8) {
        Address::find_program_address(&[LOCK_SEED, owner.as_ref()], &crate::ID)
    }

    /// `owner`'s empty lock.
    pub fn new(owner: Address, vault: Address, bump: u8) -> Self {
        Self {
            owner,
            vault,
            delegate: Address::default(),
            amount: 0,
            unlock_at: 0,
            deposit_slot: 0,
            version: ACCOUNT_VERSION,
            bump,
            spare: [0; 30],
        }
    }

    /// Whether the account was created just now and holds nothing yet.
    pub const fn is_new(&self) -> bool {
        self.version == 0
    }

    /// Adds `amount` base units, all of which are locked until `unlock_at`, and counts them in `locked`.
    pub fn deposit(
        &mut self,
        amount: u64,
        unlock_at: i64,
        locked: &mut LockEnds,
        clock: &Clock,
    ) -> Result<()> {
        require!(amount > 0, LeaseError::AmountZero);
        let amount = self.amount.checked_add(amount).ok_or(LeaseError::AmountOverflow)?;
        self.hold(amount, unlock_at, locked, clock.unix_timestamp)?;
        self.deposit_slot = clock.slot;
        Ok(())
    }

    /// Locks what it holds until `unlock_at`, which is no sooner than before, and counts it there in `locked`.
    ///
    /// A lock that may have been too short for a vote that runs was not counted when that vote began, and does not
    /// take part in it: it becomes as young as a new one.
    pub fn extend(&mut self, unlock_at: i64, locked: &mut LockEnds, clock: &Clock) -> Result<()> {
        let now = clock.unix_timestamp;
        let may_be_too_short = self.unlock_at <= now.saturating_add(i64::from(MIN_LOCK));
        self.hold(self.amount, unlock_at, locked, now)?;
        if may_be_too_short {
            self.deposit_slot = clock.slot;
        }
        Ok(())
    }

    fn hold(&mut self, amount: u64, unlock_at: i64, locked: &mut LockEnds, now: i64) -> Result<()> {
        require!(unlock_at >= self.unlock_at, LeaseError::LockShortened);
        let (first, last) =
            (now.saturating_add(i64::from(MIN_LOCK)), now.saturating_add(i64::from(MAX_LOCK)));
        // A lock that ends soon keeps its end only if nothing is done with it.
        require!((first..=last).contains(&unlock_at), LeaseError::UnlockTimeOutOfBounds);
        locked.remove(self.amount, self.unlock_at)?;
        locked.add(amount, unlock_at)?;
        (self.amount, self.unlock_at) = (amount, unlock_at);
        Ok(())
    }

    /// Requires that the tokens may leave at `now`. They outlast every vote that they took part in.
    pub fn require_unlockable(&self, now: i64) -> Result<()> {
        require!(now >= self.unlock_at, LeaseError::StillLocked);
        Ok(())
    }

    /// Requires `signer` to be the owner.
    pub fn require_owner(&self, signer: &Address) -> Result<()> {
        require!(address_eq(signer, &self.owner), LeaseError::NotLockOwner);
        Ok(())
    }

    /// Whether `signer` votes as the delegate and not as the owner; refuses everybody else.
    pub fn votes_by_delegate(&self, signer: &Address) -> Result<bool> {
        let is_owner = address_eq(signer, &self.owner);
        require!(is_owner || address_eq(signer, &self.delegate), LeaseError::NotVoter);
        Ok(!is_owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::LOCK_STEP;

    fn lock() -> VoteLock {
        VoteLock::new(Address::new_from_array([1; 32]), Address::new_from_array([2; 32]), 255)
    }

    fn at(slot: u64, unix_timestamp: i64) -> Clock {
        Clock { slot, unix_timestamp, epoch_start_timestamp: 0, epoch: 0, leader_schedule_epoch: 0 }
    }

    #[test]
    fn a_lock_lasts_from_a_whole_vote_to_two_years_and_becomes_no_shorter() {
        let (step, first) = (i64::from(LOCK_STEP), 700 * i64::from(LOCK_STEP));
        let out_of_bounds = || Err(LeaseError::UnlockTimeOutOfBounds.into());
        for (now, unlock_at, result) in [
            (first - i64::from(MIN_LOCK) - 1, first, Ok(())),
            (first - i64::from(MIN_LOCK), first, Ok(())),
            (first - i64::from(MIN_LOCK) + 1, first, out_of_bounds()),
            (first - i64::from(MIN_LOCK) + 1, first + step, Ok(())),
            (first - i64::from(MAX_LOCK) - 1, first, out_of_bounds()),
            (first - i64::from(MAX_LOCK), first, Ok(())),
            (first - step, first - 1, out_of_bounds()),
            (first - step, first + 1, out_of_bounds()),
        ] {
            let mut ends = LockEnds::default();
            assert_eq!(lock().deposit(1, unlock_at, &mut ends, &at(5, now)), result, "{}", unlock_at - now);
            assert_eq!(ends.beyond(now), u64::from(result.is_ok()));
        }
        let (mut lock, mut ends) = (lock(), LockEnds::default());
        lock.deposit(1, first, &mut ends, &at(5, first - step)).unwrap();
        let clock = at(6, first - step);
        assert_eq!(lock.deposit(1, first - step, &mut ends, &clock), Err(LeaseError::LockShortened.into()));
        assert_eq!(lock.deposit(1, first, &mut ends, &clock), Ok(()));
        assert_eq!((lock.amount, lock.deposit_slot, ends.beyond(first - 1)), (2, 6, 2));
    }

    #[test]
    fn what_is_locked_longer_counts_until_then_and_no_longer_until_before() {
        let (step, first) = (i64::from(LOCK_STEP), 700 * i64::from(LOCK_STEP));
        let (mut lock, mut ends) = (lock(), LockEnds::default());
        lock.deposit(5, first, &mut ends, &at(5, first - step)).unwrap();
        lock.extend(first + step, &mut ends, &at(6, first - step)).unwrap();
        assert_eq!(
            [first - 1, first, first + step - 1, first + step].map(|at| ends.beyond(at)),
            [5, 5, 5, 0]
        );
        lock.deposit(2, first + 2 * step, &mut ends, &at(7, first)).unwrap();
        assert_eq!([first + step, first + 2 * step - 1].map(|at| ends.beyond(at)), [7, 7]);
        // One that has ended begins again.
        lock.extend(first + 20 * step, &mut ends, &at(8, first + 10 * step)).unwrap();
        assert_eq!(ends.beyond(first + 10 * step), 7);
    }

    #[test]
    fn a_lock_that_may_have_been_too_short_becomes_young_when_it_is_extended() {
        let (step, first) = (i64::from(LOCK_STEP), 700 * i64::from(LOCK_STEP));
        for (left, slot) in
            [(i64::from(MIN_LOCK) + 1, 5), (i64::from(MIN_LOCK), 9), (i64::from(MIN_LOCK) - 1, 9), (0, 9)]
        {
            let (mut lock, mut ends) = (lock(), LockEnds::default());
            lock.deposit(1, first, &mut ends, &at(5, first - step)).unwrap();
            lock.extend(first + step, &mut ends, &at(9, first - left)).unwrap();
            assert_eq!(lock.deposit_slot, slot, "{left} seconds before its end");
        }
    }

    #[test]
    fn tokens_leave_when_their_time_has_come() {
        let unlock_at = 700 * i64::from(LOCK_STEP);
        let lock = VoteLock { unlock_at, ..lock() };
        assert_eq!(lock.require_unlockable(unlock_at - 1), Err(LeaseError::StillLocked.into()));
        assert_eq!(lock.require_unlockable(unlock_at), Ok(()));
    }

    #[test]
    fn without_a_delegate_only_the_owner_votes() {
        let lock = lock();
        assert_eq!(lock.votes_by_delegate(&lock.owner), Ok(false));
        assert_eq!(
            lock.votes_by_delegate(&Address::new_from_array([3; 32])),
            Err(LeaseError::NotVoter.into())
        );
    }
}
