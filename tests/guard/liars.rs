//! Liars, and what the guard of their renter does about each: with real machines, keys, clocks and money.
//!
//! A machine and its guard have a line between them; each lie is about a lease of its own. What became of it is printed as a row
//! of a table: what was claimed, what the guard said, and who got what when the arbiter had agreed with it.

use std::time::{Duration, Instant};

use gpu_lease_client::Error;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::state::LeaseState;
use gpu_lease_guard::news::Kind;
use gpu_lease_localnet::Treatment;
use gpu_lease_tests::prelude::*;
use serde_json::json;
use tokio::time::sleep;

use crate::place::{lease as on_chain, until};
use crate::street::{Guard, LOSS_LIMIT, PRICE, SOON, Street};

/// Seconds that go unseen at the edges of an outage: of the longest pauses between two probes.
const UNSEEN: u64 = 2 * 8 + 2;

/// Seconds that a machine is away for.
const AWAY: u64 = 25;

/// Waits until a guard has seen each lease start, and has logged in to it.
async fn watched(street: &Street, guard: &Guard, leases: &[Address]) {
    for lease in leases {
        street.until("the start", lease, |it| it.started_at > 0).await;
        let is_in = || async { guard.of(lease).await.is_some_and(|it| it.logged_in_at.is_some()) };
        until("a login", SOON, is_in).await;
    }
}

/// A lie that was disputed.
struct Lie {
    what: &'static str,
    /// The lease, when it was.
    lease: LeaseContext,
    /// When it was claimed, unix seconds of the cluster.
    claimed_at: i64,
}

/// Waits until a lie is disputed that is claimed, or about to be.
async fn disputed(street: &Street, what: &'static str, lease: &Address, within: Duration) -> Lie {
    let (since, mut claimed_at) = (Instant::now(), None);
    let there = loop {
        let there = street.lease(lease).await;
        let meter = &there.meter;
        if there.state == LeaseState::Disputed {
            break there;
        }
        if meter.has_open_claim() && claimed_at.is_none() {
            claimed_at = Some(meter.maturing.submitted.time);
        }
        assert!(since.elapsed() < within, "{what}: not disputed: {meter:?}");
        sleep(Duration::from_millis(50)).await;
    };
    let Dispute { renter_units, provider_units, opened } = there.dispute;
    assert!(renter_units < provider_units, "{what}");
    Lie { what, lease: there, claimed_at: claimed_at.unwrap_or(opened.time) }
}

/// The arbiter agrees with the renter's side, the lease is closed, and a row says who got what.
async fn settled(street: &Street, Lie { what, lease: there, claimed_at }: Lie) {
    let client = &street.place.net.client;
    let Dispute { renter_units, provider_units, opened } = there.dispute;
    let (bond, stake) = (there.ledger.bond, there.ledger.stake);
    let now = street.place.net.now().await.unwrap();
    let resolve = instruction::resolve_dispute(&there, renter_units, now + 60);
    client.send(&[resolve], &street.place.net.wallets.arbiter, &[]).await.unwrap();
    until("the close", SOON, || async { on_chain(&street.place, &there.address).await.is_none() }).await;
    let closed = street.closing(&there.address).await;
    // All that is paid for is what the guard has admitted; the arbiter is paid out of the bond, and the stake comes back.
    assert_eq!(closed.accepted, renter_units, "{what}");
    assert_eq!(closed.bond + closed.credit, bond - stake, "{what}");
    let paid = renter_units * PRICE;
    assert_eq!(closed.refund, there.ledger.deposited + stake - paid, "{what}");
    let after = opened.time - claimed_at;
    eprintln!(
        "| {what} | {provider_units} | {renter_units} | {after} s | {paid} | {} | {stake} |",
        closed.credit
    );
}

/// What a lease can have delivered when its machine was away for so long.
fn delivered(lease: &LeaseContext, until: i64) -> u64 {
    lease.meter.capacity(until) - AWAY
}

const HEADER: &str = "| lie | claimed | admitted | disputed after | paid for it | credit | for the arbiter |\n\
                      |---|--:|--:|--:|--:|--:|--:|";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_machine_claims_that_was_away_is_disputed_and_nobody_pays_for_it() {
    // Shortly before a full minute, up to which all is well.
    let mut street = Street::new(48).await;
    let guard = street.guard();
    let mut leases = Vec::new();
    for nonce in 0..6 {
        leases.push(street.rent(nonce, |_| {}).await);
    }
    let [more, flood, dusty, silent, killed, cut] = leases.as_slice() else { panic!() };
    let verifier = street.verify();
    let verified =
        street.rent_on(&street.verified, 7, |request| request.session_key = Address::default()).await;
    watched(&street, &guard, &leases).await;
    watched(&street, &verifier, &[verified]).await;
    for lease in &leases {
        let there = street.until("a co-signature", lease, |it| it.meter.accepted > 0).await;
        assert!(there.meter.accepted + LOSS_LIMIT >= there.meter.capacity(there.meter.window_end));
    }

    let there = street.until("a verified claim", &verified, |it| it.meter.latest.units > 0).await;
    let honest = there.meter;
    assert!(honest.latest.units + LOSS_LIMIT >= honest.capacity(honest.window_end));

    // The line is cut. The machine sees nothing of it.
    street.stop_signing();
    street.line.lead(0);
    sleep(Duration::from_secs(AWAY)).await;
    street.line.lead(street.ssh);
    for lease in &leases {
        let is_back = || async {
            guard.of(lease).await.unwrap().missed > AWAY - UNSEEN && is_reached(&guard, lease).await
        };
        until("the machine is back", SOON, is_back).await;
    }
    eprintln!("{HEADER}");

    // It claims all of it.
    let usage = street.claim(more, |capacity| capacity).await.unwrap();
    let lie = disputed(&street, "claims more than was delivered", more, SOON).await;
    assert!(lie.lease.dispute.renter_units <= delivered(&lie.lease, usage.window_end) + UNSEEN);
    assert!(lie.lease.dispute.opened.time - lie.claimed_at < 60);
    settled(&street, lie).await;

    // It claims so again and again, a unit more each time, until that is refused.
    for less in (0..12).rev() {
        street.claim(flood, |capacity| capacity - less).await.ok();
    }
    let lie = disputed(&street, "floods with claims", flood, SOON).await;
    assert!(lie.lease.dispute.renter_units <= delivered(&lie.lease, lie.lease.meter.window_end) + UNSEEN);
    settled(&street, lie).await;

    // Dust is paid in under the dispute, which is about the lease's life and its figures, and not about its deposit.
    street.claim(dusty, |capacity| capacity).await.unwrap();
    for _ in 0..3 {
        dust(&street, dusty).await;
    }
    let lie = disputed(&street, "tops up dust under the dispute", dusty, SOON).await;
    settled(&street, lie).await;

    // It claims while the guard's node says nothing, by which the guard does nothing.
    street.node.script(|_| Treatment::Fail(503));
    sleep(Duration::from_secs(2)).await;
    street.claim(silent, |capacity| capacity).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(street.lease(silent).await.state, LeaseState::Active);
    street.node.script(|_| Treatment::Pass);
    let lie = disputed(&street, "claims while the node is cut off", silent, SOON).await;
    settled(&street, lie).await;

    // The guard is killed when it has signed and nothing has landed; afterwards it sends the same bytes, and nothing else.
    street.node.script(|request| match request.method.as_str() {
        "sendTransaction" => Treatment::Fail(503),
        _ => Treatment::Pass,
    });
    let wallet = &street.place.net.wallets.sponsor;
    let before = street.money(wallet).await;
    street.claim(killed, |capacity| capacity).await.unwrap();
    until("a signature", SOON, || async { !sent(&street).is_empty() }).await;
    let bytes = sent(&street)[0].clone();
    let restart = guard.kill();
    street.node.script(|_| Treatment::Pass);
    let guard = restart();
    let lie = disputed(&street, "claims while the guard is killed under its dispute", killed, SOON).await;
    sleep(Duration::from_secs(3)).await;
    assert!(sent(&street).iter().all(|it| *it == bytes), "it has signed something else");
    assert_eq!(before - street.money(wallet).await, lie.lease.ledger.stake);
    settled(&street, lie).await;

    // The agent itself knows nothing of the cut line, and states the whole minute. Nobody signs that with it.
    street.sign_again();
    let lie = disputed(&street, "claims for a link that was cut", cut, SOON).await;
    let is_withheld = guard.news(cut).await.iter().any(|(kind, _)| *kind == Kind::Withheld);
    assert!(is_withheld, "{:?}", guard.news(cut).await);
    assert!(lie.lease.dispute.renter_units <= delivered(&lie.lease, lie.lease.meter.window_end) + UNSEEN);
    settled(&street, lie).await;

    // What its verifier has not seen does not even get to the chain, not by the agent and not by the provider's own key.
    let is_withheld =
        || async { verifier.news(&verified).await.iter().any(|(kind, _)| *kind == Kind::Withheld) };
    until("a draft", SOON, is_withheld).await;
    let refusal = street.claim(&verified, |capacity| capacity).await.unwrap_err();
    assert!(matches!(refusal, Error::Refused(_)), "{refusal}");
    let there = street.lease(&verified).await;
    assert_eq!((there.meter.window_end, there.meter.latest), (honest.window_end, honest.latest));
    let (tried, seen) = (there.meter.capacity(street.place.net.now().await.unwrap()), honest.latest.units);
    eprintln!("| lies to a verifier | {tried} | {seen} | it does not land | {} | · | 0 |", seen * PRICE);
}

/// What a guard has sent through its node, as text.
fn sent(street: &Street) -> Vec<String> {
    let sent = street.node.requests("sendTransaction");
    sent.iter().map(|request| request.params[0].as_str().unwrap().to_owned()).collect()
}

/// A stranger pays in as little as there is.
async fn dust(street: &Street, lease: &Address) {
    let there = street.lease(lease).await;
    let stranger = &street.place.net.wallets.renter;
    let until = street.place.net.now().await.unwrap() + 60;
    // Once it is disputed nobody can.
    let pay_in = instruction::top_up(stranger.pubkey(), &there, 1, until);
    street.place.net.client.send(&[pay_in], stranger, &[]).await.ok();
}

/// Whether a machine has answered not long ago.
async fn is_reached(guard: &Guard, lease: &Address) -> bool {
    guard.of(lease).await.is_some_and(|it| it.reached_at.is_some_and(|at| at + 10 > it.bound_until))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_answers_guards_and_not_renters_or_has_other_cards_is_not_paid_for_that_time() {
    let mut street = Street::new(0).await;
    let guard = street.guard();
    let direct = street.place.net.validator.rpc_url().to_owned();
    let standby = street.guard_as("standby", &direct, "standby = true");
    let mut leases = Vec::new();
    for nonce in 0..4 {
        leases.push(street.rent(nonce, |_| {}).await);
    }
    let [locked, swapped, broken, late] = leases.as_slice() else { panic!() };
    // One that nobody guards, whose renter is the liar.
    let unguarded = street.rent(8, |request| request.session_key = Address::default()).await;
    watched(&street, &guard, &leases).await;

    street.stop_signing();
    // The renter's key is let in no longer; the guard's is.
    street.tamper(locked, |admission| admission.keys.clear());
    // The cards are others than at the start.
    street.lie(swapped, |method, result| {
        if method == "probe" {
            result["cards"][0]["uuid"] = json!("GPU-of-less-worth");
        }
    });
    // Who is connected stays what it was.
    street.line.lead(street.ssh);
    // A renter ends its own container, and hopes for a credit.
    street.say(broken, "sleep 1; kill -9 $PPID").await;
    sleep(Duration::from_secs(AWAY)).await;
    eprintln!("{HEADER}");
    for (what, lease, kind) in [
        ("answers guards, and not its renter", locked, Kind::Unreachable),
        ("has other cards than at the start", swapped, Kind::OtherCards),
    ] {
        let is_told = || async { guard.news(lease).await.iter().any(|(told, _)| *told == kind) };
        until("the news", SOON, is_told).await;
        let usage = street.claim(lease, |capacity| capacity).await.unwrap();
        let lie = disputed(&street, what, lease, SOON).await;
        assert!(lie.lease.dispute.renter_units <= delivered(&lie.lease, usage.window_end) + UNSEEN, "{what}");
        settled(&street, lie).await;
    }

    // What the tenant did itself counts: it is co-signed in full, but for a second or two.
    street.sign_again();
    let there = street.until("a co-signature", broken, |it| it.meter.accepted > 0).await;
    let lost = there.meter.capacity(there.meter.window_end) - there.meter.accepted;
    assert!(lost <= LOSS_LIMIT, "{lost} units were lost");
    eprintln!("| a renter breaks its own container | 0 | 0 | · | {} | 0 | 0 |", there.meter.accepted * PRICE);

    // A renter that disputes in bad faith pays the arbiter out of its stake, and the units all the same.
    let there = street.until("a claim", &unguarded, |it| it.meter.has_open_claim()).await;
    let (client, wallets) = (&street.place.net.client, &street.place.net.wallets);
    let now = street.place.net.now().await.unwrap();
    let (renter, bond) = (wallets.renter.pubkey(), there.ledger.bond);
    let dispute = instruction::dispute_lease(renter, renter, &there, there.meter.accepted, bond, now + 60);
    client.send(&[dispute], &wallets.renter, &[]).await.unwrap();
    let there = street.lease(&unguarded).await;
    let Dispute { provider_units, .. } = there.dispute;
    let resolve = instruction::resolve_dispute(&there, provider_units, now + 60);
    client.send(&[resolve], &wallets.arbiter, &[]).await.unwrap();
    until("the close", SOON, || async { on_chain(&street.place, &unguarded).await.is_none() }).await;
    let closed = street.closing(&unguarded).await;
    assert_eq!((closed.accepted, closed.bond + closed.credit), (provider_units, bond));
    assert_eq!(closed.refund, there.ledger.deposited - provider_units * PRICE, "the stake is the arbiter's");
    let (paid, stake) = (provider_units * PRICE, there.ledger.stake);
    eprintln!(
        "| a renter disputes in bad faith | {provider_units} | 0 | · | {paid} | {} | {stake} of the stake |",
        closed.credit
    );

    // It learns that the guard is down, and waits with its lie until then. The standby disputes before the window is over.
    drop(guard);
    street.stop_signing();
    street.line.lead(0);
    sleep(Duration::from_secs(AWAY)).await;
    street.line.lead(street.ssh);
    until("the machine is back", SOON, || is_reached(&standby, late)).await;
    street.claim(late, |capacity| capacity).await.unwrap();
    let window = i64::from(MIN_CHALLENGE_WINDOW);
    let claimed_at = street.lease(late).await.meter.maturing.submitted.time;
    street.hurry(window / 4 * 3).await;
    let lie = disputed(&street, "learns that the guard is down, and overclaims then", late, SOON).await;
    assert!((window / 4 * 3..window).contains(&(lie.lease.dispute.opened.time - claimed_at)));
    street.sign_again();
    settled(&street, Lie { claimed_at, ..lie }).await;
}
