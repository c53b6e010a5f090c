use super::{
    Figures, Measurement, Stage,
    document::{MAX_PROGRAM_SIZE, REASONS},
    scenarios,
};
use crate::{FOR_EVER, listing, program_bytes, terms};
use gpu_lease_client::{address, decode::INSTRUCTIONS, instruction, transaction::Format};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;
use std::{collections::BTreeSet, sync::LazyLock};

static FIGURES: LazyLock<Figures> = LazyLock::new(Figures::measure);

#[test]
fn every_instruction_of_the_program_has_a_scenario() {
    let all: BTreeSet<_> = INSTRUCTIONS.iter().copied().collect();
    let measured: BTreeSet<_> = FIGURES.measurements.iter().map(Measurement::instruction).collect();
    assert_eq!(measured, all);
}

#[test]
fn what_is_over_budget_says_why_and_nothing_else_does() {
    let over: Vec<_> = FIGURES
        .measurements
        .iter()
        .filter(|m| m.budget().is_some_and(|budget| m.units > budget))
        .map(|m| m.scenario)
        .collect();
    let is_explained = |scenario: &str| REASONS.iter().any(|(beginning, _)| scenario.starts_with(beginning));
    let unexplained: Vec<_> = over.iter().filter(|scenario| !is_explained(scenario)).collect();
    assert_eq!(unexplained, Vec::<&&str>::new());
    for (beginning, _) in REASONS {
        assert!(over.iter().any(|scenario| scenario.starts_with(beginning)), "{beginning} needs no reason");
    }
}

#[test]
fn every_transaction_fits_a_packet_with_limit_and_price_of_its_units() {
    assert!(FIGURES.measurements.iter().any(|m| m.scenario == "attest · three signers, accepted"));
    for measurement in &FIGURES.measurements {
        let format = if measurement.scenario.ends_with("version 1") { Format::V1 } else { Format::Legacy };
        assert!(measurement.bytes <= format.max_bytes(), "{measurement:?}");
    }
}

#[test]
fn the_program_is_smaller_than_its_limit() {
    assert!(program_bytes().len() < MAX_PROGRAM_SIZE, "{} bytes", program_bytes().len());
}

#[test]
fn hot_instructions_lock_for_writing_only_what_belongs_to_the_lease_and_its_parties() {
    let mut stage = Stage::open();
    let (renter, attestor) = (stage.people.renter.pubkey(), stage.people.attestor.pubkey());
    let lease = scenarios::opened(&mut stage);
    stage.play([instruction::start_lease(&lease, b"blob", FOR_EVER)]).ok();
    stage.pass(1);
    let [_, attest] = stage.attestation(lease.address, 4, &[attestor]);
    let locked = |instruction: Instruction| -> BTreeSet<Address> {
        instruction.accounts.iter().filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect()
    };
    let own = lease.address;
    let vault = lease.vault;
    assert_eq!(locked(attest), [own].into());
    assert_eq!(locked(instruction::settle(&lease)), [own, vault, lease.provider_token].into());
    let top_up = instruction::top_up(renter, &lease, 1, FOR_EVER);
    assert_eq!(locked(top_up), [own, vault, lease.token_of(&renter)].into());
}

#[test]
fn measuring_twice_gives_the_same_document() {
    assert_eq!(Figures::measure().to_string(), FIGURES.to_string());
}

#[test]
fn no_cost_depends_on_how_many_leases_and_offers_exist() {
    assert_eq!(life_among(1), life_among(50));
}

/// What each step of a lease costs when `others` run beside it, each on an offer of its own, all attested.
fn life_among(others: u64) -> Vec<Measurement> {
    let mut stage = Stage::open();
    let (provider, first_offer) = (stage.provider_ref(), stage.offer);
    let (renter, attestor) = (stage.people.renter.pubkey(), stage.people.attestor.pubkey());
    for id in 1..=others {
        stage.offer = address::offer(&provider.address, id);
        let terms = terms(stage.mint);
        stage.play([instruction::create_offer(provider, id, 8, terms, listing())]).ok();
        let lease = scenarios::opened(&mut stage);
        stage.play([instruction::start_lease(&lease, b"blob", FOR_EVER)]).ok();
        stage.pass(1);
        let claim = stage.attestation(lease.address, 4, &[attestor]);
        stage.play(claim).ok();
    }
    stage.offer = first_offer;
    let open = scenarios::opening(&mut stage);
    stage.measure("open_lease", [instruction::open_lease(&open)]);
    let lease = stage.context(open.lease());
    stage.measure("start_lease", [instruction::start_lease(&lease, b"blob", FOR_EVER)]);
    stage.measure("top_up", [instruction::top_up(renter, &lease, 1_000_000, FOR_EVER)]);
    for hour in 1..=3 {
        stage.pass(3_600);
        scenarios::attest(&mut stage, "attest", &lease, hour * 10_000, &[attestor]);
    }
    stage.measure("settle", [instruction::settle(&lease)]);
    scenarios::close(&mut stage, "close_lease", &lease);
    stage.measurements
}
