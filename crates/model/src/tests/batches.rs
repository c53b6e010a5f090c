//! A batch is its rows, in order.

use super::*;

const SECOND: LeaseId = LeaseId { renter: Person::Renter, nonce: 1 };
const OTHERS: LeaseId = LeaseId { renter: Person::Renter, nonce: 2 };
const GONE: LeaseId = LeaseId { renter: Person::Renter, nonce: 9 };
const OTHER: ProviderId = ProviderId(1);

fn row(lease: LeaseId, units: u64) -> Row {
    Row { lease, units, energy_wh: 0, is_stale: false }
}

fn batch(market: &Market, signers: &[Person], rows: &[Row]) -> Action {
    Action::AttestBatch {
        provider: ProviderId(0),
        signers: signers.to_vec(),
        window_end: market.now,
        rows: rows.to_vec(),
        leases: rows.iter().map(|row| row.lease).collect(),
    }
}

/// What becomes of each row, if it lands.
fn land(market: &mut Market, signers: &[Person], rows: &[Row]) -> Result<Vec<Done>, Refusal> {
    let batch = batch(market, signers, rows);
    market.apply(&batch).map(|()| market.batches.last().expect("it has landed").clone())
}

/// The lease of two GPUs and a second one like it, and another provider's, 500 seconds after their start.
fn fleet() -> Market {
    let mut market = market();
    let keys = HotKeys { attestor: Person::Attestor, operator: None };
    market.register(OTHER, Person::SecondProvider, keys);
    let offer = OfferId { provider: OTHER, number: 0 };
    let create = Action::CreateOffer {
        offer,
        by: Person::SecondProvider,
        gpus: 8,
        terms: terms(),
        listing: Listing(1),
    };
    market.apply(&create).unwrap();
    let like = open(&market, 5_000, 3_000, 2);
    for (id, at, by) in [(SECOND, OFFER, Person::Provider), (OTHERS, offer, Person::SecondProvider)] {
        let open = but!(but!(like, lease: id), offer: at);
        market.apply(&open).unwrap();
        let seen = market.leases[&id].seen(market.now);
        market.apply(&Action::Start { lease: id, by, seen, bond: BondSource::Wallet }).unwrap();
    }
    wait(&mut market, 500);
    market
}

#[test]
fn each_row_is_a_claim_or_a_co_signature_as_it_would_be_by_itself() {
    let market = fleet();
    let both = [Person::Attestor, Person::Renter];
    for (signers, accepted, claims) in [(&both[..1], 0, 1), (&both[..], 300, 0)] {
        let mut market = market.clone();
        assert_eq!(land(&mut market, signers, &[row(ID, 300), row(SECOND, 300)]), Ok(vec![Ok(()); 2]));
        for id in [ID, SECOND] {
            let lease = &market.leases[&id];
            assert_eq!((lease.accepted, lease.claims.len()), (accepted, claims));
            assert_eq!((lease.latest(), lease.window_end()), (300, 1_500));
        }
    }
}

#[test]
fn what_depends_on_a_lease_skips_its_row() {
    let mut market = fleet();
    let stale = Row { is_stale: true, ..row(ID, 1) };
    let mismatch = Err(Refusal::MessageMismatch);
    for (skipped, refusal) in [
        (row(GONE, 1), mismatch),
        // The same attestor, but another provider's.
        (row(OTHERS, 1), mismatch),
        (stale, mismatch),
        (row(ID, 1_001), Err(Refusal::UnitsAboveCapacity)),
    ] {
        let before = market.leases.get(&skipped.lease).cloned();
        let mut market = market.clone();
        let rows = [skipped, row(SECOND, 10)];
        assert_eq!(land(&mut market, &[Person::Attestor], &rows), Ok(vec![refusal, Ok(())]));
        assert_eq!(market.leases.get(&skipped.lease), before.as_ref());
        assert_eq!(market.leases[&SECOND].latest(), 10);
    }
    attest(&mut market, 100, &[Person::Attestor]).unwrap();
    let rows = [row(SECOND, 10), row(ID, 99)];
    assert_eq!(
        land(&mut market, &[Person::Attestor], &rows),
        Ok(vec![Ok(()), Err(Refusal::AttestationRegressed)])
    );
}

#[test]
fn a_verifier_and_a_session_key_count_for_the_leases_that_name_them() {
    let mut market = fleet();
    let by = Person::Renter;
    let (seen, replaced, key) = (seen(&market), None, Some(Person::Agent));
    market.apply(&Action::SetSessionKey { lease: ID, by, seen, replaced, key }).unwrap();
    let Lease { life, .. } = &market.leases[&SECOND];
    let terms = Terms { verifier: Some(Person::Verifier), ..life.terms };
    market.leases.get_mut(&SECOND).expect("it is there").life.terms = terms;
    let rows = [row(ID, 300), row(SECOND, 300)];
    let mut unverified = market.clone();
    let missing = Err(Refusal::VerifierMissing);
    assert_eq!(land(&mut unverified, &[Person::Attestor, Person::Agent], &rows), Ok(vec![Ok(()), missing]));
    assert_eq!(lease(&unverified).accepted, 300);
    // Nobody is a stranger to a batch as long as the attestor signs.
    let signers = [Person::Stranger, Person::Verifier, Person::Attestor];
    assert_eq!(land(&mut market, &signers, &rows), Ok(vec![Ok(()); 2]));
    assert_eq!((lease(&market).accepted, lease(&market).latest()), (0, 300));
}

#[test]
fn only_format_attestor_order_and_count_fail_a_batch_and_that_it_applies_nothing() {
    let mut market = fleet();
    let before = market.clone();
    let attestor = &[Person::Attestor][..];
    assert_eq!(land(&mut market, attestor, &[]), Err(Refusal::BatchMalformed));
    assert_eq!(land(&mut market, attestor, &[row(ID, 1); 61]), Err(Refusal::BatchMalformed));
    assert_eq!(land(&mut market, attestor, &[row(ID, 1); 2]), Err(Refusal::BatchLeases));
    let rows = [row(ID, 1), row(SECOND, 1)];
    assert_eq!(land(&mut market, &[Person::Renter, Person::Verifier], &rows), Err(Refusal::AttestorMissing));
    for others in [vec![], vec![ID], vec![ID, OTHERS], vec![ID, SECOND, OTHERS], vec![ID, SECOND, SECOND]] {
        let mut batch = batch(&market, attestor, &rows);
        let Action::AttestBatch { leases, .. } = &mut batch else { unreachable!("it is a batch") };
        *leases = others;
        assert_eq!(market.apply(&batch), Err(Refusal::BatchLeases));
    }
    let rows = [row(GONE, 1), row(ID, 2_000)];
    assert_eq!(land(&mut market, attestor, &rows), Err(Refusal::BatchEmpty));
    assert_eq!(market, before, "a refusal changes nothing");
}
