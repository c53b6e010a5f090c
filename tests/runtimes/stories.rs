//! Lives of a lease on any cluster, each to the base unit. Every story leaves the market as it found it: no
//! lease, all GPUs free. Four GPUs cost 10 an hour; 2.50 each.
//!
//! Clusters that cannot be stopped go on between two transactions: what depends on the second in which one
//! landed is computed from the lease's account.

use gpu_lease_tests::prelude::*;

/// Base units of one token.
const ONE: i128 = 1_000_000;

/// What the first offer costs per GPU-hour, base units.
const PRICE: u64 = 2_500_000;

/// Every hour is delivered, and agreed upon or claimed.
pub fn every_hour_is_paid<C: Cluster>(world: &mut World<C>) {
    let story = Story::begin(world);
    let lease = world.active_lease_as(|r| (r.duration, r.deposit) = (2 * 3_600, 20_000_000));
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    assert_eq!(payout(world.settle(&lease)), (9_900_000, 100_000));
    world.set_time(world.lease(&lease).ends_at);
    world.play(world.attestation(&lease, 28_800, &[world.people.attestor.pubkey()])).ok();
    world.close(&lease).refused(LeaseError::NotClosable);
    world.pass_grace(&lease);
    let closed = closed(world.close(&lease));
    assert_eq!((closed.accepted, closed.promised, closed.credit), (28_800, 28_512, 0));
    story.ends(world, Gains { renter: -20 * ONE, provider: 19_800_000, fees: 200_000, ..Gains::default() });
}

/// What was not delivered comes back, and the bond answers for what was promised of it.
pub fn missing_units_are_credited<C: Cluster>(world: &mut World<C>) {
    let story = Story::begin(world);
    let attestor = world.people.attestor.pubkey();
    let record = |world: &World<C>| world.read::<Provider>(&world.provider).record;
    let before = record(world);

    // The renter pays for twelve hours, the provider puts two hours of the whole lease down.
    let lease = world.pending_lease();
    assert_eq!(world.lease(&lease).domain, Protocol::domain(&world.cluster.genesis_hash()));
    assert_eq!(world.balance(&lease.vault), 120_000_000);
    world.start(&lease).ok();
    assert_eq!(world.balance(&lease.vault), 140_000_000);

    // Both agree on the first hour, and the provider is paid for it at once.
    world.pass(3_600);
    let agreed = world.attestation(&lease, 14_400, &[attestor, lease.renter]);
    world.play(&agreed).ok();
    world.play(&agreed).refused(LeaseError::AttestationRepeated);
    assert_eq!(payout(world.settle(&lease)), (9_900_000, 100_000));

    // The second hour is only claimed, so it is paid when its challenge window has passed.
    world.pass(3_600);
    world.claim(&lease, 28_000).ok();
    assert_eq!(payout(world.settle(&lease)), (0, 0));
    world.pass(600);
    // floor(28000 × 2.50 / 3600) = 19.444444, of which 0.194444 are fee; 10 and 0.1 were released before.
    assert_eq!(payout(world.settle(&lease)), (9_350_000, 94_444));

    // A sponsor adds four GPU-hours. At the end the provider has delivered 50 of the 52 that were paid for.
    world.play([world.top_up_ix(&lease, world.people.sponsor.pubkey(), 10_000_000)]).ok();
    world.set_time(world.lease(&lease).ends_at);
    world.play(world.attestation(&lease, 180_000, &[attestor])).ok();
    world.pass_grace(&lease);
    let closed = closed(world.close(&lease));
    assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));

    // Delivered: 50 h × 2.50 = 125, 1 % of it fee. Promised: 99 % of 52 h = 185328 units, so 5328 are missing,
    // worth 3.70 of the bond. The renter gets 130 − 125 and the credit.
    assert_eq!((closed.accepted, closed.promised), (180_000, 185_328));
    assert_eq!((closed.credit, closed.bond, closed.fees), (3_700_000, 16_300_000, 1_250_000));
    let after = record(world);
    assert_eq!(after.leases_completed - before.leases_completed, 1);
    assert_eq!(after.units_delivered - before.units_delivered, 180_000);
    assert_eq!(after.units_promised - before.units_promised, 185_328);
    story.ends(
        world,
        Gains {
            renter: -120_000_000 + 5_000_000 + 3_700_000,
            sponsor: -10 * ONE,
            provider: 123_750_000 - 3_700_000,
            fees: 1_250_000,
            ..Gains::default()
        },
    );
}

/// Units beyond the deposit are paid by a top-up; while nothing pays, the provider may stop at once.
pub fn an_exhausted_lease_is_topped_up_and_stopped<C: Cluster>(world: &mut World<C>) {
    let story = Story::begin(world);
    let lease = world.active_lease_as(|r| (r.duration, r.deposit) = (4 * 3_600, 10_000_000));
    let started_at = world.lease(&lease).started_at;
    world.set_time(started_at + 2 * 3_600);
    world.agree(&lease, 28_800).ok();
    assert_eq!(payout(world.settle(&lease)), (9_900_000, 100_000));
    world.top_up(&lease, 10_000_000).ok();
    assert_eq!(payout(world.settle(&lease)), (9_900_000, 100_000));

    world.set_time(started_at + 4 * 3_600 - 600);
    world.terminate(&lease, world.people.provider.pubkey()).ok();
    assert!(world.lease(&lease).ends_at <= world.now());
    world.pass_grace(&lease);
    let closed = closed(world.close(&lease));
    assert_eq!((closed.reason, closed.promised, closed.credit), (EndReason::Exhausted as u64, 28_512, 0));
    story.ends(world, Gains { renter: -20 * ONE, provider: 19_800_000, fees: 200_000, ..Gains::default() });
}

/// Either party may end a lease an hour later.
pub fn either_side_gives_notice<C: Cluster>(world: &mut World<C>) {
    for (party, reason) in [
        (world.people.renter.pubkey(), EndReason::RenterNotice),
        (world.people.provider.pubkey(), EndReason::ProviderNotice),
    ] {
        let story = Story::begin(world);
        let lease = world.active_lease();
        let before = world.now();
        world.terminate(&lease, party).ok();
        let Lease { ends_at, meter, .. } = world.lease(&lease);
        assert!((before + 3_600..=world.now() + 3_600).contains(&ends_at), "{ends_at}");
        world.extend(&lease, 48 * 3_600).refused(LeaseError::LeaseEnding);
        world.set_time(ends_at);
        let units = meter.capacity(ends_at);
        world.agree_message(&lease, &world.message_until(&lease, units, ends_at)).ok();
        world.pass_grace(&lease);
        let closed = closed(world.close(&lease));
        assert_eq!((closed.reason, closed.accepted, closed.credit), (reason as u64, units, 0));
        story.ends(world, Gains::of(units, 0));
    }
}

/// Growing takes a bond, shrinking gives it back when the notice is over.
pub fn a_lease_grows_and_shrinks<C: Cluster>(world: &mut World<C>) {
    let story = Story::begin(world);
    let lease = world.active_lease();
    world.resize(&lease, 6).ok();
    assert_eq!((world.balance(&lease.vault), world.offer().gpus_free), (150_000_000, 2));
    world.pass(3_600);
    world.resize(&lease, 3).ok();
    world.resize(&lease, 4).refused(LeaseError::ResizePending);
    let meter = world.lease(&lease).meter;
    world.set_time(meter.segment_start);
    let [Event::GpusReleased(released)] = world.release_gpus(&lease).events()[..] else { panic!() };
    assert_eq!((released.gpus, released.bond), (3, 15_000_000));
    assert_eq!((world.balance(&lease.vault), world.offer().gpus_free), (135_000_000, 5));

    let units = meter.capacity(meter.segment_start);
    world.agree_message(&lease, &world.message_until(&lease, units, meter.segment_start)).ok();
    let closed = closed(world.close_together(&lease));
    assert_eq!((closed.accepted, closed.bond, closed.credit), (units, 15_000_000, 0));
    story.ends(world, Gains::of(units, 0));
}

/// A stranger ends the lease of a silent provider, and the whole bond answers for eleven hours.
pub fn a_silent_provider_loses_its_bond<C: Cluster>(world: &mut World<C>) {
    let story = Story::begin(world);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    world.pass(901);
    world.expire(&lease).ok();
    world.release_gpus(&lease).ok();
    assert_eq!(world.offer().gpus_free, 8);
    world.pass_grace(&lease);
    let closed = closed(world.close(&lease));
    assert_eq!((closed.reason, closed.promised), (EndReason::Abandoned as u64, 171_072));
    assert_eq!((closed.credit, closed.bond), (20_000_000, 0));
    story.ends(world, Gains::of(14_400, 20_000_000));
}

/// The arbiter finds the middle between two figures, and both sides pay half of its fee.
pub fn the_arbiter_decides_between_two_figures<C: Cluster>(world: &mut World<C>) {
    if world.read::<Protocol>(&address::protocol()).arbiter != world.people.arbiter.pubkey() {
        return println!("skipped: the arbiter of this cluster is somebody else");
    }
    let story = Story::begin(world);
    let lease = disputed_lease(world);
    world.release_gpus(&lease).ok();
    assert_eq!(world.offer().gpus_free, 8);
    assert_eq!(payout(world.settle(&lease)), (4_950_000, 50_000));
    world.close(&lease).refused(LeaseError::NotActive);
    // A tenth of the 5.00 in dispute.
    let [Event::DisputeResolved(resolved)] = world.resolve(&lease, 10_800).events()[..] else { panic!() };
    assert_eq!((resolved.from_renter, resolved.from_provider), (250_000, 250_000));
    let closed = closed(world.close(&lease));
    assert_eq!((closed.reason, closed.accepted), (EndReason::Disputed as u64, 10_800));
    let mut gains = Gains::of(10_800, credit(&closed));
    gains.renter -= 250_000;
    gains.provider -= 250_000;
    gains.arbiter += 500_000;
    story.ends(world, gains);
}

/// The arbiter does not decide, the middle counts, and nobody pays it.
pub fn the_middle_counts_when_the_arbiter_is_silent<C: Cluster>(world: &mut World<C>) {
    let story = Story::begin(world);
    let lease = disputed_lease(world);
    world.resolve_by_timeout(&lease).refused(LeaseError::ArbitrationRunning);
    world.set_time(world.lease(&lease).dispute.deadline + 1);
    world.resolve_by_timeout(&lease).ok();
    let closed = closed(world.close(&lease));
    assert_eq!((closed.reason, closed.accepted), (EndReason::Disputed as u64, 10_800));
    story.ends(world, Gains::of(10_800, credit(&closed)));
}

/// The renter's session key co-signs, and both parties close at once.
pub fn a_session_key_co_signs_and_both_close<C: Cluster>(world: &mut World<C>) {
    let story = Story::begin(world);
    let agent = world.people.agent.pubkey();
    let lease = world.active_lease();
    world.set_session_key(&lease, agent).ok();
    world.pass(3);
    let units = world.lease(&lease).meter.capacity(world.now());
    world.play(world.attestation(&lease, units, &[world.people.attestor.pubkey(), agent])).ok();
    assert_eq!(world.lease(&lease).meter.accepted, units);
    world.close(&lease).refused(LeaseError::NotClosable);
    let closed = closed(world.close_together(&lease));
    assert_eq!((closed.reason, closed.accepted), (EndReason::Mutual as u64, units));
    story.ends(world, Gains::of(units, credit(&closed)));
}

/// What is left of the money, and the rent, goes to the sponsor who paid.
pub fn a_sponsor_gets_refund_and_rent<C: Cluster>(world: &mut World<C>) {
    let story = Story::begin(world);
    let sponsor = world.people.sponsor.pubkey();
    let lamports = world.lamports(&sponsor);
    let lease = world.sponsored_lease();
    assert!(world.lamports(&sponsor) < lamports);
    world.start(&lease).ok();
    world.pass(3);
    let units = world.lease(&lease).meter.capacity(world.now());
    world.claim(&lease, units).ok();
    let closed = closed(world.close_together(&lease));
    assert_eq!((closed.accepted, world.lamports(&sponsor)), (units, lamports));
    let gains = Gains::of(units, credit(&closed));
    story.ends(world, Gains { renter: 0, sponsor: gains.renter, ..gains });
}

/// The same in a mint of Token-2022, with a dispute.
pub fn token_2022_makes_no_difference<C: Cluster>(world: &mut World<C>) {
    let spl = (world.mint, world.token_program, world.offer);
    let mint = world.create_mint_of(&Keypair::new(), TOKEN_2022);
    world.register_mint(mint).ok();
    world.play([world.create_offer_ix(1, 8, terms(mint), listing())]).ok();
    (world.mint, world.token_program) = (mint, TOKEN_2022);
    world.offer = address::offer(&world.provider, 1);
    a_sponsor_gets_refund_and_rent(world);
    the_arbiter_decides_between_two_figures(world);
    (world.mint, world.token_program, world.offer) = spl;
}

/// Another wallet takes the provider over: it alone acts, and it is paid.
pub fn another_wallet_takes_the_provider_over<C: Cluster>(world: &mut World<C>) {
    let story = Story::begin(world);
    let (old, new) = (world.provider_ref(), world.people.rival.pubkey());
    let before = world.money(&new);
    let lease = world.active_lease();
    world.play([instruction::accept_authority(new, old.address)]).refused(LeaseError::NotNominated);
    world.play([instruction::nominate_authority(old, new)]).ok();
    world.play([instruction::accept_authority(new, old.address)]).ok();
    let attestor = world.people.attestor.pubkey();
    world.play([world.update_provider_ix(attestor)]).refused(LeaseError::NotProviderAuthority);

    world.pass(3);
    let units = world.lease(&lease).meter.capacity(world.now());
    world.agree(&lease, units).ok();
    let (paid, fee) = payout(world.settle(&lease));
    assert_eq!((u128::from(paid + fee), world.money(&new) - before), (gross(units), paid));

    let back = instruction::ProviderRef { authority: new, ..old };
    world.play([instruction::nominate_authority(back, old.authority)]).ok();
    world.play([instruction::accept_authority(old.authority, old.address)]).ok();
    let closed = closed(world.close_together(&lease));
    let gains = Gains::of(units, credit(&closed));
    let taken_along = i128::from(world.money(&new) - before);
    story.ends(world, Gains { provider: gains.provider - taken_along, elsewhere: taken_along, ..gains });
}

/// What is not allowed is refused by number, and moves nothing.
pub fn what_is_not_allowed_is_refused_by_number<C: Cluster>(world: &mut World<C>) {
    let story = Story::begin(world);
    let stranger = world.people.stranger.pubkey();
    let request = LeaseRequest { expected_terms: [0; 32], ..world.request(0) };
    world.open(request).refused(LeaseError::TermsChanged);
    let lease = world.pending_lease();
    world.top_up(&lease, 0).refused(LeaseError::AmountZero);
    world.settle(&lease).refused(LeaseError::NotActive);
    world.cancel(&lease, stranger).refused(LeaseError::NotRenter);
    world.cancel(&lease, lease.renter).ok();
    story.ends(world, Gains::default());
}

/// The provider claims an hour of four GPUs, the renter admits half of it.
fn disputed_lease<C: Cluster>(world: &mut World<C>) -> LeaseRef {
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    world.dispute(&lease, 7_200).ok();
    assert_eq!(world.lease(&lease).ledger.stake, 500_000);
    lease
}

/// What everybody has at the beginning of a story.
struct Story([u64; 5]);

/// What everybody gained in a story, base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Gains {
    renter: i128,
    sponsor: i128,
    provider: i128,
    arbiter: i128,
    fees: i128,
    /// What others have of it.
    elsewhere: i128,
}

impl Gains {
    /// What `units` accepted and a `credit` make of the money of renter and provider.
    fn of(units: u64, credit: u64) -> Self {
        let gross = i128::try_from(gross(units)).expect("a price");
        let (fees, credit) = (gross / 100, i128::from(credit));
        Self { renter: credit - gross, provider: gross - fees - credit, fees, ..Self::default() }
    }
}

impl Story {
    fn begin<C: Cluster>(world: &World<C>) -> Self {
        Self(purses(world))
    }

    /// Requires everybody to have gained what `gains` says, all of it together to be nothing, and the market
    /// to be as it was.
    #[track_caller]
    fn ends<C: Cluster>(self, world: &World<C>, gains: Gains) {
        let now = purses(world);
        let gained = |index: usize| i128::from(now[index]) - i128::from(self.0[index]);
        let [renter, sponsor, provider, arbiter, fees] = std::array::from_fn(gained);
        let elsewhere = gains.elsewhere;
        assert_eq!(Gains { renter, sponsor, provider, arbiter, fees, elsewhere }, gains);
        assert_eq!(renter + sponsor + provider + arbiter + fees + elsewhere, 0, "money was made or lost");
        assert_eq!((world.offer().gpus, world.offer().gpus_free), (8, 8));
    }
}

fn purses<C: Cluster>(world: &World<C>) -> [u64; 5] {
    let People { renter, sponsor, provider, arbiter, .. } = &world.people;
    let [renter, sponsor, provider, arbiter] =
        [renter, sponsor, provider, arbiter].map(|wallet| world.money(&wallet.pubkey()));
    [renter, sponsor, provider, arbiter, world.balance(&world.fee_vault())]
}

/// `floor(units × price / 3600)`
fn gross(units: u64) -> u128 {
    u128::from(units) * u128::from(PRICE) / 3_600
}

/// What the missing units of a close cost at their price, which the event must say too.
#[track_caller]
fn credit(closed: &LeaseClosed) -> u64 {
    let credit = u64::try_from(gross(closed.promised.saturating_sub(closed.accepted))).expect("a price");
    assert_eq!(closed.credit, credit);
    credit
}

/// Payout and fee of a settlement.
#[track_caller]
fn payout(settled: Outcome) -> (u64, u64) {
    match settled.events()[..] {
        [Event::LeaseSettled(event)] => (event.payout, event.fee),
        ref other => panic!("{other:#?}"),
    }
}

/// What a close says.
#[track_caller]
fn closed(closed: Outcome) -> LeaseClosed {
    match closed.events()[..] {
        [Event::LeaseClosed(event)] => event,
        ref other => panic!("{other:#?}"),
    }
}
