//! Lives of leases, each to the base unit, on whatever cluster the market is.
//!
//! A real cluster's clock goes on between two transactions. So no story depends on the very second, windows
//! are stated by their end, and what the clock may add is within the uptime promise's hundredth. A story
//! leaves the market as it found it.

mod changes;
mod clean;
mod disputes;
mod ends;
mod governance;
mod keys;
mod parties;

pub use {changes::*, clean::*, disputes::*, ends::*, governance::*, keys::*, parties::*};

use gpu_lease_tests::prelude::*;

/// Base units of one token.
const ONE: u64 = 1_000_000;

/// What everybody has, to be compared with later.
pub struct Purses(Vec<(&'static str, Address, u64)>);

impl Purses {
    /// As it is now.
    fn of<C: Cluster>(market: &World<C>) -> Self {
        let people = &market.people;
        let owners = [
            ("renter", &people.renter),
            ("sponsor", &people.sponsor),
            ("provider", &people.provider),
            ("rival", &people.rival),
            ("arbiter", &people.arbiter),
            ("treasury", &people.treasury),
        ];
        let wallets = owners.map(|(name, key)| (name, market.wallet(&key.pubkey())));
        let fees = ("fee vault", market.fee_vault());
        let accounts = wallets.into_iter().chain([fees]);
        Self(accounts.map(|(name, account)| (name, account, market.balance(&account))).collect())
    }

    /// Requires those named to have gained so much since, and nobody else anything: all in all nothing.
    #[track_caller]
    fn changed_by<C: Cluster>(&self, market: &World<C>, gains: &[(&str, i128)]) {
        for (name, account, before) in &self.0 {
            let gain = i128::from(market.balance(account)) - i128::from(*before);
            let expected = gains.iter().find(|(known, _)| known == name).map_or(0, |(_, gain)| *gain);
            assert_eq!(gain, expected, "the {name}'s gain");
        }
        assert_eq!(gains.iter().map(|(_, gain)| gain).sum::<i128>(), 0, "the gains of this story");
    }
}

/// Both sides agree on `units` that were delivered by now.
#[track_caller]
fn agree<C: Cluster>(market: &mut World<C>, lease: &LeaseKey, units: u64) -> Outcome {
    let parties = [market.people.attestor.pubkey(), lease.renter];
    market.play(market.attestation(lease, units, &parties))
}

/// The provider claims `units` that were delivered until `window_end`.
#[track_caller]
fn claim<C: Cluster>(market: &mut World<C>, lease: &LeaseKey, units: u64, window_end: i64) -> Outcome {
    market.claim_message(lease, &market.message_until(lease, units, window_end))
}

/// Closes a lease as soon as anybody may. What did it come to?
#[track_caller]
fn closed<C: Cluster>(market: &mut World<C>, lease: &LeaseKey) -> LeaseClosed {
    market.pass_grace(lease);
    closing(market, lease)
}

/// Closes a lease now. What did it come to?
#[track_caller]
fn closing<C: Cluster>(market: &mut World<C>, lease: &LeaseKey) -> LeaseClosed {
    let closed = market.close(lease).closed();
    assert!(!market.exists(&lease.address) && !market.exists(&lease.vault));
    assert_eq!(market.offer().gpus_free, 8, "the offer has its GPUs back");
    closed
}
