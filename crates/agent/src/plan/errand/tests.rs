use std::collections::{BTreeMap, BTreeSet};

use gpu_lease_client::account::Keyed;
use gpu_lease_client::attestation::Message;
use gpu_lease_client::state::{Meter, PodLeaseState};
use proptest::prelude::*;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::*;
use crate::meter::{Cause, Seconds};
use crate::signer::message;

/// A full minute.
const START: i64 = 1_800_000_000;

/// A lease of two GPUs at one base unit a GPU-second, with a session key.
fn lease(heartbeat: u32, duration: i64) -> Keyed<Lease> {
    let mut lease: Lease = bytemuck::Zeroable::zeroed();
    let now = Moment::by_clock(START);
    lease.state = PodLeaseState::Active;
    lease.session_key = guard().pubkey();
    (lease.terms.price, lease.terms.heartbeat_timeout, lease.terms.challenge_window) =
        (3_600, heartbeat, 600);
    (lease.started_at, lease.ends_at, lease.end_slot) = (START, START + duration, now.slot);
    lease.end_slot += duration.unsigned_abs();
    lease.ledger.deposited = u64::MAX / 2;
    lease.meter = Meter::start(2, now);
    Keyed { address: Address::new_from_array([3; 32]), account: lease }
}

fn guard() -> Keypair {
    Keypair::new_from_array([5; 32])
}

fn policy(risk_limit: u64) -> Policy {
    Policy {
        offers: BTreeMap::new(),
        allowed: BTreeSet::new(),
        refused: BTreeSet::new(),
        leases_per_renter: 8,
        renters_at_once: 1,
        most_bond_percent: 100,
        least_notice: 10,
        grace: 60,
        leave_after: 3_600,
        images: BTreeSet::new(),
        launch_wait: 0,
        worth_settling: BTreeMap::new(),
        risk_limit: [(Address::default().to_string(), risk_limit)].into(),
        bond_per_renter: BTreeMap::new(),
    }
}

/// What was delivered until `until`: all but these seconds.
fn record(until: i64, missed: std::ops::Range<i64>) -> Record {
    let mut record = Record::new(&Address::new_from_array([3; 32]), 0, START);
    for (at, cause) in
        [(START..missed.start, None), (missed.clone(), Some(Cause::Network)), (missed.end..until, None)]
    {
        let at = at.start..at.end.min(until);
        if !at.is_empty() {
            record.add(&Seconds { at, cause, energy: 0 }, 2);
        }
    }
    record
}

fn co_signed(lease: &Keyed<Lease>, usage: Signed) -> CoSigned {
    signed(lease, usage, &guard())
}

fn signed(lease: &Keyed<Lease>, usage: Signed, key: &Keypair) -> CoSigned {
    let signature = key.sign_message(&message(lease, &usage).bytes());
    CoSigned { usage, by: CoSignature { key: key.pubkey(), signature: signature.into() } }
}

/// Until when it is stated, and whether with a co-signature.
fn stated(errand: Option<Errand>) -> Option<(i64, bool)> {
    match errand {
        Some(Errand::State { usage, by }) => Some((usage.window_end - START, !by.is_empty())),
        _ => None,
    }
}

#[test]
fn a_claim_is_about_the_moment_that_was_due_and_waits_for_the_guard_alone() {
    let mut lease = lease(900, 7_200);
    let asked = |lease: &Lease, asks, at: i64| {
        let record = record(START + at, START..START);
        let heard = Heard { co_signed: None, verified: &[], asks };
        stated(next_errand(lease, &record, heard, &policy(u64::MAX), START + at))
    };
    // A third of a quarter of an hour.
    assert_eq!(
        [299, 300, 359].map(|at| asked(&lease, false, at)),
        [None, Some((300, false)), Some((300, false))]
    );
    assert_eq!([329, 330].map(|at| asked(&lease, true, at)), [None, Some((300, false))]);
    // Who has no session key has no guard.
    lease.account.session_key = Address::default();
    assert_eq!(asked(&lease, true, 300), Some((300, false)));
}

#[test]
fn what_was_co_signed_lands_when_it_reaches_far_enough_or_stands_below_a_claim() {
    let lease = lease(900, 7_200);
    let at = |until: i64, now: i64| {
        let record = record(START + now, START..START);
        let usage = draft_of(&lease, &record, START + until, START + now).unwrap();
        let co_signed = co_signed(&lease, usage);
        let heard = Heard { co_signed: Some(&co_signed), verified: &[], asks: true };
        stated(next_errand(&lease, &record, heard, &policy(u64::MAX), START + now))
    };
    assert_eq!(at(240, 299), None);
    assert_eq!(at(240, 300), None);
    assert_eq!(at(300, 301), Some((300, true)));
    // Before the claim that nobody has answered for.
    assert_eq!([at(240, 329), at(240, 330)], [None, Some((240, true))]);
    // And when the guard says nothing more, though nothing is due.
    let long = self::lease(86_400, 90_000);
    let silent = |now: i64| {
        let record = record(START + now, START..START);
        let co_signed = co_signed(&long, draft_of(&long, &record, START + 60, START + now).unwrap());
        let heard = Heard { co_signed: Some(&co_signed), verified: &[], asks: true };
        stated(next_errand(&long, &record, heard, &policy(u64::MAX), START + now))
    };
    assert_eq!([359, 360].map(silent), [None, Some((60, true))]);
}

#[test]
fn what_a_key_signed_that_was_taken_back_never_lands() {
    let mut lease = lease(900, 7_200);
    let record = record(START + 301, START..START);
    let co_signed = co_signed(&lease, draft_of(&lease, &record, START + 300, START + 301).unwrap());
    lease.account.session_key = Address::new_from_array([8; 32]);
    let heard = Heard { co_signed: Some(&co_signed), verified: &[], asks: false };
    // Nor is anybody waited for who has said nothing yet.
    let errand = next_errand(&lease, &record, heard, &policy(u64::MAX), START + 301);
    assert_eq!(stated(errand), Some((300, false)));
}

#[test]
fn more_money_than_the_risk_limit_is_not_left_unstated() {
    let lease = lease(86_400, 90_000);
    // Two GPUs earn two base units a second, and the newest full minute is the tenth: 1,200.
    let record = record(START + 600, START..START);
    let claimed = |limit, now: i64, asks| {
        let heard = Heard { co_signed: None, verified: &[], asks };
        stated(next_errand(&lease, &record, heard, &policy(limit), START + now))
    };
    assert_eq!(
        [1_199, 1_200, 1_201].map(|limit| claimed(limit, 600, false)),
        [Some((600, false)), None, None]
    );
    assert_eq!([629, 630].map(|now| claimed(1_199, now, true)), [None, Some((600, false))]);
    let co_signed = co_signed(&lease, draft_of(&lease, &record, START + 540, START + 600).unwrap());
    let heard = Heard { co_signed: Some(&co_signed), verified: &[], asks: true };
    let landed = |limit| stated(next_errand(&lease, &record, heard, &policy(limit), START + 600));
    assert_eq!([1_079, 1_080, 1_081].map(landed), [Some((540, true)), None, None]);
}

#[test]
fn after_a_revival_nothing_is_stated_of_the_time_before_it() {
    let mut lease = lease(900, 7_200);
    lease.account.meter.revived_at = START + 310;
    let asked = |now: i64| {
        let record = record(START + now, START..START);
        let errand = next_errand(&lease, &record, Heard::default(), &policy(u64::MAX), START + now);
        (stated(errand), draft(&lease, &record, START + now).map(|usage| usage.window_end - START))
    };
    assert_eq!(asked(359), (None, None));
    // The next full minute after it takes the place of the one that was due.
    assert_eq!(asked(360), (Some((360, false)), Some(360)));
}

#[test]
fn a_lease_that_is_disputed_or_whose_grace_hour_is_over_is_not_stated() {
    let record = record(START + 7_200, START..START);
    let asked = |lease: &Lease, now: i64| {
        stated(next_errand(lease, &record, Heard::default(), &policy(u64::MAX), START + now))
    };
    let active = lease(900, 7_200);
    assert_eq!(
        [7_200, 10_800, 10_801].map(|now| asked(&active, now)),
        [Some((7_200, false)), Some((7_200, false)), None]
    );
    for state in [PodLeaseState::Pending, PodLeaseState::Disputed, PodLeaseState::Resolved] {
        assert_eq!(asked(&Lease { state, ..active.account }, 7_200), None);
    }
    // One that expired ends where it was last attested: only more units of the same window would be news.
    let mut expired = active.account;
    expired.meter.window_end = START + 300;
    expired.meter.latest.units = 600;
    expired.ends_at = START + 300;
    assert_eq!(asked(&expired, 1_300), None);
    expired.meter.latest.units = 599;
    assert_eq!(asked(&expired, 1_300), Some((300, false)));
}

#[test]
fn a_settlement_has_to_be_worth_it() {
    let mut lease = lease(900, 7_200);
    lease.account.meter.accepted = 1_000;
    lease.account.meter.maturing.units = 1_000;
    lease.account.meter.latest.units = 1_000;
    lease.account.meter.window_end = START + 600;
    let record = record(START + 601, START..START);
    let errand = |worth| {
        let worth_settling = [(Address::default().to_string(), worth)].into();
        let policy = Policy { worth_settling, ..policy(u64::MAX) };
        next_errand(&lease, &record, Heard::default(), &policy, START + 601)
    };
    assert_eq!([999, 1_000, 1_001].map(errand), [Some(Errand::Settle), Some(Errand::Settle), None]);
    let policy = policy(u64::MAX);
    let one = |mint| (policy.worth_settling(mint), policy.risk_limit(mint));
    assert_eq!(
        one(&Address::new_from_array([1; 32])),
        (super::super::WORTH_SETTLING, super::super::RISK_LIMIT)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A life of a lease second by second, whatever its guard does: all that is stated lands, it never says less, no third of
    /// the heartbeat passes in silence, and at the end all is there that was measured.
    #[test]
    fn a_lease_is_stated_to_its_end_and_never_falls_silent(
        heartbeat in 300u32..2_000,
        duration in 60i64..4_000,
        missed in (0i64..4_000, 0i64..200),
        risk_limit in prop_oneof![Just(u64::MAX), 100u64..5_000],
        // When in a minute it asks, and how long it takes; from when on it says nothing.
        (asks_at, takes, silent_from) in (0i64..60, 0i64..90, 0i64..5_000),
        lag in 1i64..4,
    ) {
        let mut lease = lease(heartbeat, duration);
        let missed = START + missed.0..START + missed.0 + missed.1;
        let whole = record(START + duration, missed.clone());
        let policy = policy(risk_limit);
        let third = i64::from(heartbeat / 3 / 60 * 60).max(60);
        let (mut kept, mut asks, mut waiting) = (None::<CoSigned>, false, Vec::new());
        let (mut claims, mut landings) = (0, 0);
        for now in START..START + duration + 200 {
            let record = record((now - lag).clamp(START, START + duration), missed.clone());
            if now.rem_euclid(60) == asks_at && now - START < silent_from {
                asks = true;
                if let Some(usage) = draft(&lease, &record, now) {
                    waiting.push((now + takes, usage));
                }
            }
            waiting.retain(|(answered_at, usage)| {
                let is_answered = now >= *answered_at;
                let is_newer = kept.as_ref().is_none_or(|kept| kept.usage.window_end <= usage.window_end);
                if is_answered && is_newer && draft_of(&lease, &record, usage.window_end, now).as_ref() == Some(usage) {
                    kept = Some(co_signed(&lease, usage.clone()));
                }
                !is_answered
            });
            let heard = Heard { co_signed: kept.as_ref(), verified: &[], asks };
            if let Some(Errand::State { usage, by }) = next_errand(&lease, &record, heard, &policy, now) {
                let before = lease.meter;
                let is_last = usage.window_end == lease.ends_at || now >= lease.ends_at + LATEST;
                prop_assert!(is_last || usage.window_end.rem_euclid(60) == 0);
                prop_assert!(lease.account.attest(&(&usage).into(), !by.is_empty(), Moment::by_clock(now)).is_ok());
                prop_assert!(lease.meter.latest.units >= before.latest.units);
                prop_assert_eq!(usage.units, whole.units(usage.window_end));
                claims += u32::from(by.is_empty());
                landings += 1;
            }
            if now < lease.ends_at {
                let silence = now - lease.meter.window_end;
                prop_assert!(silence <= 2 * third + ANSWER + lag && silence < i64::from(heartbeat), "{silence}");
            }
        }
        prop_assert_eq!(lease.meter.window_end, lease.ends_at);
        prop_assert_eq!(lease.meter.latest.units, whole.units(lease.ends_at));
        let thirds = u32::try_from(duration / third).unwrap() + 4;
        let is_prompt = asks_at + takes < ANSWER && asks_at > lag && silent_from >= 4_300;
        if is_prompt && duration % 60 == 0 {
            prop_assert_eq!(claims, 0);
            prop_assert_eq!(lease.meter.accepted, lease.meter.latest.units);
        }
        if risk_limit == u64::MAX && (is_prompt || silent_from <= asks_at) {
            prop_assert!(landings <= thirds, "{} landings in {} thirds", landings, thirds);
        }
    }

    #[test]
    fn of_a_lease_with_a_verifier_only_what_it_signed_is_stated_and_all_of_it_is(
        heartbeat in 600u32..2_000,
        minutes in 2i64..40,
        risk_limit in prop_oneof![Just(u64::MAX), 100u64..5_000],
        // How long after a minute each of the two answers, and from when on it says nothing.
        guard in (3i64..90, 0i64..4_000),
        verifier in (3i64..55, prop_oneof![Just(i64::MAX), 0i64..2_400]),
    ) {
        let verifying = Keypair::new_from_array([21; 32]);
        let mut lease = lease(heartbeat, minutes * 60);
        lease.account.terms.verifier = verifying.pubkey();
        let whole = record(START + minutes * 60, START..START);
        let policy = policy(risk_limit);
        let (mut co_signed, mut verified) = (None::<CoSigned>, Vec::<CoSigned>::new());
        for now in START..START + minutes * 60 + 700 {
            let record = record(now.min(lease.ends_at), START..START);
            // The minute that each answers now, if it does.
            let answers = |(takes, silent_from): (i64, i64)| {
                let minute = now - takes;
                let is_minute = minute.rem_euclid(60) == 0 && minute > START && minute <= lease.ends_at;
                let usage = is_minute.then(|| draft_of(&lease, &record, minute, now)).flatten();
                usage.filter(|_| now.saturating_sub(START) < silent_from)
            };
            if let Some(usage) = answers(guard) {
                co_signed = Some(self::co_signed(&lease, usage));
            }
            if let Some(usage) = answers(verifier) {
                verified.retain(|it| co_signed.as_ref().is_some_and(|co_signed| co_signed.usage == it.usage));
                verified.push(signed(&lease, usage, &verifying));
            }
            let heard = Heard { co_signed: co_signed.as_ref(), verified: &verified, asks: true };
            if let Some(Errand::State { usage, by }) = next_errand(&lease, &record, heard, &policy, now) {
                let is_by = |key: &Address| by.iter().any(|by| by.key == *key);
                let all = |by: &CoSignature| by.over(&lease, &usage).is_some();
                prop_assert!(is_by(&verifying.pubkey()) && by.iter().all(all));
                let is_co_signed = is_by(&self::guard().pubkey());
                prop_assert!(lease.account.attest(&(&usage).into(), is_co_signed, Moment::by_clock(now)).is_ok());
                prop_assert_eq!(usage.units, whole.units(usage.window_end));
            }
        }
        let newest = verified.last().map_or(START, |it| it.usage.window_end);
        prop_assert_eq!(lease.meter.window_end, newest.max(START));
    }
}
