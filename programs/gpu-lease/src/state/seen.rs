use crate::errors::LeaseError;
use anchor_lang::prelude::*;

/// Requires that a signature which is good until `valid_until`, unix seconds, lands in time.
pub fn require_valid_until(valid_until: i64, now: i64) -> Result<()> {
    require!(now <= valid_until, LeaseError::SignatureExpired);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_until_its_last_second() {
        for (valid_until, result) in
            [(999, Err(LeaseError::SignatureExpired.into())), (1_000, Ok(())), (1_001, Ok(()))]
        {
            assert_eq!(require_valid_until(valid_until, 1_000), result);
        }
        assert_eq!(require_valid_until(i64::MAX, i64::MAX), Ok(()));
    }
}
