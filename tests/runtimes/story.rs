use gpu_lease::{constants::ATTESTATION_GRACE, errors::LeaseError, state::*};
use gpu_lease_client::{
    address,
    decode::{self, Event, Keyed},
    instruction,
};
use gpu_lease_tests::{
    People,
    cluster::{Cluster, Market, Receipt, Refusal},
};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Base units of one token.
const TOKEN: u64 = 1_000_000;

/// Four GPUs for a day at 2.50 an hour, half of it paid: what was agreed and what was claimed is paid, what
/// was not delivered comes back, and everybody ends with what the protocol says, to the base unit.
pub fn live(cluster: impl Cluster, people: People) {
    let mut market = Market::open(cluster, people, Keypair::new());
    let (renter, sponsor) = (market.people.renter.pubkey(), market.people.sponsor.pubkey());
    let (provider, attestor) = (market.people.provider.pubkey(), market.people.attestor.pubkey());
    let everybody = [renter, sponsor, provider];
    let money = |market: &mut Market<_>| everybody.map(|wallet| market.money(&wallet));
    let before = money(&mut market);
    let genesis_hash = market.cluster.genesis_hash();

    // The renter pays for twelve hours: 4 × 12 × 2.50.
    let request = market.request(1);
    let open = market.opening(request);
    market.play([instruction::open_lease(&open)]).expect("an opening");
    let lease = market.lease(open.lease());
    let vault = lease.lease.vault;
    assert_eq!(lease.lease.domain, Protocol::domain(&genesis_hash));
    assert_eq!(market.balance(&vault), 120 * TOKEN);

    // The provider puts two hours of the whole lease down: 4 × 2 × 2.50.
    market.play([instruction::start_lease(&lease, b"encrypted credentials")]).expect("a start");
    assert_eq!(market.balance(&vault), 140 * TOKEN);

    // Both agree on the first hour, and the provider is paid for it at once.
    market.pass(3_600);
    let agreed = market.attestation(lease.address, 14_400, &[attestor, renter]);
    market.play(&agreed).expect("an agreement");
    refused(market.play(&agreed), LeaseError::AttestationRepeated);
    let settled = market.play([instruction::settle(&lease)]).expect("a settlement");
    assert_eq!(payout(&settled), (9_900_000, 100_000));

    // The second hour is only claimed, so it is paid when its challenge window has passed.
    market.pass(3_600);
    let claim = market.attestation(lease.address, 28_000, &[attestor]);
    market.play(&claim).expect("a claim");
    let early = market.play([instruction::settle(&lease)]).expect("a settlement");
    assert_eq!(payout(&early), (0, 0));
    market.pass(600);
    let settled = market.play([instruction::settle(&lease)]).expect("a settlement");
    // floor(28000 × 2.50 / 3600) = 19.444444, of which 0.194444 are fee; 10 and 0.1 were released before.
    assert_eq!(payout(&settled), (9_350_000, 94_444));

    // A sponsor adds four GPU-hours. Nobody can close a running lease.
    market.play([instruction::top_up(sponsor, &lease, 10 * TOKEN)]).expect("a top-up");
    refused(market.play([instruction::close_lease(&lease)]), LeaseError::NotClosable);

    // At the end the provider has delivered 50 of the 52 GPU-hours that were paid for.
    let end = market.lease(lease.address).lease.ends_at;
    market.cluster.travel_to(end);
    let last = market.attestation(lease.address, 180_000, &[attestor]);
    market.play(&last).expect("the last claim");
    market.cluster.travel_to(end + ATTESTATION_GRACE as i64 + 1);
    let closed = market.play([instruction::close_lease(&lease)]).expect("a close");
    assert!(market.cluster.account(&lease.address).is_none() && market.cluster.account(&vault).is_none());

    // Delivered: 50 h × 2.50 = 125, 1 % of it fee. Promised: 99 % of 52 h = 185328 units, so 5328 are missing,
    // worth 3.70 of the bond. The renter gets 130 − 125 and the credit.
    let Some(Event::LeaseClosed(event)) = decode::events(&closed.logs).last().copied() else {
        panic!("no LeaseClosed in {:#?}", closed.logs)
    };
    assert_eq!((event.accepted, event.promised), (180_000, 185_328));
    assert_eq!((event.credit, event.bond, event.fees), (3_700_000, 16_300_000, 1_250_000));
    let after = money(&mut market);
    let change = |index: usize| i128::from(after[index]) - i128::from(before[index]);
    assert_eq!(change(0), -120_000_000 + 5_000_000 + 3_700_000, "the renter");
    assert_eq!(change(1), -10_000_000, "the sponsor");
    assert_eq!(change(2), 123_750_000 - 3_700_000, "the provider");
    let fee_vault = address::fee_vault(&market.mint);
    assert_eq!(market.balance(&fee_vault), 1_250_000);

    // The offer has its GPUs back, and the provider its record.
    let offer: Keyed<Offer> = market.read(market.offer);
    assert_eq!((offer.gpus, offer.gpus_free), (8, 8));
    let provider: Keyed<Provider> = market.read(market.provider.address);
    let ProviderRecord { leases_started, leases_completed, units_delivered, units_promised, .. } =
        provider.record;
    assert_eq!((leases_started, leases_completed), (1, 1));
    assert_eq!((units_delivered, units_promised), (180_000, 185_328));
}

/// Payout and fee of a settlement.
fn payout(receipt: &Receipt) -> (u64, u64) {
    match decode::events(&receipt.logs)[..] {
        [Event::LeaseSettled(event)] => (event.payout, event.fee),
        _ => panic!("one LeaseSettled was expected in {:#?}", receipt.logs),
    }
}

#[track_caller]
fn refused(result: Result<Receipt, Refusal>, error: LeaseError) {
    assert_eq!(result.map(|_| ()).map_err(|refusal| refusal.number), Err(Some(error as u32)), "{error:?}");
}
