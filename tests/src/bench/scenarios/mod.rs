//! What is played, and under which names the figures stand. Names sort.

mod changes;
mod disputes;
mod governance;
mod operators;
mod token_2022;

use super::{Measurement, Stage};
use crate::{FOR_EVER, cluster::Cluster, listing, terms};
use gpu_lease::constants::{ATTESTATION_GRACE, MAX_ACCESS_BLOB, MAX_PRICE};
use gpu_lease_client::{
    account::{LeaseContext, ProviderRef},
    address,
    instruction::{self, OpenLease},
    state::Terms,
};
use solana_address::Address;
use solana_signer::Signer;

/// Every scenario, sorted by name.
pub fn all() -> Vec<Measurement> {
    let mut stage = foundation();
    openings(&mut stage);
    claimed_lease(&mut stage);
    verified_lease(&mut stage);
    undelivered_lease(&mut stage);
    dear_lease(&mut stage);
    changes::all(&mut stage);
    disputes::all(&mut stage);
    governance::all(&mut stage);
    token_2022::all(&mut stage);
    // Last: a fleet takes up the offer.
    operators::all(&mut stage);
    let mut measurements = stage.measurements;
    measurements.sort_by_key(|measurement| measurement.scenario);
    measurements
}

/// Compute units that `open_lease` costs more for each step of the bump search for its addresses.
pub fn bump_step() -> u64 {
    let mut stage = Stage::open();
    for bump in [255, 254] {
        let nonce = stage.nonce_with_bump(bump);
        let request = stage.request(nonce);
        let open = stage.opening(request);
        stage.measure("open_lease", [instruction::open_lease(&open)]);
    }
    stage.measurements[1].units - stage.measurements[0].units
}

/// What stands before any lease: protocol, mint, provider, offers.
fn foundation() -> Stage {
    let mut stage = Stage::empty();
    let [initialize, register_mint, register_provider, create_offer, create_participant] = stage.foundation();
    stage.measure("initialize · protocol and fee rate", [initialize]);
    stage.measure("register_mint · SPL Token", [register_mint]);
    stage.measure("register_provider · with its attestor", [register_provider]);
    stage.measure("create_offer · all fields set", [create_offer.clone()]);
    stage.measure("create_participant · of a renter", [create_participant]);

    let (provider, terms) = (stage.provider_ref(), terms(stage.mint));
    let [attestor, heir] = [&stage.people.attestor, &stage.people.rival].map(Signer::pubkey);
    let update = stage.update_provider_ix(attestor);
    stage.measure("update_provider · another attestor", [update]);
    let nominate = stage.nominate_authority_ix(heir);
    stage.measure("nominate_authority · a wallet", [nominate]);
    let accept = stage.accept_authority_ix(heir, attestor);
    stage.measure("accept_authority · by the nominee", [accept]);
    let inherited = ProviderRef { authority: heir, ..provider };
    let authority = provider.authority;
    let nominate = instruction::nominate_authority(inherited, Address::default(), authority, FOR_EVER);
    let accept = stage.accept_authority_ix(authority, attestor);
    stage.play([nominate, accept]).ok();
    let operator = stage.people.operator.pubkey();
    let update = stage.update_keys_ix(|keys| keys.operator = operator);
    stage.play([update]).ok();
    let update = stage.update_offer_ix(16, true, terms, listing());
    stage.measure("update_offer · all fields set", [update]);
    let close = stage.close_offer_ix();
    stage.measure("close_offer · without leases", [close]);
    stage.play([create_offer]).ok();
    stage
}

/// Leases that are opened, and taken back.
fn openings(stage: &mut Stage) {
    let renter = stage.people.renter.pubkey();
    let open = opening(stage);
    stage.measure("open_lease · the renter pays", [instruction::open_lease(&open)]);
    let lease = stage.context(open.lease());
    stage.measure("cancel_lease · by the renter", [instruction::cancel_lease(renter, &lease, FOR_EVER)]);

    let (sponsor, stranger) = (stage.people.sponsor.pubkey(), stage.people.stranger.pubkey());
    let open = OpenLease { payer: sponsor, ..opening(stage) };
    stage.measure("open_lease · a sponsor pays", [instruction::open_lease(&open)]);
    let lease = stage.context(open.lease());
    stage.cluster.travel_to(lease.start_deadline + 1);
    let cancel = instruction::cancel_lease(stranger, &lease, FOR_EVER);
    stage.measure("cancel_lease · by a stranger after the deadline", [cancel]);

    let open = opening(stage);
    stage.cluster.fund(&open.lease(), 1_000_000);
    stage.cluster.fund(&address::vault(&open.lease()), 1_000_000);
    let open = instruction::open_lease(&open);
    stage.measure("open_lease · a stranger sent lamports to both addresses", [open]);
}

/// A lease whose provider claims, falls short of its SLA, and closes with money for everybody.
fn claimed_lease(stage: &mut Stage) {
    let (renter, attestor) = (stage.people.renter.pubkey(), stage.people.attestor.pubkey());
    let lease = opened(stage);
    stage.measure("top_up · pending", [instruction::top_up(renter, &lease, 1_000_000, FOR_EVER)]);
    stage.measure(
        "start_lease · bond, blob of 80 bytes",
        [instruction::start_lease(&lease, &[7; 80], FOR_EVER)],
    );
    stage.measure("top_up · active", [instruction::top_up(renter, &lease, 1_000_000, FOR_EVER)]);
    stage.measure("settle · nothing due", [instruction::settle(&lease)]);

    let claims = [
        (3_600, 10_000, "attest · one signer, first claim"),
        (60, 10_100, "attest · one signer, claim behind another"),
        (60, 10_100, "attest · one signer, same units, later window"),
        (1_200, 12_000, "attest · one signer, two claims mature"),
    ];
    for (seconds, units, scenario) in claims {
        stage.pass(seconds);
        attest(stage, scenario, &lease, units, &[attestor]);
    }
    stage.pass(600);
    stage.measure("settle · claim matures, first payout", [instruction::settle(&lease)]);
    attest(stage, "attest · two signers, accepted", &lease, 13_000, &[attestor, renter]);
    stage.measure("settle · later payout", [instruction::settle(&lease)]);
    stage.measure("count_fees · of both parties", [instruction::count_fees(&lease)]);
    stage.measure("count_fees · nothing to count", [instruction::count_fees(&lease)]);

    let end = stage.context(lease.address).ends_at;
    stage.cluster.travel_to(end - 60);
    let claim = stage.attestation(lease.address, 169_000, &[attestor]);
    stage.play(claim).ok();
    let top_up = instruction::top_up(renter, &lease, 1_000_000, FOR_EVER);
    stage.measure("top_up · after time that nothing funded", [top_up]);
    stage.cluster.travel_to(end);
    let claim = stage.attestation(lease.address, 170_000, &[attestor]);
    stage.play(claim).ok();
    close(stage, "close_lease · two claims mature, payout, fee, bond less SLA credit, refund", &lease);
}

/// A lease that a verifier watches and that is delivered in full.
fn verified_lease(stage: &mut Stage) {
    let (renter, agent) = (stage.people.renter.pubkey(), stage.people.agent.pubkey());
    let (attestor, verifier) = (stage.people.attestor.pubkey(), stage.people.verifier.pubkey());
    offer(stage, |terms| terms.verifier = verifier);
    let mut open = opening(stage);
    open.request.session_key = agent;
    open.request.deposit *= 2;
    stage.play([instruction::open_lease(&open)]).ok();
    let lease = stage.context(open.lease());
    let start = instruction::start_lease(&lease, &[7; MAX_ACCESS_BLOB], FOR_EVER);
    stage.measure("start_lease · bond, largest blob", [start]);

    stage.pass(3_600);
    attest(stage, "attest · two signers, claim with verifier", &lease, 10_000, &[attestor, verifier]);
    stage.pass(60);
    let behind = stage.attestation(lease.address, 10_100, &[attestor, verifier]);
    stage.play(behind).ok();
    stage.pass(1_200);
    let everybody = [attestor, verifier, agent];
    attest(stage, "attest · three signers, two claims mature, session key", &lease, 14_000, &everybody);
    stage.pass(600);
    attest(stage, "attest · three signers, accepted", &lease, 16_000, &[attestor, verifier, renter]);
    stage.measure("settle · first payout", [instruction::settle(&lease)]);

    let end = stage.context(lease.address).ends_at;
    stage.cluster.travel_to(end);
    let everything = u64::from(open.request.gpus) * u64::from(open.request.duration);
    let last = stage.attestation(lease.address, everything, &everybody);
    stage.play(last).ok();
    stage.play([instruction::settle(&lease)]).ok();
    close(stage, "close_lease · full uptime, settled before: fee, bond", &lease);
}

/// A lease without a bond whose provider never delivers.
fn undelivered_lease(stage: &mut Stage) {
    offer(stage, |terms| terms.bond_hours = 0);
    let lease = opened(stage);
    stage.measure("start_lease · no bond", [instruction::start_lease(&lease, &[7; 80], FOR_EVER)]);
    close(stage, "close_lease · nothing delivered, no bond: refund", &lease);
}

/// A lease at the highest price, for as much money as there is: its products need 128 bits.
fn dear_lease(stage: &mut Stage) {
    let (renter, attestor) = (stage.people.renter.pubkey(), stage.people.attestor.pubkey());
    offer(stage, |terms| (terms.price, terms.bond_hours) = (MAX_PRICE, 100));
    let mut open = opening(stage);
    open.request.deposit = 1 << 59;
    stage.measure("open_lease · highest price", [instruction::open_lease(&open)]);
    let lease = stage.context(open.lease());
    stage.measure("start_lease · highest price", [instruction::start_lease(&lease, &[7; 80], FOR_EVER)]);
    let end = stage.context(lease.address).ends_at;
    stage.cluster.travel_to(end - 60);
    let agreed = stage.attestation(lease.address, 300_000, &[attestor, renter]);
    stage.play(agreed).ok();
    stage.measure("settle · highest price", [instruction::settle(&lease)]);
    stage.measure("top_up · highest price", [instruction::top_up(renter, &lease, 1 << 58, FOR_EVER)]);
    for (time, units) in [(end - 30, 330_000), (end, 340_000)] {
        stage.cluster.travel_to(time);
        let claim = stage.attestation(lease.address, units, &[attestor]);
        stage.play(claim).ok();
    }
    close(stage, "close_lease · highest price, two claims mature, money for everybody", &lease);
}

/// Changes the offer's terms.
pub fn offer(stage: &mut Stage, change: impl FnOnce(&mut Terms)) {
    let mut terms = terms(stage.mint);
    change(&mut terms);
    let update = stage.update_offer_ix(8, true, terms, listing());
    stage.play([update]).ok();
}

/// The renter's next lease, for which no address needs a bump below 255.
pub fn opening(stage: &mut Stage) -> OpenLease {
    let nonce = stage.nonce();
    let request = stage.request(nonce);
    stage.opening(request)
}

/// The renter's next lease, opened.
pub fn opened(stage: &mut Stage) -> LeaseContext {
    let open = opening(stage);
    stage.play([instruction::open_lease(&open)]).ok();
    stage.context(open.lease())
}

/// The renter's next lease, started.
pub fn started(stage: &mut Stage) -> LeaseContext {
    let lease = opened(stage);
    stage.play([instruction::start_lease(&lease, &[7; 80], FOR_EVER)]).ok();
    stage.context(lease.address)
}

/// Somebody attests usage up to now.
pub fn state(stage: &mut Stage, lease: &LeaseContext, units: u64, signers: &[Address]) {
    let attest = stage.attestation(lease.address, units, signers);
    stage.play(attest).ok();
}

/// `attest` of usage up to now.
pub fn attest(
    stage: &mut Stage,
    scenario: &'static str,
    lease: &LeaseContext,
    units: u64,
    signers: &[Address],
) {
    let attest = stage.attestation(lease.address, units, signers);
    stage.measure(scenario, attest);
}

/// `close_lease` at the first moment at which it is allowed.
pub fn close(stage: &mut Stage, scenario: &'static str, lease: &LeaseContext) {
    let end = stage.context(lease.address).ends_at;
    stage.cluster.travel_to(end + ATTESTATION_GRACE as i64 + 1);
    stage.measure(scenario, [instruction::close_lease(lease)]);
}
