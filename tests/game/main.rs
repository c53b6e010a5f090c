//! A game about money: one honest party, and everybody else plays against it.
//!
//! An honest provider delivers all that is paid, states it in time and leaves or idles when it is not paid any more;
//! it must get the price of what it stated, less the fee, and its bond back whole. An honest renter pays, and disputes
//! in time what it did not get; it must pay for no more than what was delivered, and get the SLA's credit for what
//! was paid, promised and not delivered. An honest arbiter finds the truth. Honest parties do what they have to do in
//! the last second for it. Everybody else, strangers included, does what it wants, at the edges of all that a lease
//! waits for; some sequences are random, in others each move is the one after which the honest party has least.
//!
//! What honest parties do unattended, their hot keys do: the provider's operator leaves, the renter's session key
//! disputes. In some games that key is in other hands, too. Then the honest party may lose what the protocol says that
//! this key can cost, and no more.
//!
//! It plays on the program's own rules, its state without a virtual machine, so that there are many sequences. What
//! an honest party is entitled to follows from what happened, moment by moment, and not from the lease's meter.
//!
//! `GAME_SECONDS` says for how long, `GAME_SEED` from which sequence on. A loss that is found is made as short as it
//! gets and printed.

mod adversary;
mod curve;
mod dice;
mod honest;
mod moves;
mod setup;
mod table;

use dice::Dice;
use moves::Move;
use setup::Setup;
use std::{
    collections::BTreeMap,
    io::Write,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use table::Table;

/// How long to search, seconds, unless the environment says otherwise.
const SECONDS: u64 = 20;

/// Most moves of a sequence.
const MOVES: u64 = 24;

/// A sequence in so many is greedy.
const GREEDY: u64 = 64;

/// Moves that a greedy sequence looks at before it makes one.
const CHOICES: u32 = 12;

/// A game: what was given, and what was done.
type Game = (Setup, Vec<Move>);

/// Plays one sequence to the end. Counts the moves that the program took.
fn play(seed: u64, taken: &mut BTreeMap<String, u64>) -> (Game, Table) {
    let mut dice = Dice(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let setup = Setup::random(&mut dice);
    let is_greedy = seed.is_multiple_of(GREEDY);
    let mut table = Table::new(&setup);
    let mut moves = Vec::new();
    for _ in 0..dice.between(1, MOVES) {
        let next = if is_greedy { greedy(&table, &mut dice) } else { table.candidate(&mut dice) };
        moves.push(next);
        if table.play(next) {
            let name = format!("{next:?}");
            let name = name.split([' ', '(']).next().unwrap_or_default();
            *taken.entry(name.to_owned()).or_default() += 1;
        }
        if table.is_closed || table.fault.is_some() {
            break;
        }
    }
    table.finish();
    ((setup, moves), table)
}

/// The move, of some, after which the honest party has least if everybody stops there.
fn greedy(table: &Table, dice: &mut Dice) -> Move {
    let choices = (0..CHOICES).map(|_| table.candidate(dice));
    choices
        .min_by_key(|&choice| {
            let mut table = table.clone();
            table.play(choice);
            table.finish();
            if table.fault.is_some() { i128::MIN } else { table.slack.unwrap_or(i128::MAX) }
        })
        .expect("there are choices")
}

/// Plays a game again; tells its story if `is_told`.
fn replay((setup, moves): &Game, is_told: bool) -> Table {
    let mut table = Table::new(setup);
    table.story = is_told.then(Vec::new);
    for &next in moves {
        table.play(next);
    }
    table.finish();
    table
}

/// The shortest game that is lost too and leaves out moves of `game` only, or waits less.
fn shrink(game: &Game) -> Game {
    let (setup, mut moves) = game.clone();
    loop {
        let shorter = (0..moves.len()).find_map(|index| {
            let mut fewer = moves.clone();
            fewer.remove(index);
            replay(&(setup.clone(), fewer.clone()), false).is_lost().then_some(fewer)
        });
        match shorter {
            Some(fewer) => moves = fewer,
            None => return (setup, moves),
        }
    }
}

/// A game in words.
fn told(seed: u64, game: &Game) -> String {
    let table = replay(game, true);
    let mut text = format!("sequence {seed}: {:#?}\n", game.0);
    for line in table.story.iter().flatten() {
        text += &format!("{line}\n");
    }
    let side = game.0.honest;
    match (table.fault, table.slack) {
        (Some(fault), _) => text + &format!("the honest {side:?} meets {fault}\n"),
        (None, Some(slack)) => text + &format!("the honest {side:?} loses {}\n", -slack),
        (None, None) => text,
    }
}

/// A number of the environment.
fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn no_sequence_takes_from_an_honest_party_more_than_its_rounding() {
    let seconds = from_environment("GAME_SECONDS").unwrap_or(SECONDS);
    let next = AtomicU64::new(from_environment("GAME_SEED").unwrap_or(0));
    let first = next.load(Ordering::Relaxed);
    let (is_over, begin) = (AtomicBool::new(false), Instant::now());
    let lost: Mutex<Option<(u64, Game)>> = Mutex::default();
    let all_taken: Mutex<BTreeMap<String, u64>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut taken = BTreeMap::new();
                while !is_over.load(Ordering::Relaxed) && begin.elapsed() < Duration::from_secs(seconds) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let (game, table) = play(seed, &mut taken);
                    if table.is_lost() {
                        is_over.store(true, Ordering::Relaxed);
                        lost.lock().expect("no panic").get_or_insert((seed, game));
                    }
                }
                let mut all = all_taken.lock().expect("no panic");
                for (name, count) in taken {
                    *all.entry(name).or_default() += count;
                }
            });
        }
    });
    let (count, elapsed) = (next.into_inner() - first, begin.elapsed().as_secs_f64());
    let taken = all_taken.into_inner().expect("no panic");
    let counts: Vec<String> = taken.iter().map(|(name, count)| format!("{name} {count}")).collect();
    // Past the harness, which keeps the output of tests that pass to itself.
    let mut stderr = std::io::stderr();
    writeln!(
        stderr,
        "moves taken: {}\n{count} sequences in {elapsed:.0} s: {:.0} a second",
        counts.join(", "),
        count as f64 / elapsed
    )
    .expect("writes");
    if let Some((seed, game)) = lost.into_inner().expect("no panic") {
        panic!("{}", told(seed, &shrink(&game)));
    }
}
