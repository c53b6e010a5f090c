//! A month of leases with guards, on the program: honest providers to whom things happen, and liars. What was delivered, and
//! what a guard can have known of it, is counted by the script itself, from what it did and from the probes.
//!
//! `GPU_LEASE_MONTH_LEASES` says how many leases there are.

mod guard;
mod lease;
mod story;

use std::collections::{BTreeMap, VecDeque};

use gpu_lease_guard::plan::{Budgets, MintBudget, Settings};
use gpu_lease_tests::prelude::*;

use guard::{FEE, Till};
use lease::{Played, play_act};
use story::{DAY, TICK, WEATHER, month};

/// Base units for a GPU-hour.
const PRICE: u64 = 360_000;

/// Seconds of a challenge window, and of the heartbeat timeout.
const WINDOW: u32 = 86_400;

/// Seconds above the bound that may mature, for each GPU.
const LOSS_LIMIT: u32 = 600;

/// Looks that the second node can be behind: two hours.
const BEHIND: usize = 12;

/// What its guards may spend.
fn settings(mint: Address) -> Settings {
    let budget = MintBudget {
        stakes_a_day: 10_000_000_000,
        stakes_in_all: 100_000_000_000,
        top_ups_a_day: 20_000_000_000,
        top_ups_in_all: 400_000_000_000,
    };
    let budgets = Budgets { lamports_a_day: 2_000 * FEE, mints: BTreeMap::from([(mint, budget)]) };
    Settings { loss_limit: LOSS_LIMIT, budgets, ..Settings::default() }
}

/// Base units of all parties, and of nobody else when no lease is open.
fn money(world: &World) -> u64 {
    let people: u64 = world.people.addresses().map(|wallet| world.money(&wallet)).sum();
    people + world.balance(&world.bond_account()) + world.balance(&world.fee_vault())
}

fn world(leases: u32) -> World {
    let mut world = World::with_terms(|terms| {
        (terms.price, terms.challenge_window, terms.heartbeat_timeout) = (PRICE, WINDOW, WINDOW);
        (terms.max_duration, terms.bond_hours) = (60 * 86_400, 24);
    });
    let Offer { terms, listing, .. } = world.offer();
    world.play([world.update_offer_ix(8 * leases, true, terms, listing)]).ok();
    world
}

#[test]
fn in_a_month_of_leases_liars_get_the_loss_limit_and_nobody_else_loses_anything() {
    let count =
        std::env::var("GPU_LEASE_MONTH_LEASES").map_or(month().len(), |it| it.parse().expect("a number"));
    let mut world = world(u32::try_from(count).expect("some leases"));
    let before = money(&world);
    let settings = settings(world.mint);
    let mut played: Vec<Played> = month()
        .into_iter()
        .cycle()
        .take(count)
        .enumerate()
        .map(|(number, story)| Played::open(&mut world, number as u64, story, &settings))
        .collect();
    let (start, mut till) = (world.now(), Till::default());
    let mut seen_before: VecDeque<Vec<Option<Lease>>> = VecDeque::new();
    let mut after = 0;
    while played.iter().any(|played| played.closed.is_none()) {
        after += TICK;
        assert!(after < 45 * DAY, "all is over");
        let now = start + after;
        world.set_time(now);
        till.turn(now);
        let is_dead = WEATHER.dead.contains(&after);
        let was_dead = WEATHER.dead.contains(&(after - TICK));
        seen_before.push_front(played.iter().map(|played| played.on_chain).collect());
        seen_before.truncate(BEHIND + 1);
        let lag = if WEATHER.behind.contains(&after) { BEHIND } else { 0 };
        for (played, second) in played.iter_mut().zip(&seen_before[lag.min(seen_before.len() - 1)]) {
            if played.closed.is_some() {
                continue;
            }
            played.pass(after);
            for guard in 0..played.guards.len() {
                if is_dead || played.is_gone(guard, after) {
                    played.guards[guard].sleep(now);
                } else {
                    if was_dead {
                        played.guards[guard].restart(now);
                    }
                    played.probe(guard, now);
                }
                let acts = played.guards[guard].landed();
                acts.iter().for_each(|act| play_act(&mut world, played, guard, act));
            }
            if played.closed.is_some() {
                continue;
            }
            played.parties_act(&mut world, after);
            for guard in 0..played.guards.len() {
                if !is_dead && !played.is_gone(guard, after) {
                    played.turn(&world, guard, *second, after, &mut till);
                    played.guards[guard].save();
                }
            }
            played.provider_acts(&mut world, after);
            played.others_act(&mut world, after);
        }
        if after % DAY == 0 {
            played.iter_mut().flat_map(|played| &mut played.guards).for_each(|guard| guard.restart(now));
        }
    }
    println!(
        "| what happened | delivered | bound | accepted | above the bound | disputed after | paid | credit |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for played in &played {
        println!("{}", played.row());
    }
    let sent: u64 = till.lamports / FEE;
    let refused: usize = played.iter().map(|played| played.refused).sum();
    println!(
        "{sent} transactions of guards, {refused} of them refused, {} base units of stakes, {} of top-ups",
        till.spent.stakes.1, till.spent.top_ups.1
    );
    for played in &played {
        played.require_fair();
    }
    // Nothing is in any vault, and nothing is missing.
    assert_eq!(money(&world), before);
    assert!(
        played.iter().all(|played| !world.exists(&played.key.address) && !world.exists(&played.key.vault))
    );
    // The worst liar gets all that its guard lets mature, and no more.
    let worst =
        played.iter().filter(|played| played.story.line_cut.is_empty()).max_by_key(|played| played.excess());
    let worst = worst.expect("there are leases");
    assert!(worst.excess() == i128::from(worst.limit()) || count < month().len());
}
