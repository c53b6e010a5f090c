use super::{ONE, Purses, closed};
use gpu_lease_tests::prelude::*;

/// Four GPUs for a day at 2.50 an hour, half of it paid: what was agreed and what was claimed is paid, what
/// was not delivered comes back, and everybody ends with what the protocol says.
pub fn clean<C: Cluster>(market: &mut World<C>) {
    let purses = Purses::of(market);
    let record = market.read::<Provider>(&market.provider).record;
    let (renter, sponsor) = (market.people.renter.pubkey(), market.people.sponsor.pubkey());
    let attestor = market.people.attestor.pubkey();

    // The renter pays for twelve hours: 4 × 12 × 2.50.
    let lease = market.pending_lease();
    assert_eq!(market.lease(&lease).domain, Protocol::domain(&market.cluster.genesis_hash()));
    assert_eq!(market.balance(&lease.vault), 120 * ONE);

    // The provider puts two hours of the whole lease down: 4 × 2 × 2.50.
    market.start(&lease).ok();
    assert_eq!(market.balance(&lease.vault), 140 * ONE);

    // Both agree on the first hour, and the provider is paid for it at once.
    market.pass(3_600);
    let agreed = market.attestation(&lease, 14_400, &[attestor, renter]);
    market.play(&agreed).ok();
    market.play(&agreed).refused(LeaseError::AttestationRepeated);
    assert_eq!(payout(market.settle(&lease)), (9_900_000, 100_000));

    // The second hour is only claimed, so it is paid when its challenge window has passed.
    market.pass(3_600);
    let claim = market.attestation(&lease, 28_000, &[attestor]);
    market.play(&claim).ok();
    assert_eq!(payout(market.settle(&lease)), (0, 0));
    market.pass(600);
    // floor(28000 × 2.50 / 3600) = 19.444444, of which 0.194444 are fee; 10 and 0.1 were released before.
    assert_eq!(payout(market.settle(&lease)), (9_350_000, 94_444));

    // A sponsor adds four GPU-hours. Nobody can close a running lease.
    market.play([market.top_up_ix(&lease, sponsor, 10 * ONE)]).ok();
    market.close(&lease).refused(LeaseError::NotClosable);

    // At the end the provider has delivered 50 of the 52 GPU-hours that were paid for.
    market.set_time(market.lease(&lease).ends_at);
    market.play(market.attestation(&lease, 180_000, &[attestor])).ok();

    // Delivered: 50 h × 2.50 = 125, 1 % of it fee. Promised: 99 % of 52 h = 185328 units, so 5328 are missing,
    // worth 3.70 of the bond. The renter gets 130 − 125 and the credit.
    let closed = closed(market, &lease);
    assert_eq!((closed.accepted, closed.promised), (180_000, 185_328));
    assert_eq!((closed.credit, closed.bond, closed.fees), (3_700_000, 16_300_000, 1_250_000));
    let gains = [
        ("renter", -120_000_000 + 5_000_000 + 3_700_000),
        ("sponsor", -10_000_000),
        ("provider", 123_750_000 - 3_700_000),
        ("fee vault", 1_250_000),
    ];
    purses.changed_by(market, &gains);

    // The provider has its record, and in the unit mint what it paid for it.
    let is_unit = market.read::<Protocol>(&address::protocol()).unit_mint == market.mint;
    let fees_paid = record.fees_paid + if is_unit { closed.fees } else { 0 };
    let expected = ProviderRecord {
        fees_paid,
        leases_started: record.leases_started + 1,
        leases_completed: record.leases_completed + 1,
        units_delivered: record.units_delivered + 180_000,
        units_promised: record.units_promised + 185_328,
        ..record
    };
    assert_eq!(market.read::<Provider>(&market.provider).record, expected);
}

/// Payout and fee of a settlement.
#[track_caller]
fn payout(settled: Outcome) -> (u64, u64) {
    let LeaseSettled { payout, fee, .. } = settled.settled();
    (payout, fee)
}
