use bytemuck::{bytes_of, cast_slice};
use gpu_lease::attestation::{BATCH_VERSION, BatchHeader, BatchRow, MAX_BATCH};
use gpu_lease_client::attestation::{AttestationBatch, Message};
use gpu_lease_tests::prelude::*;

/// As many leases of one GPU that have run for an hour: 3 600 units at most.
fn after_an_hour(count: u32) -> (World, Vec<LeaseKey>) {
    let mut world = World::new();
    let leases = world.many_leases(count);
    world.pass(3_600);
    (world, leases)
}

/// `units` of each lease.
fn all(leases: &[LeaseKey], units: u64) -> Vec<(LeaseKey, u64)> {
    leases.iter().map(|lease| (*lease, units)).collect()
}

fn applied(world: &World, rows: u64, applied: u64) -> Event {
    let (provider, window_end) = (world.provider, world.now());
    Event::BatchAttested(BatchAttested { provider, window_end, rows, applied })
}

/// What a provider signs and submits about `leases`, each part of it as a test wants it.
#[derive(Clone)]
struct Parts {
    header: BatchHeader,
    rows: Vec<BatchRow>,
    leases: Vec<Address>,
    trailing: Vec<u8>,
}

impl Parts {
    fn of(batch: &AttestationBatch) -> Self {
        Self {
            header: *batch.header(),
            rows: batch.rows().to_vec(),
            leases: batch.leases().to_vec(),
            trailing: vec![],
        }
    }

    fn bytes(&self) -> Vec<u8> {
        [bytes_of(&self.header), cast_slice(&self.rows), &self.trailing].concat()
    }

    fn play(&self, world: &mut World) -> Outcome {
        let signatures = signed_bytes(&self.bytes(), &[&world.people.attestor]);
        world.play([signatures, world.attest_batch_alone_ix(&self.leases)])
    }
}

/// [`Parts`] of an hour of three leases, in full.
fn parts() -> (World, Parts) {
    let (world, leases) = after_an_hour(3);
    let batch = world.batch(&all(&leases, 3_600));
    (world, Parts::of(&batch))
}

#[test]
fn a_batch_states_the_usage_of_many_leases_as_attest_does_of_one() {
    let (mut world, leases) = after_an_hour(3);
    world.agree(&leases[1], 1_000).ok();
    world.pass(60);
    let mut one_by_one = world.clone();
    let usage: Vec<_> = leases.iter().copied().zip([3_660, 3_000, 0]).collect();

    let event = applied(&world, 3, 0b111);
    world.claim_batch(&usage).emitted(event);

    for (lease, units) in usage {
        one_by_one.claim(&lease, units).ok();
        assert_eq!(world.lease(&lease), one_by_one.lease(&lease));
    }
}

#[test]
fn a_batch_has_one_to_sixty_rows() {
    let (world, leases) = after_an_hour(59);
    // As many as there are places for, beside payer, provider, sysvar and two programs.
    for rows in [1, 2, 13, 58, 59] {
        let mut world = world.clone();
        let event = applied(&world, rows, u64::MAX >> (64 - rows));
        let usage = all(&leases[..usize::try_from(rows).unwrap()], 3_600);
        world.claim_batch(&usage).emitted(event);
        for (lease, units) in usage {
            assert_eq!(world.lease(&lease).meter.latest.units, units);
        }
    }
    assert_eq!(MAX_BATCH, 60);
    assert!(AttestationBatch::new(world.now(), [0; 32], &[]).is_err());
    // Of more rows, more accounts than a transaction has: which of the two is refused first tells how many are a batch.
    let batch = Parts::of(&world.batch(&all(&leases[..1], 3_600)));
    for (count, error) in [(60, LeaseError::BatchLeases), (61, LeaseError::BatchMalformed)] {
        let header = BatchHeader { count, ..batch.header };
        let rows = vec![batch.rows[0]; usize::from(count)];
        let many = Parts { header, rows, ..batch.clone() };
        many.play(&mut world.clone()).refused(error);
    }
}

#[test]
fn the_message_is_a_batch_in_its_one_layout() {
    let (world, right) = parts();
    let header = right.header;
    for wrong in [
        Parts { header: BatchHeader { magic: *b"GPULEASF", ..header }, ..right.clone() },
        Parts { header: BatchHeader { version: 1, ..header }, ..right.clone() },
        Parts { header: BatchHeader { version: BATCH_VERSION + 1, ..header }, ..right.clone() },
        Parts { header: BatchHeader { count: 2, ..header }, ..right.clone() },
        Parts { header: BatchHeader { count: 4, ..header }, ..right.clone() },
        Parts { header: BatchHeader { count: 0, ..header }, rows: vec![], ..right.clone() },
        Parts { rows: right.rows[..2].to_vec(), ..right.clone() },
        Parts { trailing: vec![0], ..right.clone() },
        Parts { trailing: vec![0; 24], ..right.clone() },
    ] {
        wrong.play(&mut world.clone()).refused(LeaseError::BatchMalformed);
    }
    let single = world.message(&world.lease_key(1_000, world.people.renter.pubkey()), 3_600);
    for short in [&right.bytes()[..113], &[], single.as_bytes()] {
        let mut world = world.clone();
        let signatures = signed_bytes(short, &[&world.people.attestor]);
        let attest = world.attest_batch_alone_ix(&right.leases);
        world.play([signatures, attest]).refused(LeaseError::BatchMalformed);
    }
    right.play(&mut world.clone()).ok();
}

#[test]
fn attest_takes_no_batch() {
    let (mut world, leases) = after_an_hour(1);
    let signatures = signed(&world.batch(&all(&leases, 3_600)), &[&world.people.attestor]);
    world.play([signatures, world.attest_ix(&leases[0])]).refused(LeaseError::PrecompileMalformed);
}

#[test]
fn the_leases_are_those_of_the_batch_each_once_and_in_order() {
    let (world, right) = parts();
    let [a, b, c] = right.leases[..] else { unreachable!() };
    for leases in [
        vec![b, a, c],
        vec![a, c, b],
        vec![a, b],
        vec![],
        vec![a, a, b],
        vec![a, b, b],
        vec![a, b, c, c],
        vec![a, b, world.provider],
        vec![a, b, c, NOWHERE],
    ] {
        let wrong = Parts { leases, ..right.clone() };
        wrong.play(&mut world.clone()).refused(LeaseError::BatchLeases);
    }
    // Nor does it help to sign for them out of order, or for one twice.
    let sign_for = |leases: Vec<Address>| Parts {
        header: BatchHeader::new(right.header.domain, world.now(), [9; 32], &leases),
        leases,
        ..right.clone()
    };
    for leases in [vec![b, a, c], vec![a, a, b], vec![a, b, b]] {
        sign_for(leases).play(&mut world.clone()).refused(LeaseError::BatchLeases);
    }
    sign_for(vec![a, b, c]).play(&mut world.clone()).ok();
}

#[test]
fn a_batch_is_about_no_lease_in_the_place_of_another() {
    // All were opened in the same slot, run on the same terms, and stand in order.
    let (mut world, leases) = after_an_hour(4);
    let [a, b, c, d] = [0, 1, 2, 3].map(|index: usize| leases[index].address);
    assert_eq!(world.lease(&leases[2]).opened_slot, world.lease(&leases[3]).opened_slot);
    let right = Parts::of(&world.batch(&all(&leases[..3], 3_600)));
    for leases in [vec![a, b, d], vec![a, c, d], vec![b, c, d]] {
        Parts { leases, ..right.clone() }.play(&mut world).refused(LeaseError::BatchLeases);
    }
    right.play(&mut world).ok();
}

#[test]
fn a_row_that_is_refused_has_matured_nothing() {
    let (mut world, leases) = after_an_hour(2);
    world.claim(&leases[0], 1_000).ok();
    world.pass(i64::from(world.offer().terms.challenge_window));
    let before = world.lease(&leases[0]);
    // Fewer units than were claimed, whose challenge window is over.
    let batch = world.batch(&[(leases[0], 999), (leases[1], 1)]);
    let attestor = world.people.attestor.insecure_clone();
    let event = applied(&world, 2, 0b10);
    world.submit_batch(&batch, &[&attestor]).emitted(event);
    assert_eq!(world.lease(&leases[0]), before);
    assert_eq!(before.meter.accepted, 0);
    world.settle(&leases[0]).ok();
    assert_eq!(world.lease(&leases[0]).meter.accepted, 1_000);
}

#[test]
fn the_attestor_must_sign() {
    let (mut world, leases) = after_an_hour(2);
    let batch = world.batch(&all(&leases, 3_600));
    let People { renter, provider, operator, verifier, stranger, .. } = world.people.insecure_clone();
    for signers in [&[&renter][..], &[&provider], &[&operator], &[&renter, &verifier, &stranger]] {
        world.submit_batch(&batch, signers).refused(LeaseError::AttestorMissing);
    }
}

#[test]
fn the_instruction_before_carries_the_signatures() {
    let (mut world, leases) = after_an_hour(1);
    let batch = world.batch(&all(&leases, 3_600));
    let [signatures, attest] = world.attest_batch_ix(&batch, &[&world.people.attestor]);
    world.play([attest.clone()]).refused(LeaseError::PrecompileMissing);
    let between = world.settle_ix(&leases[0]);
    world.play([signatures.clone(), between, attest.clone()]).refused(LeaseError::PrecompileMissing);
    let none = Instruction { data: vec![0, 0], ..signatures.clone() };
    world.play([none, attest.clone()]).refused(LeaseError::PrecompileMalformed);
    let mut longer = signatures;
    longer.data.push(0);
    world.play([longer, attest]).refused(LeaseError::PrecompileMalformed);
}

#[test]
fn a_session_key_counts_in_the_leases_that_name_it() {
    let (mut world, leases) = after_an_hour(3);
    let People { attestor, agent, .. } = world.people.insecure_clone();
    world.set_session_key(&leases[1], agent.pubkey()).ok();
    let event = applied(&world, 3, 0b111);
    world.submit_batch(&world.batch(&all(&leases, 3_000)), &[&attestor, &agent]).emitted(event);
    let accepted = [0, 1, 2].map(|index: usize| world.lease(&leases[index]).meter.accepted);
    assert_eq!(accepted, [0, 3_000, 0]);
}

#[test]
fn the_renter_accepts_all_of_its_own() {
    let (mut world, leases) = after_an_hour(2);
    let People { attestor, renter, .. } = world.people.insecure_clone();
    world.submit_batch(&world.batch(&all(&leases, 3_000)), &[&attestor, &renter]).ok();
    for lease in leases {
        assert_eq!(world.lease(&lease).meter.accepted, 3_000);
    }
}

#[test]
fn who_has_no_role_signs_for_nothing() {
    let (mut world, leases) = after_an_hour(1);
    let People { attestor, stranger, agent, .. } = world.people.insecure_clone();
    world.submit_batch(&world.batch(&all(&leases, 3_000)), &[&attestor, &stranger, &agent]).ok();
    let Meter { accepted, latest, .. } = world.lease(&leases[0]).meter;
    assert_eq!((accepted, latest.units), (0, 3_000));
}

#[test]
fn where_the_terms_name_a_verifier_it_must_sign() {
    let (mut world, mut leases) = after_an_hour(1);
    let People { attestor, verifier, .. } = world.people.insecure_clone();
    let terms = Terms { verifier: verifier.pubkey(), ..world.offer().terms };
    world.play([world.update_offer_ix(16, true, terms, listing())]).ok();
    let verified = world.active_lease_as(|request| (request.nonce, request.gpus) = (2, 1));
    leases.push(verified);
    leases.sort_by_key(|lease| lease.address);
    world.pass(60);
    let batch = world.batch(&all(&leases, 60));
    let mut without = world.clone();
    let other = leases.iter().position(|lease| *lease != verified).unwrap();
    without.submit_batch(&batch, &[&attestor]).emitted(applied(&world, 2, 1 << other));
    assert_eq!(without.lease(&verified), world.lease(&verified));
    let event = applied(&world, 2, 0b11);
    world.submit_batch(&batch, &[&attestor, &verifier]).emitted(event);
}

// ----- rows that are skipped -----

/// Claims `row` of `lease` in the middle of a batch of three, as `change` leaves it, and requires the other two rows to
/// be taken in, and the account of that lease to be as before.
#[track_caller]
fn skips(mut world: World, leases: &[LeaseKey], change: impl FnOnce(&mut BatchRow)) {
    let mut parts = Parts::of(&world.batch(&all(leases, 3_000)));
    change(&mut parts.rows[1]);
    skips_the_middle(&mut world, &parts);
}

#[track_caller]
fn skips_the_middle(world: &mut World, parts: &Parts) {
    let [a, b, c] = parts.leases[..] else { panic!("three leases") };
    let before = world.cluster.account(&b);
    let event = applied(world, 3, 0b101);
    parts.play(world).emitted(event);
    assert_eq!(world.cluster.account(&b), before);
    for lease in [a, c] {
        assert_eq!(world.read::<Lease>(&lease).meter.latest.units, 3_000);
    }
}

#[test]
fn a_row_that_attest_would_refuse_is_skipped() {
    let (world, leases) = after_an_hour(3);
    let (lease, capacity) = (leases[1], 3_600);
    // More than can have been delivered; another life.
    skips(world.clone(), &leases, |row| row.gpu_seconds = (capacity + 1).into());
    skips(world.clone(), &leases, |row| row.gpu_seconds = u64::MAX.into());
    for slots in [-1, 1] {
        skips(world.clone(), &leases, |row| {
            row.opened_slot = row.opened_slot.get().wrapping_add_signed(slots).into();
        });
    }
    // Less than was attested, of either count.
    let mut ahead = world.clone();
    ahead.claim(&lease, 3_200).ok();
    ahead.pass(10);
    skips(ahead.clone(), &leases, |_| {});
    skips(ahead.clone(), &leases, |row| {
        (row.gpu_seconds, row.energy_wh) = (3_200.into(), 639.into());
    });
    // Nothing new.
    let mut repeated = world.clone();
    repeated.claim(&lease, 3_000).ok();
    skips(repeated, &leases, |_| {});
}

#[test]
fn a_lease_that_takes_no_attestation_is_skipped() {
    let (world, leases) = after_an_hour(3);
    let lease = leases[1];
    // Over, so that the window ends too late for it.
    let mut over = world.clone();
    over.set_session_key(&lease, Address::default()).ok();
    over.terminate(&lease, lease.renter).ok();
    over.pass(3_601);
    skips(over.clone(), &leases, |_| {});
    // And its hour of grace, in which a statement of its own would do.
    over.pass(3_600);
    skips(over, &leases, |_| {});
    // Disputed.
    let mut disputed = world.clone();
    disputed.claim(&lease, 2_000).ok();
    disputed.dispute(&lease, 1_000).ok();
    skips(disputed.clone(), &leases, |_| {});
    disputed.resolve(&lease, 1_500).ok();
    skips(disputed, &leases, |_| {});
}

#[test]
fn a_window_before_a_top_up_that_made_the_lease_run_again_is_skipped() {
    let mut world = World::new();
    let leases = world.many_leases(3);
    let used_up = world.lease(&leases[1]).funded_until();
    world.set_time(used_up + 1_000);
    let parts = Parts::of(&world.batch(&all(&leases, 3_000)));
    world.pass(1);
    world.top_up(&leases[1], 10_000_000).ok();
    let before = world.lease(&leases[1]);
    let (provider, window_end) = (world.provider, world.now() - 1);
    parts.play(&mut world).emitted(Event::BatchAttested(BatchAttested {
        provider,
        window_end,
        rows: 3,
        applied: 0b101,
    }));
    assert_eq!(world.lease(&leases[1]), before);
}

#[test]
fn a_lease_that_waits_is_gone_or_came_back_is_skipped() {
    let (mut world, leases) = after_an_hour(3);
    let parts = Parts::of(&world.batch(&all(&leases, 3_000)));
    let lease = leases[1];
    let nonce = world.lease(&lease).nonce;
    world.close_as_claimed(&lease).ok();
    skips_the_middle(&mut world.clone(), &parts);
    world.pending_lease_as(|request| (request.nonce, request.gpus) = (nonce, 1));
    skips_the_middle(&mut world.clone(), &parts);
    world.start(&lease).ok();
    skips_the_middle(&mut world.clone(), &parts);
    world.pass(3_600);
    let later = Parts { header: BatchHeader { window_end: world.now().into(), ..parts.header }, ..parts };
    skips_the_middle(&mut world, &later);
}

#[test]
fn a_batch_that_applies_nothing_is_refused() {
    let (mut world, leases) = after_an_hour(2);
    let batch = world.batch(&all(&leases, 3_000));
    world.submit_batch(&batch, &[&world.people.attestor.insecure_clone()]).ok();
    world.submit_batch(&batch, &[&world.people.attestor.insecure_clone()]).refused(LeaseError::BatchEmpty);
    let right = Parts::of(&world.batch(&all(&leases, 3_001)));
    let wrong = Parts { header: BatchHeader { domain: [0; 32], ..right.header }, ..right.clone() };
    wrong.play(&mut world).refused(LeaseError::BatchEmpty);
    for window_end in [world.now() + 1, i64::MAX, i64::MIN] {
        let wrong =
            Parts { header: BatchHeader { window_end: window_end.into(), ..right.header }, ..right.clone() };
        wrong.play(&mut world).refused(LeaseError::BatchEmpty);
    }
    right.play(&mut world).ok();
}

#[test]
fn what_a_batch_skipped_is_stated_by_a_later_one() {
    let (mut world, leases) = after_an_hour(3);
    let parts = Parts::of(&world.batch(&all(&leases, 3_000)));
    let mut without = world.attest_batch_alone_ix(&parts.leases);
    // Whoever submits it passes one lease read-only, which skips its row and harms nobody.
    without.accounts[2 + 1].is_writable = false;
    let signatures = signed_bytes(&parts.bytes(), &[&world.people.attestor]);
    let event = applied(&world, 3, 0b101);
    world.play([signatures, without]).emitted(event);
    let event = applied(&world, 3, 0b010);
    parts.play(&mut world).emitted(event);
    for lease in leases {
        assert_eq!(world.lease(&lease).meter.latest.units, 3_000);
    }
}

#[test]
fn every_account_is_checked() {
    let (mut world, leases) = after_an_hour(2);
    let sibling = world.sibling();
    let batch = world.batch(&all(&leases, 3_000));
    let [signatures, attest] = world.attest_batch_ix(&batch, &[&world.people.attestor]);
    let forged_sysvar = world.copy_account(&address::protocol(), NOWHERE, |account| account.owner = FORGER);
    world.refuses_wrong_accounts(
        &[signatures],
        &attest,
        &[
            // Another provider's attestor did not sign; and where it did, these are not its leases.
            ("provider", sibling.provider, &LeaseError::AttestorMissing),
            ("instructions", forged_sysvar, &InstructionError::InvalidArgument),
        ],
    );
    let (mut world, leases) = after_an_hour(2);
    let sibling = world.sibling();
    let by_the_rivals = world.attest_batch_ix(&world.batch(&all(&leases, 3_000)), &[&world.people.agent]);
    let [signatures, attest] = by_the_rivals;
    world.play([signatures, attest.with("provider", sibling.provider)]).refused(LeaseError::BatchEmpty);
}

#[test]
fn the_bytes_that_are_signed_are_header_and_rows() {
    let (world, leases) = after_an_hour(2);
    let batch = world.batch(&all(&leases, 3_000));
    assert_eq!(batch.bytes().len(), 114 + 2 * 24);
    assert_eq!(*batch.bytes(), *Parts::of(&batch).bytes());
}
