//! Leases that more than two people take part in.

use super::{Purses, agree, closed};
use gpu_lease_client::account::ProviderRef;
use gpu_lease_tests::prelude::*;

/// A sponsor pays for a lease that never starts, and gets money and rent back from a stranger's call.
pub fn sponsored<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let sponsor = market.people.sponsor.pubkey();
    let lamports = market.lamports(&sponsor);
    let lease = market.sponsored_lease();
    let stranger = market.people.stranger.pubkey();
    assert!(market.lamports(&sponsor) < lamports);
    market.cancel(&lease, stranger).refused(LeaseError::NotRenter);
    market.set_time(market.lease(&lease).start_deadline + 1);
    market.start(&lease).refused(LeaseError::StartDeadlinePassed);
    market.cancel(&lease, stranger).ok();
    assert_eq!(market.lamports(&sponsor), lamports);
    purses.changed_by(market, &[]);
}

/// The provider hands its business over in the middle of a lease: the next payout and the bond are the heir's.
pub fn handed_over<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let lease = market.active_lease();
    let (provider, heir) = (market.people.provider.pubkey(), market.people.rival.pubkey());
    market.pass(3_600);
    agree(market, &lease, 14_400).ok();
    let at = market.provider;
    let attestor = market.people.attestor.pubkey();
    let accept = market.accept_authority_ix(heir, attestor);
    market.play([accept.clone()]).refused(LeaseError::NotNominated);
    market.play([market.nominate_authority_ix(heir)]).ok();
    market.play([accept]).ok();
    market.settle(&lease).ok();
    market.terminate(&lease, provider).refused(LeaseError::NotParty);
    // Nor does the operator that it had stay in office.
    market.terminate(&lease, market.people.operator.pubkey()).refused(LeaseError::NotParty);
    market.terminate(&lease, heir).ok();
    market.set_time(market.lease(&lease).ends_at);
    agree(market, &lease, 28_800).ok();

    let closed = closed(market, &lease);
    assert_eq!(closed.reason, EndReason::ProviderNotice as u64);
    let gains =
        [("renter", -20_000_000), ("provider", -20_000_000), ("rival", 39_800_000), ("fee vault", 200_000)];
    purses.changed_by(market, &gains);

    let back = ProviderRef { address: at, authority: heir };
    let nominate = instruction::nominate_authority(back, Address::default(), provider, FOR_EVER);
    let keys = HotKeys { attestor, operator: market.people.operator.pubkey() };
    market.play([nominate, instruction::accept_authority(provider, at, keys, FOR_EVER)]).ok();
}

/// The offer names a verifier: usage that it did not sign does not count, whoever else did.
pub fn verified<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let (attestor, verifier) = (market.people.attestor.pubkey(), market.people.verifier.pubkey());
    let usual = market.offer().terms;
    market.play([market.update_offer_ix(8, true, Terms { verifier, ..usual }, listing())]).ok();
    let lease = market.active_lease();
    market.play([market.update_offer_ix(8, true, usual, listing())]).ok();
    market.pass(3_600);
    agree(market, &lease, 14_400).refused(LeaseError::VerifierMissing);
    market.play(market.attestation(&lease, 14_400, &[attestor, verifier])).ok();
    market.settle(&lease).ok();
    assert_eq!(market.lease(&lease).ledger.released, 0, "it is a claim still");
    market.pass(600);
    market.settle(&lease).ok();
    market.terminate(&lease, lease.renter).ok();
    market.set_time(market.lease(&lease).ends_at);
    let everything = market.lease(&lease).meter.capacity(market.now());
    market.play(market.attestation(&lease, everything, &[attestor, verifier, lease.renter])).ok();

    let closed = closed(market, &lease);
    assert_eq!((closed.accepted, closed.credit), (everything, 0));
    let gross = i128::from(everything) * 2_500_000 / 3_600;
    let fee = gross / 100;
    purses.changed_by(market, &[("renter", -gross), ("provider", gross - fee), ("fee vault", fee)]);
}
